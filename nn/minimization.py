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
NextPoint = Callable[[list[float], list[float]], list[float] | str]
"""From a point and its gradient to the next point, or the reason why there is none."""

GRID_LIMIT = 1_000_000

OPTIONS = {
    "gradient descent": ("x0", "bounds", "learning_rate", "optimizer", "tolerance", "max_steps"),
    "newton": ("x0", "tolerance", "max_steps"),
    "grid": ("bounds", "points"),
}


@dataclass(frozen=True)
class Minimum:
    """Hold the result of `minimize`.

    Args:
        x: the point, a number or a list of numbers.
        value: f(x).
        converged: whether the gradient at x is 0 within the tolerance; True for "grid".
        reason: why the search stopped, as text.
        path: all points, from the first to the last.
        values: f at all points of the path.

    Example:
        >>> found = minimize(lambda x: (x - 1.0) ** 2, 3.0, "newton")
        >>> found.x, found.value, found.path, found.reason
        (1.0, 0.0, [3.0, 1.0], 'no partial derivative exceeds 1e-08')
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
    """Find the x, a number or a list of numbers, at which f(x) is lowest.

    "gradient descent" takes x − η ∂f/∂x, and stays within the bounds. "newton" takes x − H⁻¹ ∂f/∂x,
    where the Hessian H is positive definite. "grid" tries points at equal distances, and needs no
    derivatives. An option that the method does not use is an error.

    The first two converge where no |∂f/∂xᵢ| exceeds the tolerance; partial derivatives that point
    out of the bounds do not count. A start on a maximum or a saddle point ends there too. They also
    stop where f or its gradient is not finite. Newton also stops where H is not finite or not
    positive definite, because its step need not lead down there.

    Args:
        f: a function of a number or of a list of numbers; with "grid" it may return any float.
        x0: where to start, within the bounds; it says whether f takes a number or a list.
        method: "gradient descent", "newton" or "grid".
        bounds: a pair (low, high), for several numbers a list of pairs; finite for "grid".
        learning_rate: η of gradient descent, 0.1 unless given; at least 0.
        optimizer: an optimizer such as `Adam` in place of the learning rate.
        tolerance: the largest |∂f/∂xᵢ| at a minimum, 1e-8 unless given; at least 0.
        max_steps: the most steps, 1000 unless given; at least 0.
        points: the number of values that "grid" tries for each number, 101 unless given; at least
            2.

    Returns:
        The minimum with the reason why the search stopped, and the path to it.

    Raises:
        ValueError: there is no such method, an option is missing, out of its range or of another
            method, or f is finite nowhere on the grid.

    Example:
        >>> minimize(lambda x: x**2 - 4 * x + 6, 8.0, "newton").path
        [8.0, 2.0]
        >>> minimize(lambda x: x**2 - 4 * x + 6, method="grid", bounds=(0, 10)).x
        2.0

    Source: J. Nocedal and S. Wright, Numerical Optimization, 2006, chapters 2 and 3.
    """
    options = {name: given for name, given in locals().items() if given is not None}
    _check_options(method, [name for name in options if name not in ("f", "method")])
    if method == "grid":
        return _grid(f, bounds, count(options.get("points", 101), "points", 2))
    several = isinstance(_plain(x0), list | tuple)
    start, box = _start(x0, bounds)
    least = options.get("tolerance", 1e-8)
    require(
        isinstance(least, Real) and float(least) >= 0.0,
        "tolerance",
        "a number of at least 0",
        least,
    )
    most = count(options.get("max_steps", 1000), "max_steps", 0)
    function = f if several else lambda xs: f(xs[0])
    if method == "newton":
        next_point = _newton(function)
    else:
        minimizer = optimizer or GradientDescent(options.get("learning_rate", 0.1))
        next_point = _descent(start, minimizer, box)
    path, values, converged, reason = _walk(function, start, next_point, box, least, most)
    points_of_path: list[Point] = [xs if several else xs[0] for xs in path]
    return Minimum(points_of_path[-1], values[-1], converged, reason, points_of_path, values)


def _check_options(method: str, given: list[str]) -> None:
    """Check that the method exists, uses all given options, and has those that it needs."""
    used = OPTIONS.get(str(method))
    if used is None:
        raise ValueError(
            f'no method is called {method!r}; choose "gradient descent", "newton" or "grid"'
        )
    if idle := [name for name in given if name not in used]:
        raise ValueError(
            f"{method} does not use {' and '.join(idle)}; its options are {', '.join(used)}"
        )
    if {"learning_rate", "optimizer"} <= {*given}:
        raise ValueError(
            "the optimizer has its own learning rate; give either learning_rate or optimizer"
        )
    if method == "grid" and "bounds" not in given:
        raise ValueError(
            "grid search needs bounds: a pair (low, high), for several numbers a list of pairs"
        )
    if method != "grid" and "x0" not in given:
        raise ValueError(f"{method} starts at a point: give x0, a number or a list of numbers")


def _start(x0: Any, bounds: Any) -> tuple[list[float], Box]:
    """The numbers to start from, and a pair of bounds for each."""
    start = _plain(x0) if isinstance(_plain(x0), list | tuple) else [_plain(x0)]
    numbers = bool(start) and all(isinstance(x, Real) for x in start)
    require(numbers, "x0", "a number or a list of numbers", x0)
    xs = [float(x) for x in start]
    if bounds is None:
        return xs, [(-math.inf, math.inf)] * len(xs)
    box = _box(bounds)
    each = f"one pair (low, high) for each of the {len(xs)} numbers"
    require(len(box) == len(xs), "bounds", each, bounds)
    inside = all(low <= x <= high for x, (low, high) in zip(xs, box, strict=True))
    require(inside, "x0", f"within the bounds {bounds!r}", x0)
    return xs, box


def _walk(
    f: Callable[[Any], Any],
    xs: list[float],
    next_point: NextPoint,
    box: Box,
    tolerance: float,
    max_steps: int,
) -> tuple[list[list[float]], list[float], bool, str]:
    """The points and values on the way, whether it converged, and why it stopped."""
    path: list[list[float]] = []
    values: list[float] = []
    while True:
        value, partials = value_and_grad(f)(xs)
        y, *slopes = map(_number, [value, *partials])
        not_finite = (
            "" if all(map(math.isfinite, [y, *slopes])) else "f or its gradient is not finite at"
        )
        if not_finite and path:
            reason = f"{not_finite} {xs} (was the step too large?); x is the point before"
            return path, values, False, reason
        path.append(xs)
        values.append(y)
        if not_finite:
            return path, values, False, f"{not_finite} the start {xs}; start elsewhere"
        if all(abs(g) <= tolerance for g in map(_inward, slopes, xs, box)):
            held = any(abs(g) > tolerance for g in slopes)
            beyond = ", except where a step against it would leave the bounds" if held else ""
            return path, values, True, f"no partial derivative exceeds {tolerance:g}{beyond}"
        if len(path) > max_steps:
            return path, values, False, f"{max_steps} steps were taken"
        following = next_point(xs, slopes)
        if isinstance(following, str):
            return path, values, False, following
        xs = following


def _descent(xs: list[float], optimizer: Optimizer, box: Box) -> NextPoint:
    parameters = [Value(x, role="parameter") for x in xs]

    def next_point(xs: list[float], slopes: list[float]) -> list[float]:
        for parameter, g in zip(parameters, slopes, strict=True):
            parameter.grad = g
        optimizer.step(parameters)
        for parameter, (low, high) in zip(parameters, box, strict=True):
            parameter.data = min(max(parameter.data, low), high)
        return [parameter.data for parameter in parameters]

    return next_point


def _newton(f: Callable[[Any], Any]) -> NextPoint:
    def next_point(xs: list[float], slopes: list[float]) -> list[float] | str:
        curvature = [[*map(_number, row)] for row in hessian(f)(xs)]
        if not all(math.isfinite(h) for row in curvature for h in row):
            return f"the matrix of second derivatives is not finite at {xs}; start elsewhere"
        step = _solved(curvature, slopes)
        if step is None:
            return (
                f"the matrix of second derivatives is not positive definite at {xs}; start nearer "
                "to a minimum"
            )
        return [x - d for x, d in zip(xs, step, strict=True)]

    return next_point


def _inward(g: float, x: float, pair: tuple[float, float]) -> float:
    """The partial derivative, or 0.0 where a step against it would leave the bounds."""
    low, high = pair
    return 0.0 if (x <= low and g > 0.0) or (x >= high and g < 0.0) else g


def _solved(a: list[list[float]], b: list[float]) -> list[float] | None:
    """Solve a x = b by elimination; None where a pivot is not positive, because the symmetric a is
    then not positive definite.
    """
    rows = [[*row, y] for row, y in zip(a, b, strict=True)]
    for i, pivot in enumerate(rows):
        if not 0.0 < pivot[i] < math.inf:
            return None
        for row in rows[i + 1 :]:
            factor = row[i] / pivot[i]
            row[i:] = [x - factor * p for x, p in zip(row[i:], pivot[i:], strict=True)]
    solution: list[float] = []
    for i, row in reversed([*enumerate(rows)]):
        solution.insert(0, (row[-1] - dot(row[i + 1 : -1], solution)) / row[i])
    return solution


def _grid(f: Callable[[Any], Any], bounds: Any, points: int) -> Minimum:
    box = _box(bounds)
    finite = all(math.isfinite(side) for pair in box for side in pair)
    require(finite, "bounds", "finite for grid search", bounds)
    total = points ** len(box)
    require(total <= GRID_LIMIT, "the number of grid points", f"at most {GRID_LIMIT:,}", total)
    sides = [_side(low, high, points - 1) for low, high in box]
    path: list[Point] = [xs[0] if _is_pair(bounds) else list(xs) for xs in product(*sides)]
    values = [_number(f(x)) for x in path]
    found = [i for i, y in enumerate(values) if y < math.inf]
    if not found:
        raise ValueError(
            f"f is nan or infinite at all {total:,} points of the grid; choose other bounds"
        )
    best = min(found, key=values.__getitem__)
    reason = f"all {total:,} points of the grid were tried"
    return Minimum(path[best], values[best], True, reason, path, values)


def _side(low: float, high: float, n: int) -> list[float]:
    """n + 1 equally spaced points from low to high, each rounded once, so that none leaves the
    bounds.
    """
    (a, b), (c, d) = low.as_integer_ratio(), high.as_integer_ratio()
    return [(a * d * (n - i) + c * b * i) / (b * d * n) for i in range(n + 1)]


def _box(bounds: Any) -> Box:
    """The bounds as a list of pairs of floats, one pair for each number."""
    pairs = [bounds] if _is_pair(bounds) else _plain(bounds)
    ordered = isinstance(pairs, list | tuple) and all(_is_pair(p) and p[0] <= p[1] for p in pairs)
    must = "a pair (low, high) with low ≤ high, or a list of such pairs"
    require(ordered and bool(pairs), "bounds", must, bounds)
    return [(float(low), float(high)) for low, high in pairs]


def _is_pair(x: Any) -> bool:
    pair = _plain(x)
    listed = isinstance(pair, list | tuple) and len(pair) == 2
    return listed and all(isinstance(side, Real) for side in pair)


def _plain(x: Any) -> Any:
    """An array as a list."""
    return x.tolist() if hasattr(x, "tolist") else x


def _number(x: Any) -> float:
    return float(x.data if isinstance(x, Value) else x)
