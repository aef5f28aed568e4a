"""The compiler: a recorded graph becomes a program of array operations."""
