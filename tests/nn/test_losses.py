"""The losses: their formulas, their gradients, what they say at ±1000, and which targets they
take.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_core import Value, check_gradients, compiled, grad, hessian, sigmoid, softmax
from nn import MLP, evaluate, fit
from nn.losses import (
    LOSSES,
    binary_cross_entropy,
    binary_cross_entropy_from_logits,
    cross_entropy,
    cross_entropy_from_logits,
    hinge,
    loss_function,
    mean_squared_error,
    sum_squared_error,
)
from tests.optional import needs_numpy

logits = st.lists(st.floats(-20.0, 20.0), min_size=2, max_size=6)


@given(logits, st.data())
def test_the_squared_errors_are_half_the_sum_and_the_mean(
    ys: list[float], data: st.DataObject
) -> None:
    ts = data.draw(st.lists(st.floats(-20.0, 20.0), min_size=len(ys), max_size=len(ys)))
    squares = math.fsum((y - t) ** 2 for y, t in zip(ys, ts, strict=True))
    assert sum_squared_error(ys, ts) == pytest.approx(0.5 * squares)
    assert mean_squared_error(ys, ts) == pytest.approx(squares / len(ys))


@given(logits, st.data())
def test_from_logits_equals_the_loss_of_the_probabilities(
    zs: list[float], data: st.DataObject
) -> None:
    k = data.draw(st.integers(0, len(zs) - 1))
    assert cross_entropy_from_logits(zs, k) == pytest.approx(
        cross_entropy(softmax(zs), k), abs=1e-9
    )
    ts = data.draw(st.lists(st.floats(0.0, 1.0), min_size=len(zs), max_size=len(zs)))
    ps = [sigmoid(z) for z in zs]
    assert binary_cross_entropy_from_logits(zs, ts) == pytest.approx(
        binary_cross_entropy(ps, ts), rel=1e-6, abs=1e-6
    )


@given(logits, st.data())
def test_the_gradient_of_cross_entropy_by_the_logits_is_probability_minus_target(
    zs: list[float], data: st.DataObject
) -> None:
    k = data.draw(st.integers(0, len(zs) - 1))
    slopes = grad(lambda z: cross_entropy_from_logits(z, k))(zs)
    assert slopes == pytest.approx([p - (i == k) for i, p in enumerate(softmax(zs))], abs=1e-12)
    t = [0.0, 1.0, 0.25, 0.5, 1.0, 0.0][: len(zs)]
    slopes = grad(lambda z: binary_cross_entropy_from_logits(z, t))(zs)
    assert slopes == pytest.approx(
        [(sigmoid(z) - y) / len(zs) for z, y in zip(zs, t, strict=True)], abs=1e-12
    )


@given(logits, st.data())
def test_a_class_is_the_distribution_that_gives_it_everything(
    zs: list[float], data: st.DataObject
) -> None:
    k = data.draw(st.integers(0, len(zs) - 1))
    one_hot = [float(i == k) for i in range(len(zs))]
    assert cross_entropy_from_logits(zs, k) == cross_entropy_from_logits(zs, one_hot)
    assert cross_entropy(softmax(zs), k) == cross_entropy(softmax(zs), one_hot)


def test_a_distribution_weighs_the_classes() -> None:
    expected = -0.25 * math.log(0.3) - 0.75 * math.log(0.6)
    assert cross_entropy([0.1, 0.3, 0.6], [0.0, 0.25, 0.75]) == pytest.approx(expected)
    zs = [1.0, 2.0, 3.0]
    assert cross_entropy_from_logits(zs, [0.0, 0.25, 0.75]) == pytest.approx(
        cross_entropy(softmax(zs), [0.0, 0.25, 0.75])
    )


def test_hinge_is_the_mean_shortfall_from_one() -> None:
    assert hinge([0.25, -3.0, 0.5], [-1, -1, 1]) == pytest.approx((1.25 + 0.0 + 0.5) / 3)


@pytest.mark.parametrize("z", [1000.0, -1000.0])
def test_from_logits_is_stable_at_a_thousand(z: float) -> None:
    loss, other = (0.0, 1000.0) if z > 0 else (1000.0, 0.0)
    assert binary_cross_entropy_from_logits([z], 1) == loss
    assert binary_cross_entropy_from_logits([z], 0) == other
    assert cross_entropy_from_logits([z, 0.0], 0) == loss
    assert cross_entropy_from_logits([z, 0.0], 1) == other
    assert grad(lambda x: binary_cross_entropy_from_logits([x], 1))(z) == (0.0 if z > 0 else -1.0)
    assert grad(lambda x: cross_entropy_from_logits([x, 0.0], 0))(z) == (0.0 if z > 0 else -1.0)


def test_the_tail_of_the_binary_loss_keeps_its_digits() -> None:
    assert binary_cross_entropy_from_logits([40.0], 1) == math.log1p(math.exp(-40.0)) > 0.0


def test_a_probability_of_zero_is_infinitely_wrong_and_not_an_exception() -> None:
    assert cross_entropy([0.0, 1.0], 0) == binary_cross_entropy([0.0], 1) == math.inf
    assert cross_entropy([0.0, 1.0], 1) == binary_cross_entropy([0.0], 0) == 0.0
    assert grad(lambda p: cross_entropy([p, 1.0], 1))(0.0) == 0.0


CERTAIN = [0.0, 5e-324, 1e-200, 0.25, 1.0]


@needs_numpy
@pytest.mark.parametrize("k", [0, 1])
@pytest.mark.parametrize("p", CERTAIN)
def test_a_program_is_as_certain_as_its_formula(p: float, k: int) -> None:
    """Its targets are Values, so a term with weight 0 stands in it: 0 · ln 0, whose slopes are
    0 · ∞.
    """
    for loss, t in ((binary_cross_entropy, float(k)), (cross_entropy, [1.0 - k, float(k)])):

        def f(p: Any, t: Any, loss: Any = loss) -> Any:
            return loss([p] if loss is binary_cross_entropy else [1.0 - p, p], t)

        for derived in (f, grad(f), grad(grad(f))):
            expected = derived(p, t)
            assert expected == expected
            assert compiled(derived)(p, t) == pytest.approx(expected, rel=1e-15)
            assert compiled(derived, batched=("p", "t"))([p, 0.5, p], [t, t, t])[
                2
            ] == pytest.approx(expected, rel=1e-15)


def test_a_training_goes_on_where_predictions_are_exactly_right() -> None:
    for compiled_too in (True, False):
        unit = MLP(1, [1], initializer=lambda *_: 1.0)
        history = fit(
            unit,
            [[40.0], [-750.0]],
            [1, 0],
            loss="binary_cross_entropy",
            epochs=2,
            verbose=False,
            compiled=compiled_too,
        )
        assert history.loss == [0.0, 0.0]
    assert evaluate(unit, [[40.0], [-750.0]], [1, 0], loss="binary_cross_entropy") == (0.0, 1.0)


def test_weights_of_exactly_right_predictions_have_slopes_of_their_own() -> None:
    slopes = compiled(grad(lambda t, y: binary_cross_entropy([y], [t])))
    assert slopes(0.0, 0.25) == pytest.approx(math.log(0.75) - math.log(0.25))
    assert slopes(0.0, 0.0) > 100.0


def test_a_program_of_a_saturated_layer_has_finite_second_derivatives() -> None:
    def f(zs: Any, t: Any) -> Any:
        return cross_entropy(softmax(zs), t)

    for rows in (hessian(f), compiled(hessian(f))):
        assert rows([800.0, 0.0, -300.0], [1.0, 0.0, 0.0]) == [[0.0] * 3] * 3


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES.keys())
def test_every_loss_passes_the_gradient_check(loss: Callable[[Any, Any], Any]) -> None:
    target = {
        "hinge": [1, -1, 1],
        "cross_entropy": 2,
        "cross_entropy_from_logits": [0.2, 0.5, 0.3],
    }.get(loss.__name__, [0.0, 1.0, 0.5])
    check_gradients(lambda ys: loss(ys, target), [0.3, 0.2, 0.6])


def test_targets_may_be_values_with_gradients_of_their_own() -> None:
    assert grad(lambda t: sum_squared_error([3.0], t))(1.0) == -2.0
    slopes = grad(lambda t: cross_entropy([0.25, 0.75], t))([0.0, 1.0])
    assert slopes == pytest.approx([-math.log(0.25), -math.log(0.75)])


def test_a_single_value_and_numpy_arrays_are_outputs_and_targets_too() -> None:
    numpy = pytest.importorskip("numpy")
    assert mean_squared_error(Value(3.0), 1).data == 4.0
    assert mean_squared_error(numpy.array([1.0, 2.0]), numpy.array([0.0, 0.0])) == 2.5
    assert (
        cross_entropy([0.5, 0.5], numpy.int64(1))
        == cross_entropy([0.5, 0.5], numpy.array([0.0, 1.0]))
        == math.log(2.0)
    )


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: mean_squared_error([1.0, 2.0], 1.0),
            ValueError,
            "2 outputs need 2 targets, got 1",
        ),
        (
            lambda: cross_entropy([0.5, 0.5], 2),
            ValueError,
            "the class must be between 0 and 1 for 2 outputs, got 2",
        ),
        (lambda: cross_entropy_from_logits([0.5, 0.5], -1), ValueError, "got -1"),
        (
            lambda: cross_entropy([0.5, 0.5], 1.0),
            TypeError,
            r"must be an int or a list of probabilities, got 1\.0",
        ),
        (
            lambda: cross_entropy([0.5], 0),
            ValueError,
            "at least two outputs, got one; use the binary_cross_entropy",
        ),
        (
            lambda: loss_function("mse"),
            ValueError,
            "no loss is called 'mse'; choose one of sum_squared_error",
        ),
    ],
)
def test_a_wrong_target_is_an_error_that_says_what_to_give(
    call: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        call()


@pytest.mark.slow
def test_losses_and_their_gradients_agree_with_pytorch() -> None:
    torch = pytest.importorskip("torch")
    from torch.nn import functional as F

    ys, ps = [1.5, -0.25, 0.75], [0.2, 0.5, 0.3]
    t, zero_one = [0.5, 1.0, -2.0], [1.0, 0.0, 1.0]
    pairs: list[tuple[Any, Any, list[float]]] = [
        (
            lambda y: mean_squared_error(y, t),
            lambda y: F.mse_loss(y, torch.tensor(t, dtype=torch.float64)),
            ys,
        ),
        (
            lambda y: sum_squared_error(y, t),
            lambda y: 0.5 * F.mse_loss(y, torch.tensor(t, dtype=torch.float64), reduction="sum"),
            ys,
        ),
        (
            lambda y: binary_cross_entropy(y, zero_one),
            lambda y: F.binary_cross_entropy(y, torch.tensor(zero_one, dtype=torch.float64)),
            ps,
        ),
        (
            lambda y: binary_cross_entropy_from_logits(y, zero_one),
            lambda y: F.binary_cross_entropy_with_logits(
                y, torch.tensor(zero_one, dtype=torch.float64)
            ),
            ys,
        ),
        (
            lambda y: cross_entropy_from_logits(y, 1),
            lambda y: F.cross_entropy(y[None], torch.tensor([1])),
            ys,
        ),
        (
            lambda y: cross_entropy(y, 2),
            lambda y: F.nll_loss(torch.log(y)[None], torch.tensor([2])),
            ps,
        ),
    ]
    for ours, theirs, point in pairs:
        x = torch.tensor(point, dtype=torch.float64, requires_grad=True)
        loss = theirs(x)
        loss.backward()
        assert ours(point) == pytest.approx(loss.item(), rel=1e-12)
        assert grad(ours)(point) == pytest.approx(x.grad.tolist(), rel=1e-12, abs=1e-15)
