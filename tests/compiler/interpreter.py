"""A third back-end, which interprets the loop nests in plain Python, slot by slot: the oracle of all
others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np

from autograd_core.compiler.backends.base import Backend, Forms, Kernel
from autograd_core.compiler.ir.program import Program
from autograd_core.compiler.tensorize.loop_nests import (
    INPUTS,
    NUMBERS,
    ROWS,
    Combine,
    Contract,
    LoopNests,
    Map,
    Nest,
    Operand,
    Part,
    Reference,
)


class Interpreter(Backend):
    name = "oracle"

    def bounds(self, program: Program) -> tuple[float, float]:
        return 0.0, 0.0

    def cost(self, forms: Forms) -> float:
        return 0.0

    def build(self, forms: Forms) -> Interpreted:
        return Interpreted(forms.after(self.pipeline))

    def source(self, forms: Forms) -> str:
        return str(forms.after(self.pipeline))


class Interpreted(Kernel):
    """Where no nest reads samples and other rows together, the samples are in no slot but those of
    the inputs.
    """

    def __init__(self, program: LoopNests) -> None:
        self.program, self.sampled = program, program.sampled

    def run(self, numbers: Any, rows: Any = None, samples: int = 1) -> tuple[Any, Any, list[Any]]:
        program = self.program
        own = program.sizes[INPUTS]
        self.numbers: list[Any] = [None] * program.sizes[NUMBERS]
        self.rows: list[Any] = [[None] * samples for _ in range(program.sizes[ROWS])]
        self.inputs = [[None] * samples for _ in range(own)] if program.separate else self.rows
        for (batched, slot), number in program.constants:
            if not batched:
                self.numbers[slot] = number
                continue
            self.rows[slot] = [number] * samples
            if slot < own:
                self.inputs[slot] = [number] * samples
        *numbers, last = [*map(float, numbers)] or [0.0]
        shared = iter([*numbers, last * program.apart_factor])
        sampled = iter(() if rows is None else rows.tolist())
        for batched, slot in program.inputs:
            if batched:
                self.inputs[slot] = next(sampled)
            else:
                self.numbers[slot] = next(shared)
        for nest in program:
            assert nest.out.region != INPUTS
            assert not nest.out.batched or min(nest.out.slots) >= own
            self.nest(nest, samples)
        outputs = [self.rows[slot] for batched, slot in program.outputs if batched]
        guards = [
            np.array(self.rows[slot]) != 0.0 if batched else self.numbers[slot] != 0.0
            for batched, slot in program.guards
        ]
        found = [self.numbers[slot] for batched, slot in program.outputs if not batched]
        return found, np.array(outputs, float) if outputs else None, guards

    def nest(self, nest: Nest, samples: int) -> None:
        out = nest.out
        for n in range(samples if out.batched else 1):
            if isinstance(nest, Map):
                found = self.mapped(nest, n)
            elif isinstance(nest, Contract):
                found = self.contracted(nest, range(samples) if nest.over else [n])
            elif isinstance(nest, Combine):
                found = self.combined(nest, n)
            else:
                found = [added([x for part in nest.parts for x in self.part(part, n)])]
            for k, number in enumerate(found):
                if out.batched:
                    self.rows[at(out, k)][n] = number
                else:
                    self.numbers[at(out, k)] = number

    def mapped(self, nest: Map, n: int) -> list[float]:
        given = [self.read(x, n) for x in nest.operands]
        return [nest.row.compute(*xs) for xs in zip(*given, strict=True)]

    def combined(self, nest: Combine, n: int) -> list[float]:
        found: dict[int, list[float]] = {slot: [] for slot in nest.out.slots}
        for part in nest.parts:
            for slot, number in zip(part.out.slots, self.part(part, n), strict=True):
                found[slot].append(number)
        return [added(numbers) for numbers in found.values()]

    def part(self, part: Part, n: int) -> list[float]:
        """coefficient · u · v for each k."""
        found = part.coefficients
        for x in part.factors:
            numbers = self.read(x, n)
            found = found if len(found) == len(numbers) else found * len(numbers)
            found = [a * b for a, b in zip(found, numbers, strict=True)]
        return found

    def contracted(self, nest: Contract, samples: Iterable[int]) -> Iterator[float]:
        rows, inner, columns = nest.shape
        read = [(self.read(nest.left, n), self.read(nest.right, n)) for n in samples]
        for i, j in product(range(rows), range(columns)):
            pairs = [(a[i * inner + k], b[k * columns + j]) for a, b in read for k in range(inner)]
            yield nest.coefficient * added([x * y for x, y in pairs])

    def read(self, x: Operand, n: int) -> list[float]:
        if not isinstance(x, Reference):
            return x
        slots = [at(x, k) for k in range(len(x.slots))]
        if not x.batched:
            return [self.numbers[slot] for slot in slots]
        rows = self.inputs if x.region == INPUTS else self.rows
        return [rows[slot][n] for slot in slots]


def at(x: Reference, k: int) -> int:
    """Slot k, of a matrix row by row."""
    if x.strides is None:
        return x.slots[k]
    indices = divmod(k, x.shape[1]) if len(x.shape) > 1 else (k,)
    return x.start + sum(s * i for s, i in zip(x.strides, indices, strict=True))


def added(numbers: Sequence[float]) -> float:
    """Their sum; of nothing 0, but −0 of nothing else than −0."""
    return sum(numbers[1:], numbers[0]) if numbers else 0.0
