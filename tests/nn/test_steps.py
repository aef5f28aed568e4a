"""The two kinds of training steps: the same interface, and the same numbers."""

from __future__ import annotations

from typing import Any

import pytest

from nn import GradientDescent, Neuron, sum_squared_error
from nn.training.steps import CompiledStep, EagerStep, Problem, TrainingStep
from tests.optional import numpy

STEPS = [EagerStep, CompiledStep] if numpy else [EagerStep]
INPUTS, TARGETS, WEIGHTS = [[1.0], [3.0], [-2.0]], [1.0, 1.0, 0.5], [1.0, 0.5, 1.5]


def line() -> Neuron:
    return Neuron(1, "linear", initializer=lambda *_: 2.0)


@pytest.mark.parametrize("kind", STEPS)
def test_a_step_is_a_gradient_predictions_and_an_update(kind: type[TrainingStep]) -> None:
    model = line()
    step = kind(Problem(model, sum_squared_error, INPUTS, TARGETS, WEIGHTS))
    # ŷ = 2x; L = ½ (ŷ − y)² is ½ and 12.5, ∂L/∂w = (ŷ − y) x is 1 and 15, ∂L/∂b is 1 and 5
    assert step.gradient([0, 1]) == pytest.approx((1.0 * 0.5 + 0.5 * 12.5) / 2)
    outputs, targets = step.predictions()
    assert [float(y) for y in outputs] == [2.0, 6.0]
    assert list(targets) == [1.0, 1.0]
    step.update(GradientDescent(0.1))
    step.store()
    gradient = [(1.0 * 1.0 + 0.5 * 15.0) / 2, (1.0 * 1.0 + 0.5 * 5.0) / 2]
    assert [p.grad for p in model.parameters()] == pytest.approx(gradient)
    expected = [2.0 - 0.1 * gradient[0], 0.0 - 0.1 * gradient[1]]
    assert [p.data for p in model.parameters()] == pytest.approx(expected)


@pytest.mark.parametrize("kind", STEPS)
def test_a_step_reads_changed_parameters_when_it_is_loaded(kind: type[TrainingStep]) -> None:
    model = line()
    step = kind(Problem(model, sum_squared_error, INPUTS, TARGETS))
    model.weights[0].data = 1.0
    step.load()
    assert step.gradient([1]) == 2.0


@pytest.mark.parametrize("kind", STEPS)
def test_a_step_says_whether_it_is_current(kind: type[TrainingStep]) -> None:
    factor = [1.0]

    def loss(y: Any, t: Any) -> Any:
        return factor[0] * sum_squared_error(y, t)

    step = kind(Problem(line(), loss, INPUTS, TARGETS))
    before = step.gradient([0])
    assert step.is_current(1)
    factor[0] = 3.0
    assert step.is_current(1) is (kind is EagerStep), "a program keeps the factor it recorded"
    assert step.gradient([0]) == (before if kind is CompiledStep else 3.0 * before)
