"""JAX as a back-end: the loop nests of a program as a pure function of JAX arrays."""
