"""NumPy as a back-end."""

from __future__ import annotations

from functools import partial

from ....engine.forks import importing
from ..array_backend import ArrayBackend
from ..base import Forms, Kernel


class NumPy(ArrayBackend):
    name = "numpy"
    call, element, least = 450, 0.8, 5_000  # measured

    def kernel(self, forms: Forms) -> Kernel:
        with importing:
            from ..array_memory import Memory
            from .kernel import Machine

        program = forms.after(self.pipeline)
        # whether NumPy signals each nan that may be wrong, as it does in operations on elements
        signalled = not (forms.after(self.pipeline, "simplify").masks or program.overflowing)
        return Memory(program, partial(Machine, signalled=signalled))

    def text(self, forms: Forms) -> str:
        """The views first, then the operations of each call; of a batch for two samples."""
        with importing:
            from . import emit

        samples = 1 + any(forms.program.batched)
        return emit.source(forms.after(self.pipeline), samples).text()
