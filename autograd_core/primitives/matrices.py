"""The rows of linear algebra. Each result is one node, whose operands are all entries of a matrix.

The rows are not part of `TABLE`: they take the entries of a square matrix, so not any number of
operands. All results of one matrix share one factorisation.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from .facts import Rule
from .primitive import Reduction

Vector = tuple[float, ...]

KEPT = 16  # matrices whose factors are kept


class Factors:
    """P A = L U, with the largest pivot of each column.

    `dependent` is the first column that is a combination of those before it up to rounding, None if
    A is regular.
    """

    def __init__(self, entries: Vector) -> None:
        self.entries = entries
        self.n = n = math.isqrt(len(entries))
        self.order = [*range(n)]
        self.sign = 1.0
        self._inverse: Vector = ()  # made when they are first needed, without a lock, which a
        self._cofactors: Vector = ()  # forked child might find taken
        self.dependent: int | None = None
        self.rows = rows = [[*entries[i * n : (i + 1) * n]] for i in range(n)]
        # The sums of the sizes of all terms of an entry: rounding is relative to them.
        sizes = [[*map(abs, row)] for row in rows]
        for k in range(n):
            best = max(range(k, n), key=lambda i: abs(rows[i][k]))
            least = n * sys.float_info.epsilon
            if self.dependent is None and all(
                [abs(rows[i][k]) <= least * sizes[i][k] for i in range(k, n)]
            ):
                self.dependent = k
            if best != k:
                for of in (rows, sizes, self.order):
                    of[k], of[best] = of[best], of[k]
                self.sign = -self.sign
            if rows[k][k] != 0.0:
                for i in range(k + 1, n):
                    _eliminate(rows[k], rows[i], sizes[k], sizes[i], k)

    @property
    def determinant(self) -> float:
        """The product of the pivots."""
        return math.prod([row[k] for k, row in enumerate(self.rows)], start=self.sign)

    def solve(self, b: Sequence[float]) -> Vector:
        """x with A x = b; nan if A is singular."""
        if self.dependent is not None:
            return (math.nan,) * self.n
        x: list[float] = []
        for row, i in zip(self.rows, self.order, strict=True):
            x.append(b[i] - sum([u * y for u, y in zip(row, x)]))  # noqa: B905  (what is known)
        for k in reversed(range(self.n)):
            row = self.rows[k]
            known = sum([row[j] * x[j] for j in range(k + 1, self.n)])
            x[k] = (x[k] - known) / row[k]
        return (*x,)

    @property
    def inverse(self) -> Vector:
        """The entries of A⁻¹, row by row; nan if A is singular."""
        if not self._inverse:
            units = [[float(i == j) for i in range(self.n)] for j in range(self.n)]
            columns = [self.solve(unit) for unit in units]
            self._inverse = tuple([column[i] for i in range(self.n) for column in columns])
        return self._inverse

    @property
    def cofactors(self) -> Vector:
        """The derivatives of the determinant by the entries, row by row.

        The adjugate of A is sign · adj(U) L⁻¹ P, which needs no division: it is right for singular
        matrices of any rank too.
        """
        if not self._cofactors:
            n, rows, found = self.n, self.rows, [0.0] * self.n**2
            for i, x in enumerate(_adjugate_of_triangle(rows)):
                for j in reversed(range(n)):
                    x[j] -= sum([x[k] * rows[k][j] for k in range(j + 1, n)])
                    found[self.order[j] * n + i] = self.sign * x[j]
            self._cofactors = (*found,)
        return self._cofactors


def _adjugate_of_triangle(u: Sequence[Sequence[float]]) -> list[list[float]]:
    """The adjugate of U, from those of its leading parts: one more row and column with pivot p make
    [[p adj, −adj · column], [0, the product of the pivots before]].
    """
    n = len(u)
    found = [[0.0] * n for _ in u]
    product = 1.0
    for k in range(n):
        for i in range(k):
            row = found[i]
            row[k] = -sum([row[j] * u[j][k] for j in range(i, k)])
            for j in range(i, k):
                row[j] *= u[k][k]
        found[k][k] = product
        product *= u[k][k]
    return found


def _eliminate(
    pivots: list[float], row: list[float], pivot_sizes: list[float], sizes: list[float], k: int
) -> None:
    """Subtract the multiple of the pivot's row that makes column k 0, and keep it there."""
    row[k] = factor = row[k] / pivots[k]
    size = abs(factor)
    if size != 0.0:
        for j in range(k + 1, len(row)):
            row[j] -= factor * pivots[j]
            sizes[j] += size * pivot_sizes[j]


