"""Errors that name a way out: each is met, its advice is followed to the letter, and the result
is the right one.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from typing import Any

import pytest

import autograd_core as ag
from autograd_core import (
    BatchGradient,
    Value,
    compiled,
    grad,
    jacobian,
    primitive,
    value_and_grad,
    where,
)
from tests.field.walks import walk

pytest.importorskip("numpy")  # most ways are walked compiled, too

v = Value(2.0)
four = v * 2.0
missing = type("NAType", (), {"__repr__": lambda self: "<NA>"})()
paths = compiled(lambda x: x * x if x > 0 else -x)


def two_branches(x: Any) -> Any:
    return x * x if x > 0 else -x


def parameters() -> list[Value]:
    return [Value(0.5, role="parameter")]


def batch(loss: Callable[[Value, Any], Any]) -> float:
    """The gradient of a loss of one parameter and one sample of 3."""
    (w,) = parameters()
    whole = BatchGradient(lambda x: loss(w, x), [w])
    whole(whole.rows([3.0]))
    return float(whole.gradient[0])


# What goes wrong, what the error says, and the ways that it names, each with what it gives.
WALKS: dict[str, tuple[Callable[[], Any], str, list[tuple[Callable[[], Any], Any]]]] = {
    "complex": (
        lambda: v * (3 + 1j),
        r"\.real and \.imag",
        [(lambda: (v * (3 + 1j).real).data, 6.0)],
    ),
    "text": (lambda: v * "3.0", r"float\(\.\.\.\) first", [(lambda: (v * float("3.0")).data, 6.0)]),
    "no return": (
        lambda: grad(lambda x: None)(1.0),
        "is a `return` missing",
        [(lambda: grad(lambda x: x)(1.0), 1.0)],
    ),
    "no number": (
        lambda: ag.sum([v, None]),
        "fill that in, or leave",
        [(lambda: ag.sum([v, 0.5]).data, 2.5), (lambda: ag.sum([v]).data, 2.0)],
    ),
    "missing": (
        lambda: v + missing,
        "fill it in, or leave the sample out",
        [(lambda: (v + 1.0).data, 3.0)],
    ),
    "a Value": (
        lambda: ag.numerical_gradient(lambda x: x * x, 1.0, h=Value(0.5)),
        r"plain number, \.data",
        [(lambda: ag.numerical_gradient(lambda x: x * x, 1.0, h=Value(0.5).data), 2.0)],
    ),
    "a list": (
        lambda: Value([1.0, 2.0]),
        r"\[Value\(element\) for element in x\]",
        [(lambda: [Value(element).data for element in [1.0, 2.0]], [1.0, 2.0])],
    ),
    "a Value of a Value": (
        lambda: Value(v),
        r"use the Value itself, v\.detach\(\).*Value\(v\.data\)",
        [
            (lambda: grad(lambda x: x * x)(3.0), 6.0),
            (lambda: grad(lambda x: x * x.detach())(3.0), 3.0),
            (lambda: Value(v.data).data, 2.0),
        ],
    ),
    "a result for a function": (
        lambda: grad(v * v),
        r"write grad\(f\)\(x\)",
        [(lambda: grad(lambda x: x * x)(2.0), 4.0)],
    ),
    "a result that is compiled": (
        lambda: compiled(4.0),
        r"write compiled\(f\)\(x\)",
        [(lambda: compiled(lambda x: x * x)(2.0), 4.0)],
    ),
    "a huge int": (
        lambda: Value(10**400),
        "scale the problem",
        [(lambda: (Value(10**400 // 10**399) * v).data, 20.0)],
    ),
    "several results": (
        lambda: grad(lambda x: [x, 2 * x])(1.0),
        "sum its numbers, or use jacobian",
        [
            (lambda: grad(lambda x: ag.sum([x, 2 * x]))(1.0), 3.0),
            (lambda: jacobian(lambda x: [x, 2 * x])(1.0), [1.0, 2.0]),
        ],
    ),
    "an argument by name": (
        lambda: grad(lambda x: x * x)(x=3.0),
        "pass these arguments by position",
        [(lambda: grad(lambda x: x * x)(3.0), 6.0)],
    ),
    "no tuple of argument numbers": (
        lambda: grad(lambda x, y: x * y, "y")(2.0, 3.0),
        r"0 or \(0, 1\)",
        [
            (lambda: grad(lambda x, y: x * y, 0)(2.0, 3.0), 3.0),
            (lambda: grad(lambda x, y: x * y, (0, 1))(2.0, 3.0), (3.0, 2.0)),
        ],
    ),
    "tangents bare": (
        lambda: ag.jvp(lambda x: x * x, 3.0, 1.0),
        r"jvp\(f, \(x,\), \(v,\)\)",
        [(lambda: ag.jvp(lambda x: x * x, (3.0,), (1.0,)), (9.0, 6.0))],
    ),
    "a step that moves nothing": (
        lambda: ag.numerical_gradient(lambda x: 2 * x, 1e20),
        "try 1e\\+16",
        [(lambda: ag.numerical_gradient(lambda x: 2 * x, 1e20, h=1e16), 2.0)],
    ),
    "a leaf backward": (
        lambda: Value(1.0).backward(),
        "Call it on a result",
        [(lambda: (four.backward(), v.grad)[1], 2.0)],
    ),
    "one Value to add up": (
        lambda: ag.sum(v),
        r"write sum\(\[a, b\]\)",
        [(lambda: ag.sum([v, v]).data, 4.0)],
    ),
    "one Value to multiply": (
        lambda: ag.dot(v, v),
        r"write dot\(\[a, b\], \[c, d\]\)",
        [(lambda: ag.dot([v, v], [1.0, 2.0]).data, 6.0)],
    ),
    "nothing recorded": (
        lambda: compiled(two_branches).program,
        "call the compiled function once",
        [(lambda: (paths(2.0), len(paths.program) > 0)[1], True)],
    ),
    "an unknown batched name": (
        lambda: compiled(lambda x: x * x, batched="y"),
        "name some of those, or wrap",
        [
            (lambda: compiled(lambda x: x * x, batched="x")([2.0]).tolist(), [4.0]),
            (lambda: compiled(lambda y: two_branches(y), batched="y")([2.0]).tolist(), [4.0]),
        ],
    ),
    "reduced without a batch": (
        lambda: compiled(lambda x: x, reduce="sum"),
        r"together with batched=",
        [(lambda: compiled(lambda x: x, batched="x", reduce="sum")([1.0, 2.0]), 3.0)],
    ),
    "a batch of Values": (
        lambda: compiled(lambda w, x: w * x, batched="x")(v, [1.0, 2.0]),
        "reduce='sum' or 'mean', or plain numbers",
        [
            (
                lambda: compiled(lambda w, x: w * x, batched="x", reduce="sum")(v, [1.0, 2.0]).data,
                6.0,
            ),
            (
                lambda: compiled(lambda w, x: w * x, batched="x")(2.0, [1.0, 2.0]).tolist(),
                [2.0, 4.0],
            ),
        ],
    ),
    "one sample for a batch": (
        lambda: compiled(lambda x: x, batched="x")(1.0),
        "needs a leading axis",
        [(lambda: compiled(lambda x: x, batched="x")([1.0]).tolist(), [1.0])],
    ),
    "its number asked for": (
        lambda: compiled(lambda x: x.data * x)(3.0),
        "Compute with the Value itself, or do this outside",
        [
            (lambda: compiled(lambda x: x * x)(3.0), 9.0),
            (lambda: compiled(lambda x: x * x)(Value(3.0).data), 9.0),
        ],
    ),
    "backward inside": (
        lambda: compiled(lambda x: (x * x).backward())(3.0),
        "inside, use grad, value_and_grad or gradients",
        [
            (lambda: compiled(lambda x: grad(lambda y: y * y)(x))(3.0), 6.0),
            (lambda: compiled(lambda x: value_and_grad(lambda y: y * y)(x)[1])(3.0), 6.0),
            (lambda: compiled(lambda x: ag.gradients(x * x, x))(3.0), 6.0),
        ],
    ),
    "two structures": (
        lambda: [f(x) for f in [compiled(lambda x: x if x > 0 else [x])] for x in (1.0, -1.0)],
        "always return the same structure",
        [
            (
                lambda: [
                    f(x) for f in [compiled(lambda x: [x] if x > 0 else [-x])] for x in (1.0, -1.0)
                ],
                [[1.0], [1.0]],
            )
        ],
    ),
    "a batch by branches": (
        lambda: batch(lambda w, x: w * x if w > 0 else x),
        r"use where\(condition, a, b\)",
        [(lambda: batch(lambda w, x: where(w > 0, w * x, x)), 3.0)],
    ),
    "a batch of other Values": (
        lambda: batch(lambda w, x: w * x * v),
        "take their numbers before",
        [(lambda: batch(lambda w, x, number=v.data: w * x * number), 6.0)],
    ),
    "a batch before its rows": (
        lambda: BatchGradient(lambda x: x, parameters())([[1.0]]),
        r"give the batch to rows\(\) first",
        [(lambda: batch(lambda w, x: w * x), 3.0)],
    ),
    "one rule for two operands": (
        lambda: primitive("way_one", compute=lambda a, b: a, partials=lambda y, a, b: (1.0, 0.0))(
            v, 1.0
        ),
        "takes 1 operand, got 2; your own primitive takes one for each rule in its partials",
        [
            (
                lambda: grad(
                    primitive(
                        "way_two",
                        compute=lambda a, b: a,
                        partials=[lambda y, a, b: 1.0, lambda y, a, b: 0.0],
                    ),
                    (0, 1),
                )(2.0, 1.0),
                (1.0, 0.0),
            )
        ],
    ),
    "a rule that gives a tuple": (
        lambda: grad(primitive("way_tuple", compute=lambda x: 2 * x, partials=lambda y, x: (2.0,)))(
            1.0
        ),
        "one rule for each operand, which returns one number",
        [
            (
                lambda: grad(
                    primitive("way_number", compute=lambda x: 2 * x, partials=lambda y, x: 2.0)
                )(1.0),
                2.0,
            )
        ],
    ),
    "a rule that gives nothing": (
        lambda: primitive("way_none", compute=lambda x: None, partials=lambda y, x: 2.0)(1.0),
        "is a `return` missing",
        [(lambda: primitive("way_some", compute=lambda x: x, partials=lambda y, x: 1.0)(1.0), 1.0)],
    ),
    "a row's name again": (
        lambda: primitive("exp", compute=math.exp, partials=lambda y, x: y),
        "choose another name",
        [(lambda: grad(primitive("way_exp", compute=math.exp, partials=lambda y, x: y))(0.0), 1.0)],
    ),
    "too few domains": (
        lambda: primitive(
            "way_domain",
            compute=lambda a, b: a,
            partials=[lambda y, a, b: 1.0, lambda y, a, b: 0.0],
            domain=[ag.primitives.REAL],
        ),
        "one domain per operand",
        [
            (
                lambda: primitive(
                    "way_domains",
                    compute=lambda a, b: a,
                    partials=[lambda y, a, b: 1.0, lambda y, a, b: 0.0],
                    domain=[ag.primitives.REAL] * 2,
                )(2.0, 1.0),
                2.0,
            )
        ],
    ),
    "its exact fraction": (
        lambda: statistics.mean([v, v]),
        r"write autograd_core\.mean\(xs\)",
        [(lambda: grad(lambda x: ag.mean([x, 2 * x]))(1.0), 1.5)],
    ),
}


@pytest.mark.parametrize("told", WALKS.values(), ids=WALKS.keys())
def test_what_an_error_says_to_write_works(told: Any) -> None:
    walk(*told)
