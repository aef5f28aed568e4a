"""A second derivative at a kink is a limit that both sides share, or nan: never a number that
is right on no side.
"""

from __future__ import annotations

import itertools
import math
import random
import warnings
from collections.abc import Callable
from typing import Any

import pytest

import autograd_core as ac
from autograd_core import (
    absolute,
    check_gradients,
    clip,
    compiled,
    copysign,
    detect_anomaly,
    elu,
    exp,
    grad,
    gradients,
    hessian,
    hvp,
    hypot,
    jacobian,
    jvp,
    leaky_relu,
    maximum,
    minimum,
    norm,
    primitive,
    relu,
    sign,
    softsign,
    where,
)
from autograd_core.errors import AnomalyError
from autograd_core.primitives import TABLE

Function = Callable[[Any], Any]

largest = TABLE["largest"]


def _matern(x: Any) -> Any:
    r = math.sqrt(5.0) * abs(x)
    return (1.0 + r + r * r / 3.0) * exp(-r)


# At 0: what a second derivative may be there, by the limits from both sides, besides nan.
ALONE: dict[str, tuple[Function, list[float]]] = {
    "a square of |x|": (lambda x: abs(x) ** 2, [2.0]),
    "a Matérn kernel": (_matern, [-5.0 / 3.0]),
    "|−x²|": (lambda x: abs(-x * x), [2.0]),
    "|x|³": (lambda x: abs(x) ** 3, [0.0]),
    "relu(x)²": (lambda x: relu(x) ** 2, []),
    "relu(x²)": (lambda x: relu(x * x), [2.0]),
    "two relus that make |x|": (lambda x: (relu(x) + relu(-x)) ** 2, [2.0]),
    "two leaky relus that make x": (
        lambda x: (leaky_relu(x) - leaky_relu(-x)) ** 2,
        [2.0 * 1.01**2],
    ),
    "max(x, 0)²": (lambda x: maximum(x, 0.0) ** 2, []),
    "max(x, −x)²": (lambda x: maximum(x, -x) ** 2, [2.0]),
    "min(x, −x)²": (lambda x: minimum(x, -x) ** 2, [2.0]),
    "a square at a bound": (lambda x: clip(x, 0.0, 1.0) ** 2, []),
    "elu": (elu, []),
    "two elus": (lambda x: elu(x) + elu(-x), [1.0]),
    "softsign": (softsign, []),
    "softsign(x)²": (lambda x: softsign(x) ** 2, [2.0]),
    "x sign(x)": (lambda x: x * sign(x), [0.0]),
    "x² sign(x)": (lambda x: x * x * sign(x), []),
    "hypot(x, 2x)²": (lambda x: hypot(x, 2.0 * x) ** 2, [10.0]),
    "norm of one": (lambda x: norm([x]) ** 2, [2.0]),
    "copysign(x, 2)²": (lambda x: copysign(x, 2.0) ** 2, [2.0]),
    "the largest of three": (lambda x: largest(x, 0.0, -x) ** 2, [2.0]),
    "a kink in a kink": (lambda x: abs(abs(x) - relu(x * x)) ** 2, [2.0]),
}
WAYS: dict[str, Callable[[Function], Function]] = {
    "grad of grad": lambda f: grad(grad(f)),
    "hessian": hessian,
    "jacobian of grad": lambda f: jacobian(grad(f)),
    "grad of jvp": lambda f: grad(lambda x: jvp(f, (x,), (1.0,))[1]),
    "jvp of grad": lambda f: lambda x: jvp(grad(f), (x,), (1.0,))[1],
    "jvp of jvp": lambda f: lambda x: jvp(lambda y: jvp(f, (y,), (1.0,))[1], (x,), (1.0,))[1],
    "hvp": lambda f: lambda x: hvp(f, (x,), (1.0,))[0],
    "vjp": lambda f: grad(lambda x: ac.vjp(f, x)[1](1.0)[0]),
}


def _is_a_limit(found: float, limits: list[float]) -> bool:
    return math.isnan(found) or any(
        math.isclose(found, limit, rel_tol=1e-9, abs_tol=1e-12) for limit in limits
    )


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ALONE)
def test_a_second_derivative_at_a_kink_is_true_or_nan(name: str, way: str) -> None:
    f, limits = ALONE[name]
    twice = WAYS[way](f)
    assert _is_a_limit(twice(0.0), limits)
    assert _is_a_limit(compiled(twice)(0.0), limits)


@pytest.mark.parametrize("name", ALONE)
def test_a_batch_holds_the_kink_and_its_neighbours_apart(name: str) -> None:
    pytest.importorskip("numpy")
    f, limits = ALONE[name]
    points = [0.7, 0.0, -0.4]
    for samples in (points, points[1:] + points[:1]):  # recorded beside the kink, and at it
        found = compiled(lambda x: grad(grad(f))(x), batched="x")(samples).tolist()
        assert _is_a_limit(found[samples.index(0.0)], limits)
        for x, number in zip(samples, found, strict=True):
            assert x == 0.0 or number == pytest.approx(grad(grad(f))(x), rel=1e-12)


