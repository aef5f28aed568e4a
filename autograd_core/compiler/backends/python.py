"""Straight-line Python: an assignment for each instruction that is used more than once or long, the
others inlined.

There are two forms of it. The fast one uses Python's own operators and `math`, which raise where
IEEE 754 has a value; where it raises, the careful one runs, in which every operation is the row's
own `compute`.
"""

from __future__ import annotations

import math
import re
import textwrap
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

from ...primitives import TABLE, Primitive, arithmetic, reductions
from ..ir.program import Program, uses
from .base import Backend, Forms, Kernel
from .naming import function_name, is_free

Run = Callable[[Sequence[float]], tuple[list[float], list[bool]]]

Text = tuple[str, int]
"""An expression, and how tightly it binds: Python's order of the operators, ATOM for what never
needs parentheses.
"""

WHERE, OR, AND, COMPARISON, SUM, PRODUCT, SIGN, ATOM = range(8)
_BINDS = {
    **dict.fromkeys(("+", "-"), SUM),
    **dict.fromkeys(("*", "/"), PRODUCT),
    **dict.fromkeys(("<", "<=", "==", "!="), COMPARISON),
    "and": AND,
    "or": OR,
}
_CONNECTIVES = ("and", "or")
_RESERVED = frozenset(["inputs", "run", "inf", "nan"])
_WIDTH, _DEEPER = 100, " " * 8
_INLINED = 60  # characters of an expression that still stands inside another
OPERATION, CALL = 12, 60  # nanoseconds, measured: an operation, and a call of `math` or of a row
_LONG = (reductions.dot, reductions.sum)
_WRITTEN_OUT = 100  # terms of a sum; Python's own parser recurses over more


class Python(Backend):
    """Cheap to call, and best where a program is narrow; without a batch axis."""

    name = "python"
    batches = False

    def bounds(self, program: Program) -> tuple[float, float]:
        """The passes drop hardly more than nine instructions of ten."""
        most = cost(program)
        return 0.1 * most, most

    def cost(self, forms: Forms) -> float:
        return cost(forms.after(self.pipeline))

    def build(self, forms: Forms) -> Kernel:
        return Straight(forms.after(self.pipeline))

    def source(self, forms: Forms) -> str:
        return source(forms.after(self.pipeline))[0]


def _has_operator(row: Primitive) -> bool:
    """Whether no function is called for it."""
    return bool(row.operator) or row.additive or row is arithmetic.where


