"""Many nodes at once: `Matrix`, whose rows are multiplied by one vector after another, and `each`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import is_
from typing import Any
from weakref import ref

from . import modes
from .anomalies import watched
from .errors import real
from .node import Note, Operands
from .primitives import Primitive
from .primitives.arithmetic import relu
from .primitives.products import products_of
from .primitives.reductions import dot
from .value import SLOPES, Value

_new = object.__new__
_latest: Callable[[], Operands | None] = lambda: None


def operands(xs: Iterable[Any]) -> Operands:
    """The numbers and Values of one side of a dot product."""
    members, read = [*xs], modes.changes
    try:
        numbers = tuple([x._data if x.__class__ is Value else x if x.__class__ is float else _neither() for x in members])
    except TypeError:
        return Operands([x if isinstance(x, Value) else real(x, "a term of dot") for x in members])
    return Operands(members, known=(read, numbers))


def _neither() -> float:
    raise TypeError


def _right(xs: Sequence[Any]) -> Operands:
    """`operands(xs)`, or those of the last product where it was by the very same things: neurons often share their inputs."""
    global _latest
    latest = _latest()
    if latest is not None and len(latest.members) == len(xs) and all(map(is_, latest.members, xs)):
        return latest
    found = operands(xs)
    _latest = ref(found)
    return found


def record_dot(a: Operands, b: Operands) -> Value:
    """a · b as one node, with one edge for the whole of a and one for the whole of b."""
    xs, ys = a.numbers(), b.numbers()
    total = products_of(len(xs)).one(xs, ys) + 0.0
    mode = modes.current.get() if modes.active else modes.ordinary
    watching = mode.anomalies and mode.tape is None
    where = watched(dot, total, [*a.members, *b.members]) if watching else ""
    if not mode.recording and mode.tape is None:
        return Value(total, role="constant")
    node = _new(Value)
    node._data = total
    node._origin = dot if mode.group is None and not where else Note(dot, group=mode.group, where=where)
    node._a, node._da = (a, ys) if a.flows else (None, a)
    node._b, node._db = (b, xs) if b.flows else (None, b)
    node._adjoint = None
    if mode.tape is not None:
        mode.tape.nodes.append(node)
    return node if mode.recording else node.detach()


class Matrix:
    """Rows of numbers or Values; `matrix @ xs` is the dot product of every row with xs, each of them one node.

    A layer's weights are one Matrix for all samples: what many dot products share is then also walked once.

    >>> Matrix([[Value(1.0), Value(2.0)], [0.5, 0.0]]) @ [3.0, 4.0]
    [Value(11.0), 1.5]
    """

    def __init__(self, rows: Iterable[Iterable[Any]]) -> None:
        self.rows = [operands(row) for row in rows]
        self.width = len(self.rows[0].members) if self.rows else 0
        if any(len(row.members) != self.width for row in self.rows):
            raise ValueError(f"the rows of a Matrix have one length, got {[len(row.members) for row in self.rows]}")
        self._flows = all(row.flows for row in self.rows)
        self._one, self._many = products_of(self.width)
        self._numbers: list[tuple[float, ...]] = []
        self._read = -1

    def __reduce__(self) -> Any:
        return Matrix, ([row.members for row in self.rows],)

    def __matmul__(self, xs: Sequence[Any]) -> list[Any]:
        right = _right(xs)
        if len(right.members) != self.width:
            raise ValueError(f"a Matrix with rows of {self.width} numbers was multiplied by {len(right.members)} numbers")
        if modes.active or not self._flows:
            return [_dot(row, right) for row in self.rows]
        changes = modes.changes
        ys = right._numbers if right._read == changes else right.numbers()
        if self._read != changes:
            self._numbers, self._read = [row.numbers() for row in self.rows], changes
        rows, numbers = self.rows, self._numbers
        if len(rows) == 1:
            products: Any = ((rows[0], numbers[0], self._one(numbers[0], ys)),)
        else:
            products = zip(rows, numbers, self._many(numbers, ys))  # noqa: B905
        found, flows = [], right.flows
        for row, ws, total in products:  # a fast path of record_dot
            node = _new(Value)
            node._data = total + 0.0  # never -0.0, as in the row of the table
            node._origin = dot
            node._a, node._da = row, ys
            node._b, node._db = (right, ws) if flows else (None, right)
            node._adjoint = None
            found.append(node)
        return found


def _dot(a: Operands, b: Operands) -> Any:
    return record_dot(a, b) if a.flows or b.flows else dot.compute(*a.members, *b.members)


def each(function: Callable[[Any], Any], xs: Iterable[Any]) -> list[Any]:
    """[function(x) for x in xs], in less time where the function is a row of the table and every x a Value.

    >>> from autograd_core import relu
    >>> each(relu, [Value(2.0), -1.0])
    [Value(2.0), 0.0]
    """
    if function is relu and not modes.active:
        return _each_relu(xs)
    if modes.active or not isinstance(function, Primitive) or function.arity != 1 or function.followed:
        return [function(x) for x in xs]
    slope, rule = SLOPES.get(function), function.partials[0]
    found = []
    for x in xs:
        if x.__class__ is not Value:
            found.append(function(x))
            continue
        node, data = _new(Value), x._data
        node._data = y = function.compute(data)
        node._a, node._da = x, slope(data) if slope is not None else rule(y, data)
        node._origin = function
        node._b = node._db = node._adjoint = None
        found.append(node)
    return found


def _each_relu(xs: Iterable[Any]) -> list[Any]:
    found = []
    for x in xs:
        if x.__class__ is not Value or (data := x._data) != data:
            found.append(relu(x))
            continue
        node = _new(Value)
        if data > 0.0:
            node._data, node._a, node._da = data, x, 1.0
        else:
            node._data, node._a, node._da = 0.0, None, x
        node._origin = relu
        node._b = node._db = node._adjoint = None
        found.append(node)
    return found
