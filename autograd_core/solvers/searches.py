"""Searches on plain numbers: for a zero of F, a fixed point, and a minimum.

Each takes `evaluate`, which gives the numbers F(x) and their Jacobian at x, and returns x.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

from ..primitives.cholesky import lower_triangle
from ..primitives.matrices import factors

Vector = Sequence[float]
Evaluate = Callable[[Vector], tuple[list[float], list[list[float]]]]

STEPS = 200
SMALLEST = 1e-12  # the smallest part of a Newton step that is tried
SETTLED = 1e-7  # relative size of a step at which rounding may keep F from becoming smaller
CONTRACTIONS = 50  # iterations of a fixed point before Newton's method takes over
BRACKETS = 40  # distances, each twice the last, at which another sign is searched
FAR = 1e6  # a longer way, relative to the start, is checked for a nearer zero
EPSILON = sys.float_info.epsilon


class NotFound(ValueError):
    """A search ended without a solution."""

    def __init__(self, x: Vector, size: float, what: str = "|f(x)|") -> None:
        shown = ", ".join([f"{a:.6g}" for a in x])
        super().__init__(f"the search stopped at {shown}, where {what} is {size:.3g}")


def find_zero(evaluate: Evaluate, x: Vector) -> list[float]:
    """Newton's method. A step is halved until |F| is smaller.

    Where that fails, one unknown is searched between numbers at which F has two signs; for several
    SciPy's hybrid method goes on, if it is installed.
    """
    try:
        there = _newton(evaluate, x)
    except NotFound:
        found = _between_signs(evaluate, x[0]) if len(x) == 1 else _by_scipy(evaluate, x)
        if found is None:
            raise
        return _newton(evaluate, found)
    if len(x) == 1 and abs(there[0] - x[0]) > FAR * max(1.0, abs(x[0])):  # thrown by a flat place
        near = _between_signs(evaluate, x[0])
        with suppress(NotFound):
            return there if near is None else _newton(evaluate, near)
    return there


def find_fixed_point(evaluate: Evaluate, x: Vector) -> list[float]:
    """A zero of x − f(x), near the fixed point that x, f(x), f(f(x)) … approaches, if it does."""
    now, first, size = [*x], math.inf, math.inf
    for _ in range(CONTRACTIONS):
        values, _ = evaluate(now)
        size = _size(values)
        if first == math.inf:
            first = size
        if not math.isfinite(size) or size <= SETTLED * math.hypot(*now):
            break
        now = [a - y for a, y in zip(now, values, strict=True)]
    return find_zero(evaluate, now if size < first else x)


def find_minimum(evaluate: Evaluate, x: Vector) -> list[float]:
    """Newton's method on a function whose value comes first among the numbers of `evaluate`, its
    gradient after it. A multiple of the unit matrix is added to the Hessian until a step goes down.
    """
    x = [*x]
    (value, *slopes), (_, *curvature) = evaluate(x)
    weight = 0.0
    for _ in range(STEPS):
        scale = max([abs(h) for row in curvature for h in row], default=0.0) or 1.0
        if _size(slopes) == 0.0 and weight == 0.0:
            break
        step = _downhill(slopes, curvature, weight)
        if step is not None:
            moved = [a + d for a, d in zip(x, step, strict=True)]
            (new, *new_slopes), (_, *new_curvature) = evaluate(moved)
            bend = [_dot(row, step) for row in curvature]
            expected = _dot(slopes, step) + 0.5 * _dot(step, bend)
            if new < value and not new - value > 0.1 * expected:
                x, value, slopes, curvature = moved, new, new_slopes, new_curvature
                weight = 0.0 if weight < 1e-6 * scale else 0.1 * weight
                continue
            if _relative(step, x) <= SETTLED:
                break
        weight = max(10.0 * weight, 1e-3 * scale)

    def slopes_at(x: Vector) -> tuple[list[float], list[list[float]]]:
        values, rows = evaluate(x)
        return values[1:], rows[1:]

    x = _newton(slopes_at, x, "its slope")
    slopes, curvature = slopes_at(x)
    scale = max([abs(h) for row in curvature for h in row], default=0.0) or 1.0
    if _downhill(slopes, curvature, 1e-9 * scale) is None:
        raise NotFound(x, _size(slopes), "the function has no minimum, and its slope")
    return x


def _newton(evaluate: Evaluate, x: Vector, what: str = "|f(x)|") -> list[float]:
    x, small = [*x], EPSILON * math.hypot(*x)
    values, jacobian = evaluate(x)
    size = _size(values)
    step: Vector = x
    for _ in range(STEPS):
        if size == 0.0:
            return x
        step = _newton_step(values, jacobian)
        share, settled = 1.0, _relative(step, x) <= SETTLED
        while True:
            moved = [a + share * d for a, d in zip(x, step, strict=True)]
            values, jacobian = evaluate(moved)
            new = _size(values)
            if new < size:
                break
            if settled:  # all that is left of F are rounding errors
                return x
            share *= 0.5
            if not share > SMALLEST:
                raise NotFound(x, size, what)
        x, size = moved, new
        if share == 1.0 and _relative(step, x) <= EPSILON:
            return x
    if math.hypot(*step) <= small:  # a zero at 0 of higher order is approached step by step
        return x
    raise NotFound(x, size, what)


def _newton_step(values: Vector, jacobian: Sequence[Vector]) -> Vector:
    """−J⁻¹ F. Where J is singular, it is the step of least squares, with a small weight on its own
    size.
    """
    minus = [-y for y in values]
    known = factors(_flat(jacobian))
    if known.dependent is None:
        return known.solve(minus)
    columns = [*zip(*jacobian, strict=True)]
    normal = [[_dot(a, b) for b in columns] for a in columns]
    weight = 1e-6 * max([row[i] for i, row in enumerate(normal)])
    for i, row in enumerate(normal):
        row[i] += weight
    return factors(_flat(normal)).solve([_dot(column, minus) for column in columns])


def _downhill(slopes: Vector, curvature: Sequence[Vector], weight: float) -> Vector | None:
    """−(H + weight)⁻¹ g, if H + weight is positive definite."""
    n = len(slopes)
    rows = [[h + weight * (i == j) for j, h in enumerate(row)] for i, row in enumerate(curvature)]
    triangle = [h for i, row in enumerate(rows) for h in row[: i + 1]]
    if lower_triangle(triangle)[1] is not None:
        return None
    step = factors(_flat(rows)).solve([-g for g in slopes])
    return step if len(step) == n and all(map(math.isfinite, step)) else None


def _between_signs(evaluate: Evaluate, x: float) -> list[float] | None:
    """A zero between x and a number at which F has the other sign, by bisection; None if none is
    found at growing distances.
    """

    def sign(a: float) -> float:
        y = evaluate([a])[0][0]
        return math.copysign(1.0, y) if math.isfinite(y) and y else 0.0 * y

    here, distance = sign(x), 0.01 * max(1.0, abs(x))
    for _ in range(BRACKETS):
        for other in (x - distance, x + distance):
            if sign(other) == -here:
                return [_bisected(sign, x, other, here)]
        distance *= 2.0
    return None


def _bisected(sign: Callable[[float], float], a: float, b: float, of_a: float) -> float:
    while (middle := 0.5 * (a + b)) not in (a, b):
        there = sign(middle)
        if there == 0.0:
            return middle
        if there == of_a:
            a = middle
        else:
            b = middle
    return middle


def _by_scipy(evaluate: Evaluate, x: Vector) -> list[float] | None:
    """Powell's hybrid method; None without SciPy, or where it does not succeed."""
    try:
        from scipy import optimize  # type: ignore[import-untyped]
    except ImportError:
        return None
    found = optimize.root(evaluate, x, jac=True, method="hybr")
    return [*map(float, found.x)] if found.success else None


def _flat(rows: Sequence[Vector]) -> tuple[float, ...]:
    return tuple([entry for row in rows for entry in row])


def _dot(a: Vector, b: Vector) -> float:
    return sum([x * y for x, y in zip(a, b, strict=True)], 0.0)


def _size(values: Vector) -> float:
    """The largest of |F|; infinite where one is nan, so that it is no solution."""
    size = math.hypot(*values)
    return size if size == size else math.inf


def _relative(step: Vector, x: Vector) -> float:
    """The length of a step relative to x."""
    size = math.hypot(*x)
    return math.hypot(*step) / size if size else math.inf
