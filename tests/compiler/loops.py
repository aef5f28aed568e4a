"""Steps of loops, and what the tests of scans share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from autograd_core import cos, exp, sin, sqrt, tanh
from autograd_core.compiler.ir.scans import every_program, scans_of


def numbers(x: Any) -> list[float]:
    if isinstance(x, list | tuple):
        return [z for y in x for z in numbers(y)]
    return [float(x)]


def scans_in(f: Any) -> int:
    """How many scans the programs of a compiled function have, those inside others included."""
    return sum([1 for p in f.programs for q in every_program(p) for _ in scans_of(q)])


def flat(x: Any) -> list[Any]:
    return [z for y in x for z in flat(y)] if isinstance(x, list | tuple) else [x]


STEPS: list[Callable[..., Any]] = [
    lambda a, b, x, r: a + 0.1 * b,
    lambda a, b, x, r: a * r,
    lambda a, b, x, r: sin(a + x) * b,
    lambda a, b, x, r: tanh(a * b - x),
    lambda a, b, x, r: b,
    lambda a, b, x, r: x * 0.5 + 0.25,
    lambda a, b, x, r: sqrt(a * a + b * b + 1.0),
    lambda a, b, x, r: 0.3,
    lambda a, b, x, r: cos(r) * x,
    lambda a, b, x, r: exp(-a * a) + r,
]
step = st.integers(0, len(STEPS) - 1)
