"""From a graph to its scalar level: a card for each node, an arrow for each local derivative."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...engine.context import Group
from ...engine.naming import names, short
from ...engine.node import Node, edges, number
from ...primitives import Reduction
from ..graph.alarms import summary
from ..graph.calls import calls, which
from ..graph.grouping import groups
from ..graph.saturation import is_saturated
from ..graph.walk import Flat, Indices, for_each_tuple
from ..render.content import Arrow
from ..render.local import stated
from ..render.notation import constant, exponent_at, formula, symbol_of, visible_text
from .model import CallCard, CallResult, Card, CardOperand, CardRow, FoldedGroup, Scalars
from .selection import Options, folded_groups, products, visible
from .sums import LongSum, long_sums, operands_of


def scalars(flat: Flat, options: Options) -> Scalars | None:
    """The scalar level of a graph; None where it has more cards than the limit."""
    group_of = groups(flat) if options.fold else {}
    folded = folded_groups(group_of, options.fold)
    together = options.together and not options.fold
    sums = long_sums(flat.nodes, options.focus, options.terms) if together else {}
    drawn = visible(flat.nodes, options, folded, sums)
    if drawn is None and options.constants:  # they need not have cards of their own
        options = options._replace(constants=False, inside=True)
        drawn = visible(flat.nodes, options, folded, sums)
    if drawn is None:
        return None
    return _ScalarBuilder(flat, drawn, options, group_of or groups(flat), folded, sums).content()


Edges = Sequence[tuple[Any, float | None]]


class _ScalarBuilder:
    """Makes the cards and arrows of the drawn nodes."""

    def __init__(
        self, flat: Flat, drawn: Sequence[Node], options: Options, group_of: Mapping[Node, Group],
        folded: Mapping[Node, Group], sums: Mapping[Node, LongSum],
    ) -> None:  # fmt: skip
        self.flat, self.drawn, self.options = flat, drawn, options
        self.group_of, self.folded, self.sums = group_of, folded, sums
        known = zip(flat.nodes, flat.gradients, strict=True)
        self.gradients = {node: g for node, g in known if g is not None}
        boxes = {group: f"f{i}" for i, group in enumerate(dict.fromkeys(folded.values()))}
        self.ids = {
            node: boxes[folded[node]] if node in folded else f"n{i}" for i, node in enumerate(drawn)
        }
        several = calls(drawn) if options.together else {}
        self.calls = {
            node: results
            for node, results in several.items()
            if len(results) > 1 and node not in folded
        }
        self.ids |= {node: self.ids[results[0]] for node, results in self.calls.items()}
        self.names = names(flat.nodes, group_of)
        self.cards: list[Card] = []
        self.arrows: list[Arrow] = []

    def content(self) -> Scalars:
        elsewhere, sizes = self._incoming()
        for node in self.drawn:
            if node not in self.folded and node not in self.calls:
                self._card(node, elsewhere.get(node), sizes[node])
        folds, together = self._folds(), tuple(self._call_cards())
        return Scalars(
            **summary(self.flat),
            cards=tuple(self.cards),
            arrows=tuple(self.arrows),
            folds=folds,
            calls=together,
            constants_inside=self.options.inside,
        )

    def _card(self, node: Node, elsewhere: float | None, size: float) -> None:
        """The card of one node, and the arrows to its operands."""
        known: Edges = self.sums[node].terms if node in self.sums else edges(node)
        many = isinstance(node.operation, Reduction) or node in self.sums
        rows, rest = self._rows(node, known) if many else ((), [])
        exponent = exponent_at(node)
        for i in [] if many else range(len(known)):
            if i != exponent:
                self._arrow(node, i, *known[i])
        gradient = self._contribution(node, 1.0)
        hidden = 0 if many else sum(self._is_omitted(x) for x, _ in known)
        self.cards.append(Card(
            id=self.ids[node],
            title=self._title(node, node),
            name=self.names[node],
            formula="" if many else formula(node, lambda x: self._title(x, node)),
            symbol="Σ" if node in self.sums else symbol_of(node, self.options.inside),
            role=node.role,
            value=node._number,
            gradient=gradient,
            accumulated=_accumulated(node, gradient, size),
            elsewhere=elsewhere if self.flat.computed else None,
            group=self.group_of.get(node),
            rows=rows,
            rest=(len(rest), _added(node, known, rest)) if rest else None,
            hidden=hidden,
            taken=node in self.gradients,
            slope=_flat_slope(node, known),
            result=node is self.flat.nodes[-1],
        ))  # fmt: skip

    def _rows(self, node: Node, known: Edges) -> tuple[tuple[CardRow, ...], list[Indices]]:
        """The rows of a reduction, and the products without one.

        Around a focus a product has a row only where one of its operands is drawn.
        """
        operands = operands_of(node, self.sums)
        shown, rest = products(node, operands, self.ids, self.options.terms)
        if self.options.focus:
            apart = [at for at in shown if not any(self._is_drawn(known[i][0]) for i in at)]
            shown, rest = [at for at in shown if at not in apart], rest + apart
        rows = tuple([self._row(node, known, at, k) for k, at in enumerate(shown)])
        for at in rest:
            for i in at:
                self._arrow(node, i, *known[i], "rest")
        return rows, rest

    def _row(self, node: Node, known: Edges, at: Indices, k: int) -> CardRow:
        operands = []
        for j, i in enumerate(at):
            x, partial = known[i]
            self._arrow(node, i, x, partial, f"r{k}_{j}")
            if isinstance(x, Node):
                name = self._title(x, node)
            else:
                name = constant(x)[0] if len(at) > 1 else ""
            operands.append(CardOperand(name, partial, self._contribution(node, partial)))
        return CardRow(_product(known, at), tuple(operands))

    def _call_cards(self) -> Iterator[CallCard]:
        """One card for all results of a call, with what they send to each operand together."""
        for results in {id(results): results for results in self.calls.values()}.values():
            node, card = results[0], self.ids[results[0]]
            rows: list[CardRow] = []
            for i, x in enumerate(node.operands):
                if not isinstance(x, Node):
                    continue
                sent = [self._contribution(user, edges(user)[i][1]) for user in results]
                total = sum([x or 0.0 for x in sent]) if self.flat.computed else None
                operand = CardOperand(self._title(x, node), None, total)
                if self._is_drawn(x):
                    self._add(card, self.ids[x], total, "gradient", None, None, f"r{len(rows)}_0")
                rows.append(CardRow(x._number, (operand,)))
            row = node.operation
            assert row is not None
            yield CallCard(
                card,
                row.name,
                row.symbol,
                self.group_of.get(node),
                tuple(rows),
                tuple([
                    CallResult(self._title(x, x), self._at(x), x._number,
                               self._contribution(x, 1.0))
                    for x in results
                ]),
            )  # fmt: skip

    def _at(self, x: Node) -> str:
        """The place on a card where the arrows to a result end."""
        return f"o{which(x)}" if x in self.calls else ""

    def _folds(self) -> tuple[FoldedGroup, ...]:
        """One card for each folded group; its arrows carry what its nodes send together."""
        parts: dict[Group, list[Node]] = {}
        sent: dict[tuple[str, str], dict[Node, float]] = {}
        for node in self.drawn:
            if node in self.folded:
                parts.setdefault(self.folded[node], []).append(node)
                for x, partial in edges(node):
                    if self._is_drawn(x) and self.ids[x] != self.ids[node]:
                        to = sent.setdefault((self.ids[node], self.ids[x]), {})
                        to[x] = to.get(x, 0.0) + (self._contribution(node, partial) or 0.0)
        for (user, operand), to in sent.items():
            norm = any(x in self.folded for x in to)
            total = math.hypot(*to.values()) if norm else sum(to.values())
            kind = "norm" if norm else "gradient"
            self._add(user, operand, total if self.flat.computed else None, kind)
        folds = []
        for group, nodes in parts.items():
            weights = [self.gradients.get(node, 0.0) for node in nodes if node.role == "parameter"]
            size = math.hypot(*weights) if self.flat.computed and weights else None
            id = self.ids[nodes[0]]
            folds.append(FoldedGroup(id, group.name, group.parent, len(nodes), len(weights), size))
        return tuple(folds)

    def _incoming(self) -> tuple[dict[Node, float], dict[Node, float]]:
        """For the drawn nodes, what comes in from nodes that are not drawn, and the size of all
        that comes in.
        """
        drawn = {i: node for i, node in enumerate(self.flat.nodes) if node in self.ids}
        inner = {x for node, one in self.sums.items() if node in self.ids for x in one.inner}
        elsewhere: dict[Node, float] = {}
        sizes = dict.fromkeys(self.drawn, 0.0)
        drawn_in = for_each_tuple(
            lambda targets: [(n, drawn[j]) for n, j in enumerate(targets) if j in drawn]
        )
        for i, g in enumerate(self.flat.gradients):
            for _, targets, partials in self.flat.sides[i] if g is not None else ():
                for n, x in drawn_in(targets) if targets is not None else ():
                    share = g * partials[n]  # type: ignore[operator]  # None has no sides here
                    sizes[x] += abs(share)
                    if i not in drawn and self.flat.nodes[i] not in inner:
                        elsewhere[x] = elsewhere.get(x, 0.0) + share
        return elsewhere, sizes

    def _title(self, node: Node, user: Node) -> str:
        """What a node is called inside the box of a user."""
        return short(self.names[node], self.group_of.get(user))

    def _is_drawn(self, x: Any) -> bool:
        return isinstance(x, Node) and x in self.ids

    def _is_omitted(self, x: Any) -> bool:
        wanted = isinstance(x, Node) and (self.options.constants or x.role != "constant")
        return wanted and not self._is_drawn(x)

    def _contribution(self, node: Node, partial: float | None) -> float | None:
        if not self.flat.computed or partial is None:
            return None
        return self.gradients[node] * partial if node in self.gradients else 0.0

    def _arrow(self, node: Node, i: int, x: Any, partial: float | None, port: str = "") -> None:
        """The arrow to one operand, if that is drawn; a plain number gets a card of its own."""
        id = self.ids[node]
        if self._is_drawn(x):
            flows = partial is not None and node in self.gradients
            kind = "gradient" if flows else "not taken"
            sent, upstream = self._contribution(node, partial), self._contribution(node, 1.0)
            rule = "" if port == "rest" or node in self.sums else self._rule(node, i, partial)
            self._add(id, self.ids[x], sent, kind, partial, upstream, port, rule, self._at(x))
        elif not isinstance(x, Node) and self.options.constants and not port:
            group = self.group_of.get(node)
            card = Card(f"{id}c{i}", constant(x)[0], "", "constant", x, group=group)
            self.cards.append(card)
            self._add(id, card.id, None, "constant")

    def _rule(self, node: Node, i: int, slope: float | None) -> str:
        """The local derivative and its rule; "" where that is a plain number."""
        return "" if slope is None else stated(node, i, slope, self._word)

    def _word(self, node: Node) -> str:
        return visible_text(self.names[node], 60)

    def _add(self, user: str, operand: str, *facts: Any) -> None:
        self.arrows.append(Arrow(f"e{len(self.arrows)}", user, operand, *facts))


def _product(known: Edges, at: Indices) -> float:
    return math.prod(float(number(known[i][0])) for i in at)


def _added(node: Node, known: Edges, rest: Sequence[Indices]) -> float | None:
    """What the products without a row add up to, where the operation adds them."""
    adds = node.operation is not None and node.operation.additive
    return sum(_product(known, at) for at in rest) if adds else None


def _flat_slope(node: Node, known: Edges) -> float | None:
    """The slope of a saturated activation."""
    steepest = node.operation.steepest if node.operation is not None else None
    slope = known[0][1] if known else None
    saturated = slope is not None and steepest is not None and is_saturated(slope, steepest)
    return slope if saturated else None


def _accumulated(node: Node, gradient: float | None, size: float) -> float | None:
    """`.grad` where it is not the gradient of the sweep, but for rounding."""
    grad = node._grad
    if grad is None or gradient is None:
        return grad or None
    if grad == gradient or (grad != grad and gradient != gradient):
        return None
    return grad if not abs(grad - gradient) <= 1e-9 * max(size, abs(gradient)) else None
