"""A node of the graph: what it holds, and what it shows of itself."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from ..errors import RecordingError, real, unboxed
from ..primitives import Primitive
from ..primitives.products import products_of
from . import context
from .conditions import Condition
from .context import Group, watching
from .reads import note_read

LEFT_THE_GRAPH = (
    "a compiled function asked a Value for its plain number (.data, .grad, .partials, item(), "
    "round(), a pickle or formatted "
    "text): the program "
    "would keep the number of the first call for ever. Compute with the Value itself, or do this "
    "outside the compiled function"
)
ONCE = (
    "a compiled function set .data or .grad of a Value, or called backward(): that would happen "
    "at its first call alone. "
    "Do it outside; derivatives inside are those of grad, value_and_grad and gradients"
)


class Operands:
    """Many operands of one node (the weights of a dot product, the terms of a sum), or of several
    nodes.

    `members` are the operands, floats and Nodes; `flowing` the same with a float also where no
    gradient flows to a Node. In a sweep it is a node of its own: of each node that has these
    operands it keeps the gradient, in `_adjoint`, and the partial derivatives, in `_partials`; then
    `scatter` sends on what they make together. `activation` is set on the weights of a unit, for
    pictures: the function that the unit applies, a row of the table where it is one; `identity` for
    none.
    """

    __slots__ = (
        "__weakref__",
        "_adjoint",
        "_gradient",
        "_numbers",
        "_partials",
        "_read",
        "activation",
        "flowing",
        "flows",
        "members",
    )

    activation: Any

    _adjoint: Any
    _partials: Any
    _gradient: Any
    _read: int | None
    _numbers: tuple[float, ...]
    _a = _b = None

    def __init__(
        self,
        members: Sequence[Any],
        flowing: Sequence[Any] | None = None,
        read: int | None = None,
        numbers: tuple[float, ...] = (),
    ) -> None:
        self.members = members
        self.flowing = members if flowing is None else flowing
        self._read, self._numbers = read, numbers
        self._adjoint = self._partials = None
        for x in self.flowing:
            if x.__class__ is not float:
                self.flows = True
                return
        self.flows = False

    def __reduce__(self) -> Any:
        return self.again(self.members, self.flowing)

    def again(self, members: Sequence[Any], flowing: Sequence[Any]) -> tuple[Any, ...]:
        """What `pickle` is to write for the same operands, or for those that stand for them."""
        row = getattr(self, "activation", None)
        told = {"activation": row} if isinstance(row, Primitive) else {}
        return Operands, (members, flowing), (None, told)

    @property
    def targets(self) -> list[Any]:
        """The members, with None where no gradient flows."""
        return [None if x.__class__ is float else x for x in self.flowing]

    def numbers(self) -> tuple[float, ...]:
        """The numbers of the members, which are the partial derivatives of a dot product by its
        other side.

        They are read once for all the nodes made until the next change of a `.data`.
        """
        changes = context.changes
        if self._read != changes:
            self._numbers = tuple(
                [x._number if x.__class__ is not float else x for x in self.members]
            )
            self._read = changes
        return self._numbers

    def scatter(self) -> None:
        """Add to each target Σ g · ∂node/∂target over the nodes that these are the operands of."""
        gs, partials = self._adjoint, self._partials
        self._adjoint = self._partials = None
        if len(gs) == 1:
            g = gs[0]
            for x, partial in zip(self.flowing, partials[0]):  # noqa: B905  (`strict` takes as long as ten products)
                if x.__class__ is not float:
                    x._adjoint += g * partial
            return
        for x, share in zip(self.flowing, products_of(len(gs)).many(zip(*partials), gs)):  # noqa: B905
            if x.__class__ is not float:
                x._adjoint += share


class Unknown:
    """In the place of a partial derivative inside a compiled function: its programs compute it,
    and the node does not know it.
    """

    def __mul__(self, other: Any) -> Any:
        raise RecordingError(
            "the derivative of a Value that was computed inside a compiled function is asked for "
            "outside the recording, in another thread or after it has ended; return it from the "
            "function, and differentiate the result"
        )

    __rmul__ = __eq__ = __ne__ = __format__ = __float__ = __mul__
    __hash__ = object.__hash__


UNKNOWN = Unknown()


def _left_the_graph(*_: Any) -> NoReturn:
    raise RecordingError(LEFT_THE_GRAPH)


class Unread:
    """In the place of a plain number inside a compiled function: it can be looked at
    (`hasattr`, `inspect`), and not be used.
    """

    __slots__ = ()
    __class__ = property(lambda self: float)

    def __repr__(self) -> str:
        return "…"

    def __getattr__(self, name: str) -> Any:
        found = getattr(float, name)
        return _left_the_graph if callable(found) else self


class UnreadPartials(Unread):
    """The same in the place of partial derivatives."""

    __slots__ = ()
    __class__ = property(lambda self: tuple)
    __len__ = __iter__ = __contains__ = __getitem__ = _left_the_graph


for _name in """
    abs add bool ceil divmod eq float floor floordiv format ge gt hash int le lt mod mul ne neg pos
    pow radd rdivmod reduce_ex rfloordiv rmod rmul round rpow rsub rtruediv str sub truediv trunc
