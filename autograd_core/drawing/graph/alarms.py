"""The first number that is not finite, in words: where the NaN came from."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from ...engine.node import Node
from ..render.notation import exact, number, signed
from .walk import NUMBER, Flat


def plain_title(node: Node) -> str:
    """What a node is called where not every node has a name: its label, else its operation and
    group.
    """
    row = node.operation
    name = node.label or (row.symbol if row is not None else "a leaf")
    return f"{name} in {node.group.path}" if node.group is not None else name


def alarm(
    flat: Flat,
    gradients: Sequence[float | None],
    computed: bool,
    title: Callable[[Node], str] = plain_title,
) -> str:
    """The first value that is not finite, else the first such gradient; "" where all are."""
    for node, g in zip(flat.nodes, gradients, strict=True):
        if node._number - node._number != 0.0 and g is not None:
            known = [(title(x), x._number) for x in node.operands[:4] if isinstance(x, Node)]
            at = ", ".join(f"{name} = {exact(x)}" for name, x in known)
            return f"First non-finite value: {title(node)} = {number(node._number)}" + (
                f", at {at}" if at else ""
            )
    sick = computed and any(g is not None and g - g != 0.0 for g in gradients)
    return _gradient(flat, gradients, title) if sick else ""


def _gradient(flat: Flat, gradients: Sequence[float | None], title: Callable[[Node], str]) -> str:
    for i in range(len(flat.nodes) - 1, -1, -1):
        g = gradients[i]
        if g is None or not math.isfinite(g):
            continue
        for j, partial in flat.edges(i):
            if j != NUMBER and partial is not None and not math.isfinite(g * partial):
                product = f"local {number(partial)} × upstream {signed(g)}"
                way = f"from {title(flat.nodes[i])} to {title(flat.nodes[j])}"
                return f"First non-finite gradient: {number(g * partial)} {way}, {product}"
    return ""
