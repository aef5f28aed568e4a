"""The DOT text of the neuron level: one table for each layer with a port for each neuron,
arrows between them.
"""

from __future__ import annotations

from ..graph.saturation import SATURATED
from ..render.canvas import Canvas, escaped, finite
from ..render.notation import counted, exact, number, signed, visible_text
from ..render.theme import Scale
from ..scalars.dot import PORTS
from .model import Flow, Network, NeuronCard, NeuronColumn

BAR = 50
TOLD = 12  # weights in a tooltip


def source(
    found: Network,
    title: str,
    theme: str,
    direction: str,
    warning: str,
) -> tuple[str, dict[str, str]]:
    """The DOT text, and the tooltips by id."""
    canvas = Canvas(theme, Scale.of(found.numbers()))
    legend = canvas.legend("gradient") if found.computed else ""
    heading = canvas.heading(title, [*_notes(found)], legend, found.alarm, warning)
    lines = canvas.start(
        heading,
        f"nodesep=0.28 outputorder=nodesfirst pad=0.25 rankdir={direction} "
        f"ranksep={1.5 if direction in ('LR', 'RL') else 1.1}",
        "fontsize=8 dir=back arrowtail=normal",
    )
    ports = {}
    for k, column in enumerate(found.columns):
        ports.update({card.id: f'"column{k}":"{card.id}"' for card in column.cards})
        lines.append(
            f'"column{k}" [id="column{k}" '
            f"label=<{_column(column, canvas, direction in ('LR', 'RL'))}>]"
        )
    titles = {card.id: visible_text(card.title) for card in found.cards}
    lines += [_flow(flow, ports, titles, canvas, direction) for flow in found.flows]
    return "\n".join([*lines, "}", ""]), canvas.tips


def _notes(found: Network) -> list[str]:
    """What is drawn, in words."""
    if found.sample is not None:
        samples = f", of sample {found.sample} of the {found.samples} in the graph"
    elif found.samples > 1:
        samples = (
            f", each number the mean over {found.samples} samples (weights and their "
            "gradients: all samples together)"
        )
    else:
        samples = ""
    if not found.computed:
        return [f"One card per neuron{samples}. Gradients are not computed yet: call backward()."]
    several = any(card.outputs > 1 for card in found.cards)
    return [
        f"One card per neuron{samples}. An arrow carries what its neuron sends back through that "
        "weight, w · ∂L/∂z.",
        "Bar: slope of the activation (full: the steepest it can be; in the colour of the text: "
        "saturated, less than "
        f"{SATURATED:g} of that; for σ, σ′ < 0.05). Hover a card for its weights and their "
        "gradients.",
        *(["Σ grad: the gradients of all outputs of the card, added up."] if several else []),
    ]


def _column(column: NeuronColumn, canvas: Canvas, upright: bool) -> str:
    cells = [_cell(card, canvas) for card in column.cards]
    rows = (
        "".join(f"<TR>{cell}</TR>" for cell in cells) if upright else f"<TR>{''.join(cells)}</TR>"
    )
    if not column.title:
        return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="10" CELLPADDING="0">{rows}</TABLE>'
    c = canvas.colour
    size = "" if column.norm is None else f", ‖∂L/∂w‖ {number(column.norm)}"
    note = canvas.text(f"{counted(column.parameters, 'parameter')}{size}", "muted", 9)
    span = "" if upright else f' COLSPAN="{len(cells)}"'
    head = (
        f'<TR><TD ALIGN="LEFT"{span}>{canvas.text(escaped(column.title), size=11, bold=True)}<BR '
        'ALIGN="LEFT"/>'
        f'{note}<BR ALIGN="LEFT"/></TD></TR>'
    )
    return (
        f'<TABLE BGCOLOR="{c["cluster"]}" BORDER="1" COLOR="{c["cluster border"]}" '
        'STYLE="ROUNDED" CELLBORDER="0" '
        f'CELLSPACING="10" CELLPADDING="0">{head}{rows}</TABLE>'
    )


