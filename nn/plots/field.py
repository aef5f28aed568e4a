"""The gradient of a function of two numbers, as arrows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from autograd_core import value_and_grad

from .style import BLUE, INK, ORANGE, framed, legend_below, number
from .surface import SIDE, Bounds, box_of, on_points

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ARROWS = 15  # along each side


def plot_gradient_field(
    f: Callable[[Any], Any],
    bounds: Bounds,
    at: Sequence[float] | None = None,
    axes: Axes | None = None,
) -> Axes:
    """Plot the gradient of f([x₁, x₂]) as arrows across the contour lines; the colour shows its
    size.

    At the point `at`: the steepest ascent ∇f in orange, the steepest descent −∇f in blue, and the
    level direction perpendicular to them, in which f does not change.
    """
    import numpy

    (x0, x1), (y0, y1) = box_of(bounds, [])
    xs, ys = numpy.linspace(x0, x1, SIDE), numpy.linspace(y0, y1, SIDE)
    heights = on_points(f, numpy.stack(numpy.meshgrid(xs, ys), axis=-1).reshape(-1, 2)).reshape(
        SIDE, SIDE
    )
    axes = framed(axes, "Gradient field", "x₁", "x₂", grid=False)
    axes.contour(
        xs, ys, numpy.ma.masked_invalid(heights), levels=14, colors="#9a9a9a", linewidths=0.8
    )
    _arrows(axes, f, (x0, x1), (y0, y1))
    if at is not None:
        _directions(axes, f, at, 0.16 * min(x1 - x0, y1 - y0))
    axes.set_xlim(x0, x1)
    axes.set_ylim(y0, y1)
    if 0.5 <= (x1 - x0) / (y1 - y0) <= 2.0:
        axes.set_aspect("equal")  # so that what is perpendicular looks so
    return axes


def _arrows(
    axes: Axes, f: Callable[[Any], Any], x: tuple[float, float], y: tuple[float, float]
) -> None:
    import numpy
    from matplotlib.colors import LogNorm, Normalize

    step = [(high - low) / ARROWS for low, high in (x, y)]
    centres = numpy.stack(
        numpy.meshgrid(
            *[
                low + d * (numpy.arange(ARROWS) + 0.5)
                for (low, _), d in zip((x, y), step, strict=True)
            ]
        ),
        -1,
    ).reshape(-1, 2)
    slopes = numpy.array([value_and_grad(f)(point)[1] for point in centres.tolist()], float)
    sizes = numpy.hypot(slopes[:, 0], slopes[:, 1])
    kept = numpy.isfinite(sizes) & (sizes > 0.0)
    centres, slopes, sizes = centres[kept], slopes[kept], sizes[kept]
    length = 0.75 * min(step)
    low, high = (float(sizes.min()), float(sizes.max())) if sizes.size else (1.0, 1.0)
    norm = LogNorm(low, high) if high > 10.0 * low else Normalize(0.0, high)
    arrows = axes.quiver(
        *centres.T, *(length * slopes / sizes[:, None]).T, sizes, cmap="cividis", norm=norm,
        angles="xy", scale_units="xy", scale=1.0, pivot="mid", width=0.0045,
    )  # fmt: skip
    axes.figure.colorbar(
        arrows, ax=axes, label="|∇f|", shrink=min(1.0, 1.1 * (y[1] - y[0]) / (x[1] - x[0]))
    )


def _directions(axes: Axes, f: Callable[[Any], Any], at: Sequence[float], length: float) -> None:
    """The directions of steepest ascent and descent and the level direction at one point."""
    slopes = value_and_grad(f)([float(x) for x in at])[1]
    size = sum(g * g for g in slopes) ** 0.5
    if not 0.0 < size < float("inf"):
        raise ValueError(
            f"at {list(at)} the gradient is {slopes}, which has no direction; choose another point"
        )
    dx, dy = (length * g / size for g in slopes)
    x, y = at
    axes.plot(
        [x - dy, x + dy],
        [y + dx, y - dx],
        color=INK,
        linestyle="--",
        linewidth=1.6,
        label="level",
        zorder=4,
    )
    for sign, colour, label in (
        (1.0, ORANGE, f"steepest up, ∇f = ({number(slopes[0])}, {number(slopes[1])})"),
        (-1.0, BLUE, "steepest down"),
    ):
        axes.quiver(
            [x],
            [y],
            [sign * dx],
            [sign * dy],
            color=colour,
            angles="xy",
            scale_units="xy",
            scale=1.0,
            width=0.012,
            edgecolor="white",
            linewidth=0.8,
            zorder=5,
            label=label,
        )
    axes.plot([x], [y], "o", color="white", markeredgecolor=INK, markersize=7.0, zorder=6)
    legend_below(axes)
