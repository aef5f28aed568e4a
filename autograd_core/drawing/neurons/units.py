"""Which nodes make one unit (a neuron), over all samples; and which networks are samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ...engine.node import Node
from ...primitives.elementary import power
from ..graph.grouping import NONE
from ..graph.layering import Layering
from ..graph.walk import PLAIN, Flat


@dataclass
class Unit:
    """The operations of one unit in forward order; `outputs` are those that others use.

    `layer` and `group` are NONE for operations between the layers. `parameters` are in the order of
    their use.
    """

    layer: int
    group: int
    members: list[int]
    outputs: list[int] = field(default_factory=list)
    parameters: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Units:
    """Every unit, layer by layer, and for each node its unit and the network of one sample that it
    belongs to.

    NONE stands for leaves, and for the operations above the layers.
    """

    units: list[Unit]
    unit_of: list[int]
    network_of: list[int]

    @property
    def samples(self) -> int:
        """How many samples the graph holds: in as many networks that share nothing but
        parameters is every neuron.
        """
        counts = {len(self._networks(unit)) for unit in self._neurons}
        return counts.pop() if len(counts) == 1 else 1

    def sample(self, flat: Flat, k: int) -> set[int]:
        """All that the outputs of the neurons in the k-th sample were computed from."""
        alone = self.samples == 1
        stack: list[int] = []
        for unit in self._neurons:
            network = NONE if alone else self._networks(unit)[k]
            stack += [i for i in unit.outputs if alone or self.network_of[i] == network]
        found: set[int] = set()
        while stack:
            i = stack.pop()
            if i not in found:
                found.add(i)
                stack += [j for j in flat.operands[i] if j != PLAIN]
        return found

    @property
    def _neurons(self) -> list[Unit]:
        return [unit for unit in self.units if unit.parameters and unit.outputs]

    def _networks(self, unit: Unit) -> list[int]:
        return sorted({self.network_of[i] for i in unit.outputs})


class Joined:
    """Which nodes belong together, some of which were joined to each other: a union-find."""

    def __init__(self, count: int) -> None:
        self._over = list(range(count))

    def top(self, i: int) -> int:
        """The node that stands for all that belong together with node i."""
        over = self._over
        while over[i] != i:
            over[i] = over[over[i]]
            i = over[i]
        return i

    def join(self, i: int, j: int) -> None:
        self._over[self.top(j)] = self.top(i)


def units(flat: Flat, layering: Layering) -> Units:
    """The units of a graph."""
    penalties = _penalties(flat)
    group_of = [
        k if flat.operands[i] and i not in penalties else NONE
        for i, k in enumerate(layering.group_of)
    ]
    # An operation of a group, or one between groups: used by one, computed from one.
    inside = _below(flat, [k != NONE for k in group_of], lambda i, j: bool(flat.operands[j]))
    joined = _joined(flat, layering, group_of, inside)
    together: dict[int, list[int]] = {}
    for i, within in enumerate(inside):
        if within:
            together.setdefault(joined.top(i), []).append(i)
    found: dict[object, Unit] = {}
    for members in together.values():
        k = group_of[members[0]]
        unit = Unit(NONE if k == NONE else layering.layer_of[k], k, members)
        used = (j for i in members for j in flat.operands[i] if is_parameter(flat, layering, j, k))
        unit.parameters = list(dict.fromkeys(used))
        kind = (k, frozenset(flat.nodes[i].operation.name for i in members))  # type: ignore[union-attr]  # no leaves here
        one = found.setdefault(members[0] if unit.parameters else kind, unit)
        if one is not unit:  # the same operations of another sample
            one.members += members
    ordered = sorted(
        found.values(), key=lambda unit: (unit.layer == NONE, unit.layer, unit.members[0])
    )
    unit_of = _with_outputs(flat, ordered)
    return Units(ordered, unit_of, _networks(flat, ordered, unit_of, penalties))


def is_parameter(flat: Flat, layering: Layering, j: int, k: int) -> bool:
    """Whether node j is a parameter of group k: by its role, or as a leaf that was made in the
    group.
    """
    if j == PLAIN or flat.operands[j]:
        return False
    return flat.nodes[j].role == "parameter" or (k != NONE and layering.group_of[j] == k)


def _penalties(flat: Flat) -> set[int]:
    """Operations on nothing but parameters, such as w² in a loss: they belong to no neuron."""
    found: set[int] = set()
    for i, node in enumerate(flat.nodes):
        operands = node.operands[:1] if node.operation is power else node.operands
        known = list(zip(operands, flat.operands[i], strict=False))
        if known and all(
            isinstance(x, Node) and (j in found or x.role == "parameter") for x, j in known
        ):
            found.add(i)
    return found


def _below(flat: Flat, marked: list[bool], follows: Callable[[int, int], bool]) -> list[bool]:
    """Mark also what the marked nodes are computed from, from node i on to those operands j that
    it `follows`.
    """
    for i in reversed(range(len(marked))):
        for j in flat.operands[i] if marked[i] else ():
            if j != PLAIN and follows(i, j):
                marked[j] = True
    return marked


def _joined(flat: Flat, layering: Layering, group_of: list[int], inside: list[bool]) -> Joined:
    """The operations inside, those of one group joined by results and by the parameters that
    they share.
    """
    joined = Joined(len(group_of))
    users: dict[tuple[int, int], int] = {}  # of a parameter in a group, the first
    for i, operands in enumerate(flat.operands):
        for j in operands if inside[i] else ():
            if is_parameter(flat, layering, j, group_of[i]):
                joined.join(i, users.setdefault((j, group_of[i]), i))
            elif j != PLAIN and inside[j] and group_of[j] == group_of[i]:
                joined.join(i, j)
    return joined


def _with_outputs(flat: Flat, found: list[Unit]) -> list[int]:
    """Fill in the outputs of the units; the unit of each node."""
    unit_of = [NONE] * len(flat.nodes)
    for n, unit in enumerate(found):
        for i in unit.members:
            unit_of[i] = n
    used = {len(flat.nodes) - 1}
    for i, operands in enumerate(flat.operands):
        used.update(j for j in operands if j != PLAIN and unit_of[j] != unit_of[i])
    for unit in found:
        unit.members.sort()
        unit.outputs = [i for i in unit.members if i in used]
    return unit_of


def _networks(flat: Flat, found: list[Unit], unit_of: list[int], penalties: set[int]) -> list[int]:
    """The network of each node that a neuron is computed from: what results and inputs join, but
    not parameters.

    What lies above the neurons joins nothing: a loss takes all samples together.
    """

    def follows(i: int, j: int) -> bool:
        shared = j in penalties or flat.nodes[j].role in ("parameter", "constant")
        return not shared and not (unit_of[i] != NONE and j in found[unit_of[i]].parameters)

    below = _below(flat, [n != NONE and bool(found[n].parameters) for n in unit_of], follows)
    joined = Joined(len(below))
    for i, operands in enumerate(flat.operands):
        for j in operands if below[i] else ():
            if j != PLAIN and follows(i, j):
                joined.join(i, j)
    numbers: dict[int, int] = {}
    return [
        numbers.setdefault(joined.top(i), len(numbers)) if within else NONE
        for i, within in enumerate(below)
    ]
