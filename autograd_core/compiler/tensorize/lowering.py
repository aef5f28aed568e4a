"""From groups of values and their slots to loop nests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...primitives.elementary import exp
from ...primitives.reductions import largest
from .groups import Elementwise, Grouped, Sums, ValueGroup
from .loop_nests import (
    INPUTS,
    NUMBERS,
    ROWS,
    Combine,
    Contract,
    LoopNests,
    Map,
    Nest,
    Operand,
    Part,
    Reduce,
    Reference,
    evenly,
)
from .matmul import Matmul, flat
from .memory_planning import Layout
from .stencils import merge_stencils


def lower_to_loop_nests(layout: Layout) -> LoopNests:
    """The nests of a planned program; sums that continue one another become one."""
    grouped, lowered = layout.grouped, layout.lowered
    builder = _Builder(layout)
    nests = [builder.nest(*given) for given in enumerate(grouped.groups)]
    early = [n for n in range(len(nests)) if n not in grouped.deferred]
    backward = len(nests) if grouped.backward is None else grouped.backward
    return LoopNests(
        sizes=dict(zip((NUMBERS, ROWS, INPUTS), (*layout.size, layout.inputs), strict=True)),
        constants=[
            ((batched, layout.at[place] if batched else place), number)
            for batched, place, number in layout.cells
        ],
        inputs=[layout.slot(i) for i in lowered.inputs],
        labels=[lowered.names.get(i, "") for i in lowered.inputs],
        outputs=[layout.slot(i) for i in lowered.outputs],
        guards=[layout.slot(i) for i, _ in lowered.guards],
        sampled=lowered.sampled,
        forward=merge_stencils([nests[n] for n in early if n < backward]),
        backward=merge_stencils([nests[n] for n in early if n >= backward]),
        deferred=[nests[n] for n in sorted(grouped.deferred)],
        separate=builder.separate,
        overflowing=_overflows(grouped),
        apart_factor=lowered.apart_factor,
    )


class _Builder:
    """Makes references of a layout's slots; notes whether samples are `separate` from others."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        batched = layout.lowered.batched
        self.samples = {layout.slot(i) for i in layout.lowered.inputs if batched[i]}
        kept = [*layout.lowered.outputs, *[i for i, _ in layout.lowered.guards]]
        self.separate = self.samples.isdisjoint(map(layout.slot, kept))

    def nest(self, number: int, group: ValueGroup) -> Nest:
        operands, label = self.layout.operands[number], self._label(group)
        if isinstance(group, Matmul):
            _, inner, columns = group.shape
            left, right = [
                self.reference(batched, slots, width)
                for (batched, slots), width in zip(operands, (inner, columns), strict=True)
            ]
            out = self.reference(group.batched, self._places(flat(group.out)), columns)
            return Contract(out, left, right, group.coefficient, label)
        out = self.reference(group.batched, self._places(group.out))
        if isinstance(group, Elementwise):
            return Map(out, group.row, [self._operand(x) for x in operands], label)
        parts = [
            Part(c, [self._operand(x) for x in factors if x is not None], out)
            for c, *factors in zip(group.coefficients, operands[::2], operands[1::2], strict=True)
        ]
        return (Reduce if group.long else Combine)(out, parts, label)

    def _places(self, values: Sequence[int]) -> list[int]:
        return [self.layout.place[i] for i in values]

    def _label(self, group: ValueGroup) -> str:
        first = group.out[0][0] if isinstance(group, Matmul) else group.out[0]
        return self.layout.lowered.names.get(first, "")

    def _operand(self, column: Any) -> Operand:
        return self.reference(*column) if isinstance(column, tuple) else column

    def reference(self, batched: bool, places: Sequence[int], columns: int = 0) -> Reference:
        slots, region = tuple(places), NUMBERS
        if batched:
            slots, inputs = tuple([self.layout.at[k] for k in places]), self.layout.inputs
            region = INPUTS if max(slots) < inputs else ROWS
            if region == ROWS and min(slots) < inputs:
                self.separate &= self.samples.isdisjoint([(True, slot) for slot in slots])
        shape = (len(slots) // columns, columns) if columns else (len(slots),)
        return Reference(region, slots, shape, evenly(slots, shape))


def _overflows(grouped: Grouped) -> bool:
    """Whether a contraction or reduction multiplies ∞ of an exponential by what may be 0, or
    subtracts ∞ where the largest is subtracted.
    """
    lowered = grouped.lowered
    for group in grouped.groups:
        if isinstance(group, Matmul):
            us, vs = group.left, group.right
        elif isinstance(group, Sums) and group.long:
            us, vs = group.columns[::2], group.columns[1::2]
        else:
            continue
        for side, other in ((us, vs), (vs, us)):
            read = {lowered.rows[i] for column in side for i in column if i >= 0}
            if largest in read or (
                exp in read and any([i not in lowered.constants for col in other for i in col])
            ):
                return True
    return False
