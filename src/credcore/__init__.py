"""Run credentialing coordination: files, clocks, rules, assignment, cycles, and the coordinator's day."""
