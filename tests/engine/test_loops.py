"""`scan`, `fori_loop` and `while_loop`: Python's loops under the names of JAX."""

from __future__ import annotations

import math
from collections import namedtuple
from typing import Any

import numpy as np
import pytest

from autograd_core import (
    Value,
    compiled,
    explain,
    fori_loop,
    grad,
    hessian,
    scan,
    sin,
    value_and_grad,
    while_loop,
)

Reading = namedtuple("Reading", "time value")


def decay(r: Any, xs: Any) -> Any:
    """Σ rᵏ x of the last, the last but one, …"""
    return scan(lambda s, x: (r * s + x, None), 0.0, xs)[0]


def test_scan_carries_the_state_and_collects_the_results() -> None:
    final, sums = scan(lambda s, x: (s + x, s + x), 0.0, [1.0, 2.0, 3.0])
    assert (final, sums) == (6.0, [1.0, 3.0, 6.0])
    assert scan(lambda s, x: (s + x, x), 1.0, []) == (1.0, [])
    assert scan(lambda s, x: ([s[1], s[0] + s[1]], s[0]), [0, 1], length=7)[1] == [
        0,
        1,
        1,
        2,
        3,
        5,
        8,
    ]


@pytest.mark.parametrize(
    ("xs", "elements"),
    [
        ([1.0, 2.0], [1.0, 2.0]),
        (np.array([[1.0, 2.0], [3.0, 4.0]]), [[1.0, 2.0], [3.0, 4.0]]),
        (([1.0, 2.0], [3.0, 4.0]), [(1.0, 3.0), (2.0, 4.0)]),
        (
            {"a": [1.0, 2.0], "b": ([3.0, 4.0], None)},
            [{"a": 1.0, "b": (3.0, None)}, {"a": 2.0, "b": (4.0, None)}],
        ),
        (Reading([1.0, 2.0], [3.0, 4.0]), [Reading(1.0, 3.0), Reading(2.0, 4.0)]),
        (range(2), [0, 1]),
        ((x for x in [1.0, 2.0]), [1.0, 2.0]),
        ([(1.0, 2.0), (3.0, 4.0)], [(1.0, 2.0), (3.0, 4.0)]),
    ],
    ids=["list", "array", "tuple", "dict", "named tuple", "range", "generator", "list of tuples"],
)
def test_scan_goes_through_sequences_and_structures_of_them(xs: Any, elements: list[Any]) -> None:
    found = scan(lambda s, x: (s, x), 0.0, xs)[1]
    assert [x.tolist() if isinstance(x, np.ndarray) else x for x in found] == elements


def test_scan_goes_backwards() -> None:
    order: list[float] = []

    def step(s: float, x: float) -> tuple[float, float]:
        order.append(x)
        return s + x, s

    assert scan(step, 0.0, [1.0, 2.0, 3.0], reverse=True) == (6.0, [5.0, 3.0, 0.0])
    assert order == [3.0, 2.0, 1.0]


def test_derivatives_of_any_order_go_through_loops() -> None:
    xs = [1.0, -2.0, 0.5, 3.0]  # r³ − 2 r² + 0.5 r + 3
    assert grad(decay)(0.7, xs) == pytest.approx(3 * 0.49 - 4 * 0.7 + 0.5)
    assert hessian(decay)(0.7, xs) == pytest.approx(6 * 0.7 - 4)
    assert grad(decay, 1)(0.5, xs) == [0.125, 0.25, 0.5, 1.0]
    assert grad(grad(lambda x: fori_loop(0, 4, lambda i, y: y * x, 1.0)))(2.0) == 48.0
    assert grad(lambda x: while_loop(lambda y: y < 50.0, lambda y: y * y, x))(3.0) == 4 * 27.0


def test_loops_in_loops() -> None:
    def power(x: Any, n: int) -> Any:
        return fori_loop(0, n, lambda _, y: y * x, 1.0)

    def total(x: Any) -> Any:
        return scan(lambda s, n: (s + power(x, n), None), 0.0, [1, 2, 3])[0]

    assert total(2.0) == 14.0
    assert grad(total)(2.0) == 1.0 + 4.0 + 12.0
    assert compiled(grad(total))(2.0) == 17.0


