"""The DOT text of a picture: ids of our own, cards in the boxes of their groups, arrows the way
the gradient runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...engine.context import Group
from ..render.canvas import COMPACT, Canvas, escaped, finite
from ..render.cards import Card, Edge, Fold, View
from ..render.notation import exact, visible_text
from ..render.theme import Scale

PORTS = {"LR": ("e", "w"), "RL": ("w", "e"), "TB": ("s", "n"), "BT": ("n", "s")}


def source(
    view: View,
    title: str,
    theme: str,
    direction: str,
    warning: str,
    caption: Sequence[str],
) -> tuple[str, dict[str, str]]:
    """The DOT text of the scalar level, and its tooltips by id: Graphviz would read commands in
    them.
    """
    scale = Scale.of(view.numbers())
    canvas = Canvas(theme, scale, compact=len(view.cards) > COMPACT)
    note = "Gradients are not computed yet: call backward(). On each arrow: ∂ local derivative."
    if view.computed:
        note = (
            "Arrows run the way the gradient runs. On each arrow: ∂ local derivative, then in "
            "bold the contribution"
        )
        note += " = local × upstream gradient."
    heading = canvas.heading(
        title,
        [note, *caption],
        canvas.legend("gradient") if view.computed else "",
        view.alarm,
        warning,
    )
    lines = canvas.start(
        heading,
        f"nodesep=0.22 outputorder=edgesfirst pad=0.25 rankdir={direction} ranksep=0.42",
        f'fontcolor="{canvas.colour["muted"]}" fontsize=8 dir=back arrowtail=normal',
    )
    first = {
        edge.operand: i for i, edge in reversed(list(enumerate(view.edges)))
    }  # rows and their cards in one order
    cards: list[Card | Fold] = [*view.cards, *view.folds]
    lines += _clusters(sorted(cards, key=lambda card: first.get(card.id, len(first))), canvas)
    titles = {card.id: visible_text(card.title) for card in cards}
    lines += [_edge(edge, titles, canvas, direction) for edge in view.edges]
    return "\n".join([*lines, "}", ""]), canvas.tips


def _clusters(cards: Iterable[Card | Fold], canvas: Canvas) -> list[str]:
    """The cards, those of a group inside its box, boxes inside boxes."""
    lines: list[str] = []
    tree: dict[Group | None, list[Card | Fold]] = {None: []}
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
                f'subgraph "cluster_{count}" {{ graph [id="g{count}" '
                f'color="{c["cluster border"]}" fillcolor="{c["cluster"]}" '
                f'style="rounded,filled" margin=12 labeljust=l label=<{label}>]'
            )
            canvas.tips[f"g{count}"] = visible_text(group.path, 400)
            count += 1
            stack.append((group, False))
        lines += [_node(card, canvas) for card in tree.get(group, ())]
        stack += [(part, True) for part in reversed(inside.get(group, []))]
    return lines


def _node(card: Card | Fold, canvas: Canvas) -> str:
    if isinstance(card, Fold):
        canvas.tips[card.id] = (
            f"{visible_text(card.title)}, folded: {card.nodes} nodes, {card.parameters} of them "
            "parameters"
        )
        return f'"{card.id}" [id="{card.id}" class="fold" label=<{canvas.fold(card)}>]'
    gradient = "not computed" if card.gradient is None else exact(card.gradient)
    canvas.tips[card.id] = (
        f"{visible_text(card.title)}: value {exact(card.value)}, gradient {gradient}"
    )
    return f'"{card.id}" [id="{card.id}" class="node-{card.role}" label=<{canvas.card(card)}>]'


def _edge(edge: Edge, titles: dict[str, str], canvas: Canvas, direction: str) -> str:
    tail, head = PORTS[direction]
    if edge.row:
        head = f"{edge.row}:{head if direction in ('LR', 'RL') else 'w'}"
    canvas.tips[edge.id] = _product(edge, titles)
    role, width = canvas.scale.line(
        edge.contribution if edge.flow in ("gradient", "norm") else None
    )
    role = "zero line" if edge.flow == "norm" and finite(edge.contribution) else role
    dashed = edge.flow == "not taken" or not finite(edge.contribution)
    inside_row = edge.row and edge.row != "rest"
    label = (
        f" label=<{canvas.edge_label(edge)}>" if edge.flow != "constant" and not inside_row else ""
    )
    arrow = " arrowtail=none" if edge.flow == "constant" else f" arrowsize={0.45 + 0.1 * width:.2f}"
    return (
        f'"{edge.operand}":{tail} -> "{edge.user}":{head} [id="{edge.id}" '
        f'class="edge-{edge.flow.replace(" ", "-")}"{label} '
        f'color="{canvas.colour[role]}" penwidth={width:.2f}{arrow} '
        f"style={'dashed' if dashed else 'solid'}]"
    )


def _product(edge: Edge, titles: dict[str, str]) -> str:
    """The full product of an edge, in words."""
    way = f"from {titles[edge.user]} to {titles[edge.operand]}: "
    if edge.flow not in ("gradient", "norm"):
        return way + (
            "a constant, no gradient flows"
            if edge.flow == "constant"
            else "branch not taken, no gradient flows"
        )
    if edge.local is None:
        what = "size of all contributions" if edge.flow == "norm" else "together"
        return way + (
            "not computed yet"
            if edge.contribution is None
            else f"{what} {exact(edge.contribution)}"
        )
    local = f"local {exact(edge.local)}"
    if edge.contribution is None or edge.upstream is None:
        return f"{way}{local}, not computed yet"
    return f"{way}{local} × upstream {exact(edge.upstream)} = {exact(edge.contribution)}"
