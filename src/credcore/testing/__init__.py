"""The kit for people who extend credcore: contracts that an adapter must pass, and doubles to test with."""
