"""Derivatives by differences, extrapolated to a step of zero.

Source: C. J. F. Ridders, "Accurate computation of F′(x) and F′(x) F″(x)", 1982, after Richardson.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise, repeat
from typing import NamedTuple

Curve = Callable[[float], Sequence[float]]
FIRST, SHRINK = 0.02, 1.6  # of the size of x, and from step to step
FEWEST, MOST = 5, 55  # steps: down to 1e-13 of the size of x
COLUMNS = 10  # of the tableau: an entry uses at most this many successive steps
SMALLEST = 5e-324
ROUNDING = 4e-16  # relative error of a function of which nothing is known
TREND = 15  # steps, together a factor of a thousand: quotients that grow all the way have no limit
PROBES = (15, 30)  # steps further on that must confirm what seems settled


class Estimate(NamedTuple):
    """A number and its possible error."""

    value: float
    error: float

    def __str__(self) -> str:
        return f"{self.value:.10g} ± {self.error:.1g}" if self.error < math.inf else "no limit"

    @property
    def certain(self) -> bool:
        """Whether four digits are known."""
        return self.error < 1e-4 * abs(self.value)

    def or_finer(self, finer: Estimate) -> Estimate:
        """The estimate by smaller steps, if it is more certain, or contradicts this one, whose
        steps then were too long.
        """
        contradicts = abs(finer.value - self.value) > 10.0 * (finer.error + self.error)
        return finer if finer.error < self.error or contradicts else self


class Slope(NamedTuple):
    """The derivative of one output: from both sides together, from the left and from the right.

    `jump` is the height of a jump of the function at the point, 0.0 without one.
    """

    central: Estimate
    left: Estimate
    right: Estimate
    jump: float = 0.0

    @property
    def best(self) -> Estimate:
        """The most certain one; at the border of the domain, the one from inside."""
        return min((self.central, self.left, self.right), key=lambda estimate: estimate.error)

    def or_finer(self, other: Slope) -> Slope:
        """The better of each estimate; `other` has smaller steps."""
        return Slope(
            self.central.or_finer(other.central),
            self.left.or_finer(other.left),
            self.right.or_finer(other.right),
            other.jump,
        )

    def has_kink(self, tolerance: float) -> bool:
        """Whether the slopes of the two sides differ by more than their errors explain."""
        apart = abs(self.right.value - self.left.value)
        errors = self.left.error + self.right.error
        return math.inf > apart > tolerance + 10.0 * errors


class _Limit:
    """Difference quotients at smaller and smaller steps, extrapolated to zero. Their error is a
    series in step^`power`.

    The error of an entry of the tableau is its larger distance from the two entries it was computed
    from, and at least the rounding error. The best entry is the one of least error, or one by
    smaller steps that contradicts it.
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
        """Whether smaller steps could only add rounding, which is all that is left of the error."""
        return len(self.quotients) >= FEWEST and self.best.error <= min(
            self.noise, 100.0 * self.noise_of_best
        )

    @property
    def estimate(self) -> Estimate:
        """The best entry. If it is neither certain nor improving at the smallest steps, its error
        is not known. Quotients without a limit, as those of √x at 0, give infinity.
        """
        if 0.1 < self.growth <= 0.95:
            return Estimate(math.copysign(math.inf, self.quotients[-1]), 0.0)
        improving = len(self.errors) > TREND and self.best.error < 0.1 * self.errors[-TREND]
        sure = self.settled or self.best.certain or improving
        return self.best if sure else Estimate(self.best.value, math.inf)

    @property
    def growth(self) -> float:
        """p, if the quotients grow like 1 / stepᵖ at the smallest steps; 0.0 if they do not."""
        last = self.quotients[-TREND:]
        if self.settled or len(last) < TREND or not 1e4 * self.noise <= abs(last[-1]) < math.inf:
            return 0.0
        if not all([abs(b) > abs(a) and a * b > 0.0 for a, b in pairwise(last)]):
            return 0.0
        return math.log(last[-1] / last[0]) / ((TREND - 1) * math.log(SHRINK))


