"""Integrals of functions on a range: by SciPy's QUADPACK, or by the rule of 21 points by Gauss and
Kronrod that it uses too.
"""

from __future__ import annotations

import heapq
import math
import sys
from collections.abc import Callable, Sequence
from typing import Any

from ..engine.node import Node, number

# The rule of 21 points by Gauss and Kronrod on [−1, 1]; every second point is one of Gauss's 10.
POINTS = (
    0.995657163025808080735527280689003, 0.973906528517171720077964012084452,
    0.930157491355708226001207180059508, 0.865063366688984510732096688423493,
    0.780817726586416897063717578345042, 0.679409568299024406234327365114874,
    0.562757134668604683339000099272694, 0.433395394129247190799265943165784,
    0.294392862701460198131126603103866, 0.148874338981631210884826001129720, 0.0,
)  # fmt: skip
WEIGHTS = (
    0.011694638867371874278064396062192, 0.032558162307964727478818972459390,
    0.054755896574351996031381300244580, 0.075039674810919952767043140916190,
    0.093125454583697605535065465083366, 0.109387158802297641899210590325805,
    0.123491976262065851077958109831074, 0.134709217311473325928054001771707,
    0.142775938577060080797094273138717, 0.147739104901338491374841515972068,
    0.149445554002916905664936468389821,
)  # fmt: skip
GAUSS = (
    0.066671344308688137593568809893332, 0.149451349150580593145776339657697,
    0.219086362515982043995534934228163, 0.269266719309996355091226921569469,
    0.295524224714752870173892994651338,
)  # fmt: skip
PIECES = 500
LEAST = 1.2e-14  # the smallest rtol that QUADPACK takes, without an atol


class NotReached(ValueError):
    """The tolerance was not reached."""


class Recorded(Exception):
    """A function gave a Value, whose derivative a plain integral would lose."""


def integral(at: Callable[[float], Any], a: float, b: float, rtol: float, atol: float) -> float:
    """The integral of a function of floats, by SciPy's QUADPACK where SciPy is installed."""
    sign, low, high = (1.0, a, b) if a <= b else (-1.0, b, a)
    if low != low or high != high:
        return math.nan

    def plain(x: float) -> float:
        y = at(x)
        if isinstance(y, Node):
            raise Recorded
        return float(y)

    if low == high:
        return 0.0
    found = _by_scipy(plain, low, high, rtol, atol)
    return sign * (_sum(*points(plain, low, high, rtol, atol)) if found is None else found)


def _by_scipy(
    at: Callable[[float], float], low: float, high: float, rtol: float, atol: float
) -> float | None:
    """None without SciPy, or where it does not reach the tolerance."""
    try:
        from scipy import integrate  # type: ignore[import-untyped]
    except ImportError:
        return None
    options = {"epsabs": atol, "epsrel": max(rtol, LEAST), "limit": PIECES, "full_output": 1}
    try:
        found = integrate.quad(at, low, high, **options)
    except ArithmeticError:  # at one of its points, where ours may have none
        return None
    return float(found[0]) if len(found) == 3 else None  # else it explains what is wrong


def points(
    at: Callable[[float], Any], a: float, b: float, rtol: float, atol: float
) -> tuple[list[float], list[Any]]:
    """Weights, and values of a function between a and b: the sum of their products is its integral.
    The interval is halved where the rule of 21 points differs most from its 10 points (Gauss).
    """
    if a == b:
        return [], []
    sign, low, high = (1.0, a, b) if a < b else (-1.0, b, a)
    weights, values = _points(_on_unit(at, low, high), rtol, atol)
    return [sign * w for w in weights], values


def _on_unit(at: Callable[[float], Any], low: float, high: float) -> Any:
    """The range of t, and a function of t that gives dx/dt and f(x)."""
    if math.isfinite(low) and math.isfinite(high):
        return low, high, lambda t: (1.0, at(t))
    if math.isfinite(low):
        return 0.0, 1.0, lambda t: ((1.0 - t) ** -2, at(low + t / (1.0 - t)))
    if math.isfinite(high):
        return 0.0, 1.0, lambda t: ((1.0 - t) ** -2, at(high - t / (1.0 - t)))

    def both(t: float) -> tuple[float, Any]:
        rest = (1.0 - t) * (1.0 + t)
        return (1.0 + t * t) / rest**2, at(t / rest)

    return -1.0, 1.0, both


def _points(over: Any, rtol: float, atol: float) -> tuple[list[float], list[Any]]:
    """The weights and the values of f for the whole range, by halving its worst pieces."""
    low, high, at = over
    pieces = [_piece(low, high, at)]
    while True:
        error = math.fsum([-piece[0] for piece in pieces])
        total = math.fsum([piece[2] for piece in pieces])
        if error <= max(atol, rtol * abs(total)):
            break
        if len(pieces) >= PIECES or not math.isfinite(total):
            raise NotReached(
                f"quad did not reach the tolerance: the integral is {total:.6g} ± {error:.2g} "
                f"after {len(pieces)} pieces; split the interval where the function is not "
                "smooth, or allow a larger rtol or atol"
            )
        _, (left, right), *_ = heapq.heappop(pieces)
        middle = 0.5 * (left + right)
        heapq.heappush(pieces, _piece(left, middle, at))
        heapq.heappush(pieces, _piece(middle, right, at))
    pieces.sort(key=lambda piece: piece[1])
    return [w for piece in pieces for w in piece[3]], [y for piece in pieces for y in piece[4]]


def _piece(left: float, right: float, at: Any) -> Any:
    """The negative error, the ends, the integral, the weights and the values of one piece."""
    middle, half = 0.5 * (left + right), 0.5 * (right - left)
    weights: list[float] = []
    values: list[Any] = []
    gauss: list[float] = []
    for k, (point, weight) in enumerate(zip(POINTS, WEIGHTS, strict=True)):
        for t in (middle - half * point, middle + half * point) if point else (middle,):
            factor, y = at(t)
            weights.append(half * weight * factor)
            values.append(y)
            gauss.append(half * GAUSS[k // 2] * factor if k % 2 else 0.0)
    numbers = [number(y) for y in values]
    found, rough = _sum(weights, numbers), _sum(gauss, numbers)
    mean = found / (right - left)
    spread = _sum(weights, [abs(y - mean) for y in numbers])
    size = _sum(weights, [abs(y) for y in numbers])
    error = abs(found - rough)
    if error and spread:
        error = spread * min(1.0, (200.0 * error / spread) ** 1.5)
    if error <= 50.0 * sys.float_info.epsilon * size or right - left <= 1e-13 * abs(middle):
        error = 0.0  # no more digits
    return -error, (left, right), found, weights, values


def _sum(weights: Sequence[float], numbers: Sequence[float]) -> float:
    return sum([w * y for w, y in zip(weights, numbers, strict=True)])
