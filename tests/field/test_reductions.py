"""Digits of reductions: what is small beside a large operand is there in values, slopes and
second derivatives.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import pytest

from autograd_core import (
    Value,
    compiled,
    grad,
    hessian,
    jacobian,
    logsumexp,
    norm,
    softmax,
    value_and_grad,
)
from nn import cross_entropy_from_logits

mpmath = pytest.importorskip("mpmath")
numpy = pytest.importorskip("numpy")

E40 = 4.248354255291589e-18  # e⁻⁴⁰, and ln(1 + e⁻⁴⁰) to all digits


def batched(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The function as a batch of one sample."""

    def first(found: Any) -> Any:
        return [first(x) for x in found] if isinstance(found, list | tuple) else found[0].tolist()

    program = compiled(lambda xs: f(xs), batched="xs")
    return lambda xs: first(program(numpy.array([xs])))


MODES = pytest.mark.parametrize(
    "mode", [lambda f: f, compiled, batched], ids=["eager", "compiled", "batched"]
)


def close(found: Any, wanted: Any, ulps: int = 8) -> bool:
    if isinstance(wanted, list):
        return all(close(x, y, ulps) for x, y in zip(found, wanted, strict=True))
    return found == wanted or abs(found - float(wanted)) <= ulps * math.ulp(float(wanted))


def exact_shares(xs: list[float]) -> tuple[list[Any], list[Any]]:
    """The softmax, and 1 − p as the sum of the others."""
    with mpmath.workdps(400):
        powers = [mpmath.exp(mpmath.mpf(x) - max(xs)) for x in xs]
        whole = mpmath.fsum(powers)
        others = [mpmath.fsum(powers[:i] + powers[i + 1 :]) / whole for i in range(len(xs))]
        return [p / whole for p in powers], others


def exact_jacobian(xs: list[float]) -> list[list[float]]:
    """Of softmax, which is the Hessian of logsumexp."""
    p, q = exact_shares(xs)
    return [
        [float(p[i] * q[i]) if i == j else float(-p[i] * p[j]) for j in range(len(xs))]
        for i in range(len(xs))
    ]


POINTS = [
    [0.0, -40.0],
    [-40.0, 0.0],
    [3.0],
    [-37.0, 0.0, -41.0],
    [0.0, 0.0, -50.0],
    [5.0, -50.0, -60.0, 5.0],
    [900.0, 200.0, 890.0],
    [0.0, *[-36.0 - k for k in range(39)]],
    [1.0] * 40,
]


@MODES
def test_logsumexp_keeps_terms_far_below_the_largest(mode: Any) -> None:
    f = mode(logsumexp)
    assert f([0.0, -40.0]) == f([-40.0, 0.0]) == E40
    assert close(f([0.0, -700.0, -701.0]), math.exp(-700.0) + math.exp(-701.0), 40)
    assert close(f([0.0, 0.0, -40.0]), math.log(2.0))
    assert f([-40.0]) == -40.0


@pytest.mark.slow
@MODES
@pytest.mark.parametrize("xs", POINTS, ids=lambda xs: f"{len(xs)} from {xs[0]:g}")
def test_the_curvature_of_logsumexp_and_the_slopes_of_softmax_are_there_when_one_share_is_nearly_all(
    mode: Any, xs: list[float]
) -> None:
    wanted = exact_jacobian(xs)
    assert close(mode(hessian(logsumexp))(xs), wanted)
    assert close(mode(jacobian(softmax))(xs), wanted)


def test_third_derivatives_of_logsumexp_keep_their_digits_too() -> None:
    (p, _), (_, q) = [[float(x) for x in part] for part in exact_shares([0.0, -40.0])]
    third = hessian(lambda xs: grad(logsumexp)(xs)[0])([0.0, -40.0])[0][0]
    assert close(third, p * q * (q - p)) or close(third, E40 * (2.0 * E40 - 1.0))


@pytest.mark.parametrize("mode", [lambda f: f, compiled], ids=["eager", "compiled"])
def test_softmax_still_sums_to_one_and_gives_what_it_gave(mode: Any) -> None:
    rng = random.Random(1)
    for n in (1, 2, 7, 40):
        xs = [rng.uniform(-3.0, 3.0) for _ in range(n)]
        found = mode(softmax)(xs)
        assert sum(found) == pytest.approx(1.0, rel=1e-14)
        assert close(found, [float(p) for p in exact_shares(xs)[0]], 16)
        assert [v.data for v in softmax([Value(x) for x in xs])] == softmax(xs)


def exact_hessian_of_norm(xs: list[float]) -> list[list[float]]:
    with mpmath.workdps(400):
        squares = [mpmath.mpf(x) ** 2 for x in xs]
        y = mpmath.sqrt(mpmath.fsum(squares))
        rest = [mpmath.fsum(squares[:i] + squares[i + 1 :]) for i in range(len(xs))]
        n = range(len(xs))
        return [
            [float((rest[i] if i == j else -mpmath.mpf(xs[i]) * xs[j]) / y**3) for j in n]
            for i in n
        ]


