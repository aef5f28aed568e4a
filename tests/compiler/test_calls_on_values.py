"""Compiled functions on Values: captured, given, and differentiated through; and what is
refused inside.
"""

from __future__ import annotations

import pickle
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import Value, grad, hessian, no_grad
from autograd_core.compiler.api import compiled
from autograd_core.errors import RecordingError

from .backends import ALL_BACKENDS, forced
from .importable import hill

backends = pytest.mark.parametrize("backend", ALL_BACKENDS)
Pair = namedtuple("Pair", "first second")
ROOT = Path(__file__).parents[2]


# Values.


@backends
def test_captured_values_are_read_anew(backend: str) -> None:
    w = Value(3.0, label="w")
    with forced(backend):
        f, slope = compiled(lambda x: w * x * x), compiled(grad(lambda x: w * x * x))
        assert (f(2.0), slope(2.0)) == (12.0, 12.0)
        w.data = 5.0
        assert (f(2.0), slope(2.0)) == (20.0, 20.0)
        assert compiled(lambda: 2.0 * w)() == 10.0


@backends
def test_values_in_give_a_value_out_whose_backward_works(backend: str) -> None:
    w = Value(3.0)
    with forced(backend):
        f = compiled(lambda xs: [ac.sin(xs[0]) * xs[1] * w, xs[1] * 2.0])
        xs = [Value(0.5), Value(2.0)]
        y, z = f(xs)
        (y + z * z).backward()
    plain = [Value(0.5), Value(2.0)]
    v = Value(3.0)
    total = ac.sin(plain[0]) * plain[1] * v + (plain[1] * 2.0) ** 2.0
    total.backward()
    assert [*[x.grad for x in xs], w.grad] == pytest.approx(
        [*[x.grad for x in plain], v.grad], rel=1e-14
    )
    assert all(isinstance(x, Value) for x in (y, z))


@backends
def test_derivatives_of_any_order_go_through_a_compiled_function(backend: str) -> None:
    def f(x: Any) -> Any:
        return ac.exp(x) * x * x

    with forced(backend):
        g = compiled(f)
        assert grad(g)(0.5) == pytest.approx(grad(f)(0.5), rel=1e-14)
        assert grad(grad(g))(0.5) == pytest.approx(grad(grad(f))(0.5), rel=1e-14)
        assert grad(grad(grad(g)))(0.5) == pytest.approx(grad(grad(grad(f)))(0.5), rel=1e-14)
        assert hessian(compiled(lambda x: x[0] * x[0] * x[1]))([2.0, 3.0]) == [
            [6.0, 4.0],
            [4.0, 0.0],
        ]


def test_object_arrays_of_values_give_values() -> None:
    xs = np.array([Value(1.0), Value(2.0)], dtype=object)
    y = compiled(lambda x: ac.sum([z * z for z in x]))(xs)
    y.backward()
    assert [x.grad for x in xs] == [2.0, 4.0]


@pytest.mark.parametrize(("reduce", "slope"), [("sum", 12.0), ("mean", 4.0)])
def test_a_reduced_batch_gives_a_value_for_its_shared_values(reduce: str, slope: float) -> None:
    w = Value(2.0)
    y = compiled(lambda w, x: w * w * x, batched="x", reduce=reduce)(w, [0.5, 1.0, 1.5])
    y.backward()
    assert (y.data, w.grad) == (slope, slope)


def test_a_batch_without_a_reduction_refuses_values() -> None:
    with pytest.raises(TypeError, match=r"reduce='sum' or 'mean'"):
        compiled(lambda w, x: w * x, batched="x")(Value(2.0), [1.0])


@pytest.mark.parametrize("branch", [1.0, -1.0])
def test_values_take_the_branch_that_fits(branch: float) -> None:
    f = compiled(hill)
    f(2.0)
    x = Value(2.0 * branch)
    y = f(x)
    y.backward()
    assert (y.data, x.grad) == ((4.0, 4.0) if branch > 0.0 else (6.0, -3.0))


@backends
def test_each_branch_may_capture_values_of_its_own(backend: str) -> None:
    w, v = Value(3.0), Value(5.0)
    with forced(backend):
        f = compiled(lambda xs: ac.sum([w * x if x > 0.0 else v * x * x for x in xs]))
        for xs in ([1.0], [-2.0], [1.0, -2.0], [-2.0, -1.0], [1.0]):
            w.grad = v.grad = 0.0
            f([Value(x) for x in xs]).backward()
            assert w.grad == sum(x for x in xs if x > 0.0)
            assert v.grad == sum(x * x for x in xs if x < 0.0)


def test_under_no_grad_values_give_constants() -> None:
    x = Value(2.0)
    with no_grad():
        y = compiled(lambda x: x * x)(x)
    assert (y.data, y.operands) == (4.0, ())


def _without_gradient(x: Any) -> Any:
    with no_grad():
        y = x * x
    return x * y


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * (x * x).detach(),
        lambda x: x * Value(x * x, role="constant"),
        _without_gradient,
    ],
    ids=["detach", "Value(v)", "no_grad"],
)
def test_what_has_no_gradient_follows_its_argument_all_the_same(f: Callable[[Any], Any]) -> None:
    program, slope = compiled(f), compiled(grad(f))
    for x in (2.0, 3.0):
        assert (program(x), slope(x)) == (x * x * x, x * x)


def test_a_backward_pass_inside_is_refused() -> None:
    w = Value(2.0)

    def f(x: Any) -> Any:
        y = w * x
        y.backward()
        return y

    with pytest.raises(RecordingError):
        compiled(f)(3.0)


def test_setting_data_inside_is_refused() -> None:
    w = Value(2.0)

    def f(x: Any) -> Any:
        w.data = 5.0
        return w * x

    with pytest.raises(RecordingError):
        compiled(f)(3.0)


def test_a_compiled_function_inside_another_is_a_part_of_it() -> None:
    inner = compiled(lambda x: x * x)
    outer = compiled(lambda x: inner(x) + inner(2.0 * x))
    assert (outer(2.0), outer(3.0)) == (20.0, 45.0)
    assert compiled(grad(outer))(2.0) == 20.0


class Line:
    """A model of its own kind, with a compiled method."""

    def __init__(self, slope: float) -> None:
        self.slope = Value(slope)

    @compiled
    def at(self, x: Any) -> Any:
        return self.slope * x


def test_a_method_has_programs_of_its_own_for_each_object() -> None:
    steep, flat = Line(3.0), Line(0.5)
    assert (steep.at(2.0), flat.at(2.0)) == (6.0, 1.0)
    steep.slope.data = 4.0
    assert (steep.at(2.0), flat.at(2.0)) == (8.0, 1.0)
    assert len(steep.at.programs) == len(flat.at.programs) == 1
    y = steep.at(Value(2.0))
    y.backward()
    assert steep.slope.grad == 2.0
    again = pickle.loads(pickle.dumps(steep))
    again.slope.data = 5.0
    assert (again.at(2.0), steep.at(2.0)) == (10.0, 8.0)
    assert isinstance(Line.at, type(steep.at))
