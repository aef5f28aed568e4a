"""`Value`: a number that remembers how it was computed. Its operators, and how a row of the
table is recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real
from typing import Any

from ..errors import RecordingError, real, refuse_rewrapping
from ..primitives import Primitive, ieee
from ..primitives.activations import sigmoid
from ..primitives.arithmetic import add, div, mul, relu, sub
from ..primitives.elementary import power, tanh
from . import context
from .anomalies import watched
from .methods import Methods, left_to
from .node import ONCE, UNKNOWN, Note, Operands, Unrecorded, operand, role_or_error
from .node_pool import Supply
from .number import Number
from .pickling import copied, deep_copied, pickled
from .sweeps import backward

# Fast paths of the rules of the hottest rows, on floats; a test holds them identical.
SLOPES: dict[Primitive, Callable[[float], float]] = {
    sigmoid: ieee.sigmoid_slope,
    tanh: lambda x: ieee.sech(x) * ieee.sech(x),
}


class Value(Methods, Number):
    """One number in a graph: its value, its gradient, and how it was computed.

    `label` is the name that pictures use; `role` says what a leaf is: an `"input"`, a
    `"parameter"`, a `"constant"`.

    >>> x = Value(3.0, label="x")
    >>> y = x * x + 1
    >>> y.backward()
    >>> x.grad
    6.0
    """

    __slots__ = ()

    def __init__(self, data: Any, label: str = "", *, role: str = "input") -> None:
        if data.__class__ is float:
            self._number = data
        elif isinstance(data, Value):
            self._number = data._number if role == "constant" else refuse_rewrapping()
            if context.active and (tape := context.tape()) is not None:
                tape.same[self] = (
                    data  # in a program the same number, through which no gradient flows
                )
        else:
            self._number = real(data, "the data of a Value")
        self._gradient = self._origin = self._a = self._b = self._da = self._db = self._adjoint = (
            None
        )
        if label or role != "input" or context.active:
            self._origin = Note(None, str(label), role_or_error(role), context.current.get().group)

    def backward(self, gradient: float = 1.0) -> None:
        """Add ∂self/∂leaf · gradient to `.grad` of every leaf, and set `.grad` of every node
        between.

        >>> a, b = Value(2.0), Value(-3.0)
        >>> (a * b + a).backward()
        >>> a.grad, b.grad
        (-2.0, 2.0)
        """
        if context.active and context.tape() is not None:
            raise RecordingError(ONCE)
        if gradient.__class__ is not float:
            gradient = real(gradient, "the gradient that backward() starts from")
        backward(self, gradient)

    def detach(self) -> Value:
        """The same number as a constant, through which no gradient flows."""
        return Value(self, self.label, role="constant")

    def __copy__(self) -> Any:
        return copied(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return deep_copied(self, memo)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return pickled(self)

    def _apply(self, row: Primitive, operands: tuple[Any, ...]) -> Value:
        return self._unary(row) if len(operands) == 1 == row.arity else apply(row, operands)

    def _binary(self, row: Primitive, a: Any, b: Any) -> Value:
        return _binary(row, a, b)

    def _unary(self, row: Primitive) -> Value:
        if context.active:
            return apply(row, (self,))
        try:
            node = take()
        except IndexError:
            node = more()
        x = self._number
        if row is relu and x == x:  # a fast path
            node._number, node._a, node._da = (x, self, 1.0) if x > 0.0 else (0.0, None, self)
        else:
            node._number = y = row.compute(x)
            follows = row.followed[0] if row.followed else None
            if follows is None or follows(y, x):
                node._a = self
                slope = SLOPES.get(row)
                node._da = slope(x) if slope is not None else row.partials[0](y, x)
            else:
                node._a = None
                node._da = self
        node._origin = row
        node._b = node._db = node._adjoint = None
        return node

    # Arithmetic. The bodies for Values and floats are fast paths of the rows; a test holds them
    # identical.

    def __add__(self, other: Any) -> Value:
        kind = other.__class__
        if context.active or (kind is not Value and kind is not float):
            return _binary(add, self, other)
        try:
            node = take()
        except IndexError:
            node = more()
        if kind is Value:
            node._number = self._number + other._number
            node._b = other
            node._db = 1.0
        else:
            node._number = self._number + other
            node._b = None
            node._db = other
        node._origin = add
        node._a = self
        node._da = 1.0
        node._adjoint = None
        return node

    def __sub__(self, other: Any) -> Value:
        kind = other.__class__
        if context.active or (kind is not Value and kind is not float):
            return _binary(sub, self, other)
        try:
            node = take()
        except IndexError:
            node = more()
        if kind is Value:
            node._number = self._number - other._number
            node._b = other
            node._db = -1.0
        else:
            node._number = self._number - other
            node._b = None
            node._db = other
        node._origin = sub
        node._a = self
        node._da = 1.0
        node._adjoint = None
        return node

    def __mul__(self, other: Any) -> Value:
        kind = other.__class__
        if context.active or (kind is not Value and kind is not float):
            return _binary(mul, self, other)
        try:
            node = take()
        except IndexError:
            node = more()
        if kind is Value:
            node._da = b = other._number
            node._b = other
            node._db = a = self._number
            node._number = a * b
        else:
            node._number = self._number * other
            node._da = node._db = other
            node._b = None
        node._origin = mul
        node._a = self
        node._adjoint = None
        return node

    def __truediv__(self, other: Any) -> Value:
        if context.active or other.__class__ is not Value or not other._number:
            return _binary(div, self, other)
        try:
            node = take()
        except IndexError:
            node = more()
        b = other._number
        node._number = y = self._number / b
        node._da = 1.0 / b
        node._b = other
        node._db = -(y / b)
        node._origin = div
        node._a = self
        node._adjoint = None
        return node

    def __radd__(self, other: Any) -> Value:
        if other.__class__ is float and not context.active:
            return _recorded(add, other + self._number, None, other, self, 1.0)
        return _binary(add, other, self)

    def __rsub__(self, other: Any) -> Value:
        if other.__class__ is float and not context.active:
            return _recorded(sub, other - self._number, None, other, self, -1.0)
        return _binary(sub, other, self)

    def __rmul__(self, other: Any) -> Value:
        if other.__class__ is float and not context.active:
            return _recorded(mul, other * self._number, None, other, self, other)
        return _binary(mul, other, self)

    def __rtruediv__(self, other: Any) -> Value:
        return _binary(div, other, self)

    def __pow__(self, other: Any) -> Value:
        if other.__class__ is int or other.__class__ is float:
            x, b = self._number, real(other, "an exponent")
            if b and not context.active:
                return _recorded(
                    power, power.compute(x, b), self, b * power.compute(x, b - 1.0), None, b
                )
        return _binary(power, self, other)


# Where a node costs little beside its making, it comes from the stock. `try` costs nothing, a
# function of our own a third.
supply = Supply(Value)
take, more = supply.take, supply.more
_new = object.__new__
NUMBERS = (Value, float, int, Real)


def _binary(row: Primitive, a: Any, b: Any) -> Value:
    """An operator of two operands, one of them a Value; the other takes over where its class
    has the operator (an array's do).
    """
    x, y = a._number if a.__class__ is Value else a, b._number if b.__class__ is Value else b
    floats = x.__class__ is float and y.__class__ is float
    if (
        context.active
        and floats
        and (mode := context.current.get()).tape is not None
        and mode.recording
        and mode.group is None
    ):
        (to_a, da), (to_b, db) = (
            (None, x) if a is x else (a, UNKNOWN),
            (None, y) if b is y else (b, UNKNOWN),
        )
        node = _recorded(row, row.compute(x, y), to_a, da, to_b, db)
        mode.tape.nodes.append(
            node
        )  # a fast path of `apply`, of which programs have hundreds of thousands
        return node
    if context.active or not floats:
        other = b if isinstance(a, Value) else a
        if other.__class__ is not int and not isinstance(other, NUMBERS) and left_to(other, row):
            return NotImplemented  # type: ignore[no-any-return]  # meant for the operator that asked
        if (
            context.active
            or other.__class__ is not int
            or not (x.__class__ is float or y.__class__ is float)
        ):
            return apply(row, (a, b))  # the last: the other is of a subclass
        if x is other:
            x = real(x, "an operand")
        else:
            y = real(y, "an operand")
    try:
        node = take()
    except IndexError:
        node = more()
    node._number = result = row.compute(x, y)
    node._a, node._da = (a, row.partials[0](result, x, y)) if a.__class__ is Value else (None, x)
    node._b, node._db = (b, row.partials[1](result, x, y)) if b.__class__ is Value else (None, y)
    node._origin = row
    node._adjoint = None
    return node


def _recorded(
    row: Primitive, y: float, a: Value | None, da: Any, b: Value | None, db: Any
) -> Value:
    try:
        node = take()
    except IndexError:
        node = more()
    node._number, node._origin, node._adjoint = y, row, None
    node._a, node._da, node._b, node._db = a, da, b, db
    return node


def apply(row: Primitive, operands: tuple[Any, ...]) -> Value:
    """Record one operation: its value, and its partial derivatives where a gradient flows."""
    if len(operands) != row.arity >= 0:
        several: Value = row.several(operands)
        return several
    nodes: list[Any] = [
        x if isinstance(x, Value) or type(x) is float else operand(x, f"an operand of {row.name}")
        for x in operands
    ]
    xs = [x if x.__class__ is float else x._number for x in nodes]
    y = row.compute(*xs)
    mode = context.current.get() if context.active else context.ordinary
    where = watched(row, y, nodes) if mode.anomalies and mode.tape is None else ""
    if not mode.recording and mode.tape is None:
        return unrecorded(y)
    node = _new(Value)
    node._number = y
    node._origin = (
        row if mode.group is None and not where else Note(row, group=mode.group, where=where)
    )
    node._a = node._b = node._da = node._db = node._adjoint = None
    if row.arity == 1:
        node._a, node._da = _edge(row, 0, y, xs, nodes[0])
    elif row.arity == 2:
        node._a, node._da = _edge(row, 0, y, xs, nodes[0])
        node._b, node._db = _edge(row, 1, y, xs, nodes[1])
    else:
        _record_many(node, row, xs, nodes)
    if mode.tape is not None:
        mode.tape.nodes.append(node)
    return node if mode.recording else unrecorded(node)


def unrecorded(x: Any) -> Value:
    """The constant of this number, or of that of a Value, with the note that it was computed
    under `no_grad`.
    """
    if isinstance(x, Value):
        node, label = x.detach(), x.label
    else:
        node, label = _new(Value), ""
        node._number = x
        node._gradient = node._a = node._b = node._da = node._db = node._adjoint = None
    node._origin = Unrecorded(None, label, "constant", context.current.get().group)
    return node


def _edge(row: Primitive, i: int, y: float, xs: list[float], operand: Any) -> tuple[Any, Any]:
    """The target and the partial of one edge; None and the operand where no gradient flows."""
    if operand.__class__ is not float and context.tape() is not None:
        return (
            operand,
            UNKNOWN,
        )  # a program follows every branch, and its derivatives are recorded from the rules
    follows = row.followed[i] if row.followed else None
    if operand.__class__ is float or (follows is not None and not follows(y, *xs)):
        return None, operand
    return operand, row.partials[i](y, *xs)


def _record_many(node: Value, row: Primitive, xs: list[float], nodes: list[Any]) -> None:
    """The edges of a row over many operands."""
    y = node._number
    if row.arity < 0:
        operands = Operands(nodes)
        partials = row.partials[0](y, *xs)
    else:
        sides = [_edge(row, i, y, xs, x) for i, x in enumerate(nodes)]
        operands = Operands(nodes, [0.0 if target is None else target for target, _ in sides])
        partials = [0.0 if target is None else p for target, p in sides]
    node._a, node._da = (operands, tuple(partials)) if operands.flows else (None, operands)


def record_many(
    row: Primitive,
    y: float,
    operands: list[Any],
    partials: list[float],
    flowing: list[Any] | None = None,
) -> Value:
    """A node whose value and partial derivatives were computed elsewhere; `flowing` as in
    Operands.
    """
    node = _new(Value)
    node._number = y
    node._origin = row
    many = Operands(operands, flowing)
    node._a, node._da = (many, tuple(partials)) if many.flows else (None, many)
    node._b = node._db = node._adjoint = None
    return node