def _cell(card: NeuronCard, canvas: Canvas) -> str:
    """One card with its port; an empty link gives it an id in the drawing."""
    c = canvas.colour
    bad = not all(map(finite, (card.value, card.gradient)))
    border, width = ("alarm line", 3) if bad else ("border", 1)
    fill = card.role if card.role in ("input", "result") else "card"
    kind = card.symbol or ("linear" if card.role == "neuron" and card.count == 1 else "")
    several = (
        f"{card.outputs:.3g} {'numbers' if card.role == 'input' else 'outputs'}"
        if card.outputs > 1
        else ""
    )
    corner = canvas.text(escaped(", ".join(filter(None, (kind, several)))), "muted", 9)
    body = [
        f'<TR><TD ALIGN="LEFT">{canvas.text(escaped(card.title), bold=True)}</TD><TD '
        f'ALIGN="RIGHT">{corner}</TD></TR>'
    ]
    if card.value is not None:
        body.append(canvas.pair("out" if card.role == "neuron" else "value", number(card.value)))
    if card.slope is not None:
        body.append(_bar(card, canvas))
    if card.role != "input" or card.symbol != "const":
        body.append(canvas.chip("grad" if card.single else "Σ grad", card.gradient))
    if card.elsewhere:
        body.append(canvas.pair("from itself", signed(card.elsewhere), 9))
    canvas.tips[card.id] = _tip(card)
    return (
        f'<TD PORT="{card.id}" ID="{card.id}" HREF="#" TITLE="" CELLPADDING="0"><TABLE '
        f'BORDER="{width}" '
        f'COLOR="{c[border]}" CELLBORDER="0" CELLSPACING="3" CELLPADDING="2" STYLE="ROUNDED" '
        f'BGCOLOR="{c[fill]}">'
        f"{''.join(body)}</TABLE></TD>"
    )


def _bar(card: NeuronCard, canvas: Canvas) -> str:
    """The slope of the activation as a part of the steepest."""
    assert card.slope is not None, "a linear neuron has no bar"
    c = canvas.colour
    part = abs(card.slope) / card.steepest
    full = max(1, min(BAR, round(BAR * part))) if finite(part) else BAR
    colour = c["ink" if card.saturated else "alarm line" if not finite(part) else "muted"]
    cells = f'<TD BGCOLOR="{colour}" WIDTH="{full}" HEIGHT="6" FIXEDSIZE="TRUE"></TD>'
    if full < BAR:
        cells += f'<TD BGCOLOR="{c["zero"]}" WIDTH="{BAR - full}" HEIGHT="6" FIXEDSIZE="TRUE"></TD>'
    return (
        "<TR><TD "
        f'ALIGN="LEFT">{canvas.text(escaped(card.symbol or "slope") + "′", "muted", 9)}</TD><TD '
        'ALIGN="RIGHT">'
        '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" FIXEDSIZE="TRUE" '
        f'WIDTH="{BAR}" HEIGHT="6"><TR>{cells}</TR></TABLE></TD></TR>'
    )


def _tip(card: NeuronCard) -> str:
    """The numbers of a card and of its weights, a line each."""
    gradient = "not computed" if card.gradient is None else exact(card.gradient)
    first = f"{visible_text(card.title)}: "
    first += (
        f"value {exact(card.value)}, gradient {gradient}"
        if card.value is not None
        else f"gradients together {gradient}"
    )
    if card.slope is not None:
        first += f", slope {exact(card.slope)}{', saturated' if card.saturated else ''}"
    largest = sorted(card.weights, key=lambda weight: -abs(weight.gradient or 0.0))[:TOLD]
    lines = [first]
    for weight in (weight for weight in card.weights if weight in largest):
        line = f"{visible_text(weight.title)} = {number(weight.value)}"
        line += "" if weight.gradient is None else f", gradient {signed(weight.gradient)}"
        lines.append(
            line
            if weight.accumulated is None
            else f"{line} (.grad, accumulated: {signed(weight.accumulated)})"
        )
    if len(card.weights) > len(largest):
        lines.append(f"… {len(card.weights) - len(largest)} more with smaller gradients")
    return "\n".join(lines)


def _flow(
    flow: Flow, ports: dict[str, str], titles: dict[str, str], canvas: Canvas, direction: str
) -> str:
    tail, head = PORTS[direction]
    role, width = canvas.scale.line(flow.flow)
    way = f"from {titles[flow.user]} to {titles[flow.operand]}: "
    weight = "" if flow.weight is None else f"w = {exact(flow.weight)}, "
    if not flow.taken:
        what = "a plain number, no gradient flows"
    else:
        what = weight + (
            "not computed yet" if flow.flow is None else f"sends back {exact(flow.flow)}"
        )
    canvas.tips[flow.id] = way + what
    dashed = flow.flow is not None and not finite(flow.flow)
    arrow = " arrowtail=none" if not flow.taken else f" arrowsize={0.45 + 0.1 * width:.2f}"
    return (
        f'{ports[flow.operand]}:{tail} -> {ports[flow.user]}:{head} [id="{flow.id}" '
        'class="edge-flow" '
        f'color="{canvas.colour[role]}" penwidth={width:.2f}{arrow} '
        f"style={'dashed' if dashed else 'solid'}]"
    )
