"""`take` and `interpolate`: look-ups that are one program for every index and every number."""

from __future__ import annotations

import math
import pickle
from itertools import pairwise
from typing import Any

import pytest

from autograd_core import (
    RecordingError,
    Value,
    check_gradients,
    compiled,
    exp,
    grad,
    gradients,
    hessian,
    interpolate,
    logsumexp,
    sin,
    take,
)

MODES = pytest.mark.parametrize("mode", [lambda f: f, compiled], ids=["eager", "compiled"])
XS, YS = [0.0, 1.0, 2.5, 4.0], [1.0, 3.0, 2.0, 2.5]
POINTS = [-1.0, 0.3, 1.7, 3.0, 5.0]


@MODES
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 8, 13])
def test_take_gives_the_entry_that_python_gives_and_its_gradient(mode: Any, n: int) -> None:
    xs = [1.5 + k for k in range(n)]
    value, slope = mode(take), mode(grad(lambda xs, i: take(xs, i) ** 2))
    for i in range(-n, n):
        assert value(xs, float(i)) == xs[i]
        expected = [0.0] * n
        expected[i] = 2.0 * xs[i]
        assert slope(xs, float(i)) == expected
    if mode is compiled:
        assert len(value.programs) == len(slope.programs) == 1


@MODES
def test_take_has_slope_0_by_the_index_and_curvature_by_the_entry(mode: Any) -> None:
    assert mode(grad(lambda i: take([2.0, 3.0], i)))(1.0) == 0.0
    assert mode(hessian(lambda xs: sin(take(xs, 2.0 * xs[0]))))([0.5, 2.0])[1] == [
        0.0,
        pytest.approx(-math.sin(2.0)),
    ]


@MODES
def test_an_entry_that_is_not_taken_is_not_followed(mode: Any) -> None:
    f = mode(grad(lambda x, i: take([exp(1000.0 * x), x], i)))
    assert (f(1.0, 1.0), f(0.0, 0.0)) == (1.0, 1000.0)


@pytest.mark.parametrize(
    ("index", "error"), [(2.0, IndexError), (-3.0, IndexError), (0.5, TypeError)], ids=str
)
def test_what_is_no_index_is_an_error_and_nan_in_a_program(
    index: float, error: type[Exception]
) -> None:
    for i in (index, Value(index)):
        with pytest.raises(error, match="the index of take"):
            take([1.0, 2.0], i)
    program = compiled(lambda xs, i: take(xs, i))
    with pytest.raises(error, match="the index of take"):
        program([1.0, 2.0], index)
    assert program([1.0, 2.0], 1.0) == 2.0
    assert math.isnan(program([1.0, 2.0], index))


def test_take_of_a_row_gives_the_numbers_of_the_row() -> None:
    np = pytest.importorskip("numpy")
    table = np.arange(6.0).reshape(3, 2)
    assert take(table, 1) == take(table.tolist(), 1) == [2.0, 3.0]
    assert [x.data for x in take(table, Value(2.0))] == [4.0, 5.0]
    program = compiled(lambda table, i: take(table, i), batched="i")
    first, second = program(table.tolist(), [2.0, 0.0, 1.0])
    assert (first.tolist(), second.tolist()) == ([4.0, 0.0, 2.0], [5.0, 1.0, 3.0])
    with pytest.raises(TypeError, match="the same length"):
        compiled(lambda i: take([[1.0], [1.0, 2.0]], i))(1.0)


@MODES
def test_interpolate_is_that_of_numpy(mode: Any) -> None:
    np = pytest.importorskip("numpy")
    f = mode(interpolate)
    for x in [*POINTS, *XS, math.inf, -math.inf]:
        assert f(x, XS, YS) == np.interp(x, XS, YS)
    assert math.isnan(f(math.nan, XS, YS))
    assert f(3.0, [1.0], [2.0]) == 2.0
    if mode is compiled:
        assert len(f.programs) == 2  # one for each count of points


@pytest.mark.parametrize("x", POINTS)
def test_the_slopes_of_interpolate_are_those_of_differences(x: float) -> None:
    def f(at: Any) -> Any:
        return interpolate(at[0], at[1:5], at[5:]) ** 2

    point = [x, *XS, *YS]
    check_gradients(f, point)
    assert compiled(grad(f))(point) == pytest.approx(grad(f)(point))
    for row, expected in zip(compiled(hessian(f))(point), hessian(f)(point), strict=True):
        assert row == pytest.approx(expected)


