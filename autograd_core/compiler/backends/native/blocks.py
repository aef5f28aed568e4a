"""From the nests of a program to what runs one after the other: blocks of native instructions, and
between them the nests whose rows only Python computes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import groupby
from typing import NamedTuple

from ...tensorize.loop_nests import ROWS, LoopNests, Map, Nest
from .assembler import Assembler
from .instructions import (
    OTHERS,
    Block,
    Instruction,
    Operand,
    Shape,
)
from .lowering import lower
from .polynomials import polynomials

STRIP = 1 << 13
"""So many numbers stay in the nearest cache: a strip of samples has no more, if it can."""
TILE = 24
"""A strip has a multiple of so many samples, the columns of the largest tile of a product."""

Piece = Block | Map


class Program(NamedTuple):
    """What runs, and what only runs when it is read; with the memory that it needs."""

    made: Assembler
    early: list[Piece]
    deferred: list[Piece]


def assemble(program: LoopNests, samples: int, known: Collection[str]) -> Program:
    """The pieces of a program for so many samples, and what they need."""
    rows = program.sizes[ROWS]
    made = Assembler(samples, in_strips=rows * samples > 2 * STRIP and samples > 4 * TILE)
    early = _pieces(made, [*program.forward, *program.backward], known)
    return Program(made, early, _pieces(made, program.deferred, known))


def source(program: LoopNests, samples: int, known: Collection[str]) -> str:
    """The instructions as text."""
    made = assemble(program, samples, known)
    return "\n".join(
        [*map(str, made.early), *(["deferred:"] if made.deferred else []), *map(str, made.deferred)]
    )


def _pieces(made: Assembler, nests: Sequence[Nest], known: Collection[str]) -> list[Piece]:
    """What runs these nests, where the library knows these operations on elements."""
    found: list[Piece] = []
    for nest in nests:
        if isinstance(nest, Map) and nest.row.array not in known:
            found += _blocks(made)
            found.append(nest)
            made.end(nest.out)
        else:
            lower(made, nest)
    return found + _blocks(made)


def _blocks(made: Assembler) -> list[Block]:
    """Blocks of the instructions so far, which are taken away."""
    code, made.code = polynomials(made.code, made.constants, made.kept), []
    if not made.in_strips:
        return [Block([_as_one_row(x) for x in code])] if code else []
    found = []
    for sampled, run in groupby(code, lambda x: x.shape.sampled):
        block = [*run]
        strip = _strip(block) if sampled else 0
        found.append(Block(block, made.samples, strip) if strip else Block(block))
    return found


def _strip(block: list[Instruction]) -> int:
    """How many samples to compute at a time."""
    rows = {
        operand: x.shape.rows
        for x in block
        for operand in (x.out, *x.operands)
        if operand.column == 1
    }
    return max(3, STRIP // (sum(rows.values()) * TILE)) * TILE


def _as_one_row(x: Instruction) -> Instruction:
    """An operation on rows that lie in one piece is one on a longer row."""
    rows, columns, _ = x.shape
    if x.operation in OTHERS or rows == 1:
        return x
    if not all([_is_whole(operand, columns) for operand in (x.out, *x.operands)]):
        return x
    return x._replace(shape=Shape(1, rows * columns))


def _is_whole(operand: Operand, columns: int) -> bool:
    return (operand.row, operand.column) in ((columns, 1), (0, 0))
