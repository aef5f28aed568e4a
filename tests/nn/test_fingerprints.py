"""What a checkpoint is held against: the data in a checksum, the model in words."""

from __future__ import annotations

import pytest

from autograd_core import Value
from nn import AveragePooling2d, Convolution2d, Layer, Module, Neuron, Sequential
from nn.data.samples import Rows
from nn.training.checkpoints import described, fingerprint

INPUTS = [[(i * 7 % 11) / 5.5 - 1.0, (i * 5 % 13) / 6.5 - 1.0] for i in range(30)]
TARGETS = [int(x * y > 0.0) for x, y in INPUTS]


def test_other_data_have_another_fingerprint() -> None:
    assert (
        fingerprint(INPUTS, TARGETS)
        == fingerprint(INPUTS, TARGETS)
        != fingerprint(INPUTS[::-1], TARGETS)
    )
    assert fingerprint([]) == "0 samples, checksum 00000000"
    assert fingerprint(range(1000)) != fingerprint(range(1001))
    assert len({fingerprint([float(k == i) for k in range(1000)]) for i in range(1000)}) == 1000, (
        "every sample counts"
    )
    images, texts = [[[0.0, 1.0], [2.0, 3.0]], [[4.0, 5.0], [6.0, 7.0]]], ["a", "b", None]
    assert fingerprint(images) != fingerprint([images[0], [[4.0, 5.0], [6.0, 7.5]]])
    assert fingerprint(texts) != fingerprint(["a", "c", None])
    flat = Rows(2, [x for row in INPUTS for x in row])
    assert fingerprint(flat, TARGETS) == fingerprint(INPUTS, TARGETS), "whatever holds the numbers"


def test_an_array_has_the_fingerprint_of_its_lists() -> None:
    numpy = pytest.importorskip("numpy")
    whole = numpy.array(INPUTS)
    for same in (whole, numpy.asfortranarray(whole), whole.astype(object), list(whole)):
        assert (
            fingerprint(same, TARGETS)
            == fingerprint(INPUTS, numpy.array(TARGETS))
            == fingerprint(INPUTS, TARGETS)
        )


def test_what_describes_a_model_does_not_change_when_it_learns() -> None:
    class Scaled(Module):
        def __init__(self) -> None:
            self.factor, self.parts = (
                Value(2.0, role="parameter"),
                {"in": Layer(2, 1, lambda z: z * z, seed=0)},
            )
            self.out = Sequential(
                Convolution2d((1, 2, 2), 1, 2, seed=0), AveragePooling2d((1, 1, 1), 1)
            )

        def __repr__(self) -> str:
            return f"Scaled({self.factor.data})"

    class Own(Neuron):
        pass

    text = described(Scaled())
    assert text == described(Scaled())
    assert text.startswith(
        "Scaled(Layer(2, 1, <lambda>), Sequential(Convolution2d((1, 2, 2), 1, 2, "
        "activation='sigmoid', "
    )
    assert described(Own(2)) == "Own, a Neuron(2, 'sigmoid')"
