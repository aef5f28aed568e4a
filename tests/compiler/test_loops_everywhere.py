"""Random loops with branches, selections and special values: the plain function, straight-line
Python, NumPy, the tape and C give the same.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_core import (
    Value,
    compiled,
    exp,
    fori_loop,
    log,
    maximum,
    scan,
    sin,
    sqrt,
    tanh,
    value_and_grad,
    where,
)
from autograd_core.compiler.pipeline import BACKENDS

from .loops import numbers

NAMES = [x for x in ("python", "numpy", "native", "tape", "c") if not BACKENDS[x].missing()]
EXACT = [x for x in NAMES if x in ("python", "tape", "c")]
"""What computes one operation after the other, with the same functions of the C library."""

OPERATIONS: list[Any] = [
    lambda a, b, r: a * b,
    lambda a, b, r: a - 0.5 * b,
    lambda a, b, r: sin(a) + r,
    lambda a, b, r: tanh(a * r),
    lambda a, b, r: exp(-a * a) * b,
    lambda a, b, r: a / (b - r),
    lambda a, b, r: sqrt(a) * b,
    lambda a, b, r: log(b + 1.0),
    lambda a, b, r: where(a > b, a, r * b),
    lambda a, b, r: where(a > 0.0, sqrt(where(a > 0.0, a, 1.0)), b),
    lambda a, b, r: maximum(a, b * r),
    lambda a, b, r: a if a > -50.0 else b,
    lambda a, b, r: a + r if a < b else a - r,
]
KINDS = ("plain", "scan", "reverse", "checkpoint", "nested")
NUMBERS = st.sampled_from(
    [0.0, -0.0, 0.5, -0.75, 1.25, 2.0, -3.0, 1e200, math.inf, -math.inf, math.nan]
)


def looped(kind: str, picked: list[int], rounds: int) -> Any:
    """A loop whose step takes these operations, as a function of two states and a shared number."""

    def step(s: Any, x: Any, r: Any) -> Any:
        a, b = s
        for k in picked:
            a, b = b, OPERATIONS[k](a + 0.01 * x, b, r)
        return a, b

    def f(v: Any) -> Any:
        a, b, r = v
        if kind == "plain":
            for k in range(rounds):
                a, b = step((a, b), 0.25 * k, r)
            return a + 0.5 * b
        if kind == "nested":

            def outer(i: Any, s: Any) -> Any:
                return fori_loop(0, 10, lambda j, t: step(t, i - j, s[0]), s)

            a, b = fori_loop(0, rounds // 8 + 10, outer, (a, b))
            return a + b * r
        xs = [0.25 * k for k in range(rounds)]
        options = {kind: True} if kind != "scan" else {}
        (a, b), ys = scan(lambda s, x: (step(s, x, r), s[0] * x), (a, b), xs, **options)
        return a * ys[rounds // 2] + b

    return f


def value_of(f: Any, x: Any) -> float:
    """By the engine, which divides by zero as IEEE 754 does."""
    y = f([Value(a) for a in x])
    return float(y.data if isinstance(y, Value) else y)


def same(got: list[float], want: list[float], exact: bool) -> bool:
    if exact:
        return [*map(repr, got)] == [*map(repr, want)]
    return got == pytest.approx(want, rel=1e-9, abs=1e-12, nan_ok=True)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*different paths:RuntimeWarning")
@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(KINDS),
    st.lists(st.integers(0, len(OPERATIONS) - 1), min_size=1, max_size=4),
    st.sampled_from([3, 12, 40]),
    st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=3),
)
def test_loops_are_the_same_everywhere(
    kind: str, picked: list[int], rounds: int, points: list[tuple[float, ...]]
) -> None:
    f = looped(kind, picked, rounds)
    for derived in (f, value_and_grad(f)):
        fast = {name: compiled(derived, backend=name) for name in NAMES}
        for x in [(0.5, 0.25, 0.75), *points]:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)
                want = numbers(value_of(f, x) if derived is f else derived([*x]))
                found = {name: numbers(g([*x])) for name, g in fast.items()}
            for name, got in found.items():
                assert same(got, want, False), (name, x, got, want)
            for name in EXACT:
                assert same(found[name], found["python"], True), (name, x, found)
