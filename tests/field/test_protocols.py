"""Other people's classes: which of two classes answers an operator, what an array holds, how
unlike numbers compare.
"""

from __future__ import annotations

import decimal
import fractions
import math
import operator
from collections.abc import Callable
from typing import Any

import pytest

import autograd_core
from autograd_core import Value, compiled, dot, exp, grad, maximum, softmax, value_and_grad

pytest.importorskip("numpy")  # arrays, and compiled functions

MODES = pytest.mark.parametrize("mode", [lambda f: f, compiled], ids=["eager", "compiled"])
OPERATORS = [
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.floordiv,
    operator.mod,
    operator.pow,
    divmod,
]


@MODES
def test_a_masked_array_keeps_the_gradient_and_follows_the_number_of_each_call(mode: Any) -> None:
    import numpy as np

    def loss(w: Any) -> Any:
        off = np.ma.masked_invalid([1.0, math.nan, 5.0]) - w
        return (off * off).sum()

    both = mode(value_and_grad(loss))
    assert both(2.0) == (10.0, -4.0)
    with pytest.raises(
        TypeError, match="isfinite"
    ):  # NumPy's own limit: it has no power of masked objects
        mode(grad(lambda w: ((np.ma.masked_invalid([1.0, math.nan]) - w) ** 2).sum()))(2.0)
    assert both(3.0) == (8.0, 0.0)


@MODES
def test_a_masked_array_times_a_weight_and_its_mean_have_their_slopes(mode: Any) -> None:
    import numpy as np

    data = np.ma.array([1.0, 7.0, 3.0], mask=[False, True, False])
    assert mode(grad(lambda w: (w * data).mean()))(5.0) == 2.0
    assert mode(grad(lambda w: np.ma.dot(data, data * w)))(5.0) == 10.0


def test_a_masked_number_is_missing_and_not_zero() -> None:
    import numpy as np

    for use in (
        lambda v: v * np.ma.masked,
        lambda v: autograd_core.sum([v, np.ma.masked]),
        lambda _: Value(np.ma.masked),
    ):
        with pytest.raises(TypeError, match="a value is missing"):
            use(Value(2.0))


class Vector:
    """Numbers side by side, which a scalar multiplies; a user's own class."""

    def __init__(self, *parts: Any) -> None:
        self.parts = parts

    def _each(self, operation: Callable[[Any, Any], Any], other: Any) -> Vector:
        return Vector(*[operation(other, part) for part in self.parts])


for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"):

    def _reflected(self: Vector, other: Any, operation: Any = getattr(operator, name)) -> Vector:  # noqa: B008
        return self._each(operation, other)

    setattr(Vector, f"__r{name}__", _reflected)


@MODES
@pytest.mark.parametrize(
    "operation", [o for o in OPERATORS if o is not divmod], ids=lambda o: o.__name__
)
def test_a_class_of_ones_own_answers_every_operator(operation: Any, mode: Any) -> None:
    def first(x: Any) -> Any:
        result = operation(x, Vector(3.0, 5.0))
        assert isinstance(result, Vector)
        return result.parts[0] + 2.0 * result.parts[1]

    expected = grad(lambda x: operation(x, 3.0) + 2.0 * operation(x, 5.0))(7.5)
    assert mode(grad(first))(7.5) == expected


def test_divmod_asks_the_other_class_for_both_of_its_parts() -> None:
    quotient, rest = divmod(Value(7.5), Vector(2.0))  # type: ignore[operator]
    assert (quotient.parts[0].data, rest.parts[0].data) == (3.0, 1.5)


def test_a_vector_that_is_a_tuple_is_asked_and_a_plain_tuple_is_not() -> None:
    class Pair(tuple[float, float]):
        def __rmul__(self, factor: Any) -> Any:
            return [factor * x for x in self]

    assert grad(lambda x: (x * Pair((2.0, 3.0)))[1])(1.0) == 3.0
    with pytest.raises(TypeError, match="one Value for each element"):
        Value(1.0) * (2.0, 3.0)


