"""Contexts and generators: a decorator holds at each step, and a generator that sleeps leaves
its caller as it was.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import Any

import pytest

from autograd_core import Value, collector_paused, detect_anomaly, group, log, no_grad
from autograd_core.engine import context
from autograd_core.errors import AnomalyError

w = Value(2.0, label="w")


def _recorded() -> bool:
    return bool((w * w).operands)


def _numbers() -> Generator[bool, Any, str]:
    sent = yield _recorded()
    try:
        yield sent and _recorded()
    except KeyError:
        yield _recorded()
    return "end"


@pytest.mark.parametrize("decorator", [no_grad, no_grad()], ids=["bare", "called"])
def test_a_decorated_generator_records_nothing_while_it_runs_and_its_caller_all_the_while(
    decorator: Any,
) -> None:
    steps = decorator(_numbers)()
    assert (next(steps), _recorded()) == (False, True)
    assert (steps.send(True), _recorded()) == (False, True)
    assert (steps.throw(KeyError), _recorded()) == (False, True)
    with pytest.raises(StopIteration, match="end"):
        next(steps)
    assert context.active == 0


def test_a_decorated_generator_is_closed_in_its_context_and_raises_what_it_raises() -> None:
    seen: list[bool] = []

    @no_grad
    def steps() -> Iterator[int]:
        try:
            yield 1
        finally:
            seen.append(_recorded())

    one = steps()
    next(one)
    one.close()
    with pytest.raises(ValueError, match="mine"):
        _first(steps()).throw(ValueError("mine"))
    assert (seen, _recorded(), context.active) == ([False, False], True, 0)


def _first(steps: Any) -> Any:
    next(steps)
    return steps


def test_decorated_coroutines_and_async_generators_record_nothing() -> None:
    @no_grad
    async def coroutine() -> bool:
        await asyncio.sleep(0)
        return _recorded()

    @no_grad()
    async def steps() -> AsyncIterator[bool]:
        await asyncio.sleep(0)
        yield _recorded()
        yield _recorded()

    async def main() -> list[bool]:
        found = [await coroutine(), _recorded()]
        async for step in steps():
            found += [step, _recorded()]
        return found

    assert asyncio.run(main()) == [False, True, False, True, False, True]


def test_detect_anomaly_group_and_the_collector_decorate_generators_and_coroutines_too() -> None:
    @detect_anomaly
    def logarithm() -> Iterator[Any]:
        yield log(w - w)

    @detect_anomaly()
    async def later() -> Any:
        return log(w - w)

    @group("part")
    def parts() -> Iterator[Any]:
        yield (w * w).group

    @collector_paused
    def paused() -> Iterator[bool]:
        yield gc.isenabled()

    for work in (lambda: next(logarithm()), lambda: asyncio.run(later())):
        with pytest.raises(AnomalyError):
            work()
    assert (next(parts()).path, (w * w).group, next(paused())) == ("part", None, False)


def test_a_decorated_function_keeps_its_name_and_its_kind() -> None:
    async def coroutine() -> None: ...
    async def steps() -> AsyncIterator[None]:
        yield

    for function, kind in (
        (_numbers, inspect.isgeneratorfunction),
        (coroutine, inspect.iscoroutinefunction),
        (steps, inspect.isasyncgenfunction),
        (_recorded, inspect.isfunction),
    ):
        assert kind(no_grad(function))
        assert no_grad(function).__name__ == function.__name__  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="takes a function"):
        no_grad(3.0)  # type: ignore[call-overload]


def _asleep() -> Iterator[bool]:
    with no_grad():
        while True:
            yield _recorded()


def test_a_generator_that_sleeps_in_no_grad_does_not_leave_its_caller_in_it() -> None:
    steps = _asleep()
    assert (next(steps), _recorded()) == (False, True)
    (w * w).backward()
    with group("part"):
        assert next(steps) is False
        assert (w * w).group is not None
        assert _recorded()
    assert (next(steps), _recorded(), (w * w).group) == (False, True, None)
    steps.close()  # type: ignore[attr-defined]
    assert (_recorded(), context.active, context.current.get()) == (True, 0, context.ordinary)
    w.grad = 0.0


def test_a_generator_that_sleeps_is_left_also_where_it_delegates_or_uses_a_stack() -> None:
    def delegating() -> Iterator[bool]:
        yield from _asleep()

    def stacked() -> Iterator[bool]:
        with ExitStack() as stack:
            stack.enter_context(no_grad())
            yield _recorded()
            yield _recorded()

    for make in (delegating, stacked):
        steps = make()
        assert [next(steps), _recorded(), next(steps), _recorded()] == [False, True, False, True]
        del steps
    assert context.active == 0


def test_generators_that_take_turns_keep_their_contexts_apart() -> None:
    def grouped() -> Iterator[Any]:
        with group("mine"):
            while True:
                yield (w * w).group, _recorded()

    hidden, named = _asleep(), grouped()
    for _ in range(3):
        assert next(hidden) is False
        group_there, recorded_there = next(named)
        assert (group_there.path, recorded_there) == ("mine", True)
        assert (_recorded(), (w * w).group) == (True, None)
    del hidden  # not in the order in which they were entered
    assert (next(named)[1], _recorded()) == (True, True)
    del named
    assert context.active == 0


def test_an_async_generator_that_sleeps_in_no_grad_does_not_leave_its_caller_in_it() -> None:
    async def steps() -> AsyncIterator[bool]:
        with no_grad():
            await asyncio.sleep(0)
            yield _recorded()

    async def main() -> list[bool]:
        found = []
        async for step in steps():
            found += [step, _recorded()]
        return found

    assert asyncio.run(main()) == [False, True]


def test_a_generator_that_is_a_context_manager_does_hold_for_its_block() -> None:
    @contextmanager
    def quiet() -> Iterator[None]:
        with no_grad():
            yield

    @contextmanager
    def quieter() -> Iterator[None]:
        with quiet():
            yield

    @asynccontextmanager
    async def later() -> AsyncIterator[None]:
        with no_grad():
            yield

    async def main() -> bool:
        async with later():
            return _recorded()

    with quieter():
        assert not _recorded()
    assert (asyncio.run(main()), _recorded()) == (False, True)


@pytest.fixture
def unrecorded() -> Iterator[None]:
    with no_grad():
        yield


def test_a_fixture_holds_for_its_test(unrecorded: None) -> None:
    assert not _recorded()
