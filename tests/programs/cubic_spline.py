"""A natural cubic spline through six points, by the Thomas algorithm, read at a place x.

Changed for the port: the import line. `bisect` compares x with the knots: each interval is a path.
"""

from __future__ import annotations

from bisect import bisect

from autograd_core import math
from tests.programs.program import Program

KNOTS = [0.0, 0.7, 1.5, 2.0, 3.1, 4.0]


def second_derivatives(ys):
    n = len(KNOTS)
    upper, right = [0.0] * n, [0.0] * n
    for i in range(1, n - 1):
        before, after = KNOTS[i] - KNOTS[i - 1], KNOTS[i + 1] - KNOTS[i]
        slope = (ys[i + 1] - ys[i]) / after - (ys[i] - ys[i - 1]) / before
        pivot = 2.0 * (before + after) - before * upper[i - 1]
        upper[i] = after / pivot
        right[i] = (6.0 * slope - before * right[i - 1]) / pivot
    found = [0.0] * n
    for i in reversed(range(1, n - 1)):
        found[i] = right[i] - upper[i] * found[i + 1]
    return found


def spline(x, ys):
    m = second_derivatives(ys)
    i = min(max(bisect(KNOTS, x) - 1, 0), len(KNOTS) - 2)
    h = KNOTS[i + 1] - KNOTS[i]
    a, b = (KNOTS[i + 1] - x) / h, (x - KNOTS[i]) / h
    bend = (a**3 - a) * m[i] + (b**3 - b) * m[i + 1]
    return a * ys[i] + b * ys[i + 1] + h * h / 6.0 * bend


SINES = [math.sin(x) for x in KNOTS]

PROGRAM = Program(
    spline,
    [
        (0.3, SINES),
        (1.1, SINES),
        (2.9, [1.0, 3.0, -2.0, 0.5, 0.25, 2.0]),
        (3.9, SINES),
        (1.7, [0.0, 1.0, 4.0, 9.0, 16.0, 25.0]),
    ],
    paths=5,
)
