"""Integrals: `quad`. The points are chosen on plain numbers; the sum over them is recorded."""

from __future__ import annotations

import heapq
import math
import sys
from collections.abc import Callable, Sequence
from typing import Any

from ..derivative import scalar
from ..engine.node import Node, number, operand
from ..errors import callable_or_error, real
from ..functions import dot
from .implicit import refuse_recording

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
# The rule of four points on [0, 1], for the derivatives by a limit.
END_POINTS = (0.069431844202973714, 0.33000947820757187, 0.66999052179242813, 0.93056815579702629)
END_WEIGHTS = (0.17392742256872693, 0.32607257743127307, 0.32607257743127307, 0.17392742256872693)
PIECES = 500


def quad(
    f: Callable[..., Any], a: Any, b: Any, *args: Any, rtol: float = 1e-10, atol: float = 1e-13
) -> Any:
    """The integral of a function: ∫ f(x, *args) dx from a to b.

    The interval is halved where a rule of 21 points (Gauss and Kronrod) differs most from its 10
    points (Gauss). The result is the sum over the last points, so a derivative by what f depends on
    is the same sum over derivatives of f. A derivative by b is f(b), by a −f(a); up to the eighth
    order they are exact. Split the integral where f has a kink or a jump: there derivatives by its
    place have few digits, or none.

    Args:
        f: a function of a number that returns one number.
        a: the lower limit, a float or a Value, or −∞.
        b: the upper limit, a float or a Value, or ∞. It may be below a.
        *args: further arguments of f.
        rtol: the error allowed relative to the integral; a positive number.
        atol: the error allowed near 0, in the unit of the integral; a number ≥ 0.

    Returns:
        A float, or a Value where f or a limit depends on Values.

    Raises:
        TypeError: f is not a function that returns one number, or a limit is not a number.
        ValueError: the tolerance is not reached; or f is not finite at a limit that is a Value.
        RecordingError: this is called inside a compiled function.

    Example:
        >>> from autograd_core import Value, exp, grad, quad
        >>> round(quad(lambda x: exp(-x * x), 0.0, float("inf")) ** 2 * 4.0, 12)
        3.14159265359
        >>> grad(lambda b: quad(lambda x: x * x, 0.0, b))(3.0)
        9.0

    Source: Piessens, de Doncker-Kapenga, Überhuber and Kahaner, QUADPACK, 1983.
    """
    callable_or_error(f, "quad", "{0}(f, a, b)")
    refuse_recording("quad")
    limits = [operand(x, "a limit of quad") for x in (a, b)]
    low, high = map(number, limits)
    tolerances = real(rtol, "rtol"), real(atol, "atol")

    def at(x: Any) -> Any:
        return scalar(f(x, *args), "quad")

    if low == high:
        weights: list[float] = []
        values: list[Any] = []
    else:
        sign = 1.0 if low < high else -1.0
        weights, values = _points(_on_unit(at, min(low, high), max(low, high)), *tolerances)
        weights = [sign * w for w in weights]
    ends = [
        sign * _end(at, x)
        for sign, x in zip((-1.0, 1.0), limits, strict=True)
        if isinstance(x, Node) and math.isfinite(x._number)
    ]
    return dot([*weights, *[1.0 for _ in ends]], [*values, *ends])


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
            raise ValueError(
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


def _end(at: Callable[[Any], Any], x: Any) -> Any:
    """The integral from the number of x to x itself: 0, with the derivatives of the integral."""
    start = x._number
    length = x - start
    values = [at(start + length * point) for point in END_POINTS]
    if not all([math.isfinite(number(y)) for y in values]):
        raise ValueError(
            f"the derivative of quad by a limit is the function there, which is not finite at "
            f"{start:.6g}; give the limit as a plain number"
        )
    return length * dot(END_WEIGHTS, values)
