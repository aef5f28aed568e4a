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
    """The graph below a value as a picture: on each arrow what flows back along it, local
    derivative × upstream.

    `level` is "scalars" (a card for each node), "neurons" (a card for each unit of the layers that
    the graph's groups make up), "layers" (a band for each layer: how large its gradients are), or
    "auto": the first that is readable, scalars for up to `limit` cards, and lines in them where
    there are neurons to draw instead. Where constants alone exceed it, they are written into the
    cards that use them.

    The picture renders itself in notebooks; `.save("picture.svg")` writes a file (SVG, PNG, PDF or
    DOT), `.source` is its DOT text. One SVG serves light and dark pages; `theme="light"` or
    `"dark"` fixes the colours. `direction` is the way from inputs to result: "LR" (scalars,
    neurons), "RL", "TB" or "BT" (layers).

    Of scalars: `constants=False` hides constants. `focus` is a node (or several) around which only
    what is at most `steps` arrows away is drawn. A dot shows its `terms` largest products. `fold`
    names groups that become one card each. Of neurons: `sample=k` draws one sample of a batch
    instead of the mean over all.

    Where numbers were changed after the graph was recorded, as an optimizer's step does, the
    picture says so: results and gradients still belong to the old ones.

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
    """Step through the backward pass below a value: play, pause, forwards, backwards, a slider, the
    arrow keys; a click on a card jumps to the step in which it acts; in a notebook the numbers of
    the leaves can be changed.

    What Python decided from the old numbers stays decided then: an `if`, and the condition of a
    `where`. A picture with changed numbers and a `where` warns of that; to see another branch,
    compute with the new numbers and explore the result.

    It shows itself in notebooks (live with the package anywidget), `.html()` is a page that needs
    no Python, and `.save("steps.html")` writes it. The options are those of `draw`. It works on a
    copy: nothing is written to `.grad`.

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
