"""Cross-entropy of two predictions, its binary and its multi-class form, and softmax."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_core import log, sigmoid, softmax
from nn import (
    binary_cross_entropy,
    binary_cross_entropy_from_logits,
    cross_entropy,
    cross_entropy_from_logits,
)


@pytest.mark.parametrize(
    ("prediction", "rounded"), [([0.01, 0.98, 0.01], 0.02), ([0.25, 0.60, 0.15], 0.51)]
)
def test_a_sure_prediction_costs_0_02_and_an_unsure_one_0_51(
    prediction: list[float], rounded: float
) -> None:
    for target in (1, [0.0, 1.0, 0.0]):
        assert round(cross_entropy(prediction, target), 2) == rounded
    logits = [log(p) for p in prediction]
    assert cross_entropy_from_logits(logits, 1) == pytest.approx(
        cross_entropy(prediction, 1), rel=1e-12
    )


@given(st.floats(0.01, 0.99), st.sampled_from([0, 1]))
def test_the_binary_form_is_the_multi_class_form_of_two_classes(p: float, y: int) -> None:
    assert binary_cross_entropy([p], y) == pytest.approx(cross_entropy([1 - p, p], y), rel=1e-12)
    assert binary_cross_entropy([p], y) == pytest.approx(-math.log(p if y else 1 - p), rel=1e-12)


@given(st.floats(-30, 30), st.sampled_from([0, 1]))
def test_a_sigmoid_is_a_softmax_of_z_and_zero(z: float, y: int) -> None:
    assert softmax([0.0, z])[1] == pytest.approx(sigmoid(z), rel=1e-12)
    assert cross_entropy_from_logits([0.0, z], y) == pytest.approx(
        binary_cross_entropy_from_logits([z], y), abs=1e-12
    )


@given(st.lists(st.floats(-700, 700), min_size=1, max_size=8), st.floats(-100, 100))
def test_softmax_is_positive_sums_to_one_and_ignores_a_common_shift(
    zs: list[float], shift: float
) -> None:
    ps = softmax(zs)
    assert math.fsum(ps) == pytest.approx(1.0, abs=1e-12)
    assert all(p >= 0.0 for p in ps)
    assert softmax([z + shift for z in zs]) == pytest.approx(ps, abs=1e-12)
    assert ps[zs.index(max(zs))] == max(ps)
