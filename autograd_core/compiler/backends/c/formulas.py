"""Rows as C: expressions on the texts of their operands, and the functions that these call."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from inspect import signature

from ....primitives import TABLE, Primitive, arithmetic, c_texts
from ..expressions import ATOM, BINDS, COMPARISON, OR, PRODUCT, SIGN, SUM, WHERE, Text, inside
from . import elementary

_LOGICAL = {"and": "&&", "or": "||"}
_VARIABLE = r"[a-z]|[uv]\d+\w*"  # names that printers give
_WRITTEN_OUT = 100  # terms of a sum; a longer one is a loop over an array
TAKEN = frozenset(
    """
    auto break case char const continue default do double else enum extern float for goto if inline
    int long register restrict return short signed sizeof static struct switch typedef union
    unsigned void volatile while main malloc free NULL NAN INFINITY errno stdin stdout stderr
    inputs outputs samples sampled memory numbers rows f f_in f_h isnan isinf isfinite signbit
    acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 fabs
    fdim floor fma fmax fmin fmod frexp gamma hypot ilogb ldexp lgamma log log10 log1p log2 logb
    lrint lround modf nan nearbyint nextafter pow remainder remquo rint round scalbn sin sinh sqrt
    tan tanh tgamma trunc j0 j1 jn y0 y1 yn div abs signgam
    """.split()
)


def constant(x: float) -> Text:
    negative = x == x and math.copysign(1.0, x) < 0.0
    return c_texts.number(x), SIGN if negative else ATOM


def truth(text: Text) -> Text:
    """An operand that is a condition."""
    return text if _is_truth(text) else (f"{inside(text, SUM)} != 0.0", COMPARISON)


def _is_truth(text: Text) -> bool:
    return OR <= text[1] <= COMPARISON


def _number(text: Text) -> Text:
    """An operand that is computed with; an int would be divided as one."""
    return (f"(double)({text[0]})", SIGN) if _is_truth(text) else text


class Formulas:
    """Makes expressions, and keeps the functions that they call, each before its callers.

    `in_loops` says that they stand in loops over elements, of which a compiler makes vector code.
    """

    def __init__(self, in_loops: bool = False) -> None:
        self.functions: dict[Primitive, tuple[str, str]] = {}  # their names and definitions
        self.in_loops, self.fast = in_loops, set[str]()  # of <math.h>, by functions of our own

    @property
    def definitions(self) -> list[str]:
        own = [definition for _, definition in self.functions.values()]
        return [*elementary.texts(self.fast), *own]

    def expression(self, row: Primitive, operands: Sequence[Text]) -> Text:
        """A row of these operands."""
        if row is arithmetic.where:
            condition, a, b = operands
            first = inside(truth(condition), OR)
            yes, no = [inside(_number(x), SUM) for x in (a, b)]
            return f"{first} ? {yes} : {no}", WHERE
        if row.operator in _LOGICAL:
            left, right = [inside(truth(x), COMPARISON) for x in operands]
            return f"{left} {_LOGICAL[row.operator]} {right}", BINDS[row.operator]
        operands = [_number(x) for x in operands]
        if row.operator:
            binds = BINDS[row.operator]
            left = inside(operands[0], binds + (binds == COMPARISON))
            return f"{left} {row.operator} {inside(operands[1], binds + 1)}", binds
        if row.additive and row.arity == 1:
            return f"-{inside(operands[0], ATOM)}", SIGN
        if row.additive and 0 < len(operands) <= _WRITTEN_OUT:
            return self._sum(row, operands)
        if row.c == "x":
            return operands[0]
        if row.arity < 0:
            given = f"{len(operands)}, (double[]){{{', '.join([x for x, _ in operands]) or '0.0'}}}"
        else:
            given = ", ".join([text for text, _ in operands])
        return f"{self._name(row)}({given})", ATOM

    def _sum(self, row: Primitive, operands: Sequence[Text]) -> Text:
        """As the row does: a sum of nothing but -0.0 is 0.0."""
        terms = [inside(x, PRODUCT) for x in operands]
        if row.pairs:
            half = len(operands) // 2
            pairs = zip(operands[:half], operands[half:], strict=True)
            terms = [f"{inside(a, PRODUCT)} * {inside(b, SIGN)}" for a, b in pairs]
        return " + ".join(["0.0", *terms]), SUM

    def _name(self, row: Primitive) -> str:
        """The name of the function that computes a row."""
        if self.in_loops and row.c in elementary.FAST:
            self.fast.add(row.c)
            return elementary.FAST[row.c]
        if is_name(row):
            return row.c
        if row not in self.functions:
            self._define(row)
        return self.functions[row][0]

    def _define(self, row: Primitive) -> None:
        if not row.c:
            raise ValueError(
                f"the row {row.name!r} has no formula in C; give it one, as in "
                f"primitive({row.name!r}, ..., c='exp(-x * x)'), or choose another back-end"
            )
        for called in re.findall(r"\b([a-z_]\w*)\(", row.c):
            other = TABLE.get(called)
            if other is not None and other is not row and other.c and not is_name(other):
                self._name(other)
        taken = {name for name, _ in self.functions.values()}
        name = row.name if row.name.isascii() else "function"
        name = f"row_{name}" if re.fullmatch(_VARIABLE, name) else name
        while name in TAKEN or name in taken or name in elementary.names():
            name += "_"
        self.functions[row] = name, _definition(row, name)


def is_name(row: Primitive) -> bool:
    """Whether the formula of a row is the name of a function of <math.h>."""
    return row.c.isidentifier() and row.c != "x"


def _definition(row: Primitive, name: str) -> str:
    if row.arity < 0:
        given = "long n, const double *x"
    else:
        names = ["x"] if row.arity == 1 else [*signature(row.partials[-1]).parameters][1:]
        given = ", ".join([f"double {x}" for x in names])
    body = row.c.strip() if "return" in row.c else f"return {row.c};"
    lines = "\n".join([f"    {line}" if line else "" for line in body.split("\n")])
    unused = "    (void)n;\n" if row.arity < 0 and not re.search(r"\bn\b", body) else ""
    return f"static double {name}({given}) {{\n{unused}{lines}\n}}\n"
