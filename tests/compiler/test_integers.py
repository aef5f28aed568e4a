"""Plain integers of Values: `int(v)`, `round(v)` and a Value as an index, eagerly and compiled."""

from __future__ import annotations

import functools
import logging
import math
import pickle
import sys
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from autograd_core import LostGradientWarning, Value, compiled, grad
from autograd_core.compiler.ir.program import Program
from autograd_core.compiler.ir.trace import taping

NUMBERS = [
    0.0, -0.0, 0.5, -0.5, 1.5, 2.5, -2.5, 0.49999999999999994, -0.49999999999999994, 2.9999999999999996,
    1e15 + 0.5, -1e300, 2.0**63, -7.0, 5e-324,
]  # fmt: skip
TEXT = "abc"
LINES: dict[str, Callable[[Any], Any]] = {
    "int": lambda x: x * int(x),
    "round": lambda x: x + 10.0 * round(x),
    "trunc of math": lambda x: x * math.trunc(x),
    "table": lambda x: x * [2.0, 3.0, 5.0, 7.0][int(x)],
    "range": lambda x: sum([x for _ in range(round(x) + 1)]),
}


@pytest.mark.parametrize("x", NUMBERS)
def test_the_integers_of_a_value_are_those_of_its_number(x: float) -> None:
    assert (int(Value(x)), round(Value(x))) == (int(x), round(x))
    assert Value(x).is_integer() is x.is_integer()
    for whole in (int, round):
        program = compiled(lambda v, whole=whole: float(whole(v)))
        assert program(x) == float(whole(x))
        assert program(x + 1.0) == float(whole(x + 1.0))


def test_a_value_that_is_whole_is_an_index_and_a_count() -> None:
    v = Value(2.0)
    assert (TEXT[v], TEXT[:v], [*range(v)], "ab" * v) == ("c", "ab", [0, 1], "abab")  # type: ignore[misc]
    assert (v.real, v.imag) == (v, 0.0)


@pytest.mark.parametrize("mode", [lambda f: f, compiled], ids=["eager", "compiled"])
@pytest.mark.parametrize(
    ("convert", "x", "error"),
    [
        (int, math.nan, ValueError),
        (int, math.inf, OverflowError),
        (round, math.nan, ValueError),
        (round, -math.inf, OverflowError),
        (range, 1.5, TypeError),
        (range, math.nan, TypeError),
    ],
    ids=lambda x: getattr(x, "__name__", str(x)),
)
def test_what_has_no_integer_raises_what_python_raises(
    mode: Any, convert: Any, x: float, error: type[Exception]
) -> None:
    program = mode(lambda v: 1.0 * len([convert(v)]))
    with pytest.raises(error):
        program(Value(x))
    if mode is compiled:
        assert program(2.0) == 1.0
        for _ in range(3):
            with pytest.raises(error):
                program(x)


@pytest.mark.parametrize("f", LINES.values(), ids=LINES)
def test_every_integer_takes_the_path_of_its_own(f: Callable[[Any], Any]) -> None:
    program, slope = compiled(f), compiled(grad(f))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for x in (2.2, 0.7, 3.4, 1.5, 2.5, 0.2, 2.9, 3.4):
            assert program(x) == pytest.approx(f(x))
            assert slope(x) == grad(f)(x)


@pytest.mark.parametrize("f", LINES.values(), ids=LINES)
def test_a_batch_is_split_by_the_integers(f: Callable[[Any], Any]) -> None:
    np = pytest.importorskip("numpy")
    xs = np.random.default_rng(0).uniform(0.0, 3.99, 300)
    program, slope = compiled(f, batched="x"), compiled(grad(f), batched="x")
    assert program(xs) == pytest.approx([f(x) for x in xs.tolist()])
    assert slope(xs) == pytest.approx([grad(f)(x) for x in xs.tolist()])
    assert len(program.programs) <= 8
    assert program(xs[::-1]) == pytest.approx([f(x) for x in xs[::-1].tolist()])
    assert len(program.programs) <= 8


