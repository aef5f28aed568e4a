"""Rows that NumPy has no function for, written with rows that it has: one formula a row.

The formulas are exact to rounding; `identity` holds together what a canonical sum would add in
another order. Some are not defined where an exponential overflows (they give nan, of which a strict
program is made; there `guarded` adds a bound).
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

from ...primitives import TABLE, Primitive
from ..ir.program import Program, uses
from .dead_code import carry

_COMPARISONS = {"less", "less_equal", "equal", "not_equal"}
GUARDED = {"sigmoid", "sigmoid_slope", "silu", "logsumexp"}
"""The rows whose formula gives nan where an exponential overflows."""

Formula = Callable[..., Any]


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


def _sigmoid_parts(b: _Builder, x: int) -> tuple[int, int]:
    """σ(x) and σ(−x) from one exponential, both exact in both tails."""
    if not b.guarded:
        e = b.exp(x)
        below = b.div(1.0, b.add(e, 1.0))
        return b.mul(e, below), below
    e = b.exp(b.neg(b.absolute(x)))
    large = b.div(1.0, b.add(e, 1.0))
    small, positive = b.mul(e, large), b.less_equal(0.0, x)
    return b.where(positive, large, small), b.where(positive, small, large)


def _sigmoid(b: _Builder, x: int) -> int:
    return _sigmoid_parts(b, x)[0]


def _sigmoid_slope(b: _Builder, x: int) -> int:
    return b.mul(*_sigmoid_parts(b, x))


def _sech(b: _Builder, x: int) -> int:
    e = b.exp(b.neg(b.absolute(x)))
    return b.div(b.mul(2.0, e), b.add(1.0, b.mul(e, e)))


def _softplus(b: _Builder, x: int) -> int:
    return b.add(b.maximum(x, 0.0), b.log1p(b.exp(b.neg(b.absolute(x)))))


def _elu(b: _Builder, x: int, alpha: int) -> int:
    below = b.minimum(x, 0.0)  # in this order: of two zeros the first is taken, and −0 must stay
    return b.where(b.less(0.0, x), x, b.mul(alpha, b.expm1(below)))


def _clip(b: _Builder, x: int, low: int, high: int) -> int:
    known = b.new.constants
    if low in known and high in known and known[low] <= known[high]:
        return b.minimum(high, b.maximum(low, x))
    return b.where(
        b.less_equal(high, x), high, b.where(b.less_equal(x, low), low, x)
    )  # bounds that cross, or are nan


def _logsumexp(b: _Builder, *xs: int) -> int:
    """Its slopes are quotients of the same exponentials: equal instructions, which become one.

    The logarithm is that of 1 + (the other terms), which keeps the small ones; of the largest,
    which are 1, all but one count.
    """
    if not xs:
        return b.constant(-math.inf)
    top = b.largest(*xs)
    if b.guarded:  # ∞ − ∞ is nan
        top = b.maximum(b.minimum(top, sys.float_info.max), -sys.float_info.max)
    below = {x: b.sub(x, top) for x in xs}
    powers = [b.exp(below[x]) for x in xs]
    ones = [b.minimum(b.floor(power), 1.0) if b.guarded else b.floor(power) for power in powers]
    rest = b.sum(*[b.identity(b.sub(power, one)) for power, one in zip(powers, ones, strict=True)])
    logarithm = b.log1p(b.add(b.identity(rest), b.identity(b.sub(b.sum(*ones), 1.0))))
    whole = b.add(logarithm, top)
    b.logarithms[whole] = logarithm, below
    return whole


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


FORMULAS: dict[str, Formula] = {
    "sigmoid": _sigmoid,
    "sigmoid_slope": _sigmoid_slope,
    "sech": _sech,
    "softplus": _softplus,
    "logsigmoid": lambda b, x: b.neg(_softplus(b, b.neg(x))),
    "relu": lambda b, x: b.maximum(0.0, x),
    "leaky_relu": lambda b, x, slope: b.where(b.less(0.0, x), x, b.mul(slope, x)),
    "elu": _elu,
    "clip": _clip,
    "gaussian": lambda b, x: b.exp(b.neg(b.mul(x, x))),
    "logsumexp": _logsumexp,
    "silu": lambda b, x: b.where(b.equal(x, -math.inf), -0.0, b.mul(x, _sigmoid(b, x))),
}


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
        if row is not None and row.name not in FORMULAS:
            if logarithms and row.name == "sub":
                operands = _difference(logarithms, *operands)
            at[i] = len(rows)  # a fast path of `append`
            rows.append(row)
            operands_of.append(operands)
            recorded.append(number)
            sampled.append(batched)
        elif row is None:
            at[i] = (
                b.constant(number) if i in program.constants else new.leaf(number, batched=batched)
            )
        else:
            at[i] = FORMULAS[row.name](b, *operands)
            new.names.setdefault(at[i], row.name)
    return carry(program, new, at)


def _compares(program: Program) -> bool:
    """Whether a comparison is needed."""
    found = [
        i for i, row in enumerate(program.rows) if row is not None and row.name in _COMPARISONS
    ]
    if not found:
        return False
    used = uses(program)
    return any([used[i] for i in found])
