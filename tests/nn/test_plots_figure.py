"""The figures of plots: one in a notebook, with an alternative text, and letters of any script."""

from __future__ import annotations

import base64
import importlib.util
import io
import pickle
import warnings
from pathlib import Path
from typing import Any

import pytest

from nn import History

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")

from matplotlib import pyplot as plt  # noqa: E402 (the back-end comes first)
from matplotlib.figure import Figure  # noqa: E402

from nn.plots import figure as figures  # noqa: E402
from nn.plots import plot_loss, plot_training, save_training  # noqa: E402

HISTORY = History(loss=[2.0, 0.5, 0.05], validation_loss=[1.0, 0.5, 0.25])
SCRIPTS = {"Japanese": "学習の経過", "Vietnamese": "quá trình huấn luyện ở bước"}


def outputs(*cells: str) -> list[Any]:
    """The outputs of each cell of a notebook."""
    for package in ("nbclient", "ipykernel", "matplotlib_inline"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    import nbclient
    import nbformat

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(notebook, timeout=120).execute()
    return [cell.outputs for cell in notebook.cells]


@pytest.mark.slow
def test_a_notebook_shows_a_figure_once_and_a_history_as_a_table() -> None:
    """As the last line, in the middle of a cell, and again where it is asked for again."""
    _, last, middle, again, axes, table = outputs(
        "from nn import History\nfrom nn.plots import plot_loss, plot_training\n"
        "history = History(loss=[2.0, 0.5, 0.05], seconds=[1.0, 1.0, 1.0])",
        "plot_training(history)",
        "figure = plot_training(history); 1",
        "figure",
        "plot_loss(history)",
        "history",
    )
    for shown in (last, middle, again, axes):
        pictures = [one.data for one in shown if "image/png" in one.get("data", {})]
        assert len(pictures) == 1
        assert 'alt="Loss, epoch. training from 2 to 0.05."' in pictures[0]["text/html"]
        assert base64.b64decode(pictures[0]["image/png"]).startswith(b"\x89PNG")
    (shown,) = table
    assert "<tr><td>3</td><td>0.05</td><td>1</td></tr>" in shown.data["text/html"]


def test_of_many_epochs_the_table_shows_the_first_and_the_last() -> None:
    text = History(loss=[float(k) for k in range(1, 101)])._repr_html_()
    assert text.count("<tr>") == 22
    assert '<tr><td>10</td><td>10</td></tr><tr><td colspan="2">…</td></tr>' in text
    assert "<tr><td>91</td><td>91</td></tr>" in text


def test_the_description_says_what_the_lines_show() -> None:
    assert plot_training(HISTORY, "Digits").description() == (  # type: ignore[attr-defined]
        "Digits. Loss, epoch. training from 2 to 0.05. held out from 1 to 0.25."
    )


@pytest.mark.parametrize("script", SCRIPTS)
def test_names_of_any_script_are_drawn(script: str, tmp_path: Path) -> None:
    """With a font of the system that has the letters: not with the boxes of letters without one."""
    name = SCRIPTS[script]
    if not all(map(figures._family_with, name.replace(" ", ""))):
        pytest.skip(f"no font has {script} letters")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        save_training(HISTORY, name, tmp_path / "named.png")
        ax = plot_loss(HISTORY)
        ax.set_title(name)
        ax.figure.savefig(io.BytesIO())
    assert figures.missing_fonts(ax.title) == []


def test_a_letter_without_any_font_is_left_as_it_is() -> None:
    assert figures._family_with("\U0010fffd") == ""


def test_only_new_figures_are_ours(tmp_path: Path) -> None:
    """Axes that are given keep their figure; a figure survives pickling."""
    given = plt.figure()
    assert type(plot_loss(HISTORY, given.add_subplot()).figure) is Figure
    figure = pickle.loads(pickle.dumps(plot_training(HISTORY)))
    assert isinstance(figure, figures.Plot)
    plt.close("all")
