"""Staircases: functions that are flat over short steps and climb over longer ones.

A bisection, `round(x, 6)` or a number read from text has such stairs, which no shorter step shows.
The graph does: evaluated near x, it keeps what was computed from a plain number, and f does not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from ..engine.node import Node, Operands
from ..engine.traversal import operands_first
from .differences import ROUNDING

LONGEST, SHORTEST = -1, -8  # steps are powers of ten, relative to the size of x
# Points within a step, as fractions of it. They are uneven, so that no period fits them.
POINTS = (-1.0, -0.83, -0.58, -0.19, 0.0, 0.31, 0.53, 0.87, 1.0)
ENOUGH = 3  # steps over which f equals its graph
STEADY = 0.05  # how far the stretches of a step may differ if its stairs are short in comparison
CLEAR = 1e-3  # a slope that is off by less, relative to itself, could be curvature

Function = Callable[[float], float]


class Staircase(NamedTuple):
    """The slope over a step to both sides."""

    slope: float
    step: float

    def __str__(self) -> str:
        mantissa, exponent = f"{self.step:.0e}".split("e")
        return f"{self.slope:.4g} over {mantissa}e{int(exponent)}"


class Replay:
    """The recorded graph of f, to be evaluated for other numbers of its leaves."""

    def __init__(self, output: Any) -> None:
        self.output = output
        order = operands_first(output) if isinstance(output, Node) else []
        self.computed = [
            (x, x.operands) for x in order if x.__class__ is not Operands and x.operation
        ]

    def moved(self, leaf: Node, moved: float) -> float:
        """The output, with that leaf moved."""
        numbers: dict[Any, float] = {leaf: leaf._number + moved}

        def number(x: Any) -> float:
            return numbers.get(x, x._number) if isinstance(x, Node) else float(x)

        for node, operands in self.computed:
            if not numbers.keys().isdisjoint(operands):
                try:
                    numbers[node] = node.operation.compute(*map(number, operands))
                except (ArithmeticError, ValueError):  # outside the domain of a user's primitive
                    return math.nan
        return number(self.output)


def staircase(
    value: Function, gradient: Function, replayed: Function, x: float, noise: float
) -> Staircase | None:
    """The stairs of a function near x, given the function, its gradient and its graph at
    x + moved; None if it has none.

    This is the shortest step over which the function climbs steadily; if there is none, the longest
    over which it climbs.
    """

    def leaves_graph(moved: float) -> bool | None:
        y = value(moved)
        apart = abs(y - replayed(moved))
        return None if apart != apart else apart > 10.0 * max(noise, ROUNDING * abs(y))

    found: Staircase | None = None
    largest = 10.0 ** math.floor(math.log10(max(1.0, abs(x))))
    smallest = min(largest, 10.0 ** math.floor(math.log10(abs(x)))) if x else 1.0
    step, clean = largest * 10.0**LONGEST, 0
    while clean < ENOUGH and step > max(0.5 * smallest * 10.0**SHORTEST, 1e3 * math.ulp(x)):
        right = leaves_graph(step)
        left = right is not False and leaves_graph(-step)
        clean += left is False
        gaps = _gaps(value, gradient, x, step, noise) if left and right else ()
        steady = gaps and max(gaps) - min(gaps) <= STEADY * abs(sum(gaps)) / len(gaps)
        if gaps and (steady or found is None):
            found = Staircase((value(step) - value(-step)) / (2.0 * step), step)
        step /= 10.0
    return found


def _gaps(
    value: Function, gradient: Function, x: float, step: float, noise: float
) -> Sequence[float]:
    """By how much f is steeper than its gradient over each stretch of the step; empty unless all
    stretches agree.

    A mean slope differs from the gradients no more than these differ from each other, so what
    oscillates within a step is no staircase. A kink or a jump is in one stretch only.
    """
    points = [(t, value(t), gradient(t)) for part in POINTS for t in [(x + part * step) - x]]
    gradients = [g for _, _, g in points]
    spread = max(gradients) - min(gradients)
    gaps = []
    for (t, y, g), (t_next, y_next, g_next) in pairwise(points):
        slope, expected = (y_next - y) / (t_next - t), (g + g_next) / 2.0
        rounding = 10.0 * max(noise, ROUNDING * max(abs(y), abs(y_next))) / (t_next - t)
        gaps.append(slope - expected)
        if not abs(gaps[-1]) > spread + rounding + CLEAR * max(abs(slope), abs(expected)):
            return ()
    low, *_, high = sorted(gaps)
    same = high <= 3.0 * low if low > 0.0 else high < 0.0 and low >= 3.0 * high
    return gaps if same else ()
