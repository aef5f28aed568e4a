"""The functions, on plain numbers and on Values alike: rows of the table, and those over an
iterable.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, TypeVar

from .engine.matrix import operands, record_dot
from .engine.node import operand
from .engine.value import Value, apply
from .errors import shown
from .primitives import Primitive, reductions
from .primitives.activations import elu as _elu
from .primitives.activations import (
    gelu,
    logaddexp,
    logit,
    logsigmoid,
    mish,
    sigmoid,
    silu,
    softplus,
    softsign,
    xlogy,
)
from .primitives.activations import leaky_relu as _leaky_relu
from .primitives.arithmetic import (
    absolute,
    ceil,
    clip,
    copysign,
    floor,
    fmod,
    maximum,
    minimum,
    relu,
    sign,
)
from .primitives.arithmetic import where as _where
from .primitives.elementary import (
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cbrt,
    cos,
    cosh,
    erf,
    erfc,
    exp,
    exp2,
    expm1,
    hypot,
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
from .primitives.gamma import digamma, gamma, lgamma

__all__ = [
    "absolute",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "ceil",
    "clip",
    "copysign",
    "cos",
    "cosh",
    "digamma",
    "dot",
    "elu",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expm1",
    "floor",
    "fmod",
    "gamma",
    "gelu",
    "hypot",
    "isclose",
    "isfinite",
    "isinf",
    "isnan",
    "leaky_relu",
    "lgamma",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logit",
    "logsigmoid",
    "logsumexp",
    "maximum",
    "mean",
    "minimum",
    "mish",
    "norm",
    "prod",
    "relu",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "softsign",
    "sqrt",
    "sum",
    "tan",
    "tanh",
    "where",
    "xlogy",
]  # fmt: skip


Number = TypeVar("Number", float, Value)


def leaky_relu(x: Number, slope: Number | float = 0.01) -> Number:
    """x for x > 0, else slope · x.

    >>> leaky_relu(-2.0)
    -0.02
    """
    return _leaky_relu(x, slope)


def elu(x: Number, alpha: Number | float = 1.0) -> Number:
    """x for x > 0, else alpha · (eˣ − 1).

    >>> elu(3.0)
    3.0
    """
    return _elu(x, alpha)


def isnan(x: Number) -> Any:
    """Whether x is not a number, as `math.isnan`: a bool, and a condition inside a compiled
    function.

    >>> isnan(Value(float("nan")))
    True
    """
    x = operand(x, "an operand of isnan")
    return x != x


def isinf(x: Number) -> Any:
    """Whether x is +∞ or −∞, as `math.isinf`: a bool, and a condition inside a compiled function.

    >>> isinf(exp(Value(1000.0)))
    True
    """
    x = operand(x, "an operand of isinf")
    return (x == math.inf) | (x == -math.inf)


def isfinite(x: Number) -> Any:
    """Whether x is neither infinite nor nan, as `math.isfinite`: a bool, and a condition inside a
    compiled function.

    >>> isfinite(Value(1.0))
    True
    """
    x = operand(x, "an operand of isfinite")
    return (x > -math.inf) & (x < math.inf)


def isclose(
    a: Number, b: Number, *, rel_tol: Number | float = 1e-9, abs_tol: Number | float = 0.0
) -> Any:
    """Whether |a − b| ≤ max(rel_tol · max(|a|, |b|), abs_tol), as `math.isclose`; an infinity is
    close to itself alone.

    >>> isclose(Value(0.1) + 0.2, 0.3)
    True
    """
    a, b, relative, least = [operand(x, "an operand of isclose") for x in (a, b, rel_tol, abs_tol)]
    if relative < 0.0 or least < 0.0:
        raise ValueError(
            f"the tolerances of isclose must not be negative, got {rel_tol!r} and {abs_tol!r}"
        )
    near = absolute(a - b) <= maximum(relative * maximum(absolute(a), absolute(b)), least)
    return (a == b) | (isfinite(a) & isfinite(b) & near)


def where(condition: Any, a: Number | float, b: Number | float) -> Number:
    """a where the condition holds, else b; the branch not taken is not followed.

    The condition is a comparison, a bool, or a number, which holds unless it is 0. The ints -2 and
    -1 are what `~` makes of True and False in Python, so they stand for False and True. TypeError
    for anything else.

    >>> where(Value(-3.0) < 0.0, 1.0, 2.0)
    1.0
    """
    if condition.__class__ is not bool:
        condition = _truth(condition)
    if a.__class__ is Value or b.__class__ is Value:  # a fast path
        return apply(_where, (condition, a, b))
    return _where(condition, a, b)  # type: ignore[no-any-return]


INVERTED_TRUE, INVERTED_FALSE = -2, -1


def _truth(x: Any) -> Any:
    """What a condition that is no bool stands for, or the error that says why it stands for
    nothing.
    """
    if x.__class__ is float or hasattr(x, "_apply"):
        return x
    if x.__class__ is int and x in (INVERTED_TRUE, INVERTED_FALSE):
        return x == INVERTED_FALSE
    try:
        return operand(x, "a condition")
    except TypeError:
        pass
    wanted = (
        f"where takes a condition such as x > 0, a bool or a number, got {shown(x)} "
        f"({type(x).__name__})"
    )
    many = hasattr(x, "__len__") and not isinstance(x, str | bytes)
    raise TypeError(
        f"{wanted}; "
        + (
            "for arrays of conditions write numpy.where"
            if many
            else "compare it with something first"
        )
    )


def sum(xs: Iterable[Any]) -> Any:
    """x₁ + … + xₙ as one node; 0.0 for nothing.

    >>> sum([1.0, Value(2.0)])
    Value(3.0)
    """
    return _reduced(reductions.sum, xs)


def mean(xs: Iterable[Any]) -> Any:
    """(x₁ + … + xₙ) / n.

    >>> mean([1.0, 2.0, 6.0])
    3.0
    """
    terms = list(_iterable("mean", xs))
    if not terms:
        raise ValueError("mean needs at least one number, got none")
    return sum(terms) / float(len(terms))


def prod(xs: Iterable[Any]) -> Any:
    """x₁ · … · xₙ as one node, with exact derivatives also where factors are 0; 1.0 for nothing.

    >>> prod([2.0, 3.0, 4.0])
    24.0
    """
    return _reduced(reductions.prod, xs)


def norm(xs: Iterable[Any]) -> Any:
    """√(x₁² + … + xₙ²), without overflow; its slope at the origin is 0.

    >>> norm([3.0, 4.0])
    5.0
    """
    return _reduced(reductions.norm, xs)


def logsumexp(xs: Iterable[Any]) -> Any:
    """ln Σ exp(xᵢ), without overflow.

    >>> logsumexp([1000.0, 1000.0])
    1000.6931471805599
    """
    return _reduced(reductions.logsumexp, xs)


def softmax(xs: Iterable[Any]) -> list[Any]:
    """[exp(xᵢ) / Σ exp(xⱼ)], without overflow: positive numbers that sum to 1.

    >>> softmax([0.0, 0.0])
    [0.5, 0.5]
    """
    terms = [operand(x, "an operand of softmax") for x in _iterable("softmax", xs)]
    return reductions.softmax(*terms)


def dot(a: Iterable[Any], b: Iterable[Any]) -> Any:
    """a₁ b₁ + … + aₙ bₙ as one node.

    >>> dot([Value(1.0), Value(2.0)], [3.0, 4.0])
    Value(11.0)
    """
    xs, ys = operands(_iterable("dot", a)), operands(_iterable("dot", b))
    if len(xs.members) != len(ys.members):
        raise ValueError(
            f"dot needs two sequences of one length, got {len(xs.members)} and {len(ys.members)} "
            "numbers"
        )
    return (
        record_dot(xs, ys)
        if xs.flows or ys.flows
        else reductions.dot.compute(*xs.members, *ys.members)
    )


def _reduced(row: Primitive, xs: Iterable[Any]) -> Any:
    return row(*_iterable(row.name, xs))


def _iterable(name: str, xs: Iterable[Any]) -> Iterable[Any]:
    try:
        return iter(xs)
    except TypeError:
        got = "one Value" if isinstance(xs, Value) else repr(xs)
        example = "dot([a, b], [c, d])" if name == "dot" else f"{name}([a, b])"
        raise TypeError(
            f"{name} takes an iterable of numbers, got {got}; write {example}"
        ) from None
