"""From a graph to its scalar level: a card for each node, an edge for each local derivative."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..node import Node, edges
from ..primitives import Reduction
from .grouping import groups
from .notation import constant, exact, names, number, signed, titles
from .views import Card, Edge, Row, Term, View
from .walk import sweep


@dataclass(frozen=True)
class Options:
    """What of the graph is drawn: constants or not, `steps` around the focus or all, how many products of a dot."""

    constants: bool = True
    focus: tuple[Node, ...] = ()
    steps: int = 2
    terms: int = 8
    limit: int = 150


def visible(value: Node, forward: Sequence[Node], options: Options) -> list[Node] | None:
    """The nodes to draw, in forward order; None where there are more than the limit and no focus."""
    users: dict[Node, list[Node]] = {}
    if options.focus:
        for node in forward:
            for x, _ in edges(node):
                if isinstance(x, Node):
                    users.setdefault(x, []).append(node)
    found = dict.fromkeys(options.focus or (value,), 0)
    queue = deque(found)
    while queue:
        node = queue.popleft()
        if options.focus and found[node] == options.steps:
            continue
        for x in (*_shown_operands(node, options), *users.get(node, ())):
            if x not in found and (options.constants or x.role != "constant"):
                if len(found) == options.limit:
                    if not options.focus:
                        return None
                    queue.clear()
                    break
                found[x] = found[node] + 1
                queue.append(x)
    return [node for node in forward if node in found]


Product = tuple[int, ...]


def products(node: Node, preferred: Container[Node], most: int) -> tuple[list[Product], list[Product]]:
    """The positions of the operands of each product of a dot (each term of a sum): those with a row, and the rest.

    Beyond `most` those with a preferred operand go first, then the largest.
    """
    operands = [x for x, _ in edges(node)]
    if not isinstance(node.operation, Reduction):
        return [(i,) for i in range(len(operands))], []
    count = len(operands) // 2 if node.operation.name == "dot" else len(operands)
    every: list[Product] = [tuple(range(i, len(operands), count)) for i in range(count)]
    if count <= most:
        return every, []

    def important(at: Product) -> tuple[bool, float]:
        return _any(operands, at, preferred), abs(_product(operands, at))

    chosen = set(sorted(every, key=important, reverse=True)[:most])
    return [at for at in every if at in chosen], [at for at in every if at not in chosen]


def _any(operands: Sequence[Any], at: Product, nodes: Container[Node]) -> bool:
    return any(isinstance(operands[i], Node) and operands[i] in nodes for i in at)


def _product(operands: Sequence[Any], at: Iterable[int]) -> float:
    return math.prod(_plain(operands[i]) for i in at)


def _plain(x: Any) -> float:
    return x._data if isinstance(x, Node) else float(x)


def _shown_operands(node: Node, options: Options) -> list[Node]:
    operands = [x for x, _ in edges(node)]
    shown, _ = products(node, set(options.focus), options.terms)
    return [operands[i] for at in shown for i in at if isinstance(operands[i], Node)]


def scalars(value: Node, forward: Sequence[Node], options: Options) -> View | None:
    """The scalar level of the graph below `value`; None where it has more cards than the limit."""
    drawn = visible(value, forward, options)
    return None if drawn is None else _Builder(value, forward, drawn, options).view()


class _Builder:
    """Makes the cards and edges of the drawn nodes."""

    def __init__(self, value: Node, forward: Sequence[Node], drawn: Sequence[Node], options: Options) -> None:
        self.value, self.forward, self.drawn, self.options = value, forward, drawn, options
        self.computed = value._grad is not None
        self.gradients = sweep(forward, 1.0 if value._grad is None else value._grad)
        self.ids = {node: f"n{i}" for i, node in enumerate(drawn)}
        self.names, self.groups = names(forward), groups(forward)
        self.titles = titles(forward, self.names)
        self.cards: list[Card] = []
        self.edges: list[Edge] = []

    def view(self) -> View:
        elsewhere, sizes = self._incoming()
        for node in self.drawn:
            known = edges(node)
            shown, rest = self._products(node, known)
            many = isinstance(node.operation, Reduction)
            rows = tuple(self._row(node, known, at, k) for k, at in enumerate(shown)) if many else ()
            for at in rest:
                for i in at:
                    self._edge(node, *known[i], i, "rest")
            folded = None if many else _folded(node, known)
            for at in () if many else shown:
                if at[0] != folded:
                    self._edge(node, *known[at[0]], at[0])
            gradient = self.gradients.get(node, 0.0) if self.computed else None
            self.cards.append(Card(
                id=self.ids[node],
                title=self.titles[node],
                symbol=_symbol(node, known, folded),
                role=node.role,
                value=node._data,
                gradient=gradient,
                accumulated=_accumulated(node, gradient, sizes[node]),
                elsewhere=elsewhere.get(node) if self.computed else None,
                group=self.groups.get(node),
                rows=rows,
                rest=(len(rest), sum(_product([x for x, _ in known], at) for at in rest)) if rest else None,
                hidden=0 if many else sum(self._omitted(x) for x, _ in known),
                taken=node in self.gradients,
                result=node is self.value,
            ))  # fmt: skip
        alarm = self._alarm()
        return View(self.names[self.value], tuple(self.cards), tuple(self.edges), self.computed, alarm, len(self.forward))

    def _products(self, node: Node, known: Sequence[tuple[Any, float | None]]) -> tuple[list[Product], list[Product]]:
        """Around a focus a row is worth its place only where one of its operands is drawn."""
        shown, rest = products(node, self.ids, self.options.terms)
        if not self.options.focus or not isinstance(node.operation, Reduction):
            return shown, rest
        operands = [x for x, _ in known]
        rows = [at for at in shown if _any(operands, at, self.ids)]
        return rows, rest + [at for at in shown if at not in rows]

    def _omitted(self, x: Any) -> bool:
        return isinstance(x, Node) and x not in self.ids and (self.options.constants or x.role != "constant")

    def _incoming(self) -> tuple[dict[Node, float], dict[Node, float]]:
        """For the drawn nodes, what comes in from nodes that are not drawn, and the size of all that comes in."""
        elsewhere: dict[Node, float] = {}
        sizes = dict.fromkeys(self.drawn, 0.0)
        for node in self.forward:
            g = self.gradients.get(node)
            for x, partial in edges(node) if g is not None else ():
                if x in sizes and partial is not None and g is not None:
                    sizes[x] += abs(g * partial)
                    if node not in self.ids:
                        elsewhere[x] = elsewhere.get(x, 0.0) + g * partial
        return elsewhere, sizes

    def _row(self, node: Node, known: Sequence[tuple[Any, float | None]], at: tuple[int, ...], k: int) -> Row:
        terms = []
        for j, i in enumerate(at):
            x, partial = known[i]
            edge = self._edge(node, x, partial, i, f"r{k}_{j}") if isinstance(x, Node) else None
            title = self._title(x, node) if isinstance(x, Node) else constant(x)[0]
            terms.append(Term(title, partial, self._contribution(node, partial), edge.id if edge else None))
        return Row(_product([x for x, _ in known], at), tuple(terms))

    def _title(self, x: Node, user: Node) -> str:
        """What a row calls an operand: the result of another group that has no label is called by that group."""
        group = self.groups.get(x)
        return group.name if group is not None and not x.label and group != self.groups.get(user) else self.titles[x]

    def _contribution(self, node: Node, partial: float | None) -> float | None:
        if not self.computed or partial is None:
            return None
        return self.gradients[node] * partial if node in self.gradients else 0.0

    def _edge(self, node: Node, x: Any, partial: float | None, i: int, row: str | None = None) -> Edge | None:
        """The edge to one operand, if that is drawn; a plain number gets a card of its own."""
        id = f"e{len(self.edges)}"
        if not isinstance(x, Node):
            if not self.options.constants or row:
                return None
            card = Card(f"{self.ids[node]}c{i}", constant(x)[0], "", "constant", x, group=self.groups.get(node))
            self.cards.append(card)
            edge = Edge(id, self.ids[node], card.id, None, None, None, "constant")
        elif x not in self.ids:
            return None
        else:
            flow = "gradient" if partial is not None and node in self.gradients else "not taken"
            upstream = self.gradients.get(node, 0.0) if self.computed else None
            edge = Edge(id, self.ids[node], self.ids[x], partial, upstream, self._contribution(node, partial), flow, row)
        self.edges.append(edge)
        return edge

    def _alarm(self) -> str:
        """The first value that is not finite, else the first such gradient, in words."""
        for node in self.forward:
            if not math.isfinite(node._data) and node in self.gradients:
                at = ", ".join(f"{t} = {exact(_plain(x))}" for t, x in self._named_operands(node))
                return f"First non-finite value: {self.titles[node]} = {number(node._data)}" + (f", at {at}" if at else "")
        for node in reversed(self.forward) if self.computed else ():
            g = self.gradients.get(node)
            for x, partial in edges(node) if g is not None and math.isfinite(g) else ():
                if partial is not None and g is not None and not math.isfinite(g * partial):
                    product = f"local {number(partial)} × upstream {signed(g)}"
                    way = f"from {self.titles[node]} to {self.titles[x]}"
                    return f"First non-finite gradient: {number(g * partial)} {way}, {product}"
        return ""

    def _named_operands(self, node: Node) -> Iterator[tuple[str, Any]]:
        for x, _ in edges(node)[:4]:
            if isinstance(x, Node):
                yield self.titles[x], x


def _folded(node: Node, known: Sequence[tuple[Any, float | None]]) -> int | None:
    """The position of an exponent that is a plain number: it is written into the symbol, ^2."""
    return 1 if node.operation is not None and node.operation.name == "power" and not isinstance(known[1][0], Node) else None


def _symbol(node: Node, known: Sequence[tuple[Any, float | None]], folded: int | None) -> str:
    if node.operation is None:
        return ""
    symbol = "Σ" if node.operation.name == "dot" else node.operation.symbol
    return symbol if folded is None else symbol + constant(known[folded][0])[0]


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
