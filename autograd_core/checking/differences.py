"""Derivatives of a function that can only be called: differences, extrapolated to a step of
zero (Richardson, Ridders).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise, repeat

Curve = Callable[[float], Sequence[float]]
FIRST, SHRINK = 0.02, 1.6  # of the size of x, and from step to step
FEWEST, MOST = 5, 55  # steps: down to 1e-13 of the size of x
COLUMNS = 10  # of the tableau: an entry is made of so many steps that follow each other
SMALLEST = 5e-324
ROUNDING = 4e-16  # of a function whose steps nothing is known of
TREND = 15  # steps, by a factor of a thousand: quotients that grow all the way have no limit
PROBES = (15, 30)  # steps further on, where what seems settled must hold


@dataclass(frozen=True)
class Estimate:
    """A number and how far it may be off."""

    value: float
    error: float

    def __str__(self) -> str:
        return f"{self.value:.10g} ± {self.error:.1g}" if self.error < math.inf else "no limit"

    @property
    def certain(self) -> bool:
        """Whether four digits are known."""
        return self.error < 1e-4 * abs(self.value)

    def or_finer(self, finer: Estimate) -> Estimate:
        """The other one, made with smaller steps, if it is more certain; or contradicts this
        one, which then saw too much.
        """
        contradicts = abs(finer.value - self.value) > 10.0 * (finer.error + self.error)
        return finer if finer.error < self.error or contradicts else self


@dataclass(frozen=True)
class Slope:
    """The derivative of one output along a line: from both sides together, from the left and from
    the right.

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
            self.central.or_finer(other.central),
            self.left.or_finer(other.left),
            self.right.or_finer(other.right),
            other.jump,
        )

    def has_kink(self, tolerance: float) -> bool:
        """Whether the slopes of the two sides differ by more than is known of their errors."""
        apart = abs(self.right.value - self.left.value)
        return apart > tolerance + 10.0 * (self.left.error + self.right.error) and math.isfinite(
            apart
        )


