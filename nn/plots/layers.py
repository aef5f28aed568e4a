"""Plots of a `Recorder` by layer: gradient size, gradient histogram and saturated units."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Any

from .recorder import BINS, Recorder
from .style import BLUE, INK, ORANGE, SMALL, Axes, colour_map, framed, pyplot, spans_decades

LAYERS = (BLUE, ORANGE, INK, "#b0508a", "#3a9bd0", "#9a7400")
"""Colours that any colour vision can tell apart, also by their lightness."""
COLUMNS = 60  # of the histogram, at most: each is the mean of some epochs


def plot_gradient_size(recorder: Recorder, ax: Axes | None = None) -> Axes:
    """Plot the root mean square of ∂L/∂w by layer and epoch.

    It shows layers that learn slowly because their gradient vanishes.

    Args:
        recorder: a recorder that `fit` got as a callback.
        ax: the axes to draw on; by default those of a new figure.

    Returns:
        The axes, logarithmic if the sizes span more than a factor of 3.

    Raises:
        ValueError: the recorder has seen no training.

    Example:
        >>> from nn import MLP, fit
        >>> recorder = Recorder()
        >>> settings = {"loss": "mean_squared_error", "callbacks": [recorder], "verbose": False}
        >>> history = fit(MLP(2, [3, 1]), [[0, 1], [1, 1]], [1.0, 0.0], **settings)
        >>> [line.get_label() for line in plot_gradient_size(recorder).lines]
        ['layer 1', 'layer 2']
    """
    columns = _recorded(recorder, recorder.gradient_size)
    ax = framed(ax, "Gradient size by layer", "epoch", "rms of ∂L/∂w")
    sizes = [y for ys in columns.values() for y in ys]
    if spans_decades(sizes, 3.0):
        ax.set_yscale("log")
        least = min(y for y in sizes if y > 0.0)
        columns = {name: [y or least for y in ys] for name, ys in columns.items()}
    _lines(ax, recorder.epochs, columns)
    return ax


def plot_gradient_histogram(recorder: Recorder, layer: str = "", ax: Axes | None = None) -> Axes:
    """Plot the histogram of |∂L/∂w| by epoch, of one layer or of all.

    Gradients that are exactly 0 have their own row at the bottom.

    Args:
        recorder: a recorder that `fit` got as a callback.
        layer: the name of the layer, such as "layer 1"; by default all.
        ax: the axes to draw on; by default those of a new figure.

    Returns:
        The axes.

    Raises:
        ValueError: the recorder has seen no training, or no layer has that name.

    Example:
        >>> from nn import MLP, fit
        >>> recorder = Recorder()
        >>> settings = {"loss": "mean_squared_error", "callbacks": [recorder], "verbose": False}
        >>> history = fit(MLP(2, [3, 1]), [[0, 1], [1, 1]], [1.0, 0.0], **settings)
        >>> plot_gradient_histogram(recorder, "layer 2").get_title(loc="left")
        '|∂L/∂w| of layer 2'
    """
    import numpy

    counts = _recorded(recorder, recorder.gradient_counts)
    if layer and layer not in counts:
        raise ValueError(f"no layer is called {layer!r}; there are {', '.join(counts)}")
    chosen = [layer] if layer else list(counts)
    bins = [k for name in chosen for entry in counts[name] for k, _ in entry] or [0]
    low, high = min(bins) - 1, max(bins) + 2
    epochs = recorder.epochs
    wide = -(-len(epochs) // COLUMNS)  # epochs in a column
    # the first row is for zeros, the second stays empty
    found = numpy.zeros((high - low + 2, -(-len(epochs) // wide)))
    for name in chosen:
        for i, entry in enumerate(counts[name]):
            for k, n in [(low - 2, recorder.zero_gradients[name][i]), *entry]:
                found[k - low + 2, i // wide] += n
    foot = 0 if found[0].any() else 2
    shares = 100.0 * numpy.ma.masked_equal(found, 0.0)[foot:] / found.sum(axis=0)
    ax = framed(ax, f"|∂L/∂w| of {layer or 'all layers'}", "epoch", "|∂L/∂w|", grid=False)
    half = 0.5 * recorder.every
    edges = [*(epoch - half for epoch in epochs[::wide]), epochs[-1] + half]
    powers = numpy.arange(low - 2 + foot, high + 1) / BINS
    blues = colour_map("#d3e4f3", "#6aaed6", "#1b5fa8", "#08254f")
    mesh = ax.pcolormesh(edges, powers, shares, cmap=blues, vmin=0.0, rasterized=True)
    first, last = -(-low // BINS), high // BINS
    ticks = {k: f"$10^{{{k}}}$" for k in range(first, last + 1, max(1, (last - first + 8) // 8))}
    ax.set_yticks(*zip(*(ticks | ({} if foot else {(low - 1.5) / BINS: "0"})).items(), strict=True))
    ax.locator_params(axis="x", integer=True)
    ax.figure.colorbar(mesh, ax=ax, label="share of the parameters in %")
    return ax


def plot_saturation(recorder: Recorder, ax: Axes | None = None) -> Axes:
    """Plot the share of saturated units by layer and epoch.

    A unit is saturated if its slope is below a fifth of the steepest (for the sigmoid, σ′ < 0.05).

    Args:
        recorder: a recorder with `inputs` that `fit` got as a callback.
        ax: the axes to draw on; by default those of a new figure.

    Returns:
        The axes.

    Raises:
        ValueError: the recorder has seen no training, or has no inputs.

    Example:
        >>> from nn import MLP, fit
        >>> recorder = Recorder(inputs=[[0, 1], [1, 1]])
        >>> settings = {"loss": "mean_squared_error", "callbacks": [recorder], "verbose": False}
        >>> history = fit(MLP(2, [3, 1]), [[0, 1], [1, 1]], [1.0, 0.0], **settings)
        >>> plot_saturation(recorder).get_ylabel()
        'share in %'
    """
    columns = _recorded(recorder, recorder.saturated)
    ax = framed(ax, "Saturated units (sigmoid: σ′ < 0.05)", "epoch", "share in %")
    ax.set_ylim(-4.0, 104.0)
    percent = {name: [100.0 * y for y in ys] for name, ys in columns.items()}
    _lines(ax, recorder.epochs, percent)
    return ax


def _recorded(recorder: Recorder, columns: dict[str, Any]) -> dict[str, Any]:
    if not recorder.epochs:
        raise ValueError("this recorder is empty: give it to fit(..., callbacks=[recorder])")
    if not columns:
        raise ValueError(
            "this recorder has no saturation; give it inputs: Recorder(inputs=samples)"
        )
    return columns


def _lines(ax: Axes, epochs: Sequence[int], columns: dict[str, list[float]]) -> None:
    """One line for each layer, with its name at the right end."""
    few = len(columns) <= len(LAYERS)
    shades = pyplot().get_cmap("cividis")
    colours = LAYERS if few else [shades(0.85 * k / len(columns)) for k in range(len(columns))]
    marker = "o" if len(epochs) == 1 else ""  # a line needs two points
    for colour, (name, ys) in zip(colours, columns.items(), strict=False):
        ax.plot(epochs, ys, marker=marker, color=colour, linewidth=1.8, label=name)
    ax.locator_params(axis="x", integer=True)
    left, right = ax.get_xlim()
    ax.set_xlim(left, right + 0.2 * (right - left))  # room for the names
    to_axes = ax.transData + ax.transAxes.inverted()
    ends = [to_axes.transform((0.0, ys[-1]))[1] for ys in columns.values()]
    heights = spread(ends, 14.0 / (ax.bbox.height * 72.0 / ax.figure.dpi))
    for name, colour, height in zip(columns, colours, heights, strict=False):
        ax.annotate(
            name, (epochs[-1], height), (6.0, 0.0), ax.get_xaxis_transform(), "offset points",
            color=colour if few else INK, va="center", fontsize=SMALL,
        )  # fmt: skip


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """Heights between 0 and 1, moved apart as little as possible so that any two differ by a gap.

    This is an isotonic regression of the sorted heights after k gaps are taken from the k-th.

    >>> spread([0.5, 0.5, 0.9], 0.2)
    [0.4, 0.6, 0.9]
    """
    n = len(heights)
    order = sorted(range(n), key=heights.__getitem__)
    zs = [heights[i] - gap * k for k, i in enumerate(order)]
    placed = [0.0] * n
    for k, i in enumerate(order):
        z = max(min(fmean(zs[a:b]) for b in range(k + 1, n + 1)) for a in range(k + 1))
        placed[i] = round(max(0.5 * gap, min(z, 1.0 - gap * (n - 0.5))) + gap * k, 12)
    return placed
