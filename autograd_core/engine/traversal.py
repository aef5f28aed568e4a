"""The walk over all that a node was computed from, without recursion, however deep the graph."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from .forks import held_while_forking
from .node import Node, Operands, sides

sweeping = held_while_forking()
"""Held by every walk and every sweep, because a node has one place for scratch."""


def operands_first(output: Node | Operands, known: Container[int] = ()) -> list[Any]:
    """The node and all that it was computed from, Operands and what no gradient flows to among
    them, depth first; each behind its operands.

    The ids in `known` are of nodes that are not wanted, nor what they were computed from. A fresh
    mark in the scratch of a node tells that it was seen.
    """
    mark = object()
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
                for x in reversed(node.members if node.__class__ is Operands else sides(node)):
                    if x.__class__ is float or x._adjoint is mark or (known and id(x) in known):
                        continue
                    push(x)
    return order


def below(node: Any) -> list[Any]:
    """The Nodes and Operands of a node, with those that no gradient flows to."""
    held = node.members if node.__class__ is Operands else sides(node)
    return [x for x in held if x.__class__ is not float]
