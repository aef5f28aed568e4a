"""The DOT text of the neuron level: one table for each layer with a port for each neuron,
arrows between them.
"""

from __future__ import annotations

from ..graph.saturation import SATURATED
from ..render.canvas import (
    Canvas,
    Look,
    finite,
    gradients,
    or_not_computed,
    value_and_gradient,
)
from ..render.content import Arrow
from ..render.html import BARE, END_OF_LINE, LEFT, RIGHT, cell, escaped, row, table
from ..render.notation import counted, exact, number, signed, visible_text
from .model import NeuronCard, NeuronColumn, Neurons

BAR = 50
WIDTH, COLUMN = 740.0, 118.0
"""How wide a drawing may be, where it can, and a column of it is, in points."""
MOST_WEIGHTS = 12  # in a tooltip


def drawing(content: Neurons, look: Look) -> Canvas:
    """The drawing of the neuron level."""
    name = content.name
    before = f"The neurons that {name} was computed with"
    canvas = Canvas(content, look, "LR", before, "How the {} flows back through the neurons")
    canvas.start(
        _notes(content),
        f"nodesep=0.28 outputorder=nodesfirst pad=0.25 rankdir={canvas.direction} "
        f"ranksep={_apart(content) if canvas.upright else 1.1:.2f}",
        f"fontsize=9 {canvas.flow}",
        legend=True,
        width=_width(content, canvas),
    )
    columns = {f"column{k}": column for k, column in enumerate(content.columns)}
    for id, column in columns.items():
        canvas.node(id, _column(column, canvas))
    parts = {card.id: id for id, column in columns.items() for card in column.cards}
    canvas.parts = dict(reversed(parts.items()))
    ports = {card: f'"{id}":"{card}"' for card, id in parts.items()}
    titles = {card.id: visible_text(card.title) for card in content.cards}
    for arrow in content.arrows:
        tip = f"from {titles[arrow.user]} to {titles[arrow.operand]}: {_sent(arrow)}"
        canvas.arrow_between(arrow, ports[arrow.operand], ports[arrow.user], tip)
    layers = [column for column in content.columns if column.title]
    sizes = [f"{layer.title}: {sum(card.count for card in layer.cards)}" for layer in layers]
    named = [(f"{c.title} {card.title}", card.gradient) for c in layers for card in c.cards]
    canvas.description = (
        f"A network in {len(layers)} layers (neurons in {', '.join(sizes)}). {name} = "
        f"{exact(content.value)}. {gradients(named, content.computed)}"
    ).strip()
    return canvas


def _apart(content: Neurons) -> float:
    """How far the columns stand apart in inches: as far as arrows need, and a page has room for."""
    gaps = max(1, len(content.columns) - 1)
    return min(1.5, max(0.5, (WIDTH - COLUMN * (gaps + 1)) / gaps / 72.0))


def _width(content: Neurons, canvas: Canvas) -> float:
    """About how wide the drawing is, in points."""
    if canvas.upright:
        gaps = len(content.columns) - 1
        return COLUMN * (gaps + 1) + 72.0 * gaps * _apart(content)
    return COLUMN * max([len(column.cards) for column in content.columns])


def _notes(content: Neurons) -> list[str]:
    """What is drawn, in words."""
    samples = ""
    if content.sample is not None:
        samples = f", of sample {content.sample} of the {content.samples} in the graph"
    elif content.samples > 1:
        samples = (
            f", each number the mean over {content.samples} samples (weights and their "
            "gradients: all samples together)"
        )
    first = f"One card per neuron{samples}."
    if not content.computed:
        return [f"{first} Gradients are not computed yet: call backward()."]
    several = any(card.outputs > 1 for card in content.cards)
    return [
        f"{first} An arrow carries what its neuron sends back through that weight, w · ∂L/∂z.",
        "Bar: slope of the activation (full: the steepest it can be; in the colour of the text: "
        f"saturated, less than {SATURATED:g} of that; for σ, σ′ < 0.05).",
        *(["Σ grad: the gradients of all outputs of the card, added up."] if several else []),
    ]


