"""Calls of compiled functions: arguments in, results out."""
