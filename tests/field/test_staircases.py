"""`check_gradients` tells a staircase, whose slope of 0 no short step contradicts, from what is
curved, noisy, kinked or flat.
"""

from __future__ import annotations

import heapq
import math
import random
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from autograd_core import (
    LostGradientWarning,
    Value,
    absolute,
    ceil,
    check_gradients,
    compiled,
    cos,
    exp,
    floor,
    log,
    mean,
    primitive,
    sin,
    sqrt,
    tanh,
    where,
)
from autograd_core.primitives.primitive import TABLE

Function = Callable[[Any], Any]


def bisection(x: Any, tolerance: float = 1e-7) -> float:
    """√x by halving."""
    low, high = 0.0, 3.0
    while high - low > tolerance:
        middle = (low + high) / 2.0
        if middle * middle < x:
            low = middle
        else:
            high = middle
    return low


def arrival(speed: Any) -> float:
    """When something that moves at this speed has moved by 1."""
    position, time = speed * 0.0, 0.0
    while position < 1.0:
        position, time = position + speed * 1e-3, time + 1e-3
    return time


def by_table(x: Any) -> float:
    """The nearest entry of a table of sin."""
    return math.sin(int(x.data * 1e4) / 1e4)


STAIRS: dict[str, tuple[Function, Any, float, float]] = {
    "a bisection": (bisection, 2.0, 0.0, 0.5 / math.sqrt(2.0)),
    "a rough bisection": (lambda x: bisection(x, 1e-4), 1.7, 0.0, 0.5 / math.sqrt(1.7)),
    "a fine bisection": (lambda x: bisection(x, 1e-11), 2.0, 0.0, 0.5 / math.sqrt(2.0)),
    "a bisection times x": (lambda x: bisection(x) * x, 2.0, math.sqrt(2.0), 1.5 * math.sqrt(2.0)),
    "a compiled bisection": (compiled(bisection), 1.7, 0.0, 0.5 / math.sqrt(1.7)),
    "a rounded square": (lambda x: round(x * x, 6), 3.0, 0.0, 6.0),
    "a rounded factor": (lambda x: round(x, 4) * x, 3.0, 3.0, 6.0),
    "a roughly rounded factor": (lambda x: round(x, 2) * x, 3.0, 3.0, 6.0),
    "a rounded logarithm beside 0": (lambda x: round(log(x), 9), 1e-6, 0.0, 1e6),
    "rounded at 0": (lambda x: round(x, 5), 0.0, 0.0, 1.0),
    "rounded to whole numbers, far out": (lambda x: 2.0 * round(x), 1e6 + 0.3, 0.0, 2.0),
    "text": (lambda x: float(f"{x:.8f}"), 1.25, 0.0, 1.0),
    "text of a result": (lambda x: float(f"{exp(x):.6g}"), 0.5, 0.0, math.exp(0.5)),
    "a whole number of steps": (lambda x: int(x.data * 1e5) / 1e5 * x, 0.7, 0.7, 1.4),
    "the time of an arrival": (arrival, 2.3, 0.0, -1.0 / 2.3**2),
    "the nearest of a table": (by_table, 0.5, 0.0, math.cos(0.5)),
    "the share of samples below": (
        lambda x: mean([float(k * 1e-3 < x) for k in range(2_000)]),
        0.62345,
        0.0,
        0.5,
    ),
    "one number of several": (
        lambda p: p["a"] * round(p["b"][1], 6),
        {"a": 2.0, "b": [0.0, 1.5]},
        0.0,
        2.0,
    ),
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*different paths through its branches")
@pytest.mark.parametrize(("f", "x", "here", "far"), STAIRS.values(), ids=STAIRS)
def test_a_checked_gradient_is_the_slope_of_the_curve(
    f: Function, x: Any, here: float, far: float
) -> None:
    with pytest.raises(
        AssertionError, match=r"is that of a staircase: slope .* here, .* over 1e"
    ) as caught:
        check_gradients(f, x)
    told = str(caught.value).partition("slope ")[2].split()
    assert float(told[0]) == pytest.approx(here, rel=1e-3)
    assert float(told[2]) == pytest.approx(far, rel=0.05)


def test_the_report_names_slope_step_and_the_line_that_read() -> None:
    with pytest.raises(AssertionError) as caught:
        check_gradients(bisection, 2.0)
    _, staircase, lost = str(caught.value).splitlines()
    assert staircase == "∂f/∂x is that of a staircase: slope 0 here, 0.3536 over 1e-4"
    assert f"{__file__}, line {bisection.__code__.co_firstlineno + 5}, in bisection" in lost


def test_a_second_staircase_hides_behind_the_first() -> None:
    with pytest.raises(AssertionError) as caught:
        check_gradients(lambda x: round(x[0], 6) * round(x[1], 6) * x[2], [1.0, 2.0, 3.0])
    assert [line.split(" is ")[0] for line in str(caught.value).splitlines()[1:3]] == [
        "∂f/∂x[0]",
        "∂f/∂x[1]",
    ]


def test_stairs_of_which_one_is_longer_than_every_step_are_told_by_what_was_read() -> None:
    with pytest.warns(LostGradientWarning, match="whose number was read"):
        assert check_gradients(lambda x: round(x), 2.25) == 0.0


def newton(x: Any) -> Any:
    """√x by as many steps as it takes."""
    y = Value(1.0) * x
    while abs(y * y - x) > 1e-8:
        y = 0.5 * (y + x / y)
    return y


def interpolated(x: Any) -> Any:
    """sin, linear between the points of a table: its first derivative is a staircase, it is
    none.
    """
    k = int(x.data * 1e3)
    low, high = math.sin(k / 1e3), math.sin((k + 1) / 1e3)
    return low + (high - low) * (x * 1e3 - k)


def dead_zone(width: float) -> Function:
    return lambda x: x - width if x > width else x + width if x < -width else 0.0 * x


def huber(x: Any) -> Any:
    return 0.5 * x * x if abs(x) < 1.0 else abs(x) - 0.5


def reduced_sine(x: Any) -> Any:
    """sin(x) by the number of turns."""
    return sin(x - 2.0 * math.pi * round(x.data / (2.0 * math.pi)))


def scaled(x: Any) -> Any:
    scale = 2.0 ** round(math.log2(x.data))
    return sqrt(x / scale) * math.sqrt(scale)


def simulated(x: Any) -> Any:
    """The mean payoff of samples, some of which are above and some below."""
    samples = random.Random(1)
    return mean([max(x * math.exp(0.2 * samples.gauss(0.0, 1.0)) - 100.0, 0.0) for _ in range(200)])


QUIET: dict[str, tuple[Function, Any]] = {
    "fast": (lambda x: sin(1e6 * x), 0.3),
    "a logarithm beside 0": (log, 1e-6),
    "an exponential": (exp, 20.0),
    "a wave with kinks, shorter than the steps": (
        lambda x: sin(25.0 * x) + abs(x - 1000.4) + abs(x - 999.7),
        1000.0,
    ),
    "a steep step": (lambda x: tanh(1e5 * (x - 0.303)), 0.3),
    "floor, far from its jumps": (floor, 2.5),
    "floor, far out": (floor, 1e6 + 0.5),
    "ceil, further out": (ceil, 1e9 + 0.5),
    "floor and a slope": (lambda x: floor(x) + x, 100.5),
    "a remainder": (lambda x: x % 0.1, 1e4 + 0.05),
    "floor of a fine grid, which has slope 0 by its row": (
        lambda x: floor(x * 1e4) / 1e4 + x,
        0.50005,
    ),
    "constant": (lambda x: 3.0, 1.0),
    "constant by a Value": (lambda x: 0.0 * x, 1.0),
    "a tiny slope": (lambda x: 1.0 + 1e-14 * x, 1.0),
    "tiny": (lambda x: 1e-300 * sin(x), 1.0),
    "huge": (lambda x: 1e300 * sin(x), 1.0),
    "an unused number": (lambda x: x[0] * 2.0, [1.0, 2.0]),
    "cancellation": (lambda x: (1.0 - cos(x)) / x**2, 1e-3),
    "noise": (lambda x: (1e8 + x) - 1e8 + sin(x), 0.3),
    "a kink by a branch": (lambda x: x if x > 0.0 else -x, 1e-7),
    "kinks at both sides": (lambda x: absolute(absolute(x) - 1e-3), 0.0005),
    "a branch not far": (huber, 0.99999),
    "a narrow dead zone": (dead_zone(1e-7), 2e-8),
    "a dead zone": (dead_zone(1e-3), 1e-4),
    "a wide dead zone": (dead_zone(0.05), 0.01),
    "waves with branches": (
        lambda x: (
            sin(25.0 * x)
            + (x - 1000.04 if x > 1000.04 else 0.0)
            + (999.97 - x if x < 999.97 else 0.0)
        ),
        1000.0,
    ),
    "a jump not far": (lambda x: x * x if x < 1.001 else x * x + 1.0, 1.0),
    "a selection": (lambda x: where(x > 1.0, x * x, 2.0 * x - 1.0), 1.0001),
    "Newton's method": (newton, 2.0),
    "linear interpolation": (interpolated, 0.50043),
    "range reduction": (reduced_sine, 1e4),
    "scaling": (scaled, 0.71),
    "scaling at its jump": (scaled, math.sqrt(2.0) + 1e-9),
    "a simulation": (simulated, 100.0),
    "the largest": (lambda xs: max(xs), [1.0, 1.0001, 0.9999]),
    "sorted": (lambda xs: sum(k * x for k, x in enumerate(sorted(xs))), [1.0, 1.00001, 0.99999]),
    "compiled": (compiled(lambda x: sin(x) * x if x > 0.0 else x * x), 0.00001),
    "a plain result": (lambda x: 0.0 if x < 0.0 else x, -1.0),
}


@pytest.mark.parametrize(("f", "x"), QUIET.values(), ids=QUIET)
def test_what_is_no_staircase_is_called_one(f: Function, x: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_gradients(f, x)


PIECEWISE: dict[str, tuple[Function, Any]] = {
    "a pinball loss": (
        lambda q: sum([0.9 * (y - q) if y > q else 0.1 * (q - y) for y in range(1, 11)]),
        5.5,
    ),
    "tax brackets": (
        lambda x: sum(
            [0.03 * (x - a) if x > a else 0.0 for a in (5, 10, 20, 30, 40, 60, 80, 90, 100, 200)]
        ),
        50.0,
    ),
    "the least": (lambda xs: min(xs), [float(i * 7 % 20) for i in range(10)]),
    "the argument that is largest": (
        lambda xs: max(xs, key=lambda x: 2.0 * x),
        [float(i * 7 % 20) for i in range(10)],
    ),
    "the smallest two": (
        lambda xs: sum(heapq.nsmallest(2, xs)),
        [float(i * 7 % 20) for i in range(10)],
    ),
    "linear, with a log": (lambda x: (f"{x:.3f}", 3.0 * x)[1], 1.5),
}


@pytest.mark.parametrize(("f", "x"), PIECEWISE.values(), ids=PIECEWISE)
@pytest.mark.parametrize("order", [1, 2])
def test_a_piecewise_linear_function_has_lost_its_slope(f: Function, x: Any, order: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_gradients(f, x, order=order)


def refined(x: Any, steps: int) -> Any:
    y: Any = bisection(x)
    for _ in range(steps):
        y = y - (y * y - x) / (2.0 * y)
    return y


def test_one_step_of_newton_is_enough_for_the_second_derivative() -> None:
    with pytest.warns(
        RuntimeWarning, match="is that of a staircase: slope 0 here, -0.1128 over 1e"
    ) as w:
        check_gradients(lambda x: refined(x, 1), 1.7)
    assert len(w) == 1
    with pytest.warns(RuntimeWarning, match=r"∂²f/∂b∂a|∂²f/∂.*is that of a staircase"):
        check_gradients(lambda p: p["a"] * refined(p["b"], 1), {"a": 2.0, "b": 1.7})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_gradients(lambda x: refined(x, 1), 1.7, order=1)
        check_gradients(lambda x: refined(x, 2), 1.7)


CANCELLED: dict[str, tuple[Function, Any]] = {
    "Rosenbrock": (lambda x: (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2, [1.0, 1.0]),
    "Himmelblau": (
        lambda x: (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2,
        [3.0, 2.0],
    ),
    "a cube": (lambda x: (x * x - 1.0) ** 3, 1.0),
    "a fourth power": (lambda x: (x * x - 2.0) ** 4, math.sqrt(2.0)),
    "a perfect fit": (
        lambda p: sum(
            [(p[0] * math.exp(0.3 * k) + p[1] - math.exp(0.3 * k)) ** 2 for k in range(9)]
        ),
        [1.0, 0.0],
    ),
}


@pytest.mark.parametrize(("f", "x"), CANCELLED.values(), ids=CANCELLED)
def test_a_derivative_of_0_is_off_by_what_rounding_leaves(f: Function, x: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_gradients(f, x)


def test_a_wrong_rule_hides_where_terms_cancel() -> None:
    wrong = primitive("wrong_square", compute=lambda x: x * x, partials=lambda y, x: 2.0 * x + 1e-3)
    with pytest.raises(AssertionError, match=r"is off by 0\.001"):
        check_gradients(lambda x: wrong(x * x - 1.0) * 0.5, 1.0)


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if row.arity > 0])
def test_a_function_of_the_table_is_called_a_staircase(name: str) -> None:
    row, points = TABLE[name], random.Random(name)
    for size in (1e-6, 0.3, 3.0, 1e4):
        x = [
            min(max(points.uniform(-size, size), max(i.low, -1e9) + 1e-9), min(i.high, 1e9) - 1e-9)
            for i in row.domain
        ]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = ""
            try:
                check_gradients(lambda x, row=row: row(*x), x, order=1)
            except AssertionError as error:  # at a pole, or where its slope has lost its digits
                found = str(error)
        assert "staircase" not in found, x
