"""The operators without a fast path; and every function of one operand as a method, which is
how NumPy calls them on objects.
"""

from __future__ import annotations

import sys
from typing import Any, Self

from ..errors import MISSING, unboxed
from ..primitives import Primitive, activations, arithmetic, elementary, gamma

REFLECTED = {
    arithmetic.add: "__radd__",
    arithmetic.sub: "__rsub__",
    arithmetic.mul: "__rmul__",
    arithmetic.div: "__rtruediv__",
    arithmetic.floordiv: "__rfloordiv__",
    arithmetic.mod: "__rmod__",
    elementary.power: "__rpow__",
}


def left_to(other: Any, row: Primitive) -> bool:
    """Whether an operator is left to the other operand: its class has the reflected one, and may
    know of Values.

    No class of the standard library does: text has a `%`, and a list a `*`, of another meaning.
    """
    kind = type(other)
    method = getattr(kind, REFLECTED[row], None)
    if method is None or kind.__name__ in MISSING or unboxed(other) is not other:
        return False
    package, _, _ = getattr(method, "__objclass__", kind).__module__.partition(".")
    return package not in sys.stdlib_module_names


class Methods:
    """The rarer operators, and the elementary functions and activations as methods: `v.tanh()`
    is `tanh(v)`.
    """

    __slots__ = ()

    def _unary(self, row: Primitive) -> Self:
        raise NotImplementedError

    def _apply(self, row: Primitive, operands: tuple[Any, ...]) -> Self:
        raise NotImplementedError

    def _binary(self, row: Primitive, a: Any, b: Any) -> Self:
        raise NotImplementedError

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

    def exp(self) -> Self:
        return self._unary(elementary.exp)

    def exp2(self) -> Self:
        return self._unary(elementary.exp2)

    def expm1(self) -> Self:
        return self._unary(elementary.expm1)

    def log(self) -> Self:
        return self._unary(elementary.log)

    def log1p(self) -> Self:
        return self._unary(elementary.log1p)

    def log2(self) -> Self:
        return self._unary(elementary.log2)

    def log10(self) -> Self:
        return self._unary(elementary.log10)

    def sqrt(self) -> Self:
        return self._unary(elementary.sqrt)

    def cbrt(self) -> Self:
        return self._unary(elementary.cbrt)

    def sin(self) -> Self:
        return self._unary(elementary.sin)

    def cos(self) -> Self:
        return self._unary(elementary.cos)

    def tan(self) -> Self:
        return self._unary(elementary.tan)

    def asin(self) -> Self:
        return self._unary(elementary.asin)

    def acos(self) -> Self:
        return self._unary(elementary.acos)

    def atan(self) -> Self:
        return self._unary(elementary.atan)

    def sinh(self) -> Self:
        return self._unary(elementary.sinh)

    def cosh(self) -> Self:
        return self._unary(elementary.cosh)

    def tanh(self) -> Self:
        return self._unary(elementary.tanh)

    def asinh(self) -> Self:
        return self._unary(elementary.asinh)

    def acosh(self) -> Self:
        return self._unary(elementary.acosh)

    def atanh(self) -> Self:
        return self._unary(elementary.atanh)

    def erf(self) -> Self:
        return self._unary(elementary.erf)

    def erfc(self) -> Self:
        return self._unary(elementary.erfc)

    def gamma(self) -> Self:
        return self._unary(gamma.gamma)

    def lgamma(self) -> Self:
        return self._unary(gamma.lgamma)

    def digamma(self) -> Self:
        return self._unary(gamma.digamma)

    def sigmoid(self) -> Self:
        return self._unary(activations.sigmoid)

    def logsigmoid(self) -> Self:
        return self._unary(activations.logsigmoid)

    def logit(self) -> Self:
        return self._unary(activations.logit)

    def softplus(self) -> Self:
        return self._unary(activations.softplus)

    def relu(self) -> Self:
        return self._unary(arithmetic.relu)

    def gelu(self) -> Self:
        return self._unary(activations.gelu)

    def silu(self) -> Self:
        return self._unary(activations.silu)

    def mish(self) -> Self:
        return self._unary(activations.mish)

    def softsign(self) -> Self:
        return self._unary(activations.softsign)

    def absolute(self) -> Self:
        return self._unary(arithmetic.absolute)

    def sign(self) -> Self:
        return self._unary(arithmetic.sign)

    def floor(self) -> Self:
        return self._unary(arithmetic.floor)

    def ceil(self) -> Self:
        return self._unary(arithmetic.ceil)

    def leaky_relu(self, slope: Any = 0.01) -> Self:
        return self._apply(activations.leaky_relu, (self, slope))

    def elu(self, alpha: Any = 1.0) -> Self:
        return self._apply(activations.elu, (self, alpha))

    # NumPy's own spellings, by which it calls the elements of an object array.

    def hypot(self, other: Any) -> Self:
        return self._apply(elementary.hypot, (self, other))

    def arctan2(self, other: Any) -> Self:
        return self._apply(elementary.atan2, (self, other))

    def fmod(self, other: Any) -> Self:
        return self._apply(arithmetic.fmod, (self, other))

    def conjugate(self) -> Self:
        return self  # in numpy.var

    arcsin, arccos, arctan = asin, acos, atan
    arcsinh, arccosh, arctanh = asinh, acosh, atanh
    fabs = absolute
    __floor__, __ceil__ = floor, ceil
