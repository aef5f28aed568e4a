"""Timings beside the other engines: `python -m tests.benchmarks` prints them. No test depends
on a time.
"""
