"""What a picture needs to know of a graph."""
