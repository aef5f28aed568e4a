"""What the drawings of all levels share: the DOT text with its tooltips, the title block, numbers
on the colours of a theme.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .content import Arrow, Content
from .html import LEFT, RIGHT, ROOMY, SPACE, box, cell, escaped, row, table
from .notation import exact, number, signed, visible_text
from .theme import STEPS, THEMES, Scale, text_role

PORTS = {"LR": ("e", "w"), "RL": ("w", "e"), "TB": ("s", "n"), "BT": ("n", "s")}
"""For each direction, where an arrow leaves the operand and where it reaches the user."""


NARROWEST = 230.0
"""The points that a title block takes, however narrow its picture is."""


@dataclass(frozen=True)
class Look:
    """How a picture is to look, and what it warns of. The level chooses what is left empty. A page
    can turn the arrows of a picture that is `turnable`.
    """

    title: str = ""
    theme: str = "auto"
    direction: str = ""
    warning: str = ""
    turnable: bool = False


class Canvas:
    """A drawing while it is made: its DOT text line by line, and what a picture says beside it.

    `tips` are the tooltips by id: Graphviz would read commands in them. `parts` gives for each card
    the part of the drawing in which it stands (itself, or a table of several), in the order of the
    backward pass. `description` says in words what is drawn. Where the user gives no title, it is
    `before` a backward pass, and `after` it, with what flows back in the place of {}.
    """

    def __init__(
        self, content: Content[Any], look: Look, direction: str, before: str, after: str = ""
    ) -> None:
        self.content, self.look = content, look
        title = after.format(self._gradient()) if after and content.computed else before
        self.title = look.title or title
        self.direction = look.direction or direction
        self.colour = THEMES[look.theme]
        self.scale = Scale.of(content.numbers())
        self.lines: list[str] = []
        self.tips: dict[str, str] = {}
        self.parts: dict[str, str] = {}
        self.description = ""

    @property
    def source(self) -> str:
        return "\n".join([*self.lines, "}", ""])

    def start(
        self, notes: Sequence[str], graph: str, edge: str, legend: bool = False, width: float = 640
    ) -> None:
        """The first lines: the title block with its notes, broken into lines of about that width,
        and the attributes of one level.
        """
        look = f'bgcolor="{self.colour["page"]}" fontname="Arial" splines=spline'
        heading = self._heading(notes, legend and self.content.computed, max(NARROWEST, width))
        self.lines += [
            "digraph autograd {",
            f"graph [{look} {graph} labeljust=l labelloc=t label=<{heading}>]",
            f'node [fontcolor="{self.colour["ink"]}" fontname="Arial" fontsize=10 shape=plain]',
            f'edge [fontname="Arial" {edge}]',
        ]

    def _heading(self, notes: Sequence[str], legend: bool, width: float) -> str:
        lines = [self.text(x, size=15, bold=True) for x in _broken(self.title, width / 8.5, 120)]
        alarm, warning = self.content.alarm, self.look.warning
        for text, fill, ink in ((alarm, "alarm", "on alarm"), (warning, "amber fill", "ink")):
            if text:
                how = f'BORDER="0" CELLSPACING="0" CELLPADDING="3" BGCOLOR="{self.colour[fill]}"'
                written = [self.text(x, ink, bold=True) for x in _broken("⚠ " + text, width / 5.6)]
                lines.append(table(how, *[row(cell(x, LEFT)) for x in written]))
        lines += [self.muted(x) for note in notes for x in _broken(note, width / 4.7)]
        lines += [*self._legend(width)] if legend else []
        how = 'BORDER="0" CELLSPACING="0" CELLPADDING="2"'
        return table(how, *[row(cell(line, LEFT)) for line in lines])

    def _legend(self, width: float) -> Iterator[str]:
        """The colours from the most negative to the most positive gradient, and what they say."""
        steps = range(1, STEPS + 1)
        roles = [f"blue {i}" for i in reversed(steps)] + ["zero"] + [f"orange {i}" for i in steps]
        ends = 'FIXEDSIZE="TRUE" WIDTH="46" HEIGHT="12"'
        low, high = (cell(self.muted(signed(x)), ends) for x in (-self.scale.high, self.scale.high))
        chips = [box(14, 10, self.colour[role]) for role in roles]
        how = 'BORDER="0" CELLSPACING="2" CELLPADDING="0"'
        size = f'FIXEDSIZE="TRUE" WIDTH="{2 * 46 + len(chips) * 16 + 6}" HEIGHT="16"'
        yield table(f'{how} ALIGN="LEFT" {size}', row(low, *chips, high))
        note = (
            "colour: size of the gradient, logarithmic, palest below "
            f"{number(self.scale.palest)}; orange positive, blue negative"
        )
        yield from (self.muted(x) for x in _broken(note, width / 4.7))

    def node(self, id: str, label: str, tip: str = "", kind: str = "") -> None:
        """A node of the drawing, with its tooltip where it has one of its own."""
        if tip:
            self.tips[id] = tip
        kind = f' class="{kind}"' if kind else ""
        self.lines.append(f'"{id}" [id="{id}"{kind} label=<{label}>]')

    def arrow(
        self,
        arrow: Arrow,
        way: str,
        tip: str,
        colour: str,
        width: float,
        more: str,
        label: str = "",
    ) -> None:
        """An arrow along a way, dashed where no gradient flows or it is not finite."""
        self.tips[arrow.id] = tip
        label = f" label=<{label}>" if label else ""
        turnable = " turnable" * self.look.turnable
        dashed = arrow.kind == "not taken" or not finite(arrow.contribution)
        self.lines.append(
            f'{way} [id="{arrow.id}" class="edge-{arrow.kind.replace(" ", "-")}{turnable}"'
            f"{label} "
            f'color="{self.colour[colour]}" penwidth={width:.2f}{more} '
            f"style={'dashed' if dashed else 'solid'}]"
        )

    def arrow_between(
        self, arrow: Arrow, operand: str, user: str, tip: str, label: str = ""
    ) -> None:
        """An arrow between operand and user, as wide as its contribution is large."""
        tail, head = PORTS[self.direction]
        if arrow.port:
            head = f"{arrow.port}:{head if self.upright else 'w'}"
        colour, width = self.scale.line(arrow.contribution)
        if arrow.kind == "norm" and finite(arrow.contribution):
            colour = "zero line"
        end = f" arrowsize={0.45 + 0.1 * width:.2f}"
        end = " arrowtail=none" if arrow.kind == "constant" else end
        self.arrow(arrow, f"{operand}:{tail} -> {user}:{head}", tip, colour, width, end, label)

    @property
    def flow(self) -> str:
        """How arrows from operand to user point: the way of the values while only these are
        there, then the way of the gradient.
        """
        way = "back" if self.content.computed else "forward"
        return f"dir={'both' if self.look.turnable else way} arrowtail=normal arrowhead=normal"

    @property
    def upright(self) -> bool:
        """Whether the graph runs from one side to the other, and tables stand upright in it."""
        return self.direction in ("LR", "RL")

    def _gradient(self) -> str:
        """What flows back: of a result its own gradient, of a part of a larger graph the gradient
        that came to it from there.
        """
        g, name = self.content.gradient, self.content.name
        if g is None or g == 1.0:
            return f"gradient of {name}"
        return f"gradient {signed(g)} that came to {name}"

    # Pieces of labels

    def text(self, text: str, role: str = "ink", size: float = 10, bold: bool = False) -> str:
        text = text or SPACE  # Graphviz takes an empty one for an error
        inner = f"<B>{text}</B>" if bold else text
        return f'<FONT COLOR="{self.colour[role]}" POINT-SIZE="{size:g}">{inner}</FONT>'

    def muted(self, text: str, size: float = 9) -> str:
        return self.text(text, "muted", size)

    def contribution(self, x: float, role: str = "") -> str:
        return self.text(signed(x), role or text_role(x), 9, bold=True)

    def frame(self, fill: str, *rows: str, bad: bool = False, width: int = 1, how: str = "") -> str:
        """The outline of a card: thick where a number is not finite."""
        border = "alarm line" if bad else "border"
        return table(
            f'BORDER="{3 if bad else width}" COLOR="{self.colour[border]}" CELLBORDER="0" '
            f'CELLSPACING="3" CELLPADDING="2" STYLE="ROUNDED{how}" BGCOLOR="{self.colour[fill]}"',
            *rows,
        )

    def head(self, title: str, corner: str, formula: str = "") -> str:
        """The first rows of a card: what it is called, and what it was computed from."""
        named = row(cell(self.text(escaped(title), bold=True), LEFT), cell(corner, RIGHT))
        below = cell(self.muted(escaped(visible_text(f"= {formula}"))), 'COLSPAN="2"', LEFT)
        return named + row(below) if formula else named

    def pair(self, name: str, written: str, size: float = 10) -> str:
        return row(cell(self.muted(name), LEFT), cell(self.text(written, size=size), RIGHT))

    def across(self, text: str) -> str:
        return row(cell(self.muted(text), 'COLSPAN="2"'))

    def chip(self, name: str, x: float | None) -> str:
        """A gradient on the colour of its sign and size."""
        fill, ink = self.scale.fill(x)
        written = self.text("not computed", ink, 9)
        written = written if x is None else self.text(signed(x), ink, bold=True)
        warning = "⚠ " if fill == "alarm" else ""
        inner = row(
            cell(self.text(warning + name, ink, 9), LEFT, 'WIDTH="30"'),
            cell(written, RIGHT, 'WIDTH="42"'),
        )
        colour = f'BGCOLOR="{self.colour[fill]}"'
        how = ('COLSPAN="2"', colour, 'STYLE="ROUNDED"', 'CELLPADDING="0"')
        return row(cell(table(ROOMY, inner), *how))

    def bar(self, length: int, height: int, part: float, colour: str, least: int = 0) -> str:
        """A row with the part of a bar filled."""
        full = max(least, min(length, round(length * part))) if finite(part) else length
        cells = [(full, colour), (length - full, "zero")]
        return row(*[box(width, height, self.colour[fill]) for width, fill in cells if width])


def _broken(text: str, letters: float, longest: int = 300) -> list[str]:
    """A text in lines of so many letters, for a place inside markup."""
    lines = textwrap.wrap(visible_text(text, longest), int(letters)) or [""]
    return [escaped(line, longest) for line in lines]


def finite(x: float | None) -> bool:
    return x is None or x - x == 0.0


def value_and_gradient(value: float, gradient: float | None) -> str:
    return f"value {exact(value)}, gradient {or_not_computed(gradient, exact)}"


def or_not_computed(x: float | None, write: Callable[[float], str] = signed) -> str:
    """A gradient written out, or why there is none."""
    return "not computed" if x is None else write(x)


def gradients(named: Sequence[tuple[str, float | None]], computed: bool) -> str:
    """The largest gradients, in words."""
    if not computed:
        return "Gradients are not computed yet."
    known = [(name, g) for name, g in named if g is not None]
    largest = sorted(known, key=lambda pair: -abs(pair[1]))[:8]
    written = ", ".join(f"{name} {number(g)}" for name, g in largest)
    return f"Gradients: {written}." if largest else ""
