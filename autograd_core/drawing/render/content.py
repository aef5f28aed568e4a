"""What every picture shows, as pure data: cards, and the arrows between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class AnyCard(Protocol):
    """What the cards of all levels have: an id in the drawing, and a title."""

    @property
    def id(self) -> str: ...

    @property
    def title(self) -> str: ...


C = TypeVar("C", bound=AnyCard)


@dataclass(frozen=True)
class Arrow:
    """The chain rule on the way from a card to one of its operands: contribution = local ×
    upstream.

    `kind` is "gradient", or why there is none: "constant", "not taken"; "norm" where `contribution`
    is the size of all that is sent between two groups of nodes. `local` is None where the arrow
    stands for several derivatives, `contribution` and `upstream` before a backward pass. `port` is
    the place on the user's card from which the arrow starts, `rule` says how `local` was
    computed, "" where that is a plain number. `at` is the place on the operand's card where it
    ends.
    """

    id: str
    user: str
    operand: str
    contribution: float | None
    kind: str = "gradient"
    local: float | None = None
    upstream: float | None = None
    port: str = ""
    rule: str = ""
    at: str = ""

    @property
    def carries(self) -> bool:
        """Whether a gradient can flow along it."""
        return self.kind in ("gradient", "norm")


@dataclass(frozen=True, kw_only=True)
class Content(Generic[C]):
    """What a picture shows. `name`, `value` and `gradient` (None before a backward pass) are those
    of the result, `nodes` counts the nodes of the whole graph, and `alarm` names the first number
    that is not finite ("" where all are)."""

    name: str
    value: float
    gradient: float | None
    nodes: int
    alarm: str
    cards: tuple[C, ...]
    arrows: tuple[Arrow, ...]

    @property
    def computed(self) -> bool:
        """Whether a backward pass has computed gradients."""
        return self.gradient is not None

    def card(self, title: str) -> C:
        """The first card with that title, or with that id."""
        return next(card for card in self.cards if title in (card.title, card.id))

    def into(self, card: AnyCard) -> list[Arrow]:
        """The arrows along which the gradient comes into a card."""
        return [arrow for arrow in self.arrows if arrow.operand == card.id]

    def numbers(self) -> Iterator[float]:
        """Every gradient and contribution shown."""
        for card in self.cards:
            gradient = getattr(card, "gradient", None)
            if gradient is not None:
                yield gradient
        yield from (x.contribution for x in self.arrows if x.contribution is not None)