@MODES
def test_at_a_knot_the_slope_is_the_one_of_least_norm_and_curvatures_are_nan(mode: Any) -> None:
    slope = mode(grad(lambda x, ys: interpolate(x, [0.0, 1.0, 2.0], ys)))
    assert slope(1.0, [0.0, 3.0, 4.0]) == 1.0
    assert slope(1.0, [0.0, -3.0, -4.0]) == -1.0
    assert slope(1.0, [0.0, 3.0, 1.0]) == 0.0
    assert [slope(x, [0.0, 3.0, 4.0]) for x in (0.0, 2.0)] == [0.0, 0.0]
    mixed = mode(
        grad(lambda y, x: grad(lambda x: interpolate(x, [0.0, 1.0, 2.0], [0.0, y, 4.0]))(x))
    )
    assert mixed(3.0, 0.5) == 1.0
    assert math.isnan(mixed(3.0, 1.0))


@pytest.mark.parametrize(
    ("xs", "ys", "match"),
    [
        ([0.0, 0.0], [1.0, 2.0], "must increase"),
        ([1.0, 0.0], [1.0, 2.0], "must increase"),
        ([0.0, math.nan], [1.0, 2.0], "must increase"),
        ([0.0], [1.0, 2.0], "as many ys as xs"),
        ([], [], "at least one"),
    ],
    ids=["equal", "descending", "nan", "counts", "none"],
)
def test_points_that_are_no_line_are_refused(xs: Any, ys: Any, match: str) -> None:
    for f in (lambda x: interpolate(Value(x), xs, ys), compiled(lambda x: interpolate(x, xs, ys))):
        with pytest.raises(ValueError, match=match):
            f(0.5)


def test_a_table_of_steam_is_read_in_a_batch_with_its_slopes() -> None:
    """The saturation pressure of water in kPa by the temperature in °C, at every five degrees of
    Buck's formula (1981), and the boiling temperature found in it.
    """
    np = pytest.importorskip("numpy")
    temperatures = [5.0 * k for k in range(21)]
    pressures = [0.61121 * math.exp((18.678 - t / 234.5) * t / (257.14 + t)) for t in temperatures]

    def density(t: Any) -> Any:
        return 18.015e-3 * 1e3 * interpolate(t, temperatures, pressures) / (8.314 * (t + 273.15))

    t = np.random.default_rng(0).uniform(-10.0, 110.0, 500)
    program, slope = compiled(density, batched="t"), compiled(grad(density), batched="t")
    assert program(t) == pytest.approx(
        18.015 * np.interp(t, temperatures, pressures) / (8.314 * (t + 273.15)), rel=1e-12
    )
    assert slope(t) == pytest.approx(
        (program(t + 1e-6) - program(t - 1e-6)) / 2e-6, rel=1e-4, abs=1e-6
    )
    assert len(program.programs) == len(slope.programs) == 1


LONG = [0.1 * k + 0.001 * k * k for k in range(60)]
HIGH = [math.sin(x) for x in LONG]


@MODES
def test_a_long_table_of_constants_is_one_instruction_that_looks_up(mode: Any) -> None:
    np = pytest.importorskip("numpy")

    def f(x: Any) -> Any:
        return interpolate(x, LONG, HIGH) * interpolate(x, LONG, LONG)

    value, slope, entry = mode(f), mode(grad(f)), mode(lambda i: take(HIGH, i) + take(LONG, i))
    for x in [-1.0, 0.05, 3.0, 50.0, math.inf, -math.inf]:
        expected = np.interp(x, LONG, HIGH) * np.interp(x, LONG, LONG)
        assert value(x) == pytest.approx(expected, rel=1e-13)
        assert slope(x) == pytest.approx(grad(f)(x), rel=1e-13)
    assert math.isnan(value(math.nan))
    assert [entry(float(i)) for i in (0, 59, -1)] == [0.0, *[HIGH[-1] + LONG[-1]] * 2]
    if mode is compiled:
        assert len(value.program) <= 4
        assert len(value.programs) == len(slope.programs) == len(entry.programs) == 1
        assert math.isnan(entry(0.5))
        assert math.isnan(entry(60.0))
        for program, x in ((value, 3.0), (slope, 3.0), (entry, 7.0)):
            assert pickle.loads(pickle.dumps(program.program)).evaluate([x])[-1] == pytest.approx(
                program(x)
            )
        batch = compiled(grad(f), batched="x")
        xs = np.random.default_rng(0).uniform(-1.0, 10.0, 200)
        assert batch(xs) == pytest.approx([grad(f)(x) for x in xs.tolist()], rel=1e-12)


