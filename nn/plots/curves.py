"""Learning curves: loss and accuracy by epoch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..training.history import History
from .style import BLUE, ORANGE, framed, pyplot, spans_decades

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_loss(history: History, axes: Axes | None = None) -> Axes:
    """Plot the mean loss by epoch, on a logarithmic scale if it spans more than a factor of 20."""
    axes = _curves(history, "loss", axes)
    if spans_decades(history.loss + history.validation_loss):
        axes.set_yscale("log")
    return axes


def plot_accuracy(history: History, axes: Axes | None = None) -> Axes:
    """Plot the accuracy by epoch, in per cent."""
    if not history.accuracy:
        raise ValueError(
            "this history has no accuracy, because the targets were not classes; use plot_loss"
        )
    return _curves(history, "accuracy", axes, 100.0, " in %")


def plot_training(history: History, title: str = "") -> Figure:
    """Plot the loss and, if it was measured, the accuracy side by side."""
    shown = [plot_loss, plot_accuracy] if history.accuracy else [plot_loss]
    figure: Figure = pyplot().figure(figsize=(5.0 * len(shown), 3.6), layout="constrained")
    for i, plot in enumerate(shown):
        plot(history, figure.add_subplot(1, len(shown), i + 1))
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontweight="bold")
    return figure


def save_training(history: History, title: str, path: Path) -> None:
    """Write the plot of a training to a file, and close the figure."""
    figure = plot_training(history, title)
    figure.savefig(path, dpi=150)
    pyplot().close(figure)


def _curves(
    history: History, name: str, axes: Axes | None, factor: float = 1.0, unit: str = ""
) -> Axes:
    axes = framed(axes, name.capitalize() + unit, "epoch")
    epochs = range(1, len(history) + 1)
    for column, label, colour, dashes in (
        (name, "training", BLUE, "-"),
        (f"validation_{name}", "held out", ORANGE, "--"),
    ):
        ys = [factor * y for y in getattr(history, column)]
        if ys:
            size = 4.0 if len(ys) <= 30 else 0.0
            axes.plot(
                epochs,
                ys,
                color=colour,
                linestyle=dashes,
                linewidth=2.0,
                marker="o",
                markersize=size,
                label=label,
            )
    axes.locator_params(axis="x", integer=True)
    axes.legend(frameon=False)
    return axes
