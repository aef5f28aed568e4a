"""The log-likelihood of a moving point under a Kalman filter with 2 × 2 matrices in lists.

Changed for the port: the import line.
"""

from __future__ import annotations

from autograd_core import math
from tests.programs.program import Program

SEEN = [0.1, 1.2, 1.9, 3.2, 4.1, 4.8, 6.1, 7.2]


def product(a, b):
    return [[sum(x * y for x, y in zip(row, column)) for column in zip(*b)] for row in a]


def transposed(a):
    return [list(column) for column in zip(*a)]


def added(a, b):
    return [[x + y for x, y in zip(*rows)] for rows in zip(a, b)]


def log_likelihood(state, jerk, noise, step):
    motion = [[1.0, step], [0.0, 1.0]]
    shaking = [[jerk * step**3 / 3.0, jerk * step**2 / 2.0], [jerk * step**2 / 2.0, jerk * step]]
    place, covariance = [[state[0]], [state[1]]], [[1.0, 0.0], [0.0, 1.0]]
    total = 0.0
    for y in SEEN:
        place = product(motion, place)
        covariance = added(product(product(motion, covariance), transposed(motion)), shaking)
        spread = covariance[0][0] + noise
        surprise = y - place[0][0]
        total -= 0.5 * (math.log(2.0 * math.pi * spread) + surprise * surprise / spread)
        gain = [[covariance[0][0] / spread], [covariance[1][0] / spread]]
        place = added(place, [[g[0] * surprise] for g in gain])
        kept = [[1.0 - gain[0][0], 0.0], [-gain[1][0], 1.0]]
        covariance = product(kept, covariance)
    return total


PROGRAM = Program(
    log_likelihood,
    [([0.0, 1.0], 0.1, 0.05, 1.0), ([0.5, 0.5], 1.0, 0.5, 0.8), ([-1.0, 2.0], 0.01, 1.0, 1.2)],
)
