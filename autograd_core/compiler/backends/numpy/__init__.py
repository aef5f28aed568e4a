"""The NumPy back-end: memory, and generated NumPy calls on it."""