def _column(column: NeuronColumn, canvas: Canvas) -> str:
    """A layer as a table, whose cells are its cards."""
    cells = [_cell(card, canvas) for card in column.cards]
    rows = [row(cell) for cell in cells] if canvas.upright else [row(*cells)]
    if not column.title:
        return table('BORDER="0" CELLBORDER="0" CELLSPACING="10" CELLPADDING="0"', *rows)
    size = "" if column.norm is None else f", ‖∂L/∂w‖ {number(column.norm)}"
    title = canvas.text(escaped(column.title), size=11, bold=True)
    note = canvas.muted(f"{counted(column.parameters, 'parameter')}{size}")
    span = [] if canvas.upright else [f'COLSPAN="{len(cells)}"']
    return table(
        f'BGCOLOR="{canvas.colour["cluster"]}" BORDER="1" '
        f'COLOR="{canvas.colour["cluster border"]}" STYLE="ROUNDED" CELLBORDER="0" '
        'CELLSPACING="10" CELLPADDING="0"',
        row(cell(f"{title}{END_OF_LINE}{note}{END_OF_LINE}", LEFT, *span)),
        *rows,
    )


def _cell(card: NeuronCard, canvas: Canvas) -> str:
    """One card with its port; an empty link gives it an id in the drawing."""
    neuron, taken = card.role == "neuron", card.role == "input"
    corner = [card.symbol or ("linear" if neuron and card.count == 1 else "")]
    if card.outputs > 1:
        corner.append(f"{card.outputs:.3g} {'numbers' if taken else 'outputs'}")
    written = canvas.text(escaped(", ".join(filter(None, corner))), "muted", 9)
    rows = [canvas.head(card.title, written)]
    if card.value is not None:
        rows.append(canvas.pair("out" if neuron else "value", number(card.value)))
    if card.slope is not None:
        rows.append(_bar(card, card.slope, canvas))
    if not taken or card.symbol != "const":
        rows.append(canvas.chip("grad" if card.single else "Σ grad", card.gradient))
    if card.elsewhere:
        rows.append(canvas.pair("from itself", signed(card.elsewhere), 9))
    canvas.tips[card.id] = _tip(card)
    bad = not (finite(card.value) and finite(card.gradient))
    fill = card.role if card.role in ("input", "result") else "card"
    how = f'PORT="{card.id}" ID="{card.id}" HREF="#" TITLE="" CELLPADDING="0"'
    return cell(canvas.frame(fill, *rows, bad=bad), how)


def _bar(card: NeuronCard, slope: float, canvas: Canvas) -> str:
    """The slope of the activation as a part of the steepest."""
    part = abs(slope) / card.steepest
    colour = "ink" if card.saturated else "muted" if finite(part) else "alarm line"
    how = f'{BARE} FIXEDSIZE="TRUE" WIDTH="{BAR}" HEIGHT="6"'
    name = canvas.muted(escaped(card.symbol or "slope") + "′")
    bar = table(how, canvas.bar(BAR, 6, part, colour, least=1))
    return row(cell(name, LEFT), cell(bar, RIGHT))


def _tip(card: NeuronCard) -> str:
    """The numbers of a card and of its weights, a line each."""
    first = f"gradients together {or_not_computed(card.gradient, exact)}"
    if card.value is not None:
        first = value_and_gradient(card.value, card.gradient)
    if card.slope is not None:
        first += f", slope {exact(card.slope)}{', saturated' if card.saturated else ''}"
    lines = [f"{visible_text(card.title)}: {first}"]
    by_size = sorted(card.weights, key=lambda weight: -abs(weight.gradient or 0.0))
    for weight in card.weights:
        if weight in by_size[:MOST_WEIGHTS]:
            line = f"{visible_text(weight.title)} = {number(weight.value)}"
            if weight.gradient is not None:
                line += f", gradient {signed(weight.gradient)}"
            if weight.accumulated is not None:
                line += f" (.grad, accumulated: {signed(weight.accumulated)})"
            lines.append(line)
    if more := by_size[MOST_WEIGHTS:]:
        lines.append(f"… {len(more)} more with smaller gradients")
    return "\n".join(lines)


def _sent(arrow: Arrow) -> str:
    """What an arrow carries, in words."""
    if arrow.kind == "constant":
        return "a plain number, no gradient flows"
    weight = "" if arrow.local is None else f"w = {exact(arrow.local)}, "
    sent = arrow.contribution
    return weight + ("not computed yet" if sent is None else f"sends back {exact(sent)}")
