"""Surfaces over two numbers as contour plots, with descent paths."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from autograd_core import RecordingError, Value, compiled, no_grad

from ..data.datasets import one_hot
from ..losses import Loss, cross_entropy, cross_entropy_from_logits, loss_function
from ..modules.networks import Module
from .recorder import Recorder
from .style import framed, legend_below, number, pyplot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIDE = 61  # points along each side
LEVELS = 22
PATHS = ("#e8560a", "#ffffff", "#7fd0ff", "#ff9ecb", "#111111")

Bounds = Sequence[Sequence[float]]


def plot_surface(
    f: Callable[[Any], Any],
    bounds: Bounds | None = None,
    paths: Any = None,
    axes: Axes | None = None,
    *,
    labels: Sequence[str] = ("x₁", "x₂"),
    title: str = "f(x₁, x₂)",
) -> Axes:
    """Plot f([x₁, x₂]), dark where it is low, with paths from their starts (circles) to their ends.

    `paths` is a result of `minimize`, a list of points, or a dict of several of them by name. The
    lowest end is a star. Higher ends are diamonds: local minima, or unfinished paths. The legend
    gives f at each end. A path is drawn up to its first point that is not finite. `bounds` is a
    pair (low, high) for each number; by default it follows from the paths.
    """
    return _seen_from_above(
        lambda points: on_points(f, points), bounds, paths, axes, labels, title, "f"
    )


def _seen_from_above(
    evaluate: Callable[[Any], Any],
    bounds: Bounds | None,
    paths: Any,
    axes: Axes | None,
    labels: Sequence[str],
    title: str,
    label: str,
) -> Axes:
    """Plot the surface with the heights `evaluate(points)`."""
    import numpy

    ways = _ways(paths)
    (x0, x1), (y0, y1) = box_of(bounds, [point for way in ways.values() for point in way])
    xs, ys = numpy.linspace(x0, x1, SIDE), numpy.linspace(y0, y1, SIDE)
    heights = evaluate(numpy.stack(numpy.meshgrid(xs, ys), axis=-1).reshape(-1, 2)).reshape(
        SIDE, SIDE
    )
    axes = framed(axes, title, *labels, grid=False)
    _heights(axes, xs, ys, heights, label)
    ends = {name: float(evaluate(numpy.array(way[-1:], float))[0]) for name, way in ways.items()}
    for k, (name, way) in enumerate(ways.items()):
        lowest = ends[name] <= min(ends.values()) + 1e-6 * (abs(min(ends.values())) + 1e-6)
        _path(
            axes,
            way,
            f"{name} → {number(ends[name])}" if name else f"ends at {number(ends[name])}",
            k,
            lowest,
        )
    if ways:
        legend_below(axes)
    axes.locator_params(axis="x", nbins=7)
    axes.set_xlim(x0, x1)
    axes.set_ylim(y0, y1)
    return axes


def plot_loss_surface(
    model: Module,
    inputs: Any,
    targets: Any,
    *,
    loss: str | Loss,
    parameters: Sequence[Value] | None = None,
    paths: Any = None,
    bounds: Bounds | None = None,
    axes: Axes | None = None,
) -> Axes:
    """Plot the mean loss over two parameters of the model, the others fixed, with the paths of
    trainings.

    `paths` is a `Recorder` that followed the two parameters, or a dict of several by name. By
    default `parameters` are those that the first one followed.
    """
    if parameters is None:
        found = next((way for way in _named(paths).values() if isinstance(way, Recorder)), None)
        parameters = found.follow if found else []
    if len(parameters) != 2:
        raise ValueError(
            f"a loss surface is drawn over two parameters, got {len(parameters)}; give "
            "parameters=[p, q], "
            "or a Recorder(follow=[p, q]) as paths"
        )
    import numpy

    mean_loss = _mean_loss(model, inputs, targets, loss_function(loss))
    before = [p.data for p in parameters]

    def evaluate(points: Any) -> Any:
        losses = []
        for point in points.tolist():
            for p, number in zip(parameters, point, strict=True):
                p.data = number
            losses.append(mean_loss())
        return numpy.array(losses)

    if bounds is None and paths is None:
        bounds = [(x - 4.0, x + 4.0) for x in before]
    names = [p.label for p in parameters]
    if names[0] == names[1] or not all(names):
        known = {id(p): name for name, p in model.named_parameters()}
        names = [known.get(id(p), p.label) for p in parameters]
    try:
        return _seen_from_above(
            evaluate, bounds, paths, axes, names, "Loss over two parameters", "mean loss"
        )
    finally:
        for p, number in zip(parameters, before, strict=True):
            p.data = number


def _mean_loss(model: Module, inputs: Any, targets: Any, loss: Loss) -> Callable[[], float]:
    """A function that computes the mean loss with the current parameters."""
    import numpy

    if loss in (cross_entropy, cross_entropy_from_logits) and not hasattr(targets[0], "__len__"):
        targets = one_hot(list(map(int, targets)), len(model(inputs[0])))
    xs, ts = numpy.asarray(list(inputs), float), numpy.asarray(list(targets), float)
    program = compiled(lambda x, t: loss(model(x), t), batched=("x", "t"), reduce="mean")
    return lambda: float(program(xs, ts))


def on_points(f: Callable[[Any], Any], points: Any) -> Any:
    """f at each of the points, all at once if f can be compiled."""
    import numpy

    try:
        return numpy.asarray(compiled(lambda point: f(point), batched="point")(points), float)
    except (
        RecordingError,
        TypeError,
        ValueError,
    ):  # one point after another is slower, but works for every f
        with no_grad():
            found = [f(point) for point in points.tolist()]
    return numpy.array([y.data if isinstance(y, Value) else y for y in found], float)


def _heights(axes: Axes, xs: Any, ys: Any, heights: Any, label: str) -> None:
    """Filled contours, closer together near the minimum, and a colour bar."""
    import numpy
    from matplotlib.colors import BoundaryNorm

    finite = heights[numpy.isfinite(heights)]
    if not finite.size:
        raise ValueError(
            "the function is not finite anywhere in this plane; give bounds within which it is"
        )
    low, high = float(finite.min()), float(finite.max())
    if not low < high:
        high = low + 1.0
    if low > 0.0 and high > 30.0 * low:
        levels = numpy.geomspace(low, high, LEVELS)
    else:
        levels = low + (high - low) * numpy.linspace(0.0, 1.0, LEVELS) ** 2
    colours = pyplot().get_cmap("cividis")
    shown = numpy.ma.masked_invalid(heights)
    filled = axes.contourf(
        xs, ys, shown, levels=levels, cmap=colours, norm=BoundaryNorm(levels, colours.N)
    )
    axes.contour(xs, ys, shown, levels=levels[::3], colors="white", linewidths=0.4, alpha=0.5)
    axes.figure.colorbar(
        filled, ax=axes, ticks=levels[::3], format="%.2g", spacing="uniform", label=label
    )


def _path(axes: Axes, way: Sequence[Sequence[float]], label: str, k: int, lowest: bool) -> None:
    """One path on the surface."""
    from matplotlib.patheffects import Normal, Stroke

    xs, ys = [point[0] for point in way], [point[1] for point in way]
    colour = PATHS[k % len(PATHS)]
    casing = [
        Stroke(linewidth=4.0, foreground="white" if colour in (PATHS[0], PATHS[-1]) else "#111111"),
        Normal(),
    ]
    dot = "." if len(way) <= 60 else None
    marker, size = ("*", 15.0) if lowest else ("D", 7.5)
    axes.plot(
        xs,
        ys,
        color=colour,
        linewidth=1.8,
        path_effects=casing,
        solid_capstyle="round",
        zorder=3,
        marker=dot,
        markersize=5.0,
    )
    axes.plot(xs[:1], ys[:1], "o", color="white", markeredgecolor="black", markersize=7.0, zorder=4)
    axes.plot(
        xs[-1:],
        ys[-1:],
        marker,
        color=colour,
        markeredgecolor="black",
        markersize=size,
        zorder=5,
        label=label,
        linestyle="none",
    )


def _named(paths: Any) -> Mapping[str, Any]:
    if paths is None:
        return {}
    return paths if isinstance(paths, Mapping) else {"": paths}


def _ways(paths: Any) -> dict[str, list[Sequence[float]]]:
    """The paths by name, each as a list of points of two numbers, up to the first one that is not
    finite.
    """
    ways = {}
    for name, given in _named(paths).items():
        points = list(getattr(given, "path", given))
        if not points or any(not hasattr(point, "__len__") or len(point) != 2 for point in points):
            raise ValueError(
                f"the path {name!r} must be a list of points of two numbers each, got "
                f"{points[:2]!r} …"
            )
        ways[str(name)] = list(takewhile(lambda point: all(map(math.isfinite, point)), points))
        if not ways[str(name)]:
            raise ValueError(
                f"the path {name!r} starts at {points[0]!r}, which is not finite; start elsewhere"
            )
    return ways


def box_of(bounds: Bounds | None, points: Sequence[Sequence[float]]) -> list[tuple[float, float]]:
    """The bounds, or those of the points with a margin."""
    if bounds is not None:
        if len(bounds) != 2 or any(len(pair) != 2 or not pair[0] < pair[1] for pair in bounds):
            raise ValueError(f"bounds are two pairs (low, high) with low < high, got {bounds!r}")
        return [(float(low), float(high)) for low, high in bounds]
    if not points:
        raise ValueError(
            "without a path the plot needs bounds: a pair (low, high) for each of the two numbers"
        )
    columns = [[point[i] for point in points] for i in range(2)]
    widest = max(max(column) - min(column) for column in columns) or 1.0
    box = []
    for column in columns:
        middle, width = 0.5 * (min(column) + max(column)), max(column) - min(column)
        reach = 0.8 * max(width, 0.5 * widest)  # also show the sides of a path along one axis
        box.append((middle - reach, middle + reach))
    return box
