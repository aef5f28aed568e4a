"""Derivatives inside compiled functions: the plain numbers that they take are constants of the
program.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from autograd_core import (
    BatchGradient,
    Value,
    compiled,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    sin,
    value_and_grad,
    vjp,
)

numpy = pytest.importorskip("numpy")

INNER: dict[str, tuple[Callable[[Any], Any], Callable[[float], float]]] = {
    "grad": (lambda w: grad(lambda x: x * x * w)(3.0), lambda w: 6.0 * w),
    "value_and_grad": (lambda w: value_and_grad(lambda x: x * x * w)(3.0)[1], lambda w: 6.0 * w),
    "jacobian": (lambda w: jacobian(lambda x: [x[0] * w, x[1]])([3.0, 1.0])[0][0], lambda w: w),
    "hessian": (lambda w: hessian(lambda x: x * x * x * w)(3.0), lambda w: 18.0 * w),
    "jvp": (lambda w: jvp(lambda x: x * w * w, (3.0,), (2.0,))[1], lambda w: 2.0 * w * w),
    "vjp": (lambda w: vjp(lambda x: x * x * w, 3.0)[1](w)[0], lambda w: 6.0 * w * w),
    "hvp": (lambda w: hvp(lambda x: x * x * w, (3.0,), (2.0,))[0], lambda w: 4.0 * w),
    "with a branch": (lambda w: grad(lambda x: x * w if x > 1.0 else x)(3.0), lambda w: w),
    "with a branch on both": (
        lambda w: grad(lambda x: x * w if x > w else x * w * w)(3.0),
        lambda w: w if w < 3.0 else w * w,
    ),
    "of the third order": (lambda w: grad(grad(grad(lambda x: x**3 * w)))(3.0), lambda w: 6.0 * w),
    "one inside another": (
        lambda w: grad(lambda x: grad(lambda y: x * y * y * w)(2.0))(3.0),
        lambda w: 4.0 * w,
    ),
}
each = pytest.mark.parametrize(("inner", "right"), INNER.values(), ids=INNER)


@each
def test_a_compiled_function_of_an_inner_derivative_gives_plain_numbers(
    inner: Any, right: Callable[[float], float]
) -> None:
    f = compiled(inner)
    for w in (2.0, 5.0, -1.0):
        found = f(w)
        assert (type(found), found) == (float, right(w))
    assert [
        inputs for inputs in (program.inputs for program in f.programs) if len(inputs) != 1
    ] == []
    rows = compiled(inner, batched="w")([2.0, 5.0, -1.0])
    assert (rows.dtype, rows.tolist()) == (float, [right(w) for w in (2.0, 5.0, -1.0)])


@each
def test_the_gradient_of_an_inner_derivative_is_that_of_the_plain_function(
    inner: Any, right: Callable[[float], float]
) -> None:
    for w in (2.0, 5.0):
        assert compiled(grad(inner))(w) == grad(compiled(inner))(w) == grad(inner)(w)


def test_a_derivative_of_plain_numbers_alone_is_a_number_of_the_program() -> None:
    f = compiled(lambda w: w * grad(sin)(0.0))
    assert [f(2.0), f(3.0)] == [2.0, 3.0]


def test_a_model_that_differentiates_at_a_plain_number_trains_compiled() -> None:
    w = Value(1.0)
    batch = BatchGradient(lambda x, t: (grad(lambda r: w * r * r)(3.0) * x - t) ** 2, [w])
    batch(batch.rows([1.0, 2.0], [6.0, 12.0]))
    assert batch.gradient.tolist() == [0.0]
    w.data = 2.0
    batch.load()
    batch(batch.rows([1.0, 2.0], [6.0, 12.0]))
    assert batch.gradient.tolist() == [180.0]  # mean of 2 (6 w x − t) 6 x
