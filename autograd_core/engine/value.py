"""`Value`: a number that records how it was computed. Its operators, and how they are recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from numbers import Real
from typing import Any

from ..errors import RecordingError, real, refuse_rewrapping
from ..primitives import Primitive, ieee
from ..primitives.activations import sigmoid
from ..primitives.arithmetic import add, div, mul, relu, sub
from ..primitives.elementary import power, tanh
from . import context
from .anomalies import checked_value
from .methods import Methods, left_to
from .node import ONCE, UNKNOWN, Note, Operands, Unrecorded, operand, role_or_error
from .node_pool import NodePool
from .number import Numeric
from .pickling import copied, deep_copied, pickled
from .sweeps import backward

# Fast paths of the rules of two rows; a test proves that they are identical.
SLOPES: dict[Primitive, Callable[[float], float]] = {
    sigmoid: ieee.sigmoid_slope,
    tanh: lambda x: ieee.sech(x) * ieee.sech(x),
}


class Value(Methods, Numeric):
    """A number that records how it was computed, so that derivatives can flow back to it.

    Args:
        data: the number: a float, or anything that converts to one without loss of a gradient.
        label: the name in pictures and messages.
        role: what a leaf is: `"input"`, `"parameter"` or `"constant"`.

    Raises:
        TypeError: `data` is not a real number, or it is a Value, whose gradient would be lost.
        ValueError: `role` is none of the three.
        OverflowError: `data` is beyond the range of a float.

    Example:
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
            if (tape := context.tape()) is not None:
                tape.same[self] = data  # the program reads data, and no gradient flows through it
        else:
            self._number = real(data, "the data of a Value")
        self._gradient = self._origin = self._a = self._b = self._da = self._db = self._adjoint = (
            None
        )
        if label or role != "input" or context.active:
            self._origin = Note(None, str(label), role_or_error(role), context.current.get().group)

    def backward(self, gradient: float = 1.0) -> None:
        """Add ∂self/∂leaf · gradient to `.grad` of every leaf; set `.grad` of the nodes between.

        Args:
            gradient: the gradient of `self` from which the pass starts.

        Raises:
            GraphError: `self` is a leaf, so nothing was recorded for it.
            RecordingError: this is called inside a compiled function.
            TypeError: `gradient` is not a real number.

        Example:
            >>> a, b = Value(2.0), Value(-3.0)
            >>> (a * b + a).backward()
            >>> a.grad, b.grad
            (-2.0, 2.0)
        """
        if context.tape() is not None:
            raise RecordingError(ONCE)
        if gradient.__class__ is not float:
            gradient = real(gradient, "the gradient that backward() starts from")
        backward(self, gradient)

    def detach(self) -> Value:
        """The same number as a constant, through which no gradient flows.

        Returns:
            A Value with the same number and label, and the role `"constant"`.

        Example:
            >>> x = Value(3.0)
            >>> (x * x.detach()).backward()
            >>> x.grad
            3.0
        """
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

    # Arithmetic. The bodies are fast paths of the rows; a test proves that they are identical.

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
            return new_node(add, other + self._number, None, other, self, 1.0)
        return _binary(add, other, self)

    def __rsub__(self, other: Any) -> Value:
        if other.__class__ is float and not context.active:
            return new_node(sub, other - self._number, None, other, self, -1.0)
        return _binary(sub, other, self)

    def __rmul__(self, other: Any) -> Value:
        if other.__class__ is float and not context.active:
            return new_node(mul, other * self._number, None, other, self, other)
        return _binary(mul, other, self)

    def __rtruediv__(self, other: Any) -> Value:
        return _binary(div, other, self)

    def __pow__(self, other: Any) -> Value:
        if other.__class__ is int or other.__class__ is float:
            x, b = self._number, real(other, "an exponent")
            if b and not context.active:
                return new_node(
                    power, power.compute(x, b), self, b * power.compute(x, b - 1.0), None, b
                )
        return _binary(power, self, other)


# Pooled nodes. `try` costs nothing here; a call of a function would cost a third of an operator.
pool = NodePool(Value)
take, more = pool.take, pool.more
NUMBERS = (Value, float, int, Real)


