"""Array programs as the native library takes them: instructions, blocks of them, and their
memory.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..array_machine import aligned
from .library import library, short_calls

NUMBERS, ROWS, INPUTS, CONSTANTS, TAKEN, SCRATCH = range(6)
"""The regions, in the order of machine.h."""
REGIONS = 6

MOMENT = 50_000
"""So many operations take a moment, in which no other thread need have its turn."""

PRODUCT, PRODUCT_OF_ROWS, SUM, SUM_OF_ROWS, TAKE = "@", "@T", "sum", "sum of rows", "take"
POLYNOMIAL = "polynomial"
OTHERS = PRODUCT, PRODUCT_OF_ROWS, SUM, SUM_OF_ROWS, TAKE, POLYNOMIAL
"""What is no operation on elements, in the order of machine.h."""


class Operand(NamedTuple):
    """A matrix in a region: element (r, c) lies at start + r · row + c · column."""

    region: int
    start: int
    row: int
    column: int

    def __str__(self) -> str:
        name = ("numbers", "rows", "inputs", "constants", "taken", "scratch")[self.region]
        steps = [f"{s if s != 1 else ''}{k}" for s, k in ((self.row, "r"), (self.column, "c")) if s]
        return f"{name}[{' + '.join([str(self.start), *steps])}]"


class Shape(NamedTuple):
    """Of an instruction: it is `sampled` if each of its columns is a sample, computed by itself."""

    rows: int
    columns: int
    sampled: bool = False


class Instruction(NamedTuple):
    """`out = operation(operands)`, of rows × columns elements; `inner` are the terms of the sums of
    a product or the coefficients of a polynomial, `first` is where the list of a take begins, and
    `added` says that sums are added to what is there.
    """

    operation: str
    shape: Shape
    out: Operand
    operands: tuple[Operand, ...]
    scale: float = 1.0
    inner: int = 1
    first: int = 0
    added: bool = False

    def __str__(self) -> str:
        given = ", ".join(map(str, self.operands))
        scale = f"{self.scale!r} * " if self.scale != 1.0 else ""
        inner = f", k < {self.inner}" if self.inner > 1 else ""
        loops = f"r < {self.shape.rows}, c < {self.shape.columns}{inner}"
        equals = "+=" if self.added else "="
        return f"for {loops}: {self.out} {equals} {scale}{self.operation}({given})"


class Block(NamedTuple):
    """Instructions that run one after the other; with a strip, for so many of their columns at a
    time.
    """

    instructions: list[Instruction]
    columns: int = 1
    strip: int = 0

    def __str__(self) -> str:
        title = f"by {self.strip} of {self.columns} columns:" if self.strip else "one by one:"
        return "\n".join([title, *[f"    {x}" for x in self.instructions]])


def fields(text: str) -> list[tuple[str, Any]]:
    """Fields of a structure by their names: numbers, and with a star addresses."""
    kinds = {True: ctypes.c_void_p, False: ctypes.c_int64}
    return [(name.strip("*"), kinds[name[0] == "*"]) for name in text.split()]


class _Operand(ctypes.Structure):
    _fields_ = fields("region start row column")


class _Instruction(ctypes.Structure):
    _fields_ = [
        *fields("operation rows columns inner index added"),
        ("scale", ctypes.c_double),
        *[(name, _Operand) for name in ("out", "a", "b", "c")],
    ]


class _Block(ctypes.Structure):
    _fields_ = fields("first count columns strip")


class _Program(ctypes.Structure):
    _fields_ = [
        ("code", ctypes.POINTER(_Instruction)),
        ("blocks", ctypes.POINTER(_Block)),
        *fields("*indices instructions block_count index_count"),
        ("sizes", ctypes.c_int64 * REGIONS),
        ("regions", ctypes.c_void_p * REGIONS),
    ]


def operation_numbers(loaded: Any) -> dict[str, int]:
    """The numbers of the operations of a library, which gives their names."""
    name_of = loaded.machine_operation
    name_of.restype, name_of.argtypes = ctypes.c_char_p, [ctypes.c_int64]
    numbers: dict[str, int] = {}
    while (name := name_of(len(numbers))) is not None:
        numbers[name.decode()] = len(numbers)
    for other in OTHERS:
        numbers[other] = len(numbers)
    return numbers


class Assembled:
    """A checked program with its memory; `structure` is what the library takes, and `runner` gives
    a function for a range of its blocks.
    """

    def __init__(
        self,
        blocks: Sequence[Block],
        constants: Sequence[float],
        indices: Sequence[int],
        regions: Sequence[Any],
    ) -> None:
        self.library = library()
        self.work = sum([x.shape[0] * x.shape[1] * x.inner for b in blocks for x in b.instructions])
        numbers = operation_numbers(self.library)
        code = [instruction for block in blocks for instruction in block.instructions]
        self._code = (_Instruction * max(1, len(code)))()
        for into, instruction in zip(self._code, code, strict=False):
            _fill(into, instruction, numbers)
        self._blocks = (_Block * max(1, len(blocks)))()
        first = 0
        for filled, block in zip(self._blocks, blocks, strict=False):
            count = len(block.instructions)
            filled.first, filled.count = first, count
            filled.columns, filled.strip = block.columns, block.strip
            first += count
        self._indices = np.array(indices, dtype=np.int64)
        held = aligned(len(constants))
        held[:] = constants
        self._regions = [*regions[:CONSTANTS], held, *regions[CONSTANTS:]]
        self.structure = _Program(
            self._code,
            self._blocks,
            self._indices.ctypes.data,
            len(code),
            len(blocks),
            len(indices),
        )
        for k, region in enumerate(self._regions):
            self.structure.sizes[k] = region.size
            self.structure.regions[k] = region.ctypes.data
        self.check()
        own = sum([x.nbytes for x in self._regions[CONSTANTS:]])
        self.bytes: int = ctypes.sizeof(self._code) + own

    def check(self) -> None:
        """Raise a ValueError if an instruction reaches beyond its regions: it must never run."""
        check = self.library.machine_check
        check.restype = ctypes.c_int64
        if wrong := check(ctypes.byref(self.structure)):
            raise ValueError(
                f"the native library refuses instruction {wrong - 1} of a program; please report "
                "this, and use backend='numpy' meanwhile"
                if wrong > 0
                else "the native library refuses the blocks of a program"
            )

    @property
    def functions(self) -> Any:
        """The library, in the form that suits how long the program takes."""
        return short_calls() if self.work < MOMENT else self.library

    @property
    def address(self) -> Any:
        """What the functions of the library take as the program."""
        return ctypes.byref(self.structure)

    def runner(self, first: int, last: int, inputs: Any = None) -> Any:
        """The function that runs these blocks, with the numbers of an array as its inputs."""
        size = self.structure.sizes[INPUTS]
        assert inputs is None or (inputs.size == size and inputs.flags.c_contiguous)
        program = self.address
        place = ctypes.c_void_p(inputs.ctypes.data if inputs is not None and size else None)
        begin, end = ctypes.c_int64(first), ctypes.c_int64(last)
        run = self.functions.machine_run

        def call(_held: Any = (self, inputs)) -> None:
            run(program, place, begin, end)

        return call


def _fill(into: Any, instruction: Instruction, numbers: dict[str, int]) -> None:
    into.operation = numbers[instruction.operation]
    into.rows, into.columns, _ = instruction.shape
    into.inner, into.index = instruction.inner, instruction.first
    into.added, into.scale = instruction.added, instruction.scale
    given = [*instruction.operands, *[instruction.out] * (3 - len(instruction.operands))]
    for name, operand in zip(("out", "a", "b", "c"), (instruction.out, *given), strict=True):
        setattr(into, name, _Operand(*operand))
