"""A third back-end, which interprets the loop nests, fits into the place of the other two."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from autograd_core import BatchGradient, Value, compiled, exp, grad, sigmoid, value_and_grad
from autograd_core.compiler.pipeline import ARRAYS, BACKENDS

from .interpreter import Interpreter


@pytest.fixture(autouse=True)
def oracle() -> Iterator[None]:
    BACKENDS["oracle"] = Interpreter(ARRAYS)
    try:
        yield
    finally:
        del BACKENDS["oracle"]


def curve(w: Any, x: Any) -> Any:
    return sigmoid(w * x) * exp(-x) if x < 2.0 else w * x


def test_it_is_chosen_where_it_costs_least() -> None:
    f = compiled(grad(curve))
    assert f(0.5, 1.0) == pytest.approx(grad(curve)(0.5, 1.0), rel=1e-15)
    assert f.program.source() == f.program.source("oracle")
    assert f.program.source().startswith("9 numbers, 0 rows")
    assert list(f.program.passes()) == [step.name for step in ARRAYS]


@pytest.mark.parametrize("backend", ["oracle", "numpy"])
@pytest.mark.parametrize("reduce", [None, "sum", "mean"])
def test_batches_are_split_by_path_and_reduced(backend: str, reduce: str | None) -> None:
    xs = np.array([0.5, 3.0, 1.5, 2.5])
    f = compiled(value_and_grad(curve), batched="x", reduce=reduce, backend=backend)
    each = np.array([value_and_grad(curve)(0.5, x) for x in xs.tolist()]).T
    expected = {None: each, "sum": each.sum(1), "mean": each.mean(1)}[reduce]
    for got, wanted in zip(f(0.5, xs), expected, strict=True):
        assert got == pytest.approx(wanted, rel=1e-12)


def test_the_short_way_takes_numbers_lists_and_arrays() -> None:
    f = compiled(lambda a, xs, ys: [a * x * y for x, y in zip(xs, ys, strict=True)])
    for a in (2.0, 3.0):
        for _ in range(2):
            assert f(a, [1.0, 2.0], np.array([3.0, 4.0])) == [3.0 * a, 8.0 * a]


def test_a_nan_is_left_to_the_strict_program() -> None:
    f = grad(lambda x: abs(x) ** 0.5 if x > 1.0 else sigmoid(x))
    program = compiled(f)
    for x in (4.0, math.inf, 0.5, -800.0):
        assert program(x) == pytest.approx(f(x), rel=1e-15, abs=0.0)


def test_a_batch_gradient_steps_by_it() -> None:
    def batch() -> tuple[BatchGradient, Any]:
        w = [Value(0.5, role="parameter"), Value(-1.0, role="parameter")]
        made = BatchGradient(lambda x, t: ((w[0] * x + w[1] - t) ** 2, x * w[0]), w)
        return made, made.rows([1.0, 2.0, 4.0], [0.0, 1.0, -1.0])

    here, rows = batch()
    loss, (outputs,) = here(rows)
    del BACKENDS["oracle"]
    there, rows = batch()
    BACKENDS["oracle"] = Interpreter(ARRAYS)
    expected, (wanted,) = there(rows)
    assert loss == pytest.approx(expected, rel=1e-14)
    assert here.gradient.tolist() == pytest.approx(there.gradient.tolist(), rel=1e-14)
    assert list(outputs) == list(wanted)
