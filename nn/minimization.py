"""`minimize`: find a minimum of a function of one or several numbers, and keep the path to it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from numbers import Real
from typing import Any

from autograd_core import Value, dot, hessian, value_and_grad

from .optimizers import GradientDescent, LearningRate, Optimizer
from .requirements import count, require

Point = float | list[float]
Box = list[tuple[float, float]]

GRID_LIMIT = 1_000_000

OPTIONS = {
    "gradient descent": ("x0", "bounds", "learning_rate", "optimizer", "tolerance", "max_steps"),
    "newton": ("x0", "tolerance", "max_steps"),
    "grid": ("bounds", "points"),
}


@dataclass(frozen=True)
class Minimum:
    """The result of `minimize`: the point x and its value f(x), whether it converged, the reason
    why it stopped, and all points and values on the path.
    """

    x: Point
    value: float
    converged: bool
    reason: str
    path: list[Point]
    values: list[float]

    @property
    def steps(self) -> int:
        """The number of steps from the first point of the path to the last."""
        return len(self.path) - 1


def minimize(
    f: Callable[[Any], Any],
    x0: Any = None,
    method: str = "gradient descent",
    *,
    bounds: Any = None,
    learning_rate: LearningRate | None = None,
    optimizer: Optimizer | None = None,
    tolerance: float | None = None,
    max_steps: int | None = None,
    points: int | None = None,
) -> Minimum:
    """Find the x, a number or a list of numbers like `x0`, at which f(x) is lowest.

    "gradient descent" takes x − η ∂f/∂x, with the learning rate η (0.1) or another optimizer, and
    stays within the bounds. "newton" takes x − H⁻¹ ∂f/∂x, with the Hessian H, where H is positive
    definite. "grid" tries `points` values (101) between the bounds of every number, and needs
    neither derivatives nor x0.

    The first two converge where no |∂f/∂xᵢ| exceeds `tolerance` (1e-8); partial derivatives that
    point out of the bounds do not count. A start on a maximum or a saddle point ends there too.
    They also stop after `max_steps` (1000), and where f or its gradient is not finite. Newton also
    stops where H is not finite or not positive definite, because its step need not lead down there.
    `bounds` is a pair (low, high), for several numbers a list of pairs; x0 lies within. An option
    that the method does not use is an error.

    >>> minimize(lambda x: x**2 - 4 * x + 6, 8.0, "newton").path
    [8.0, 2.0]
    >>> minimize(lambda x: x**2 - 4 * x + 6, method="grid", bounds=(0, 10)).x
    2.0
    """
    given = {
        "learning_rate": learning_rate,
        "optimizer": optimizer,
        "tolerance": tolerance,
        "max_steps": max_steps,
        "points": points,
    }
    _check_options(method, {"x0": x0, "bounds": bounds, **given})
    if method == "grid":
        return _grid(f, bounds, count(101 if points is None else points, "points", 2))
    several = isinstance(_plain(x0), list | tuple)
    numbers, box = _start(x0, bounds)
    least = 1e-8 if tolerance is None else tolerance
    require(
        isinstance(least, Real) and least >= 0.0, "tolerance", "a number of at least 0", tolerance
    )
    most = count(1000 if max_steps is None else max_steps, "max_steps", 0)
    walk = _Walk(f if several else lambda xs: f(xs[0]), box, least, most)
    if method == "newton":
        reason = walk.newton(numbers)
    else:
        reason = walk.descend(
            numbers, optimizer or GradientDescent(0.1 if learning_rate is None else learning_rate)
        )
    path: list[Point] = list(walk.path) if several else [xs[0] for xs in walk.path]
    return Minimum(path[-1], walk.values[-1], walk.converged, reason, path, walk.values)


def _check_options(method: str, options: dict[str, Any]) -> None:
    """Check that the method exists, uses all given options, and has those that it needs."""
    used = OPTIONS.get(str(method))
    if used is None:
        raise ValueError(
            f'no method is called {method!r}; choose "gradient descent", "newton" or "grid"'
        )
    idle = [name for name, option in options.items() if option is not None and name not in used]
    if idle:
        raise ValueError(
            f"{method} does not use {' and '.join(idle)}; its options are {', '.join(used)}"
        )
    if options["learning_rate"] is not None and options["optimizer"] is not None:
        raise ValueError(
            "the optimizer has its own learning rate; give either learning_rate or optimizer"
        )
    if method == "grid" and options["bounds"] is None:
        raise ValueError(
            "grid search needs bounds: a pair (low, high), for several numbers a list of pairs"
        )
    if method != "grid" and options["x0"] is None:
        raise ValueError(f"{method} starts at a point: give x0, a number or a list of numbers")


def _start(x0: Any, bounds: Any) -> tuple[list[float], Box]:
    """The numbers to start from, and a pair of bounds for each."""
    start = _plain(x0) if isinstance(_plain(x0), list | tuple) else [_plain(x0)]
    require(
        bool(start) and all(isinstance(x, Real) for x in start),
        "x0",
        "a number or a list of numbers",
        x0,
    )
    numbers = [float(x) for x in start]
    if bounds is None:
        return numbers, [(-math.inf, math.inf)] * len(numbers)
    box = _box(bounds)
    require(
        len(box) == len(numbers),
        "bounds",
        f"one pair (low, high) for each of the {len(numbers)} numbers",
        bounds,
    )
    inside = all(low <= x <= high for x, (low, high) in zip(numbers, box, strict=True))
    require(inside, "x0", f"within the bounds {bounds!r}", x0)
    return numbers, box


class _Walk:
    """The points and values so far, and the stopping rules."""

    def __init__(self, f: Callable[[Any], Any], box: Box, tolerance: float, max_steps: int) -> None:
        self.f, self.box, self.tolerance, self.max_steps = f, box, tolerance, max_steps
        self.path: list[list[float]] = []
        self.values: list[float] = []
        self.converged = False

    def arrive(self, xs: list[float]) -> tuple[list[float], str]:
        """Add a point to the path; return its gradient and the reason to stop, if there is one."""
        value, partials = value_and_grad(self.f)(xs)
        y, slopes = _number(value), [_number(g) for g in partials]
        finite = all(map(math.isfinite, [y, *slopes]))
        if not finite and self.path:
            return (
                slopes,
                f"f or its gradient is not finite at {xs} (was the step too large?); x is the "
                "point before",
            )
        self.path.append(xs)
        self.values.append(y)
        if not finite:
            return slopes, f"f or its gradient is not finite at the start {xs}; start elsewhere"
        if all(
            abs(_inward(g, x, pair)) <= self.tolerance
            for g, x, pair in zip(slopes, xs, self.box, strict=True)
        ):
            self.converged = True
            held = any(abs(g) > self.tolerance for g in slopes)
            beyond = ", except where a step against it would leave the bounds" if held else ""
            return slopes, f"no partial derivative exceeds {self.tolerance:g}{beyond}"
        return slopes, f"{self.max_steps} steps were taken" if len(
            self.path
        ) > self.max_steps else ""

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
        """Clip the parameters to their bounds."""
        for parameter, (low, high) in zip(parameters, self.box, strict=True):
            parameter.data = min(max(parameter.data, low), high)
        return [parameter.data for parameter in parameters]

    def newton(self, xs: list[float]) -> str:
        slopes, reason = self.arrive(xs)
        while not reason:
            curvature = [[_number(h) for h in row] for row in hessian(self.f)(xs)]
            if not all(math.isfinite(h) for row in curvature for h in row):
                return f"the matrix of second derivatives is not finite at {xs}; start elsewhere"
            step = _solved(curvature, slopes)
            if step is None:
                return (
                    f"the matrix of second derivatives is not positive definite at {xs}; start "
                    "nearer to a minimum"
                )
            xs = [x - d for x, d in zip(xs, step, strict=True)]
            slopes, reason = self.arrive(xs)
        return reason


def _inward(g: float, x: float, pair: tuple[float, float]) -> float:
    """The partial derivative, or 0.0 where a step against it would leave the bounds."""
    low, high = pair
    return 0.0 if (x <= low and g > 0.0) or (x >= high and g < 0.0) else g


def _solved(a: list[list[float]], b: list[float]) -> list[float] | None:
    """Solve a x = b by elimination; None where a pivot is not positive, because the symmetric a is
    then not positive definite.
    """
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
    box = _box(bounds)
    require(
        all(math.isfinite(side) for pair in box for side in pair),
        "bounds",
        "finite for grid search",
        bounds,
    )
    require(
        points ** len(box) <= GRID_LIMIT,
        "the number of grid points",
        f"at most {GRID_LIMIT:,}",
        points ** len(box),
    )
    sides = [_side(low, high, points - 1) for low, high in box]
    path: list[Point] = [xs[0] if _is_pair(bounds) else list(xs) for xs in product(*sides)]
    values = [_number(f(x)) for x in path]
    order = [i for i, y in enumerate(values) if y < math.inf]
    if not order:
        raise ValueError(
            f"f is nan or infinite at all {len(path):,} points of the grid; choose other bounds"
        )
    best = min(order, key=values.__getitem__)
    return Minimum(
        path[best],
        values[best],
        True,
        f"all {len(path):,} points of the grid were tried",
        path,
        values,
    )


def _side(low: float, high: float, n: int) -> list[float]:
    """n + 1 equally spaced points from low to high, each rounded once, so that none leaves the
    bounds.
    """
    (a, b), (c, d) = low.as_integer_ratio(), high.as_integer_ratio()
    return [(a * d * (n - i) + c * b * i) / (b * d * n) for i in range(n + 1)]


def _box(bounds: Any) -> Box:
    """The bounds as a list of pairs of floats, one pair for each number."""
    pairs = [bounds] if _is_pair(bounds) else _plain(bounds)
    ordered = (
        isinstance(pairs, list | tuple)
        and pairs
        and all(_is_pair(pair) and pair[0] <= pair[1] for pair in pairs)
    )
    require(
        bool(ordered),
        "bounds",
        "a pair (low, high) with low ≤ high, or a list of such pairs",
        bounds,
    )
    return [(float(low), float(high)) for low, high in pairs]


def _is_pair(x: Any) -> bool:
    pair = _plain(x)
    return (
        isinstance(pair, list | tuple)
        and len(pair) == 2
        and all(isinstance(side, Real) for side in pair)
    )


def _plain(x: Any) -> Any:
    """An array as a list."""
    return x.tolist() if hasattr(x, "tolist") else x


def _number(x: Any) -> float:
    return float(x.data if isinstance(x, Value) else x)
