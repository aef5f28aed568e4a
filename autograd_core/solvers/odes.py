"""Ordinary differential equations: `odeint`. Step sizes are chosen on plain numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ..derivative import numbers
from ..engine.node import Node, number, operand
from ..errors import callable_or_error, real
from ..functions import dot
from ..pytree.core import build
from .implicit import refuse_recording

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
SAFETY, SLOWEST, FASTEST = 0.9, 0.2, 5.0

Slope = Callable[[list[Any], Any], list[Any]]


def odeint(
    f: Callable[..., Any],
    y0: Any,
    ts: Any,
    *args: Any,
    rtol: float = 1.4e-8,
    atol: float = 1.4e-8,
) -> list[Any]:
    """The solution of an initial value problem: dy/dt = f(y, t, *args) with y(ts[0]) = y0.

    The method is that of Dormand and Prince, of order 5, with steps that adapt to the tolerances:
    the estimated error of a step is at most atol + rtol |y|, as a root mean square over the numbers
    of y. Derivatives of any order go through the accepted steps, whose sizes count as constants;
    the times in `ts` are differentiated too. The error of a derivative is about as large as that of
    y, in its own unit.

    Args:
        f: a function of y and t that returns dy/dt, with the structure of y.
        y0: the start: a number, or nested lists, tuples, dicts or arrays of numbers.
        ts: the times, floats or Values, which all increase or all decrease.
        *args: further arguments of f.
        rtol: the error of a step that is allowed relative to y; a number ≥ 0.
        atol: the error of a step that is allowed near 0, in the unit of y; a number ≥ 0.

    Returns:
        A list with y at each time, each with the structure of `y0`: floats, or Values where they
        depend on Values.

    Raises:
        TypeError: f is not a function, or y0, ts or the result of f is not made of real numbers.
        ValueError: the times do not go one way, f returns another number of numbers, or the step
            size becomes too small.
        RecordingError: this is called inside a compiled function.

    Example:
        >>> from autograd_core import grad, odeint
        >>> def decayed(rate):
        ...     return odeint(lambda y, t: -rate * y, 1.0, [0.0, 1.0])[-1]
        >>> round(decayed(2.0), 7), round(grad(decayed)(2.0), 6)
        (0.1353353, -0.135335)

    Source: Dormand and Prince, A Family of Embedded Runge-Kutta Formulae, 1980.
    """
    callable_or_error(f, "odeint", "{0}(f, y0, ts)")
    refuse_recording("odeint")
    y, structure = numbers(y0, "y0 of odeint", nothing=False)
    times = [operand(t, "a time of odeint") for t in ts]
    _must_go_one_way(times)
    tolerances = real(rtol, "rtol"), real(atol, "atol")

    def slope(y: list[Any], t: Any) -> list[Any]:
        found, _ = numbers(f(build(structure, y, argument=True), t, *args), "the result of f")
        if len(found) != len(y):
            raise ValueError(
                f"odeint needs a function that returns as many numbers as y0 has, {len(y)}, "
                f"got {len(found)}"
            )
        return found

    states = _states(slope, y, times, *tolerances) if times else []
    return [build(structure, state) for state in states]


def _must_go_one_way(times: Sequence[Any]) -> None:
    plain = [number(t) for t in times]
    ordered = sorted(plain)
    if plain not in (ordered, ordered[::-1]) or not all(map(math.isfinite, plain)):
        raise ValueError(f"the times of odeint must all increase or all decrease, got {plain!r}")


def _states(
    slope: Slope, y: list[Any], times: Sequence[Any], rtol: float, atol: float
) -> list[list[Any]]:
    """y at each time."""
    t, states, k = times[0], [y], slope(y, times[0])
    size = _first_step(y, k, rtol, atol)
    steps = 0
    for goal in times[1:]:
        while True:
            left = number(goal) - number(t)
            last = abs(left) <= size * (1.0 + 1e-10)
            h = goal - t if last else math.copysign(size, left)
            new, new_k, error = _step(slope, y, t, h, k, rtol, atol)
            steps += 1
            taken = error <= 1.0 or left == 0.0
            if taken:
                y, k, t = new, new_k, goal if last else t + h
            if left != 0.0 and not (last and taken and abs(left) < size):
                change = SAFETY * error**-0.2 if error else FASTEST
                size = min(size, abs(left)) * min(FASTEST, max(SLOWEST, change))
            if taken and last:
                break
            if size <= 1e-14 * max(abs(number(t)), abs(left)) or steps > STEPS:
                raise ValueError(
                    f"odeint stopped at t = {number(t):.6g}, where its step is {size:.2g} after "
                    f"{steps} steps; the solution may be singular there, or the equation stiff, "
                    "which needs larger tolerances"
                )
        states.append(y)
    return states


def _step(
    slope: Slope, y: list[Any], t: Any, h: Any, k: list[Any], rtol: float, atol: float
) -> tuple[list[Any], list[Any], float]:
    """The new y, the slope there, and the estimated error in units of the tolerance."""
    ks, new = [k], y
    for time, weights in zip(TIMES, STAGES, strict=True):
        new = [
            a + h * _combined(weights, slopes)
            for a, slopes in zip(y, zip(*ks, strict=True), strict=True)
        ]
        ks.append(slope(new, t + time * h))
    size = number(h)
    parts = []
    for a, b, slopes in zip(y, new, zip(*ks, strict=True), strict=True):
        error = size * sum([w * number(s) for w, s in zip(ERROR, slopes, strict=True)])
        largest = max(abs(number(a)), abs(number(b)))
        parts.append(error / (atol + rtol * largest) if error else 0.0)
    error = _mean_square(parts)
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
