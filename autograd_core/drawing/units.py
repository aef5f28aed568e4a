"""Which nodes make one unit (a neuron), over all samples: operations of one group, joined by results or by parameters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..node import Node, edges
from .grouping import NONE
from .structure import Structure
from .walk import NUMBER, Flat


@dataclass
class Unit:
    """The operations of one unit in forward order; `outputs` are those that others use.

    `layer` and `group` are NONE for operations between the layers. `parameters` are in the order of their use, and
    `users` the units behind this one.
    """

    layer: int
    group: int
    members: list[int]
    outputs: list[int] = field(default_factory=list)
    parameters: list[int] = field(default_factory=list)
    users: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Units:
    """Every unit, layer by layer, and the unit of each node (NONE for leaves, and for the operations above the layers)."""

    units: list[Unit]
    unit_of: list[int]

    @property
    def samples(self) -> int:
        """How many samples the graph holds: as many as the least used of its neurons has outputs."""
        return min((len(unit.outputs) for unit in self.units if unit.parameters and unit.outputs), default=1)

    def sample(self, flat: Flat, k: int) -> set[int]:
        """All that the k-th outputs of the last units were computed from."""
        stack = [unit.outputs[k] for unit in self.units if unit.parameters and not unit.users and len(unit.outputs) > k]
        found: set[int] = set()
        while stack:
            i = stack.pop()
            if i not in found:
                found.add(i)
                stack += [j for j in flat.targets[i] if j != NUMBER]
        return found


def units(flat: Flat, structure: Structure) -> Units:
    """The units of a graph."""
    member = [k if targets else NONE for k, targets in zip(structure.member, flat.targets, strict=True)]
    for i in _penalties(flat):
        member[i] = NONE
    inside = _inside(flat, member)
    parts: dict[int, list[int]] = {}
    for i, root in _joined(flat, structure, member, inside):
        parts.setdefault(root, []).append(i)
    found: dict[object, Unit] = {}
    for members in parts.values():
        k = member[members[0]]
        unit = Unit(NONE if k == NONE else structure.layer_of[k], k, members)
        used = (j for i in members for j in flat.targets[i] if is_parameter(flat, structure, j, k))
        unit.parameters = list(dict.fromkeys(used))
        kind = (k, frozenset(flat.nodes[i].operation.name for i in members))  # type: ignore[union-attr]  # no leaves here
        one = found.setdefault(members[0] if unit.parameters else kind, unit)
        if one is not unit:  # the same operations of another sample
            one.members += members
    ordered = sorted(found.values(), key=lambda unit: (unit.layer == NONE, unit.layer, unit.members[0]))
    return _with_outputs(flat, ordered)


def is_parameter(flat: Flat, structure: Structure, j: int, k: int) -> bool:
    """Whether node j is a parameter of group k: by its role, or as a leaf that was made in the group."""
    if j == NUMBER or flat.targets[j]:
        return False
    return flat.nodes[j].role == "parameter" or (k != NONE and structure.member[j] == k)


def _penalties(flat: Flat) -> Iterator[int]:
    """Operations on nothing but parameters, such as w² in a loss: they belong to no neuron."""
    found: set[int] = set()
    for i, targets in enumerate(flat.targets):
        node = flat.nodes[i]
        operands = [x for x, _ in edges(node)] if targets else []
        if node.operation is not None and node.operation.name == "power":
            operands = operands[:1]
        known = zip(operands, targets, strict=False)
        if operands and all(isinstance(x, Node) and (j in found or x.role == "parameter") for x, j in known):
            found.add(i)
            yield i


def _inside(flat: Flat, member: list[int]) -> list[bool]:
    """For each node whether it is an operation of a group, or lies between groups: used by one, computed from one."""
    below = [k != NONE for k in member]
    for i in range(len(member) - 1, -1, -1):
        if below[i]:
            for j in flat.targets[i]:
                if j != NUMBER and flat.targets[j]:
                    below[j] = True
    return below


def _joined(flat: Flat, structure: Structure, member: list[int], inside: list[bool]) -> Iterator[tuple[int, int]]:
    """Each operation inside, and the node that stands for all that it is joined to."""
    over = list(range(len(member)))

    def top(i: int) -> int:
        while over[i] != i:
            over[i] = over[over[i]]
            i = over[i]
        return i

    for i, targets in enumerate(flat.targets):
        if inside[i]:
            for j in targets:
                if j != NUMBER and ((inside[j] and member[j] == member[i]) or is_parameter(flat, structure, j, member[i])):
                    over[top(j)] = top(i)
    for i, within in enumerate(inside):
        if within:
            yield i, top(i)


def _with_outputs(flat: Flat, found: list[Unit]) -> Units:
    unit_of = [NONE] * len(flat.nodes)
    for n, unit in enumerate(found):
        for i in unit.members:
            unit_of[i] = n
    used = {len(flat.nodes) - 1}
    for i, targets in enumerate(flat.targets):
        for j in targets:
            if j != NUMBER and unit_of[j] != unit_of[i]:
                used.add(j)
                if unit_of[j] != NONE and unit_of[i] != NONE:
                    found[unit_of[j]].users.add(unit_of[i])
    for unit in found:
        unit.members.sort()
        unit.outputs = [i for i in unit.members if i in used]
    return Units(found, unit_of)
