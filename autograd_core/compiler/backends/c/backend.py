"""C as a back-end. Compiling takes long, so it runs what it is asked to, and is never chosen by its
cost.
"""

from __future__ import annotations

from math import inf
from typing import Any

from ....engine.forks import importing
from ....errors import MissingExtra
from ....primitives import Primitive
from ...ir.program import Program
from ...ir.scans import every_program, has_scans
from ...passes import Pass
from ..base import Backend, Forms, Kernel
from ..depth import depth
from ..rerolling import SHORTEST
from .layout import CFile
from .parts import depth_of
from .scan_loops import COUNTERS
from .straight import straight

_LONG = 10_000  # instructions of a program with scans; beyond, loops are found in all its rounds
_SHORT = 300  # instructions; a program up to it is written line by line
_WIDE = 24  # instructions on a level; from here on arrays are


class C(Backend):
    name = "c"
    automatic = False
    scans = True

    def __init__(self, narrow: list[Pass], wide: list[Pass]) -> None:
        super().__init__(wide)
        self.narrow = narrow

    def missing(self) -> MissingExtra | None:
        with importing:
            from .library import missing

        return missing()

    def bounds(self, program: Program) -> tuple[float, float]:
        return inf, inf

    def cost(self, forms: Forms) -> float:
        return inf

    def pipeline_of(self, program: Program) -> list[Pass]:
        """Those of a narrow program, which is written line by line, or of a wide one."""
        count = len(program)
        limit = min(_SHORT * 10, SHORTEST - 1) if any(program.batched) else inf
        narrow = has_scans(program) or count <= _SHORT or count < min(limit, _WIDE * depth(program))
        return self.narrow if narrow else self.pipeline

    def runs_scans(self, program: Program) -> bool:
        """Where a round is wide, all are written out, for arrays to be found in them."""
        programs = [*every_program(program)]
        return (
            not any(program.batched)
            and sum([sum(map(_is_statement, x.rows)) for x in programs]) < _LONG
            and depth_of(program) <= len(COUNTERS)
            and all([self.pipeline_of(x) is self.narrow for x in programs[1:]])
        )

    def file(self, forms: Forms) -> CFile:
        """The program as a C file."""
        steps = self.pipeline_of(forms.program)
        form: Any = forms.after(steps)
        if steps is self.narrow:
            return straight(form)
        with importing:
            from .nests import nested  # which loads the passes of array programs

        return nested(form, forms.program)

    def build(self, forms: Forms) -> Kernel:
        with importing:
            from .kernel import Compiled

        return Compiled(self.file(forms))

    def source(self, forms: Forms) -> str:
        return str(self.file(forms))


def _is_statement(row: Primitive | None) -> bool:
    return row is not None and (not row.structured or row.arity < 0)
