"""Whether numbers of a graph were changed after it was recorded, as an optimizer's step does."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from ...engine.node import Node, Operands, edges, number, sides

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
    numbers = [x.numbers() if x.__class__ is Operands else (number(x),) for x in sides(node)]
    try:
        y = row.compute(*chain(*numbers))
    except (ArithmeticError, ValueError):  # outside of the domain, where it was not before
        return True
    before = node._number
    return not (y == before or (y != y and before != before)) and not _rounding(node, y - before)


def _rounding(node: Node, difference: float) -> bool:
    """Whether a difference may come from another order of additions, as in a matrix product."""
    terms = [abs(p * x._number) for x, p in edges(node) if isinstance(x, Node) and p is not None]
    return abs(difference) <= 1e-9 * (abs(node._number) + sum(terms))
