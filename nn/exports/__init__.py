"""Models as files that run elsewhere."""
