"""Whether numbers of a graph were changed after it was recorded, as an optimizer's step does."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

from ...engine.node import Node, Operands, edges

STALE = (
    "Numbers were changed after this graph was recorded: results and gradients still belong to "
    "the old ones. "
    "Compute it again to see the new."
)


def stale(nodes: Iterable[Node]) -> str:
    """The warning, where an operation on the numbers that its operands have now gives another
    result; else "".
    """
    return STALE if any(map(_changed, nodes)) else ""


def _changed(node: Node) -> bool:
    row = node.operation
    if row is None:
        return False
    try:
        y = row.compute(*chain(_numbers(node._a, node._da), _numbers(node._b, node._db)))
    except (ArithmeticError, ValueError):  # outside of the domain, where it was not before
        return True
    before = node._number
    return not (y == before or (y != y and before != before)) and not _rounding(node, y - before)


def _numbers(target: Any, held: Any) -> Iterable[float]:
    """The numbers of one side of a node's operands."""
    x = held if target is None else target
    if x.__class__ is Operands:
        return x.numbers()
    return () if x is None else (x if x.__class__ is float else x._number,)


def _rounding(node: Node, difference: float) -> bool:
    """Whether a difference may come from another order of additions, as in a matrix product."""
    terms = [abs(p * x._number) for x, p in edges(node) if isinstance(x, Node) and p is not None]
    return abs(difference) <= 1e-9 * (abs(node._number) + sum(terms))
