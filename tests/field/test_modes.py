"""`no_grad` and its like: a derivative does not depend on what surrounds it, and no context
reaches further than it says.
"""

from __future__ import annotations

import asyncio
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from autograd_core import (
    Value,
    check_gradients,
    compiled,
    dot,
    exp,
    grad,
    gradients,
    group,
    hessian,
    hvp,
    jacobian,
    jvp,
    no_grad,
    numerical_gradient,
    value_and_grad,
    vjp,
)
from autograd_core.engine import context
from autograd_core.errors import GraphError

w = Value(2.0, label="w")


def _compiled(f: Callable[..., Any]) -> Any:
    pytest.importorskip("numpy")
    return compiled(f)


def _cube(x: Any) -> Any:
    return x * x * x


DERIVATIVES: dict[str, tuple[Callable[[Callable[..., Any]], Any], Any]] = {
    "grad": (lambda f: grad(f)(3.0), 27.0),
    "value_and_grad": (lambda f: value_and_grad(f)(3.0), (27.0, 27.0)),
    "jacobian": (lambda f: jacobian(lambda x: [f(x), x])(3.0), [27.0, 1.0]),
    "hessian": (
        lambda f: hessian(lambda x: f(x[0]) * x[1])([3.0, 1.0]),
        [[18.0, 27.0], [27.0, 0.0]],
    ),
    "jvp": (lambda f: jvp(f, (3.0,), (2.0,)), (27.0, 54.0)),
    "vjp": (lambda f: vjp(f, 3.0)[1](2.0), (54.0,)),
    "hvp": (lambda f: hvp(f, (3.0,), (2.0,)), (36.0,)),
    "third order": (lambda f: grad(grad(grad(f)))(3.0), 6.0),
    "of a compiled function": (lambda f: grad(_compiled(f))(3.0), 27.0),
    "compiled": (lambda f: _compiled(grad(f))(3.0), 27.0),
    "check_gradients": (lambda f: check_gradients(f, 3.0), 27.0),
    "numerical_gradient of a derivative": (
        lambda f: round(numerical_gradient(grad(f), 3.0), 6),
        18.0,
    ),
}
each_derivative = pytest.mark.parametrize(
    ("derivative", "right"), DERIVATIVES.values(), ids=DERIVATIVES
)


@each_derivative
def test_a_derivative_taken_under_no_grad_is_the_derivative(
    derivative: Callable[..., Any], right: Any
) -> None:
    with no_grad():
        assert derivative(_cube) == right
    assert context.active == 0


@each_derivative
def test_a_derivative_taken_in_a_thread_under_no_grad_is_the_derivative(
    derivative: Callable[..., Any], right: Any
) -> None:
    with no_grad(), ThreadPoolExecutor(1) as pool:
        assert pool.submit(no_grad(lambda: derivative(_cube))).result() == right


def test_gradients_of_a_graph_are_of_any_order_under_no_grad() -> None:
    y = w * w * w
    with no_grad():
        first = gradients(y, w)
        assert (first.data, gradients(first, w).data) == (12.0, 12.0)


UNRECORDED: dict[str, Callable[[], Any]] = {
    "an operator": lambda: w * w,
    "a function": lambda: exp(w),
    "a dot product": lambda: dot([w, 1.0], [2.0, w]),
    "one of several": lambda: [w, w * w],
    "a derivative": lambda: grad(lambda x: w * w * x)(3.0),
    "a compiled function": lambda: _compiled(_cube)(w),
}


@pytest.mark.parametrize("compute", UNRECORDED.values(), ids=UNRECORDED)
def test_gradients_of_what_was_computed_under_no_grad_is_an_error_and_not_zero(
    compute: Callable[[], Any],
) -> None:
    with no_grad():
        y = compute()
        with pytest.raises(GraphError, match="under no_grad"):
            gradients(y, w)
    with pytest.raises(GraphError, match="under no_grad"):
        gradients(y, w)
    if isinstance(y, Value):
        assert gradients(y * w, w).data == y.data  # as a constant it is welcome
        assert gradients(y, y).data == 1.0
        assert gradients(y.detach(), w).data == 0.0


def test_a_constant_that_was_computed_under_no_grad_has_derivatives_of_every_order() -> None:
    def f(x: Any) -> Any:
        with no_grad():
            constant = exp(w)
        return constant * x

    assert gradients(gradients(f(w), w), w).data == 0.0
    assert (grad(grad(f))(3.0), hessian(f)(3.0), check_gradients(f, 3.0)) == (0.0, 0.0, exp(2.0))
    assert check_gradients(no_grad(lambda x: exp(w)), 3.0) == 0.0


def test_gradients_inside_a_compiled_function_of_what_is_under_no_grad_is_an_error_too() -> None:
    with pytest.raises(GraphError, match="under no_grad"):
        _compiled(lambda x: gradients(no_grad(_cube)(x), x))(3.0)


def test_no_grad_inside_a_differentiated_function_counts() -> None:
    def hidden(x: Any) -> Any:
        with no_grad():
            constant = x * x
        return constant * x

    with no_grad():
        assert grad(hidden)(3.0) == 9.0 == _compiled(grad(hidden))(3.0)


