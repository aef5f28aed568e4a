"""The brightness of a point of a picture: a ray, the nearest of three spheres, a lamp, a mirror.

Changed for the port: the import line. Which sphere a ray meets is a path.
"""

from __future__ import annotations

from autograd_core import math
from tests.programs.program import Program

SPHERES = [  # centre, radius, and how much it reflects
    ((0.0, 0.0, 5.0), 1.0, 0.3),
    ((1.5, 0.5, 4.0), 0.6, 0.6),
    ((0.0, -101.0, 5.0), 100.0, 0.1),
]
LAMP = (3.0, 5.0, 0.0)


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def unit(a):
    length = math.sqrt(dot(a, a))
    return [x / length for x in a]


def hit(origin, direction, centre, radius):
    offset = [o - c for o, c in zip(origin, centre)]
    half = dot(offset, direction)
    inside = half**2 - dot(offset, offset) + radius**2
    if inside < 0.0:
        return None
    t = -half - math.sqrt(inside)
    return t if t > 1e-6 else None


def brightness(origin, direction, depth):
    nearest, found = math.inf, None
    for sphere in SPHERES:
        t = hit(origin, direction, *sphere[:2])
        if t is not None and t < nearest:
            nearest, found = t, sphere
    if found is None:
        return 0.2 + 0.1 * direction[1]
    centre, radius, mirror = found
    point = [o + nearest * d for o, d in zip(origin, direction)]
    normal = [(p - c) / radius for p, c in zip(point, centre)]
    to_lamp = unit([a - p for a, p in zip(LAMP, point)])
    shade = (1.0 - mirror) * max(0.0, dot(normal, to_lamp))
    if depth == 0:
        return shade
    bounce = 2.0 * dot(direction, normal)
    reflected = [d - bounce * n for d, n in zip(direction, normal)]
    return shade + mirror * brightness(point, reflected, depth - 1)


def pixel(x, y, height):
    return brightness([0.0, height, 0.0], unit([x, y, 1.0]), 2)


PROGRAM = Program(
    pixel,
    [(0.02, 0.03, 0.1), (0.35, 0.1, 0.0), (-0.4, 0.4, 0.0), (0.1, -0.3, 0.2), (0.24, -0.12, 0.0)],
    paths=5,
)
