"""The nodes of the graph."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from ..errors import RecordingError, real, unboxed
from ..primitives import Primitive
from ..primitives.products import products_of
from . import context
from .conditions import Condition
from .context import Group, trackers
from .reads import note_read
from .unlinking import SMALL_STACKS, unlink

LEFT_THE_GRAPH = (
    "a compiled function asked a Value for its plain number (.data, .grad, .partials, item(), "
    "round(v, 2), a pickle or formatted text): the program would keep the number of the first call "
    "for ever. Compute with the Value itself, or do this outside the compiled function"
)
ONCE = (
    "a compiled function set .data or .grad of a Value, or called backward(): that would happen "
    "at its first call alone. Do it outside; inside, use grad, value_and_grad or gradients"
)


class Operands:
    """Many operands of one or more nodes, such as the weights of a dot product or the terms of a
    sum.

    `members` are the operands, floats and Nodes. `flowing` are the same, but with a float in the
    place of each Node to which no gradient flows. In a sweep, this is itself a node: it collects
    the gradient (`_adjoint`) and the partial derivatives (`_partials`) of each of its users, and
    `scatter` adds up and sends on their products. `activation` is set on the weights of a unit, for
    pictures: the function that the unit applies, `identity` where there is none.
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
        self.flows = False
        for x in self.flowing:
            if x.__class__ is not float:
                self.flows = True
                break

    def numbers(self) -> tuple[float, ...]:
        """The numbers of the members: the partial derivatives of a dot product by its other side.

        They are read again only after a change of a `.data`.
        """
        changes = context.changes
        if self._read != changes:
            self._numbers = tuple(
                [x._number if x.__class__ is not float else x for x in self.members]
            )
            self._read = changes
        return self._numbers

    def scatter(self) -> None:
        """Add to each target Σ g · ∂node/∂target over the nodes with these operands."""
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
    """The partial derivative of a node inside a compiled function, which only the program knows."""

    def __mul__(self, other: Any) -> Any:
        raise RecordingError(
            "the derivative of a Value that a compiled function has computed was asked for outside "
            "its recording, in another thread or after it had ended; return the Value from the "
            "function, and differentiate the result"
        )

    __rmul__ = __eq__ = __ne__ = __format__ = __float__ = __mul__
    __hash__ = object.__hash__


UNKNOWN = Unknown()


def _left_the_graph(*_: Any) -> NoReturn:
    raise RecordingError(LEFT_THE_GRAPH)


class Unread:
    """The plain number of a Value inside a compiled function: it can be inspected, as with
    `hasattr`, but not used.
    """

    __slots__ = ()
    __class__ = property(lambda self: float)

    def __repr__(self) -> str:
        return "…"

    def __getattr__(self, name: str) -> Any:
        found = getattr(float, name)
        return _left_the_graph if callable(found) else self


class UnreadPartials(Unread):
    """The same for partial derivatives."""

    __slots__ = ()
    __class__ = property(lambda self: tuple)
    __len__ = __iter__ = __contains__ = __getitem__ = _left_the_graph


for _name in """
    abs add bool ceil divmod eq float floor floordiv format ge gt hash int le lt mod mul ne neg pos
    pow radd rdivmod reduce_ex rfloordiv rmod rmul round rpow rsub rtruediv str sub truediv trunc
""".split():
    setattr(Unread, f"__{_name}__", _left_the_graph)


@dataclass(slots=True, eq=False)
class Note:
    """The operation of a node, and what only some nodes have; `where` is the line of code that
    computed it.
    """

    operation: Primitive | None
    label: str = ""
    role: str = ""
    group: Group | None = None
    where: str = ""


class Argument(Note):
    """The note of an argument of a derivative.

    While the derivative runs, the argument is not copied: a copy would have no gradient. Afterwards
    its role is that of a constant, as an outer derivative sees it.
    """

    __slots__ = ()


class Unrecorded(Note):
    """The note of a constant that was computed under `no_grad`."""

    __slots__ = ()


ROLES = ("input", "parameter", "constant", "sample")
"""The roles of leaves. A sample is an input of a program with a value for each sample."""


def role_or_error(role: str) -> str:
    if role not in ROLES:
        raise ValueError(f"the role of a Value must be one of {', '.join(ROLES[:3])}, got {role!r}")
    return role


