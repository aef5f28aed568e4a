"""What differences say about a derivative from two sweeps: it is right, it is wrong, or they prove
nothing, and why.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from .differences import Estimate, Slope

SWEEPS_AGREE = 1e-9  # relative
TINY = 1e-300  # below it floats have few digits


class Verdict(NamedTuple):
    """`doubt` says why the differences prove nothing; it is empty where they do."""

    wrong: bool
    doubt: str = ""


def agree(a: float, b: float, rounding: float) -> bool:
    """Whether two sweeps gave the same number, up to the rounding of a sum whose terms cancel."""
    near = abs(a - b) <= SWEEPS_AGREE * max(abs(a), abs(b)) + rounding + TINY
    return near or a == b or (a != a and b != b)


def verdict(
    x: float, slope: Slope, tolerance: float, rounding: float, negligible: float
) -> Verdict:
    """The verdict on the derivative x, which may be off by `tolerance` of itself, by its rounding,
    and by ten times the error of the differences.

    Differences that are certain neither to three digits nor to `negligible` prove nothing.
    """
    best, sides = slope.best, f"from the left {slope.left}, from the right {slope.right}"
    if best.value != best.value:
        return Verdict(False, "is not compared: there are no finite differences here")
    size = max([abs(y) for y in (x, best.value) if math.isfinite(y)], default=0.0)
    allowed = tolerance * size + rounding + TINY

    def is_near(estimate: Estimate) -> bool:
        return x == estimate.value or abs(x - estimate.value) <= allowed + 10.0 * estimate.error

    def is_sure(estimate: Estimate) -> bool:
        enough = max(negligible, 1e-3 * abs(estimate.value))
        return math.isfinite(estimate.value) and 10.0 * estimate.error <= enough

    if slope.jump:
        smooth = [is_near(side) for side in (slope.left, slope.right) if is_sure(side)]
        return Verdict(
            bool(smooth) and not any(smooth),
            f"stands at a jump of {slope.jump:.3g}, where differences prove nothing: {sides}",
        )
    if slope.has_kink(allowed):
        low, high = sorted((slope.left.value, slope.right.value))
        wrong = not low - allowed <= x <= high + allowed
        return Verdict(wrong, f"stands at a kink, where differences prove nothing: {sides}")
    if is_sure(best) or x == best.value:
        return Verdict(not is_near(best))
    wrong = not is_near(best) and not math.isinf(x) and not math.isinf(best.value)
    return Verdict(wrong, f"is not proven: the differences do not settle, {sides}")
