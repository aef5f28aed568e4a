"""Steps of Dormand and Prince through a differential equation, of floats and of Values. Their sizes
are chosen on plain numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from operator import mul
from typing import Any

from ..engine.node import Node, number
from ..functions import dot

# The coefficients of Dormand and Prince: where a stage is, and what it is made of. The last stage
# is at the new point, and is the first one of the next step.
TIMES = (1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0, 1.0)
STAGES = (
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
ERROR = (71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40)
STEPS = 100_000
STIFF = 2_000  # steps after which SciPy is asked
LEAST = 2.3e-14  # the smallest rtol that SciPy takes
SAFETY, SLOWEST, FASTEST = 0.9, 0.2, 5.0

Slope = Callable[[list[Any], Any], list[Any]]


class Stopped(ValueError):
    """The steps did not reach the last time."""


def states(
    slope: Slope,
    y: list[Any],
    times: Sequence[Any],
    rtol: float,
    atol: float,
    block: int = 0,
    most: int = 0,
) -> list[list[Any]]:
    """y at each time. The error of each block of so many numbers of y is within the tolerance."""
    t, found, k = times[0], [y], slope(y, times[0])
    size = _first_step(y, k, rtol, atol)
    count = 0
    for goal in times[1:]:
        while True:
            left = number(goal) - number(t)
            last = abs(left) <= size * (1.0 + 1e-10)
            h = goal - t if last else math.copysign(size, left)
            new, new_k, error = _step(slope, y, t, h, k, rtol, atol, block or len(y))
            count += 1
            taken = error <= 1.0 or left == 0.0
            if taken:
                y, k, t = new, new_k, goal if last else t + h
            if left != 0.0 and not (last and taken and abs(left) < size):
                change = SAFETY * error**-0.2 if error else FASTEST
                size = min(size, abs(left)) * min(FASTEST, max(SLOWEST, change))
            if taken and last:
                break
            if size <= 1e-14 * max(abs(number(t)), abs(left)) or count > (most or STEPS):
                raise Stopped(
                    f"odeint stopped at t = {number(t):.6g}, where its step is {size:.2g} after "
                    f"{count} steps; the solution may be singular there, or the equation stiff, "
                    "which needs larger tolerances, or SciPy"
                )
        found.append(y)
    return found


def plain_states(
    slope: Slope, y: list[float], times: Sequence[float], rtol: float, atol: float, block: int
) -> list[list[float]]:
    """The same for floats. Where that stops, SciPy's method for stiff equations is asked."""
    try:
        return states(slope, y, times, rtol, atol, block, STIFF)
    except Stopped:
        found = _by_scipy(slope, y, times, rtol, atol)
        if found is None:
            return states(slope, y, times, rtol, atol, block)
        return found


def _by_scipy(
    slope: Slope, y: list[float], times: Sequence[float], rtol: float, atol: float
) -> list[list[float]] | None:
    """Radau's method; None without SciPy, or where it does not succeed."""
    try:
        from scipy import integrate  # type: ignore[import-untyped]
    except ImportError:
        return None

    def f(t: float, y: Any) -> list[float]:
        found = slope(y.tolist(), t)
        if any([isinstance(x, Node) for x in found]):  # its derivative would be lost
            raise Stopped
        return found

    found = [y]
    for a, b in pairwise(times):
        try:
            part = integrate.solve_ivp(
                f, (a, b), found[-1], "Radau", rtol=max(rtol, LEAST), atol=atol
            )
        except (Stopped, ArithmeticError):
            return None
        if part.status != 0:
            return None
        found.append(part.y[:, -1].tolist())
    return found


def _step(
    slope: Slope, y: list[Any], t: Any, h: Any, k: list[Any], rtol: float, atol: float, block: int
) -> tuple[list[Any], list[Any], float]:
    """The new y, the slope there, and the estimated error in units of the tolerance."""
    ks, new = [k], y
    plain = not any([isinstance(x, Node) for x in [*y, *k]])
    for time, weights in zip(TIMES, STAGES, strict=True):
        new = [
            a + h * (sum(map(mul, weights, slopes)) if plain else _combined(weights, slopes))
            for a, slopes in zip(y, zip(*ks, strict=True), strict=True)
        ]
        ks.append(slope(new, t + time * h))
    size = number(h)
    parts = []
    for a, b, slopes in zip(y, new, zip(*ks, strict=True), strict=True):
        if plain:
            error, largest = size * sum(map(mul, ERROR, slopes)), max(abs(a), abs(b))
        else:
            error = size * sum(map(mul, ERROR, map(number, slopes)))
            largest = max(abs(number(a)), abs(number(b)))
        parts.append(error / (atol + rtol * largest) if error else 0.0)
    error = max([_mean_square(parts[i : i + block]) for i in range(0, len(parts), block or 1)])
    return new, ks[-1], error if error == error else math.inf


def _combined(weights: Sequence[float], slopes: Sequence[Any]) -> Any:
    """Σ wᵢ kᵢ, as one node where there are Values."""
    if any([isinstance(s, Node) for s in slopes]):
        return dot(weights, slopes)
    return sum([w * s for w, s in zip(weights, slopes, strict=True)])


def _first_step(y: list[Any], k: list[Any], rtol: float, atol: float) -> float:
    """A hundredth of the time in which y changes by its own size, as Hairer proposes."""
    scales = [atol + rtol * abs(number(a)) or 1.0 for a in y]
    far = _mean_square([number(a) / s for a, s in zip(y, scales, strict=True)])
    fast = _mean_square([number(a) / s for a, s in zip(k, scales, strict=True)])
    usual = far >= 1e-5 and 1e-5 <= fast < math.inf
    return 0.01 * far / fast if usual else 1e-6


def _mean_square(parts: Sequence[float]) -> float:
    return math.hypot(*parts) / math.sqrt(max(1, len(parts)))
