"""From a graph to its scalar level: a card for each node, an edge for each local derivative."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...engine.context import Group
from ...engine.node import Node, edges
from ...primitives import Reduction
from ..graph.alarms import alarm
from ..graph.grouping import groups
from ..graph.saturation import is_saturated
from ..graph.walk import Flat, once
from ..render.cards import Card, Edge, Fold, Row, Term, View
from ..render.notation import constant, exponent_at, names, symbol_of, title
from .selection import Options, Positions, folds, involves, product, products, visible


def scalars(value: Node, flat: Flat, options: Options) -> View | None:
    """The scalar level of the graph below `value`; None where it has more cards than the limit."""
    member = groups(flat) if options.fold else {}
    folded = folds(member, options.fold) if options.fold else {}
    drawn = visible(value, flat.nodes, options, folded)
    if drawn is None and options.constants:  # they need not have cards of their own
        options = replace(options, constants=False, inside=True)
        drawn = visible(value, flat.nodes, options, folded)
    return (
        None
        if drawn is None
        else _Builder(value, flat, drawn, options, member or groups(flat), folded).view()
    )


class _Builder:
    """Makes the cards and edges of the drawn nodes."""

    def __init__(
        self, value: Node, flat: Flat, drawn: Sequence[Node], options: Options,
        member: Mapping[Node, Group], folded: Mapping[Node, Group],
    ) -> None:  # fmt: skip
        self.value, self.forward, self.drawn, self.options = value, flat.nodes, drawn, options
        forward = flat.nodes
        self.groups, self.folded = member, folded
        self.computed = value._grad is not None
        self.flat, self.swept = flat, flat.sweep(1.0 if value._grad is None else value._grad)
        self.gradients = {
            node: g for node, g in zip(forward, self.swept, strict=True) if g is not None
        }
        boxes = {group: f"f{i}" for i, group in enumerate(dict.fromkeys(folded.values()))}
        self.ids = {
            node: boxes[folded[node]] if node in folded else f"n{i}" for i, node in enumerate(drawn)
        }
        self.names = names(forward)
        self.titles: dict[Node, str] = {}
        self.cards: list[Card] = []
        self.edges: list[Edge] = []

    def view(self) -> View:
        elsewhere, sizes = self._incoming()
        for node in self.drawn:
            if node not in self.folded:
                self._card(node, elsewhere.get(node), sizes[node])
        return View(
            name=self.names[self.value],
            cards=tuple(self.cards),
            folds=tuple(self._folds()),
            edges=tuple(self.edges),
            computed=self.computed,
            alarm=alarm(self.flat, self.swept, self.computed, self._title_of),
            nodes=len(self.forward),
            constants_inside=self.options.inside,
        )

    def _card(self, node: Node, elsewhere: float | None, size: float) -> None:
        """The card of one node, and the edges to its operands."""
        known = edges(node)
        operands = [x for x, _ in known]
        shown, rest = self._products(node, known)
        many = isinstance(node.operation, Reduction)
        rows = tuple(self._row(node, known, at, k) for k, at in enumerate(shown)) if many else ()
        for at in rest:
            for i in at:
                self._edge(node, *known[i], i, "rest")
        exponent = None if many else exponent_at(node)
        for at in () if many else shown:
            if at[0] != exponent:
                self._edge(node, *known[at[0]], at[0])
        gradient = self.gradients.get(node, 0.0) if self.computed else None
        self.cards.append(Card(
            id=self.ids[node],
            title=self._title_of(node),
            symbol=symbol_of(node, self.options.inside),
            role=node.role,
            value=node._number,
            gradient=gradient,
            accumulated=_accumulated(node, gradient, size),
            elsewhere=elsewhere if self.computed else None,
            group=self.groups.get(node),
            rows=rows,
            rest=(len(rest), _added(node, operands, rest)) if rest else None,
            hidden=0 if many else sum(map(self._omitted, operands)),
            taken=node in self.gradients,
            slope=_flat_slope(node, known),
            result=node is self.value,
        ))  # fmt: skip

    def _folds(self) -> Iterator[Fold]:
        """One card for each folded group; its edges carry what its nodes send together."""
        parts: dict[Group, list[Node]] = {}
        sent: dict[tuple[str, str], dict[Node, float]] = {}
        for node in self.drawn:
            if node in self.folded:
                parts.setdefault(self.folded[node], []).append(node)
                for x, partial in edges(node):
                    if isinstance(x, Node) and self.ids.get(x, self.ids[node]) != self.ids[node]:
                        to = sent.setdefault((self.ids[node], self.ids[x]), {})
                        to[x] = to.get(x, 0.0) + (self._contribution(node, partial) or 0.0)
        for (user, operand), to in sent.items():
            between = any(x in self.folded for x in to)
            together = math.hypot(*to.values()) if between else sum(to.values())
            flow = "norm" if between else "gradient"
            self.edges.append(
                Edge(
                    f"e{len(self.edges)}",
                    user,
                    operand,
                    None,
                    None,
                    together if self.computed else None,
                    flow,
                )
            )
        for group, nodes in parts.items():
            weights = [self.gradients.get(node, 0.0) for node in nodes if node.role == "parameter"]
            norm = math.hypot(*weights) if self.computed and weights else None
            yield Fold(self.ids[nodes[0]], group.name, group.parent, len(nodes), len(weights), norm)

    def _products(
        self, node: Node, known: Sequence[tuple[Any, float | None]]
    ) -> tuple[list[Positions], list[Positions]]:
        """Around a focus a row is worth its place only where one of its operands is drawn."""
        operands = [x for x, _ in known]
        shown, rest = products(node, operands, self.ids, self.options.terms)
        if not self.options.focus or not isinstance(node.operation, Reduction):
            return shown, rest
        rows = [at for at in shown if involves(operands, at, self.ids)]
        return rows, rest + [at for at in shown if at not in rows]

    def _omitted(self, x: Any) -> bool:
        return (
            isinstance(x, Node)
            and x not in self.ids
            and (self.options.constants or x.role != "constant")
        )

    def _incoming(self) -> tuple[dict[Node, float], dict[Node, float]]:
        """For the drawn nodes, what comes in from nodes that are not drawn, and the size of all
        that comes in.
        """
        drawn = {i: node for i, node in enumerate(self.forward) if node in self.ids}
        elsewhere: dict[Node, float] = {}
        sizes = dict.fromkeys(self.drawn, 0.0)
        none_of = drawn.keys().isdisjoint
        positions = once(
            lambda places: (
                ()
                if none_of(places)
                else tuple([(n, drawn[j]) for n, j in enumerate(places) if j in drawn])
            )
        )
        for i, g in enumerate(self.swept):
            if g is None:
                continue
            for to, partials in zip(self.flat.flowing[i], self.flat.local[i], strict=True):
                for n, x in positions(to) if to is not None else ():
                    sizes[x] += abs(g * partials[n])
                    if i not in drawn:
                        elsewhere[x] = elsewhere.get(x, 0.0) + g * partials[n]
        return elsewhere, sizes

    def _row(
        self, node: Node, known: Sequence[tuple[Any, float | None]], at: tuple[int, ...], k: int
    ) -> Row:
        terms = []
        for j, i in enumerate(at):
            x, partial = known[i]
            edge = self._edge(node, x, partial, i, f"r{k}_{j}") if isinstance(x, Node) else None
            title = (
                self._title(x, node)
                if isinstance(x, Node)
                else constant(x)[0]
                if len(at) > 1
                else ""
            )
            terms.append(
                Term(title, partial, self._contribution(node, partial), edge.id if edge else None)
            )
        return Row(product([x for x, _ in known], at), tuple(terms))

    def _title_of(self, node: Node) -> str:
        if node not in self.titles:
            self.titles[node] = title(node, self.names)
        return self.titles[node]

    def _title(self, x: Node, user: Node) -> str:
        """What a row calls an operand: the result of another group that has no label is called
        by that group.
        """
        group = self.groups.get(x)
        return (
            group.name
            if group is not None and not x.label and group != self.groups.get(user)
            else self._title_of(x)
        )

    def _contribution(self, node: Node, partial: float | None) -> float | None:
        if not self.computed or partial is None:
            return None
        return self.gradients[node] * partial if node in self.gradients else 0.0

    def _edge(
        self, node: Node, x: Any, partial: float | None, i: int, row: str | None = None
    ) -> Edge | None:
        """The edge to one operand, if that is drawn; a plain number gets a card of its own."""
        id = f"e{len(self.edges)}"
        if not isinstance(x, Node):
            if not self.options.constants or row:
                return None
            card = Card(
                f"{self.ids[node]}c{i}",
                constant(x)[0],
                "",
                "constant",
                x,
                group=self.groups.get(node),
            )
            self.cards.append(card)
            edge = Edge(id, self.ids[node], card.id, None, None, None, "constant")
        elif x not in self.ids:
            return None
        else:
            flow = "gradient" if partial is not None and node in self.gradients else "not taken"
            upstream = self.gradients.get(node, 0.0) if self.computed else None
            edge = Edge(
                id,
                self.ids[node],
                self.ids[x],
                partial,
                upstream,
                self._contribution(node, partial),
                flow,
                row,
            )
        self.edges.append(edge)
        return edge


def _added(node: Node, operands: Sequence[Any], rest: Sequence[Positions]) -> float | None:
    """What the products without a row add up to, where the operation adds them."""
    adds = isinstance(node.operation, Reduction) and node.operation.additive
    return sum(product(operands, at) for at in rest) if adds else None


def _flat_slope(node: Node, known: Sequence[tuple[Any, float | None]]) -> float | None:
    """The slope of a saturated activation."""
    steepest = node.operation.steepest if node.operation is not None else None
    slope = known[0][1] if known else None
    return (
        slope
        if slope is not None and steepest is not None and is_saturated(slope, steepest)
        else None
    )


def _accumulated(node: Node, gradient: float | None, size: float) -> float | None:
    """`.grad` where it is not the gradient of the sweep, but for rounding."""
    grad = node._grad
    if grad is None or (gradient is None and grad == 0.0):
        return None
    if gradient is None:
        return grad
    if grad == gradient or (grad != grad and gradient != gradient):
        return None
    return grad if not abs(grad - gradient) <= 1e-9 * max(size, abs(gradient)) else None