STRAIGHT: dict[str, Function] = {
    "relu": relu,
    "abs": abs,
    "leaky_relu": leaky_relu,
    "max": lambda x: maximum(x, 0.0),
    "clip": lambda x: clip(x, 0.0, 1.0),
    "a hinge": lambda x: 3.0 * relu(-2.0 * x) - 5.0 * x,
    "relu(|x|)": lambda x: relu(abs(x)),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", STRAIGHT)
def test_straight_pieces_share_the_limit_0_and_leave_the_rest_as_it_is(name: str, way: str) -> None:
    f = STRAIGHT[name]
    assert WAYS[way](f)(0.0) == 0.0
    assert WAYS[way](lambda x: f(x) + x**2)(0.0) == 2.0
    assert compiled(WAYS[way](lambda x: f(x) + x**2))(0.0) == 2.0


def test_a_hessian_is_nan_only_where_a_way_leads_through_the_kink() -> None:
    def f(w: Any) -> Any:
        return (w[0] - 1.0) ** 2 + w[0] * abs(w[1]) + w[2] ** 3 * w[0] + norm([w[3]]) ** 2

    for found in (hessian(f)([1.0, 0.0, 2.0, 3.0]), compiled(hessian(f))([1.0, 0.0, 2.0, 3.0])):
        assert [[math.isnan(h) for h in row] for row in found] == [
            [(i, j) in ((0, 1), (1, 0)) for j in range(4)] for i in range(4)
        ]
        assert (found[0][0], found[0][2], found[2][2], found[3][3]) == (2.0, 12.0, 12.0, 2.0)


def test_the_hessian_of_half_a_squared_norm_is_no_zero() -> None:
    found = hessian(lambda w: (w[0] - 1) ** 2 + 0.5 * norm(w) ** 2)([0.0, 0.0])
    for got, true in zip(itertools.chain(*found), [3.0, 0.0, 0.0, 1.0], strict=True):
        assert _is_a_limit(got, [true])


def test_first_derivatives_at_a_kink_stay_those_of_least_norm_also_inside_another() -> None:
    assert grad(lambda x: abs(x) ** 2)(0.0) == grad(abs)(0.0) == 0.0
    assert grad(lambda w: w * grad(abs)(0.0))(3.0) == 0.0
    assert ac.value_and_grad(lambda w: grad(lambda x: w * abs(x))(0.0))(3.0)[0] == 0.0
    assert grad(lambda x: x + grad(abs)(0.0))(0.0) == 1.0
    assert ac.value_and_grad(grad(lambda x: abs(x) ** 2))(0.0)[0] == 0.0
    assert grad(lambda x: ac.sqrt(relu(x)))(0.0) == 0.0
    x = ac.Value(0.0)
    assert gradients(ac.sqrt(relu(x)) + 2.0 * x, x).data == 2.0


def test_a_third_derivative_does_not_forget_the_kink() -> None:
    third = grad(grad(grad(lambda x: abs(x) ** 3)))
    assert math.isnan(third(0.0))
    assert math.isnan(compiled(third)(0.0))
    assert third(0.5) == compiled(third)(0.5) == 6.0


def test_a_branch_not_taken_brings_no_kink() -> None:
    for f in (
        lambda x: where(x < 1.0, x * x, abs(x) ** 2),
        lambda x: relu(abs(x) - 1.0) ** 2 + x * x,
        lambda x: maximum(abs(x) ** 2, 3.0) + x * x,
    ):
        assert grad(grad(f))(0.0) == compiled(grad(grad(f)))(0.0) == 2.0


UNARY: list[Function] = [
    absolute,
    relu,
    leaky_relu,
    elu,
    softsign,
    sign,
    lambda u: clip(u, 0.0, 1.0),
    lambda u: maximum(u, 0.0),
    lambda u: hypot(u, 0.0),
    lambda u: minimum(u, -u),
    lambda u: u * u,
    lambda u: -3.0 * u,
    ac.sin,
    lambda u: u * u - u,
    lambda u: norm([u, 2.0 * u]),
    lambda u: copysign(u, 1.0),
    lambda u: where(u > 0.0, u, -u * u),
]
BINARY: list[Callable[[Any, Any], Any]] = [
    lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, maximum, hypot,
    lambda a, b: largest(a, b, 0.0), lambda a, b: norm([a, b]),
]  # fmt: skip


def _program(draw: random.Random) -> Callable[[list[Any]], Any]:
    """A composition of two variables, of which every part is 0 at (0, 0)."""
    steps = [
        (
            draw.choice(UNARY),
            draw.choice(UNARY),
            draw.choice(BINARY),
            draw.randrange(9),
            draw.randrange(9),
        )
        for _ in range(3)
    ]

    def f(w: list[Any]) -> Any:
        numbers = list(w)
        for g, h, both, i, j in steps:
            numbers.append(both(g(numbers[i % len(numbers)]), h(numbers[j % len(numbers)])))
        return numbers[-1]

    return f


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(400))
def test_what_a_random_composition_has_at_a_kink_is_the_hessian_of_some_side(seed: int) -> None:
    draw = random.Random(seed)
    f = _program(draw)
    matrix = hessian(f)([0.0, 0.0])
    directions = [(math.cos(t), math.sin(t)) for t in [0.1 + 0.196 * k for k in range(32)]]
    directions += [
        (1.0, 0.0),
        (-1.0, 0.0),
        (0.0, 1.0),
        (0.0, -1.0),
    ]  # on which sign(0) is the value 0 of the function itself
    sides = [hessian(f)([1e-7 * a, 1e-7 * b]) for a, b in directions]
    for i, j in itertools.product(range(2), repeat=2):
        if math.isfinite(matrix[i][j]):
            near = [side[i][j] for side in sides]
            assert any(math.isclose(matrix[i][j], x, rel_tol=1e-4, abs_tol=1e-4) for x in near), (
                i,
                j,
                matrix,
                near,
            )
    again = compiled(hessian(f))([0.0, 0.0])
    assert str(matrix).replace("-0.0", "0.0") == str(again).replace("-0.0", "0.0")


