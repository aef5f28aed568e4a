"""Convolution and pooling: shapes, numbers, gradients, errors, and a network of them on real
digits.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest

from autograd_core import Value
from nn import (
    Adam,
    AveragePooling2d,
    Convolution2d,
    GradientDescent,
    Layer,
    Module,
    Sequential,
    fit,
    load,
    save,
)
from tests.nn import convolution_digits

# The shape of the images, filters, kernel, stride, padding.
CASES = [
    ((1, 5, 5), 1, 3, 1, 0),
    ((1, 5, 5), 2, 3, 1, 1),
    ((3, 4, 6), 2, 2, 2, 0),
    ((2, 7, 5), 3, 3, 2, 1),
    ((1, 6, 6), 2, 3, 3, 2),
    ((2, 3, 3), 2, 3, 1, 0),
    ((2, 4, 4), 3, 1, 1, 0),
]


def numbers(n: int, seed: int = 0) -> list[float]:
    draw = random.Random(seed)
    return [draw.uniform(-1.0, 1.0) for _ in range(n)]


def made(case: Any, **more: Any) -> tuple[Convolution2d, list[float]]:
    shape, n_filters, kernel, stride, padding = case
    layer = Convolution2d(shape, n_filters, kernel, stride=stride, padding=padding, seed=1, **more)
    return layer, numbers(shape[0] * shape[1] * shape[2])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_convolution_is_the_sum_over_each_patch(case: Any) -> None:
    (channels, height, width), _, kernel, stride, padding = case
    layer, image = made(case, activation="linear")

    def pixel(channel: int, row: int, column: int) -> float:
        inside = 0 <= row < height and 0 <= column < width
        return image[(channel * height + row) * width + column] if inside else 0.0

    found = iter(layer(image))
    _, down, across = layer.output_shape
    for neuron in layer.filters:
        weights = [w.data for w in neuron.weights]
        for row in range(down):
            for column in range(across):
                patch = [
                    pixel(channel, row * stride - padding + i, column * stride - padding + j)
                    for channel in range(channels)
                    for i in range(kernel)
                    for j in range(kernel)
                ]
                expected = neuron.bias.data + sum(
                    w * x for w, x in zip(weights, patch, strict=True)
                )
                assert next(found).data == pytest.approx(expected, rel=1e-12, abs=1e-14)
    assert next(found, None) is None


@pytest.mark.parametrize("case", CASES, ids=str)
def test_values_and_gradients_are_those_of_torch(case: Any) -> None:
    torch = pytest.importorskip("torch")
    shape, n_filters, kernel, stride, padding = case
    layer, image = made(case)
    pixels = [Value(x) for x in image]
    outputs = layer(pixels)
    upstream = numbers(len(outputs), seed=2)
    total = sum((c * y for c, y in zip(upstream, outputs, strict=True)), Value(0.0))
    total.backward()

    def tensor(given: list[float], *size: int) -> Any:
        return torch.tensor(given, dtype=torch.float64).reshape(size).requires_grad_()

    x = tensor(image, 1, *shape)
    w = tensor(
        [w.data for neuron in layer.filters for w in neuron.weights],
        n_filters,
        shape[0],
        kernel,
        kernel,
    )
    b = tensor([neuron.bias.data for neuron in layer.filters], n_filters)
    y = torch.sigmoid(torch.nn.functional.conv2d(x, w, b, stride=stride, padding=padding))
    assert tuple(y.shape[1:]) == layer.output_shape
    (y.flatten() * torch.tensor(upstream, dtype=torch.float64)).sum().backward()
    close = {"rel": 1e-12, "abs": 1e-13}
    assert [y.data for y in outputs] == pytest.approx(y.flatten().tolist(), **close)
    assert [p.grad for p in pixels] == pytest.approx(x.grad.flatten().tolist(), **close)
    assert [w.grad for neuron in layer.filters for w in neuron.weights] == pytest.approx(
        w.grad.flatten().tolist(), **close
    )
    assert [neuron.bias.grad for neuron in layer.filters] == pytest.approx(b.grad.tolist(), **close)


@pytest.mark.parametrize(
    ("shape", "size", "stride"),
    [((1, 4, 4), 2, None), ((3, 6, 4), 2, 2), ((2, 5, 5), 3, 1), ((1, 5, 7), 2, 3)],
)
def test_pooling_is_that_of_torch(
    shape: tuple[int, int, int], size: int, stride: int | None
) -> None:
    torch = pytest.importorskip("torch")
    image = numbers(shape[0] * shape[1] * shape[2])
    pooling = AveragePooling2d(shape, size, stride=stride)
    expected = torch.nn.functional.avg_pool2d(
        torch.tensor(image, dtype=torch.float64).reshape(1, *shape), size, stride
    )
    assert pooling(image) == pytest.approx(expected.flatten().tolist(), rel=1e-12)
    assert pooling.output_shape == tuple(expected.shape[1:])


def test_pooling_takes_the_mean_of_each_square_in_each_channel() -> None:
    pooling = AveragePooling2d((2, 2, 4))
    assert pooling([*range(8), *range(10, 18)]) == [2.5, 4.5, 12.5, 14.5]
    assert pooling.parameters() == []


def test_an_odd_border_is_left_out_by_a_stride() -> None:
    assert Convolution2d((1, 6, 6), 1, 3, stride=2).output_shape == (1, 2, 2)
    assert AveragePooling2d((1, 5, 5)).output_shape == (1, 2, 2)


def test_a_filter_has_one_kernel_for_all_places() -> None:
    layer = Convolution2d((3, 8, 8), 4, 5, padding=2, seed=0)
    assert len(layer.parameters()) == 4 * (3 * 5 * 5 + 1)
    assert layer.output_shape == (4, 8, 8)
    assert len(layer([0.0] * 192)) == 256


def test_each_filter_is_computed_with_the_activation_that_it_has() -> None:
    layer, image = made(CASES[1])
    layer.activation = "tanh"
    assert [y.data for y in layer(image)] == [
        y.data for y in made(CASES[1], activation="tanh")[0](image)
    ]
    layer.filters[1].activation = "relu"
    relus = [y.data for y in made(CASES[1], activation="relu")[0](image)]
    assert [y.data for y in layer(image)][25:] == relus[25:]
    assert layer.output is None
    del layer.filters[0]
    assert layer.output_shape == (1, 5, 5)
    assert [y.data for y in layer(image)] == relus[25:]


@pytest.mark.parametrize("name", ["input_shape", "kernel_size", "pool_size", "stride", "padding"])
def test_a_size_cannot_be_set_because_the_places_were_made_from_it(name: str) -> None:
    layer = AveragePooling2d((1, 8, 8)) if name == "pool_size" else Convolution2d((1, 8, 8), 1)
    with pytest.raises(
        AttributeError, match=rf"the {name} of .* is fixed and cannot be set to 2; make a new"
    ):
        setattr(layer, name, 2)


def test_an_array_is_an_image() -> None:
    numpy = pytest.importorskip("numpy")
    layer, image = made(CASES[3])
    as_array = numpy.array(image).reshape(CASES[3][0])
    assert [y.data for y in layer(as_array)] == [y.data for y in layer(image)]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Convolution2d((8, 8), 1), r"\(channels, height, width\)"),  # type: ignore[arg-type]
        (
            lambda: Convolution2d((1, 2, 2), 1, 3),
            "a kernel of 3 × 3 does not fit an image of 2 × 2 with padding 0",
        ),
        (lambda: Convolution2d((1, 8, 8), 0), "the number of filters"),
        (lambda: Convolution2d((1, 8, 8), 1, 0), "the kernel's size"),
        (lambda: Convolution2d((1, 8, 8), 1, stride=0), "the stride"),
        (lambda: Convolution2d((1, 8, 8), 1, padding=-1), "padding"),
        (
            lambda: Convolution2d((1, 8, 8), 1, padding=True),
            "padding must be a whole number of at least 0, got True",
        ),
        (
            lambda: Convolution2d((1, 8, 8), 1)([0.0] * 63),
            "takes 64 numbers, channel by channel and row by row; got 63",
        ),
        (lambda: AveragePooling2d((1, 8, 8), 9), "does not fit"),
        (lambda: AveragePooling2d((1, 8, 8))([0.0] * 65), "takes 64 numbers"),
    ],
)
def test_what_does_not_fit_is_said(make: Callable[[], Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        make()


def trained(compiled: bool) -> tuple[Module, Any]:
    filters = Convolution2d((1, 5, 5), 2, 3, padding=1, stride=2, seed=1)
    pooling = AveragePooling2d(filters.output_shape, 2, stride=1)
    model = Sequential(filters, pooling, Layer(8, 3, "linear", seed=2))
    images = [numbers(25, seed=k) for k in range(10)]
    classes = [k % 3 for k in range(10)]
    history = fit(
        model,
        images,
        classes,
        loss="cross_entropy_from_logits",
        optimizer=GradientDescent(0.5, momentum=0.9),
        epochs=3,
        batch_size=4,
        verbose=False,
        compiled=compiled,
    )
    return model, history


def test_compiled_steps_are_the_eager_ones() -> None:
    pytest.importorskip("numpy")
    (eager, slow), (compiled, fast) = trained(compiled=False), trained(compiled=True)
    expected = [p.data for p in eager.parameters()]
    assert [p.data for p in compiled.parameters()] == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert fast.loss == pytest.approx(slow.loss, rel=1e-12)


def test_an_image_moves_by_a_pixel() -> None:
    image = numbers(64)
    moved = convolution_digits.shifted(image, 1, 0)
    assert moved[:8] == [0.0] * 8
    assert moved[8:] == image[:-8]
    moved = convolution_digits.shifted(image, 0, -1)
    assert moved[7::8] == [0.0] * 8
    assert moved[:7] == image[1:8]


@pytest.mark.slow
def test_a_small_network_reads_98_percent_of_the_held_out_digits() -> None:
    pytest.importorskip("sklearn")
    accuracy, _, n_parameters = convolution_digits.train(seed=0)
    assert n_parameters == 16 * 26 + 10 * 257
    assert accuracy >= 0.98


def test_adam_trains_a_convolution_on_values_too() -> None:
    layer = Convolution2d((1, 3, 3), 1, 3, activation="linear", seed=0)
    before = [p.data for p in layer.parameters()]
    (y,) = layer([1.0] * 9)
    (y * y).backward()
    Adam(0.1).step(layer.parameters())
    assert all(new.data != old for new, old in zip(layer.parameters(), before, strict=True))


def test_sizes_may_be_integers_of_numpy(tmp_path: Path) -> None:
    one = numpy.int64(1)
    layer = Convolution2d((one, 4, 4), 2 * one, 3 * one, stride=one, padding=one, seed=0)
    model = Sequential(layer, AveragePooling2d((2, 4, 4), 2 * one))
    save(model, tmp_path / "model.json")
    assert repr(load(tmp_path / "model.json")) == repr(model)
