"""Blank nodes come from a pool, which stays small and gives every node once."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from autograd_core.engine.node_pool import FIRST, LARGE, SHARE, NodePool

from .threads import at_once


class Thing:
    __slots__ = ("number",)


def drawn(pool: NodePool[Thing], count: int) -> list[Thing]:
    found = []
    for _ in range(count):
        try:
            found.append(pool.take())
        except IndexError:
            found.append(pool.more())
    return found


def test_a_pool_is_a_small_share_of_what_was_made() -> None:
    pool = NodePool(Thing)
    for made in range(50_000):
        drawn(pool, 1)
        assert len(pool._objects) <= min(LARGE, FIRST + made // SHARE)


def test_every_object_is_given_once_to_any_number_of_threads() -> None:
    pool, found = NodePool(Thing), []  # type: tuple[NodePool[Thing], list[Thing]]
    at_once(4, lambda: found.extend(drawn(pool, 5_000)))
    assert len({id(thing) for thing in found}) == len(found) == 20_000
    assert all(type(thing) is Thing for thing in found)
    assert gc.isenabled()


def test_filling_a_pool_takes_no_step_at_which_a_thread_or_an_interrupt_could_come_in() -> None:
    pool, seen = NodePool(Thing), []  # type: tuple[NodePool[Thing], list[tuple[str, bool]]]

    def look(frame: FrameType, event: str, argument: object) -> Callable[..., Any]:
        frame.f_trace_opcodes = True
        seen.append((event, gc.isenabled()))
        return look

    tracer = sys.gettrace()
    sys.settrace(look)
    try:
        pool.more()
    finally:
        sys.settrace(tracer)
    assert ("opcode", True) in seen
    assert all(enabled for _, enabled in seen)


def test_the_collector_is_left_as_it_was() -> None:
    pool = NodePool(Thing)
    drawn(pool, 1)
    assert gc.isenabled()
    gc.disable()
    try:
        drawn(pool, 2 * LARGE)
        assert not gc.isenabled()
    finally:
        gc.enable()
