"""`autograd_core.math` has every name of the standard module, with its forms and its numbers."""

from __future__ import annotations

import math as standard
from typing import Any

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_core import Value, compiled, grad, jvp, math

NAMES = sorted(name for name in vars(standard) if not name.startswith("_"))
POINTS = [
    -7.25,
    -1.0,
    -0.5,
    -0.0,
    0.0,
    0.3,
    0.999,
    1.0,
    2.5,
    6.0,
    1e10,
    standard.inf,
    -standard.inf,
    standard.nan,
]

CALLS: dict[str, list[tuple[Any, ...]]] = {
    "comb": [(5, 2)], "perm": [(5, 2)], "factorial": [(5,)], "gcd": [(12, 18)], "lcm": [(4, 6)], "isqrt": [(17,)],
    "atan2": [(1.0, -2.0), (-0.0, -1.0)], "copysign": [(2.5, -0.0)], "fmod": [(-7.0, 3.0)],
    "remainder": [(7.0, 2.0), (-5.0, 3.0), (2.5, 1.0), (3.5, 1.0), (5.0, standard.inf), (-5.0, standard.inf), (0.5, -1.0)],
    "nextafter": [(1.0, 2.0), (1.0, 0.0), (0.0, -1.0)], "pow": [(2.0, 0.5), (-2.0, 3.0)],
    "ldexp": [(0.75, 3), (1.0, -1074), (0.5, 1024), (3.0, 0)], "hypot": [(), (-3.0,), (3.0, 4.0), (2.0, 3.0, 6.0)],
    "log": [(8.0,), (8.0, 2.0), (8, 2)], "isclose": [(1.0, 1.0 + 1e-10)],
    "dist": [([1.0, 1.0], [4.0, 5.0])], "fsum": [([0.1] * 10,)], "prod": [([2.0, 3.0],), ([],)],
    "sumprod": [([1.0, 2.0], [3.0, 4.0])], "fma": [(2.0, 3.0, 4.0)],
}  # fmt: skip


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    whole = isinstance(b, int)
    a, b = float(getattr(a, "data", a)), float(getattr(b, "data", b))
    near = abs(a - b) <= max(4.0 * standard.ulp(b), 1e-15) if standard.isfinite(b) else a == b
    signs = whole or standard.copysign(1.0, a) == standard.copysign(1.0, b)  # an int has no −0
    return (a != a and b != b) or (near and signs)


def _on_values(x: Any) -> Any:
    return (
        [_on_values(each) for each in x]
        if isinstance(x, list)
        else Value(x)
        if isinstance(x, float)
        else x
    )


def test_every_name_of_the_standard_module_is_there() -> None:
    assert set(NAMES) <= set(math.__all__)
    assert set(math.__all__) - set(NAMES) <= {"sumprod", "fma"}  # of Python 3.12 and 3.13
    assert all(hasattr(math, name) for name in math.__all__)


@pytest.mark.parametrize("name", NAMES)
def test_it_gives_the_numbers_of_the_standard_module(name: str) -> None:
    ours, theirs = getattr(math, name), getattr(standard, name)
    if isinstance(theirs, float):
        assert _same(ours, theirs)
        return
    compared = 0
    for arguments in CALLS.get(name, [(x,) for x in POINTS]):
        try:
            expected = theirs(*arguments)
        except (ValueError, OverflowError):
            continue  # where the standard module raises, ours is IEEE 754: tests/engine/test_edges.py
        compared += 1
        assert _same(ours(*arguments), expected), arguments
        assert _same(ours(*_on_values(list(arguments))), expected), arguments
        if isinstance(expected, int) and name not in ("prod", "fsum"):
            assert type(ours(*arguments)) is type(expected)
    assert compared


