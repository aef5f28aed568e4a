"""Surfaces over two numbers as contour plots, with descent paths."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import chain, takewhile
from typing import Any

from autograd_core import Value, compiled

from ..data.samples import samples
from ..losses import Loss, loss_function
from ..modules.module import Module
from ..training.predictions import Predictor
from ..training.steps import Problem
from .planes import Bounds, Function, box_of, on_grid
from .recorder import Recorder
from .style import Axes, formatted, framed, legend_below

LEVELS = 22  # of the contours
DARK = "#111111"
PATHS = ("#e8560a", "#ffffff", "#7fd0ff", "#ff9ecb", DARK)


def plot_surface(
    f: Function,
    bounds: Bounds | None = None,
    paths: Any = None,
    ax: Axes | None = None,
    *,
    labels: Sequence[str] = ("x₁", "x₂"),
    title: str = "f(x₁, x₂)",
) -> Axes:
    """Plot f([x₁, x₂]), dark where it is low, with paths from their starts (circles) to their ends.

    The lowest end is a star. Higher ends are diamonds: local minima, or unfinished paths. The
    legend gives f at each end. A path is drawn up to its first point that is not finite.

    Args:
        f: a function of a list of two numbers.
        bounds: a pair (low, high) for each number; by default around the paths.
        paths: a result of `minimize`, a list of points, or a dict of several of them by name.
        ax: the axes to draw on; by default those of a new figure.
        labels: the names of the two numbers.
        title: the title of the plot.

    Returns:
        The axes.

    Raises:
        ValueError: there are neither bounds nor paths, they do not have two numbers, or f is finite
            nowhere.

    Example:
        >>> ax = plot_surface(lambda p: p[0] ** 2 + p[1] ** 2, paths=[[2.0, 1.0], [0.0, 0.0]])
        >>> ax.get_legend_handles_labels()[1]
        ['ends at 0']
    """
    return _contours(Predictor(f), bounds, paths, ax, labels, title, "f")


def plot_loss_surface(
    model: Module,
    inputs: Any,
    targets: Any,
    *,
    loss: str | Loss,
    parameters: Sequence[Value] | None = None,
    paths: Any = None,
    bounds: Bounds | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Plot the mean loss over two parameters of a model, with the paths of trainings.

    The other parameters keep their values, and so do these two after the plot.

    Args:
        model: the model.
        inputs: the samples.
        targets: the target of each sample.
        loss: the loss of a sample, by name or as a function.
        parameters: the two parameters; by default those that the first of the paths followed.
        paths: a `Recorder` that followed the two parameters, or a dict of several by name.
        bounds: a pair (low, high) for each parameter; by default around the paths, or 4 to each
            side of the current values.
        ax: the axes to draw on; by default those of a new figure.

    Returns:
        The axes.

    Raises:
        ValueError: there are not two parameters, `bounds` are not two pairs, or the loss is finite
            nowhere.

    Example:
        >>> from nn import Neuron
        >>> unit = Neuron(2, seed=0)
        >>> data = {"inputs": [[0, 1], [1, 1]], "targets": [0, 1], "loss": "mean_squared_error"}
        >>> plot_loss_surface(unit, **data, parameters=unit.weights).get_xlabel()
        'w₁'
    """
    if parameters is None:
        recorders = [path for path in _by_name(paths).values() if isinstance(path, Recorder)]
        parameters = recorders[0].follow if recorders else []
    if len(parameters) != 2:
        raise ValueError(
            f"a loss surface is drawn over two parameters, got {len(parameters)}; give "
            "parameters=[p, q], or a Recorder(follow=[p, q]) as paths"
        )
    import numpy

    before = [p.data for p in parameters]
    f = loss_function(loss)
    columns = Problem(model, f, samples(inputs), samples(targets)).columns()
    program = compiled(lambda x, t: f(model(x), t), batched=("x", "t"), reduce="mean")
    xs, ts = (numpy.asarray(column, float) for column in columns)

    def loss_at(point: Sequence[float]) -> float:
        _set(parameters, point)
        return float(program(xs, ts))

    def heights(points: Any) -> list[float]:
        return [*map(loss_at, points.tolist())]

    if bounds is None and paths is None:
        bounds = [(x - 4.0, x + 4.0) for x in before]
    labels = [p.label for p in parameters]
    if labels[0] == labels[1] or not all(labels):
        names = {id(p): name for name, p in model.named_parameters()}
        labels = [names.get(id(p), p.label) for p in parameters]
    try:
        title = "Loss over two parameters"
        return _contours(heights, bounds, paths, ax, labels, title, "mean loss")
    finally:
        _set(parameters, before)


