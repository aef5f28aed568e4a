"""The back-ends: each turns a Program into source that a person can read, and into a function."""