def test_the_state_may_be_any_container() -> None:
    def end(x: Any) -> Any:
        start = {"y": x, "rest": (0.0, [1.0])}

        def step(i: int, s: dict[str, Any]) -> dict[str, Any]:
            time, (factor,) = s["rest"]
            return {"y": s["y"] * factor + time, "rest": (time + 0.5, [factor * 2.0])}

        return fori_loop(0, 3, step, start)["y"]

    # ((x + 0) · 2 + 0.5) · 4 + 1
    assert end(1.0) == 11.0
    assert grad(end)(1.0) == compiled(grad(end))(1.0) == 8.0


def test_compiled_loops_give_the_same_numbers() -> None:
    def swing(state: list[Any], pushes: list[float]) -> Any:
        def step(s: list[Any], push: Any) -> tuple[list[Any], Any]:
            angle, speed = s
            return [angle + 0.01 * speed, speed - 0.01 * sin(angle) + push], angle

        final, angles = scan(step, state, pushes)
        return final[0] + angles[7]

    pushes = [0.001 * math.sin(k) for k in range(400)]
    eager, fast = value_and_grad(swing, (0, 1)), compiled(value_and_grad(swing, (0, 1)))
    want, found = eager([1.0, 0.0], pushes), fast([1.0, 0.0], pushes)
    assert found[0] == want[0]
    assert found[1][0] == pytest.approx(want[1][0], rel=1e-13)
    assert found[1][1] == pytest.approx(want[1][1], rel=1e-13)
    source = fast.program.source("python")
    assert "for k in range(400)" in source
    assert "for k in reversed(range(400))" in source


def test_a_compiled_while_loop_checks_its_condition_in_each_round() -> None:
    def halvings(x: Any) -> Any:
        return while_loop(lambda s: s[0] > 1.0, lambda s: (s[0] / 2.0, s[1] + 1), (x, 0))

    fast = compiled(halvings)
    for x in (5.0, 0.5, 6.0):
        assert fast(x) == halvings(x)
    assert len(fast.programs[0].guards) == 4  # three halvings of 5, and the end


def test_values_stay_in_the_graph() -> None:
    x = Value(2.0, "x")
    y = fori_loop(0, 3, lambda i, s: s * x, x)
    y.backward()
    assert (y.data, x.grad) == (16.0, 32.0)
    assert "x" in str(explain(y))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: scan(3.0, 0.0, [1.0]), TypeError, "scan takes a function"),
        (lambda: scan(lambda s, x: s + x, 0.0, [1.0]), TypeError, "returns a pair"),
        (lambda: scan(lambda s, x: (s, x), 0.0), ValueError, "give xs, or length="),
        (lambda: scan(lambda s, x: (s, x), 0.0, [1.0], 2), ValueError, r"lengths: \[1, 2\]"),
        (lambda: scan(lambda s, x: (s, x), 0.0, ([1.0], [1.0, 2.0])), ValueError, r"\[1, 2\]"),
        (lambda: scan(lambda s, x: (s, x), 0.0, (1.0, 2.0)), TypeError, r"list\(xs\)"),
        (lambda: scan(lambda s, x: (s, x), 0.0, Value(1.0)), TypeError, "goes through lists"),
        (lambda: fori_loop(0, 3, 1.0, 0.0), TypeError, "fori_loop takes a function"),
        (
            lambda: fori_loop(0, 2.5, lambda i, s: s, 0.0),
            TypeError,
            "must be whole numbers, got 2.5",
        ),
        (lambda: while_loop(True, lambda s: s, 0.0), TypeError, "while_loop takes a function"),
        (lambda: while_loop(lambda s: s, 1.0, 0.0), TypeError, "while_loop takes a function"),
    ],
    ids=range(11),
)
def test_errors_say_what_to_write(call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()
