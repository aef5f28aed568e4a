"""Conditions: a comparison is a bool, eager and compiled alike; `where` takes nothing that
cannot be one.
"""

from __future__ import annotations

import builtins
import copy
import json
import math
import pickle
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from autograd_core import (
    Value,
    compiled,
    dot,
    grad,
    hessian,
    isfinite,
    isnan,
    maximum,
    relu,
    sum,
    where,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*different paths"),
    pytest.mark.usefixtures("compiled_at_once"),
]
POINTS = (-3.0, 0.5, 1.5, -3.0, 7.0, 1.0, float("nan"))


def chosen(condition: Any, a: Any, b: Any) -> Any:
    return a if condition is True else b


def is_positive(x: Any) -> Any:
    return x > 0


def is_flag(x: Any) -> bool:
    return type(x) is bool


def by_case(x: Any) -> Any:
    match x > 0:
        case True:
            return x * x
        case _:
            return -x


USES: dict[str, Callable[[Any], Any]] = {
    "isinstance": lambda x: 2.0 * x if isinstance(x > 0, bool) and isinstance(x > 0, int) else -x,
    "its class": lambda x: 2.0 * x if (x > 0).__class__ is bool else -x,
    "is True": lambda x: 2.0 * x if (x > 0) is True else -x,
    "is False": lambda x: 2.0 * x if (x > 0) is False else -x,
    "type is": lambda x: 2.0 * x if type(x > 0) is bool else -x,
    "type ==": lambda x: 2.0 * x if type(x > 0) == bool else -x,  # noqa: E721
    "type in": lambda x: 2.0 * x if type(x > 0) in (bool, int) else -x,
    "a function that asks for the type": lambda x: 2.0 * x if is_flag(x > 0) else -x,
    "JSON": lambda x: x * len(json.dumps({"positive": x > 0, "all": [x > 1, 2.5]})),
    "a count": lambda x: x * len(range(int(x > 0) + 1)),
    "is not True": lambda x: 2.0 * x if (x > 0) is not True else -x,
    "True is": lambda x: 2.0 * x if True is (x > 0) else -x,
    "is the other": lambda x: 2.0 * x if (x > 0) is (x > 1) else -x,
    "is True in what it calls": lambda x: chosen(x > 0, 2.0 * x, -x),
    "is True in what called it": lambda x: 2.0 * x if is_positive(x) is True else -x,
    "is True of one in a list": lambda x: 2.0 * x if [y > 0 for y in (x, -x)][-2] is True else -x,
    "case True": by_case,
    "str": lambda x: x * len(str(x > 0)) + len(repr(x > 1)),
    "format": lambda x: (
        x * len(f"{x > 0}") + len(f"{x > 0!r:>10}") + len("%s" % (x > 0)) + len(f"{x > 0:d}")
    ),
    "int": lambda x: x * int(x > 0) + float(x < 0),
    "an index": lambda x: [x, -2.0 * x][x > 0] + (x, x * x)[x > 1],
    "a key": lambda x: {True: x, False: -3.0 * x}[x > 0],
    "a key of numbers": lambda x: {1: x, 0: -3.0 * x}.get(x > 0, x),
    "in a set": lambda x: x * len({x > 0, True}) + hash(x > 0),
    "in": lambda x: x if (x > 0) in (True,) else 9.0 * x,
    "not": lambda x: x * (not x > 0) + (not (x > 1 or x < -1)),
    "== True": lambda x: x if (x > 0) == True else 5.0 * x,  # noqa: E712
    "== another": lambda x: x if (x > 0) == (x < 1) else 5.0 * x,
    "all and any": lambda x: x * all([x > 0, x > -10]) + any([x > 0, x < -5]) * 3.0,
    "sum": lambda x: builtins.sum([x > 0, x > -1, x > 5]) * x + sum([x > 0, x, True]),
    "counting": lambda x: [x > 0, x > 1].count(True) * x,
    "max and sorted": lambda x: max(x > 0, x > 1) * x + sorted([x > 0, x > -9])[0] * x,
    "arithmetic": lambda x: (
        (x > 0) * x
        + (x < 1) * 2.0
        - (x > 0)
        + True * (x > 0)
        + (x > 0) ** 2
        + -(x > 0) / 2.0
        + +(x > 1)
    ),
    "1 - c": lambda x: (1 - (x > 0)) * x + (True - (x > 0)) * x * x,
    "shifts": lambda x: x * (2 << (x > 0)),
    "text times c": lambda x: x * len("ab" * (x > 0)),
    "round": lambda x: round(x > 0) * x,
    "copies": lambda x: x if copy.copy(x > 0) and copy.deepcopy([x > -9])[0] else -7.0 * x,
    "pickles": lambda x: x if pickle.loads(pickle.dumps(x > 0)) else -7.0 * x,
    "attributes": lambda x: (x > 0).real * x + (x > 0).bit_length() * x,
    "and, or, xor": lambda x: (
        where((x > 0) & (x < 2), x * x, -x)
        + where((x > 0) | False, x, 0.0)
        + where(True ^ (x > 1), x, 0.0)
    ),
    "rows of the table": lambda x: (
        maximum(x > 0, 0.5) * x + relu(x > 0) + dot([x > 0, x], [x, x > 1])
    ),
    "isnan is True": lambda x: 2.0 if isnan(x) is True else x * isfinite(x),
    "a number as a condition": lambda x: where((x > 0) * 1.0, x, -x) + where(x - 0.5, x, 7.0),
}


