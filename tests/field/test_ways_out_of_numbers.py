"""Errors that name a way out of a number, of a program and of a picture: the way is walked,
eager and compiled.
"""

from __future__ import annotations

import math
import pickle
import statistics
from functools import partial
from typing import Any

import pytest

import autograd_core as ag
from autograd_core import Value, compiled, explore, grad, primitive, where
from autograd_core.errors import GraphError

pytest.importorskip("numpy")  # most ways are walked compiled, too

MODES = pytest.mark.parametrize("mode", [lambda f: f, compiled], ids=["eager", "compiled"])


def counted(x: Any, n: int) -> Any:
    return x**n * sum(range(n))


def math_of_a_module(xs: Any) -> Any:
    return ag.prod(xs)


@MODES
def test_every_function_of_math_that_refuses_a_value_has_the_one_that_is_named(mode: Any) -> None:
    """Where autograd_core has no function of that name, an operator or another of its functions
    is what it does.
    """
    others = {
        "fabs": abs,
        "pow": lambda x: x**1.0,
        "degrees": lambda x: x * (180.0 / math.pi),
        "fsum": lambda x: ag.sum([x]),
    }
    for name in (
        "sin",
        "exp",
        "sqrt",
        "log",
        "log2",
        "log10",
        "tanh",
        "erf",
        "gamma",
        "lgamma",
        "cbrt",
        "atan",
        "isnan",
    ):
        with pytest.raises(
            TypeError,
            match=r"functions of autograd_core "
            r"\(autograd_core\.sin\(v\).*autograd_core\.isnan\(v\)",
        ):
            mode(getattr(math, name))(Value(0.5))
        assert float(mode(getattr(ag, name))(0.5)) == pytest.approx(
            float(getattr(math, name)(0.5)), rel=1e-14
        )
    assert [mode(grad(f))(0.5) for f in others.values()] == [1.0, 1.0, 180.0 / math.pi, 1.0]


NUMBERS = [0.0, -0.0, 1.0, 1.0 + 1e-10, 1e308, -1e308, math.inf, -math.inf, math.nan, 5e-324, 1e-9]


@pytest.mark.parametrize("name", ["isnan", "isinf", "isfinite"])
def test_the_tests_of_math_are_there_for_values_also_compiled_and_in_a_batch(name: str) -> None:
    ours, theirs = getattr(ag, name), getattr(math, name)
    for x in (*NUMBERS, 3, True):
        assert ours(x) is theirs(x)
        assert ours(Value(x)) is theirs(x)
    expected = [1.0 if theirs(x) else 2.0 for x in NUMBERS]
    selects, branches = (lambda x: where(ours(x), 1.0, 2.0)), (lambda x: 1.0 if ours(x) else 2.0)
    for f in (selects, branches):
        assert [compiled(f)(x) for x in NUMBERS] == expected
    np = pytest.importorskip("numpy")
    for f in (selects, branches):
        assert compiled(f, batched="x")(np.array(NUMBERS)).tolist() == expected


@pytest.mark.parametrize(
    "tolerances",
    [{}, {"abs_tol": 1e-8}, {"rel_tol": 0.0}, {"abs_tol": math.inf}, {"rel_tol": 0.5}],
    ids=repr,
)
def test_isclose_is_that_of_math(tolerances: dict[str, float]) -> None:
    program = compiled(lambda a, b: where(ag.isclose(a, b, **tolerances), 1.0, 0.0))
    for a in NUMBERS:
        for b in NUMBERS:
            close = math.isclose(a, b, **tolerances)
            assert ag.isclose(a, b, **tolerances) is close
            assert ag.isclose(Value(a), b, **tolerances) is close
            assert program(a, b) == close
    with pytest.raises(ValueError, match="must not be negative"):
        ag.isclose(Value(1.0), 1.0, rel_tol=-1.0)


