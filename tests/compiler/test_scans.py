"""Scans: loops that are one instruction of a program. They give what the rounds give one by one."""

from __future__ import annotations

import math
import os
import pickle
import random
import tracemalloc
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_core import (
    Value,
    compiled,
    fori_loop,
    grad,
    hessian,
    jacobian,
    jvp,
    maximum,
    relu,
    scan,
    sin,
    sqrt,
    tanh,
    value_and_grad,
    where,
)
from autograd_core.compiler.ir.scans import has_scans, without_scans

from .loops import STEPS, numbers, scans_in, step

ROUNDS = 12


def check(f: Callable[..., Any], *args: Any, scans: bool = True, **options: Any) -> Any:
    """The compiled function, which gives what the plain one gives: by scans, and by the rounds."""
    fast = compiled(f, **options)
    want, found = numbers(f(*args)), numbers(fast(*args))
    assert found == pytest.approx(want, rel=1e-12, abs=1e-13, nan_ok=True)
    assert bool(scans_in(fast)) == scans
    for program in fast.programs:
        given = [program.recorded[i] for i in program.inputs]
        values, rounds = program.evaluate(given), without_scans(program)
        assert not has_scans(rounds)
        written = rounds.evaluate(given)
        assert numbers([written[i] for i in rounds.outputs]) == pytest.approx(
            [values[i] for i in program.outputs], rel=1e-12, abs=1e-13, nan_ok=True
        )
    return fast


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(step, step, step, st.booleans(), st.booleans(), st.booleans(), st.integers(0, 3))
def test_random_steps_have_the_values_and_derivatives_of_plain_loops(
    p: int, q: int, y: int, reverse: bool, checkpoint: bool, own: bool, read: int
) -> None:
    xs = [0.1 * k - 0.4 for k in range(ROUNDS)]

    def f(v: list[Any]) -> Any:
        a, b, r, *own_xs = v

        def one(s: Any, x: Any) -> Any:
            now = (s[0], s[1], x, r)
            return (STEPS[p](*now), STEPS[q](*now)), STEPS[y](*now)

        (a, b), ys = scan(one, (a, b), own_xs if own else xs, None, reverse, checkpoint)
        results = [a, b, ys[3] * ys[0], sum(ys, 0.0)]
        return results[read] + 0.5 * a * b

    at = [0.4, -0.3, 0.9, *(xs if own else [])]
    for derived in (f, value_and_grad(f), hessian(f)):
        fast, want = compiled(derived), numbers(derived(at))
        assert numbers(fast(at)) == pytest.approx(want, rel=1e-9, abs=1e-11)
        other = [x + 0.05 for x in at]
        assert numbers(fast(other)) == pytest.approx(numbers(derived(other)), rel=1e-9, abs=1e-11)
        assert len(fast.programs) == 1


def test_a_step_is_called_twice_whatever_the_number_of_rounds() -> None:
    calls, writing = os.pipe()  # a count that is no state of Python's

    def f(x: Any, r: Any) -> Any:
        def step(s: Any, _: Any) -> Any:
            os.write(writing, b"1")
            return s * r, None

        return scan(step, x, length=100)[0]

    check(value_and_grad(f), 1.0, 0.99)
    os.read(calls, 1000)
    fast = compiled(value_and_grad(f))
    assert fast(1.0, 0.99) == value_and_grad(f)(1.0, 0.99)
    assert len(os.read(calls, 1000)) == 102
    os.close(calls)
    os.close(writing)
    assert len(fast.program) < 20


def test_scans_in_scans() -> None:
    def f(x: Any, r: Any) -> Any:
        def inner(s: Any, k: Any) -> Any:
            return 0.9 * s + 0.01 * k * sin(s) * r, s

        def outer(i: Any, s: Any) -> Any:
            end, ys = scan(inner, s[0], [1.0 * k for k in range(11)])
            return [end + 0.1 * s[1], ys[3] * 0.5 + s[1] * r]

        return sum(fori_loop(0, 13, outer, [x, 1.0]))

    fast = check(f, 0.7, 0.4)
    assert scans_in(fast) == 2
    check(value_and_grad(f, (0, 1)), 0.7, 0.4)
    check(hessian(lambda v: f(*v)), [0.7, 0.4])
    check(grad(grad(grad(f))), 0.7, 0.4)


def test_the_number_of_the_round_is_a_number() -> None:
    check(grad(lambda x: fori_loop(1, 15, lambda i, s: s + x**i / i, 0.0)), 0.5)