@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (lambda x: math.modf(x)[0], -2.75, 1.0),
        (lambda x: math.modf(x)[0], 3.0, 1.0),
        (lambda x: math.modf(x)[1], -2.75, 0.0),
        (lambda x: math.frexp(x)[0], 6.0, 0.125),
        (lambda x: math.frexp(x)[1], 6.0, 0.0),
        (lambda x: math.ldexp(x, 3), 0.7, 8.0),
        (lambda x: math.ldexp(2.0, x), 3.0, 0.0),
        (lambda x: math.floor(x) * x, 2.5, 2.0),
        (lambda x: math.trunc(x) * x, -2.5, -2.0),
        (math.degrees, 1.0, 180.0 / standard.pi),
        (math.radians, 1.0, standard.pi / 180.0),
        (lambda x: math.remainder(x, 3.0), 5.0, 1.0),
        (lambda x: math.remainder(5.0, x), 3.0, -2.0),
        (lambda x: math.remainder(-5.0, x), 3.0, 2.0),
        (lambda x: math.remainder(5.0, x), -3.0, 2.0),
        (lambda x: math.nextafter(x, 9.0) ** 2, 3.0, 6.0),
        (lambda x: math.ulp(x) + x, 3.0, 1.0),
        (lambda x: math.hypot(x), -3.0, -1.0),
        (lambda x: math.dist([x, 0.0], [0.0, 4.0]), 3.0, 0.6),
        (lambda x: math.prod([x, x], start=3.0), 2.0, 12.0),
        (lambda x: math.prod([x], start=x), 2.0, 4.0),
        (lambda x: math.fsum([x, 1.0, x]), 2.0, 2.0),
        (lambda x: math.log(8.0, x), 2.0, -3.0 / (2.0 * standard.log(2.0))),
    ],
)
def test_the_slopes(f: Any, x: float, expected: float) -> None:
    assert grad(f)(x) == pytest.approx(expected, rel=1e-14, abs=0.0)
    assert compiled(grad(f))(x) == pytest.approx(expected, rel=1e-14, abs=0.0)
    assert jvp(f, [x], [1.0])[1] == pytest.approx(expected, rel=1e-14, abs=0.0)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e3))
def test_the_slope_of_remainder_is_the_nearest_whole_quotient(a: float, b: float) -> None:
    with mpmath.workprec(400):
        n = (mpmath.mpf(a) - mpmath.mpf(standard.remainder(a, b))) / mpmath.mpf(b)
        assert grad(math.remainder, argnums=1)(a, b) == -float(mpmath.nint(n))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_frexp_and_ldexp_undo_each_other(x: float) -> None:
    assert math.ldexp(*math.frexp(Value(x))) == x


@pytest.mark.parametrize("i", [0.5, -1.5, standard.nan])
def test_ldexp_refuses_an_exponent_that_is_not_whole(i: float) -> None:
    with pytest.raises(ValueError, match="needs a whole number as its second argument, got"):
        math.ldexp(2.0, i)


def test_a_batch_is_computed_as_its_samples_are() -> None:
    numpy = pytest.importorskip("numpy")

    def f(x: Any) -> Any:
        return [
            math.trunc(x),
            math.remainder(x, 0.7),
            math.ulp(x),
            math.nextafter(x, 9.0),
            *math.frexp(x),
            *math.modf(x),
        ]

    xs = numpy.array([-7.25, -0.0, 0.3, 2.5, 1e10])
    for k, row in enumerate(zip(*compiled(f, batched="x")(xs), strict=True)):
        assert _same(tuple(map(float, row)), tuple(f(Value(float(xs[k])))))


def test_a_star_import_leaves_sum_as_it_was() -> None:
    names: dict[str, Any] = {}
    exec("from autograd_core import *", names)
    assert names["sum"]([[1], [2]], []) == [1, 2]
    assert names["sum"]([1.0, Value(2.0)], 3.0) == 6.0
    assert grad(lambda x: names["sum"]([1.0, x], x))(2.0) == 2.0
    assert names["sum"]((x for x in (1, 2)), start=1) == 4.0
