"""Finding the tensors: sums of products, matrix products, and groups of equal operations."""
