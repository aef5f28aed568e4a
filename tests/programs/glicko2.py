"""The rating of a player after a period of games, by Glicko-2.

Changed for the port: the import line. The iteration for the volatility ends when it is exact to
1e-6, so the derivatives are those of the steps taken; each sequence of its branches is a path.
Published: M. Glickman, Example of the Glicko-2 system: 1464.06 (the paper rounds on the way).
"""

from __future__ import annotations

from autograd_core import math
from tests.programs.program import Program

SCALE, TAU = 173.7178, 0.5
GAMES = [(1400.0, 30.0, 1.0), (1550.0, 100.0, 0.0), (1700.0, 300.0, 0.0)]


def weight(deviation):
    return 1.0 / math.sqrt(1.0 + 3.0 * deviation**2 / math.pi**2)


def new_volatility(phi, sigma, v, delta):
    a = math.log(sigma**2)

    def f(x):
        e = math.exp(x)
        total = phi**2 + v + e
        return e * (delta**2 - total) / (2.0 * total**2) - (x - a) / TAU**2

    low, k = a, 1
    if delta**2 > phi**2 + v:
        high = math.log(delta**2 - phi**2 - v)
    else:
        while f(a - k * TAU) < 0.0:
            k += 1
        high = a - k * TAU
    at_low, at_high = f(low), f(high)
    while abs(high - low) > 1e-6:
        middle = low + (low - high) * at_low / (at_high - at_low)
        at_middle = f(middle)
        if at_middle * at_high <= 0.0:
            low, at_low = high, at_high
        else:
            at_low = at_low / 2.0
        high, at_high = middle, at_middle
    return math.exp(low / 2.0)


def new_rating(rating, deviation, volatility):
    mu, phi = (rating - 1500.0) / SCALE, deviation / SCALE
    precision = surprise = 0.0
    for other, other_deviation, score in GAMES:
        g = weight(other_deviation / SCALE)
        p = 1.0 / (1.0 + math.exp(-g * (mu - (other - 1500.0) / SCALE)))
        precision += g**2 * p * (1.0 - p)
        surprise += g * (score - p)
    v = 1.0 / precision
    sigma = new_volatility(phi, volatility, v, v * surprise)
    widened = phi**2 + sigma**2
    return 1500.0 + SCALE * (mu + surprise / (1.0 / widened + 1.0 / v))


PROGRAM = Program(
    new_rating,
    [(1500.0, 200.0, 0.06), (1500.0, 50.0, 0.06), (1900.0, 80.0, 0.08), (1200.0, 350.0, 0.06)],
    published=[1464.06],
    digits=1,
    paths=4,
)
