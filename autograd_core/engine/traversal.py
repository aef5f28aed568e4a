"""The depth-first walk over everything that a node was computed from, without recursion."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import Any

from .forks import held_while_forking
from .node import Node, Operands, sides

sweeping = held_while_forking()
"""The lock of every walk and every sweep: a node has one place for their scratch."""


def held(node: Any) -> Sequence[Any]:
    """What a node or Operands hold: Nodes, Operands and floats."""
    return node.members if node.__class__ is Operands else sides(node)


def below(node: Any) -> list[Any]:
    """The Nodes and Operands of a node, also those to which no gradient flows."""
    return [x for x in held(node) if x.__class__ is not float]


def operands_first(
    output: Node | Operands,
    known: Container[int] = (),
    held: Callable[[Any], Sequence[Any]] = held,
) -> list[Any]:
    """The output and everything below it, Operands included, each after what is below it.

    Nodes whose ids are in `known` are left out, with what only they were computed from.
    """
    mark = object()  # in the scratch of a node that was seen
    order: list[Any] = []
    stack: list[Any] = [output]
    pop, push = stack.pop, stack.append
    with sweeping:
        while stack:
            node = pop()
            if node is None:  # everything below the next entry is in the order
                order.append(pop())
            elif node._adjoint is not mark:
                node._adjoint = mark
                push(node)
                push(None)
                for x in reversed(held(node)):
                    if x.__class__ is float or x._adjoint is mark or (known and id(x) in known):
                        continue
                    push(x)
    return order