class _Output:
    """The differences of one output of a curve: its limits from both sides together, from the left
    and from the right.
    """

    def __init__(self, y: float, noise: float) -> None:
        self.y, self.noise = y, noise
        self.central, self.left, self.right = self.limits = _Limit(2), _Limit(1), _Limit(1)
        self.rises = 0.0, 0.0

    def quotients(
        self, down: float, up: float, left: float, right: float, noise: float
    ) -> tuple[float, float, float]:
        """The quotients to the left and to the right, and their rounding error."""
        size = max([abs(z) for z in (self.y, up, down) if math.isfinite(z)], default=0.0)
        noise = max(self.noise, noise, ROUNDING * size, SMALLEST)
        return (self.y - down) / left, (up - self.y) / right, noise / min(left, right)

    def add(self, down: float, up: float, left: float, right: float, noise: float) -> None:
        """Add what the curve gives at steps to the left and to the right."""
        to_left, to_right, noise = self.quotients(down, up, left, right, noise)
        self.left.add(to_left, noise)
        self.right.add(to_right, noise)
        self.central.add((to_left + to_right) / 2.0, noise)
        self.rises = to_left * left, to_right * right

    def holds(self, down: float, up: float, left: float, right: float, noise: float) -> bool:
        """Whether much smaller steps confirm the limits, up to rounding and a thousandth."""
        to_left, to_right, noise = self.quotients(down, up, left, right, noise)
        return all(
            not abs(q - best.value) > 10.0 * (noise + best.error) + 1e-3 * abs(best.value)
            for q, best in ((to_left, self.left.best), (to_right, self.right.best))
        )

    def slope(self) -> Slope:
        """What the limits say."""
        jumps = [
            rise
            for rise, limit in zip(self.rises, (self.left, self.right), strict=True)
            if limit.growth > 0.95  # like 1 / step: the difference itself stays
        ]
        jump = max([*jumps, sum(jumps)], key=abs, default=0.0)
        both = Estimate(self.central.best.value, math.inf) if jumps else self.central.estimate
        return Slope(both, self.left.estimate, self.right.estimate, jump)


def slopes(
    curve: Curve, x: float, noises: Sequence[float] | None = None, noise: Curve | None = None
) -> list[Slope]:
    """The derivative of each output of `curve(moved)` at 0, where x + moved is the argument.

    `noises` are the rounding errors of the outputs there, and `noise(moved)` those near it. The
    first step is a fiftieth of the size of x (1 at least). Smaller steps follow until rounding
    dominates. If x is small and the limits are uncertain, as for log near 0, this is repeated with
    steps in proportion to x.
    """
    middle = curve(0.0)

    def from_step(h: float) -> tuple[list[Slope], bool]:
        given = noises or [0.0] * len(middle)
        return _slopes(curve, noise, x, h, [*map(_Output, middle, given)])

    found, certain = from_step(FIRST * max(1.0, abs(x)))
    if certain or not 0.0 < abs(x) < 1.0:
        return found
    finer, _ = from_step(FIRST * abs(x))
    return [one.or_finer(other) for one, other in zip(found, finer, strict=True)]


def _slopes(
    curve: Curve, noise: Curve | None, x: float, h: float, outputs: list[_Output]
) -> tuple[list[Slope], bool]:
    """The slopes by steps from h on, and whether all of them are as certain as they can be."""

    def sides(level: int) -> list[tuple[float, float, float, float, float]]:
        step = h / SHRINK**level
        right, left = (x + step) - x, x - (x - step)  # steps that floats can make
        if not right or not left:
            return []
        rounding = map(max, noise(-left), noise(right)) if noise else repeat(0.0)
        return [*zip(curve(-left), curve(right), repeat(left), repeat(right), rounding)]

    trusting = True
    for level in range(MOST):
        if not (found := sides(level)):
            break
        for output, differences in zip(outputs, found, strict=True):
            output.add(*differences)
        if trusting and all([limit.settled for output in outputs for limit in output.limits]):
            probes = [pair for k in PROBES for pair in zip(outputs, sides(level + k))]  # noqa: B905  (no step)
            trusting = all([output.holds(*differences) for output, differences in probes])
            if trusting:
                return [output.slope() for output in outputs], True
    return [output.slope() for output in outputs], False
