"""The DOT text of the layer level: a band for each layer, from the loss downwards."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..render.canvas import PORTS, Canvas, Look, finite
from ..render.content import Arrow
from ..render.html import BARE, END_OF_LINE, LEFT, SPACE, box, cell, escaped, row, table
from ..render.notation import counted, exact, number, per_cent, visible_text
from .model import EXPLODING, VANISHING, Band, Layers

RANKS = {"BT": "TB", "TB": "BT", "LR": "RL", "RL": "LR"}  # arrows run from user to operand
DECADES, BINS = 12, 20
HEIGHT, BAR, TIP = 30, 122, 7
COLOURS = {
    "": ("card", "border", "size"),
    "vanishing": ("amber fill", "amber", "amber"),
    "exploding": ("violet fill", "violet", "violet"),
}
"""For each verdict, the background of the band, its border, and its bars and arrows."""
MARKS = {"": "", "vanishing": " ▽", "exploding": " △"}

Axis = tuple[int, int]
"""The powers of ten at its two ends."""


def drawing(content: Layers, look: Look) -> Canvas:
    """The drawing of the layer level."""
    before = f"The layers that {content.name} was computed with"
    canvas = Canvas(content, look, "BT", before, "How large the {} is, layer by layer")
    axis = _axis([x for band in content.cards for x in band.gradients])
    ranks = RANKS[canvas.direction]
    canvas.start(
        _notes(content, axis),
        f"nodesep=0.3 outputorder=edgesfirst pad=0.3 rankdir={ranks} ranksep=0.24",
        f'fontcolor="{canvas.colour["muted"]}" fontsize=9'
        + ("" if content.computed else " dir=back"),
    )
    value = f"{visible_text(content.name)}: value {exact(content.value)}"
    _end("result", content.name, number(content.value), "result", value, canvas)
    for band in content.cards:
        canvas.node(band.id, _band(band, axis, canvas), _tip(band), "layer")
    if content.inputs:
        count = f"{content.inputs:,}"
        _end("inputs", "inputs", count, "input", f"{count} inputs", canvas)
    ways = [(arrow.user, arrow.operand) for arrow in content.arrows]
    one_way = all(len(set(ends)) == len(ways) for ends in zip(*ways, strict=True))
    if content.cards and not any(user == "result" for user, _ in ways):
        top = Arrow("top", "result", content.cards[-1].id, content.gradient, "norm")
        _arrow(top, canvas, one_way)
    for arrow in content.arrows:
        _arrow(arrow, canvas, one_way)
    order = ["result", *(band.id for band in reversed(content.cards)), "inputs"]
    canvas.parts = {id: id for id in order}
    canvas.description = _description(content)
    return canvas


def _description(content: Layers) -> str:
    about = (
        f"A summary of {content.nodes:,} nodes in {len(content.cards)} layers. {content.name} = "
        f"{exact(content.value)}."
    )
    for band in reversed(content.cards):
        if band.rms is not None:
            verdict = f", {band.verdict}" if band.verdict else ""
            about += f" {band.title}{band.times}: gradients of rms {number(band.rms)}{verdict}."
    return about if content.computed else f"{about} Gradients are not computed yet."


def _axis(gradients: Sequence[float]) -> Axis:
    """The powers of ten from which to which the histograms reach: all sizes but those far below
    the largest.
    """
    sizes = [math.log10(abs(x)) for x in gradients if x != 0.0 and math.isfinite(x)]
    if not sizes:
        return -1, 0
    high = math.floor(max(sizes)) + 1
    return max(min(math.floor(min(sizes)), high - 2), high - DECADES), high


def _notes(content: Layers, axis: Axis) -> list[str]:
    deep = "layers" if any(band.parameters for band in content.cards) else "parts"
    first = (
        f"{content.nodes:,} scalar nodes, drawn as {len(content.cards)} {deep}. To see some of "
        "them: draw(value, focus=node)."
    )
    if not content.computed:
        return [first, "Gradients are not computed yet: call backward()."]
    low, high = (number(10.0**power) for power in axis)
    return [
        f"{first} The gradient runs from the result; arrow width and number: norm of the gradient "
        "that crosses.",
        f"Histogram and bar: sizes of the gradients on a log scale from {low} to {high}. ▽ amber, "
        f"vanishing: rms below {VANISHING:g} of the last layer. △ violet, exploding: above "
        f"{EXPLODING:g} times.",
    ]


def _end(id: str, title: str, note: str, fill: str, tip: str, canvas: Canvas) -> None:
    """The card at an end: the result, the inputs."""
    colour = canvas.colour
    card = table(
        f'BORDER="1" COLOR="{colour["border"]}" CELLBORDER="0" STYLE="ROUNDED" CELLPADDING="4" '
        f'PORT="box" BGCOLOR="{colour[fill]}"',
        row(cell(canvas.text(escaped(title), bold=True)), cell(canvas.muted(note))),
    )
    canvas.node(id, _apart(card), tip)


def _band(band: Band, axis: Axis, canvas: Canvas) -> str:
    """A layer as a table of one row: what it is, its histogram, its figures."""
    fill, border, bar = COLOURS[band.verdict]
    title = canvas.text(
        escaped(band.title, 40) + band.times + MARKS[band.verdict], size=12, bold=True
    )
    made_of = canvas.muted(escaped(_made_of(band), 60))
    cells = [cell(f"{title}{END_OF_LINE}{made_of}{END_OF_LINE}", LEFT, 'WIDTH="150"')]
    if canvas.content.computed:
        of = "∂L/∂w" if band.parameters else "gradient"
        rms = "–" if band.rms is None else number(band.rms)
        cells += [
            cell(_histogram(band, axis, bar, canvas)),
            _figure(f"rms {of}", rms, 66, canvas),
            cell(_bar(band.rms, axis, bar, canvas)),
            _figure("of last layer", _ratio(band.ratio), 70, canvas),
        ]
    word, shown = "no activation", "–"
    if band.saturated is not None:
        state = "inactive" if band.activation == "relu" else "saturated"
        word, shown = f"{state} {escaped(band.activation)}", per_cent(band.saturated)
    cells.append(_figure(word, shown, 72, canvas))
    if band.not_finite:
        note = canvas.text(f"⚠ {band.not_finite:,} not finite", "on alarm", 9, bold=True)
        cells.append(cell(note, f'BGCOLOR="{canvas.colour["alarm"]}"'))
    return _apart(
        table(
            f'BORDER="{2 if band.verdict else 1}" COLOR="{canvas.colour[border]}" CELLBORDER="0" '
            'CELLSPACING="6" CELLPADDING="2" STYLE="ROUNDED" PORT="box" '
            f'BGCOLOR="{canvas.colour[fill]}"',
            row(*cells),
        )
    )


def _bar(rms: float | None, axis: Axis, bar: str, canvas: Canvas) -> str:
    """The size as a part of the axis, which is logarithmic."""
    drawn = table(BARE, canvas.bar(BAR, 8, _part(rms, axis), bar))
    name = cell(canvas.muted("rms, log scale"), LEFT)
    return table(BARE, row(name), row(cell(drawn)))


def _apart(card: str) -> str:
    """A card with room around it for the tips of thick arrows, which go beyond the place where
    an arrow ends.
    """
    how = f'BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="{TIP}"'
    return table(how, row(cell(card, 'PORT="room"')))


def _made_of(band: Band) -> str:
    """16 → 16 σ, 272 parameters; or the most common operations."""
    parameters = counted(band.parameters // band.repeats, "parameter")
    if band.fan:
        each = "each " if band.repeats > 1 else ""
        return (
            f"{each}{band.fan[0]:,} → {band.fan[1]:,} {band.activation or 'linear'}, {parameters}"
        )
    common = " ".join(f"{count:,} {symbol}" for symbol, count in band.operations.most_common(3))
    return f"{parameters if band.parameters else counted(band.nodes, 'node')}: {common}"


def _figure(name: str, written: str, width: int, canvas: Canvas) -> str:
    above, below = canvas.muted(name), canvas.text(written, size=11, bold=True)
    return cell(f"{above}{END_OF_LINE}{below}{END_OF_LINE}", LEFT, f'WIDTH="{width}"')


def _ratio(ratio: float | None) -> str:
    """1/488, 1, 12 ×.

    >>> _ratio(0.002), _ratio(1.0), _ratio(12.3), _ratio(None)
    ('1/500', '1', '12 ×', '–')
    """
    if ratio is None or ratio != ratio:
        return "–"
    if ratio == 0.0 or math.isinf(ratio):
        return number(ratio)
    if ratio > 1e7 or ratio < 1e-7:
        return f"{number(ratio)} ×"
    if ratio < 0.95:
        return f"1/{1 / ratio:,.0f}" if ratio < 0.67 else f"{ratio:.2g}"
    return "1" if ratio < 1.05 else f"{ratio:,.1f} ×" if ratio < 9.95 else f"{ratio:,.0f} ×"


def _histogram(band: Band, axis: Axis, bar: str, canvas: Canvas) -> str:
    """The sizes of the gradients, binned by their logarithm; heights relative to the fullest
    bin.
    """
    counts = binned(band.gradients, axis)
    fullest = max(counts) or 1
    bins = []
    for count in counts:
        high = max(1, round(HEIGHT * count / fullest)) if count else 1
        space = row(box(6, HEIGHT - high)) if high < HEIGHT else ""
        filled = row(box(6, high, canvas.colour[bar if count else "zero"]))
        bins.append(cell(table(BARE, space, filled)))
    drawn = table('BORDER="0" CELLBORDER="0" CELLSPACING="1" CELLPADDING="0"', row(*bins))
    zeros = band.gradients.count(0.0)
    note = canvas.muted(f"0 exactly, not drawn: {zeros:,} of {len(band.gradients):,}")
    return table(BARE, row(cell(drawn)), row(cell(note))) if zeros else drawn


def _part(x: float | None, axis: Axis) -> float:
    """Where a size lies on an axis, from 0 to 1."""
    if not x or not math.isfinite(x):
        return x or 0.0
    return (math.log10(abs(x)) - axis[0]) / (axis[1] - axis[0])


def binned(gradients: Sequence[float], axis: Axis) -> list[int]:
    """How many sizes fall into each bin; zeros and what is not finite in none, what is smaller
    in the first.
    """
    counts = [0] * BINS
    for x in gradients:
        if x != 0.0 and math.isfinite(x):
            counts[min(BINS - 1, max(0, int(BINS * _part(x, axis))))] += 1
    return counts


def _tip(band: Band) -> str:
    """Everything that is known of a band."""
    made_of = ", ".join(f"{count:,} {symbol}" for symbol, count in band.operations.most_common())
    size = f"{counted(band.nodes, 'node')}, {band.parameters:,} of them parameters"
    text = f"{visible_text(band.title)}{band.times}: {size}; {visible_text(made_of, 200)}"
    if band.rms is not None:
        sizes = [abs(x) for x in band.gradients]
        text += (
            f"\nrms {exact(band.rms)}, smallest {exact(min(sizes))}, largest "
            f"{exact(max(sizes))}, {sizes.count(0.0):,} zeros"
        )
    return text


def _arrow(arrow: Arrow, canvas: Canvas, one_way: bool) -> None:
    """An arrow whose width and number are the size of the gradient that crosses."""
    norm, bands = arrow.contribution, canvas.content.cards
    verdict = next((band.verdict for band in bands if band.id == arrow.user), "")
    colour, tip, label = "zero line", "not computed yet", ""
    if norm is not None:
        colour = COLOURS[verdict][2] if finite(norm) else "alarm line"
        tip = f"norm of the gradient that crosses: {exact(norm)}"
        label = canvas.muted(SPACE * 6 + number(abs(norm)))
    width = 0.8 if not norm else 3.2
    sizes = [math.log10(x) for x in canvas.content.numbers() if x and finite(x)]
    if norm and finite(norm) and sizes:
        low, high = min(sizes), max(sizes)
        part = (math.log10(abs(norm)) - low) / (high - low) if high > low else 1.0
        width = 2.5 + 5.0 * min(1.0, max(0.0, part))
    tail, head = PORTS[RANKS[canvas.direction]]
    ends = (f":box:{tail}", f":room:{head}") if one_way else ("", "")  # each finds its own end
    way = f'"{arrow.user}"{ends[0]} -> "{arrow.operand}"{ends[1]}'
    weight = round(width * width)  # the thicker, the straighter
    more = f" arrowsize={0.5 + 0.05 * width:.2f} weight={weight}"
    canvas.arrow(arrow, way, tip, colour, width, more, label)
