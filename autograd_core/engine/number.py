"""How a node compares, converts and prints: like its number."""

from __future__ import annotations

import dis
import math
import operator
import sys
from collections.abc import Callable
from decimal import Decimal
from numbers import Complex, Real
from types import CodeType
from typing import Any, NoReturn, Self

from ..errors import unboxed, unfollowed
from ..primitives.arithmetic import mod, remainder, sub, trunc
from . import context
from .conditions import Condition
from .context import trackers
from .node import Node
from .reads import note_read


class Numeric(Node):
    """A node that behaves like a number, as far as that loses no gradient."""

    __slots__ = ()

    # Comparisons compare numbers. As a key, a Value is equal to itself only.

    def __eq__(self, other: object) -> bool:
        return _compare(operator.eq, self, other)

    def __ne__(self, other: object) -> bool:
        return _compare(operator.ne, self, other)

    def __lt__(self, other: Any) -> bool:
        return _compare(operator.lt, self, other)

    def __le__(self, other: Any) -> bool:
        return _compare(operator.le, self, other)

    def __gt__(self, other: Any) -> bool:
        return _compare(operator.gt, self, other)

    def __ge__(self, other: Any) -> bool:
        return _compare(operator.ge, self, other)

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return bool(self != 0.0)

    # Text, rounding and integers are plain results, whose reading is noted. Other conversions are
    # errors: they would lose the gradient silently.

    def item(self) -> float:
        """The plain number, like `.data`.

        Returns:
            A float.

        Example:
            >>> from autograd_core import Value
            >>> Value(2.0).item()
            2.0
        """
        return self.data

    def __repr__(self) -> str:
        if context.tape() is not None:
            return "Value(…)"
        label = f", label={self.label!r}" if self.label else ""
        grad = f", grad={self._grad!r}" if self._grad is not None else ""
        return f"Value({self._number!r}{label}{grad})"

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else str(self)

    def __round__(self, digits: int | None = None) -> float:
        if digits is None:  # an int, as for floats
            return _integer(self, round, lambda v: sub(v, remainder(v, 1.0)))
        return round(self.data, digits)

    def rint(self) -> float:
        """The plain number, rounded to the nearest integer; `numpy.round` calls this.

        Returns:
            A float.

        Example:
            >>> from autograd_core import Value
            >>> Value(2.7).rint()
            3.0
        """
        x = self.data
        return math.copysign(float(round(x)), x) if math.isfinite(x) else x

    @property
    def real(self) -> Self:
        """The Value itself, as the real part of a number."""
        return self

    @property
    def imag(self) -> float:
        """0.0, as the imaginary part of a real number."""
        return 0.0

    def is_integer(self) -> bool:
        """Whether it is a whole number, like `float.is_integer`.

        Returns:
            A bool; inside a compiled function a condition, for `if` and `where`.

        Example:
            >>> from autograd_core import Value
            >>> Value(2.0).is_integer(), Value(2.5).is_integer()
            (True, False)
        """
        return mod(self, 1.0) == 0.0  # type: ignore[call-overload, no-any-return]  # by `_apply`

    def __float__(self) -> float:
        frame = sys._getframe(1)
        asked = _instruction(frame.f_code, frame.f_lasti)
        if asked in _FORMATTING:
            return 1.0 * self.data  # an error where the number cannot be read
        plain = "for the plain number v.data, and for text an f-string such as f'{v:.2f}'"
        if context.tape() is not None:
            plain = "and return a compiled function's numbers as its result"
        if asked in _STORING:
            plain += "; to store Values in an array, make it with dtype=object"
        raise TypeError(
            "a Value cannot become a plain float, which would lose its gradient silently; for "
            "mathematics use the functions of autograd_core (autograd_core.sin(v) for math.sin(v), "
            f"autograd_core.isnan(v) for math.isnan(v)), {plain}"
        )

    def __int__(self) -> int:
        return _integer(self, int, trunc)

    def __index__(self) -> int:
        return _integer(self, _whole, lambda v: v)

    def as_integer_ratio(self) -> NoReturn:
        """Raise an error, as `float(v)` does. The functions of `statistics` call this.

        Raises:
            TypeError: always; it names what to call instead.

        Example:
            >>> from autograd_core import Value
            >>> Value(0.5).as_integer_ratio()
            Traceback (most recent call last):
                ...
            TypeError: a Value cannot become a plain fraction, ...
        """
        raise TypeError(
            "a Value cannot become a plain fraction, which would lose its gradient silently; for "
            "statistics.mean(xs) write autograd_core.mean(xs), and for a variance the mean of the "
            "squares of x - autograd_core.mean(xs)"
        )


