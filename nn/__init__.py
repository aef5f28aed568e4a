"""Neurons, layers and networks of scalars."""
