"""What back-ends of loop nests have in common: what a run costs, and when there are arrays."""

from __future__ import annotations

import sys
from functools import cache
from importlib.util import find_spec
from math import inf

from ...engine.forks import importing
from ...errors import MissingExtra
from ..ir.program import Program
from .base import Backend, Forms
from .depth import depth


class ArrayBackend(Backend):
    """Loads no NumPy before it builds.

    `call` and `element` are what an operation and an element of it take, in nanoseconds; `least`
    is the way in and out: a program that is cheaper is none for arrays.
    """

    call: float
    element: float
    least: float

    def missing(self) -> ImportError | None:
        loaded = sys.modules.get("numpy", ...)  # None where its import is blocked
        found = _is_installed() if loaded is ... else loaded is not None
        return None if found else MissingExtra("numpy", "speed", f"the back-end {self.name!r}")

    def bounds(self, program: Program) -> tuple[float, float]:
        """At least a call for each level, for no operation reads another one of its own level."""
        return max(self.least, self.call * depth(program)), inf

    def cost(self, forms: Forms) -> float:
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


@cache
def _is_installed() -> bool:
    return find_spec("numpy") is not None