@pytest.mark.parametrize("use", USES)
def test_a_condition_is_a_bool_compiled_as_eager(use: str) -> None:
    f = USES[use]
    fast, slope, curve = compiled(f), compiled(grad(f)), compiled(hessian(f))
    for x in POINTS:
        for got, expected in ((fast, f), (slope, grad(f)), (curve, hessian(f))):
            assert got(x) == pytest.approx(float(expected(x)), rel=1e-15, nan_ok=True), (use, x)


@pytest.mark.parametrize("use", USES)
def test_a_condition_is_a_bool_in_a_batch_as_eager(use: str) -> None:
    np = pytest.importorskip("numpy")
    f = USES[use]
    for g in (f, grad(f)):
        found = compiled(g, batched="x")(np.array(POINTS))
        assert found.tolist() == pytest.approx(
            [float(g(x)) for x in POINTS], rel=1e-15, nan_ok=True
        )


@pytest.mark.parametrize(
    "f",
    [
        lambda x: -(x > 0) * x,
        lambda x: (x > 0) * -1 * x,
        lambda x: -2 * (x > 0) * x,
        lambda x: (x > 0) % -2 * x,
        lambda x: (x > 0) // -2 * x,
        lambda x: (x > 0) * -2.0 * x,
        lambda x: (x > 0) / -2 * x,
        lambda x: (0 - (x > 0)) * x + -0.0,
    ],
    ids=["-c", "c * -1", "-2 * c", "%", "//", "a float", "/", "0 - c"],
)
def test_a_zero_that_a_condition_gives_has_the_sign_that_a_bool_gives(
    f: Callable[[Any], Any],
) -> None:
    fast = compiled(f)
    for x in (-3.0, 3.0, 0.0, -0.0):
        expected, got = f(Value(x)).data, fast(x)
        assert (got, math.copysign(1.0, got)) == (expected, math.copysign(1.0, expected)), x
    assert len(fast.programs) == 1


def test_a_condition_that_is_computed_with_is_no_branch() -> None:
    f = compiled(
        lambda x: (
            (x > 0) * x
            + where((x > 0) & (x < 5), 1.0, 2.0)
            + sum([x > 1, x > 2])
            + dot([x > 0], [x])
        )
    )
    assert [f(x) for x in (-1.0, 1.0, 9.0)] == [2.0, 3.0, 22.0]
    assert len(f.programs) == 1
    g = compiled(lambda x: x * int(x > 0) + x * (not x < 0))
    assert [g(x) for x in (-1.0, 1.0)] == [0.0, 2.0]
    assert [len(tree.paths) for tree in g.trees.values()] == [2]
    assert len(g.programs[0].guards) == 2
    once = compiled(lambda x: {True: x, False: -x}[(c := x > 0)] + (x if c else x * x))
    assert [once(x) for x in (-1.0, 1.0)] == [2.0, 2.0]


def inverted(x: Any) -> Any:
    return where(~(x < 0), x, -x)


@pytest.mark.filterwarnings("ignore:Bitwise inversion")
@pytest.mark.parametrize(
    "f",
    [
        inverted,
        lambda x: where(not (x < 0), x, -x),
        lambda x: where(~(x < 0) & (x < 9), x, where(x < 9, -x, x)),
        lambda x: where(~(x < 0) | (x > 9), x, -x),
        lambda x: where(~~(x < 0), -x, x),
    ],
    ids=["inverted", "not", "and", "or", "twice"],
)
def test_the_inversion_of_a_comparison_takes_the_other_branch(f: Callable[[Any], Any]) -> None:
    for x, y in ((-3.0, 3.0), (3.0, 3.0)):
        assert f(Value(x)).data == compiled(f)(x) == y
        assert grad(f)(x) == compiled(grad(f))(x) == (1.0 if x > 0 else -1.0)


