"""A program as a function of JAX arrays: its loop nests, or those of its stretches, with loops as
scans.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ....engine.gc_pause import collector_paused
from ...ir.program import Program
from ...passes import Pass
from ...tensorize.loop_nests import LoopNests
from ..base import Forms
from ..depth import depth
from .nests import evaluated
from .slots import Slots
from .stretches import Rolled, Stretch, is_deep, stretches


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


class Deep(Form):
    """A program as stretches of loop nests, and loops."""

    def __init__(
        self,
        program: Program,
        parts: Sequence[Stretch | Rolled],
        lower: Callable[[Program], LoopNests],
    ) -> None:
        self.program = program
        self.parts = [(part, lower(part.program)) for part in parts]
        self.inputs = [program.batched[i] for i in program.inputs]
        self.guards = [program.batched[i] for i, _ in program.guards]
        self.sampled = [program.batched[i] for i in program.outputs]

    def __str__(self) -> str:
        return "\n".join([_text(part, nests) for part, nests in self.parts])

    def __call__(self, numbers: Any, rows: Any, weights: Any = None) -> Results:
        program = self.program
        known = _Known(program, numbers, rows)
        for part, nests in self.parts:
            if isinstance(part, Rolled):
                known.loop(part, nests)
            else:
                known.stretch(part, nests)
        numbers_out, rows_out = [], []
        for k, (i, batched) in enumerate(zip(program.outputs, self.sampled, strict=True)):
            if batched and k >= program.summed:
                rows_out.append(known.row(i))
            else:
                numbers_out.append(known.total(i, weights) if batched else known.number(i))
        asked = [*zip([i for i, _ in program.guards], self.guards, strict=True)]
        return Results(
            _joined(numbers_out, numbers.dtype),
            rows_out,
            _joined([known.number(i) for i, batched in asked if not batched], numbers.dtype),
            [known.row(i) for i, batched in asked if batched],
        )


class _Known:
    """The values of a program's instructions, as far as they are known."""

    def __init__(self, program: Program, numbers: Any, rows: Any) -> None:
        self.dtype = numbers.dtype
        self.samples = 1 if rows is None else rows.shape[1]
        self.slots = {
            False: Slots(len(program), False, program.constants, self.dtype),
            True: Slots(len(program), True, {}, self.dtype),
        }
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

    def stretch(self, part: Stretch, nests: LoopNests) -> None:
        flags = [part.program.batched[i] for i in part.program.inputs]
        numbers, rows = self.parted(part.inputs, flags)
        run = evaluated(nests, numbers, rows if len(rows) else None)
        sampled = nests.sampled
        plain = [i for i, own in zip(part.outputs, sampled, strict=True) if not own]
        if plain:
            self.write(plain, run.numbers(nests.outputs), False)
        each = iter([i for i, own in zip(part.outputs, sampled, strict=True) if own])
        for block in run.rows(nests.outputs):
            self.write([next(each) for _ in range(len(block))], block, True)

    def loop(self, part: Rolled, nests: LoopNests) -> None:
        scan = _Scan(self, part, nests)
        for batched, ys in zip((False, True), scan.run(), strict=True):
            wanted = [each for each, own in scan.wanted if own == batched]
            if wanted:
                by_round = [each[k] for k in range(part.rounds) for each in wanted]
                self.write(by_round, ys.reshape(len(by_round), *ys.shape[2:]), batched)


class _Scan:
    """A loop. Each of its values is among the numbers or among the rows, by the flags of its kind,
    and has a place there.
    """

    def __init__(self, known: _Known, part: Rolled, nests: LoopNests) -> None:
        self.known, self.part, self.nests = known, part, nests
        flags = iter([part.program.batched[i] for i in part.program.inputs])
        self.shared, self.carried, self.moving = [
            [next(flags) for _ in given] for given in (part.shared, part.carried, part.moving)
        ]
        self.outputs = nests.sampled
        given = zip(part.outputs, self.outputs, part.needed, strict=True)
        self.wanted = [(each, own) for each, own, needed in given if needed]

    def run(self) -> tuple[Any, Any]:
        """The outputs that are needed: rounds, outputs, and samples."""
        known, part = self.known, self.part
        self.fixed = known.parted(part.shared, self.shared)
        begin = known.parted([i for _, _, i in part.carried], self.carried)
        xs = [self._moving(batched) for batched in (False, True)]
        _, found = jax.lax.scan(self._round, begin, tuple(xs), part.rounds)
        return found  # type: ignore[no-any-return]

    def _moving(self, batched: bool) -> Any:
        """The moving inputs: rounds, inputs, and samples."""
        given = zip(self.part.moving, self.moving, strict=True)
        found = [self.known.read(each, batched) for each, own in given if own == batched]
        if found:
            return jnp.stack(found, 1)
        shape = (self.part.rounds, 0, self.known.samples)
        return jnp.zeros(shape[: 2 + batched], self.known.dtype)

    def _round(self, carry: Any, x: Any) -> tuple[Any, Any]:
        given = [jnp.concatenate(parts) for parts in zip(self.fixed, carry, x, strict=True)]
        numbers, rows = given
        run = evaluated(self.nests, numbers, rows if len(rows) else None)
        blocks = run.rows(self.nests.outputs)
        found = run.numbers(self.nests.outputs), jnp.concatenate(blocks) if blocks else rows[:0]
        needed = [k for k, needed in enumerate(self.part.needed) if needed]
        own, places = self.outputs, _places(self.outputs)
        left = [
            found[batched][np.array([places[k] for k in needed if own[k] == batched], int)]
            for batched in (False, True)
        ]
        return self._carry(found, carry), tuple(left)

    def _carry(self, found: Any, carry: Any) -> tuple[Any, Any]:
        """What the next round takes from this one, and from those before."""
        following: tuple[list[Any], list[Any]] = ([], [])
        for (fresh, k, _), batched in zip(self.part.carried, self.carried, strict=True):
            values, flags = (found, self.outputs) if fresh else (carry, self.carried)
            y = values[flags[k]][_places(flags)[k]]
            if batched and not flags[k]:
                y = jnp.broadcast_to(y, (self.known.samples,))
            following[batched].append(y)
        numbers, rows = [
            jnp.stack(ys) if ys else old for ys, old in zip(following, carry, strict=True)
        ]
        return numbers, rows


def _places(sampled: Sequence[bool]) -> list[int]:
    """For each its place among those that have samples as it has, or have none."""
    counts = [0, 0]
    places = []
    for own in sampled:
        places.append(counts[own])
        counts[own] += 1
    return places


def _joined(numbers: list[Any], dtype: Any) -> Any:
    return (
        jnp.concatenate([jnp.asarray(x, dtype) for x in numbers])
        if numbers
        else jnp.zeros(0, dtype)
    )


def _text(part: Stretch | Rolled, nests: LoopNests) -> str:
    if isinstance(part, Stretch):
        return str(nests)
    return f"for each of {part.rounds} rounds:\n  " + str(nests).replace("\n", "\n  ")


def form_of(forms: Forms, pipeline: Sequence[Pass], straight: Sequence[Pass]) -> Form:
    """A program in the form that XLA compiles soonest: a deep one as stretches where it has loops,
    for XLA's time grows faster than the number of array operations.
    """
    with collector_paused():
        if is_deep(depth(forms.program)):
            program = forms.after(straight)
            program = replace(program, batched=[*program.batched])
            if (parts := stretches(program)) is not None:
                return Deep(program, parts, lambda part: Forms(part).after(pipeline))
        return Flat(forms.after(pipeline))
