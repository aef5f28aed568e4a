"""What the notebooks of the course share: the plots that only show numbers, and the check of an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt

from nn.plots.figure import Plot

COLOURS = ("#1b5fa8", "#d55e00", "#1a7f5a", "#7a8fb0", "#a50f15")
GREY = "#9aa0a6"


SAID = {
    "en": ("not answered yet", "right!", "not yet: try again"),
    "ja": ("まだ答えがありません", "正解です！", "まだ違います。もう一度どうぞ"),
    "vi": ("chưa có câu trả lời", "đúng rồi!", "chưa đúng: hãy thử lại"),
}


def check(answer: object, is_right: Callable[[Any], bool], language: str = "en") -> None:
    """Say whether an answer is right; `None` is no answer yet."""
    unanswered, right, wrong = SAID[language]
    print(unanswered if answer is None else right if is_right(answer) else wrong)


def curves(
    functions: Mapping[str, Callable[[float], Any]],
    low: float,
    high: float,
    title: str,
    *,
    x: str = "x",
    y: str = "",
    points: Sequence[tuple[float, float]] = (),
) -> None:
    """Draw functions of one number over an interval, with points on top."""
    xs = [low + (high - low) * k / 300 for k in range(301)]
    lines({name: [f(at) for at in xs] for name, f in functions.items()}, title, xs, x=x, y=y)
    if points:
        plt.gca().plot(*zip(*points, strict=True), "o", color="black")


def lines(
    series: Mapping[Any, Sequence[Any]],
    title: str,
    xs: Sequence[float] | None = None,
    *,
    x: str = "",
    y: str = "",
    log: str = "",
    marker: str = "",
) -> None:
    """Draw series of numbers; `log` names the axes that are logarithmic: "y" or "xy"."""
    _, axes = plt.subplots(FigureClass=Plot, figsize=(7, 3.6), layout="constrained")
    for (name, numbers), colour in zip(series.items(), COLOURS, strict=False):
        places = range(len(numbers)) if xs is None else xs
        axes.plot(places, numbers, marker=marker, color=colour, linewidth=2, label=str(name))
    _plain(axes, title, x, y)
    if "x" in log:
        axes.set_xscale("log")
    if "y" in log:
        axes.set_yscale("log")
    if len(series) > 1:
        axes.legend(frameon=False)


def walks(
    f: Callable[[float], Any], paths: Mapping[str, Sequence[float]], low: float, high: float
) -> None:
    """Draw a curve for each path, with the path's points on it; a white circle is the start."""
    _, row = plt.subplots(
        1, len(paths), figsize=(min(12, 3.2 + 3.2 * len(paths)), 3.4),
        layout="constrained", sharey=True, squeeze=False, FigureClass=Plot,
    )  # fmt: skip
    xs = [low + (high - low) * k / 300 for k in range(301)]
    heights = [f(x) for x in xs]
    for axes, (title, path) in zip(row.flat, paths.items(), strict=True):
        axes.plot(xs, heights, color=GREY, linewidth=2)
        seen = [x for x in path if low <= x <= high]
        axes.plot(seen, [f(x) for x in seen], "o-", color=COLOURS[1], markersize=4, linewidth=1)
        axes.plot(path[0], f(path[0]), "o", color="white", markeredgecolor=COLOURS[1], markersize=9)
        _plain(axes, title, "x", "y" if axes is row.flat[0] else "")


def images(pictures: Mapping[str, Sequence[float]], *, signed: bool = False) -> None:
    """Draw square images in a row, each a list of pixels. Signed: orange above 0, violet below."""
    _, row = plt.subplots(
        1, len(pictures), figsize=(min(11, 2.3 * len(pictures)), 2.4),
        layout="constrained", squeeze=False, FigureClass=Plot,
    )  # fmt: skip
    for axes, (title, pixels) in zip(row.flat, pictures.items(), strict=True):
        side = round(len(pixels) ** 0.5)
        reach = max(map(abs, pixels))
        colours: dict[str, Any] = {"cmap": "gray_r"}
        if signed:
            colours = {"cmap": "PuOr_r", "vmin": -reach, "vmax": reach}
        axes.imshow([pixels[side * r : side * (r + 1)] for r in range(side)], **colours)
        axes.set_title(title.split("#")[0], fontsize=10)
        axes.set(xticks=[], yticks=[])


def rows_meet_columns(rows: int, inner: int, columns: int, row: int, column: int) -> None:
    """Draw how one row of the first matrix meets one column of the second in their product."""
    _, (left, middle, right) = plt.subplots(
        1,
        3,
        figsize=(10, 3),
        FigureClass=Plot,
        layout="constrained",
        width_ratios=[inner, columns, columns],
    )
    shades = ((left, rows, inner, "Oranges"), (middle, inner, columns, "Blues"), (right, rows, columns, "Greens"))  # fmt: skip
    for axes, down, across, colours in shades:
        marked = [
            [
                1 + (axes is not middle and r == row) + (axes is not left and c == column)
                for c in range(across)
            ]
            for r in range(down)
        ]
        axes.imshow(marked, cmap=colours, vmin=0, vmax=4)
        axes.set(xticks=[], yticks=[])
        for k in range(1, across):
            axes.axvline(k - 0.5, color="white")
        for k in range(1, down):
            axes.axhline(k - 0.5, color="white")
    right.text(column, row, "Σ", ha="center", va="center", color="white", fontsize=13)
    left.set(title="weights:\na row for each neuron", ylabel="neurons", xlabel="inputs")
    middle.set(title="samples:\na column for each", ylabel="inputs", xlabel="samples")
    right.set(title="every row meets every column", ylabel="neurons", xlabel="samples")


def _plain(axes: Any, title: str, x: str, y: str) -> None:
    axes.set(title=title, xlabel=x, ylabel=y)
    axes.spines[["top", "right"]].set_visible(False)
