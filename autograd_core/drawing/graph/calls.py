"""The nodes that are the results of one call, as of a solver."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...engine.node import Node


def calls(nodes: Iterable[Node]) -> dict[Node, list[Node]]:
    """For each node that is one of several results of a call: all those that are there, in the
    order of their numbers.
    """
    found: dict[Any, list[Node]] = {}
    for node in nodes:
        row = node.operation
        if row is not None and row.results:
            given = [x if x.__class__ is float else id(x) for x in node.operands[:-1]]
            found.setdefault((row, *given), []).append(node)
    return {
        node: results
        for nodes in found.values()
        for results in [sorted(nodes, key=which)]
        for node in results
    }


def which(node: Node) -> int:
    """The number of a result among those of its call."""
    return int(node.operands[-1])
