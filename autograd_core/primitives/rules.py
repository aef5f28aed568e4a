"""The rule of a partial derivative, as a row writes it: "cos x", "b · a^(b − 1)", "1 for x > 0,
else 0". It is read into terms, which have a value, and which pictures write with names and numbers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from inspect import signature
from typing import NamedTuple

from .primitive import TABLE, Primitive


class Term(NamedTuple):
    """The row of that name, on its operands."""

    name: str
    operands: tuple[Formula, ...]


Formula = Term | str | float
"""A term, the name of an operand or π, or a number."""


class Case(NamedTuple):
    """A formula, and where it holds: formulas with the signs between them, () for elsewhere."""

    formula: Formula
    condition: tuple[Formula, ...] = ()
    signs: tuple[str, ...] = ()


TOKEN = re.compile(r"\s*([\d.]+(?:e[−-]?\d+)?|(?![\d²³])\w(?:(?![²³])\w)*|\S)")
INFIX = {"+": "add", "−": "sub", "·": "mul", "×": "mul", "/": "div"}
RAISED = {"²": 2.0, "³": 3.0}
AROUND = {"(": (")", ""), "|": ("|", "absolute"), "⌊": ("⌋", "floor")}
NEUTRAL = {"mul": 1.0, "power": 1.0, "add": 0.0}
HOLDS = {
    "<": float.__lt__, ">": float.__gt__, "≤": float.__le__, "≥": float.__ge__,
    "=": float.__eq__, "≠": float.__ne__,
}  # fmt: skip


@lru_cache(maxsize=1024)
def rule_of(row: Primitive, i: int, count: int) -> tuple[str, dict[str, int]]:
    """The rule for operand i of that many, "" where the row has none, and the positions of the
    operands by their names in it. A row over any number of operands calls operand i x, or the
    two of its pair a and b.
    """
    rules = (row.rule,) if isinstance(row.rule, str) else row.rule
    if row.pairs:
        half = count // 2
        return rules[i // half], {"a": i % half, "b": i % half + half}
    if row.arity == 1 or row.arity < 0:
        return rules[0], {"x": i}
    names = [*signature(row.partials[-1]).parameters][1:]
    return rules[i] if i < len(rules) else "", {name: k for k, name in enumerate(names)}


def check_rules(row: Primitive) -> None:
    """Raise an error if a rule of a row cannot be read."""
    for i in range(row.arity):
        text, places = rule_of(row, i, row.arity)
        if text:
            read(text, {name: name for name in (*places, "y")})


Primitive.check_rules = staticmethod(check_rules)


def read(text: str, names: Mapping[str, Formula]) -> list[Case]:
    """The cases of a rule, in which what a name stands for is put in.

    >>> read("b · a^(b − 1)", {"a": "s", "b": 2.0})
    [Case(formula=Term(name='mul', operands=(2.0, 's')), condition=(), signs=())]

    Raises:
        ValueError: the text is no formula, or has a name that is neither an operand nor a row.
    """
    return _read(text, tuple(names.items()))


@lru_cache(maxsize=1024)  # a graph has the same operations again and again
def _read(text: str, named: tuple[tuple[str, Formula], ...]) -> list[Case]:
    names, cases = dict(named), []
    for part in text.split(", else "):
        formula, _, condition = part.partition(" for ")
        pieces = re.split("([<>≤≥=≠])", condition) if condition else []
        sides = tuple(_Reader(side, names).whole() for side in pieces[::2])
        cases.append(Case(_Reader(formula, names).whole(), sides, tuple(pieces[1::2])))
    return cases


def case(cases: list[Case], numbers: Mapping[str, float]) -> Case:
    """The case that holds for these numbers; the last where none does."""
    for found in cases:
        sides = [value(x, numbers) for x in found.condition]
        if all(HOLDS[s](a, b) for a, s, b in zip(sides, found.signs, sides[1:], strict=False)):
            return found
    return cases[-1]


def value(formula: Formula, numbers: Mapping[str, float]) -> float:
    """The value of a formula, computed by the rows.

    >>> value(read("σ(x)(1 − σ(x))", {"x": "x"})[0].formula, {"x": 0.0})
    0.25
    """
    if isinstance(formula, str):
        return numbers.get(formula, math.pi)
    if not isinstance(formula, Term):
        return formula
    return TABLE[formula.name].compute(*[value(x, numbers) for x in formula.operands])


def term(name: str, *operands: Formula) -> Formula:
    """The row on operands; a sum of numbers is computed, a^1 and 1 · a are a, and the like."""
    if name in ("add", "sub", "neg") and all(isinstance(x, float) for x in operands):
        return TABLE[name].compute(*operands)
    a, b = operands[0], operands[-1]
    if name in NEUTRAL and b == NEUTRAL[name]:
        return a
    if name == "power" and b == 0.0:
        return 1.0
    if name == "mul" and a in (0.0, 1.0):
        return b if a else 0.0
    if name == "mul" and a == -1.0:
        return Term("neg", (b,))
    return Term(name, operands)


def _called(symbol: str) -> str:
    """The name of the row that is drawn with that symbol, "" where there is none."""
    return next((name for name, row in TABLE.items() if row.symbol == symbol), "")


class _Reader:
    """Reads a formula from left to right, what binds tighter first."""

    def __init__(self, text: str, names: Mapping[str, Formula]) -> None:
        self.text, self.names = text, names
        self.tokens = [*TOKEN.findall(text), ""]
        self.at = 0

    def whole(self) -> Formula:
        formula = self.sum()
        if self.tokens[self.at]:
            self.fail()
        return formula

    def fail(self) -> None:
        raise ValueError(
            f"the rule {self.text!r} cannot be read at {self.tokens[self.at] or 'its end'!r}; "
            f"write it with {', '.join(self.names)}, numbers, + − · / ^ and functions of the table"
        )

    def taken(self, tokens: Mapping[str, object] | str) -> str:
        """The next token, where it is one of those."""
        token: str = self.tokens[self.at]
        if not token or token not in tokens:
            return ""
        self.at += 1
        return token

    def sum(self) -> Formula:
        left = term("neg", self.product()) if self.taken("−-") else self.product()
        while sign := self.taken("+−"):
            left = term(INFIX[sign], left, self.product())
        return left

    def product(self) -> Formula:
        left = self.power()
        while True:
            if sign := self.taken("·×/"):
                right = term("neg", self.power()) if self.taken("−") else self.power()
                left = term(INFIX[sign], left, right)
            elif re.match(r"\w|[(√∛⌊]", self.tokens[self.at]):
                left = term("mul", left, self.power())
            else:
                return left

    def power(self) -> Formula:
        base = self.atom()
        while sign := self.taken("²³^"):
            base = term("power", base, RAISED.get(sign) or self.exponent())
        return base

    def exponent(self) -> Formula:
        return term("neg", self.power()) if self.taken("−") else self.power()

    def atom(self) -> Formula:
        token = self.tokens[self.at]
        self.at += 1
        if token in AROUND:
            end, name = AROUND[token]
            inside = self.sum()
            if not self.taken(end):
                self.fail()
            return term(name, inside) if name else inside
        if token in self.names:
            return self.names[token]
        if token == "π":
            return "π"
        if token[:1].isdecimal():
            return float(token.replace("−", "-"))
        name = token if token in TABLE else _called(token)
        if not name or TABLE[name].arity not in (1, 2):
            self.at -= 1
            self.fail()
        if TABLE[name].arity == 1 and self.tokens[self.at] != "(":
            return term(name, self.power())
        operands: list[Formula] = []
        while self.taken("(" if not operands else ","):
            operands.append(self.sum())
        if len(operands) != TABLE[name].arity or not self.taken(")"):
            self.fail()
        return term(name, *operands)
