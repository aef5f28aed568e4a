"""The squared reprojection error of a point in a camera, with the parameters of ADBench: rotation,
centre, focal length, principal point, radial distortion.

Changed for the port: the import line.
"""

from __future__ import annotations

from autograd_core import math
from tests.programs.program import Program

SEEN = (0.35, -0.1)


def cross(a, b):
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]


def rotated(axis, x):
    """x turned about an axis by as many radians as the axis is long (Rodrigues)."""
    squared = sum(a * a for a in axis)
    if squared == 0.0:
        return [a + b for a, b in zip(x, cross(axis, x))]
    angle = math.sqrt(squared)
    w = [a / angle for a in axis]
    along = sum(a * b for a, b in zip(w, x)) * (1.0 - math.cos(angle))
    turned = zip(x, cross(w, x), w)
    return [a * math.cos(angle) + b * math.sin(angle) + c * along for a, b, c in turned]


def residuals(camera, point, weight):
    x, y, z = rotated(camera[:3], [a - c for a, c in zip(point, camera[3:6])])
    x, y = x / z, y / z
    r2 = x * x + y * y
    bend = 1.0 + r2 * (camera[9] + r2 * camera[10])
    u, v = (camera[6] * bend * a + c for a, c in zip((x, y), camera[7:9]))
    return weight * (u - SEEN[0]), weight * (v - SEEN[1])


def error(camera, point, weight):
    return sum(r * r for r in residuals(camera, point, weight))


PROGRAM = Program(
    error,
    [
        ([0.1, -0.2, 0.05, 0.3, 0.1, -4.0, 1.2, 0.01, 0.02, 0.05, -0.01], [0.5, -0.3, 1.0], 1.0),
        ([-0.4, 0.1, 1.0, 0.0, 0.2, -3.0, 0.9, 0.0, 0.0, -0.1, 0.02], [0.1, 0.4, 0.5], 0.7),
    ],
)
