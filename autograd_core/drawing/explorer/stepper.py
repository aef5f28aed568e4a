"""`explore`: the forward and the backward pass step by step, in a notebook or on a page."""

from __future__ import annotations

import hashlib
import html
import importlib.util
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...engine.naming import in_order, names
from ...engine.node import Node
from ...engine.shifts import stand_ins
from ...engine.value import Value
from ...primitives.arithmetic import where
from ..explain import forward_line
from ..graph.grouping import groups
from ..graph.replay import replay
from ..graph.stale import stale
from ..graph.walk import Flat
from ..levels import scalar_drawing
from ..picture import Picture, wanted
from ..render.canvas import Look
from ..render.embedding import INLINE, still
from ..render.graphviz_program import RenderError
from ..render.notation import signed, significant, visible_text
from ..render.timeline import AnimationStep
from ..scalars.dot import product
from ..scalars.model import Scalars
from ..scalars.selection import Options
from .parts import script, style

if TYPE_CHECKING:
    from .widget import Stepper

ABOUT = "Values forward, gradients back, step by step"
DECIDED = (
    "The condition of where still belongs to the old numbers. If it depends on what was "
    "changed, compute and explore anew."
)


class Explorer:
    """Both passes to step through, as `explore` returns them. Notebooks show the steps.

    Args:
        value: the result of a computation.
        options: what of the graph is drawn.
        title: the title; empty for one that says what is drawn.

    Example:
        >>> from autograd_core import Value, explore
        >>> explorer = explore(Value(3.0, "w") * 2.0)
        >>> [leaf["title"] for leaf in explorer.frames()["leaves"]]
        ['w']
    """

    def __init__(self, value: Node, options: Options, title: str = "") -> None:
        self.forward = in_order(value)
        self.options, self.title = options, title
        self._widget: Stepper | None = None

    def picture(self, changes: Mapping[int, float] | None = None) -> Picture:
        """Return the drawing that is stepped through, after a backward pass.

        It warns where the graph has a `where`, whose condition stays as it was recorded.

        Args:
            changes: other numbers for leaves, by their index in `.forward`.

        Returns:
            The Picture, as of `draw`.

        Raises:
            ValueError: the graph has more cards than the limit.
        """
        return self._drawn(changes or {})[0]

    def _drawn(self, changes: Mapping[int, float]) -> tuple[Picture, Flat, list[Value]]:
        """The drawing, and the graph with the other numbers; the copies of `.forward` in it."""
        copies = replay(self.forward, changes, stand_ins(self.forward))
        if copies[-1].operation is not None:
            copies[-1].backward()
        copy_of = dict(zip(self.forward, copies, strict=True))
        options = self.options._replace(focus=tuple([copy_of[node] for node in self.options.focus]))
        look = Look(self.title, warning=self._decided(changes), turnable=True)
        flat = Flat.of(copies[-1])
        with significant(options.digits):
            return Picture(scalar_drawing(flat, options, look, "explore")), flat, copies

    def _decided(self, changes: Mapping[int, float]) -> str:
        """The warning, where other numbers might have taken another branch."""
        if not any(map(_has_condition, self.forward)):
            return ""
        changed = any(
            k in changes and changes[k] != node._number for k, node in enumerate(self.forward)
        )
        return DECIDED if changed or stale(self.forward) else ""

    def frames(self, changes: Mapping[int, float] | None = None) -> dict[str, Any]:
        """Return the drawing and its steps as data.

        Args:
            changes: other numbers for leaves, by their index in `.forward`.

        Returns:
            The drawing ("svg"), the gradients of its cards ("cards"), what is computed in each
            step of the forward pass ("forward"), who sends what to whom in each step of the
            backward pass ("steps"), what the result is called ("result"), and the leaves that can
            be changed ("leaves").

        Raises:
            ValueError: the graph has more cards than the limit.
            RenderError: Graphviz is not installed, or could not draw the picture.
        """
        with significant(self.options.digits):
            return self._frames(*self._drawn(changes or {}))

    def _frames(self, drawn: Picture, flat: Flat, copies: Sequence[Value]) -> dict[str, Any]:
        content = drawn.content
        known = names(flat.nodes, groups(flat))
        named = {node: visible_text(name, 60) for node, name in known.items()}
        assert isinstance(content, Scalars), "explore draws scalars"
        return {
            "svg": drawn.svg(),
            "cards": {
                card.id: signed(card.gradient)
                for card in content.cards
                if card.gradient is not None
            },
            "forward": list(_forward(content, known, named)),
            "steps": list(_steps(drawn.steps, content)),
            "result": named[flat.nodes[-1]],
            "leaves": [
                {
                    "place": k,
                    "title": named[node],
                    "role": node.role,
                    "value": node._number,
                }
                for k, (given, node) in enumerate(zip(self.forward, copies, strict=True))
                if given.role in ("input", "parameter") and node in named
            ],
        }

    def widget(self) -> Stepper:
        """Return the live stepper, in which the numbers of the leaves can be changed.

        Returns:
            A widget for notebooks.

        Raises:
            MissingExtra: the package anywidget is not installed.
        """
        if self._widget is None:
            from .widget import Stepper

            self._widget = Stepper(self.frames)
        return self._widget

    def html(self) -> str:
        """Return a page that steps through the passes without Python. Its numbers are fixed.

        Returns:
            An HTML document in one piece, which loads nothing.

        Raises:
            ValueError: the graph has more cards than the limit.
            RenderError: Graphviz is not installed, or could not draw the picture.
        """
        title = html.escape(visible_text(self.title or ABOUT, 300))
        head = (
            '<meta charset="utf-8"><meta name="viewport" '
            f'content="width=device-width"><title>{title}</title>'
        )
        scheme = "<style>:root{color-scheme:light dark}body{margin:1rem}</style>"
        return (
            "<!DOCTYPE html>\n<html "
            f'lang="en"><head>{head}{scheme}</head><body>{self._fragment()}</body></html>\n'
        )

    def save(self, path: str | Path) -> str:
        """Write the page of `html()` to a file.

        Args:
            path: the path; its suffix is .html or .htm.

        Returns:
            The path of the file.

        Raises:
            ValueError: the suffix is another one, or the graph has more cards than the limit.
            RenderError: Graphviz is not installed, or could not draw the picture.
        """
        if Path(path).suffix.lower() not in (".html", ".htm"):
            raise ValueError(
                f"a page to step through is saved as .html, got {str(path)!r}; "
                "a picture is made by draw(value).save('picture.png')"
            )
        Path(path).write_text(self.html(), "utf-8")
        return str(path)

    def _fragment(self, live: str = "") -> str:
        """The same for a place inside a page. Without scripts, the drawing is left. `live` is the
        id of the widget that computes other numbers.
        """
        frames = self.frames()
        drawing = still(frames.pop("svg"), self.title or ABOUT)
        data = json.dumps(frames).replace(
            "<", "\\u003c"
        )  # nothing that the page could take for a tag
        name = hashlib.sha256((drawing + data).encode("utf-8", "replace")).hexdigest()[:12]
        code = script().replace("export default", "const stepper =")
        find = f"document.querySelectorAll('[data-autograd-core=\"{name}\"]:not([data-mounted])')"
        start = (
            f"for (const place of {find}) {{ place.dataset.mounted = 1; "
            f"inline(place.querySelector('img')); revive(place, {data}, '{live}'); }}"
        )
        run = f"<script>(() => {{\n{INLINE}\n{code}\n{start}\n}})();</script>"
        css = style()
        return (
            f'<style>{css}</style><div class="autograd-core-stepper" data-autograd-core="{name}">'
            f"<div>{drawing}</div></div>{run}"
        )

    def _repr_html_(self) -> str:
        return self._fragment()

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None, **_: Any
    ) -> dict[str, Any]:
        """The page, which is all that a saved notebook needs; a text where drawing fails. Where a
        kernel answers, the page finds its widget in the browser.
        """
        try:
            live = _live() and importlib.util.find_spec("anywidget") is not None
            page = self._fragment(self.widget().id if live else "")
            bundle = {"text/html": page, "text/plain": repr(self)}
        except RenderError as error:
            return {"text/plain": f"{self!r}\n{error}"}
        return wanted(bundle, include, exclude)

    def __repr__(self) -> str:
        return f"<Explorer of {len(self.forward)} nodes: .html() is a page to step through>"


