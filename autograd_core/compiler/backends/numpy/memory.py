"""The memory of a program on arrays: one buffer for everything without samples, and a machine with
buffers of its own for each number of samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ....engine.forks import Locked
from ...passes import Pass
from ...tensorize.loop_nests import NUMBERS, LoopNests
from ..base import Caller, Forms, Kernel, Steps
from .kernel import Machine, aligned

ROOM, FEWEST = 1 << 27, 8
"""The bytes that the machines of a program may take, and how many of them always may."""


class Memory(Locked, Kernel):
    def __init__(self, forms: Forms, pipeline: Sequence[Pass]) -> None:
        super().__init__()
        self.program: LoopNests = forms.after(pipeline)
        self.sampled = self.program.sampled
        self.numbers = aligned(self.program.sizes[NUMBERS])
        # whether NumPy signals each nan that may be wrong, as it does in operations on elements
        self.signalled = not (forms.after(pipeline, "simplify").masks or self.program.overflowing)
        self.machines: dict[int, Machine] = {}

    def machine(self, samples: int) -> Machine:
        """The array program with buffers for so many samples; those used last are kept, as many
        as there is room for.
        """
        machine = self.machines.pop(samples, None)
        if machine is None:
            machine = Machine(self.program, samples, self.numbers, signalled=self.signalled)
            room = ROOM - machine.bytes - sum([other.bytes for other in self.machines.values()])
            while room < 0 and len(self.machines) >= FEWEST:
                room += self.machines.pop(next(iter(self.machines))).bytes
        self.machines[samples] = machine  # the last of them
        return machine

    prepare = machine

    def run(self, numbers: Any, rows: Any = None, samples: int = 1) -> tuple[Any, Any, list[Any]]:
        with self.lock:
            return self.machine(samples).run(numbers, rows)

    def caller(self, arguments: Sequence[Any], careful: bool) -> Caller:
        machine = self.machine(1)
        places = machine.targets([np.shape(x) for x in arguments])
        targets = [(k, *target) for k, target in enumerate(places)]

        def call(arguments: Sequence[Any]) -> Any:
            with self.lock:
                for k, buffer, where in targets:
                    buffer[where] = arguments[k]
                return machine.outputs(careful)

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


class ArraySteps(Steps):
    """Steps whose parameters and gradient lie in the program's own memory."""

    def __init__(self, memory: Memory, parameters: int, careful: bool) -> None:
        program = memory.program
        *inputs, self._seed = [slot for batched, slot in program.inputs if not batched]
        values, self._places = memory.view(inputs)
        gradient, self._slopes = memory.view(
            [slot for _, slot in program.outputs[1 : 1 + parameters]]
        )
        super().__init__(memory, values, gradient, careful)
        self.memory, self._factor = memory, program.apart_factor
        self._samples = 0

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
        return machine.suspect and self.careful and machine.has_new_nan(self.gradient)

    def read(self) -> tuple[float, Any]:
        return self._machine.deferred()