@MODES
def test_a_missing_number_is_skipped_by_isnan_and_leaves_no_nan_in_the_slope(mode: Any) -> None:
    slope = mode(grad(lambda w, x: where(ag.isnan(x), 0.0, w * x)))
    assert (slope(2.0, 3.0), slope(2.0, math.nan)) == (3.0, 0.0)


@MODES
def test_a_whole_number_of_a_value_is_also_had_by_comparing_it(mode: Any) -> None:
    xs = [10.0, 20.0, 30.0]
    chosen = mode(grad(lambda v: v * next(x for k, x in enumerate(xs) if v < k + 1)))
    assert [chosen(at) for at in (0.0, 0.5, 1.0, 2.9)] == [
        xs[int(at)] for at in (0.0, 0.5, 1.0, 2.9)
    ]

    def power(v: Any) -> Any:
        k, y = 0, v
        while k < v:
            k, y = k + 1, y * v
        return y

    assert [mode(grad(power))(at) for at in (1.5, 2.0)] == [3 * 1.5**2, 3 * 2.0**2]
    assert mode(grad(lambda v: v * ag.floor(v)))(2.5) == 2.0
    assert mode(partial(counted, n=3))(2.0) == 2.0**3 * 3
    assert mode(grad(partial(counted, n=3)))(2.0) == 3 * 2.0**2 * 3


@MODES
def test_a_variance_is_written_with_the_mean_of_autograd_core(mode: Any) -> None:
    xs = [1.0, 2.0, 4.0]
    with pytest.raises(
        TypeError, match=r"the mean of the squares of x - autograd_core\.mean\(xs\)"
    ):
        mode(statistics.pvariance)([Value(x) for x in xs])

    def variance(xs: Any) -> Any:
        middle = ag.mean(xs)
        return ag.mean([(x - middle) ** 2 for x in xs])

    assert mode(variance)(xs) == pytest.approx(statistics.pvariance(xs), rel=1e-15)
    expected = [2 / 3 * (x - statistics.mean(xs)) for x in xs]
    assert mode(grad(variance))(xs) == pytest.approx(expected, rel=1e-14)
    assert mode(grad(statistics.median))(xs) == [0.0, 1.0, 0.0]


@MODES
def test_a_float_of_a_compiled_value_is_not_sent_to_its_data(mode: Any) -> None:
    with pytest.raises(TypeError) as caught:
        mode(lambda x: x * float(x))(Value(2.0)) if mode is not compiled else compiled(
            lambda x: x * float(x)
        )(2.0)
    assert ("v.data" in str(caught.value)) is (mode is not compiled)
    assert mode(grad(lambda x: x * x.detach()))(2.0) == 2.0


def test_numbers_that_were_changed_are_computed_anew() -> None:
    x = Value(2.0)
    y = x**3
    x.data = 3.0
    with pytest.raises(GraphError, match="compute the result again"):
        ag.gradients(ag.gradients(y, x), x)
    y = x**3
    assert ag.gradients(ag.gradients(y, x), x).data == 18.0


def test_a_result_under_no_grad_is_computed_again_outside_it() -> None:
    with ag.no_grad():
        y = Value(2.0) * 3.0
    with pytest.raises(GraphError, match=r"under no_grad\(\)"):
        y.backward()
    x = Value(2.0)
    (x * 3.0).backward()
    assert x.grad == 3.0


def test_a_value_kept_from_a_compiled_function_is_returned_instead() -> None:
    kept: list[Any] = []
    compiled(lambda x: kept.append(x * x) or x)(3.0)
    with pytest.raises(
        ag.RecordingError, match="return the Value from the function, and differentiate the result"
    ):
        kept[0].backward()
    x = Value(3.0)
    compiled(lambda x: x * x)(x).backward()
    assert x.grad == 6.0


