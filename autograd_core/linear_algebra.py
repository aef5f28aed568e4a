"""Small dense matrices of numbers and Values: `solve`, `inv`, `det`, `cholesky`."""

from __future__ import annotations

from typing import Any

from .engine import context
from .engine.node import Node, number, operand
from .errors import numpy_or_error, shown
from .primitives.cholesky import cholesky as factor
from .primitives.cholesky import lower_triangle, place
from .primitives.matrices import determinant, factors, inverse, solution


def solve(A: Any, b: Any) -> Any:
    """The solution x of the linear equations A x = b.

    Each xᵢ is one node; all of them share one factorisation (Gaussian elimination with partial
    pivoting). Its derivatives of any order follow from dx = A⁻¹ (db − dA x).

    Args:
        A: a square matrix, a list of rows or a NumPy array, of floats or Values.
        b: as many numbers as A has rows, or a matrix with as many rows, whose columns are several
            right-hand sides.

    Returns:
        x with the shape of b: a list, or a NumPy array where A or b is one. Floats, or Values where
        an entry of A or b is one. Inside a compiled function a singular A gives nan.

    Raises:
        TypeError: A is no matrix, or an entry is not a real number.
        ValueError: A is singular up to rounding, it is not square, or b has another length.

    Example:
        >>> from autograd_core import Value
        >>> solve([[2.0, 1.0], [1.0, 3.0]], [3.0, 5.0])
        [0.8, 1.4]
        >>> solve([[Value(4.0)]], [2.0])
        [Value(0.5)]

    Source: Golub and Van Loan, Matrix Computations, 4th edition, 2013, section 3.4.
    """
    a, n = _entries(A, "solve")
    rows = _list(b, "the right-hand side of solve")
    if len(rows) != n:
        raise ValueError(
            f"solve needs as many right-hand sides as A has rows: {n}, got {len(rows)}"
        )
    _must_be_regular(a, "solve")
    if rows and _is_list(rows[0]):
        columns = [_solution(a, [*column], n) for column in _transposed(rows)]
        found: list[Any] = [[*row] for row in zip(*columns, strict=True)]
    else:
        found = _solution(a, rows, n)
    return _in_kind(found, A, b)


def _solution(a: list[Any], b: list[Any], n: int) -> list[Any]:
    right = [operand(x, "an entry of b") for x in b]
    return [solution(*a, *right, float(i)) for i in range(n)]


def inv(A: Any) -> Any:
    """The inverse A⁻¹ of a matrix: A A⁻¹ = 1.

    Each entry is one node; all of them share one factorisation. Its derivatives of any order follow
    from d(A⁻¹) = −A⁻¹ dA A⁻¹. For A⁻¹ b, `solve(A, b)` is faster and rounds less.

    Args:
        A: a square matrix, a list of rows or a NumPy array, of floats or Values.

    Returns:
        A list of rows, or a NumPy array where A is one. Floats, or Values where an entry of A is
        one. Inside a compiled function a singular A gives nan.

    Raises:
        TypeError: A is no matrix, or an entry is not a real number.
        ValueError: A is singular up to rounding, or not square.

    Example:
        >>> inv([[0.0, 2.0], [4.0, 0.0]])
        [[0.0, 0.25], [0.5, 0.0]]

    Source: Golub and Van Loan, Matrix Computations, 4th edition, 2013, section 3.4.
    """
    a, n = _entries(A, "inv")
    _must_be_regular(a, "inv")
    return _in_kind([[inverse(*a, float(i * n + j)) for j in range(n)] for i in range(n)], A)


def det(A: Any) -> Any:
    """The determinant det A of a matrix, as one node.

    Its derivative with respect to an entry is the cofactor of the entry. It and all higher
    derivatives are right for singular matrices too.

    Args:
        A: a square matrix, a list of rows or a NumPy array, of floats or Values.

    Returns:
        A float, or a Value where an entry of A is one; 1.0 for a matrix without rows.

    Raises:
        TypeError: A is no matrix, or an entry is not a real number.
        ValueError: A is not square.

    Example:
        >>> from autograd_core import Value
        >>> det([[Value(1.0), 2.0], [3.0, 4.0]])
        Value(-2.0)

    Source: Golub and Van Loan, Matrix Computations, 4th edition, 2013, section 3.4.
    """
    a, _ = _entries(A, "det")
    return determinant(*a)


