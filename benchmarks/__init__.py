"""Measure credcore beside named peers and beside the least that any implementation must do.

``python -m benchmarks`` prints the tables; ``docs/explanation/speed.md`` says what is measured, and how.
"""
