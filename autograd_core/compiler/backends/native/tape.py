"""The tape as a back-end: narrow programs and loops in native code, with nothing to compile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import inf

from ....engine.forks import importing
from ...ir.program import Program
from ..base import Backend, Forms, Kernel
from .tape_lowering import Tape, fits

CALL, NUMBER, OPERATION, FUNCTION = 2_000, 20.0, 1.5, 10.0
"""Nanoseconds, measured: the way in and out, also of each number, an operation, and one that calls
a function.
"""


class OnTape(Backend):
    """Best for narrow programs of some hundred operations or more; without a batch axis."""

    name = "tape"
    batches = False

    def missing(self) -> ImportError | None:
        with importing:
            from .library import missing_library

        return missing_library()

    def bounds(self, program: Program) -> tuple[float, float]:
        """The passes drop hardly more than nine instructions of ten."""
        most = cost(program)
        return (inf, inf) if most == inf else (CALL + 0.1 * (most - CALL), most)

    def cost(self, forms: Forms) -> float:
        return cost(forms.after(self.pipeline))

    def build(self, forms: Forms) -> Kernel:
        with importing:
            from .tape_kernel import Taped, known_rows

        return Taped(_tape(forms.after(self.pipeline), known_rows()))

    def source(self, forms: Forms) -> str:
        """The operations as text."""
        with importing:
            from .tape_kernel import known_rows, listing

        return listing(_tape(forms.after(self.pipeline), known_rows()))


def _tape(program: Program, known: Mapping[str, int]) -> Tape:
    for row, given in {*zip(program.rows, map(len, program.operands), strict=True)}:
        if row is not None and not fits(row, given, known):
            raise ValueError(f"the native library has no row {row.name!r}; choose another back-end")
    return Tape(program, known)


def cost(program: Program) -> float:
    """What a run will cost, in nanoseconds; infinity for what the library does not have."""
    with importing:
        from .tape_kernel import known_rows

    total = CALL + NUMBER * (len(program.inputs) + len(program.outputs) + len(program.guards))
    known = known_rows()
    shapes = Counter(zip(program.rows, map(len, program.operands), strict=True))
    for (row, given), times in shapes.items():
        if not fits(row, given, known):
            return inf
        if row is not None:
            each = FUNCTION if row.c.isidentifier() or "\n" in row.c else OPERATION
            total += times * each * max(1, given - 1)
    return total
