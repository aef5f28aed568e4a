"""What back-ends of loop nests have in common: what a run costs, and when there are arrays."""

from __future__ import annotations

import sys
from abc import abstractmethod
from functools import cache
from importlib.util import find_spec
from math import inf

from ...engine.forks import importing
from ...errors import MissingExtra
from ..ir.program import Program
from ..ir.scans import has_scans, scans_of
from .base import Backend, Forms, Kernel
from .depth import depth
from .segments import Segments, SegmentsKernel, in_parts

ROUND = 15_000  # of a loop, in nanoseconds: its numbers go in and out


class ArrayBackend(Backend):
    """Loads no NumPy before it builds.

    `call` and `element` are what an operation and an element of it take, in nanoseconds.
    """

    scans = True
    call: float
    element: float

    def missing(self) -> ImportError | None:
        loaded = sys.modules.get("numpy", ...)  # None where its import is blocked
        found = _is_installed() if loaded is ... else loaded is not None
        return None if found else MissingExtra("numpy", "speed", f"the back-end {self.name!r}")

    def bounds(self, program: Program) -> tuple[float, float]:
        """At least a call for each level, for no operation reads another one of its own level."""
        rounds = [row.scan.rounds * self.bounds(row.scan.body)[0] for _, row in scans_of(program)]
        return max(self.least, self.call * depth(program)) + sum(rounds), inf

    def cost(self, forms: Forms) -> float:
        if has_scans(forms.program):
            parts = Segments(forms.program).programs()
            return sum([n * (self.cost(Forms(part)) + ROUND * (n > 1)) for _, part, n in parts])
        with importing:
            from ..tensorize.groups import Sums
            from ..tensorize.matmul import Matmul

        cost = 0.0
        for group in forms.after(self.pipeline, "find_matmuls").groups:
            if isinstance(group, Matmul):
                rows, inner, columns = group.shape
                cost += 1.5 * self.call + self.element * (
                    rows * columns + 0.1 * rows * inner * columns
                )
            elif isinstance(group, Sums):
                cost += sum([self.call + self.element * len(us) for us in group.columns[::2]])
            else:
                cost += self.call + 5 * self.element * len(group.out)
        return cost

    def build(self, forms: Forms) -> Kernel:
        if has_scans(forms.program):
            return SegmentsKernel(forms.program, lambda part: self.build(Forms(part)))
        return self.kernel(forms)

    def passes(self, forms: Forms) -> dict[str, str]:
        return in_parts(forms.program, lambda part: super(ArrayBackend, self).passes(Forms(part)))

    def source(self, forms: Forms) -> str:
        return in_parts(forms.program, lambda part: {"": self.text(Forms(part))})[""]

    @abstractmethod
    def kernel(self, forms: Forms) -> Kernel:
        """The kernel that runs a program without scans."""

    @abstractmethod
    def text(self, forms: Forms) -> str:
        """The source of a program without scans."""


@cache
def _is_installed() -> bool:
    return find_spec("numpy") is not None
