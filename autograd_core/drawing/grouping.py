"""Which part of the graph a node belongs to: as recorded, or by the parameters that it consumes."""

from __future__ import annotations

from collections.abc import Sequence

from ..modes import Group
from ..node import Node, edges


def groups(forward: Sequence[Node]) -> dict[Node, Group]:
    """The group of every node that has one; `forward` holds each node after its operands.

    A node keeps the group it was made in. An operation made in none belongs with the parameters it consumes; so does
    a sum of such operations that nothing else uses, and the activation that is the only user of the result.
    """
    found: dict[Node, Group] = {}
    linear: set[Node] = set()
    users: dict[Node, int] = {}
    for node in forward:
        for x in {x: None for x, _ in edges(node) if isinstance(x, Node)}:
            users[x] = users.get(x, 0) + 1
    for node in forward:
        own = node.group
        if own is not None:
            found[node] = own
        elif node.operation is not None:
            operands = [x for x, _ in edges(node) if isinstance(x, Node)]
            parameters = [x for x in operands if x.role == "parameter" and x in found]
            if parameters:
                found[node] = found[parameters[0]]
                linear.add(node)
            elif operands and all(x in linear and users[x] == 1 and found[x] == found[operands[0]] for x in operands):
                found[node] = found[operands[0]]
                if len(operands) > 1:
                    linear.add(node)
    return found
