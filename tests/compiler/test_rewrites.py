"""The rewrites of `simplify`: each is made, and holds for every float, to the bit."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from autograd_core.compiler.ir.program import Program
from autograd_core.compiler.passes.dead_code import remove_dead_code
from autograd_core.compiler.passes.rewrites import parsed
from autograd_core.compiler.passes.simplify import simplify
from autograd_core.primitives import TABLE

NUMBERS = [0.0, -0.0, 1.0, -1.0, 2.0, -3.5, 1e-320, 1e300, math.inf, -math.inf, math.nan]
ROWS = {**TABLE, "nan": math.nan}


class Instruction:
    """An instruction of a program; arithmetic on it appends others."""

    def __init__(self, program: Program, i: int) -> None:
        self.program, self.i = program, i

    def _apply(self, row: Any, operands: tuple[Any, ...]) -> Instruction:
        numbers = [
            x.i if isinstance(x, Instruction) else self.program.constant(float(x)) for x in operands
        ]
        recorded = row.compute(*[self.program.recorded[i] for i in numbers])
        return Instruction(self.program, self.program.append(row, tuple(numbers), recorded))

    def __neg__(self) -> Any:
        return self._apply(TABLE["neg"], (self,))


def _operator(name: str, swapped: bool) -> Callable[[Any, Any], Any]:
    return lambda a, b: a._apply(TABLE[name], (b, a) if swapped else (a, b))


for _name, _method in {"add": "add", "mul": "mul", "div": "truediv", "power": "pow"}.items():
    setattr(Instruction, f"__{_method}__", _operator(_name, False))
    setattr(Instruction, f"__r{_method}__", _operator(_name, True))


def bits(y: float) -> tuple[bool, float, float]:
    return y != y, 0.0 if y != y else y, 0.0 if y != y else math.copysign(1.0, y)


@pytest.mark.slow
@pytest.mark.parametrize(("pattern", "result", "when"), parsed())
def test_a_rewrite_is_made_and_changes_no_number(pattern: str, result: str, when: str) -> None:
    names = sorted({*"abckx"} & {*compile(pattern, "", "eval").co_names})
    made = 0
    for numbers in product(*[[0.0, 1.0] if name == "c" else NUMBERS for name in names]):
        given = dict(zip(names, numbers, strict=True))
        if not eval(f"lambda k: {when}")(given.get("k", 1.0)):
            continue
        program = Program()
        leaves = {
            name: Instruction(
                program, program.constant(x) if name == "k" else program.input(x, name)
            )
            for name, x in given.items()
        }
        written = eval(pattern, ROWS | leaves)
        program.outputs = [written.i]
        simple = simplify(program)
        (before,), (after,) = [
            [
                bits(p.evaluate([x for name, x in given.items() if name != "k"])[i])
                for i in p.outputs
            ]
            for p in (program, simple)
        ]
        if pattern == "sum(x)" and given["x"] == 0.0:  # a sum begins with 0, so -0 becomes 0
            assert before[1] == after[1] == 0.0
        elif "/ k" in pattern:  # the product rounds once more
            assert after == pytest.approx(before, rel=1e-15)
        else:
            assert after == before, (given, str(simple))
        made += str(remove_dead_code(simple)) != str(remove_dead_code(program))
    assert made, "no constant of these is rewritten"
