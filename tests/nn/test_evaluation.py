"""How good a model is: the same by program and by one sample after the other, and what is said
of wrong targets.
"""

from __future__ import annotations

from typing import Any

import pytest

from autograd_core import Value
from nn import MLP, Layer, Module, Neuron, evaluate
from nn.training.evaluation import Evaluation
from nn.training.predictions import Predictor

XOR = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


@pytest.mark.parametrize(("loss", "outputs", "targets"), [
    ("cross_entropy_from_logits", 3, [0, 2, 1, 1]),
    ("mean_squared_error", 2, [[0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [0.5, 0.5]]),
    ("hinge", 1, [-1, 1, 1, -1]),
])  # fmt: skip
def test_an_evaluation_by_program_is_that_of_one_sample_after_the_other(
    loss: str, outputs: int, targets: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = MLP(2, [4, outputs], output="linear", seed=3)
    by_program, by_samples = (
        Evaluation(model, XOR, targets, loss=loss, compiled=program) for program in (True, False)
    )
    for at_once in (3, 4096):
        monkeypatch.setattr("nn.training.evaluation.AT_ONCE", at_once)
        model.parameters()[0].data += 0.5
        expected, right = by_samples()
        assert by_program() == (pytest.approx(expected, rel=1e-14), right)


@pytest.mark.parametrize(("targets", "error", "message"), [
    ([0, 3], ValueError, "between 0 and 2"),
    ([0, -1], ValueError, "between 0 and 2"),
    ([0, 1.0], TypeError, "int"),
    ([0], ValueError, "as many targets as inputs, at least one: got 2 inputs, 1 targets"),
])  # fmt: skip
def test_an_evaluation_says_which_targets_are_wrong(
    targets: list[Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        evaluate(
            MLP(2, [3], output="linear", seed=0), XOR[:2], targets, loss="cross_entropy_from_logits"
        )


def test_an_evaluation_takes_a_model_that_is_no_program() -> None:
    class Rounded(Neuron):
        def __call__(self, inputs: Any) -> Any:
            return super().__call__(inputs) + round(
                inputs[0] if isinstance(inputs[0], int) else inputs[0].data
            )

    assert Evaluation(
        Rounded(1, "linear", initializer=lambda *_: 1.0),
        [[2], [3]],
        [4.0, 6.5],
        loss="mean_squared_error",
    )() == (
        0.125,
        None,
    )


def test_several_ones_or_none_are_no_one_hot_targets() -> None:
    unmoved = Layer(1, 2, "linear", initializer=lambda *_: 0.0)
    for program in (True, False):
        found = Evaluation(
            unmoved,
            [[1.0]] * 3,
            [[1, 1], [1, 0], [0, 0]],
            loss="mean_squared_error",
            compiled=program,
        )
        assert found() == (0.5, pytest.approx(1 / 3))


def test_smoothed_targets_of_logits_are_on_their_side_of_one_half() -> None:
    unit = Neuron(1, "linear", initializer=lambda *_: 1.0)
    assert (
        evaluate(unit, [[3.0], [-3.0]], [0.95, 0.05], loss="binary_cross_entropy_from_logits")[1]
        == 1.0
    )


def test_the_targets_of_the_training_decide_whether_there_are_classes() -> None:
    unit = Neuron(1, "linear", initializer=lambda *_: 1.0)
    held_out: Any = ([[1.0], [0.0]], [1.0, 0.0])
    assert Evaluation(unit, *held_out, loss="mean_squared_error")() == (0.0, 1.0)
    assert Evaluation(
        unit, *held_out, loss="mean_squared_error", training_targets=[0.5, 2.0, 1.0]
    )() == (
        0.0,
        None,
    )


def test_an_evaluation_takes_what_fit_takes() -> None:
    unit = Neuron(1, "linear", initializer=lambda *_: 1.0)
    assert evaluate(
        unit, ([x] for x in (1.0, 2.0)), (y for y in (1.0, 4.0)), loss="mean_squared_error"
    ) == (2.0, None)


def test_a_parameter_may_be_computed_from_another_one() -> None:
    class Doubled(Module):
        def __init__(self) -> None:
            self.weight = Value(0.5, role="parameter")
            self.double = 2.0 * self.weight

        def __call__(self, inputs: Any) -> list[Any]:
            return [self.double * x for x in inputs]

    assert Predictor(Doubled())([[3.0], [4.0]]) == [[3.0], [4.0]]
    assert evaluate(Doubled(), [[3.0], [4.0]], [2.0, 5.0], loss="mean_squared_error") == (1.0, None)
