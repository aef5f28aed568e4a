"""Compiled functions inside each other, and of Values from outside: what eager code gives, or
an error.
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import (
    BatchGradient,
    Value,
    compiled,
    grad,
    gradients,
    hessian,
    hvp,
    jvp,
    primitive,
    sin,
    sqrt,
    vjp,
    where,
)
from autograd_core.errors import RecordingError

# Inside another.

W, X = np.array([0.5, -0.25]), np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])


@pytest.mark.parametrize("reduce", ["mean", "sum", None])
def test_a_batched_function_inside_another_runs_for_each_sample(reduce: str | None) -> None:
    each = compiled(lambda w, x: ((w * x).sum() - 1.0) ** 2, batched="x", reduce=reduce)
    np.testing.assert_allclose(compiled(lambda w: each(w, X))(W), each(W, X), rtol=1e-15)
    nested = compiled(
        grad(lambda w: ac.sum(each(w, X.tolist())) if reduce is None else each(w, X.tolist()))
    )(W)
    alone = grad(
        lambda w: (
            ac.sum([((w * x).sum() - 1.0) ** 2 for x in X]) * (1 / 3 if reduce == "mean" else 1.0)
        )
    )(W)
    np.testing.assert_allclose(nested, alone, rtol=1e-14)


def test_samples_inside_another_are_equally_many() -> None:
    each = compiled(lambda x, t: x * t, batched=("x", "t"), reduce="sum")
    with pytest.raises(
        ValueError, match=r"same number of samples, at least one; got {'x': 2, 't': 1}"
    ):
        compiled(lambda w: each([w, w], [1.0]))(2.0)
    same = compiled(lambda x: x, batched="x", reduce="sum")
    with pytest.raises(TypeError, match="batched argument 'x' must be an array of numbers"):
        compiled(lambda w: same([w, [w]]))(2.0)
    either = compiled(lambda x: [x] if x > 0.0 else x, batched="x", reduce="sum")
    with pytest.raises(RecordingError, match=r"for one sample and .* for another"):
        compiled(lambda w: either([w, -w]))(2.0)


@pytest.mark.parametrize("derivative", [
    lambda: grad(lambda t: t**3)(2.0),
    lambda: hessian(lambda t: t**3)(2.0),
    lambda: jvp(lambda t: t**3, (2.0,), (1.0,))[1],
    lambda: vjp(lambda t: t**3, 2.0)[1](1.0)[0],
    lambda: hvp(lambda t: t**3, (2.0,), (1.0,))[0],
])  # fmt: skip
def test_a_derivative_at_a_plain_number_is_right_inside_a_compiled_function(
    derivative: Callable[[], Any],
) -> None:
    assert compiled(lambda x: x * derivative())(1.0) == derivative() == 12.0


# Values from outside.


def test_a_gradient_goes_through_a_compiled_function_of_plain_numbers() -> None:
    def inner(w: Any) -> Any:
        return compiled(lambda x: w * x)(2.0)

    def computed(w: Any) -> Any:
        square = w * w
        return compiled(lambda x: square * x)(2.0)

    assert grad(inner)(3.0) == 2.0
    assert (grad(computed)(3.0), hessian(computed)(3.0)) == (12.0, 4.0)
    with ac.no_grad():
        assert type(computed(Value(3.0))) is float


def test_derivatives_of_every_order_go_through_compiled_functions_of_plain_numbers() -> None:
    p = Value(3.0, role="parameter")

    def cubed(w: Any) -> Any:
        return compiled(lambda x: w * w * w * x)(2.0)

    def batched(w: Any) -> Any:
        return compiled(lambda x: w * w * w * x, batched="x", reduce="sum")([0.5, 1.5])

    for f in (cubed, batched):
        assert (grad(f)(3.0), hessian(f)(3.0), grad(grad(grad(f)))(3.0)) == (54.0, 36.0, 12.0)
    slope = grad(lambda w: compiled(lambda x: p * w * w * x)(2.0))(5.0)
    assert (slope.data, gradients(slope, p).data) == (60.0, 20.0)
    given = compiled(lambda x, w: w * w * w * x, batched="x", reduce="sum")
    assert grad(grad(grad(lambda w: given([1.0, 2.0], w))))(2.0) == 18.0


def test_a_batch_of_results_is_one_of_values_where_a_gradient_is_wanted() -> None:
    def total(w: Any) -> Any:
        square = w * w
        return compiled(lambda x: w * x + square, batched="x")(X[:, 0]).sum()

    assert (grad(total)(3.0), hessian(total)(3.0)) == (9.0 + 18.0, 6.0)
    with ac.no_grad():
        assert compiled(lambda x: x, batched="x")(X[:, 0]).dtype == float


def test_a_gradient_goes_through_a_compiled_function_in_another_thread() -> None:
    def f(w: Any) -> Any:
        g = compiled(lambda x: w * x)
        with ThreadPoolExecutor(1) as pool:
            return g(1.0) + pool.submit(g, 2.0).result()

    assert grad(f)(5.0) == 3.0


def test_a_compiled_node_is_differentiated_inside_another_recording() -> None:
    both, w = compiled(lambda x, w: [w * x, w * w * x]), Value(2.0)
    first, second = both(3.0, w)
    assert compiled(lambda s: gradients(first, w) * s)(1.0) == 3.0
    assert compiled(lambda s: gradients(second, w) * s)(1.0) == 12.0
    total = compiled(lambda x, w: w * w * x, batched="x", reduce="sum")([1.0, 2.0], w)
    assert compiled(lambda s: gradients(total, w) * s)(1.0) == 12.0


def test_a_parameter_from_outside_leaves_plain_numbers_plain() -> None:
    w = Value(3.0, role="parameter")
    assert type(compiled(lambda x: w * x)(2.0)) is float


@pytest.mark.filterwarnings("ignore:.*different paths.*")
def test_a_path_that_runs_uncompiled_has_its_gradient() -> None:
    table = [Value(float(i)) for i in range(40)]

    def pick(x: Any) -> Any:
        return next(v * x for i, v in enumerate(table) if x < i + 0.5)

    picked = compiled(pick)
    for i in range(40):
        picked(float(i))
    x = Value(38.0)
    picked(x).backward()
    assert (x.grad, table[38].grad) == (38.0, 38.0)


def test_no_infinity_comes_through_an_argument_that_had_no_part() -> None:
    def chosen(a: Any, b: Any) -> Any:
        return a if a > 0 else b

    fast = compiled(chosen)
    assert (
        grad(lambda t: fast(1.0 + t, sqrt(t)))(0.0)
        == grad(lambda t: chosen(1.0 + t, sqrt(t)))(0.0)
        == 1.0
    )


def test_higher_derivatives_go_through_a_reduced_batch() -> None:
    cost = compiled(lambda w, x: (w * x) ** 2, batched="x", reduce="mean")
    w = Value(3.0)
    assert grad(grad(lambda w: cost(w, [1.0, 2.0])))(3.0) == 5.0
    assert hvp(lambda w: cost(w, [1.0, 2.0]), (3.0,), (1.0,)) == (5.0,)
    assert gradients(cost(w, [1.0, 2.0]), w).data == 15.0


# What is no part of a program.


def test_a_copy_inside_a_compiled_function_is_read_anew() -> None:
    changed = compiled(lambda state: {**copy.deepcopy(state), "n": copy.copy(state["n"]) + 1.0})
    assert changed({"x": 1.0, "n": 0.0}) == {"x": 1.0, "n": 1.0}
    assert changed({"x": 5.0, "n": 3.0}) == {"x": 5.0, "n": 4.0}


def test_a_shallow_copy_inside_a_compiled_function_keeps_its_past() -> None:
    def f(x: Any) -> Any:
        return copy.copy(x * x)

    assert compiled(grad(f))(3.0) == grad(compiled(f))(3.0) == grad(f)(3.0) == 6.0


@pytest.mark.parametrize("leaves", [pickle.dumps, lambda x: (x * x).partials])
def test_numbers_that_leave_a_recording_are_refused(leaves: Callable[[Any], Any]) -> None:
    with pytest.raises(RecordingError, match="asked a Value for its plain number"):
        compiled(leaves)(2.0)


def in_a_thread(f: Callable[..., Any], *given: Any) -> Any:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(f, *given).result()


ELSEWHERE: dict[str, Callable[[Any], Any]] = {
    "computed": lambda x: in_a_thread(lambda: x * x),
    "computed of what was computed": lambda x: ac.sum([in_a_thread(ac.sin, x * x), x]),
    "read": lambda x: x * in_a_thread(x.item),
    "read as text": lambda x: x * float(in_a_thread(lambda: f"{x * 2.0:.3f}")),
    "read of what was computed there": lambda x: x * in_a_thread(lambda: (x * x + 1.0).data),
    "compared": lambda x: x * in_a_thread(lambda: 2.0 if x > 0 else 3.0),
    "compared with a Value": lambda x: x * in_a_thread(lambda: max([x, Value(1.0)]) is x),
    "a condition": lambda x: x * in_a_thread(bool, x > 0),
    "differentiated": lambda x: ac.gradients(in_a_thread(ac.exp, x), [x])[0],
    "differentiated there": lambda x: (lambda y: in_a_thread(ac.gradients, y, [x])[0])(x * x),
    "a derivative there": lambda x: in_a_thread(grad(lambda z: z * z * x), x),
}


@pytest.mark.parametrize("use", ELSEWHERE)
def test_what_another_thread_computes_or_reads_is_refused(use: str) -> None:
    for f in (ELSEWHERE[use], ac.value_and_grad(ELSEWHERE[use])):
        with pytest.raises(RecordingError, match="another thread") as told:
            compiled(f)(2.0)
        assert "was kept" not in str(told.value)


def test_what_another_thread_computes_has_a_derivative_that_needs_only_its_operands() -> None:
    slope = compiled(grad(lambda x: in_a_thread(lambda: x * x)))
    assert [slope(x) for x in (2.0, -3.0)] == [4.0, -6.0]


def test_another_thread_may_use_what_a_recording_reads_from_outside() -> None:
    w = Value(2.0)
    y = w * w

    def f(x: Any) -> Any:
        assert in_a_thread(lambda: (w > 1.0, (y * 3.0).item(), w.data)) == (True, 12.0, 2.0)
        return x * w * in_a_thread(lambda: Value(3.0).item())

    assert compiled(f)(5.0) == 30.0
    step = ac.BatchGradient(f, [w])
    assert step(step.rows([1.0, 3.0]))[0] == 12.0
    assert step.gradient.tolist() == [6.0]


def test_a_value_that_was_kept_has_no_derivative() -> None:
    w, kept = Value(3.0), []

    def keeping(x: Any) -> Any:
        kept.append(w * x + sin(x) * 2.0)
        return kept[-1] * 2.0

    compiled(keeping)(2.0)
    for look in (lambda: kept[0].backward(), lambda: kept[0].partials):
        with pytest.raises(RecordingError, match="after it had ended"):
            look()
    with pytest.raises(RecordingError, match="after it had ended"):
        grad(lambda t: t * gradients(kept[0], w))(1.0)
    _, pull = compiled(lambda x: vjp(lambda t: t**3, x))(2.0)
    with pytest.raises(RecordingError, match="after it had ended"):
        pull(1.0)


def test_two_rows_that_one_function_made_do_not_share_a_name() -> None:
    def scaled(k: float) -> Any:
        return primitive("scaled", compute=lambda x: k * x, partials=lambda y, x: k)

    scaled(2.0)
    with pytest.raises(ValueError, match="already has a row 'scaled'"):
        scaled(3.0)


# Numbers.


def test_arrays_of_integers_and_truth_values_are_numbers() -> None:
    inverse = compiled(lambda x: [1.0 / -t for t in x])
    assert inverse(np.array([0])) == inverse(np.array([0.0])) == inverse([0]) == [-np.inf]
    assert [type(y) for y in compiled(lambda x: [x[0], x[1] * 2.0])(np.array([True, False]))] == [
        float,
        float,
    ]
    powered = compiled(lambda x: x[0] ** 2 * x[0] ** 18)
    assert powered(np.array([10**18, 1])) == powered([1e18, 1.0]) == np.inf
    with pytest.raises(TypeError, match="an entry of argument 0 must be a real number, got 1j"):
        compiled(grad(lambda x: (x * x).sum()))(np.array([1j, 2.0]))


def test_a_truth_value_that_is_computed_with_is_a_number() -> None:
    def f(x: Any, y: Any) -> Any:
        return (
            where((x > 0) ^ (y > 0), x, y),
            (x > 0) * (y > 0),
            (x > 0) + ((x < y) | (y > 0)),
            x > y,
        )

    fast = compiled(f)
    for x, y in ((2.0, 1.0), (2.0, -1.0), (-1.0, 3.0), (-2.0, -1.0)):
        eager = [z.data if isinstance(z, Value) else float(z) for z in f(Value(x), Value(y))]
        assert list(fast(x, y)) == eager
        assert {type(z) for z in fast(x, y)} == {float}
    assert type(compiled(grad(lambda x: (x > 0) * x))(2.0)) is float
    assert compiled(lambda float: (float > 0) * 2.0 + ((float > 0) & (float < 4)))(3.0) == 3.0


@pytest.mark.parametrize("total", [ac.sum, lambda xs: ac.dot(xs, xs)])
def test_a_long_sum_over_a_narrow_program_is_no_matter_of_recursion(
    total: Callable[[Any], Any],
) -> None:
    def states(x: Any) -> Any:
        found = [x]
        for _ in range(3_000):
            found.append(sin(found[-1]))
        return total(found)

    assert compiled(states)(0.3) == pytest.approx(states(Value(0.3)).data, rel=1e-13)


# Batches and texts.


def test_a_batch_must_fit_its_program() -> None:
    w = Value(2.0)
    batch = BatchGradient(lambda x, t: (w * x - t) ** 2, [w])
    with pytest.raises(RecordingError, match="nothing is recorded yet"):
        batch.step(np.ones((2, 1)))
    with pytest.raises(TypeError, match="needs the samples"):
        batch.rows()
    batch.rows([1.0, 2.0], [0.0, 0.0])
    with pytest.raises(
        ValueError, match="recorded for samples of a number, a number; got samples of a number"
    ):
        batch.rows([1.0, 2.0])
    with pytest.raises(ValueError, match=r"got samples of \[a number, a number\], a number"):
        batch.rows([[1.0, 3.0], [2.0, 3.0]], [0.0, 0.0])


def test_a_batched_argument_is_one_argument() -> None:
    with pytest.raises(ValueError, match=r"batched names \['xs'\]"):
        compiled(lambda *xs: xs[0], batched="xs")


def test_the_text_of_a_program_is_that_of_the_passes_that_run() -> None:
    weights = [[0.1 * i + j for i in range(16)] for j in range(2)]
    layer = compiled(lambda x: [ac.dot(w, x) for w in weights], without=["find_matmuls"])
    layer([1.0] * 16)
    assert "@" not in layer.program.source("numpy")
    parameters = [Value(w, role="parameter") for w in weights[0]]
    batch = BatchGradient(lambda x: ac.dot(parameters, x), parameters, without=["find_matmuls"])
    batch.rows([[1.0] * 16] * 2)
    assert batch.executable is not None
    assert batch.executable.program.without == {"find_matmuls"}
