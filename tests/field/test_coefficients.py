"""Constants near the ends of the float range: a batch takes none out of a product that would
leave the range without it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from autograd_core import compiled, dot, grad

numpy = pytest.importorskip("numpy")


def halved(x: Any) -> Any:
    for _ in range(1100):
        x = 0.5 * x
    return x


def halved_and_moved(x: Any) -> Any:
    for _ in range(1100):
        x = 0.5 * x + 0.0
    return x


CASES: dict[str, tuple[Callable[[Any], Any], float]] = {
    "a large factor, small data": (lambda x: 1e300 * x * x, 1e-162),
    "the same in a sum": (lambda x: 1e300 * x * x + 3.0 * x * x, 1e-162),
    "zero, large data": (lambda x: 0.0 * x * x, 1e200),
    "a sign and a large factor": (lambda x: 2.0 * (-1e308 * x), 0.0),
    "a large factor before a difference": (lambda x: 1e308 * (10.0 * x - 10.0), 1.0),
    "two small factors": (lambda x: 1e-200 * (1e-200 * x), 1e300),
    "two large factors": (lambda x: 1e200 * (1e200 * x), 1e-300),
    "a large and a small factor": (lambda x: 1e200 * (1e-200 * x), 1e-300),
    "a large and a small factor, apart": (lambda x: (1e200 * x) * (1e-200 * x), 1e-150),
    "two equal large terms": (lambda x: 1e308 * x + 1e308 * x, 1e-5),
    "divided by small numbers": (lambda x: x / 1e-200 / 1e-200, 1e-300),
    "a dot of scaled factors": (lambda x: dot([1e200 * x, x], [1e200 * x, x]), 1e-250),
    "halved 1100 times": (halved, 1e300),
    "halved 1100 times, in sums": (halved_and_moved, 1e300),
    "ordinary": (lambda x: 2.0 * (3.0 * x) * (0.5 * x) - 4.0 * x, 1.5),
}


@pytest.mark.parametrize("case", CASES)
def test_a_batch_gives_what_the_function_gives_for_large_and_small_coefficients(case: str) -> None:
    f, x = CASES[case]
    plain = f(x)
    assert math.isfinite(plain)
    (found,) = compiled(lambda x: f(x), batched="x")(numpy.array([x]))
    assert math.isclose(found, plain, rel_tol=1e-12)
    assert math.copysign(1.0, found) == math.copysign(1.0, plain)
    several = compiled(lambda x: f(x), batched="x", reduce="sum")(numpy.array([x] * 3))
    assert math.isclose(several, 3.0 * plain, rel_tol=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_and_so_do_its_slopes(case: str) -> None:
    f, x = CASES[case]
    plain = grad(f)(x)
    (found,) = compiled(lambda x: grad(f)(x), batched="x")(numpy.array([x]))
    assert math.isclose(found, plain, rel_tol=1e-12) or (found != found and plain != plain)


def test_large_coefficients_of_several_variables_stay_in_their_products() -> None:
    def f(a: Any, b: Any) -> Any:
        return dot([1e250 * a, 1e-250 * b], [b, a])

    a, b = numpy.array([1e-180, 1e-100]), numpy.array([1e-170, 1e-200])
    found = compiled(lambda a, b: f(a, b), batched=("a", "b"))(a, b)
    assert found.tolist() == pytest.approx(
        [f(*pair) for pair in zip(a.tolist(), b.tolist(), strict=True)], rel=1e-12, abs=0.0
    )
