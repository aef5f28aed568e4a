"""The DOT text of the layer level: a band for each layer, from the loss downwards."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..render.canvas import Canvas, escaped, finite
from ..render.notation import counted, exact, number, per_cent, visible_text
from ..render.theme import Scale
from ..scalars.dot import PORTS
from .crossings import Crossing
from .data import EXPLODING, VANISHING, Band, Layers

RANKS = {"BT": "TB", "TB": "BT", "LR": "RL", "RL": "LR"}  # arrows run from user to operand
DECADES, BINS = 12, 20
HEIGHT, BAR, TIP = 30, 122, 7
FILLS = {
    "": ("card", "border", "size"),
    "vanishing": ("amber fill", "amber", "amber"),
    "exploding": ("violet fill", "violet", "violet"),
}


def source(
    found: Layers,
    title: str,
    theme: str,
    direction: str,
    warning: str,
) -> tuple[str, dict[str, str]]:
    """The DOT text, and the tooltips by id."""
    canvas = Canvas(theme, Scale.of([]))
    one_way = all(len({pair[k] for pair in _ways(found)}) == len(_ways(found)) for k in range(2))
    from_, to = PORTS[RANKS[direction]]
    ends = (
        (f":box:{from_}", f":room:{to}") if one_way else ("", "")
    )  # where ways meet, each finds its own end
    axis = _axis([x for band in found.bands for x in band.gradients])
    heading = canvas.heading(title, [*_notes(found, axis)], "", found.alarm, warning)
    lines = canvas.start(
        heading,
        f"nodesep=0.3 outputorder=edgesfirst pad=0.3 rankdir={RANKS[direction]} ranksep=0.24",
        f'fontcolor="{canvas.colour["muted"]}" fontsize=9',
    )
    lines.append(_end("result", found.name, number(found.value), "result", canvas))
    canvas.tips["result"] = f"{visible_text(found.name)}: value {exact(found.value)}"
    for band in found.bands:
        canvas.tips[band.id] = _tip(band, found.computed)
        lines.append(
            f'"{band.id}" [id="{band.id}" class="layer" '
            f"label=<{_band(band, axis, canvas, found.computed)}>]"
        )
    if found.inputs:
        canvas.tips["inputs"] = f"{found.inputs:,} inputs"
        lines.append(_end("inputs", "inputs", f"{found.inputs:,}", "input", canvas))
    if not any(crossing.user == "result" for crossing in found.crossings) and found.bands:
        lines.append(
            _crossing(
                Crossing("top", "result", found.bands[-1].id, found.gradient), found, canvas, ends
            )
        )
    lines += [_crossing(crossing, found, canvas, ends) for crossing in found.crossings]
    return "\n".join([*lines, "}", ""]), canvas.tips


def _ways(found: Layers) -> list[tuple[str, str]]:
    """From which band to which there is an arrow."""
    return [(crossing.user, crossing.operand) for crossing in found.crossings]


def _axis(gradients: Sequence[float]) -> tuple[int, int]:
    """The powers of ten from which to which the histograms reach: all sizes but those far below
    the largest.
    """
    sizes = [math.log10(abs(x)) for x in gradients if x != 0.0 and math.isfinite(x)]
    if not sizes:
        return -1, 0
    high = math.floor(max(sizes)) + 1
    return max(min(math.floor(min(sizes)), high - 2), high - DECADES), high


def _notes(found: Layers, axis: tuple[int, int]) -> list[str]:
    deep = "layers" if any(band.parameters for band in found.bands) else "parts"
    lines = [
        f"{found.nodes:,} scalar nodes, drawn as {len(found.bands)} {deep}. To see some of them: "
        "draw(value, focus=node)."
    ]
    if not found.computed:
        return [*lines, "Gradients are not computed yet: call backward()."]
    low, high = (number(10.0**power) for power in axis)
    return [
        lines[0]
        + " The gradient runs from the result; arrow width and number: norm of the gradient that "
        "crosses.",
        f"Histogram: sizes of the gradients on a log scale from {low} to {high}. ▽ amber, "
        "vanishing: rms below "
        f"{VANISHING:g} of the last layer. △ violet, exploding: above {EXPLODING:g} times.",
    ]


def _end(id: str, title: str, note: str, fill: str, canvas: Canvas) -> str:
    """The card at an end: the result, the inputs."""
    c = canvas.colour
    box = (
        f'<TABLE BORDER="1" COLOR="{c["border"]}" CELLBORDER="0" STYLE="ROUNDED" CELLPADDING="4" '
        'PORT="box" '
        f'BGCOLOR="{c[fill]}"><TR><TD>{canvas.text(escaped(title), bold=True)}</TD>'
        f"<TD>{canvas.text(note, 'muted', 9)}</TD></TR>"
        "</TABLE>"
    )
    return f'"{id}" [id="{id}" label=<{_apart(box)}>]'


def _band(band: Band, axis: tuple[int, int], canvas: Canvas, computed: bool) -> str:
    c = canvas.colour
    fill, border, bar = FILLS[band.verdict]
    width = 2 if band.verdict else 1
    mark = {"vanishing": " ▽", "exploding": " △"}.get(band.verdict, "")
    cells = [
        '<TD ALIGN="LEFT" '
        f'WIDTH="150">{canvas.text(escaped(band.title, 40) + mark, size=12, bold=True)}<BR '
        'ALIGN="LEFT"/>'
        f'{canvas.text(escaped(_made_of(band), 60), "muted", 9)}<BR ALIGN="LEFT"/></TD>'
    ]
    if computed:
        cells.append(f"<TD>{_histogram(band, axis, bar, canvas)}</TD>")
        of = "∂L/∂w" if band.parameters else "gradient"
        cells.append(
            _figure(f"rms {of}", "–" if band.rms is None else number(band.rms), 66, canvas)
        )
        cells.append(f"<TD>{_rms_bar(band, axis, bar, canvas)}</TD>")
        cells.append(_figure("of last layer", _ratio(band.ratio), 70, canvas))
    share = band.saturated
    word = "inactive" if band.activation == "relu" else "saturated"
    shown = "–" if share is None else per_cent(share)
    cells.append(
        _figure(
            f"{word} {escaped(band.activation)}" if share is not None else "no activation",
            shown,
            72,
            canvas,
        )
    )
    if band.not_finite:
        note = canvas.text(f"⚠ {band.not_finite:,} not finite", "on alarm", 9, bold=True)
        cells.append(f'<TD BGCOLOR="{c["alarm"]}">{note}</TD>')
    return _apart(
        f'<TABLE BORDER="{width}" COLOR="{c[border]}" CELLBORDER="0" CELLSPACING="6" '
        'CELLPADDING="2" STYLE="ROUNDED" '
        f'PORT="box" BGCOLOR="{c[fill]}"><TR>{"".join(cells)}</TR></TABLE>'
    )


def _apart(box: str) -> str:
    """A box with room around it for the tips of thick arrows, which go beyond the place where
    an arrow ends.
    """
    return (
        f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="{TIP}"><TR><TD '
        f'PORT="room">{box}</TD></TR></TABLE>'
    )


def _made_of(band: Band) -> str:
    """16 → 16 σ, 272 parameters; or the most common operations."""
    if band.fan:
        return (
            f"{band.fan[0]:,} → {band.fan[1]:,} {band.activation or 'linear'}, "
            f"{counted(band.parameters, 'parameter')}"
        )
    common = band.operations.most_common(3)
    parts = (
        [counted(band.parameters, "parameter")]
        if band.parameters
        else [counted(band.nodes, "node")]
    )
    return ", ".join(parts) + ": " + " ".join(f"{count:,} {symbol}" for symbol, count in common)


def _figure(name: str, written: str, width: int, canvas: Canvas) -> str:
    return (
        f'<TD ALIGN="LEFT" WIDTH="{width}">{canvas.text(name, "muted", 8)}<BR ALIGN="LEFT"/>'
        f'{canvas.text(written, size=11, bold=True)}<BR ALIGN="LEFT"/></TD>'
    )


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


def _cell(width: int, height: int, fill: str = "") -> str:
    colour = f' BGCOLOR="{fill}"' if fill else ""
    return f'<TD WIDTH="{width}" HEIGHT="{height}" FIXEDSIZE="TRUE"{colour}></TD>'


BOX = '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">'


def _histogram(band: Band, axis: tuple[int, int], bar: str, canvas: Canvas) -> str:
    """The sizes of the gradients, binned by their logarithm; heights relative to the fullest
    bin.
    """
    counts = binned(band.gradients, axis)
    fullest = max(counts) or 1
    c = canvas.colour
    bins = []
    for count in counts:
        high = max(1, round(HEIGHT * count / fullest)) if count else 1
        space = f"<TR>{_cell(6, HEIGHT - high)}</TR>" if high < HEIGHT else ""
        cell = _cell(6, high, c[bar] if count else c["zero"])
        bins.append(f"<TD>{BOX}{space}<TR>{cell}</TR></TABLE></TD>")
    drawn = (
        '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="1" '
        f'CELLPADDING="0"><TR>{"".join(bins)}</TR></TABLE>'
    )
    zeros = band.gradients.count(0.0)
    note = canvas.text(f"0 exactly, not drawn: {zeros:,} of {len(band.gradients):,}", "muted", 7)
    return f"{BOX}<TR><TD>{drawn}</TD></TR><TR><TD>{note}</TD></TR></TABLE>" if zeros else drawn


def binned(gradients: Sequence[float], axis: tuple[int, int]) -> list[int]:
    """How many sizes fall into each bin; zeros and what is not finite in none, what is smaller
    in the first.
    """
    counts = [0] * BINS
    low, high = axis
    for x in gradients:
        if x != 0.0 and math.isfinite(x):
            at = BINS * (math.log10(abs(x)) - low) / (high - low)
            counts[min(BINS - 1, max(0, int(at)))] += 1
    return counts


def _rms_bar(band: Band, axis: tuple[int, int], bar: str, canvas: Canvas) -> str:
    """The rms on the axis of the histogram."""
    rms = band.rms
    part = (
        0.0
        if not rms
        else 1.0
        if not math.isfinite(rms)
        else (math.log10(rms) - axis[0]) / (axis[1] - axis[0])
    )
    full = max(0, min(BAR, round(BAR * part)))
    filled = _cell(full, 8, canvas.colour[bar]) if full else ""
    empty = _cell(BAR - full, 8, canvas.colour["zero"]) if full < BAR else ""
    return f"{BOX}<TR>{filled}{empty}</TR></TABLE>"


def _tip(band: Band, computed: bool) -> str:
    """Everything that is known of a band."""
    made = ", ".join(f"{count:,} {symbol}" for symbol, count in band.operations.most_common())
    size = f"{counted(band.nodes, 'node')}, {band.parameters:,} of them parameters"
    text = f"{visible_text(band.title)}: {size}; {visible_text(made, 200)}"
    if computed and band.gradients and band.rms is not None:
        sizes = [abs(x) for x in band.gradients]
        text += (
            f"\nrms {exact(band.rms)}, smallest {exact(min(sizes))}, largest "
            f"{exact(max(sizes))}, {sizes.count(0.0):,} zeros"
        )
    return text


def _crossing(crossing: Crossing, found: Layers, canvas: Canvas, ends: tuple[str, str]) -> str:
    norm = crossing.norm
    verdict = next((band.verdict for band in found.bands if band.id == crossing.user), "")
    role = "zero line" if norm is None else "alarm line" if not finite(norm) else FILLS[verdict][2]
    sizes = [x.norm for x in found.crossings if x.norm and finite(x.norm)]
    width = 0.8 if not norm else 3.2
    if norm and finite(norm) and max(sizes, default=0.0) > 0.0:
        low, high = math.log10(min(sizes)), math.log10(max(sizes))
        width = 2.5 + 5.0 * min(
            1.0, max(0.0, (math.log10(abs(norm)) - low) / (high - low) if high > low else 1.0)
        )
    canvas.tips[crossing.id] = (
        "not computed yet" if norm is None else f"norm of the gradient that crosses: {exact(norm)}"
    )
    label = (
        ""
        if norm is None
        else f" label=<{canvas.text('&#160;' * 6 + number(abs(norm)), 'muted', 9)}>"
    )
    return (
        f'"{crossing.user}"{ends[0]} -> "{crossing.operand}"{ends[1]} [id="{crossing.id}" '
        f'class="edge-norm"{label} '
        f'color="{canvas.colour[role]}" '
        # the thicker, the straighter
        f"penwidth={width:.2f} arrowsize={0.5 + 0.05 * width:.2f} weight={round(width * width)} "
        f"style={'solid' if finite(norm) else 'dashed'}]"
    )
