"""NumPy as a back-end: what array operations cost, and when. It loads no NumPy before it builds."""

from __future__ import annotations

import sys
from functools import cache
from importlib.util import find_spec
from math import inf

from ....engine.forks import importing
from ....errors import MissingExtra
from ...ir.program import Program
from ..base import Backend, Forms, Kernel
from ..depth import depth

CALL, ELEMENT = 450, 0.8
"""Nanoseconds, measured: a NumPy call, and an element of one."""

LEAST = 5_000  # the way in and out, in nanoseconds: a program that is cheaper is none for arrays


class NumPy(Backend):
    name = "numpy"

    def missing(self) -> MissingExtra | None:
        loaded = sys.modules.get("numpy", ...)  # None where its import is blocked
        found = _is_installed() if loaded is ... else loaded is not None
        return None if found else MissingExtra("numpy", "speed", "the back-end 'numpy'")

    def bounds(self, program: Program) -> tuple[float, float]:
        """At least a call for each level, for no operation reads another one of its own level."""
        return max(LEAST, CALL * depth(program)), inf

    def cost(self, forms: Forms) -> float:
        with importing:
            from ...tensorize.groups import Sums
            from ...tensorize.matmul import Matmul

        cost = 0.0
        for group in forms.after(self.pipeline, "find_matmuls").groups:
            if isinstance(group, Matmul):
                rows, inner, columns = group.shape
                cost += 1.5 * CALL + ELEMENT * (rows * columns + 0.1 * rows * inner * columns)
            elif isinstance(group, Sums):
                cost += sum([CALL + ELEMENT * len(us) for us in group.columns[::2]])
            else:
                cost += CALL + 5 * ELEMENT * len(group.out)
        return cost

    def build(self, forms: Forms) -> Kernel:
        with importing:
            from .memory import Memory

        return Memory(forms, self.pipeline)

    def source(self, forms: Forms) -> str:
        """The views first, then the operations of each call; of a batch for two samples."""
        with importing:
            from . import emit

        samples = 1 + any(forms.program.batched)
        return emit.source(forms.after(self.pipeline), samples).text()


@cache
def _is_installed() -> bool:
    return find_spec("numpy") is not None
