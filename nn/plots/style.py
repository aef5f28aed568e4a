"""What all plots share: colours, the frame, and matplotlib, which the first plot imports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autograd_core.errors import MissingExtra

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE, ORANGE, INK, GREY = "#1b5fa8", "#d55e00", "#1a1a1a", "#6b6b6b"
SEVERAL = (
    BLUE,
    ORANGE,
    INK,
    "#b0508a",
    "#3a9bd0",
    "#9a7400",
)  # distinguishable with any colour vision, also by lightness
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
    """The axes, or new ones, with title, labels and a plain frame."""
    if axes is None:
        axes = pyplot().figure(layout="constrained").add_subplot()
    axes.set_title(title, loc="left", fontweight="bold", fontsize=11)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.spines[["top", "right"]].set_visible(False)
    if grid:
        axes.grid(alpha=0.3)
    return axes


def legend_below(axes: Axes) -> None:
    """A legend below the axes, where it hides nothing; inside them if no layout makes room."""
    labels = axes.get_legend_handles_labels()[1]
    if axes.figure.get_layout_engine() is None:
        axes.legend(loc="best", framealpha=0.9, fontsize=SMALL)
        return
    room = int(axes.bbox.width * 72.0 / axes.figure.dpi / 5.2)  # in letters
    columns = next((n for n in (5, 4, 3, 2) if n <= len(labels) and _width(labels, n) <= room), 1)
    axes.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, -0.11),
        ncols=columns,
        columnspacing=1.2,
        frameon=False,
        fontsize=SMALL,
    )


def number(x: float) -> str:
    """A number with three digits and a true minus sign.

    >>> number(-0.12345)
    '−0.123'
    """
    return f"{x:.3g}".replace("-", "−")


def _width(labels: list[str], columns: int) -> int:
    """The width of a legend in letters; it is filled column by column."""
    rows = -(-len(labels) // columns)
    return sum(6 + max(map(len, labels[k : k + rows])) for k in range(0, len(labels), rows))


def spans_decades(numbers: Sequence[float], factor: float = 20.0) -> bool:
    """Whether the positive numbers span so much that a logarithmic scale is better.

    >>> spans_decades([0.0, 1.0, 50.0]), spans_decades([0.0])
    (True, False)
    """
    positive = [y for y in numbers if y > 0.0]
    return bool(positive) and max(positive) > factor * min(positive)


def layer_lines(axes: Axes, epochs: Sequence[int], columns: dict[str, list[float]]) -> None:
    """One line for each layer, with its name at the right end. Names that would overlap are moved
    apart.
    """
    few = len(columns) <= len(SEVERAL)
    colours = (
        SEVERAL
        if few
        else [pyplot().get_cmap("cividis")(0.85 * k / len(columns)) for k in range(len(columns))]
    )
    for colour, (name, ys) in zip(colours, columns.items(), strict=False):
        marker = "o" if len(epochs) == 1 else None  # a line needs two points
        axes.plot(epochs, ys, color=colour, linewidth=1.8, marker=marker, label=name)
    axes.locator_params(axis="x", integer=True)
    left, right = axes.get_xlim()
    axes.set_xlim(left, right + 0.2 * (right - left))  # room for the names
    to_axes = axes.transData + axes.transAxes.inverted()
    ends = [to_axes.transform((epochs[-1], ys[-1])) for ys in columns.values()]
    gap = 14.0 / (axes.bbox.height * 72.0 / axes.figure.dpi)
    heights = spread([height for _, height in ends], gap)
    for name, colour, (x, _), height in zip(columns, colours, ends, heights, strict=False):
        axes.text(
            x + 0.015,
            height,
            name,
            color=colour if few else INK,
            transform=axes.transAxes,
            va="center",
            fontsize=SMALL,
        )


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """Heights between 0 and 1, moved apart so that any two differ by at least the gap.

    >>> spread([0.5, 0.5, 0.9], 0.2)
    [0.4, 0.6, 0.9]
    """
    order = sorted(range(len(heights)), key=heights.__getitem__)
    groups: list[tuple[float, list[int]]] = []  # the middle of each group, and its members
    for i in order:
        middle, members = heights[i], [i]
        while (
            groups
            and middle - 0.5 * gap * len(members)
            < groups[-1][0] + 0.5 * gap * len(groups[-1][1]) - 1e-12
        ):
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