def cost(program: Program) -> float:
    """What the program will cost, in nanoseconds."""
    counts = Counter(program.rows)
    found = [
        n * (OPERATION if _has_operator(row) else CALL)
        for row, n in counts.items()
        if row is not None
    ]
    long = [
        len(given)
        for row, given in zip(program.rows, program.operands, strict=True)
        if len(given) > 3 and row in _LONG
    ]
    return sum(found) + OPERATION * sum([n // 2 - 1 for n in long])


def source(program: Program, *, careful: bool = False) -> tuple[str, dict[str, Any]]:
    """The function `run(inputs)` as text, with what it refers to."""
    used = uses(program)
    names = _names(program)
    scope: dict[str, Any] = {}
    texts: dict[int, Text] = {}
    lines = ["def run(inputs):"]

    def is_truth(i: int) -> bool:
        """Whether Python's own operators give True or False for it."""
        row = program.rows[i]
        return not careful and row is not None and _BINDS.get(row.operator, ATOM) <= COMPARISON

    def number(i: int) -> Text:
        """An operand that is computed with."""
        return (f"float({texts[i][0]})", ATOM) if is_truth(i) else texts[i]

    def truth(i: int) -> Text:
        """An operand that is a condition."""
        return (
            texts[i] if careful or is_truth(i) else (f"{_inside(texts[i], SUM)} != 0.0", COMPARISON)
        )

    if program.inputs:
        lines += _listed("[", [names[i] for i in program.inputs], "] = inputs")
    if program.forward is not None:
        lines.append("    # forward")
    for i, (row, operands) in enumerate(zip(program.rows, program.operands, strict=True)):
        if i == program.forward:
            lines.append("    # backward")
        if row is None:
            texts[i] = (names[i], ATOM) if i in names else _number(program.constants[i])
            continue
        asked = len(operands) if row.operator in _CONNECTIVES else row is arithmetic.where
        given = [truth(j) if k < asked else number(j) for k, j in enumerate(operands)]
        text = _expression(row, given, scope, careful)
        if used[i] == 1 and len(text[0]) < _INLINED:
            texts[i] = text
        else:
            texts[i] = f"v{i}", ATOM
            lines += _assignment(f"v{i}", text[0])
    guards = ", ".join(texts[i][0] for i, _ in program.guards)
    lines += _listed("return [", [number(i)[0] for i in program.outputs], f"], [{guards}]")
    return "\n".join(lines) + "\n", scope


def _assignment(name: str, text: str) -> list[str]:
    """`name = text`, on as many lines as it needs."""
    if len(name) + len(text) < _WIDTH:
        return [f"    {name} = {text}"]
    wrapper = textwrap.TextWrapper(
        _WIDTH,
        initial_indent=_DEEPER,
        subsequent_indent=_DEEPER,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [f"    {name} = (", *wrapper.wrap(text), "    )"]


def _listed(before: str, items: list[str], after: str) -> list[str]:
    """Items in brackets, as many on each line as there is room for."""
    line = f"    {before}{', '.join(items)}{after}"
    if len(line) < _WIDTH:
        return [line]
    lines = [_DEEPER]
    for item in items:
        if len(lines[-1]) + len(item) > _WIDTH and lines[-1] != _DEEPER:
            lines.append(_DEEPER)
        lines[-1] += f"{item}, "
    return [f"    {before}", *[line.rstrip() for line in lines], f"    {after}"]


def _expression(row: Primitive, operands: list[Text], scope: dict[str, Any], careful: bool) -> Text:
    if row is arithmetic.where:
        condition, a, b = [_inside(x, OR) for x in operands]
        return f"{a} if {condition} else {b}", WHERE
    if not careful:
        if row.operator:
            return _infix(row.operator, _BINDS[row.operator], *operands)
        if row is arithmetic.neg:
            return f"-{_inside(operands[0], ATOM)}", SIGN
        if row is arithmetic.absolute:
            return f"abs({operands[0][0]})", ATOM
        if (
            row is reductions.sum and 0 < len(operands) <= _WRITTEN_OUT
        ):  # as the row does: a sum of nothing but -0.0 is 0.0
            return " + ".join(["0.0", *[_inside(x, PRODUCT) for x in operands]]), SUM
        if row is reductions.dot and 0 < len(operands) <= 2 * _WRITTEN_OUT:
            pairs = zip(operands[: len(operands) // 2], operands[len(operands) // 2 :], strict=True)
            return " + ".join(["0.0", *[_infix("*", PRODUCT, a, b)[0] for a, b in pairs]]), SUM
    compute = row.compute if careful else row.raises
    name = function_name(row, scope, compute, _RESERVED)
    return f"{name}({', '.join(text for text, _ in operands)})", ATOM


def _infix(sign: str, binds: int, a: Text, b: Text) -> Text:
    """a ∘ b. Python goes from left to right, and rounding needs the same order; comparisons it
    would chain.
    """
    return f"{_inside(a, binds + (binds == COMPARISON))} {sign} {_inside(b, binds + 1)}", binds


def _inside(text: Text, least: int) -> str:
    """In parentheses, unless it binds at least so tightly."""
    return text[0] if text[1] >= least else f"({text[0]})"


def _number(x: float) -> Text:
    return ("nan", ATOM) if x != x else (repr(x), SIGN if math.copysign(1.0, x) < 0.0 else ATOM)


def _names(program: Program) -> dict[int, str]:
    """A name for each input: its own, `w[0]` as `w_0`, where it is plain ASCII and nobody else
    has it.
    """
    names: dict[int, str] = {}
    taken = {*_RESERVED, *TABLE}
    for k, i in enumerate(program.inputs):
        label = program.names.get(i, "")
        name = re.sub(r"\W+", "_", label).strip("_") if label.isascii() else ""
        if not name.isidentifier() or re.fullmatch(r"v\d+|function\d+", name):
            name = f"x{k}"
        while name in taken or not is_free(name):
            name += "_"
        taken.add(name)
        names[i] = name
    return names


class Straight(Kernel):
    """Runs a program as a Python function: the fast one, or the careful one where it raises."""

    def __init__(self, program: Program) -> None:
        self._fast = _function(program, careful=False)
        self._careful = cache(partial(_function, program, careful=True))

    def run(self, numbers: Any, rows: Any = None, samples: int = 1) -> tuple[Any, Any, list[Any]]:
        if numbers.__class__ is not list:
            numbers = numbers.tolist()
        try:
            outputs, guards = self._fast(numbers)
        except (ZeroDivisionError, ValueError, OverflowError):
            outputs, guards = self._careful()(numbers)
        return outputs, None, guards


def _function(program: Program, *, careful: bool) -> Run:
    text, scope = source(program, careful=careful)
    names: dict[str, Any] = {**scope, "inf": math.inf, "nan": math.nan}
    exec(compile(text, "<program.python>", "exec"), names)
    run: Run = names["run"]
    return run
