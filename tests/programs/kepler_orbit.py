"""The distance of a satellite from a station: a two-body orbit, with Kepler's equation by Newton.

Changed for the port: the import line. Each number of Newton steps is a path.
"""

from __future__ import annotations

from autograd_core import math
from tests.programs.program import Program

MU = 398600.4418  # km³/s²
STATION = (4075.5, 931.8, 4801.6)  # km


def eccentric_anomaly(e, mean):
    found = mean
    while True:
        step = (found - e * math.sin(found) - mean) / (1.0 - e * math.cos(found))
        found = found - step
        if abs(step) < 1e-10:
            return found


def position(a, e, inclination, node, argument, mean):
    anomaly = eccentric_anomaly(e, mean)
    x = a * (math.cos(anomaly) - e)
    y = a * math.sqrt(1.0 - e * e) * math.sin(anomaly)
    u = math.cos(argument) * x - math.sin(argument) * y
    v = math.sin(argument) * x + math.cos(argument) * y
    w = v * math.cos(inclination)
    return (
        math.cos(node) * u - math.sin(node) * w,
        math.sin(node) * u + math.cos(node) * w,
        v * math.sin(inclination),
    )


def distance(a, e, inclination, node, argument, mean_at_epoch, seconds):
    mean = mean_at_epoch + math.sqrt(MU / a**3) * seconds
    return math.dist(position(a, e, inclination, node, argument, mean), STATION)


PROGRAM = Program(
    distance,
    [
        (7000.0, 0.01, 0.9, 0.4, 1.1, 0.2, 600.0),
        (26560.0, 0.74, 1.107, 2.0, 4.7, 0.1, 3000.0),
        (42164.0, 0.3, 0.1, 1.0, 0.5, 1.0, 0.0),
        (8000.0, 0.1, 1.7, 0.4, 1.1, 2.9, 100.0),
    ],
    paths=4,
)
