"""Paths that share a program: they are aligned, merged, found in a tree, and priced."""

from __future__ import annotations

import bisect
import copy
import math
import pickle
import random
import warnings
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_core as ac
from autograd_core import Value, grad, hessian, value_and_grad
from autograd_core.compiler import running
from autograd_core.compiler.api import compiled
from autograd_core.compiler.calling.calls import call_of
from autograd_core.compiler.calling.paths import Family, PathTree
from autograd_core.compiler.ir.alignment import aligned
from autograd_core.compiler.ir.merging import LARGER, MORE, Merged
from tests.optional import needs_numpy, numpy

from .importable import clipped_at_two

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*different paths"),
    pytest.mark.usefixtures("compiled_at_once"),
]
CELLS = 64
KNOTS = [0.25 * k for k in range(CELLS + 1)]
HEIGHTS = [math.sin(7.0 * k * k) for k in range(CELLS + 1)]


def looked_up(x: Any) -> Any:
    k = min(max(bisect.bisect_right(KNOTS, x) - 1, 0), CELLS - 1)
    t = (x - KNOTS[k]) / 0.25
    return HEIGHTS[k] * (1.0 - t) ** 2 + HEIGHTS[k + 1] * t * t


def diamond(xs: Any) -> Any:
    x, y = xs
    z = x * y if x > 0.0 else ac.sin(y)
    return z * z + (y if y > z else 2.0 * x)


def counted(xs: Any) -> Any:
    n = 1.0
    for x in xs:
        if x > 0.0:
            n = 2.0 * n + 1.0
    return n * xs[0] * xs[-1]


def with_python(xs: Any) -> Any:
    return max(xs) * min(xs) + abs(xs[0]) + sorted(xs)[1] ** 2


def root(xs: Any) -> Any:
    a = 1.0 + abs(xs[0])
    x = a
    while abs(x * x - a) > 1e-10:
        x = 0.5 * (x + a / x)
    return x * xs[1]


def pivoted(xs: Any) -> Any:
    rows = [[xs[0], xs[1], 1.0], [xs[1], 2.0, xs[0]], [0.5, xs[0], xs[1]]]
    found = 1.0
    for k in range(3):
        pivot = max(range(k, 3), key=lambda i: abs(rows[i][k]))
        if pivot != k:
            rows[k], rows[pivot] = rows[pivot], rows[k]
            found = -found
        found = found * rows[k][k]
        for i in range(k + 1, 3):
            factor = rows[i][k] / rows[k][k]
            rows[i] = [a - factor * b for a, b in zip(rows[i], rows[k], strict=True)]
    return found


def of_integers(xs: Any) -> Any:
    return [3.0, xs[1], 5.0][int(abs(xs[0])) % 3] * xs[0]


FUNCTIONS = [diamond, counted, with_python, root, pivoted, of_integers]
by_function = pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
transforms = pytest.mark.parametrize(
    "transform", [value_and_grad, hessian], ids=lambda t: t.__name__
)


def points(count: int) -> list[list[float]]:
    draw = random.Random(3).uniform
    return [[draw(-2.0, 2.0), draw(-2.0, 2.0)] for _ in range(count)]


def tree_of(program: Any) -> PathTree:
    (tree,) = program.trees.values()
    return tree  # type: ignore[no-any-return]


def longest_common(a: list[int], b: list[int]) -> int:
    lengths = [0] * (len(b) + 1)
    for x in a:
        before = 0
        for k, y in enumerate(b):
            before, lengths[k + 1] = (
                lengths[k + 1],
                before + 1 if x == y else max(lengths[k + 1], lengths[k]),
            )
    return lengths[-1]


@given(st.lists(st.integers(0, 2), max_size=12), st.lists(st.integers(0, 2), max_size=12))
def test_as_many_items_are_aligned_as_can_be_in_order(a: list[int], b: list[int]) -> None:
    found = sorted(aligned(a, b).items())
    assert all([a[x] == b[y] for y, x in found])
    assert [x for _, x in found] == sorted({x for _, x in found})
    assert len(found) == longest_common(a, b)


