"""The values of a program's instructions, as far as its parts have given them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp

from ...ir.program import Program
from .evaluation import Results
from .slots import Slots


class Known:
    """Numbers and rows by their instructions. `columns` are arrays with a number of each round of a
    loop, or a row.
    """

    def __init__(self, program: Program, numbers: Any, rows: Any) -> None:
        self.dtype = numbers.dtype
        self.samples = 1 if rows is None else rows.shape[1]
        self.slots = {
            False: Slots(len(program), False, program.constants, self.dtype),
            True: Slots(len(program), True, {}, self.dtype),
        }
        self.columns: dict[int, Any] = {}
        self.batched = [False] * len(program)
        for batched, given in ((False, numbers), (True, rows)):
            own = [i for i in program.inputs if program.batched[i] == batched]
            if own:
                self.write(own, given, batched)

    def write(self, instructions: Sequence[int], array: Any, batched: bool) -> None:
        self.slots[batched].write(instructions, array)
        if batched:
            for i in instructions:
                self.batched[i] = True

    def read(self, instructions: Sequence[int], batched: bool) -> Any:
        """The values as an array, with an axis of samples where it is asked for."""
        if not instructions:
            return jnp.zeros((0, self.samples)[: 1 + batched], self.dtype)
        if not batched or all([self.batched[i] for i in instructions]):
            return jnp.asarray(self.slots[batched].read(instructions))
        each = [self.row(i) for i in instructions]
        return jnp.concatenate(each)

    def number(self, i: int) -> Any:
        """The value of one instruction; of samples that are alike the first."""
        return self.slots[True].read([i])[:, 0] if self.batched[i] else self.slots[False].read([i])

    def row(self, i: int) -> Any:
        if self.batched[i]:
            return self.slots[True].read([i])
        found = jnp.asarray(self.slots[False].read([i]))
        return jnp.broadcast_to(found[:, None], (1, self.samples))

    def total(self, i: int, weights: Any) -> Any:
        row = self.row(i)
        return (row if weights is None else jnp.where(weights > 0.0, row, 0.0)).sum(1)

    def parted(self, instructions: Sequence[int], batched: Sequence[bool]) -> tuple[Any, Any]:
        """Those without samples, and those with them."""
        found = [
            [i for i, own in zip(instructions, batched, strict=True) if own == rows]
            for rows in (False, True)
        ]
        return self.read(found[0], False), self.read(found[1], True)

    def give(self, outputs: Sequence[int], sampled: Sequence[bool], found: Results) -> None:
        """Keep what a part gave for these instructions."""
        plain = [i for i, own in zip(outputs, sampled, strict=True) if not own]
        if plain:
            self.write(plain, found.numbers, False)
        each = iter([i for i, own in zip(outputs, sampled, strict=True) if own])
        for block in found.rows:
            self.write([next(each) for _ in range(len(block))], block, True)
