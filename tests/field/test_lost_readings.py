"""However much a function reads and compares, and however many outputs it has, what loses a
gradient is told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from autograd_core import Value, grad, gradients, jacobian, jvp, sin, vjp

from .test_lost_gradients import Function, bisection, log, lost


def read_by_a_helper(v: Any) -> float:
    return v.data  # type: ignore[no-any-return]


def is_less(a: Any, b: Any) -> bool:
    return a < b  # type: ignore[no-any-return]


def searched_by_a_helper(x: Any, others: int) -> float:
    for k in range(others):
        is_less(Value(1.0 * k), 700.0)
    low, high = 0.0, 2.0
    for _ in range(24):
        middle = (low + high) / 2.0
        low, high = (middle, high) if is_less(middle * middle, x) else (low, middle)
    return low


def after_many(f: Function, others: int = 5_000) -> Function:
    """f, after one place has read many Values that are no arguments, and after it again."""

    def both(x: Any) -> Any:
        for k in range(others):
            read_by_a_helper(Value(1.0 * k))
        y = f(x)
        for k in range(others):
            read_by_a_helper(Value(1.0 * k))
        return y

    return both


LONG: dict[str, tuple[Function, Any]] = {
    "a linear search": (
        lambda x: next(i for i in range(10**5) if i * 1e-3 > x) * 1e-3,
        1.5,
    ),
    "a long linear search": (
        lambda x: next(i for i in range(10**5) if i * 1e-3 > x) * 1e-3,
        9.5,
    ),
    "a read among many": (after_many(lambda x: read_by_a_helper(x) ** 2), 3.0),
    "a read of what was computed, among many": (
        after_many(lambda x: read_by_a_helper(sin(x) * x) ** 2),
        3.0,
    ),
    "a search among many comparisons": (lambda x: searched_by_a_helper(x, 4_000), 1.7),
    "one argument among many": (
        lambda xs: sum([read_by_a_helper(x) for x in xs[1:]]) * xs[0],
        [1.0] * 3_000,
    ),
    "the last of many arguments": (
        lambda xs: sum(xs[:-1]) * sum([read_by_a_helper(x) for x in [*xs, *xs[:-1]]]),
        [1.0] * 1_500,
    ),
}


@pytest.mark.parametrize(("f", "x"), LONG.values(), ids=LONG)
def test_a_slope_of_0_after_a_thousand_readings_is_right(f: Function, x: Any) -> None:
    assert len(lost(lambda: grad(f)(x))) == 1
    assert len(lost(lambda: jvp(f, (x,), (x,)))) == 1


def test_an_inner_derivative_forgets_what_it_read_of_the_outer_argument() -> None:
    def f(x: Any) -> Any:
        return grad(lambda y: y * y * after_many(read_by_a_helper)(x))(3.0)

    (told,) = lost(lambda: grad(f)(2.0))
    assert "with respect to x is 0" in str(told.message)


def test_a_long_simulation_with_a_stop_is_lost() -> None:
    def distance(p: Any) -> Any:
        position, steps = p["start"] * 1.0, 0
        while position < 30.0:
            position, steps = position + p["speed"] * 1e-2, steps + 1
        return position + steps * p["rate"]

    point = {"start": 0.0, "speed": 0.1, "rate": 2.0}
    assert lost(lambda: grad(distance)(point)) == []


ROWS: dict[str, tuple[Callable[[Function], Any], Function, str]] = {
    "a row of numbers": (
        lambda f: jacobian(f)(3.0),
        lambda x: [x.item() ** 2, x],
        "of the result[0] with respect to x is 0",
    ),
    "the last row": (
        lambda f: jacobian(f)([3.0, 4.0]),
        lambda x: {"a": x[0] * x[1], "b": Value(round(x[1], 2)) * 2.0},
        "of the result['b'] with respect to x[1] is 0",
    ),
    "forward": (
        lambda f: jvp(f, (3.0,), (1.0,)),
        lambda x: (sin(x), float(f"{x:.3f}")),
        "of the result[1] with respect to x is 0",
    ),
    "backward": (
        lambda f: vjp(f, 3.0)[1]([1.0, 1.0]),
        lambda x: [sin(x), round(x, 3)],
        "of the result[1] with respect to x is 0",
    ),
}


@pytest.mark.parametrize(("derive", "f", "says"), ROWS.values(), ids=ROWS)
def test_a_row_of_a_jacobian_that_is_0_is_right(
    derive: Callable[[Function], Any], f: Function, says: str
) -> None:
    (told,) = lost(lambda: derive(f))
    assert says in str(told.message)
    assert told.filename == __file__


HONEST_ROWS: dict[str, tuple[Function, Any]] = {
    "rows of their own argument": (
        lambda xs: (log(f"{xs[0]:.3f} {xs[1].item()}"), [2.0 * xs[0], 3.0 * xs[1]])[1],
        [1.0, 2.0],
    ),
    "payoffs": (lambda s: [max(s - k, 0.0) for k in range(90, 111)], 100.0),
    "sorted": (lambda xs: sorted(xs), [float(i * 7 % 20) for i in range(20)]),
    "a constant row": (lambda x: [x, 1.0], 2.0),
}


@pytest.mark.parametrize(("f", "x"), HONEST_ROWS.values(), ids=HONEST_ROWS)
def test_a_sparse_jacobian_has_lost_its_zeros(f: Function, x: Any) -> None:
    assert lost(lambda: jacobian(f)(x)) == []


def test_one_step_of_newton_brings_every_derivative_back() -> None:
    def root(steps: int) -> Function:
        def f(x: Any) -> Any:
            y: Any = bisection(x)
            for _ in range(steps):
                y = y - (y * y - x) / (2.0 * y)
            return y

        return f

    (told,) = lost(lambda: grad(bisection)(1.7))
    assert "One step of Newton's method on Values, after the search, restores the first" in str(
        told.message
    )
    first, second, third = 0.5 * 1.7**-0.5, -0.25 * 1.7**-1.5, 0.375 * 1.7**-2.5
    assert grad(root(1))(1.7) == pytest.approx(first, rel=1e-6)
    assert grad(grad(root(1)))(1.7) == 0.0
    assert grad(grad(root(2)))(1.7) == pytest.approx(second, rel=1e-6)
    assert grad(grad(grad(root(3))))(1.7) == pytest.approx(third, rel=1e-6)


def test_a_constant_slope_that_the_function_takes_is_a_lost_argument() -> None:
    def slope(x: Any) -> Any:
        return gradients(sum(x - k if x > k else 0.0 for k in range(20)), x)

    assert lost(lambda: jvp(slope, (9.5,), (1.0,))) == []
    assert lost(lambda: grad(slope)(9.5)) == []
