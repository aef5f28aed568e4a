"""A mixed second derivative at a kink, by any two numbers and however it is asked for, is what all
sides share or nan: one answer in every mode.
"""

from __future__ import annotations

import itertools
import math
import random
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from autograd_core import (
    Value,
    absolute,
    clip,
    compiled,
    detect_anomaly,
    elu,
    exp,
    grad,
    gradients,
    hessian,
    hypot,
    jacobian,
    jvp,
    leaky_relu,
    maximum,
    minimum,
    norm,
    relu,
    sign,
    sin,
    softsign,
)
from autograd_core.errors import AnomalyError

Function = Callable[..., Any]

# A function of two numbers, the point of its kink, and the mixed second derivative if all sides
# share one.
MIXED: dict[str, tuple[Function, tuple[float, float], list[float]]] = {
    "|x − c|²": (lambda x, c: abs(x - c) ** 2, (1.0, 1.0), [-2.0]),
    "‖x − c, 0‖²": (lambda x, c: norm([x - c, 0.0]) ** 2, (1.0, 1.0), [-2.0]),
    "hypot(x − c, 0)²": (lambda x, c: hypot(x - c, 0.0) ** 2, (1.0, 1.0), [-2.0]),
    "max(wx − 1, 1 − wx)²": (lambda x, w: maximum(w * x - 1, 1 - w * x) ** 2, (0.5, 2.0), [2.0]),
    "relu(x − c)²": (lambda x, c: relu(x - c) ** 2, (1.0, 1.0), []),
    "clip(x − c)²": (lambda x, c: clip(x - c, 0.0, 1.0) ** 2, (1.0, 1.0), []),
    "p |q|": (lambda p, q: p * abs(q), (2.0, 0.0), []),
    "p relu(q)": (lambda p, q: p * relu(q), (2.0, 0.0), []),
    "p max(q, 0)": (lambda p, q: maximum(q, 0.0) * p, (2.0, 0.0), []),
    "relu(wx)": (lambda x, w: relu(w * x), (0.0, 2.0), []),
    "softsign(wx)": (lambda x, w: softsign(w * x), (0.0, 2.0), [1.0]),
    "exp(|x| c)": (lambda x, c: exp(abs(x) * c), (0.0, 1.0), []),
}
WAYS: dict[str, Callable[[Function], Function]] = {
    "hessian": lambda f: lambda x, c: hessian(f, (0, 1))(x, c)[0][1],
    "hessian, the other entry": lambda f: lambda x, c: hessian(f, (0, 1))(x, c)[1][0],
    "grad of grad": lambda f: grad(grad(f, 0), 1),
    "grad of grad, the other way": lambda f: grad(grad(f, 1), 0),
    "jacobian of grad": lambda f: jacobian(grad(f, 0), 1),
    "a parameter of the inner function": lambda f: (
        lambda x, c: grad(lambda c: grad(lambda x: f(x, c))(x))(c)
    ),
    "jvp over grad": lambda f: lambda x, c: jvp(lambda c: grad(f)(x, c), (c,), (1.0,))[1],
    "grad over jvp": lambda f: (
        lambda x, c: grad(lambda c: jvp(lambda x: f(x, c), (x,), (1.0,))[1])(c)
    ),
    "jvp over jvp": lambda f: (
        lambda x, c: jvp(
            lambda c: jvp(lambda x: f(x, c), (x,), (1.0,))[1],
            (c,),
            (1.0,),
        )[1]
    ),
    "a direction that is differentiated by": lambda f: (
        lambda x, c: grad(lambda v: jvp(grad(f, 0), (x, c), (0.0, v))[1])(1.0)
    ),
}


def _is_shared(found: float, limits: list[float]) -> bool:
    return math.isnan(found) or any(math.isclose(found, x, rel_tol=1e-9) for x in limits)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", MIXED)
def test_a_derivative_by_a_parameter_at_a_kink_is_true_or_nan(name: str, way: str) -> None:
    f, (x, c), limits = MIXED[name]
    second = WAYS[way](f)
    assert _is_shared(second(x, c), limits)
    assert _is_shared(compiled(second)(x, c), limits)
    beside = second(x + 0.01, c + 0.003)
    assert beside == pytest.approx(hessian(f, (0, 1))(x + 0.01, c + 0.003)[0][1], rel=1e-12)