def _has_condition(node: Node) -> bool:
    """Whether a node chose between two by a condition that is a plain number, and not computed
    in the graph.
    """
    return node.operation is where and not isinstance(node.operands[0], Node)


def _live() -> bool:
    """Whether somebody sits before the notebook that this Python answers: a run that only executes
    it (nbclient, nbconvert) allows no typing, and what it saves should not depend on a kernel."""
    shell = sys.modules.get("IPython")
    kernel = getattr(shell.get_ipython(), "kernel", None) if shell is not None else None
    return kernel is not None and bool(getattr(kernel, "_allow_stdin", True))


def _forward(
    content: Scalars, known: dict[Node, str], named: dict[Node, str]
) -> Iterator[dict[str, Any]]:
    """Each step of the forward pass: what is computed, from which arrows, and how. The nodes are
    found by their `known` names, and written by those that may be cut.
    """
    nodes = {name: node for node, name in known.items()}
    into: dict[str, list[str]] = {}
    for arrow in content.arrows:
        into.setdefault(arrow.user, []).append(arrow.id)
    for card in content.cards:
        if card.role == "operation":
            line = forward_line([nodes[card.name]], named)
            arrows = into.get(card.id, [])
            yield {"cards": [card.id], "arrows": arrows, "head": line, "lines": []}


def _steps(steps: Iterable[AnimationStep], content: Scalars) -> Iterator[dict[str, Any]]:
    """Each step: who acts, along which arrows, the products in words, and what the cards have
    received so far.
    """
    cards = {card.id: card for card in content.cards}
    arrows = {arrow.id: arrow for arrow in content.arrows}
    received = {card.id: card.elsewhere or 0.0 for card in content.cards}
    waiting = {
        card.id: sum(arrow.carries for arrow in content.into(card)) for card in content.cards
    }
    for step in steps:
        (actor,) = (cards[id] for id in step.cards)
        lines = []
        for arrow in (arrows[id] for id in step.arrows):
            received[arrow.operand] += arrow.contribution or 0.0
            waiting[arrow.operand] -= 1
            to, sent = visible_text(cards[arrow.operand].name, 60), product(arrow)
            lines.append(f"to {to}: {sent}" if sent else f"to {to}")
        gradient, title = signed(actor.gradient or 0.0), visible_text(actor.name, 60)
        yield {
            "cards": step.cards,
            "arrows": step.arrows,
            "reached": step.reached,
            "head": f"{title} has its whole gradient, {gradient}, and sends it on:",
            "lines": lines,
            "sums": {id: signed(received[id]) for id in step.reached if waiting[id]},
            "complete": [id for id in step.reached if not waiting[id]],
        }
