"""Training: the loop, its callbacks, checks, checkpoints and diagnosis."""
