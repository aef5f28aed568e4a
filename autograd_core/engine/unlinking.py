"""Graphs are freed without recursion, also where the stack is small."""

from __future__ import annotations

from typing import Any

SMALL_STACKS = ("emscripten", "wasi")
"""The platforms on which Python's own way of freeing a long chain overflows the stack. Elsewhere
nodes have no `__del__`, and nothing costs time."""

_waiting: list[Any] = []
_freeing = False


def unlink(node: Any) -> None:
    """Let go of the operands of a node that is freed: one after the other, not one inside the
    other. It is the `__del__` of nodes where the stack is small.
    """
    global _freeing
    try:
        a, b = node._a, node._b
    except AttributeError:  # a blank node, from the pool
        return
    if a is None:  # no gradient flows: then this is the operand
        a, node._da = node._da, None
    if b is None:
        b, node._db = node._db, None
    node._a = node._b = None
    _waiting.append(a)
    _waiting.append(b)
    a = b = None
    if not _freeing:
        _freeing = True
        try:
            while _waiting:
                _waiting.pop()  # the last name of an operand, which comes here in its turn
        finally:
            _freeing = False
