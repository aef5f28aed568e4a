"""What the tests of the plots share: a surface to descend on, and what stands on drawn axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def bowl(point: Any) -> Any:
    return (point[0] - 1.0) ** 2 + 4.0 * point[1] ** 2 + 0.5


def texts(axes: Axes) -> list[str]:
    legend = axes.get_legend()
    return [] if legend is None else [text.get_text() for text in legend.get_texts()]


def line(axes: Axes, label: str) -> Any:
    return next(line for line in axes.lines if str(line.get_label()).startswith(label))