def test_the_kink_is_named_where_a_nan_is_looked_for() -> None:
    for second in (
        grad(grad(lambda x: abs(x) ** 2)),
        grad(lambda x: jvp(lambda y: abs(y) ** 2, (x,), (1.0,))[1]),
    ):
        with (
            detect_anomaly(),
            pytest.raises(
                AnomalyError, match=r"second derivative of absolute at 0\.0 does not exist: a kink"
            ),
        ):
            second(0.0)
    with detect_anomaly():
        assert grad(grad(relu))(0.0) == 0.0
        assert grad(lambda x: abs(x) ** 2)(0.0) == 0.0


def test_a_check_of_second_derivatives_names_the_kink_and_raises_no_alarm() -> None:
    with pytest.warns(
        RuntimeWarning,
        match=r"∂²f/∂x∂x is nan: the second derivative of absolute at 0\.0 does not exist: a kink",
    ):
        assert check_gradients(lambda x: abs(x) ** 2, 0.0) == 0.0
    with pytest.warns(
        RuntimeWarning, match="second derivative of norm at 0.0, 0.0 does not exist"
    ) as told:
        assert check_gradients(lambda w: (w[0] - 1.0) ** 2 + 0.5 * norm(w) ** 2, [0.0, 0.0]) == [
            -2.0,
            0.0,
        ]
    assert len(told) == 4
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_gradients(lambda x: abs(x) ** 2, 0.5)


def test_a_compiled_function_inside_a_derivative_hides_no_kink() -> None:
    inner, other = compiled(lambda x: abs(x)), compiled(lambda x: relu(x) + x)
    for f, beside in (
        (lambda x: inner(x) ** 2, 2.0),
        (lambda x: other(x) ** 2, 8.0),
        (lambda x: inner(x * x) + x * x, 4.0),
    ):
        assert math.isnan(grad(grad(f))(0.0))
        assert grad(grad(f))(0.5) == beside
    assert _is_a_limit(grad(grad(inner))(0.0), [0.0])
    pytest.importorskip("numpy")
    batch = compiled(lambda w, x: abs(w * x), batched="x", reduce="sum")
    assert math.isnan(grad(grad(lambda w: batch(w, [1.0, 2.0]) ** 2))(0.0))
    assert grad(grad(lambda w: batch(w, [1.0, 2.0]) ** 2))(1.0) == 18.0


def test_a_row_of_ones_own_can_say_where_its_kink_is() -> None:
    def slope(y: Any, x: Any) -> Any:
        return where(x > 0.0, 2.0, -1.0)

    tick = primitive(
        "tick",
        compute=lambda x: 2.0 * x if x > 0.0 else -x,
        partials=slope,
        kink=lambda y, x: x == 0.0,
    )
    flat = primitive(
        "flat_tick",
        compute=lambda x: 2.0 * x if x > 0.0 else -x,
        partials=slope,
        kink=lambda y, x: x == 0.0,
        bends=slice(0),
    )
    try:
        assert math.isnan(grad(grad(tick))(0.0))
        assert grad(grad(flat))(0.0) == 0.0
        assert math.isnan(grad(grad(lambda x: flat(x) ** 2))(0.0))
        assert grad(grad(lambda x: flat(x) ** 2))(1.0) == 8.0
    finally:
        del TABLE["tick"], TABLE["flat_tick"]


@pytest.mark.parametrize("activation", ["relu", "leaky_relu"])
def test_first_order_training_at_kinks_sees_no_nan(activation: str) -> None:
    pytest.importorskip("numpy")
    from nn import MLP, fit, sum_squared_error

    model = MLP(1, [3, 1], activation=activation)
    for p in model.parameters():
        p.data = 0.0 if "b" in p.label else 0.5
    history = fit(
        model,
        [[0.0], [1.0], [0.0]],
        [[0.5], [1.0], [0.5]],
        loss=sum_squared_error,
        epochs=5,
        verbose=False,
    )
    assert all(map(math.isfinite, history.loss))
    assert all(math.isfinite(p.data) for p in model.parameters())
