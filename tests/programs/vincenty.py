"""The geodesic distance of two points on an ellipsoid, in metres, by Vincenty's inverse formula.

Changed for the port: the import line. Each number of iterations is a path.
Published: Geoscience Australia, Flinders Peak to Buninyong on GRS80: 54972.271 m.
"""

from __future__ import annotations

from autograd_core import math
from tests.programs.program import Program

A, F = 6378137.0, 1.0 / 298.257222101  # GRS80
B = A * (1.0 - F)


def distance(latitude1, longitude1, latitude2, longitude2):
    u1 = math.atan((1.0 - F) * math.tan(math.radians(latitude1)))
    u2 = math.atan((1.0 - F) * math.tan(math.radians(latitude2)))
    sin1, cos1, sin2, cos2 = math.sin(u1), math.cos(u1), math.sin(u2), math.cos(u2)
    difference = math.radians(longitude2 - longitude1)
    longitude = difference
    for _ in range(100):
        across = cos2 * math.sin(longitude)
        along = cos1 * sin2 - sin1 * cos2 * math.cos(longitude)
        sin_s = math.hypot(across, along)
        cos_s = sin1 * sin2 + cos1 * cos2 * math.cos(longitude)
        s = math.atan2(sin_s, cos_s)
        sin_a = cos1 * across / sin_s
        cos2_a = 1.0 - sin_a**2
        middle = cos_s - 2.0 * sin1 * sin2 / cos2_a if cos2_a != 0.0 else 0.0
        c = F / 16.0 * cos2_a * (4.0 + F * (4.0 - 3.0 * cos2_a))
        inner = middle + c * cos_s * (2.0 * middle**2 - 1.0)
        before = longitude
        longitude = difference + (1.0 - c) * F * sin_a * (s + c * sin_s * inner)
        if abs(longitude - before) < 1e-12:
            break
    k = cos2_a * (A**2 - B**2) / B**2
    big_a = 1.0 + k / 16384.0 * (4096.0 + k * (-768.0 + k * (320.0 - 175.0 * k)))
    big_b = k / 1024.0 * (256.0 + k * (-128.0 + k * (74.0 - 47.0 * k)))
    third = middle * (4.0 * sin_s**2 - 3.0) * (4.0 * middle**2 - 3.0)
    second = cos_s * (2.0 * middle**2 - 1.0) - big_b / 6.0 * third
    return B * big_a * (s - big_b * sin_s * (middle + big_b / 4.0 * second))


PROGRAM = Program(
    distance,
    [
        (-37.95103341666667, 144.42486788888888, -37.65282113888889, 143.92649552777777),
        (50.06632, -5.71475, 58.64402, -3.07009),
        (52.52, 13.405, -33.8688, 151.2093),
    ],
    published=[54972.271],
    digits=3,
    paths=3,
)
