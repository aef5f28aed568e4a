"""A derivative that is 0 because the number of an argument was read on the way says so, once
for each place; no other does.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from autograd_core import (
    LostGradientWarning,
    Value,
    compiled,
    exp,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    maximum,
    no_grad,
    sin,
    value_and_grad,
    vjp,
    where,
)

Function = Callable[..., Any]


def bisection(x: Any, tolerance: float = 1e-7) -> float:
    low, high = 0.0, 2.0
    while high - low > tolerance:
        middle = (low + high) / 2.0
        if middle * middle < x:
            low = middle
        else:
            high = middle
    return low


def lost(f: Callable[[], Any]) -> list[warnings.WarningMessage]:
    """What is told of lost gradients while f runs."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        f()
    return [one for one in caught if issubclass(one.category, LostGradientWarning)]


READS: dict[str, Function] = {
    "item": lambda x: x.item() ** 2,
    "data": lambda x: x.data * 2.0,
    "data in a new Value": lambda x: Value(x.data) * 2.0,
    "round": lambda x: round(x * x, 6),
    "round to an int": lambda x: round(x),
    "format": lambda x: float(f"{x:.8f}"),
    "str.format": lambda x: float(f"{sin(x):.3e}"),
    "int of the number": lambda x: int(x.data),
    "rint": lambda x: x.rint(),
    "partials": lambda x: (x * x).partials[0],
    "what was computed from it": lambda x: exp(sin(x)).item(),
}


@pytest.mark.parametrize("f", READS.values(), ids=READS)
def test_a_slope_of_0_is_a_slope_of_0(f: Function) -> None:
    line = (
        rf"the derivative with respect to x is 0: .* {__file__}, line "
        rf"{f.__code__.co_firstlineno}, in <lambda>"
    )
    with pytest.warns(LostGradientWarning, match=line) as caught:
        assert grad(f)(1.25) == 0.0
    assert [(one.filename, one.lineno) for one in caught] == [(__file__, f.__code__.co_firstlineno)]


FAMILY: dict[str, Callable[[Function], Any]] = {
    "grad": lambda f: grad(f)(1.25),
    "value_and_grad": lambda f: value_and_grad(f)(1.25),
    "jacobian": lambda f: jacobian(f)(1.25),
    "hessian": lambda f: hessian(f)(1.25),
    "jvp": lambda f: jvp(f, (1.25,), (1.0,)),
    "vjp": lambda f: vjp(f, 1.25)[1](1.0),
    "hvp": lambda f: hvp(f, (1.25,), (1.0,)),
    "grad of grad": lambda f: grad(grad(f))(1.25),
    "grad under no_grad": lambda f: no_grad()(grad(f))(1.25),
}


@pytest.mark.parametrize("transform", FAMILY.values(), ids=FAMILY)
@pytest.mark.parametrize(
    "f", [lambda x: round(x, 3), lambda x: bisection(x)], ids=["round", "bisection"]
)
def test_another_transform_would_have_seen_it(
    transform: Callable[[Function], Any], f: Function
) -> None:
    assert len(lost(lambda: transform(f))) == 1


@pytest.mark.parametrize("transform", [grad, value_and_grad, lambda f: compiled(grad(f))])
def test_a_bisection_has_the_slope_of_what_it_finds(
    transform: Callable[[Function], Function],
) -> None:
    (told,) = lost(lambda: transform(bisection)(1.7))
    assert "compared many times" in str(told.message)
    assert told.lineno == bisection.__code__.co_firstlineno + 4


def test_the_time_at_which_a_simulation_arrives_has_a_slope() -> None:
    def arrival(speed: Any) -> float:
        position, time = speed * 0.0, 0.0
        while position < 1.0:
            position, time = position + speed * 1e-2, time + 1e-2
        return time

    assert len(lost(lambda: grad(arrival)(2.3))) == 1


