"""Rows that NumPy has no function for become rows that it has, by their `decomposition`."""

from __future__ import annotations

from collections.abc import Callable

from ...primitives import TABLE, Primitive
from ..ir.program import Program, uses
from .dead_code import carry

_COMPARISONS = ("<", "<=", "==", "!=")


class _Builder:
    """Arithmetic on instruction numbers: `b.mul(i, j)` appends an instruction and gives its
    number.
    """

    def __init__(self, new: Program, guarded: bool) -> None:
        self.new = new
        self.guarded = guarded
        self.known: dict[object, int] = {}
        self.logarithms: dict[
            int, tuple[int, dict[int, int]]
        ] = {}  # of a logsumexp: ln(1 + …), and each x − largest

    def constant(self, number: float) -> int:
        key = number.hex()
        if key not in self.known:
            self.known[key] = self.new.constant(number)
        return self.known[key]

    def apply(self, row: Primitive, *operands: int) -> int:
        key = (row.name, operands)
        if key not in self.known:
            number = row.compute(*[self.new.recorded[i] for i in operands])
            self.known[key] = self.new.apply(row, operands, number)
        return self.known[key]

    def __getattr__(self, name: str) -> Callable[..., int]:
        row = TABLE[name]

        def apply(*operands: int | float) -> int:
            return self.apply(
                row, *[x if x.__class__ is int else self.constant(x) for x in operands]
            )

        setattr(self, name, apply)  # found at once from now on
        return apply


def _difference(
    logarithms: dict[int, tuple[int, dict[int, int]]], a: int, b: int
) -> tuple[int, int]:
    """logsumexp − x, or x − logsumexp, with the small terms, which are lost beside a large
    operand: ln(1 + …) − (x − largest).
    """
    if a in logarithms and b in logarithms[a][1]:
        return logarithms[a][0], logarithms[a][1][b]
    if b in logarithms and a in logarithms[b][1]:
        return logarithms[b][1][a], logarithms[b][0]
    return a, b


def decompose(program: Program) -> Program:
    new = Program()
    at = [-1] * len(program)
    # a comparison that is needed would take the nan of an overflow for an answer
    b = _Builder(new, guarded=program.strict or _compares(program))
    rows, operands_of, recorded, sampled, logarithms = (
        new.rows,
        new.operands,
        new.recorded,
        new.batched,
        b.logarithms,
    )
    for i, (row, given, number, batched) in enumerate(program.instructions()):
        operands = (
            (at[given[0]], at[given[1]]) if len(given) == 2 else tuple([at[j] for j in given])
        )
        if row is None:
            at[i] = (
                b.constant(number) if i in program.constants else new.leaf(number, batched=batched)
            )
        elif row.decomposition is None:
            if logarithms and row.name == "sub":
                operands = _difference(logarithms, *operands)
            at[i] = len(rows)  # a fast path of `append`
            rows.append(row)
            operands_of.append(operands)
            recorded.append(number)
            sampled.append(batched)
        else:
            at[i] = row.decomposition(b, *operands)
            new.names.setdefault(at[i], row.name)
    return carry(program, new, at)


def _compares(program: Program) -> bool:
    """Whether a comparison is needed."""
    found = [
        i for i, row in enumerate(program.rows) if row is not None and row.operator in _COMPARISONS
    ]
    if not found:
        return False
    used = uses(program)
    return any([used[i] for i in found])
