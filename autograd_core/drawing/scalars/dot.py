"""The DOT text of the scalar level: cards in the boxes of their groups, an arrow for each local
derivative.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...engine.context import Group
from ..render.canvas import Canvas, Look, finite, gradients, or_not_computed, value_and_gradient
from ..render.checked import Forms, fitting
from ..render.content import Arrow
from ..render.html import LEFT, RIGHT, ROOMY, box, cell, escaped, row, table
from ..render.notation import exact, number, signed, visible_text
from ..render.theme import text_role
from .model import CallCard, Card, CardRow, FoldedGroup, Scalars

AnyCard = Card | FoldedGroup | CallCard

ROLES = {"input": "input", "parameter": "param", "constant": "const"}
COMPACT = 16
"""Above so many cards, inputs and parameters take one line each."""


def drawing(content: Scalars, look: Look, focused: bool) -> Canvas:
    """The drawing of the scalar level; `focused` says that it shows a part of the graph."""
    name = content.name
    canvas = Canvas(content, look, "LR", f"How {name} was computed", "How the {} flows back")
    note = "Gradients are not computed yet: call backward(). On each arrow: ∂ local derivative."
    if look.turnable:
        canvas.title = look.title or f"How {name} is computed, and its gradient flows back"
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
    canvas.start(
        notes,
        f"nodesep=0.22 outputorder=edgesfirst pad=0.25 rankdir={canvas.direction} ranksep=0.42",
        f'fontcolor="{canvas.colour["muted"]}" fontsize=8 {canvas.flow}',
        legend=True,
    )
    first = {arrow.operand: i for i, arrow in reversed([*enumerate(content.arrows)])}
    cards: list[AnyCard] = [*content.cards, *content.folds, *content.calls]
    in_order = sorted(cards, key=lambda card: first.get(card.id, len(first)))
    _boxes(in_order, canvas)  # in the order of the rows that they belong to
    named = {card.id: _called(card) for card in cards}
    for arrow in content.arrows:
        inside_row = arrow.port and arrow.port != "rest"
        label = "" if arrow.kind == "constant" or inside_row else _label(arrow, canvas)
        tip = f"from {named[arrow.user]} to {named[arrow.operand]}: {_product(arrow)}"
        end = f'"{arrow.operand}"' + (f":{arrow.at}" if arrow.at else "")
        canvas.backward_arrow(arrow, end, f'"{arrow.user}"', tip, label)
    canvas.parts = {card.id: card.id for card in reversed(content.cards)}
    apart: list[AnyCard] = [*content.calls, *content.folds]
    canvas.parts |= {card.id: card.id for card in apart}
    leaves = [(c.name, c.gradient) for c in content.cards if c.role in ("parameter", "input")]
    canvas.description = (
        f"A computation graph of {len(content.cards)} nodes. {name} = {exact(content.value)}. "
        + gradients(leaves, content.computed)
    ).strip()
    return canvas


def _boxes(cards: Iterable[AnyCard], canvas: Canvas) -> None:
    """The cards, those of a group inside its box, boxes inside boxes."""
    inside: dict[Group | None, list[AnyCard]] = {None: []}
    below: dict[Group | None, dict[Group, None]] = {}
    for card in cards:
        inside.setdefault(card.group, []).append(card)
    for group in list(inside):
        while group is not None:
            below.setdefault(group.parent, {})[group] = None
            group = group.parent
    colour, count = canvas.colour, 0
    stack: list[Group | str | None] = [None]
    while stack:
        part = stack.pop()
        if isinstance(part, str):
            canvas.lines.append(part)
            continue
        if part is not None:
            label = canvas.text(escaped(part.name), "muted", 11, bold=True)
            canvas.lines.append(
                f'subgraph "cluster_{count}" {{ graph [id="g{count}" '
                f'color="{colour["cluster border"]}" fillcolor="{colour["cluster"]}" '
                f'style="rounded,filled" margin=12 labeljust=l label=<{label}>]'
            )
            canvas.tips[f"g{count}"] = visible_text(part.path, 400)
            count += 1
            stack.append("}")
        for card in inside.get(part, ()):
            _node(card, canvas)
        stack += reversed(below.get(part, {}))


def _called(card: AnyCard) -> str:
    """What a card is called in words."""
    return visible_text(getattr(card, "name", "") or card.title, 60)


def _node(card: AnyCard, canvas: Canvas) -> None:
    title = _called(card)
    if isinstance(card, FoldedGroup):
        tip = f"{title}, folded: {card.nodes} nodes, {card.parameters} of them parameters"
        canvas.node(card.id, _folded(card, canvas), tip, "fold")
        return
    if isinstance(card, CallCard):
        known = [f"{x.title} {value_and_gradient(x.value, x.gradient)}" for x in card.results]
        canvas.node(card.id, _call(card, canvas), f"{title}: {'; '.join(known)}", "call")
        return
    tip = f"{title}: {value_and_gradient(card.value, card.gradient)}"
    canvas.node(card.id, _card(card, canvas), tip, f"node-{card.role}")


def _card(card: Card, canvas: Canvas) -> str:
    """One node as a table."""
    small = [(".grad, accumulated", card.accumulated), ("from nodes not drawn", card.elsewhere)]
    extra = [(name, signed(x)) for name, x in small if x is not None]
    if len(canvas.content.cards) > COMPACT and card.role in ("input", "parameter") and card.taken:
        return _frame(card, canvas, _one_line(card, extra, canvas))
    role, symbol = ROLES.get(card.role), escaped(card.symbol)
    size = 8 if role else 13 if len(card.symbol) < 4 else 9
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
    rows += [canvas.pair(name, written, 9) for name, written in extra]
    if card.hidden:
        rows.append(canvas.across(f"← {card.hidden} operand{'s' * (card.hidden > 1)} not drawn"))
    return _frame(card, canvas, *rows)


def _one_line(card: Card, extra: list[tuple[str, str]], canvas: Canvas) -> str:
    """A leaf on one line: name, value, gradient on its colour."""
    fill, ink = canvas.scale.fill(card.gradient)
    colour = f'BGCOLOR="{canvas.colour[fill]}"'
    cells = row(
        cell(canvas.text(escaped(card.title), bold=True)),
        cell(canvas.muted(ROLES[card.role], 8)),
        cell(canvas.text(number(card.value)), RIGHT, 'WIDTH="38"'),
        cell(
            canvas.text(or_not_computed(card.gradient), ink, 9, bold=True),
            *(RIGHT, 'WIDTH="40"', 'STYLE="ROUNDED"', colour),
        ),
    )
    notes = [canvas.muted(f"{name} {written}", 8) for name, written in extra]
    return cells + "".join(row(cell(note, 'COLSPAN="4"', RIGHT)) for note in notes)


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
    """The products of a dot: for each operand its local derivative and its contribution,
    and the product.
    """
    rows = [line for k, found in enumerate(card.rows) for line in _row(found, k, canvas)]
    if isinstance(card, Card) and card.rows and card.rest:
        count, total = card.rest
        more = canvas.muted(f"{count} more", 8)
        sent = canvas.muted("" if total is None else signed(total))
        rows.append(row(cell(more, 'PORT="rest"', 'COLSPAN="3"', LEFT), cell(sent, RIGHT)))
    inner = table(ROOMY, *rows)
    return row(cell(inner, 'COLSPAN="2"', 'CELLPADDING="0"')) if rows else ""


def _row(found: CardRow, k: int, canvas: Canvas) -> Iterable[str]:
    for j, x in enumerate(found.operands):
        sent = "" if x.contribution is None else canvas.contribution(x.contribution)
        local = "" if x.local is None else canvas.muted(f"∂ {number(x.local)}", 8)
        title = canvas.text(escaped(x.title, 14), size=9)
        cells = [cell(sent, f'PORT="r{k}_{j}"', LEFT), cell(local, LEFT), cell(title, LEFT)]
        if j == 0:
            value = canvas.text(signed(found.value), size=9)
            cells.append(cell(value, f'ROWSPAN="{len(found.operands)}"', RIGHT))
        yield row(*cells)


def _label(arrow: Arrow, canvas: Canvas) -> str:
    """The local derivative in grey, below it in bold what flows."""
    if arrow.kind == "not taken":
        return table('BORDER="0"', row(cell(canvas.muted("not taken", 8))))
    bad = not (finite(arrow.local) and finite(arrow.contribution))
    lines = []
    if arrow.local is not None:
        role = "on alarm" if bad else "muted"
        lines.append(canvas.text(f"∂ {number(arrow.local)}", role, 8))
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
