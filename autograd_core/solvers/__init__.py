"""Solvers whose results have derivatives."""
