"""What a program looks like: the listing, the loop nests, the Python and the NumPy source of three
small programs, to the letter.

The texts are in `texts/`, a file each. They are read by people: look at the difference before you
accept it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import grad
from autograd_core.compiler.api import compiled
from autograd_core.compiler.ir.program import Program

TEXTS = Path(__file__).parent / "texts"


def neuron() -> Program:
    def output(w: Any, b: Any, x: Any) -> Any:
        return ac.sigmoid(w[0] * x[0] + w[1] * x[1] + b)

    program = compiled(output)
    program([0.5, -1.0], 0.25, [1.0, 2.0])
    return program.program  # type: ignore[no-any-return]


def branch() -> Program:
    def f(x: Any) -> Any:
        if x > 0.0:
            return ac.sqrt(x)
        return ac.where(x < -1.0, -x, 1.0)

    program = compiled(f)
    program(-3.0)
    return program.program  # type: ignore[no-any-return]


def layer() -> Program:
    def loss(W: Any, x: Any, y: Any) -> Any:
        return ac.sum(
            [(ac.tanh(ac.dot(w, x)) - target) ** 2 for w, target in zip(W, y, strict=True)]
        )

    step = compiled(grad(loss), batched=["x", "y"], reduce="sum")
    step([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], np.ones((4, 3)), np.ones((4, 2)))
    return step.program  # type: ignore[no-any-return]


PROGRAMS: dict[str, Callable[[], Program]] = {"neuron": neuron, "branch": branch, "layer": layer}
TEXT: dict[str, Callable[[Program], str]] = {
    "listing": str,
    "python": lambda p: p.source("python"),
    "nests": lambda p: p.passes("numpy")["lower_to_loop_nests"],
    "numpy": lambda p: p.source("numpy"),
}


@pytest.mark.parametrize("kind", TEXT)
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_reads_as_it_did(name: str, kind: str) -> None:
    text = (TEXTS / f"{name}.{kind}.txt").read_text(encoding="utf-8")
    assert TEXT[kind](PROGRAMS[name]()).rstrip("\n") + "\n" == text


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_texts_are_python(name: str) -> None:
    program = PROGRAMS[name]()
    for text in (program.source("python"), program.source("numpy")):
        compile(text, name, "exec")
        assert max(map(len, text.splitlines())) <= 130


def test_the_python_text_computes() -> None:
    scope: dict[str, Any] = {"sigmoid": ac.sigmoid}
    exec(neuron().source("python"), scope)
    assert scope["run"]([0.5, -1.0, 0.25, 1.0, 2.0])[0] == [ac.sigmoid(-1.25)]


def test_a_program_is_drawn_without_copies_of_its_arguments() -> None:
    program = compiled(grad(lambda x: x * x))
    program(3.0)
    drawn = program.program.as_value()
    assert drawn.data == 6.0
    assert [operand.label for operand in drawn.operands] == ["x", "x"]
