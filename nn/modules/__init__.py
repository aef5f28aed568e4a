"""Modules: neurons, layers, networks, convolutions."""
