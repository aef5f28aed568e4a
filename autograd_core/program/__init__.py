"""A recorded graph as a program: flat instructions, passes over them, and back-ends that run them fast."""
