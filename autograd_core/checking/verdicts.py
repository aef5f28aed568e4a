"""What differences say about a derivative that two sweeps computed: it is right, it is wrong,
or they prove nothing, and why.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from .differences import Estimate, Slope

SWEEPS_AGREE = 1e-9  # relative
TINY = 1e-300  # below it floats have few digits


@dataclass(frozen=True)
class Verdict:
    """`doubt` is empty where the differences prove something."""

    wrong: bool
    doubt: str = ""


def agree(a: float, b: float, rounding: float) -> bool:
    """Whether two sweeps gave the same number, up to what rounding may do to a sum whose terms
    cancel.
    """
    near = abs(a - b) <= SWEEPS_AGREE * max(abs(a), abs(b)) + rounding + TINY
    return near or a == b or (a != a and b != b)


def verdict(
    x: float, slope: Slope, tolerance: float, rounding: float, negligible: float
) -> Verdict:
    """On the derivative x, which may be off by `tolerance` of itself, by its rounding, and by ten
    times what the differences may.

    Differences that are neither certain of three digits nor to `negligible` prove nothing.
    """
    best, sides = slope.best, f"from the left {slope.left}, from the right {slope.right}"
    if best.value != best.value:
        return Verdict(False, "is not compared: there are no finite differences here")
    allowed = (
        tolerance * max([abs(y) for y in (x, best.value) if math.isfinite(y)], default=0.0)
        + rounding
        + TINY
    )

    def is_near(estimate: Estimate) -> bool:
        return x == estimate.value or abs(x - estimate.value) <= allowed + 10.0 * estimate.error

    def is_sure(estimate: Estimate) -> bool:
        return math.isfinite(estimate.value) and 10.0 * estimate.error <= max(
            negligible, 1e-3 * abs(estimate.value)
        )

    if slope.jump:
        smooth = [side for side in (slope.left, slope.right) if is_sure(side)]
        wrong = bool(smooth) and not any(is_near(side) for side in smooth)
        return Verdict(
            wrong, f"stands at a jump of {slope.jump:.3g}, where differences prove nothing: {sides}"
        )
    if slope.has_kink(allowed):
        low, high = sorted((slope.left.value, slope.right.value))
        wrong = not low - allowed <= x <= high + allowed
        return Verdict(wrong, f"stands at a kink, where differences prove nothing: {sides}")
    if is_sure(best) or x == best.value:
        return Verdict(not is_near(best))
    infinite = math.isinf(x) or math.isinf(best.value)
    wrong = not is_near(best) and not infinite
    return Verdict(wrong, f"is not proven: the differences do not settle, {sides}")
