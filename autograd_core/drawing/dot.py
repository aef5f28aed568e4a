"""The DOT text of a picture: ids and escaping of our own, cards as HTML-like tables, numbers on the edges."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..modes import Group
from .notation import BACKSLASH, LONGEST, exact, number, signed, visible_text
from .theme import STEPS, THEMES, Scale, text_role
from .views import Card, Edge, Row, View

ROLES = {"input": "input", "parameter": "param", "constant": "const"}
COMPACT = 16
PORTS = {"LR": ("e", "w"), "RL": ("w", "e"), "TB": ("s", "n"), "BT": ("n", "s")}


def escaped(text: str, longest: int = LONGEST) -> str:
    """The same, for a place inside markup: every character with a meaning there as a number.

    Graphviz expands \\N and the like even there: a character of no width keeps backslash and letter apart.
    """
    apart = visible_text(text, longest).replace("\\", BACKSLASH)
    return "".join(f"&#{ord(c)};" if c in "&<>\"'\\[]{}|" else c for c in apart)


class Canvas:
    """Writes the pieces of a picture in the colours of a theme; `tips` are the tooltips, by id."""

    def __init__(self, theme: str, scale: Scale, compact: bool = False) -> None:
        self.colour, self.scale, self.compact = THEMES[theme], scale, compact
        self.tips: dict[str, str] = {}

    def text(self, text: str, role: str = "ink", size: float = 10, bold: bool = False) -> str:
        inner = f"<B>{text}</B>" if bold else text
        return f'<FONT COLOR="{self.colour[role]}" POINT-SIZE="{size:g}">{inner}</FONT>'

    def legend(self, unit: str) -> str:
        """The colours from the most negative to the most positive gradient."""
        roles = [f"blue {i}" for i in range(STEPS, 0, -1)] + ["zero"] + [f"orange {i}" for i in range(1, STEPS + 1)]
        chips = "".join(f'<TD BGCOLOR="{self.colour[r]}" WIDTH="20" HEIGHT="10" FIXEDSIZE="TRUE"></TD>' for r in roles)
        low, high = (f"<TD>{self.text(signed(x), 'muted', 9)}</TD>" for x in (-self.scale.high, self.scale.high))
        note = self.text(f"&#160; {unit}, log steps, palest below {number(self.scale.palest)}", "muted", 9)
        return f'<TABLE BORDER="0" CELLSPACING="2" CELLPADDING="1"><TR>{low}{chips}{high}<TD>{note}</TD></TR></TABLE>'

    def heading(self, title: str, lines: Sequence[str], legend: str, alarm: str) -> str:
        """The title block of the picture."""
        rows = [self.text(escaped(title, 120), size=15, bold=True)]
        if alarm:
            rows.append(
                f'<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="3" BGCOLOR="{self.colour["alarm"]}"><TR><TD ALIGN="LEFT">'
                f"{self.text('⚠ ' + escaped(alarm, 160), 'on alarm', 10, bold=True)}</TD></TR></TABLE>"
            )
        rows += [self.text(escaped(line, 200), "muted", 9) for line in lines]
        rows += [legend] if legend else []
        cells = "".join(f'<TR><TD ALIGN="LEFT">{row}</TD></TR>' for row in rows)
        return f'<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="2">{cells}</TABLE>'

    def chip(self, name: str, x: float | None) -> str:
        """A gradient on the colour of its sign and size."""
        fill, ink = self.scale.fill(x)
        written = self.text("not computed", ink, 9) if x is None else self.text(signed(x), ink, bold=True)
        warning = "⚠ " if fill == "alarm" else ""
        return (
            f'<TR><TD COLSPAN="2" BGCOLOR="{self.colour[fill]}" STYLE="ROUNDED" CELLPADDING="0">'
            '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2"><TR>'
            f'<TD ALIGN="LEFT" WIDTH="30">{self.text(warning + name, ink, 9)}</TD>'
            f'<TD ALIGN="RIGHT" WIDTH="42">{written}</TD></TR></TABLE></TD></TR>'
        )

    def pair(self, name: str, written: str, size: float = 10, role: str = "ink") -> str:
        return (
            f'<TR><TD ALIGN="LEFT">{self.text(name, "muted", 9)}</TD><TD ALIGN="RIGHT">{self.text(written, role, size)}</TD></TR>'
        )

    def across(self, text: str) -> str:
        return f'<TR><TD COLSPAN="2">{self.text(text, "muted", 8)}</TD></TR>'

    def card(self, card: Card) -> str:
        """One node as a table."""
        if self.compact and card.role in ("input", "parameter") and card.taken:
            return self._line(card)
        role = ROLES.get(card.role)
        corner = (
            self.text(role, "muted", 8) if role else self.text(escaped(card.symbol), "muted", 13 if len(card.symbol) < 4 else 9)
        )
        head = f'<TR><TD ALIGN="LEFT">{self.text(escaped(card.title), bold=True)}</TD><TD ALIGN="RIGHT">{corner}</TD></TR>'
        body = [head, self._rows(card)]
        if card.role != "constant" or card.gradient is not None or card.title.replace("\u2212", "-") != f"{card.value:.6g}":
            body.append(self.pair(("⚠ " if not _finite(card.value) else "") + "value", number(card.value)))
        if card.role != "constant" or card.gradient is not None:
            body.append(self.chip("grad", card.gradient) if card.taken else self.across("not taken, no gradient"))
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
            (self.text(written, ink, 9, bold=True), f' ALIGN="RIGHT" WIDTH="40" STYLE="ROUNDED" BGCOLOR="{self.colour[fill]}"'),
        ]
        extra = [
            f'<TR><TD COLSPAN="4" ALIGN="RIGHT">{self.text(f"{what} {signed(x)}", "muted", 8)}</TD></TR>'
            for what, x in ((".grad, accumulated", card.accumulated), ("from nodes not drawn", card.elsewhere))
            if x is not None
        ]
        row = "".join(f"<TD{how}>{what}</TD>" for what, how in cells)
        return self._frame(card, f"<TR>{row}</TR>{''.join(extra)}")

    def _frame(self, card: Card, body: str) -> str:
        """The outline of a card: thick where a number is not finite, dashed where the branch was not taken."""
        bad = card.taken and not all(map(_finite, (card.value, card.gradient)))
        border, width = ("alarm line", 3) if bad else ("border", 1)
        fill = "idle" if not card.taken else "result" if card.result else card.role if card.role in self.colour else "card"
        return (
            f'<TABLE BORDER="{width}" COLOR="{self.colour[border]}" CELLBORDER="0" CELLSPACING="3" CELLPADDING="2" '
            f'STYLE="{"ROUNDED" if card.taken else "ROUNDED,DASHED"}" BGCOLOR="{self.colour[fill]}">{body}</TABLE>'
        )

    def _rows(self, card: Card) -> str:
        """The products of a dot: for each operand its local derivative and its contribution, and the product."""
        if not card.rows:
            return ""
        cells = "".join(self._row(row, k) for k, row in enumerate(card.rows))
        if card.rest:
            count, total = card.rest
            cells += (
                f'<TR><TD PORT="rest" COLSPAN="3" ALIGN="LEFT">{self.text(f"{count} more", "muted", 8)}</TD>'
                f'<TD ALIGN="RIGHT">{self.text(signed(total), "muted", 9)}</TD></TR>'
            )
        return (
            '<TR><TD COLSPAN="2" CELLPADDING="0"><TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">'
            f"{cells}</TABLE></TD></TR>"
        )

    def _row(self, row: Row, k: int) -> str:
        lines = []
        for j, term in enumerate(row.terms):
            local = "" if term.local is None else self.text(f"∂ {number(term.local)}", "muted", 8)
            sent = "" if term.contribution is None else self._number(term.contribution)
            first = f'<TD ROWSPAN="{len(row.terms)}" ALIGN="RIGHT">{self.text(signed(row.value), size=9)}</TD>' if j == 0 else ""
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
            return f'<TABLE BORDER="0"><TR><TD>{self.text("not taken", "muted", 8)}</TD></TR></TABLE>'
        bad = not all(map(_finite, (edge.local, edge.contribution)))
        lines = []
        if edge.local is not None:
            lines.append(self.text(f"∂ {number(edge.local)}", "on alarm" if bad else "muted", 8))
        if edge.contribution is not None:
            lines.append(self.text(signed(edge.contribution), "on alarm" if bad else text_role(edge.contribution), 9, bold=True))
        fill = f' BGCOLOR="{self.colour["alarm"]}"' if bad else ""
        side = "" if bad else '<TD WIDTH="4" FIXEDSIZE="TRUE" HEIGHT="4"></TD>'  # keeps other arrows off the numbers
        cells = "".join(f"<TR>{side}<TD>{line}</TD>{side}</TR>" for line in lines)
        space = "" if bad else '<TR><TD HEIGHT="3" FIXEDSIZE="TRUE" WIDTH="3"></TD></TR>'
        return f'<TABLE BORDER="0" CELLPADDING="1" CELLSPACING="0"{fill}>{cells}{space}</TABLE>'


def _finite(x: float | None) -> bool:
    return x is None or x - x == 0.0


def source(
    view: View, title: str, theme: str = "auto", direction: str = "LR", caption: Sequence[str] = ()
) -> tuple[str, dict[str, str]]:
    """The DOT text of the scalar level, and its tooltips by id: Graphviz would read commands in them."""
    scale = Scale.of(view.numbers())
    canvas = Canvas(theme, scale, compact=len(view.cards) > COMPACT)
    c = canvas.colour
    note = "Gradients are not computed yet: call backward(). On each arrow: ∂ local derivative."
    if view.computed:
        note = "Arrows run the way the gradient runs. On each arrow: ∂ local derivative, then in bold the contribution"
        note += " = local × upstream gradient."
    heading = canvas.heading(title, [note, *caption], canvas.legend("gradient") if view.computed else "", view.alarm)
    lines = [
        "digraph autograd {",
        f'graph [bgcolor="{c["page"]}" fontname="Arial" nodesep=0.22 outputorder=edgesfirst pad=0.25 rankdir={direction} '
        f"ranksep=0.42 splines=spline labeljust=l labelloc=t label=<{heading}>]",
        f'node [fontcolor="{c["ink"]}" fontname="Arial" fontsize=10 shape=plain]',
        f'edge [fontcolor="{c["muted"]}" fontname="Arial" fontsize=8 dir=back arrowtail=normal]',
    ]
    first = {edge.operand: i for i, edge in reversed(list(enumerate(view.edges)))}  # rows and their cards in one order
    lines += _clusters(sorted(view.cards, key=lambda card: first.get(card.id, len(first))), canvas)
    titles = {card.id: card for card in view.cards}
    lines += [_edge(edge, titles, canvas, direction) for edge in view.edges]
    return "\n".join([*lines, "}", ""]), canvas.tips


def _clusters(cards: Iterable[Card], canvas: Canvas) -> list[str]:
    """The cards, those of a group inside its box, boxes inside boxes."""
    lines: list[str] = []
    tree: dict[Group | None, list[Card]] = {None: []}
    for card in cards:
        tree.setdefault(card.group, []).append(card)
    inside: dict[Group | None, list[Group]] = {}
    for part in list(tree):
        while part is not None and part not in inside.setdefault(part.parent, []):
            inside[part.parent].append(part)
            part = part.parent
    stack: list[tuple[Group | None, bool]] = [(None, True)]
    count = 0
    c = canvas.colour
    while stack:
        group, opening = stack.pop()
        if not opening:
            lines.append("}")
            continue
        if group is not None:
            label = canvas.text(escaped(group.name), "muted", 11, bold=True)
            lines.append(
                f'subgraph "cluster_{count}" {{ graph [id="g{count}" color="{c["cluster border"]}" fillcolor="{c["cluster"]}" '
                f'style="rounded,filled" margin=12 labeljust=l label=<{label}>]'
            )
            canvas.tips[f"g{count}"] = group.path
            count += 1
            stack.append((group, False))
        lines += [_node(card, canvas) for card in tree.get(group, ())]
        stack += [(part, True) for part in reversed(inside.get(group, []))]
    return lines


def _node(card: Card, canvas: Canvas) -> str:
    gradient = "not computed" if card.gradient is None else exact(card.gradient)
    canvas.tips[card.id] = f"{card.title}: value {exact(card.value)}, gradient {gradient}"
    return f'"{card.id}" [id="{card.id}" class="node-{card.role}" label=<{canvas.card(card)}>]'


def _edge(edge: Edge, cards: dict[str, Card], canvas: Canvas, direction: str) -> str:
    tail, head = PORTS[direction]
    user, operand = cards[edge.user], cards[edge.operand]
    if edge.row:
        head = f"{edge.row}:{head if direction in ('LR', 'RL') else 'w'}"
    canvas.tips[edge.id] = _product(edge, user, operand)
    role, width = canvas.scale.line(edge.contribution if edge.flow == "gradient" else None)
    dashed = edge.flow == "not taken" or not _finite(edge.contribution)
    inside_row = edge.row and edge.row != "rest"
    label = f" label=<{canvas.edge_label(edge)}>" if edge.flow != "constant" and not inside_row else ""
    arrow = " arrowtail=none" if edge.flow == "constant" else f" arrowsize={0.45 + 0.1 * width:.2f}"
    return (
        f'"{edge.operand}":{tail} -> "{edge.user}":{head} [id="{edge.id}" class="edge-{edge.flow.replace(" ", "-")}"{label} '
        f'color="{canvas.colour[role]}" penwidth={width:.2f}{arrow} style={"dashed" if dashed else "solid"}]'
    )


def _product(edge: Edge, user: Card, operand: Card) -> str:
    """The full product of an edge, in words."""
    way = f"from {user.title} to {operand.title}: "
    if edge.flow != "gradient":
        return way + ("a constant, no gradient flows" if edge.flow == "constant" else "branch not taken, no gradient flows")
    local = f"local {exact(edge.local or 0.0)}"
    if edge.contribution is None or edge.upstream is None:
        return f"{way}{local}, not computed yet"
    return f"{way}{local} × upstream {exact(edge.upstream)} = {exact(edge.contribution)}"
