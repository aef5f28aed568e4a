"""From a graph to its neuron level."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from ...engine.naming import LAST
from ...primitives.arithmetic import div
from ..graph.alarms import summary
from ..graph.grouping import NONE
from ..graph.layering import Layering
from ..graph.walk import PLAIN, Flat
from ..render.content import Arrow
from ..render.notation import subscript, symbol_of
from .inputs import Input, inputs
from .model import NeuronCard, NeuronColumn, Neurons, Weight
from .units import Unit, units

MOST = 12  # cards in a column; of more, the largest are shown and one card stands for the rest
SHOWN = 8
T = TypeVar("T")


def neurons(flat: Flat, sample: int | None = None) -> Neurons:
    """The neuron level of a graph, of one sample or as the mean over all."""
    return _NeuronBuilder(flat, sample).content()


class _NeuronBuilder:
    """Finds the cards, which node belongs to which, and what crosses from one to another."""

    def __init__(self, flat: Flat, sample: int | None) -> None:
        self.flat, self.layering, self.sample = flat, Layering.of(flat), sample
        self.found = units(flat, self.layering)
        if not self.found.units:
            raise ValueError(
                "level='neurons' needs parts to draw, but no node of this graph belongs to a "
                'group: compute each part inside `with group("name"):`, build it from nn\'s '
                "modules, or draw it with level='scalars'"
            )
        self.samples = self.found.samples
        if sample is not None and not 0 <= sample < self.samples:
            raise ValueError(
                f"sample must be from 0 to {self.samples - 1}, the samples in this graph, got "
                f"{sample!r}"
            )
        self.chosen = None if sample is None else self.found.sample(flat, sample)
        self.drawn_samples = self.samples if sample is None else 1
        self.card_of: dict[int, str] = {}
        self.number_card: dict[tuple[int, int], str] = {}  # of a plain number, by user and position
        self.samples_of: dict[str, int] = {}  # by which the numbers of a card are divided

    def content(self) -> Neurons:
        columns = [self._inputs(), *self._layers(), self._result()]
        arrows, inner = self._arrows()
        columns = [
            replace(
                column,
                cards=tuple([replace(c, elsewhere=inner.get(c.id)) for c in column.cards]),
            )
            for column in columns
            if column.cards
        ]
        return Neurons(
            **summary(self.flat),
            cards=tuple(card for column in columns for card in column.cards),
            arrows=arrows,
            columns=tuple(columns),
            samples=self.samples,
            sample=self.sample,
        )

    def _is_drawn(self, i: int) -> bool:
        return self.chosen is None or i in self.chosen

    def _gradient(self, id: str, *together: Sequence[int]) -> float | None:
        """The gradients of the nodes of a card, added up and divided by the number of samples.

        What all samples have in common (a loss in a group, a leaf that it takes) is there once, and
        is not divided.
        """
        count = self.samples_of[id] = max(1, min(self.drawn_samples, max(map(len, together))))
        total = self._total(i for nodes in together for i in nodes)
        return total / count if self.flat.computed else None

    def _total(self, nodes: Iterable[int]) -> float:
        return sum((self.flat.gradients[i] or 0.0 for i in nodes), 0.0)

    # Cards

    def _layers(self) -> list[NeuronColumn]:
        """A column for each layer, and one for each operation between layers."""
        columns: list[NeuronColumn] = []
        for number, layer in enumerate(self.layering.layers):
            inside = [unit for unit in self.found.units if unit.layer == number]
            titled = [(self._unit_title(unit, inside, k), unit) for k, unit in enumerate(inside)]
            shown = _largest(f"l{number}u", titled, lambda unit: self._total(unit.outputs))
            cards = [self._neuron(*card) for card in shown]
            parameters = {j for unit in inside for j in unit.parameters}
            sent = self._to_parameters(parameters)
            norm = math.hypot(*sent.values()) if self.flat.computed and sent else None
            columns.append(NeuronColumn(layer.path, tuple(cards), len(parameters), norm))
        between = [unit for unit in self.found.units if unit.layer == NONE]
        for k, unit in enumerate(between):
            title = self._operations(unit.members)
            columns.append(NeuronColumn("", (self._neuron(f"b{k}", title, [unit], "operation"),)))
        return columns

    def _neuron(
        self, id: str, title: str, together: Sequence[Unit], role: str = "neuron"
    ) -> NeuronCard:
        drawn = [list(filter(self._is_drawn, unit.outputs)) for unit in together]
        outputs = [i for part in drawn for i in part]
        self.card_of.update({i: id for unit in together for i in unit.members})
        known = [
            self._activation(i, unit)
            for unit, part in zip(together, drawn, strict=True)
            for i in part
        ]
        bent = [(symbol, slope, steepest) for symbol, slope, steepest in known if slope is not None]
        one = len(together) == 1
        seen = bent if one and bent else known  # a neuron whose z is used too is no linear one
        each = len(outputs) / self.drawn_samples
        values = [self.flat.nodes[i]._number for i in outputs]
        return NeuronCard(
            id=id,
            title=title,
            symbol=seen[0][0] if len({symbol for symbol, _, _ in seen}) == 1 else "",
            role=role,
            value=math.fsum(values) / (len(values) or 1) if one and each <= 1 else None,
            gradient=self._gradient(id, *drawn),
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
        slope, applied = 1.0, []
        i = output
        while len(operands := {j for j in self.flat.operands[i] if j != PLAIN}) == 1:
            (j,) = operands
            if j not in unit.members or not self.flat.operands[j]:
                break
            slope *= math.fsum(p or 0.0 for k, p in self.flat.edges(i) if k == j)
            applied.append(self.flat.nodes[i].operation)
            i = j
        bent = [op for op in applied if op is not None and not op.additive and op is not div]
        if not bent:
            return "", None, 1.0
        if len(applied) > 1:
            return "f", slope, 1.0
        return bent[0].symbol, slope, bent[0].steepest or 1.0

    def _weights(self, unit: Unit) -> tuple[Weight, ...]:
        sent = self._to_parameters(set(unit.parameters))
        weights = []
        for k, j in enumerate(unit.parameters):
            node = self.flat.nodes[j]
            title, grad = node.label or f"w{subscript(k + 1)}", node._grad
            gradient = sent.get(j, 0.0) if self.flat.computed else None
            if grad is None or gradient is None or math.isclose(grad, gradient, rel_tol=1e-9):
                grad = None
            weights.append(Weight(title, node._number, gradient, grad))
        return tuple(weights)

    def _to_parameters(self, parameters: set[int]) -> dict[int, float]:
        """What the drawn samples send to some parameters."""
        if self.chosen is None:
            return {j: self.flat.gradients[j] or 0.0 for j in parameters}
        sent: dict[int, float] = {}
        for i in self.chosen:
            g = self.flat.gradients[i]
            for j, p in self.flat.edges(i):
                if j in parameters and p is not None and g is not None:
                    sent[j] = sent.get(j, 0.0) + g * p
        return sent

    def _inputs(self) -> NeuronColumn:
        found = inputs(self.flat, self.found, self._is_drawn)
        titled = [(taken.title(self.flat, k), taken) for k, taken in enumerate(found)]
        shown = _largest("i", titled, lambda taken: self._total(taken.leaves))
        return NeuronColumn("", tuple([self._input(*card) for card in shown]))

    def _input(self, id: str, title: str, together: Sequence[Input]) -> NeuronCard:
        leaves = [self.flat.nodes[j] for taken in together for j in taken.leaves]
        numbers = [x for taken in together for x in taken.numbers]
        numbers += [leaf._number for leaf in leaves]
        self.card_of.update({j: id for taken in together for j in taken.leaves})
        self.number_card.update({use: id for taken in together for use in taken.uses})
        constant = all(leaf.role == "constant" for leaf in leaves)
        one = len(together) == 1
        each = len(numbers) / self.drawn_samples if one else 1.0
        gradient = self._gradient(id, *(taken.leaves for taken in together))
        return NeuronCard(
            id=id,
            title=title,
            symbol="const" if constant else "input",
            role="input",
            value=math.fsum(numbers) / len(numbers) if one and each <= 1 else None,
            gradient=None if constant else gradient,
            count=len(together),
            outputs=each,
        )

    def _result(self) -> NeuronColumn:
        """What lies above the layers: the loss."""
        last = len(self.flat.nodes) - 1
        if self.found.unit_of[last] != NONE:
            return NeuronColumn("", ())
        unit_of, operands = self.found.unit_of, self.flat.operands
        above = [i for i in range(last + 1) if operands[i] and unit_of[i] == NONE]
        self.card_of.update(dict.fromkeys(above, "r0"))
        result = self.flat.nodes[last]
        title, symbols = result.label or LAST, self._operations(above)
        gradient = self.flat.gradients[last] if self.flat.computed else None
        return NeuronColumn(
            "", (NeuronCard("r0", title, symbols, "result", result._number, gradient),)
        )

    def _arrows(self) -> tuple[tuple[Arrow, ...], dict[str, float]]:
        """The arrows between cards, and what the cards send to their own outputs."""
        outputs = {i for unit in self.found.units for i in unit.outputs}
        sent: dict[tuple[str, str], list[tuple[float | None, float]]] = {}
        inner: dict[str, float] = {}
        for i, user in sorted(self.card_of.items()):
            if not (self._is_drawn(i) or user == "r0"):
                continue
            g = self.flat.gradients[i]
            for at, (j, p) in enumerate(self.flat.edges(i)):
                operand = self.number_card.get((i, at)) if j == PLAIN else self.card_of.get(j)
                if operand is None or (j != PLAIN and not self._is_drawn(j)):
                    continue
                share = 0.0 if g is None or p is None else g * p
                if operand != user:
                    sent.setdefault((user, operand), []).append((p, share))
                elif j in outputs:
                    inner[user] = inner.get(user, 0.0) + share
        arrows: list[Arrow] = []
        for (user, operand), shares in sent.items():
            locals = {p for p, _ in shares}
            total, kind = None, "constant" if locals == {None} else "gradient"
            if self.flat.computed and kind == "gradient":
                total = sum((share for _, share in shares), 0.0) / self.samples_of.get(operand, 1)
            local = locals.pop() if len(locals) == 1 else None
            arrows.append(Arrow(f"e{len(arrows)}", user, operand, total, kind, local))
        if not self.flat.computed:
            return tuple(arrows), {}
        return tuple(arrows), {id: total / self.samples_of[id] for id, total in inner.items()}

    # Names

    def _unit_title(self, unit: Unit, inside: Sequence[Unit], k: int) -> str:
        """The name of the unit's own group, if it has the group alone; else n and its number."""
        name = self.layering.groups[unit.group].name
        numbered = re.fullmatch(r"neuron (\d+)", name)
        if numbered:
            return f"n{subscript(int(numbered[1]))}"
        alone = sum(other.group == unit.group for other in inside) == 1
        return name if alone else f"n{subscript(k + 1)}"

    def _operations(self, members: Sequence[int]) -> str:
        """The symbols of a few operations, else their number."""
        symbols = list(dict.fromkeys(symbol_of(self.flat.nodes[i]) for i in members))
        return ", ".join(symbols) if len(symbols) <= 3 else f"{len(members)} operations"


def _largest(
    prefix: str, titled: list[tuple[str, T]], size: Callable[[T], float]
) -> list[tuple[str, str, list[T]]]:
    """The id of each card, its title, what it stands for: all, where a column has room for them;
    else the largest in their order, and one card for the rest.
    """
    order = sorted(range(len(titled)), key=lambda k: -abs(size(titled[k][1])))
    kept = sorted(order if len(titled) <= MOST else order[:SHOWN])
    found = [(f"{prefix}{n}", titled[k][0], [titled[k][1]]) for n, k in enumerate(kept)]
    rest = [one for k, (_, one) in enumerate(titled) if k not in kept]
    return [*found, (f"{prefix}rest", f"{len(rest)} more", rest)] if rest else found
