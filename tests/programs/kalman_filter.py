"""The log-likelihood of a drifting level under a Kalman filter of one dimension.

Changed for the port: the import line.
"""

from __future__ import annotations

from autograd_core import math
from tests.programs.program import Program

SEEN = [1120.0, 1160.0, 963.0, 1210.0, 1160.0, 1160.0, 813.0, 1230.0, 1370.0, 1140.0]


def log_likelihood(level, variance, drift, noise):
    total = 0.0
    for y in SEEN:
        variance = variance + drift
        spread = variance + noise
        surprise = y - level
        total -= 0.5 * (math.log(2.0 * math.pi * spread) + surprise**2 / spread)
        gain = variance / spread
        level = level + gain * surprise
        variance = (1.0 - gain) * variance
    return total


PROGRAM = Program(
    log_likelihood,
    [(1100.0, 1e4, 1469.1, 15099.0), (1000.0, 1e6, 500.0, 2e4), (900.0, 100.0, 1e4, 1e3)],
)
