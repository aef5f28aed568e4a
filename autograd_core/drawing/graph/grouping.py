"""Which part of the graph a node belongs to: as recorded, or by the parameters that it consumes."""

from __future__ import annotations

from typing import Any

from ...engine.context import Group
from ...engine.node import Node, Operands
from ...primitives import Primitive
from ...primitives.arithmetic import absolute
from .walk import NUMBER, Flat, Places, once

NONE = -1


def membership(flat: Flat) -> tuple[list[int], list[Group]]:
    """The number of the group of each node (NONE without one), and the groups.

    A node keeps the group it was made in. An operation made in none belongs with the parameters it
    consumes; so does a sum of such operations that nothing else uses, and the activation that is
    the only user of the result: the one that the unit was made with, where that is known, else a
    function of the result alone.
    """
    numbers: dict[Group | None, int] = {None: NONE}
    known: dict[int, int] = {}  # the same by identity, which is quicker to ask
    found = []
    for node in flat.nodes:
        group = node._note.group if node._note is not None else None
        if id(group) not in known:
            known[id(group)] = numbers.setdefault(group, len(numbers) - 1)
        found.append(known[id(group)])
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
    leaves = [k != NONE and not sides for k, sides in zip(found, flat.sides, strict=True)]
    parameter = [
        leaf and node.role == "parameter" for node, leaf in zip(flat.nodes, leaves, strict=True)
    ]
    parameter.append(False)  # a plain number, at NUMBER
    linear = [False] * (len(flat.nodes) + 1)
    activations: dict[int, Any] = {}
    first_parameter = once(lambda places: next((j for j in places if parameter[j]), NUMBER))
    for i, sides in enumerate(flat.sides):
        if found[i] != NONE or not sides:
            continue
        for places in sides:
            j = (
                first_parameter(places)
                if len(places) > 2
                else places[0]
                if parameter[places[0]]
                else places[-1]
            )
            if parameter[j]:
                found[i], linear[i] = found[j], True
                activations[i] = _activation(flat.nodes[i])
                break
        else:
            operands = (j for places in sides for j in places if j != NUMBER)
            first = next(operands, NUMBER)
            if linear[first] and users[first] == 1:
                rest = list(operands)
                alone = all(linear[j] and users[j] == 1 and found[j] == found[first] for j in rest)
                if alone and (rest or _activates(flat.nodes[i].operation, activations.get(first))):
                    found[i], linear[i] = found[first], bool(rest)


def _activation(node: Node) -> Any:
    """What the unit whose sum this is applies to it; None where that is not known."""
    sides = [side for side in (node._a, node._b) if side.__class__ is Operands]
    return next((side.activation for side in sides if hasattr(side, "activation")), None)


def _activates(row: Primitive | None, activation: Any) -> bool:
    """Whether an operation is that activation, or may be one where it is not known."""
    if isinstance(activation, Primitive):
        return row is activation
    return (
        row is not None
        and (row.arity == 1 or row.steepest is not None)
        and not row.additive
        and row is not absolute
    )


def _users(flat: Flat) -> list[int]:
    """How many nodes use each node."""
    users = [0] * (len(flat.nodes) + 1)  # the last of a plain number, at NUMBER
    sharing: dict[int, int] = {}
    tuples: dict[int, Places] = {}
    for sides in flat.sides:
        for k, places in enumerate(sides):
            if len(places) > 2:
                tuples[id(places)] = places
                sharing[id(places)] = sharing.get(id(places), 0) + (k == 0 or places != sides[0])
                continue
            users[places[0]] += 1
            if places[-1] != places[0]:
                users[places[-1]] += 1
    for key, places in tuples.items():
        for j in set(places):
            users[j] += sharing[key]
    return users
