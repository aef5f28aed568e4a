"""Kinks, poles, domains, infinities: every row of docs/edge_semantics.md, compiled, by both
back-ends and in a batch.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

from autograd_core import (
    Value,
    absolute,
    atan2,
    clip,
    copysign,
    elu,
    grad,
    hessian,
    maximum,
    minimum,
    relu,
)
from autograd_core.compiler.api import compiled

from ..engine.edge_table import Edge, agrees, edges
from .backends import (
    ALL_ARRAY_BACKENDS,
    ALL_BACKENDS,
    ARRAY_BACKENDS,
    BACKENDS,
    forced,
)
from .onnx_engine import LOST_ZEROS
from .xla import DIFFERENCES

Function = Callable[..., Any]


def _value(edge: Edge) -> tuple[Function, list[str]]:
    return edge.function, [edge.value]


def _gradient(edge: Edge) -> tuple[Function, list[str]]:
    return grad(edge.function, argnums=range(len(edge.point))), edge.gradient


def _second(edge: Edge) -> tuple[Function, list[str]]:
    n = len(edge.point)
    matrix = hessian(edge.function, argnums=range(n))
    assert edge.second is not None
    return lambda *xs: [
        row[j] for i, row in enumerate(matrix(*xs)) for j in range(i, n)
    ], edge.second


CASES = [
    pytest.param(edge, build, id=f"{what} of {edge}")
    for edge in edges()
    for what, build in (
        ("the value", _value),
        ("the gradient", _gradient),
        ("the second derivatives", _second),
    )
    if what != "the second derivatives" or edge.second is not None
]
cases = pytest.mark.parametrize(("edge", "build"), CASES)


@pytest.mark.parametrize("backend", ALL_BACKENDS)
@cases
def test_at_an_edge_a_program_gives_what_the_table_says(
    edge: Edge, build: Callable[[Edge], tuple[Function, list[str]]], backend: str
) -> None:
    if backend == "jax" and str(edge) in DIFFERENCES:
        pytest.skip("docs/beyond.md names what XLA computes here")
    f, wanted = build(edge)
    if backend == "onnx" and str(edge) in LOST_ZEROS and "-0" in wanted:
        pytest.skip("docs/export.md names what onnxruntime computes here")
    with forced(backend):
        got = compiled(lambda *xs: f(*xs))(*edge.arguments)
    numbers = list(got) if isinstance(got, list | tuple) else [got]
    assert all(map(agrees, numbers, wanted)), numbers


@pytest.mark.parametrize("backend", ALL_ARRAY_BACKENDS)
@pytest.mark.parametrize("recorded_at", ["the edge", "an ordinary point"])
@cases
def test_at_an_edge_a_batch_gives_what_the_table_says(
    edge: Edge,
    build: Callable[[Edge], tuple[Function, list[str]]],
    recorded_at: str,
    backend: str,
) -> None:
    if backend == "jax" and str(edge) in DIFFERENCES:
        pytest.skip("docs/beyond.md names what XLA computes here")
    f, wanted = build(edge)
    if backend == "onnx" and str(edge) in LOST_ZEROS and "-0" in wanted:
        pytest.skip("docs/export.md names what onnxruntime computes here")
    batch = compiled(lambda xs: f(*xs), batched="xs")
    samples = [edge.arguments, [0.75] * len(edge.point), edge.arguments]
    if recorded_at == "an ordinary point":
        samples = samples[1:]
    with forced(backend):
        got = batch(samples)
    columns = list(got) if isinstance(got, list | tuple) else [got]
    assert all(
        agrees(float(column[-1]), text) for column, text in zip(columns, wanted, strict=True)
    ), columns


SIGNED_ZEROS: dict[str, Function] = {
    "maximum": maximum,
    "minimum": minimum,
    "relu": lambda x, y: relu(x) + -0.0 * y,
    "elu": lambda x, y: elu(x) + -0.0 * y,
    "clip below": lambda x, y: clip(x, y, 1.0),
    "clip above": lambda x, y: clip(x, -1.0, y),
    "clip between numbers": lambda x, y: clip(x, -1.0, 0.0) + -0.0 * y,
    "absolute": lambda x, y: absolute(x) + -0.0 * y,
    "copysign": copysign,
    "atan2": atan2,
}


@pytest.mark.skipif(
    not np.signbit(np.maximum([0.0], [-0.0]))[0],
    reason="NumPy takes the larger zero on this processor",
)
@pytest.mark.parametrize("name", SIGNED_ZEROS)
def test_of_two_zeros_a_program_takes_the_one_that_the_table_takes(name: str) -> None:
    f, points = SIGNED_ZEROS[name], list(product([0.0, -0.0], repeat=2))
    wanted = [str(f(Value(x), Value(y)).data) for x, y in points]
    for backend in BACKENDS:
        with forced(backend):
            assert [str(compiled(lambda x, y: f(x, y))(*point)) for point in points] == wanted
    for backend in ARRAY_BACKENDS:
        batch = compiled(lambda x, y: f(x, y), batched=("x", "y"))
        with forced(backend):
            assert list(map(str, batch(*zip(*points, strict=True)).tolist())) == wanted
