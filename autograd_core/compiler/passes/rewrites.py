"""The rewrites of `simplify`. Each holds for every float, special values and signed zeros too."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from typing import Any

from ...engine.context import entered
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

_OPERATORS = {"*": "mul", "+": "add", "/": "div", "**": "power"}

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


def _row_of(pattern: str) -> Primitive:
    """The row that a pattern begins with, without reading the rest of it."""
    if found := re.match(r"(\w+)\(", pattern):
        return TABLE[found[1]]
    return TABLE["neg" if pattern[0] == "-" else _OPERATORS[pattern.split()[1]]]


@cache
def _by_row() -> dict[Primitive, list[tuple[str, str, str]]]:
    found = defaultdict(list)
    for pattern, result, when in parsed():
        found[_row_of(pattern)].append((pattern, result, when))
    return found


def _rules(row: Primitive) -> Iterator[tuple[tuple[Pattern, ...], str, Pattern]]:
    """The rewrites of a row: the patterns of its operands, when, and the result. Most programs need
    those of few rows, and to read all takes longer than to compile a small program.
    """
    with entered(recording=True, group=None, anomalies=False, tape=None):
        for pattern, result, when in _by_row().get(row, ()):
            for _, patterns in _orders(_recorded(pattern)):
                yield patterns, when, _recorded(result)


Match = Callable[..., tuple[Pattern, Found] | None]


@cache
def _matcher(row: Primitive, arity: int) -> Match | None:
    """A function of the operands of a row, of the rows, operands and constants of its program, and
    of whether it is to be kept: what takes the place of the row, and what the names stand for; None
    if no rewrite applies.
    """
    lines: list[str] = []
    scope: dict[str, Any] = {**TABLE}
    for patterns, when, result in [*_rules(row)]:
        if len(patterns) == arity:
            scope[f"result{len(lines)}"] = result
            tests, found = _tests(patterns, when)
            tests += ["not keep"] if result.__class__ is str else []
            condition = " and ".join(tests) or "True"
            lines.append(f"    if {condition}: return result{len(lines)}, {found}")
    if not lines:
        return None
    given = "".join([f"x{n}, " for n in range(arity)])
    known = [f"    k{n} = get(x{n})" for n in range(arity)]
    text = ["def match(given, rows, operands, get, keep):", f"    {given}= given", *known, *lines]
    exec("\n".join(text), scope)
    return scope["match"]  # type: ignore[no-any-return]


def _tests(patterns: tuple[Pattern, ...], when: str) -> tuple[list[str], str]:
    """The conditions under which operands match the patterns, and a dict of what the names stand
    for, as source.
    """
    places: dict[str, str] = {}
    tests: list[str] = []

    def visit(pattern: Pattern, place: str, constant: str) -> None:
        if pattern.__class__ is float:
            if pattern == 0.0:
                tests.append(f"{constant} == 0.0 and {constant}.hex() == {pattern.hex()!r}")
            else:
                same = pattern == pattern
                tests.append(f"{constant} == {pattern}" if same else f"{constant} != {constant}")
        elif pattern.__class__ is str:
            if places.setdefault(pattern, place) != place:
                tests.append(f"{places[pattern]} == {place}")
            elif pattern == "k":
                tests.append(f"(k := {constant}) is not None and ({when})")
        else:
            row, operands = pattern
            tests.append(f"rows[{place}] is {row.name}")
            for n, operand in enumerate(operands):
                inner = f"operands[{place}][{n}]"
                visit(operand, inner, f"get({inner})")

    for n, pattern in enumerate(patterns):
        visit(pattern, f"x{n}", f"k{n}")
    return tests, f"{{{', '.join([f'{name!r}: {place}' for name, place in places.items()])}}}"


class Simplifier:
    """Appends instructions to a program in their simplest form."""

    def __init__(self, program: Program) -> None:
        self.program, self.constants = program, program.constants
        self._seen: dict[tuple[Primitive, tuple[int, ...]], int] = {}

    def apply(
        self,
        row: Primitive,
        operands: tuple[int, ...],
        number: float | None = None,
        batched: bool | None = None,
        *,
        keep: bool = False,
    ) -> int:
        """The instruction that gives a row of these operands. An operation that is to `keep` is not
        replaced by its operand.
        """
        program, constants = self.program, self.constants
        for i in operands:
            if i not in constants:
                break
        else:
            return program.constant(row.compute(*[constants[i] for i in operands]))
        match = _matcher(row, len(operands))
        if match is not None:
            found = match(operands, program.rows, program.operands, constants.get, keep)
            if found is not None:
                return self._build(*found, number, batched, keep)
        unique = not row.additive and row is not div
        if unique and (known := self._seen.get((row, operands))) is not None:
            return known
        if number is None:
            number = row.compute(*[program.recorded[i] for i in operands])
        new = program.append(row, operands, number, batched)
        if unique:
            self._seen[row, operands] = new
        return new

    def _build(
        self,
        pattern: Pattern,
        found: Found,
        number: float | None = None,
        batched: bool | None = None,
        keep: bool = False,
    ) -> int:
        if pattern.__class__ is str:
            return found[pattern]
        if pattern.__class__ is float:
            return self.program.constant(pattern)
        row, parts = pattern
        operands = tuple([self._build(part, found) for part in parts])
        return self.apply(row, operands, number, batched, keep=keep)
