"""`compiled(f, static_argnames=...)`: arguments that are part of the structure."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from autograd_core import Value, compiled, grad, hessian, value_and_grad


def power(x: Any, n: int, mode: str = "plain") -> Any:
    y = 1.0
    for _ in range(n):
        y = y * x
    return y if mode == "plain" else 2.0 * y


def test_each_value_has_a_program_and_stays_as_it_is() -> None:
    seen: list[Any] = []

    def f(x: Any, n: Any) -> Any:
        seen.append(n)
        return x * n

    program = compiled(f, static_argnames="n")
    given = [3, 3.0, True, (1, 2)[1], 3]
    assert [program(2.0, n) for n in given] == [6.0, 6.0, 2.0, 4.0, 6.0]
    assert [type(n) for n in seen] == [int, float, bool, int]
    assert len(program.programs) == 4


def test_it_is_the_same_by_position_and_by_name() -> None:
    program = compiled(power, static_argnames=["n", "mode"])
    assert program(2.0, 3) == program(2.0, n=3) == program(n=3, x=2.0) == 8.0
    assert program(2.0, 3, "twice") == program(2.0, 3, mode="twice") == 16.0
    assert len(program.programs) == 2


@pytest.mark.parametrize(
    "derivative",
    [grad, lambda f: grad(grad(f)), hessian, value_and_grad],
    ids=["grad", "twice", "hessian", "value_and_grad"],
)
def test_derivatives_take_them_inside_and_outside(derivative: Any) -> None:
    expected = derivative(power)(2.0, 4)
    assert compiled(derivative(power), static_argnames="n")(2.0, 4) == pytest.approx(expected)
    assert derivative(compiled(power, static_argnames="n"))(2.0, 4) == pytest.approx(expected)


def test_a_call_on_values_and_a_call_inside_another_recording_take_them() -> None:
    program = compiled(power, static_argnames="n")
    x = Value(2.0)
    program(x, 3).backward()
    assert x.grad == 12.0
    assert compiled(lambda x: program(x, 3) + 1.0)(2.0) == 9.0


def test_a_batch_takes_them_for_all_samples() -> None:
    pytest.importorskip("numpy")
    program = compiled(power, batched="x", static_argnames="n", reduce="sum")
    assert program([1.0, 2.0], 3) == program([1.0, 2.0], n=3) == 9.0
    x = Value(0.5)
    scaled = compiled(
        lambda w, x, n: w * power(x, n), batched="x", static_argnames="n", reduce="sum"
    )
    scaled(x, [1.0, 2.0], 3).backward()
    assert x.grad == 9.0


def test_a_method_and_a_pickle_keep_them() -> None:
    class Scale:
        @compiled(static_argnames="n")
        def power(self, x: Any, n: int) -> Any:
            return power(x, n)

    assert Scale().power(2.0, n=3) == 8.0
    copy = pickle.loads(pickle.dumps(compiled(power, static_argnames="n")))
    assert copy(2.0, 5) == 32.0


def test_what_cannot_be_static_is_refused_and_told_why() -> None:
    program = compiled(power, static_argnames="n")
    with pytest.raises(TypeError, match=r"static argument 'n' needs a hash.*pass a tuple"):
        program(2.0, [3])
    with pytest.raises(TypeError, match="static argument 'n' is a Value"):
        program(2.0, Value(3.0))
    with pytest.raises(ValueError, match=r"static_argnames names \['m'\].*x, n, mode"):
        compiled(power, static_argnames="m")
    with pytest.raises(ValueError, match="in batched and in static_argnames"):
        compiled(power, batched="n", static_argnames="n")
