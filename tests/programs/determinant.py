"""The determinant of an 8 × 8 matrix in lists, by elimination with partial pivoting.

Changed for the port: the import line, and only for the test matrices. Each order of pivots is a
path.
"""

from __future__ import annotations

from autograd_core import math
from tests.programs.program import Program


def determinant(matrix):
    rows = [list(row) for row in matrix]
    n, found = len(rows), 1.0
    for k in range(n):
        pivot = max(range(k, n), key=lambda i: abs(rows[i][k]))
        if pivot != k:
            rows[k], rows[pivot] = rows[pivot], rows[k]
            found = -found
        found = found * rows[k][k]
        for i in range(k + 1, n):
            factor = rows[i][k] / rows[k][k]
            for j in range(k + 1, n):
                rows[i][j] = rows[i][j] - factor * rows[k][j]
    return found


def example(seed):
    return [[math.sin(seed + 7 * i * i + 3 * i * j + 5 * j) for j in range(8)] for i in range(8)]


PROGRAM = Program(determinant, [(example(1),), (example(2),), (example(3),)], paths=3)
