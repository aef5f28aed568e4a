"""A compiled function gives what the function gives, at every point: up to rounding, with the same
special values.

`python -m pytest tests/compiler --hypothesis-profile=thorough` runs two thousand examples of each
random test.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import autograd_core as ac
from autograd_core import Value, grad, hessian, jacobian, jvp, value_and_grad
from autograd_core.compiler.api import compiled
from autograd_core.compiler.pipeline import optional_passes

from .backends import ALL_ARRAY_BACKENDS, ARRAY_BACKENDS, BACKENDS, forced
from .rounding import Bounds, agree
from .slots import recorded
from .wild import BRANCHES, OPERATIONS, Wild, points, wild

TRANSFORMS: dict[str, Callable[[Wild], Callable[[list[Any]], Any]]] = {
    "value": lambda w: w.both,
    "gradient": lambda w: grad(w),
    "value and gradient": lambda w: value_and_grad(w),
    "Jacobian": lambda w: jacobian(w.both),
    "Hessian": lambda w: hessian(w),
    "gradient of the gradient": lambda w: grad(lambda xs: grad(w)(xs)[0]),
}
kinds = pytest.mark.parametrize("kind", TRANSFORMS)
PASSES = [*[(name,) for name in optional_passes()], tuple(optional_passes())]


def flat(x: Any) -> list[Any]:
    """The numbers of a nested result; of a batch, an array over the samples for each."""
    if isinstance(x, list | tuple):
        return [y for part in x for y in flat(part)]
    return [x._number if isinstance(x, Value) else x]


def eagerly(
    f: Callable[[list[Any]], Any], kind: str, xs: Sequence[float]
) -> tuple[list[float], list[float]]:
    """The results of a plain call, and how far rounding may move each."""
    given_as = (
        [Value(x) for x in xs] if kind == "value" else list(xs)
    )  # Python's own operators raise on floats
    try:
        results = [float(y) for y in flat(f(given_as))]
    except ArithmeticError:  # parts that do not depend on a Value are plain Python, which raises
        assume(False)
    except TypeError as error:
        if "complex" not in str(error):  # or gets complex
            raise
        assume(False)
    bounds = Bounds(recorded(lambda *leaves: f(list(leaves)), xs, strict=True))
    assume(bounds.decided)
    return results, bounds.outputs


def assert_agree(got: list[float], wanted: list[float], errors: list[float], about: Any) -> None:
    assert len(got) == len(wanted)
    for k, (x, y, error) in enumerate(zip(got, wanted, errors, strict=True)):
        assert agree(x, y, error), f"number {k}: got {x!r}, wanted {y!r} ± {error:.1e}, of {about}"


@pytest.mark.slow
@kinds
@pytest.mark.parametrize("backend", BACKENDS)
@given(w=wild(), xs=points())
def test_a_compiled_function_gives_what_the_function_gives(
    kind: str, backend: str, w: Wild, xs: tuple[float, ...]
) -> None:
    f = TRANSFORMS[kind](w)
    wanted, errors = eagerly(f, kind, xs)
    with forced(backend):
        assert_agree(flat(compiled(f)(list(xs))), wanted, errors, (w, xs))


@pytest.mark.slow
@pytest.mark.parametrize("without", PASSES, ids=lambda names: "without " + " and ".join(names))
@given(
    w=wild(),
    xs=points(),
    kind=st.sampled_from(sorted(TRANSFORMS)),
    backend=st.sampled_from(BACKENDS),
)
def test_every_pass_can_be_left_out(
    without: tuple[str, ...], w: Wild, xs: tuple[float, ...], kind: str, backend: str
) -> None:
    f = TRANSFORMS[kind](w)
    wanted, errors = eagerly(f, kind, xs)
    with forced(backend):
        assert_agree(flat(compiled(f, without=without)(list(xs))), wanted, errors, (w, xs))


@given(w=wild(length=5), first=points(), second=points(), backend=st.sampled_from(BACKENDS))
def test_a_program_holds_at_other_points_than_the_recorded_one(
    w: Wild, first: tuple[float, ...], second: tuple[float, ...], backend: str
) -> None:
    f = value_and_grad(w)
    wanted, errors = eagerly(f, "gradient", second)
    with forced(backend):
        program = compiled(f)
        program(list(first))
        assert_agree(flat(program(list(second))), wanted, errors, (w, first, second))


STRAIGHT = sorted(set(OPERATIONS) - set(BRANCHES))


@pytest.mark.slow
@pytest.mark.parametrize("reduce", [None, "sum", "mean"])
@given(
    w=wild(length=5),
    shared=points(2),
    samples=st.lists(points(2), min_size=1, max_size=4),
    kind=st.sampled_from(sorted(TRANSFORMS)),
    without=st.sampled_from([(), *PASSES]),
    backend=st.sampled_from(ARRAY_BACKENDS),
)
def test_a_batch_is_the_loop_over_its_samples(
    reduce: str | None,
    w: Wild,
    shared: tuple[float, ...],
    samples: list[tuple[float, ...]],
    kind: str,
    without: tuple[str, ...],
    backend: str,
) -> None:
    f = TRANSFORMS[kind](w)
    single = [eagerly(f, kind, (*shared, *sample)) for sample in samples]
    if (
        reduce is not None
    ):  # Σ w · x is computed as w · Σ x: an infinite w times a zero is nan in the loop alone
        program = recorded(lambda *leaves: f(list(leaves)), (*shared, *samples[0]), {2, 3})
        known = zip(program.recorded, program.batched, program.rows, strict=True)
        assume(all(math.isfinite(x) for x in shared))
        assume(all(batched or row is None or math.isfinite(x) for x, batched, row in known))
    batch = compiled(lambda s, x: f([*s, *x]), batched="x", reduce=reduce, without=without)
    with forced(backend):
        got = flat(batch(list(shared), [list(sample) for sample in samples]))
    columns = list(zip(*[results for results, _ in single], strict=True))
    errors = list(zip(*[bounds for _, bounds in single], strict=True))
    if reduce is None:
        for j, (column, bounds) in enumerate(zip(columns, errors, strict=True)):
            assert_agree(
                [float(y) for y in got[j]], list(column), list(bounds), (j, w, shared, samples)
            )
        return
    parts = len(samples) if reduce == "mean" else 1
    rounding = [
        1e-15 * len(samples) * sum(abs(y) for y in column if math.isfinite(y)) for column in columns
    ]
    totals = [sum(column) / parts for column in columns]
    bounds = [sum(own) + extra for own, extra in zip(errors, rounding, strict=True)]
    assert_agree([float(y) for y in got], totals, bounds, (w, shared, samples))


@pytest.mark.slow
@given(data=st.data(), backend=st.sampled_from(BACKENDS))
def test_sums_of_random_products_are_found_in_any_order(data: st.DataObject, backend: str) -> None:
    """Linear algebra in disguise: sums over random pairs of few variables, where most faults of
    a product search show.
    """
    count = data.draw(st.integers(1, 5))
    factor = st.integers(0, 2 * count)
    term = st.tuples(st.sampled_from([1.0, 1.0, -1.0, 2.0, 0.0, -0.5]), factor, factor)
    sums = data.draw(st.lists(st.lists(term, min_size=1, max_size=5), min_size=1, max_size=8))

    def f(xs: list[Any]) -> list[Any]:
        values = [*xs, 1.0]
        return [ac.sum([c * values[i] * values[j] for c, i, j in terms]) for terms in sums]

    xs = [0.5 + 0.75 * k for k in range(2 * count)]
    wanted = flat(f([Value(x) for x in xs]))
    with forced(backend):
        got = compiled(f)(xs)
    assert got == pytest.approx(wanted, rel=1e-12, abs=1e-12)
    half = xs[count:]
    rows = [half, [2.0 * x for x in half]]
    for reduce in (None, "sum"):
        batch = compiled(lambda s, x: f([*s, *x]), batched="x", reduce=reduce)
        own = np.array(
            [flat(f([Value(x) for x in [*xs[:count], *row]])) for row in rows], dtype=float
        )
        together = own.sum(0) if reduce else own.T
        with forced(backend):
            got = np.array(batch(xs[:count], rows))
        assert np.allclose(got, together, rtol=1e-12, atol=1e-12), (sums, reduce)


@pytest.mark.parametrize("x", [-math.inf, -0.0])
def test_a_power_of_one_half_is_no_root(x: float) -> None:
    with forced("numpy"):
        assert math.copysign(1.0, compiled(lambda x: x**0.5)(x)) == 1.0
        assert not math.isnan(compiled(lambda x: x**0.5, batched="x")([x, 1.0, x])[-1])


def test_a_branch_not_taken_stays_so_where_the_mask_is_simplified_away() -> None:
    """∂floor = 0 on both sides of the selection, which so is no instruction of the program: 0 ·
    (1/x)′ is left at 0.
    """
    f = hessian(lambda xs: ac.floor(ac.where(xs[0] > 0.0, xs[0] / xs[1], xs[0])))
    assert compiled(f)([0.0, 0.0]) == f([0.0, 0.0]) == [[0.0, 0.0], [0.0, 0.0]]
    assert not np.any(compiled(f, batched=["xs"])([[0.0, 0.0], [1.0, 2.0]]))


def test_the_zero_below_an_elu_keeps_its_sign() -> None:
    f = grad(lambda x: ac.log(ac.elu(x)))
    with forced("numpy"):
        assert [compiled(f)(x) for x in (0.0, -0.0)] == [f(0.0), f(-0.0)] == [math.inf, -math.inf]


@pytest.mark.parametrize("without", [[], ["find_matmuls"]], ids=["with products", "without"])
def test_one_row_many_times_counts_as_often(without: list[str]) -> None:
    """A reduction over one value of each sample, and a long sum in which one stands beside many
    weights.
    """
    w, x = list(np.linspace(-1.0, 1.5, 20)), [1.0, 2.0, -3.0]
    for f in (
        lambda w, x: ac.norm([x, x, x]),
        lambda w, x: ac.prod([x, x, x]),
        lambda w, x: ac.logsumexp([x] * 4),
        lambda w, x: ac.sum([a * x for a in w]),
        lambda w, x: ac.sum([a * x for a in w] + [x * x, ac.exp(x) * x]),
    ):
        batch = compiled(f, batched="x", without=without)
        np.testing.assert_allclose(batch(w, x), [float(f(w, Value(y)).data) for y in x], rtol=1e-13)


@pytest.mark.parametrize("backend", ALL_ARRAY_BACKENDS)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_sum_is_not_written_over_a_factor_that_is_read_later(backend: str, count: int) -> None:
    def f(x: Any) -> Any:
        plain = [ac.exp(x), ac.sin(x), ac.log1p(x)][:count]
        return ac.exp(ac.sum([*plain, ac.tanh(x) * ac.cos(x)]))

    xs = np.linspace(0.1, 1.0, 7)
    with forced(backend):
        found = compiled(f, batched="x")(xs)
    np.testing.assert_allclose(found, [f(Value(x)).data for x in xs], rtol=1e-13)


def test_zero_times_nan_is_nan_also_in_a_product_of_one_factor() -> None:
    f = lambda w, x: [w * x, w * (x + 1.0)]
    with np.errstate(invalid="ignore"):
        found = compiled(f, batched="x", reduce="sum")(0.0, [math.nan, 1.0])
        one = compiled(grad(lambda w, x: (w[0] + w[1]) * x), batched="x", reduce="sum")(
            [0.0, 1.0], [math.nan]
        )
    assert [math.isnan(y) for y in [*found, *one]] == [True] * 4


def test_the_forward_sweep_of_a_program_leaves_out_what_has_no_slope() -> None:
    f = lambda x: jvp(lambda a: ac.where(a > 0.0, a * a, 0.0), (x,), (1.0,))[1]
    assert [compiled(f)(x) for x in (2.0, -1.0)] == [f(2.0), f(-1.0)] == [4.0, 0.0]
