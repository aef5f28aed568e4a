"""Errors of `nn` that name a way out: each is met, its advice is followed to the letter, and the result is the right one."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import nn
from autograd_core import Value, relu
from nn.estimators import MLPClassifier

XS = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0], [0.5, 1.0], [0.2, 0.1]]
TEXTS = ["cat", "dog", "cow", "cat", "dog", "cow"]
NAMES = sorted(set(TEXTS))
CLASSES = [NAMES.index(text) for text in TEXTS]


def fitted(
    inputs: Any = XS,
    targets: Any = CLASSES,
    loss: Any = "cross_entropy",
    output: str = "softmax",
    model: Any = None,
    **options: Any,
) -> bool:
    """Whether a training of one epoch ends with a finite loss."""
    units = 3 if loss in ("cross_entropy", "cross_entropy_from_logits") else 1
    model = model or nn.MLP(2, [3, units], activation="tanh", output=output, seed=0)
    options = {"epochs": 1, "progress": False, "optimizer": nn.Adam(0.01), **options}
    return math.isfinite(nn.fit(model, inputs, targets, loss=loss, **options).loss[-1])


def other(k: int, x: Any) -> list[Any]:
    """The inputs, with something else in the place of the first number of sample k."""
    return [[x, *row[1:]] if i == k else row for i, row in enumerate(XS)]


def without(k: int, xs: Any) -> Any:
    return [x for i, x in enumerate(xs) if i != k]


class Half(nn.Module):
    def __init__(self) -> None:
        self.weight = Value(0.5, role="parameter")

    def __call__(self, inputs: Any) -> Any:
        return self.weight * inputs[0]


class Bare(Half):
    def __init__(self) -> None:
        self.weight = 0.5  # type: ignore[assignment]


line = nn.Neuron(2, "linear", seed=0)
zero = nn.Neuron(1, "linear", initializer="zeros", seed=0)
missing = type("NAType", (), {"__repr__": lambda self: "<NA>"})()
halves = [0.5] * 6

Walk = tuple[Callable[[], Any], str, list[tuple[Callable[[], Any], Any]]]
Walks = dict[str, Walk]

TARGETS: Walks = {
    "text to one_hot": (
        lambda: nn.one_hot(TEXTS),  # type: ignore[arg-type]
        r"names\.index\(text\), with names = sorted\(set\(texts\)\)",
        [(lambda: nn.one_hot([NAMES.index(text) for text in TEXTS])[1], [0.0, 0.0, 1.0]), (fitted, True)],
    ),
    "text to a loss": (lambda: fitted(targets=TEXTS), r"target 0 .*names\.index\(text\)", [(fitted, True)]),
    "text to a squared error": (
        lambda: nn.mean_squared_error([0.5], "high"),
        r"names\.index\(text\)",
        [(lambda: nn.mean_squared_error([0.5], ["high", "low"].index("high")), 0.25)],
    ),
    "digits to one_hot": (
        lambda: nn.one_hot(["0", "1"]),  # type: ignore[list-item]
        r"float\(\.\.\.\) first",
        [(lambda: nn.one_hot([float("0"), float("1")]), [[1.0, 0.0], [0.0, 1.0]])],  # type: ignore[list-item]
    ),
    "digits as a class": (
        lambda: nn.cross_entropy([0.5, 0.5], "1"),
        r"write int\(target\)",
        [(lambda: nn.cross_entropy([0.5, 0.5], int("1")), math.log(2.0))],
    ),
    "digits as a number": (
        lambda: nn.mean_squared_error([0.5], "1.0"),
        r"float\(\.\.\.\) first",
        [(lambda: nn.mean_squared_error([0.5], float("1.0")), 0.25)],
    ),
    "a float as a class": (
        lambda: nn.cross_entropy_from_logits([0.0, 0.0], 1.0),
        r"write int\(target\)",
        [(lambda: nn.cross_entropy_from_logits([0.0, 0.0], int(1.0)), math.log(2.0))],
    ),
    "one of several": (
        lambda: nn.mean_squared_error([0.5, 0.5], 1),
        r"nn\.one_hot\(\[1\], 2\)\[0\]",
        [(lambda: nn.mean_squared_error([0.5, 0.5], nn.one_hot([1], 2)[0]), 0.25)],
    ),
    "one class to one_hot": (
        lambda: nn.one_hot(2),
        r"one_hot\(\[2\], n\)\[0\]",
        [(lambda: nn.one_hot([2], 3)[0], [0.0, 0.0, 1.0])],
    ),  # type: ignore[arg-type]
    "classes in lists": (
        lambda: nn.one_hot([[0], [2]]),
        r"flat list, as in \[0, 2\]",
        [(lambda: nn.one_hot([0, 2])[0], [1.0, 0.0, 0.0])],
    ),  # type: ignore[list-item]
    "no class": (
        lambda: fitted(targets=[None, *CLASSES[1:]]),
        "target 0 .*leave the sample out",
        [(lambda: fitted(without(0, XS), without(0, CLASSES)), True)],
    ),
    "a class of pandas' NA": (
        lambda: fitted(targets=[missing, *CLASSES[1:]]),
        "target 0 .*fill it in, or leave",
        [(lambda: fitted(targets=[0, *CLASSES[1:]]), True)],
    ),
    "one class of one output": (
        lambda: nn.cross_entropy([0.5], 0),
        "use the binary_cross_entropy losses",
        [(lambda: nn.binary_cross_entropy([0.5], 0), math.log(2.0))],
    ),
    "hinge of 0 and 1": (
        lambda: fitted(targets=[0, 1] * 3, loss="hinge", output="linear"),
        "2 \\* target − 1",
        [(lambda: fitted(targets=[2 * t - 1 for t in [0, 1] * 3], loss="hinge", output="linear"), True)],
    ),
    "beyond a sigmoid": (
        lambda: fitted(targets=[2.0] * 6, loss="mean_squared_error", output="sigmoid"),
        "scale the targets, or make the output linear",
        [
            (lambda: fitted(targets=[2.0 / 4.0] * 6, loss="mean_squared_error", output="sigmoid"), True),
            (lambda: fitted(targets=[2.0] * 6, loss="mean_squared_error", output="linear"), True),
        ],
    ),
    "a class never trained": (
        lambda: fitted(XS[:3], [0, 0, 1], validation=(XS[3:], [2, 2, 1])),
        r"nn\.split does so",
        [(lambda: [fitted(*train, validation=test) for train, test in [nn.split(XS * 3, [0, 0, 1, 1, 2, 2] * 3)]], [True])],
    ),
    "classes in blocks": (
        lambda: fitted(targets=[0, 0, 1, 1, 2, 2], shuffle=False, batch_size=2),
        "leave shuffle=True",
        [(lambda: fitted(targets=[0, 0, 1, 1, 2, 2], batch_size=2), True)],
    ),
}

INPUTS: Walks = {
    "a short row": (
        lambda: fitted(other(2, 0.0)[:2] + [[1.0]] + XS[3:]),
        r"sample 2 of the training data .*give one sample of 2 numbers",
        [(fitted, True)],
    ),
    "no number": (
        lambda: fitted(other(1, None)),
        "sample 1 of the training data .*fill that in, or leave its sample out",
        [(lambda: fitted(other(1, 0.5)), True), (lambda: fitted(without(1, XS), without(1, CLASSES)), True)],
    ),
    "text": (
        lambda: fitted(other(3, "red")),
        r"sample 3 .*names\.index\(text\)",
        [(lambda: fitted(other(3, ["blue", "red"].index("red"))), True)],
    ),
    "nan": (
        lambda: fitted(other(4, math.nan)),
        "input 0 of sample 4 .*leave the sample out, or fill in the mean",
        [(lambda: fitted(without(4, XS), without(4, CLASSES)), True), (lambda: fitted(other(4, 0.4)), True)],
    ),
    "a bare number": (
        lambda: line(0.5),
        "write model\\(\\[x₁, x₂, …\\]\\)",
        [(lambda: math.isfinite(line([0.5, 1.0]).data), True)],
    ),  # type: ignore[arg-type]
    "no list of inputs": (
        lambda: nn.MLP(2, 3),
        r"write MLP\(2, \[16, 16, 1\]\)",
        [(lambda: len(nn.MLP(2, [16, 16, 1])([1.0, 2.0])), 1)],
    ),  # type: ignore[arg-type]
    "an image of one channel": (
        lambda: nn.Convolution2d((4, 4), 2, 3),
        r"\(1, height, width\)",
        [(lambda: len(nn.Convolution2d((1, 4, 4), 2, 3)([0.5] * 16)), 8)],
    ),  # type: ignore[arg-type]
}

MODELS: Walks = {
    "logits of a sigmoid": (
        lambda: fitted(targets=halves, loss="binary_cross_entropy_from_logits", output="sigmoid"),
        'output="linear", or use the loss binary_cross_entropy',
        [
            (lambda: fitted(targets=halves, loss="binary_cross_entropy_from_logits", output="linear"), True),
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
        [(lambda: sum(y.data for y in nn.Layer(2, 2, "softmax", seed=0)([1.0, 2.0])), pytest.approx(1.0))],
    ),
    "an unknown activation": (
        lambda: nn.Neuron(2, "step"),
        "choose one of .*tanh.*, or give a function of z",
        [
            (lambda: nn.Neuron(2, "tanh", initializer="zeros")([1.0, 2.0]).data, 0.0),
            (lambda: nn.Neuron(2, relu, initializer="zeros")([1.0, 2.0]).data, 0.0),
        ],
    ),
    "an unknown loss": (
        lambda: fitted(loss="mse"),
        r"mean_squared_error.*or give a function\(outputs, target\)",
        [
            (lambda: fitted(targets=halves, loss="mean_squared_error", output="linear"), True),
            (lambda: fitted(targets=halves, loss=lambda outputs, target: (outputs[0] - target) ** 2, output="linear"), True),
        ],
    ),
    "an unknown initializer": (
        lambda: nn.Neuron(2, initializer="ones"),
        "choose one of .*zeros.*or give a function",
        [(lambda: nn.Neuron(2, "linear", initializer=lambda *_: 1.0)([1.0, 2.0]).data, 3.0)],
    ),
    "a number for a bias": (
        lambda: setattr(zero, "bias", 0.5),
        r"by its \.data, or give others as Value\(0\.5, role=\"parameter\"\)",
        [
            (lambda: (setattr(zero.bias, "data", 0.5), zero([1.0]).data)[1], 0.5),
            (lambda: (setattr(zero, "bias", Value(0.5, role="parameter")), len(zero.parameters()))[1], 2),
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
            targets=halves, loss=lambda outputs, target: (outputs[0].data - target) ** 2, output="linear", compiled=False
        ),
        r"keep its Values \(no \.data\)",
        [
            (
                lambda: fitted(
                    targets=halves, loss=lambda outputs, target: (outputs[0] - target) ** 2, output="linear", compiled=False
                ),
                True,
            )
        ],
    ),
    "hidden layers as a number": (
        lambda: MLPClassifier(hidden=3).fit(XS, CLASSES),
        r"write hidden=\[32\]",
        [(lambda: len(MLPClassifier(hidden=[32], epochs=1).fit(XS, CLASSES).predict(XS)), 6)],
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
        r"one such as Adam\(0\.01\)",
        [(lambda: fitted(optimizer=nn.Adam(0.01)), True)],
    ),
    "one callback": (
        lambda: fitted(callbacks=print),
        r"write callbacks=\[",
        [(lambda: fitted(callbacks=[lambda model, history: False]), True)],
    ),
    "a validation that is missing": (
        lambda: fitted(callbacks=[nn.EarlyStopping()]),
        r"validation=\(inputs, targets\)",
        [(lambda: fitted(callbacks=[nn.EarlyStopping()], validation=(XS, CLASSES)), True)],
    ),
    "weights of no class": (
        lambda: fitted(class_weight={7: 2.0}),
        "no class of the targets; they are \\[0, 1, 2\\]",
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
        lambda: nn.minimize(lambda x: x * x, 1.0, rate=0.1, optimizer=nn.Adam(0.1)),
        "either rate or optimizer",
        [(lambda: abs(nn.minimize(lambda x: x * x, 1.0, rate=0.1).x) < 1e-3, True)],
    ),
    "an option of another": (
        lambda: nn.minimize(lambda x: x * x, 1.0, method="newton", rate=0.1),
        "its options are",
        [(lambda: nn.minimize(lambda x: x * x, 1.0, method="newton").x, 0.0)],
    ),
}


@pytest.mark.parametrize(
    "walk", [pytest.param(walk, id=name) for walks in (TARGETS, INPUTS, MODELS, TRAINING) for name, walk in walks.items()]
)
def test_what_an_error_of_nn_says_to_write_works(walk: Walk) -> None:
    if "hidden" in walk[1]:
        pytest.importorskip("sklearn")
    wrong, says, ways = walk
    with pytest.raises((TypeError, ValueError, NotImplementedError), match=f"(?s){says}"):
        wrong()
    for way, expected in ways:
        assert way() == expected


@pytest.mark.parametrize("library", ["numpy", "torch", "jax"])
@pytest.mark.parametrize("loss", ["cross_entropy", "cross_entropy_from_logits"])
def test_a_class_in_an_array_or_a_tensor_without_dimensions_is_that_class(library: str, loss: str) -> None:
    array: Any = {"numpy": "array", "torch": "tensor", "jax": "numpy.array"}[library]
    boxed: Any = pytest.importorskip(library)
    for name in array.split("."):
        boxed = getattr(boxed, name)
    classes = [boxed(k) for k in CLASSES]
    output = "softmax" if loss == "cross_entropy" else "linear"
    models = [nn.MLP(2, [3, 3], activation="tanh", output=output, seed=0) for _ in range(2)]
    histories = [
        nn.fit(model, XS, targets, loss=loss, epochs=2, seed=0, class_weight="balanced", validation=(XS, targets), progress=False)
        for model, targets in zip(models, (classes, CLASSES), strict=True)
    ]
    for column in ("loss", "accuracy", "validation_loss", "validation_accuracy"):
        assert getattr(histories[0], column) == getattr(histories[1], column)
    assert nn.evaluate(models[0], XS, classes, loss=loss) == nn.evaluate(models[1], XS, CLASSES, loss=loss)
    assert nn.one_hot(classes) == nn.one_hot(CLASSES)


def test_a_sample_that_does_not_fit_is_named_also_where_a_model_is_evaluated() -> None:
    model = nn.MLP(2, [3], output="softmax", seed=0)
    with pytest.raises(ValueError, match=r"sample 2 .*takes 2 inputs, got 1"):
        nn.evaluate(model, [*XS[:2], [1.0], *XS[3:]], CLASSES, loss="cross_entropy")
    with pytest.raises(ValueError, match=r"sample 1 of the validation data .*takes 2 inputs, got 1"):
        fitted(validation=([XS[0], [1.0]], [0, 1]))


def test_a_model_that_takes_rows_of_any_length_may_have_them() -> None:
    class Mean(Half):
        def __call__(self, inputs: Any) -> Any:
            return self.weight * (sum(inputs) / len(inputs))

    rows = [[1.0], [1.0, 3.0], [2.0, 2.0, 2.0], [0.0], [1.0], [4.0, 0.0]]
    assert fitted(rows, halves, "mean_squared_error", model=Mean(), compiled=False)


def test_a_layer_of_neurons_of_ones_own_is_written_as_a_module() -> None:
    class Loud(nn.Neuron):
        def __call__(self, inputs: Any) -> Any:
            return 2.0 * super().__call__(inputs)

    layer = nn.Layer(1, 2, "linear", initializer=lambda *_: 1.0)
    layer.neurons[0] = Loud(1, "linear", initializer=lambda *_: 1.0)
    with pytest.raises(TypeError, match="write a Module that calls yours one after the other"):
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
    with pytest.raises(TypeError, match="use one of .*tanh"):
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
