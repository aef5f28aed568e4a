"""Many steps in one call of native code: the training is the one that takes them one by one."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from autograd_core import BatchGradient, backends, where
from nn import (
    MLP,
    Adam,
    AdamW,
    Dropout,
    GradientDescent,
    History,
    Layer,
    Module,
    Optimizer,
    Sequential,
    binary_cross_entropy,
    fit,
)
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


def network() -> Module:
    return MLP(2, [8, 12, 1], activation="tanh", seed=0)


def with_dropout() -> Module:
    layers = Layer(2, 8, "tanh", seed=0), Layer(8, 12, "tanh", seed=1), Layer(12, 1, seed=2)
    return Sequential(Dropout(0.1), layers[0], Dropout(0.5), *layers[1:])


def trained(
    optimizer: Optimizer, loss: Any = binary_cross_entropy, model: Module | None = None
) -> tuple[History, list[float]]:
    model = model or network()
    history = fit(
        model, INPUTS, TARGETS, loss=loss, optimizer=optimizer, epochs=3, batch_size=16, verbose=0
    )
    return history, [*[p.data for p in model.parameters()], *[p.grad for p in model.parameters()]]


@pytest.mark.parametrize("make", [network, with_dropout])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_steps_in_one_call_are_those_taken_one_by_one_to_the_last_bit(
    name: str, make: Callable[[], Module], taken: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    optimizer, other = OPTIMIZERS[name](), OPTIMIZERS[name]()
    history, numbers = trained(optimizer, model=make())
    assert taken == [4, 1] * 3  # the last batch is a smaller one
    monkeypatch.setattr("nn.training.steps.update_of", lambda *_: None)
    expected, wanted = trained(other, model=make())
    assert numbers == wanted
    assert history.loss == expected.loss
    assert history.accuracy == expected.accuracy
    assert optimizer.steps == other.steps == 15
    assert optimizer.memory == other.memory


@pytest.mark.parametrize("size", [1e-200, 1e-150, 1e150, 1e200])
def test_the_norm_of_large_and_small_gradients_is_the_same(
    size: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    def loss(outputs: Any, target: Any) -> Any:
        return size * (outputs[0] - target) ** 2

    def descent(bound: float | None = 0.1 * size) -> GradientDescent:
        return GradientDescent(0.5 / size, clip_norm=bound)

    found, unbounded = trained(descent(), loss)[1], trained(descent(None), loss)[1]
    monkeypatch.setattr("nn.training.steps.update_of", lambda *_: None)
    assert found == trained(descent(), loss)[1]
    assert found != unbounded
    assert all(map(math.isfinite, found))


def test_the_factors_of_dropouts_for_a_call_are_drawn_in_parts(
    taken: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = trained(GradientDescent(0.5), model=with_dropout())
    monkeypatch.setattr("nn.training.steps.MOST_DRAWN", 2 * 16 * 10)
    assert trained(GradientDescent(0.5), model=with_dropout())[1] == expected[1]
    assert taken == [4, 1] * 3 + [2, 2, 1] * 3


@pytest.mark.parametrize("kind", ["numpy", "native"])
def test_a_training_is_the_same_on_both_back_ends(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    history, numbers = trained(Adam(0.01), model=with_dropout())
    monkeypatch.setattr("nn.training.steps.BatchGradient", partial(BatchGradient, backend=kind))
    other, wanted = trained(Adam(0.01), model=with_dropout())
    assert history.loss == pytest.approx(other.loss, rel=1e-12)
    assert numbers == pytest.approx(wanted, rel=1e-9, abs=1e-12)


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
