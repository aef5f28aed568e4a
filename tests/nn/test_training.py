"""`fit`: it learns, it reports, it refuses what cannot be right, and Ctrl-C keeps what was
learned.
"""

from __future__ import annotations

import gc
import math
import sys
from typing import Any

import pytest

import nn
from autograd_core import Value, grad
from nn import (
    MLP,
    Adam,
    GradientDescent,
    History,
    Layer,
    Neuron,
    batch_gradient,
    evaluate,
    fit,
    sum_squared_error,
)
from nn.losses import LOSSES, hinge, mean_squared_error
from nn.training.evaluation import judge
from nn.training.progress import Progress

XOR = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


def test_a_network_learns_the_exclusive_or() -> None:
    model = MLP(2, [4, 1], activation="tanh", output="linear", seed=1)
    history = fit(
        model,
        XOR,
        [0, 1, 1, 0],
        loss="binary_cross_entropy_from_logits",
        optimizer=Adam(0.1),
        epochs=100,
        verbose=False,
    )
    assert history.accuracy[-1] == 1.0
    assert [round(y.data > 0) for x in XOR for y in model(x)] == [0, 1, 1, 0]
    assert history.loss[-1] < 0.05 < history.loss[0]


def test_the_gradient_of_a_batch_is_that_of_the_mean_loss() -> None:
    model = MLP(2, [3, 2], activation="tanh", output="linear", seed=0)
    parameters, start = model.parameters(), [p.data for p in model.parameters()]
    targets = [0, 1, 1, 0]

    def cost(numbers: list[float]) -> float:
        for p, number in zip(parameters, numbers, strict=True):
            p.data = number
        return evaluate(model, XOR, targets, loss="cross_entropy_from_logits")[0]

    for p in parameters:
        p.grad = 7.0  # what an earlier step left must not count
    value, outputs = batch_gradient(
        model, parameters, LOSSES["cross_entropy_from_logits"], XOR, targets
    )
    found = [p.grad for p in parameters]
    h = 1e-5
    for i, g in enumerate(found):
        above = cost([x + h * (i == j) for j, x in enumerate(start)])
        below = cost([x - h * (i == j) for j, x in enumerate(start)])
        assert g == pytest.approx((above - below) / (2 * h), abs=1e-9)
    assert value == pytest.approx(cost(start))
    assert outputs == [[y.data for y in model(x)] for x in XOR]


def test_one_epoch_with_one_batch_is_one_step_of_the_optimizer() -> None:
    model = Neuron(1, "linear", initializer=lambda *_: 2.0)
    history = fit(
        model,
        [[1.0], [3.0]],
        [1.0, 1.0],
        loss=sum_squared_error,
        optimizer=GradientDescent(0.1),
        epochs=1,
        verbose=False,
    )
    # C = 1/2N Σ (ŷ − y)², ∂C/∂w = 1/N Σ (ŷ − y) x = (1·1 + 5·3) / 2, ∂C/∂b = (1 + 5) / 2
    assert [p.data for p in model.parameters()] == pytest.approx([2.0 - 0.1 * 8.0, 0.0 - 0.1 * 3.0])
    assert history.loss == [pytest.approx((0.5 * 1 + 0.5 * 25) / 2)]


def test_the_loss_of_an_epoch_is_the_mean_over_samples_also_with_a_smaller_last_batch() -> None:
    model = Neuron(1, "linear", initializer=lambda *_: 0.0)
    still = GradientDescent(0.0)
    history = fit(
        model,
        [[0.0]] * 5,
        [1.0, 2.0, 3.0, 4.0, 5.0],
        loss=mean_squared_error,
        optimizer=still,
        batch_size=2,
        epochs=1,
        verbose=False,
    )
    assert history.loss == [pytest.approx(11.0)]


def test_the_seed_decides_the_training() -> None:
    def trained(seed: int) -> list[float]:
        model = MLP(2, [3, 1], seed=0)
        fit(
            model,
            XOR,
            [0, 1, 1, 0],
            loss="binary_cross_entropy",
            batch_size=1,
            epochs=2,
            verbose=False,
            seed=seed,
        )
        return [p.data for p in model.parameters()]

    assert trained(1) == trained(1) != trained(2)


