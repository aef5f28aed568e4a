"""Plots of a `Recorder` by layer: the size of the gradients, their histogram, and the share of
saturated units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .recorder import BINS, Recorder
from .style import framed, layer_lines, spans_decades

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = 60  # of the histogram, at most: each is the mean of some epochs


def plot_gradient_size(recorder: Recorder, axes: Axes | None = None) -> Axes:
    """Plot the root mean square of ∂L/∂w by layer and epoch. It shows layers that learn slowly
    because their gradient vanishes.
    """
    columns = _noted(recorder, recorder.gradient_size)
    axes = framed(axes, "Gradient size by layer", "epoch", "rms of ∂L/∂w")
    if spans_decades([y for ys in columns.values() for y in ys], 3.0):
        axes.set_yscale("log", nonpositive="mask")
        lowest = min(y for ys in columns.values() for y in ys if y > 0.0)
        columns = {name: [y or lowest for y in ys] for name, ys in columns.items()}
    layer_lines(axes, recorder.epochs, columns)
    return axes


def plot_gradient_histogram(recorder: Recorder, layer: str = "", axes: Axes | None = None) -> Axes:
    """Plot the histogram of |∂L/∂w| by epoch, of one layer or of all.

    Gradients that are exactly 0 have their own row at the bottom.
    """
    import numpy

    _noted(recorder, recorder.gradient_counts)
    if layer and layer not in recorder.gradient_counts:
        raise ValueError(
            f"no layer is called {layer!r}; there are {', '.join(recorder.gradient_counts)}"
        )
    chosen = [layer] if layer else list(recorder.gradient_counts)
    wide = -(-len(recorder.epochs) // COLUMNS)  # epochs in a column
    low, high = _span(recorder, chosen)
    counts = numpy.zeros(
        (high - low + 2, -(-len(recorder.epochs) // wide))
    )  # the first row is for zeros, the second free
    for name in chosen:
        for i, (entry, zeros) in enumerate(
            zip(recorder.gradient_counts[name], recorder.zero_gradients[name], strict=True)
        ):
            counts[0, i // wide] += zeros
            for k, n in entry:
                counts[2 + k - low, i // wide] += n
    foot = 0 if counts[0].any() else 2
    shares = 100.0 * numpy.ma.masked_equal(counts, 0.0)[foot:] / counts.sum(axis=0)
    axes = framed(axes, f"|∂L/∂w| of {layer or 'all layers'}", "epoch", "|∂L/∂w|", grid=False)
    edges = [e - 0.5 * recorder.every for e in recorder.epochs[::wide]] + [
        recorder.epochs[-1] + 0.5 * recorder.every
    ]
    heights = [(low - 2 + k) / BINS for k in range(foot, high - low + 3)]
    mesh = axes.pcolormesh(edges, heights, shares, cmap=_blues(), vmin=0.0, rasterized=True)
    _powers(axes, low, high, [] if foot else [(low - 1.5) / BINS])
    axes.locator_params(axis="x", integer=True)
    axes.figure.colorbar(mesh, ax=axes, label="share of the parameters in %")
    return axes


def _span(recorder: Recorder, layers: list[str]) -> tuple[int, int]:
    """The first bin of the histogram, and the one after its last."""
    bins = [k for name in layers for entry in recorder.gradient_counts[name] for k, _ in entry] or [
        0
    ]
    return min(bins) - 1, max(bins) + 2


def _blues() -> Any:
    """A colour map from light to dark blue."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("", ["#d3e4f3", "#6aaed6", "#1b5fa8", "#08254f"])


def _powers(axes: Axes, low: int, high: int, zero: list[float]) -> None:
    """Ticks at whole powers of ten, at most eight of them, and where the row of zeros is."""
    first, last = -(-low // BINS), high // BINS
    step = max(1, -(-(last - first + 1) // 8))
    exponents = range(first, last + 1, step)
    axes.set_yticks(
        [*exponents, *zero], [*[f"$10^{{{k}}}$" for k in exponents], *["0" for _ in zero]]
    )


def plot_saturation(recorder: Recorder, axes: Axes | None = None) -> Axes:
    """Plot the share of saturated units by layer and epoch: units whose slope is below a fifth of
    the steepest (for the sigmoid, σ′ < 0.05).
    """
    columns = _noted(recorder, recorder.saturated, "; give it inputs: Recorder(inputs=samples)")
    axes = framed(axes, "Saturated units (sigmoid: σ′ < 0.05)", "epoch", "share in %")
    axes.set_ylim(-4.0, 104.0)
    layer_lines(
        axes, recorder.epochs, {name: [100.0 * y for y in ys] for name, ys in columns.items()}
    )
    return axes


def _noted(recorder: Recorder, columns: dict[str, Any], how: str = "") -> dict[str, Any]:
    if not recorder.epochs:
        raise ValueError("this recorder is empty: give it to fit(..., callbacks=[recorder])")
    if not columns:
        raise ValueError(f"this recorder has no saturation{how}")
    return columns
