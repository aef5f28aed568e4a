"""What a graph stands: Ctrl-C, threads, forks, and ten thousand steps."""

from __future__ import annotations

import dis
import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from autograd_core import Value, dot, sum
from autograd_core.engine import sweeps as engine
from autograd_core.engine.sweeps import topological_order
from autograd_core.engine.value import pool

from .programs import chain
from .threads import at_once

ROOT = Path(__file__).parents[2]
STEPS = int(os.environ.get("AUTOGRAD_STEPS", "300"))  # 10_000 takes a minute


def test_an_interrupt_at_any_moment_leaves_all_gradients_old_or_all_new() -> None:
    """A KeyboardInterrupt at every place of a second backward pass at which Python looks for
    one, one after the other.
    """
    a, b = Value(2.0), Value(3.0)
    shared = a * b
    loss = dot([a, b, shared], [b, 2.0, a]) + shared * shared
    loss.backward()
    nodes = topological_order(loss)
    old = [n.grad for n in nodes]
    loss.backward()
    new = [n.grad for n in nodes]
    outcomes = []
    for moment in range(10_000):
        for node, g in zip(nodes, old, strict=True):
            node.grad = g
        interrupted = _interrupted_at(moment, loss.backward)
        found = [n.grad for n in nodes]
        assert found in (old, new), moment
        assert _free_for_other_threads(engine.sweeping), moment
        outcomes.append((interrupted, found == new))
        if not interrupted:
            break
    assert outcomes[-1] == (False, True)
    assert outcomes.count((True, False)) > 50
    assert outcomes.count((True, True)) >= 1


INTERRUPTIBLE = {"CALL", "CALL_KW", "CALL_FUNCTION_EX", "JUMP_BACKWARD", "RESUME"}


def _interrupted_at(moment: int, work: Callable[[], None]) -> bool:
    """Run with a KeyboardInterrupt at that one of the engine's interruptible places; whether it
    came so far.
    """
    places, before = 0, {}

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal places
        code = frame.f_code
        if not code.co_filename.startswith(os.path.dirname(engine.__file__)):
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            places += before.get(frame) in INTERRUPTIBLE
            before[frame] = dis.opname[code.co_code[frame.f_lasti]]
            if places > moment:
                raise KeyboardInterrupt
        return trace

    tracer = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(tracer)
    return False


def _free_for_other_threads(lock: Any) -> bool:
    found = []

    def ask() -> None:
        found.append(lock.acquire(blocking=False))
        if found[0]:
            lock.release()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    return bool(found[0])


def test_threads_that_share_leaves_add_up_exactly() -> None:
    w = Value(1.0)
    rounds, workers = 200, 4
    start = threading.Barrier(workers)

    def work() -> None:
        start.wait()
        for _ in range(rounds):
            chain(w * 1.0, 20).backward(2.0**-10)

    at_once(workers, work)
    alone = Value(1.0)
    for _ in range(rounds * workers):
        chain(alone * 1.0, 20).backward(2.0**-10)
    assert w.grad == alone.grad


FORKED_WHILE_SWEEPING = """
import os, signal, threading
from autograd_core import Value

x, y, stop = Value(1.5), Value(1.0), threading.Event()
for _ in range(2_000):
    y = y * 1.0

def sweep():
    while not stop.is_set():
        y.backward()

thread = threading.Thread(target=sweep)
thread.start()
try:
    for _ in range(20):
        child = os.fork()
        if child == 0:
            signal.alarm(10)  # a child that waits for ever is ended
            (x * x).backward()
            os._exit(0 if x.grad == 3.0 else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
finally:
    stop.set()
    thread.join()
"""

FORKED_IN_A_GROUP = """
import os, signal, threading
from autograd_core import group, no_grad
from autograd_core.engine import context

inside, stop = threading.Event(), threading.Event()

def wait():
    with no_grad():
        inside.set()
        stop.wait()

thread = threading.Thread(target=wait)
thread.start()
try:
    inside.wait()
    with group("part"):
        child = os.fork()
        if child == 0:
            signal.alarm(10)
            one = context.active
    if child == 0:
        os._exit(0 if (one, context.active) == (1, 0) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
finally:
    stop.set()
    thread.join()
assert context.active == 0
"""

MODE_ENTERED_AND_LEFT = """
import signal
from autograd_core import no_grad
from autograd_core.engine import context

def interrupt(*_):
    raise KeyboardInterrupt

signal.signal(signal.SIGALRM, interrupt)
for _ in range(1_000):
    try:
        signal.setitimer(signal.ITIMER_REAL, 2e-4)
        while True:
            with no_grad():
                pass
    except KeyboardInterrupt:
        pass
    assert context.current.get().recording
"""


def _alone(script: str) -> None:
    """Run in a process of its own, without a tracer: a fork or an interrupt between its lines
    would find its locks held.
    """
    plain = {name: setting for name, setting in os.environ.items() if not name.startswith("COV")}
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120, env=plain, cwd=ROOT)


forks = pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="this system does not fork"
)


@forks
def test_a_child_forked_while_another_thread_sweeps_can_sweep() -> None:
    _alone(FORKED_WHILE_SWEEPING)


@forks
def test_a_child_has_the_modes_of_the_thread_that_forked() -> None:
    _alone(FORKED_IN_A_GROUP)


@pytest.mark.skipif(
    not hasattr(signal, "setitimer"), reason="this system has no timer that interrupts"
)
def test_a_mode_that_is_interrupted_while_it_is_entered_or_left_is_off() -> None:
    _alone(MODE_ENTERED_AND_LEFT)


def test_memory_stays_flat_over_many_steps_without_the_collector() -> None:
    nn = pytest.importorskip("nn")
    model = nn.MLP(2, [4, 1], seed=0)
    parameters = model.parameters()

    def step() -> None:
        loss = sum([(model([0.1 * i, -0.2])[0] - 0.5) ** 2 for i in range(4)])
        model.zero_grad()
        loss.backward()
        for p in parameters:
            p.data -= 0.1 * p.grad

    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        for _ in range(20):
            step()
        pool._objects.clear()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(STEPS):
            step()
        # the blank nodes in the pool: of a number that depends on the moment, and bounded
        pool._objects.clear()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
        gc.enable()
    assert grown < 2_000
