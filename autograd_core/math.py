"""Every name of the standard module `math`, for plain numbers and for Values alike.

`from autograd_core import math` ports a program that was written with `import math`. Two things
differ: the results are those of IEEE 754 where the standard module raises an error (`log(0.0)` is
-inf, `sqrt(-1.0)` is nan, `exp(1000.0)` is inf), and `floor`, `ceil` and `trunc` of a Value are
Values with slope 0.

>>> from autograd_core import grad, math
>>> grad(lambda t: math.dist((math.cos(t), math.sin(t)), (1.0, 0.0)))(math.pi)
6.123233995736766e-17
"""

from __future__ import annotations

import math as _standard
from collections.abc import Iterable
from math import comb, e, factorial, gcd, inf, isqrt, lcm, nan, perm, pi, tau
from typing import Any

from . import elementwise, functions
from .elementwise import absolute as fabs
from .elementwise import (
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cbrt,
    copysign,
    cos,
    cosh,
    erf,
    erfc,
    exp,
    exp2,
    expm1,
    fmod,
    gamma,
    lgamma,
    log,
    log1p,
    log2,
    log10,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
)
from .functions import isclose, isfinite, isinf, isnan, norm, where
from .functions import sum as fsum
from .primitives.arithmetic import exponent, nextafter, remainder, ulp
from .primitives.elementary import power as pow

__all__ = [
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "ceil",
    "comb",
    "copysign",
    "cos",
    "cosh",
    "degrees",
    "dist",
    "e",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expm1",
    "fabs",
    "factorial",
    "floor",
    "fma",
    "fmod",
    "frexp",
    "fsum",
    "gamma",
    "gcd",
    "hypot",
    "inf",
    "isclose",
    "isfinite",
    "isinf",
    "isnan",
    "isqrt",
    "lcm",
    "ldexp",
    "lgamma",
    "log",
    "log1p",
    "log2",
    "log10",
    "modf",
    "nan",
    "nextafter",
    "perm",
    "pi",
    "pow",
    "prod",
    "radians",
    "remainder",
    "sin",
    "sinh",
    "sqrt",
    "sumprod",
    "tan",
    "tanh",
    "tau",
    "trunc",
    "ulp",
]  # fmt: skip


def _is_plain(x: Any) -> bool:
    return not hasattr(x, "_apply")


def floor(x: Any) -> Any:
    """The largest whole number ≤ x: an int of a plain number; of a Value a Value with slope 0.

    >>> floor(-2.5)
    -3
    """
    return _standard.floor(x) if _is_plain(x) else elementwise.floor(x)


def ceil(x: Any) -> Any:
    """The smallest whole number ≥ x: an int of a plain number; of a Value a Value with slope 0.

    >>> ceil(-2.5)
    -2
    """
    return _standard.ceil(x) if _is_plain(x) else elementwise.ceil(x)


def trunc(x: Any) -> Any:
    """The integer part of x: an int for a plain number, a Value with slope 0 for a Value.

    >>> trunc(-2.5)
    -2
    """
    return _standard.trunc(x) if _is_plain(x) else elementwise.trunc(x)


def degrees(x: Any) -> Any:
    """x · 180 / π: an angle of x radians in degrees.

    >>> degrees(pi)
    180.0
    """
    return _standard.degrees(x) if _is_plain(x) else x.degrees()


def radians(x: Any) -> Any:
    """x · π / 180: an angle of x degrees in radians.

    >>> radians(180.0) == pi
    True
    """
    return _standard.radians(x) if _is_plain(x) else x.radians()


def hypot(*coordinates: Any) -> Any:
    """√(x₁² + … + xₙ²), without overflow; its slope at the origin is 0.

    >>> hypot(2.0, 3.0, 6.0)
    7.0
    """
    return elementwise.hypot(*coordinates) if len(coordinates) > 1 else norm(coordinates)


def dist(p: Iterable[Any], q: Iterable[Any]) -> Any:
    """√Σ (pᵢ − qᵢ)², the distance of two points with as many coordinates; ValueError for others.

    >>> dist([1.0, 1.0], [4.0, 5.0])
    5.0
    """
    p, q = list(p), list(q)
    if len(p) != len(q):
        raise ValueError(
            f"dist needs two points of one dimension, got {len(p)} and {len(q)} coordinates"
        )
    return norm([a - b for a, b in zip(p, q, strict=True)])


def prod(iterable: Iterable[Any], *, start: Any = 1) -> Any:
    """start · x₁ · … · xₙ; of plain numbers as Python computes it, an int of ints.

    >>> prod([2, 3], start=4)
    24
    """
    factors = [start, *iterable]
    if all(map(_is_plain, factors)):
        return _standard.prod(factors)
    return functions.prod(factors if start.__class__ is not int or start != 1 else factors[1:])


def sumprod(p: Iterable[Any], q: Iterable[Any]) -> Any:
    """Σ pᵢ qᵢ of two sequences of one length; ValueError for others.

    >>> sumprod([1.0, 2.0], [3.0, 4.0])
    11.0
    """
    return functions.dot(p, q)


def fma(x: Any, y: Any, z: Any) -> Any:
    """x · y + z, rounded twice (Python 3.13 rounds once).

    >>> fma(2.0, 3.0, 4.0)
    10.0
    """
    return x * y + z


def frexp(x: Any) -> tuple[Any, Any]:
    """(m, n) with x = m · 2ⁿ and ½ ≤ |m| < 1; (x, 0) for 0, infinities and nan.

    The slope of m is 2⁻ⁿ, that of n is 0. n is an int of a plain number, else a Value.

    >>> frexp(-6.0)
    (-0.75, 3)
    """
    if _is_plain(x):
        return _standard.frexp(x)
    n = exponent(x)
    return ldexp(x, -n), n


def ldexp(x: Any, i: Any) -> Any:
    """x · 2ⁱ. i is a whole number, else a ValueError is raised; it has slope 0.

    >>> ldexp(-0.75, 3)
    -6.0
    """
    if _is_plain(i) and i != elementwise.trunc(i):
        raise ValueError(f"ldexp needs a whole number as its second argument, got {i!r}")
    i = elementwise.trunc(i)
    half = elementwise.trunc(0.5 * i)  # in two steps: 2ⁱ may overflow where x · 2ⁱ does not
    return x * exp2(half) * exp2(i - half)


def modf(x: Any) -> tuple[Any, Any]:
    """(x − trunc(x), trunc(x)): the fraction, with slope 1, and the whole part, with slope 0, both
    with the sign of x.

    >>> modf(-2.75)
    (-0.75, -2.0)
    """
    return where(isinf(x), copysign(0.0, x), fmod(x, 1.0)), elementwise.trunc(x)
