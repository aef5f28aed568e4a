"""The order of the samples goes on from call to call: six trainings of one epoch are one
training of six.
"""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from random import Random
from typing import Any

import pytest

from nn import MLP, Adam, GradientDescent, Module, Sequential, batches, fit

INPUTS = [[(i * 7 % 11) / 5.5 - 1.0, (i * 5 % 13) / 6.5 - 1.0] for i in range(30)]
TARGETS = [int(x * y > 0.0) for x, y in INPUTS]
SETTINGS: dict[str, Any] = {
    "loss": "binary_cross_entropy_from_logits",
    "batch_size": 4,
    "verbose": False,
}


def network() -> MLP:
    return MLP(2, [3, 1], "tanh", output="linear", seed=0)


def numbers(model: Module) -> list[float]:
    return [p.data for p in model.parameters()]


@pytest.mark.slow
@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("seed", [0, 7])
@pytest.mark.parametrize(
    "optimizer", [None, GradientDescent(0.3, momentum=0.9), Adam(lambda step: 0.1 / (1 + step))]
)
@pytest.mark.filterwarnings("ignore:the training runs on Values")
def test_six_calls_of_one_epoch_are_one_call_of_six_bit_for_bit(
    optimizer: Any, seed: int, compiled: bool
) -> None:
    whole, parts = network(), network()
    at_once, in_turn = copy.deepcopy(optimizer), copy.deepcopy(optimizer)
    losses = fit(
        whole,
        INPUTS,
        TARGETS,
        optimizer=at_once,
        epochs=6,
        seed=seed,
        compiled=compiled,
        **SETTINGS,
    ).loss
    found = []
    for _ in range(6):
        found += fit(
            parts,
            INPUTS,
            TARGETS,
            optimizer=in_turn,
            epochs=1,
            seed=seed,
            compiled=compiled,
            **SETTINGS,
        ).loss
    assert found == losses
    assert numbers(parts) == numbers(whole)


def seen(model: Module, **more: Any) -> list[float]:
    """The samples in the order in which they were seen."""
    order = []

    def loss(y: Any, t: Any) -> Any:
        order.append(t)
        return (y[0] - t) ** 2

    fit(
        model,
        INPUTS,
        [float(i) for i in range(30)],
        loss=loss,
        compiled=False,
        batch_size=1,
        verbose=False,
        optimizer=GradientDescent(0.0),
        **more,
    )
    return order[30:]  # the first are the checks


def test_a_loop_of_one_epoch_sees_another_order_each_time() -> None:
    model = network()
    orders = [seen(model, epochs=1) for _ in range(5)]
    assert all(sorted(order) == [float(i) for i in range(30)] for order in orders)
    assert len(set(map(tuple, orders))) == 5
    assert seen(network(), epochs=5) == [t for order in orders for t in order]


def test_another_seed_begins_anew_and_none_is_another_order_each_time() -> None:
    first = seen(network(), epochs=1, seed=3)
    model = network()
    assert seen(model, epochs=1, seed=0) != seen(model, epochs=1, seed=0)
    assert seen(model, epochs=1, seed=3) == first != seen(model, epochs=1, seed=3)
    assert seen(network(), epochs=1, seed=None) != seen(network(), epochs=1, seed=None)
    random = Random(3)
    assert seen(network(), epochs=1, seed=random) == first != seen(network(), epochs=1, seed=random)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_of_a_model_goes_on_as_the_model_does_and_for_itself(copied: Any) -> None:
    model = network()
    seen(model, epochs=2)
    other = copied(model)
    assert seen(other, epochs=2) == seen(model, epochs=2)


def test_a_training_that_is_refused_does_not_move_the_order() -> None:
    model = network()
    with pytest.raises(ValueError, match="target of sample 29"):
        fit(model, INPUTS, [*TARGETS[:-1], float("nan")], **SETTINGS)
    assert seen(model, epochs=1) == seen(network(), epochs=1)


def test_a_model_keeps_nothing_of_the_order_among_its_parameters() -> None:
    model = Sequential(*network().layers)
    named = model.named_parameters()
    fit(model, INPUTS, TARGETS, epochs=1, **SETTINGS)
    assert model.named_parameters() == named
    assert repr(model) == repr(Sequential(*network().layers))


@pytest.mark.filterwarnings("ignore:the training runs on Values")
def test_a_training_that_goes_on_from_a_checkpoint_ends_with_the_order_of_one_that_was_never_interrupted(
    tmp_path: Path,
) -> None:
    def die(model: Module, history: Any) -> None:
        if len(history) == 3:
            raise ZeroDivisionError

    whole, optimizer = network(), Adam(0.1)
    fit(
        whole, INPUTS, TARGETS, optimizer=optimizer, epochs=2, **SETTINGS
    )  # the order is not at its beginning any more
    parts, other = copy.deepcopy((whole, optimizer))
    more = SETTINGS | {
        "epochs": 6,
        "checkpoint": tmp_path / "checkpoint.json",
        "checkpoint_seconds": 0.0,
    }
    fit(whole, INPUTS, TARGETS, optimizer=optimizer, epochs=6, **SETTINGS)
    with pytest.raises(ZeroDivisionError):
        fit(parts, INPUTS, TARGETS, optimizer=other, callbacks=[die], **more)
    again = network()  # as in another process, where nothing is known of the trainings before
    fit(
        again,
        INPUTS,
        TARGETS,
        optimizer=Adam(0.1),
        callbacks=[lambda model, history: False],
        resume=True,
        **more,
    )
    assert numbers(again) == numbers(whole)
    assert seen(again, epochs=1) == seen(whole, epochs=1)


def test_batches_go_on_with_a_random_and_an_int_is_one_order() -> None:
    random = Random(0)
    first, second = (
        [x for xs, _ in batches(range(30), range(30), 4, random) for x in xs] for _ in range(2)
    )
    assert first != second
    assert [x for xs, _ in batches(range(30), range(30), 4, 0) for x in xs] == first
