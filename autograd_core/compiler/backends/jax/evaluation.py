"""What a program is for JAX: a function of an array of numbers and one of rows; and the simplest
one, a program as loop nests.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp

from ...tensorize.loop_nests import LoopNests
from .nests import evaluated


class Results(NamedTuple):
    """The outputs and guards of a run: numbers as an array, rows as blocks (rows, samples)."""

    numbers: Any
    rows: list[Any]
    guard_numbers: Any
    guard_rows: list[Any]


class Form:
    """A program that can be called on an array of numbers and one of rows (or None). `inputs` and
    `guards` say which have samples, `sampled` which outputs have, or had before any sum.
    """

    inputs: list[bool]
    guards: list[bool]
    sampled: list[bool]

    def __call__(self, numbers: Any, rows: Any, weights: Any = None) -> Results:
        raise NotImplementedError


class Flat(Form):
    """A program as loop nests."""

    def __init__(self, nests: LoopNests) -> None:
        self.nests = nests
        self.inputs = [batched for batched, _ in nests.inputs]
        self.guards = [batched for batched, _ in nests.guards]
        self.sampled = nests.sampled

    def __call__(self, numbers: Any, rows: Any, weights: Any = None) -> Results:
        run = evaluated(self.nests, numbers, rows, weights)
        outputs, guards = self.nests.outputs, self.nests.guards
        return Results(
            run.numbers(outputs), run.rows(outputs), run.numbers(guards), run.rows(guards)
        )

    def __str__(self) -> str:
        return str(self.nests)


def stacked(results: Results) -> Any:
    """The outputs with samples as one array, None where there are none."""
    return jnp.concatenate(results.rows) if results.rows else None
