"""Many nodes at once: a `Matrix`, whose rows are multiplied by one vector after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import is_
from typing import Any
from weakref import ref

from ..primitives import Primitive
from ..primitives.arithmetic import identity, relu
from ..primitives.products import products_of
from ..primitives.reductions import dot
from . import context
from .node import Operands, operand
from .value import SLOPES, Value, more, new_node, record, take

_latest: Callable[[], Operands | None] = lambda: None


def operands(xs: Iterable[Any]) -> Operands:
    """The numbers and Values of one side of a dot product."""
    members, read = _entries(xs), context.changes
    try:
        numbers = [
            x._number if x.__class__ is Value else x if x.__class__ is float else _other()
            for x in members
        ]
    except TypeError:
        return Operands([operand(x, "a term of dot") for x in members])
    return Operands(members, None, read, tuple(numbers))


def _other() -> float:
    raise TypeError


def _entries(xs: Any) -> list[Any]:
    if hasattr(xs, "__iter__"):
        return [*xs]
    raise TypeError(
        f"a product takes lists of numbers, and a Matrix a list of rows, got {xs!r} "
        f"({type(xs).__name__})"
    )


def _right(xs: Sequence[Any]) -> Operands:
    """`operands(xs)`, or those of the last product if it had the same objects: neurons often share
    their inputs.
    """
    global _latest
    latest, xs = _latest(), xs if xs.__class__ is list else _entries(xs)
    if latest is not None and len(latest.members) == len(xs) > 0 and latest.members[0] is xs[0]:  # noqa: SIM102  (it rarely is)
        if all(map(is_, latest.members, xs)):
            return latest
    found = operands(xs)
    _latest = ref(found)
    return found


def record_dot(a: Operands, b: Operands) -> Value:
    """a · b as one node, with one edge for the whole of a and one for the whole of b."""
    xs, ys = a.numbers(), b.numbers()
    total = products_of(len(xs)).one(xs, ys) + 0.0
    to_a, da = (a, ys) if a.flows else (None, a)
    to_b, db = (b, xs) if b.flows else (None, b)
    if not context.active:
        return new_node(dot, total, to_a, da, to_b, db)
    mode = context.current.get()
    return record(mode, dot, total, [*a.members, *b.members], (to_a, da, to_b, db))


class Matrix:
    """Rows of numbers or Values: `matrix @ xs` is [Σⱼ rowᵢⱼ · xⱼ for each i], each one node.

    A layer's weights are one Matrix for all samples. What its dot products share is then walked
    once.

    Args:
        rows: the rows, all of one length, of numbers or Values.

    Raises:
        TypeError: `rows` is not a list of rows, or an entry is not a real number.
        ValueError: the rows differ in length.

    Example:
        >>> Matrix([[Value(1.0), Value(2.0)], [0.5, 0.0]]) @ [3.0, 4.0]
        [Value(11.0), 1.5]
    """

    def __init__(self, rows: Iterable[Iterable[Any]]) -> None:
        self.rows = [operands(row) for row in _entries(rows)]
        lengths = [len(row.members) for row in self.rows]
        if len({*lengths}) > 1:
            raise ValueError(f"the rows of a Matrix must have the same length, got {lengths}")
        self.width = lengths[0] if lengths else 0
        self._flows = all(row.flows for row in self.rows)
        self._one, self._many = products_of(self.width)
        self._numbers: list[tuple[float, ...]] = []
        self._read = -1
        self._activation: Any = self  # that the rows have noted; self where they have noted none

    def __reduce__(self) -> Any:
        return Matrix, ([row.members for row in self.rows],)

    def __matmul__(self, xs: Sequence[Any]) -> list[Any]:
        return self._units(xs, None)

    def units(self, xs: Sequence[Any], function: Any = None) -> list[Any]:
        """The units of a layer: [function(z) for z in matrix @ xs].

        Args:
            xs: as many numbers or Values as a row has.
            function: a function of one number; None for the identity.

        Returns:
            A list with one Value for each row, or a float where nothing is a Value.

        Raises:
            ValueError: `xs` has another length than the rows.

        Example:
            >>> from autograd_core import relu
            >>> rows = [[Value(1.0), Value(2.0)], [Value(0.5), Value(-1.0)]]
            >>> Matrix(rows).units([3.0, 4.0], relu)
            [Value(11.0), Value(0.0)]
        """
        if self._activation is not function:
            self._activation = function
            for row in self.rows:
                row.activation = identity if function is None else function
        return self._units(xs, function)

    def _units(self, xs: Sequence[Any], function: Any) -> list[Any]:
        right = _right(xs)
        if len(right.members) != self.width:
            raise ValueError(
                f"a Matrix with rows of {self.width} numbers was multiplied by "
                f"{len(right.members)} numbers"
            )
        if context.active or not self._flows:
            zs = [
                record_dot(row, right)
                if row.flows or right.flows
                else dot.compute(*row.members, *right.members)
                for row in self.rows
            ]
        else:
            fuse = function is relu or (
                isinstance(function, Primitive) and function.arity == 1 and not function.followed
            )
            zs = self._recorded(right, function if fuse else None)
            if fuse:
                return zs
        return zs if function is None else [function(z) for z in zs]

    def _recorded(self, right: Operands, function: Any) -> list[Any]:
        """The units as nodes: a fast path of `record_dot`, and of a function that is relu or a
        primitive through which a gradient always flows.
        """
        changes = context.changes
        if self._read != changes:
            self._numbers, self._read = [row.numbers() for row in self.rows], changes
        ys = right._numbers if right._read == changes else right.numbers()
        numbers, flows, found = self._numbers, right.flows, []
        if len(numbers) == 1:
            products: Any = ((self.rows[0], numbers[0], self._one(numbers[0], ys)),)
        else:
            products = zip(self.rows, numbers, self._many(numbers, ys))  # noqa: B905
        is_relu, slope = function is relu, None if function is relu else SLOPES.get(function)
        for row, ws, total in products:
            try:
                z = take()
            except IndexError:
                z = more()
            z._number = x = total + 0.0  # never -0.0, as in the row of the table
            z._origin, z._adjoint = dot, None
            z._a, z._da = row, ys
            if flows:
                z._b, z._db = right, ws
            else:
                z._b, z._db = None, right
            if function is None:
                found.append(z)
                continue
            try:
                unit = take()
            except IndexError:
                unit = more()
            unit._origin, unit._a = function, z
            unit._b = unit._db = unit._adjoint = None
            if not is_relu:
                unit._number = y = function.compute(x)
                unit._da = slope(x) if slope is not None else function.partials[0](y, x)
            elif x > 0.0:
                unit._number, unit._da = x, 1.0
            elif x <= 0.0:
                unit._number, unit._a, unit._da = 0.0, None, z
            else:
                unit._number, unit._da = x, relu.partials[0](x, x)  # nan
            found.append(unit)
        return found
