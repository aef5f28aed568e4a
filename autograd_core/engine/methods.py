"""The operators without a fast path."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any, Self

from ..errors import MISSING, follower, is_number, unboxed
from ..primitives import Primitive, arithmetic, elementary
from .function_methods import FunctionMethods

REFLECTED = {
    arithmetic.add: "__radd__",
    arithmetic.sub: "__rsub__",
    arithmetic.mul: "__rmul__",
    arithmetic.div: "__rtruediv__",
    arithmetic.floordiv: "__rfloordiv__",
    arithmetic.mod: "__rmod__",
    elementary.power: "__rpow__",
}


def left_to(other: Any, row: Primitive, reflected: bool) -> bool:
    """Whether an operator is left to the other operand: its class has the reflected one, and may
    know of Values.

    No class of the standard library does: text has a `%`, and a list a `*`, of another meaning.
    Only `"a" * v` repeats text, unless it is that of a number.
    """
    kind = type(other)
    if kind is str and reflected and row is arithmetic.mul:
        return not is_number(other)
    method = getattr(kind, REFLECTED[row], None)
    if method is None or kind.__name__ in MISSING or unboxed(other) is not other:
        return False
    if follower(other):  # its error would not say what to do
        return False
    package, _, _ = getattr(method, "__objclass__", kind).__module__.partition(".")
    return package not in sys.stdlib_module_names


class Methods(FunctionMethods):
    """The rarer operators, and the functions of the table as methods."""

    __slots__ = ()

    _unary: Callable[[Primitive], Self]
    _binary: Callable[[Primitive, Any, Any], Self]

    def __rpow__(self, other: Any) -> Self:
        return self._binary(elementary.power, other, self)

    def __floordiv__(self, other: Any) -> Self:
        return self._binary(arithmetic.floordiv, self, other)

    def __rfloordiv__(self, other: Any) -> Self:
        return self._binary(arithmetic.floordiv, other, self)

    def __mod__(self, other: Any) -> Self:
        return self._binary(arithmetic.mod, self, other)

    def __rmod__(self, other: Any) -> Self:
        return self._binary(arithmetic.mod, other, self)

    def __divmod__(self, other: Any) -> tuple[Self, Self]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Self, Self]:
        return other // self, other % self

    def __neg__(self) -> Self:
        return self._unary(arithmetic.neg)

    def __pos__(self) -> Self:
        return self

    def __abs__(self) -> Self:
        return self._unary(arithmetic.absolute)

    def conjugate(self) -> Self:
        """The Value itself; `numpy.var` calls this.

        Returns:
            This Value.

        Example:
            >>> from autograd_core import Value
            >>> Value(2.0).conjugate()
            Value(2.0)
        """
        return self  # in numpy.var

    fabs = FunctionMethods.absolute
    __floor__, __ceil__ = FunctionMethods.floor, FunctionMethods.ceil
    __trunc__ = FunctionMethods.trunc

    def radians(self) -> Self:
        """x · π / 180: an angle of x degrees in radians; `numpy.radians` calls this.

        Returns:
            A Value.

        Example:
            >>> from autograd_core import Value
            >>> Value(180.0).radians()
            Value(3.141592653589793)
        """
        return self._binary(arithmetic.mul, self, math.pi / 180.0)

    def degrees(self) -> Self:
        """x · 180 / π: an angle of x radians in degrees; `numpy.degrees` calls this.

        Returns:
            A Value.

        Example:
            >>> from autograd_core import Value
            >>> Value(math.pi).degrees()
            Value(180.0)
        """
        return self._binary(arithmetic.mul, self, 180.0 / math.pi)

    deg2rad, rad2deg = radians, degrees
