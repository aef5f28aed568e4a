"""What a picture of scalars shows, as pure data: a card for each node."""

from __future__ import annotations

from dataclasses import dataclass

from ...engine.context import Group
from ..render.content import Content


@dataclass(frozen=True)
class CardOperand:
    """One operand in a row of a card."""

    title: str
    local: float | None
    contribution: float | None


@dataclass(frozen=True)
class CardRow:
    """One product of a dot, or one operand of another operation over many."""

    value: float
    operands: tuple[CardOperand, ...]


@dataclass(frozen=True)
class Card:
    """One node. `title` is its name inside its box, `name` the whole name, `formula` what it was
    computed from, "" where that is too long.

    `gradient` is that of the last sweep, None before any. The contributions of the arrows into the
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
    name: str = ""
    formula: str = ""
    gradient: float | None = None
    accumulated: float | None = None
    elsewhere: float | None = None
    group: Group | None = None
    rows: tuple[CardRow, ...] = ()
    rest: tuple[int, float | None] | None = None
    hidden: int = 0
    taken: bool = True
    slope: float | None = None
    result: bool = False


@dataclass(frozen=True)
class CallResult:
    """One of several results of a call; `port` is its place on the card."""

    title: str
    port: str
    value: float
    gradient: float | None


@dataclass(frozen=True)
class CallCard:
    """A call with several results, as of a solver.

    An arrow that leaves it has no local derivative: it carries the sum of what all results send to
    an operand.
    """

    id: str
    title: str
    symbol: str
    group: Group | None
    rows: tuple[CardRow, ...]
    results: tuple[CallResult, ...]


@dataclass(frozen=True)
class FoldedGroup:
    """A group folded into one card; `norm` is the size of the gradient of its parameters.

    An arrow that leaves it has no local derivative: it carries the sum of what its nodes send to a
    card.
    """

    id: str
    title: str
    group: Group | None
    nodes: int
    parameters: int
    norm: float | None


@dataclass(frozen=True, kw_only=True)
class Scalars(Content[Card]):
    """The scalar level of a graph.

    With `constants_inside` the constants stand in the symbols of the operations that use them, and
    have no cards.
    """

    folds: tuple[FoldedGroup, ...]
    calls: tuple[CallCard, ...]
    constants_inside: bool