class Node:
    """One number in a graph, with its operation and the partial derivative on each of its edges.

    `_origin` is the operation (None for a leaf), or a Note that holds it. `_a` and `_b` are the
    operands to which a gradient flows (a Node, or Operands for many); `_da` and `_db` are the
    partial derivatives with respect to them. Where no gradient flows (a constant, a branch not
    taken), `_a` is None and `_da` is the operand itself; the same for `_b`. `_adjoint` is scratch
    for the sweeps. `_gradient` of a computed node is unset before `backward` reaches it. A graph
    has millions of nodes, so there are no more slots than these.
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
        if (context.active or trackers) and not _may_read(self):
            return Unread()  # type: ignore[return-value]
        return self._number

    @data.setter
    def data(self, number: Any) -> None:
        if context.active and context.tape() is not None:
            raise RecordingError(ONCE)
        self._number = number if number.__class__ is float else real(number, "the data of a Value")
        context.changes += 1

    @property
    def grad(self) -> float:
        """The gradient; 0.0 before any backward pass.

        Of a leaf it is the sum over all backward passes, of another node that of the last pass.
        """
        if context.active and context.tape() is not None:
            return Unread()  # type: ignore[return-value]
        try:
            g = self._gradient
        except AttributeError:  # a try is faster than getattr
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
        return getattr(self, "_gradient", None)

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
        """What the node is: "operation", "parameter", "constant" or "input"."""
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
        """What the operation was applied to: Values, and floats for constants.

        >>> from autograd_core import Value
        >>> (Value(2.0) * 3.0).operands
        (Value(2.0), 3.0)
        """
        known = sides(self)
        for x in known:
            if x.__class__ is Operands:
                return tuple([y for x in known for y in getattr(x, "members", (x,))])
        return known

    @property
    def partials(self) -> tuple[float, ...]:
        """The recorded local derivative with respect to each operand; 0.0 for a branch not taken.

        >>> from autograd_core import Value
        >>> (Value(2.0) * 3.0).partials
        (3.0, 2.0)
        """
        if (context.active or trackers) and not _may_read(self):
            return UnreadPartials()  # type: ignore[return-value]
        known = edges(self)
        constants = [i for i, (x, p) in enumerate(known) if p is None and not isinstance(x, Node)]
        found = [0.0 if p is None else 1.0 * p for _, p in known]
        numbers = [number(x) for x, _ in known]
        for i, p in zip(
            constants, rules(self.operation, constants, self._number, numbers), strict=True
        ):
            found[i] = float(p)
        return tuple(found)


if sys.platform in SMALL_STACKS:
    Node.__del__ = unlink  # type: ignore[attr-defined]


def _may_read(node: Node) -> bool:
    """Whether the plain number of a node can be read here. It cannot inside a compiled function;
    elsewhere the read is noted where that matters.
    """
    if context.active:
        if context.tape() is not None:
            return False
        context.note_elsewhere((node,))
    if trackers:
        note_read((node,), sys._getframe(2))
    return True


def operand(x: Any, what: str) -> Any:
    """The Node or the float that an operand is; also of an array without dimensions, as
    `numpy.where` gives it.
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
    """Whether the node is an argument of a derivative that is running."""
    return node._origin.__class__ is Argument and node._origin.role != "constant"


def number(x: Any) -> float:
    """The number of an operand: of a Node or of a constant."""
    return x._number if isinstance(x, Node) else x


def sides(node: Node) -> tuple[Any, ...]:
    """What the operation was applied to: up to two Nodes, floats, or Operands for many."""
    a, b = node._a, node._b
    first = node._da if a is None else a
    second = node._db if b is None else b
    return () if first is None else (first,) if second is None else (first, second)


def edges(node: Node) -> list[tuple[Any, float | None]]:
    """Each operand with the partial derivative recorded for it, None where no gradient flows."""
    a, b = node._a, node._b
    if a.__class__ is b.__class__ is not Operands and a is not None:  # a fast path
        return [(a, node._da), (b, node._db)]
    found: list[tuple[Any, float | None]] = []
    for target, held in ((a, node._da), (b, node._db)):
        if target is None:
            if held is not None:
                found += [
                    (x, None) for x in (held.members if held.__class__ is Operands else (held,))
                ]
        elif target.__class__ is Operands:
            found += [
                (x, None if to.__class__ is float else p)
                for x, to, p in zip(target.members, target.flowing, held, strict=True)
            ]
        else:
            found.append((target, held))
    return found


def rules(
    row: Primitive | None, positions: Sequence[int], y: Any, operands: Sequence[Any]
) -> list[Any]:
    """The partial derivatives at some positions, from the table: numbers for numbers, Nodes for
    Nodes.
    """
    if row is None or not positions:
        return []
    if row.arity < 0:
        every = row.partials[0](y, *operands)
        return [every[i] for i in positions]
    return [row.partials[i](y, *operands) for i in positions]
