"""Derivatives of a function that can only be called: differences, extrapolated to a step of zero (Richardson, Ridders)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

Curve = Callable[[float], Sequence[float]]
FIRST, SHRINK = 0.02, 1.6
FEWEST, MOST = 5, 55  # steps: down to 1e-13 of the size of x
COLUMNS = 10
ROUNDING = 4e-16
TREND = 15  # so many quotients show whether they grow without bound


@dataclass(frozen=True)
class Estimate:
    """A number and how far it may be off."""

    value: float
    error: float

    def __str__(self) -> str:
        return f"{self.value:.10g} ± {self.error:.1g}"

    @property
    def certain(self) -> bool:
        """Whether four digits are known."""
        return self.error < 1e-4 * abs(self.value)

    def or_finer(self, finer: Estimate) -> Estimate:
        """The other one, made with smaller steps, if it is closer, or certain of what this one contradicts."""
        apart = abs(finer.value - self.value)
        better = finer.error < self.error or (finer.certain and apart > 10.0 * (finer.error + self.error))
        return finer if better else self


@dataclass(frozen=True)
class Slope:
    """The derivative of one output along a line: from both sides together, from the left and from the right.

    `jump` is by how much the function jumps at the point itself, 0.0 where it does not.
    """

    central: Estimate
    left: Estimate
    right: Estimate
    jump: float = 0.0

    @property
    def best(self) -> Estimate:
        """The most certain one; at the border of the domain that from inside."""
        return min((self.central, self.left, self.right), key=lambda estimate: estimate.error)

    def or_finer(self, other: Slope) -> Slope:
        """Of each estimate the better one; `other` was made with smaller steps."""
        return Slope(
            self.central.or_finer(other.central), self.left.or_finer(other.left), self.right.or_finer(other.right), other.jump
        )

    def has_kink(self, tolerance: float) -> bool:
        """Whether the slopes of the two sides differ by more than is known of their errors."""
        apart = abs(self.right.value - self.left.value)
        return apart > tolerance + 10.0 * (self.left.error + self.right.error) and math.isfinite(apart)


class _Limit:
    """Quotients at smaller and smaller steps, extrapolated to zero, where their error is a series in the step to a power.

    The error of an entry of the tableau is the larger of its distances from the two entries it was made of, but no less
    than the rounding of the function leaves. The best entry is that of the least error, or one from closer by that
    contradicts it.
    """

    def __init__(self, power: int) -> None:
        self.factor = SHRINK**power
        self.quotients: list[float] = []
        self.row: list[float] = []
        self.noise = 0.0
        self.best, self.noise_of_best = Estimate(math.nan, math.inf), 0.0
        self.errors: list[float] = []

    def add(self, quotient: float, noise: float) -> None:
        self.quotients.append(quotient)
        self.noise = noise
        row, factor = [quotient], 1.0
        for coarser in self.row[:COLUMNS]:
            factor *= self.factor
            row.append((factor * row[-1] - coarser) / (factor - 1.0))
            error = max(abs(row[-1] - row[-2]), abs(row[-1] - coarser), noise)
            best = self.best.or_finer(Estimate(row[-1], error))
            if best is not self.best:
                self.best, self.noise_of_best = best, noise
        self.row = row
        self.errors.append(self.best.error)

    @property
    def settled(self) -> bool:
        """Whether smaller steps could only add rounding: it is what is left of the error, and grows."""
        return len(self.quotients) >= FEWEST and self.best.error <= min(self.noise, 100.0 * self.noise_of_best)

    @property
    def estimate(self) -> Estimate:
        """The best entry; if it is neither sure of some digits nor improving at the smallest steps, its error is not known.

        Quotients that grow more slowly than 1 / step have no limit but infinity.
        """
        if 0.1 < self.growth <= 0.95:
            return Estimate(math.copysign(math.inf, self.quotients[-1]), 0.0)
        improving = len(self.errors) > TREND and self.best.error < 0.1 * self.errors[-TREND]
        sure = self.settled or self.best.certain or improving
        return self.best if sure else Estimate(self.best.value, math.inf)

    @property
    def growth(self) -> float:
        """p, where the quotients still grow like 1 / stepᵖ at the smallest steps; 0.0 where they have a limit."""
        last = self.quotients[-TREND:]
        if self.settled or len(last) < TREND or abs(last[-1]) < 1e4 * self.noise or not all(map(math.isfinite, last)):
            return 0.0
        if not all(abs(b) > abs(a) and a * b > 0.0 for a, b in pairwise(last)):
            return 0.0
        return math.log(last[-1] / last[0]) / ((TREND - 1) * math.log(SHRINK))


def slopes(curve: Curve, x: float) -> list[Slope]:
    """The derivative of each output of `curve(moved)` at 0, where x + moved is what moves.

    Steps are as many as it takes: from a fiftieth of the size of x (1 at least) to where rounding wins; for a small x
    whose surroundings are smaller still, like those of log, once more in proportion to x.
    """
    found, certain = _slopes(curve, x, FIRST * max(1.0, abs(x)))
    if certain or not 0.0 < abs(x) < 1.0:
        return found
    return [one.or_finer(other) for one, other in zip(found, _slopes(curve, x, FIRST * abs(x))[0], strict=True)]


def _slopes(curve: Curve, x: float, h: float) -> tuple[list[Slope], bool]:
    """The slopes by steps from h on, and whether all of them are as certain as they can be."""
    middle = curve(0.0)
    limits = [(_Limit(2), _Limit(1), _Limit(1)) for _ in middle]
    for level in range(MOST):
        right, left = (x + h / SHRINK**level) - x, x - (x - h / SHRINK**level)  # steps that floats can make
        if not right or not left:
            break
        above, below = curve(right), curve(-left)
        for (central, by_left, by_right), y, up, down in zip(limits, middle, above, below, strict=True):
            size = max([abs(z) for z in (y, up, down) if math.isfinite(z)], default=0.0)
            to_right, to_left = (up - y) / right, (y - down) / left
            by_right.add(to_right, ROUNDING * size / right)
            by_left.add(to_left, ROUNDING * size / left)
            central.add((to_right + to_left) / 2.0, ROUNDING * size / min(left, right))
        if all([limit.settled for three in limits for limit in three]):
            return [_slope(*three, left, right) for three in limits], True
    return [_slope(*three, left, right) for three in limits], False


def _slope(central: _Limit, by_left: _Limit, by_right: _Limit, left: float, right: float) -> Slope:
    """What the limits show; the smallest steps that were tried were `left` and `right`."""
    jumps = [limit.quotients[-1] * step for limit, step in ((by_left, left), (by_right, right)) if limit.growth > 0.95]
    jump = max([*jumps, sum(jumps)], key=abs, default=0.0)  # the difference stays what it is at the smallest steps
    both = Estimate(central.best.value, math.inf) if jumps else central.estimate
    return Slope(both, by_left.estimate, by_right.estimate, jump)
