"""The graph below a value as flat lists, walked without recursion; and what the sweep sends through it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..graph import sweeping
from ..node import Node, Operands

NUMBER = -1


@dataclass(frozen=True)
class Flat:
    """Every node that a value was computed from, each after its operands, branches not taken included.

    `targets[i]` are the positions of the operands of node i (`NUMBER` for a plain number), `partials[i]` what was
    recorded for them (None where no gradient flows).
    """

    nodes: list[Node]
    targets: list[tuple[int, ...]]
    partials: list[tuple[float | None, ...]]

    @classmethod
    def of(cls, value: Node) -> Flat:
        """The graph below a value."""
        with sweeping:  # the places of the nodes stand in their scratch
            nodes = _forward_order(value)
            for i, node in enumerate(nodes):
                node._adjoint = i
            links = [_links(node) for node in nodes]
        return cls(nodes, [targets for targets, _ in links], [partials for _, partials in links])

    def sweep(self, seed: float) -> list[float | None]:
        """∂(last node)/∂node · seed for every node, from the recorded partials; None where the gradient does not reach."""
        found: list[Any] = [None] * len(self.nodes)
        found[-1] = seed
        for i in range(len(found) - 1, -1, -1):
            g = found[i]
            if g is not None:
                for j, partial in zip(self.targets[i], self.partials[i], strict=True):
                    if partial is not None:
                        held = found[j]
                        found[j] = (-0.0 if held is None else held) + g * partial
        return found


def forward_order(value: Node) -> list[Node]:
    """Every node that `value` was computed from, each after its operands, branches not taken included."""
    with sweeping:
        return _forward_order(value)


def _forward_order(value: Node) -> list[Node]:
    """Depth first, without recursion; a fresh mark tells what was seen. Operands stand in the order too, until its end."""
    mark = object()
    order: list[Any] = []
    stack: list[Any] = [value]
    pop, push = stack.pop, stack.append
    while stack:
        node: Any = pop()
        if node is None:
            order.append(pop())
            continue
        if node._adjoint is mark:
            continue
        node._adjoint = mark
        push(node)
        push(None)
        if node.__class__ is Operands:
            stack += [x for x in reversed(node.members) if x.__class__ is not float and x._adjoint is not mark]
            continue
        for target, held in ((node._b, node._db), (node._a, node._da)):
            x = held if target is None else target
            if x is not None and x.__class__ is not float and x._adjoint is not mark:
                push(x)
    return [node for node in order if node.__class__ is not Operands]


def _links(node: Node) -> tuple[tuple[int, ...], tuple[float | None, ...]]:
    """The places of the operands of a node, and the partials recorded for them."""
    targets: tuple[int, ...] = ()
    partials: tuple[float | None, ...] = ()
    for target, held in ((node._a, node._da), (node._b, node._db)):
        if target is None:
            if held is not None:
                more = _members(held) if held.__class__ is Operands else (NUMBER if held.__class__ is float else held._adjoint,)
                targets += more
                partials += (None,) * len(more)
        elif target.__class__ is Operands:
            targets += _members(target)
            partials += tuple([None if to is None else p for to, p in zip(target.targets, held, strict=True)])
        else:
            targets += (target._adjoint,)
            partials += (held,)
    return targets, partials


def _members(operands: Any) -> tuple[int, ...]:
    """The places of the members, kept in the scratch for further nodes that have the same operands."""
    if operands._adjoint.__class__ is not tuple:
        operands._adjoint = tuple([NUMBER if x.__class__ is float else x._adjoint for x in operands.members])
    places: tuple[int, ...] = operands._adjoint
    return places
