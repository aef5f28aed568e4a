"""Training: the loop, and everything that watches it."""
