"""The table of docs/edge_semantics.md, for the tests: each row an expression, a point and what
must come out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import autograd_core as ac

DOCUMENT = Path(__file__).parents[2] / "docs" / "edge_semantics.md"

NAMES = {name: getattr(ac, name) for name in ac.__all__} | {
    "nan": math.nan,
    "inf": math.inf,
    "abs": abs,
}


@dataclass(frozen=True)
class Edge:
    """One row: `expression` at `point`, with texts of numbers as the document has them."""

    expression: str
    point: dict[str, float]
    value: str
    gradient: list[str]
    second: list[str] | None
    kink: str

    @property
    def function(self) -> Callable[..., Any]:
        """The expression as a function of its arguments, in their order."""
        return eval(f"lambda {', '.join(self.point)}: {self.expression}", dict(NAMES))  # type: ignore[no-any-return]

    @property
    def arguments(self) -> list[float]:
        return list(self.point.values())

    def __str__(self) -> str:
        return (
            f"{self.expression} at {', '.join(f'{name} = {x:g}' for name, x in self.point.items())}"
        )


def edges() -> list[Edge]:
    """Every row of the document."""
    table = DOCUMENT.read_text(encoding="utf-8").split("| expression |")[1].split("\n\n")[0]
    return [_edge(line) for line in table.splitlines()[2:]]


def _edge(line: str) -> Edge:
    expression, point, value, gradient, second, kink, _ = [
        cell.strip().strip("`") for cell in line.strip("|").split("|")
    ]
    numbers = {name.strip(): float(x) for name, x in (part.split("=") for part in point.split(","))}
    return Edge(
        expression,
        numbers,
        value,
        gradient.split(", "),
        None if second == "–" else second.split(", "),
        kink,
    )


def agrees(got: float, wanted: str) -> bool:
    """Whether a number is the one that was written down with six digits; a written -0 must be
    negative.
    """
    exact = float(wanted)
    if math.isnan(exact) or math.isinf(exact):
        return got == exact or (math.isnan(got) and math.isnan(exact))
    if exact == 0.0:
        return got == 0.0 and (not wanted.startswith("-") or math.copysign(1.0, got) < 0.0)
    return math.isclose(got, exact, rel_tol=1e-5)
