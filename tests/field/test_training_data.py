"""What is not finite is said before the training, with its place; nan is never best; samples
are what they seem to be.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest

from autograd_core import Value, detect_anomaly
from autograd_core import sum as total
from nn import (
    Adam,
    Convolution2d,
    EarlyStopping,
    GradientDescent,
    History,
    Layer,
    Module,
    Neuron,
    Rows,
    Sequential,
    batches,
    evaluate,
    fit,
    split,
)
from nn.training.evaluation import Evaluation

INPUTS, TARGETS = [[0.0, 1.0], [1.0, 2.0], [2.0, 0.0], [3.0, 1.0]], [1.0, 3.0, 5.0, 7.0]
QUIET: dict[str, Any] = {"loss": "mean_squared_error", "verbose": False}


def with_number(columns: list[Any], i: int, x: Any) -> list[Any]:
    return [*columns[:i], x, *columns[i + 1 :]]


@pytest.mark.parametrize("x", [math.nan, math.inf, -math.inf])
def test_a_target_that_is_no_number_is_not_a_rate_that_is_too_large(x: float) -> None:
    model = Neuron(2, "linear", seed=0)
    before = [p.data for p in model.parameters()]
    with pytest.raises(
        ValueError,
        match=rf"^target of sample 2 of the training data is {x}; .*leave the sample out",
    ):
        fit(model, INPUTS, with_number(TARGETS, 2, x), **QUIET)
    assert [p.data for p in model.parameters()] == before


@pytest.mark.parametrize("place", ["inputs", "targets"])
def test_validation_data_that_are_no_numbers_are_said_before_the_training(place: str) -> None:
    wrong = (
        (with_number(INPUTS, 1, [0.0, math.nan]), TARGETS)
        if place == "inputs"
        else (INPUTS, with_number(TARGETS, 1, math.inf))
    )
    expected = r"^input 1 of sample 1 of" if place == "inputs" else r"^target of sample 1 of"
    with pytest.raises(ValueError, match=expected + " the validation data is (nan|inf)"):
        fit(
            Neuron(2, "linear", seed=0),
            INPUTS,
            TARGETS,
            validation_data=wrong,
            callbacks=[EarlyStopping()],
            **QUIET,
        )


def test_one_of_several_targets_is_named_with_its_column() -> None:
    with pytest.raises(ValueError, match=r"^target 1 of sample 3 of the training data is nan"):
        fit(Layer(2, 2, "linear", seed=0), INPUTS, [[1.0, 2.0]] * 3 + [[1.0, math.nan]], **QUIET)


@pytest.mark.parametrize("nested", [list, tuple, "array", "Decimal", "Value"])
def test_a_number_inside_an_image_is_found_whatever_holds_it(nested: Any) -> None:
    images: list[Any] = [[[0.0, 1.0], [2.0, 3.0]] for _ in range(3)]
    images[2][1][0] = math.nan
    if nested == "array":
        images = [pytest.importorskip("numpy").array(image, dtype="float32") for image in images]
    elif nested in ("Decimal", "Value"):
        images[2][1][0] = {"Decimal": Decimal, "Value": Value}[nested](
            "nan" if nested == "Decimal" else math.nan
        )
    else:
        images = [nested(map(nested, image)) for image in images]
    with pytest.raises(
        ValueError, match=r"^input 1, 0 of sample 2 of the training data is (nan|NaN)"
    ):
        fit(Convolution2d((1, 2, 2), 1, 2, seed=0), images, [0.5] * 3, **QUIET)


def test_large_numbers_whose_sum_is_infinite_are_numbers() -> None:
    rows = Rows(2, [1e308, 1e308, 1.0, 1.0])
    for inputs in (rows, list(rows)):
        with pytest.raises(FloatingPointError, match="the inputs are large"):
            fit(
                Neuron(2, "linear", seed=0),
                inputs,
                [0.0, 0.0],
                optimizer=GradientDescent(1.0),
                **QUIET,
            )


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"sample_weight": [1.0, math.nan, 1.0, 1.0]}, "sample 1 has nan"),
        ({"sample_weight": [1.0, 1.0, math.inf, 1.0]}, "sample 2 has inf"),
        ({"class_weight": {0: 1.0, 1: math.nan}}, "class_weight gives nan to the class 1"),
    ],
)
def test_a_weight_that_is_no_number_is_named(weights: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit(
            Neuron(2, seed=0),
            INPUTS,
            [0, 1, 1, 0],
            loss="binary_cross_entropy",
            verbose=False,
            **weights,
        )


def test_weights_whose_sum_overflows_do_not_all_become_0() -> None:
    with pytest.raises(OverflowError, match="divide all of them by the largest"):
        fit(Neuron(2, "linear", seed=0), INPUTS, TARGETS, sample_weight=[1e308] * 4, **QUIET)


def test_an_epoch_whose_loss_is_nan_is_never_the_best() -> None:
    def stopped(column: list[float], patience: int = 3) -> EarlyStopping:
        stop, model, history = (
            EarlyStopping("loss", patience),
            Neuron(1, "linear", seed=0),
            History(),
        )
        for y in column:
            history.add(y)
            model.bias.data = y
            if stop(model, history):
                break
        stop.finish(model)
        return stop

    first = stopped([math.nan, 3.0, 1.0, 2.0])
    assert (first.best_epoch, first.parameters[-1]) == (3, 1.0)
    middle = stopped([3.0, math.nan, 1.0, math.nan, math.nan, 2.0])
    assert (middle.best_epoch, middle.reason) == (
        3,
        "the loss was best in epoch 3, and not better for 3 epochs",
    )
    assert stopped([math.inf, 4.0]).best_epoch == 2
    never = stopped([math.nan] * 4)
    assert (never.best_epoch, never.parameters, never.reason) == (
        0,
        [],
        "the loss was never a number in 3 epochs",
    )


def test_a_validation_loss_that_becomes_nan_does_not_bring_the_first_epoch_back() -> None:
    def root(y: Any, t: Any) -> Any:  # nan for an output below the target of a held-out sample
        return (y - t) ** 2 if t else y**0.5

    stop, model = EarlyStopping(patience=4), Neuron(1, "linear", initializer=lambda *_: -1.0)
    history = fit(
        model,
        [[1.0], [2.0]],
        [1.0, 2.0],
        loss=root,
        validation_data=([[1.0]], [0.0]),
        optimizer=GradientDescent(0.03),
        epochs=6,
        callbacks=[stop],
        compiled=False,
        verbose=False,
    )
    assert math.isnan(history.validation_loss[0])
    assert stop.best_epoch > 1
    assert model([1.0]).data >= 0.0


def test_a_parameter_that_was_nan_before_is_the_cause_and_not_the_rate() -> None:
    model = Neuron(2, "linear", seed=0)
    model.weights[1].data = math.nan
    with pytest.raises(
        FloatingPointError, match=r"Likely cause: the parameter weights\.1 is nan already"
    ):
        fit(model, INPUTS, TARGETS, **QUIET)


class Root(Module):
    """Its slope is infinite at 0, so the first step spoils the parameter, and no loss of that
    step says so.
    """

    def __init__(self) -> None:
        self.a = Value(0.0, role="parameter")

    def __call__(self, x: Any) -> Value:
        return (self.a * x) ** 0.5


def test_a_parameter_that_the_last_step_spoiled_is_told() -> None:
    with pytest.raises(
        FloatingPointError, match=r"at the end of the training the parameter a is (nan|-?inf)"
    ):
        fit(Root(), [1.0], [1.0], epochs=1, **QUIET)


def test_the_advice_for_a_spoiled_parameter_leads_to_the_operation() -> None:
    with pytest.raises(
        FloatingPointError,
        match=r"with detect_anomaly\(\): fit\(\.\.\., compiled=False\) names the operation",
    ):
        fit(Root(), [1.0], [1.0], epochs=2, **QUIET)
    with pytest.raises(FloatingPointError, match=r"0\.5|\*\*|pow"), detect_anomaly():
        fit(Root(), [1.0], [1.0], epochs=2, compiled=False, **QUIET)


@pytest.mark.parametrize(
    "wrong", [{1.0, 2.0}, frozenset({1.0, 2.0}), {"a": 1.0, "b": 2.0}, "01", 5.0]
)
def test_samples_without_an_order_are_refused(wrong: Any) -> None:
    both = [[[1.0], [2.0]], [1.0, 2.0]]
    for k, name in enumerate(("inputs", "targets")):
        given = [wrong if i == k else part for i, part in enumerate(both)]
        with pytest.raises(
            TypeError,
            match=f"the {name} of the training data must be a list or an array with one entry per "
            "sample",
        ):
            fit(Neuron(1, "linear", seed=0), *given, **QUIET)
        with pytest.raises(TypeError, match="must be a list or an array with one entry per sample"):
            evaluate(Neuron(1, "linear", seed=0), *given, loss="mean_squared_error")
    with pytest.raises(TypeError, match="sample_weight must be a list or an array"):
        fit(Neuron(1, "linear", seed=0), *both, sample_weight=wrong, **QUIET)
    for function in (split, lambda *given: list(batches(*given))):
        if not isinstance(wrong, str):
            with pytest.raises(TypeError, match="must be a list or an array"):
                function(wrong, [0, 1])


def test_a_sample_that_is_a_set_is_refused() -> None:
    with pytest.raises(
        TypeError,
        match=r"^input of sample 1 of the training data is the set \{.*no order; use a list",
    ):
        fit(Neuron(2, "linear", seed=0), [[1.0, 2.0], {3.0, 4.0}], [1.0, 2.0], **QUIET)


def test_generators_and_views_of_a_dict_are_samples_in_their_order() -> None:
    results = []
    views = [dict(enumerate(column)).values() for column in (INPUTS, TARGETS)]
    for inputs, targets in [(INPUTS, TARGETS), (iter(INPUTS), (t for t in TARGETS)), views]:
        model = Neuron(2, "linear", seed=0)
        fit(model, inputs, targets, compiled=False, **QUIET)
        results.append([p.data for p in model.parameters()])
    assert results[0] == results[1] == results[2]


class OfAnArray(Module):
    """Uses its sample as an array: `+` adds, and `ravel` is there."""

    def __init__(self) -> None:
        self.inner = Layer(4, 2, "linear", seed=0)

    def __call__(self, image: Any) -> Any:
        return self.inner((image + image).ravel())


@pytest.mark.parametrize(
    "make", [OfAnArray, lambda: Sequential(Convolution2d((1, 2, 2), 2, 2, seed=0))]
)
def test_a_list_of_2d_arrays_trains_as_one_program_as_on_values(make: Any) -> None:
    numpy = pytest.importorskip("numpy")
    images = list(numpy.arange(24.0).reshape(6, 2, 2) / 24.0)
    results = []
    for compiled in (True, False):
        model = make()
        history = fit(
            model,
            images,
            [[0.1 * k, 0.5] for k in range(6)],
            compiled=compiled,
            batch_size=2,
            validation_data=(images[:3], [[0.1 * k, 0.5] for k in range(3)]),
            **QUIET,
        )
        assert history.engine == ("compiled" if compiled else "eager")
        results.append([p.data for p in model.parameters()] + history.validation_loss)
    assert results[0] == pytest.approx(results[1], rel=1e-9)


def test_images_as_one_array_or_as_nested_lists_fit_a_convolution_too() -> None:
    numpy = pytest.importorskip("numpy")
    images = numpy.arange(24.0).reshape(6, 1, 2, 2) / 24.0
    results = []
    for inputs in (
        images,
        images.tolist(),
        list(images),
        images.reshape(6, 4),
        images.reshape(6, 2, 2),
    ):
        model = Convolution2d((1, 2, 2), 1, 2, seed=0)
        assert fit(model, inputs, [[0.1 * k] for k in range(6)], **QUIET).engine == "compiled"
        results.append([p.data for p in model.parameters()])
    assert all(found == results[0] for found in results)


def test_targets_that_are_arrays_are_arrays_for_the_loss_of_a_program_too() -> None:
    numpy = pytest.importorskip("numpy")
    targets = numpy.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]])

    def doubled(y: Any, t: Any) -> Any:
        return total(
            [(a - b) ** 2 for a, b in zip(y, t + t, strict=True)]
        )  # two lists would be one of four numbers

    losses = []
    for compiled in (True, False):
        losses.append(
            fit(
                Layer(2, 2, "linear", seed=0),
                INPUTS,
                targets,
                loss=doubled,
                compiled=compiled,
                optimizer=Adam(0.1),
                verbose=False,
            )
        )
    assert losses[0].engine == "compiled"
    assert losses[0].loss == pytest.approx(losses[1].loss)
    compare = [
        Evaluation(
            Layer(2, 2, "linear", seed=0), INPUTS, targets, loss=doubled, compiled=program
        )()[0]
        for program in (True, False)
    ]
    assert compare[0] == pytest.approx(compare[1])
