"""Learning curves: loss and accuracy by epoch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..training.history import History
from .style import BLUE, ORANGE, Axes, Figure, framed, panels, pyplot, spans_decades


def plot_loss(history: History, ax: Axes | None = None) -> Axes:
    """Plot the mean loss by epoch, on a logarithmic scale if it spans more than a factor of 20.

    Args:
        history: the result of `fit`.
        ax: the axes to draw on; by default those of a new figure.

    Returns:
        The axes. The loss of held-out samples, if there are any, is the dashed line.

    Example:
        >>> from nn import History
        >>> plot_loss(History(loss=[2.0, 0.5, 0.05])).get_yscale()
        'log'
    """
    ax = _curves(history, "loss", ax)
    if spans_decades(history.loss + history.validation_loss):
        ax.set_yscale("log")
    return ax


def plot_accuracy(history: History, ax: Axes | None = None) -> Axes:
    """Plot the accuracy by epoch, in per cent.

    Args:
        history: the result of `fit` with classes as targets.
        ax: the axes to draw on; by default those of a new figure.

    Returns:
        The axes. The accuracy on held-out samples, if there are any, is the dashed line.

    Raises:
        ValueError: the history has no accuracy.

    Example:
        >>> from nn import History
        >>> ax = plot_accuracy(History(loss=[0.7, 0.6], accuracy=[0.5, 0.75]))
        >>> float(ax.lines[0].get_ydata()[-1])
        75.0
    """
    if not history.accuracy:
        raise ValueError(
            "this history has no accuracy, because the targets were not classes; use plot_loss"
        )
    return _curves(history, "accuracy", ax, 100.0, " in %")


def plot_training(
    history: History, title: str = "", *, axes: Sequence[Axes] | None = None
) -> Figure:
    """Plot the loss and, if it was measured, the accuracy side by side.

    Args:
        history: the result of `fit`.
        title: the title of the figure.
        axes: the axes to draw on, one for each plot; by default those of a new figure.

    Returns:
        The figure.

    Raises:
        ValueError: `axes` holds too few or too many.

    Example:
        >>> from nn import History
        >>> len(plot_training(History(loss=[0.7, 0.6], accuracy=[0.5, 0.75])).axes)
        2
    """
    plots = [plot_loss, plot_accuracy] if history.accuracy else [plot_loss]
    figure, axes = panels(axes, len(plots), 2, (5.0, 3.6), title)
    for plot, ax in zip(plots, axes, strict=True):
        plot(history, ax)
    return figure


def save_training(history: History, title: str, path: Path) -> None:
    """Write the figure of `plot_training` to a file, and close it.

    Args:
        history: the result of `fit`.
        title: the title of the figure.
        path: the file. Its suffix is the format: png, svg, pdf …

    Example:
        >>> from nn import History
        >>> save_training(History(loss=[0.7, 0.6]), "Digits", Path("curves.png"))
    """
    figure = plot_training(history, title)
    figure.savefig(path, dpi=150)
    pyplot().close(figure)


def _curves(
    history: History, name: str, ax: Axes | None, factor: float = 1.0, unit: str = ""
) -> Axes:
    ax = framed(ax, name.capitalize() + unit, "epoch")
    for column, label, style, colour in (
        (name, "training", "-", BLUE),
        (f"validation_{name}", "held out", "--", ORANGE),
    ):
        if ys := [factor * y for y in getattr(history, column)]:
            size = 4.0 if len(ys) <= 30 else 0.0
            ax.plot(
                range(1, len(ys) + 1), ys, f"o{style}", color=colour, linewidth=2.0,
                markersize=size, label=label,
            )  # fmt: skip
    ax.locator_params(axis="x", integer=True)
    ax.legend(frameon=False)
    return ax
