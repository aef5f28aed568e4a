"""The log-likelihood of a mixture of Gaussians, with the parameters of ADBench: weights, means, and
for each component the logarithms of a diagonal and what stands below it.

Changed for the port: the import line. `max` of each point's terms makes a path.
"""

from __future__ import annotations

from autograd_core import math
from tests.programs.program import Program

POINTS = [(0.4, -0.2), (1.3, 0.9), (-0.7, 0.1), (2.1, 1.4), (0.0, -1.2)]


def log_sum_exp(xs):
    largest = max(xs)
    return largest + math.log(sum(math.exp(x - largest) for x in xs))


def log_likelihood(alphas, means, logs, lower):
    total = 0.0
    for x, y in POINTS:
        terms = []
        for alpha, (mx, my), (q1, q2), below in zip(alphas, means, logs, lower):
            dx, dy = x - mx, y - my
            first = math.exp(q1) * dx
            second = below * dx + math.exp(q2) * dy
            terms.append(alpha + q1 + q2 - 0.5 * (first * first + second * second))
        total += log_sum_exp(terms)
    total -= len(POINTS) * log_sum_exp(alphas)
    return total - len(POINTS) * math.log(2.0 * math.pi)


PROGRAM = Program(
    log_likelihood,
    [
        ([0.1, -0.3], [[0.0, 0.0], [1.5, 1.0]], [[0.1, -0.2], [0.3, 0.0]], [0.2, -0.4]),
        ([0.0, 0.5], [[2.0, 1.0], [-0.5, -0.5]], [[0.0, 0.0], [-0.5, 0.2]], [0.0, 0.3]),
        ([1.0, -1.0], [[0.3, 0.2], [0.4, -0.9]], [[-0.3, 0.1], [0.6, 0.4]], [-0.2, 0.1]),
    ],
    paths=3,
)
