"""A derivative through a compiled function is told what its comparisons lost, as an eager one is."""

from __future__ import annotations

import math
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from autograd_core import Value, compiled, grad, gradients

from .test_lost_gradients import FAMILY, SILENT, Function, bisection, lost


def golden_section(x: Any) -> float:
    """Where (y - x)² + 1 is least, by ever smaller brackets."""
    low, high, part = 0.0, 3.0, (math.sqrt(5.0) - 1.0) / 2.0
    while high - low > 1e-6:
        a, b = high - part * (high - low), low + part * (high - low)
        if (a - x) * (a - x) < (b - x) * (b - x):
            high = b
        else:
            low = a
    return low


OUTSIDE: dict[str, Callable[[Function], Any]] = {
    **{name: derive for name, derive in FAMILY.items() if name != "grad under no_grad"},
    "a function of it": lambda f: grad(lambda x: 3.0 * f(x * x) + 1.0)(1.25),
    "compiled again": lambda f: compiled(grad(f))(1.25),
    "inside another derivative": lambda f: grad(lambda x: grad(lambda y: y * f(x))(3.0))(1.25),
    "gradients": lambda f: gradients(f(x := Value(1.25)), x),
    "backward": lambda f: f(Value(1.25)).backward(),
}


@pytest.mark.parametrize("derive", OUTSIDE.values(), ids=OUTSIDE)
@pytest.mark.parametrize("f", [bisection, golden_section])
def test_a_compiled_search_has_the_slope_of_what_it_finds(
    derive: Callable[[Function], Any], f: Function
) -> None:
    program = compiled(f)
    line = f.__code__.co_firstlineno + (4 if f is bisection else 5)
    for _ in range(2):  # the second time by the program that is there
        (told,) = lost(lambda: derive(program))
        assert "with respect to x is 0" in str(told.message)
        assert "compared many times" in str(told.message)
        assert (told.filename, told.lineno) == (f.__code__.co_filename, line)


def test_a_compiled_search_by_one_of_several_numbers_is_seen_by_all() -> None:
    program = compiled(lambda p, k: p["a"] * bisection(p["b"]) * k)
    (told,) = lost(lambda: grad(program)({"a": 2.0, "b": 1.7}, 3.0))
    assert "with respect to p['b'] is 0" in str(told.message)
    (told,) = lost(lambda: program({"a": 2.0, "b": Value(1.7)}, 3.0))
    assert "with respect to p['b'] is 0" in str(told.message)
    w = Value(1.7, label="w")
    (told,) = lost(lambda: gradients(compiled(lambda x: bisection(w) * x)(Value(2.0)), w))
    assert "with respect to w is 0" in str(told.message)


def test_a_batch_has_the_slope_of_what_it_finds() -> None:
    numpy = pytest.importorskip("numpy")
    loss = compiled(lambda w, t: (bisection(w) - t) ** 2, batched="t", reduce="sum")
    assert len(lost(lambda: grad(loss)(1.7, numpy.array([1.0, 2.0, 3.0])))) == 1


def test_a_pickled_program_loses_its_gradient_in_silence() -> None:
    program = compiled(bisection)
    program(1.25)
    again = pickle.loads(pickle.dumps(program))
    assert len(lost(lambda: grad(again)(1.25))) == 1


HONEST_PROGRAMS: dict[str, tuple[Function, Any]] = {
    **{
        name: SILENT[name]
        for name in (
            "a branch with a constant result",
            "a payoff out of the money",
            "many payoffs out of the money",
            "a tax without tax",
            "the largest",
            "the largest, by hand",
            "the median",
            "the nearest",
            "a few comparisons",
        )
    },
    "a search and a step": (
        lambda x: (lambda y: y - (y * y - x) / (2.0 * y))(bisection(x)),
        1.7,
    ),
    "a search by a constant that is meant": (lambda x: x * bisection(x.detach()), 1.7),
}


@pytest.mark.filterwarnings("ignore:.*different paths through its branches")
@pytest.mark.parametrize(("f", "x"), HONEST_PROGRAMS.values(), ids=HONEST_PROGRAMS)
def test_a_right_slope_of_0_of_a_program_is_a_fault(f: Function, x: Any) -> None:
    program = compiled(f)
    assert lost(lambda: grad(program)(x)) == []
    assert lost(lambda: grad(program)(x)) == []


def test_the_result_of_a_compiled_search_has_no_partials() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = compiled(lambda x, k: bisection(x) * k)(Value(1.7), Value(2.0))
    assert y.partials == (0.0, pytest.approx(math.sqrt(1.7), abs=1e-6))