def test_the_numbers_of_the_rounds_take_no_memory() -> None:
    f = compiled(lambda x: fori_loop(3, 2_000_000, lambda i, s: s * 0.5 + 1.0 / i, x))
    tracemalloc.start()
    try:
        assert f(1.0) == pytest.approx(1e-6, rel=1e-5)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    (program,) = f.programs
    (scan_row,) = [row for row in program.rows if hasattr(row, "scan")]
    (numbers_of,) = scan_row.scan.tables
    assert [*numbers_of[:3]] == [3.0, 4.0, 5.0]
    assert numbers_of[-1] == 1_999_999.0
    assert len(pickle.dumps(numbers_of)) < 200
    assert most < 120e6


def test_a_loop_in_a_loop_may_read_the_state_of_the_outer_one() -> None:
    def f(x: Any, r: Any) -> Any:
        def one(s: Any, y: Any) -> Any:
            inner, _ = scan(lambda t, _: (t * r + 0.1 * s[1], None), s[0] * y, None, 11)
            return (s[1], inner), s[0]

        (a, b), ys = scan(one, (x, r), [0.1 * k for k in range(12)])
        return a * b + ys[3]

    assert scans_in(check(f, 0.5, 0.7)) == 2
    assert scans_in(check(value_and_grad(f, (0, 1)), 0.5, 0.7)) == 5


@pytest.mark.parametrize(
    "body",
    [
        lambda i, s: s + [1.0, 2.0, 4.0, 8.0][i % 4],
        lambda i, s: s * 2.0 if i % 3 == 0 else s + 1.0,
        lambda i, s: s + (i & 1),
        lambda i, s: s + math.comb(12, i),
        lambda i, s: s + float(str(i)),
        lambda i, s: s + len([None] * i),
        lambda i, s: s + {0: 1.0}.get(i, 0.5),
    ],
    ids=["index", "branch", "bits", "comb", "text", "length", "key"],
)
def test_a_body_that_needs_the_number_as_an_integer_is_recorded_round_by_round(body: Any) -> None:
    check(lambda x: fori_loop(0, 12, body, x), 1.5, scans=False)


def test_what_changes_from_round_to_round_is_recorded_round_by_round() -> None:
    def counting(x: Any) -> Any:
        count = 0

        def step(s: Any, _: Any) -> Any:
            nonlocal count
            count += 1
            return s * x + count, None

        return scan(step, x, length=12)[0]

    def longer(x: Any) -> Any:
        return sum(scan(lambda s, _: ([*s, s[-1] * x], None), [x], length=12)[0])

    def mixed(x: Any) -> Any:
        xs = [[1.0], [2.0, 3.0], *[[4.0]] * 10]
        return scan(lambda s, x: (s + sum(x, 0.0), None), x, xs)[0]

    for f in (counting, longer, mixed):
        check(f, 0.9, scans=False)
        check(grad(f), 0.9, scans=False)


def test_a_value_that_leaves_its_round_is_recorded_round_by_round() -> None:
    def f(x: Any) -> Any:
        path: list[Any] = []

        def step(s: Any, _: Any) -> Any:
            path.append(s * s)
            return s * 1.1, None

        end, _ = scan(step, x, length=12)
        return end + path[5] + path[-1]

    check(f, 0.9, scans=False)
    check(value_and_grad(f), 0.9, scans=False)

    def counted(x: Any) -> Any:
        path: list[Any] = []

        def step(s: Any, _: Any) -> Any:
            path.append(s)
            return s * 1.1, None

        return scan(step, x, length=12)[0] / len(path)

    check(counted, 0.9, scans=False)


def test_branches_that_all_rounds_take_alike_are_one_guard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("autograd_core.compiler.running.PATIENCE", 0.0)  # new paths at once

    def f(x: Any, r: Any) -> Any:
        def step(s: Any, _: Any) -> Any:
            return (s * r if s > 0.1 else s + r), None

        return scan(step, x, length=20)[0]

    fast = check(value_and_grad(f, (0, 1)), 5.0, 0.9)
    assert len(fast.programs) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of the third path
        for x, r in [(4.0, 0.95), (0.3, 0.7), (0.01, 0.02), (6.0, 0.9), (0.3, 0.7)] * 150:
            found, want = fast(x, r), value_and_grad(f, (0, 1))(x, r)
            assert numbers(found) == pytest.approx(numbers(want), rel=1e-12)
    check(f, 0.3, 0.7, scans=False)  # the rounds part
    assert not scans_in(fast)  # and so each round is recorded from now on


