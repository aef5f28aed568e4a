"""The graph below a value as flat lists, walked without recursion; and what the sweep sends
through it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from ...engine.forks import unlocked_property
from ...engine.node import Node, Operands
from ...engine.traversal import operands_first, sweeping
from ...primitives.products import products_of

NUMBER = -1

T = TypeVar("T")

Places = tuple[int, ...]


@dataclass
class Flat:
    """Every node that a value was computed from, each after its operands, branches not taken
    included.

    `sides[i]` are the operands of node i by their places (`NUMBER` for a plain number), none for a
    leaf: one side with one or two of them, or up to two with many. Many operands are one tuple for
    all the nodes that share them, so that a graph is read in the time of its nodes, not of its
    edges: what is found out about a tuple holds for all its users. `flowing[i]` are the same with
    `NUMBER` where no gradient flows, None for a side without any; `local[i]` the partials recorded
    for them. `opening[i]` are the tuples of many operands of which node i is the first user.
    """

    nodes: list[Node]
    sides: list[tuple[Places, ...]]
    flowing: list[tuple[Places | None, ...]]
    local: list[tuple[Sequence[float], ...]]
    opening: dict[int, tuple[Places, ...]]

    @classmethod
    def of(cls, value: Node) -> Flat:
        """The graph below a value."""
        with sweeping:  # the places of the nodes stand in their scratch
            flat = cls(forward_order(value), [], [], [], {})
            for i, node in enumerate(flat.nodes):
                node._adjoint = i
                _read(flat, node, i)
        return flat

    @unlocked_property
    def targets(self) -> list[tuple[int, ...]]:
        """The places of the operands of each node, in one tuple. Of large graphs, read `sides`."""
        return [tuple([j for places in sides for j in places]) for sides in self.sides]

    @unlocked_property
    def partials(self) -> list[tuple[float | None, ...]]:
        """What was recorded for them, None where no gradient flows."""
        return [tuple([p for _, p in self.edges(i)]) for i in range(len(self.nodes))]

    def edges(self, i: int) -> Iterator[tuple[int, float | None]]:
        """The place of each operand of a node, and the partial recorded for it, None where no
        gradient flows.
        """
        for places, to, partials in zip(self.sides[i], self.flowing[i], self.local[i], strict=True):
            if to is None:
                yield from ((j, None) for j in places)
            else:
                yield from (
                    (j, None if t == NUMBER else p)
                    for j, t, p in zip(places, to, partials, strict=True)
                )

    def sweep(self, seed: float) -> list[float | None]:
        """∂(last node)/∂node · seed for every node, from the recorded partials; None where the
        gradient does not reach.
        """
        found: list[Any] = [None] * len(self.nodes)
        found[-1] = seed
        waiting: dict[int, Shares] = {}
        for i in range(len(found) - 1, -1, -1):
            flowing = self.flowing[i]
            g = found[i] if flowing else None
            if g is not None:
                for to, partials in zip(flowing, self.local[i]):  # noqa: B905  # one zip a node
                    if to is None:
                        continue
                    if len(to) > 2:
                        if id(to) in waiting:
                            waiting[id(to)].add(g, partials)
                            continue
                        if i not in self.opening or to not in self.opening[i]:
                            waiting[id(to)] = Shares(to)
                            waiting[id(to)].add(g, partials)
                            continue
                    for j, partial in zip(to, partials):  # noqa: B905  # as above
                        if j != NUMBER:
                            held = found[j]
                            found[j] = g * partial if held is None else held + g * partial
            for to in self.opening.get(i, ()):
                if id(to) in waiting:  # every user has sent
                    for j, share in waiting.pop(id(to)).added():
                        held = found[j]
                        found[j] = share if held is None else held + share
        return found


class Shares:
    """What the users of the same operands send to them: each its gradient times its partials."""

    def __init__(self, to: Places) -> None:
        self.to = to
        self.gradients: list[float] = []
        self.partials: list[Sequence[float]] = []

    def add(self, gradient: float, partials: Sequence[float]) -> None:
        """What one user sends."""
        self.gradients.append(gradient)
        self.partials.append(partials)

    def added(self) -> Iterator[tuple[int, float]]:
        """The place of each operand to which a gradient flows, and the sum of what is sent there.

        >>> shares = Shares((4, NUMBER, 7))
        >>> shares.add(2.0, [1.0, 0.0, 3.0])
        >>> shares.add(1.0, [0.5, 9.0, 0.0])
        >>> list(shares.added())
        [(4, 2.5), (7, 6.0)]
        """
        sums = products_of(len(self.gradients)).many(
            zip(*self.partials, strict=True), self.gradients
        )
        return ((j, share) for j, share in zip(self.to, sums, strict=True) if j != NUMBER)


def once(find: Callable[[Places], T]) -> Callable[[Places], T]:
    """What is found out about a tuple of places, found out once for each, however many nodes
    share it.
    """
    known: dict[int, T] = {}

    def answer(places: Places) -> T:
        key = id(places)  # as long as the graph's lists live, no other tuple has it
        if key not in known:
            known[key] = find(places)
        return known[key]

    return answer


def forward_order(value: Node) -> list[Node]:
    """Every node that `value` was computed from, each after its operands, branches not taken
    included.
    """
    return [node for node in operands_first(value) if node.__class__ is not Operands]


def _read(flat: Flat, node: Any, i: int) -> None:
    """Add the operands of node i, and the partials recorded for them."""
    a, b, p, q = node._a, node._b, node._da, node._db
    x, y = p if a is None else a, q if b is None else b
    sides: tuple[Places, ...] = ()
    flowing: tuple[Places | None, ...] = ()
    local: tuple[Sequence[float], ...] = ()
    if x.__class__ is Operands:
        first, to = _many(flat, x, node.operation, i)
        sides, flowing, local = (first,), (to if x is a else None,), (p,)
        if y is not None:
            second, to = _many(flat, y, node.operation, i)
            sides, flowing, local = (first, second), (*flowing, to if y is b else None), (p, q)
    elif x is not None:
        j = NUMBER if x.__class__ is float else x._adjoint
        k = NUMBER if y.__class__ is float or y is None else y._adjoint
        sides = flowing = ((j,),) if y is None else ((j, k),)
        local = ((p,),) if y is None else ((p, q),)
        if a is None or (
            b is None and y is not None
        ):  # the operands stand in the places of the partials
            u, v = (NUMBER, 0.0) if a is None else (j, p), (NUMBER, 0.0) if b is None else (k, q)
            flowing, local = (
                (((u[0],),), ((u[1],),)) if y is None else (((u[0], v[0]),), ((u[1], v[1]),))
            )
    flat.sides.append(sides)
    flat.flowing.append(flowing)
    flat.local.append(local)


def _many(flat: Flat, operands: Any, row: Any, i: int) -> tuple[Places, Places | None]:
    """The places of many operands, and those to which a gradient flows; found by the first of
    their users.
    """
    if operands._adjoint.__class__ is not tuple:
        places = tuple([NUMBER if x.__class__ is float else x._adjoint for x in operands.members])
        to: Places | None = places
        if not operands.flows:
            to = None
        elif row.arity >= 0:  # a reduction sends to every operand that is no plain number
            to = tuple(
                [
                    NUMBER if x.__class__ is float else j
                    for j, x in zip(places, operands.flowing, strict=True)
                ]
            )
        operands._adjoint = (places, to)
        flat.opening[i] = (*flat.opening.get(i, ()), places if to is None else to)
    found: tuple[Places, Places | None] = operands._adjoint
    return found
