"""The row of Cholesky's factorisation, A = L Lᵀ. Each entry of L is one node, whose operands are
the entries of the lower triangle of A.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from .matrices import KEPT, Entry, Vector, entry, factors, inverse
from .reductions import dot


def lower_triangle(entries: Sequence[float]) -> tuple[list[list[float]], int | None]:
    """The rows of L, each up to the diagonal. They end before row k if the matrix of the rows and
    columns 0 … k is not positive definite up to rounding; then k comes with them, else None.

    The entries are those of the lower triangle of A, row by row.
    """
    rows: list[list[float]] = []
    n, start = size(len(entries)), 0
    for k in range(n):
        row: list[float] = []
        for j in range(k):
            known = sum([x * y for x, y in zip(row, rows[j])])  # noqa: B905  (what is known)
            row.append((entries[start + j] - known) / rows[j][j])
        rest = entries[start + k] - sum([x * x for x in row])
        if rest <= n * sys.float_info.epsilon * max(entries[start + k], 0.0):
            return rows, k
        rows.append([*row, math.sqrt(rest)])
        start += k + 1
    return rows, None


def size(count: int) -> int:
    """How many rows a triangle of so many entries has."""
    return (math.isqrt(8 * count + 1) - 1) // 2


def place(i: int, j: int) -> int:
    """Which entry of the lower triangle stands in row i, column j."""
    return i * (i + 1) // 2 + j


@lru_cache(KEPT)
def _factor(entries: Vector) -> Vector:
    rows, indefinite = lower_triangle(entries)
    if indefinite is not None:
        return (math.nan,) * len(entries)
    return tuple([x for row in rows for x in row])


def _compute(*xs: float) -> float:
    return _factor(xs[:-1])[int(xs[-1])]


@lru_cache(KEPT)
def _inverse(entries: Vector) -> Vector:
    """The lower triangle of L⁻¹, row by row."""
    lower = _factor(entries)
    n = size(len(entries))
    found = factors(_full(lower)).inverse
    return tuple([found[p * n + q] for p in range(n) for q in range(p + 1)])


def _full(lower: Sequence[Any]) -> tuple[Any, ...]:
    """The entries of the square matrix with this lower triangle, and zeros above."""
    n = size(len(lower))
    return tuple([lower[place(p, q)] if q <= p else 0.0 for p in range(n) for q in range(n)])


def _slopes(y: Any, *xs: Any) -> list[Any]:
    """dL = L Φ(L⁻¹ dA L⁻ᵀ), where Φ keeps the lower triangle and halves the diagonal."""
    a, number = xs[:-1], int(xs[-1])
    i = next(i for i in range(size(len(a))) if number < place(i + 1, 0))
    j = number - place(i, 0)
    lower, inverted = _parts(y, a, number, place(i + 1, 0))
    weights = [0.5 * lower[place(i, j)], *lower[place(i, j) + 1 : place(i + 1, 0)]]
    left = [
        dot(*weights[max(k - j, 0) :], *[inverted[place(p, k)] for p in range(max(j, k), i + 1)])
        for k in range(i + 1)
    ]
    right = inverted[place(j, 0) : place(j + 1, 0)]
    found: list[Any] = [0.0] * len(xs)
    for k in range(i + 1):
        for m in range(min(k, j) + 1):
            found[place(k, m)] = left[k] * right[m]
            if m < k <= j:
                found[place(k, m)] += left[m] * right[k]
    return found


def _parts(y: Any, a: Sequence[Any], number: int, count: int) -> tuple[Sequence[Any], ...]:
    """The first entries of L and L⁻¹, so many, of which y is one."""
    if y.__class__ is float:
        return _factor(a), _inverse(a)
    lower = [y if k == number else cholesky(*a, float(k)) for k in range(count)]
    full, n = _full(lower), size(count)
    return lower, [inverse(*full, float(p * n + q)) for p in range(n) for q in range(p + 1)]


cholesky: Entry = entry(
    "cholesky",
    "chol",
    "Entry k of the lower triangle of L, counted row by row, with L Lᵀ = A. The operands are the "
    "lower triangle of A row by row, and k.",
    _compute,
    _slopes,
)