def _binary(row: Primitive, a: Any, b: Any) -> Value:
    """An operator of two operands, one of them a Value. If the class of the other has the reflected
    operator, as that of an array has, it computes the result.
    """
    x, y = a._number if a.__class__ is Value else a, b._number if b.__class__ is Value else b
    floats = x.__class__ is float and y.__class__ is float
    if context.active and floats:
        mode = context.current.get()
        if mode.tape is not None and mode.recording and mode.group is None:
            # a fast path of `apply`: programs have hundreds of thousands of these
            to_a, da = (None, x) if a is x else (a, UNKNOWN)
            to_b, db = (None, y) if b is y else (b, UNKNOWN)
            node = new_node(row, row.compute(x, y), to_a, da, to_b, db)
            mode.tape.nodes.append(node)
            return node
    if context.active or not floats:
        other = b if isinstance(a, Value) else a
        is_int = other.__class__ is int
        if not is_int and not isinstance(other, NUMBERS) and left_to(other, row, other is a):
            return NotImplemented  # type: ignore[no-any-return]  # meant for the operator that asked
        if context.active or not is_int or not (x.__class__ is float or y.__class__ is float):
            return apply(row, (a, b))  # the last: the Value is of a subclass
        if x is other:
            x = real(x, "an operand")
        else:
            y = real(y, "an operand")
    result = row.compute(x, y)
    to_a, da = (a, row.partials[0](result, x, y)) if a.__class__ is Value else (None, x)
    to_b, db = (b, row.partials[1](result, x, y)) if b.__class__ is Value else (None, y)
    return new_node(row, result, to_a, da, to_b, db)


def new_node(
    row: Primitive | None,
    y: float,
    a: Any = None,
    da: Any = None,
    b: Any = None,
    db: Any = None,
) -> Value:
    """A computed node. The parameters are its slots."""
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
    if not context.active:
        if row.arity == 2:  # a fast path of `_slots`
            a, da = _edge(row, 0, y, xs, nodes[0])
            b, db = _edge(row, 1, y, xs, nodes[1])
            return new_node(row, y, a, da, b, db)
        return new_node(row, y, *_slots(row, y, xs, nodes))
    mode = context.current.get()
    slots = _slots(row, y, xs, nodes) if mode.recording or mode.tape is not None else ()
    return record(mode, row, y, nodes, slots)


def record(
    mode: Any, row: Primitive, y: float, operands: Sequence[Any], slots: tuple[Any, ...]
) -> Value:
    """Record a computed operation as the mode says. `slots` are those of its node for the edges."""
    line = checked_value(row, y, operands) if mode.anomalies and mode.tape is None else ""
    if not mode.recording and mode.tape is None:
        return unrecorded(y)
    node = new_node(row, y, *slots)
    if mode.group is not None or line:
        node._origin = Note(row, group=mode.group, where=line)
    if mode.tape is not None:
        mode.tape.nodes.append(node)
    return node if mode.recording else unrecorded(node)


def unrecorded(x: Any) -> Value:
    """A number or a Value as a constant that was computed under `no_grad`."""
    if isinstance(x, Value):
        node, label = x.detach(), x.label
    else:
        node, label = new_node(None, x), ""
        node._gradient = None
    node._origin = Unrecorded(None, label, "constant", context.current.get().group)
    return node


def _slots(row: Primitive, y: float, xs: list[float], nodes: list[Any]) -> tuple[Any, ...]:
    """The slots of a node for its operands and partial derivatives."""
    if row.arity == 1:
        return _edge(row, 0, y, xs, nodes[0])
    if row.arity == 2:
        a, da = _edge(row, 0, y, xs, nodes[0])
        b, db = _edge(row, 1, y, xs, nodes[1])
        return a, da, b, db
    if row.arity < 0:
        recorded = context.active and context.tape() is not None  # as in `_edge`
        partials: Any = [UNKNOWN] * len(xs) if recorded else row.partials[0](y, *xs)
        return slots_of_many(nodes, partials)
    edges = [_edge(row, i, y, xs, x) for i, x in enumerate(nodes)]
    flowing = [0.0 if target is None else target for target, _ in edges]
    return slots_of_many(nodes, [0.0 if to is None else p for to, p in edges], flowing)


def _edge(row: Primitive, i: int, y: float, xs: list[float], operand: Any) -> tuple[Any, Any]:
    """The target and the partial of one edge; None and the operand where no gradient flows."""
    if operand.__class__ is float:
        return None, operand
    if context.active and context.tape() is not None:
        return operand, UNKNOWN  # a program has every branch, and computes the derivatives
    follows = row.followed[i] if row.followed else None
    if follows is not None and not follows(y, *xs):
        return None, operand
    return operand, row.partials[i](y, *xs)


def slots_of_many(
    operands: list[Any], partials: Iterable[float], flowing: list[Any] | None = None
) -> tuple[Any, Any]:
    """The slots of a node for many operands; `flowing` as in Operands."""
    many = Operands(operands, flowing)
    return (many, tuple(partials)) if many.flows else (None, many)
