"""What a model gets right and wrong: the confusion of classes, or numbers beside the right ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..training.reports import ClassReport, NumberReport, Report
from .style import BLUE, GREY, INK, ORANGE, SMALL, Axes, Figure, colour_map, framed, panels, pyplot

MOST_NAMES, MOST_COUNTS = 40, 20
"""The most classes that are named, and whose counts are written into the matrix."""


def plot_evaluation(report: Report, title: str = "") -> Figure:
    """Plot how well a model predicts: see `save_evaluation`, which `python -m nn evaluate` calls.

    Args:
        report: a `ClassReport` or a `NumberReport` of `nn.training.reports`.
        title: the title of the figure.

    Returns:
        The figure. Of classes the confusion matrix, with recall and precision, and of two classes
        the ROC curve; of numbers the predicted ones over the right ones, and their errors.

    Example:
        >>> import numpy
        >>> right, found = numpy.array([1.0, 2.0, 4.0]), numpy.array([1.5, 2.0, 3.0])
        >>> len(plot_evaluation(NumberReport(right, found)).axes)
        2
    """
    if isinstance(report, NumberReport):
        figure, (left, right) = panels(None, 2, 2, (5.0, 4.2), title)
        _scatter(report, left)
        _errors(report, right)
        return figure
    two = len(report.classes) == 2 and report.auc == report.auc
    side = min(9.0, max(4.4, 2.4 + 0.36 * min(len(report.classes), MOST_NAMES)))
    figure, axes = panels(None, 3 if two else 2, 3, (side, side), title)
    _confusion(report, axes[0])
    _recall(report, axes[1])
    if two:
        _roc(report, axes[2])
    return figure


def save_evaluation(report: Report, title: str, path: Path) -> None:
    """Write the figure of `plot_evaluation` to a file, and close it.

    Args:
        report: a `ClassReport` or a `NumberReport` of `nn.training.reports`.
        title: the title of the figure.
        path: the file. Its suffix is the format: png, svg, pdf …

    Example:
        >>> import numpy
        >>> report = NumberReport(numpy.array([1.0, 2.0]), numpy.array([1.5, 2.0]))
        >>> save_evaluation(report, "Two numbers", Path("evaluation.png"))
    """
    figure = plot_evaluation(report, title)
    figure.savefig(path, dpi=150)
    pyplot().close(figure)


def _confusion(report: ClassReport, ax: Axes) -> None:
    """The share of each class that is taken for each, with the counts."""
    counts, n = report.confusion, len(report.classes)
    shares = counts / counts.sum(axis=1, keepdims=True).clip(1)
    framed(ax, "Confusion matrix", "predicted", "actual", grid=False)
    colours = colour_map("#ffffff", "#9dbfe3", BLUE)
    ax.imshow(shares**0.5, cmap=colours, vmin=0.0, vmax=1.0)  # the root shows rare mistakes
    ax.spines[:].set_visible(True)
    _name(report, ax.set_xticks, rotation=0 if _longest(report) * n < 40 else 90)
    _name(report, ax.set_yticks)
    if n <= MOST_COUNTS:
        size = SMALL if n <= 10 else 6
        for i in range(n):
            for j in range(n):
                if counts[i, j]:
                    colour = "white" if shares[i, j] > 0.4 else INK
                    ax.text(j, i, f"{counts[i, j]:,}", ha="center", va="center", color=colour,
                            fontsize=size)  # fmt: skip


def _recall(report: ClassReport, ax: Axes) -> None:
    """Recall and precision of each class, beside the accuracy of the trivial answer."""
    usual, share = report.trivial
    title = f"Accuracy {100.0 * report.accuracy:.1f} %"
    framed(ax, title, f"% (always {_cut(usual)}: {100.0 * share:.1f} % right)")
    places = range(len(report.classes))
    for measure, label, marker, size, colour in (  # of different sizes, so that none hides another
        (report.recall, "recall: % of the class found", "o", 11, BLUE),
        (report.precision, "precision: % of predictions right", "D", 5, ORANGE),
    ):
        ax.plot(
            100.0 * measure, places, marker,
            markersize=size, color=colour, label=label, clip_on=False, zorder=3,
        )  # fmt: skip
    _name(report, ax.set_yticks)
    ax.set(xlim=(0.0, 100.0), ylim=(len(report.classes) - 0.5, -0.5))
    ax.legend(loc="best", framealpha=0.9, fontsize=SMALL)


def _roc(report: ClassReport, ax: Axes) -> None:
    name = _cut(report.classes[1])
    framed(ax, f"ROC curve, area {report.auc:.3f}", f"% of the others predicted as {name}",
           f"% of {name} found")  # fmt: skip
    false, true = report.roc()
    ax.plot(100.0 * false, 100.0 * true, color=BLUE, linewidth=2.0, label="model")
    ax.plot([0, 100], [0, 100], "--", color=GREY, label="by chance")
    ax.set_aspect("equal")
    ax.legend(loc="lower right", frameon=False)


def _scatter(report: NumberReport, ax: Axes) -> None:
    framed(ax, f"R² {report.r2:.3f} (always the mean: 0)", "actual", "predicted")
    alpha = max(0.05, min(0.7, 50.0 / len(report.right) ** 0.5 / 2.0))
    ax.plot(report.right, report.found, "o", color=BLUE, alpha=alpha, markersize=4.0,
            markeredgewidth=0.0, rasterized=True)  # fmt: skip
    ends = [
        min(report.right.min(), report.found.min()),
        max(report.right.max(), report.found.max()),
    ]
    ax.plot(ends, ends, "--", color=GREY, label="perfect prediction")
    ax.legend(loc="upper left", frameon=False)


def _errors(report: NumberReport, ax: Axes) -> None:
    error, trivial = report.mean_absolute_error
    framed(ax, f"Mean error {error:.3g} (always the median: {trivial:.3g})",
           "predicted − actual", "samples")  # fmt: skip
    ax.hist(report.found - report.right, bins="auto", color=BLUE, alpha=0.85)
    ax.axvline(0.0, color=INK, linewidth=1.0)


def _name(report: ClassReport, ticks: Any, **more: Any) -> None:
    n = len(report.classes)
    step = -(-n // MOST_NAMES)
    size = SMALL if n <= 26 else 6
    ticks(range(0, n, step), [*map(_cut, report.classes[::step])], fontsize=size, **more)


def _longest(report: ClassReport) -> int:
    return max(map(len, map(_cut, report.classes)))


def _cut(name: str, most: int = 16) -> str:
    """A name as matplotlib shows it: it is not mathematics."""
    return (name if len(name) <= most else name[: most - 1] + "…").replace("$", r"\$")
