"""Errors of `nn` about models and training that name a way out: each way is gone, and arrives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import nn
from autograd_core import Value, relu
from tests.field.walks import CLASSES, XS, Bare, Half, Walk, Walks, fitted, halves, walk

pytest.importorskip("numpy")  # most ways are walked compiled, too

line = nn.Neuron(2, "linear", seed=0)
zero = nn.Neuron(1, "linear", initializer=lambda *_: 0.0, seed=0)

MODELS: Walks = {
    "logits of a sigmoid": (
        lambda: fitted(targets=halves, loss="binary_cross_entropy_from_logits", output="sigmoid"),
        'output="linear", or use the loss binary_cross_entropy',
        [
            (
                lambda: fitted(
                    targets=halves, loss="binary_cross_entropy_from_logits", output="linear"
                ),
                True,
            ),
            (lambda: fitted(targets=halves, loss="binary_cross_entropy", output="sigmoid"), True),
        ],
    ),
    "probabilities that are linear": (
        lambda: fitted(output="linear"),
        "use the loss cross_entropy_from_logits",
        [(lambda: fitted(loss="cross_entropy_from_logits", output="linear"), True)],
    ),
    "probabilities of tanh": (
        lambda: fitted(output="tanh"),
        'output="linear" and use the loss cross_entropy_from_logits',
        [(lambda: fitted(loss="cross_entropy_from_logits", output="linear"), True)],
    ),
    "softmax of one": (
        lambda: nn.Neuron(2, "softmax"),
        "give it to a Layer",
        [
            (
                lambda: sum(y.data for y in nn.Layer(2, 2, "softmax", seed=0)([1.0, 2.0])),
                pytest.approx(1.0),
            )
        ],
    ),
    "an unknown activation": (
        lambda: nn.Neuron(2, "step"),
        "choose one of .*tanh.*, or give a function of z",
        [
            (lambda: nn.Neuron(2, "tanh", initializer=lambda *_: 0.0)([1.0, 2.0]).data, 0.0),
            (lambda: nn.Neuron(2, relu, initializer=lambda *_: 0.0)([1.0, 2.0]).data, 0.0),
        ],
    ),
    "an unknown loss": (
        lambda: fitted(loss="mse"),
        r"mean_squared_error.*or give a function\(outputs, target\)",
        [
            (lambda: fitted(targets=halves, loss="mean_squared_error", output="linear"), True),
            (
                lambda: fitted(
                    targets=halves,
                    loss=lambda outputs, target: (outputs[0] - target) ** 2,
                    output="linear",
                ),
                True,
            ),
        ],
    ),
    "an unknown initializer": (
        lambda: nn.Neuron(2, initializer="ones"),
        "choose one of .*glorot.*or give a function",
        [(lambda: nn.Neuron(2, "linear", initializer=lambda *_: 1.0)([1.0, 2.0]).data, 3.0)],
    ),
    "a number for a bias": (
        lambda: setattr(zero, "bias", 0.5),
        r"by its \.data, or give new ones as Value\(0\.5, role=\"parameter\"\)",
        [
            (lambda: (setattr(zero.bias, "data", 0.5), zero([1.0]).data)[1], 0.5),
            (
                lambda: (
                    setattr(zero, "bias", Value(0.5, role="parameter")),
                    len(zero.parameters()),
                )[1],
                2,
            ),
        ],
    ),
    "functions in a row": (
        lambda: nn.Sequential(relu),
        r"Sequential\(Layer\(2, 3\), Layer\(3, 1\)\)",
        [(lambda: len(nn.Sequential(nn.Layer(2, 3), nn.Layer(3, 1))([1.0, 2.0])), 1)],
    ),  # type: ignore[arg-type]
    "nothing to learn": (
        lambda: fitted(targets=halves, loss="mean_squared_error", model=Bare()),
        r'Value\(\.\.\., role="parameter"\) in its attributes',
        [(lambda: fitted(targets=halves, loss="mean_squared_error", model=Half()), True)],
    ),
    "a module without a call": (
        lambda: nn.Module()([1.0]),
        "define it: the outputs for one sample's inputs",
        [(lambda: Half()([1.0]).data, 0.5)],
    ),
    "plain numbers for a loss": (
        lambda: fitted(
            targets=halves,
            loss=lambda outputs, target: (outputs[0].data - target) ** 2,
            output="linear",
            compiled=False,
        ),
        r"compute it on Values \(without \.data\)",
        [
            (
                lambda: fitted(
                    targets=halves,
                    loss=lambda outputs, target: (outputs[0] - target) ** 2,
                    output="linear",
                    compiled=False,
                ),
                True,
            )
        ],
    ),
}

TRAINING: Walks = {
    "the model for its parameters": (
        lambda: nn.Adam(0.01).claim(line),
        r"give it model\.parameters\(\)",
        [(lambda: nn.Adam(0.01).claim(line.parameters()), None)],
    ),  # type: ignore[arg-type]
    "the parameters for a rate": (
        lambda: nn.GradientDescent(line.parameters()),
        r"optimizer\.step\(model\.parameters\(\)\)",
        [(lambda: nn.GradientDescent(0.1).step(line.parameters()), None)],
    ),  # type: ignore[arg-type]
    "one optimizer for two": (
        lambda: [fitted(optimizer=one) for one in [nn.Adam(0.01)] for _ in "ab"],
        "one optimizer for each model",
        [(lambda: [fitted(optimizer=nn.Adam(0.01)) for _ in "ab"], [True, True])],
    ),
    "a class for an optimizer": (
        lambda: fitted(optimizer=nn.Adam),
        r"an instance such as Adam\(0\.01\)",
        [(lambda: fitted(optimizer=nn.Adam(0.01)), True)],
    ),
    "one callback": (
        lambda: fitted(callbacks=print),
        r"write callbacks=\[",
        [(lambda: fitted(callbacks=[lambda model, history: False]), True)],
    ),
    "a validation that is missing": (
        lambda: fitted(callbacks=[nn.EarlyStopping()]),
        r"validation_data=\(inputs, targets\)",
        [(lambda: fitted(callbacks=[nn.EarlyStopping()], validation_data=(XS, CLASSES)), True)],
    ),
    "weights of no class": (
        lambda: fitted(class_weight={7: 2.0}),
        "not among the classes of the targets: \\[0, 1, 2\\]",
        [(lambda: fitted(class_weight={2: 2.0}), True)],
    ),
    "weights as a list": (
        lambda: fitted(class_weight=[1.0]),
        '"balanced" or a dict',
        [(lambda: fitted(class_weight="balanced"), True)],
    ),
    "weights of 0": (
        lambda: fitted(sample_weight=[0.0] * 6),
        "at least one sample a weight above 0",
        [(lambda: fitted(sample_weight=[0.0] * 5 + [1.0]), True)],
    ),
    "an unknown method": (
        lambda: nn.minimize(lambda x: x * x, 1.0, method="bfgs"),
        '"gradient descent", "newton" or "grid"',
        [(lambda: nn.minimize(lambda x: x * x, 1.0, method="newton").x, 0.0)],
    ),
    "a grid without bounds": (
        lambda: nn.minimize(lambda x: x * x, method="grid"),
        r"a pair \(low, high\)",
        [(lambda: nn.minimize(lambda x: x * x, method="grid", bounds=(-1.0, 1.0)).x, 0.0)],
    ),
    "no start": (
        lambda: nn.minimize(lambda x: x * x),
        "give x0, a number or a list",
        [(lambda: abs(nn.minimize(lambda x: x * x, 1.0).x) < 1e-3, True)],
    ),
    "two rates": (
        lambda: nn.minimize(lambda x: x * x, 1.0, learning_rate=0.1, optimizer=nn.Adam(0.1)),
        "either learning_rate or optimizer",
        [(lambda: abs(nn.minimize(lambda x: x * x, 1.0, learning_rate=0.1).x) < 1e-3, True)],
    ),
    "an option of another": (
        lambda: nn.minimize(lambda x: x * x, 1.0, method="newton", learning_rate=0.1),
        "its options are",
        [(lambda: nn.minimize(lambda x: x * x, 1.0, method="newton").x, 0.0)],
    ),
}

WALKS = {**MODELS, **TRAINING}


@pytest.mark.parametrize("told", WALKS.values(), ids=WALKS.keys())
def test_what_an_error_of_a_model_says_to_write_works(told: Walk) -> None:
    walk(*told)


def test_a_layer_of_neurons_of_ones_own_is_written_as_a_module() -> None:
    class Loud(nn.Neuron):
        def __call__(self, inputs: Any) -> Any:
            return 2.0 * super().__call__(inputs)

    layer = nn.Layer(1, 2, "linear", initializer=lambda *_: 1.0)
    layer.neurons[0] = Loud(1, "linear", initializer=lambda *_: 1.0)
    with pytest.raises(TypeError, match="write a Module that calls yours one after another"):
        layer([3.0])

    class Own(nn.Module):
        def __init__(self) -> None:
            self.neurons = layer.neurons

        def __call__(self, inputs: Any) -> Any:
            return [neuron(inputs) for neuron in self.neurons]

    assert [y.data for y in Own()([3.0])] == [6.0, 3.0]
    assert len(Own().parameters()) == 4


def test_a_training_that_is_not_finished_goes_on_as_the_error_says(tmp_path: Path) -> None:
    path = tmp_path / "run.json"

    def stop(model: Any, history: Any) -> None:
        raise KeyboardInterrupt

    fitted(checkpoint=path, epochs=3, callbacks=[stop])
    with pytest.raises(FileExistsError, match="resume=True, or remove the file"):
        fitted(checkpoint=path, epochs=3, callbacks=[stop])
    assert fitted(checkpoint=path, epochs=3, callbacks=[lambda model, history: False], resume=True)


def test_a_model_that_no_file_can_hold_is_saved_by_its_parameters(tmp_path: Path) -> None:
    own = nn.Neuron(2, lambda z: z * z, seed=0)
    with pytest.raises(TypeError, match=r"use one of .*tanh"):
        nn.save(own, tmp_path / "own.json")
    own.activation = "tanh"
    nn.save(own, tmp_path / "own.json")
    assert nn.load(tmp_path / "own.json")([1.0, 2.0]).data == own([1.0, 2.0]).data
    with pytest.raises(TypeError, match=r"save its named_parameters\(\) yourself"):
        nn.save(Half(), tmp_path / "half.json")
    kept = {name: p.data for name, p in Half().named_parameters()}
    again = Half()
    for name, p in again.named_parameters():
        p.data = kept[name]
    assert again([1.0]).data == 0.5


def test_hidden_layers_are_given_as_a_list() -> None:
    pytest.importorskip("sklearn")
    from nn.estimators import MLPClassifier

    with pytest.raises(TypeError, match=r"write hidden_layer_sizes=\[64\]"):
        MLPClassifier(hidden_layer_sizes=3).fit(XS, CLASSES)
    assert len(MLPClassifier(hidden_layer_sizes=[32], max_iter=1).fit(XS, CLASSES).predict(XS)) == 6