NONSENSE = ["two", b"two", None, [1.0], (1.0,), {}, {1.0}, object(), 1j, decimal.Decimal(2)]


@pytest.mark.parametrize("nonsense", NONSENSE, ids=lambda x: type(x).__name__)
@pytest.mark.parametrize("operation", OPERATORS, ids=lambda o: o.__name__)
def test_plain_nonsense_is_still_told_what_to_write(operation: Any, nonsense: Any) -> None:
    with pytest.raises(TypeError, match="must be a real number, got"):
        operation(Value(2.0), nonsense)


def test_a_symbol_and_a_sparse_matrix_speak_for_themselves() -> None:
    sympy = pytest.importorskip("sympy")
    sparse = pytest.importorskip("scipy.sparse")
    assert Value(2.0).__mul__(sympy.Symbol("x")) is NotImplemented
    assert Value(2.0).__mul__(sparse.csr_matrix([[1.0]])) is NotImplemented


class Metres:
    """A quantity as pint and unyt make them: an array without dimensions, with a unit beside
    the number.
    """

    ndim, units = 0, "m"

    def __init__(self, number: Any) -> None:
        self.number = number

    def item(self) -> Any:
        return self.number

    def __rmul__(self, factor: Any) -> Metres:
        return Metres(factor * self.number)


@MODES
def test_a_quantity_keeps_its_unit(mode: Any) -> None:
    def area(x: Any) -> Any:
        length = x * Metres(3.0)
        assert length.units == "m"
        return length.number * x

    assert mode(grad(area))(2.0) == 12.0
    with pytest.raises(TypeError, match="must be a real number"):
        Value(2.0) + Metres(3.0)  # type: ignore[operator]


@MODES
def test_a_quantity_of_pint_is_differentiated_and_keeps_its_unit(mode: Any) -> None:
    metre = pytest.importorskip("pint").UnitRegistry().metre
    assert mode(grad(lambda x: ((x * metre) * (x * (2.0 * metre))).to("cm**2").magnitude))(
        3.0
    ) == pytest.approx(120_000.0)
    assert mode(grad(lambda x: (x / (4.0 * metre)).to("1/cm").magnitude))(3.0) == pytest.approx(
        0.0025
    )
    for operation in (operator.add, operator.sub, operator.floordiv, operator.mod):
        with pytest.raises(Exception, match="dimension"):
            operation(Value(2.0), 3.0 * metre)


@pytest.mark.slow
def test_a_tensor_that_wants_a_gradient_does_not_lose_it_in_silence() -> None:
    torch = pytest.importorskip("torch")
    weight = torch.tensor(2.0, requires_grad=True)
    for use in (
        lambda v: v * weight,
        lambda v: weight * v,
        lambda v: maximum(v, weight),
        lambda _: Value(weight),
    ):
        with pytest.raises(TypeError):
            use(Value(3.0))
    assert (Value(3.0) * weight.detach()).data == 6.0


ARRAYS: dict[str, Callable[[Any, Any], Any]] = {
    "where": lambda np, x: np.where(x > 0, x * x, -x),
    "product": lambda np, x: x * np.where(x > 0, x, -1.0),
    "reflected": lambda np, x: np.where(x > 0, x, -1.0) * x,
    "function": lambda np, x: autograd_core.log(np.where(x > 0, exp(x * x), exp(-x))),
    "two operands": lambda np, x: maximum(np.where(x > 0, x * x, -x), -9.0),
    "sum": lambda np, x: autograd_core.sum([np.where(x > 0, x * x, -x), 1.0]),
    "dot": lambda np, x: dot([np.where(x > 0, x, -1.0), 0.0], [x, x]),
    "softmax": lambda np, x: x * x * softmax([np.where(x > 0, x, x)])[0] if x > 0 else -x,
    "select": lambda np, x: np.select([x > 0, x < -9], [x * x, 7.0], -x),
    "piecewise polynomial": lambda np, x: np.polyval(
        np.select([x > 0], [[1, 0, 0]], [0, -1, 0]), x
    ),
    "branch on it": lambda np, x: x * x if np.where(x > 0, x, -9.0) > -1.0 else -x,
    "compared with it": lambda np, x: x * x if x >= np.where(x > 0, x, 9.0) else -x,
}


