"""Python's own control flow in compiled functions: guards, recorded paths, a batch split by
path, and what is refused.
"""

from __future__ import annotations

import math
import random
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_core as ac
from autograd_core import Value, grad, value_and_grad, where
from autograd_core.compiler import running
from autograd_core.compiler.api import compiled
from autograd_core.errors import RecordingError

from .backends import ALL_BACKENDS, forced

backends = pytest.mark.parametrize("backend", ALL_BACKENDS)
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*different paths"),
    pytest.mark.usefixtures("compiled_at_once"),
]
MAX_PATHS = 32


@pytest.fixture(autouse=True)
def _few_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "MAX_PATHS", MAX_PATHS)


def piecewise(x: Any) -> Any:
    if x < -1.0:
        return -x
    if x < 1.0:
        return x * x
    return 2.0 * x - 1.0


def root(a: Any) -> Any:
    """Newton's iteration for the square root, until it stands."""
    x = a
    while abs(x * x - a) > 1e-10:
        x = 0.5 * (x + a / x)
    return x


def early(xs: Any) -> Any:
    total = 0.0
    for x in xs:
        if x < 0.0:
            return total
        total = total + x * x
    return total


def extremes(x: Any) -> Any:
    return max(x, 1.0) * min(x, 2.0, 3.0) + abs(x)


def ordered(xs: Any) -> Any:
    return ac.sum([k * x for k, x in enumerate(sorted(xs))])


def bubble(xs: Any) -> Any:
    xs = list(xs)
    for i in range(len(xs)):
        for j in range(len(xs) - 1 - i):
            if xs[j] > xs[j + 1]:
                xs[j], xs[j + 1] = xs[j + 1], xs[j]
    return xs


def paths_of(program: Any) -> int:
    return sum([len(tree.paths) for tree in program.trees.values()])


def truthy(x: Any) -> Any:
    return x if x else x + 5.0


def connected(x: Any) -> Any:
    if 0.0 < x < 1.0 or (x > 2.0 and not x > 3.0):
        return 2.0 * x
    return 3.0 * x


POINTS = (-2.5, -1.0, 0.0, 0.25, 0.5, 1.0, 1.5, 2.5, 3.5)
OF_A_NUMBER: list[Callable[[Any], Any]] = [piecewise, extremes, truthy, connected]


@backends
@pytest.mark.parametrize("f", OF_A_NUMBER, ids=lambda f: f.__name__)
def test_each_branch_is_taken_as_by_the_plain_function(
    f: Callable[[Any], Any], backend: str
) -> None:
    with forced(backend):
        value, both = compiled(f), compiled(value_and_grad(f))
        for x in (*POINTS, *reversed(POINTS)):
            assert value(x) == pytest.approx(f(x), rel=1e-14)
            assert both(x) == pytest.approx(value_and_grad(f)(x), rel=1e-14)


@backends
def test_a_loop_runs_as_often_as_it_must(backend: str) -> None:
    with forced(backend):
        value, slope = compiled(root), compiled(grad(root))
        for a in (2.0, 9.0, 1.0, 0.3, 100.0, 2.0):
            assert value(a) == pytest.approx(math.sqrt(a), rel=1e-9)
            assert slope(a) == pytest.approx(grad(root)(a), rel=1e-13)


@backends
def test_an_early_return_depends_on_each_call(backend: str) -> None:
    with forced(backend):
        f = compiled(value_and_grad(early))
        for xs in (
            [1.0, 2.0, 3.0],
            [1.0, -2.0, 3.0],
            [-1.0, 2.0, 3.0],
            [1.0, 2.0, -3.0],
            [3.0, 2.0, 1.0],
        ):
            assert f(xs) == value_and_grad(early)(xs)


@backends
@pytest.mark.parametrize("f", [ordered, lambda xs: bubble(xs)[1]], ids=["sorted", "an own sort"])
def test_sorting_is_recorded_once_for_each_order(f: Callable[[Any], Any], backend: str) -> None:
    chance = random.Random(5)
    with forced(backend):
        program = compiled(grad(f))
        for _ in range(40):
            xs = [chance.uniform(-1.0, 1.0) for _ in range(3)]
            assert program(xs) == grad(f)(xs)
    assert len(program.programs) <= 6


