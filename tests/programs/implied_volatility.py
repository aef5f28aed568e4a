"""The volatility at which the Black-Scholes formula gives a price, by Newton's method.

Changed for the port: the import line. Each number of Newton steps is a path; `root` of the
formula would be one, but the loop is what people have.
"""

from __future__ import annotations

from autograd_core import math
from tests.programs.program import Program


def price_and_vega(spot, strike, rate, years, volatility):
    deviation = volatility * math.sqrt(years)
    d1 = (math.log(spot / strike) + rate * years) / deviation + 0.5 * deviation
    n1 = 0.5 * math.erfc(-d1 / math.sqrt(2.0))
    n2 = 0.5 * math.erfc(-(d1 - deviation) / math.sqrt(2.0))
    density = math.exp(-0.5 * d1 * d1) / math.sqrt(2.0 * math.pi)
    price = spot * n1 - strike * math.exp(-rate * years) * n2
    return price, spot * density * math.sqrt(years)


def implied_volatility(price, spot, strike, rate, years):
    volatility = 0.3
    for _ in range(50):
        found, vega = price_and_vega(spot, strike, rate, years, volatility)
        step = (found - price) / vega
        volatility = volatility - step
        if abs(step) < 1e-10:
            return volatility
    raise ValueError("no convergence")


PROGRAM = Program(
    implied_volatility,
    [
        (4.759422392871535, 42.0, 40.0, 0.1, 0.5),
        (10.450583572185565, 100.0, 100.0, 0.05, 1.0),
        (3.0, 100.0, 110.0, 0.02, 0.5),
        (12.0, 100.0, 100.0, 0.0, 0.25),
        (1.0, 100.0, 140.0, 0.01, 0.5),
    ],
    published=[0.2, 0.2],
    digits=9,
    paths=3,
)
