"""The least that an engine of nodes does in this language: what recording and walking cost before
it can do anything else.

`+ - *` of two nodes or of a node and a float behind it, `/` of two nodes. No check, label, mode or
lock, nothing that Ctrl-C could not tear, and a graph too deep for recursion fails. What an engine
takes beyond this, its features cost.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

new: Callable[[Any], Any] = object.__new__


class Bare:
    """A number, its operands `a` and `b`, and the local derivatives on its edges."""

    __slots__ = ("a", "b", "da", "data", "db", "grad", "seen")

    def __init__(self, data: float) -> None:
        self.data = data
        self.grad = 0.0
        self.a = self.b = self.seen = None

    def __add__(self, other: Any) -> Any:
        node = new(Bare)
        if other.__class__ is Bare:
            node.data = self.data + other.data
            node.b, node.db = other, 1.0
        else:
            node.data = self.data + other
            node.b = None
        node.a, node.da = self, 1.0
        node.grad, node.seen = 0.0, None
        return node

    def __sub__(self, other: Any) -> Any:
        node = new(Bare)
        node.data = self.data - other.data
        node.a, node.da = self, 1.0
        node.b, node.db = other, -1.0
        node.grad, node.seen = 0.0, None
        return node

    def __mul__(self, other: Any) -> Any:
        node = new(Bare)
        if other.__class__ is Bare:
            node.da = b = other.data
            node.db = a = self.data
            node.data = a * b
            node.b = other
        else:
            node.data = self.data * other
            node.b, node.da = None, other
        node.a = self
        node.grad, node.seen = 0.0, None
        return node

    def __truediv__(self, other: Any) -> Any:
        node = new(Bare)
        b = other.data
        node.data = y = self.data / b
        node.a, node.da = self, 1.0 / b
        node.b, node.db = other, -y / b
        node.grad, node.seen = 0.0, None
        return node

    def backward(self) -> None:
        order: list[Any] = []
        _visit(self, object(), order.append)
        self.grad = 1.0
        for node in reversed(order):
            g, b = node.grad, node.b
            node.a.grad += g * node.da
            if b is not None:
                b.grad += g * node.db


def _visit(node: Any, walk: object, emit: Callable[[Any], None]) -> None:
    """Emit the nodes that have operands, each behind its operands."""
    node.seen = walk
    a = node.a
    if a is not None:
        if a.seen is not walk:
            _visit(a, walk, emit)
        b = node.b
        if b is not None and b.seen is not walk:
            _visit(b, walk, emit)
        emit(node)