def test_a_path_is_recorded_once() -> None:
    calls = []

    def f(x: Any) -> Any:
        calls.append(1)
        return piecewise(x)

    program = compiled(f)
    for x in (0.5, 0.25, 3.0, 0.125, 4.0, -3.0, 0.5):
        program(x)
    assert len(calls) == paths_of(program) == 3


@pytest.mark.parametrize("reduce", [None, "sum", "mean"])
@pytest.mark.parametrize("f", OF_A_NUMBER, ids=lambda f: f.__name__)
def test_a_batch_is_split_by_path(f: Callable[[Any], Any], reduce: str | None) -> None:
    eager = value_and_grad(lambda w, x: f(x) * w)
    batch = compiled(eager, batched="x", reduce=reduce)
    for samples in (POINTS, POINTS[::-1], (0.25, 0.5), (0.5,)):
        single = [eager(1.5, x) for x in samples]
        got = batch(1.5, np.array(samples))
        if reduce is None:
            assert np.allclose(np.array(got).T, single, rtol=1e-14, atol=0.0)
        else:
            total = np.sum(single, axis=0) if reduce == "sum" else np.mean(single, axis=0)
            assert np.allclose(got, total, rtol=1e-14, atol=1e-14)


@pytest.mark.slow
@given(samples=st.lists(st.floats(0.1, 50.0), min_size=1, max_size=12))
def test_each_sample_of_a_batch_loops_for_itself(samples: list[float]) -> None:
    got = compiled(root, batched="a")(samples)
    assert np.allclose(got, [root(a) for a in samples], rtol=1e-12, atol=0.0)


def many_ways(x: Any) -> Any:
    for k in range(MAX_PATHS + 8):
        if x < float(k):
            return x * float(k)
    return x


@backends
def test_beyond_the_bound_on_paths_a_call_warns_and_is_right(backend: str) -> None:
    with forced(backend):
        f = compiled(many_ways)
        for k in range(MAX_PATHS):
            assert f(k - 0.5) == many_ways(k - 0.5)
        assert paths_of(f) == MAX_PATHS
        x = MAX_PATHS + 0.5
        with pytest.warns(
            RuntimeWarning, match=rf"many_ways.* {MAX_PATHS + 1} different paths.*where\("
        ):
            assert f(x) == many_ways(x)
        assert f(0.5) == many_ways(0.5)


def test_beyond_the_bound_on_paths_a_batch_warns_and_is_right() -> None:
    samples = [k - 0.5 for k in range(MAX_PATHS + 4)]
    for reduce in (None, "sum"):
        f = compiled(many_ways, batched="x", reduce=reduce)
        with pytest.warns(RuntimeWarning, match="different paths"):
            got = f(samples)
        wanted = [many_ways(x) for x in samples]
        assert np.allclose(got, wanted if reduce is None else sum(wanted), rtol=1e-13)


@backends
def test_where_on_a_condition_stays_a_select(backend: str) -> None:
    f = value_and_grad(lambda x: where(x > 0.0, ac.sqrt(x), x * x))
    with forced(backend):
        program = compiled(f)
        for x in (-2.0, 4.0, 0.0, -1.0):
            assert program(x) == f(x)
    assert len(program.programs) == 1
    assert program.program.guards == []
    assert "where" in {row.name for row in program.program.rows if row}


def test_conditions_combine_as_truths_do() -> None:
    def f(x: Any, y: Any) -> Any:
        return where((x > 0.0) & (y > 0.0), x, where((x < -1.0) | (y != 2.0), y, 3.0))

    program = compiled(f)
    for x in (-2.0, -0.5, 1.0):
        for y in (-1.0, 2.0, 0.0):
            assert program(x, y) == f(x, y)
    assert len(program.programs) == 1