@MODES
def test_the_knots_of_a_long_table_are_kinks(mode: Any) -> None:
    slope = mode(grad(lambda x: interpolate(x, LONG, HIGH)))
    for k in (0, 1, 7, 30, 59):
        assert slope(LONG[k]) == pytest.approx(grad(lambda x: interpolate(x, LONG, HIGH))(LONG[k]))
    curvature = mode(grad(grad(lambda x: interpolate(x, LONG, HIGH) ** 2)))
    assert math.isnan(curvature(LONG[7]))
    inside = 0.5 * (LONG[7] + LONG[8])
    assert curvature(inside) == pytest.approx(2.0 * slope(inside) ** 2)


NAMES = ["emma", "olivia", "ava", "isabella", "sophia"]


def test_a_bigram_model_of_letters_is_one_program_for_all_tokens() -> None:
    """The embedding of a letter is a row of a table that its number chooses; so is the loss."""
    letters = sorted({*"".join(NAMES)})
    count, width = len(letters) + 1, 3  # the last number stands for the ends of a name
    numbers = {letter: float(k) for k, letter in enumerate(letters)}
    names = [[count - 1.0, *[numbers[x] for x in name], count - 1.0] for name in NAMES]
    pairs = [pair for name in names for pair in pairwise(name)]
    weights: Any = {
        "embedding": [[math.sin(3.0 * k + j) for j in range(width)] for k in range(count)],
        "output": [[math.cos(2.0 * k + j) for j in range(width)] for k in range(count)],
    }

    def loss(weights: Any, token: Any, following: Any) -> Any:
        x = take(weights["embedding"], token)
        logits = [sum(a * b for a, b in zip(w, x, strict=True)) for w in weights["output"]]
        return logsumexp(logits) - take(logits, following)

    single, slopes = compiled(loss), compiled(grad(loss))
    for token, following in pairs[:8]:
        x = weights["embedding"][int(token)]
        scores = [sum(a * b for a, b in zip(w, x, strict=True)) for w in weights["output"]]
        by_hand = math.log(sum(map(math.exp, scores))) - scores[int(following)]
        assert single(weights, token, following) == pytest.approx(by_hand, rel=1e-12)
        found, expected = slopes(weights, token, following), grad(loss)(weights, token, following)
        for name in weights:
            for row, other in zip(found[name], expected[name], strict=True):
                assert row == pytest.approx(other, rel=1e-12, abs=1e-15)
    assert len(single.programs) == len(slopes.programs) == 1
    check_gradients(lambda weights: loss(weights, *pairs[0]), weights)

    pytest.importorskip("numpy")
    step = compiled(grad(loss), batched=["token", "following"], reduce="mean")
    whole = compiled(loss, batched=["token", "following"], reduce="mean")
    tokens, followers = map(list, zip(*pairs, strict=True))
    before = whole(weights, tokens, followers)
    for _ in range(30):
        slope = step(weights, tokens, followers)
        weights = {
            name: [
                [w - 1.0 * g for w, g in zip(row, rows, strict=True)]
                for row, rows in zip(table, slope[name], strict=True)
            ]
            for name, table in weights.items()
        }
    assert whole(weights, tokens, followers) < 0.6 * before
    assert len(step.programs) == 1


def test_an_index_reads_no_number_in_a_recording() -> None:
    """No guard comes of it, and nothing is lost where the result depends on no argument."""
    program = compiled(lambda i: take([1.0, 2.0], i))
    program(0.0)
    assert program.program.guards == []
    with pytest.raises(RecordingError, match="plain number"):
        compiled(lambda x: take([1.0, 2.0], x.data))(0.0)
    x, table = Value(1.0), [Value(2.0), Value(3.0)]
    assert gradients(take(table, x), [x, *table]) == [0.0, 0.0, 1.0]
