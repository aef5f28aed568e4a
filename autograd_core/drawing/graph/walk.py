"""The graph below a value as flat lists of indices, read without recursion."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from ...engine import context
from ...engine.forks import unlocked_property
from ...engine.naming import in_order
from ...engine.node import Node, Operands
from ...engine.sweeps import adjoints
from ...engine.traversal import sweeping

PLAIN = -1
"""In the place of an index: an operand that is a plain number, or one without a gradient."""

T = TypeVar("T")

Indices = tuple[int, ...]
Side = tuple[Indices, Indices | None, Sequence[float]]


@dataclass
class Flat:
    """Every node that a value was computed from, each after its operands, branches not taken
    included.

    `sides[i]` are the operands of node i: one side with one or two operands, or up to two sides
    with many, and none for a leaf. A side is (operands, targets, partials): the indices of the
    operands (`PLAIN` for a plain number), the same with `PLAIN` where no gradient flows (None where
    none flows at all), and the partial derivatives recorded for them, 0.0 where none flows.

    Nodes that share many operands share one tuple of indices. So a graph is read in the time of its
    nodes, not of its edges, and what is computed from a tuple holds for all its users
    (`for_each_tuple`).
    """

    nodes: list[Node]
    sides: list[tuple[Side, ...]]

    @classmethod
    def of(cls, value: Node) -> Flat:
        """The graph below a value."""
        with sweeping:  # the index of a node stands in its scratch
            flat = cls(in_order(value), [])
            for i, node in enumerate(flat.nodes):
                flat.sides.append(_sides(node))
                node._adjoint = i
        return flat

    @unlocked_property
    def operands(self) -> list[Indices]:
        """The indices of the operands of each node, in one tuple. For large graphs, read `sides`
        instead.
        """
        return [sum([indices for indices, _, _ in sides], ()) for sides in self.sides]

    def edges(self, i: int) -> Iterator[tuple[int, float | None]]:
        """The index of each operand of node i, and the partial derivative recorded for it, None
        where no gradient flows.
        """
        for operands, targets, partials in self.sides[i]:
            if targets is None:
                yield from ((j, None) for j in operands)
            else:
                for j, target, p in zip(operands, targets, partials, strict=True):
                    yield j, None if target == PLAIN else p

    @unlocked_property
    def computed(self) -> bool:
        """Whether a backward pass reached the last node."""
        return self.nodes[-1]._grad is not None

    @unlocked_property
    def gradients(self) -> list[float | None]:
        """The gradient of every node: that of the last node (1 before a backward pass) times
        ∂(last node)/∂node, from the recorded partials. None where no gradient arrives.
        """
        last = self.nodes[-1]
        with context.entered(anomalies=False):  # a picture shows what is not finite
            return adjoints(last, self.nodes, 1.0 if last._grad is None else last._grad, None)[0]


def for_each_tuple(compute: Callable[[Indices], T]) -> Callable[[Indices], T]:
    """The function, computed once for each tuple of many indices, however many nodes share it."""
    known: dict[int, T] = {}

    def answer(indices: Indices) -> T:
        if len(indices) < 3:  # not shared
            return compute(indices)
        key = id(indices)  # as long as the graph's lists live, no other tuple has it
        if key not in known:
            known[key] = compute(indices)
        return known[key]

    return answer


def _sides(node: Any) -> tuple[Side, ...]:
    """The sides of a node whose operands have their indices."""
    a, b, p, q = node._a, node._b, node._da, node._db
    if a is not None and b is not None and a.__class__ is not Operands:
        indices: Indices = (a._adjoint, b._adjoint)
        return ((indices, indices, (p, q)),)
    x, y = p if a is None else a, q if b is None else b  # where no gradient flows, p is the operand
    if x is None:
        return ()
    if x.__class__ is Operands:
        first = _many(x, a, p)
        return (first,) if y is None else (first, _many(y, b, q))
    i = PLAIN if x.__class__ is float else x._adjoint
    if y is None:
        indices = (i,)
        return ((indices, None if a is None else indices, (p,)),)
    j = PLAIN if y.__class__ is float else y._adjoint
    indices = (i, j)
    if a is None and b is None:
        return ((indices, None, ()),)
    return ((indices, (PLAIN, j), (0.0, q)) if a is None else (indices, (i, PLAIN), (p, 0.0)),)


def _many(operands: Any, target: Any, partials: Any) -> Side:
    """A side of many operands; the first of its users computes the indices."""
    if operands._adjoint.__class__ is not tuple:
        members = operands.members
        indices = tuple([PLAIN if x.__class__ is float else x._adjoint for x in members])
        targets: Indices | None = indices
        if not operands.flows:
            targets = None
        elif operands.flowing is not members:
            known = zip(indices, operands.flowing, strict=True)
            targets = tuple([PLAIN if x.__class__ is float else i for i, x in known])
        operands._adjoint = (indices, targets)
    indices, targets = operands._adjoint
    if target is None or targets is None:
        return indices, None, ()
    if targets is not indices:
        partials = [0.0 if i == PLAIN else p for i, p in zip(targets, partials, strict=True)]
    return indices, targets, partials
