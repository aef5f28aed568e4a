"""A tape with its array as a kernel, called through ctypes."""

from __future__ import annotations

import ctypes
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
from .tape_lowering import WIDTH, Tape


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
        found.tape_new.restype = found.tape_run.restype = ctypes.c_void_p
        code, _ = tape.code.buffer_info()
        size = len(tape.numbers)
        handle = found.tape_new(
            ctypes.c_void_p(code), ctypes.c_int64(len(tape.code) // WIDTH), ctypes.c_int64(size)
        )
        if not handle:
            raise ValueError("the tape is not valid, so it is not run")
        self.tape = ctypes.c_void_p(handle)
        self._freed = finalize(self, found.tape_free, self.tape)
        self.numbers = (ctypes.c_double * max(1, size)).from_buffer(tape.numbers)
        self.start = ctypes.c_void_p(ctypes.addressof(self.numbers))
        self.native = found.tape_run
        self.write = Struct(f"{len(program.inputs)}d").pack_into
        first = len(program.inputs)
        middle, last = first + len(program.outputs), first + len(tape.results)
        self.outputs, self.guards = slice(first, middle), slice(middle, last)
        self.guarded = bool(program.guards)

    def caller(self, arguments: Sequence[Any], careful: bool) -> Caller:
        native, tape, start, numbers = self.native, self.tape, self.start, doubles(self.numbers)

        def run(source: int, to: int) -> None:
            native(tape, start)

        inputs, outputs = numbers[: self.outputs.start], numbers[self.outputs]
        return caller(lambda: self.lock, inputs, outputs, run, arguments, careful)

    def run(self, numbers: Any, rows: Any = None, samples: int = 1) -> tuple[Any, Any, list[Any]]:
        with self.lock:
            self.write(self.numbers, 0, *numbers)
            self.native(self.tape, self.start)
            guards = self.numbers[self.guards] if self.guarded else []
            return self.numbers[self.outputs], None, guards


def listing(tape: Tape) -> str:
    """The operations as text: `7 = mul 3 4`; `+1` is how far a place moves from round to round."""
    names = {number: name for name, number in tape.known.items()}
    counts = len(tape.program.inputs), len(tape.results), len(tape.numbers)
    lines = ["{} inputs, {} results, {} numbers".format(*counts)]
    inner = 0
    for k in range(0, len(tape.code), WIDTH):
        row, *places = tape.code[k : k + WIDTH]
        if names[row] == "loop":
            lines.append(f"{places[0]} rounds:")
            inner = places[1]
            continue
        arity = TABLE[names[row]].arity
        texts = [
            f"{place}{f'{step:+}' if step else ''}"
            for place, step in zip(places[: arity + 1], places[4 : 5 + arity], strict=True)
        ]
        lines.append(
            f"{'    ' if inner > 0 else ''}{texts[0]} = {names[row]} {' '.join(texts[1:])}"
        )
        inner -= 1
    return "\n".join(lines)
