"""The four objectives of ADBench have the Jacobians and Hessians that are written by hand."""

from __future__ import annotations

import random
from typing import Any

import pytest

from autograd_core import compiled, grad, hessian, jacobian
from tests.programs import bundle_adjustment, hand_tracking
from tests.programs.program import flat, load, rebuilt

np = pytest.importorskip("numpy")
from tests.programs import by_hand  # noqa: E402  (it needs NumPy)

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*different paths"),
    pytest.mark.usefixtures("compiled_at_once"),
]
objectives = pytest.mark.parametrize("name", by_hand.GRADIENTS)


@objectives
def test_gradients_are_those_by_hand(name: str) -> None:
    program = load(name)
    of = grad(program.function, range(len(program.points[0])))
    fast = compiled(of)
    for point in program.points:
        expected = by_hand.gradient(name, point).real
        assert flat(of(*point)) == pytest.approx(expected, rel=1e-11, abs=1e-12)
        assert flat(fast(*point)) == pytest.approx(expected, rel=1e-11, abs=1e-12)


@objectives
def test_hessians_are_those_by_hand(name: str) -> None:
    program = load(name)
    point = program.points[0]

    def of_numbers(xs: Any) -> Any:
        return program.function(*rebuilt(point, xs))

    numbers = flat(point)
    expected = by_hand.hessian(name, lambda xs: rebuilt(point, xs), numbers)
    found = compiled(hessian(of_numbers))(numbers)
    assert np.allclose(found, expected, rtol=1e-9, atol=1e-10)


def test_the_jacobian_of_a_hand_is_that_by_hand_and_has_zeros() -> None:
    (point, *_) = load("hand_tracking").points

    def residuals(xs: Any) -> Any:
        return hand_tracking.residuals(*rebuilt(point, xs))

    pytest.importorskip("scipy")
    found = compiled(jacobian(residuals, sparse=True))(flat(point))
    expected = by_hand.hand_jacobian(*point)[1].real
    assert np.allclose(found.toarray(), expected, rtol=1e-12, atol=1e-14)
    assert found.nnz < 0.8 * expected.size  # a finger does not move the other


def adjustment(cameras: int, points: int, views: int) -> tuple[list[float], Any, list[Any]]:
    """The numbers of a bundle adjustment, its residuals, and which camera sees which point."""
    draw = random.Random(0).uniform
    camera, point, _ = load("bundle_adjustment").points[0]
    sees = [(k % cameras, k % points) for k in range(views)]
    numbers = [x + draw(-0.02, 0.02) for _ in range(cameras) for x in camera]
    numbers += [x + draw(-0.02, 0.02) for _ in range(points) for x in point]

    def residuals(xs: Any) -> Any:
        found: list[Any] = []
        for c, p in sees:
            at = 11 * cameras + 3 * p
            found += bundle_adjustment.residuals(xs[11 * c : 11 * c + 11], xs[at : at + 3], 1.0)
        return found

    return numbers, residuals, sees


def test_the_jacobian_of_a_bundle_is_sparse_and_that_by_hand() -> None:
    pytest.importorskip("scipy")
    cameras = 3
    numbers, residuals, sees = adjustment(cameras, 5, 15)
    found = compiled(jacobian(residuals, sparse=True))(numbers)
    assert found.nnz <= 2 * 14 * len(sees)
    for k, (c, p) in enumerate(sees):
        at = 11 * cameras + 3 * p
        block = by_hand.bundle_jacobian(numbers[11 * c : 11 * c + 11], numbers[at : at + 3], 1.0)[1]
        columns = [*range(11 * c, 11 * c + 11), *range(at, at + 3)]
        assert np.allclose(
            found[2 * k : 2 * k + 2].toarray()[:, columns], block[:, :14], rtol=1e-11
        )


@pytest.mark.slow
def test_scipy_takes_the_sparse_forms_as_they_are() -> None:
    optimize = pytest.importorskip("scipy.optimize")
    (point, *_) = load("hand_tracking").points

    def residuals(xs: Any) -> Any:
        return hand_tracking.residuals(*rebuilt(point, xs))

    def error(xs: Any) -> Any:
        return hand_tracking.error(*rebuilt(point, xs))

    start = np.array(flat(point))
    away, slopes = compiled(residuals), compiled(jacobian(residuals, sparse=True))
    gradient, curvature = compiled(grad(error)), compiled(hessian(error, sparse=True))
    by_slopes = optimize.least_squares(away, start, jac=slopes)
    by_pattern = optimize.least_squares(away, start, jac_sparsity=slopes(start))
    by_curvature = optimize.minimize(
        compiled(error), start, jac=gradient, hess=curvature, method="trust-constr",
        options={"gtol": 1e-9, "xtol": 1e-12},
    )  # fmt: skip
    assert 2.0 * by_slopes.cost == pytest.approx(by_curvature.fun, rel=1e-6)
    assert by_pattern.cost == pytest.approx(by_slopes.cost, rel=1e-6)
    assert 2.0 * by_slopes.cost < 0.2 * error(start)
