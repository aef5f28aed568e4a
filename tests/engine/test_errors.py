"""What cannot work raises an error that says what was wrong, what was got and what to do."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

import autograd_core as ag
from autograd_core import Value
from autograd_core.errors import GraphError
from autograd_core.primitives import REAL, Primitive

NOT_REAL = {
    "text": ("2.5", "float"),
    "bytes": (b"2.5", "float"),
    "complex": (1j, "real"),
    "Decimal": (Decimal("2.5"), "float"),
    "None": (None, "return"),
    "list": ([1.0, 2.0], "one Value for each element"),
    "object": (object(), "float"),
}
OPERATORS = [
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.pow,
    operator.floordiv,
    operator.mod,
]
not_real = pytest.mark.parametrize(("thing", "advice"), NOT_REAL.values(), ids=NOT_REAL.keys())


@not_real
def test_a_value_refuses_what_is_no_real_number(thing: object, advice: str) -> None:
    with pytest.raises(TypeError) as caught:
        Value(thing)
    message = str(caught.value)
    assert "must be a real number" in message
    assert type(thing).__name__ in message
    assert advice in message


@not_real
@pytest.mark.parametrize("apply", OPERATORS, ids=lambda apply: apply.__name__)
def test_an_operator_refuses_what_is_no_real_number(
    apply: Callable[[Any, Any], Any], thing: object, advice: str
) -> None:
    with pytest.raises(TypeError, match=advice):
        apply(Value(2.0), thing)
    if not (
        apply is operator.mod and isinstance(thing, str | bytes)
    ):  # "…" % v is text formatting, refused in its own words
        with pytest.raises(TypeError, match=advice):
            apply(thing, Value(2.0))


@not_real
def test_a_function_refuses_what_is_no_real_number(thing: object, advice: str) -> None:
    for call in (
        ag.sin,
        ag.sigmoid,
        lambda x: ag.maximum(x, Value(1.0)),
        lambda x: ag.sum([x, Value(1.0)]),
    ):
        with pytest.raises(TypeError, match=advice):
            call(thing)


def test_an_array_of_several_elements_is_not_one_value() -> None:
    numpy = pytest.importorskip("numpy")
    for array in (numpy.array([1.0, 2.0]), numpy.zeros((0,)), numpy.zeros((1, 1))):
        with pytest.raises(TypeError, match="one Value for each element"):
            Value(array)


@pytest.mark.parametrize(
    "call", [Value, lambda n: Value(1.0) + n, lambda n: n * Value(1.0), ag.exp]
)
def test_an_int_beyond_the_range_of_a_float_is_refused_in_short(call: Callable[[int], Any]) -> None:
    with pytest.raises(OverflowError, match="beyond the range of a float") as caught:
        call(10**5000)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("function", [math.sin, math.exp, math.sqrt, float])
def test_what_would_lose_the_gradient_names_the_function_to_call(
    function: Callable[[Any], Any],
) -> None:
    with pytest.raises(TypeError, match=r"lose its gradient.*autograd_core\.sin\(v\).*v\.data"):
        function(Value(0.5))


@pytest.mark.parametrize("number", [0.5, math.inf, math.nan])
def test_an_index_that_is_no_whole_number_names_the_ways_to_one(number: float) -> None:
    with pytest.raises(TypeError, match=rf"got a Value of {number}; write int\(v\) or round\(v\)"):
        range(Value(number))


def test_a_value_in_an_array_of_floats_names_the_array_that_holds_values() -> None:
    array = pytest.importorskip("numpy").zeros(2)
    with pytest.raises(TypeError, match="make it with dtype=object"):
        array[0] = Value(0.5)


@pytest.mark.parametrize(
    "leaf", [Value(1.0), (Value(1.0) * 2.0).detach()], ids=["a leaf", "a detached result"]
)
def test_backward_needs_a_graph(leaf: Value) -> None:
    with pytest.raises(GraphError, match=r"nothing was recorded.*Call it on a result"):
        leaf.backward()


def test_backward_under_no_grad_says_so() -> None:
    with ag.no_grad():
        y = Value(1.0) * 2.0
    with pytest.raises(GraphError, match="no_grad"):
        y.backward()


@pytest.mark.parametrize("name", ["data", "grad"])
def test_data_and_grad_take_numbers_only(name: str) -> None:
    with pytest.raises(TypeError, match="must be a real number, got 'two'"):
        setattr(Value(1.0), name, "two")


def test_a_misspelt_attribute_is_refused() -> None:
    with pytest.raises(AttributeError):
        Value(1.0).gradient = 2.0  # type: ignore[attr-defined]


def test_a_function_of_one_number_differentiates_one_number() -> None:
    with pytest.raises(TypeError, match="use jacobian"):
        ag.grad(lambda x: [x, x])(1.0)
    with pytest.raises(TypeError, match="return"):
        ag.grad(lambda x: None)(1.0)


@pytest.mark.parametrize(
    "argument", ["text", None, {1.0, 2.0}, [1.0, [{2.0}]], [None, ["text"]], [True]]
)
def test_a_transform_names_the_argument_that_has_no_numbers(argument: object) -> None:
    with pytest.raises(TypeError, match=r"argument 0.*must be a (real )?number.* nested"):
        ag.grad(lambda x: x)(argument)


@pytest.mark.parametrize("argnums", [1, -2, (0, 1)])
def test_argnums_must_name_an_argument(argnums: Any) -> None:
    with pytest.raises(
        TypeError, match=r"argnums names argument -?\d, but the function was called with 1"
    ):
        ag.grad(lambda x: x, argnums)(1.0)


def test_tangents_and_cotangents_must_match_in_number() -> None:
    with pytest.raises(ValueError, match="tangents must have 2 entries, got 1 entries"):
        ag.jvp(lambda x, y: x * y, (1.0, 2.0), (1.0,))
    with pytest.raises(ValueError, match="cotangent must be one number, got 2 entries"):
        ag.vjp(lambda x: x, 1.0)[1]([1.0, 2.0])


def test_gradients_takes_values_to_differentiate_by() -> None:
    with pytest.raises(TypeError, match=r"differentiates with respect to Values, got 2\.0"):
        ag.gradients(Value(1.0) * 2.0, 2.0)


def test_reductions_take_an_iterable_of_numbers() -> None:
    with pytest.raises(TypeError, match="takes an iterable of numbers, got one Value"):
        ag.sum(Value(1.0))
    for function in (ag.sum, ag.mean, ag.softmax, ag.logsumexp):
        with pytest.raises(
            TypeError, match=rf"{function.__name__} takes an iterable of numbers, got 5\.0; write"
        ):
            function(5.0)
    with pytest.raises(
        TypeError,
        match=r"dot takes an iterable of numbers, got one Value; write dot\(\[a, b\], \[c, d\]\)",
    ):
        ag.dot(Value(1.0), Value(2.0))
    with pytest.raises(ValueError, match="got 1 and 2 numbers"):
        ag.dot([1.0], [1.0, 2.0])
    with pytest.raises(ValueError, match="at least one number"):
        ag.mean([])


def test_a_primitive_needs_a_name_of_its_own_and_one_domain_per_operand() -> None:
    with pytest.raises(ValueError, match="already has a row 'sin'"):
        ag.primitive("sin", compute=math.sin, partials=lambda y, x: x)
    with pytest.raises(ValueError, match="must be a Python identifier, got 'two words'"):
        ag.primitive("two words", compute=math.sin, partials=lambda y, x: x)
    with pytest.raises(ValueError, match="1 partials but 2 domains"):
        ag.primitive("unnamed", compute=math.sin, partials=lambda y, x: x, domain=[REAL] * 2)


def test_a_row_says_how_many_operands_it_takes() -> None:
    with pytest.raises(TypeError, match="hypot takes 2 operands, got 1"):
        ag.hypot(1.0)
    with pytest.raises(TypeError, match="atan2 takes 2 operands, got 3"):
        ag.atan2(Value(1.0), 2.0, 3.0)


def test_check_gradients_names_the_number_that_is_off() -> None:
    wrong = Primitive(
        "wrong_square", "x²", (REAL,), lambda x: x * x, (lambda y, x: x,)
    )  # a row outside the table
    with pytest.raises(
        AssertionError,
        match=r"∂f/∂x\[1\] is off by 3\n  backward     3\.0\n(.*\n)*  differences  6 ±",
    ):
        ag.check_gradients(lambda w: w[0] + wrong(w[1]), [1.0, 3.0])


def test_a_role_is_one_of_three() -> None:
    with pytest.raises(ValueError, match="one of input, parameter, constant, got 'paramter'"):
        Value(1.0, role="paramter")


def test_data_is_set_to_a_plain_number() -> None:
    x = Value(1.0)
    with pytest.raises(TypeError, match=r"take its plain number, \.data"):
        x.data = Value(3.0)  # type: ignore[assignment]


def test_argnums_are_numbers() -> None:
    with pytest.raises(TypeError, match=r"argnums is the number of an argument, .* got 'x'"):
        ag.grad(ag.sin, argnums="x")(1.0)  # type: ignore[arg-type]


def test_a_check_takes_a_function() -> None:
    with pytest.raises(TypeError, match=r"write check_gradients\(f, x\)"):
        ag.check_gradients(3.0, 1.0)  # type: ignore[arg-type]


def test_a_value_is_not_wrapped_again() -> None:
    with pytest.raises(
        TypeError, match=r"a Value of a Value would lose its gradient silently; .* v\.detach\(\)"
    ):
        ag.grad(lambda x: Value(x) ** 2)(3.0)