RESULTS: dict[str, Callable[[], Any]] = {
    "grad": lambda: grad(lambda x: w * x * x)(3.0),
    "a slope that is the Value itself": lambda: grad(lambda x: w * x)(3.0),
    "jacobian": lambda: jacobian(lambda x: [w * x[0]])([3.0])[0][0],
    "hessian": lambda: hessian(lambda x: w * x * x)(3.0),
    "jvp": lambda: jvp(lambda x: w * x, (3.0,), (1.0,))[1],
    "the value of vjp": lambda: vjp(lambda x: w * x, 3.0)[0],
    "vjp": lambda: vjp(lambda x: w * x, 3.0)[1](1.0)[0],
    "hvp": lambda: hvp(lambda x: w * x * x, (3.0,), (1.0,))[0],
    "by a Value": lambda: grad(_cube)(w),
}


@pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS)
def test_the_result_of_a_derivative_is_a_constant_under_no_grad(result: Callable[[], Any]) -> None:
    outside = result()
    with no_grad():
        inside = result()
    assert type(inside) is type(outside) is Value
    assert (inside.data, inside.operands, inside.role) == (outside.data, (), "constant")
    assert outside is w or outside.operands


def test_an_inner_derivative_under_no_grad_is_a_constant_for_the_outer_one() -> None:
    def f(x: Any) -> Any:
        with no_grad():
            slope = grad(lambda y: x * y * y)(3.0)
        return slope * x

    assert grad(f)(2.0) == 12.0  # with the slope recorded it were 24


def test_minimize_under_no_grad_goes_down() -> None:
    from nn import minimize

    with no_grad():
        for method in ("gradient descent", "newton"):
            assert minimize(lambda x: (x - 1.0) ** 2, 3.0, method).x == pytest.approx(1.0)


@pytest.mark.parametrize("compiled_or_not", [True, False])
def test_a_training_under_no_grad_is_the_training(compiled_or_not: bool) -> None:
    from nn import MLP, fit

    def trained() -> list[float]:
        model = MLP(1, [2, 1], seed=0)
        loss = (
            _squares if compiled_or_not else (lambda y, t: _squares(y, float(t)))
        )  # which no program can
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit(model, [[0.0], [1.0], [2.0]], [0.0, 1.0, 0.0], loss=loss, epochs=3, verbose=False)
        return [p.data for p in model.parameters()]

    with no_grad():
        inside = trained()
    assert inside == trained() != [p.data for p in MLP(1, [2, 1], seed=0).parameters()]


def _squares(y: Any, t: Any) -> Any:
    return (y[0] - t) ** 2


def test_a_perfect_fit_of_a_force_has_no_loss() -> None:
    from nn import Module, evaluate

    class Spring(Module):
        def __call__(self, x: Any) -> list[Any]:
            return [-grad(lambda r: 0.5 * 3.0 * r * r)(self.read(x[0]))]

        def read(self, x: Any) -> Any:
            return x

    class Eager(Spring):  # what is no number of a program cannot be compiled
        def read(self, x: Any) -> float:
            return float(x)

    for model in (Spring(), Eager()):
        assert (
            evaluate(model, [[1.0], [-2.0]], [[-3.0], [6.0]], loss="mean_squared_error")[0] == 0.0
        )


def _recorded() -> bool:
    return bool((w * w).operands)


def _asleep() -> Iterator[bool]:
    with no_grad():
        while True:
            yield _recorded()


def test_tasks_that_are_awaited_in_no_grad_are_in_it_and_others_are_not() -> None:
    async def task() -> bool:
        await asyncio.sleep(0)
        return _recorded()

    async def main() -> list[bool]:
        other = asyncio.create_task(task())
        with no_grad():
            inside = await asyncio.gather(task(), task())
        return [*inside, await other]

    assert asyncio.run(main()) == [False, False, True]


def test_a_task_that_outlives_a_no_grad_does_not_depend_on_who_else_is_in_a_context() -> None:
    async def task(left: asyncio.Event) -> bool:
        await left.wait()
        with group("anything"):  # of this task or of another one
            return _recorded()

    async def main() -> bool:
        left = asyncio.Event()
        with no_grad():
            started = asyncio.create_task(task(left))
            await asyncio.sleep(0)
        left.set()
        return await started

    assert asyncio.run(main())


def test_a_generator_begun_in_no_grad_by_one_thread_hides_nothing_from_another() -> None:
    steps, found = _asleep(), []
    thread = threading.Thread(target=lambda: (next(steps), found.append(_recorded())))
    thread.start()
    thread.join()
    steps.close()  # type: ignore[attr-defined]
    assert (found, _recorded(), context.active) == ([True], True, 0)


def test_a_context_serves_one_block_after_another_but_not_itself() -> None:
    quiet = no_grad()
    for _ in range(2):
        with quiet:
            assert not _recorded()
    with quiet, pytest.raises(RuntimeError, match="already entered"), quiet:
        pass
    with suppress(ZeroDivisionError), quiet:
        1 / 0  # noqa: B018
    assert (_recorded(), context.active) == (True, 0)
