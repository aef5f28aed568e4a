"""Plots of a training, with matplotlib (the extra `plots`). Each takes an `Axes`, or makes one, and returns it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd_core.errors import MissingExtra

from .history import History

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TRAINING, VALIDATION = "#1b5fa8", "#d55e00"  # blue and orange, which every eye tells apart


def plot_loss(history: History, axes: Axes | None = None) -> Axes:
    """The mean loss by epoch, on a logarithmic scale where it spans more than a factor of 20."""
    axes = _curves(history, "loss", axes)
    positive = [y for y in history.loss + history.validation_loss if y > 0.0]
    if positive and max(positive) > 20.0 * min(positive):
        axes.set_yscale("log")
    return axes


def plot_accuracy(history: History, axes: Axes | None = None) -> Axes:
    """The share of samples that were right, by epoch, in per cent."""
    if not history.accuracy:
        raise ValueError("this history has no accuracy, because the targets were no classes; use plot_loss")
    return _curves(history, "accuracy", axes, 100.0, " in %")


def plot_training(history: History, title: str = "") -> Figure:
    """Loss, and where it was measured accuracy, side by side."""
    shown = [plot_loss, plot_accuracy] if history.accuracy else [plot_loss]
    figure: Figure = _pyplot().figure(figsize=(5.0 * len(shown), 3.6), layout="constrained")
    for i, plot in enumerate(shown):
        plot(history, figure.add_subplot(1, len(shown), i + 1))
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontweight="bold")
    return figure


def save_training(history: History, title: str, path: Path) -> None:
    """Write the plot of a training to a file, and keep nothing of it."""
    figure = plot_training(history, title)
    figure.savefig(path, dpi=150)
    _pyplot().close(figure)


def _curves(history: History, name: str, axes: Axes | None, factor: float = 1.0, unit: str = "") -> Axes:
    axes = axes if axes is not None else _pyplot().figure(layout="constrained").add_subplot()
    epochs = range(1, len(history) + 1)
    for column, label, colour in ((name, "training", TRAINING), (f"validation_{name}", "held out", VALIDATION)):
        ys = [factor * y for y in getattr(history, column)]
        if ys:
            axes.plot(epochs, ys, color=colour, linewidth=2.0, marker="o", markersize=4.0 if len(ys) <= 30 else 0.0, label=label)
    axes.set_title(name.capitalize() + unit, loc="left", fontweight="bold", fontsize=11)
    axes.set_xlabel("epoch")
    axes.locator_params(axis="x", integer=True)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    return axes


def _pyplot() -> Any:
    try:
        from matplotlib import pyplot
    except ImportError:
        raise MissingExtra("matplotlib", "plots", "a plot") from None
    return pyplot
