"""What the first layers take: leaves that are no parameters, and plain numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ...engine.node import Node, number
from ...primitives.arithmetic import mul
from ...primitives.reductions import dot
from ..graph.walk import PLAIN, Flat
from ..render.notation import subscript
from .units import Unit, Units


@dataclass
class Input:
    """One input of the network: its leaves, one for each sample; or its plain numbers, with their
    users and their positions among the operands there.
    """

    leaves: list[int] = field(default_factory=list)
    numbers: list[float] = field(default_factory=list)
    uses: list[tuple[int, int]] = field(default_factory=list)

    def title(self, flat: Flat, k: int) -> str:
        """The label, where all have the same, else x and the number of the input."""
        labels = {flat.nodes[j].label for j in self.leaves}
        return labels.pop() if len(labels) == 1 and "" not in labels else f"x{subscript(k + 1)}"


def inputs(flat: Flat, found: Units, drawn: Callable[[int], bool]) -> list[Input]:
    """The inputs in the order of the layers that take them, and of the parameters there."""
    known: dict[tuple[int, int], Input] = {}
    key_of: dict[int, tuple[int, int]] = {}
    first_unit: dict[tuple[int, int], Unit] = {}
    for unit in found.units:
        for i in filter(drawn, unit.members):
            for at, place in _taken(flat, i, unit):
                j = flat.operands[i][at]
                key = (unit.layer, place)
                if j != PLAIN:
                    taken = known.setdefault(key_of.setdefault(j, key), Input())
                    taken.leaves += [j] if j not in taken.leaves else []
                    continue
                taken = known.setdefault(key, Input())
                taken.uses.append((i, at))
                if first_unit.setdefault(key, unit) is unit:  # once a sample
                    taken.numbers.append(number(flat.nodes[i].operands[at]))
    return [known[key] for key in sorted(known)]


def _taken(flat: Flat, i: int, unit: Unit) -> Iterator[tuple[int, int]]:
    """The positions of the operands of node i that come from outside the graph, each with its
    place among the inputs.

    The place of a factor is that of the parameter it is multiplied with. What only the bias is
    multiplied with, the number 1, is no input.
    """
    node, operands = flat.nodes[i], flat.operands[i]
    half = len(operands) // 2 if node.operation in (dot, mul) else 0
    for at, (j, x) in enumerate(zip(operands, node.operands, strict=True)):
        from_outside = j not in unit.parameters and (j == PLAIN or not flat.operands[j])
        if not half:
            if from_outside and j != PLAIN:
                yield at, at
            continue
        other = operands[(at + half) % len(operands)]
        bias = (
            node.operation is dot
            and at == len(operands) - 1
            and not isinstance(x, Node)
            and x == 1.0
        )
        if from_outside and other in unit.parameters and not bias:
            yield at, unit.parameters.index(other)
