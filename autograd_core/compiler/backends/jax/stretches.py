"""A deep program as stretches, each a program of its own: those between the loops that rerolling
finds, and one round of each loop.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ...ir.program import Program
from ..rerolling import Each, Inputs, Loop, Loops, Operand, Round, Same, Series

DEEP = 30
"""So many levels are compiled as they stand."""
SHORTEST = 200
"""The operations of a program in which loops are looked for."""


@dataclass
class Stretch:
    """A program whose inputs are values that are known, and whose outputs are instructions of the
    whole program.
    """

    program: Program
    inputs: list[int]
    outputs: list[int]


@dataclass
class Rolled:
    """A loop. The inputs of the program of one round are `shared` values, values that are `carried`
    from earlier rounds, and `moving` ones; its outputs are those places of the round that are
    carried on or needed later.

    `carried` are pairs of a place among the outputs and the instruction that it begins with, or the
    place among the carried ones that was it the round before. `moving` has the instructions of each
    input, one for each round; `outputs` those of each output.
    """

    rounds: int
    program: Program
    shared: list[int]
    carried: list[tuple[bool, int, int]]
    moving: list[tuple[int, ...]]
    outputs: list[tuple[int, ...]]
    needed: list[bool]


def is_deep(levels: int) -> bool:
    return levels > DEEP


def stretches(program: Program) -> list[Stretch | Rolled] | None:
    """The stretches in their order; None where loops make up less than half of the program.

    What has a value for each sample is noted in `program.batched`, where a loop carries it.
    """
    loops = Loops(program, SHORTEST)
    if 2 * sum([x.end - x.start for x in loops.found]) < len(loops.operations):
        return None
    return _Cutter(program, loops).parts()


def stretch_of(program: Program, instructions: Sequence[int], read: Container[int]) -> Stretch:
    """These instructions as a program; its outputs are those that are `read` elsewhere."""
    new, at, inputs = Program(strict=program.strict), dict[int, int](), list[int]()
    for i in instructions:
        for j in program.operands[i]:
            if j not in at:
                at[j] = _leaf(program, new, j, inputs)
        operands = tuple([at[j] for j in program.operands[i]])
        at[i] = new.append(program.rows[i], operands, program.recorded[i])
        program.batched[i] = new.batched[at[i]]
    outputs = [i for i in instructions if i in read]
    new.outputs = [at[i] for i in outputs]
    return Stretch(new, inputs, outputs)


def _leaf(program: Program, new: Program, j: int, inputs: list[int]) -> int:
    """A value from outside in a new program."""
    if j in program.constants:
        return new.constant(program.constants[j])
    inputs.append(j)
    return new.input(program.recorded[j], batched=program.batched[j])


class _Cutter:
    def __init__(self, program: Program, loops: Loops) -> None:
        self.program, self.loops = program, loops
        self.operations = loops.operations
        self.read = self._read()

    def parts(self) -> list[Stretch | Rolled]:
        found: list[Stretch | Rolled] = []
        ends = [(0, 0), *[(x.start, x.end) for x in self.loops.found]]
        ends.append((len(self.operations), 0))
        after = [*self.loops.found, None]
        for ((_, a), (b, _)), loop in zip(pairwise(ends), after, strict=True):
            if (
                a < b
                and (stretch := stretch_of(self.program, self.operations[a:b], self.read)).outputs
            ):
                found.append(stretch)
            if loop is not None:
                found.append(self._rolled(loop))
        return found

    def _read(self) -> set[int]:
        """The instructions that are read outside of the stretch, or of the round, that they are in;
        carried ones apart.
        """
        program, operations = self.program, self.operations
        read = {*program.outputs, *[i for i, _ in program.guards]}
        edges = [0, *[m for x in self.loops.found for m in (x.start, x.end)], len(operations)]
        of = {operations[m]: k for k, (a, b) in enumerate(pairwise(edges)) for m in range(a, b)}
        for i in operations:
            read.update([j for j in program.operands[i] if of.get(j, of[i]) != of[i]])
        return read

    def _rolled(self, loop: Loop) -> Rolled:
        batched: set[tuple[int, int]] = set()
        while True:  # what one round gives with samples, the next one takes with samples
            made = _Body(self, loop, batched)
            if made.batched <= batched:
                return made.rolled()
            batched = batched | made.batched


class _Body:
    """The program of one round; `batched` are the carried values (place, lag) with samples."""

    def __init__(self, cutter: _Cutter, loop: Loop, batched: set[tuple[int, int]]) -> None:
        self.cutter, self.loop, self.program = cutter, loop, cutter.program
        self.new = Program(strict=self.program.strict)
        self.at: dict[Any, int] = {}
        self.shared: list[int] = []
        self.moving: list[tuple[int, ...]] = []
        lags: dict[int, int] = {}
        for x in self._operands():
            if isinstance(x, Round) and x.lag:
                lags[x.place] = max(x.lag, lags.get(x.place, 0))
        self.carried = [(place, lag + 1) for place, most in lags.items() for lag in range(most)]
        for x in self._operands():
            self._leaf(x)
        # the inputs of the program: those that are shared, carried, and moving
        for place, lag in self.carried:
            known = (place, lag) in batched or self.program.batched[self._begin(place, lag)]
            number = self.program.recorded[self._begin(place, lag)]
            self.at[Round(place, lag)] = self.new.input(number, batched=known)
        for x in self._operands():
            self._moving(x)
        self.places: list[int] = []
        for i, operands in zip(loop.body, loop.operands, strict=True):
            given = tuple([self._of(x) for x in operands])
            self.places.append(
                self.new.append(self.program.rows[i], given, self.program.recorded[i])
            )
        self.batched = {
            (place, lag)
            for place, lag in self.carried
            if self.new.batched[self.places[place]] or self.new.batched[self.at[Round(place, lag)]]
        }
        # a value that is carried on in two steps has samples in both, or in neither
        self.batched |= {(place, lag) for place, lag in self.carried if (place, 1) in self.batched}

    def _operands(self) -> Iterable[Operand]:
        return [x for operands in self.loop.operands for x in operands]

    def _begin(self, place: int, lag: int) -> int:
        """The instruction that a carried value begins with."""
        m = self.loop.start + place - lag * self.loop.period
        return self.cutter.operations[max(m, 0)]

    def _leaf(self, x: Operand) -> None:
        if isinstance(x, Same) and x not in self.at:
            self.at[x] = _leaf(self.program, self.new, x.instruction, self.shared)

    def _moving(self, x: Operand) -> None:
        if isinstance(x, Same | Round) or self._key(x) in self.at:
            return
        each = self._each(x)
        self.moving.append(each)
        sampled = any([self.program.batched[i] for i in each])
        self.at[self._key(x)] = self.new.input(self.program.recorded[each[0]], batched=sampled)

    def _key(self, x: Operand) -> Any:
        return (id(x.loop), *x[1:]) if isinstance(x, Series) else x

    def _each(self, x: Operand) -> tuple[int, ...]:
        """The instruction that a moving operand is, in each round."""
        if isinstance(x, Each):
            return x.instructions
        if isinstance(x, Inputs):
            return tuple(
                [self.program.inputs[x.first + x.step * k] for k in range(self.loop.rounds)]
            )
        assert isinstance(x, Series)
        first = x.loop.start + x.place + x.first * x.loop.period
        step = x.step * x.loop.period
        return tuple([self.cutter.operations[first + step * k] for k in range(self.loop.rounds)])

    def _of(self, x: Operand) -> int:
        if isinstance(x, Round) and not x.lag:
            return self.places[x.place]
        return self.at[self._key(x)]

    def rolled(self) -> Rolled:
        loop, operations = self.loop, self.cutter.operations
        sources = {place for place, _ in self.carried}
        places, outputs, needed = [], [], []
        for q in range(loop.period):
            each = tuple([operations[loop.start + q + k * loop.period] for k in range(loop.rounds)])
            for i in each:
                self.program.batched[i] = self.new.batched[self.places[q]]
            wanted = any([i in self.cutter.read for i in each])
            if wanted or q in sources:
                places.append(q)
                outputs.append(each)
                needed.append(wanted)
        self.new.outputs = [self.places[q] for q in places]
        carried = [
            (
                lag == 1,
                places.index(place) if lag == 1 else self.carried.index((place, lag - 1)),
                self._begin(place, lag),
            )
            for place, lag in self.carried
        ]
        return Rolled(loop.rounds, self.new, self.shared, carried, self.moving, outputs, needed)
