"""The gradient of a function of two numbers, as arrows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_core import grad

from ..training.predictions import Predictor
from .planes import Bounds, Box, Function, box_of, on_grid
from .style import BLUE, INK, ORANGE, Axes, formatted, framed, legend_below

ARROWS = 15  # along each side
IN_DATA_UNITS: Any = {"angles": "xy", "scale_units": "xy", "scale": 1.0}


def plot_gradient_field(
    f: Function,
    bounds: Bounds,
    at: Sequence[float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Plot the gradient ∇f = (∂f/∂x₁, ∂f/∂x₂) as arrows across the contour lines of f.

    The colour of an arrow shows |∇f|. At the point `at` stand the steepest ascent ∇f in orange, the
    steepest descent −∇f in blue and, perpendicular to them, the direction in which f is level.

    Args:
        f: a function of a list of two numbers.
        bounds: a pair (low, high) for each of the two numbers.
        at: a point of two numbers; by default none.
        ax: the axes to draw on; by default those of a new figure.

    Returns:
        The axes.

    Raises:
        ValueError: `bounds` are not two pairs, or the gradient is 0 or not finite in `at`.

    Example:
        >>> ax = plot_gradient_field(lambda p: p[0] * p[1], [(-1, 1), (-1, 1)], at=[0.5, 0.5])
        >>> ax.get_legend_handles_labels()[1]
        ['level', 'steepest up, ∇f = (0.5, 0.5)', 'steepest down']
    """
    import numpy

    box = box_of(bounds)
    width, height = (high - low for low, high in box)
    xs, ys, heights = on_grid(Predictor(f), box)
    ax = framed(ax, "Gradient field", "x₁", "x₂", grid=False)
    ax.contour(
        xs, ys, numpy.ma.masked_invalid(heights), levels=14, colors="#9a9a9a", linewidths=0.8
    )
    _arrows(ax, f, box)
    if at is not None:
        _directions(ax, f, at, 0.16 * min(width, height))
    ax.set(xlim=box[0], ylim=box[1])
    if 0.5 <= width / height <= 2.0:
        ax.set_aspect("equal")  # so that what is perpendicular looks so
    return ax


def _arrows(ax: Axes, f: Function, box: Box) -> None:
    import numpy
    from matplotlib.colors import LogNorm, Normalize

    steps = [(high - low) / ARROWS for low, high in box]
    inner = [(low + 0.5 * d, high - 0.5 * d) for (low, high), d in zip(box, steps, strict=True)]
    xs, ys, slopes = on_grid(Predictor(grad(f)), inner, ARROWS)
    sizes = numpy.hypot(*slopes.T).T
    kept = numpy.isfinite(sizes) & (sizes > 0.0)
    sizes, slopes = sizes[kept], slopes[kept]
    low, high = (sizes.min(), sizes.max()) if sizes.size else (1.0, 1.0)
    arrows = ax.quiver(
        *(xy[kept] for xy in numpy.meshgrid(xs, ys)),
        *0.75 * min(steps) * slopes.T / sizes,
        sizes,
        cmap="cividis",
        norm=LogNorm(low, high) if high > 10.0 * low else Normalize(0.0, high),
        pivot="mid",
        width=0.0045,
        **IN_DATA_UNITS,
    )
    shrink = min(1.0, 1.1 * steps[1] / steps[0])
    ax.figure.colorbar(arrows, ax=ax, label="|∇f|", shrink=shrink)


def _directions(ax: Axes, f: Function, at: Sequence[float], length: float) -> None:
    """The directions of steepest ascent and descent and the level direction at one point."""
    slopes = grad(f)([float(x) for x in at])
    size = sum(g * g for g in slopes) ** 0.5
    if not 0.0 < size < float("inf"):
        raise ValueError(
            f"at {list(at)} the gradient is {slopes}, which has no direction; choose another point"
        )
    dx, dy = (length * g / size for g in slopes)
    x, y = at
    level = [x - dy, x + dy], [y + dx, y - dx]
    ax.plot(*level, "--", color=INK, linewidth=1.6, label="level", zorder=4)
    up = f"steepest up, ∇f = ({formatted(slopes[0])}, {formatted(slopes[1])})"
    for sign, colour, label in ((1.0, ORANGE, up), (-1.0, BLUE, "steepest down")):
        ax.quiver(
            x, y, sign * dx, sign * dy, color=colour, width=0.012,
            edgecolor="white", linewidth=0.8, zorder=5, label=label, **IN_DATA_UNITS,
        )  # fmt: skip
    ax.plot(x, y, "o", color="white", markeredgecolor=INK, markersize=7.0, zorder=6)
    legend_below(ax)
