"""The decision boundary of a model with two inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..data.samples import class_of, samples
from ..losses import Loss, loss_function
from ..modules.networks import Module
from ..training.evaluation import judge
from ..training.steps import Predictor
from .style import INK, MARKERS, framed, legend_below

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIDE = 201  # points along each side
CLASSES = (
    "#1f6fb0",
    "#d9690f",
    "#7d4aa5",
    "#a88a10",
    "#5e5e5e",
    "#2fa5bd",
    "#c76aa2",
    "#26377d",
    "#8f5a2c",
    "#9c9c9c",
)


def plot_decision_boundary(
    model: Module,
    inputs: Any,
    targets: Any,
    axes: Axes | None = None,
    *,
    loss: str | Loss | None = None,
    threshold: float | None = None,
) -> Axes:
    """Plot the output over the plane of two inputs, the decision boundary and the samples.

    With one output the line is where the output equals `threshold`. Without one it is where the
    `loss` of the training puts it, else ½ after a sigmoid and 0 otherwise. With several outputs the
    largest decides, and the colour is stronger where its lead is larger. Classes may be numbers,
    one-hot lists or text.
    """
    import numpy

    points, targets = numpy.asarray([list(x) for x in samples(inputs)], float), samples(targets)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(
            "a decision boundary is drawn over two inputs, got samples of the shape "
            f"{points.shape[1:]}"
        )
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.15 * numpy.where(high > low, high - low, 1.0)
    xs, ys = (numpy.linspace(low[i] - margin[i], high[i] + margin[i], SIDE) for i in range(2))
    grid = numpy.stack(numpy.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    outputs = numpy.array(Predictor(model)(grid), float).reshape(SIDE, SIDE, -1)
    axes = framed(axes, "Decision boundary", "x₁", "x₂", grid=False)
    if outputs.shape[-1] == 1:
        _one_output(
            axes,
            xs,
            ys,
            outputs[..., 0],
            _threshold_of(model, targets, loss) if threshold is None else threshold,
        )
    else:
        _several_outputs(axes, xs, ys, outputs)
    classes = [k if isinstance(k, str) else float(k) for k in map(class_of, targets)]
    for kind, k in _places(classes, outputs.shape[-1]).items():
        own = points[[c == kind for c in classes]]
        colour = _colour(k) if outputs.shape[-1] > 1 else ("white", INK)[k % 2]
        axes.scatter(
            own[:, 0],
            own[:, 1],
            s=70.0 if len(points) <= 30 else 34.0 if len(points) <= 300 else 14.0,
            color=colour,
            edgecolors=INK if colour == "white" else "white",
            linewidths=1.0,
            marker=MARKERS[k % len(MARKERS)],
            label=kind if isinstance(kind, str) else f"class {kind:g}",
            zorder=3,
        )
    legend_below(axes)
    return axes


def _threshold_of(model: Module, targets: Any, loss: str | Loss | None) -> float:
    """The output at which the decision changes."""
    right = None if loss is None else judge(loss_function(loss), targets)
    if right is not None and right.threshold is not None:
        return right.threshold
    return 0.5 * (model.output == "sigmoid")


def _one_output(axes: Axes, xs: Any, ys: Any, output: Any, threshold: float) -> None:
    """The output in blue and orange, below and above the threshold, and the threshold itself as a
    line.
    """
    from matplotlib.colors import LinearSegmentedColormap

    reach = float(abs(output - threshold).max()) or 1.0
    if output.min() >= 0.0 and output.max() <= 1.0 and threshold == 0.5:
        reach = 0.5
    levels = [threshold + reach * (k / 10.0 - 1.0) for k in range(21)]
    colours = LinearSegmentedColormap.from_list(
        "", ["#174a7c", "#5b9bd0", "#f7f7f7", "#f0a058", "#a84b00"]
    )
    filled = axes.contourf(xs, ys, output, levels=levels, cmap=colours, extend="neither")
    axes.figure.colorbar(
        filled, ax=axes, label=f"output (line: {threshold:g})", ticks=levels[::5], format="%.3g"
    )
    if output.min() < threshold < output.max():
        axes.contour(xs, ys, output, levels=[threshold], colors=INK, linewidths=1.8)


def _several_outputs(axes: Axes, xs: Any, ys: Any, outputs: Any) -> None:
    """Each class in its colour, paler where the second best is close."""
    import numpy
    from matplotlib.colors import to_rgb

    ordered = numpy.sort(outputs, axis=-1)
    lead = ordered[..., -1] - ordered[..., -2]
    strength = (0.12 + 0.5 * lead / (lead.max() or 1.0))[..., None]
    winner = outputs.argmax(axis=-1)
    palette = numpy.array([to_rgb(_colour(k)) for k in range(outputs.shape[-1])])
    axes.imshow(
        1.0 - strength * (1.0 - palette[winner]),
        origin="lower",
        aspect="auto",
        extent=(xs[0], xs[-1], ys[0], ys[-1]),
    )
    for k in range(outputs.shape[-1]):
        others = numpy.delete(outputs, k, axis=-1).max(axis=-1)
        if 0 < (winner == k).sum() < winner.size:
            axes.contour(xs, ys, outputs[..., k] - others, levels=[0.0], colors=INK, linewidths=1.2)


def _colour(kind: int) -> str:
    return CLASSES[kind % len(CLASSES)]


def _places(classes: list[Any], n_outputs: int) -> dict[Any, int]:
    """Each class with the index of its colour and marker, which does not depend on the other
    classes here.
    """
    kinds = sorted(set(classes))
    if set(kinds) <= {-1.0, 1.0}:
        return {kind: int(kind > 0.0) for kind in kinds}
    if set(kinds) <= set(range(max(2, n_outputs))):
        return {kind: int(kind) for kind in kinds}
    return {kind: k for k, kind in enumerate(kinds)}
