"""Rows that NumPy has no function for become rows that it has, by their `decomposition`."""

from __future__ import annotations

from collections.abc import Callable

from ...primitives import TABLE
from ...primitives.arithmetic import sub
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
        self.constant = new.constant
        self.known: dict[object, int] = {}
        # logsumexp − x as ln(1 + …) − (x − largest): x is lost beside a large operand
        self.differences: dict[tuple[int, ...], tuple[int, int]] = {}

    def __getattr__(self, name: str) -> Callable[..., int]:
        row = TABLE[name]

        def apply(*given: int | float) -> int:
            operands = tuple([x if x.__class__ is int else self.constant(x) for x in given])
            if (row, operands) not in self.known:
                number = row.compute(*[self.new.recorded[i] for i in operands])
                self.known[row, operands] = self.new.append(row, operands, number)
            return self.known[row, operands]

        setattr(self, name, apply)  # found at once from now on
        return apply


def decompose(program: Program) -> Program:
    return _decomposed(program, special=False)


def decompose_guarded(program: Program) -> Program:
    """For an engine that has SciPy's special functions and whose results nobody looks at for a nan:
    rows that name such a function stay, and the formulas are guarded.
    """
    return _decomposed(program, special=True)


def _decomposed(program: Program, *, special: bool) -> Program:
    if not any([row and row.decomposition for row in program.rows]):
        return program
    new = Program()
    at = [-1] * len(program)
    rows, operands_of, recorded, sampled = new.rows, new.operands, new.recorded, new.batched
    # a comparison that is needed would take the nan of an overflow for an answer
    b = _Builder(new, guarded=special or program.strict or _compares(program))
    for i, (row, given, number, batched) in enumerate(program.instructions()):
        if len(given) == 2:
            operands: tuple[int, ...] = (at[given[0]], at[given[1]])
        else:
            operands = tuple([at[j] for j in given])
        if row is None and i in program.constants:
            at[i] = new.constant(number)
        elif row is not None and row.decomposition and not (special and row.special):
            at[i] = row.decomposition(b, *operands)
            new.names.setdefault(at[i], row.name)
        else:
            if row is sub and b.differences:
                operands = b.differences.get(operands, operands)
            at[i] = len(rows)  # a fast path of `append`
            rows.append(row)
            operands_of.append(operands)
            recorded.append(number)
            sampled.append(batched)
    return carry(program, new, at)


def _compares(program: Program) -> bool:
    """Whether a comparison is needed."""
    found = [i for i, row in enumerate(program.rows) if row and row.operator in _COMPARISONS]
    used = uses(program) if found else []
    return any([used[i] for i in found])
