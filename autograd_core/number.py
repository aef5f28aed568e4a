"""How a node compares, converts and prints: as the number that it holds."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from numbers import Real
from typing import Any, NoReturn

from . import modes
from .node import Node


class Number(Node):
    """A node that stands where a plain number stands, as far as no gradient is lost by it."""

    __slots__ = ()

    # Comparisons are of numbers, as numbers are; a Value as a key is itself and nothing else.

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

    # Conversions: text and rounding give plain results; what would lose the gradient silently is refused.

    def item(self) -> float:
        """The plain number."""
        return self.data

    def __repr__(self) -> str:
        if modes.tape() is not None:
            return "Value(…)"
        label = f", label={self.label!r}" if self.label else ""
        grad = f", grad={self._grad!r}" if self._grad is not None else ""
        return f"Value({self._number!r}{label}{grad})"

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else str(self)

    def __round__(self, digits: int | None = None) -> float:
        return round(self.data, digits)  # without digits an int, as for floats

    def rint(self) -> float:
        x = self.data  # in numpy.round
        return math.copysign(float(round(x)), x) if math.isfinite(x) else x

    def __float__(self) -> NoReturn:
        raise TypeError(
            "a Value was to become a plain float, which would lose its gradient silently; for mathematics use the "
            "functions of autograd_core (autograd_core.sin(v) for math.sin(v)), for the plain number v.data"
        )

    def __int__(self) -> NoReturn:
        raise TypeError(
            "a Value was to become a plain int, which would lose its gradient silently; use int(v.data), "
            "or autograd_core.floor(v) to stay in the graph"
        )

    __trunc__ = __int__

    def __index__(self) -> NoReturn:
        raise TypeError(
            "a Value was to be an index or a count (as in range or xs[i]), which must be a plain int; use int(v.data), or, in a "
            "compiled function, whose numbers are all recorded, give counts from outside: compiled(partial(function, n=3))"
        )


def _compare(test: Callable[[Any, Any], bool], a: Node, b: Any) -> bool:
    """The comparison of two numbers; where a compiled function is recorded, a condition of the program."""
    if not (b.__class__ is float or b.__class__ is int or isinstance(b, Node | Real)):
        return NotImplemented  # type: ignore[no-any-return]  # meant for the operator that asked
    tape = modes.tape()
    if tape is not None:
        return tape.compare(test, a, b)  # type: ignore[no-any-return]
    return test(a._number, b._number if isinstance(b, Node) else b)
