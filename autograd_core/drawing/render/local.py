"""The local derivative of an operation, as its row states it, with names and with numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from ...engine.node import Node
from ...engine.node import number as plain
from ...primitives import TABLE, Primitive
from ...primitives.elementary import power
from ...primitives.rules import Formula, Term, case, read, rule_of, value
from .checked import Forms, fitting
from .formulas import Text
from .notation import ATOM, Format, constant, number, numeral, subtracted

TEXT = Text()


class Rule(NamedTuple):
    """A local derivative in letters, 2s, in numbers, 2 × 4.00, and where it holds, or ""."""

    letters: str
    numbers: str
    condition: str = ""


def local_rule(
    node: Node,
    i: int,
    slope: float,
    name: Callable[[Node], str],
    write: Text = TEXT,
    form: Format | None = None,
) -> Rule | None:
    """The rule by which operand i has this slope; None where the row has no rule, or one that gives
    another number, as at a kink or where numbers were changed since.

    >>> from autograd_core import Value
    >>> s = Value(4.0)
    >>> local_rule(s**2, 0, 8.0, lambda node: "s")
    Rule(letters='2s', numbers='2 × 4.00', condition='')
    """
    row, operands = node.operation, node.operands
    text, places = rule_of(row, i, len(operands)) if row is not None else ("", {})
    if not text:
        return None
    held = {letter: operands[k] for letter, k in places.items()} | {"y": node}
    known = {letter: plain(x) for letter, x in held.items()}
    names = {letter: name(x) for letter, x in held.items() if isinstance(x, Node)}
    cases = read(text, {letter: letter if letter in names else x for letter, x in known.items()})
    found = case(cases, known)
    if not math.isclose(value(found.formula, known), slope, rel_tol=1e-6):
        return None
    condition = ""
    for side, sign in zip(found.condition, [*found.signs, ""], strict=False):
        condition += _letters(side, names, write)[0] + (write.sign(f" {sign} ") if sign else "")
    return Rule(
        subtracted(_letters(found.formula, names, write)[0]),
        subtracted(_numbers(found.formula, known, write, form)[0]),
        condition,
    )


def derived(
    node: Node,
    slopes: Sequence[tuple[int, float]],
    name: Callable[[Node], str],
    write: Text,
    forms: Forms,
) -> str:
    """The derivative with respect to an operand: its rule, in numbers, its value."""
    total = write.numbers(number(sum([slope for _, slope in slopes], -0.0), forms.result))
    rules = [local_rule(node, i, slope, name, write, forms.numbers) for i, slope in slopes]
    known = [rule for rule in rules if rule]
    if len(known) < len(rules):
        return total
    letters, numbers = (added([rule[k] for rule in known]) for k in (0, 1))
    stages = [letters] if letters == numbers else [letters, numbers, total]
    conditions = [rule.condition for rule in known if rule.condition]
    return " = ".join(dict.fromkeys(stages)) + (
        write.aside(", ".join(conditions)) if conditions else ""
    )


def stated(node: Node, i: int, slope: float, name: Callable[[Node], str]) -> str:
    """The derivative by operand i in one line of text; "" where that is a plain number.

    >>> from autograd_core import Value
    >>> stated(Value(4.0) ** 2, 0, 8.0, lambda node: "s" if node.operation is None else "L")
    'dL/ds = 2s = 2 × 4.00 = 8.00'
    """
    text = fitting(partial(derived, node, [(i, slope)], name, TEXT))[1]
    if re.fullmatch(r"[\d.e∞+−]+|NaN", text):
        return ""
    return TEXT.equation(TEXT.derivative(name(node), name(node.operands[i])), [text])


def added(terms: Sequence[str]) -> str:
    """A sum of texts."""
    return subtracted(" + ".join(terms))


def _letters(formula: Formula, names: Mapping[str, str], write: Text) -> tuple[str, int]:
    """A formula with the names of the operands, and how tightly it binds."""
    if isinstance(formula, str):
        return write.name(names.get(formula, formula)), ATOM
    if not isinstance(formula, Term):
        return _constant(formula, write)
    row = TABLE[formula.name]
    texts = [_letters(x, names, write) for x in formula.operands]
    if row is power:
        texts[1] = write.exponent(*texts[1])
    if formula.name == "mul" and _needs_no_sign(*formula.operands, names=names):
        return write.applied(row, texts, times="")
    return write.applied(row, texts)


def _needs_no_sign(a: Formula, b: Formula, *, names: Mapping[str, str]) -> bool:
    """Whether a product is written side by side: 2s, σ(z)(1 − σ(z))."""
    if isinstance(a, Term):
        function = TABLE[a.name].infix is None
        return function and isinstance(b, Term) and b.name in ("add", "sub")
    base = b.operands[0] if isinstance(b, Term) and b.name == "power" else b
    letter = isinstance(base, str) and re.fullmatch(r"[^\W\d_][₀-₉]*", names.get(base, base))
    return isinstance(a, float) and a > 0.0 and bool(letter)


def _numbers(
    formula: Formula,
    known: Mapping[str, float],
    write: Text,
    form: Format | None,
    parent: Primitive | None = None,
) -> tuple[str, int]:
    """The same with numbers: the factors of a product, the terms of a sum, or the operands of what
    else it is.
    """
    if isinstance(formula, float):
        return _constant(formula, write, form)
    row = TABLE[formula.name] if isinstance(formula, Term) else None
    if not isinstance(formula, Term) or row is None or not _is_opened(row, parent):
        found = value(formula, known)
        text, tight = numeral(found, number(found, form))
        return write.numbers(text), tight
    texts = [_numbers(x, known, write, form, row) for x in formula.operands]
    if row is power:
        texts[1] = write.exponent(*texts[1])
    return write.applied(row, texts, times=" × ")


def _is_opened(row: Primitive, parent: Primitive | None) -> bool:
    """Whether an operation inside another is written out, and not only its value."""
    if parent is None or parent.name == "neg":
        return True
    return bool(row.infix and parent.infix and row.infix[1] == parent.infix[1])


def _constant(x: float, write: Text, form: Format | None = None) -> tuple[str, int]:
    text, tight = constant(x, form)
    return write.numbers(text), tight