def test_validation_is_measured_after_each_epoch() -> None:
    model = MLP(2, [2, 2], output="linear", seed=0)
    history = fit(
        model,
        XOR,
        [0, 1, 1, 0],
        loss="cross_entropy_from_logits",
        validation_data=(XOR[:2], [0, 1]),
        epochs=3,
        verbose=False,
    )
    assert len(history.validation_loss) == len(history.validation_accuracy) == len(history) == 3
    loss, accuracy = evaluate(model, XOR[:2], [0, 1], loss="cross_entropy_from_logits")
    assert (history.validation_loss[-1], history.validation_accuracy[-1]) == (loss, accuracy)


def test_arrays_are_taken_as_they_are() -> None:
    numpy = pytest.importorskip("numpy")
    by_lists, by_arrays = (
        MLP(2, [2, 2], output="softmax", seed=0),
        MLP(2, [2, 2], output="softmax", seed=0),
    )
    fit(by_lists, XOR, [0, 1, 1, 0], loss="cross_entropy", verbose=False)
    fit(by_arrays, numpy.array(XOR), numpy.array([0, 1, 1, 0]), loss="cross_entropy", verbose=False)
    assert [p.data for p in by_lists.parameters()] == [p.data for p in by_arrays.parameters()]


def test_the_garbage_collector_is_left_as_it_was() -> None:
    for switch, expected in ((gc.disable, False), (gc.enable, True)):
        switch()
        fit(Neuron(2), XOR, [0, 1, 1, 0], loss="binary_cross_entropy", epochs=1, verbose=False)
        assert gc.isenabled() is expected


@pytest.mark.parametrize(
    ("loss", "outputs", "target", "right"),
    [
        ("cross_entropy", [0.2, 0.5, 0.3], 1, True),
        ("cross_entropy_from_logits", [2.0, -1.0], [0.0, 1.0], False),
        ("binary_cross_entropy", [0.6], 1, True),
        ("binary_cross_entropy", 0.4, 1, False),
        ("binary_cross_entropy_from_logits", [0.4], 1, True),
        ("binary_cross_entropy_from_logits", [-0.4], 0.05, True),
        ("binary_cross_entropy_from_logits", [0.4], 0.05, False),
        ("hinge", [-0.1, 0.3], [-1, 1], True),
        ("hinge", [0.1, 0.3], [-1, 1], False),
        ("mean_squared_error", [0.4], 0, True),
        ("sum_squared_error", [0.4, 0.3], [1.0, 0.0], True),
        ("sum_squared_error", [0.7, 0.8], [1.0, 0.0], False),
        ("mean_squared_error", [0.7, 0.8], [1.0, 1.0], True),
        ("mean_squared_error", [0.7, 0.4], [1.0, 1.0], False),
        ("mean_squared_error", [0.4, 0.3], [0.0, 0.0], True),
    ],
)
def test_what_counts_as_right_follows_from_the_loss(
    loss: str, outputs: Any, target: Any, right: bool
) -> None:
    decide = judge(LOSSES[loss], [target])
    assert decide is not None
    assert decide(outputs, target) is right
    assert decide.count([outputs] * 3, [target] * 3) == 3 * right
    numpy = pytest.importorskip("numpy")
    assert (
        decide.count(numpy.array([outputs] * 3), numpy.array([target] * 3, dtype=float))
        == 3 * right
    )


def test_numbers_that_are_no_classes_have_no_accuracy() -> None:
    assert judge(mean_squared_error, [0.0, 0.5]) is None
    assert judge(lambda y, t: y, [0, 1]) is None
    history = fit(Neuron(1), [[1.0]], [0.5], loss=mean_squared_error, epochs=1, verbose=False)
    assert history.accuracy == []
    assert evaluate(Neuron(1), [[1.0]], [0.5], loss=mean_squared_error)[1] is None


