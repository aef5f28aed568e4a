"""`minimize`: find a minimum of a function of one or several numbers, and keep the path to it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature
from itertools import product
from numbers import Real
from typing import Any

from autograd_core import Value, dot, hessian, value_and_grad

from .losses import as_list
from .optimizers import GradientDescent, Optimizer
from .requirements import count, require
from .schedules import LearningRate

Point = float | list[float]
Box = list[tuple[float, float]]
Outcome = tuple[list[list[float]], list[float], int, bool, str]
"""The points, their values, the index of the lowest, whether it is a minimum, and why it ended."""

GRID_LIMIT = 1_000_000


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

    The first two have converged when no |∂f/∂xᵢ| exceeds the tolerance; partial derivatives that
    point out of the bounds do not count. If you start on a maximum or a saddle point, they stop
    there too. They also stop if f or its gradient is not finite. Newton's method also stops if H is
    not finite or not positive definite, because its step might lead up there.

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
        ValueError: there is no such method, an option is missing, out of its range or belongs to
            another method, or f is finite nowhere on the grid.

    Example:
        >>> minimize(lambda x: x**2 - 4 * x + 6, 8.0, "newton").path
        [8.0, 2.0]
        >>> minimize(lambda x: x**2 - 4 * x + 6, method="grid", bounds=(0, 10)).x
        2.0

    Source: J. Nocedal and S. Wright, Numerical Optimization, 2006, chapters 2 and 3.
    """
    options = {  # those that were given
        name: x for name, x in locals().items() if x is not None and name not in ("f", "method")
    }
    search = METHODS.get(str(method))
    if search is None:
        raise ValueError(
            f'no method is called {method!r}; choose "gradient descent", "newton" or "grid"'
        )
    used = list(signature(search).parameters)[1:]
    if idle := [name for name in options if name not in used]:
        raise ValueError(
            f"{method} does not use {' and '.join(idle)}; its options are {', '.join(used)}"
        )
    if "x0" in used and x0 is None:
        raise ValueError(f"{method} starts at a point: give x0, a number or a list of numbers")
    single = _is_pair(bounds) if x0 is None else not isinstance(_plain(x0), list | tuple)
    found, values, lowest, converged, reason = search(
        (lambda xs: f(xs[0])) if single else f, **options
    )
    path: list[Point] = [xs[0] if single else xs for xs in found]
    return Minimum(path[lowest], values[lowest], converged, reason, path, values)


def _gradient_descent(
    f: Callable[[list[float]], Any],
    x0: Any,
    bounds: Any = None,
    learning_rate: LearningRate | None = None,
    optimizer: Optimizer | None = None,
    tolerance: float = 1e-8,
    max_steps: int = 1000,
) -> Outcome:
    if learning_rate is not None and optimizer is not None:
        raise ValueError(
            "the optimizer has its own learning rate; give either learning_rate or optimizer"
        )
    start, box = _start(x0, bounds)
    parameters = [Value(x, role="parameter") for x in start]
    minimizer = optimizer or GradientDescent(0.1 if learning_rate is None else learning_rate)

    def next_point(xs: list[float], slopes: list[float]) -> list[float]:
        for parameter, g in zip(parameters, slopes, strict=True):
            parameter.grad = g
        minimizer.step(parameters)
        for parameter, (low, high) in zip(parameters, box, strict=True):
            parameter.data = min(max(parameter.data, low), high)
        return [parameter.data for parameter in parameters]

    return _walk(f, start, box, next_point, tolerance, max_steps)


def _newton(
    f: Callable[[list[float]], Any], x0: Any, tolerance: float = 1e-8, max_steps: int = 1000
) -> Outcome:
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

    return _walk(f, *_start(x0, None), next_point, tolerance, max_steps)


def _grid(f: Callable[[list[float]], Any], bounds: Any = None, points: int = 101) -> Outcome:
    if bounds is None:
        raise ValueError(
            "grid search needs bounds: a pair (low, high), for several numbers a list of pairs"
        )
    n, box = count(points, "points", 2), _box(bounds)
    finite = all(math.isfinite(side) for pair in box for side in pair)
    require(finite, "bounds", "finite for grid search", bounds)
    total = n ** len(box)
    require(total <= GRID_LIMIT, "the number of grid points", f"at most {GRID_LIMIT:,}", total)
    path = [list(xs) for xs in product(*[_side(low, high, n - 1) for low, high in box])]
    values = [_number(f(xs)) for xs in path]
    lowest = min(range(total), key=lambda i: (not values[i] < math.inf, values[i]))
    if not values[lowest] < math.inf:
        raise ValueError(
            f"f is nan or infinite at all {total:,} points of the grid; choose other bounds"
        )
    return path, values, lowest, True, f"all {total:,} points of the grid were tried"


METHODS: dict[str, Callable[..., Outcome]] = {
    "gradient descent": _gradient_descent,
    "newton": _newton,
    "grid": _grid,
}


def _walk(
    f: Callable[[list[float]], Any],
    xs: list[float],
    box: Box,
    next_point: Callable[[list[float], list[float]], list[float] | str],
    tolerance: float,
    max_steps: int,
) -> Outcome:
    """Go from point to point until a gradient is 0, or there is a reason to stop."""
    valid = isinstance(tolerance, Real) and float(tolerance) >= 0.0
    require(valid, "tolerance", "a number of at least 0", tolerance)
    count(max_steps, "max_steps", 0)
    path: list[list[float]] = []
    values: list[float] = []
    converged, reason = False, ""
    while not reason:
        value, partials = value_and_grad(f)(xs)
        y, *slopes = map(_number, [value, *partials])
        finite = all(map(math.isfinite, [y, *slopes]))
        where = f"f or its gradient is not finite at {'' if path else 'the start '}{xs}"
        if not finite and path:
            reason = f"{where} (was the step too large?); x is the point before"
            break
        path.append(xs)
        values.append(y)
        if not finite:
            reason = f"{where}; start elsewhere"
        elif all(abs(g) <= tolerance for g in map(_inward, slopes, xs, box)):
            held = any(abs(g) > tolerance for g in slopes)
            beyond = ", except where a step against it would leave the bounds" if held else ""
            converged, reason = True, f"no partial derivative exceeds {tolerance:g}{beyond}"
        elif len(path) > max_steps:
            reason = f"{max_steps} steps were taken"
        elif isinstance(following := next_point(xs, slopes), str):
            reason = following
        else:
            xs = following
    return path, values, -1, converged, reason


def _start(x0: Any, bounds: Any) -> tuple[list[float], Box]:
    """The numbers to start from, and a pair of bounds for each."""
    start = as_list(x0)
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
