"""The plots show what the history holds, on the axes that they were given."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from autograd_core.errors import MissingExtra
from nn import History

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")

from matplotlib import pyplot as plt  # noqa: E402 (the back-end comes first)

from nn.plots import plot_accuracy, plot_loss, plot_training  # noqa: E402

FULL = History(
    loss=[2.0, 0.5, 0.05], accuracy=[0.5, 0.9, 1.0], validation_loss=[1.0, 0.4, 0.1], validation_accuracy=[0.6, 0.8, 0.9],
    seconds=[1.0, 1.0, 1.0],
)  # fmt: skip


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    plt.close("all")


def test_the_loss_curves_hold_the_history_on_the_given_axes() -> None:
    _, axes = plt.subplots()
    assert plot_loss(FULL, axes) is axes
    training, held_out = axes.lines
    assert list(training.get_xdata()) == [1, 2, 3]
    assert list(training.get_ydata()) == FULL.loss
    assert list(held_out.get_ydata()) == FULL.validation_loss
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["training", "held out"]


def test_the_loss_is_logarithmic_only_where_it_spans_decades() -> None:
    assert plot_loss(FULL).get_yscale() == "log"
    assert plot_loss(History(loss=[2.0, 1.0])).get_yscale() == "linear"
    assert plot_loss(History(loss=[0.0, 0.0])).get_yscale() == "linear"


def test_accuracy_is_in_per_cent_and_only_where_there_is_one() -> None:
    assert list(plot_accuracy(FULL).lines[0].get_ydata()) == [50.0, 90.0, 100.0]
    with pytest.raises(ValueError, match="no accuracy, because the targets were no classes; use plot_loss"):
        plot_accuracy(History(loss=[1.0]))


def test_a_training_is_one_figure_with_what_was_measured() -> None:
    figure = plot_training(FULL, "Digits")
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["Loss", "Accuracy in %"]
    figure.canvas.draw()
    assert len(plot_training(History(loss=[1.0])).axes) == 1


def test_without_matplotlib_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtra, match=r"matplotlib.*autograd-core\[plots\]"):
        plot_loss(FULL)
