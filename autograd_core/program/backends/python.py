"""Straight-line Python: an assignment for each instruction that is used more than once, the others inlined.

There are two forms of it. The fast one uses Python's own operators and `math`, which raise where IEEE 754 has a value;
where it raises, the careful one runs, in which every operation is the row's own `compute`.
"""

from __future__ import annotations

import keyword
import math
from collections.abc import Callable, Sequence
from typing import Any

from ...primitives import Primitive
from ..program import Program, uses

Run = Callable[[Sequence[float]], tuple[list[float], list[bool]]]

_EXPRESSIONS = {
    "add": "{} + {}", "sub": "{} - {}", "mul": "{} * {}", "div": "{} / {}", "neg": "-{}",
    "less": "{} < {}", "less_equal": "{} <= {}", "equal": "{} == {}", "not_equal": "{} != {}",
    "both": "{} and {}", "either": "{} or {}", "where": "{1} if {0} else {2}", "absolute": "abs({})",
}  # fmt: skip
_MATH = """
    exp exp2 expm1 log log1p log2 log10 sqrt cbrt sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh erf
    erfc hypot atan2 copysign fmod
""".split()
_DEPTH = 24  # of an inlined expression: a reader's limit, and far below the parser's


def source(program: Program, *, careful: bool = False) -> tuple[str, dict[str, Any]]:
    """The function `run(x)` as text, with what it refers to."""
    used = uses(program)
    names = _names(program)
    scope: dict[str, Any] = {}
    texts: dict[int, str] = {}
    depths: dict[int, int] = {}
    lines = ["def run(x):"]
    if program.inputs:
        lines.append("    " + ", ".join(names[i] for i in program.inputs) + ", = x")
    for i, (row, operands) in enumerate(zip(program.rows, program.operands, strict=True)):
        if row is None:
            texts[i] = names[i] if i in names else _number(program.constants[i])
            depths[i] = 0
            continue
        text = _expression(row, [texts[j] for j in operands], scope, careful)
        depth = 1 + max([depths[j] for j in operands], default=0)
        if used[i] == 1 and depth < _DEPTH:
            texts[i], depths[i] = f"({text})", depth
        else:
            texts[i], depths[i] = f"v{i}", 0
            lines.append(f"    v{i} = {text}")
    outputs = ", ".join(texts[i] for i in program.outputs)
    guards = ", ".join(texts[i] for i, _ in program.guards)
    lines.append(f"    return [{outputs}], [{guards}]")
    return "\n".join(lines) + "\n", scope


def _expression(row: Primitive, operands: list[str], scope: dict[str, Any], careful: bool) -> str:
    if row.name == "where":
        return _EXPRESSIONS["where"].format(*operands)
    if not careful:
        if row.name in _EXPRESSIONS:
            return _EXPRESSIONS[row.name].format(*operands)
        if row.name == "sum" and operands:
            return " + ".join(["0.0", *operands])  # as the row does: a sum of nothing but -0.0 is 0.0
        if row.name == "dot" and operands:
            half = len(operands) // 2
            return " + ".join(["0.0", *[f"{a} * {b}" for a, b in zip(operands[:half], operands[half:], strict=True)]])
    scope[row.name] = getattr(math, row.name) if not careful and row.name in _MATH else row.compute
    return f"{row.name}({', '.join(operands)})"


def _number(x: float) -> str:
    if math.isfinite(x):
        return f"({x!r})" if x < 0 or x.hex().startswith("-") else repr(x)
    return "nan" if x != x else "inf" if x > 0 else "(-inf)"


def _names(program: Program) -> dict[int, str]:
    """A name for each input: its own where it is an identifier that nobody else has."""
    names: dict[int, str] = {}
    taken = {"x", "run", "inf", "nan"}
    for k, i in enumerate(program.inputs):
        name = program.names.get(i, "")
        if not name.isidentifier() or keyword.iskeyword(name) or name in taken or name in _MATH or name in _EXPRESSIONS:
            name = f"x{k}"
        taken.add(name)
        names[i] = name
    return names


def build(program: Program) -> Run:
    """The program as a Python function from the numbers of the inputs to the outputs and the guards."""
    fast, careful = _function(program, careful=False), None

    def run(x: Sequence[float]) -> tuple[list[float], list[bool]]:
        nonlocal careful
        try:
            return fast(x)
        except (ZeroDivisionError, ValueError, OverflowError):
            careful = careful or _function(program, careful=True)
            return careful(x)

    return run


def _function(program: Program, *, careful: bool) -> Run:
    text, scope = source(program, careful=careful)
    names: dict[str, Any] = {**scope, "inf": math.inf, "nan": math.nan}
    exec(compile(text, "<program.python>", "exec"), names)
    run: Run = names["run"]
    return run
