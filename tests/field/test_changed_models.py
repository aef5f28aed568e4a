"""What is recorded once and changed later is noticed: the numbers are those of the model and
the loss as they are.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from autograd_core import Value
from nn import (
    MLP,
    Adam,
    EarlyStopping,
    GradientDescent,
    History,
    Layer,
    Module,
    Neuron,
    TrainingWarning,
    fit,
    sum_squared_error,
)
from nn.plots import Recorder
from nn.training.evaluation import Evaluation
from nn.training.predictions import Predictor

pytest.importorskip("numpy")

INPUTS = [[(i * 7 % 11) / 5.5 - 1.0, (i * 5 % 13) / 6.5 - 1.0] for i in range(30)]
TARGETS = [[x * y] for x, y in INPUTS]
Change = Callable[[Module, "Weighted"], None]


class Weighted:
    """A loss with a factor."""

    factor = 1.0

    def __call__(self, y: Any, t: Any) -> Any:
        return self.factor * sum_squared_error(y, t)


class Gated(Module):
    """A network of which the first layer may be frozen, and of which units may be dropped."""

    def __init__(self) -> None:
        self.first, self.last = Layer(2, 4, "tanh", seed=0), Layer(4, 1, "linear", seed=1)
        self.frozen, self.dropped, self.random, self.steepness = True, 0.0, Random(0), 1.0

    def __call__(self, x: Any) -> Any:
        hidden = [self.steepness * h for h in self.first(x)]
        if self.frozen:
            hidden = [h.detach() for h in hidden]
        if self.dropped:
            hidden = [h * float(self.random.random() > self.dropped) for h in hidden]
        return self.last(hidden)


def network() -> MLP:
    return MLP(2, [4, 1], activation="tanh", output="linear", seed=0)


def set_activation(model: Any, loss: Weighted) -> None:
    model.layers[0].activation = "sigmoid"


def set_one_neuron(model: Any, loss: Weighted) -> None:
    model.layers[0].neurons[2].activation = "linear"


def lower_factor(model: Any, loss: Weighted) -> None:
    loss.factor = 0.25


def unfreeze(model: Any, loss: Weighted) -> None:
    model.frozen = False


def steepen(model: Any, loss: Weighted) -> None:
    model.steepness = 3.0


CHANGES = [
    (network, set_activation),
    (network, set_one_neuron),
    (network, lower_factor),
    (Gated, unfreeze),
    (Gated, steepen),
]


def trained(make: Any, change: Change, **more: Any) -> tuple[History, list[float]]:
    """Six epochs; after the second, something changes."""
    model, loss = make(), Weighted()

    def callback(model: Module, history: History) -> None:
        if len(history) == 2:
            change(model, loss)

    history = fit(
        model,
        INPUTS,
        TARGETS,
        loss=loss,
        optimizer=Adam(0.02),
        epochs=6,
        validation_data=(INPUTS[:5], TARGETS[:5]),
        callbacks=[callback],
        verbose=False,
        **more,
    )
    return history, [p.data for p in model.parameters()]


@pytest.mark.parametrize(("make", "change"), CHANGES, ids=lambda part: part.__name__)
def test_what_a_callback_changes_counts_from_then_on_and_is_told(make: Any, change: Change) -> None:
    with pytest.warns(
        TrainingWarning, match="after epoch 2, the model or the loss no longer agree with the"
    ) as told:
        compiled, parameters = trained(make, change)
    assert [warning.filename for warning in told] == [__file__], "told once, where fit is called"
    eager, expected = trained(make, change, compiled=False)
    assert (compiled.engine, eager.engine) == ("compiled", "eager")
    assert compiled.loss == pytest.approx(eager.loss, rel=1e-9)
    assert compiled.validation_loss == pytest.approx(eager.validation_loss, rel=1e-9)
    assert parameters == pytest.approx(expected, rel=1e-9)


def test_a_factor_that_is_lowered_after_every_epoch_is_lowered_and_told_once() -> None:
    results = []
    for compiled in (True, False):
        model, loss = network(), Weighted()

        def lower(model: Module, history: History, loss: Weighted = loss) -> None:
            loss.factor *= 0.5

        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            fit(
                model,
                INPUTS,
                TARGETS,
                loss=loss,
                epochs=5,
                callbacks=[lower],
                compiled=compiled,
                verbose=False,
            )
        assert len(told) == compiled
        results.append([p.data for p in model.parameters()])
    assert results[0] == pytest.approx(results[1], rel=1e-9)


def test_dropout_that_a_callback_turns_on_is_drawn_anew() -> None:
    def turn_on(model: Any, loss: Weighted) -> None:
        model.dropped = 0.5

    with pytest.warns(TrainingWarning) as told:
        history, _ = trained(Gated, turn_on)
    assert history.engine == "eager"
    assert {str(warning.message)[:20] for warning in told} == {
        "after epoch 2, the m",
        "the training runs on",
    }


def test_a_callback_that_only_looks_is_told_nothing_and_changes_nothing() -> None:
    results = []
    for callbacks in (
        [],
        [lambda model, history: model.parameters()[0].grad < -1e9],
        [EarlyStopping("loss"), Recorder(INPUTS)],
    ):
        model = network()
        fit(
            model,
            INPUTS,
            TARGETS,
            loss="mean_squared_error",
            epochs=20,
            callbacks=callbacks,
            verbose=False,
        )
        results.append([(p.data, p.grad) for p in model.parameters()])
    assert results[0] == results[1] == results[2], "bit for bit, the gradient of the last batch too"


def test_a_training_that_has_converged_is_not_taken_for_a_changed_one() -> None:
    line = Neuron(2, "linear", seed=0)
    targets = [x - y for x, y in INPUTS]
    history = fit(
        line,
        INPUTS,
        targets,
        loss="mean_squared_error",
        optimizer=GradientDescent(0.5),
        batch_size=30,
        epochs=400,
        callbacks=[lambda model, history: False],
        verbose=False,
    )
    assert history.loss[-1] < 1e-25
    assert history.engine == "compiled"


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("how", ["appended", "replaced", "frozen", "other weights"])
def test_a_layer_that_the_optimizer_would_not_move_is_no_success(how: str, compiled: bool) -> None:
    def change(model: Any, history: History) -> None:
        if how == "appended":
            model.layers.append(Layer(1, 1, "linear", seed=5))
        elif how == "replaced":
            model.layers[1] = Layer(4, 1, "linear", seed=5)
        elif how == "frozen":
            model.layers[0].neurons[0].bias = Value(0.5)
        else:
            model.layers[0].neurons[0].weights = [
                Value(0.5, role="parameter"),
                Value(0.5, role="parameter"),
            ]

    with pytest.raises(
        ValueError,
        match="after epoch 1 the model has other parameters than at the beginning of the training",
    ):
        fit(
            network(),
            INPUTS,
            TARGETS,
            loss="mean_squared_error",
            callbacks=[change],
            compiled=compiled,
            verbose=False,
        )


@pytest.mark.parametrize(("used", "noticed"), [(True, 3), (False, 4)])
def test_a_parameter_that_is_replaced_late_is_noticed(used: bool, noticed: int) -> None:
    """At once where the loss depends on it, else when the parameters are looked through."""
    model: Any = network()
    model.spare = Value(1.0, role="parameter")

    def change(model: Any, history: History) -> None:
        if len(history) == 3:
            owner, name = (model.layers[1].neurons[0], "bias") if used else (model, "spare")
            setattr(owner, name, Value(getattr(owner, name).data, role="parameter"))

    settings: dict[str, Any] = {"loss": "mean_squared_error", "verbose": False}
    with pytest.raises(ValueError, match=f"after epoch {noticed} the model has other parameters"):
        fit(model, INPUTS, TARGETS, callbacks=[change], **settings)


def test_the_advice_for_a_model_that_grows_works() -> None:
    def grow(model: Any, history: History) -> bool:
        model.layers.append(Layer(1, 1, "linear", seed=5))
        return True

    model = network()
    assert fit(
        model, INPUTS, TARGETS, loss="mean_squared_error", callbacks=[grow], verbose=False
    ).stopped
    before = [p.data for p in model.layers[-1].parameters()]
    fit(
        model,
        INPUTS,
        TARGETS,
        loss="mean_squared_error",
        optimizer=Adam(),
        epochs=1,
        verbose=False,
    )
    assert all(p.data != was for p, was in zip(model.layers[-1].parameters(), before, strict=True))


def test_what_changes_without_a_callback_is_told_at_the_end() -> None:
    loss = Weighted()

    def rate(step: int) -> float:
        loss.factor = 1.0 / (1 + step // 10)
        return 0.1

    with pytest.warns(
        TrainingWarning, match="after epoch 20, .*at other times, use compiled=False"
    ):
        fit(
            network(),
            INPUTS,
            TARGETS,
            loss=loss,
            optimizer=GradientDescent(rate),
            epochs=20,
            verbose=False,
        )


@pytest.mark.parametrize(
    ("make", "change"), CHANGES[:2] + CHANGES[4:], ids=lambda part: part.__name__
)
def test_predictions_are_those_of_the_model_as_it_is(make: Any, change: Change) -> None:
    model = make()
    predict = Predictor(model)
    predict(INPUTS)
    change(model, Weighted())
    for found, x in zip(predict(INPUTS), INPUTS, strict=True):
        assert found == pytest.approx([y.data for y in model(x)])


def test_an_evaluation_is_that_of_the_model_and_the_loss_as_they_are() -> None:
    model, loss = network(), Weighted()
    program, values = (
        Evaluation(model, INPUTS, TARGETS, loss=loss, compiled=program) for program in (True, False)
    )
    for change in (set_activation, lower_factor, set_one_neuron):
        for _ in range(3):
            assert program()[0] == pytest.approx(values()[0], rel=1e-9)
        change(model, loss)
    assert program()[0] == pytest.approx(values()[0], rel=1e-9)


def test_a_recorder_measures_saturation_by_the_activation_that_a_layer_has_now() -> None:
    model, noted = network(), Recorder(INPUTS)
    for p in model.parameters():
        p.data *= 4.0
    noted(model, History(loss=[1.0]))
    model.layers[0].activation = "linear"
    noted(model, History(loss=[1.0, 1.0]))
    model.layers[0].activation = "sigmoid"
    noted(model, History(loss=[1.0] * 3))
    fresh = Recorder(INPUTS)
    fresh(model, History(loss=[1.0]))
    assert noted.saturated["layer 1"][0] > 0.0
    assert noted.saturated["layer 1"][1:] == fresh.saturated["layer 1"]


def test_a_checkpoint_of_a_changed_model_is_not_gone_on_from_by_the_model_as_it_was(
    tmp_path: Path,
) -> None:
    path = tmp_path / "checkpoint.json"
    settings: dict[str, Any] = {"loss": "mean_squared_error", "verbose": False, "checkpoint": path}

    def change(model: Any, history: History) -> None:
        if len(history) == 2:
            model.layers[0].activation = "sigmoid"

    with pytest.warns(TrainingWarning, match="no longer agree"):
        fit(network(), INPUTS, TARGETS, epochs=4, callbacks=[change], **settings)
    with pytest.raises(ValueError, match="it was made with model = MLP"):
        fit(network(), INPUTS, TARGETS, epochs=6, callbacks=[change], resume=True, **settings)
    model = network()
    model.layers[0].activation = "sigmoid"
    assert (
        len(fit(model, INPUTS, TARGETS, epochs=6, callbacks=[change], resume=True, **settings)) == 6
    )
