"""The DOT text of the scalar level: cards in the boxes of their groups, an arrow for each local
derivative.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import pairwise

from ...engine.context import Group
from ..render.canvas import Canvas, Look, finite, gradients, or_not_computed, value_and_gradient
from ..render.checked import Forms, fitting
from ..render.content import Arrow
from ..render.html import LEFT, RIGHT, ROOMY, box, cell, escaped, row, table
from ..render.notation import exact, number, signed, visible_text
from ..render.svg import COPIED
from ..render.theme import text_role
from .lines import WIDTH, AnyCard, Placement, placement, rows
from .model import CallCard, Card, CardRow, FoldedGroup, Scalars

ROLES = {"input": "input", "parameter": "param", "constant": "const"}
COMPACT = 16
"""Above so many cards, inputs and parameters take two lines each."""
BRIEF = 14
"""How many letters of a name a row or a copy has room for."""
SHARES = 8
"""How many of the shares that come to a card it lists."""


def drawing(content: Scalars, look: Look, focused: bool) -> Canvas:
    """The drawing of the scalar level; `focused` says that it shows a part of the graph."""
    name = content.name
    canvas = Canvas(content, look, "LR", f"How {name} was computed", "How the {} flows back")
    if look.turnable:
        canvas.title = look.title or f"How {name} is computed, and its gradient flows back"
    placed = placement(content, WIDTH if canvas.upright else math.inf)
    written = any(map(partial(_has_label, placed), content.arrows))  # labels keep columns apart
    canvas.start(
        _notes(content, look, focused),
        f"nodesep=0.2 outputorder=edgesfirst pad=0.25 rankdir={canvas.direction} "
        f"ranksep={0.2 if written else 0.8}",
        f'fontcolor="{canvas.colour["muted"]}" fontsize=9 {canvas.flow}',
        legend=True,
        width=placed.width,
    )
    first = {arrow.operand: i for i, arrow in reversed([*enumerate(content.arrows)])}
    cards: list[AnyCard] = [*content.cards, *content.folds, *content.calls]
    cards.sort(key=lambda card: first.get(card.id, len(first)))
    painter = _Painter(canvas, placed, cards)
    for k, line in reversed([*enumerate(placed.lines)]):  # Graphviz stacks from below
        ids = {card.id for card in line}
        painter.line(k, [card for card in cards if card.id in ids])  # in the order of their rows
    painter.shared()
    painter.arrows()
    canvas.parts = {card.id: card.id for card in reversed(content.cards)}
    apart: list[AnyCard] = [*content.calls, *content.folds]
    canvas.parts |= {card.id: card.id for card in apart}
    leaves = [(c.name, c.gradient) for c in content.cards if c.role in ("parameter", "input")]
    canvas.description = (
        f"A computation graph of {len(content.cards)} nodes. {name} = {exact(content.value)}. "
        + gradients(leaves, content.computed)
    ).strip()
    return canvas


def _notes(content: Scalars, look: Look, focused: bool) -> list[str]:
    """What stands below the title."""
    note = "Gradients are not computed yet: call backward(). On each arrow: ∂ local derivative."
    if look.turnable:
        note = (
            "Step on: values flow forward, then gradients back. On each arrow: ∂ local derivative, "
            "then in bold the contribution = local × upstream gradient."
        )
    elif content.computed:
        note = (
            "Arrows run the way the gradient runs. On each arrow: ∂ local derivative, then in "
            "bold the contribution = local × upstream gradient."
        )
    notes = [note]
    if focused:
        drawn = sum(card.role != "constant" for card in content.cards)
        notes.append(f"{drawn} of {content.nodes:,} nodes are drawn.")
    if content.constants_inside:
        notes.append("Constants stand in the corners of the cards that use them.")
    return notes


class _Painter:
    """Writes the lines of cards, and the arrows. `shares` are the arrows to the copies of each
    card, which stand for arrows to the card: it lists what comes along them.
    """

    def __init__(self, canvas: Canvas, placed: Placement, cards: Sequence[AnyCard]) -> None:
        self.canvas, self.placed = canvas, placed
        self.cards = {card.id: card for card in cards}
        self.copied: dict[str, list[Arrow]] = {}
        self.shares: dict[str, list[Arrow]] = {}
        for arrow in canvas.content.arrows:
            if arrow.id in placed.copies:
                self.copied.setdefault(arrow.user, []).append(arrow)
                self.shares.setdefault(arrow.operand, []).append(arrow)
        self.boxes = 0

    def shared(self) -> None:
        """The cards that are used by copies alone, beside each other above the lines."""
        for k, line in reversed([*enumerate(rows(self.placed.shared))]):
            with self._apart(f"shared{k}"):
                for card in line:
                    self._card(card)
                for left, right in pairwise(line):
                    self.canvas.lines.append(f'"{left.id}" -> "{right.id}" [style=invis]')

    def line(self, k: int, cards: Iterable[AnyCard]) -> None:
        """The cards of a line, those of a group inside its box, boxes inside boxes."""
        inside: dict[Group | None, list[AnyCard]] = {None: []}
        below: dict[Group | None, dict[Group, None]] = {}
        for card in cards:
            inside.setdefault(card.group, []).append(card)
        for group in list(inside):
            while group is not None:
                below.setdefault(group.parent, {})[group] = None
                group = group.parent
        stack: list[Group | str | None] = [None]
        with self._apart(f"line{k}"):
            while stack:
                part = stack.pop()
                if isinstance(part, str):
                    self.canvas.lines.append(part)
                    continue
                if part is not None:
                    self._box(part)
                    stack.append("}")
                for card in inside.get(part, ()):
                    self._card(card)
                    for arrow in self.copied.get(card.id, ()):
                        self._copy(arrow)
                stack += reversed(below.get(part, {}))

    def arrows(self) -> None:
        """The arrows between cards, and those to copies, whose numbers stand on the copies."""
        canvas, named = self.canvas, {id: _called(card) for id, card in self.cards.items()}
        for arrow in canvas.content.arrows:
            tip = f"from {named[arrow.user]} to {named[arrow.operand]}: {_product(arrow)}"
            if arrow.id in self.placed.copies:
                canvas.arrow_between(arrow, f'"{arrow.id}{COPIED}"', f'"{arrow.user}"', tip)
                continue
            label = _label(arrow, canvas) if _has_label(self.placed, arrow) else ""
            end = f'"{arrow.operand}"' + (f":{arrow.at}" if arrow.at else "")
            canvas.arrow_between(arrow, end, f'"{arrow.user}"', tip, label)

    @contextmanager
    def _apart(self, name: str) -> Iterator[None]:
        """A part of the drawing that nothing else stands beside."""
        if len(self.placed.lines) == 1 and not self.placed.shared:
            yield
            return
        how = 'label="" peripheries=0 margin=0 style=solid'
        self.canvas.lines.append(f'subgraph "cluster_{name}" {{ graph [id="{name}" {how}]')
        yield
        self.canvas.lines.append("}")

    def _box(self, group: Group) -> None:
        canvas, colour, id = self.canvas, self.canvas.colour, f"g{self.boxes}"
        self.boxes += 1
        label = canvas.text(escaped(group.name), "muted", 11, bold=True)
        canvas.lines.append(
            f'subgraph "cluster_{id}" {{ graph [id="{id}" peripheries=1 '
            f'color="{colour["cluster border"]}" fillcolor="{colour["cluster"]}" '
            f'style="rounded,filled" margin=12 labeljust=l label=<{label}>]'
        )
        canvas.tips[id] = visible_text(group.path, 400)

    def _card(self, card: AnyCard) -> None:
        title = _called(card)
        drawn, tip, kind = "", "", ""
        if isinstance(card, FoldedGroup):
            tip = f"{title}, folded: {card.nodes} nodes, {card.parameters} of them parameters"
            drawn, kind = _folded(card, self.canvas), "fold"
        elif isinstance(card, CallCard):
            known = [f"{x.title} {value_and_gradient(x.value, x.gradient)}" for x in card.results]
            tip, drawn, kind = f"{title}: {'; '.join(known)}", _call(card, self.canvas), "call"
        else:
            tip = f"{title}: {value_and_gradient(card.value, card.gradient)}"
            drawn, kind = _card(card, self._extra(card), self.canvas), f"node-{card.role}"
        self.canvas.node(card.id, drawn, tip, kind)

    def _extra(self, card: Card) -> list[tuple[str, str]]:
        """What else a card says: what comes to it along arrows to its copies, and from outside."""
        shares = [(self.cards[a.user], a.contribution) for a in self.shares.get(card.id, ())]
        known = [(_place(user, card), x) for user, x in shares if x is not None]
        lines = [(f"from {name}", signed(x)) for name, x in known[:SHARES]]
        if more := known[SHARES:]:
            lines.append((f"from {len(more)} more", signed(sum(x for _, x in more))))
        small = [(".grad, accumulated", card.accumulated), ("from nodes not drawn", card.elsewhere)]
        return lines + [(name, signed(x)) for name, x in small if x is not None]

    def _copy(self, arrow: Arrow) -> None:
        """A small copy of the operand beside the card that uses it, with what flows to it."""
        canvas, card, user = self.canvas, self.cards[arrow.operand], self.cards[arrow.user]
        written = number(card.value) if isinstance(card, Card) else ""
        name = card.title if card.group == user.group else _called(card)
        if isinstance(card, CallCard):
            one = next(x for x in card.results if x.port == arrow.at)
            name, written = one.title, number(one.value)
        if _is_in_row(arrow) and not isinstance(user, FoldedGroup):
            k, _, j = arrow.port.removeprefix("r").partition("_")
            name = user.rows[int(k)].operands[int(j)].title
        title = cell(canvas.text(_brief(name), size=9, bold=True), LEFT)
        lines = [row(title, cell(canvas.text(written, size=9), RIGHT))]
        if arrow.kind == "not taken":
            lines.append(row(cell(canvas.muted("not taken"), 'COLSPAN="2"')))
        elif not _is_in_row(arrow) and arrow.kind != "constant":
            local = "" if arrow.local is None else f"∂ {number(arrow.local)}"
            sent = "" if arrow.contribution is None else canvas.contribution(arrow.contribution)
            lines.append(row(cell(canvas.muted(local), LEFT), cell(sent, RIGHT)))
        fill = card.role if isinstance(card, Card) and card.role in canvas.colour else "card"
        how = (
            f'BORDER="1" COLOR="{canvas.colour["border"]}" CELLBORDER="0" CELLSPACING="0" '
            f'CELLPADDING="2" BGCOLOR="{canvas.colour[fill]}"'
        )
        canvas.node(arrow.id + COPIED, table(how, *lines), kind="copy")


def _called(card: AnyCard) -> str:
    """What a card is called in words."""
    return visible_text(getattr(card, "name", "") or card.title, 60)


def _card(card: Card, extra: list[tuple[str, str]], canvas: Canvas) -> str:
    """One node as a table."""
    if len(canvas.content.cards) > COMPACT and card.role in ("input", "parameter") and card.taken:
        return _frame(card, canvas, _two_lines(card, extra, canvas))
    role, symbol = ROLES.get(card.role), escaped(card.symbol)
    size = 9 if role or len(card.symbol) >= 4 else 13
    corner = canvas.muted(role or symbol, size)
    rows = [canvas.head(card.title, corner, card.formula), _rows(card, canvas)]
    has_gradient = card.role != "constant" or card.gradient is not None
    if has_gradient or card.title.replace("\u2212", "-") != f"{card.value:.6g}":
        warning = "" if finite(card.value) else "⚠ "
        rows.append(canvas.pair(f"{warning}value", number(card.value)))
    if has_gradient and card.taken:
        rows.append(canvas.chip("grad", card.gradient))
    elif has_gradient:
        rows.append(canvas.across("not taken, no gradient"))
    if card.slope is not None:
        rows.append(canvas.across(f"saturated, {symbol}′ = {number(card.slope)}"))
    rows += [canvas.pair(escaped(name), written, 9) for name, written in extra]
    if card.hidden:
        rows.append(canvas.across(f"← {card.hidden} operand{'s' * (card.hidden > 1)} not drawn"))
    return _frame(card, canvas, *rows)


def _place(user: AnyCard, operand: Card) -> str:
    """What a user is called on the card of its operand: by its group, where that is another."""
    group = user.group
    return user.title if group is None or group == operand.group else group.path


def _has_label(placed: Placement, arrow: Arrow) -> bool:
    """Whether the numbers of an arrow stand on it."""
    return not (arrow.kind == "constant" or _is_in_row(arrow) or arrow.id in placed.copies)


def _is_in_row(arrow: Arrow) -> bool:
    """Whether the numbers of an arrow stand in a row of its user."""
    return bool(arrow.port) and arrow.port != "rest"


def _two_lines(card: Card, extra: list[tuple[str, str]], canvas: Canvas) -> str:
    """A leaf on two lines: name and role, value and gradient on its colour."""
    fill, ink = canvas.scale.fill(card.gradient)
    colour = f'BGCOLOR="{canvas.colour[fill]}"'
    cells = row(
        cell(canvas.text(number(card.value)), LEFT),
        cell(
            canvas.text(or_not_computed(card.gradient), ink, 9, bold=True),
            *(RIGHT, 'WIDTH="40"', 'STYLE="ROUNDED"', colour),
        ),
    )
    more = "".join(canvas.pair(escaped(name), written, 9) for name, written in extra)
    return canvas.head(card.title, canvas.muted(ROLES[card.role])) + cells + more


def _frame(card: Card, canvas: Canvas, *rows: str) -> str:
    """The outline of a card: dashed where the branch was not taken."""
    bad = card.taken and not (finite(card.value) and finite(card.gradient))
    fill = card.role if card.role in canvas.colour else "card"
    fill = "result" if card.result else fill
    if not card.taken:
        return canvas.frame("idle", *rows, how=",DASHED")
    return canvas.frame(fill, *rows, bad=bad)


def _call(card: CallCard, canvas: Canvas) -> str:
    """A call: its operands, and each result with its value and its gradient."""
    rows = [canvas.head(card.title, canvas.muted(escaped(card.symbol), 9)), _rows(card, canvas)]
    lines = []
    for x in card.results:
        fill, ink = canvas.scale.fill(x.gradient)
        colour = f'BGCOLOR="{canvas.colour[fill]}"'
        warning = "" if finite(x.value) and finite(x.gradient) else "⚠ "
        lines.append(row(
            cell(canvas.text(warning + escaped(x.title, 14), bold=True), LEFT),
            cell(canvas.text(number(x.value)), RIGHT, 'WIDTH="38"'),
            cell(
                canvas.text(or_not_computed(x.gradient), ink, 9, bold=True),
                *(RIGHT, 'WIDTH="40"', 'STYLE="ROUNDED"', colour, f'PORT="{x.port}"'),
            ),
        ))  # fmt: skip
    inner = table(ROOMY, *lines)
    rows.append(row(cell(inner, 'COLSPAN="2"', 'CELLPADDING="0"')))
    bad = not all(finite(x.value) and finite(x.gradient) for x in card.results)
    return canvas.frame("card", *rows, bad=bad)


def _folded(fold: FoldedGroup, canvas: Canvas) -> str:
    """A folded group: how much is in it, and the size of its gradient."""
    title = canvas.text("▸ " + escaped(fold.title), bold=True)
    rows = [row(cell(title, 'COLSPAN="2"', LEFT)), canvas.pair("nodes", f"{fold.nodes:,}")]
    if fold.parameters:
        rows.append(canvas.pair("parameters", f"{fold.parameters:,}"))
        rows.append(canvas.pair("‖gradient‖", or_not_computed(fold.norm, number)))
    return canvas.frame("card", *rows, width=2)


def _rows(card: Card | CallCard, canvas: Canvas) -> str:
    """The products of a dot in columns: what flows to each operand, its local derivative and its
    name, the product and its value.
    """
    if not card.rows:
        return ""
    pairs = any(len(found.operands) > 1 for found in card.rows)
    back = "∂ × grad" if canvas.content.computed else ""
    heads = [back, "∂", "to", *(["product"] if pairs else []), "value"]
    sides = [LEFT] * (len(heads) - 1) + [RIGHT]
    lines = [row(*[cell(canvas.muted(x), side) for x, side in zip(heads, sides, strict=True)])]
    lines += [line for k, found in enumerate(card.rows) for line in _row(found, k, pairs, canvas)]
    if isinstance(card, Card) and card.rest:
        count, total = card.rest
        more = canvas.muted(f"{count} more")
        sent = canvas.muted("" if total is None else signed(total))
        span = f'COLSPAN="{len(heads) - 1}"'
        lines.append(row(cell(more, 'PORT="rest"', span, LEFT), cell(sent, RIGHT)))
    return row(cell(table(ROOMY, *lines), 'COLSPAN="2"', 'CELLPADDING="0"'))


def _row(found: CardRow, k: int, pairs: bool, canvas: Canvas) -> Iterable[str]:
    """A line for each factor of a product, the product itself beside them."""
    span = f'ROWSPAN="{len(found.operands)}"'
    for j, x in enumerate(found.operands):
        sent = "" if x.contribution is None else canvas.contribution(x.contribution)
        local = "" if x.local is None else canvas.muted(number(x.local))
        title = canvas.text(_brief(x.title), size=9)
        cells = [cell(sent, f'PORT="r{k}_{j}"', LEFT), cell(local, LEFT), cell(title, LEFT)]
        if j == 0:
            product = " · ".join(_brief(one.title) for one in found.operands)
            cells += [cell(canvas.text(product, size=9), span, LEFT)] if pairs else []
            cells.append(cell(canvas.text(signed(found.value), size=9), span, RIGHT))
        yield row(*cells)


def _brief(name: str) -> str:
    """A name for a narrow place: of a long one the last part."""
    return escaped(name if len(name) <= BRIEF else name.split(" / ")[-1], BRIEF)


def _label(arrow: Arrow, canvas: Canvas) -> str:
    """The local derivative in grey, below it in bold what flows."""
    if arrow.kind == "not taken":
        return table('BORDER="0"', row(cell(canvas.muted("not taken", 9))))
    bad = not (finite(arrow.local) and finite(arrow.contribution))
    lines = []
    if arrow.local is not None:
        role = "on alarm" if bad else "muted"
        lines.append(canvas.text(f"∂ {number(arrow.local)}", role, 9))
    if arrow.contribution is not None:
        norm = arrow.kind == "norm"
        written = f"‖·‖ {number(arrow.contribution)}" if norm else signed(arrow.contribution)
        role = "muted" if norm else text_role(arrow.contribution)
        lines.append(canvas.text(written, "on alarm" if bad else role, 9, bold=True))
    how = 'BORDER="0" CELLPADDING="1" CELLSPACING="0"'
    if bad:
        colour = canvas.colour["alarm"]
        return table(f'{how} BGCOLOR="{colour}"', *[row(cell(line)) for line in lines])
    side = box(4, 4)  # keeps other arrows off the numbers
    return table(how, *[row(side, cell(line), side) for line in lines], row(box(3, 3)))


def product(arrow: Arrow) -> str:
    """local × upstream = contribution, in words; "" where one of them is not known."""
    local, upstream, sent = arrow.local, arrow.upstream, arrow.contribution
    if local is None or upstream is None or sent is None:
        return ""

    def line(forms: Forms) -> str:
        factors = f"{number(local, forms.numbers)} × {number(upstream, forms.numbers)}"
        return f"{factors} = {number(sent, forms.result)}"

    shown = fitting(line)[1].replace(" × ", " × upstream ")
    return f"local {shown}" + (f", where local = {arrow.rule}" if arrow.rule else "")


def _product(arrow: Arrow) -> str:
    """The same for a tooltip, which says what is missing."""
    if arrow.kind == "constant":
        return "a constant, no gradient flows"
    if arrow.kind == "not taken":
        return "branch not taken, no gradient flows"
    if arrow.contribution is None:
        local = "" if arrow.local is None else f"local {exact(arrow.local)}, "
        return f"{local}not computed yet"
    what = "size of all contributions" if arrow.kind == "norm" else "together"
    return product(arrow) or f"{what} {exact(arrow.contribution)}"
