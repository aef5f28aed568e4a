"""What goes along with the arguments of a transform: tangents, cotangents, argnums."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd_core import grad, hvp, jvp, vjp


def test_tangents_and_cotangents_have_the_structure_that_they_belong_to() -> None:
    def f(p: Any) -> Any:
        return 10.0 * p["a"] ** 2 + p["b"] ** 3

    at, along = {"a": 2.0, "b": 3.0}, {"b": 0.0, "a": 1.0}
    assert jvp(f, (at,), (along,)) == (67.0, 40.0)
    assert hvp(f, (at,), (along,)) == ({"a": 20.0, "b": 0.0},)
    _, pull = vjp(lambda x: {"a": 2.0 * x, "b": x * x}, 3.0)
    assert pull({"b": 1.0, "a": 0.0}) == (6.0,)


@pytest.mark.parametrize(
    ("primal", "tangent", "message"),
    [
        ({"a": 1.0}, {"b": 1.0}, r"tangents\[0\] must have the keys \['a'\], got the keys \['b'\]"),
        ([1.0, 2.0], [1.0], r"tangents\[0\] must have 2 entries, got 1 entries"),
        ([1.0, [2.0]], [[1.0], 0.0], r"tangents\[0\]\[0\] must be one number, got 1 entries"),
        (
            np.ones((2, 3)),
            np.ones((3, 2)),
            r"tangents\[0\] must have the shape \(2, 3\), got an array of shape \(3, 2\)",
        ),
        (1.0, np.ones(1), r"tangents\[0\] must be one number, got an array of shape \(1,\)"),
        ([1.0], 1.0, r"tangents\[0\] must have 1 entries, got 1.0"),
    ],
)
def test_tangents_of_another_structure_are_refused(primal: Any, tangent: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        jvp(lambda x: 0.0, (primal,), (tangent,))


@pytest.mark.parametrize("twice", [(1, 1), (1, -1)])
def test_an_argument_is_differentiated_by_once(twice: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="argnums names an argument twice"):
        grad(lambda a, b: a * b * b, twice)(2.0, 3.0)