@lru_cache(KEPT)
def factors(entries: Vector) -> Factors:
    """The factors of the matrix with these entries, row by row."""
    return Factors(entries)


@lru_cache(KEPT)
def _solution(entries: Vector, b: Vector) -> Vector:
    return factors(entries).solve(b)


def minor(entries: Sequence[Any], n: int, i: int, j: int) -> Any:
    """The entries without row i and column j."""
    return tuple([x for k, x in enumerate(entries) if k // n != i and k % n != j])


def split(xs: Sequence[Any]) -> tuple[tuple[Any, ...], tuple[Any, ...], int, int]:
    """The entries of A, those of b if there is one, the place of the result, and the size of A."""
    n = math.isqrt(len(xs) - 1)
    return tuple(xs[: n * n]), tuple(xs[n * n : -1]), int(xs[-1]), n


def _compute_solution(*xs: float) -> float:
    a, b, i, _ = split(xs)
    return _solution(a, b)[i]


def _compute_inverse(*xs: float) -> float:
    a, _, place, _ = split(xs)
    return factors(a).inverse[place]


def _compute_cofactor(*xs: float) -> float:
    a, _, place, _ = split(xs)
    return factors(a).cofactors[place]


def _slopes_of_solution(y: Any, *xs: Any) -> list[Any]:
    """dxᵢ = Σⱼ (A⁻¹)ᵢⱼ (dbⱼ − Σₖ dAⱼₖ xₖ)."""
    a, b, i, n = split(xs)
    row = [inverse(*a, float(i * n + j)) for j in range(n)]
    x = [y if k == i else solution(*a, *b, float(k)) for k in range(n)]
    return [*[-(to_b * x_k) for to_b in row for x_k in x], *row, 0.0]


def _slopes_of_inverse(y: Any, *xs: Any) -> list[Any]:
    """d(A⁻¹)ᵢⱼ = −Σ (A⁻¹)ᵢₖ dAₖₗ (A⁻¹)ₗⱼ."""
    a, _, place, n = split(xs)
    i, j = divmod(place, n)
    row = [y if k == j else inverse(*a, float(i * n + k)) for k in range(n)]
    column = [y if k == i else inverse(*a, float(k * n + j)) for k in range(n)]
    return [*[-(left * right) for left in row for right in column], 0.0]


def _slopes_of_cofactor(y: Any, *xs: Any) -> list[Any]:
    """The cofactors of the minor: row i and column j have no influence."""
    a, _, place, n = split(xs)
    i, j = divmod(place, n)
    sign, inner = (-1.0) ** (i + j), minor(a, n, i, j)
    rest = iter(range((n - 1) ** 2))
    return [
        *[
            0.0 if k // n == i or k % n == j else sign * cofactor(*inner, float(next(rest)))
            for k in range(n * n)
        ],
        0.0,
    ]


class Entry(Reduction):
    """A row over the entries of a matrix."""

    unit = True

    def __reduce__(self) -> tuple[Callable[[str], Entry], tuple[str]]:
        return row_of, (self.name,)


def row_of(name: str) -> Entry:
    """The row of that name."""
    return ROWS[name]


ROWS: dict[str, Entry] = {}


def entry(
    name: str,
    symbol: str,
    doc: str,
    compute: Callable[..., float],
    partials: Rule,
    *,
    results: int = -1,
) -> Entry:
    """A new row over the entries of a matrix."""
    ROWS[name] = made = Entry(name, symbol, compute, partials, doc=doc, results=results)
    return made


solution: Entry = entry(
    "solve",
    "A⁻¹b",
    "Entry i of the solution x of A x = b. The operands are A row by row, b, and i.",
    _compute_solution,
    _slopes_of_solution,
)
inverse: Entry = entry(
    "inv",
    "A⁻¹",
    "Entry k of A⁻¹, counted row by row. The operands are A row by row, and k.",
    _compute_inverse,
    _slopes_of_inverse,
)
determinant: Entry = entry(
    "det",
    "det",
    "The determinant of A. The operands are A row by row.",
    lambda *a: factors(a).determinant,
    lambda y, *a: [cofactor(*a, float(k)) for k in range(len(a))],
    results=0,
)
cofactor: Entry = entry(
    "cofactor",
    "cof",
    "The derivative of det A by entry k, counted row by row. The operands are A row by row, and k.",
    _compute_cofactor,
    _slopes_of_cofactor,
)
