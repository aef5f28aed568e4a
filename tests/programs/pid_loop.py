"""The squared error of a PID controller with a limited valve, for a heater with a time lag.

Changed for the port: the import line. Python's `min` and `max` limit the valve; when it is at its
limits is a path. With `clip` in their place there is one path.
"""

from __future__ import annotations

from autograd_core import math
from tests.programs.program import Program

STEP, GOAL = 0.2, 60.0


def squared_error(proportional, integral, derivative, lag):
    heat = warm = 20.0
    collected, before, total = 0.0, GOAL - 20.0, 0.0
    keep = math.exp(-STEP / lag)
    for _ in range(25):
        error = GOAL - warm
        collected += error * STEP
        wanted = proportional * error + integral * collected + derivative * (error - before) / STEP
        valve = min(max(wanted, 0.0), 100.0)
        heat += STEP * (valve - 0.8 * (heat - 20.0))
        warm = keep * warm + (1.0 - keep) * heat
        before = error
        total += error**2 * STEP
    return total


PROGRAM = Program(
    squared_error,
    [(1.0, 0.1, 0.05, 0.5), (4.0, 0.5, 0.2, 1.0), (8.0, 2.0, 0.5, 0.3)],
    paths=3,
)
