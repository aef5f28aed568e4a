"""What all plots share: colours, axes, legends, and matplotlib, which the first plot imports."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autograd_core.errors import MissingExtra

if TYPE_CHECKING:
    from matplotlib.axes import Axes as Axes
    from matplotlib.figure import Figure as Figure
else:  # matplotlib is not loaded for its types
    Axes = Figure = Any

BLUE, ORANGE, INK, GREY = "#1b5fa8", "#d55e00", "#1a1a1a", "#6b6b6b"
SMALL = 9  # font size


def pyplot() -> Any:
    """matplotlib's pyplot, or the error that names the extra."""
    try:
        from matplotlib import pyplot
    except ImportError:
        raise MissingExtra("matplotlib", "plots", "a plot") from None
    return pyplot


def new_figure(**options: Any) -> Any:
    """A figure of our own, registered with pyplot."""
    plot = pyplot()
    from .figure import Plot

    return plot.figure(FigureClass=Plot, layout="constrained", **options)


def framed(ax: Axes | None, title: str, x: str = "", y: str = "", *, grid: bool = True) -> Axes:
    """The axes, or new ones, with a title, labels and a plain frame."""
    if ax is None:
        ax = new_figure().add_subplot()
    ax.set_title(title, loc="left", fontweight="bold", fontsize=11)
    ax.set(xlabel=x, ylabel=y)
    ax.spines[["top", "right"]].set_visible(False)
    if grid:
        ax.grid(alpha=0.3)
    return ax


def panels(
    axes: Sequence[Axes] | None, number: int, columns: int, size: tuple[float, float], title: str
) -> tuple[Figure, list[Axes]]:
    """That many axes, given or new ones, with their figure. `size` is that of one in inches."""
    if axes is None:
        columns = min(number, columns)
        rows = -(-number // columns)
        new = new_figure(figsize=(size[0] * columns, size[1] * rows))
        axes = [new.add_subplot(rows, columns, k) for k in range(1, number + 1)]
    axes = list(getattr(axes, "flat", axes))  # subplots gives an array
    if len(axes) != number:
        raise ValueError(f"axes must hold one Axes for each of {number} plots, got {len(axes)}")
    figure: Any = axes[0].figure
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontweight="bold")
    return figure, axes


def legend_below(ax: Axes) -> None:
    """Add a legend below the axes, or inside if the figure has no layout that makes room."""
    if ax.figure.get_layout_engine() is None:
        ax.legend(loc="best", framealpha=0.9, fontsize=SMALL)
        return
    columns, width = 6, math.inf
    while columns > 1 and width > ax.bbox.width:
        columns -= 1
        legend = ax.legend(
            loc="upper center", bbox_to_anchor=(0.5, -0.11), ncols=columns,
            columnspacing=1.2, frameon=False, fontsize=SMALL,
        )  # fmt: skip
        width = legend.get_window_extent().width


def colour_map(*colours: str) -> Any:
    """A continuous colour map through these colours."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("", colours)


def formatted(x: float) -> str:
    """A number with three digits and a true minus sign.

    >>> formatted(-0.12345)
    '−0.123'
    """
    return f"{x:.3g}".replace("-", "−")


def spans_decades(numbers: Sequence[float], factor: float = 20.0) -> bool:
    """Whether the positive numbers span so much that a logarithmic scale is better.

    >>> spans_decades([0.0, 1.0, 50.0]), spans_decades([0.0])
    (True, False)
    """
    positive = [y for y in numbers if y > 0.0]
    return bool(positive) and max(positive) > factor * min(positive)
