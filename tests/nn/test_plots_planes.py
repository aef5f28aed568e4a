"""Planes: the decision boundary of a model, surfaces with the paths on them, and the gradient
as arrows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest

from autograd_core import grad
from nn import MLP, GradientDescent, Layer, Module, Neuron, evaluate, fit, minimize

from .drawn import bowl, line, texts

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")

import numpy as np  # noqa: E402 (the back-end comes first)
from matplotlib import pyplot as plt  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402

from nn import plots  # noqa: E402

INPUTS, TARGETS = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    plt.close("all")


# The decision boundary


def half_plane(activation: str, *weights: float) -> Neuron:
    """A unit whose z is 0 where x₁ = ½."""
    unit = Neuron(2, activation)
    unit.weights[0].data, unit.weights[1].data, unit.bias.data = 4.0, 0.0, -2.0
    return unit


def border_of(axes: Axes) -> Any:
    """The points of the black line."""
    return np.concatenate(
        [path.vertices for path in axes.collections[1].get_paths() if len(path.vertices)]
    )


@pytest.mark.parametrize(
    ("activation", "border", "expected"),
    [("sigmoid", None, 0.5), ("tanh", None, 0.5), ("linear", 2.0, 1.0)],
)
def test_the_line_is_where_the_decision_changes(
    activation: str, border: float | None, expected: float
) -> None:
    axes = plots.plot_decision_boundary(half_plane(activation), INPUTS, TARGETS, threshold=border)
    points = border_of(axes)
    assert np.allclose(points[:, 0], expected, atol=1e-3)
    assert points[:, 1].min() <= 0.0 <= 1.0 <= points[:, 1].max()


def test_the_samples_stand_at_their_places_by_class() -> None:
    axes = plots.plot_decision_boundary(half_plane("sigmoid"), INPUTS, [[0], [1], [1], [0]])
    zeros, ones = axes.collections[-2:]
    assert np.array_equal(zeros.get_offsets(), [[0, 0], [1, 1]])
    assert np.array_equal(ones.get_offsets(), [[0, 1], [1, 0]])
    assert texts(axes) == ["class 0", "class 1"]


def test_of_several_outputs_the_largest_decides() -> None:
    model = Layer(2, 3, "softmax")
    for neuron, weights in zip(
        model.neurons, [(0.0, 9.0, -4.5), (9.0, 0.0, -4.5), (-9.0, 0.0, 4.4)], strict=True
    ):
        neuron.weights[0].data, neuron.weights[1].data, neuron.bias.data = weights
    classes = [2, 0, 1, 1]
    axes = plots.plot_decision_boundary(model, INPUTS, classes)
    image: Any = axes.images[0].get_array()
    corner = image[20, 180]  # x₁ large, x₂ small: class 1, which is orange
    assert corner[0] > corner[2]
    assert texts(axes) == ["class 0", "class 1", "class 2"]


def test_classes_of_text_have_their_names_and_data_frames_are_taken() -> None:
    pandas = pytest.importorskip("pandas")
    model, names = Layer(2, 3, "softmax", seed=0), ["setosa", "versicolor", "virginica", "setosa"]
    frame = pandas.DataFrame(INPUTS, columns=["a", "b"], index=[3, 2, 1, 0])
    for targets in (
        names,
        pandas.Series(names, index=frame.index),
        np.array(names),
        [[name] for name in names],
    ):
        axes = plots.plot_decision_boundary(model, frame, targets)
        assert texts(axes) == ["setosa", "versicolor", "virginica"]
        assert np.array_equal(axes.collections[-3].get_offsets(), [[0, 0], [1, 1]])


@pytest.mark.parametrize(("model", "all_of_them"), [
    (Neuron(2, seed=0), [0, 1, 1, 0]),
    (Neuron(2, "tanh", seed=0), [-1, 1, 1, -1]),
    (Layer(2, 3, "softmax", seed=0), [0, 1, 2, 0]),
])  # fmt: skip
def test_a_class_looks_the_same_where_the_others_have_no_sample(
    model: Module, all_of_them: list[int]
) -> None:
    for place, kind in enumerate(sorted(set(all_of_them))):
        among = plots.plot_decision_boundary(model, INPUTS, all_of_them).collections[
            place - len(set(all_of_them))
        ]
        alone = plots.plot_decision_boundary(model, INPUTS, [kind] * 4).collections[-1]
        assert alone.get_label() == among.get_label() == f"class {kind}"
        assert np.array_equal(alone.get_facecolor(), among.get_facecolor())
        assert np.array_equal(alone.get_paths()[0].vertices, among.get_paths()[0].vertices)


def test_the_loss_of_the_training_says_where_its_decision_changes() -> None:
    for loss, expected in (
        ("mean_squared_error", 0.625),
        ("binary_cross_entropy_from_logits", 0.5),
    ):
        points = border_of(
            plots.plot_decision_boundary(half_plane("linear"), INPUTS, TARGETS, loss=loss)
        )
        assert np.allclose(points[:, 0], expected, atol=1e-3)


def test_only_two_inputs_make_a_plane() -> None:
    with pytest.raises(ValueError, match=r"drawn over two inputs, got samples of the shape \(3,\)"):
        plots.plot_decision_boundary(Neuron(3), [[1, 2, 3]], [0])


def test_a_model_that_cannot_be_compiled_is_drawn_all_the_same() -> None:
    class Steps(Module):
        def __call__(self, inputs: Any) -> Any:
            return [float(float(inputs[0]) > 0.5)]

    points = border_of(plots.plot_decision_boundary(Steps(), INPUTS, TARGETS, threshold=0.5))
    assert np.allclose(points[:, 0], 0.5, atol=0.01)


# Surfaces


def test_a_surface_has_the_paths_that_minimize_found_from_start_to_end() -> None:
    found = minimize(bowl, [-1.0, 1.0], learning_rate=0.05)
    axes = plots.plot_surface(bowl, paths=found)
    path, start, end = axes.lines
    assert np.array_equal(np.stack(path.get_data(), axis=1), found.path)
    assert np.array_equal(np.stack(start.get_data(), axis=1), found.path[:1])
    assert np.array_equal(np.stack(end.get_data(), axis=1), found.path[-1:])
    assert texts(axes) == ["ends at 0.5"]
    assert all(axes.get_xlim()[0] < point[0] < axes.get_xlim()[1] for point in found.path)


def test_the_lowest_end_is_a_star_and_a_local_minimum_a_diamond() -> None:
    def valleys(point: Any) -> Any:
        return point[0] ** 4 - 4 * point[0] ** 2 + point[0] + point[1] ** 2

    paths = {
        name: minimize(valleys, [start, 1.0], learning_rate=0.02)
        for name, start in (("left", -0.4), ("right", 0.5))
    }
    axes = plots.plot_surface(valleys, [(-2, 2), (-2, 2)], paths)
    assert line(axes, "left → −5.44").get_marker() == "*"
    assert line(axes, "right → −2.62").get_marker() == "D"


@pytest.mark.parametrize("lost", [[math.inf, 0.0], [0.0, math.nan]])
def test_a_path_is_drawn_up_to_its_first_point_that_is_not_finite(lost: list[float]) -> None:
    axes = plots.plot_surface(bowl, paths=[[0.0, 0.0], [1.0, 1.0], lost, [2.0, 2.0]])
    path, _, end = axes.lines
    assert np.array_equal(np.stack(path.get_data(), axis=1), [[0.0, 0.0], [1.0, 1.0]])
    assert np.array_equal(np.stack(end.get_data(), axis=1), [[1.0, 1.0]])
    assert texts(axes) == [f"ends at {bowl([1.0, 1.0]):g}"]


def test_several_paths_have_colours_of_their_own() -> None:
    paths = {f"way {k}": [[0.0, float(k)], [1.0, 0.0]] for k in range(5)}
    axes = plots.plot_surface(bowl, paths=paths)
    assert len({path.get_color() for path in axes.lines[::3]}) == 5


def test_the_levels_are_closer_near_the_lowest_place() -> None:
    levels = plots.plot_surface(bowl, [(-2, 3), (-2, 2)]).collections[0].levels  # type: ignore[attr-defined]
    steps = np.diff(levels)
    assert np.all(np.diff(steps) > 0.0)
    assert levels[0] == pytest.approx(0.5, abs=0.01)
    assert levels[-1] == pytest.approx(bowl([-2, 2]))


def test_a_function_that_cannot_be_compiled_and_is_not_finite_everywhere_is_drawn_where_it_is() -> (
    None
):
    def f(point: Any) -> float:
        return math.inf if float(point[0]) < 0.0 else float(point[0]) + float(point[1])

    heights = plots.plot_surface(f, [(-1, 1), (0, 1)]).collections[0]
    assert heights.get_paths()
    with pytest.raises(ValueError, match="not finite anywhere in this plane; give bounds"):
        plots.plot_surface(lambda point: math.nan * point[0], [(-1, 1), (0, 1)])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "without a path the plot needs bounds"),
        ({"bounds": [(1, 0), (0, 1)]}, "two pairs .* low < high"),
        ({"paths": [1.0, 2.0]}, "must be a list of points of two numbers each"),
        (
            {"paths": {"way": [[math.nan, 0.0]]}},
            r"the path 'way' starts at \[nan, 0.0\], which is not finite",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plots.plot_surface(bowl, **arguments)


@pytest.mark.parametrize("loss", ["mean_squared_error", "cross_entropy"])
def test_the_loss_surface_is_the_mean_loss_at_each_point_and_leaves_the_model_as_it_was(
    loss: str,
) -> None:
    model = Layer(2, 2, "softmax", seed=0) if loss == "cross_entropy" else Layer(2, 1, seed=0)
    chosen = model.neurons[0].weights
    before = [p.data for p in model.parameters()]
    axes = plots.plot_loss_surface(
        model, INPUTS, TARGETS, loss=loss, parameters=chosen, bounds=[(-1, 1), (2, 3)]
    )
    assert [p.data for p in model.parameters()] == before
    levels = axes.collections[0].levels  # type: ignore[attr-defined]
    found = []
    for x in np.linspace(-1, 1, 61):
        for y in np.linspace(2, 3, 61)[[0, 30, 60]]:
            chosen[0].data, chosen[1].data = float(x), float(y)
            found.append(evaluate(model, INPUTS, TARGETS, loss=loss)[0]) if x in (
                -1.0,
                1.0,
            ) else None
    assert min(found) >= levels[0] - 1e-12
    assert max(found) == pytest.approx(levels[-1])
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("w₁", "w₂")


def test_the_loss_surface_shows_the_paths_of_recorders() -> None:
    model = MLP(2, [1], seed=0)
    recorders = {}
    start = [p.data for p in model.parameters()]
    for name, rate in (("slow", 0.5), ("fast", 5.0)):
        for p, number in zip(model.parameters(), start, strict=True):
            p.data = number
        recorders[name] = plots.Recorder(follow=model.parameters()[:2])
        fit(
            model,
            INPUTS,
            [0, 0, 1, 1],
            loss="binary_cross_entropy",
            optimizer=GradientDescent(rate),
            epochs=9,
            callbacks=[recorders[name]],
            verbose=False,
        )
    axes = plots.plot_loss_surface(
        model, INPUTS, [0, 0, 1, 1], loss="binary_cross_entropy", paths=recorders
    )
    for k, recorder in enumerate(recorders.values()):
        assert np.array_equal(np.stack(axes.lines[3 * k].get_data(), axis=1), recorder.path)
    ends = [float(label.split(" → ")[1]) for label in texts(axes)]
    assert ends[1] == pytest.approx(
        evaluate(model, INPUTS, [0, 0, 1, 1], loss="binary_cross_entropy")[0], rel=0.01
    )


def test_parameters_of_one_label_are_told_apart_by_where_they_are() -> None:
    model = MLP(2, [2, 1], seed=0)
    chosen = [neuron.weights[0] for neuron in model.layers[0].neurons]
    axes = plots.plot_loss_surface(
        model, INPUTS, TARGETS, loss="mean_squared_error", parameters=chosen
    )
    assert axes.get_ylabel() == "layers.0.neurons.1.weights.0"


def test_a_loss_surface_needs_two_parameters() -> None:
    with pytest.raises(
        ValueError, match=r"over two parameters, got 0; give parameters=\[p, q\], or a Recorder"
    ):
        plots.plot_loss_surface(Neuron(2), INPUTS, TARGETS, loss="mean_squared_error")


# The gradient field


def test_the_arrows_of_the_field_point_along_the_gradient_and_are_coloured_by_its_size() -> None:
    axes = plots.plot_gradient_field(bowl, [(-2, 2), (-2, 2)])
    arrows: Any = next(c for c in axes.collections if hasattr(c, "U"))
    for (x, y), u, v, size in zip(
        arrows.get_offsets(), arrows.U, arrows.V, arrows.get_array(), strict=True
    ):
        gx, gy = grad(bowl)([float(x), float(y)])
        assert size == pytest.approx(math.hypot(gx, gy))
        assert (u, v) == pytest.approx((0.2 * gx / size, 0.2 * gy / size))


def test_at_a_point_the_steepest_ways_are_opposite_and_the_level_way_is_across() -> None:
    axes = plots.plot_gradient_field(bowl, [(-2, 2), (-2, 2)], at=[0.0, 1.0])
    up, down = [c for c in axes.collections if hasattr(c, "U")][1:]
    gx, gy = grad(bowl)([0.0, 1.0])
    assert up.U[0] / up.V[0] == pytest.approx(gx / gy)
    assert (down.U[0], down.V[0]) == (-up.U[0], -up.V[0])
    level = line(axes, "level")
    dx, dy = np.diff(level.get_xdata())[0], np.diff(level.get_ydata())[0]
    assert dx * gx + dy * gy == pytest.approx(0.0, abs=1e-12)
    assert texts(axes) == ["level", "steepest up, ∇f = (−2, 8)", "steepest down"]
    assert axes.get_aspect() == 1.0
    with pytest.raises(ValueError, match="which has no direction; choose another point"):
        plots.plot_gradient_field(bowl, [(-2, 2), (-2, 2)], at=[1.0, 0.0])
