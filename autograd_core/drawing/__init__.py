"""Pictures of graphs and of the gradient that flows through them, and the backward pass in
words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..engine.gc_pause import collector_paused
from ..engine.naming import in_order
from ..engine.node import Node
from .explain import explain
from .graph.walk import Flat
from .render.notation import significant
from .scalars.selection import Options

if TYPE_CHECKING:
    from .explorer.stepper import Explorer
    from .picture import Picture

__all__ = ["draw", "explain", "explore"]


def draw(
    value: Node,
    *,
    level: str = "auto",
    title: str = "",
    theme: str = "auto",
    direction: str = "",
    constants: bool = True,
    focus: Node | Iterable[Node] | None = None,
    steps: int = 2,
    terms: int = 8,
    fold: str | Iterable[str] = (),
    sample: int | None = None,
    limit: int = 150,
    digits: int = 3,
) -> Picture:
    """Draw the graph below a value, with the chain rule on its arrows.

    Before a backward pass, arrows point in the direction of the values, and gradients read "not
    computed". After it, they point in the direction of the gradients, and each shows what flows
    back along it: local derivative × upstream gradient. If numbers were changed after the graph was
    recorded, for instance by an optimizer, the picture says so: results and gradients still belong
    to the old numbers. A graph that is too long for a page continues on further lines. There, small
    copies stand for values of earlier lines and for numbers that are used in many places.

    Args:
        value: the result of a computation, or a compiled program.
        level: "scalars" draws a card for each node; "neurons" a card for each unit of the layers
            that the groups of the graph make up; "layers" a band for each layer, which shows how
            large its gradients are. "auto" takes the first that is readable: scalars for up to
            `limit` cards, or lines in them where there are neurons to draw instead.
        title: the title; empty for one that says what is drawn.
        theme: "light" or "dark" fixes the colours; "auto" makes one SVG for light and dark pages.
        direction: from the inputs to the result: "LR" (the default for scalars and
            neurons), "RL", "TB" or "BT" (the default for layers).
        constants: False hides constants, at the level of scalars. If they alone exceed the limit,
            they are written into the cards that use them.
        focus: a node, or several, around which a part of the graph is drawn as scalars.
        steps: how many arrows that part reaches from the focus.
        terms: how many of the products of a dot, or of the operands of another reduction, have a
            row: the largest.
        fold: the name or the path of a group, or several, that become one card each, at the level
            of scalars.
        sample: the sample of a batch that is drawn as neurons, from 0; None for the mean over all.
        limit: the largest number of cards of scalars.
        digits: the significant digits of the numbers, from 1 to 15.

    Returns:
        A Picture, which renders itself in notebooks. `.save("picture.svg")` writes a file (SVG,
        PNG, PDF or DOT), `.source` is its DOT text, `.content` what is drawn, as data.

    Raises:
        TypeError: `value` is not a Value, or an option has the wrong type.
        ValueError: a text is none of those listed, a number is negative, `digits` is not from 1
            to 15, the focus is not in the graph, a group or a sample does not exist, the graph has
            more cards than the limit, or it has no groups to draw as neurons.
        MissingExtra: the package graphviz is not installed.

    Example:
        >>> from autograd_core import Value, draw
        >>> w, x = Value(3.0, "w"), Value(2.0, "x")
        >>> loss = (w * x) ** 2
        >>> loss.backward()
        >>> draw(loss).content.card("w").gradient
        24.0
    """
    if hasattr(value, "as_value"):  # a compiled program
        value = value.as_value()
    _check_value(value)
    _check_choice("theme", theme, "auto", "light", "dark")
    _check_choice("direction", direction, "", "LR", "RL", "TB", "BT")
    from .levels import LEVELS, picture
    from .render.canvas import Look

    _check_choice("level", level, "auto", *LEVELS)
    chosen = _checked(title, focus, steps=steps, terms=terms, limit=limit)
    folded = (fold,) if isinstance(fold, str) else tuple(fold)
    options = Options(constants, chosen, steps, terms, folded, limit, sample)
    level = "neurons" if sample is not None and level == "auto" else level
    with collector_paused(), significant(digits):
        flat = Flat.of(value)
        _check_focus(chosen, flat.nodes)
        return picture(flat, level, options, Look(title, theme, direction))


def explore(
    value: Node,
    *,
    title: str = "",
    constants: bool = True,
    focus: Node | Iterable[Node] | None = None,
    steps: int = 2,
    terms: int = 8,
    limit: int = 150,
    digits: int = 3,
) -> Explorer:
    """Step through the forward pass below a value, and then through the backward pass.

    Arrows point forward while values flow, and back while gradients do. You can play, pause, step
    forward and backward, drag a slider and use the arrow keys. Click a card to jump to the step in
    which it acts. In a notebook with the package anywidget, you can change the numbers of the
    leaves. What Python decided from the old numbers stays as it was: an `if`, and the condition of
    a `where`. A picture with changed numbers and a `where` warns you of that. To see another
    branch, compute with the new numbers and explore the result. This works on a copy: nothing is
    written to `.grad`.

    Args:
        value: the result of a computation.
        title: the title; empty for one that says what is drawn.
        constants: False hides constants.
        focus: a node, or several, around which a part of the graph is drawn.
        steps: how many arrows that part reaches from the focus.
        terms: how many of the products of a dot have a row: the largest.
        limit: the largest number of cards.
        digits: the significant digits of the numbers, from 1 to 15; a line has more where that is
            needed to check it.

    Returns:
        An Explorer, which shows itself in notebooks. `.html()` is a page that needs no Python, and
        `.save("steps.html")` writes it.

    Raises:
        TypeError: `value` is not a Value, or an option has the wrong type.
        ValueError: a number is negative, `digits` is not from 1 to 15, or the focus is not in the
            graph.
        MissingExtra: the package graphviz is not installed.

    Example:
        >>> from autograd_core import Value, explore
        >>> w, x = Value(3.0, "w"), Value(2.0, "x")
        >>> explorer = explore((w * x) ** 2)
        >>> explorer
        <Explorer of 4 nodes: .html() is a page to step through>
    """
    _check_value(value)
    from .explorer.stepper import Explorer

    chosen = _checked(title, focus, steps=steps, terms=terms, limit=limit)
    _check_focus(chosen, in_order(value))
    with significant(digits):  # an error where these are no digits
        options = Options(
            constants, chosen, steps, terms, limit=limit, together=False, digits=digits
        )
    return Explorer(value, options, title)


def _check_value(value: object) -> None:
    if not isinstance(value, Node):
        raise TypeError(
            f"draw and explore take a Value, the result of a computation, got {value!r} "
            f"({type(value).__name__})"
        )


def _check_choice(option: str, given: object, *choices: str) -> None:
    if given not in choices:
        raise ValueError(
            f"{option} must be one of {', '.join(filter(None, choices))}, got {given!r}"
        )


def _checked(title: object, focus: Any, **counts: Any) -> tuple[Any, ...]:
    """The nodes of the focus; an error that names the option that is not what it has to be."""
    if not isinstance(title, str):
        raise TypeError(f"title must be a text, got {title!r} ({type(title).__name__})")
    for option, count in counts.items():
        if not hasattr(count, "__index__"):
            kind = type(count).__name__
            raise TypeError(f"{option} must be a whole number, got {count!r} ({kind})")
        if count < 0:
            raise ValueError(f"{option} must not be negative, got {count!r}")
    if focus is None or isinstance(focus, Node):
        return () if focus is None else (focus,)
    if not isinstance(focus, Iterable):
        raise TypeError(
            f"focus must be a Value in the graph that is drawn, or several, got {focus!r} "
            f"({type(focus).__name__})"
        )
    return tuple(focus)


def _check_focus(focus: Sequence[object], forward: Sequence[Node]) -> None:
    known = set(forward) if focus else ()
    for node in focus:
        if not isinstance(node, Node) or node not in known:
            raise ValueError(
                f"focus must be a Value in the graph that is drawn, got {node!r}; draw a result "
                "that depends on it"
            )
