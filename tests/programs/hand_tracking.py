"""The squared distances of a hand's surface from measured points, as in ADBench: a wrist, and two
fingers of two bones, whose vertices follow their bones by weights.

Changed for the port: the import line.
"""

from __future__ import annotations

from autograd_core import math
from tests.programs.program import Program

FINGERS = [(-0.3, 1.0), (0.3, 1.1)]  # where a finger begins on the palm
BONES = [0.8, 0.6]
# A vertex: its finger, its place on the second bone, and the weight of that bone against the first.
VERTICES = [(0, (0.1, 0.2, 0.0), 0.5), (0, (0.0, 0.6, 0.1), 1.0), (1, (-0.1, 0.3, 0.05), 0.7),
            (1, (0.05, 0.6, 0.0), 1.0), (0, (-0.1, -0.1, 0.1), 0.1)]  # fmt: skip
MEASURED = [(-0.2, 1.7, 0.5), (-0.3, 1.9, 0.9), (0.3, 2.0, 0.4), (0.4, 2.2, 0.8), (-0.4, 1.6, 0.3)]


def product(a, b):
    return [[sum(x * b[k][j] for k, x in enumerate(row)) for j in range(4)] for row in a]


def turn_and_move(axis, angle, move):
    """The matrix of a rotation about an axis, and of a translation after it."""
    c, s = math.cos(angle), math.sin(angle)
    i, j = [k for k in range(3) if k != axis]
    if axis == 1:
        s = -s
    rows = [[float(p == q) for q in range(3)] + [move[p]] for p in range(3)]
    rows[i][i], rows[i][j], rows[j][i], rows[j][j] = c, -s, s, c
    return [*rows, [0.0, 0.0, 0.0, 1.0]]


def applied(matrix, point):
    return [sum(x * y for x, y in zip(row, point)) + row[3] for row in matrix[:3]]


def wrist_matrix(turns, shift):
    none = [0.0, 0.0, 0.0]
    first = product(turn_and_move(0, turns[0], shift), turn_and_move(1, turns[1], none))
    return product(first, turn_and_move(2, turns[2], none))


def residuals(bends, turns, shift):
    wrist = wrist_matrix(turns, shift)
    found = []
    for (finger, point, weight), goal in zip(VERTICES, MEASURED):
        (x, y), (one, other) = FINGERS[finger], bends[finger]
        first = product(wrist, turn_and_move(0, one, [x, y, 0.0]))
        second = product(first, turn_and_move(0, other, [0.0, BONES[0], 0.0]))
        here = applied(second, point)
        stiff = applied(first, [point[0], point[1] + BONES[0], point[2]])
        found += [weight * a + (1.0 - weight) * b - c for a, b, c in zip(here, stiff, goal)]
    return found


def error(bends, turns, shift):
    return sum(r * r for r in residuals(bends, turns, shift))


PROGRAM = Program(
    error,
    [
        ([[0.3, 0.4], [0.2, 0.5]], [0.1, -0.2, 0.05], [0.0, 0.1, -0.1]),
        ([[0.9, 0.1], [-0.2, 0.3]], [-0.4, 0.3, 0.6], [0.2, -0.1, 0.05]),
    ],
)
