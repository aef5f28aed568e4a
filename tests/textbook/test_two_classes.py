"""Images of two classes, the digits 3 and 8, with a single sigmoid neuron and with a network,
by mini-batches.
"""

from __future__ import annotations

from inspect import signature

import pytest

from nn import MLP, GradientDescent, Module, Neuron, batches, digits, evaluate, fit, split

Samples = tuple[list[list[float]], list[int]]


@pytest.fixture(scope="module")
def threes_and_eights() -> tuple[Samples, Samples]:
    pytest.importorskip("sklearn")
    images, classes = digits()
    chosen = [(image, int(k == 8)) for image, k in zip(images, classes, strict=True) if k in (3, 8)]
    return split([image for image, _ in chosen], [k for _, k in chosen])


def learned(
    model: Module,
    loss: str,
    samples: tuple[Samples, Samples],
    batch_size: int,
    rate: float,
    epochs: int,
) -> float:
    train, test = samples
    optimizer = GradientDescent(rate, momentum=0.9)
    fit(
        model,
        *train,
        loss=loss,
        optimizer=optimizer,
        epochs=epochs,
        batch_size=batch_size,
        verbose=False,
    )
    accuracy = evaluate(model, *test, loss=loss)[1]
    assert accuracy is not None
    return accuracy


@pytest.mark.parametrize("batch_size", [32, 64, 128, 256])
@pytest.mark.parametrize("loss", ["sum_squared_error", "binary_cross_entropy"])
def test_a_single_sigmoid_neuron_tells_3_from_8(
    threes_and_eights: tuple[Samples, Samples], loss: str, batch_size: int
) -> None:
    assert learned(Neuron(64, seed=0), loss, threes_and_eights, batch_size, 0.1, 20) >= 0.93


@pytest.mark.parametrize(("batch_size", "epochs"), [(32, 10), (256, 30)])
def test_a_network_tells_3_from_8(
    threes_and_eights: tuple[Samples, Samples], batch_size: int, epochs: int
) -> None:
    model = MLP(64, [6, 1], seed=0)
    assert (
        learned(model, "binary_cross_entropy", threes_and_eights, batch_size, 0.5, epochs) >= 0.95
    )


def test_mini_batches_hold_32_samples_by_default() -> None:
    assert (
        signature(fit).parameters["batch_size"].default
        == signature(batches).parameters["batch_size"].default
        == 32
    )
