"""Trust: exact derivatives compared with numerical ones."""