@by_function
@transforms
def test_a_merged_program_has_each_number_of_each_path(f: Any, transform: Any) -> None:
    """The same operations in the same order give the same bits."""
    program = compiled(transform(f))
    merged: Merged | None = None
    for point in points(40):
        call = call_of(None, (), (point,), {})
        recorded, *_ = program._record(call, False)
        inputs = range(len(recorded.inputs))
        more = merged.with_path(recorded, inputs) if merged else Merged(recorded, inputs)
        if more is None:
            continue
        merged, k = more, len(more.members) - 1
        found = merged.program.evaluate([*point, *merged.numbers(k)])
        outputs, own = merged.program.outputs, recorded.outputs
        assert repr([found[i] for i in outputs]) == repr([recorded.recorded[i] for i in own])
        guards = [merged.program.guards[n][0] for n in merged.members[k].guards]
        assert [found[i] for i in guards] == [recorded.recorded[i] for i, _ in recorded.guards]
        most = LARGER * len(recorded) + MORE
        assert len(merged.program) - len(merged.program.constants) <= most


@by_function
@transforms
def test_merged_paths_give_what_the_plain_function_gives(f: Any, transform: Any) -> None:
    plain, program = transform(f), compiled(transform(f))
    for _ in range(2):
        for point in points(30):
            found, expected = program(point), plain(point)
            assert str(found) == str(expected) or ac.norm(
                [a - b for a, b in zip(flat(found), flat(expected), strict=True)]
            ) <= 1e-12 * ac.norm(flat(expected))
    tree = tree_of(program)
    assert len(tree.families) < len(tree.paths)


def flat(x: Any) -> list[float]:
    return [y for part in x for y in flat(part)] if isinstance(x, list | tuple) else [x]


def test_what_an_int_counts_behind_the_branches_is_right_in_every_combination() -> None:
    program = compiled(grad(counted))
    signs = [[1.0 if n >> k & 1 else -1.0 for k in range(4)] for n in range(16)]
    for xs in (*signs, *signs):
        assert program(xs) == grad(counted)(xs)
    assert len(tree_of(program).paths) == 16


def test_paths_that_have_little_in_common_have_programs_of_their_own() -> None:
    def f(x: Any) -> Any:
        for _ in range(60 if x > 0.0 else 6):
            x = ac.sin(x) * 1.5
        return x

    program = compiled(grad(f))
    for x in (0.5, -0.5, 1.5, -1.5):
        assert program(x) == pytest.approx(grad(f)(x), rel=1e-13)
    assert len(program.programs) == 2


def test_a_branch_that_is_not_defined_elsewhere_is_not_chosen_there() -> None:
    def f(x: Any) -> Any:
        return (ac.sqrt(x) * ac.log(x) if x > 0.0 else 1.0 / (x - 1.0)) + x

    program = compiled(value_and_grad(f))
    for x in (4.0, -2.0, 0.0, 1.0, 0.25, -1.0):
        assert program(x) == pytest.approx(value_and_grad(f)(x), rel=1e-14)
    assert len(program.programs) == 1


