"""An American put on a binomial tree, with Python's `max` at every node.

Changed for the port: the import line. `max` makes a guard of every node: the set of nodes at
which it pays to exercise is a path. With `maximum` in place of `max` there is one path.
Published: J. Hull, Options, Futures and Other Derivatives, the put with five steps: 4.49.
"""

from __future__ import annotations

from autograd_core import math
from tests.programs.program import Program

STEPS = 5


def american_put(spot, strike, rate, volatility, years):
    step = years / STEPS
    up = math.exp(volatility * math.sqrt(step))
    down = 1.0 / up
    growth = math.exp(rate * step)
    p = (growth - down) / (up - down)
    values = [max(strike - spot * up**k * down ** (STEPS - k), 0.0) for k in range(STEPS + 1)]
    for n in reversed(range(STEPS)):
        for k in range(n + 1):
            waiting = (p * values[k + 1] + (1.0 - p) * values[k]) / growth
            values[k] = max(waiting, strike - spot * up**k * down ** (n - k))
    return values[0]


PROGRAM = Program(
    american_put,
    [
        (50.0, 50.0, 0.1, 0.4, 0.4166666666666667),
        (50.0, 60.0, 0.1, 0.4, 0.4166666666666667),
        (50.0, 52.0, 0.03, 0.25, 1.0),
        (50.0, 48.0, 0.03, 0.25, 1.0),
    ],
    published=[4.49],
    digits=2,
    paths=4,
)
