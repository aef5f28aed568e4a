"""The functions that are no row of the table: tests of a number, `where`, and what takes an
iterable.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Iterable
from numbers import Real
from typing import Any, TypeVar

from .engine.matrix import operands, record_dot
from .engine.node import operand
from .engine.value import Value, apply
from .errors import shown, unfollowed
from .primitives import Primitive, reductions
from .primitives.arithmetic import absolute, maximum
from .primitives.arithmetic import where as _where

Number = TypeVar("Number", float, Value)


def isnan(x: Number) -> Any:
    """Whether x is not a number: x ≠ x, like `math.isnan`.

    Args:
        x: a float or a Value.

    Returns:
        A bool; inside a compiled function a condition, for `if` and `where`.

    Raises:
        TypeError: `x` is not a number.

    Example:
        >>> isnan(Value(float("nan")))
        True
    """
    x = operand(x, "an operand of isnan")
    return x != x


def isinf(x: Number) -> Any:
    """Whether x is infinite: x = ±∞, like `math.isinf`.

    Args:
        x: a float or a Value.

    Returns:
        A bool; inside a compiled function a condition, for `if` and `where`.

    Raises:
        TypeError: `x` is not a number.

    Example:
        >>> isinf(Value(1e308) * 10.0)
        True
    """
    x = operand(x, "an operand of isinf")
    return (x == math.inf) | (x == -math.inf)


def isfinite(x: Number) -> Any:
    """Whether x is neither infinite nor nan: −∞ < x < ∞, like `math.isfinite`.

    Args:
        x: a float or a Value.

    Returns:
        A bool; inside a compiled function a condition, for `if` and `where`.

    Raises:
        TypeError: `x` is not a number.

    Example:
        >>> isfinite(Value(1.0))
        True
    """
    x = operand(x, "an operand of isfinite")
    return (x > -math.inf) & (x < math.inf)


def isclose(
    a: Number, b: Number, *, rel_tol: Number | float = 1e-9, abs_tol: Number | float = 0.0
) -> Any:
    """Whether |a − b| ≤ max(rel_tol · max(|a|, |b|), abs_tol), like `math.isclose`.

    An infinity is close to itself alone.

    Args:
        a: a float or a Value.
        b: a float or a Value.
        rel_tol: the difference allowed in relation to the larger of both; a number ≥ 0.
        abs_tol: the difference allowed near 0, in the unit of a and b; a number ≥ 0.

    Returns:
        A bool; inside a compiled function a condition, for `if` and `where`.

    Raises:
        TypeError: an operand is not a number.
        ValueError: a tolerance is negative.

    Example:
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
    """The number a if the condition holds, else b.

    The branch not taken is not followed: no gradient flows to it, whatever its slope is.

    Args:
        condition: a comparison, a bool, or a number, which holds unless it is 0. The ints −2 and −1
            are what `~` makes of True and False in Python, so they stand for False and True.
        a: a float or a Value; any real number.
        b: a float or a Value; any real number.

    Returns:
        A float, or a Value where an operand is one.

    Raises:
        TypeError: the condition is none of these, such as an array; or a or b is not a number.

    Example:
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
        unfollowed(x, "a condition")
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


def sum(xs: Iterable[Any], start: Any = 0) -> Any:
    """The sum start + x₁ + … + xₙ.

    Args:
        xs: the numbers x₁ … xₙ, floats or Values, in any iterable.
        start: a number; anything else is added to as Python's own `sum` does, so that
            `sum(lists, [])` works after `from autograd_core import *`.

    Returns:
        A float, or a Value where one of them is: one node, however many they are; 0.0 for none.

    Raises:
        TypeError: `xs` is no iterable of numbers.

    Example:
        >>> sum([1.0, Value(2.0)])
        Value(3.0)
    """
    if start.__class__ is int and start == 0:
        return _reduced(reductions.sum, xs)
    if isinstance(start, Real | Value):
        return _reduced(reductions.sum, [start, *_iterable("sum", xs)])
    return builtins.sum(xs, start)


def mean(xs: Iterable[Any]) -> Any:
    """The arithmetic mean (x₁ + … + xₙ) / n.

    Args:
        xs: the numbers x₁ … xₙ, floats or Values, in any iterable.

    Returns:
        A float, or a Value where one of them is.

    Raises:
        TypeError: `xs` is no iterable of numbers.
        ValueError: there are none.

    Example:
        >>> mean([1.0, 2.0, 6.0])
        3.0
    """
    terms = list(_iterable("mean", xs))
    if not terms:
        raise ValueError("mean needs at least one number, got none")
    return sum(terms) / float(len(terms))


def prod(xs: Iterable[Any]) -> Any:
    """The product x₁ · … · xₙ.

    Its derivatives are exact also where factors are 0.

    Args:
        xs: the numbers x₁ … xₙ, floats or Values, in any iterable.

    Returns:
        A float, or a Value where one of them is: one node, however many they are; 1.0 for none.

    Raises:
        TypeError: `xs` is no iterable of numbers.

    Example:
        >>> prod([2.0, 3.0, 4.0])
        24.0
    """
    return _reduced(reductions.prod, xs)


def norm(xs: Iterable[Any]) -> Any:
    """The Euclidean norm √(x₁² + … + xₙ²), without overflow.

    Its slope at the origin is 0.

    Args:
        xs: the numbers x₁ … xₙ, floats or Values, in any iterable.

    Returns:
        A float, or a Value where one of them is: one node, however many they are; 0.0 for none.

    Raises:
        TypeError: `xs` is no iterable of numbers.

    Example:
        >>> norm([3.0, 4.0])
        5.0
    """
    return _reduced(reductions.norm, xs)


def logsumexp(xs: Iterable[Any]) -> Any:
    """The logarithm of a sum of exponentials: ln(exp x₁ + … + exp xₙ), without overflow.

    Args:
        xs: the numbers x₁ … xₙ, floats or Values, in any iterable.

    Returns:
        A float, or a Value where one of them is: one node, however many they are; −∞ for none.

    Raises:
        TypeError: `xs` is no iterable of numbers.

    Example:
        >>> logsumexp([1000.0, 1000.0])
        1000.6931471805599

    Source: Blanchard, Higham and Higham, Accurately Computing the Log-Sum-Exp, 2021.
    """
    return _reduced(reductions.logsumexp, xs)


def softmax(xs: Iterable[Any]) -> list[Any]:
    """The shares exp(xᵢ) / (exp x₁ + … + exp xₙ), without overflow.

    Args:
        xs: the numbers x₁ … xₙ, floats or Values, in any iterable.

    Returns:
        A list of n positive floats or Values, which add up to 1.

    Raises:
        TypeError: `xs` is no iterable of numbers.

    Example:
        >>> softmax([0.0, 0.0])
        [0.5, 0.5]

    Source: Bridle, Training Stochastic Model Recognition Algorithms as Networks, 1989.
    """
    terms = [operand(x, "an operand of softmax") for x in _iterable("softmax", xs)]
    return reductions.softmax(*terms)


def dot(a: Iterable[Any], b: Iterable[Any]) -> Any:
    """The dot product a₁ b₁ + … + aₙ bₙ.

    Args:
        a: the numbers a₁ … aₙ, floats or Values, in any iterable.
        b: as many numbers b₁ … bₙ.

    Returns:
        A float, or a Value where one of them is: one node, however many they are; 0.0 for none.

    Raises:
        TypeError: `a` or `b` is no iterable of numbers.
        ValueError: there are not as many a as b.

    Example:
        >>> dot([Value(1.0), Value(2.0)], [3.0, 4.0])
        Value(11.0)
    """
    xs, ys = operands(_iterable("dot", a)), operands(_iterable("dot", b))
    if len(xs.members) != len(ys.members):
        raise ValueError(
            f"dot needs two sequences of equal length, got {len(xs.members)} and {len(ys.members)} "
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