@pytest.mark.parametrize(
    ("model", "targets", "loss", "message"),
    [
        (MLP(2, [3], output="softmax"), [0] * 4, "cross_entropy_from_logits", 'already a softmax; make .* output="linear"'),
        (Neuron(2), [0] * 4, "binary_cross_entropy_from_logits", "or use the loss "
                                                                 "binary_cross_entropy$"),
        (Layer(2, 3, "linear"), [0] * 4, "cross_entropy", "takes probabilities, but the output of "
                                                          "the model is linear"),
        (MLP(2, [3], output="softmax"), [0, 1, 3, 0], "cross_entropy", "target 2 of the training "
                                                                       "data .*between 0 and 2"),
        (MLP(2, [3]), [0.5] * 4, "mean_squared_error", "target 0 .*: 3 outputs need 3 targets, "
                                                       "got 1"),
        (MLP(2, [1]), [0] * 3, "mean_squared_error", "got 4 inputs, 3 targets"),
        (MLP(3, [1]), [0] * 4, "mean_squared_error", "takes 3 inputs, got 2"),
        (MLP(2, [1]), [0] * 4, "squared", "no loss is called 'squared'"),
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_said_before_training(
    model: Any, targets: Any, loss: str, message: str
) -> None:
    before = [p.data for p in model.parameters()]
    with pytest.raises(ValueError, match=message):
        fit(model, XOR, targets, loss=loss, verbose=False)
    assert [p.data for p in model.parameters()] == before


def test_a_target_of_the_wrong_type_is_named_with_its_place() -> None:
    model = MLP(2, [2], output="linear")
    with pytest.raises(TypeError, match=r"target 1 of the validation data .* must be an int"):
        fit(
            model,
            XOR,
            [0, 1, 1, 0],
            loss="cross_entropy_from_logits",
            validation_data=(XOR[:2], [0, 0.5]),
            verbose=False,
        )


@pytest.mark.parametrize(("setting", "value"), [("epochs", 0), ("batch_size", 0)])
def test_epochs_and_batch_size_are_at_least_one(setting: str, value: int) -> None:
    settings: dict[str, Any] = {setting: value}
    with pytest.raises(ValueError, match=f"{setting} must be a whole number of at least 1, got 0"):
        fit(Neuron(2), XOR, [0, 1, 1, 0], loss=mean_squared_error, verbose=False, **settings)


def test_an_optimizer_is_no_name() -> None:
    with pytest.raises(
        TypeError,
        match=r"the optimizer must be an instance such as Adam\(0\.01\), got 'adam' \(str\)",
    ):
        fit(Neuron(2), XOR, [0, 1, 1, 0], loss=mean_squared_error, optimizer="adam", verbose=False)  # type: ignore[arg-type]


def test_a_diverging_training_stops_before_it_spoils_the_parameters() -> None:
    model = Neuron(1, "linear", seed=0)
    with pytest.raises(
        FloatingPointError,
        match=r"the loss became (inf|nan) in epoch \d+, .*inputs are large .*up to 1e\+03",
    ):
        fit(
            model,
            [[1e3]],
            [0.0],
            loss=mean_squared_error,
            optimizer=GradientDescent(1e100),
            verbose=False,
        )
    assert all(math.isfinite(p.data) for p in model.parameters())


def test_ctrl_c_ends_the_training_and_keeps_what_was_learned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, steps = Neuron(2, seed=0), []

    def interrupted(self: Progress, *state: Any) -> None:
        steps.append([p.data for p in model.parameters()])
        if len(steps) == 7:
            raise KeyboardInterrupt

    monkeypatch.setattr(Progress, "batch", interrupted)
    history = fit(
        model,
        XOR,
        [0, 1, 1, 1],
        loss="binary_cross_entropy",
        batch_size=2,
        epochs=10,
        compiled=False,
        verbose=False,
    )
    assert history.interrupted
    assert len(history) == 3
    assert [p.data for p in model.parameters()] == steps[-1]


def test_integers_may_be_those_of_numpy() -> None:
    numpy = pytest.importorskip("numpy")
    two, models = numpy.int64(2), []
    for n, seed in ((2, 7), (two, numpy.int64(7))):
        models.append(MLP(n, [n, n], output="linear", seed=seed))
        fit(
            models[-1],
            XOR,
            [0, 1, 1, 0],
            loss="cross_entropy_from_logits",
            epochs=n,
            batch_size=n,
            seed=seed,
            verbose=False,
        )
    assert [p.data for p in models[0].parameters()] == [p.data for p in models[1].parameters()]
    assert repr(models[0]) == repr(models[1])
    for wrong in (True, 0, 1.0, numpy.float64(2.0), "2", None):
        with pytest.raises(ValueError, match="must be a whole number of at least 1"):
            fit(models[0], XOR, [0, 1, 1, 0], loss="cross_entropy_from_logits", epochs=wrong)


def test_a_history_is_a_table() -> None:
    history = History(loss=[0.5, 0.25], accuracy=[0.5, 1.0], seconds=[1.0, 3.0])
    assert history.columns == {"loss": [0.5, 0.25], "accuracy": [0.5, 1.0], "seconds": [1.0, 3.0]}
    assert history.epochs_per_second == 0.5
    assert str(history).splitlines()[2].split() == ["2", "0.25", "1", "3"]
    assert History().epochs_per_second == 0.0


def test_an_interrupted_row_is_dropped() -> None:
    history = History()
    history.add(0.5, 0.75, seconds=1.0)
    history.loss.append(0.25)  # the interrupt came here
    history.interrupt()
    assert history.interrupted
    assert history.columns == {"loss": [0.5], "accuracy": [0.75], "seconds": [1.0]}


def test_a_model_without_parameters_and_a_loss_without_a_graph_are_refused() -> None:
    class Constant(nn.Module):
        def __call__(self, inputs: Any) -> Value:
            return Value(1.0)

    with pytest.raises(ValueError, match="has no parameters to train"):
        fit(Constant(), XOR, [0] * 4, loss=mean_squared_error)
    with pytest.raises(
        TypeError, match=r"returned plain numbers, so there is no gradient; compute it on Values"
    ):
        fit(Neuron(2), XOR, [0] * 4, loss=lambda y, t: y.data - t, verbose=False)
    with pytest.raises(
        ValueError, match=r"as many targets as inputs, at least one: got 0 inputs, 0 targets"
    ):
        evaluate(Neuron(2), [], [], loss=mean_squared_error)


def test_progress_goes_to_standard_error_and_can_be_left_out(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for verbose, lines in ((True, 1), (False, 0)):
        fit(Neuron(2), XOR, [0, 1, 1, 0], loss="binary_cross_entropy", epochs=2, verbose=verbose)
        out, err = capsys.readouterr()
        assert (out, len(err.splitlines())) == ("", lines)
    monkeypatch.setattr(sys, "stderr", None)  # as under pythonw
    fit(Neuron(2), XOR, [0, 1, 1, 0], loss="binary_cross_entropy", epochs=1)


def test_a_loss_of_ones_own_and_a_model_of_ones_own_can_be_fitted() -> None:
    class Parabola(nn.Module):
        def __init__(self) -> None:
            self.a = Value(0.0, role="parameter")

        def __call__(self, x: float) -> Value:
            return self.a * x * x

    model = Parabola()
    fit(
        model,
        [1.0, 2.0],
        [3.0, 12.0],
        loss=lambda y, t: abs(y - t) ** 2,
        optimizer=Adam(0.1),
        epochs=300,
        verbose=False,
    )
    assert model.a.data == pytest.approx(3.0, abs=1e-3)


def test_the_model_and_grad_agree() -> None:
    neuron = Neuron(1, "linear", initializer=lambda *_: 2.0)
    batch_gradient(neuron, neuron.parameters(), hinge, [[0.1]], [1])
    assert neuron.weights[0].grad == grad(lambda w: hinge([w * 0.1], 1))(2.0)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"validation_data": [[0.0], [1.0], [2.0]]},
            r"validation_data must be a pair \(inputs, targets\), got \[\[0.0\]",
        ),
        (
            {"validation_data": 0.2},
            r"validation_data must be a pair \(inputs, targets\), got 0\.2 \(float\)",
        ),
        (
            {"optimizer": Adam},
            r"the optimizer must be an instance such as Adam\(0\.01\), got <class",
        ),
        (
            {"callbacks": print},
            r"callbacks must be a list of functions, got <built-in .*; write callbacks=\[",
        ),
    ],
    ids=["inputs alone", "a share", "a class", "one function"],
)
def test_what_fit_takes_is_said_where_it_got_something_else(
    wrong: dict[str, Any], message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        fit(
            Neuron(1, "linear", seed=0),
            [[0.0], [1.0]],
            [1.0, 3.0],
            loss="sum_squared_error",
            verbose=False,
            **wrong,
        )


def test_targets_of_a_regression_that_are_held_out_as_0_and_1_have_no_accuracy() -> None:
    history = fit(
        Neuron(1, "linear", seed=0),
        [[0.0], [1.0], [2.0]],
        [0.3, 1.7, 2.0],
        loss="mean_squared_error",
        epochs=2,
        validation_data=([[0.0], [1.0]], [0.0, 1.0]),
        verbose=False,
    )
    assert history.validation_loss
    assert not history.validation_accuracy
