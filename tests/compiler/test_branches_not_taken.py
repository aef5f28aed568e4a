"""What a program has below and above a branch that is not taken: the number of plain evaluation,
and no nan of 0 × ∞.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import (
    clip,
    compiled,
    copysign,
    fori_loop,
    grad,
    hessian,
    jacobian,
    jvp,
    maximum,
    minimum,
    relu,
    sqrt,
    tanh,
    value_and_grad,
    where,
)

from .backends import ALL_BACKENDS, forced

Function = Callable[[Any], Any]
backends = pytest.mark.parametrize("backend", ALL_BACKENDS)
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*different paths"),
    pytest.mark.usefixtures("compiled_at_once"),
]

ROOTS: dict[str, Function] = {
    "maximum": lambda y: sqrt(maximum(y, 0.0)),
    "where": lambda y: sqrt(where(y > 0.0, y, 0.0)),
    "relu": lambda y: sqrt(relu(y)),
    "clip": lambda y: sqrt(clip(y, 0.0, 100.0)),
    "a loop": lambda y: fori_loop(0, 1, lambda _, s: sqrt(maximum(s, 0.0)), y),
}


@backends
@pytest.mark.parametrize("name", ROOTS)
def test_a_tangent_does_not_come_from_a_branch_not_taken(name: str, backend: str) -> None:
    f = ROOTS[name]

    def slope(x: Any) -> Any:
        return jvp(f, (x,), (1.0,))

    with forced(backend):
        for first in (-1.0, 4.0):
            found = compiled(slope)
            found(first)
            assert [found(-1.0), found(4.0), found(-1.0)] == [(0.0, 0.0), (2.0, 0.25), (0.0, 0.0)]
        assert compiled(grad(lambda x: slope(x)[1]))(-1.0) == 0.0
        assert compiled(grad(lambda x: slope(x)[1]))(4.0) == -1.0 / 32.0
        assert compiled(lambda x: jvp(grad(f), (x,), (1.0,)))(-1.0) == (0.0, 0.0)
        assert compiled(jacobian(slope))(-1.0) == (0.0, 0.0)
        # the derivative by the direction
        assert compiled(lambda x, v: grad(lambda w: jvp(f, (x,), (w,))[1])(v))(-1.0, 3.0) == 0.0


def test_the_tangents_of_a_batch_are_those_of_its_samples() -> None:
    slope = compiled(lambda x: jvp(ROOTS["relu"], (x,), (1.0,))[1], batched="x")
    assert [*slope(np.array([4.0, -1.0, 0.25]))] == [0.25, 0.0, 1.0]


@pytest.mark.parametrize("first", [[0.0, -0.0], [0.4, 0.5]], ids=str)
def test_a_kink_marks_no_path_around_it(first: list[float]) -> None:
    """`s` is used below the kink, on the side not taken, and apart from it: its second derivative
    is that of the other use.
    """

    def f(v: Any) -> Any:
        x, y = v
        s = 0.9 * tanh(x)
        return copysign(y, minimum(x, s + 0.2)) + s

    found = compiled(hessian(f))
    found(first)
    s = 0.9 * math.tanh(0.4)
    bend = -2.0 * s * (1.0 - math.tanh(0.4) ** 2)
    assert found([0.0, -0.0]) == [[0.0, 0.0], [0.0, 0.0]]
    assert found([0.4, 0.5]) == [[pytest.approx(bend), 0.0], [0.0, 0.0]]


def test_a_kink_that_is_in_the_way_is_still_marked() -> None:
    slope = compiled(lambda x, v: grad(lambda w: jvp(lambda y: abs(y) * y, (x,), (w,))[1])(v))
    bend = compiled(hessian(lambda v: abs(v[0]) * v[1] + maximum(v[0], 1.0) * v[0]))
    assert math.isnan(slope(0.0, 1.0))
    (a, b), (c, d) = bend([0.0, 1.0])
    assert math.isnan(b)
    assert math.isnan(c)
    assert (a, d) == (0.0, 0.0)


ONE: list[Function] = [
    abs, relu, tanh, lambda a: 0.9 * a, lambda a: a + 0.2, lambda a: sqrt(maximum(a, 0.0)),
    lambda a: clip(a, 0.0, 1.0), lambda a: where(a > 0.0, sqrt(a), 0.0), lambda a: a * a,
]  # fmt: skip
TWO: list[Callable[[Any, Any], Any]] = [
    minimum, maximum, copysign, ac.hypot, lambda a, b: a * b, lambda a, b: a + b,
    lambda a, b: where(a > b, a, b * b), lambda a, b: clip(a, 0.0, b + 1.0),
]  # fmt: skip
POINTS = [
    [0.0, -0.0], [0.4, 0.5], [0.0, 0.0], [-1.0, 0.0], [1.0, 1.0], [-1.0, 0.3], [0.0, 1.0],
    [1.0, -2.0],
]  # fmt: skip
DERIVATIVES: dict[str, Callable[[Function], Function]] = {
    "jvp": lambda f: lambda v: jvp(f, (v,), ([1.0, -0.5],))[1],
    "hessian": hessian,
    "grad of jvp": lambda f: grad(lambda v: jvp(f, (v,), ([1.0, 2.0],))[1]),
    "jvp of grad": lambda f: lambda v: jvp(grad(f), (v,), ([1.0, 0.0],))[1],
    "by the direction": lambda f: lambda v: grad(lambda w: jvp(f, (v,), (w,))[1])(v),
}


def _composition(draw: random.Random) -> Function:
    steps = [
        (draw.choice(ONE), draw.choice(TWO), draw.random() < 0.4, *draw.choices(range(9), k=2))
        for _ in range(5)
    ]

    def f(v: Any) -> Any:
        numbers = [*v]
        for one, two, alone, i, j in steps:
            a, b = numbers[i % len(numbers)], numbers[j % len(numbers)]
            numbers.append(one(a) if alone else two(a, b))
        return numbers[-1] + 0.5 * numbers[-2]

    return f


@pytest.mark.parametrize("name", DERIVATIVES)
@pytest.mark.parametrize("seed", range(30))
def test_derivatives_of_compositions_are_those_of_plain_evaluation(seed: int, name: str) -> None:
    draw = random.Random(seed)
    plain = DERIVATIVES[name](_composition(draw))
    found = compiled(plain)
    found(draw.choice(POINTS))  # whichever is recorded first
    for point in POINTS:
        np.testing.assert_allclose(found(point), plain(point), rtol=1e-9, atol=1e-9)


@backends
def test_large_numbers_are_no_nan(backend: str) -> None:
    recordings = []

    def f(xs: Any) -> Any:
        recordings.append(1)
        return ac.sum([where(x > 0.0, 1e160 * x * x, x) for x in xs])

    with forced(backend):
        slope = compiled(value_and_grad(f))
        for _ in range(3):
            value, gradient = slope(np.array([1.0, 2.0, -3.0]))
            assert value == pytest.approx(5e160)
            assert gradient.tolist() == pytest.approx([2e160, 4e160, 1.0])
    assert recordings == [1]