def test_a_nan_in_a_batch_raises_what_python_raises() -> None:
    np = pytest.importorskip("numpy")
    program = compiled(lambda x: x * int(x), batched="x")
    assert program(np.array([1.5, 2.5])).tolist() == [1.5, 5.0]
    with pytest.raises(ValueError, match="NaN"):
        program(np.array([1.5, math.nan, 2.5, math.nan]))


def test_paths_by_integers_and_by_conditions_never_mix() -> None:
    """The same truths mean other conditions behind another integer."""

    def f(x: Any, y: Any) -> Any:
        n = int(x)
        return n * y if y > n else y / (n + 1)

    program = compiled(f)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for _ in range(3):
            for x in (0.5, 3.5, 1.5, 2.5):
                for y in (0.7, 1.7, 2.7, 3.7):
                    assert program(x, y) == f(x, y)


def test_the_program_says_which_integer_it_holds_for() -> None:
    program = compiled(lambda x: x * int(x))
    program(2.5)
    assert "guard %1 is 2.0" in str(program.program)
    assert pickle.loads(pickle.dumps(program.program)).guards == program.program.guards
    assert isinstance(program.program, Program)


def test_a_condition_as_an_index_is_a_guard_by_its_truth() -> None:
    program = compiled(lambda x: [x, 2.0 * x][+(x > 0.0)])
    assert [program(1.0), program(-1.0), program(3.0)] == [2.0, -1.0, 6.0]


@pytest.mark.parametrize(
    "f",
    [lambda x: 2.0 * int(x), lambda x: 1.0 * round(x), lambda x: [1.0, 2.0][x]],
    ids=["int", "round", "index"],
)
@pytest.mark.parametrize(
    "derivative",
    [grad, lambda f: grad(compiled(f)), lambda f: compiled(grad(f))],
    ids=["eager", "of a program", "compiled"],
)
def test_an_integer_is_a_reading_of_which_a_lost_gradient_is_told(derivative: Any, f: Any) -> None:
    with pytest.warns(LostGradientWarning, match=r"whose number was read at .*test_integers"):
        assert derivative(f)(1.0) == 0.0


def test_an_integer_beside_the_value_loses_nothing() -> None:
    for derivative in (grad, lambda f: grad(compiled(f)), lambda f: compiled(grad(f))):
        assert derivative(lambda x: x * int(x))(2.5) == 2.0


def test_formatting_by_percent_writes_the_number_as_an_f_string_does() -> None:
    v = Value(2.5)
    assert "%.2f, %d, %s" % (v, v, 1) == "2.50, 2, 1"  # noqa: UP031
    record = logging.LogRecord("name", logging.INFO, "", 1, "loss %.3f", (v,), None)
    assert record.getMessage() == "loss 2.500"
    with pytest.raises(TypeError, match=r"f'\{v:.2f\}'"):
        math.sin(v)
    with taping():
        pass
    with pytest.warns(LostGradientWarning):
        grad(lambda x: 1.0 * len("%.2f" % x))(2.5)  # noqa: UP031
    with pytest.raises(RuntimeError, match="plain number"):
        compiled(lambda x: len("%.2f" % x) * x)(2.5)  # noqa: UP031


@pytest.mark.parametrize("name", ["radians", "deg2rad", "degrees", "rad2deg"])
def test_numpy_converts_angles(name: str) -> None:
    np = pytest.importorskip("numpy")
    f = getattr(np, name)
    assert f(Value(2.0)).data == pytest.approx(f(2.0), rel=1e-15)
    assert [x.data for x in f(np.array([Value(2.0)], object))] == pytest.approx([f(2.0)])
    assert grad(f)(2.0) == compiled(grad(f))(2.0) == pytest.approx(f(1.0), rel=1e-15)


def test_an_index_costs_no_memory_at_failing_calls() -> None:
    program = compiled(functools.partial(lambda x: x * int(x)))
    program(2.5)
    before = sys.getrefcount(program)
    for _ in range(5):
        with pytest.raises(ValueError, match="NaN"):
            program(math.nan)
    assert sys.getrefcount(program) == before
    assert len(next(iter(program.trees.values())).paths[0].others) == 1
