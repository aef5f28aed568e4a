"""Pictures of graphs and of the gradient that flows through them, and the backward pass in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ..node import Node
from .explain import explain
from .notation import exact, number
from .scalars import scalars
from .selection import Options
from .views import View
from .walk import forward_order

if TYPE_CHECKING:
    from .picture import Picture

__all__ = ["draw", "explain"]


def draw(
    value: Node,
    *,
    title: str = "",
    theme: str = "auto",
    direction: str = "LR",
    constants: bool = True,
    focus: Node | Iterable[Node] | None = None,
    steps: int = 2,
    terms: int = 8,
    fold: str | Iterable[str] = (),
    limit: int = 150,
) -> Picture:
    """The graph below a value as a picture: a card for each node, on each arrow local derivative and contribution.

    The picture renders itself in notebooks; `.save("picture.svg")` writes a file (SVG, PNG, PDF or DOT), `.source` is
    its DOT text. One SVG serves light and dark pages; `theme="light"` or `"dark"` fixes the colours. `direction` is
    the way from inputs to result: "LR", "RL", "TB" or "BT". `constants=False` hides constants. `focus` is a node (or
    several) around which only what is at most `steps` arrows away is drawn. A dot shows its `terms` largest products.
    `fold` names groups that become one card each.
    A graph of more than `limit` nodes is summarised.

    >>> from autograd_core import Value, draw
    >>> w, x = Value(3.0, "w"), Value(2.0, "x")
    >>> loss = (w * x) ** 2
    >>> loss.backward()
    >>> draw(loss).content.card("w").gradient
    24.0
    """
    _check(value, theme, direction)
    from .picture import Picture

    forward = forward_order(value)
    chosen = () if focus is None else (focus,) if isinstance(focus, Node) else tuple(focus)
    _check_focus(chosen, forward)
    names = (fold,) if isinstance(fold, str) else tuple(fold)
    view = scalars(value, forward, Options(constants, chosen, steps, terms, names, limit))
    name = value.label or "the result"
    if view is None:
        from . import summary

        found = summary.summary(name, forward)
        title = title or f"The graph of {name}"
        description = f"A summary of {found.nodes:,} nodes in {len(found.parts)} parts. {name} = {exact(found.value)}."
        text, tips = summary.source(found, title, theme), {"summary": f"{found.nodes:,} nodes"}
        return Picture(text, title=title, description=description, tips=tips, theme=theme, content=found)
    from .dot import source

    title = title or (f"How the gradient of {name} flows back" if view.computed else f"How {name} was computed")
    drawn = sum(card.role != "constant" for card in view.cards)
    caption = [f"{drawn} of {view.nodes:,} nodes are drawn."] if chosen else []
    text, tips = source(view, title, theme, direction, caption)
    return Picture(text, title=title, description=_description(view, name, value), tips=tips, theme=theme, content=view)


def _description(view: View, name: str, value: Node) -> str:
    """What the picture shows, for those who cannot see it."""
    parts = [f"A computation graph of {len(view.cards)} nodes. {name} = {exact(value.data)}."]
    leaves = [card for card in view.cards if card.role in ("parameter", "input") and card.gradient is not None]
    largest = sorted(leaves, key=lambda card: -abs(card.gradient or 0.0))[:8]
    if largest:
        parts.append("Gradients: " + ", ".join(f"{card.title} {number(card.gradient or 0.0)}" for card in largest) + ".")
    elif not view.computed:
        parts.append("Gradients are not computed yet.")
    return " ".join([*parts, view.alarm]).strip()


def _check(value: object, theme: str, direction: str) -> None:
    if not isinstance(value, Node):
        raise TypeError(f"draw takes a Value, the result of a computation, got {value!r} ({type(value).__name__})")
    for what, given, choices in (("theme", theme, ("auto", "light", "dark")), ("direction", direction, ("LR", "RL", "TB", "BT"))):
        if given not in choices:
            raise ValueError(f"{what} must be one of {', '.join(choices)}, got {given!r}")


def _check_focus(focus: Sequence[object], forward: Sequence[Node]) -> None:
    if not focus:
        return
    known = set(forward)
    for node in focus:
        if not isinstance(node, Node) or node not in known:
            raise ValueError(f"focus must be a Value in the graph that is drawn, got {node!r}; draw a result that depends on it")
