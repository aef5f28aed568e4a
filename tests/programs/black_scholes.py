"""The Black-Scholes price of a European call. Its gradient is the greeks.

Changed for the port: the import line.
Published: J. Hull, Options, Futures and Other Derivatives, the example of the chapter: 4.76.
"""

from __future__ import annotations

from autograd_core import math
from tests.programs.program import Program


def normal_cdf(x):
    return 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))


def call_price(spot, strike, rate, volatility, years):
    deviation = volatility * math.sqrt(years)
    d1 = (math.log(spot / strike) + (rate + 0.5 * volatility**2) * years) / deviation
    d2 = d1 - deviation
    return spot * normal_cdf(d1) - strike * math.exp(-rate * years) * normal_cdf(d2)


PROGRAM = Program(
    call_price,
    [
        (42.0, 40.0, 0.1, 0.2, 0.5),
        (100.0, 100.0, 0.05, 0.2, 1.0),
        (100.0, 140.0, 0.01, 0.35, 0.25),
        (80.0, 60.0, 0.0, 0.15, 2.0),
    ],
    published=[4.76],
    digits=2,
)
