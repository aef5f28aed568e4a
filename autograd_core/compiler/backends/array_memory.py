"""The memory of a program on arrays: one buffer for everything without samples, and a machine with
buffers of its own for each number of samples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from sys import maxsize
from typing import Any

import numpy as np

from ...engine.forks import Locked
from ..tensorize.loop_nests import NUMBERS, ROWS, LoopNests
from .array_machine import ArrayMachine, Training, aligned
from .base import Caller, Kernel, Steps, Update

Maker = Callable[[LoopNests, int, Any], ArrayMachine]
"""Makes a machine of a program, for so many samples, with the numbers that all have in common."""

ROOM, FEWEST = 1 << 27, 8
"""The bytes that the machines of a program may take, and how many of them always may."""
CACHE = 1 << 22
"""The bytes of the rows that a machine works on at a time where it may choose: as much as stays in
the cache of a processor.
"""


class Memory(Locked, Kernel):
    def __init__(self, program: LoopNests, maker: Maker, cache: int = CACHE) -> None:
        super().__init__()
        self.program, self.maker = program, maker
        self.sampled = program.sampled
        self.numbers = aligned(program.sizes[NUMBERS])
        self.machines: dict[int, ArrayMachine] = {}
        rows = max(1, program.sizes[ROWS])
        self.most = maxsize if program.sums_over_samples else max(1024, cache // (64 * rows) * 8)

    def machine(self, samples: int) -> ArrayMachine:
        """The array program with buffers for so many samples; those used last are kept, as many
        as there is room for.
        """
        machine = self.machines.pop(samples, None)
        if machine is None:
            machine = self.maker(self.program, samples, self.numbers)
            room = ROOM - machine.bytes - sum([other.bytes for other in self.machines.values()])
            while room < 0 and len(self.machines) >= FEWEST:
                room += self.machines.pop(next(iter(self.machines))).bytes
        self.machines[samples] = machine  # the last of them
        return machine

    def prepare(self, samples: int) -> Any:
        return self.machine(min(samples, self.most))

    def run(self, numbers: Any, rows: Any = None, samples: int = 1) -> tuple[Any, Any, list[Any]]:
        with self.lock:
            if samples <= self.most:
                return self.machine(samples).run(numbers, rows)
            found = None
            if outputs := sum([batched for batched, _ in self.program.outputs]):
                found = np.empty((outputs, samples))
            done = 0
            if found is not None:
                machine = self.machine(self.most)
                done = machine.run_many(numbers, rows, found)
                if done == samples:
                    return machine.numbers[machine.output_numbers].copy(), found, []
            parts = [
                self.machine(b - a).run(
                    numbers, rows[:, a:b], None if found is None else found[:, a:b]
                )
                for a, b in pairwise([*range(done, samples, self.most), samples])
            ]
            return parts[0][0], found, _joined([guards for _, _, guards in parts])

    def caller(self, arguments: Sequence[Any], careful: bool) -> Caller:
        """Each call takes a machine that no other one has, and puts it back; so it needs no lock,
        and may be interrupted or entered again at any point.
        """
        shapes = [np.shape(x) for x in arguments]
        size = self.program.sizes[NUMBERS]
        self.machines.pop(1, None)  # it would lie idle
        free: list[Caller] = []
        take, put_back = free.pop, free.append

        def call(arguments: Sequence[Any]) -> Any:
            try:
                run = take()
            except IndexError:
                run = self.maker(self.program, 1, aligned(size)).caller(shapes, careful)
            found = run(arguments)
            put_back(run)
            return found

        return call

    def steps(self, parameters: int, careful: bool) -> Steps:
        return ArraySteps(self, parameters, careful)

    def view(self, places: list[int]) -> tuple[Any, Any]:
        """The program's own memory where it lies in one piece, else an array and where its
        numbers go.
        """
        if places == list(range(places[0], places[0] + len(places))):
            return self.numbers[places[0] : places[0] + len(places)], None
        return np.zeros(len(places)), np.array(places)


def _joined(parts: list[list[Any]]) -> list[Any]:
    """The guards for all samples from those of strips of them."""
    return [
        x[0] if isinstance(x[0], float) else np.concatenate(x) for x in zip(*parts, strict=True)
    ]


class ArraySteps(Steps):
    """Steps whose parameters and gradient lie in the program's own memory."""

    def __init__(self, memory: Memory, parameters: int, careful: bool) -> None:
        program = memory.program
        *inputs, self._seed = [slot for batched, slot in program.inputs if not batched]
        values, self._places = memory.view(inputs)
        slopes = [slot for _, slot in program.outputs[1 : 1 + parameters]]
        gradient, self._slopes = memory.view(slopes)
        super().__init__(memory, values, gradient, careful)
        self.memory, self._factor = memory, program.apart_factor
        self._samples = 0
        self._where = np.array(inputs, np.int64), np.array(slopes, np.int64)

    def step(self, rows: Any, seed: float) -> bool:
        samples = rows.shape[1]
        if samples != self._samples:
            self._machine, self._samples = self.memory.machine(samples), samples
        machine = self._machine
        machine.numbers[self._seed] = seed * self._factor
        if self._places is not None:
            machine.numbers[self._places] = self.values
        machine.step(rows)
        if self._slopes is not None:
            machine.numbers.take(self._slopes, None, self.gradient, "clip")
        return self.careful and machine.has_new_nan(self.gradient)

    def train(
        self, samples: Any, batches: Sequence[Sequence[int]], update: Update, drawn: Any
    ) -> Any:
        machine = self.memory.machine(len(batches[0]))
        machine.numbers[self._seed] = 1.0 / len(batches[0]) * self._factor  # as in a step
        if self._places is not None:
            machine.numbers[self._places] = self.values
        given = Training(samples, batches, drawn, *self._where, self.careful, update)
        found = machine.train(given)
        if self._places is not None:
            machine.numbers.take(self._places, None, self.values, "clip")
        if self._slopes is not None:
            machine.numbers.take(self._slopes, None, self.gradient, "clip")
        return found

    def read(self) -> tuple[float, Any]:
        return self._machine.deferred()
