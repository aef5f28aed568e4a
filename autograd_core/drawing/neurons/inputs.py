"""What the first layers take: leaves that are no parameters, and plain numbers, each at its
place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ...engine.node import Node
from ...primitives.arithmetic import mul
from ...primitives.reductions import dot
from ..graph.walk import NUMBER, Flat
from ..render.notation import subscript
from .units import Unit, Units


@dataclass
class InputPlace:
    """The leaves that stand at one place, one for each sample; or plain numbers, with their
    users and places there.
    """

    leaves: list[int] = field(default_factory=list)
    numbers: list[float] = field(default_factory=list)
    where: list[tuple[int, int]] = field(default_factory=list)

    def title(self, flat: Flat, k: int) -> str:
        """The label, where all have the same, else x and the number of the place."""
        labels = {flat.nodes[j].label for j in self.leaves}
        return labels.pop() if len(labels) == 1 and "" not in labels else f"x{subscript(k + 1)}"


def places(flat: Flat, found: Units, drawn: Callable[[int], bool]) -> list[InputPlace]:
    """Every place at which a unit takes a number."""
    known: dict[tuple[int, int], InputPlace] = {}
    at_first: dict[int, tuple[int, int]] = {}
    first: dict[tuple[int, int], Unit] = {}
    for unit in found.units:
        for i in unit.members:
            for at, place, x in _taken(flat, i, unit) if drawn(i) else ():
                j = flat.targets[i][at]
                key = (
                    (unit.layer, place)
                    if j == NUMBER
                    else at_first.setdefault(j, (unit.layer, place))
                )
                spot = known.setdefault(key, InputPlace())
                if j != NUMBER:
                    spot.leaves += [j] if j not in spot.leaves else []
                else:
                    spot.where.append((i, at))
                    spot.numbers += (
                        [float(x)] if first.setdefault(key, unit) is unit else []
                    )  # once a sample
    return [known[key] for key in sorted(known)]


def _taken(flat: Flat, i: int, unit: Unit) -> Iterator[tuple[int, int, Any]]:
    """The operands of a node that come from outside the graph: where they stand, their place, the
    operand.

    The place of a factor is that of the parameter it is multiplied with. What only the bias is
    multiplied with, the number 1, is no input.
    """
    node, targets = flat.nodes[i], flat.targets[i]
    operands = node.operands
    half = len(operands) // 2 if node.operation in (dot, mul) else 0
    for at, (j, x) in enumerate(zip(targets, operands, strict=True)):
        if not half:
            if j != NUMBER and not flat.targets[j] and j not in unit.parameters:
                yield at, at, x
            continue
        other = targets[(at + half) % len(targets)]
        if (
            other not in unit.parameters
            or j in unit.parameters
            or (j != NUMBER and flat.targets[j])
        ):
            continue
        last = node.operation is dot and at == len(targets) - 1
        if not (last and not isinstance(x, Node) and x == 1.0):  # the factor of a bias
            yield at, unit.parameters.index(other), x
