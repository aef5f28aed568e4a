"""Sparse Jacobians and Hessians have the numbers of the dense ones, and only the entries that can differ from 0."""

from __future__ import annotations

import pickle
import sys
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_core import (
    SparseValues,
    Value,
    compiled,
    grad,
    hessian,
    jacobian,
    maximum,
    sin,
    where,
)
from autograd_core.errors import MissingExtra, RecordingError

np = pytest.importorskip("numpy")
sparse = pytest.importorskip("scipy.sparse")
optimize = pytest.importorskip("scipy.optimize")


def rosenbrock(x: Any) -> Any:
    return sum((100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2 for a, b in pairwise(x)), 0.0)


def residuals(x: Any) -> Any:
    return [10.0 * (b - a * a) for a, b in pairwise(x)] + [1.0 - a for a in x[:-1]]


def test_the_pattern_of_a_hessian_is_known_from_the_graph() -> None:
    x = np.linspace(-1.0, 1.0, 50)
    found = hessian(rosenbrock, sparse=True)(x)
    assert isinstance(found, sparse.csr_array)
    assert found.nnz == 3 * 50 - 2
    assert (found.toarray() == np.array(hessian(rosenbrock)(x))).all()
    fast = compiled(hessian(rosenbrock, sparse=True))
    for y in (x, 0.5 * x, x + 1.0):
        assert np.allclose(fast(y).toarray(), np.array(hessian(rosenbrock)(y)), rtol=1e-14)
    assert isinstance(fast(x), sparse.csr_array)
    assert fast(x).indices is not fast(x).data


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from("+*s.")),
        min_size=1,
        max_size=12,
    )
)
def test_entries_are_those_of_the_dense_jacobian(steps: list[tuple[int, int, str]]) -> None:
    def f(x: Any) -> Any:
        made = list(x)
        for i, j, how in steps:
            a, b = made[i % len(made)], made[-1 - j % len(made)]
            made.append(
                a + b if how == "+" else a * b if how == "*" else sin(a) if how == "s" else 2.0
            )
        return made[len(x) :]

    x = [0.3, -1.5, 2.0, 0.7]
    dense = np.array(jacobian(f)(x))
    found = jacobian(f, sparse=True)(x)
    assert (found.toarray() == dense).all()
    assert found.shape == dense.shape
    assert np.allclose(compiled(jacobian(f, sparse=True))(x).toarray(), dense, rtol=1e-14, atol=0.0)


def test_structures_are_counted_in_their_order() -> None:
    def f(p: Any, scale: float) -> Any:
        return {"a": p["w"][0] * scale, "b": [p["w"][1] * p["c"], 3.0]}

    point = {"w": [2.0, 3.0], "c": 5.0}
    assert jacobian(f, sparse=True)(point, 4.0).toarray().tolist() == [
        [4.0, 0.0, 0.0],
        [0.0, 5.0, 3.0],
        [0.0, 0.0, 0.0],
    ]
    both = jacobian(f, argnums=(0, 1), sparse=True)(point, 4.0)
    assert both.toarray().tolist() == [
        [4.0, 0.0, 0.0, 2.0],
        [0.0, 5.0, 3.0, 0.0],
        [0.0, 0.0, 0.0, 0.0],
    ]


def test_what_is_differentiated_further_has_values_as_entries() -> None:
    def trace(t: Any) -> Any:
        found = hessian(lambda x: x[0] ** 3 * t + x[1] ** 2, sparse=True)([2.0, 1.0])
        assert isinstance(found, SparseValues)
        return sum(found.data)

    assert grad(trace)(5.0) == 12.0
    found = jacobian(lambda x: [x[0] * x[1]], sparse=True)([Value(2.0), Value(3.0)])
    assert [x.data for x in found.data] == [3.0, 2.0]
    assert "shape (1, 2) with 2 entries" in repr(found)


