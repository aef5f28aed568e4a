"""Pickles and copies: all that a graph holds comes back, shared as it was, at any depth and in
time that grows with its nodes.
"""

from __future__ import annotations

import copy
import itertools
import os
import pickle
import sys
from collections.abc import Callable
from typing import Any

import pytest

from autograd_core import Value, dot, exp, gradients, group, relu, sum, tanh, where
from autograd_core.engine import pickling
from autograd_core.engine.sweeps import topological_order

from .programs import chain

DEEP = int(os.environ.get("AUTOGRAD_DEEP", "100_000"))  # 1_000_000 takes a minute


def _everything(x: Value) -> Value:
    """A graph with every kind of node: many operands, constants, a branch not taken, a group, a
    label.
    """
    with group("part"):
        y = exp(x) * 2.0 + 1.0 / x
    z = dot([x, y, 1.0], [y, 2.0, x]) + sum([x, y]) + relu(-(x * x)) + where(x > 0.0, y, tanh(x))
    z.label = "loss"
    return z


def _pickled(x: Any) -> Any:
    return pickle.loads(pickle.dumps(x))


AGAIN = {"pickled": _pickled, "deep-copied": copy.deepcopy}
again_in_both_ways = pytest.mark.parametrize("again", AGAIN.values(), ids=AGAIN)


@again_in_both_ways
def test_a_graph_comes_back_with_all_that_it_holds(again: Callable[[Any], Any]) -> None:
    x = Value(0.5, label="x", role="parameter")
    loss = _everything(x)
    loss.backward()
    x2, loss2 = again((x, loss))
    assert (x2.label, x2.role, x2.grad, loss2.label, loss2.grad) == (
        "x",
        "parameter",
        x.grad,
        "loss",
        1.0,
    )
    before, after = topological_order(loss), topological_order(loss2)
    assert [n.operation for n in before] == [n.operation for n in after]
    assert [n.partials for n in before] == [n.partials for n in after]
    assert [n.group and n.group.path for n in before] == [n.group and n.group.path for n in after]
    assert not {*before} & {*after}
    loss2.backward()
    assert (x2.grad, x.grad) == (2.0 * x.grad, x.grad)
    assert gradients(gradients(loss2, x2), x2).data == gradients(gradients(loss, x), x).data


@again_in_both_ways
def test_what_several_results_share_they_share_again(again: Callable[[Any], Any]) -> None:
    x = Value(2.0)
    middle = x * x
    many = [middle + 1.0, middle * middle, x, middle, Value(7.0)]
    one, two, x2, middle2, _ = again(many)
    assert one.operands[0] is middle2 is two.operands[0] is two.operands[1]
    assert middle2.operands == (x2, x2)
    assert middle2.operands[0] is x2


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol_of_pickle_serves(protocol: int) -> None:
    x, loss = pickle.loads(pickle.dumps((x := Value(2.0), x**3), protocol))
    loss.backward()
    assert x.grad == 12.0


def test_a_subclass_keeps_its_class_and_its_attributes() -> None:
    x = Named(2.0)
    x.unit, x.digits = ["m"], 3
    x.keep("yes")
    for again in (*AGAIN.values(), copy.copy):
        twin = again(x)
        assert (type(twin), twin.data, twin.unit, twin.digits, twin.tell()) == (
            Named,
            2.0,
            ["m"],
            3,
            "yes",
        )
    assert copy.copy(x).unit is x.unit is not copy.deepcopy(x).unit


class Rounded(Value):
    __slots__ = ("__secret", "digits")

    def keep(self, secret: str) -> None:
        self.__secret = secret

    def tell(self) -> str:
        return self.__secret


class Named(Rounded):
    unit: list[str]


def test_a_shallow_copy_has_the_same_operands_and_a_gradient_of_its_own() -> None:
    x = Value(3.0)
    y = x * x
    twin = copy.copy(y)
    twin.backward()
    assert (twin.operands[0] is x, x.grad, twin.grad, y.grad) == (True, 6.0, 1.0, 0.0)


@pytest.mark.slow
@again_in_both_ways
def test_a_deep_graph_has_no_depth_for_copies(again: Callable[[Any], Any]) -> None:
    assert sys.getrecursionlimit() <= 1000
    x = Value(1.0)
    x2, y2 = again((x, chain(x, DEEP)))
    y2.backward()
    assert x2.grad != 0.0 == x.grad
    assert len(repr(y2)) < 100


@pytest.mark.slow
@again_in_both_ways
def test_a_chain_through_branches_not_taken_has_no_depth_either(
    again: Callable[[Any], Any],
) -> None:
    y = Value(-1.0)
    for _ in range(20_000):
        y = relu(y) - 1.0
    assert again(y).data == y.data


@again_in_both_ways
def test_a_diamond_with_two_to_the_sixty_paths_is_copied_node_by_node(
    again: Callable[[Any], Any],
) -> None:
    x = Value(1.0)
    y = x
    for _ in range(60):
        y = y + y
    x2, y2 = again((x, y))
    y2.backward()
    assert x2.grad == 2.0**60


def test_many_results_of_one_graph_are_copied_in_one_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    walked: list[Any] = []

    def walk(output: Any, *known: Any) -> list[Any]:
        found = operands_first(output, *known)
        walked.extend(found)
        return found

    operands_first = pickling.operands_first
    monkeypatch.setattr(pickling, "operands_first", walk)
    nodes = [Value(1.0)]
    for _ in range(100):
        nodes.append(nodes[-1] * 1.5)
    copies = copy.deepcopy(nodes)
    assert all(b.operands[0] is a for a, b in itertools.pairwise(copies))
    assert len(walked) == len(nodes)