def cholesky(A: Any) -> Any:
    """The lower triangular matrix L with A = L Lᵀ, of a symmetric positive definite matrix A.

    Each entry is one node; all of them share one factorisation. Its derivatives of any order follow
    from dL = L Φ(L⁻¹ dA L⁻ᵀ), where Φ keeps the lower triangle and halves the diagonal. As in NumPy
    only the lower triangle of A is read. So it alone has derivatives: a slope by Aᵢⱼ counts Aⱼᵢ in.

    Args:
        A: a square matrix, a list of rows or a NumPy array, of floats or Values.

    Returns:
        A list of rows, with 0.0 above the diagonal, or a NumPy array where A is one. Floats, or
        Values where an entry of the lower triangle is one. Inside a compiled function nan if A is
        not positive definite.

    Raises:
        TypeError: A is no matrix, or an entry is not a real number.
        ValueError: A is not positive definite up to rounding, or not square.

    Example:
        >>> from autograd_core import Value
        >>> cholesky([[4.0, 2.0], [2.0, 5.0]])
        [[2.0, 0.0], [1.0, 2.0]]
        >>> cholesky([[Value(4.0)]])
        [[Value(2.0)]]

    Source: Murray, Differentiation of the Cholesky decomposition, 2016.
    """
    a, n = _entries(A, "cholesky")
    lower = [a[i * n + j] for i in range(n) for j in range(i + 1)]
    if context.tape() is None:
        _must_be_positive_definite(lower)
    rows = [[factor(*lower, float(place(i, j))) for j in range(i + 1)] for i in range(n)]
    return _in_kind([[*row, *[0.0] * (n - len(row))] for row in rows], A)


def _must_be_positive_definite(lower: list[Any]) -> None:
    _, k = lower_triangle([number(x) for x in lower])
    if k is not None:
        raise ValueError(
            "cholesky needs a positive definite matrix; up to rounding, the block of the first "
            f"{k + 1} rows and columns is not; check the signs of the entries, and add a small "
            "number to the diagonal of a covariance that is nearly singular"
        )


def _entries(A: Any, name: str) -> tuple[list[Any], int]:
    """The entries row by row, and how many rows there are."""
    rows = [_list(row, f"a row of the matrix of {name}") for row in _list(A, f"A of {name}")]
    lengths = {len(row) for row in rows}
    if lengths - {len(rows)}:
        raise ValueError(
            f"{name} needs a square matrix, got {len(rows)} rows of {sorted(lengths)} entries"
        )
    return [operand(x, f"an entry of the matrix of {name}") for row in rows for x in row], len(rows)


def _is_list(x: Any) -> bool:
    return hasattr(x, "__len__") and not isinstance(x, str | bytes) and getattr(x, "ndim", 1) != 0


def _list(x: Any, what: str) -> list[Any]:
    if not _is_list(x):
        raise TypeError(
            f"{what} must be a list or an array, got {shown(x)} ({type(x).__name__}); a matrix is "
            "a list of rows, as in [[1.0, 2.0], [3.0, 4.0]]"
        )
    return [*x]


def _transposed(rows: list[Any]) -> list[list[Any]]:
    lists = [_list(row, "a row of the right-hand sides of solve") for row in rows]
    if len({len(row) for row in lists}) > 1:
        raise ValueError("the rows of the right-hand sides of solve must have the same length")
    return [[*column] for column in zip(*lists, strict=True)]


def _must_be_regular(a: list[Any], name: str) -> None:
    """Refuse a singular matrix. A recording does not ask: it holds for other numbers too."""
    if context.tape() is not None:
        return
    k = factors(tuple(map(number, a))).dependent
    if k is not None:
        raise ValueError(
            f"{name} needs a regular matrix, but this one is singular up to rounding: "
            + ("column 0 is 0" if k == 0 else f"column {k} is a combination of those before it")
            + "; remove equations and unknowns that depend on others"
        )


def _in_kind(found: list[Any], *given: Any) -> Any:
    """A NumPy array where one was given."""
    if not any([hasattr(x, "dtype") for x in given]):
        return found
    flat = [x for row in found for x in (row if isinstance(row, list) else [row])]
    kind = object if any([isinstance(x, Node) for x in flat]) else float
    return numpy_or_error("an array of results").array(found, dtype=kind)
