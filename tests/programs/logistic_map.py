"""The logistic map, thirty times: a small change of the start becomes a large one.

Changed for the port: nothing; `math` is only needed for the table of points.
"""

from __future__ import annotations

from autograd_core import math
from tests.programs.program import Program


def iterated(r, x):
    for _ in range(30):
        x = r * x * (1.0 - x)
    return x


PROGRAM = Program(
    iterated,
    [(3.2, 0.4), (3.7, 0.3), (4.0, math.sin(0.5) ** 2)],
    tolerance=1e-6,
)
