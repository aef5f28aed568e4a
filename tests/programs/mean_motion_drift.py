"""The height of a satellite days after the epoch of its elements: drag and the oblate Earth make
the mean motion and the angles drift, as in the secular part of SGP4.

Changed for the port: the import line.
"""

from __future__ import annotations

from autograd_core import math
from tests.programs.program import Program

KE, J2, RADIUS = 0.0743669161331734, 1.08262998905e-3, 6378.135  # per minute, -, km


def original_mean_motion(n, e, inclination):
    """The mean motion without the shift that the oblateness makes, in radians a minute."""
    theta = math.cos(inclination)
    factor = 0.75 * J2 * (3.0 * theta * theta - 1.0) / (1.0 - e * e) ** 1.5
    a = (KE / n) ** (2.0 / 3.0)
    shift = factor / (a * a)
    a = a * (1.0 - shift * shift - shift * (1.0 / 3.0 + 134.0 * shift * shift / 81.0))
    return n / (1.0 + factor / (a * a))


def height(revolutions_a_day, e, inclination, drag, argument, mean, days):
    minutes = 1440.0 * days
    n = original_mean_motion(
        revolutions_a_day * 2.0 * math.pi / 1440.0, e, math.radians(inclination)
    )
    a = (KE / n) ** (2.0 / 3.0)
    p = a * (1.0 - e * e)
    theta = math.cos(math.radians(inclination))
    rate = 1.5 * J2 * n / (p * p)
    argument = math.radians(argument) + 0.5 * rate * (5.0 * theta * theta - 1.0) * minutes
    shrink = 1.0 - drag * minutes
    a = a * shrink * shrink
    mean = math.radians(mean) + n * minutes * (1.0 + 1.5 * drag * minutes)
    true = mean + 2.0 * e * math.sin(mean) + 1.25 * e * e * math.sin(2.0 * mean)
    r = a * (1.0 - e * e) / (1.0 + e * math.cos(true))
    latitude = math.asin(math.sin(math.radians(inclination)) * math.sin(true + argument))
    return RADIUS * (r - 1.0 + math.sin(latitude) ** 2 / 298.26)


PROGRAM = Program(
    height,
    [
        (15.72125391, 0.0006703, 51.6416, 1e-7, 130.536, 325.0288, 0.5),
        (16.05824518, 0.0086731, 72.8435, 2.8098e-6, 52.6988, 110.5714, 1.0),
        (14.2, 0.0012, 98.7, 2e-8, 90.0, 10.0, 3.0),
    ],
)
