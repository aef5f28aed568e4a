"""Random numbers that a function draws while it is recorded: its program repeats them at every
call.

A generator has a state, which a draw changes. A function that may make a generator of its own, or
that draws from the operating system, is recorded twice instead, and the results are compared.
So is a function whose generator changed while other threads ran: one of these may have drawn.
"""

from __future__ import annotations

import gc
import sys
import threading
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any, TypeVar

from ...engine.forks import importing
from ...engine.node import Node
from ...engine.source_location import user_stack_level
from ...primitives import Primitive
from .program import Program

_GENERATORS = (
    "random.Random",
    "numpy.random.Generator",
    "numpy.random.RandomState",
    "torch.Generator",
)
_SHARED = ("random._inst", "numpy.random.mtrand._rand", "torch.default_generator")
"""The generators behind the functions of these modules."""

_SOURCES = (
    "os.urandom",
    "random.Random",
    "random.SystemRandom",
    "numpy.random.default_rng",
    "numpy.random.RandomState",
    "numpy.random.SeedSequence",
)
"""What makes a generator, or draws without one."""

_NEVER_DRAW = {"autograd_core", "numpy", "torch", "random", "builtins"}
_MOST = 300  # objects that are searched for generators, the nearest first
_AGAIN = 4
"""So many recordings tell the draws of a function from those of other threads: a draw that only
decides between two paths is missed in one of 16 cases."""

T = TypeVar("T", bound=tuple[Any, ...])  # the program first


def record_and_warn(function: Callable[..., Any], record: Callable[[bool], T]) -> T:
    """Record a function with `record(strict)`, and warn if it draws random numbers: if the state of
    a generator that it can reach changes, or, where no state can tell, if another recording
    differs.
    """
    generators, sources = tuple(_loaded(_GENERATORS)), {*map(id, _loaded(_SOURCES))}
    reached = [*_reached(function, generators)]
    stateless = any([id(x) in sources for x in reached])
    states = []
    for x in [*[x for x in reached if isinstance(x, generators)], *_loaded(_SHARED)]:
        read = _state_of(x)
        try:
            states.append((read, read()))
        except NotImplementedError:  # the operating system's generator has no state
            stateless = True
    recorded = record(False)
    changed = any([read() != state for read, state in states])
    if (changed and _drew(recorded[0], record, [read for read, _ in states])) or (
        stateless and _differ(recorded[0], record)
    ):
        warnings.warn(
            f"{getattr(function, '__qualname__', function)} drew random numbers while it was "
            "recorded, and its program repeats them at every call. Draw outside, and give the "
            "numbers as arguments; or, for the same numbers at every call, draw from a generator "
            "that the function makes with a seed, as random.Random(0)",
            RuntimeWarning,
            stacklevel=user_stack_level(),
        )
    return recorded


def _drew(one: Program, record: Callable[[bool], T], reads: list[Callable[[], Any]]) -> bool:
    """Whether it was the function that drew, and not another thread, such as one of Dask's."""
    if threading.active_count() == 1:
        return True
    for _ in range(_AGAIN):
        before = [read() for read in reads]
        if _differ(one, record):
            return True
        if before == [read() for read in reads]:
            return False
    return False


def _differ(one: Program, record: Callable[[bool], tuple[Any, ...]]) -> bool:
    """Whether another recording of the same call takes another path or has other results."""
    try:
        other = record(True)[0]
    except Exception:  # a function that can be called only once, as one that reads a file
        return False
    a, b = [[x.recorded[i] for i in x.outputs] for x in (one, other)]
    paths = [[truth for _, truth in x.guards] for x in (one, other)]
    return paths[0] != paths[1] or any([abs(x - y) > 0.0 for x, y in zip(a, b, strict=False)])


def _loaded(names: Iterable[str]) -> Iterator[Any]:
    """The objects of these names whose modules are loaded."""
    for name in names:
        module, _, attribute = name.rpartition(".")
        if (x := getattr(sys.modules.get(module), attribute, None)) is not None:
            yield x


def _state_of(generator: Any) -> Callable[[], Any]:
    """A function that gives the state of a generator, to be compared."""
    if hasattr(generator, "getstate"):  # Python's
        return generator.getstate  # type: ignore[no-any-return]
    if hasattr(generator, "initial_seed"):  # PyTorch's
        return lambda: generator.get_state().tolist()
    if hasattr(generator, "get_state"):  # NumPy's older ones, which also keep half of a draw
        return lambda: _comparable(generator.get_state(legacy=False))
    return lambda: _comparable(generator.bit_generator.state)


def _comparable(state: Any) -> Any:
    if isinstance(state, dict):
        return [*map(_comparable, state.values())]
    return state.tobytes() if hasattr(state, "tobytes") else state


def _reached(function: Any, generators: tuple[type, ...]) -> Iterator[Any]:
    """What a function reads by name, from its closure, its defaults or its object, and what
    these hold; the nearest first.
    """
    seen: set[int] = set()
    waiting: deque[Any] = deque([function])
    passive = (type(None), Node, Primitive, ModuleType, CodeType, str, bytes, int, float)
    while waiting and len(seen) < _MOST:
        x = waiting.popleft()
        if id(x) not in seen and not isinstance(x, passive):
            seen.add(id(x))
            yield x
            if not isinstance(x, generators):
                waiting += _held(x)


def _held(x: Any) -> Iterable[Any]:
    """What an object refers to."""
    if isinstance(x, FunctionType | type) and _never_draws(x):
        return ()
    if isinstance(x, FunctionType):
        return [*_named(x), *(x.__defaults__ or ()), *(x.__kwdefaults__ or {}).values()]
    if isinstance(x, type):
        return [*x.__mro__[1:], *vars(x).values()]
    if isinstance(x, list | tuple | set | frozenset | dict) and len(x) > _MOST:
        return ()
    methods = [  # without what made the object
        method
        for kind in type(x).__mro__
        if not _never_draws(kind)
        for name, method in vars(kind).items()
        if name != "__init__"
    ]
    return methods + [y for y in gc.get_referents(x) if y is not type(x)]


def _never_draws(x: FunctionType | type) -> bool:
    package = str(x.__module__).partition(".")[0]
    return package in _NEVER_DRAW or hasattr(sys.modules.get(package), "_part_of_autograd_core")


def _named(function: FunctionType) -> list[Any]:
    """What a function names: in its module, in its closure, and in the modules among these."""
    names = [*_names(function.__code__)]
    found = [function.__globals__.get(name, sys.modules.get(name)) for name in names]
    found += gc.get_referents(*(function.__closure__ or ()))
    modules = [x for x in found if isinstance(x, ModuleType)]
    for module in modules:
        if module.__name__ == "numpy":  # which loads numpy.random when it is asked for
            inside = [_numpy_random()] if "random" in names else []
        else:
            inside = [vars(module).get(name) for name in names]
        found += inside
        modules += [x for x in inside if isinstance(x, ModuleType) and x not in modules]
    return found


def _numpy_random() -> Any:
    with importing:
        import numpy.random
    return numpy.random


def _names(code: CodeType) -> Iterator[str]:
    """The names that a function, and those defined in it, may read from outside."""
    yield from code.co_names
    for x in code.co_consts:
        if isinstance(x, CodeType):
            yield from _names(x)
