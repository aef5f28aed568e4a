"""CSV tables as data for a network."""
