"""`cholesky` is right against its definition and NumPy, with its derivatives of any order."""

from __future__ import annotations

import math
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_core import (
    Value,
    check_gradients,
    cholesky,
    compiled,
    det,
    grad,
    hessian,
    inv,
    log,
    sin,
    sqrt,
    value_and_grad,
)
from tests.optional import needs_numpy, numpy

COVARIANCE = [[4.0, 2.0, -1.0], [2.0, 5.0, 0.5], [-1.0, 0.5, 3.0]]

squares = st.integers(1, 5).flatmap(
    lambda n: st.lists(
        st.lists(st.floats(-3.0, 3.0), min_size=n, max_size=n), min_size=n, max_size=n
    )
)


def flat(x: Any) -> list[Any]:
    return [y for row in x for y in row]


def times_transposed(a: Any) -> Any:
    return [[sum(x * y for x, y in zip(p, q, strict=True)) for q in a] for p in a]


def mixture(a: Any) -> Any:
    """A number that depends on every entry of the factor."""
    return sum((1.0 + k) * sin(x) for k, x in enumerate(flat(cholesky(a))))


@given(squares)
def test_the_factor_times_its_transposed_is_the_matrix(a: list[list[float]]) -> None:
    matrix = times_transposed(a)
    for i, row in enumerate(matrix):
        row[i] += 1.0
    lower = cholesky(matrix)
    assert all(x == 0.0 for i, row in enumerate(lower) for x in row[i + 1 :])
    assert all(row[i] > 0.0 for i, row in enumerate(lower))
    assert flat(times_transposed(lower)) == pytest.approx(flat(matrix), rel=1e-12, abs=1e-12)


@given(squares)
def test_the_slope_of_its_logarithms_is_half_the_inverse(a: list[list[float]]) -> None:
    """ln det A = 2 Σ ln Lᵢᵢ, whose derivative is A⁻¹; an entry below the diagonal counts twice."""
    matrix = times_transposed(a)
    for i, row in enumerate(matrix):
        row[i] += 1.0
    found = grad(lambda a: sum(log(row[i]) for i, row in enumerate(cholesky(a))))(matrix)
    inverse = inv(matrix)
    wanted = [
        0.0 if j > i else x if j < i else 0.5 * x
        for i, row in enumerate(inverse)
        for j, x in enumerate(row)
    ]
    assert flat(found) == pytest.approx(wanted, rel=1e-9, abs=1e-9)


def test_derivatives_of_three_orders_agree_with_differences() -> None:
    check_gradients(mixture, COVARIANCE)
    small, slopes = [row[:2] for row in COVARIANCE[:2]], grad(mixture)
    check_gradients(lambda a: sum(x**2 for x in flat(slopes(a))), COVARIANCE, order=1)
    check_gradients(lambda a: sum(flat(flat(hessian(mixture)(a)[1]))), small, order=1)


def test_a_product_with_its_transposed_gives_the_matrix_of_which_it_is_the_factor() -> None:
    """The symmetric matrix is made of Values: its slope by the factor is that of the identity."""

    def back(lower: Any) -> Any:
        rows = [[*row, *[0.0] * (3 - len(row))] for row in lower]
        return cholesky(times_transposed(rows))

    lower = [[2.0], [1.0, 1.5], [-0.5, 0.25, 3.0]]
    assert flat(back(lower)) == pytest.approx([2.0, 0.0, 0.0, 1.0, 1.5, 0.0, -0.5, 0.25, 3.0])
    slopes = grad(lambda lower: back(lower)[2][1])(lower)
    assert flat(slopes) == pytest.approx([0.0, 0.0, 0.0, 0.0, 1.0, 0.0], abs=1e-14)


def test_one_number_is_a_square_root() -> None:
    for f in (sqrt, lambda x: cholesky([[x]])[0][0]):
        assert [f(2.0), grad(f)(2.0), grad(grad(f))(2.0), grad(grad(grad(f)))(2.0)] == (
            pytest.approx([2**0.5, 2**-1.5, -(2**-3.5), 3 * 2**-5.5], rel=1e-14)
        )
    assert cholesky([]) == []


def test_only_the_lower_triangle_is_read() -> None:
    other = [[4.0, 9.0, 9.0], [2.0, 5.0, 9.0], [-1.0, 0.5, 3.0]]
    assert cholesky(other) == cholesky(COVARIANCE)
    assert type(cholesky([[1.0, Value(0.0)], [0.0, 1.0]])[1][1]) is float


@needs_numpy
def test_it_agrees_with_numpy_and_returns_arrays_for_arrays() -> None:
    a = numpy.random.default_rng(1).normal(size=(12, 12))
    a = a @ a.T
    assert numpy.allclose(cholesky(a), numpy.linalg.cholesky(a), rtol=1e-10)
    assert cholesky(a).dtype == float
    values = numpy.array([[Value(x) for x in row] for row in a], dtype=object)
    assert cholesky(values).dtype == object
    assert isinstance(cholesky(values)[1, 0], Value)
    with pytest.raises(TypeError):
        numpy.linalg.cholesky(values)  # which the documentation says, and what to use


def test_a_program_factorizes_for_the_numbers_of_each_call() -> None:
    fast, eager = compiled(value_and_grad(mixture)), value_and_grad(mixture)
    for matrix in (
        COVARIANCE,
        times_transposed([[1.0, 0.0, 2.0], [0.0, 3.0, 1.0], [1.0, 1.0, 1.0]]),
    ):
        for found, wanted in zip(fast(matrix), eager(matrix), strict=True):
            assert flat([[found]] if type(found) is float else found) == pytest.approx(
                flat([[wanted]] if type(wanted) is float else wanted), rel=1e-12
            )
    assert math.isnan(fast([[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])[0])
    bends = compiled(hessian(mixture))(COVARIANCE)
    assert bends[1][0][2][1] == pytest.approx(hessian(mixture)(COVARIANCE)[1][0][2][1])


@needs_numpy
def test_a_batch_factorizes_for_each_sample() -> None:
    a = numpy.random.default_rng(2).normal(size=(30, 4, 4))
    a = a @ a.transpose(0, 2, 1) + numpy.eye(4)
    values, slopes = compiled(value_and_grad(mixture), batched=["a"])(a)
    for k in range(30):
        value, slope = value_and_grad(mixture)(a[k])
        assert values[k] == pytest.approx(value)
        assert numpy.allclose(slopes[k], slope, rtol=1e-9)


def test_entries_are_pickled() -> None:
    entry = cholesky([[Value(4.0), 0.0], [Value(2.0), 5.0]])[1][1]
    assert pickle.loads(pickle.dumps(entry)).operation is entry.operation
    assert det([[entry]]).data == 2.0


def test_what_is_not_positive_definite_is_refused() -> None:
    for matrix, rows in (
        ([[-1.0]], 1),
        ([[0.0]], 1),
        ([[1.0, 2.0], [2.0, 1.0]], 2),
        ([[0.1, 0.3], [0.3, 0.9]], 2),  # singular up to rounding
    ):
        with pytest.raises(ValueError, match=f"of the first {rows} rows and columns is not"):
            cholesky(matrix)
        for i, row in enumerate(matrix):
            row[i] += 4.0
        cholesky(matrix)  # as the error advises
    with pytest.raises(ValueError, match="square matrix, got 1 rows"):
        cholesky([[1.0, 2.0]])
    with pytest.raises(TypeError, match="a matrix is a list of rows"):
        cholesky(2.0)
    assert all(math.isnan(x) for x in flat(cholesky([[math.nan]])))
