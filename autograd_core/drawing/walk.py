"""The graph below a value, walked without recursion: every node, and what the sweep sends to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..node import Node, edges


def forward_order(value: Node) -> list[Node]:
    """Every node that `value` was computed from, each after its operands, branches not taken included."""
    order: list[Node] = []
    seen: set[Node] = set()
    stack: list[Any] = [value]
    while stack:
        node = stack.pop()
        if node is None:
            order.append(stack.pop())
        elif node not in seen:
            seen.add(node)
            stack += (node, None)
            stack += [x for x, _ in reversed(edges(node)) if isinstance(x, Node) and x not in seen]
    return order


def sweep(forward: Sequence[Node], seed: float) -> dict[Node, float]:
    """∂(last node)/∂node · seed from the recorded partials, for every node that the gradient reaches."""
    found = {forward[-1]: seed}
    for node in reversed(forward):
        g = found.get(node)
        if g is not None:
            for x, partial in edges(node):
                if partial is not None:
                    found[x] = found.get(x, -0.0) + g * partial
    return found
