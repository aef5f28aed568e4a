"""Kinks, poles, domains, infinities: every row of docs/edge_semantics.md, and the combinations
that stay stable.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import pytest

import autograd_core as ac
from autograd_core import Value, grad, gradients, hessian
from autograd_core.engine.kinks import is_at_kink
from autograd_core.engine.node import edges as edges_of
from nn import losses

from .edge_table import Edge, agrees, edges

EDGES = edges()
rows = pytest.mark.parametrize("edge", EDGES, ids=str)


def test_the_document_holds_every_measured_case() -> None:
    assert len(EDGES) == len(set(map(str, EDGES))) == 147


@rows
def test_the_value_at_an_edge(edge: Edge) -> None:
    got = edge.function(*[Value(x) for x in edge.arguments])
    assert agrees(got.data, edge.value), got
    assert math.copysign(1.0, got.data) == math.copysign(1.0, float(edge.value)) or math.isnan(
        got.data
    )


# Python's own operators raise on floats, or give complex numbers; the functions do not.
CALLS = [edge for edge in EDGES if not set("*/%") & set(edge.expression)]


@pytest.mark.parametrize("edge", CALLS, ids=str)
def test_plain_numbers_give_the_same_value(edge: Edge) -> None:
    assert agrees(edge.function(*edge.arguments), edge.value)


@rows
def test_the_gradient_at_an_edge_in_both_sweeps(edge: Edge) -> None:
    inputs = [Value(x) for x in edge.arguments]
    y = edge.function(*inputs)
    y.backward()
    assert all(map(agrees, [x.grad for x in inputs], edge.gradient)), [x.grad for x in inputs]
    assert all(map(agrees, [g.data for g in gradients(y, inputs)], edge.gradient))
    assert all(map(agrees, _forward(edge), edge.gradient)), _forward(edge)


def _forward(edge: Edge) -> list[float]:
    """The partial derivatives by forward sweeps, each of one argument with the others held."""
    found = []
    for i, x in enumerate(edge.arguments):

        def along(x: Any, i: int = i) -> Any:
            return edge.function(
                *[x if j == i else other for j, other in enumerate(edge.arguments)]
            )

        found.append(ac.jvp(along, (x,), (1.0,))[1])
    return found


@pytest.mark.parametrize("edge", [edge for edge in EDGES if edge.second is not None], ids=str)
def test_the_second_derivatives_at_an_edge(edge: Edge) -> None:
    found = hessian(lambda *xs: edge.function(*xs), argnums=range(len(edge.point)))(*edge.arguments)
    got = [found[i][j] for i in range(len(found)) for j in range(i, len(found))]
    assert edge.second is not None
    assert all(map(agrees, got, edge.second)), got


def test_the_table_says_which_rows_are_at_a_kink() -> None:
    for edge in EDGES:
        y = edge.function(*[Value(x) for x in edge.arguments])
        assert edge.kink == "" if not _meets_a_kink(y) else edge.kink in ("both sides", "nan"), edge
        assert (edge.kink == "nan") <= (edge.second is not None and "nan" in edge.second), edge


def _meets_a_kink(y: Value) -> bool:
    """Whether the graph has a node at a kink, also beyond what is not followed there."""
    pending, seen = [y], set()
    while pending:
        node = pending.pop()
        if is_at_kink(node):
            return True
        seen.add(node)
        pending += [x for x, p in edges_of(node) if p is not None and x not in seen]
    return False


@pytest.mark.parametrize("edge", [edge for edge in EDGES if edge.kink == "both sides"], ids=str)
def test_beside_a_kink_the_second_derivatives_are_those_that_both_sides_share(edge: Edge) -> None:
    n = len(edge.arguments)
    for signs in itertools.product([-1e-7, 1e-7], repeat=n):
        found = hessian(lambda *xs: edge.function(*xs), argnums=range(n))(
            *map(sum, zip(edge.arguments, signs, strict=True))
        )
        got = [found[i][j] for i in range(n) for j in range(i, n)]
        assert edge.second is not None
        assert all(map(agrees, got, edge.second)), (signs, got)


SLOPES: list[tuple[str, Callable[[Any], Any], float, float, float]] = [
    ("ln σ(x) far left", ac.logsigmoid, -1000.0, -1000.0, 1.0),
    ("ln σ(x) far right", ac.logsigmoid, 1000.0, 0.0, 0.0),
    ("ln(1 + eˣ) far right", ac.softplus, 1000.0, 1000.0, 1.0),
    ("ln(1 + eˣ) far left", ac.softplus, -1000.0, 0.0, 0.0),
    ("x ln x at 0, times a constant", lambda x: 3.0 * ac.xlogy(0.0, x), 0.0, 0.0, 0.0),
    ("0 ln y at ±1000", lambda x: ac.xlogy(0.0, x * x), 1000.0, 0.0, 0.0),
    ("ln(eˣ + e¹⁰⁰⁰)", lambda x: ac.logsumexp([x, 1000.0]), 1000.0, 1000.0 + math.log(2.0), 0.5),
    (
        "ln(eˣ + e⁻¹⁰⁰⁰)",
        lambda x: ac.logsumexp([x, -1000.0]),
        -1000.0,
        -1000.0 + math.log(2.0),
        0.5,
    ),
    ("ln Σ exp with one term", lambda x: ac.logsumexp([x]), -1000.0, -1000.0, 1.0),
    ("ln(eˣ + e⁻ˣ)", lambda x: ac.logaddexp(x, -x), 1000.0, 1000.0, 1.0),
    ("softmax, the larger", lambda x: ac.softmax([x, -x])[0], 1000.0, 1.0, 0.0),
    ("softmax, the smaller", lambda x: ac.softmax([x, -x])[1], 1000.0, 0.0, 0.0),
    (
        "binary cross-entropy, right",
        lambda x: losses.binary_cross_entropy_from_logits([x], 1),
        1000.0,
        0.0,
        0.0,
    ),
    (
        "binary cross-entropy, wrong",
        lambda x: losses.binary_cross_entropy_from_logits([x], 1),
        -1000.0,
        1000.0,
        -1.0,
    ),
    (
        "binary cross-entropy, wrong the other way",
        lambda x: losses.binary_cross_entropy_from_logits([x], 0),
        1000.0,
        1000.0,
        1.0,
    ),
    (
        "cross-entropy, right",
        lambda x: losses.cross_entropy_from_logits([x, 0.0], 0),
        1000.0,
        0.0,
        0.0,
    ),
    (
        "cross-entropy, wrong",
        lambda x: losses.cross_entropy_from_logits([x, 0.0], 0),
        -1000.0,
        1000.0,
        -1.0,
    ),
    (
        "norm of huge numbers",
        lambda x: ac.norm([x, 1e200]),
        1e200,
        math.sqrt(2.0) * 1e200,
        math.sqrt(0.5),
    ),
    ("log(1 + x) of a tiny x", ac.log1p, 1e-300, 1e-300, 1.0),
    ("eˣ − 1 of a tiny x", ac.expm1, 1e-300, 1e-300, 1.0),
]


@pytest.mark.parametrize(
    ("f", "x", "value", "slope"), [row[1:] for row in SLOPES], ids=[row[0] for row in SLOPES]
)
def test_a_stable_combination_holds_far_out(
    f: Callable[[Any], Any], x: float, value: float, slope: float
) -> None:
    assert f(Value(x)).data == pytest.approx(value, rel=1e-15, abs=0.0)
    assert grad(f)(x) == pytest.approx(slope, rel=1e-15, abs=0.0)
    assert math.isfinite(grad(grad(f))(x))


@pytest.mark.parametrize("shift", [1000.0, -1000.0, 2.0**40, -(2.0**40)])
def test_shares_keep_their_digits_far_from_0(shift: float) -> None:
    """Σ exp(x) / exp(shift) is not rounded where ln Σ exp(x) is, to 1e-13 of it at 1000."""
    near = [0.0, 1.0, -3.0, 0.25]
    far = [x + shift for x in near]
    shares = [math.exp(x) / math.fsum(map(math.exp, near)) for x in near]
    assert ac.softmax(far) == pytest.approx(shares, rel=1e-15, abs=0.0)
    assert grad(ac.logsumexp)(far) == pytest.approx(shares, rel=1e-15, abs=0.0)
    for i, row in enumerate(hessian(ac.logsumexp)(far)):
        assert row == pytest.approx(
            [shares[i] * ((i == j) - shares[j]) for j in range(4)], rel=1e-14, abs=0.0
        )


def test_the_upper_tail_of_sigmoid_is_the_lower_one_turned_round() -> None:
    for x in (10.0, 40.0, 300.0, 700.0):
        assert grad(ac.sigmoid)(x) == grad(ac.sigmoid)(-x) == pytest.approx(math.exp(-x), rel=1e-4)
        assert grad(ac.tanh)(x / 2.0) == pytest.approx(4.0 * math.exp(-x), rel=1e-3)


def test_a_branch_not_taken_is_not_followed_at_any_order() -> None:
    for safe in (
        lambda x: ac.where(x > 0.0, ac.sqrt(x), 0.0),
        lambda x: ac.maximum(ac.log(x), 3.0),
        lambda x: ac.minimum(ac.sqrt(x), -1.0),
        lambda x: ac.clip(ac.sqrt(x), 0.5, 1.0),
        lambda x: ac.relu(ac.cbrt(x) - 1.0),
    ):
        assert (grad(safe)(0.0), grad(grad(safe))(0.0)) == (0.0, 0.0)


@pytest.mark.parametrize(
    "name",
    [
        "relu",
        "leaky_relu",
        "elu",
        "absolute",
        "softsign",
        "maximum",
        "minimum",
        "clip",
        "hypot",
        "copysign",
    ],
)
def test_at_nan_a_function_with_a_kink_has_no_slope(name: str) -> None:
    others = {
        "maximum": [1.0],
        "minimum": [1.0],
        "hypot": [1.0],
        "copysign": [1.0],
        "clip": [0.0, 1.0],
    }.get(name, [])
    f = getattr(ac, name)
    assert math.isnan(f(math.nan, *others))
    assert math.isnan(grad(f)(math.nan, *others))


def test_bounds_of_clip_receive_the_gradient_where_they_hold() -> None:
    for x, slopes in (
        (0.0, (0.0, 1.0, 0.0)),
        (0.5, (0.0, 1.0, 0.0)),
        (1.0, (1.0, 0.0, 0.0)),
        (3.0, (0.0, 0.0, 1.0)),
    ):
        assert grad(ac.clip, argnums=(0, 1, 2))(x, 0.5, 2.0) == slopes


def test_a_zero_base_has_no_slope_by_its_exponent_but_a_slope_of_its_own() -> None:
    assert grad(ac.Value.__pow__, argnums=(0, 1))(0.0, 1.0) == (1.0, 0.0)
    assert hessian(lambda a, b: a**b, argnums=(0, 1))(2.5, 0.0)[0][1] == pytest.approx(0.4)


def test_operands_that_are_equally_large_share_the_slope() -> None:
    largest = ac.primitives.reductions.largest
    assert grad(lambda x: largest(*x))([2.0, 1.0, 2.0]) == [0.5, 0.0, 0.5]
    assert all(map(math.isnan, grad(lambda x: largest(*x))([2.0, math.nan])))
