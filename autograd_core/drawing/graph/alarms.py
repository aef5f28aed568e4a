"""The first number that is not finite, in words: where the NaN came from."""

from __future__ import annotations

import math
from typing import Any

from ...engine.naming import LAST, names
from ...engine.node import Node
from ..render.notation import exact, formula, number, signed
from .grouping import groups
from .walk import PLAIN, Flat


class _Words:
    """The nodes of a graph in messages."""

    def __init__(self, flat: Flat) -> None:
        self.groups = groups(flat)
        self.names = names(flat.nodes, self.groups)

    def name(self, node: Node) -> str:
        return self.names[node]

    def computed(self, node: Node) -> str:
        """A name, and what the node was computed from."""
        row, name = node.operation, self.names[node]
        text = formula(node, self.name, 40)
        return f"{name} = {text}" if text else f"{name} ({row.name})" if row is not None else name

    def place(self, node: Node) -> str:
        """The group that a node without a label is in."""
        group = self.groups.get(node)
        return "" if node.label or group is None else f" in {group.path}"


def alarm(flat: Flat) -> str:
    """The first value that is not finite, else the first such gradient; "" where all are."""
    for node, g in zip(flat.nodes, flat.gradients, strict=True):
        if node._number - node._number != 0.0 and g is not None:
            words = _Words(flat)
            known = [(words.name(x), x._number) for x in node.operands[:4] if isinstance(x, Node)]
            at = ", ".join(f"{name} = {exact(x)}" for name, x in known)
            what = f"{words.computed(node)} = {number(node._number)}"
            what += f", at {at}" if at else ""
            return f"First non-finite value{words.place(node)}: {what}"
    if not flat.computed or not any(g is not None and g - g != 0.0 for g in flat.gradients):
        return ""
    for i in reversed(range(len(flat.nodes))):
        g = flat.gradients[i]
        if g is None or not math.isfinite(g):
            continue
        for j, partial in flat.edges(i):
            if j != PLAIN and partial is not None and not math.isfinite(g * partial):
                words, user = _Words(flat), flat.nodes[i]
                product = f"local {number(partial)} × upstream {signed(g)}"
                way = f"from {words.computed(user)} to {words.name(flat.nodes[j])}"
                what = f"First non-finite gradient{words.place(user)}"
                return f"{what}: {number(g * partial)} {way}, {product}"
    return ""


def summary(flat: Flat) -> dict[str, Any]:
    """What the content of every level says of the whole graph."""
    result = flat.nodes[-1]
    return {
        "name": result.label or LAST,
        "value": result._number,
        "gradient": result._grad,
        "nodes": len(flat.nodes),
        "alarm": alarm(flat),
    }
