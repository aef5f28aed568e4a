"""Common subexpressions: equal operations on equal operands become one. For straight-line programs.

`a + b` and `b + a` are equal; `x - y` and `x + (-1)·y` are not: only what is written alike becomes
one.
"""

from __future__ import annotations

from array import array

from ...primitives import Primitive
from ..ir.program import Program
from .dead_code import carry


def eliminate_common_subexpressions(program: Program) -> Program:
    """The instructions that are there already are found in a hash table of two arrays, which takes
    an eighth of the memory of a dict: the latest with a hash, and the one before each.
    """
    new = Program()
    at: list[int] = []
    count, append = len(program), new.append
    rows, known = new.rows, new.operands
    mask = (1 << count.bit_length()) - 1
    latest = array("i", [-1]) * (mask + 1)
    before = array("i", [-1]) * count
    for row, operands, number, batched in program.instructions():
        if row is None:
            i = len(at)
            constant = i in program.constants
            at.append(new.constant(number) if constant else append(None, (), number, batched))
            continue
        if len(operands) == 2:  # most have two
            a, b = at[operands[0]], at[operands[1]]
            now: tuple[int, ...] = (a, b)
            place = hash((id(row), b, a) if row.commutative and b < a else (id(row), a, b)) & mask
        else:
            now = tuple([at[j] for j in operands])
            place = hash((id(row), *(sorted(now) if row.commutative else now))) & mask
        i = latest[place]
        while i >= 0 and not (rows[i] is row and (known[i] == now or _alike(row, known[i], now))):
            i = before[i]
        if i < 0:
            i = append(row, now, number, batched)
            latest[place], before[i] = i, latest[place]
        at.append(i)
    return carry(program, new, at)


def _alike(row: Primitive, one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether these are the same operands in another order, which is one for the row."""
    return row.commutative and len(one) == len(other) and sorted(one) == sorted(other)
