"""The forward algorithm of a hidden Markov model: whether it rains, from who carries an umbrella.

Changed for the port: the import line.
Published: S. Russell and P. Norvig, Artificial Intelligence, the umbrella world: 0.8673 after
umbrella, umbrella, none, umbrella, umbrella.
"""

from __future__ import annotations

from autograd_core import math
from tests.programs.program import Program

UMBRELLA = [True, True, False, True, True]


def forward(stay, seen_in_rain, seen_when_dry, prior):
    """The probability of rain on the last day, and the logarithm of that of all observations."""
    rain, likelihood = prior, 0.0
    for umbrella in UMBRELLA:
        rain = stay * rain + (1.0 - stay) * (1.0 - rain)
        a = rain * (seen_in_rain if umbrella else 1.0 - seen_in_rain)
        b = (1.0 - rain) * (seen_when_dry if umbrella else 1.0 - seen_when_dry)
        likelihood += math.log(a + b)
        rain = a / (a + b)
    return rain, likelihood


def rain_on_the_last_day(stay, seen_in_rain, seen_when_dry, prior):
    return forward(stay, seen_in_rain, seen_when_dry, prior)[0]


PROGRAM = Program(
    rain_on_the_last_day,
    [(0.7, 0.9, 0.2, 0.5), (0.6, 0.8, 0.3, 0.1), (0.95, 0.99, 0.01, 0.5)],
    published=[0.8673],
    digits=4,
)
