"""The layer level: a band for each layer."""
