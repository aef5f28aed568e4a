"""Polynomials: the steps of Horner's scheme as one instruction, which goes through memory once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from .assembler import meet
from .instructions import CONSTANTS, OTHERS, POLYNOMIAL, Instruction, Operand, Shape

OPEN = 8
"""So many polynomials, the latest, are looked at for a further step."""


class _Scheme(NamedTuple):
    """A polynomial of x that instruction `number` leaves at `out`. Its coefficients begin with that
    of the highest power.
    """

    number: int
    shape: Shape
    out: Operand
    x: Operand
    coefficients: list[float]


def polynomials(
    code: Sequence[Instruction], constants: Sequence[float], kept: Callable[[list[float]], int]
) -> list[Instruction]:
    """The same code with the steps `out = coefficient + x · out` as one, where nothing between them
    reads or writes `out`, or writes x. `kept` says where among the constants numbers lie.
    """
    found: list[Instruction | None] = []
    schemes: list[_Scheme] = []
    for q in code:
        known = _begun(q, constants)
        for scheme in schemes:
            if (c := _next(q, scheme, constants)) is not None:
                known = scheme.x, [*scheme.coefficients, c]
                found[scheme.number] = None
                place, inner = Operand(CONSTANTS, kept(known[1]), 1, 0), len(known[1])
                q = Instruction(POLYNOMIAL, q.shape, q.out, (scheme.x, place), inner=inner)
        schemes = [scheme for scheme in schemes if not _touches(q, scheme)][-OPEN:]
        if known is not None:
            schemes.append(_Scheme(len(found), q.shape, q.out, *known))
        found.append(q)
    return [q for q in found if q is not None]


def _constant(x: Operand, constants: Sequence[float]) -> float | None:
    """The number that an operand is everywhere."""
    return constants[x.start] if (x.region, x.row, x.column) == (CONSTANTS, 0, 0) else None


def _begun(q: Instruction, constants: Sequence[float]) -> tuple[Operand, list[float]] | None:
    """Of what a result is a polynomial of degree one, and with which coefficients."""
    if q.operation not in ("add_scaled", "add_product"):
        return None
    last, *factors = [_constant(x, constants) for x in q.operands]
    if q.operation == "add_scaled":
        x, first = q.operands[1], q.scale
    elif q.scale == 1.0 and factors.count(None) == 1:
        x = q.operands[1 + factors.index(None)]
        (first,) = [c for c in factors if c is not None]
    else:
        return None
    if last is None or (x.column, q.out.column) != (1, 1) or meet(x, q.shape, q.out, q.shape):
        return None
    return x, [first, last]


def _next(q: Instruction, scheme: _Scheme, constants: Sequence[float]) -> float | None:
    """The coefficient that an instruction adds to x times the polynomial."""
    if q.operation != "add_product" or q.scale != 1.0 or q.shape != scheme.shape:
        return None
    if q.out != scheme.out or {*q.operands[1:]} != {scheme.x, scheme.out}:
        return None
    return _constant(q.operands[0], constants)


def _touches(q: Instruction, scheme: _Scheme) -> bool:
    """Whether an instruction reads or writes the polynomial, or writes x."""
    if q.operation in OTHERS and q.operation != POLYNOMIAL:  # it may reach further than its shape
        regions = [x.region for x in (q.out, *q.operands)]
        return scheme.out.region in regions or q.out.region == scheme.x.region
    shape = scheme.shape
    return meet(q.out, q.shape, scheme.x, shape) or any(
        [meet(x, q.shape, scheme.out, shape) for x in (q.out, *q.operands)]
    )
