"""Many steps in one call of native code: the training is the one that takes them one by one."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from autograd_core import backends, where
from nn import MLP, Adam, AdamW, GradientDescent, History, Optimizer, binary_cross_entropy, fit
from nn.training.steps import CompiledStep

np = pytest.importorskip("numpy")
pytestmark = pytest.mark.skipif(
    not backends()["native"].available, reason=backends()["native"].reason or "it is there"
)

OPTIMIZERS: dict[str, Callable[[], Optimizer]] = {
    "descent": lambda: GradientDescent(0.5),
    "momentum and decay": lambda: GradientDescent(0.1, momentum=0.9, weight_decay=0.01),
    "Nesterov, clipped": lambda: GradientDescent(0.1, momentum=0.9, nesterov=True, clip_norm=0.05),
    "a schedule": lambda: GradientDescent(lambda step: 0.5 / (1 + step)),
    "Adam": lambda: Adam(0.01, weight_decay=0.1, clip_norm=0.1),
    "AdamW": lambda: AdamW(0.01),
}
INPUTS = np.random.default_rng(0).normal(size=(70, 2))
TARGETS = (INPUTS[:, 0] * INPUTS[:, 1] > 0.0).astype(float)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many steps each call took."""
    counts: list[int] = []
    train = CompiledStep.train

    def watched(step: CompiledStep, *given: Any) -> list[float]:
        losses = train(step, *given)
        counts.append(len(losses))
        return losses

    monkeypatch.setattr(CompiledStep, "train", watched)
    monkeypatch.setattr("nn.training.loop.MOMENT", 600.0)  # also where a step takes long
    return counts


def trained(optimizer: Optimizer, loss: Any = binary_cross_entropy) -> tuple[History, list[float]]:
    model = MLP(2, [8, 1], activation="tanh", seed=0)
    history = fit(
        model, INPUTS, TARGETS, loss=loss, optimizer=optimizer, epochs=3, batch_size=16, verbose=0
    )
    return history, [*[p.data for p in model.parameters()], *[p.grad for p in model.parameters()]]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_steps_in_one_call_are_those_taken_one_by_one(
    name: str, taken: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    optimizer, other = OPTIMIZERS[name](), OPTIMIZERS[name]()
    history, numbers = trained(optimizer)
    assert taken == [4, 1] * 3  # the last batch is a smaller one
    monkeypatch.setattr("nn.training.steps.update_of", lambda *_: None)
    expected, wanted = trained(other)
    assert numbers == pytest.approx(wanted, rel=1e-12)
    assert history.loss == pytest.approx(expected.loss, rel=1e-12)
    assert history.accuracy == expected.accuracy
    assert optimizer.steps == other.steps == 15
    assert [x for column in optimizer.memory for x in column] == pytest.approx(
        [x for column in other.memory for x in column], rel=1e-12
    )


def test_a_rule_of_ones_own_is_taken_one_by_one(taken: list[int]) -> None:
    class Careful(GradientDescent):
        def _rule(self, learning_rate: float, step: int, x: Any, g: Any, *memory: Any) -> Any:
            return (x - 0.1 * learning_rate * g,)

    trained(Careful(0.5))
    assert set(taken) == {0}


def test_a_loss_that_is_not_finite_is_told_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    messages = []
    for at_once in (16, 1):
        monkeypatch.setattr("nn.training.loop.Training.at_once", at_once)
        with pytest.raises(FloatingPointError, match="the loss became") as error:
            trained(GradientDescent(1e200), lambda y, t: (y[0] * 1e200 - t) ** 2)
        messages.append(str(error.value))
    assert messages[0] == messages[1]


def test_a_nan_of_a_branch_not_taken_is_told_apart_within_a_call(taken: list[int]) -> None:
    def loss(outputs: Any, target: Any) -> Any:
        far = outputs[0] - 2.0  # the root is of a negative number
        return where(far > 0.0, far**0.5, (outputs[0] - target) ** 2)

    history, numbers = trained(GradientDescent(0.5), loss)
    assert all(map(math.isfinite, [*numbers, *history.loss]))


def test_a_wrong_learning_rate_is_told_at_its_step() -> None:
    optimizer = GradientDescent(lambda step: 0.1 if step < 7 else -1.0)
    with pytest.raises(ValueError, match=r"gave -1\.0 for step 7"):
        trained(optimizer)
    assert optimizer.steps == 7
