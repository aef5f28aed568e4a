"""The plots show what histories, recorders, models and functions hold, on the axes that they
were given.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest

from autograd_core import sin
from autograd_core.errors import MissingExtra
from nn import MLP, GradientDescent, History, Module, Neuron, fit

from .drawn import bowl, line, texts

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")

import numpy as np  # noqa: E402 (the back-end comes first)
from matplotlib import pyplot as plt  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402

from nn import plots  # noqa: E402
from nn.plots.layers import spread  # noqa: E402

FULL = History(
    loss=[2.0, 0.5, 0.05],
    accuracy=[0.5, 0.9, 1.0],
    validation_loss=[1.0, 0.4, 0.1],
    validation_accuracy=[0.6, 0.8, 0.9],
    seconds=[1.0, 1.0, 1.0],
)
INPUTS, TARGETS = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def noted() -> plots.Recorder:
    """What a training of three layers gave."""
    model = MLP(2, [4, 4, 1], seed=3)
    recorder = plots.Recorder(inputs=INPUTS, follow=model.layers[0].neurons[0].weights)
    fit(
        model,
        INPUTS,
        TARGETS,
        loss="mean_squared_error",
        optimizer=GradientDescent(5.0, momentum=0.5),
        epochs=150,
        callbacks=[recorder],
        verbose=False,
    )
    return recorder


# Curves


def test_the_loss_curves_hold_the_history_on_the_given_axes() -> None:
    _, axes = plt.subplots()
    assert plots.plot_loss(FULL, axes) is axes
    training, held_out = axes.lines
    assert list(training.get_xdata()) == [1, 2, 3]
    assert list(training.get_ydata()) == FULL.loss
    assert list(held_out.get_ydata()) == FULL.validation_loss
    assert texts(axes) == ["training", "held out"]
    assert (training.get_color(), held_out.get_color()) == ("#1b5fa8", "#d55e00")


def test_the_loss_is_logarithmic_only_where_it_spans_decades() -> None:
    assert plots.plot_loss(FULL).get_yscale() == "log"
    assert plots.plot_loss(History(loss=[2.0, 1.0])).get_yscale() == "linear"
    assert plots.plot_loss(History(loss=[0.0, 0.0])).get_yscale() == "linear"


def test_accuracy_is_in_per_cent_and_only_where_there_is_one() -> None:
    assert list(plots.plot_accuracy(FULL).lines[0].get_ydata()) == [50.0, 90.0, 100.0]
    with pytest.raises(
        ValueError, match="no accuracy, because the targets were not classes; use plot_loss"
    ):
        plots.plot_accuracy(History(loss=[1.0]))


def test_a_training_is_one_figure_with_what_was_measured() -> None:
    figure = plots.plot_training(FULL, "Digits")
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["Loss", "Accuracy in %"]
    figure.canvas.draw()
    assert len(plots.plot_training(History(loss=[1.0])).axes) == 1


def test_without_matplotlib_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtra, match=r"matplotlib.*autograd-core\[plots\]"):
        plots.plot_loss(FULL)


# Every plot of one axes


EVERY: dict[str, Callable[[Axes | None, plots.Recorder], Axes]] = {
    "loss": lambda axes, noted: plots.plot_loss(FULL, axes),
    "accuracy": lambda axes, noted: plots.plot_accuracy(FULL, axes),
    "boundary": lambda axes, noted: plots.plot_decision_boundary(
        MLP(2, [1], seed=0), INPUTS, TARGETS, axes
    ),
    "surface": lambda axes, noted: plots.plot_surface(
        bowl, [(-2, 3), (-2, 2)], [[2.0, 1.0], [1.0, 0.0]], axes
    ),
    "loss surface": lambda axes, noted: plots.plot_loss_surface(
        (model := Neuron(2, seed=0)),
        INPUTS,
        TARGETS,
        loss="binary_cross_entropy",
        parameters=model.weights,
        ax=axes,
    ),
    "field": lambda axes, noted: plots.plot_gradient_field(
        bowl, [(-2, 2), (-2, 2)], [0.0, 1.0], axes
    ),
    "size": lambda axes, noted: plots.plot_gradient_size(noted, axes),
    "histogram": lambda axes, noted: plots.plot_gradient_histogram(noted, ax=axes),
    "saturation": lambda axes, noted: plots.plot_saturation(noted, axes),
    "activation": lambda axes, noted: plots.plot_activation("tanh", axes),
    "differences": lambda axes, noted: plots.plot_difference_errors(sin, 1.0, axes),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", EVERY)
def test_each_plot_draws_on_the_given_axes_or_on_new_ones_and_has_a_title(
    name: str, noted: plots.Recorder
) -> None:
    figure, axes = plt.subplots()
    assert EVERY[name](axes, noted) is axes
    figure.canvas.draw()
    new = EVERY[name](None, noted)
    assert new.figure is not figure
    new.figure.canvas.draw()
    assert new.get_title(loc="left")


@pytest.mark.slow
@pytest.mark.parametrize("name", EVERY)
def test_the_texts_of_a_plot_stay_within_the_figure(name: str, noted: plots.Recorder) -> None:
    axes = EVERY[name](None, noted)
    axes.figure.canvas.draw()
    box = axes.get_tightbbox()
    assert box is not None
    whole = axes.figure.bbox
    assert box.x0 >= whole.x0 - 1.0
    assert box.y0 >= whole.y0 - 1.0
    assert box.x1 <= whole.x1 + 1.0
    assert box.y1 <= whole.y1 + 1.0


# Layers


def test_the_gradient_size_has_a_line_for_each_layer_with_its_name_at_the_end(
    noted: plots.Recorder,
) -> None:
    axes = plots.plot_gradient_size(noted)
    assert axes.get_yscale() == "log"
    for name, sizes in noted.gradient_size.items():
        assert list(line(axes, name).get_xdata()) == noted.epochs
        assert list(line(axes, name).get_ydata()) == sizes
    assert sorted(text.get_text() for text in axes.texts) == ["layer 1", "layer 2", "layer 3"]
    assert len({line.get_color() for line in axes.lines}) == 3


def test_the_names_of_the_layers_do_not_touch(noted: plots.Recorder) -> None:
    axes = plots.plot_saturation(noted)
    axes.figure.canvas.draw()
    boxes = sorted((text.get_window_extent() for text in axes.texts), key=lambda box: box.y0)
    assert all(below.y1 <= above.y0 for below, above in pairwise(boxes))


@pytest.mark.parametrize(
    "heights", [[0.0, 0.0, 0.0], [1.0, 1.0], [0.1, 0.9, 0.12, 0.14], [0.5], [0.5, 0.45, 0.55, 0.2]]
)
def test_heights_are_spread_within_their_frame_and_keep_their_order(heights: list[float]) -> None:
    placed = spread(heights, 0.1)
    order = sorted(range(len(heights)), key=heights.__getitem__)
    gaps = [placed[b] - placed[a] for a, b in pairwise(order)]
    assert all(gap >= 0.1 - 1e-9 for gap in gaps)
    assert all(0.0 <= y <= 1.0 for y in placed)


def test_more_layers_than_colours_are_shades_with_their_names() -> None:
    recorder = plots.Recorder()
    model = MLP(2, [2] * 9, seed=0)
    fit(
        model,
        INPUTS,
        [[0, 0]] * 4,
        loss="mean_squared_error",
        epochs=1,
        callbacks=[recorder],
        verbose=False,
    )
    axes = plots.plot_gradient_size(recorder)
    assert len({line.get_color() for line in axes.lines}) == len(axes.texts) == 9


def test_saturation_is_in_per_cent(noted: plots.Recorder) -> None:
    axes = plots.plot_saturation(noted)
    assert list(line(axes, "layer 1").get_ydata()) == [
        100.0 * share for share in noted.saturated["layer 1"]
    ]
    with pytest.raises(
        ValueError, match=r"no saturation; give it inputs: Recorder\(inputs=samples\)"
    ):
        plots.plot_saturation(recorded([0.1] * 5))


def test_a_recorder_that_saw_no_training_says_what_to_do() -> None:
    with pytest.raises(
        ValueError, match=r"this recorder is empty: give it to fit\(..., callbacks=\[recorder\]\)"
    ):
        plots.plot_gradient_size(plots.Recorder())


class Given(Module):
    """Five parameters whose gradients a test sets."""

    def __init__(self) -> None:
        self.unit = Neuron(4)


def recorded(*epochs: list[float]) -> plots.Recorder:
    model, recorder = Given(), plots.Recorder()
    for i, slopes in enumerate(epochs):
        for parameter, slope in zip(model.parameters(), slopes, strict=True):
            parameter.grad = slope
        recorder(model, History(loss=[1.0] * (i + 1)))
    return recorder


def test_the_histogram_holds_the_share_of_the_parameters_by_size() -> None:
    recorder = recorded([0.11, -0.11, 1.1, 11.0, 11.0], [0.11, 0.11, 0.11, 0.11, 1.1])
    axes = plots.plot_gradient_histogram(recorder, "unit")
    mesh: Any = axes.collections[0]
    shares = mesh.get_array()
    assert shares.shape == (11, 2)  # a free row, nine quarters of a power of ten, a free row
    assert {(i, j): shares[i, j] for i, j in np.argwhere(~shares.mask)} == {
        (1, 0): 40.0, (5, 0): 20.0, (9, 0): 40.0, (1, 1): 80.0, (5, 1): 20.0,
    }  # fmt: skip
    assert mesh.get_coordinates()[1, 0, 1] == -1.0  # log₁₀ of the lowest bin's lower edge
    assert [text.get_text() for text in axes.get_yticklabels()] == [
        "$10^{-1}$",
        "$10^{0}$",
        "$10^{1}$",
    ]


def test_gradients_of_zero_have_a_row_of_their_own() -> None:
    axes = plots.plot_gradient_histogram(recorded([0.0, 0.0, 0.0, 0.1, 0.1]))
    shares: Any = axes.collections[0].get_array()
    assert shares[0, 0] == 60.0
    assert shares.sum() == pytest.approx(100.0)
    assert axes.get_yticklabels()[-1].get_text() == "0"
    dead: Any = plots.plot_gradient_histogram(recorded([0.0] * 5)).collections[0].get_array()
    assert dead[0, 0] == dead.sum() == 100.0


def test_a_long_training_gives_at_most_sixty_columns() -> None:
    axes = plots.plot_gradient_histogram(recorded(*[[0.1] * 5] * 130))
    mesh: Any = axes.collections[0]
    assert mesh.get_array().shape[1] == 44
    assert np.allclose(mesh.get_array().sum(axis=0), 100.0)
    assert (mesh.get_coordinates()[0, 0, 0], mesh.get_coordinates()[0, -1, 0]) == (0.5, 130.5)


def test_a_layer_that_is_not_there_is_refused_by_name(noted: plots.Recorder) -> None:
    with pytest.raises(
        ValueError, match="no layer is called 'layer 9'; there are layer 1, layer 2, layer 3"
    ):
        plots.plot_gradient_histogram(noted, "layer 9")


# Functions


def test_an_activation_has_its_derivative_beside_it() -> None:
    axes = plots.plot_activation("sigmoid", bounds=(-2.0, 2.0))
    f, slope = line(axes, "f(z)"), line(axes, "f′(z)")
    assert f.get_ydata()[200] == 0.5
    assert slope.get_ydata()[200] == 0.25
    assert slope.get_linestyle() == "--"
    assert plots.plot_activation(sin).get_title(loc="left") == "sin"


def test_all_activations_stand_side_by_side_on_one_scale() -> None:
    figure = plots.plot_activations(title="Activations")
    figure.canvas.draw()
    assert len(figure.axes) == 10
    assert len({axes.get_ylim() for axes in figure.axes}) == 1
    assert len(plots.plot_activations(["tanh", "relu"]).axes) == 2


def test_plots_of_several_axes_draw_on_the_given_ones() -> None:
    figure, grid = plt.subplots(2, 2)
    assert plots.plot_activations(["tanh", "relu", "silu", "elu"], axes=grid) is figure
    assert [ax.get_title(loc="left") for ax in grid.flat] == ["tanh", "relu", "silu", "elu"]
    assert plots.plot_training(FULL, axes=grid[0]) is figure
    assert [ax.get_title(loc="left") for ax in grid[0]] == ["Loss", "Accuracy in %"]
    with pytest.raises(ValueError, match="axes must hold one Axes for each of 2 plots, got 4"):
        plots.plot_training(FULL, axes=grid)


def test_central_differences_have_a_smaller_best_error_at_a_larger_step() -> None:
    axes = plots.plot_difference_errors(lambda x: sin(x) * x**2, 1.0)
    exact = 2.0 * math.sin(1.0) + math.cos(1.0)
    forward, central = line(axes, "forward"), line(axes, "central")
    h, errors = central.get_xdata()[-1], central.get_ydata()
    assert errors[-1] == pytest.approx(
        abs((math.sin(1 + h) * (1 + h) ** 2 - math.sin(1 - h) * (1 - h) ** 2) / (2 * h) - exact)
    )
    assert min(errors) < 1e-9 < 1e-6 < forward.get_ydata()[-30]
    best = [float(curve.get_xdata()[np.argmin(curve.get_ydata())]) for curve in (forward, central)]
    assert 1e-10 < best[0] < 1e-7 < best[1] < 1e-4
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")


def test_an_error_of_nothing_is_drawn_at_the_last_digit() -> None:
    axes = plots.plot_difference_errors(lambda x: 2.0 * x, 0.0)
    assert min(line(axes, "central").get_ydata()) > 0.0
