"""Robertson's stiff reactions for four implicit Euler steps, each by three steps of Newton.

Changed for the port: the import line.
"""

from __future__ import annotations

from autograd_core import math
from tests.programs.program import Program


def rates(y, k1, k2, k3):
    forward, back, pair = k1 * y[0], k2 * y[1] * y[2], k3 * y[1] * y[1]
    return [back - forward, forward - back - pair, pair]


def solved(a, b):
    """The solution of a 3 × 3 system by Cramer's rule."""

    def det(m):
        return (
            m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
            - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
            + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
        )

    columns = [[[*row[:k], x, *row[k + 1 :]] for row, x in zip(a, b)] for k in range(3)]
    return [det(m) / det(a) for m in columns]


def implicit_step(before, step, k1, k2, k3):
    y = before
    for _ in range(3):
        left = [a - b - step * r for a, b, r in zip(y, before, rates(y, k1, k2, k3))]
        y1, y2 = step * k2 * y[1], step * (k2 * y[2] + 2.0 * k3 * y[1])
        slopes = [
            [1.0 + step * k1, -step * k2 * y[2], -y1],
            [-step * k1, 1.0 + y2, y1],
            [0.0, -2.0 * step * k3 * y[1], 1.0],
        ]
        y = [a - c for a, c in zip(y, solved(slopes, left))]
    return y


def product_formed(temperature, activation, k2, k3):
    k1 = 0.04 * math.exp(activation * (1.0 / 300.0 - 1.0 / temperature))
    y = [1.0, 0.0, 0.0]
    for n in range(4):
        y = implicit_step(y, 0.01 * 2**n, k1, k2, k3)
    return y[2]


PROGRAM = Program(
    product_formed,
    [(300.0, 5000.0, 1e4, 3e7), (350.0, 4000.0, 2e4, 1e7), (280.0, 6000.0, 5e3, 3e6)],
)
