"""From the second call on, floats, lists of them and arrays take a shorter way: the results are
those of the first call.
"""

from __future__ import annotations

import math
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from autograd_core import Value, grad, hessian, log, relu, sigmoid, sqrt, value_and_grad, where
from autograd_core.compiler.api import compiled

from .backends import ALL_BACKENDS, forced

backends = pytest.mark.parametrize("backend", ALL_BACKENDS)


def same(a: Any, b: Any) -> bool:
    if isinstance(a, list | tuple):
        return type(a) is type(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return list(a) == list(b) and same(list(a.values()), list(b.values()))
    return (
        type(a) is type(b) and np.shape(a) == np.shape(b) and np.array_equal(a, b, equal_nan=True)
    )


def mixed(c: Any, x: Any, W: Any) -> Any:
    y = W @ x
    return c * y[0], {"y": y, "twice": [2.0 * c, y[1]]}, W * c, (c, x)


CALLS: dict[str, tuple[Any, ...]] = {
    "a float": (lambda c: c * c, 3.0),
    "floats": (grad(lambda a, b: sigmoid(a) * b, argnums=(0, 1)), 3.0, -2.0),
    "a list": (value_and_grad(lambda x: x[0] * x[1] ** 2), [2.0, 3.0]),
    "a list, a float and an array": (
        lambda w, c, x: [w[0] * x[0] + c, w[1] * x],
        [2.0, 3.0],
        0.5,
        np.array([1.0, 4.0]),
    ),
    "an array": (value_and_grad(lambda x: x[0] * x[1] ** 2), np.array([2.0, 3.0])),
    "a matrix of results": (hessian(lambda x: x[0] * x[1] ** 2), np.array([2.0, 3.0])),
    "both, and containers": (mixed, 3.0, np.array([1.0, -2.0]), np.array([[1.0, 2.0], [3.0, 4.0]])),
    "a transposed array": (lambda W: W[0] @ W[1], np.arange(6.0).reshape(3, 2).T),
    "an empty array": (lambda x, c: (x, c * c), np.zeros((0, 3)), 2.0),
}


@backends
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_the_second_call_gives_what_the_first_gave(call: tuple[Any, ...], backend: str) -> None:
    function, *args = call
    with forced(backend):
        program = compiled(function)
        first = program(*args)
        assert len(program._shortcuts) == 1
        assert same(program(*args), first)


@backends
def test_other_kinds_of_the_same_shape_take_the_long_way(backend: str) -> None:
    with forced(backend):
        program = compiled(lambda x: x[0] * x[1])
        assert program(np.array([2.0, 3.0])) == 6.0
        assert [
            program(np.array([2, 3])),
            program(np.array([2.0, 3.0], dtype=np.float32)),
            program([2.0, 3.0]),
        ] == [6.0] * 3
        product = program(np.array([Value(2.0), Value(3.0)]))
        assert isinstance(product, Value)
        assert product.data == 6.0


@backends
def test_lists_of_other_things_or_lengths_take_the_long_way(backend: str) -> None:
    with forced(backend):
        program = compiled(lambda x: sum(a * a for a in x))
        assert [
            program([2.0, 3.0]),
            program([2.0, 3.0]),
            program([2, 3]),
            program([1.0, 2.0, 3.0]),
        ] == [13.0, 13.0, 13.0, 14.0]
        assert program([Value(2.0), 3.0]).data == 13.0
        with pytest.raises(
            TypeError, match="non-int of type 'str'"
        ):  # what Python says to "3" * "3"
            program([2.0, "3"])


@backends
@pytest.mark.parametrize("x", [0.0, -1.0, 4.0, 1000.0, math.inf, -math.inf, math.nan])
def test_special_values_are_those_of_the_eager_function(x: float, backend: str) -> None:
    f = value_and_grad(
        lambda x: where(x[0] > 0.0, sqrt(x[0]), 0.0) + sigmoid(x[0]) * log(relu(x[0]))
    )
    expected, (slope,) = f([x])
    with forced(backend):
        program = compiled(f)
        program(np.array([2.0]))
        value, slopes = program(np.array([x]))
    assert [value, *slopes] == pytest.approx([expected, slope], rel=1e-12, nan_ok=True)


def test_a_function_with_branches_or_with_values_from_outside_has_no_short_way() -> None:
    w = Value(2.0)
    for function in (lambda x: x if x > 0 else -x, lambda x: w * x):
        program = compiled(function)
        assert [program(3.0), program(3.0)] == [program(3.0)] * 2
        assert not program._shortcuts


@backends
def test_kinds_of_arguments_that_alternate_keep_their_short_ways(backend: str) -> None:
    with forced(backend):
        program = compiled(lambda x: x[0] * x[1])
        given = [[2.0, 3.0], np.array([4.0, 5.0]), [6.0, 7.0, 8.0]]
        assert [program(x) for x in given * 3] == [6.0, 20.0, 42.0] * 3
        assert len(program._shortcuts) == 3


@pytest.mark.parametrize("backend", ["python", "numpy", "native"])
@pytest.mark.parametrize("as_array", [True, False])
def test_a_call_that_another_call_interrupts_is_not_disturbed(backend: str, as_array: bool) -> None:
    with forced(backend):
        program = compiled(value_and_grad(lambda x: x[0] * x[1] ** 2 + sigmoid(x[2])))
        xs, others = [2.0, 3.0, 0.5], [-5.0, 7.0, 1.5]
        given = (np.array(xs), np.array(others)) if as_array else (xs, others)
        expected, _ = [program(x) for x in given]
        interruptions = 0

        def interrupt(*_: Any) -> None:
            nonlocal interruptions
            interruptions += 1
            program(given[1])

        for _ in range(2):  # the second time the memory of both is there
            sys.setprofile(interrupt)
            found = program(given[0])
            sys.setprofile(None)
            assert same(found, expected)
        assert interruptions > 4


def test_deep_and_wide_results_are_built_in_the_short_way_too() -> None:
    def deep(x: float) -> Any:
        found: Any = [x, (x * x, ())]
        for _ in range(150):
            found = [found]
        return found, [(x, -x)] * 150, [x] * 12, (x,) * 12

    program = compiled(deep)
    first = program(3.0)
    assert same(first, deep(3.0))
    assert program._shortcuts
    assert same(program(3.0), first)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backend", "size"),
    [("python", 20), ("numpy", 20), ("native", 20), ("native", 220)],  # the last lets others run
)
def test_threads_do_not_disturb_each_other(backend: str, size: int) -> None:
    with forced(backend):
        program = compiled(value_and_grad(lambda x: ((W @ x) * (W @ x)).sum()))
        W = np.random.default_rng(0).normal(size=(size, size))
        points = [np.random.default_rng(k).normal(size=size) for k in range(6)]
        expected = [program(x) for x in points]

        def repeated(k: int) -> bool:
            return all([same(program(points[k]), expected[k]) for _ in range(100)])

        with ThreadPoolExecutor(len(points)) as threads:
            assert all(threads.map(repeated, range(len(points))))