def test_branches_in_loops_in_loops() -> None:
    def f(x: Any, r: Any) -> Any:
        def inner(s: Any, _: Any) -> Any:
            return (s * r if s > 0.1 else s + r), None

        def outer(s: Any, k: Any) -> Any:
            return scan(inner, s + k, length=11)[0], s

        end, ys = scan(outer, x, [0.5] * 12)
        return end + ys[3]

    fast = check(value_and_grad(f, (0, 1)), 2.0, 0.95)
    assert fast(3.0, 0.9)[0] == pytest.approx(f(3.0, 0.9))
    assert len(fast.programs) == 1
    assert fast(0.2, 0.5)[0] == pytest.approx(f(0.2, 0.5))


def test_what_is_detached_in_a_step_gets_no_gradient() -> None:
    def detached(x: Any) -> Any:
        return scan(lambda s, _: (s * x.detach() + 0.1 * s.detach(), None), x, length=12)[0]

    def outside(x: Any) -> Any:
        fixed = x.detach()
        return scan(lambda s, _: (s * fixed, None), x, length=12)[0]

    for f, scans in ((detached, False), (outside, True)):
        check(grad(f), 0.9, scans=scans)


def recurrent(w: list[list[Any]], xs: list[Any]) -> Any:
    def step(s: list[Any], x: Any) -> Any:
        after = [tanh(sum([a * b for a, b in zip(row, s, strict=True)]) + x) for row in w]
        return after, after[0] * after[1]

    end, ys = scan(step, [0.0] * len(w), xs)
    return sum(end) + ys[4] * ys[-1]


@pytest.mark.slow
def test_array_programs_run_the_rounds_one_after_the_other() -> None:
    numpy = pytest.importorskip("numpy")
    w = numpy.random.default_rng(0).normal(size=(5, 5)) / 3.0
    xs = numpy.sin(numpy.arange(14.0))
    for derived in (recurrent, value_and_grad(recurrent, (0, 1)), hessian(recurrent)):
        fast = compiled(derived, backend="numpy")
        want, found = [numbers(f(w.tolist(), xs.tolist())) for f in (derived, fast)]
        assert found == pytest.approx(want, rel=1e-11, abs=1e-13)
        assert scans_in(fast)
    text = compiled(recurrent, backend="numpy")
    text(w, xs)
    assert "# each of the 14 rounds of %" in text.program.source("numpy")
    assert "# segment 2 of 2" in text.program.passes("numpy")["find_matmuls"]


def test_a_first_round_of_another_structure_is_recorded_by_itself() -> None:
    numpy = pytest.importorskip("numpy")
    start = numpy.array([0.5, -0.2])

    def f(x: Any) -> Any:
        return sum(scan(lambda s, _: ([s[0] * 0.9 + s[1], sin(s[0])], None), x, length=12)[0])

    fast = compiled(value_and_grad(f))
    value, slope = fast(start)
    want, slopes = value_and_grad(f)(start)
    assert value == pytest.approx(want)
    assert slope == pytest.approx(slopes)
    assert scans_in(fast)


def test_kinks_in_a_step() -> None:
    def f(w: Any) -> Any:
        return scan(lambda s, x: (relu(w * s + x) + 0.1 * s, None), 0.5, [0.3, -0.8] * 6)[0]

    check(grad(f), 0.7)
    check(grad(f), 0.0)
    check(grad(grad(f)), 0.7, scans=False)  # a second derivative must know of each kink
    ties = grad(lambda w: scan(lambda s, x: (maximum(s, w), None), w, length=12)[0])
    check(ties, 0.3)


def test_a_branch_not_taken_in_a_step_gives_no_nan() -> None:
    def f(x: Any) -> Any:
        def step(s: Any, c: Any) -> Any:
            return where(s * c > 0.0, sqrt(s * c), 0.0) + 0.5, None

        return scan(step, x, [0.0, 1.0] * 6)[0]

    check(value_and_grad(f), 1.5)


def test_special_values_go_through_a_loop_as_through_a_plain_one() -> None:
    def f(x: Any, y: Any) -> Any:
        return scan(
            lambda s, k: (s / y + 1.0 / (k * x - 3.0), None), x, [1.0 * k for k in range(12)]
        )[0]

    fast = check(value_and_grad(f), 1.0, 2.0)
    for x, y in [(1.0, 0.0), (math.inf, 2.0), (math.nan, 1.0), (0.0, 0.0), (1e300, 1e-300)]:
        assert numbers(fast(x, y)) == pytest.approx(numbers(value_and_grad(f)(x, y)), nan_ok=True)


