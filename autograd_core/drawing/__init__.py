"""Pictures of graphs and of the gradient that flows through them, and the backward pass in
words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..engine.gc_pause import collector_paused
from ..engine.node import Node
from .explain import explain
from .graph.walk import Flat, forward_order
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
) -> Picture:
    """The graph below a value as a picture, with the chain rule on each arrow: local × upstream.

    The picture renders itself in notebooks. `.save("picture.svg")` writes a file (SVG, PNG, PDF or
    DOT), `.source` is its DOT text. Where numbers were changed after the graph was recorded, as an
    optimizer's step does, the picture says so: results and gradients still belong to the old ones.

    Args:
        value: the result of a computation, or a compiled program.
        level: "scalars" (a card for each node), "neurons" (a card for each unit of the layers that
            the graph's groups make up), "layers" (a band for each layer: how large its gradients
            are), or "auto" for the first that is readable. Cards that are constants alone are
            written into others where there is no room.
        title: a heading.
        theme: the colours, "light" or "dark"; with "auto" one SVG serves light and dark pages.
        direction: the way from inputs to result, "LR" (scalars, neurons), "RL", "TB" or "BT"
            (layers); "" for the usual one of the level.
        constants: whether constants are drawn; of scalars.
        focus: a node, or several, around which only what is near is drawn; of scalars.
        steps: how many arrows away from the focus a node may be.
        terms: how many products of a dot are drawn, the largest ones; of scalars.
        fold: the name of a group, or several, that become one card each; of scalars.
        sample: the number of the sample of a batch that is drawn instead of the mean; of neurons.
        limit: the largest number of cards for which "auto" draws scalars.

    Returns:
        A picture, with `.svg()`, `.save()`, `.animated()`, `.source` and `.content`.

    Raises:
        TypeError: `value` is not a Value, or an option has another type.
        ValueError: an option is not one of those named here, or the focus is not in the graph.
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
    _check(
        value,
        theme=(theme, ("auto", "light", "dark")),
        direction=(direction, ("", "LR", "RL", "TB", "BT")),
    )
    from .levels import LEVELS, picture
    from .render.canvas import Look

    _check(value, level=(level, ("auto", *LEVELS)))
    chosen = _checked(title, focus, steps=steps, terms=terms, limit=limit)
    folded = (fold,) if isinstance(fold, str) else tuple(fold)
    options = Options(constants, chosen, steps, terms, folded, limit, sample)
    level = "neurons" if sample is not None and level == "auto" else level
    with collector_paused():
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
) -> Explorer:
    """Step through the backward pass below a value: play, pause, a slider, the arrow keys.

    A click on a card jumps to the step in which it acts. The explorer shows itself in notebooks,
    where the numbers of the leaves can be changed (with the package anywidget). It works on a copy:
    nothing is written to `.grad`.

    What Python decided from the old numbers stays decided then: an `if`, and the condition of a
    `where`. A picture with changed numbers and a `where` warns of that; to see another branch,
    compute with the new numbers and explore the result.

    Args:
        value: the result of a computation.
        title: a heading.
        constants: whether constants are drawn.
        focus: a node, or several, around which only what is near is drawn.
        steps: how many arrows away from the focus a node may be.
        terms: how many products of a dot are drawn, the largest ones.
        limit: the largest number of cards.

    Returns:
        An explorer: `.html()` is a page that needs no Python, `.save("steps.html")` writes it.

    Raises:
        TypeError: `value` is not a Value, or an option has another type.
        ValueError: an option is out of range, or the focus is not in the graph.
        MissingExtra: the package graphviz is not installed.

    Example:
        >>> from autograd_core import Value, explore
        >>> w, x = Value(3.0, "w"), Value(2.0, "x")
        >>> explorer = explore((w * x) ** 2)
        >>> explorer
        <Explorer of 4 nodes: .html() is a page to step through>
    """
    _check(value)
    from .explorer.stepper import Explorer

    chosen = _checked(title, focus, steps=steps, terms=terms, limit=limit)
    _check_focus(chosen, forward_order(value))
    return Explorer(value, Options(constants, chosen, steps, terms, (), limit), title)


def _check(value: object, **given: tuple[str, Sequence[str]]) -> None:
    if not isinstance(value, Node):
        raise TypeError(
            f"draw and explore take a Value, the result of a computation, got {value!r} "
            f"({type(value).__name__})"
        )
    for what, (got, choices) in given.items():
        if got not in choices:
            raise ValueError(
                f"{what} must be one of {', '.join(filter(None, choices))}, got {got!r}"
            )


def _checked(title: object, focus: Any, **counts: Any) -> tuple[Any, ...]:
    """The nodes of the focus; an error that names the option that is not what it has to be."""
    if not isinstance(title, str):
        raise TypeError(f"title must be a text, got {title!r} ({type(title).__name__})")
    for what, count in counts.items():
        if not hasattr(count, "__index__"):
            raise TypeError(
                f"{what} must be a whole number, got {count!r} ({type(count).__name__})"
            )
        if count < 0:
            raise ValueError(f"{what} must not be negative, got {count!r}")
    if focus is None or isinstance(focus, Node):
        return () if focus is None else (focus,)
    if not isinstance(focus, Iterable):
        raise TypeError(
            f"focus must be a Value in the graph that is drawn, or several, got {focus!r} "
            f"({type(focus).__name__})"
        )
    return tuple(focus)


def _check_focus(focus: Sequence[object], forward: Sequence[Node]) -> None:
    if not focus:
        return
    known = set(forward)
    for node in focus:
        if not isinstance(node, Node) or node not in known:
            raise ValueError(
                f"focus must be a Value in the graph that is drawn, got {node!r}; draw a result "
                "that depends on it"
            )
