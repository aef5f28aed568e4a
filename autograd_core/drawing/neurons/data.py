"""From a graph to its neuron level."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from ...engine.node import Node
from ...primitives.arithmetic import div
from ..graph.alarms import alarm
from ..graph.grouping import NONE
from ..graph.layering import Layering
from ..graph.walk import NUMBER, Flat
from ..render.notation import subscript, symbol_of
from .inputs import InputPlace, places
from .model import Flow, Network, NeuronCard, NeuronColumn, Weight
from .units import Unit, Units, units

MOST = 12  # cards in a column; of more, the largest are shown and one card stands for the rest
SHOWN = 8
T = TypeVar("T")


def network(value: Node, flat: Flat, sample: int | None = None) -> Network:
    """The neuron level of the graph below `value`, of one sample or as the mean over all."""
    return _Builder(value, flat, sample).network()


class _Builder:
    """Finds the cards, which node belongs to which, and what crosses from one to another."""

    def __init__(self, value: Node, flat: Flat, sample: int | None) -> None:
        self.value, self.flat, self.sample = value, flat, sample
        self.layering = Layering.of(flat)
        self.found: Units = units(flat, self.layering)
        if not self.found.units:
            raise ValueError(
                "level='neurons' needs parts to draw, but no node of this graph belongs to a "
                "group: compute each part "
                'inside `with group("name"):`, build it from nn\'s modules, or draw it with '
                "level='scalars'"
            )
        self.samples = self.found.samples
        if sample is not None and not 0 <= sample < self.samples:
            raise ValueError(
                f"sample must be from 0 to {self.samples - 1}, the samples in this graph, got "
                f"{sample!r}"
            )
        self.chosen = None if sample is None else self.found.sample(flat, sample)
        self.over = self.samples if sample is None else 1
        self.computed = value._grad is not None
        self.gradients = flat.sweep(1.0 if value._grad is None else value._grad)
        self.outputs = {i for unit in self.found.units for i in unit.outputs}
        self.card_of: dict[int, str] = {}
        self.over_of: dict[str, int] = {}  # by how many samples the numbers of a card are divided
        self.number_card: dict[
            tuple[int, int], str
        ] = {}  # of a plain number, by its user and its place there

    def network(self) -> Network:
        columns = [self._inputs(), *self._layers(), self._result()]
        flows, inner = self._flows()
        columns = [column for column in columns if column.cards]
        return Network(
            name=self.value.label or "the result",
            columns=tuple(_completed(column, inner) for column in columns),
            flows=tuple(flows),
            computed=self.computed,
            alarm=alarm(self.flat, self.gradients, self.computed),
            nodes=len(self.flat.nodes),
            samples=self.samples,
            sample=self.sample,
        )

    def _drawn(self, i: int) -> bool:
        return self.chosen is None or i in self.chosen

    def _sum(self, id: str, *together: Sequence[int]) -> float | None:
        """The gradients of the nodes of a card, added up and divided by the number of samples.

        What all samples have in common (a loss in a group, a leaf that it takes) is there once, and
        is not divided.
        """
        self.over_of[id] = max(1, min(self.over, max(map(len, together))))
        return (
            self._total(i for places in together for i in places) / self.over_of[id]
            if self.computed
            else None
        )

    def _total(self, places: Iterable[int]) -> float:
        return sum((self.gradients[i] or 0.0 for i in places), 0.0)

    # Cards

    def _layers(self) -> list[NeuronColumn]:
        """A column for each layer, and one for each operation between layers."""
        columns: list[NeuronColumn] = []
        for number, layer in enumerate(self.layering.layers):
            inside = [unit for unit in self.found.units if unit.layer == number]
            titled = [(self._title(unit, inside, k), unit) for k, unit in enumerate(inside)]
            cards, rest = _largest(titled, lambda pair: abs(self._total(pair[1].outputs)))
            neurons = [
                self._neuron(f"l{number}u{k}", title, [unit])
                for k, (title, unit) in enumerate(cards)
            ]
            if rest:
                neurons.append(
                    self._neuron(f"l{number}rest", f"{len(rest)} more", [unit for _, unit in rest])
                )
            parameters = {j for unit in inside for j in unit.parameters}
            sent = self._to_parameters(parameters)
            norm = math.hypot(*sent.values()) if self.computed and sent else None
            columns.append(NeuronColumn(layer.path, tuple(neurons), len(parameters), norm))
        between = [unit for unit in self.found.units if unit.layer == NONE]
        for k, unit in enumerate(between):
            columns.append(
                NeuronColumn(
                    "",
                    (self._neuron(f"b{k}", self._operations(unit.members), [unit], "operation"),),
                )
            )
        return columns

    def _neuron(
        self, id: str, title: str, together: Sequence[Unit], role: str = "neuron"
    ) -> NeuronCard:
        drawn = [[i for i in unit.outputs if self._drawn(i)] for unit in together]
        outputs = [i for part in drawn for i in part]
        for unit in together:
            for i in unit.members:
                self.card_of[i] = id
        known = [
            self._activation(i, unit) for unit in together for i in unit.outputs if self._drawn(i)
        ]
        bent = [(symbol, slope, steepest) for symbol, slope, steepest in known if slope is not None]
        one = len(together) == 1
        seen = bent if one and bent else known  # a neuron whose z is used too is no linear one
        each = len(outputs) / self.over
        return NeuronCard(
            id=id,
            title=title,
            symbol=seen[0][0] if len({symbol for symbol, _, _ in seen}) == 1 else "",
            role=role,
            value=math.fsum(self.flat.nodes[i]._number for i in outputs) / (len(outputs) or 1)
            if one and each <= 1
            else None,
            gradient=self._sum(id, *drawn),
            slope=math.fsum(slope for _, slope, _ in bent) / len(bent) if bent else None,
            steepest=seen[0][2] if seen else 1.0,
            weights=self._weights(together[0]) if one else (),
            count=len(together),
            outputs=each if one else 1.0,
        )

    def _activation(self, output: int, unit: Unit) -> tuple[str, float | None, float]:
        """The symbol, the slope and the steepest slope of what was applied to z, the last
        result with two operands.
        """
        slope, rows = 1.0, []
        i = output
        while True:
            operands = {j for j in self.flat.targets[i] if j != NUMBER}
            if (
                len(operands) != 1
                or (j := operands.pop()) not in unit.members
                or not self.flat.targets[j]
            ):
                break
            slope *= math.fsum(
                p or 0.0
                for k, p in zip(self.flat.targets[i], self.flat.partials[i], strict=True)
                if k == j
            )
            rows.append(self.flat.nodes[i].operation)
            i = j
        bent = [row for row in rows if row is not None and not row.additive and row is not div]
        if not bent:
            return "", None, 1.0
        return (
            (bent[0].symbol if len(rows) == 1 else "f"),
            slope,
            (len(rows) == 1 and bent[0].steepest) or 1.0,
        )

    def _weights(self, unit: Unit) -> tuple[Weight, ...]:
        sent = self._to_parameters(set(unit.parameters))
        weights = []
        for k, j in enumerate(unit.parameters):
            node = self.flat.nodes[j]
            gradient = sent.get(j, 0.0) if self.computed else None
            differs = (
                gradient is not None
                and node._grad is not None
                and not math.isclose(node._grad, gradient, rel_tol=1e-9)
            )
            weights.append(
                Weight(
                    node.label or f"w{subscript(k + 1)}",
                    node._number,
                    gradient,
                    node._grad if differs else None,
                )
            )
        return tuple(weights)

    def _to_parameters(self, parameters: set[int]) -> dict[int, float]:
        """What the drawn samples send to some parameters."""
        if self.chosen is None:
            return {j: self.gradients[j] or 0.0 for j in parameters}
        sent: dict[int, float] = {}
        for i in self.chosen:
            g = self.gradients[i]
            for j, p in zip(self.flat.targets[i], self.flat.partials[i], strict=True):
                if j in parameters and p is not None and g is not None:
                    sent[j] = sent.get(j, 0.0) + g * p
        return sent

    def _inputs(self) -> NeuronColumn:
        titled = [
            (place.title(self.flat, k), place)
            for k, place in enumerate(places(self.flat, self.found, self._drawn))
        ]
        shown, rest = _largest(titled, lambda pair: abs(self._total(pair[1].leaves)))
        cards = [self._input(f"i{k}", title, [place]) for k, (title, place) in enumerate(shown)]
        if rest:
            cards.append(self._input("irest", f"{len(rest)} more", [place for _, place in rest]))
        return NeuronColumn("", tuple(cards))

    def _input(self, id: str, title: str, together: Sequence[InputPlace]) -> NeuronCard:
        leaves = [j for place in together for j in place.leaves]
        numbers = [x for place in together for x in place.numbers] + [
            self.flat.nodes[j]._number for j in leaves
        ]
        self.card_of.update(dict.fromkeys(leaves, id))
        self.number_card.update({at: id for place in together for at in place.where})
        constant = all(self.flat.nodes[j].role == "constant" for j in leaves)
        each = len(numbers) / self.over if len(together) == 1 else 1.0
        value = math.fsum(numbers) / len(numbers) if len(together) == 1 and each <= 1 else None
        gradient = self._sum(id, *(place.leaves for place in together))
        symbol = "const" if constant else "input"
        return NeuronCard(
            id,
            title,
            symbol,
            "input",
            value,
            None if constant else gradient,
            count=len(together),
            outputs=each,
        )

    def _result(self) -> NeuronColumn:
        """What lies above the layers: the loss."""
        last = len(self.flat.nodes) - 1
        if self.found.unit_of[last] != NONE:
            return NeuronColumn("", ())
        above = [
            i
            for i, targets in enumerate(self.flat.targets)
            if targets and self.found.unit_of[i] == NONE
        ]
        self.card_of.update(dict.fromkeys(above, "r0"))
        title = self.value.label or "result"
        gradient = self.gradients[last] if self.computed else None
        return NeuronColumn(
            "",
            (
                NeuronCard(
                    "r0", title, self._operations(above), "result", self.value._number, gradient
                ),
            ),
        )

    def _flows(self) -> tuple[list[Flow], dict[str, float]]:
        """The arrows between cards, and what the cards send to their own outputs."""
        sent: dict[tuple[str, str], list[tuple[float | None, float]]] = {}
        inner: dict[str, float] = {}
        for i, targets in enumerate(self.flat.targets):
            user = self.card_of.get(i)
            if user is None or not (self._drawn(i) or user == "r0"):
                continue
            g = self.gradients[i]
            for at, (j, p) in enumerate(zip(targets, self.flat.partials[i], strict=True)):
                operand = self.number_card.get((i, at)) if j == NUMBER else self.card_of.get(j)
                if operand is None or (j != NUMBER and not self._drawn(j)):
                    continue
                share = 0.0 if g is None or p is None else g * p
                if operand != user:
                    sent.setdefault((user, operand), []).append((p, share))
                elif j in self.outputs:
                    inner[user] = inner.get(user, 0.0) + share
        flows = [
            self._flow(k, user, operand, shares)
            for k, ((user, operand), shares) in enumerate(sent.items())
        ]
        return flows, {
            id: total / self.over_of[id] for id, total in inner.items()
        } if self.computed else {}

    def _flow(
        self, k: int, user: str, operand: str, shares: Sequence[tuple[float | None, float]]
    ) -> Flow:
        locals = {p for p, _ in shares}
        taken = locals != {None}
        total = (
            sum((share for _, share in shares), 0.0) / self.over_of.get(operand, 1)
            if self.computed and taken
            else None
        )
        return Flow(
            f"e{k}", user, operand, locals.pop() if len(locals) == 1 else None, total, taken
        )

    # Names

    def _title(self, unit: Unit, inside: Sequence[Unit], k: int) -> str:
        """The name of the unit's own group, if it has the group alone; else n and its number."""
        group = self.layering.groups[unit.group]
        numbered = re.fullmatch(r"neuron (\d+)", group.name)
        if numbered:
            return f"n{subscript(int(numbered[1]))}"
        alone = sum(other.group == unit.group for other in inside) == 1
        return group.name if alone else f"n{subscript(k + 1)}"

    def _operations(self, members: Sequence[int]) -> str:
        """The symbols of a few operations, else their number."""
        symbols = list(dict.fromkeys(symbol_of(self.flat.nodes[i]) for i in members))
        return ", ".join(symbols) if len(symbols) <= 3 else f"{len(members)} operations"


def _largest(titled: list[T], size: Callable[[T], float]) -> tuple[list[T], list[T]]:
    """All, where a column has room for them; else the largest in their order, and the rest."""
    if len(titled) <= MOST:
        return titled, []
    order = sorted(range(len(titled)), key=lambda k: -size(titled[k]))
    kept = set(order[:SHOWN])
    return [x for k, x in enumerate(titled) if k in kept], [
        x for k, x in enumerate(titled) if k not in kept
    ]


def _completed(column: NeuronColumn, inner: dict[str, float]) -> NeuronColumn:
    """With what cards send to their own outputs."""
    cards = tuple(replace(card, elsewhere=inner.get(card.id)) for card in column.cards)
    return replace(column, cards=cards)