def test_derivatives_inside_a_step() -> None:
    def newton(a: Any) -> Any:
        def step(x: Any, _: Any) -> Any:
            y, slope = value_and_grad(lambda z: z**3 - a)(x)
            return x - y / slope, None

        return scan(step, 1.5, length=12)[0]

    fast = check(value_and_grad(newton), 5.0)
    assert fast(5.0)[0] == pytest.approx(5.0 ** (1 / 3))
    check(grad(grad(newton)), 5.0)


def test_other_derivatives_of_loops() -> None:
    def f(x: Any, r: Any) -> Any:
        return scan(lambda s, _: (s * r + 0.1 * sin(s), s), x, length=12)[1][::4]

    check(jacobian(f, (0, 1)), 0.5, 0.9)
    check(lambda x, r: jvp(f, (x, r), (1.0, 2.0)), 0.5, 0.9, scans=False)


def test_values_from_outside_are_operands_of_the_loop() -> None:
    w = Value(0.9, "w")
    fast = compiled(lambda x: scan(lambda s, _: (s * w, None), x, length=12)[0])
    assert fast(2.0) == pytest.approx(2.0 * 0.9**12)
    w.data = 0.5
    assert fast(2.0) == pytest.approx(2.0 * 0.5**12)
    y = fast(Value(2.0))
    y.backward()
    assert w.grad == pytest.approx(12 * 2.0 * 0.5**11)


def test_programs_with_scans_print_and_travel() -> None:
    fast = compiled(value_and_grad(lambda x: fori_loop(0, 12, lambda i, s: s * x + i, x)))
    fast(0.9)
    text = str(fast.program)
    assert "12 rounds; 1 states, 1 tables, 0 columns" in text
    assert "12 rounds from the last to the first" in text
    assert fast.program.source("python").count("def scan") == 2
    assert "reversed(range(12))" in fast.program.source("python")
    assert fast.program.passes()["remove_dead_code"].count(" scan ") == 2
    assert pickle.loads(pickle.dumps(fast.program)).source() == fast.program.source()
    assert fast.program.as_value().data == pytest.approx(sum(fast(0.9)))


def test_a_checkpointed_loop_keeps_the_states_of_few_rounds() -> None:
    def f(x: Any, r: Any, checkpoint: bool) -> Any:
        return scan(lambda s, _: (s * r + 0.1 * sin(s), None), x, None, 400, False, checkpoint)[0]

    kept = check(value_and_grad(lambda x, r: f(x, r, True), (0, 1)), 0.5, 0.9)
    everything = check(value_and_grad(lambda x, r: f(x, r, False), (0, 1)), 0.5, 0.9)
    assert "[0.0] * 400" in everything.program.source("python")
    assert "[0.0] * 400" not in kept.program.source("python")
    assert "[0.0] * 20" in kept.program.source("python")


def test_random_draws_in_a_step_are_recorded_round_by_round() -> None:
    generator = random.Random(1)
    f = compiled(lambda x: scan(lambda s, _: (s + generator.random(), None), x, length=12)[0])
    with pytest.warns(RuntimeWarning, match="drew random numbers"):
        f(0.0)


@pytest.mark.parametrize("unused", ["results", "states"])
def test_an_infinite_slope_of_what_is_not_used_makes_no_nan(unused: str) -> None:
    """Where no gradient arrives, a scan multiplies by 0, and the eager engine follows no edge."""

    def of_results(x: Any) -> Any:
        a, ys = scan(lambda a, e: (a * 0.9 + e, sqrt(e)), 1.0, [x * k for k in range(ROUNDS)])
        return a + ys[5]

    def of_states(x: Any) -> Any:
        (a, _), _ = scan(
            lambda s, e: ((s[0] * 0.9 + e, sqrt(s[1] * 0.0)), None), (1.0, x), [x] * ROUNDS
        )
        return a

    f = of_results if unused == "results" else of_states
    fast = compiled(value_and_grad(f))
    for x in (2.0, 3.0):
        assert fast(x) == pytest.approx(value_and_grad(f)(x), rel=1e-14)
    assert scans_in(fast)
    pytest.importorskip("numpy")
    slopes = compiled(grad(f), batched="x")([2.0, 3.0]).tolist()
    assert slopes == pytest.approx([grad(f)(2.0), grad(f)(3.0)], rel=1e-14)
