"""The first number that is not finite, in words: where the NaN came from."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ...engine.node import Node
from ..render.notation import exact, number, signed
from .walk import PLAIN, Flat


def plain_title(node: Node) -> str:
    """What a node is called where not every node has a name: its label, else its operation and
    group.
    """
    operation = node.operation
    name = node.label or (operation.symbol if operation is not None else "a leaf")
    return f"{name} in {node.group.path}" if node.group is not None else name


def alarm(flat: Flat, title: Callable[[Node], str] = plain_title) -> str:
    """The first value that is not finite, else the first such gradient; "" where all are."""
    for node, g in zip(flat.nodes, flat.gradients, strict=True):
        if node._number - node._number != 0.0 and g is not None:
            known = [(title(x), x._number) for x in node.operands[:4] if isinstance(x, Node)]
            at = ", ".join(f"{name} = {exact(x)}" for name, x in known)
            return f"First non-finite value: {title(node)} = {number(node._number)}" + (
                f", at {at}" if at else ""
            )
    if not flat.computed or not any(g is not None and g - g != 0.0 for g in flat.gradients):
        return ""
    for i in reversed(range(len(flat.nodes))):
        g = flat.gradients[i]
        if g is None or not math.isfinite(g):
            continue
        for j, partial in flat.edges(i):
            if j != PLAIN and partial is not None and not math.isfinite(g * partial):
                product = f"local {number(partial)} × upstream {signed(g)}"
                way = f"from {title(flat.nodes[i])} to {title(flat.nodes[j])}"
                return f"First non-finite gradient: {number(g * partial)} {way}, {product}"
    return ""


def summary(flat: Flat, title: Callable[[Node], str] = plain_title) -> dict[str, Any]:
    """What the content of every level says of the whole graph."""
    result = flat.nodes[-1]
    return {
        "name": result.label or "the result",
        "value": result._number,
        "gradient": result._grad,
        "nodes": len(flat.nodes),
        "alarm": alarm(flat, title),
    }
