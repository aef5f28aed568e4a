"""Staircases: functions that are constant, or too flat, at a fine scale, and climb over longer
steps.

A bisection, `round(x, 6)` or a number read from text have such stairs, and no step that is shorter
sees them. The graph does: what was computed from a plain number stays as it is when the graph is
evaluated beside x, and f does not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ..engine.node import Node, Operands, edges
from ..engine.traversal import operands_first
from .differences import ROUNDING

LONGEST, SHORTEST = -1, -8  # steps are powers of ten, relative to the size of x
POINTS = (
    -1.0,
    -0.83,
    -0.58,
    -0.19,
    0.0,
    0.31,
    0.53,
    0.87,
    1.0,
)  # of a step, so uneven that no period fits
ENOUGH = 3  # of the longest steps on which the graph tells all of f
STEADY = 0.05  # how far the stretches of a step may differ where its stairs are short beside it
CLEAR = 1e-3  # a slope that is off by less, relative to itself, could be curvature


@dataclass(frozen=True)
class Staircase:
    """The slope over a step to both sides, which no derivative within that step shows."""

    slope: float
    step: float

    def __str__(self) -> str:
        mantissa, exponent = f"{self.step:.0e}".split("e")
        return f"{self.slope:.4g} over {mantissa}e{int(exponent)}"


class Replay:
    """The recorded graph of f, evaluated anew for another number of one of its leaves."""

    def __init__(self, output: Any) -> None:
        self.output = output
        order = operands_first(output) if isinstance(output, Node) else []
        computed = [x for x in order if x.__class__ is not Operands and x.operation is not None]
        self.steps = [
            (node, node.operation.compute, [x for x, _ in edges(node)]) for node in computed
        ]

    def __call__(self, leaf: Node, number: float) -> float:
        numbers = {id(leaf): number}
        for node, compute, operands in self.steps:
            if any([id(x) in numbers for x in operands]):
                xs = [numbers.get(id(x), x._number) if isinstance(x, Node) else x for x in operands]
                try:
                    numbers[id(node)] = compute(*xs)
                except (ArithmeticError, ValueError):  # a row of one's own, outside its domain
                    return math.nan
        return (
            numbers.get(id(self.output), self.output._number)
            if isinstance(self.output, Node)
            else float(self.output)
        )


def staircase(
    value: Callable[[float], float],
    gradient: Callable[[float], float],
    replayed: Callable[[float], float],
    x: float,
    noise: float,
) -> Staircase | None:
    """The stairs of a function beside x, given what it, its gradient and its graph are at x +
    moved; None if it has none.

    Of the steps over which it climbs steadily the shortest is told, else the longest over which it
    climbs at all.
    """
    found: Staircase | None = None
    largest = 10.0 ** math.floor(math.log10(max(1.0, abs(x))))
    smallest = min(largest, 10.0 ** math.floor(math.log10(abs(x)))) if x else 1.0
    step, clean = largest * 10.0**LONGEST, 0
    while clean < ENOUGH and step > max(0.5 * smallest * 10.0**SHORTEST, 1e3 * math.ulp(x)):
        right = _moved(value(step), replayed(step), noise)
        left = right is not False and _moved(value(-step), replayed(-step), noise)
        clean += left is False
        if left and right:
            gaps = _gaps(value, gradient, x, step, noise)
            steady = bool(gaps) and max(gaps) - min(gaps) <= STEADY * abs(sum(gaps)) / len(gaps)
            if gaps and (steady or found is None):
                found = Staircase((value(step) - value(-step)) / (2.0 * step), step)
        step /= 10.0
    return found


def _moved(y: float, replayed: float, noise: float) -> bool | None:
    """Whether f is elsewhere than its graph; None where there are no numbers."""
    apart = abs(y - replayed)
    return None if apart != apart else apart > 10.0 * max(noise, ROUNDING * abs(y))


def _gaps(
    value: Callable[[float], float],
    gradient: Callable[[float], float],
    x: float,
    step: float,
    noise: float,
) -> Sequence[float]:
    """By how much f is steeper than its gradient over each stretch of the step; empty unless all of
    them tell the same.

    A mean slope is no further from its gradients than these are from each other: what oscillates
    within a step is no staircase. A kink or a jump is in one stretch alone.
    """
    moved = [(x + part * step) - x for part in POINTS]
    points = [(t, value(t), gradient(t)) for t in moved]
    gradients = [g for _, _, g in points]
    spread = max(gradients) - min(gradients)
    gaps = []
    for (t, y, g), (t_next, y_next, g_next) in pairwise(points):
        slope, expected = (y_next - y) / (t_next - t), (g + g_next) / 2.0
        rounding = 10.0 * max(noise, ROUNDING * max(abs(y), abs(y_next))) / (t_next - t)
        gap = slope - expected
        if not abs(gap) > spread + rounding + CLEAR * max(abs(slope), abs(expected)):
            return []
        gaps.append(gap)
    sizes = [abs(gap) for gap in gaps]
    same = min(gaps) > 0.0 or max(gaps) < 0.0
    return gaps if same and max(sizes) <= 3.0 * min(sizes) else []
