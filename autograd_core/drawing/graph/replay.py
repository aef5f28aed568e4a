"""A graph computed anew with other numbers in its leaves; the graph itself stays as it is."""

from __future__ import annotations

from collections.abc import Mapping

from ...engine.node import Node, Note
from ...engine.value import Value


def replay(forward: list[Node], changes: Mapping[int, float]) -> list[Value]:
    """A copy of every node, the operations applied again; `changes` are numbers for leaves, by
    their place.

    What Python decided while the graph was recorded (an `if`, the condition of a `where`) stays
    decided.
    """
    copies: dict[Node, Value] = {}
    for place, node in enumerate(forward):
        row = node.operation
        if row is None:
            copy = Value(changes.get(place, node._number), role=node.role)
        else:
            copy = row(*[copies[x] if isinstance(x, Node) else x for x in node.operands])
        if node._note is not None:
            note = node._note
            copy._origin = Note(row, note.label, note.role, note.group, note.where)
        copies[node] = copy
    return list(copies.values())
