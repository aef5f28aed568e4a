"""The square root of a number by Newton's method.

Changed for the port: the import line. Each number of steps is a path.
"""

from __future__ import annotations

from autograd_core import math
from tests.programs.program import Program


def square_root(a):
    x = max(a, 1.0)
    while abs(x * x - a) > 1e-12 * a:
        x = 0.5 * (x + a / x)
    return x


PROGRAM = Program(
    square_root,
    [(2.0,), (0.3,), (9.0,), (1000.0,)],
    published=[math.sqrt(2.0), math.sqrt(0.3), 3.0],
    digits=12,
    paths=4,
)
