"""The table: every row, the moment it exists, is held to what a row promises."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import autograd_core as ac
from autograd_core import Value, compiled, grad, primitive
from autograd_core.primitives import TABLE, Primitive
from autograd_core.primitives.public import PUBLIC

from . import rows

check_of_a_row = pytest.mark.parametrize(
    "check", rows.CHECKS, ids=lambda check: check.__name__.removeprefix("check_")
)


@pytest.fixture
def versine() -> Iterator[Primitive]:
    """A row that a user adds."""
    row = primitive(
        "versine",
        compute=lambda x: 2.0 * ac.sin(0.5 * x) * ac.sin(0.5 * x),
        partials=lambda y, x: ac.sin(x),
    )
    yield row
    del TABLE["versine"]


@check_of_a_row
@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_every_row_keeps_its_promises(row: Primitive, check: Callable[[Primitive], None]) -> None:
    check(row)


@check_of_a_row
def test_a_row_of_a_user_gets_everything_that_the_built_in_ones_get(
    versine: Primitive, check: Callable[[Primitive], None]
) -> None:
    check(versine)


def test_a_row_of_a_user_has_derivatives_of_every_order(versine: Primitive) -> None:
    assert grad(versine)(0.5) == math.sin(0.5)
    assert grad(grad(versine))(0.5) == math.cos(0.5)
    assert grad(grad(grad(versine)))(0.5) == -math.sin(0.5)


def test_a_row_with_a_wrong_slope_is_caught() -> None:
    wrong = Primitive("wrong", "?", ac.sin.domain, math.sin, [lambda y, x: 1.001 * ac.cos(x)])
    with pytest.raises(AssertionError, match="wrong"):
        rows.check_partials_are_the_limits_of_differences(wrong)


@pytest.mark.parametrize("row", [row for row in TABLE.values() if row.commutative], ids=repr)
def test_a_commutative_row_is_the_same_both_ways(row: Primitive) -> None:
    for a, b in rows.ordinary(row):
        assert row(a, b) == row(b, a)


@pytest.mark.parametrize(
    "row", [row for row in TABLE.values() if row.neutral is not None], ids=repr
)
def test_a_neutral_number_changes_nothing(row: Primitive) -> None:
    for x, _ in rows.ordinary(row):
        assert row(x, row.neutral or 0.0) == x


def test_arrays_run_the_decomposition_of_a_row() -> None:
    pytest.importorskip("numpy")
    square_sum = primitive(
        "square_sum",
        compute=lambda a, b: a * a + b * b,
        partials=[lambda y, a, b: 2.0 * a, lambda y, a, b: 2.0 * b],
        decomposition=lambda b, x, y: b.add(b.mul(x, x), b.mul(y, y)),
    )
    try:
        run = ac.compiled(lambda a, b: square_sum(a, b), batched=["a", "b"])
        assert list(run([1.0, 2.0], [3.0, 4.0])) == [10.0, 20.0]
        assert "square_sum(" not in run.program.source("numpy")
    finally:
        del TABLE["square_sum"]


def test_a_row_of_a_user_cannot_join_the_sums_of_the_library() -> None:
    with pytest.raises(ValueError, match="cannot be additive"):
        primitive("odd", compute=abs, partials=lambda y, x: 1.0, additive=True)


@pytest.mark.parametrize(
    "row", [row for row in TABLE.values() if row.array and row.arity > 0], ids=repr
)
def test_the_array_function_of_a_row_is_the_row(row: Primitive) -> None:
    """On ordinary and on special points alike: NumPy's function is within rounding of ours, and
    nan where ours is.
    """
    numpy = pytest.importorskip("numpy")
    points = [*rows.ordinary(row), *rows.special(row)]
    with numpy.errstate(all="ignore"):
        found = getattr(numpy, str(row.array))(*numpy.array(points).T)
    for xs, theirs in zip(points, found, strict=True):
        ours = row.compute(*xs)
        assert numpy.isclose(float(theirs), ours, rtol=1e-13, atol=0.0, equal_nan=True), (
            xs,
            ours,
            theirs,
        )


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_row_is_a_function_and_a_method(name: str) -> None:
    row = getattr(ac, name)
    assert row is TABLE[name]
    x, *others = rows.ordinary(row)[0]
    for method in {name, row.array or name}:
        found = getattr(Value(x), method)(*others)
        assert found.operation is row
        assert found.data == row(x, *others)


def test_many_operands_or_none_make_one_node() -> None:
    xs = [Value(float(i)) for i in range(1, 6)]
    for function, value, slope in (
        (ac.sum, 15.0, 1.0),
        (ac.prod, 120.0, 24.0),
        (ac.norm, math.sqrt(55.0), 5.0 / math.sqrt(55.0)),
    ):
        y = function(xs)
        assert y.operands == tuple(xs)
        assert y.data == pytest.approx(value)
        assert y.partials[-1] == pytest.approx(slope)
    assert (ac.sum([]), ac.prod([]), ac.norm([]), ac.logsumexp([]), ac.dot([], [])) == (
        0.0,
        1.0,
        0.0,
        -math.inf,
        0.0,
    )


def test_a_product_with_zeros_has_exact_derivatives() -> None:
    assert grad(ac.prod)([0.0, 2.0, 3.0]) == [6.0, 0.0, 0.0]
    assert grad(ac.prod)([0.0, 0.0, 3.0]) == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("wrong", ["no name", "1st", 3])
def test_a_row_needs_a_name_that_is_a_word(wrong: Any) -> None:
    with pytest.raises(ValueError, match="must be a Python identifier"):
        primitive(wrong, compute=abs, partials=lambda y, x: 1.0)


def test_a_row_needs_a_name_of_its_own_and_a_domain_for_each_operand() -> None:
    with pytest.raises(ValueError, match="already has a row 'sin'"):
        primitive("sin", compute=math.sin, partials=lambda y, x: ac.cos(x))
    with pytest.raises(ValueError, match="1 partials but 2 domains"):
        primitive(
            "half_plane",
            compute=abs,
            partials=lambda y, x: 1.0,
            domain=[*ac.sin.domain, *ac.sin.domain],
        )


@pytest.fixture
def names() -> Iterator[None]:
    """The table as it was, afterwards."""
    before = dict(TABLE)
    yield
    TABLE.clear()
    TABLE.update(before)


@pytest.mark.usefixtures("names")
@pytest.mark.parametrize("gives", [None, "0.5", [0.5], 1j])
def test_a_row_of_a_user_must_give_numbers(gives: Any) -> None:
    row = primitive("odd", compute=lambda x: gives, partials=lambda y, x: 1.0)
    with pytest.raises(TypeError, match=r"the value of odd must be a real number, got "):
        row(Value(1.0))
    row = primitive("odder", compute=lambda x: 1, partials=lambda y, x: gives)
    assert type(row(1.0)) is float
    with pytest.raises(
        TypeError, match=r"partial derivative 1 of odder must be a real number, got "
    ):
        row(Value(1.0))


@pytest.mark.parametrize(
    "wrong", [{"compute": 3}, {"partials": []}, {"partials": None}, {"partials": [1.0]}]
)
def test_a_row_of_a_user_is_made_of_functions(wrong: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=r"(compute|partials) of odd must be .*, got "):
        primitive("odd", **{"compute": abs, "partials": lambda y, x: 1.0} | wrong)


@pytest.mark.usefixtures("names")
def test_the_cell_of_a_notebook_can_be_run_again() -> None:
    cell = "new = primitive('scaled', compute=lambda x: factor * x, partials=lambda y, x: factor)"

    def run(factor: float) -> Any:
        names: dict[str, Any] = {"primitive": primitive, "factor": factor}
        exec(cell, names)
        return names["new"](Value(1.0))

    old, new = run(2.0), run(3.0)
    assert (old.data, new.data, TABLE["scaled"]) == (2.0, 3.0, new.operation)
    with pytest.raises(ValueError, match="already has a row 'scaled'"):
        primitive("scaled", compute=abs, partials=lambda y, x: 1.0)


def test_a_row_counts_its_operands() -> None:
    for too_few in (lambda: ac.hypot(1.0), lambda: ac.hypot(Value(1.0))):
        with pytest.raises(TypeError, match="hypot takes 2 operands, got 1"):
            too_few()


@pytest.mark.parametrize(("left", "least"), [(0.01, 0.01), (1.0, 1.0), (1.67, 1.0), (-0.5, 0.0)])
def test_at_the_kink_of_elu_and_leaky_relu_the_slope_is_the_least_between_the_sides(
    left: float, least: float
) -> None:
    for row in (ac.elu, ac.leaky_relu):
        assert ac.grad(lambda x, row=row: row(x, left))(0.0) == least  # type: ignore[misc]
        assert ac.compiled(ac.grad(lambda x, row=row: row(x, left)))(0.0) == least  # type: ignore[misc]
        assert ac.grad(lambda x, row=row: row(x, left))(-1e-300) == left  # type: ignore[misc]


def test_a_row_may_name_any_function_of_numpy() -> None:
    numpy = pytest.importorskip("numpy")
    step = primitive(
        "my_step",
        array="heaviside",
        compute=lambda x, y: float(numpy.heaviside(x, y)),
        partials=[lambda y, a, b: 0.0] * 2,
    )
    found = compiled(lambda x: step(x, 0.5), batched="x", backend="numpy")(
        numpy.array([-1.0, 0.0, 2.0])
    )
    assert found.tolist() == [0.0, 0.5, 1.0]
