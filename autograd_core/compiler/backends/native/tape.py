"""The tape as a back-end: narrow programs and loops in native code, with nothing to compile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import inf
from typing import NamedTuple

from ....engine.forks import importing
from ...ir.operands import lengths
from ...ir.program import Program
from ...ir.scans import ScanRow, element, every_program, result
from ..base import Backend, Forms, Kernel
from .tape_lowering import Tape, fits

CALL, NUMBER, ROUND, OPERATION, FUNCTION = 2_000, 20.0, 4.0, 1.5, 10.0
"""Nanoseconds, measured: the way in and out, also of each number, a round of a loop, an operation,
and one that calls a function.
"""
DEEPEST, MOST = 30, 2**31 - 1
"""Loops inside one another, and numbers of the array."""


class OnTape(Backend):
    """Best for narrow programs of some hundred operations or more; without a batch axis."""

    name = "tape"
    batches = False
    least = CALL
    scans = columns = True

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
            from .tape_kernel import Taped, TapedColumns, known_rows

        tape = _tape(forms.last(self.pipeline), known_rows())
        return TapedColumns(tape) if tape.columns else Taped(tape)

    def source(self, forms: Forms) -> str:
        """The operations as text."""
        with importing:
            from .tape_kernel import known_rows, listing

        return listing(_tape(forms.after(self.pipeline), known_rows()))


def _tape(program: Program, known: Mapping[str, int]) -> Tape:
    for part in every_program(program):
        for row, given in {*zip(part.rows, map(len, part.operands), strict=True)}:
            if row is not None and not fits(row, given, known):
                raise ValueError(
                    f"the native library has no row {row.name!r}; choose another back-end"
                )
    work = _work(program, known)
    if work.numbers > MOST or work.depth > DEEPEST:
        raise ValueError(
            f"the program keeps {work.numbers} numbers in {work.depth} loops inside one another; "
            f"the tape takes {MOST} in {DEEPEST}. Choose another back-end, or checkpoint=True"
        )
    return Tape(program, known)


def cost(program: Program) -> float:
    """What a run will cost, in nanoseconds; infinity for what the library does not have."""
    with importing:
        from .tape_kernel import known_rows

    work = _work(program, known_rows())
    if work.numbers > MOST or work.depth > DEEPEST:
        return inf
    count = len(program.inputs) + len(program.outputs) + len(program.guards)
    return CALL + NUMBER * count + work.nanoseconds


class _Work(NamedTuple):
    """The time of a run, the numbers of the array, and how many loops are inside one another."""

    nanoseconds: float
    numbers: int
    depth: int


def _work(program: Program, known: Mapping[str, int]) -> _Work:
    total, numbers, depth = 0.0, 0, 0
    shapes = Counter(zip(program.rows, lengths(program.operands), strict=True))
    for (row, given), times in shapes.items():
        if not fits(row, given, known):
            return _Work(inf, 0, 0)
        each = OPERATION * max(1, given - 1)
        numbers += times * max(1, given)
        if row is None or row is result or row is element:
            each = 0.0
        elif isinstance(row, ScanRow):
            scan, inner = row.scan, _work(row.scan.body, known)
            each += scan.rounds * (ROUND + inner.nanoseconds)
            kept = len(scan.history) + scan.series + len(scan.tables)
            numbers += inner.numbers + scan.rounds * kept
            depth = max(depth, 1 + inner.depth)
        elif row.c.isidentifier() or "\n" in row.c:
            each *= FUNCTION / OPERATION
        total += times * each
    return _Work(total, numbers, depth)