@pytest.mark.filterwarnings("ignore:Bitwise inversion")
def test_the_inversion_of_a_comparison_takes_the_other_branch_for_each_sample() -> None:
    np = pytest.importorskip("numpy")
    assert compiled(inverted, batched="x")(np.array([-3.0, 3.0, -0.5])).tolist() == [3.0, 3.0, 0.5]
    assert compiled(grad(inverted), batched="x")(np.array([-3.0, 3.0, -0.5])).tolist() == [
        -1.0,
        1.0,
        -1.0,
    ]


@pytest.mark.parametrize(
    "condition",
    ["yes", "", None, b"x", [], [True], (0,), {}, 1j, object()],
    ids=lambda x: type(x).__name__,
)
def test_what_is_no_condition_is_no_condition(condition: Any) -> None:
    for f in (
        lambda x: where(condition, x, 2.0),
        grad(lambda x: where(condition, x, 2.0)),
        compiled(lambda x: where(condition, x, 2.0)),
        lambda x: where(condition, Value(x), Value(2.0)),
    ):
        with pytest.raises(
            TypeError, match="where takes a condition such as x > 0, a bool or a number, got"
        ):
            f(1.0)


def test_arrays_are_no_condition_and_are_sent_to_numpy() -> None:
    np = pytest.importorskip("numpy")
    for mask in ([True, False], np.array([True, False]), np.array([True])):
        with pytest.raises(TypeError, match=r"for arrays of conditions write numpy\.where"):
            where(mask, 1.0, 2.0)
    slope = grad(lambda xs: np.where(np.array([True, False]), xs, 3.0 * xs).sum())(
        np.array([1.0, 2.0])
    )
    assert slope.tolist() == [1.0, 3.0]


@pytest.mark.parametrize(
    ("condition", "holds"),
    [(True, True), (False, False), (1, True), (0, False), (0.0, False), (-0.0, False), (2.5, True), (-3, True),
     (Fraction(0), False), (Fraction(1, 3), True), (float("nan"), True)],
)  # fmt: skip
def test_a_number_is_a_condition_as_it_is_for_numpy(condition: Any, holds: bool) -> None:
    assert where(condition, 1.0, 2.0) == (1.0 if holds else 2.0)
    assert where(Value(float(condition)), 1.0, 2.0).data == (1.0 if holds else 2.0)
    assert compiled(lambda c: where(c, 1.0, 2.0))(float(condition)) == (1.0 if holds else 2.0)
    assert grad(lambda x: where(condition, x, 2.0 * x))(5.0) == (1.0 if holds else 2.0)


def test_numpy_bools_are_conditions() -> None:
    np = pytest.importorskip("numpy")
    assert (
        where(np.True_, 1.0, 2.0)
        == where(~np.False_, 1.0, 2.0)
        == where(np.array(True), 1.0, 2.0)
        == 1.0
    )
    assert where(np.float64(0.0), 1.0, 2.0) == where(np.int64(0), 1.0, 2.0) == 2.0
    f = compiled(lambda x: where((x > 0) & np.True_, x, -x) + where(np.False_ | (x > 1), x, 0.0))
    assert [f(x) for x in (-2.0, 2.0)] == [2.0, 4.0]
    assert [compiled(lambda x: np.where(x > 0, x * x, -x).item())(x) for x in (-2.0, 3.0)] == [
        2.0,
        9.0,
    ]


def test_a_result_that_is_a_condition_is_the_number_of_its_truth() -> None:
    f = compiled(lambda x: (x > 0, [x, x < 1], {"far": (x > 5) | (x < -5)}))
    assert f(2.0) == (True, [2.0, False], {"far": False})
    assert f(-9.0) == (False, [-9.0, True], {"far": True})
    assert len(f.programs) == 1


def test_a_condition_that_was_kept_says_that_its_recording_has_ended() -> None:
    kept: list[Any] = []
    compiled(lambda x: kept.append(x > 0) or x)(1.0)
    assert "condition of a compiled function" in repr(kept) + str(kept[0])
    with pytest.raises(RuntimeError, match="outside its recording"):
        bool(kept[0])
