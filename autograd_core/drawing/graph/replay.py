"""A graph computed anew with other numbers in its leaves; the graph itself stays as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...engine.node import Node, Note
from ...engine.value import Value


def replay(
    forward: Sequence[Node], changes: Mapping[int, float], standing: Mapping[Node, Node]
) -> list[Value]:
    """A copy of every node, the operations applied again; `changes` are numbers for leaves, by
    their index. In the place of a node that stands for another one, that one is copied.

    What Python decided while the graph was recorded (an `if`, the condition of a `where`) stays
    decided.
    """
    copies: dict[Node, Value] = {}
    for i, node in enumerate(forward):
        operation, note = node.operation, node._note
        if node in standing:
            copies[node] = copies[standing[node]]
            if node.label and not copies[node].label:
                copies[node].label = node.label
            continue
        if operation is None:
            copy = Value(changes.get(i, node._number), role=node.role)
        else:
            copy = operation(*[copies[x] if isinstance(x, Node) else x for x in node.operands])
        if note is not None:
            copy._origin = Note(operation, note.label, note.role, note.group, note.where)
        copies[node] = copy
    return [copies[node] for node in forward]
