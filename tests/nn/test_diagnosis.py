"""`fit` says what is wrong: before the training where it can, and while it fails with the
number that shows why.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest

from autograd_core import draw
from nn import MLP, Adam, GradientDescent, Neuron, TrainingWarning, fit
from nn.losses import mean_squared_error
from nn.plots import Recorder
from nn.training.diagnosis import Diagnosis
from nn.training.history import History
from nn.training.steps import Problem

XOR = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


def line(**settings: Any) -> Any:
    data: dict[str, Any] = {
        "inputs": [[-1.0], [0.5], [1.0]],
        "targets": [-1.0, 0.5, 1.0],
        "loss": "mean_squared_error",
    }
    return fit(Neuron(1, "linear", seed=0), **data | {"verbose": False, "epochs": 3000} | settings)


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"learning_rate": 1e6}, r"learning rate is too large: the last step was .* times .*; try "
                        r"GradientDescent\(1e\+05\)"),
        ({"inputs": [[-1e200], [0.0], [1e3]]}, r"^the loss became (inf|nan) in epoch 1, .*inputs "
                                               r"are large .*up to 1e\+200"),
        ({"targets": [1e200, 0.0, 5.0]}, r"the targets are large \(up to 1e\+200\): divide them"),
    ],
)  # fmt: skip
def test_a_diverging_run_names_its_cause_and_keeps_finite_parameters(
    settings: dict[str, Any], message: str, compiled: bool
) -> None:
    model = Neuron(1, "linear", seed=0)
    settings, data = (
        dict(settings),
        {
            "inputs": [[-1.0], [0.5], [1.0]],
            "targets": [-1.0, 0.5, 1.0],
            "loss": "mean_squared_error",
        },
    )
    data["optimizer"] = GradientDescent(settings.pop("learning_rate", 0.1))
    with (
        pytest.warns(TrainingWarning) if data["optimizer"].learning_rate > 1.0 else nullcontext(),
        pytest.raises(FloatingPointError, match=message),
    ):
        fit(model, **data | settings, verbose=False, epochs=3000, compiled=compiled)
    assert all(p.data - p.data == 0.0 for p in model.parameters())


def diagnosis_of(model: Any, inputs: Any, targets: Any) -> Diagnosis:
    return Diagnosis(Problem(model, mean_squared_error, inputs, targets), GradientDescent())


def test_a_loss_that_runs_away_is_told_long_before_it_overflows() -> None:
    with pytest.warns(
        TrainingWarning,
        match=r"the loss grows: .* in epoch 3\. Likely cause: the learning rate is too large",
    ) as told:
        line(optimizer=GradientDescent(4.0), epochs=20, compiled=False)
    assert len(told) == 1, "once is enough"


def test_units_that_are_saturated_from_the_start_are_told_with_their_share() -> None:
    model = MLP(2, [6, 1], activation="sigmoid", output="linear", initializer=lambda *_: 60.0)
    with pytest.warns(
        TrainingWarning,
        match=r"the loss hardly falls \(.*\), and \d+ % of the units of layer 1 are saturated",
    ):
        fit(model, [[1.0, 0.5], [0.5, 1.0]], [0, 1], loss="binary_cross_entropy_from_logits",
            optimizer=GradientDescent(1e-6), epochs=4, verbose=False)  # fmt: skip


def test_the_diagnosis_the_recorder_and_the_picture_agree_on_what_is_saturated() -> None:
    pytest.importorskip("numpy")
    model = MLP(1, [2, 1], activation="tanh", initializer=lambda *_: 1.0)
    for unit, z in zip(model.layers[0].neurons, (1.4, 1.5), strict=True):
        unit.weights[0].data = z  # the slope of tanh falls below 0.2 between the two
    diagnosis = diagnosis_of(model, [[1.0]], [0.0])
    noted = Recorder(inputs=[[1.0]])
    noted(model, History(loss=[1.0]))
    loss = model([1.0])[0]
    loss.backward()
    cards = draw(loss, level="neurons").content.columns[1].cards
    assert diagnosis.saturation() == (0.5, "layer 1")
    assert noted.saturated["layer 1"] == [0.5]
    assert [card.saturated for card in cards] == [False, True]


def test_a_training_that_learns_is_not_disturbed() -> None:
    fit(
        MLP(2, [8, 1], seed=0, output="linear"),
        XOR,
        [0, 1, 1, 0],
        loss="binary_cross_entropy_from_logits",
        optimizer=Adam(0.1),
        epochs=50,
        verbose=False,
    )


def test_saturation_is_looked_for_in_hidden_layers_only() -> None:
    model = MLP(1, [2, 1], activation="tanh", output="sigmoid", initializer=lambda *_: 50.0)
    diagnosis = diagnosis_of(model, [[1.0], [0.0]], [0.0, 1.0])
    assert diagnosis.saturation() == (0.5, "layer 1")
    assert diagnosis_of(Neuron(1), [[1.0]], [0.0]).saturation() == (0.0, "")


@pytest.mark.parametrize(
    ("model", "settings", "message"),
    [
        (MLP(2, [1]), {"targets": [0, 1, 2, 1], "loss": "binary_cross_entropy"}, "target 2 .* is "
                                                                                 "2, but "),
        (MLP(2, [1]), {"targets": [0, 1, 5, 1], "loss": "mean_squared_error"}, "a sigmoid output "
                                                                               "lies between 0 "
                                                                               "and 1"),
        (MLP(2, [1], output="tanh"), {"targets": [0, 1, -2, 1], "loss": "mean_squared_error"}, "tanh output lies between -1"),
        (MLP(2, [1], output="relu"), {"targets": [0, 1, -2, 1], "loss": "mean_squared_error"}, "relu output lies between 0"),
        (MLP(2, [1], output="linear"), {"targets": [0, 1, 1, 0], "loss": "hinge"}, "hinge takes "
                                                                                   "targets of −1 "
                                                                                   "and 1 "),
        (MLP(2, [1], output="tanh"), {"targets": [0, 1, 1, 0], "loss": "binary_cross_entropy"}, "output of the model is tanh"),
        (MLP(2, [2], output="softmax"), {"targets": [[1, 1]] * 4, "loss": "cross_entropy"}, "probabilities sum to 2"),
        (MLP(2, [2], output="softmax"), {"targets": [[2, -1]] * 4, "loss": "cross_entropy"}, "is "
                                                                                             "-1, "
                                                                                             "but "
                                                                                             ".* "
                                                                                             "at least 0"),
        (MLP(2, [1]), {"inputs": [[0.0, 1.0], [0.0, float("nan")]] * 2, "loss": "hinge"}, "input "
                                                                                          "1 of "
                                                                                          "sample "
                                                                                          "1 .* "
                                                                                          "is nan"),
        (MLP(2, [2], output="linear"), {"inputs": [[0.0, 1.0]] * 64, "targets": [0] * 32 + [1] * 32, "shuffle": False,
                                        "loss": "cross_entropy_from_logits"}, "sorted by class, in 2 blocks"),
        (MLP(2, [3], output="linear"), {"targets": [0, 1, 1, 0], "validation_data": (XOR[:1], [2]),
                                        "loss": "cross_entropy_from_logits"}, "the validation "
                                                                              "data have the "
                                                                              "class 2"),
        (MLP(2, [1]), {"class_weight": {7: 1.0}, "loss": "hinge", "targets": [-1, 1, 1, 1]}, "names 7, which is not among the classes"),
        (MLP(2, [1]), {"class_weight": "even", "loss": "hinge", "targets": [-1, 1, 1, 1]}, '"balanced" or a dict'),
        (MLP(2, [1]), {"sample_weight": [1.0], "loss": "hinge", "targets": [-1, 1, 1, 1]}, "got 1 "
                                                                                           "for 4 "
                                                                                           "samples"),
        (MLP(2, [1]), {"sample_weight": [1, 1, -1, 1], "loss": "hinge", "targets": [-1, 1, 1, 1]}, "sample 2 has -1"),
        (MLP(2, [1]), {"sample_weight": [0.0] * 4, "loss": "hinge", "targets": [-1, 1, 1, 1]}, "all weights are 0"),
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_said_before_training(
    model: MLP, settings: dict[str, Any], message: str
) -> None:
    before = [p.data for p in model.parameters()]
    with pytest.raises(ValueError, match=message):
        fit(model, **{"inputs": XOR, "targets": [0, 1, 1, 0], "verbose": False} | settings)
    assert [p.data for p in model.parameters()] == before


def test_classes_in_blocks_are_fine_where_the_order_is_random_or_blocks_are_small() -> None:
    model, inputs = MLP(2, [2], output="linear"), [[0.0, 1.0]] * 64
    fit(
        model,
        inputs,
        [0] * 32 + [1] * 32,
        loss="cross_entropy_from_logits",
        epochs=1,
        verbose=False,
    )
    fit(
        model,
        inputs,
        [0, 1] * 32,
        loss="cross_entropy_from_logits",
        epochs=1,
        shuffle=False,
        verbose=False,
    )