def _set(parameters: Sequence[Value], numbers: Sequence[float]) -> None:
    for p, x in zip(parameters, numbers, strict=True):
        p.data = x


def _contours(
    heights: Function,
    bounds: Bounds | None,
    paths: Any,
    ax: Axes | None,
    labels: Sequence[str],
    title: str,
    quantity: str,
) -> Axes:
    """Plot a surface with the heights `heights(points)`, and the paths on it."""
    import numpy

    paths = {str(name): _finite(name, path) for name, path in _by_name(paths).items()}
    box = box_of(bounds, [*chain.from_iterable(paths.values())])
    xs, ys, zs = on_grid(heights, box)
    ax = framed(ax, title, *labels, grid=False)
    _fill(ax, xs, ys, zs, quantity)
    ends = heights(numpy.array([path[-1] for path in paths.values()], float)) if paths else []
    lowest = min(ends, default=0.0)
    for k, ((name, path), end) in enumerate(zip(paths.items(), ends, strict=True)):
        label = f"{name} → {formatted(end)}" if name else f"ends at {formatted(end)}"
        _path(ax, path, label, PATHS[k % len(PATHS)], end <= lowest + 1e-6 * (abs(lowest) + 1e-6))
    if paths:
        legend_below(ax)
    ax.locator_params(axis="x", nbins=7)
    ax.set(xlim=box[0], ylim=box[1])
    return ax


def _fill(ax: Axes, xs: Any, ys: Any, zs: Any, quantity: str) -> None:
    """Filled contours, closer together near the minimum, and a colour bar."""
    import numpy
    from matplotlib.colors import BoundaryNorm

    zs = numpy.ma.masked_invalid(zs)
    if not zs.count():
        raise ValueError(
            "the function is not finite anywhere in this plane; give bounds within which it is"
        )
    low, high = float(zs.min()), float(zs.max())
    high = high if low < high else low + 1.0
    if low > 0.0 and high > 30.0 * low:
        levels = numpy.geomspace(low, high, LEVELS)
    else:
        levels = low + (high - low) * numpy.linspace(0.0, 1.0, LEVELS) ** 2
    norm = BoundaryNorm(levels, 256)
    filled = ax.contourf(xs, ys, zs, levels=levels, cmap="cividis", norm=norm)
    ax.contour(xs, ys, zs, levels=levels[::3], colors="white", linewidths=0.4, alpha=0.5)
    ax.figure.colorbar(
        filled, ax=ax, ticks=levels[::3], format="%.2g", spacing="uniform", label=quantity
    )


def _path(ax: Axes, path: Any, label: str, colour: str, lowest: bool) -> None:
    """One path on the surface."""
    from matplotlib.patheffects import Normal, Stroke

    xs, ys = zip(*path, strict=True)
    edge = "white" if colour in (PATHS[0], DARK) else DARK
    ax.plot(
        xs, ys, ".-" if len(path) <= 60 else "-", color=colour, linewidth=1.8,
        markersize=5.0, path_effects=[Stroke(linewidth=4.0, foreground=edge), Normal()],
        solid_capstyle="round", zorder=3,
    )  # fmt: skip
    ax.plot(xs[0], ys[0], "o", color="white", markeredgecolor="black", markersize=7.0, zorder=4)
    marker, size = ("*", 15.0) if lowest else ("D", 7.5)
    ax.plot(
        xs[-1], ys[-1], marker, color=colour, markeredgecolor="black", markersize=size,
        label=label, zorder=5,
    )  # fmt: skip


def _by_name(paths: Any) -> Mapping[Any, Any]:
    if paths is None:
        return {}
    return paths if isinstance(paths, Mapping) else {"": paths}


def _finite(name: Any, path: Any) -> list[Sequence[float]]:
    """The points of a path up to the first one that is not finite."""
    points = list(getattr(path, "path", path))
    if not points or any(not hasattr(point, "__len__") or len(point) != 2 for point in points):
        raise ValueError(
            f"the path {name!r} must be a list of points of two numbers each, got {points[:2]!r} …"
        )
    finite = list(takewhile(lambda point: all(map(math.isfinite, point)), points))
    if not finite:
        raise ValueError(
            f"the path {name!r} starts at {points[0]!r}, which is not finite; start elsewhere"
        )
    return finite
