"""Three bodies in a plane for ten steps of leapfrog: the last distance of two of them.

Changed for the port: the import line.
"""

from __future__ import annotations

from autograd_core import math
from tests.programs.program import Program

STEP = 0.02


def accelerations(masses, places):
    found = [[0.0, 0.0] for _ in places]
    for i, (xi, yi) in enumerate(places):
        for j, (xj, yj) in enumerate(places):
            if i != j:
                dx, dy = xj - xi, yj - yi
                r2 = dx * dx + dy * dy
                pull = masses[j] / (r2 * math.sqrt(r2))
                found[i][0] += pull * dx
                found[i][1] += pull * dy
    return found


def last_distance(masses, places, speeds):
    places, speeds = [list(p) for p in places], [list(v) for v in speeds]
    pulls = accelerations(masses, places)
    for _ in range(10):
        for p, v, a in zip(places, speeds, pulls):
            for k in range(2):
                v[k] += 0.5 * STEP * a[k]
                p[k] += STEP * v[k]
        pulls = accelerations(masses, places)
        for v, a in zip(speeds, pulls):
            for k in range(2):
                v[k] += 0.5 * STEP * a[k]
    return math.dist(places[0], places[2])


PROGRAM = Program(
    last_distance,
    [
        ([1.0, 1.0, 1.0], [[0.97, -0.243], [-0.97, 0.243], [0.0, 0.01]],
         [[0.466, 0.432], [0.466, 0.432], [-0.932, -0.865]]),
        ([3.0, 4.0, 5.0], [[1.0, 3.0], [-2.0, -1.0], [1.0, -1.0]],
         [[0.0, 0.1], [0.2, 0.0], [0.0, -0.1]]),
    ],
)  # fmt: skip
