"""What a `Recorder` noted by layer: the size of the gradients, their histogram, and how many units are saturated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .recorder import BINS, Recorder
from .style import framed, layer_lines, spans_decades

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_gradient_size(recorder: Recorder, axes: Axes | None = None) -> Axes:
    """The root mean square of ∂L/∂w by layer and epoch: layers that learn slowly, because their gradient vanishes."""
    columns = _noted(recorder, recorder.gradient_size)
    axes = framed(axes, "Gradient size by layer", "epoch", "rms of ∂L/∂w")
    if spans_decades([y for ys in columns.values() for y in ys], 3.0):
        axes.set_yscale("log", nonpositive="mask")
        lowest = min(y for ys in columns.values() for y in ys if y > 0.0)
        columns = {name: [y or lowest for y in ys] for name, ys in columns.items()}
    layer_lines(axes, recorder.epochs, columns)
    return axes


def plot_gradient_histogram(recorder: Recorder, layer: str = "", axes: Axes | None = None) -> Axes:
    """How many of the parameters have a |∂L/∂w| of which size, by epoch: of one layer, or of all.

    Gradients that are exactly 0 stand in a row of their own at the foot.
    """
    import numpy

    _noted(recorder, recorder.gradient_counts)
    if layer and layer not in recorder.gradient_counts:
        raise ValueError(f"no layer is called {layer!r}; there are {', '.join(recorder.gradient_counts)}")
    chosen = [layer] if layer else list(recorder.gradient_counts)
    counts = [dict[int, int]() for _ in recorder.epochs]
    for name in chosen:
        for column, entry in zip(counts, recorder.gradient_counts[name], strict=True):
            for k, n in entry:
                column[k] = column.get(k, 0) + n
    zeros = [sum(recorder.zero_gradients[name][i] for name in chosen) for i in range(len(counts))]
    bins = sorted({k for column in counts for k in column}) or [0]
    low, high = bins[0] - 1, bins[-1] + 2
    shares = numpy.array([[column.get(k, 0) for k in range(low, high)] for column in counts], float).T
    if any(zeros):
        shares = numpy.vstack([zeros, numpy.zeros(len(zeros)), shares])
        low -= 2
    shares *= 100.0 / max(1, shares.sum(axis=0).max())
    axes = framed(axes, f"|∂L/∂w| of {layer or 'all layers'}", "epoch", "|∂L/∂w|", grid=False)
    edges = [e - 0.5 * recorder.every for e in recorder.epochs] + [recorder.epochs[-1] + 0.5 * recorder.every]
    mesh = axes.pcolormesh(edges, [k / BINS for k in range(low, high + 1)], shares, cmap="cividis_r", rasterized=True)
    mesh.set_array(numpy.ma.masked_equal(shares, 0.0))
    _powers(axes, low + 2 if any(zeros) else low, high)
    if any(zeros):
        axes.set_yticks([*axes.get_yticks(), (low + 0.5) / BINS], [*[t.get_text() for t in axes.get_yticklabels()], "0"])
    axes.locator_params(axis="x", integer=True)
    axes.figure.colorbar(mesh, ax=axes, label="share of the parameters in %")
    return axes


def _powers(axes: Axes, low: int, high: int) -> None:
    """Ticks at whole powers of ten, at most eight of them."""
    first, last = -(-low // BINS), high // BINS
    step = max(1, -(-(last - first + 1) // 8))
    exponents = range(first, last + 1, step)
    axes.set_yticks(list(exponents), [f"$10^{{{k}}}$" for k in exponents])


def plot_saturation(recorder: Recorder, axes: Axes | None = None) -> Axes:
    """The share of saturated units by layer and epoch: those whose slope is below a fifth of the steepest (σ′ < 0.05)."""
    columns = _noted(recorder, recorder.saturated, "; give it inputs: Recorder(inputs=samples)")
    axes = framed(axes, "Saturated units by layer (sigmoid: σ′ < 0.05)", "epoch", "share in %")
    axes.set_ylim(-4.0, 104.0)
    layer_lines(axes, recorder.epochs, {name: [100.0 * y for y in ys] for name, ys in columns.items()})
    return axes


def _noted(recorder: Recorder, columns: dict[str, Any], how: str = "") -> dict[str, Any]:
    if not recorder.epochs:
        raise ValueError("this recorder has noted nothing yet: give it to fit(..., callbacks=[recorder])")
    if not columns:
        raise ValueError(f"this recorder has noted no saturation{how}")
    return columns
