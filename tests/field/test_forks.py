"""Forks: a child can do all that its parent could, whatever other threads were doing when it
was forked.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for name in ("autograd_core", "nn") for path in (ROOT / name).rglob("*.py"))

SCRIPT = """
import gc, os, signal, sys, threading
import numpy
from autograd_core import (BatchGradient, Value, collector_paused, compiled, detect_anomaly, exp, explain, grad, group,
                           no_grad, sum, tanh)

def net(w, x):
    for k in range(20):
        x = [tanh(sum([w[i] * y for i, y in enumerate(x)]) + float(k + j)) for j in range(4)]
    return sum(x)

W, X = [0.5, -0.25, 0.125, 0.0625], numpy.linspace(-1.0, 1.0, 4000).reshape(-1, 4)
batched, single, straight = compiled(grad(net), batched="x", reduce="sum"), compiled(grad(net)), compiled(lambda x: x * x + 1.0)
right = batched(W, X), single(W, [1.0, 2.0, 3.0, 4.0]), straight(3.0)
parameters = [Value(x) for x in W]
batch = BatchGradient(lambda x, t: (net(parameters, x) - t) ** 2, parameters)
rows = batch.rows(X, X[:, 0])
loss = batch(rows)
deep = Value(1.0)
for _ in range(2_000):
    deep = deep * 1.0

def contexts():
    with no_grad(), group("part"), detect_anomaly(), collector_paused():
        exp(Value(1.0))

def the_derivative_of_a_slow_function():
    grad(lambda x: net([x] * 4, W).item() + x)(1.0)

WORK = {
    "batches": lambda: batched(W, X),
    "shortcuts": lambda: single(W, [1.0, 2.0, 3.0, 4.0]),
    "plain code": lambda: straight(3.0),
    "recordings": lambda: compiled(grad(net))(W, W),
    "training": lambda: batch(rows),
    "sweeps": deep.backward,
    "contexts": contexts,
}
work, stop = WORK[sys.argv[1]], threading.Event()

def again_and_again():
    while not stop.is_set():
        work()

def child():
    signal.alarm(20)  # a child that waits for ever is ended
    assert gc.isenabled()
    assert (batched(W, X), single(W, [1.0, 2.0, 3.0, 4.0]), straight(3.0)) == right
    assert compiled(grad(lambda x: net([x, x, x, x], W)))(0.5) == grad(lambda x: net([x, x, x, x], W))(0.5)
    assert batch(rows) == loss
    with no_grad(), group("part"):
        assert (Value(2.0) * 3.0).operands == ()
    y = Value(2.0) * 3.0
    assert y.operands and y.group is None
    y.backward()
    explain(y)
    with collector_paused():
        assert not gc.isenabled()
    assert gc.isenabled()

thread = threading.Thread(target=again_and_again)
thread.start()
try:
    for k in range(int(sys.argv[2])):
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                child()
                code = 0
            finally:
                if code:
                    sys.excepthook(*sys.exc_info())
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, k
finally:
    stop.set()
    thread.join()
"""

IN_A_RECORDING = """
import os, signal
from autograd_core import compiled, grad
from autograd_core.engine import context

def f(x):
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        return x * x * x
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    return x * x

slope = compiled(grad(f))
parent = os.getpid()
found = slope(3.0)
assert (slope(2.0), context.active) == (4.0 if os.getpid() == parent else 12.0, 0)
"""

FIRST_CALLS = """
import os, signal, sys, threading
from autograd_core import BatchGradient, Value, compiled, exp, grad, sum

assert "numpy" not in sys.modules
failed, go = [], threading.Barrier(4)
w = Value(2.0)

def in_a_child(f):
    child = os.fork()
    if child == 0:
        signal.alarm(20)  # a child that waits for ever is ended
        try:
            f()
        finally:
            os._exit(0 if sys.exc_info()[0] is None else 1)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        failed.append(f)

CALLS = {
    "batches": lambda: compiled(lambda x: x * x if x > 0 else -x, batched="x")([1.0, -2.0]),
    "training": lambda: BatchGradient(lambda x: w * x, [w]).rows([1.0, 2.0]),
    "sources": lambda: (f := compiled(lambda x: x * x), f(1.0), f.program.source("numpy")),
    "arrays": lambda: compiled(lambda w: sum([exp(x * y) for x in w for y in w]))([0.01] * 100),
    "the user": lambda: __import__("numpy").zeros(2),
}
call = CALLS[sys.argv[1]]

