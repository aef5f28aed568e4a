"""Loop nests on the native machine."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import partial
from itertools import groupby
from typing import Any

import numpy as np

from ...tensorize import loop_nests
from ...tensorize.loop_nests import LoopNests, Map, Reference
from ..array_machine import ArrayMachine, Function, Training, aligned, vectorised
from .batches import run_samples
from .blocks import assemble
from .calls import caller
from .instructions import Assembled, Block, operation_numbers
from .library import library, short_calls
from .training import Epochs, Places, overlap


class Machine(ArrayMachine):
    """A machine that runs native instructions; rows that only Python computes run between them."""

    def prepare(self, program: LoopNests, samples: int) -> int:
        made, early, deferred = assemble(program, samples, operation_numbers(library()))
        self.pieces, self.split = early + deferred, len(early)
        regions = [self.numbers, self.rows.ravel(), self.inputs.ravel()]
        room = [aligned(made.taken), aligned(made.scratch)]
        blocks = [piece for piece in self.pieces if isinstance(piece, Block)]
        self.assembled = Assembled(blocks, made.constants, made.indices, [*regions, *room])
        self.outputs_at = [slot for batched, slot in program.outputs if not batched]
        self.finite, self.checked = short_calls().native_finite, None
        self.epochs: dict[int, Epochs | None] = {}
        return self.assembled.bytes

    def reading(self, inputs: Any) -> tuple[Function, Function | None]:
        there = len(self.pieces)
        read = self._function(self.split, there, inputs) if self.split < there else None
        return self._function(0, self.split, inputs), read

    def _function(self, first: int, last: int, inputs: Any) -> Function:
        """What runs these pieces one after the other."""
        steps: list[Function] = []
        block = sum([isinstance(piece, Block) for piece in self.pieces[:first]])
        for in_python, run in groupby(self.pieces[first:last], lambda x: isinstance(x, Map)):
            if in_python:
                maps = [piece for piece in run if isinstance(piece, Map)]
                steps += [_in_python(nest, self.numbers, self.rows, inputs) for nest in maps]
            else:
                start, block = block, block + len([*run])
                steps.append(self.assembled.runner(start, block, inputs))
        return steps[0] if len(steps) == 1 else lambda: [step() for step in steps]

    def run_many(self, numbers: Any, rows: Any, found: Any) -> int:
        if self.guards or self.in_python:
            return 0
        self.numbers[self.input_numbers] = numbers
        size, outputs = self.rows.shape[1], self.rows_of_outputs
        given = rows, self.sampled_inputs, found, outputs, size, len(self.pieces)
        return run_samples(self.assembled, *given)

    @property
    def in_python(self) -> bool:
        return any([isinstance(piece, Map) for piece in self.pieces])

    @property
    def rows_of_outputs(self) -> list[int]:
        rows = self.output_rows if self.has_rows else []
        return np.arange(len(self.rows))[rows].tolist()  # type: ignore[no-any-return]

    def train(self, training: Training) -> tuple[Any, Any] | None:
        count = training.update.count
        if count not in self.epochs:
            self.epochs[count] = None
            if not self.in_python and not overlap(training.values, training.slopes):
                places = Places(
                    self.sampled_inputs, self.bindable, self.first, self.rows_of_outputs,
                    self.split, len(self.pieces) - self.split,
                )  # fmt: skip
                self.epochs[count] = Epochs(self.assembled, training, places)
        epochs = self.epochs[count]
        return None if epochs is None else epochs(training)

    def execute(self, function: Function) -> None:
        function()

    def results(self, careful: bool) -> Callable[[], Any]:
        in_python = any([isinstance(piece, Map) for piece in self.pieces[: self.split]])
        places = self.assembled, self.numbers, self.outputs_at
        run, call, found = caller(*places, 0 if in_python else self.split, careful)
        compute, copy = self.compute, found.copy

        def after_python() -> Any:
            compute()
            return copy() if run(call) else None

        def results(_held: Any = self) -> Any:
            return copy() if run(call) else None

        return after_python if in_python else results

    def has_new_nan(self, numbers: Any) -> bool:
        if numbers is not self.checked:  # to ask for the place of an array takes a microsecond
            self.checked = numbers
            place = ctypes.c_void_p(numbers.ctypes.data)
            self.is_finite = partial(self.finite, place, ctypes.c_int64(numbers.size))
        return not self.is_finite()


def _in_python(nest: Map, numbers: Any, rows: Any, inputs: Any) -> Callable[[], None]:
    """What computes a nest whose row has no native operation."""
    function, batched = vectorised(nest.row, len(nest.operands)), nest.out.batched

    def read(x: Reference | list[float]) -> Any:
        if not isinstance(x, Reference):
            found = np.array(x)
        elif x.batched:
            return (inputs if x.region == loop_nests.INPUTS else rows)[list(x.slots)]
        else:
            found = numbers[list(x.slots)]
        return found[:, None] if batched else found

    def step() -> None:
        with np.errstate(all="ignore"):
            (rows if batched else numbers)[list(nest.out.slots)] = function(
                *map(read, nest.operands)
            )

    return step
