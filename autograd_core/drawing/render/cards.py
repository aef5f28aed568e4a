"""What a picture shows, as pure data: cards, and the edges between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...engine.context import Group


@dataclass(frozen=True)
class Edge:
    """The chain rule on the way from a node to one of its operands: contribution = local ×
    upstream.

    `flow` is "gradient", or why there is none: "constant", "not taken"; "norm" between two folded
    groups, where `contribution` is the size of all that is sent. All numbers but `local` are None
    before a backward pass. `row` is the row of the user's card from which the edge starts.
    """

    id: str
    user: str
    operand: str
    local: float | None
    upstream: float | None
    contribution: float | None
    flow: str = "gradient"
    row: str | None = None


@dataclass(frozen=True)
class Term:
    """One operand inside a row: its title, and the edge to its card (None for a number, or
    where no card is drawn).
    """

    title: str
    local: float | None
    contribution: float | None
    edge: str | None


@dataclass(frozen=True)
class Row:
    """One product of a dot, or one term of another operation over many operands."""

    value: float
    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Card:
    """One node.

    `gradient` is that of the last sweep, None before any. The contributions of the edges into the
    card and `elsewhere`, which comes from nodes that are not drawn, sum to it. `accumulated` is
    `.grad` where that differs. `slope` is the local derivative of a saturated activation. `rest`
    counts the products that have no row, and gives their sum where they are added; `hidden` counts
    the operands that are not drawn.
    """

    id: str
    title: str
    symbol: str
    role: str
    value: float
    gradient: float | None = None
    accumulated: float | None = None
    elsewhere: float | None = None
    group: Group | None = None
    rows: tuple[Row, ...] = ()
    rest: tuple[int, float | None] | None = None
    hidden: int = 0
    taken: bool = True
    slope: float | None = None
    result: bool = False


@dataclass(frozen=True)
class Fold:
    """A group folded into one card; `norm` is the size of the gradient of its parameters.

    An edge that leaves it has no local derivative: it carries the sum of what its nodes send to a
    card.
    """

    id: str
    title: str
    group: Group | None
    nodes: int
    parameters: int
    norm: float | None


@dataclass(frozen=True)
class View:
    """The scalar level of a graph: its cards, folded groups and edges, and the first number that is
    not finite, in words.

    With `constants_inside` the constants stand in the symbols of the operations that use them, and
    have no cards.
    """

    name: str
    cards: tuple[Card, ...]
    folds: tuple[Fold, ...]
    edges: tuple[Edge, ...]
    computed: bool
    alarm: str
    nodes: int
    constants_inside: bool = False

    def card(self, title: str) -> Card:
        """The first card with that title, or with that id."""
        return next(card for card in self.cards if title in (card.title, card.id))

    def into(self, card: Card | Fold) -> list[Edge]:
        """The edges along which the gradient comes into a card."""
        return [edge for edge in self.edges if edge.operand == card.id]

    def numbers(self) -> Iterator[float]:
        """Every gradient and contribution shown."""
        yield from (card.gradient for card in self.cards if card.gradient is not None)
        yield from (edge.contribution for edge in self.edges if edge.contribution is not None)
