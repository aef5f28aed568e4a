"""A node of the graph: what it holds, and what it shows of itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import mul
from typing import Any

from . import modes
from .errors import RecordingError, real
from .modes import Group
from .primitives import Primitive

_LEFT_THE_GRAPH = (
    "a compiled function asked a Value for its plain number (.data, .grad, item(), round() or formatted text): the program "
    "would keep the number of the first call for ever. Compute with the Value itself, or do this outside the compiled function"
)
ONCE = (
    "a compiled function set .data or .grad of a Value, or called backward(): that would happen at its first call alone. "
    "Do it outside; derivatives inside are those of grad, value_and_grad and gradients"
)


class Operands:
    """Many operands of one node (the weights of a dot product, the terms of a sum), or of several nodes.

    `members` are the operands, floats and Nodes; `targets` the same with None where no gradient flows. To the sweeps it is
    a node of its own: the order goes through `_a`, what arrives is kept in `_adjoint`, and `scatter` sends it on at once.
    """

    __slots__ = ("_adjoint", "_grad", "_left", "_numbers", "_read", "_seen", "_targets", "flows", "members")

    _adjoint: Any
    _seen: Any
    _read: int | None
    _numbers: Partials
    _b = None

    def __init__(self, members: Sequence[Any], targets: Sequence[Any] | None = None) -> None:
        self.members, self._targets = members, targets
        self.flows = False
        for x in members if targets is None else targets:
            if x.__class__ is not float and x is not None:
                self.flows = True
                break
        self._adjoint = self._seen = self._read = None

    def __reduce__(self) -> Any:
        return Operands, (self.members, self._targets)

    @property
    def targets(self) -> Sequence[Any]:
        if self._targets is None:
            self._targets = [None if x.__class__ is float else x for x in self.members]
        return self._targets

    def numbers(self) -> Partials:
        """The numbers of the members, which are the partial derivatives of a dot product by its other side.

        They are read once for all the nodes made until the next change of a `.data`.
        """
        changes = modes.changes
        if self._read != changes:
            self._numbers = Partials([x if x.__class__ is float else x._data for x in self.members])
            self._read = changes
        return self._numbers

    @property
    def _a(self) -> Any:
        """The next target that is new to the present sweep."""
        seen = self._adjoint
        if seen.__class__ is not float:  # the order is known, and the sweep has come here
            return None
        if self._seen is not seen:
            self._seen, self._left = seen, iter(self.targets)
        for x in self._left:
            if x is not None and x._adjoint is not seen:
                return x
        return None

    def scatter(self) -> None:
        """Add to each target Σ g · ∂node/∂target over the nodes that these are the operands of."""
        shares, self._adjoint = self._adjoint, None
        if len(shares) == 1:
            ((g, partials),) = shares
            for x, partial in zip(self.targets, partials, strict=True):
                if x is not None:
                    x._adjoint += g * partial
            return
        gs, rows = zip(*shares, strict=True)
        for x, column in zip(self.targets, zip(*rows, strict=True), strict=True):
            if x is not None:
                x._adjoint += sum(map(mul, gs, column), -0.0)


class Partials(list[float]):
    """The partial derivatives with respect to Operands. Times a number they are what `Operands._adjoint` collects."""

    __slots__ = ()

    def __rmul__(self, g: float) -> Any:  # type: ignore[override]  # a list would be repeated
        return ((g, self),)


class Note:
    """What only some nodes have: a label, a role, a group, the line of code that made them."""

    __slots__ = ("group", "label", "role", "where")

    def __init__(self, label: str = "", role: str = "", group: Group | None = None, where: str = "") -> None:
        self.label, self.role, self.group, self.where = label, role, group, where


class Node:
    """One number in a graph, with its operation and the local derivative on each of its edges.

    `_a` and `_b` are the operands to which the gradient flows (a Node, or Operands for many), `_da` and `_db` the
    partial derivatives with respect to them. Where no gradient flows (a constant, a branch not taken) the target is
    None, and the operand itself stands in the place of the derivative. `_adjoint` is the scratch of the sweeps.
    """

    __slots__ = ("_a", "_adjoint", "_b", "_da", "_data", "_db", "_grad", "_note", "_operation")

    _data: float
    _grad: float | None
    _operation: Primitive | None
    _a: Any
    _b: Any
    _da: Any
    _db: Any
    _note: Note | None
    _adjoint: Any

    @property
    def data(self) -> float:
        """The number. Setting it changes no derivative that was already recorded."""
        if modes.tape() is not None:
            raise RecordingError(_LEFT_THE_GRAPH)
        return self._data

    @data.setter
    def data(self, number: Any) -> None:
        if modes.active and modes.tape() is not None:
            raise RecordingError(ONCE)
        self._data = real(number, "the data of a Value")
        modes.changes += 1

    @property
    def grad(self) -> float:
        """The gradient: of a leaf the sum over all backward passes, of another node that of the last; 0.0 before any."""
        if modes.tape() is not None:
            raise RecordingError(_LEFT_THE_GRAPH)
        return 0.0 if self._grad is None else self._grad

    @grad.setter
    def grad(self, number: Any) -> None:
        if modes.active and modes.tape() is not None:
            raise RecordingError(ONCE)
        self._grad = None if number is None else real(number, "the gradient of a Value")

    @property
    def label(self) -> str:
        """The name that pictures and messages use."""
        return self._note.label if self._note else ""

    @label.setter
    def label(self, text: str) -> None:
        self._note = self._note or Note()
        self._note.label = str(text)

    @property
    def group(self) -> Group | None:
        """The named part of the graph in which this node was made."""
        return self._note.group if self._note else None

    @property
    def role(self) -> str:
        """`"operation"` for a computed node; for a leaf `"parameter"`, `"constant"` or `"input"`."""
        if self._operation is not None:
            return "operation"
        return (self._note.role if self._note else "") or "input"

    @property
    def operation(self) -> Primitive | None:
        """The row of the table that computed this node; None for a leaf."""
        return self._operation

    @property
    def operands(self) -> tuple[Any, ...]:
        """What the operation was applied to: Values, and plain floats for constants.

        >>> from autograd_core import Value
        >>> (Value(2.0) * 3.0).operands
        (Value(2.0), 3.0)
        """
        return tuple(operand for operand, _ in edges(self))

    @property
    def partials(self) -> tuple[float, ...]:
        """The local derivative with respect to each operand, as recorded; 0.0 for a branch that was not taken.

        >>> from autograd_core import Value
        >>> (Value(2.0) * 3.0).partials
        (3.0, 2.0)
        """
        known = edges(self)
        constants = [i for i, (x, p) in enumerate(known) if p is None and not isinstance(x, Node)]
        floats = [x._data if isinstance(x, Node) else x for x, _ in known]
        local = dict(zip(constants, rules(self._operation, constants, self._data, floats), strict=True))
        return tuple(float(local.get(i, 0.0)) if p is None else p for i, (_, p) in enumerate(known))


def edges(node: Node) -> list[tuple[Any, float | None]]:
    """Each operand with the partial derivative recorded for it, None where no gradient flows."""
    found: list[tuple[Any, float | None]] = []
    for target, held in ((node._a, node._da), (node._b, node._db)):
        if target.__class__ is Operands:
            found += [(x, None if to is None else p) for x, to, p in zip(target.members, target.targets, held, strict=True)]
        elif target is not None:
            found.append((target, held))
        elif held.__class__ is Operands:
            found += [(x, None) for x in held.members]
        elif held is not None:
            found.append((held, None))
    return found


def rules(row: Primitive | None, positions: Iterable[int], y: Any, operands: Sequence[Any]) -> list[Any]:
    """The partial derivatives at some positions, from the table: numbers on numbers, Nodes on Nodes."""
    positions = list(positions)
    if row is None or not positions:
        return []
    if row.arity < 0:
        every = row.partials[0](y, *operands)
        return [every[i] for i in positions]
    return [row.partials[i](y, *operands) for i in positions]