def test_comparisons_of_every_kind_guard() -> None:
    def f(x: Any, y: Any) -> Any:
        truths = [x < y, x <= y, x > y, x >= y, x == y, x != y, y == 1.0, x > 0.0]
        return ac.sum([2.0**k * x for k, truth in enumerate(truths) if truth])

    program = compiled(f)
    for x in (-1.0, 1.0, 2.0, math.nan):
        for y in (-1.0, 1.0, 2.0, math.nan):
            wanted = f(Value(x), Value(y))
            got = program(x, y)
            assert got == (wanted.data if isinstance(wanted, Value) else wanted) or (
                x != x and got != got
            )


KEPT: dict[str, Any] = {}


def test_a_condition_kept_after_the_recording_has_no_truth() -> None:
    def f(x: Any) -> Any:
        KEPT["condition"] = x > 0.0
        return x

    compiled(f)(1.0)
    with pytest.raises(
        RecordingError, match=r"used outside its recording, in another thread or after it had ended"
    ):
        bool(KEPT["condition"])


LEAVES: dict[str, Callable[[Any], Any]] = {
    ".data": lambda x: x * x.data,
    ".grad": lambda x: x * x.grad,
    "item()": lambda x: x * x.item(),
    "round()": lambda x: x * round(x, 2),
    "a formatted text": lambda x: (f"{x:.3f}", x)[1],
    "format()": lambda x: (format(x, "g"), x)[1],
}


@pytest.mark.parametrize("f", LEAVES.values(), ids=LEAVES)
def test_what_leaves_the_graph_is_refused_and_the_error_says_what_to_do(
    f: Callable[[Any], Any],
) -> None:
    for program in (compiled(f), compiled(f, batched="x")):
        with pytest.raises(
            RecordingError, match=r"plain number.*Compute with the Value itself, or do this outside"
        ):
            program([1.0, 2.0] if program.batched else 1.0)


@pytest.mark.parametrize(
    "f",
    [lambda x: float(x), lambda x: math.sin(x)],
    ids=["float", "math.sin"],
)
def test_conversions_are_refused_as_in_plain_calls(f: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match="lose its gradient silently"):
        compiled(f)(1.0)


def test_after_a_refusal_values_are_as_free_as_before() -> None:
    with pytest.raises(RecordingError):
        compiled(lambda x: x.data)(1.0)
    assert Value(2.0).data == 2.0
    assert f"{Value(2.0):.1f}" == "2.0"
    assert not isinstance(Value(1.0) > 0.0, Value)


