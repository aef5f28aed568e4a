"""`solve`, `inv` and `det` are right against NumPy and exact arithmetic, with their derivatives of any order."""

from __future__ import annotations

import copy
import pickle
from fractions import Fraction
from itertools import permutations
from math import prod
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_core import (
    Value,
    check_gradients,
    compiled,
    det,
    draw,
    explain,
    grad,
    gradients,
    hessian,
    inv,
    jacobian,
    sin,
    solve,
    value_and_grad,
)

SWAPS = [[0.0, 2.0, 1.0], [1.0, 0.0, -3.0], [2.0, 1.0, 0.0]]
"""Its first pivot is 0."""
REGULAR = [[4.0, 1.0, -2.0], [1.0, 5.0, 0.5], [-1.0, 2.0, 6.0]]

entries = st.integers(-9, 9).map(float)
sizes = st.integers(1, 4)


def matrices(n: int) -> st.SearchStrategy[list[list[float]]]:
    return st.lists(st.lists(entries, min_size=n, max_size=n), min_size=n, max_size=n)


def leibniz(a: Any) -> Any:
    """The determinant by its definition."""
    n = len(a)
    total: Any = 0
    for order in permutations(range(n)):
        swaps = sum(order[i] > order[j] for i in range(n) for j in range(i + 1, n))
        total = total + (-1) ** swaps * prod(a[i][order[i]] for i in range(n))
    return total


def close(a: Any, b: Any, tolerance: float = 1e-9) -> bool:
    return abs(a - b) <= tolerance * max(1.0, abs(b))


def flat(x: Any) -> list[float]:
    return [y for part in x for y in flat(part)] if isinstance(x, list | tuple) else [x]


@given(sizes.flatmap(lambda n: st.tuples(matrices(n), matrices(n))))
def test_the_determinant_of_a_product_is_the_product(pair: Any) -> None:
    a, b = pair
    n = range(len(a))
    product = [[sum(a[i][k] * b[k][j] for k in n) for j in n] for i in n]
    assert close(det(product), det(a) * det(b), 1e-8 * (1 + abs(det(a)) + abs(det(b))))


@given(sizes.flatmap(matrices))
def test_a_determinant_and_its_slopes_are_those_of_the_definition_also_where_singular(
    a: Any,
) -> None:
    assert close(det(a), leibniz(a), 1e-10)
    found, wanted = grad(det)(a), grad(leibniz)(a)
    assert all(close(x, y, 1e-9) for x, y in zip(flat(found), flat(wanted), strict=True))


@given(sizes.flatmap(lambda n: st.tuples(matrices(n), st.lists(entries, min_size=n, max_size=n))))
def test_a_solution_is_the_inverse_times_b(system: Any) -> None:
    a, b = system
    exact = leibniz([[Fraction(x) for x in row] for row in a])
    if exact == 0:
        with pytest.raises(ValueError, match="singular up to rounding"):
            solve(a, b)
        return
    x, rows = solve(a, b), inv(a)
    for xi, row in zip(x, rows, strict=True):
        assert close(xi, sum(p * q for p, q in zip(row, b, strict=True)), 1e-8)
    for row, right in zip(a, b, strict=True):
        assert close(sum(p * q for p, q in zip(row, x, strict=True)), right, 1e-8)


@pytest.mark.parametrize("a", [SWAPS, REGULAR], ids=["pivoting", "regular"])
def test_first_and_second_derivatives_agree_with_differences(a: Any) -> None:
    check_gradients(lambda p: sum(sin(x) for x in solve(*p)), (a, [1.0, -2.0, 0.5]))
    check_gradients(lambda a: sum(sin(x) for row in inv(a) for x in row), a)
    check_gradients(lambda a: sin(det(a)), a)
    slopes = grad(lambda p: sum(x * x for x in solve(*p)))
    check_gradients(lambda p: sum(x**2 for x in flat(slopes(p))), (a, [1.0, -2.0, 0.5]), order=1)


def test_second_derivatives_of_a_singular_determinant_are_right() -> None:
    rank_one = [[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [3.0, 6.0, 9.0]]
    assert flat(grad(det)(rank_one)) == [0.0] * 9
    wanted = hessian(leibniz)(rank_one)
    assert flat(hessian(det)(rank_one)) == flat(wanted)
    third = grad(lambda a: grad(lambda a: grad(det)(a)[0][0])(a)[1][1])(rank_one)
    assert third == [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 1.0]]


def test_they_agree_with_numpy_and_return_arrays_for_arrays() -> None:
    np = pytest.importorskip("numpy")
    random = np.random.default_rng(1)
    a, b = random.normal(size=(12, 12)), random.normal(size=(12, 3))
    assert np.allclose(solve(a, b), np.linalg.solve(a, b), rtol=1e-10)
    assert np.allclose(solve(a, b[:, 0]), np.linalg.solve(a, b[:, 0]), rtol=1e-10)
    assert np.allclose(inv(a), np.linalg.inv(a), rtol=1e-10)
    assert close(det(a), np.linalg.det(a), 1e-11)
    assert isinstance(inv(a), np.ndarray)
    assert inv(a).dtype == float
    values = np.array([[Value(x) for x in row] for row in a], dtype=object)
    assert solve(values, b).dtype == object
    assert solve(values, b).shape == (12, 3)
    assert isinstance(det(values), Value)
    with pytest.raises(TypeError):
        np.linalg.solve(values, b)  # which the documentation says, and what to use


