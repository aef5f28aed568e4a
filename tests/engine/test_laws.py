"""The laws of differentiation, over random programs with shared nodes.

A hundred examples a law by default; two thousand each with `python -m pytest
tests/engine/test_laws.py --hypothesis-profile=thorough`.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_core as ac
from autograd_core import Value, grad, gradients, hessian, hvp, jacobian, jvp, vjp

from .programs import Program, library, magnitude, programs

numbers = st.floats(-2.0, 2.0).map(lambda x: round(x, 6))


def near(got: Any, wanted: Any, scale: float, tolerance: float = 1e-13) -> None:
    """Every number is within `tolerance`, measured against the sizes of the terms that it was
    made of.
    """
    for a, b in zip(flat(got), flat(wanted), strict=True):
        assert abs(a - b) <= tolerance * scale, (got, wanted, scale)


def flat(x: Any) -> list[float]:
    return [n for part in x for n in flat(part)] if isinstance(x, list | tuple) else [float(x)]


def scale_of(program: Program) -> float:
    return magnitude(program([Value(x) for x in program.point]))


def second_scale(program: Program) -> float:
    """The same for second derivatives."""
    inputs = [Value(x) for x in program.point]
    first = gradients(program(inputs), inputs)
    return max(magnitude(g) for g in first)


@given(programs())
def test_backward_is_forward(program: Program) -> None:
    x = list(program.point)
    directions = [[float(i == j) for j in range(len(x))] for i in range(len(x))]
    near(grad(program)(x), [jvp(program, (x,), (d,))[1] for d in directions], scale_of(program))


@given(programs())
def test_backward_is_the_limit_of_differences(program: Program) -> None:
    x, h = list(program.point), 2.0**-8

    def central(i: int, h: float) -> float:
        above, below = ([v + side * (i == j) for j, v in enumerate(x)] for side in (h, -h))
        return float((program(above) - program(below)) / (2.0 * h))

    differences = [(4.0 * central(i, h / 2.0) - central(i, h)) / 3.0 for i in range(len(x))]
    # The remainder is of the fifth derivative, which the paths of the program bound only roughly.
    near(grad(program)(x), differences, max(scale_of(program), second_scale(program)) ** 2, 1e-4)


@given(programs(length=6))
def test_first_and_second_derivatives_have_the_digits_of_fifty_digit_arithmetic(
    program: Program,
) -> None:
    mpmath = pytest.importorskip("mpmath")
    x = list(program.point)
    n = len(x)
    with mpmath.workdps(50):
        m = library(mpmath.mp)

        def exact(*inputs: Any) -> Any:
            return program.run(inputs, m)

        point = tuple(map(mpmath.mpf, x))
        first = [mpmath.diff(exact, point, tuple(int(i == k) for k in range(n))) for i in range(n)]
        second = [
            [
                mpmath.diff(exact, point, tuple((i == k) + (j == k) for k in range(n)))
                for j in range(n)
            ]
            for i in range(n)
        ]
    near(grad(program)(x), first, scale_of(program), 1e-12)
    near(hessian(program)(x), second, second_scale(program), 1e-11)


@given(programs(), numbers, numbers, st.data())
def test_the_derivative_is_linear(f: Program, a: float, b: float, data: st.DataObject) -> None:
    g = Program(f.point, data.draw(programs()).instructions)
    x = list(f.point)
    combined = grad(lambda x: a * f(x) + b * g(x))(x)
    separate = [a * p + b * q for p, q in zip(grad(f)(x), grad(g)(x), strict=True)]
    near(combined, separate, 4.0 * max(scale_of(f), scale_of(g)))


@given(programs(), st.data())
def test_sums_products_and_quotients_follow_their_rules(f: Program, data: st.DataObject) -> None:
    g = Program(f.point, data.draw(programs()).instructions)
    x = list(f.point)
    u, v, du, dv = f(x), g(x), grad(f)(x), grad(g)(x)
    scale = (1.0 + abs(u) + abs(v)) * max(scale_of(f), scale_of(g))
    near(grad(lambda x: f(x) + g(x))(x), [p + q for p, q in zip(du, dv, strict=True)], scale)
    near(grad(lambda x: f(x) - g(x))(x), [p - q for p, q in zip(du, dv, strict=True)], scale)
    near(
        grad(lambda x: f(x) * g(x))(x), [p * v + u * q for p, q in zip(du, dv, strict=True)], scale
    )
    d = 1.5 + v * v
    quotient = [(p * d - u * 2.0 * v * q) / d**2 for p, q in zip(du, dv, strict=True)]
    near(grad(lambda x: f(x) / (1.5 + g(x) * g(x)))(x), quotient, (1.0 + abs(v)) * scale)


@given(programs(), st.data())
def test_the_chain_rule_joins_two_programs(inner: Program, data: st.DataObject) -> None:
    outer = data.draw(programs(inputs=1))
    x = list(inner.point)

    def middle(x: Sequence[Any]) -> Any:
        return ac.sin(inner(x))

    joined = grad(lambda x: outer([middle(x)]))(x)
    slope = grad(outer)([middle(x)])[0]
    inputs = [Value(v) for v in x]
    scale = magnitude(outer([middle(inputs)]))
    near(joined, [slope * g for g in grad(middle)(x)], scale)


@given(programs())
def test_the_hessian_is_symmetric(program: Program) -> None:
    found = hessian(program)(list(program.point))
    near(found, [list(column) for column in zip(*found, strict=True)], second_scale(program), 1e-12)


@given(programs())
def test_gradients_of_gradients_are_the_hessian_and_its_products(program: Program) -> None:
    x = list(program.point)
    inputs = [Value(v) for v in x]
    first = gradients(program(inputs), inputs)
    second = [[h.data for h in gradients(g, inputs)] for g in first]
    scale = second_scale(program)
    near(second, hessian(program)(x), scale)
    near(second, jacobian(grad(program))(x), scale)
    v = [0.5 - 0.25 * i for i in range(len(x))]
    product = [sum(h * d for h, d in zip(row, v, strict=True)) for row in zip(*second, strict=True)]
    near(hvp(program, (x,), (v,))[0], product, 4.0 * scale, 1e-12)


@given(programs(), numbers, numbers)
def test_pulling_back_and_pushing_forward_are_adjoint(program: Program, u: float, v: float) -> None:
    x = list(program.point)
    pair = (lambda x: [program(x), ac.sin(program(x)) * x[0]], [v] * len(x), [u, 1.0 - u])
    f, direction, cotangent = pair
    pushed = jvp(f, (x,), (direction,))[1]
    pulled = vjp(f, x)[1](cotangent)[0]
    left = sum(c * p for c, p in zip(cotangent, pushed, strict=True))
    right = sum(d * p for d, p in zip(direction, pulled, strict=True))
    near(left, right, 50.0 * scale_of(program))


@pytest.mark.slow
@given(programs(), st.randoms(use_true_random=False))
def test_the_order_of_summation_is_irrelevant_up_to_rounding(
    program: Program, shuffler: random.Random
) -> None:
    factors = [0.5, -1.5, 2.0, 0.25, -0.75, 1.0]
    shuffled = shuffler.sample(factors, len(factors))

    def total(order: list[float]) -> Any:
        def f(x: Sequence[Any]) -> Any:
            result: Any = 0.0
            for factor in order:
                result = result + ac.sin(factor * program(x))
            return result

        return f

    x = list(program.point)
    scale = 6.0 * scale_of(program)
    near(total(factors)(x), total(shuffled)(x), scale)
    near(grad(total(factors))(x), grad(total(shuffled))(x), scale)
    near(
        grad(lambda x: ac.sum([total([f])(x) for f in factors]))(x), grad(total(shuffled))(x), scale
    )


@pytest.mark.slow
@given(programs())
def test_a_second_backward_pass_doubles_the_gradients_of_leaves(program: Program) -> None:
    inputs = [Value(x) for x in program.point]
    y = program(inputs)
    y.backward()
    once = [x.grad for x in inputs]
    y.backward()
    assert [x.grad for x in inputs] == [2.0 * g for g in once]
