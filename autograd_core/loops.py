"""Loops under the names of JAX: `scan`, `fori_loop` and `while_loop`. They are plain Python loops;
a recording may take down the first two as one instruction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isqrt
from operator import index
from typing import Any, TypeVar

from .engine import context
from .errors import callable_or_error, shown

State = TypeVar("State")
Y = TypeVar("Y")


def scan(
    f: Callable[[State, Any], tuple[State, Y]],
    init: State,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    checkpoint: bool = False,
) -> tuple[State, list[Y]]:
    """Carry a state through a sequence: (sₖ₊₁, yₖ) = f(sₖ, xₖ).

    It is Python's loop `for x in xs`, so derivatives of any order, pictures and compiled functions
    work. A compiled function records a loop of ten rounds or more as one instruction, and calls f
    twice, whatever the number of rounds. If f computes something else in each round, every round is
    recorded.

    Args:
        f: a function of the state and an element of `xs`, which returns the next state and a
            result; `return state, None` if there is no result.
        init: the state before the first round: a number or a container of numbers.
        xs: what the rounds read one by one: a list, an array or another iterable. From a tuple or a
            dict of these, each round reads a tuple or a dict of elements. If it is None, each round
            reads None.
        length: the number of rounds; needed only if `xs` is None.
        reverse: whether to go from the last element to the first. The results stay in the order of
            `xs`.
        checkpoint: how much memory the gradient of a compiled loop takes. False: the states of all
            rounds. True: those of √n rounds and of √n more; for this, the loop runs once more.

    Returns:
        A pair: the state after the last round, and the list of the results.

    Raises:
        TypeError: f is not a function, or does not return a pair; `xs` has an entry that is not a
            sequence.
        ValueError: the lengths differ, or there is none.

    Example:
        >>> from autograd_core import grad
        >>> scan(lambda total, x: (total + x, total * x), 0.0, [1.0, 2.0, 3.0])
        (6.0, [0.0, 2.0, 9.0])
        >>> grad(lambda r: scan(lambda s, x: (r * s + x, None), 0.0, [1.0, 2.0, 3.0])[0])(0.5)
        3.0

    Source: the function of this name in `jax.lax`.
    """
    callable_or_error(f, "scan", "{0}(f, init, xs), not {0}(f(init, x), init, xs)")
    lengths: list[int] = []
    at = _elements(xs, lengths)
    if length is not None:
        lengths.append(index(length))
    if len(set(lengths)) != 1:
        raise ValueError(
            f"scan got sequences of different lengths: {lengths} (the last one is length=, if it "
            "is given); make them equal, or leave length out"
            if lengths
            else "scan does not know how many rounds to run; give xs, or length="
        )
    rounds = range(lengths[0])
    entries = [at(k) for k in (reversed(rounds) if reverse else rounds)] if xs is not None else []
    entries = entries or [None] * lengths[0]
    state, ys = _run(f, f, init, entries, checkpoint)
    return state, ys[::-1] if reverse else ys


def _run(
    f: Any, of: Any, state: Any, entries: Sequence[Any], checkpoint: bool
) -> tuple[Any, list[Any]]:
    """The last state and the results of a loop through these entries, as Values where it is
    recorded as one instruction. The step `of` was made of the user's function f.
    """
    if context.tape() is not None and checkpoint:
        return _in_stretches(f, of, state, entries)

    def step(state: Any, x: Any) -> tuple[Any, Any]:
        found = of(state, x)
        if not isinstance(found, tuple) or len(found) != 2:
            raise TypeError(
                f"the function of scan returns a pair, the next state and a result; got "
                f"{shown(found)} ({type(found).__name__}). Write `return state, None` if there is "
                "no result"
            )
        return found

    if (tape := context.tape()) is not None:
        recorded = tape.record_scan(f, step, state, entries)
        if recorded is not None:
            return recorded  # type: ignore[no-any-return]
    ys: list[Any] = []
    for x in entries:
        state, y = step(state, x)
        ys.append(y)
    return state, ys


def _in_stretches(f: Any, of: Any, state: Any, entries: Sequence[Any]) -> tuple[Any, list[Any]]:
    """The same in √n stretches, each a loop of its own: a gradient keeps the states between them,
    and computes those inside one once more.
    """
    n = isqrt(len(entries))
    whole = len(entries) // n * n if n else 0
    stretches = [[*entries[k : k + n]] for k in range(0, whole, n or 1)]
    state, found = _run(f, lambda s, xs: _run(f, of, s, xs, False), state, stretches, False)
    state, rest = _run(f, of, state, entries[whole:], False)
    return state, [y for ys in found for y in ys] + rest


def _elements(xs: Any, lengths: list[int]) -> Callable[[int], Any]:
    """A function that gives the element of each round; the lengths found are appended."""
    if xs is None:
        return lambda k: None
    if isinstance(xs, tuple):
        parts = [_elements(x, lengths) for x in xs]
        make = getattr(type(xs), "_make", tuple)  # a named tuple has one
        return lambda k: make([at(k) for at in parts])
    if isinstance(xs, dict):
        entries = {key: _elements(x, lengths) for key, x in xs.items()}
        return lambda k: {key: at(k) for key, at in entries.items()}
    try:
        items = list(xs)
    except TypeError:
        raise TypeError(
            f"scan goes through lists, arrays and other iterables, and a tuple or a dict is a "
            f"structure of these; got {shown(xs)} ({type(xs).__name__}) for one of them. Write "
            "list(xs) for a tuple of numbers"
        ) from None
    lengths.append(len(items))
    return items.__getitem__


def fori_loop(
    lower: int,
    upper: int,
    body_fun: Callable[[int, State], State],
    init_val: State,
    checkpoint: bool = False,
) -> State:
    """Repeat a step for i = lower, …, upper − 1: sᵢ₊₁ = body(i, sᵢ).

    It is Python's `for i in range(lower, upper)`. In a compiled function it is one instruction, as
    `scan` is.

    Args:
        lower: the first i.
        upper: the i at which the loop ends, which is not run.
        body_fun: a function of i and the state, which returns the next state.
        init_val: the state before the first round: a number or a container of numbers.
        checkpoint: whether the gradient of a compiled loop takes less memory, and more time, as for
            `scan`.

    Returns:
        The state after the last round; `init_val` if there is none.

    Raises:
        TypeError: `body_fun` is not a function, or a bound is not an integer.

    Example:
        >>> from autograd_core import grad
        >>> fori_loop(1, 6, lambda i, product: product * i, 1.0)
        120.0
        >>> grad(lambda x: fori_loop(0, 3, lambda i, power: power * x, 1.0))(2.0)
        12.0

    Source: the function of this name in `jax.lax`.
    """
    callable_or_error(body_fun, "fori_loop", "{0}(lower, upper, body_fun, init_val)")
    for bound in (lower, upper):
        if not hasattr(bound, "__index__"):
            raise TypeError(
                f"the bounds of fori_loop must be whole numbers, got {shown(bound)} "
                f"({type(bound).__name__}); round it first, as in int(...)"
            )
    entries = range(lower, upper)
    state, _ = _run(body_fun, lambda s, i: (body_fun(i, s), None), init_val, entries, checkpoint)
    return state  # type: ignore[no-any-return]


def while_loop(
    cond_fun: Callable[[State], Any], body_fun: Callable[[State], State], init_val: State
) -> State:
    """Repeat a step as long as a condition holds: sₖ₊₁ = body(sₖ) while cond(sₖ).

    It is Python's `while`. How many rounds there are may depend on the numbers: derivatives are
    those of the rounds that ran, and a compiled function has a path for each number of rounds.

    Args:
        cond_fun: a function of the state, which says whether to go on.
        body_fun: a function of the state, which returns the next state.
        init_val: the state at first: a number or a container of numbers.

    Returns:
        The first state for which the condition does not hold.

    Raises:
        TypeError: `cond_fun` or `body_fun` is not a function.

    Example:
        >>> from autograd_core import grad
        >>> while_loop(lambda x: x < 100.0, lambda x: x * 2.0, 3.0)
        192.0
        >>> grad(lambda x: while_loop(lambda y: y < 100.0, lambda y: y * 2.0, x))(3.0)
        64.0

    Source: the function of this name in `jax.lax`.
    """
    for function in (cond_fun, body_fun):
        callable_or_error(function, "while_loop", "{0}(cond_fun, body_fun, init_val)")
    state = init_val
    while cond_fun(state):
        state = body_fun(state)
    return state
