"""Which part of the graph a node belongs to: as recorded, or by the parameters that it consumes."""

from __future__ import annotations

from collections import Counter
from itertools import chain

from ..modes import Group
from ..node import Node
from .walk import NUMBER, Flat

NONE = -1


def membership(flat: Flat) -> tuple[list[int], list[Group]]:
    """The number of the group of each node (NONE without one), and the groups.

    A node keeps the group it was made in. An operation made in none belongs with the parameters it consumes; so does
    a sum of such operations that nothing else uses, and the activation that is the only user of the result.
    """
    numbers: dict[Group | None, int] = {None: NONE}
    found = []
    for node in flat.nodes:
        group = node._note.group if node._note is not None else None
        found.append(numbers[group] if group in numbers else numbers.setdefault(group, len(numbers) - 1))
    if len(numbers) > 1:
        _infer(flat, found)
    return found, [group for group in numbers if group is not None]


def groups(flat: Flat) -> dict[Node, Group]:
    """The group of every node that has one."""
    found, known = membership(flat)
    return {node: known[k] for node, k in zip(flat.nodes, found, strict=True) if k != NONE}


def _infer(flat: Flat, found: list[int]) -> None:
    """Give the operations that were made in no group the one that they belong to."""
    users = _users(flat)
    parameter = [k != NONE and node.role == "parameter" for node, k in zip(flat.nodes, found, strict=True)]
    parameter.append(False)  # a plain number, at NUMBER
    linear = [False] * (len(flat.nodes) + 1)
    for i, targets in enumerate(flat.targets):
        if found[i] != NONE or not targets:
            continue
        for j in targets:
            if parameter[j]:
                found[i], linear[i] = found[j], True
                break
        else:
            operands = [j for j in targets if j != NUMBER]
            if operands and all(linear[j] and users[j] == 1 and found[j] == found[operands[0]] for j in operands):
                found[i], linear[i] = found[operands[0]], len(operands) > 1


def _users(flat: Flat) -> Counter[int]:
    """How many nodes use each node."""
    return Counter(chain.from_iterable(map(set, flat.targets)))