@pytest.mark.parametrize("name", MIXED)
def test_a_batch_at_a_kink_is_true_or_nan_by_a_parameter_too(name: str) -> None:
    pytest.importorskip("numpy")
    f, (x, c), limits = MIXED[name]
    for samples in ([x, x + 0.5], [x - 0.25, x]):
        found = compiled(grad(grad(f, 0), 1), batched=_first_name(f))(samples, c)
        eager = [grad(grad(f, 0), 1)(at, c) for at in samples]
        assert found.tolist() == pytest.approx(eager, rel=1e-12, nan_ok=True)
        assert _is_shared(found[samples.index(x)], limits)


def _first_name(f: Function) -> str:
    return str(f.__code__.co_varnames[0])


def test_gradients_of_values_at_a_kink_are_true_or_nan() -> None:
    for f, point, limits in MIXED.values():
        x, c = map(Value, point)
        (first,) = gradients(f(x, c), [x])
        assert _is_shared(gradients(first, [c])[0].data, limits)


# Functions of a first derivative, at 0: both sides of their second derivative differ.
USES: dict[str, Function] = {
    "max": lambda x: x * x * grad(lambda y: maximum(y, 0.0))(x),
    "min": lambda x: x * x * grad(lambda y: minimum(y, -y))(x),
    "leaky relu": lambda x: x * x * grad(leaky_relu)(x),
    "relu": lambda x: (x + 1.0) * grad(relu)(x) * x,
    "clip": lambda x: (x + 1.0) * grad(lambda y: clip(y, 0.0, 1.0))(x) * x,
    "abs": lambda x: x * x * grad(absolute)(x),
    "jvp": lambda x: x * x * jvp(relu, (x,), (1.0,))[1],
    "a Jacobian": lambda x: x * x * jacobian(lambda y: [relu(y), y])(x)[0],
}


@pytest.mark.parametrize("name", USES)
def test_a_function_that_uses_a_slope_at_a_kink_has_no_second_derivative_there(name: str) -> None:
    f = USES[name]
    for second in (hessian(f), grad(grad(f)), lambda x: jvp(grad(f), (x,), (1.0,))[1]):
        assert math.isnan(second(0.0))
        assert math.isnan(compiled(second)(0.0))
        assert math.isfinite(second(0.5))
    assert grad(f)(0.0) == compiled(grad(f))(0.0) == 0.0  # a first derivative of it is what it was


def test_a_derivative_of_a_derivative_by_what_it_multiplies_is_nan() -> None:
    assert math.isnan(hessian(lambda w: grad(lambda x: maximum(w * x - 1, 0.0))(0.5) ** 2)(2.0))
    outer = jvp(lambda x: jvp(lambda y: x * maximum(y, 0.0), (x,), (1.0,))[1], (0.0,), (1.0,))
    assert math.isnan(outer[1])


def test_values_of_first_derivatives_at_a_kink_stay_what_they_were_inside_another() -> None:
    assert grad(lambda x: x * grad(lambda y: maximum(y, 0.0))(x))(0.0) == 0.5
    assert jvp(lambda c: grad(lambda x: relu(x - c) ** 2)(1.0), (1.0,), (0.0,))[0] == 0.0
    assert grad(lambda c: c * c + grad(lambda x: relu(x) * 3.0)(0.0))(2.0) == 4.0
    assert hessian(lambda p, q, r: abs(p) + q * q * r, (0, 1, 2))(0.0, 3.0, 2.0)[1] == (
        0.0,
        4.0,
        6.0,
    )


def test_one_node_is_no_kink_with_itself() -> None:
    for f in (
        lambda x: maximum(x, x) ** 2,
        lambda x: minimum(x, x) ** 2,
        lambda x: compiled(lambda y: maximum(y, y))(x) ** 2,
    ):
        assert grad(grad(f))(3.0) == compiled(grad(grad(f)))(3.0) == 2.0
    assert math.isnan(grad(grad(lambda x: hypot(x, x)))(0.0))  # as of √2 |x|


@pytest.mark.parametrize("f", [relu, absolute, elu, lambda x: maximum(x, 0.0)], ids=range(4))
def test_a_compiled_function_at_a_kink_is_what_it_is_uncompiled(f: Function) -> None:
    for wrap in (
        lambda g: hessian(lambda x: g(x) + x * x)(0.0),
        lambda g: hessian(lambda x: g(x) * x)(0.0),
        lambda g: hessian(lambda x: g(x) ** 2 + x)(0.0),
        lambda g: grad(lambda w: grad(lambda x: w * g(x))(0.0))(2.0),
        lambda g: jvp(grad(lambda x: g(x) + x**3), (0.0,), (1.0,))[1],
        lambda g: hessian(lambda p: g(p[0]) * 2.0 + p[0] * p[1] + p[1] ** 2)([0.0, 1.0]),
    ):
        assert str(wrap(compiled(f))) == str(wrap(f))
    inner = compiled(lambda w: [f(w[0]) + w[1] ** 2, w[0] * w[1]])
    plain = inner.__wrapped__
    for k in range(2):
        again, once = (
            hessian(lambda w, g=g: g(w)[k] ** 2)([0.0, 3.0])  # noqa: B023
            for g in (inner, plain)
        )
        assert str(again) == str(once)


