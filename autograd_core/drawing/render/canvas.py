"""The pieces of a picture as Graphviz's HTML-like labels: escaped text, cards, numbers on
arrows, the legend.
"""

from __future__ import annotations

from collections.abc import Sequence

from .cards import Card, Edge, Fold, Row
from .notation import BACKSLASH, LONGEST, number, signed, visible_text
from .theme import STEPS, THEMES, Scale, text_role

ROLES = {"input": "input", "parameter": "param", "constant": "const"}
COMPACT = 16


def escaped(text: str, longest: int = LONGEST) -> str:
    """The same, for a place inside markup: every character with a meaning there as a number.

    Graphviz expands \\N and the like even there: a character of no width keeps backslash and letter
    apart.
    """
    apart = visible_text(text, longest).replace("\\", BACKSLASH)
    return "".join(f"&#{ord(c)};" if c in "&<>\"'\\[]{}|" else c for c in apart)


class Canvas:
    """Writes the pieces of a picture in the colours of a theme; `tips` are the tooltips, by id."""

    def __init__(self, theme: str, scale: Scale, compact: bool = False) -> None:
        self.colour, self.scale, self.compact = THEMES[theme], scale, compact
        self.tips: dict[str, str] = {}

    def text(self, text: str, role: str = "ink", size: float = 10, bold: bool = False) -> str:
        text = text or "&#160;"  # Graphviz takes an empty one for an error
        inner = f"<B>{text}</B>" if bold else text
        return f'<FONT COLOR="{self.colour[role]}" POINT-SIZE="{size:g}">{inner}</FONT>'

    def legend(self, unit: str) -> str:
        """The colours from the most negative to the most positive gradient."""
        roles = (
            [f"blue {i}" for i in range(STEPS, 0, -1)]
            + ["zero"]
            + [f"orange {i}" for i in range(1, STEPS + 1)]
        )
        chips = "".join(
            f'<TD BGCOLOR="{self.colour[r]}" WIDTH="20" HEIGHT="10" FIXEDSIZE="TRUE"></TD>'
            for r in roles
        )
        low, high = (
            f"<TD>{self.text(signed(x), 'muted', 9)}</TD>"
            for x in (-self.scale.high, self.scale.high)
        )
        note = self.text(
            f"&#160; {unit}, log steps, palest below {number(self.scale.palest)}", "muted", 9
        )
        return (
            '<TABLE BORDER="0" CELLSPACING="2" '
            f'CELLPADDING="1"><TR>{low}{chips}{high}<TD>{note}</TD></TR></TABLE>'
        )

    def heading(
        self, title: str, lines: Sequence[str], legend: str, alarm: str, warning: str = ""
    ) -> str:
        """The title block of the picture."""
        rows = [self.text(escaped(title, 120), size=15, bold=True)]
        for text, fill, ink in ((alarm, "alarm", "on alarm"), (warning, "amber fill", "ink")):
            if text:
                rows.append(
                    '<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="3" '
                    f'BGCOLOR="{self.colour[fill]}"><TR><TD ALIGN="LEFT">'
                    f"{self.text('⚠ ' + escaped(text, 160), ink, 10, bold=True)}</TD></TR></TABLE>"
                )
        rows += [self.text(escaped(line, 200), "muted", 9) for line in lines]
        rows += [legend] if legend else []
        cells = "".join(f'<TR><TD ALIGN="LEFT">{row}</TD></TR>' for row in rows)
        return f'<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="2">{cells}</TABLE>'

    def start(self, heading: str, graph: str, edge: str) -> list[str]:
        """The first lines of the DOT text; `graph` and `edge` are the attributes of one level."""
        look = f'bgcolor="{self.colour["page"]}" fontname="Arial" splines=spline'
        return [
            "digraph autograd {",
            f"graph [{look} {graph} labeljust=l labelloc=t label=<{heading}>]",
            f'node [fontcolor="{self.colour["ink"]}" fontname="Arial" fontsize=10 shape=plain]',
            f'edge [fontname="Arial" {edge}]',
        ]

    def chip(self, name: str, x: float | None) -> str:
        """A gradient on the colour of its sign and size."""
        fill, ink = self.scale.fill(x)
        written = (
            self.text("not computed", ink, 9) if x is None else self.text(signed(x), ink, bold=True)
        )
        warning = "⚠ " if fill == "alarm" else ""
        return (
            f'<TR><TD COLSPAN="2" BGCOLOR="{self.colour[fill]}" STYLE="ROUNDED" CELLPADDING="0">'
            '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2"><TR>'
            f'<TD ALIGN="LEFT" WIDTH="30">{self.text(warning + name, ink, 9)}</TD>'
            f'<TD ALIGN="RIGHT" WIDTH="42">{written}</TD></TR></TABLE></TD></TR>'
        )

    def pair(self, name: str, written: str, size: float = 10, role: str = "ink") -> str:
        return (
            f'<TR><TD ALIGN="LEFT">{self.text(name, "muted", 9)}</TD><TD '
            f'ALIGN="RIGHT">{self.text(written, role, size)}</TD></TR>'
        )

    def across(self, text: str) -> str:
        return f'<TR><TD COLSPAN="2">{self.text(text, "muted", 8)}</TD></TR>'

    def card(self, card: Card) -> str:
        """One node as a table."""
        if self.compact and card.role in ("input", "parameter") and card.taken:
            return self._line(card)
        role = ROLES.get(card.role)
        corner = (
            self.text(role, "muted", 8)
            if role
            else self.text(escaped(card.symbol), "muted", 13 if len(card.symbol) < 4 else 9)
        )
        head = (
            f'<TR><TD ALIGN="LEFT">{self.text(escaped(card.title), bold=True)}</TD><TD '
            f'ALIGN="RIGHT">{corner}</TD></TR>'
        )
        body = [head, self._rows(card)]
        if (
            card.role != "constant"
            or card.gradient is not None
            or card.title.replace("\u2212", "-") != f"{card.value:.6g}"
        ):
            body.append(
                self.pair(("⚠ " if not finite(card.value) else "") + "value", number(card.value))
            )
        if card.role != "constant" or card.gradient is not None:
            body.append(
                self.chip("grad", card.gradient)
                if card.taken
                else self.across("not taken, no gradient")
            )
        if card.slope is not None:
            body.append(self.across(f"saturated, {escaped(card.symbol)}′ = {number(card.slope)}"))
        if card.accumulated is not None:
            body.append(self.pair(".grad, accumulated", signed(card.accumulated), 9))
        if card.elsewhere is not None:
            body.append(self.pair("from nodes not drawn", signed(card.elsewhere), 9))
        if card.hidden:
            body.append(self.across(f"← {card.hidden} operand{'s' * (card.hidden > 1)} not drawn"))
        return self._frame(card, "".join(body))

    def _line(self, card: Card) -> str:
        """A leaf on one line: name, value, gradient on its colour."""
        fill, ink = self.scale.fill(card.gradient)
        written = "not computed" if card.gradient is None else signed(card.gradient)
        cells = [
            (self.text(escaped(card.title), bold=True), ""),
            (self.text(ROLES[card.role], "muted", 8), ""),
            (self.text(number(card.value)), ' ALIGN="RIGHT" WIDTH="38"'),
            (
                self.text(written, ink, 9, bold=True),
                f' ALIGN="RIGHT" WIDTH="40" STYLE="ROUNDED" BGCOLOR="{self.colour[fill]}"',
            ),
        ]
        extra = [
            '<TR><TD COLSPAN="4" '
            f'ALIGN="RIGHT">{self.text(f"{what} {signed(x)}", "muted", 8)}</TD></TR>'
            for what, x in (
                (".grad, accumulated", card.accumulated),
                ("from nodes not drawn", card.elsewhere),
            )
            if x is not None
        ]
        row = "".join(f"<TD{how}>{what}</TD>" for what, how in cells)
        return self._frame(card, f"<TR>{row}</TR>{''.join(extra)}")

    def _frame(self, card: Card, body: str) -> str:
        """The outline of a card: thick where a number is not finite, dashed where the branch
        was not taken.
        """
        bad = card.taken and not all(map(finite, (card.value, card.gradient)))
        border, width = ("alarm line", 3) if bad else ("border", 1)
        fill = (
            "idle"
            if not card.taken
            else "result"
            if card.result
            else card.role
            if card.role in self.colour
            else "card"
        )
        return (
            f'<TABLE BORDER="{width}" COLOR="{self.colour[border]}" CELLBORDER="0" '
            'CELLSPACING="3" CELLPADDING="2" '
            f'STYLE="{"ROUNDED" if card.taken else "ROUNDED,DASHED"}" '
            f'BGCOLOR="{self.colour[fill]}">{body}</TABLE>'
        )

    def fold(self, fold: Fold) -> str:
        """A folded group: how much is in it, and the size of its gradient."""
        body = [
            '<TR><TD COLSPAN="2" '
            f'ALIGN="LEFT">{self.text("▸ " + escaped(fold.title), bold=True)}</TD></TR>'
        ]
        body.append(self.pair("nodes", f"{fold.nodes:,}"))
        if fold.parameters:
            body.append(self.pair("parameters", f"{fold.parameters:,}"))
            body.append(
                self.pair("‖gradient‖", "not computed" if fold.norm is None else number(fold.norm))
            )
        return (
            f'<TABLE BORDER="2" COLOR="{self.colour["border"]}" CELLBORDER="0" CELLSPACING="3" '
            'CELLPADDING="2" '
            f'STYLE="ROUNDED" BGCOLOR="{self.colour["card"]}">{"".join(body)}</TABLE>'
        )

    def _rows(self, card: Card) -> str:
        """The products of a dot: for each operand its local derivative and its contribution,
        and the product.
        """
        if not card.rows:
            return ""
        cells = "".join(self._row(row, k) for k, row in enumerate(card.rows))
        if card.rest:
            count, total = card.rest
            sent = self.text("" if total is None else signed(total), "muted", 9)
            cells += (
                '<TR><TD PORT="rest" COLSPAN="3" '
                f'ALIGN="LEFT">{self.text(f"{count} more", "muted", 8)}</TD>'
                f'<TD ALIGN="RIGHT">{sent}</TD></TR>'
            )
        return (
            '<TR><TD COLSPAN="2" CELLPADDING="0"><TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" '
            'CELLPADDING="2">'
            f"{cells}</TABLE></TD></TR>"
        )

    def _row(self, row: Row, k: int) -> str:
        lines = []
        for j, term in enumerate(row.terms):
            local = "" if term.local is None else self.text(f"∂ {number(term.local)}", "muted", 8)
            sent = "" if term.contribution is None else self._number(term.contribution)
            first = (
                f'<TD ROWSPAN="{len(row.terms)}" '
                f'ALIGN="RIGHT">{self.text(signed(row.value), size=9)}</TD>'
                if j == 0
                else ""
            )
            lines.append(
                f'<TR><TD PORT="r{k}_{j}" ALIGN="LEFT">{sent}</TD><TD ALIGN="LEFT">{local}</TD>'
                f'<TD ALIGN="LEFT">{self.text(escaped(term.title, 14), size=9)}</TD>{first}</TR>'
            )
        return "".join(lines)

    def _number(self, x: float) -> str:
        return self.text(signed(x), text_role(x), 9, bold=True)

    def edge_label(self, edge: Edge) -> str:
        """The local derivative in grey, below it in bold what flows."""
        if edge.flow == "not taken":
            return (
                f'<TABLE BORDER="0"><TR><TD>{self.text("not taken", "muted", 8)}</TD></TR></TABLE>'
            )
        bad = not all(map(finite, (edge.local, edge.contribution)))
        lines = []
        if edge.local is not None:
            lines.append(self.text(f"∂ {number(edge.local)}", "on alarm" if bad else "muted", 8))
        if edge.flow == "norm" and edge.contribution is not None:
            lines.append(
                self.text(
                    f"‖·‖ {number(edge.contribution)}", "on alarm" if bad else "muted", 9, bold=True
                )
            )
        elif edge.contribution is not None:
            lines.append(
                self.text(
                    signed(edge.contribution),
                    "on alarm" if bad else text_role(edge.contribution),
                    9,
                    bold=True,
                )
            )
        fill = f' BGCOLOR="{self.colour["alarm"]}"' if bad else ""
        side = (
            "" if bad else '<TD WIDTH="4" FIXEDSIZE="TRUE" HEIGHT="4"></TD>'
        )  # keeps other arrows off the numbers
        cells = "".join(f"<TR>{side}<TD>{line}</TD>{side}</TR>" for line in lines)
        space = "" if bad else '<TR><TD HEIGHT="3" FIXEDSIZE="TRUE" WIDTH="3"></TD></TR>'
        return f'<TABLE BORDER="0" CELLPADDING="1" CELLSPACING="0"{fill}>{cells}{space}</TABLE>'


def finite(x: float | None) -> bool:
    return x is None or x - x == 0.0
