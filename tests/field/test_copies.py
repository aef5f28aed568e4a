"""Copies: an argument of a running derivative is itself when it is copied, so no gradient is
lost; a model is detached.
"""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from autograd_core import (
    BatchGradient,
    Value,
    compiled,
    grad,
    gradients,
    hessian,
    jacobian,
    jvp,
    value_and_grad,
    vjp,
    where,
)
from autograd_core.errors import GraphError, RecordingError


@dataclasses.dataclass
class Point:
    x: Any
    others: list[Any]


def _in_an_array(x: Any) -> Any:
    numpy = pytest.importorskip("numpy")
    return copy.deepcopy(numpy.array([x], dtype=object))[0]


COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "asdict": lambda x: dataclasses.asdict(Point(x, [1.0]))["x"],
    "astuple": lambda x: dataclasses.astuple(Point(1.0, [x]))[1][0],
    "in a list": lambda x: copy.deepcopy([1.0, {"x": (x,)}])[1]["x"][0],  # type: ignore[index]
    "in an array": _in_an_array,
    "what was computed, copied": lambda x: copy.copy(x * 2.0) / 2.0,
    "what was computed, deep-copied": lambda x: copy.deepcopy(where(x > 1.0, x * 2.0, x)) / 2.0,
    "in another thread": lambda x: ThreadPoolExecutor(1).submit(copy.deepcopy, x).result(),
}
each_copy = pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)

DERIVATIVES: dict[str, tuple[Callable[[Callable[..., Any]], Any], Any]] = {
    "grad": (lambda f: grad(f)(3.0), 27.0),
    "value_and_grad": (lambda f: value_and_grad(f)(3.0), (27.0, 27.0)),
    "jacobian": (lambda f: jacobian(lambda x: [f(x)])(3.0), [27.0]),
    "hessian": (lambda f: hessian(f)(3.0), 18.0),
    "jvp": (lambda f: jvp(f, (3.0,), (1.0,)), (27.0, 27.0)),
    "vjp": (lambda f: vjp(f, 3.0)[1](1.0), (27.0,)),
    "the third derivative": (lambda f: grad(grad(grad(f)))(3.0), 6.0),
    "by an argument of an outer one": (lambda f: grad(lambda x: x * grad(f)(x))(3.0), 81.0),
}
each_derivative = pytest.mark.parametrize(
    ("derivative", "right"), DERIVATIVES.values(), ids=DERIVATIVES
)


@each_copy
@each_derivative
def test_a_copy_of_an_argument_has_its_gradient(
    copied: Callable[[Any], Any], derivative: Any, right: Any
) -> None:
    assert derivative(lambda x: copied(x) * x * copied(x)) == right


@pytest.mark.parametrize("copied", [x for name, x in COPIES.items() if "thread" not in name])
def test_a_copy_of_an_argument_has_its_gradient_in_a_compiled_function_too(
    copied: Callable[[Any], Any],
) -> None:
    pytest.importorskip("numpy")

    def f(x: Any) -> Any:
        return copied(x) * x * copied(x)

    slope, curvature, inside = compiled(grad(f)), compiled(hessian(f)), compiled(f)
    for x in (3.0, 2.0):
        assert (inside(x), slope(x), curvature(x)) == (x**3, 3.0 * x * x, 6.0 * x)
        assert (grad(inside)(x), hessian(inside)(x)) == (3.0 * x * x, 6.0 * x)
    assert compiled(grad(f), batched="x")([3.0, 2.0]).tolist() == [27.0, 12.0]


def test_a_copy_inside_the_loss_of_a_batch_is_what_it_is_for_one_sample() -> None:
    pytest.importorskip("numpy")

    def loss(x: Any, t: Any) -> Any:
        force = grad(lambda r: w * copy.deepcopy(r) * r)(x)
        return (force * copy.copy(x) - t) ** 2 + copy.deepcopy(w * x)

    w = Value(1.0)
    for x, t in ((1.0, 2.0), (2.0, 4.0)):
        loss(x, t).backward(0.5)
    batch = BatchGradient(loss, [w])
    batch(batch.rows([1.0, 2.0], [2.0, 4.0]))
    assert batch.gradient.tolist() == [w.grad] == [32.0]  # mean of 2 (2 w x² − t) 2 x²


def test_a_model_that_is_copied_is_a_detached_copy_also_inside_a_derivative() -> None:
    w = Value(2.0, role="parameter")

    def f(x: Any) -> Any:
        other = copy.deepcopy({"w": w})["w"]
        assert other is not w
        return other * x * w

    slope = grad(f)(3.0)
    assert (slope.data, gradients(slope, w).data) == (4.0, 2.0)
    pytest.importorskip("numpy")
    assert compiled(lambda x: gradients(copy.deepcopy(w) * x * w, w))(3.0) == 6.0


def test_a_copy_of_what_an_argument_has_no_part_in_is_a_copy() -> None:
    w = Value(2.0)

    def f(x: Any) -> Any:
        square = w * w
        twin, kept = copy.deepcopy([square, x * square])
        assert twin is not square
        assert twin.operands[0] is not w
        return kept * twin

    slope = grad(f)(3.0)
    assert (slope.data, gradients(slope, w).data) == (16.0, 16.0)  # w² ŵ², with ŵ a constant


def test_an_argument_is_not_pickled_but_detached_it_is() -> None:
    def f(x: Any, pickled: Callable[[Any], Any]) -> Any:
        return pickle.loads(pickle.dumps(pickled(x))) * x

    for lost in (lambda x: x, lambda x: [1.0, x * 2.0]):
        for derivative in (grad(f), grad(grad(f))):
            with pytest.raises(GraphError, match=r"\.detach\(\)"):
                derivative(3.0, lost)
    assert grad(f)(3.0, lambda x: x.detach()) == 3.0
    with pytest.raises(RecordingError, match="pickle"):
        compiled(lambda x: f(x, lambda x: x))(3.0)


def test_an_argument_that_was_kept_is_copied_when_the_derivative_is_computed() -> None:
    kept: list[Any] = []

    def failing(x: Any) -> Any:
        kept.append(x)
        raise KeyError

    grad(lambda x: (kept.append(x), x * x)[1])(3.0)
    grad(lambda x: grad(lambda y: (kept.append(y), x * y)[1])(x))(3.0)
    with pytest.raises(KeyError):
        grad(failing)(3.0)
    for x in kept:
        for twin in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
            assert (twin is not x, twin.data) == (True, 3.0)