@pytest.mark.slow
@MODES
@pytest.mark.parametrize(
    "xs",
    [
        [1.0, 1e-5],
        [-1e-9, 1.0],
        [2.0],
        [3.0, 4.0],
        [1e-7, -1.0, 2e-7],
        [1e150, 1.0, -1e140],
        [1.0, *[1e-6] * 39],
        [-2.0] * 40,
    ],
    ids=lambda xs: f"{len(xs)} from {xs[0]:g}",
)
def test_the_curvature_of_a_norm_is_there_when_one_operand_dominates(
    mode: Any, xs: list[float]
) -> None:
    assert close(mode(hessian(norm))(xs), exact_hessian_of_norm(xs), 8 + len(xs))


@MODES
def test_the_slopes_of_a_norm_do_not_overflow_with_it(mode: Any) -> None:
    slopes = mode(grad(norm))
    assert close(slopes([1.5e308, 1.5e308]), [math.sqrt(0.5)] * 2)
    assert close(
        slopes([-1.7e308, 1.7e308, 0.0, 1.0]),
        [-math.sqrt(0.5), math.sqrt(0.5), 0.0, 1.0 / 1.7e308 / math.sqrt(2.0)],
    )
    assert close(slopes([1.2e308] * 40), [math.sqrt(1.0 / 40.0)] * 40, 16)
    assert slopes([5e-324, 0.0]) == [1.0, 0.0]
    assert slopes([0.0, 0.0]) == [0.0, 0.0]


@MODES
def test_value_and_slopes_of_a_norm_come_together(mode: Any) -> None:
    y, slopes = mode(value_and_grad(norm))([3.0, -4.0])
    assert (y, list(slopes)) == (5.0, [0.6, -0.8])
    assert mode(norm)([1.5e308, 1.5e308]) == math.inf


@pytest.mark.parametrize("place", [0.0, 3.0, -700.0])
def test_what_a_nearly_certain_class_still_costs_is_not_lost_in_a_batch(place: float) -> None:
    """ln Σ exp − z of the largest z, wherever it lies."""

    def costs(z: Any) -> Any:
        total = logsumexp(z)
        return [total - z[0], z[0] - total, total - z[1]]

    f, tail = batched(costs), E40 + math.exp(-50.0)
    assert close(f([place, place - 40.0, place - 50.0]), [tail, -tail, 40.0])
    assert close(f([place - 40.0, place - 50.0, place]), [40.0, -40.0, 50.0])
    assert close(f([place, place, place - 40.0]), [math.log(2.0), -math.log(2.0), math.log(2.0)])


@pytest.mark.parametrize("n", [2, 10, 40])
def test_a_batch_keeps_the_tail_of_one_sample_beside_the_ties_of_another(n: int) -> None:
    """One largest, two, and all."""
    samples, targets = numpy.full((3, n), -42.0), numpy.eye(n)[[0, 0, n - 1]]
    samples[0, 0] = samples[1, :2] = samples[2, :] = 3.0
    loss = compiled(cross_entropy_from_logits, batched=["outputs", "target"])
    tail = math.exp(-45.0)
    wanted = [math.log1p((n - 1) * tail), math.log(2.0) + (n - 2) * tail / 2.0, math.log(n)]
    assert close(loss(samples, targets).tolist(), wanted)
    slopes = compiled(grad(cross_entropy_from_logits), batched=["outputs", "target"])(
        samples, targets
    )
    eager = [
        grad(cross_entropy_from_logits)(z, t)
        for z, t in zip(samples.tolist(), targets.tolist(), strict=True)
    ]
    assert numpy.abs(slopes - eager).max() <= 1e-15


@pytest.mark.parametrize("n", [2, 3, 4, 7])
def test_operands_of_one_size_share_the_slope_however_their_quotients_are_rounded(n: int) -> None:
    """3 / √18 is a little more than √½: both squares were above one half, and both slopes 1."""
    chance = random.Random(n)
    for c in [3.0, *[chance.uniform(0.1, 9.0) for _ in range(200)]]:
        xs = [c] * n
        assert grad(norm)(xs) == pytest.approx([1.0 / math.sqrt(n)] * n, rel=1e-14)
        bent = [(n * (i == j) - 1.0) / (n * c * math.sqrt(n)) for i in range(n) for j in range(n)]
        assert [h for row in hessian(norm)(xs) for h in row] == pytest.approx(bent, rel=1e-12)
        assert softmax(xs) == pytest.approx([1.0 / n] * n, rel=1e-14)
        shares = [(n * (i == j) - 1.0) / n**2 for i in range(n) for j in range(n)]
        found = [h for row in hessian(logsumexp)(xs) for h in row]
        assert found == pytest.approx(shares, rel=1e-13)
    slopes = compiled(grad(lambda xs: norm(xs)), batched="xs")
    curvature = compiled(hessian(norm))
    given = numpy.array([[3.0] * n, [0.7] * n])
    assert slopes(given).ravel().tolist() == pytest.approx([1.0 / math.sqrt(n)] * 2 * n, rel=1e-14)
    assert curvature([3.0] * n)[0][0] == pytest.approx(
        (n - 1.0) / (3.0 * n * math.sqrt(n)), rel=1e-12
    )
