"""The identifiers of generated source: a user's own word only where it is plain ASCII and
stands for nothing else.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Callable, Iterable
from itertools import accumulate, count
from typing import Any

from ...primitives import TABLE, Primitive
from ..ir.program import Program

_GIVEN = r"[uv]\d+\w*|(function|table|column|scan|before|part)\d+|y\d+_at"
"""The names that straight-line Python and C give."""

BUILT_IN = frozenset(TABLE)
"""The names of the built-in rows: a user's own come later."""


def is_free(name: str) -> bool:
    """Whether source may use the name as it is. Python takes letters such as φ and ϕ for one,
    so only ASCII is safe.
    """
    return (
        name.isascii()
        and name.isidentifier()
        and not keyword.iskeyword(name)
        and not hasattr(builtins, name)
    )


def function_name(
    row: Primitive, scope: dict[str, Any], compute: Any, reserved: frozenset[str], ending: str = ""
) -> str:
    """The name by which source calls `compute` of a row, which it has in the scope from then on.

    Another row keeps its name where that is letters alone, as no variable is, and no other row has
    it; else it becomes function1, function2, …
    """
    name = row.name + ending
    if row.name not in BUILT_IN and not (
        re.fullmatch("[A-Za-z]+(_[A-Za-z]+)*", row.name)
        and is_free(name)
        and name not in reserved
        and scope.get(name, compute) is compute
    ):
        known = [key for key, made in scope.items() if made is compute]
        name = (
            known[0]
            if known
            else f"function{1 + sum([key.startswith('function') for key in scope])}"
        )
    scope[name] = compute
    return name


def loop_counter(names: Iterable[str]) -> str:
    """A name for the round of a loop: k, if no input has it."""
    taken = {re.sub(r"\d+$", "", name) for name in names} | {*TABLE}
    return next(
        x for n in count(1) for x in (y * n for y in "kijmn") if x not in taken and is_free(x)
    )


def names_of_inputs(program: Program, reserved: frozenset[str]) -> dict[int, str]:
    """A name for each input: its own, `w[0]` as `w_0`, where it is plain ASCII and nobody else
    has it.
    """
    names: dict[int, str] = {}
    taken = {*reserved, *TABLE, *[row.name for row in {*program.rows} if row is not None]}
    for k, i in enumerate(program.inputs):
        label = program.names.get(i, "")
        name = re.sub(r"\W+", "_", label).strip("_") if label.isascii() else ""
        if not name.isidentifier() or re.fullmatch(_GIVEN, name):
            name = f"x{k}"
        while name in taken or not is_free(name):
            name += "_"
        taken.add(name)
        names[i] = name
    return names


def result_name(program: Program) -> Callable[[int], str]:
    """How source calls an instruction: the results are v1, v2, … in their order, as `explain` calls
    those without a label. Inputs and constants have no number.
    """
    numbers = [*accumulate([int(row is not None) for row in program.rows])]
    return lambda i: f"v{numbers[i]}"
