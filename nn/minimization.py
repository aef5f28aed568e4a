"""`minimize`: the lowest point of a function of one or several numbers, with the path that led there."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from numbers import Real
from typing import Any

from autograd_core import Value, dot, hessian, value_and_grad

from .optimizers import GradientDescent, Optimizer, Rate, require

Point = float | list[float]
Box = list[tuple[float, float]]

GRID_LIMIT = 1_000_000


@dataclass(frozen=True)
class Minimum:
    """Where `minimize` ended: the point x and f(x), whether and why it stopped, and all points and values on the way."""

    x: Point
    value: float
    converged: bool
    reason: str
    path: list[Point]
    values: list[float]

    @property
    def steps(self) -> int:
        """How many steps led from the first point of the path to its last."""
        return len(self.path) - 1


def minimize(
    f: Callable[[Any], Any],
    x0: Any = None,
    method: str = "gradient descent",
    *,
    bounds: Any = None,
    rate: Rate = 0.1,
    optimizer: Optimizer | None = None,
    tolerance: float = 1e-8,
    max_steps: int = 1000,
    points: int = 101,
) -> Minimum:
    """Look for the x, a number or a list of numbers as `x0` is, at which f(x) is lowest.

    "gradient descent" takes x − η ∂f/∂x, with the given rate η or another optimizer, and stays within the bounds.
    "newton" takes x − H⁻¹ ∂f/∂x, H the matrix of second derivatives, where H is positive definite.
    "grid" tries `points` values between the bounds of every number, and needs no derivative and no x0.

    The first two stop where no |∂f/∂xᵢ| exceeds `tolerance` (converged), after `max_steps`, or where f or its gradient
    is not finite; Newton also where H is not positive definite, because its step need not lead down there. `bounds` is a
    pair (low, high), for several numbers a list of pairs.

    >>> minimize(lambda x: x**2 - 4 * x + 6, 8.0, "newton").path
    [8.0, 2.0]
    >>> minimize(lambda x: x**2 - 4 * x + 6, method="grid", bounds=(0, 10)).x
    2.0
    """
    require(tolerance >= 0.0, "tolerance", "a number of at least 0", tolerance)
    require(max_steps >= 0, "max_steps", "at least 0", max_steps)
    if method == "grid":
        return _grid(f, bounds, points)
    start = _plain(x0)
    if start is None:
        raise ValueError(f"{method} starts at a point: give x0, a number or a list of numbers")
    several = isinstance(start, list | tuple)
    numbers = [float(x) for x in (start if several else [start])]
    box = [(-math.inf, math.inf)] * len(numbers) if bounds is None else _box(bounds)
    require(len(box) == len(numbers), "bounds", f"one pair (low, high) for each of the {len(numbers)} numbers", bounds)
    walk = _Walk(f if several else lambda xs: f(xs[0]), box, tolerance, max_steps)
    if method == "gradient descent":
        reason = walk.descend(numbers, optimizer or GradientDescent(rate))
    elif method == "newton":
        require(bounds is None, "bounds", "left out with newton, which cannot keep them", bounds)
        reason = walk.newton(numbers)
    else:
        raise ValueError(f'no method is called {method!r}; choose "gradient descent", "newton" or "grid"')
    path: list[Point] = list(walk.path) if several else [xs[0] for xs in walk.path]
    return Minimum(path[-1], walk.values[-1], walk.converged, reason, path, walk.values)


class _Walk:
    """The points and values from the start on, and the rules by which it stops."""

    def __init__(self, f: Callable[[Any], Any], box: Box, tolerance: float, max_steps: int) -> None:
        self.f, self.box, self.tolerance, self.max_steps = f, box, tolerance, max_steps
        self.path: list[list[float]] = []
        self.values: list[float] = []
        self.converged = False

    def arrive(self, xs: list[float]) -> tuple[list[float], str]:
        """Add a point to the path; the gradient there, and the reason to stop, if there is one."""
        value, partials = value_and_grad(self.f)(xs)
        y, slopes = _number(value), [_number(g) for g in partials]
        finite = all(map(math.isfinite, [y, *slopes]))
        if not finite and self.path:
            return slopes, f"f or its gradient is not finite at {xs} (was the step too large?); x is the point before"
        self.path.append(xs)
        self.values.append(y)
        if not finite:
            return slopes, f"f or its gradient is not finite at the start {xs}; start elsewhere"
        if all(abs(_inward(g, x, pair)) <= self.tolerance for g, x, pair in zip(slopes, xs, self.box, strict=True)):
            self.converged = True
            return slopes, f"no partial derivative exceeds {self.tolerance:g}"
        return slopes, f"{self.max_steps} steps were taken" if len(self.path) > self.max_steps else ""

    def descend(self, xs: list[float], optimizer: Optimizer) -> str:
        parameters = [Value(x, role="parameter") for x in xs]
        slopes, reason = self.arrive(self._clip(parameters))
        while not reason:
            for parameter, g in zip(parameters, slopes, strict=True):
                parameter.grad = g
            optimizer.step(parameters)
            slopes, reason = self.arrive(self._clip(parameters))
        return reason

    def _clip(self, parameters: list[Value]) -> list[float]:
        """Bring the parameters back between their bounds."""
        for parameter, (low, high) in zip(parameters, self.box, strict=True):
            parameter.data = min(max(parameter.data, low), high)
        return [parameter.data for parameter in parameters]

    def newton(self, xs: list[float]) -> str:
        slopes, reason = self.arrive(xs)
        while not reason:
            step = _solved([[_number(h) for h in row] for row in hessian(self.f)(xs)], slopes)
            if step is None:
                return f"the matrix of second derivatives is not positive definite at {xs}; start nearer to a minimum"
            xs = [x - d for x, d in zip(xs, step, strict=True)]
            slopes, reason = self.arrive(xs)
        return reason


def _inward(g: float, x: float, pair: tuple[float, float]) -> float:
    """The partial derivative, 0.0 where a step against it would leave the bounds."""
    low, high = pair
    return 0.0 if (x <= low and g > 0.0) or (x >= high and g < 0.0) else g


def _solved(a: list[list[float]], b: list[float]) -> list[float] | None:
    """x with a x = b by elimination; None where a pivot is not positive, so that the symmetric a is not positive definite."""
    n = len(b)
    rows = [[*row, y] for row, y in zip(a, b, strict=True)]
    for i, pivot_row in enumerate(rows):
        if not 0.0 < pivot_row[i] < math.inf:
            return None
        for row in rows[i + 1 :]:
            factor = row[i] / pivot_row[i]
            row[i:] = [x - factor * p for x, p in zip(row[i:], pivot_row[i:], strict=True)]
    x = [0.0] * n
    for i in reversed(range(n)):
        x[i] = (rows[i][n] - dot(rows[i][i + 1 : n], x[i + 1 :])) / rows[i][i]
    return x


def _grid(f: Callable[[Any], Any], bounds: Any, points: int) -> Minimum:
    if bounds is None:
        raise ValueError("grid search needs bounds: a pair (low, high), for several numbers a list of pairs")
    require(points >= 2, "points", "at least 2", points)
    box = _box(bounds)
    require(all(math.isfinite(side) for pair in box for side in pair), "bounds", "finite for grid search", bounds)
    require(points ** len(box) <= GRID_LIMIT, "the number of grid points", f"at most {GRID_LIMIT:,}", points ** len(box))
    sides = [_side(low, high, points - 1) for low, high in box]
    path: list[Point] = [xs[0] if _is_pair(bounds) else list(xs) for xs in product(*sides)]
    values = [_number(f(x)) for x in path]
    order = [i for i, y in enumerate(values) if y < math.inf]
    if not order:
        raise ValueError(f"f is nan or infinite at all {len(path):,} points of the grid; choose other bounds")
    best = min(order, key=values.__getitem__)
    return Minimum(path[best], values[best], True, f"all {len(path):,} points of the grid were tried", path, values)


def _side(low: float, high: float, n: int) -> list[float]:
    """The ends of n equal parts of the way from low to high: the floats nearest to them, so that none leaves the bounds."""
    (a, b), (c, d) = low.as_integer_ratio(), high.as_integer_ratio()
    return [(a * d * (n - i) + c * b * i) / (b * d * n) for i in range(n + 1)]


def _box(bounds: Any) -> Box:
    """The bounds as a list of pairs of floats, one pair for each number."""
    pairs = [bounds] if _is_pair(bounds) else _plain(bounds)
    ordered = isinstance(pairs, list | tuple) and pairs and all(_is_pair(pair) and pair[0] <= pair[1] for pair in pairs)
    require(bool(ordered), "bounds", "a pair (low, high) with low ≤ high, or a list of such pairs", bounds)
    return [(float(low), float(high)) for low, high in pairs]


def _is_pair(x: Any) -> bool:
    pair = _plain(x)
    return isinstance(pair, list | tuple) and len(pair) == 2 and all(isinstance(side, Real) for side in pair)


def _plain(x: Any) -> Any:
    """An array as a list."""
    return x.tolist() if hasattr(x, "tolist") else x


def _number(x: Any) -> float:
    return float(x.data if isinstance(x, Value) else x)
