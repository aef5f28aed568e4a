"""What all plots share: the colours, the frame, and matplotlib itself, which is loaded by the first plot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autograd_core.errors import MissingExtra

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE, ORANGE, INK, GREY = "#1b5fa8", "#d55e00", "#1a1a1a", "#6b6b6b"
SEVERAL = (BLUE, ORANGE, "#8b3f9e", "#4fa8dc", INK, "#c99700")  # told apart by every eye, also by their lightness
DASHES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1)), (0, (1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p", "h", "<", ">", "*")
SMALL = 9


def pyplot() -> Any:
    """matplotlib's pyplot, or the error that names the extra."""
    try:
        from matplotlib import pyplot
    except ImportError:
        raise MissingExtra("matplotlib", "plots", "a plot") from None
    return pyplot


def framed(axes: Axes | None, title: str, x: str = "", y: str = "", *, grid: bool = True) -> Axes:
    """The axes, or new ones, with their title and labels and a quiet frame."""
    if axes is None:
        axes = pyplot().figure(layout="constrained").add_subplot()
    axes.set_title(title, loc="left", fontweight="bold", fontsize=11)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.spines[["top", "right"]].set_visible(False)
    if grid:
        axes.grid(alpha=0.3)
    return axes


def spans_decades(numbers: Sequence[float], factor: float = 20.0) -> bool:
    """Whether the positive numbers differ so much that a logarithmic scale shows more.

    >>> spans_decades([0.0, 1.0, 50.0]), spans_decades([0.0])
    (True, False)
    """
    positive = [y for y in numbers if y > 0.0]
    return bool(positive) and max(positive) > factor * min(positive)


def layer_lines(axes: Axes, epochs: Sequence[int], columns: dict[str, list[float]]) -> None:
    """One line for each layer, with its name at the right end; names that would touch are moved apart."""
    colours = list(SEVERAL) if len(columns) <= len(SEVERAL) else pyplot().get_cmap("cividis").resampled(len(columns)).colors
    for i, (name, ys) in enumerate(columns.items()):
        marker = "o" if len(epochs) == 1 else None  # a line needs two points
        axes.plot(
            epochs, ys, color=colours[i], linestyle=DASHES[i % len(DASHES)], linewidth=1.8, marker=marker, label=name
        )  # fmt: skip
    axes.locator_params(axis="x", integer=True)
    left, right = axes.get_xlim()
    axes.set_xlim(left, right + 0.2 * (right - left))  # room for the names
    to_axes = axes.transData + axes.transAxes.inverted()
    ends = [to_axes.transform((epochs[-1], ys[-1]))[1] for ys in columns.values()]
    gap = 14.0 / (axes.bbox.height * 72.0 / axes.figure.dpi)
    for line, height in zip(list(axes.lines)[-len(columns) :], spread(ends, gap), strict=True):
        axes.text(
            0.985, height, str(line.get_label()), color=line.get_color() if len(columns) <= len(SEVERAL) else INK,
            transform=axes.transAxes, ha="right", va="center", fontsize=SMALL, gid="layer name",
        )  # fmt: skip


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """Heights between 0 and 1 moved apart, so that none comes nearer than the gap to another.

    >>> spread([0.5, 0.5, 0.9], 0.2)
    [0.4, 0.6, 0.9]
    """
    order = sorted(range(len(heights)), key=heights.__getitem__)
    groups: list[tuple[float, list[int]]] = []  # the middle of each group, and who is in it
    for i in order:
        middle, members = heights[i], [i]
        while groups and middle - 0.5 * gap * len(members) < groups[-1][0] + 0.5 * gap * len(groups[-1][1]) - 1e-12:
            members = groups.pop()[1] + members
            middle = sum(heights[k] for k in members) / len(members)
            half = 0.5 * gap * len(members)
            middle = max(half, min(middle, 1.0 - half))
        groups.append((middle, members))
    placed = [0.0] * len(heights)
    for middle, members in groups:
        for k, i in enumerate(members):
            placed[i] = round(middle + gap * (k - 0.5 * (len(members) - 1)), 12)
    return placed


def cased(width: float) -> list[Any]:
    """A white edge around a line, which sets it off from any background."""
    from matplotlib.patheffects import Normal, Stroke

    return [Stroke(linewidth=width + 2.0, foreground="white"), Normal()]
