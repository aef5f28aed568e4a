"""Depth and memory: a million operations in a chain, and graphs that are freed with their last
name.
"""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Callable, Iterator

import pytest

from autograd_core import (
    Value,
    dot,
    exp,
    grad,
    gradients,
    hessian,
    jvp,
    logsumexp,
    no_grad,
    relu,
    sum,
    tanh,
    value_and_grad,
)
from autograd_core.engine.node import Node
from autograd_core.engine.sweeps import topological_order
from autograd_core.engine.unlinking import unlink

MILLION = 1_000_000


@pytest.mark.slow
def test_a_chain_of_a_million_operations_is_built_differentiated_and_freed() -> None:
    assert sys.getrecursionlimit() <= 1000
    x = Value(1.0)
    y = x
    for _ in range(MILLION):
        y = y + x
    y.backward()
    assert (y.data, x.grad, y.grad) == (MILLION + 1.0, MILLION + 1.0, 1.0)
    assert len(topological_order(y)) == MILLION + 1
    del y
    assert x.grad == MILLION + 1.0


def test_a_deep_chain_has_derivatives_of_higher_order() -> None:
    def chain(x: Value) -> Value:
        y = x
        for _ in range(20_000):
            y = y * 1.0001 + x
        return y * x

    rate = 1.0001
    slope = rate**20_000 + (rate**20_000 - 1.0) / (
        rate - 1.0
    )  # the chain is slope · x, so the result slope · x²
    assert grad(chain)(3.0) == pytest.approx(6.0 * slope, rel=1e-9)
    assert grad(grad(chain))(3.0) == pytest.approx(2.0 * slope, rel=1e-9)
    assert jvp(chain, (3.0,), (1.0,))[1] == pytest.approx(6.0 * slope, rel=1e-9)


@pytest.fixture
def without_collector() -> Iterator[None]:
    """The cyclic garbage collector switched off, and nothing left for it to find."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _backward_twice() -> None:
    a, b = Value(2.0), Value(3.0)
    y = exp(a * b) + relu(a - b) + dot([a, b], [b, a]) + logsumexp([a, b, 1.0]) + a**b
    y.backward()
    y.backward()


def _transforms() -> None:
    value_and_grad(lambda w: sum([tanh(x) for x in w]))([1.0, 2.0])
    hessian(lambda w: w[0] * w[1])([1.0, 2.0])


def _any_order() -> None:
    x = Value(2.0)
    gradients(gradients(x**3, x), x).backward()


def _no_grad() -> None:
    with no_grad():
        exp(Value(2.0) * 3.0)


@pytest.mark.slow
@pytest.mark.parametrize(
    "work", [_backward_twice, _transforms, _any_order, _no_grad], ids=lambda work: work.__name__
)
@pytest.mark.usefixtures("without_collector")
def test_a_graph_leaves_no_reference_cycles(work: Callable[[], None]) -> None:
    work()
    gc.collect()
    work()
    assert gc.collect() == 0


@pytest.mark.usefixtures("without_collector")
def test_a_graph_is_freed_with_its_last_name() -> None:
    class Leaf(Value):
        __slots__ = ("__weakref__",)

    leaf = Leaf(2.0)
    seen = weakref.ref(leaf)
    y = leaf * leaf + exp(leaf)
    y.backward()
    del leaf
    assert seen() is not None
    del y
    assert seen() is None


STEPS: dict[str, Callable[[Value, Value], Value]] = {
    "two operands": lambda y, x: y + x,
    "a constant": lambda y, x: 1.0 * y,
    "many operands": lambda y, x: dot([y, x], [x, 0.5]),
    "a branch not taken": lambda y, x: relu(y - 5.0),
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
@pytest.mark.usefixtures("without_collector")
def test_where_the_stack_is_small_nodes_are_freed_one_after_the_other(
    step: Callable[[Value, Value], Value], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a browser: never two frees inside each other, and nothing is left."""

    class Leaf(Value):
        __slots__ = ("__weakref__",)

    depths = []

    def freed(node: Node) -> None:
        depths.append(len(inside_free))
        inside_free.append(node.__class__)
        unlink(node)
        inside_free.pop()

    inside_free: list[type] = []
    monkeypatch.setattr(Node, "__del__", freed, raising=False)
    x = Leaf(0.5)
    seen, y = weakref.ref(x), x
    for _ in range(2_000):
        y = step(y, x)  # type: ignore[assignment]
    y.backward()
    del x
    assert seen() is not None
    del y
    assert seen() is None
    assert depths.count(1) >= 2_000
    assert max(depths) == 1
