"""Context managers that are also decorators: of functions, generators and coroutines."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial, wraps
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, overload

from ..errors import callable_or_error

P = ParamSpec("P")
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
Make = Callable[[], AbstractContextManager[Any]]


class Context(Generic[T]):
    """What `context` gives: for one `with` block after another, or as a decorator."""

    def __init__(self, make: Callable[[], AbstractContextManager[T]]) -> None:
        self._make = make
        self._entered: AbstractContextManager[T] | None = None

    def __enter__(self) -> T:
        if self._entered is not None:
            raise RuntimeError(
                "this context is already entered; make a new one for each block, as in: with "
                "no_grad():"
            )
        self._entered = self._make()
        return self._entered.__enter__()

    def __exit__(self, *error: Any) -> bool | None:
        entered, self._entered = self._entered, None
        return entered.__exit__(*error) if entered is not None else None

    def __call__(self, function: F) -> F:
        """The function inside the context. A generator is in it during its steps, and not while it
        sleeps.
        """
        callable_or_error(
            function,
            "the decorator",
            "{0} directly above `def`, below @staticmethod and @classmethod",
        )
        inside = next((wrap for matches, wrap in _WRAPPERS if matches(function)))
        return wraps(function)(inside(self._make, function))  # type: ignore[return-value]


class Bare(Protocol):
    """A context without arguments, which decorates with and without parentheses."""

    @overload
    def __call__(self) -> Context[None]: ...
    @overload
    def __call__(self, function: F, /) -> F: ...


def context(function: Callable[P, Iterator[T]]) -> Callable[P, Context[T]]:
    """`contextlib.contextmanager`, for contexts that decorate generators and `async def` too."""
    manager = contextmanager(function)

    @wraps(function)
    def made(*args: P.args, **kwargs: P.kwargs) -> Context[T]:
        return Context(partial(manager, *args, **kwargs))

    return made


def bare_context(function: Callable[[], Iterator[None]]) -> Bare:
    """The same for a context without arguments, which decorates without parentheses too."""
    make = context(function)

    @wraps(function)
    def made(*functions: Any) -> Any:
        return make()(*functions) if functions else make()

    return made


def _function(make: Make, function: Any) -> Callable[..., Any]:
    def inside(*args: Any, **kwargs: Any) -> Any:
        with make():
            return function(*args, **kwargs)

    return inside


def _coroutine(make: Make, function: Any) -> Callable[..., Any]:
    """While it waits, its caller waits too, and other tasks have their own contexts."""

    async def inside(*args: Any, **kwargs: Any) -> Any:
        with make():
            return await function(*args, **kwargs)

    return inside


def _generator(make: Make, function: Any) -> Callable[..., Any]:
    def inside(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        source = function(*args, **kwargs)
        step, sent = source.send, None
        while True:
            with make():
                try:
                    item = step(sent)
                except StopIteration as end:
                    return end.value
            try:
                step, sent = source.send, (yield item)
            except GeneratorExit:
                with make():
                    source.close()
                raise
            except BaseException as error:
                step, sent = source.throw, error

    return inside


def _async_generator(make: Make, function: Any) -> Callable[..., Any]:
    async def inside(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        source = function(*args, **kwargs)
        step, sent = source.asend, None
        while True:
            with make():
                try:
                    item = await step(sent)
                except StopAsyncIteration:
                    return
            try:
                step, sent = source.asend, (yield item)
            except GeneratorExit:
                with make():
                    await source.aclose()
                raise
            except BaseException as error:
                step, sent = source.athrow, error

    return inside


_WRAPPERS: tuple[tuple[Callable[[Any], bool], Callable[[Make, Any], Callable[..., Any]]], ...] = (
    (inspect.iscoroutinefunction, _coroutine),
    (inspect.isgeneratorfunction, _generator),
    (inspect.isasyncgenfunction, _async_generator),
    (callable, _function),
)
