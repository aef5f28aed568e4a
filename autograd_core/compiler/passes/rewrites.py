"""The rewrites of `simplify`. Each holds for every float, special values and signed zeros too."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import cache
from itertools import product
from typing import Any

from ...engine.node import Node
from ...engine.value import Value
from ...primitives import TABLE, Primitive
from ...primitives.arithmetic import div
from ..ir.program import Program

REWRITES = """
identity(x)            -> x
x * 1                  -> x                   # never x * 0 -> 0: x may be infinite
x + -0.0               -> x                   # never x + 0 -> x: -0 + 0 is 0
x / 1                  -> x
x ** 0                 -> 1.0                 # also for nan
x ** 1                 -> x
x ** 2                 -> x * x
x ** -1                -> 1 / x
x / k                  -> x * (1 / k)         if k and 2.3e-308 < abs(1 / k) < 1.7e308
-(-x)                  -> x
sum(x)                 -> x                   # but for -0, which a sum makes 0
prod(x)                -> x
where(k, a, b)         -> a                   if k
where(k, a, b)         -> b                   if not k
where(c, a, a)         -> a
where(c, a, nan * x)   -> where(c, a, nan)
jump(x)                -> -0.0                # it matters for further derivatives alone
both(c, 1)             -> c
both(c, 0)             -> 0.0
both(c, equal(c, 0))   -> 0.0
either(c, 0)           -> c
either(c, 1)           -> 1.0
either(c, equal(c, 0)) -> 1.0
where(either(less(k, x), not_equal(x, x)), a, b) -> where(less_equal(x, k), b, a) if k == k
"""
"""A pattern, what takes its place, and when. k is a constant, c is 0 or 1. The last one is the
slope of relu.
"""

Pattern = Any
"""The name of an operand, a constant, or a row with a tuple of operands, which are patterns."""

Found = dict[str, int]
"""The instructions that the names in a pattern stand for."""


def parsed() -> list[tuple[str, str, str]]:
    """Pattern, result and condition of each rewrite."""
    line = r"^(.+?) +-> +(.+?)(?: +if (.+?))?(?: +#.*)?$"
    return [(*rewrite, when or "True") for *rewrite, when in re.findall(line, REWRITES, re.M)]


def _recorded(text: str) -> Pattern:
    """What the text computes, recorded on Values of the names in it."""

    def pattern_of(x: Any) -> Pattern:
        if not isinstance(x, Node):
            return x
        return (x.operation, tuple([pattern_of(y) for y in x.operands])) if x.operands else x.label

    return pattern_of(eval(text, {**TABLE, "nan": math.nan, **{x: Value(1.0, x) for x in "abckx"}}))


def _orders(pattern: Pattern) -> list[Pattern]:
    """The pattern with the operands of commutative rows in every order."""
    if pattern.__class__ is not tuple:
        return [pattern]
    row, operands = pattern
    found = {(row, each) for each in product(*map(_orders, operands))}
    return [*found | {(row, each[::-1]) for row, each in found if row.commutative}]


_RULES = [
    (row, patterns, when, _recorded(result))
    for pattern, result, when in parsed()
    for row, patterns in _orders(_recorded(pattern))
]


def _compiled(patterns: tuple[Pattern, ...], when: str) -> Callable[..., Found | None]:
    """A function of the operands of a row, and of the rows, operands and constants of its program:
    what the names stand for where the operands match the patterns.
    """
    places: dict[str, str] = {}
    tests: list[str] = []

    def visit(pattern: Pattern, place: str) -> None:
        if pattern.__class__ is float:
            tests.append(f"{place} in constants and constants[{place}].hex() == {pattern.hex()!r}")
        elif pattern.__class__ is str:
            if places.setdefault(pattern, place) != place:
                tests.append(f"{places[pattern]} == {place}")
            elif pattern == "k":
                tests.append(f"{place} in constants and (lambda k: {when})(constants[{place}])")
        else:
            row, operands = pattern
            tests.append(f"rows[{place}] is {row.name}")
            for n, operand in enumerate(operands):
                visit(operand, f"operands[{place}][{n}]")

    for n, pattern in enumerate(patterns):
        visit(pattern, f"given[{n}]")
    found = ", ".join([f"{name!r}: {place}" for name, place in places.items()])
    condition = " and ".join(tests) or "True"
    text = f"lambda given, rows, operands, constants: {{{found}}} if {condition} else None"
    return eval(text, {**TABLE})  # type: ignore[no-any-return]


@cache
def _rules(row: Primitive, constant: tuple[bool, ...]) -> list[Any]:
    """What matches the operands of a row, and what then takes its place, by which of the operands
    are constants.
    """

    def fits(pattern: Pattern, constant: bool) -> bool:
        is_name = pattern.__class__ is str and pattern != "k"
        return is_name or constant == (pattern.__class__ is not tuple)

    return [
        (_compiled(patterns, when), result)
        for of, patterns, when, result in _RULES
        if of is row and len(patterns) == len(constant) and all(map(fits, patterns, constant))
    ]


class Simplifier:
    """Appends instructions to a program in their simplest form."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._seen: dict[tuple[Primitive, tuple[int, ...]], int] = {}

    def apply(
        self,
        row: Primitive,
        operands: tuple[int, ...],
        number: float | None = None,
        *,
        keep: bool = False,
    ) -> int:
        """The instruction that gives a row of these operands. An operation that is to `keep` is not
        replaced by its operand.
        """
        program, constants = self.program, self.program.constants
        constant = tuple([i in constants for i in operands])
        if False not in constant:
            return program.constant(row.compute(*[constants[i] for i in operands]))
        for match, result in _rules(row, constant):
            found = match(operands, program.rows, program.operands, constants)
            if found is not None and not (keep and result.__class__ is str):
                return self._build(result, found, number, keep)
        key = row, operands
        if key not in self._seen or row.additive or row is div:
            if number is None:
                number = row.compute(*[program.recorded[i] for i in operands])
            self._seen[key] = program.append(row, operands, number)
        return self._seen[key]

    def _build(
        self, pattern: Pattern, found: Found, number: float | None = None, keep: bool = False
    ) -> int:
        if pattern.__class__ is str:
            return found[pattern]
        if pattern.__class__ is float:
            return self.program.constant(pattern)
        row, parts = pattern
        operands = tuple([self._build(part, found) for part in parts])
        return self.apply(row, operands, number, keep=keep)