def test_a_printed_value_shows_no_number_while_recording(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def f(x: Any) -> Any:
        print(x)
        return x

    assert compiled(f)(1.0) == 1.0
    assert capsys.readouterr().out == "Value(…)\n"


@pytest.mark.filterwarnings("ignore:.*different paths")
def test_another_structure_is_refused_also_where_no_more_paths_are_recorded() -> None:
    def counted(x: Any) -> Any:
        n = 0
        while x > n:
            n += 1
        return [x] if n <= MAX_PATHS else (x, x)

    program = compiled(counted)
    assert [program(float(n)) for n in range(MAX_PATHS)] == [[float(n)] for n in range(MAX_PATHS)]
    with pytest.raises(
        RecordingError,
        match=r"returned \(a number, a number\) on one path .* and \[a number\] on another",
    ):
        program(float(MAX_PATHS + 2))


def test_a_further_path_is_compiled_when_its_calls_have_cost_as_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(running, "PATIENCE", 1.0)
    ticks = iter(range(1000))
    for clock in ("perf_counter", "cpu_time"):  # so each span is 1
        monkeypatch.setattr(running, clock, lambda: float(next(ticks)))
    program = compiled(grad(piecewise))
    assert [program(x) for x in (0.5, 3.0)] == [1.0, 2.0]
    assert paths_of(program) == 1
    assert [program(x) for x in (4.0, 5.0)] == [2.0, 2.0]
    assert paths_of(program) == 2
    monkeypatch.setattr(running, "PATIENCE", 1e9)
    patient = compiled(grad(piecewise))
    assert [patient(x) for x in (0.5, 3.0, -3.0, 4.0)] == [1.0, 2.0, -1.0, 2.0]
    assert paths_of(patient) == 1


def test_the_third_path_is_told_with_the_line_where_it_begins() -> None:
    program = compiled(piecewise)
    program(0.5)
    program(3.0)
    with pytest.warns(
        RuntimeWarning,
        match=r"3 different paths.*test_control_flow.py, line \d+: if x < -1.0:.*maximum, minimum or where",
    ) as told:
        program(-3.0)
    assert told[0].filename == __file__  # the call is named, and no line of this library
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [program(x) for x in (0.5, 3.0, -3.0)] == [0.25, 5.0, 3.0]


def test_errors_of_floats_are_not_those_of_a_path_without_a_program(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(running, "PATIENCE", 1e9)
    program = compiled(grad(lambda x, y: x / y if y < 1.0 else x))
    assert program(2.0, 3.0) == 1.0
    assert program(2.0, 0.0) == math.inf


def test_a_path_without_a_program_has_values_where_a_recording_has() -> None:
    def f(x: Any, w: Any, *, v: Any) -> Any:
        return x * w.exp() * v if x > 0.0 else -x * abs(w**0.5) * (1.0 / v)

    slope = compiled(grad(f))
    assert slope(1.0, 0.5, v=2.0) == pytest.approx(2.0 * math.exp(0.5))
    for _ in range(3):
        assert slope(-1.0, 4.0, v=2.0) == -1.0
        assert math.isnan(slope(-1.0, -1.0, v=2.0))  # never the size of a complex number
        assert slope(-1.0, 4.0, v=0.0) == -math.inf
    backwards = compiled(grad(lambda w, x: x * x.exp() if x > w else w.exp() * x, argnums=-1))
    assert backwards(1.0, 0.5) == pytest.approx(math.e)
    assert backwards(0.0, 0.5) == pytest.approx(1.5 * math.exp(0.5))


def test_a_condition_without_a_text_is_named_by_its_line() -> None:
    names: dict[str, Any] = {}
    exec("def f(x):\n    return x if x > 2 else -x if x > 0 else 1.0", names)
    program = compiled(names["f"])
    program(3.0)
    program(1.0)
    with pytest.warns(RuntimeWarning, match=r"One begins at <string>, line 2\. A further one"):
        program(-1.0)


@backends
def test_a_condition_of_two_conditions_is_one_guard(backend: str) -> None:
    """Where `not` stood before `a and b` in the source, only a was negated."""

    def f(x: Any, y: Any) -> Any:
        return x * y if (x > 0.0) & (y > 0.0) else x - y

    def g(x: Any, y: Any) -> Any:
        return x * y if (x > 0.0) | (y > 0.0) else x - y

    points = [(1.0, 2.0), (1.0, -2.0), (-1.0, 2.0), (-1.0, -2.0)]
    for function in (f, g):
        for first in points:
            with forced(backend):
                fast = compiled(value_and_grad(function, argnums=(0, 1)))
                for point in (first, *points):
                    assert fast(*point) == value_and_grad(function, argnums=(0, 1))(*point)


def test_one_call_at_a_kink_leaves_later_second_derivatives_alone() -> None:
    fast = compiled(grad(grad(lambda x: ac.atan2(x, x))))
    fast(0.0)
    assert fast(0.5) == 0.0


def test_a_batch_takes_paths_that_ask_one_condition_several_times() -> None:
    def f(a: Any, b: Any) -> Any:
        v, n = a, 0
        while v < b and n < 5:
            n += 1
            v = b / 2.0
        return v

    draw = random.Random(1)
    pairs = [(draw.uniform(-2.0, 2.0), draw.uniform(-2.0, 2.0)) for _ in range(14)]
    fast = compiled(f, batched=["a", "b"])
    for _ in range(3):
        assert fast(*zip(*pairs, strict=True)).tolist() == [f(a, b) for a, b in pairs]
