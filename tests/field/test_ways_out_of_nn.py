"""Errors of `nn` about data that name a way out: each is met, its advice is followed, and the
result is the right one.
"""

from __future__ import annotations

import math
from typing import Any

import pytest

import nn
from tests.field.walks import (
    CLASSES,
    NAMES,
    TEXTS,
    XS,
    Half,
    Walk,
    Walks,
    fitted,
    halves,
    missing,
    other,
    walk,
    without,
)

pytest.importorskip("numpy")  # most ways are walked compiled, too

line = nn.Neuron(2, "linear", seed=0)
zero = nn.Neuron(1, "linear", initializer=lambda *_: 0.0, seed=0)

TARGETS: Walks = {
    "text to one_hot": (
        lambda: nn.one_hot(TEXTS),  # type: ignore[arg-type]
        r"names\.index\(text\), with names = sorted\(set\(texts\)\)",
        [
            (lambda: nn.one_hot([NAMES.index(text) for text in TEXTS])[1], [0.0, 0.0, 1.0]),
            (fitted, True),
        ],
    ),
    "text to a loss": (
        lambda: fitted(targets=TEXTS),
        r"target 0 .*names\.index\(text\)",
        [(fitted, True)],
    ),
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
        [
            (
                lambda: fitted(
                    targets=[2 * t - 1 for t in [0, 1] * 3], loss="hinge", output="linear"
                ),
                True,
            )
        ],
    ),
    "beyond a sigmoid": (
        lambda: fitted(targets=[2.0] * 6, loss="mean_squared_error", output="sigmoid"),
        "scale the targets, or make the output linear",
        [
            (
                lambda: fitted(
                    targets=[2.0 / 4.0] * 6, loss="mean_squared_error", output="sigmoid"
                ),
                True,
            ),
            (lambda: fitted(targets=[2.0] * 6, loss="mean_squared_error", output="linear"), True),
        ],
    ),
    "a class never trained": (
        lambda: fitted(XS[:3], [0, 0, 1], validation_data=(XS[3:], [2, 2, 1])),
        r"as nn\.split does",
        [
            (
                lambda: [
                    fitted(*train, validation_data=test)
                    for train, test in [nn.split(XS * 3, [0, 0, 1, 1, 2, 2] * 3)]
                ],
                [True],
            )
        ],
    ),
    "classes in blocks": (
        lambda: fitted(targets=[0, 0, 1, 1, 2, 2], shuffle=False, batch_size=2),
        "use shuffle=True",
        [(lambda: fitted(targets=[0, 0, 1, 1, 2, 2], batch_size=2), True)],
    ),
}

INPUTS: Walks = {
    "a short row": (
        lambda: fitted([*other(2, 0.0)[:2], [1.0], *XS[3:]]),
        r"sample 2 of the training data .*give one sample of 2 numbers",
        [(fitted, True)],
    ),
    "no number": (
        lambda: fitted(other(1, None)),
        "sample 1 of the training data .*fill that in, or leave its sample out",
        [
            (lambda: fitted(other(1, 0.5)), True),
            (lambda: fitted(without(1, XS), without(1, CLASSES)), True),
        ],
    ),
    "text": (
        lambda: fitted(other(3, "red")),
        r"sample 3 .*names\.index\(text\)",
        [(lambda: fitted(other(3, ["blue", "red"].index("red"))), True)],
    ),
    "nan": (
        lambda: fitted(other(4, math.nan)),
        "input 0 of sample 4 .*leave the sample out, or fill in the mean",
        [
            (lambda: fitted(without(4, XS), without(4, CLASSES)), True),
            (lambda: fitted(other(4, 0.4)), True),
        ],
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

WALKS = {**TARGETS, **INPUTS}


@pytest.mark.parametrize("told", WALKS.values(), ids=WALKS.keys())
def test_what_an_error_of_data_says_to_write_works(told: Walk) -> None:
    walk(*told)


@pytest.mark.parametrize("library", ["numpy", "torch", "jax"])
@pytest.mark.parametrize("loss", ["cross_entropy", "cross_entropy_from_logits"])
def test_a_class_in_an_array_or_a_tensor_without_dimensions_is_that_class(
    library: str, loss: str
) -> None:
    array: Any = {"numpy": "array", "torch": "tensor", "jax": "numpy.array"}[library]
    boxed: Any = pytest.importorskip(library)
    for name in array.split("."):
        boxed = getattr(boxed, name)
    classes = [boxed(k) for k in CLASSES]
    output = "softmax" if loss == "cross_entropy" else "linear"
    models = [nn.MLP(2, [3, 3], activation="tanh", output=output, seed=0) for _ in range(2)]
    histories = [
        nn.fit(
            model,
            XS,
            targets,
            loss=loss,
            epochs=2,
            seed=0,
            class_weight="balanced",
            validation_data=(XS, targets),
            verbose=False,
        )
        for model, targets in zip(models, (classes, CLASSES), strict=True)
    ]
    for column in ("loss", "accuracy", "validation_loss", "validation_accuracy"):
        assert getattr(histories[0], column) == getattr(histories[1], column)
    assert nn.evaluate(models[0], XS, classes, loss=loss) == nn.evaluate(
        models[1], XS, CLASSES, loss=loss
    )
    assert nn.one_hot(classes) == nn.one_hot(CLASSES)


def test_a_sample_that_does_not_fit_is_named_also_where_a_model_is_evaluated() -> None:
    model = nn.MLP(2, [3], output="softmax", seed=0)
    with pytest.raises(ValueError, match=r"sample 2: .*takes 2 inputs, got 1"):
        nn.evaluate(model, [*XS[:2], [1.0], *XS[3:]], CLASSES, loss="cross_entropy")
    with pytest.raises(
        ValueError, match=r"sample 1 of the validation data .*takes 2 inputs, got 1"
    ):
        fitted(validation_data=([XS[0], [1.0]], [0, 1]))


def test_a_model_that_takes_rows_of_any_length_may_have_them() -> None:
    class Mean(Half):
        def __call__(self, inputs: Any) -> Any:
            return self.weight * (sum(inputs) / len(inputs))

    rows = [[1.0], [1.0, 3.0], [2.0, 2.0, 2.0], [0.0], [1.0], [4.0, 0.0]]
    assert fitted(rows, halves, "mean_squared_error", model=Mean(), compiled=False)
