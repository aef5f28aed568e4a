"""The expressions of straight-line Python: an operation on the texts of its operands."""

from __future__ import annotations

import math
import textwrap
from typing import Any

from ...primitives import Primitive, arithmetic, reductions
from .naming import function_name

Text = tuple[str, int]
"""An expression, and how tightly it binds: Python's order of the operators, ATOM for what never
needs parentheses.
"""

WHERE, OR, AND, COMPARISON, SUM, PRODUCT, SIGN, ATOM = range(8)
BINDS = {
    **dict.fromkeys(("+", "-"), SUM),
    **dict.fromkeys(("*", "/"), PRODUCT),
    **dict.fromkeys(("<", "<=", "==", "!="), COMPARISON),
    "and": AND,
    "or": OR,
}
RESERVED = frozenset(["inputs", "run", "inf", "nan", "guards"])
INLINED = 60
"""So many characters has an expression that still stands inside another."""
_WIDTH = 100
_WRITTEN_OUT = 100  # terms of a sum; Python's own parser recurses over more


def index(first: int, step: int, k: str = "k") -> str:
    """first + step · k, the place of an element in round k; also in C."""
    if step == -1:
        return f"{first} - {k}"
    text = k if step == 1 else f"{step} * {k}"
    return f"{text} + {first}" if first else text


def conditions(row: Primitive, count: int) -> int:
    """How many of so many operands, the first ones, are conditions."""
    return count if row.operator in ("and", "or") else int(row is arithmetic.where)


def gives_truth(row: Primitive | None, careful: bool) -> bool:
    """Whether Python's own operators give True or False for it."""
    return not careful and row is not None and BINDS.get(row.operator, ATOM) <= COMPARISON


def number(text: Text, is_truth: bool) -> Text:
    """An operand that is computed with."""
    return (f"float({text[0]})", ATOM) if is_truth else text


def truth(text: Text, is_truth: bool) -> Text:
    """An operand that is a condition."""
    return text if is_truth else (f"{inside(text, SUM)} != 0.0", COMPARISON)


def expression(row: Primitive, operands: list[Text], scope: dict[str, Any], careful: bool) -> Text:
    """A row of these operands; the functions that it calls are put into the scope."""
    if row is arithmetic.where:
        condition, a, b = [inside(x, OR) for x in operands]
        return f"{a} if {condition} else {b}", WHERE
    if not careful:
        if row.operator:
            return infix(row.operator, BINDS[row.operator], *operands)
        if row is arithmetic.neg:
            return f"-{inside(operands[0], ATOM)}", SIGN
        if row is arithmetic.absolute:
            return f"abs({operands[0][0]})", ATOM
        if (
            row is reductions.sum and 0 < len(operands) <= _WRITTEN_OUT
        ):  # as the row does: a sum of nothing but -0.0 is 0.0
            return " + ".join(["0.0", *[inside(x, PRODUCT) for x in operands]]), SUM
        if row is reductions.dot and 0 < len(operands) <= 2 * _WRITTEN_OUT:
            pairs = zip(operands[: len(operands) // 2], operands[len(operands) // 2 :], strict=True)
            return " + ".join(["0.0", *[infix("*", PRODUCT, a, b)[0] for a, b in pairs]]), SUM
    compute = row.compute if careful else row.raises
    name = function_name(row, scope, compute, RESERVED)
    return f"{name}({', '.join(text for text, _ in operands)})", ATOM


def infix(sign: str, binds: int, a: Text, b: Text) -> Text:
    """a ∘ b. Python goes from left to right, and rounding needs the same order; comparisons it
    would chain.
    """
    return f"{inside(a, binds + (binds == COMPARISON))} {sign} {inside(b, binds + 1)}", binds


def inside(text: Text, least: int) -> str:
    """In parentheses, unless it binds at least so tightly."""
    return text[0] if text[1] >= least else f"({text[0]})"


def constant(x: float) -> Text:
    return ("nan", ATOM) if x != x else (repr(x), SIGN if math.copysign(1.0, x) < 0.0 else ATOM)


def assignment(name: str, text: str, indent: str = "    ") -> list[str]:
    """`name = text`, on as many lines as it needs."""
    if len(indent) + len(name) + len(text) < _WIDTH + 4:
        return [f"{indent}{name} = {text}"]
    wrapper = textwrap.TextWrapper(
        _WIDTH,
        initial_indent=indent + "    ",
        subsequent_indent=indent + "    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [f"{indent}{name} = (", *wrapper.wrap(text), f"{indent})"]


def listed(before: str, items: list[str], after: str, indent: str = "    ") -> list[str]:
    """Items in brackets, as many on each line as there is room for."""
    line = f"{indent}{before}{', '.join(items)}{after}"
    if len(line) < _WIDTH:
        return [line]
    deeper = " " * 8
    lines = [deeper]
    for item in items:
        if len(lines[-1]) + len(item) > _WIDTH and lines[-1] != deeper:
            lines.append(deeper)
        lines[-1] += f"{item}, "
    return [f"{indent}{before}", *[line.rstrip() for line in lines], f"{indent}{after}"]
