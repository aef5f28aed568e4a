"""JAX as a back-end. It loads no JAX before it builds."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from math import inf
from typing import Any

from ....engine.forks import importing
from ....errors import MissingExtra
from ...ir.program import Program
from ...passes import Pass
from ..base import Backend, Forms, Kernel, for_all_numbers


class Jax(Backend):
    """It runs only what it is asked for: a call costs more than NumPy's, and compiling far more."""

    name = "jax"
    automatic = False
    strict = True
    scans = True
    shards = True

    def __init__(self, pipeline: list[Pass], straight: list[Pass]) -> None:
        super().__init__(pipeline)
        self.straight = straight

    def missing(self) -> MissingExtra | None:
        return None if _is_installed() else MissingExtra("jax", "jax", "the back-end 'jax'")

    def bounds(self, program: Program) -> tuple[float, float]:
        return inf, inf

    def cost(self, forms: Forms) -> float:
        return inf

    def build(self, forms: Forms) -> Kernel:
        with importing:
            from .kernel import JaxKernel

        return JaxKernel(self.form(forms))

    def build_on(self, forms: Forms, devices: Any) -> Kernel:
        with importing:
            from .kernel import ShardedKernel

        return ShardedKernel(self.form(forms), devices)

    def function(self, forms: Forms, dtype: str) -> Callable[..., Any]:
        with importing:
            from .function import function_of

        for_all_numbers(forms.program, dtype, "a JAX function")
        return function_of(self.form(forms), dtype)

    def source(self, forms: Forms) -> str:
        """The nests, which are what is handed to JAX."""
        return f"{self.form(forms)}\n"

    def form(self, forms: Forms) -> Any:
        with importing:
            from .deep import form_of

        return form_of(forms, self.pipeline, self.straight)


@cache
def _is_installed() -> bool:
    return find_spec("jax") is not None