def test_many_paths_are_one_program_that_does_not_grow() -> None:
    program = compiled(value_and_grad(looked_up))
    sizes = []
    for k in [*range(0, CELLS, 2), *range(1, CELLS, 2)]:
        x = 0.25 * k + 0.1
        assert program(x) == pytest.approx(value_and_grad(looked_up)(x), rel=1e-12)
        sizes.append(len(program.program))
    assert len(tree_of(program).paths) == CELLS
    assert len(program.programs) == 1
    assert sizes[-1] == sizes[CELLS // 2]


def test_a_call_finds_its_path_in_as_many_steps_as_the_tree_is_deep(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program = compiled(grad(looked_up))
    xs = [0.25 * k + 0.1 for k in range(CELLS)]
    for x in xs:
        program(x)
    runs, run = [], Family.run
    monkeypatch.setattr(Family, "run", lambda *given: [runs.append(1), run(*given)][1])
    for x in random.Random(0).sample(xs, CELLS):
        runs.clear()
        program(x)
        assert len(runs) <= 1 + math.log2(CELLS)
    program(x)
    runs.clear()
    program(x)
    assert len(runs) == 1


@settings(max_examples=50)
@given(xs=st.lists(st.sampled_from([k + 0.5 for k in range(12)]), min_size=1, max_size=120))
def test_calls_cost_at_most_twice_the_plain_function(xs: list[float]) -> None:
    """By a clock that counts 1 for a call of the plain function, 8 for a recording and 12 for a
    program that is made. What branches cost is paid before by calls that took them.
    """

    def many_ways(x: Any) -> Any:
        for k in range(12):
            if x < float(k):
                return x * float(k)
        return x

    now = [0.0]

    def costs(price: float, function: Any) -> Any:
        def counted(*given: Any) -> Any:
            now[0] += price
            return function(*given)

        return counted

    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        patch.setattr(running, "PATIENCE", 1.0)
        for clock in ("perf_counter", "cpu_time"):
            patch.setattr(running, clock, lambda: now[0])
        for price, name in ((1.0, "_without_program"), (8.0, "_new_path"), (12.0, "_make_ready")):
            patch.setattr(running.Runner, name, costs(price, getattr(running.Runner, name)))
        program = compiled(many_ways)
        program(xs[0])
        first = now[0]
        assert [program(x) for x in xs] == [many_ways(x) for x in xs]
    assert first == 20.0
    assert now[0] - first <= 2.0 * len(xs)
    if len({*xs}) == 1:
        assert now[0] == first


def test_slopes_flow_to_values_through_merged_paths() -> None:
    program = compiled(diamond)
    for point in (*points(20), *points(20)):
        xs, ys = [Value(x) for x in point], [Value(x) for x in point]
        found, expected = program(xs), diamond(ys)
        found.backward()
        expected.backward()
        assert found.data == pytest.approx(expected.data, rel=1e-13)
        assert [x.grad for x in xs] == pytest.approx([y.grad for y in ys], rel=1e-12)


def test_paths_read_the_values_from_outside_that_are_their_own() -> None:
    a, b = Value(2.0, "a"), Value(3.0, "b")
    program = compiled(lambda x: a * x if x > 0.0 else b * x * x)
    assert [program(x) for x in (1.0, -1.0, 2.0, -2.0)] == [2.0, 3.0, 4.0, 12.0]
    a.data, b.data = 5.0, 7.0
    assert [program(x) for x in (1.0, -1.0)] == [5.0, 7.0]
    assert len(program.programs) == 1


def test_merged_paths_survive_pickles_and_copies() -> None:
    program = compiled(clipped_at_two)
    xs = [-1.0, 1.0, 3.0]
    expected = [program(x) for x in xs]
    for other in (pickle.loads(pickle.dumps(program)), copy.deepcopy(program)):
        assert [other(x) for x in xs] == expected == [0.0, 1.0, 2.0]
        assert len(tree_of(other).paths) == 3


@needs_numpy
@pytest.mark.parametrize("reduce", [None, "sum", "mean"])
@by_function
def test_a_batch_goes_through_merged_paths(f: Any, reduce: str | None) -> None:
    eager = value_and_grad(f)
    program = compiled(eager, batched="xs", reduce=reduce)
    for size in (40, 7, 40):
        samples = points(size)
        found = program(numpy.array(samples))
        columns = zip(*[eager(point) for point in samples], strict=True)
        for x, column in zip(found, columns, strict=True):
            each = numpy.array(column)
            expected = {None: each, "sum": each.sum(axis=0), "mean": each.mean(axis=0)}[reduce]
            assert numpy.allclose(x, expected, rtol=1e-11, atol=1e-11)


@needs_numpy
def test_a_batch_that_looks_up_is_run_as_one_when_its_paths_are_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program = compiled(value_and_grad(looked_up), batched="x")
    xs = numpy.linspace(0.01, 15.99, 300)
    expected = numpy.array([value_and_grad(looked_up)(x) for x in xs.tolist()]).T
    for _ in range(4):
        assert numpy.allclose(program(xs), expected, rtol=1e-11)
    plain = []
    monkeypatch.setattr(running.Runner, "_without_program", lambda *given: plain.append(given))
    assert numpy.allclose(program(xs[::-1].copy()), expected[:, ::-1], rtol=1e-11)
    assert not plain
    assert len(program.programs) == 1