def test_the_slope_comes_back_by_what_the_message_says() -> None:
    def root(x: Any) -> Any:
        y = bisection(x)
        return y - (y * y - x) / (2.0 * y)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert grad(root)(2.0) == pytest.approx(0.5 / math.sqrt(2.0), rel=1e-6)
        assert grad(lambda x: round(x.detach(), 3))(2.0) == 0.0
        assert grad(lambda x: bisection(x.detach()))(2.0) == 0.0


class Point(NamedTuple):
    w: list[float]
    b: float


@pytest.mark.parametrize(
    ("f", "args", "name"),
    [
        (lambda p: p["a"] * round(p["b"][1], 3), ({"a": 1.0, "b": [2.0, 3.0]},), "p['b'][1]"),
        (lambda p: p.w[0].item() * p.w[1] * p.b, (Point([1.0, 2.0], 3.0),), "p.w[0]"),
        (lambda x, y: x * y[0].item(), (1.0, [2.0]), "y[0]"),
        (lambda *xs: xs[0] * xs[1].item(), (1.0, 2.0), "xs[1]"),
        (lambda xs: sum(x.item() for x in xs), ([1.0] * 5,), "xs[0], xs[1], xs[2] and others"),
    ],
)
def test_the_argument_is_known_by_its_place(f: Function, args: tuple[Any, ...], name: str) -> None:
    (told,) = lost(lambda: grad(f, tuple(range(len(args))))(*args))
    assert f"with respect to {name} is 0" in str(told.message)


def test_numpy_rounds_at_the_line_that_calls_it() -> None:
    numpy = pytest.importorskip("numpy")
    (told,) = lost(lambda: grad(lambda x: numpy.round(x, 0).sum())(numpy.array([1.25, 2.5])))
    assert told.filename == __file__
    (told,) = lost(
        lambda: grad(lambda x: float(numpy.searchsorted(numpy.linspace(0.0, 1.0, 1000), x)))(0.3)
    )
    assert told.filename == __file__


def log(text: str) -> None:
    """What a program prints is no part of its result."""


def _max_by_hand(xs: list[Any]) -> Any:
    best = xs[0]
    for x in xs:
        if x > best:
            best = x
    return best


SILENT: dict[str, tuple[Function, Any]] = {
    "a branch with a constant result": (lambda x: 0.0 if x < 0 else x, -1.0),
    "a payoff out of the money": (lambda s: max(s - 110.0, 0.0), 100.0),
    "many payoffs out of the money": (
        lambda s: sum(max(s - k, 0.0) for k in range(105, 150)),
        100.0,
    ),
    "a row's payoff out of the money": (
        lambda s: (log(f"{s:.2f}"), maximum(s - 110.0, 0.0))[1],
        100.0,
    ),
    "a tax without tax": (
        lambda x: next((r * (x - a) for a, r in ((50.0, 0.4), (10.0, 0.2)) if x > a), 0.0),
        5.0,
    ),
    "a function that ignores an argument": (lambda x: x[0] * 2.0, [1.0, 2.0]),
    "a constant": (lambda x: 3.0, 1.0),
    "logging": (lambda x: (log(f"{x:.3f} {x.item()} {round(x, 2)}"), x * x)[1], 1.0),
    "printing": (lambda x: (log(f"{x} {x!r}"), 1.0)[1], 1.0),
    "the largest": (max, [float(i * 7 % 20) for i in range(20)]),
    "the largest, by hand": (_max_by_hand, [3.0, *range(3), *range(20)]),
    "the median": (lambda xs: sorted(xs)[10] * 2.0, [float(i * 7 % 20) for i in range(20)]),
    "the nearest": (
        lambda p: min(p["xs"], key=lambda x: (x - p["at"]) ** 2),
        {"at": 4.2, "xs": [float(i) for i in range(20)]},
    ),
    "a branch not taken": (lambda x: where(x < 0, 0.0, x) + 0.0 * x.item(), -1.0),
    "a constant that is meant": (lambda x: x[0] * x[1].detach().item(), [1.0, 2.0]),
    "what is computed without recording": (no_grad()(lambda x: (x * x).item()), 2.0),
    "a few comparisons": (lambda x: sum(1.0 for k in range(7) if x > k), 3.5),
}