def test_a_compiled_second_derivative_takes_no_more_paths_than_its_kink_has_sides() -> None:
    def f(x: Any) -> Any:
        return grad(lambda y: minimum(y, -y))(x) * x * x

    for second in (hessian(f), grad(grad(f)), grad(lambda x: f(x) * x)):
        program = compiled(second)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = [program(x) for x in (0.0, 1.0, -1.0, 0.0, 0.5)]
        assert str(found[1:3]) == str([second(1.0), second(-1.0)])
        assert len(program.programs) <= 2
    straight = compiled(hessian(lambda w: relu(w[0]) + relu(w[1]) * 2.0 + w[0] * w[1]))
    for w in itertools.product([-1.0, 0.0, 2.0], repeat=2):
        straight(list(w))
    assert len(straight.programs) <= 4


def test_the_kink_is_named_also_where_a_parameter_meets_it() -> None:
    with (
        detect_anomaly(),
        pytest.raises(AnomalyError, match=r"relu at 0\.0 does not exist: a kink"),
    ):
        grad(grad(lambda x, c: relu(x - c) ** 2, 0), 1)(1.0, 1.0)


UNARY: list[Function] = [
    absolute, relu, leaky_relu, elu, softsign, sin, lambda u: clip(u, 0.0, 1.0),
    lambda u: maximum(u, 0.0), lambda u: minimum(u, -u), lambda u: u * u, lambda u: -3.0 * u,
    lambda u: u * sign(u), lambda u: hypot(u, 0.0), lambda u: norm([u, 2.0 * u]),
]  # fmt: skip
BINARY: list[Function] = [
    lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, maximum, minimum, hypot,
]  # fmt: skip


def _program(draw: random.Random) -> Function:
    """A composition of three numbers, at (1, 1, 1) full of kinks."""
    choices = [
        (draw.choice(UNARY), draw.choice(UNARY), draw.choice(BINARY), draw.random(), draw.random())
        for _ in range(3)
    ]
    last = draw.randrange(4)

    def f(x: Any, c: Any, w: Any) -> Any:
        zeros = [x - c, w * x - c, x * x - w, c - 1.0]
        for g, h, both, i, j in choices:
            a, b = zeros[int(i * len(zeros))], zeros[int(j * len(zeros))]
            zeros.append(both(g(a), h(b)))
        y = zeros[-1]
        return [y, y * w, y * y, exp(y) * c][last]

    return f


def _answers(f: Function, i: int, j: int) -> list[float]:
    """∂²f/∂i∂j at the kinks, asked for in several ways."""
    point = (1.0, 1.0, 1.0)

    def moved(k: int, z: Any, p: tuple[Any, ...]) -> tuple[Any, ...]:
        return (*p[:k], z, *p[k + 1 :])

    def slope(z: Any) -> Any:
        return grad(lambda u: f(*moved(i, u, moved(j, z, point))))(z if i == j else 1.0)

    found = [
        hessian(f, (0, 1, 2))(*point)[i][j],
        grad(grad(f, i), j)(*point),
        jacobian(grad(f, i), j)(*point),
        jvp(lambda z: grad(f, i)(*moved(j, z, point)), (1.0,), (1.0,))[1],
    ]
    return found if i == j else [*found, grad(slope)(1.0), hessian(f, (0, 1, 2))(*point)[j][i]]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(150))
def test_every_pair_of_numbers_gets_at_random_kinks_what_all_sides_share(seed: int) -> None:
    draw = random.Random(seed)
    f = _program(draw)
    sides = [
        hessian(f, (0, 1, 2))(*[1.0 + 1e-6 * draw.uniform(-1.0, 1.0) for _ in range(3)])
        for _ in range(24)
    ]
    for i, j in itertools.product(range(3), repeat=2):
        answers = _answers(f, i, j)
        for found in answers:
            assert math.isnan(found) or all(
                math.isclose(found, side[i][j], rel_tol=1e-3, abs_tol=1e-3) for side in sides
            ), (i, j, answers, [side[i][j] for side in sides])
        assert len({math.isnan(found) for found in answers[:3]}) == 1, (i, j, answers)
