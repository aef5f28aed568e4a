"""The functions of a C file while they are written, and what the printers of a program and of the
rounds of its scans have in common.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...ir.program import Program
from ...ir.scans import scans_of
from .formulas import TAKEN, Formulas


class Function:
    """A function (or the loop over the samples in it) that is written: the declarations at its top,
    by name, and its lines.
    """

    def __init__(self, indent: str = "    ") -> None:
        self.indent = indent
        self.top: dict[str, tuple[int, str]] = {}
        self.lines: list[str] = []
        self.named: list[int] = []  # the instructions that are its variables
        self.statements = 0

    def declare(self, name: str, place: int, text: str) -> None:
        self.top.setdefault(name, (place, f"{self.indent}{text};"))

    def __iter__(self) -> Iterator[str]:
        yield from [text for _, text in sorted(self.top.values())]
        yield from self.lines


class File:
    """What the printers of a program and of the rounds of its scans have in common: the formulas,
    the arrays in the memory and those of constants, and the names.
    """

    def __init__(self, program: Program) -> None:
        self.formulas = Formulas()
        self.memory = self.tables = self.elements = self.scans = 0
        self.arrays: dict[str, int] = {}  # where each array lies in the memory
        self.constants: dict[str, str] = {}  # the names of arrays of these numbers
        self.done: list[Function] = []
        self.now = Function()
        self.taken = {*TAKEN, *(["n", "s"] if any(program.batched) else [])}


def depth_of(program: Program) -> int:
    """How many scans are inside one another."""
    return max([1 + depth_of(row.scan.body) for _, row in scans_of(program)], default=0)


def plus(text: str, number: int) -> str:
    return f"{text} + {number}" if number else text
