"""Summaries of models, and frozen parameters: in fit, in both engines, and in checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograd_core import Value
from nn import (
    MLP,
    Adam,
    AveragePooling2d,
    Convolution2d,
    EarlyStopping,
    GradientDescent,
    Layer,
    Module,
    Neuron,
    Sequential,
    fit,
    load,
    predict,
    save,
)

INPUTS = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
SETTINGS: dict[str, Any] = {"loss": "binary_cross_entropy", "verbose": False, "batch_size": 2}


class Scaled(Module):
    """A module around another one, with a parameter of its own."""

    def __init__(self) -> None:
        self.inner = MLP(2, [3, 1], seed=0)
        self.scales = [Value(2.0, role="parameter")]

    def __call__(self, inputs: Any) -> Any:
        return [self.scales[0] * y for y in self.inner(inputs)]


def images() -> Sequential:
    return Sequential(
        Convolution2d((1, 6, 6), 2, 3, activation="relu", seed=0),
        AveragePooling2d((2, 4, 4)),
        Layer(8, 3, "softmax", seed=0),
    )


SUMMARIES: dict[str, tuple[Callable[[], Module], str]] = {
    "images": (
        images,
        """\
part     kind                 inputs    outputs  activation  parameters  trainable
layer 1  Convolution2d     (1, 6, 6)  (2, 4, 4)  relu                20         20
layer 2  AveragePooling2d  (2, 4, 4)  (2, 2, 2)                       0          0
layer 3  Layer                     8          3  softmax             27         27
total    Sequential        (1, 6, 6)          3  softmax             47         47""",
    ),
    "own module": (
        Scaled,
        """\
part   kind    inputs  outputs  activation  parameters  trainable
inner  MLP          2        1  sigmoid             13         13
total  Scaled                                       14         14""",
    ),
    "neuron": (
        lambda: Neuron(2, "tanh"),
        """\
part   kind    inputs  outputs  activation  parameters  trainable
total  Neuron       2        1  tanh                 3          3""",
    ),
}


@pytest.mark.parametrize("name", SUMMARIES)
def test_a_summary_names_every_layer_and_counts_each_parameter(name: str) -> None:
    make, expected = SUMMARIES[name]
    assert make().summary() == expected


def test_a_layer_that_is_used_twice_counts_once() -> None:
    shared = Layer(2, 2, seed=0)
    lines = Sequential(shared, shared).summary().splitlines()
    assert [line.split()[-2] for line in lines[1:]] == ["6", "0", "6"]


def frozen_first() -> MLP:
    model = MLP(2, [4, 1], "tanh", seed=0)
    model.layers[0].trainable = False
    return model


def numbers(model: Module) -> list[float]:
    return [p.data for _, p in model.named_parameters()]


@pytest.mark.parametrize("optimizer", [
    lambda: GradientDescent(0.5, momentum=0.9, weight_decay=0.1, clip_norm=0.5), lambda: Adam(0.1),
], ids=["momentum", "adam"])  # fmt: skip
def test_frozen_parameters_keep_their_values_in_both_engines(optimizer: Any) -> None:
    pytest.importorskip("numpy")
    trained = []
    for compiled in (True, False):
        model = frozen_first()
        before, slopes = numbers(model), [p.grad for _, p in model.named_parameters()]
        history = fit(
            model, INPUTS, [0, 1, 1, 0], optimizer=optimizer(), compiled=compiled, **SETTINGS
        )
        assert history.engine == ("compiled" if compiled else "eager")
        assert numbers(model)[:12] == before[:12]
        assert all(a != b for a, b in zip(numbers(model)[12:], before[12:], strict=True))
        assert slopes != [p.grad for _, p in model.named_parameters()]
        trained.append([*numbers(model), *[p.grad for _, p in model.named_parameters()]])
    assert trained[0] == pytest.approx(trained[1], rel=1e-12, abs=1e-15)


def test_a_parameter_that_is_frozen_in_one_place_is_frozen() -> None:
    shared = Layer(2, 2, seed=0)
    other = Sequential(shared)
    other.trainable = False
    for model in (Sequential(shared, other), Sequential(other, shared)):
        assert model.parameters() == []
        assert len(model.named_parameters()) == 6


def test_a_neuron_can_be_frozen_and_trained_again() -> None:
    model = MLP(2, [2, 1], seed=0)
    model.layers[0].neurons[1].trainable = False  # type: ignore[attr-defined]
    assert len(model.parameters()) == 6
    model.layers[0].neurons[1].trainable = True  # type: ignore[attr-defined]
    assert len(model.parameters()) == 9


def test_a_model_whose_parameters_are_all_frozen_is_not_trained() -> None:
    model = frozen_first()
    model.trainable = False
    with pytest.raises(
        ValueError, match=r"no parameters to train.*trainable = True where they are"
    ):
        fit(model, INPUTS, [0, 1, 1, 0], **SETTINGS)


@pytest.mark.parametrize("compiled", [True, False])
def test_a_frozen_training_resumes_bit_for_bit(compiled: bool, tmp_path: Path) -> None:
    pytest.importorskip("numpy")
    path = tmp_path / "c.json"

    def train(epochs: int, **more: Any) -> MLP:
        model = frozen_first()
        if more.get("resume"):
            for _, p in model.named_parameters():
                p.data = 0.0  # everything comes from the file
        fit(
            model, INPUTS, [0, 1, 1, 0], validation_data=(INPUTS, [0, 1, 1, 0]),
            optimizer=Adam(0.1), epochs=epochs, callbacks=[EarlyStopping(patience=9)],
            compiled=compiled, **SETTINGS, **more,
        )  # fmt: skip
        return model

    train(2, checkpoint=path)
    assert numbers(train(5, checkpoint=path, resume=True)) == numbers(train(5))


def test_a_checkpoint_belongs_to_the_parameters_that_were_frozen(tmp_path: Path) -> None:
    path, model = tmp_path / "c.json", frozen_first()
    fit(model, INPUTS, [0, 1, 1, 0], epochs=1, checkpoint=path, **SETTINGS)
    model.layers[0].trainable = True
    with pytest.raises(ValueError, match="it was made with frozen = 12 parameters, checksum"):
        fit(model, INPUTS, [0, 1, 1, 0], epochs=2, checkpoint=path, resume=True, **SETTINGS)


def test_a_frozen_model_is_saved_and_predicted_with_all_its_parameters(tmp_path: Path) -> None:
    pytest.importorskip("numpy")
    model = frozen_first()
    save(model, tmp_path / "model.json")
    again = load(tmp_path / "model.json")
    assert numbers(again) == numbers(model)
    assert predict(again, INPUTS).tolist() == predict(model, INPUTS).tolist()
    assert again.layers[0].trainable  # type: ignore[attr-defined]
