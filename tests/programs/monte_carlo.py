"""An Asian call by Monte Carlo: Python's `max` of the mean price along each of twenty draws.

Changed for the port: the import line. The draws are made once, outside the function: a compiled
function would repeat those of its recording, and says so. Each set of draws that pay is a path.
"""

from __future__ import annotations

import random

from autograd_core import math
from tests.programs.program import Program

STEPS = 4
RANDOM = random.Random(7)
DRAWS = [[RANDOM.gauss(0.0, 1.0) for _ in range(STEPS)] for _ in range(20)]


def asian_call(spot, strike, rate, volatility, years):
    step = years / STEPS
    drift, deviation = (rate - 0.5 * volatility**2) * step, volatility * math.sqrt(step)
    total = 0.0
    for draw in DRAWS:
        price, mean = spot, 0.0
        for z in draw:
            price *= math.exp(drift + deviation * z)
            mean += price / STEPS
        total += max(mean - strike, 0.0)
    return math.exp(-rate * years) * total / len(DRAWS)


PROGRAM = Program(
    asian_call,
    [
        (100.0, 100.0, 0.05, 0.2, 1.0),
        (100.0, 100.5, 0.05, 0.2, 1.0),
        (100.0, 110.0, 0.02, 0.3, 0.5),
        (100.0, 90.0, 0.02, 0.3, 0.5),
    ],
    paths=4,
)
