"""Derivatives of a function that can only be called: differences, extrapolated to a step of zero (Richardson, Ridders)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Curve = Callable[[float], Sequence[float]]
SHRINK, LEVELS = 1.6, 14


@dataclass(frozen=True)
class Estimate:
    """A number and how far it may be off."""

    value: float
    error: float

    def __str__(self) -> str:
        return f"{self.value:.10g} ± {self.error:.1g}"


@dataclass(frozen=True)
class Slope:
    """The derivative of one output along a line: from both sides together, from the left and from the right."""

    central: Estimate
    left: Estimate
    right: Estimate

    @property
    def best(self) -> Estimate:
        """The most certain one; at the border of the domain that from inside."""
        return min((self.central, self.left, self.right), key=lambda estimate: estimate.error)

    def has_kink(self, tolerance: float) -> bool:
        """Whether the slopes of the two sides differ by more than is known of their errors."""
        apart = abs(self.right.value - self.left.value)
        return apart > tolerance + 10.0 * (self.left.error + self.right.error) and math.isfinite(apart)


def slopes(curve: Curve, h: float) -> list[Slope]:
    """The derivative of each output of the curve at 0, from steps of h and less."""
    steps = [h / SHRINK**k for k in range(LEVELS)]
    middle, above, below = curve(0.0), [curve(step) for step in steps], [curve(-step) for step in steps]
    found = []
    for j, y in enumerate(middle):
        up = [(ys[j] - y) / step for ys, step in zip(above, steps, strict=True)]
        down = [(y - ys[j]) / step for ys, step in zip(below, steps, strict=True)]
        noise = 4e-16 * max([abs(y), *(abs(ys[j]) for ys in above if math.isfinite(ys[j]))])
        central = [(a + b) / 2.0 for a, b in zip(up, down, strict=True)]
        rounding = [noise / step for step in steps]
        found.append(Slope(_limit(central, rounding, 2), _limit(down, rounding, 1), _limit(up, rounding, 1)))
    return found


def _limit(quotients: Sequence[float], rounding: Sequence[float], power: int) -> Estimate:
    """The quotients extrapolated to a step of zero, where the error is a series in the step to that power.

    The error of an entry of the tableau is the larger of its distances from the two entries it was made of, but no
    less than the rounding of the function leaves.
    """
    best = Estimate(quotients[-1], math.inf)
    before: list[float] = []
    for quotient, noise in zip(quotients, rounding, strict=True):
        row, factor = [quotient], 1.0
        for coarser in before:
            factor *= SHRINK**power
            row.append((factor * row[-1] - coarser) / (factor - 1.0))
            error = max(abs(row[-1] - row[-2]), abs(row[-1] - coarser), noise)
            if error < best.error:
                best = Estimate(row[-1], error)
        before = row
    return best
