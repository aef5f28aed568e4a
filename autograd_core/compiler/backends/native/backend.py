"""Native code as a back-end. It loads neither NumPy nor the library before it builds."""

from __future__ import annotations

from ....engine.forks import importing
from ..array_backend import ArrayBackend
from ..base import Forms, Kernel
from .library import library, missing_library

CACHE = 1 << 19
"""The bytes of the rows that a machine works on at a time; for NumPy more are better."""


class Native(ArrayBackend):
    name = "native"
    call, element, least = 25, 0.3, 2_000  # measured

    def missing(self) -> ImportError | None:
        return super().missing() or missing_library()

    def kernel(self, forms: Forms) -> Kernel:
        with importing:
            from ..array_memory import Memory
            from .machine import Machine

        return Memory(forms.after(self.pipeline), Machine, CACHE)

    def text(self, forms: Forms) -> str:
        """The instructions, as text; of a batch for two samples."""
        with importing:
            from .blocks import source
            from .instructions import operation_numbers

        known = operation_numbers(library())
        return source(forms.after(self.pipeline), 1 + any(forms.program.batched), known)
