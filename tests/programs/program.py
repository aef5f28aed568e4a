"""What a program of this folder states about itself, how to load one on another `math`, and its
nested numbers as flat ones.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
IMPORT = "from autograd_core import math\n"  # the one line by which the programs are ported
NAMES = sorted(p.stem for p in FOLDER.glob("*.py") if "\nPROGRAM = " in p.read_text("utf-8"))


@dataclass(frozen=True)
class Program:
    """A function of numbers and nested lists of numbers that gives one number.

    `published` are its values at the first points, to `digits` digits behind the point. `paths` is
    how many paths through its branches a compiled gradient may take over all points. `tolerance` is
    the relative error that its derivatives may have; a chaotic one has more. `batched` is False if
    its arguments are no arrays.
    """

    function: Callable[..., Any]
    points: Sequence[tuple[Any, ...]]
    published: Sequence[float] = ()
    digits: int = 6
    paths: int = 1
    tolerance: float = 1e-12
    batched: bool = True


def load(name: str, mathematics: Any = None) -> Program:
    """The program of a file; with `mathematics`, the same text with that in place of `math`."""
    path = FOLDER / f"{name}.py"
    if mathematics is None:
        found = vars(importlib.import_module(f"tests.programs.{name}"))
    else:
        found = {"__name__": name, "math": mathematics}
        text = path.read_text("utf-8").replace(IMPORT, "\n")
        exec(compile(text, path, "exec"), found)
    program = found["PROGRAM"]
    assert isinstance(program, Program)
    return program


def flat(x: Any) -> list[Any]:
    """The numbers in nested lists, tuples and dicts."""
    if isinstance(x, dict):
        x = [x[key] for key in sorted(x)]
    return [y for part in x for y in flat(part)] if isinstance(x, list | tuple) else [x]


def rebuilt(x: Any, numbers: Sequence[Any]) -> Any:
    """The containers of x with other numbers in them, in the order of `flat`."""
    left = iter(numbers)

    def build(x: Any) -> Any:
        if isinstance(x, dict):
            return {key: build(x[key]) for key in sorted(x)}
        return type(x)(map(build, x)) if isinstance(x, list | tuple) else next(left)

    return build(x)
