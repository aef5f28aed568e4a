"""`grad` and its family: nested containers in, the same structure out, of any order, and no
`.grad` written.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from fractions import Fraction
from typing import Any, NamedTuple

import pytest

from autograd_core import (
    Value,
    cos,
    dot,
    exp,
    grad,
    gradients,
    hessian,
    hvp,
    jacobian,
    jvp,
    log,
    logsumexp,
    no_grad,
    numerical_gradient,
    sin,
    sum,
    tanh,
    value_and_grad,
    vjp,
)  # fmt: skip
from tests.optional import needs_numpy, numpy


class Point(NamedTuple):
    x: Any
    y: Any


def _sum_of_squares(structure: Any) -> Any:
    """½ Σ x² over every number in a structure, whose gradient is the structure itself."""
    if isinstance(structure, dict):
        structure = list(structure.values())
    if isinstance(structure, list | tuple):
        return sum([_sum_of_squares(part) for part in structure])
    if hasattr(structure, "ravel"):
        return sum([_sum_of_squares(part) for part in structure.ravel()])
    return structure * structure / 2.0


@pytest.mark.parametrize(
    "x",
    [
        3.0, [1.0, 2.0], (1.0, 2.0), {"w": [1.0, 2.0], "b": 3.0}, [[1.0], [], {"a": (2.0, [3.0])}], Point(1.0, [2.0]),
        OrderedDict(b=1.0, a=2.0), [],
    ],
    ids=repr,
)  # fmt: skip
def test_a_gradient_has_the_structure_of_the_argument(x: Any) -> None:
    gradient = grad(_sum_of_squares)(x)
    assert gradient == x
    assert type(gradient) is type(x)


@needs_numpy
def test_a_gradient_of_arrays_is_an_array_of_floats() -> None:
    x = numpy.array([[1.0, 2.0], [3.0, 4.0]])
    gradient = grad(_sum_of_squares)(x)
    assert gradient.dtype == float
    assert (gradient == x).all()
    mixed = grad(_sum_of_squares)({"w": x, "b": 5.0})
    assert (mixed["w"] == x).all()
    assert mixed["b"] == 5.0


@pytest.mark.parametrize(
    "x",
    [
        3,
        True,
        Fraction(1, 2),
        *([numpy.float32(0.5), numpy.int64(3), numpy.array(3.0)] if numpy else []),
    ],
    ids=repr,
)
def test_any_real_number_can_be_differentiated_by(x: Any) -> None:
    assert grad(lambda x: x * x)(x) == 2.0 * float(x)


def test_plain_numbers_in_give_plain_numbers_out() -> None:
    value, gradient = value_and_grad(lambda w: exp(w[0]) * w[1])([0.0, 2.0])
    assert (type(value), type(gradient[0])) == (float, float)
    assert (value, gradient) == (2.0, [2.0, 1.0])


def test_argnums_choose_the_arguments() -> None:
    def f(x: Any, y: Any, z: Any) -> Any:
        return x * y**2 * z**3

    assert grad(f)(2.0, 3.0, 1.0) == 9.0
    assert grad(f, 1)(2.0, 3.0, 1.0) == 12.0
    assert grad(f, -1)(2.0, 3.0, 1.0) == 54.0
    assert grad(f, (2, 0))(2.0, 3.0, 1.0) == (54.0, 9.0)
    assert grad(f, argnums=[1])(2.0, 3.0, 1.0) == (12.0,)
    assert jacobian(lambda x, y: [x * y, y], argnums=(0, 1))(2.0, 3.0) == [(3.0, 2.0), (0.0, 1.0)]
    assert hessian(f, (0, 1))(2.0, 3.0, 1.0) == ((0.0, 6.0), (6.0, 4.0))


def test_other_arguments_and_keywords_pass_through_untouched() -> None:
    def f(x: Any, text: str, *, scale: float = 1.0, names: Any = None) -> Any:
        assert text == "as it is"
        assert names == {"a"}
        return scale * x * x

    assert grad(f)(3.0, "as it is", scale=2.0, names={"a"}) == 12.0


def test_a_transform_keeps_the_name_and_the_text_of_the_function() -> None:
    assert grad(_sum_of_squares).__name__ == "_sum_of_squares"
    assert grad(_sum_of_squares).__doc__ == _sum_of_squares.__doc__


def test_nested_derivatives_are_not_confused() -> None:
    assert grad(lambda x: grad(lambda y: x * y)(x))(3.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(3.0) == 1.0
    assert grad(lambda x: jvp(lambda y: x * y * y, (x,), (1.0,))[1])(3.0) == 12.0
    assert jvp(lambda x: grad(lambda y: x * y)(2.0), (3.0,), (1.0,)) == (3.0, 1.0)
    assert grad(lambda x: grad(lambda y: grad(lambda z: x * y * z)(1.0))(2.0))(3.0) == 1.0


@pytest.mark.parametrize("order", range(7))
def test_the_derivatives_of_any_order_of_the_sine(order: int) -> None:
    f = sin
    for _ in range(order):
        f = grad(f)
    assert f(0.7) == pytest.approx(math.sin(0.7 + order * math.pi / 2), rel=1e-13)


def test_a_jacobian_has_the_structure_of_the_result_around_that_of_the_argument() -> None:
    def f(p: Any) -> Any:
        return {"product": p["x"] * p["y"][0], "pair": (p["x"], p["y"][1] ** 2)}

    assert jacobian(f)({"x": 2.0, "y": [3.0, 4.0]}) == {
        "product": {"x": 3.0, "y": [2.0, 0.0]},
        "pair": ({"x": 1.0, "y": [0.0, 0.0]}, {"x": 0.0, "y": [0.0, 8.0]}),
    }


@needs_numpy
def test_a_jacobian_of_arrays_is_an_array() -> None:
    a = numpy.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    found = jacobian(lambda x: a @ x)(numpy.array([0.5, 0.25]))
    assert found.dtype == float
    assert (found == a).all()


def test_a_hessian_is_the_second_derivative() -> None:
    def f(x: Any) -> Any:
        return logsumexp(x) + x[0] * x[1] ** 2 * sin(x[2])

    x = [0.3, -0.5, 1.1]
    second = hessian(f)(x)
    for i in range(3):
        numerical = numerical_gradient(lambda x, i=i: grad(f)(x)[i], x)
        assert second[i] == pytest.approx(numerical, rel=1e-6, abs=1e-8)
        assert second[i] == pytest.approx([row[i] for row in second], rel=1e-14)
    assert jacobian(grad(f))(x) == [pytest.approx(row, rel=1e-15) for row in second]
    if numpy:
        assert numpy.allclose(hessian(f)(numpy.array(x)), second, rtol=1e-15)


def test_a_jvp_and_a_vjp_are_products_with_the_jacobian() -> None:
    def f(x: Any, y: Any) -> Any:
        return [sin(x[0]) * y, x[1] / y, exp(x[0] * x[1])]

    x, y = [0.5, 1.5], 2.0
    full = jacobian(f, (0, 1))(x, y)
    rows = [[*row[0], row[1]] for row in full]
    values, moved = jvp(f, (x, y), ([1.0, -2.0], 0.5))
    assert values == pytest.approx([sin(0.5) * 2.0, 0.75, exp(0.75)])
    assert moved == pytest.approx([dot(row, [1.0, -2.0, 0.5]) for row in rows], rel=1e-14)
    _, pull = vjp(f, x, y)
    by_x, by_y = pull([1.0, 3.0, -1.0])
    columns = [dot(column, [1.0, 3.0, -1.0]) for column in zip(*rows, strict=True)]
    assert [*by_x, by_y] == pytest.approx(columns, rel=1e-14)


def test_an_hvp_is_the_product_with_the_hessian() -> None:
    def f(x: Any) -> Any:
        return exp(x[0] * x[1]) + sin(x[1]) * x[0] ** 3

    x, v = [0.7, -0.4], [2.0, 3.0]
    (product,) = hvp(f, (x,), (v,))
    assert product == pytest.approx([dot(row, v) for row in hessian(f)(x)], rel=1e-13)


def test_gradients_of_a_graph_are_values_that_go_on() -> None:
    x, y = Value(2.0), Value(3.0)
    z = x**3 * y
    first = gradients(z, {"x": x, "y": [y]})
    assert (first["x"].data, first["y"][0].data) == (36.0, 8.0)
    second = gradients(first["x"], [x, y])
    assert [v.data for v in second] == [36.0, 12.0]
    second[0].backward()
    assert (x.grad, y.grad) == (18.0, 12.0)


def test_gradients_with_respect_to_what_is_between() -> None:
    x = Value(0.5)
    middle = sin(x)
    end = middle * middle
    assert gradients(end, middle).data == 2.0 * sin(0.5)
    assert gradients(end, Value(1.0)).data == 0.0


def test_a_function_that_ignores_its_argument_has_gradient_zero() -> None:
    assert grad(lambda x: 3.0)(1.0) == 0.0
    assert value_and_grad(lambda x: 3.0)([1.0, 2.0]) == (3.0, [0.0, 0.0])
    assert jacobian(lambda x: [x[0], 1.0])([1.0, 2.0]) == [[1.0, 0.0], [0.0, 0.0]]
    assert hessian(lambda x: x[0] * 3.0)([1.0]) == [[0.0]]
    assert jvp(lambda x: 5.0, (1.0,), (1.0,)) == (5.0, 0.0)


def test_what_is_detached_or_unrecorded_has_no_derivative() -> None:
    assert grad(lambda x: x.detach() * x)(3.0) == 3.0

    def half_hidden(x: Any) -> Any:
        with no_grad():
            hidden = x * x
        return hidden + x

    assert grad(half_hidden)(3.0) == 1.0


def test_a_value_from_outside_can_be_differentiated_through_a_transform() -> None:
    w = Value(3.0, label="w")
    slope = grad(lambda x: w * x * x)(2.0)
    assert isinstance(slope, Value)
    slope.backward()
    assert (slope.data, w.grad) == (12.0, 4.0)


def test_transforms_never_write_a_gradient() -> None:
    w, x = Value(3.0), Value(2.0)
    inside: list[Any] = []

    def f(x: Any) -> Any:
        inside.append(x)
        return tanh(w * x) * x

    y = f(x)
    value_and_grad(f)(x)
    grad(grad(f))(2.0)
    hessian(lambda v: f(v[0]))([x])
    jacobian(lambda x: [f(x), x])(2.0)
    jvp(f, (x,), (1.0,))
    vjp(f, x)[1](1.0)
    hvp(f, (2.0,), (1.0,))
    gradients(gradients(y, x), w)
    assert [v.grad for v in (w, x, y, *inside)] == [0.0] * (3 + len(inside))
    y.backward()
    before = w.grad, x.grad, y.grad
    value_and_grad(f)(x)
    assert (w.grad, x.grad, y.grad) == before


def test_control_flow_of_python_is_differentiated_as_it_ran() -> None:
    def newton_root(a: Any) -> Any:
        x = a
        while abs(x * x - a) > 1e-13:
            x = (x + a / x) / 2.0
        return x if a > 1.0 else log(a)

    assert grad(newton_root)(9.0) == pytest.approx(1.0 / 6.0, rel=1e-12)
    assert grad(lambda a: cos(a) if a < 0 else a * a)(-1.0) == pytest.approx(math.sin(1.0))


@pytest.mark.parametrize(
    "inner",
    [
        lambda a: grad(lambda x: x * x * a)(1.0),
        lambda a: value_and_grad(lambda x: 2.0 * x * a)(1.0)[0],
        lambda a: hessian(lambda x: x * x * a)(1.0),
        lambda a: jacobian(lambda x: [x * x * a])(1.0)[0],
        lambda a: jvp(lambda x: x * x * a, (1.0,), (1.0,))[1],
        lambda a: jvp(lambda x: x * x, (1.0,), (a,))[1],
        lambda a: vjp(lambda x: x * x * a, 1.0)[1](1.0)[0],
        lambda a: hvp(lambda x: x * x * a, (1.0,), (1.0,))[0],
    ],
    ids=["grad", "value_and_grad", "hessian", "jacobian", "jvp", "jvp along a Value", "vjp", "hvp"],
)
def test_a_derivative_at_a_plain_number_inside_another_leaves_plain_numbers_outside(
    inner: Any,
) -> None:
    """The 2a that each gives has the value 6 and the slope 2: floats, for what came in is a
    float.
    """
    assert repr(value_and_grad(inner)(3.0)) == "(6.0, 2.0)"


def test_primals_and_tangents_that_are_no_tuples_are_named() -> None:
    for transform in (jvp, hvp):
        with pytest.raises(TypeError, match=r"as in jvp\(f, \(x,\), \(v,\)\); got 2.0 and 1.0"):
            transform(lambda x: x * x, 2.0, 1.0)  # type: ignore[arg-type]


def test_what_is_differentiated_by_is_passed_by_position() -> None:
    with pytest.raises(TypeError, match="pass these arguments by position, not by name"):
        grad(lambda x: x * x)(x=2.0)


@pytest.mark.parametrize("transform", [grad, value_and_grad, jacobian, hessian])
def test_a_transform_of_a_number_says_where_the_argument_goes(transform: Any) -> None:
    with pytest.raises(
        TypeError, match=rf"got 3.0 \(float\); write {transform.__name__}\(f\)\(x\)"
    ):
        transform(3.0)


@pytest.mark.parametrize("transform", [grad, value_and_grad, hessian])
def test_a_gradient_of_several_numbers_says_what_to_do(transform: Any) -> None:
    with pytest.raises(
        TypeError,
        match=r"needs a function that returns one number, got .* sum its numbers, or use "
        r"jacobian",
    ):
        transform(lambda x: [x, x])(1.0)
    with pytest.raises(TypeError, match=r"got None .*is a `return` missing"):
        transform(lambda x: None)(1.0)
    if numpy:
        assert transform(lambda x: numpy.array(3.0))(1.0) in (0.0, (3.0, 0.0))


@pytest.mark.parametrize("transform", [grad, hessian, jacobian])
def test_an_object_as_argument_is_told_what_may_hold_numbers(transform: Any) -> None:
    with pytest.raises(
        TypeError, match=r"argument 0 must be .*numbers may stand in nested lists, tuples, dicts"
    ):
        transform(lambda point: point.x)(object())


def test_gradients_of_several_outputs_are_those_of_their_sum() -> None:
    x = Value(2.0)
    y, z = x * x, 3.0 * x
    for outputs in ([y, z], (y, z, 5.0), {"y": y, "z": z}):
        assert [g.data for g in gradients(outputs, [x])] == [7.0]
    assert gradients(3.0, x).data == 0.0
    with pytest.raises(TypeError, match="the output must be a number or nested"):
        gradients("y", x)