def test_plain_numbers_give_plain_numbers_and_values_nodes() -> None:
    a = [[2.0, 0.0], [0.0, 4.0]]
    assert solve(a, [1, 2]) == [0.5, 0.5]
    assert type(det(a)) is float
    assert det([]) == 1.0
    assert solve([], []) == []
    assert solve(a, [[1.0, 0.0], [0.0, 1.0]]) == inv(a)
    x, y = solve([[Value(2.0, "k"), 0.0], [0.0, 4.0]], [1.0, 2.0])
    assert isinstance(x, Value)
    assert "v1, v2 = solve(k, 0, 0, …, 2)" in str(explain(x + y))
    assert gradients(pickle.loads(pickle.dumps(x)) + copy.deepcopy(x), x).data == 0.0
    assert pickle.loads(pickle.dumps(x)).operation is x.operation


def test_a_solution_is_drawn() -> None:
    pytest.importorskip("graphviz")
    x, _ = solve([[Value(2.0, "k"), 0.0], [0.0, 4.0]], [1.0, 2.0])
    assert "A⁻¹b" in draw(x).source


def test_a_matrix_of_any_scale_is_regular() -> None:
    assert solve([[1e-200, 0.0], [0.0, 1e200]], [1e-200, 1e200]) == [1.0, 1.0]
    assert inv([[1.0, 0.0], [0.0, 1e-20]]) == [[1.0, 0.0], [0.0, 1e20]]


def test_nan_gives_nan() -> None:
    assert all(x != x for x in solve([[float("nan"), 1.0], [1.0, 2.0]], [1.0, 2.0]))


def compare_compiled(f: Any, *points: Any) -> None:
    fast = compiled(value_and_grad(f))
    for a in points:
        value, slopes = fast(a)
        expected, expected_slopes = value_and_grad(f)(a)
        assert close(value, expected)
        for x, y in zip(flat(slopes), flat(expected_slopes), strict=True):
            assert close(x, y)


def test_a_program_solves_for_the_numbers_of_each_call() -> None:
    def f(a: Any) -> Any:
        return sum(sin(x) for x in solve(a, [1.0, 2.0, 3.0])) + det(a) + inv(a)[1][2]

    compare_compiled(f, REGULAR, SWAPS, [[1.0, 2.0, 0.0], [0.0, 3.0, 1.0], [5.0, 0.0, 1.0]])
    singular = [[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [0.0, 0.0, 1.0]]
    assert compiled(f)(singular) != compiled(f)(singular)  # nan


@pytest.mark.parametrize("n", [2, 7])
def test_a_batch_solves_for_each_sample(n: int) -> None:
    np = pytest.importorskip("numpy")
    random = np.random.default_rng(2)
    a, b = random.normal(size=(3, n, n)), random.normal(size=(3, n))

    def f(a: Any, b: Any) -> Any:
        return sum(sin(x) for x in solve(a, b))

    values, (to_a, to_b) = compiled(value_and_grad(f, (0, 1)), batched=["a", "b"])(a, b)
    for k in range(3):
        expected, slopes = value_and_grad(f, (0, 1))(a[k], b[k])
        assert close(values[k], expected)
        assert np.allclose(to_a[k], slopes[0], rtol=1e-9)
        assert np.allclose(to_b[k], slopes[1], rtol=1e-9)


def test_an_input_may_have_the_name_of_an_operation() -> None:
    assert compiled(lambda solve, det: globals()["solve"]([[solve]], [det])[0])(2.0, 3.0) == 1.5


def test_what_is_no_regular_square_system_is_refused() -> None:
    with pytest.raises(ValueError, match="singular up to rounding: column 1 is a combination"):
        inv([[0.1, 0.2], [0.3, 0.6]])
    with pytest.raises(ValueError, match="column 0 is 0"):
        solve([[0.0, 1.0], [0.0, 2.0]], [1.0, 1.0])
    with pytest.raises(ValueError, match="singular"):
        grad(lambda a: solve([[a, 1.0], [a, 1.0]], [1.0, 1.0])[0])(2.0)
    with pytest.raises(ValueError, match="square matrix, got 1 rows"):
        det([[1.0, 2.0]])
    with pytest.raises(ValueError, match="as many right-hand sides as A has rows: 2, got 1"):
        solve([[1.0, 0.0], [0.0, 1.0]], [1.0])
    with pytest.raises(ValueError, match="must have the same length"):
        solve([[1.0, 0.0], [0.0, 1.0]], [[1.0], [1.0, 2.0]])
    with pytest.raises(TypeError, match="a matrix is a list of rows"):
        inv(3.0)
    with pytest.raises(TypeError, match="a row of the matrix of det must be a list"):
        det([1.0, 2.0])
    with pytest.raises(TypeError, match="an entry of b must be a real number"):
        solve([[1.0]], ["x"])


def test_a_jacobian_of_a_solution_is_the_inverse() -> None:
    assert jacobian(lambda b: solve(REGULAR, b))([1.0, 2.0, 3.0]) == inv(REGULAR)