@pytest.mark.parametrize(("f", "x"), SILENT.values(), ids=SILENT)
def test_a_right_slope_of_0_is_a_fault(f: Function, x: Any) -> None:
    assert lost(lambda: grad(f)(x)) == []
    assert lost(lambda: hessian(f)(x)) == []


def test_a_line_that_a_log_read_is_no_fault_of_a_second_derivative() -> None:
    assert lost(lambda: grad(grad(lambda x: (log(f"{x:.3f}"), 3.0 * x)[1]))(1.0)) == []
    strikes = [k / 50.0 for k in range(100)]
    assert (
        lost(lambda: grad(grad(lambda x: sum(x - k if x > k else 0.0 for k in strikes)))(1.0)) == []
    )


def test_the_argument_of_an_outer_derivative_cannot_be_lost_inside() -> None:
    (told,) = lost(lambda: grad(lambda x: grad(lambda y: y * round(x, 2))(3.0))(2.0))
    assert "with respect to x is 0" in str(told.message)
    (told,) = lost(lambda: grad(lambda x: round(grad(lambda y: y * y)(x), 3))(2.0))
    assert "with respect to x is 0" in str(told.message)
    assert lost(lambda: grad(lambda x: grad(lambda y: y * x.item())(3.0) * x)(2.0)) == []


def test_a_loop_is_warned_at_every_step() -> None:
    def f(x: Any) -> float:
        return round(x, 2)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for k in range(5):
            grad(f)(k + 0.5)
        grad(lambda x: f(x) + x.item())(1.0)
        warnings.filterwarnings("ignore", category=LostGradientWarning)
        grad(lambda x: x.item())(1.0)
    assert len(caught) == 2


def test_code_that_has_no_module_is_not_warned() -> None:
    names: dict[str, Any] = {"grad": grad}
    assert len(lost(lambda: exec("grad(lambda x: x.item())(1.0)", names))) == 1


def test_threads_hear_of_each_other() -> None:
    f, g = (lambda x: round(x, 2)), (lambda x: x * x)
    told: dict[str, float] = {}
    inside, done = threading.Event(), threading.Event()

    def slow(x: Any) -> Any:
        inside.set()
        assert done.wait(10.0)
        return x * x

    other = threading.Thread(target=lambda: told.update(slow=grad(slow)(3.0)))
    other.start()
    assert inside.wait(10.0)
    assert len(lost(lambda: grad(f)(1.0))) == 1
    assert lost(lambda: grad(g)(1.0)) == []
    done.set()
    other.join()
    assert told == {"slow": 6.0}


def test_a_number_read_in_a_thread_of_the_function_is_not_read() -> None:
    def f(x: Any) -> float:
        found: list[float] = []
        worker = threading.Thread(target=lambda: found.append(round(x, 2)))
        worker.start()
        worker.join()
        return found[0]

    assert len(lost(lambda: grad(f)(1.0))) == 1


def test_a_function_that_fails_is_watched_for_ever() -> None:
    from autograd_core.engine import context

    with pytest.raises(ZeroDivisionError):
        grad(lambda x: 1 / 0)(1.0)
    with pytest.raises(ZeroDivisionError):
        grad(lambda x: grad(lambda y: 1 / 0)(x))(1.0)
    assert context.trackers == {}


def test_a_program_of_many_paths_loses_its_gradient_in_silence() -> None:
    slope = compiled(grad(bisection))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for k in range(33):  # further paths run without a program
            slope(1.0 + 0.05 * k)
    assert len(lost(lambda: slope(2.9))) == 1


FORKED = """
import os, threading
from autograd_core import grad
from autograd_core.engine import context

inside, done = threading.Event(), threading.Event()

def slow(x):
    inside.set()
    done.wait()
    return x

other = threading.Thread(target=grad(slow), args=(1.0,))
other.start()
inside.wait()
if child := os.fork():
    done.set()
    raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
os._exit(len(context.trackers))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_child_process_goes_on_with_the_derivatives_of_its_parent() -> None:
    assert (
        subprocess.run([sys.executable, "-W", "ignore", "-c", FORKED], timeout=60).returncode == 0
    )