def first():
    go.wait()
    try:
        call()
    except BaseException as error:
        failed.append(error)

def others():
    try:
        go.wait()
        for k in range(40):
            assert compiled(lambda x: x * x + k)(2.0) == 4.0 + k
            assert grad(lambda p: p[0] * p[1])([1.0, 2.0]) == [2.0, 1.0]
            assert compiled(grad(lambda p: p["a"] * p["b"] + k))({"a": 1.0, "b": 2.0}) == {"a": 2.0, "b": 1.0}
    except BaseException as error:
        failed.append(error)

threads = [threading.Thread(target=f) for f in (first, others, others)]
for thread in threads:
    thread.start()
go.wait()
while threads[0].is_alive() and not failed:
    if "numpy" in sys.modules and hasattr(os, "fork"):
        in_a_child(call)
        in_a_child(CALLS["batches"])
for thread in threads:
    thread.join()
assert not failed, failed
"""

WHILE_ANOTHER_COMPILES = """
import os, sys, threading
import numpy
from autograd_core import compiled
from autograd_core.compiler.backends.numpy import kernel

source, begun, forked = kernel.source, threading.Event(), threading.Event()

def interrupted(*given):
    begun.set()
    forked.wait()
    return source(*given)

kernel.source = interrupted
thread = threading.Thread(target=lambda: compiled(lambda x: x * x, batched="x", backend="numpy")([1.0, 2.0]))
thread.start()
begun.wait()
sys.unraisablehook = lambda _: os._exit(1)  # what fails in the child before `fork` returns
child = os.fork()
if child == 0:
    os._exit(0)
forked.set()
thread.join()
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""

AFTER_A_BATCH = """
import sys
import numpy
from autograd_core import compiled, grad

before = set(sys.modules)
f = lambda x: x * x if x > 0 else -x
assert compiled(f, batched="x")([2.0, -3.0]).tolist() == [4.0, 3.0]
assert compiled(grad(f), batched="x")([2.0, -3.0]).tolist() == [4.0, -1.0]
assert compiled(f, batched="x", reduce="mean")([2.0, -3.0]) == 3.5
late = {name for name in set(sys.modules) - before if name.startswith("numpy")}
assert not late, late
"""

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")


def _alone(script: str, *arguments: str) -> None:
    """In a process of its own, without a tracer: a fork between its lines would find its locks
    held.
    """
    pytest.importorskip("numpy")
    plain = {name: setting for name, setting in os.environ.items() if not name.startswith("COV")}
    plain["OPENBLAS_NUM_THREADS"] = "1"
    subprocess.run(
        [sys.executable, "-c", script, *arguments], check=True, timeout=300, env=plain, cwd=ROOT
    )


@pytest.mark.slow
@forks
@pytest.mark.parametrize(
    "work", ["batches", "shortcuts", "plain code", "recordings", "training", "sweeps", "contexts"]
)
def test_a_child_forked_while_another_thread_is_at_work_waits_for_nobody(work: str) -> None:
    _alone(SCRIPT, work, "6")


@forks
def test_a_function_that_forks_while_it_is_recorded_goes_on_in_both_processes() -> None:
    _alone(IN_A_RECORDING)


@pytest.mark.parametrize("call", ["batches", "training", "sources", "arrays", "the user"])
def test_a_first_call_that_loads_numpy_disturbs_neither_other_threads_nor_children(
    call: str,
) -> None:
    _alone(FIRST_CALLS, call)


@forks
def test_a_child_forked_while_another_thread_compiles_begins_with_all_its_locks() -> None:
    _alone(WHILE_ANOTHER_COMPILES)


def test_a_batch_loads_no_further_part_of_numpy_in_the_middle_of_a_call() -> None:
    _alone(AFTER_A_BATCH)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_lock_has_its_place_in_the_story_of_a_fork(path: Path) -> None:
    text = path.read_text("utf-8")
    made = re.findall(
        r"\b(?:threading\.(?:R?Lock|Condition|Semaphore|Barrier))\b|@cached_property", text
    )
    made += re.findall(r"from threading import .*(?:Lock|Condition|Semaphore|Barrier)", text)
    assert path.name == "forks.py" or not made, (
        f"{path.name} makes a lock ({made}); forks.py has those that a child can use"
    )
