"""The decision boundary of a model with two inputs."""

from __future__ import annotations

from typing import Any

from ..data.samples import class_of, samples
from ..losses import Loss, loss_function
from ..modules.module import Module
from ..training.evaluation import judge
from ..training.predictions import Predictor
from .planes import on_grid
from .style import INK, Axes, colour_map, framed, legend_below

SIDE = 201  # points along each side
MARKERS = "os^DvPXph<>*"
CLASSES = (
    "#1f6fb0", "#d9690f", "#7d4aa5", "#a88a10", "#5e5e5e",
    "#2fa5bd", "#c76aa2", "#26377d", "#8f5a2c", "#9c9c9c",
)  # fmt: skip


def plot_decision_boundary(
    model: Module,
    inputs: Any,
    targets: Any,
    ax: Axes | None = None,
    *,
    loss: str | Loss | None = None,
    threshold: float | None = None,
) -> Axes:
    """Plot the output over the plane of two inputs, the decision boundary and the samples.

    With one output the boundary is where the output equals the threshold. With several the largest
    decides, and the colour is stronger where its lead is larger.

    Args:
        model: a model with two inputs.
        inputs: the samples, two numbers each.
        targets: the class of each sample, as a number, a one-hot list or text.
        ax: the axes to draw on; by default those of a new figure.
        loss: the loss of the training. It decides where one output has its threshold.
        threshold: the threshold of one output; by default that of the loss, else ½ after a sigmoid
            and 0 otherwise.

    Returns:
        The axes.

    Raises:
        ValueError: the samples do not have two numbers each.

    Example:
        >>> from nn import Neuron
        >>> ax = plot_decision_boundary(Neuron(2, seed=0), [[0, 0], [1, 1]], [0, 1])
        >>> ax.get_legend_handles_labels()[1]
        ['class 0', 'class 1']
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
    box = zip(low - margin, high + margin, strict=True)
    xs, ys, outputs = on_grid(Predictor(model), box, SIDE)
    outputs = outputs.reshape(SIDE, SIDE, -1)
    ax = framed(ax, "Decision boundary", "x₁", "x₂", grid=False)
    one = outputs.shape[-1] == 1
    if one:
        level = _threshold_of(model, targets, loss) if threshold is None else threshold
        _one_output(ax, xs, ys, outputs[..., 0], level)
    else:
        _several_outputs(ax, xs, ys, outputs)
    classes = [k if isinstance(k, str) else float(k) for k in map(class_of, targets)]
    size = 70.0 if len(points) <= 30 else 34.0 if len(points) <= 300 else 14.0
    for kind, k in _indices(classes, outputs.shape[-1]).items():
        x, y = points[[c == kind for c in classes]].T
        colour = ("white", INK)[k % 2] if one else _colour(k)
        ax.scatter(
            x, y, size, color=colour,
            edgecolors=INK if colour == "white" else "white", linewidths=1.0,
            marker=MARKERS[k % len(MARKERS)], zorder=3,
            label=kind if isinstance(kind, str) else f"class {kind:g}",
        )  # fmt: skip
    legend_below(ax)
    return ax


def _threshold_of(model: Module, targets: Any, loss: str | Loss | None) -> float:
    """The output at which the decision changes."""
    right = None if loss is None else judge(loss_function(loss), targets)
    if right is not None and right.threshold is not None:
        return right.threshold
    return 0.5 * (model.output == "sigmoid")


def _one_output(ax: Axes, xs: Any, ys: Any, output: Any, threshold: float) -> None:
    """The output in blue below the threshold and orange above, and a line at the threshold."""
    low, high = output.min(), output.max()
    probability = low >= 0.0 and high <= 1.0 and threshold == 0.5
    reach = 0.5 if probability else float(max(threshold - low, high - threshold)) or 1.0
    levels = [threshold + reach * (k / 10.0 - 1.0) for k in range(21)]
    colours = colour_map("#174a7c", "#5b9bd0", "#f7f7f7", "#f0a058", "#a84b00")
    filled = ax.contourf(xs, ys, output, levels=levels, cmap=colours)
    label = f"output (line: {threshold:g})"
    ax.figure.colorbar(filled, ax=ax, label=label, ticks=levels[::5], format="%.3g")
    if low < threshold < high:
        ax.contour(xs, ys, output, levels=[threshold], colors=INK, linewidths=1.8)


def _several_outputs(ax: Axes, xs: Any, ys: Any, outputs: Any) -> None:
    """Each class in its colour, paler where the second largest output is close."""
    import numpy
    from matplotlib.colors import to_rgb

    count = outputs.shape[-1]
    lead = numpy.diff(numpy.sort(outputs)[..., -2:])
    strength = 0.12 + 0.5 * lead / (lead.max() or 1.0)
    winner = outputs.argmax(axis=-1)
    palette = numpy.array([to_rgb(_colour(k)) for k in range(count)])
    ax.imshow(
        1.0 - strength * (1.0 - palette[winner]),
        origin="lower",
        aspect="auto",
        extent=(xs[0], xs[-1], ys[0], ys[-1]),
    )
    for k in range(count):
        others = numpy.delete(outputs, k, axis=-1).max(axis=-1)
        if 0 < (winner == k).sum() < winner.size:
            ax.contour(xs, ys, outputs[..., k] - others, levels=[0.0], colors=INK, linewidths=1.2)


def _colour(kind: int) -> str:
    return CLASSES[kind % len(CLASSES)]


def _indices(classes: list[Any], n_outputs: int) -> dict[Any, int]:
    """Each class with the index of its colour and marker.

    For numbers it does not depend on which classes occur here.

    >>> _indices([1.0, 1.0], 2), _indices(["b", "a"], 2)
    ({1.0: 1}, {'a': 0, 'b': 1})
    """
    kinds = sorted(set(classes))
    for known in ([-1.0, 1.0], [*range(max(2, n_outputs))], kinds):
        if set(kinds) <= {*known}:
            break
    return {kind: known.index(kind) for kind in kinds}