class _Limit:
    """Quotients at smaller and smaller steps, extrapolated to zero, where their error is a series
    in the step to a power.

    The error of an entry of the tableau is the larger of its distances from the two entries it was
    made of, but no less than the rounding of the function leaves. The best entry is that of the
    least error, or one from closer by that contradicts it.
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
        """Whether smaller steps could only add rounding: it is what is left of the error, and
        grows.
        """
        return len(self.quotients) >= FEWEST and self.best.error <= min(
            self.noise, 100.0 * self.noise_of_best
        )

    @property
    def estimate(self) -> Estimate:
        """The best entry; if it is neither sure of some digits nor improving at the smallest
        steps, its error is not known.
        """
        if self.grows:
            return Estimate(math.copysign(math.inf, self.quotients[-1]), 0.0)
        improving = len(self.errors) > TREND and self.best.error < 0.1 * self.errors[-TREND]
        sure = self.settled or self.best.certain or improving
        return self.best if sure else Estimate(self.best.value, math.inf)

    @property
    def grows(self) -> bool:
        """Whether the quotients have no limit but infinity, as those of √x at 0."""
        return 0.1 < self._growth <= 0.95

    @property
    def jumps(self) -> bool:
        """Whether they grow like 1 / step: then the difference itself stays, however small the
        step is.
        """
        return self._growth > 0.95

    @property
    def _growth(self) -> float:
        """p, where the quotients grow like 1 / stepᵖ at the smallest steps; 0.0 where they do
        not.
        """
        last = self.quotients[-TREND:]
        if (
            self.settled
            or len(last) < TREND
            or abs(last[-1]) < 1e4 * self.noise
            or not all(map(math.isfinite, last))
        ):
            return 0.0
        if not all(abs(b) > abs(a) and a * b > 0.0 for a, b in pairwise(last)):
            return 0.0
        return math.log(last[-1] / last[0]) / ((TREND - 1) * math.log(SHRINK))


class _Along:
    """The differences of one output of a curve: the limits from both sides together, from the
    left and from the right.
    """

    def __init__(self, y: float, noise: float) -> None:
        self.y, self.noise = y, noise
        self.central, self.left, self.right = self.limits = _Limit(2), _Limit(1), _Limit(1)
        self.steps = 0.0, 0.0

    def quotients(
        self, down: float, up: float, left: float, right: float, noise: float
    ) -> tuple[float, float, float]:
        """To the left, to the right, and what rounding may make of them."""
        size = max([abs(z) for z in (self.y, up, down) if math.isfinite(z)], default=0.0)
        noise = max(self.noise, noise, ROUNDING * size, SMALLEST)
        return (self.y - down) / left, (up - self.y) / right, noise / min(left, right)

    def add(self, down: float, up: float, left: float, right: float, noise: float) -> None:
        to_left, to_right, noise = self.quotients(down, up, left, right, noise)
        self.left.add(to_left, noise)
        self.right.add(to_right, noise)
        self.central.add((to_left + to_right) / 2.0, noise)
        self.steps = left, right

    def holds(self, down: float, up: float, left: float, right: float, noise: float) -> bool:
        """Whether quotients of much smaller steps are what the limits say, up to rounding and a
        thousandth.
        """
        to_left, to_right, noise = self.quotients(down, up, left, right, noise)
        return all(
            not abs(q - best.value) > 10.0 * (noise + best.error) + 1e-3 * abs(best.value)
            for q, best in ((to_left, self.left.best), (to_right, self.right.best))
        )

    def slope(self) -> Slope:
        jumps = [
            limit.quotients[-1] * step
            for limit, step in zip((self.left, self.right), self.steps, strict=True)
            if limit.jumps
        ]
        jump = max([*jumps, sum(jumps)], key=abs, default=0.0)
        both = Estimate(self.central.best.value, math.inf) if jumps else self.central.estimate
        return Slope(both, self.left.estimate, self.right.estimate, jump)


def slopes(
    curve: Curve, x: float, noises: Sequence[float] | None = None, noise: Curve | None = None
) -> list[Slope]:
    """The derivative of each output of `curve(moved)` at 0, where x + moved is what moves; `noises`
    say how they are rounded there, and `noise(moved)` how they are beside it.

    Steps are as many as it takes: from a fiftieth of the size of x (1 at least) to where rounding
    wins; for a small x whose surroundings are smaller still, like those of log, once more in
    proportion to x.
    """
    middle = curve(0.0)
    given = noises or [0.0] * len(middle)
    found, certain = _slopes(
        curve,
        noise,
        x,
        FIRST * max(1.0, abs(x)),
        [_Along(*pair) for pair in zip(middle, given, strict=True)],
    )
    if certain or not 0.0 < abs(x) < 1.0:
        return found
    finer, _ = _slopes(
        curve, noise, x, FIRST * abs(x), [_Along(*pair) for pair in zip(middle, given, strict=True)]
    )
    return [one.or_finer(other) for one, other in zip(found, finer, strict=True)]


def _slopes(
    curve: Curve, noise: Curve | None, x: float, h: float, outputs: list[_Along]
) -> tuple[list[Slope], bool]:
    """The slopes by steps from h on, and whether all of them are as certain as they can be."""
    trusting = True

    def sides(level: int) -> list[tuple[float, float, float, float, float]]:
        right, left = (
            (x + h / SHRINK**level) - x,
            x - (x - h / SHRINK**level),
        )  # steps that floats can make
        if not right or not left:
            return []
        rounding = map(max, noise(-left), noise(right)) if noise else repeat(0.0)
        return [
            (down, up, left, right, noise)
            for down, up, noise in zip(curve(-left), curve(right), rounding, strict=False)
        ]

    for level in range(MOST):
        found = sides(level)
        for output, differences in zip(outputs, found, strict=False):
            output.add(*differences)
        if not found:
            break
        if trusting and all([limit.settled for output in outputs for limit in output.limits]):
            probes = [zip(outputs, sides(level + further), strict=False) for further in PROBES]
            trusting = all(
                [output.holds(*differences) for probe in probes for output, differences in probe]
            )
            if trusting:
                return [output.slope() for output in outputs], True
    return [output.slope() for output in outputs], False
