"""`detect_anomaly()` names the first operation that made NaN or infinity, and the line that
wrote it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from autograd_core import (
    Value,
    detect_anomaly,
    dot,
    elu,
    exp,
    grad,
    group,
    hessian,
    hvp,
    jacobian,
    jvp,
    log,
    maximum,
    no_grad,
    norm,
    sqrt,
    sum,
    where,
)
from autograd_core.errors import AnomalyError


def _message(work: Callable[[], object]) -> str:
    with detect_anomaly(), pytest.raises(AnomalyError) as caught:
        work()
    return str(caught.value)


def test_the_first_value_is_named_with_its_operands_and_its_line() -> None:
    def work() -> None:
        a, b = Value(1.0, label="a"), Value(0.0, label="b")
        c = a * 2.0
        d = c / b  # here
        exp(d)

    text = _message(work)
    assert text.splitlines()[:3] == [
        "the first value that is NaN or infinite: div gave inf",
        "  operand 1: v1, the result of mul = 2.0",
        "  operand 2: 'b' = 0.0",
    ]
    assert f"{__file__}, line " in text
    assert text.endswith("in work\n      d = c / b  # here")


@pytest.mark.parametrize("method", ["log", "digamma", "arccosh"])
def test_a_method_is_named_by_the_line_that_calls_it(method: str) -> None:
    text = _message(lambda: getattr(Value(-math.inf), method)())
    assert f"computed at {__file__}, line " in text
    assert text.endswith("getattr(Value(-math.inf), method)())")


def test_the_first_gradient_is_named_with_its_partials_and_its_line() -> None:
    x = Value(0.0, label="x")

    def work() -> None:
        y = sqrt(x) * 3.0  # finite, but not its slope
        (y + 1.0).backward()

    text = _message(work)
    assert text.splitlines()[:3] == [
        "the first gradient that is NaN or infinite: sqrt sends inf to operand 1",
        "  gradient that arrived at v1, the result of sqrt = 0.0: 3.0",
        "  operand 1: 'x' = 0.0, local derivative inf, sent inf",
    ]
    assert "y = sqrt(x) * 3.0" in text
    assert x.grad == 0.0, "an error leaves the gradients as they were"


def test_a_sum_of_finite_contributions_may_overflow() -> None:
    x = Value(1.0, label="x")
    text = _message(lambda: (x * 1e308 + (x - 0.5) * 1e308).backward())
    assert text.startswith(
        "the first gradient that is NaN or infinite: inf at 'x' = 1.0\n  each contribution to it "
        "was finite"
    )


def test_the_first_gradient_is_the_first_of_the_sweep_also_at_a_leaf() -> None:
    x, y = Value(0.1, "x"), Value(0.0, "y")
    with detect_anomaly():
        result = sqrt(y) + (x * 1e308 + x * 1e308)
        with pytest.raises(AnomalyError, match="inf at 'x'"):
            result.backward()


def test_a_graph_from_outside_has_no_line() -> None:
    y = sqrt(Value(0.0))
    assert "not known: compute it inside detect_anomaly()" in _message(y.backward)


def test_every_way_to_record_is_watched() -> None:
    x = Value(0.0)
    for work, name in (
        (lambda: log(x), "log"),
        (lambda: x.log(), "log"),
        (lambda: 1.0 / x, "div"),
        (lambda: x**-1, "power"),
        (lambda: sum([x, float("inf")]), "sum"),
        (lambda: dot([x, 1.0], [1.0, float("nan")]), "dot"),
        (lambda: where(x >= 0, log(x), x), "log"),
    ):
        assert f"infinite: {name} gave" in _message(work)


def test_of_many_operands_those_are_shown_that_are_not_finite() -> None:
    text = _message(
        lambda: sum([*[Value(1.0)] * 50, Value(float("nan"), label="odd"), *[Value(1.0)] * 50])
    )
    assert "operand 51: 'odd' = nan" in text
    assert "operand 50" not in text
    assert "and 92 more" in _message(lambda: sum([Value(1e308, label="big")] * 100))


def test_transforms_groups_and_no_grad_are_watched() -> None:
    assert "sqrt sends inf" in _message(lambda: grad(sqrt)(0.0))
    with no_grad():
        assert "log gave -inf" in _message(lambda: log(Value(0.0)))
    with group("part"):
        assert "log gave -inf" in _message(lambda: log(Value(0.0)))


@pytest.mark.parametrize(
    "transform",
    [hessian, jacobian, lambda f: lambda x: hvp(f, (x,), (1.0,))],
    ids=["hessian", "jacobian", "hvp"],
)
def test_a_derivative_of_any_order_names_the_operation_and_not_its_rule(
    transform: Callable[..., Any],
) -> None:
    def distance(x: Value) -> Value:
        return sqrt(x * x) * 3.0  # here

    text = _message(lambda: transform(distance)(0.0))
    assert text.startswith(
        "the first gradient that is NaN or infinite: sqrt sends inf to operand 1"
    )
    assert text.endswith("# here")


@pytest.mark.parametrize("f", [lambda x: sqrt(x) * 3.0, lambda x: [x, sqrt(x)]])
def test_a_forward_sweep_is_watched_too(f: Callable[[Value], Any]) -> None:
    text = _message(lambda: jvp(f, (0.0,), (2.0,)))
    assert text.startswith(
        "the first tangent that is NaN or infinite: inf at v1, the result of sqrt = 0.0\n"
    )
    assert "local derivative inf, tangent 2.0" in text


@pytest.mark.parametrize(
    ("f", "point"),
    [
        (lambda x: norm(x), [0.0, 1.0]),
        (lambda x: elu(x[0]), [-1.0]),
        (lambda x: maximum(*x), [1.0, 1.0]),
        (lambda x: x[0] ** x[1], [0.0, 2.0]),
    ],
    ids=["norm", "elu", "maximum", "power"],
)
def test_what_a_rule_does_not_take_is_no_anomaly(f: Callable[..., Any], point: list[float]) -> None:
    with detect_anomaly():
        assert all(math.isfinite(h) for row in hessian(f)(point) for h in row)


def test_a_forward_sweep_on_values_names_the_operation_too() -> None:
    text = _message(
        lambda: jvp(lambda a: jvp(lambda x: sqrt(x) * 3.0, (a,), (1.0,))[1], (0.0,), (1.0,))
    )
    assert text.startswith(
        "the first tangent that is NaN or infinite: inf at v2, the result of sqrt = 0.0\n  operand 1: "
    )
    text = _message(lambda: jvp(lambda x: 1e200 / x, (1e-100,), (1.0,)))
    assert "\n  operand 2: x1, a leaf without label" in text


def test_gradients_that_overflow_as_they_accumulate_are_an_anomaly() -> None:
    x = Value(1.0, label="x")
    y = x * 1.7e308
    y.backward()
    text = _message(y.backward)
    assert text.startswith(
        "the first gradient that is NaN or infinite: inf at 'x' = 1.0\n  .grad was 1.7e+308 before"
    )
    assert x.grad == 1.7e308


def test_inside_a_network_the_line_is_that_of_its_user() -> None:
    nn = pytest.importorskip("nn")
    layer = nn.Layer(1, 2, "relu", seed=0)
    assert "layer([float(" in _message(lambda: layer([float("inf")]))


def test_a_branch_not_taken_is_no_anomaly() -> None:
    x = Value(4.0)
    with detect_anomaly():
        y = where(x > 0.0, sqrt(x), x)
        y.backward()
    assert x.grad == 0.25


def test_outside_the_context_nothing_is_recorded_and_nothing_raised() -> None:
    x = Value(0.0)
    with detect_anomaly():
        watched = x + 1.0
    assert watched._note is not None
    assert "watched = x + 1.0" in watched._note.where
    y = log(x) + 1.0
    y.backward()
    assert (y.data, x.grad, y._note) == (float("-inf"), float("inf"), None)
