"""A tape with its array as a kernel, called through ctypes."""

from __future__ import annotations

import ctypes
from array import array
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import count
from struct import Struct
from typing import Any
from weakref import finalize

from ....engine.forks import Locked
from ....primitives import TABLE
from ..base import Caller, Kernel
from ..buffers import caller, doubles
from .library import library
from .tape_code import LOOP, WIDTH
from .tape_lowering import Tape

WORK = 10_000_000
"""Operations of a turn, a few hundredths of a second."""


@cache
def known_rows() -> Mapping[str, int]:
    """The numbers of the rows that the library has, by their names."""
    library().tape_row.restype = ctypes.c_char_p
    found: dict[str, int] = {}
    for number in count():
        name = library().tape_row(number)
        if name is None:
            return found
        found[name.decode()] = number
    raise AssertionError


class Taped(Locked, Kernel):
    """A tape with its array, for one call at a time."""

    def __init__(self, tape: Tape) -> None:
        super().__init__()
        program, found = tape.program, library()
        found.tape_new.restype = ctypes.c_void_p
        code, _ = tape.code.buffer_info()
        size = len(tape.numbers)
        handle = found.tape_new(
            ctypes.c_void_p(code), ctypes.c_int64(len(tape.code) // WIDTH), ctypes.c_int64(size)
        )
        if not handle:
            raise ValueError("the tape is not valid, so it is not run")
        self.tape = ctypes.c_void_p(handle)
        finalize(self, found.tape_free, self.tape)
        self.numbers = (ctypes.c_double * max(1, size)).from_buffer(tape.numbers)
        self.start = ctypes.c_void_p(ctypes.addressof(self.numbers))
        self.native, self.work = found.tape_run, ctypes.c_int64(WORK)
        ends = [0, *[span.stop for span in tape.spans]]
        first = ends[len(program.inputs)]
        middle = ends[len(program.inputs) + len(program.outputs)]
        self.write = Struct(f"{first}d").pack_into
        self.outputs, self.guards = slice(first, middle), slice(middle, ends[-1])
        self.guarded = bool(program.guards)

    def compute(self) -> None:
        """Run in turns: between them Python looks whether the user has interrupted it."""
        goes_on = 0
        while not self.native(self.tape, self.start, goes_on, self.work):
            goes_on = 1

    def caller(self, arguments: Sequence[Any], careful: bool) -> Caller:
        numbers, compute = doubles(self.numbers), self.compute
        inputs, outputs = numbers[: self.outputs.start], numbers[self.outputs]

        def run(source: int, to: int) -> None:
            compute()

        return caller(lambda: self.lock, inputs, outputs, run, arguments, careful)

    def run(self, numbers: Any, rows: Any = None, samples: int = 1) -> tuple[Any, Any, list[Any]]:
        with self.lock:
            self.write(self.numbers, 0, *numbers)
            self.compute()
            guards = self.numbers[self.guards] if self.guarded else []
            return self.numbers[self.outputs], None, guards


class TapedColumns(Taped):
    """A tape of which inputs or outputs are columns: sequences of numbers."""

    def __init__(self, tape: Tape) -> None:
        super().__init__(tape)
        given = len(tape.program.inputs)
        self.given, self.found = tape.spans[:given], tape.spans[given:]
        self.is_column = [i in tape.columns for i in tape.results]
        assert not self.guarded

    def run(self, numbers: Any, rows: Any = None, samples: int = 1) -> tuple[Any, Any, list[Any]]:
        memory = doubles(self.numbers)
        with self.lock:
            for span, x in zip(self.given, numbers, strict=True):
                if span.stop - span.start > 1:
                    memory[span] = array("d", x)
                else:
                    memory[span.start] = x[0] if hasattr(x, "__len__") else x
            self.compute()
            outputs = [
                array("d", memory[span]) if is_column else memory[span.start]
                for span, is_column in zip(self.found, self.is_column, strict=True)
            ]
        return outputs, None, []


def listing(tape: Tape) -> str:
    """The operations as text: `7 = mul 3 4`; `+1` is how far a place moves from round to round."""
    names = {number: name for name, number in tape.known.items()}
    first = len(tape.program.inputs)
    counts = first, len(tape.results), len(tape.numbers)
    lines = ["{} inputs, {} results, {} numbers".format(*counts)]
    ends: list[int] = []  # of the loops around
    for k in range(0, len(tape.code), WIDTH):
        row, *places = tape.code[k : k + WIDTH]
        while ends and k >= ends[-1]:
            ends.pop()
        indent = "    " * len(ends)
        if row == LOOP:
            lines.append(f"{indent}{places[0]} rounds:")
            ends.append(k + WIDTH * (1 + places[1]))
            continue
        arity = TABLE[names[row]].arity
        texts = [
            f"{place}{f'{step:+}' if step else ''}"
            for place, step in zip(places[: arity + 1], places[4 : 5 + arity], strict=True)
        ]
        lines.append(f"{indent}{texts[0]} = {names[row]} {' '.join(texts[1:])}")
    return "\n".join(lines)
