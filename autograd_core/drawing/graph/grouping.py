"""Which part of the graph a node belongs to: as recorded, or by the parameters that it consumes."""

from __future__ import annotations

from typing import Any

from ...engine.context import Group
from ...engine.node import Node, Operands
from ...primitives import Primitive
from ...primitives.arithmetic import absolute
from .walk import PLAIN, Flat, Indices, for_each_tuple

NONE = -1
"""In the place of the number of a group or a layer: the node has none."""


def membership(flat: Flat) -> tuple[list[int], list[Group]]:
    """The number of the group of each node (NONE without one), and the groups.

    A node keeps the group it was made in. An operation made in none belongs with the parameters it
    consumes; so does a sum of such operations that nothing else uses, and the activation that is
    the only user of the result: the one that the unit was made with, where that is known, else a
    function of the result alone.
    """
    numbers: dict[Group | None, int] = {None: NONE}
    known: dict[int, int] = {}  # the same by identity, which is faster to look up
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
    parameters = {
        i
        for i, node in enumerate(flat.nodes)
        if found[i] != NONE and not flat.sides[i] and node.role == "parameter"
    }
    linear: set[int] = set()
    activations: dict[int, Any] = {}
    parameter_in = for_each_tuple(lambda xs: next((j for j in xs if j in parameters), PLAIN))
    for i, sides in enumerate(flat.sides):
        if found[i] != NONE or not sides:
            continue
        parameter = PLAIN
        for xs, _, _ in sides:
            if parameter == PLAIN:
                a, b = xs[0], xs[-1]
                other = parameter_in(xs) if len(xs) > 2 else b if b in parameters else PLAIN
                parameter = a if a in parameters else other
        if parameter != PLAIN:
            found[i] = found[parameter]
            linear.add(i)
            activations[i] = _activation(flat.nodes[i])
            continue
        operands = (j for xs, _, _ in sides for j in xs if j != PLAIN)
        first = next(operands, PLAIN)
        if first not in linear or users[first] != 1:
            continue
        rest = list(operands)
        if all(j in linear and users[j] == 1 and found[j] == found[first] for j in rest) and (
            rest or _activates(flat.nodes[i].operation, activations.get(first))
        ):
            found[i] = found[first]
            if rest:
                linear.add(i)


def _activation(node: Node) -> Any:
    """What the unit whose sum this is applies to it; None where that is not known."""
    sides = [side for side in (node._a, node._b) if side.__class__ is Operands]
    return next((side.activation for side in sides if hasattr(side, "activation")), None)


def _activates(operation: Primitive | None, activation: Any) -> bool:
    """Whether an operation is that activation, or may be one where it is not known."""
    if isinstance(activation, Primitive):
        return operation is activation
    return (
        operation is not None
        and (operation.arity == 1 or operation.steepest is not None)
        and not operation.additive
        and operation is not absolute
    )


def _users(flat: Flat) -> list[int]:
    """How many nodes use each node."""
    users = [0] * (len(flat.nodes) + 1)  # the last of plain numbers, at PLAIN
    shared: dict[int, tuple[Indices, list[None]]] = {}
    for sides in flat.sides:
        for k, (operands, _, _) in enumerate(sides):
            if k and operands == sides[0][0]:
                continue
            if len(operands) > 2:
                shared.setdefault(id(operands), (operands, []))[1].append(None)
                continue
            users[operands[0]] += 1
            if operands[-1] != operands[0]:
                users[operands[-1]] += 1
    for operands, uses in shared.values():
        for j in set(operands):
            users[j] += len(uses)
    return users