def test_an_entry_at_a_kink_is_kept() -> None:
    found = hessian(lambda x: maximum(x[0], 0.0) ** 2 + x[1] ** 2, sparse=True)([0.0, 1.0])
    assert repr(found.toarray()[0, 0]) == repr(
        np.array(hessian(lambda x: maximum(x[0], 0.0) ** 2 + x[1] ** 2)([0.0, 1.0]))[0, 0]
    )
    assert found.nnz == 2


def test_of_a_batch_it_has_the_entries_of_each_sample() -> None:
    rows = compiled(jacobian(lambda x: [x[0] * x[1], x[2]], sparse=True), batched="x")
    found = rows(np.array([[2.0, 3.0, 1.0], [5.0, 7.0, 1.0]]))
    assert isinstance(found, SparseValues)
    assert found.data.tolist() == [[3.0, 2.0, 1.0], [7.0, 5.0, 1.0]]


def one_of_two(x: Any) -> Any:
    return [x[0] * x[1] if x[0] > 1.0 else x[0] - x[1], sin(x[2])]


def test_each_path_through_branches_has_its_entries() -> None:
    f = jacobian(one_of_two, sparse=True)
    slopes = compiled(f)
    for x in ([0.0, 2.0, 3.0], [2.0, 2.0, 3.0], [0.5, 5.0, 1.0], [3.0, 1.0, 1.0]):
        found = slopes(x)
        assert isinstance(found, sparse.csr_array)
        assert np.allclose(found.toarray(), f(x).toarray(), rtol=1e-14)


def test_entries_that_stand_elsewhere_by_the_branch_are_an_error_whose_advice_works() -> None:
    slopes = compiled(jacobian(lambda x: [x[0] if x[0] > 1.0 else x[1]], sparse=True))
    assert slopes([0.0, 1.0]).toarray().tolist() == [[0.0, 1.0]]
    with pytest.raises(RecordingError, match=r"entries stand elsewhere .*where\(condition, a, b\)"):
        slopes([2.0, 1.0])
    slopes = compiled(jacobian(lambda x: [where(x[0] > 1.0, x[0], x[1])], sparse=True))
    assert slopes([0.0, 1.0]).toarray().tolist() == [[0.0, 1.0]]
    assert slopes([2.0, 1.0]).toarray().tolist() == [[1.0, 0.0]]


def test_scipy_takes_them_as_they_are() -> None:
    x0 = np.full(20, -1.2)
    jac = compiled(jacobian(residuals, sparse=True))
    result = optimize.least_squares(compiled(lambda x: np.array(residuals(x))), x0, jac=jac)
    assert np.allclose(result.x, 1.0, atol=1e-6)
    given = optimize.least_squares(lambda x: np.array(residuals(x)), x0, jac_sparsity=jac(x0))
    assert np.allclose(given.x, 1.0, atol=1e-4)
    found = optimize.minimize(
        compiled(rosenbrock), x0, jac=compiled(grad(rosenbrock)), hess=compiled(hessian(rosenbrock, sparse=True)),
        method="trust-constr", options={"maxiter": 300},
    )  # fmt: skip
    assert np.allclose(found.x, 1.0, atol=1e-3)


def test_it_travels_through_a_pickle() -> None:
    assert pickle.loads(pickle.dumps(jacobian(residuals, sparse=True)))([1.0, 2.0]).nnz == 3
    assert pickle.loads(pickle.dumps(hessian(rosenbrock, sparse=True)))([1.0, 2.0]).nnz == 4
    assert pickle.loads(pickle.dumps(hessian(rosenbrock)))([1.0, 2.0]) == hessian(rosenbrock)(
        [1.0, 2.0]
    )


def test_without_scipy_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(MissingExtra, match=r"autograd-core\[sparse\]"):
        jacobian(residuals, sparse=True)([1.0, 2.0])


@pytest.mark.parametrize("missing", ["numpy", "scipy"])
def test_one_extra_gives_all_that_is_needed(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ImportError, match=r"package scipy|package numpy") as found:
        hessian(lambda x: x[0] ** 2 + x[1], sparse=True)([2.0, 3.0])
    assert missing in str(found.value)
    assert "pip install 'autograd-core[sparse]'" in str(found.value)