def test_a_gradient_that_overflows_is_set_to_zero_before_the_next_pass() -> None:
    x = Value(1.0)
    x.grad = 1.7e308
    y = x * 1.7e308
    with (
        pytest.raises(FloatingPointError, match=r"set it to 0\.0 before the pass"),
        ag.detect_anomaly(),
    ):
        y.backward()
    x.grad = 0.0
    with ag.detect_anomaly():
        y.backward()
    assert x.grad == 1.7e308


@pytest.mark.usefixtures("compiled_at_once")
def test_a_function_of_many_paths_is_written_with_where() -> None:
    def steps(x: Any, choose: Any) -> Any:
        y = x
        for k in range(40):
            y = choose(x < k, y + 1.0, y)
        return y

    branching = compiled(lambda x: steps(x, lambda c, a, b: a if c else b))
    with pytest.warns(
        RuntimeWarning, match=r"3 different paths.*maximum, minimum or where\(condition, a, b\)"
    ):
        expected = [branching(k + 0.5) for k in range(35)]
    selecting = compiled(lambda x: steps(x, where))
    assert [selecting(k + 0.5) for k in range(35)] == expected
    assert len(selecting.programs) == 1


def test_a_function_in_a_module_comes_out_of_a_pickle_and_takes_other_arguments() -> None:
    alone = pickle.loads(pickle.dumps(compiled(lambda x: x)))
    with pytest.raises(ag.RecordingError, match="define the function in a module"):
        alone(1.0)
    assert pickle.loads(pickle.dumps(compiled(math_of_a_module)))([2.0, 3.0]) == 6.0


def test_check_gradients_writes_plain_numbers_beside_each_other() -> None:
    wrong = primitive(
        "wrong_twice",
        compute=lambda x: x**3,
        partials=lambda y, x: 3.0 * x.detach() * x if isinstance(x, Value) else 3.0 * x * x,
    )
    with pytest.raises(AssertionError, match="∂²f") as caught:
        ag.check_gradients(lambda w: wrong(w[0]) * w[1], [1.5, 2.0])
    assert "Value(" not in str(caught.value)


def test_pictures_are_saved_as_the_errors_say(tmp_path: Any) -> None:
    pytest.importorskip("graphviz")
    x = Value(2.0, "x")
    y = ag.sin(x) * x
    y.backward()
    picture = ag.draw(y)
    with pytest.raises(ValueError, match=r"write picture\.save\('name\.svg', animated=True\)"):
        picture.save(tmp_path / "name.png", animated=True)
    picture.save(tmp_path / "name.svg", animated=True)
    with pytest.raises(ValueError, match=r"explore\(value\)\.save\('page\.html'\)"):
        picture.save(tmp_path / "page.html")
    explore(y).save(tmp_path / "page.html")
    with pytest.raises(ValueError, match=r"draw\(value\)\.save\('picture\.png'\)"):
        explore(y).save(tmp_path / "picture.png")
    ag.draw(y).save(tmp_path / "picture.png")
    assert len(list(tmp_path.iterdir())) == 3


def test_a_picture_too_large_or_without_parts_is_drawn_as_the_error_says() -> None:
    x = Value(1.01, "x")
    y = x
    for _ in range(300):
        y = y * x
    with pytest.raises(ValueError, match=r"focus=node, steps=2\), or give a larger limit"):
        ag.draw(y, level="scalars")
    assert "digraph" in ag.draw(y, level="scalars", focus=y, steps=2).source
    assert "digraph" in ag.draw(y, level="scalars", limit=1000).source
    small = ag.sin(x) * x
    with pytest.raises(ValueError, match=r'inside `with group\("name"\):`.*level=.scalars.'):
        ag.draw(small, level="neurons")
    with ag.group("part"):
        grouped = ag.sin(x) * x
    assert "digraph" in ag.draw(grouped + 0.0, level="neurons").source
    assert "digraph" in ag.draw(small, level="scalars").source
    with pytest.raises(ValueError, match="draw a result that depends on it"):
        ag.draw(small, focus=Value(1.0))