def _integer(v: Any, of_float: Callable[[float], int], of_value: Callable[[Any], Any]) -> int:
    """The plain integer that a Value gives. A program holds only where it is the same again."""
    tape = context.tape()
    if tape is None:
        return of_float(v.data)
    k = of_float(v._number)
    tape.guard_number(of_value(v), sys._getframe(2))
    if trackers:
        note_read((v,), sys._getframe(2))
    return k


def _whole(x: float) -> int:
    if not x.is_integer():
        raise TypeError(
            f"an index or a count (as in xs[i] or range) must be a whole number, got a Value of {x}"
            "; write int(v) or round(v)"
        )
    return int(x)


def _examples(a: Any, b: Any) -> None:
    """Only its code is read."""
    a % b
    a %= b
    a[b] = a


def _instruction(code: CodeType, at: int) -> bytes:
    """The code of an instruction, and its argument."""
    return code.co_code[at : at + 2]


_FORMATTING, _STORING = [
    {
        _instruction(_examples.__code__, x.offset)
        for x in dis.get_instructions(_examples)
        if x.opname == name
    }
    for name in ("BINARY_OP", "STORE_SUBSCR")
]
"""The instructions of `"%.2f" % v`, which asks for a float to write it, and of `array[0] = v`."""


def _compare(test: Callable[[Any, Any], bool], a: Node, b: Any) -> bool:
    """The comparison of two numbers; while a compiled function is recorded, a Condition."""
    if not (b.__class__ is float or b.__class__ is int or isinstance(b, Node | Real)):
        b = unboxed(unfollowed(b, "an operand of a comparison"))
        if isinstance(b, Decimal) or (isinstance(b, Complex) and test in EQUALITY):
            test, b = _with_float(test, b)
        elif not isinstance(b, Node | Real):
            return NotImplemented  # type: ignore[no-any-return]  # meant for the operator that asked
    if context.active:
        tape = context.tape()
        if tape is not None:
            if type(b) is Condition:
                b = b.node
            elif b.__class__ is not float and not isinstance(b, Node):
                test, b = _with_float(test, b)
            return tape.compare(test, a, b)  # type: ignore[no-any-return]
        if context.recordings:
            context.note_elsewhere([x for x in (a, b) if isinstance(x, Node)])
    truth = test(a._number, b._number if isinstance(b, Node) else b)
    if trackers:
        note_read((a, b), sys._getframe(2), truth)
    return truth


EQUALITY = (operator.eq, operator.ne)


def _with_float(
    test: Callable[[Any, Any], bool], b: Any
) -> tuple[Callable[[Any, Any], bool], float]:
    """A test and a float that compare with floats as `test` and b do. A float is below 1/3 if it is
    at most the last float below 1/3.
    """
    if isinstance(b, Complex) and not isinstance(b, Real):
        b = b.real if b.imag == 0 else math.nan
    try:
        x = float(b)
    except OverflowError:
        x = math.inf if b > 0 else -math.inf
    if x == b or b != b:
        return test, x
    if test in EQUALITY:
        return test, math.nan  # which no float is equal to
    if test in (operator.lt, operator.le):
        return (operator.le if x < b else operator.lt), x
    return (operator.gt if x < b else operator.ge), x
