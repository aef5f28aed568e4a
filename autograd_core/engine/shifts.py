"""What softmax computes for accuracy's sake, and what it stands for in a textbook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..primitives.arithmetic import div, sub
from ..primitives.elementary import exp
from ..primitives.reductions import share_of_one
from ..primitives.reductions import sum as sum_row
from .node import Node

LARGEST = 700.0
"""Up to this size exp neither overflows nor underflows."""


def stand_ins(nodes: Sequence[Node]) -> dict[Node, Node]:
    """The nodes that stand for one of their operands: x − the largest for x below the exponentials
    of a softmax, and a share above ¾ that is computed as 1 − rest for the share.

    With these operands in their place, no share and no derivative changes but for rounding.

    >>> from autograd_core import Value, softmax
    >>> from .naming import in_order
    >>> x, y = Value(1.0, "x"), Value(2.0, "y")
    >>> [stood_for.label for stood_for in stand_ins(in_order(softmax([x, y])[0])).values()]
    ['x', 'y']
    """
    found = {node: node.operands[0] for node in nodes if node.operation is share_of_one}
    shifted: dict[Node, list[Node]] = {}
    for node in nodes:
        if node.operation is sub and all(isinstance(x, Node) for x in node.operands):
            shift = node.operands[1]
            if shift.operation is None and shift.role == "constant":
                shifted.setdefault(shift, []).append(node)
    if shifted:
        users = _users(nodes)
        for shift, differences in shifted.items():
            if len(users[shift]) == len(differences) and _cancels(differences, users):
                found.update({node: node.operands[0] for node in differences})
    return {node: x for node, x in found.items() if isinstance(x, Node)}


def _users(nodes: Iterable[Node]) -> dict[Node, dict[Node, None]]:
    users: dict[Node, dict[Node, None]] = {}
    for node in nodes:
        for x in node.operands:
            if isinstance(x, Node):
                users.setdefault(x, {})[node] = None
    return users


def _cancels(differences: list[Node], users: dict[Node, dict[Node, None]]) -> bool:
    """Whether what is subtracted in all of them only scales numerator and denominator of the same
    quotients: exp(x − c) / Σ exp(y − c).
    """
    powers: dict[Node, None] = {}
    for node in differences:
        (power, *more) = users.get(node, (node,))
        if more or power.operation is not exp or abs(node.operands[0]._number) > LARGEST:
            return False
        powers[power] = None
    above = {user: None for power in powers for user in users.get(power, ())}
    totals = [user for user in above if user.operation is sum_row]
    if len(totals) != 1 or {*totals[0].operands} != {*powers}:
        return False
    quotients = {**above, **users.get(totals[0], {})}
    return all(
        x is totals[0]
        or (x.operation is div and x.operands[1] is totals[0] and x.operands[0] in powers)
        for x in quotients
    )


def beside(nodes: Sequence[Node], standing: Mapping[Node, Node]) -> set[Node]:
    """The nodes that are there for these stand-ins alone: what the last node needs with the others
    in their place does not need them.
    """
    needed = {nodes[-1]}
    for node in reversed(nodes):  # users come after their operands
        if node in needed:
            stood_for = standing.get(node)
            needed.update([stood_for] if stood_for is not None else node.operands)
    return {node for node in nodes if node in standing or node not in needed}