""".split():
    setattr(Unread, f"__{_name}__", _left_the_graph)


class Note:
    """The operation of a node, and what only some nodes have: a label, a role, a group, the
    line of code that made them.
    """

    __slots__ = ("group", "label", "operation", "role", "where")

    def __init__(
        self,
        operation: Primitive | None,
        label: str = "",
        role: str = "",
        group: Group | None = None,
        where: str = "",
    ) -> None:
        self.operation, self.label, self.role, self.group, self.where = (
            operation,
            label,
            role,
            group,
            where,
        )


class Argument(Note):
    """The note of an argument of a derivative. While that runs, what is computed from it stays a
    Value, and a copy is itself.

    Afterwards its role is that of a constant: to whoever differentiates the result further it is
    but a number that came in.
    """

    __slots__ = ()


class Unrecorded(Note):
    """The note of a constant that was computed under `no_grad`."""

    __slots__ = ()


ROLES = ("input", "parameter", "constant", "sample")
"""Of leaves; the last is an input of a program that has a value for each sample."""


def role_or_error(role: str) -> str:
    if role not in ROLES:
        raise ValueError(f"the role of a Value is one of {', '.join(ROLES[:3])}, got {role!r}")
    return role


class Node:
    """One number in a graph, with its operation and the local derivative on each of its edges.

    `_origin` is the operation (None for a leaf), or a Note that holds it with what else there is to
    say of the node. `_a` and `_b` are the operands to which the gradient flows (a Node, or Operands
    for many), `_da` and `_db` the partial derivatives with respect to them. Where no gradient flows
    (a constant, a branch not taken) the target is None, and the operand itself stands in the place
    of the derivative. `_adjoint` is the scratch of the sweeps. `_gradient` is unset until a sweep
    of `backward` comes to a computed node. Each slot costs a million times.
    """

    __slots__ = ("_a", "_adjoint", "_b", "_da", "_db", "_gradient", "_number", "_origin")

    _number: float
    _gradient: float | None
    _origin: Primitive | Note | None
    _a: Any
    _b: Any
    _da: Any
    _db: Any
    _adjoint: Any

    @property
    def data(self) -> float:
        """The number. Setting it changes no derivative that was already recorded."""
        if context.active:
            if context.tape() is not None:
                return Unread()  # type: ignore[return-value]
            context.note_elsewhere((self,))
        if watching:
            note_read(self, sys._getframe(1))
        return self._number

    @data.setter
    def data(self, number: Any) -> None:
        if context.active and context.tape() is not None:
            raise RecordingError(ONCE)
        self._number = number if number.__class__ is float else real(number, "the data of a Value")
        context.changes += 1

    @property
    def grad(self) -> float:
        """The gradient: of a leaf the sum over all backward passes, of another node that of the
        last; 0.0 before any.
        """
        if context.active and context.tape() is not None:
            return Unread()  # type: ignore[return-value]
        try:
            g = self._gradient
        except AttributeError:
            return 0.0
        return 0.0 if g is None else g

    @grad.setter
    def grad(self, number: Any) -> None:
        if context.active and context.tape() is not None:
            raise RecordingError(ONCE)
        if number.__class__ is not float and number is not None:
            number = real(number, "the gradient of a Value")
        self._gradient = number

    @property
    def _grad(self) -> float | None:
        """The gradient, None before any backward pass."""
        try:
            return self._gradient
        except AttributeError:
            return None

    @property
    def _note(self) -> Note | None:
        return self._origin if isinstance(self._origin, Note) else None

    @property
    def label(self) -> str:
        """The name that pictures and messages use."""
        return self._note.label if self._note else ""

    @label.setter
    def label(self, text: str) -> None:
        note = self._note or Note(self.operation)
        note.label = str(text)
        self._origin = note

    @property
    def group(self) -> Group | None:
        """The named part of the graph in which this node was made."""
        return self._note.group if self._note else None

    @property
    def role(self) -> str:
        """`"operation"` for a computed node; for a leaf `"parameter"`, `"constant"` or
        `"input"`.
        """
        if isinstance(origin := self._origin, Note):
            return "operation" if origin.operation else origin.role or "input"
        return "operation" if origin else "input"

    @property
    def operation(self) -> Primitive | None:
        """The row of the table that computed this node; None for a leaf."""
        origin = self._origin
        return origin.operation if isinstance(origin, Note) else origin

    @property
    def operands(self) -> tuple[Any, ...]:
        """What the operation was applied to: Values, and plain floats for constants.

        >>> from autograd_core import Value
        >>> (Value(2.0) * 3.0).operands
        (Value(2.0), 3.0)
        """
        found: list[Any] = []
        for x in sides(self):
            if x.__class__ is Operands:
                found += x.members
            else:
                found.append(x)
        return tuple(found)

    @property
    def partials(self) -> tuple[float, ...]:
        """The local derivative with respect to each operand, as recorded; 0.0 for a branch that was
        not taken.

        >>> from autograd_core import Value
        >>> (Value(2.0) * 3.0).partials
        (3.0, 2.0)
        """
        if context.active:
            if context.tape() is not None:
                return UnreadPartials()  # type: ignore[return-value]
            context.note_elsewhere((self,))
        if watching:
            note_read(self, sys._getframe(1))
        known = edges(self)
        constants = [i for i, (x, p) in enumerate(known) if p is None and not isinstance(x, Node)]
        floats = [number(x) for x, _ in known]
        local = dict(
            zip(constants, rules(self.operation, constants, self._number, floats), strict=True)
        )
        return tuple(
            float(local.get(i, 0.0)) if p is None else 1.0 * p for i, (_, p) in enumerate(known)
        )


def operand(x: Any, what: str) -> Any:
    """A Node as it is, also one in an array without dimensions, as numpy.where gives it; the
    plain float of another number.
    """
    if isinstance(x, Node):
        return x
    if type(x) is Condition:
        return x.node
    try:
        return real(x, what)
    except TypeError:
        if isinstance(held := unboxed(x), Node):
            return held
        raise


def is_running(node: Node) -> bool:
    """Whether it is an argument of a derivative that is being computed."""
    return node._origin.__class__ is Argument and node._origin.role != "constant"


def number(x: Any) -> float:
    """The number of an operand: of a Node or of a constant."""
    return x._number if isinstance(x, Node) else x


def sides(node: Node) -> tuple[Any, ...]:
    """What its operation was applied to: up to two of a Node, a float, and Operands for many."""
    a, b = node._a, node._b
    first = node._da if a is None else a
    second = node._db if b is None else b
    return () if first is None else (first,) if second is None else (first, second)


def edges(node: Node) -> list[tuple[Any, float | None]]:
    """Each operand with the partial derivative recorded for it, None where no gradient flows."""
    a, b = node._a, node._b
    if (
        a is not None
        and b is not None
        and a.__class__ is not Operands
        and b.__class__ is not Operands
    ):
        return [(a, node._da), (b, node._db)]
    found: list[tuple[Any, float | None]] = []
    for target, held in ((a, node._da), (b, node._db)):
        if target.__class__ is Operands:
            found += [
                (x, None if to is None else p)
                for x, to, p in zip(target.members, target.targets, held, strict=True)
            ]
        elif target is not None:
            found.append((target, held))
        elif held.__class__ is Operands:
            found += [(x, None) for x in held.members]
        elif held is not None:
            found.append((held, None))
    return found


def rules(
    row: Primitive | None, positions: Iterable[int], y: Any, operands: Sequence[Any]
) -> list[Any]:
    """The partial derivatives at some positions, from the table: numbers on numbers, Nodes on
    Nodes.
    """
    positions = list(positions)
    if row is None or not positions:
        return []
    if row.arity < 0:
        every = row.partials[0](y, *operands)
        return [every[i] for i in positions]
    return [row.partials[i](y, *operands) for i in positions]