@MODES
@pytest.mark.parametrize("form", ARRAYS.values(), ids=ARRAYS.keys())
def test_a_value_in_an_array_without_dimensions_is_that_value(form: Any, mode: Any) -> None:
    import numpy as np

    slope = mode(grad(lambda x: form(np, x)))
    assert slope(2.0) == pytest.approx(4.0, rel=1e-14)
    assert slope(-3.0) == pytest.approx(-1.0, rel=1e-14)


@MODES
def test_a_polynomial_and_a_lambdified_piecewise_are_differentiated(mode: Any) -> None:
    import numpy as np

    sympy = pytest.importorskip("sympy")
    assert mode(grad(lambda x: np.polyval([1.0, 2.0, 3.0], x)))(2.0) == 6.0
    assert mode(grad(np.poly1d([1.0, 2.0, 3.0])))(2.0) == 6.0
    x = sympy.Symbol("x")
    both = sympy.lambdify(x, sympy.Piecewise((x**2, x > 0), (-x, True)), "numpy")
    assert [mode(grad(both))(at) for at in (2.0, -3.0)] == [4.0, -1.0]


def test_a_row_of_ones_own_may_return_what_numpy_where_gives() -> None:
    import numpy as np

    ramp = autograd_core.primitive(
        "ramp_of_where",
        compute=lambda x: np.where(x > 0, x, 0.0),
        partials=lambda y, x: np.where(x > 0, x / x, 0.0),
    )
    assert (ramp(2.0), grad(ramp)(2.0), grad(lambda x: grad(ramp)(x) * x)(2.0)) == (2.0, 1.0, 1.0)


OTHERS = [
    decimal.Decimal(3),
    decimal.Decimal("0.1"),
    3 + 0j,
    3 + 1j,
    fractions.Fraction(3),
    fractions.Fraction(1, 10),
    2**53 + 1,
    10**400,
    -(10**400),
    math.nan,
    "3",
    None,
]
COMPARISONS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]


def said(compare: Any, a: Any, b: Any) -> Any:
    try:
        return 1.0 if compare(a, b) else 0.0
    except TypeError:
        return "TypeError"
    except decimal.InvalidOperation:  # what a nan gives beside a Decimal
        return 0.0


@MODES
@pytest.mark.parametrize("other", OTHERS, ids=lambda other: repr(other)[:20])
@pytest.mark.parametrize("compare", COMPARISONS, ids=lambda compare: compare.__name__)
def test_a_value_compares_with_any_number_as_a_float_does(
    compare: Any, other: Any, mode: Any
) -> None:
    for x in (
        3.0,
        0.1,
        math.nextafter(0.1, 1.0),
        2.0**53,
        2.0**53 + 2.0,
        math.inf,
        -math.inf,
        math.nan,
    ):
        for ask in (lambda v: said(compare, v, other), lambda v: said(compare, other, v)):
            if ask(x) == "TypeError":
                assert ask(Value(x)) == "TypeError"
            else:
                assert (mode(ask)(x) if mode is compiled else ask(Value(x))) == ask(x), x


def test_a_value_compares_with_numpy_and_torch_scalars_as_a_float_does() -> None:
    import numpy as np

    for other in (np.array(3.0), np.complex128(3.0), np.float32(3.0), np.bool_(True)):
        for x in (3.0, 1.0, 2.0):
            assert (Value(x) == other, other == Value(x), Value(x) != other) == (
                x == other,
                other == x,
                x != other,
            )
    torch = pytest.importorskip("torch")
    assert Value(3.0) == torch.tensor(3.0)
    assert Value(3.0) < torch.tensor(4.0)
