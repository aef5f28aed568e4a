"""What programs do to a graph beside differentiating it: pickle, copy, fork, threads, Ctrl-C, and ten thousand steps."""

from __future__ import annotations

import copy
import dis
import gc
import multiprocessing
import os
import pickle
import sys
import threading
import tracemalloc
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from autograd_core import Value, dot, exp, gradients, group, modes, no_grad, relu, sum, tanh, where
from autograd_core import graph as engine
from autograd_core.graph import topological_order
from autograd_core.value import supply

DEEP = int(os.environ.get("AUTOGRAD_DEEP", "100_000"))  # 1_000_000 takes a minute
STEPS = int(os.environ.get("AUTOGRAD_STEPS", "300"))  # 10_000 likewise


def _chain(x: Value, operations: int) -> Value:
    y = x
    for i in range(operations):
        y = y + x if i % 2 else y * 0.999
    return y


def _everything(x: Value) -> Value:
    """A graph with every kind of node: many operands, constants, a branch not taken, a group, a label."""
    with group("part"):
        y = exp(x) * 2.0 + 1.0 / x
    z = dot([x, y, 1.0], [y, 2.0, x]) + sum([x, y]) + relu(-(x * x)) + where(x > 0.0, y, tanh(x))
    z.label = "loss"
    return z


def _pickled(x: Any) -> Any:
    return pickle.loads(pickle.dumps(x))


AGAIN = {"pickled": _pickled, "deep-copied": copy.deepcopy}
again_in_both_ways = pytest.mark.parametrize("again", AGAIN.values(), ids=AGAIN)


@again_in_both_ways
def test_a_graph_comes_back_with_all_that_it_holds(again: Callable[[Any], Any]) -> None:
    x = Value(0.5, label="x", role="parameter")
    loss = _everything(x)
    loss.backward()
    x2, loss2 = again((x, loss))
    assert (x2.label, x2.role, x2.grad, loss2.label, loss2.grad) == ("x", "parameter", x.grad, "loss", 1.0)
    before, after = topological_order(loss), topological_order(loss2)
    assert [n.operation for n in before] == [n.operation for n in after]
    assert [n.partials for n in before] == [n.partials for n in after]
    assert [n.group and n.group.path for n in before] == [n.group and n.group.path for n in after]
    assert not {*before} & {*after}
    loss2.backward()
    assert (x2.grad, x.grad) == (2.0 * x.grad, x.grad)
    assert gradients(gradients(loss2, x2), x2).data == gradients(gradients(loss, x), x).data


@again_in_both_ways
def test_what_several_results_share_they_share_again(again: Callable[[Any], Any]) -> None:
    x = Value(2.0)
    middle = x * x
    many = [middle + 1.0, middle * middle, x, middle, Value(7.0)]
    one, two, x2, middle2, _ = again(many)
    assert one.operands[0] is middle2 is two.operands[0] is two.operands[1]
    assert middle2.operands == (x2, x2)
    assert middle2.operands[0] is x2


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol_of_pickle_serves(protocol: int) -> None:
    x, loss = pickle.loads(pickle.dumps((x := Value(2.0), x**3), protocol))
    loss.backward()
    assert x.grad == 12.0


def test_a_subclass_keeps_its_class_and_its_attributes() -> None:
    x = Named(2.0)
    x.unit = ["m"]
    for again in (*AGAIN.values(), copy.copy):
        twin = again(x)
        assert (type(twin), twin.data, twin.unit) == (Named, 2.0, ["m"])
    assert copy.copy(x).unit is x.unit is not copy.deepcopy(x).unit


class Named(Value):
    unit: list[str]


def test_a_shallow_copy_has_the_same_operands_and_a_gradient_of_its_own() -> None:
    x = Value(3.0)
    y = x * x
    twin = copy.copy(y)
    twin.backward()
    assert (twin.operands[0] is x, x.grad, twin.grad, y.grad) == (True, 6.0, 1.0, 0.0)


@again_in_both_ways
def test_a_deep_graph_has_no_depth_for_copies(again: Callable[[Any], Any]) -> None:
    assert sys.getrecursionlimit() <= 1000
    x = Value(1.0)
    x2, y2 = again((x, _chain(x, DEEP)))
    y2.backward()
    assert x2.grad != 0.0 == x.grad
    assert len(repr(y2)) < 100


@again_in_both_ways
def test_a_chain_through_branches_not_taken_has_no_depth_either(again: Callable[[Any], Any]) -> None:
    y = Value(-1.0)
    for _ in range(20_000):
        y = relu(y) - 1.0
    assert again(y).data == y.data


@again_in_both_ways
def test_a_diamond_with_two_to_the_sixty_paths_is_copied_node_by_node(again: Callable[[Any], Any]) -> None:
    x = Value(1.0)
    y = x
    for _ in range(60):
        y = y + y
    x2, y2 = again((x, y))
    y2.backward()
    assert x2.grad == 2.0**60


def test_an_interrupt_at_any_moment_leaves_all_gradients_old_or_all_new() -> None:
    """A KeyboardInterrupt at every place of a second backward pass at which Python looks for one, one after the other."""
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
    """Run with a KeyboardInterrupt at that one of the engine's interruptible places; whether it came so far."""
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
            _chain(w * 1.0, 20).backward(2.0**-10)

    threads = [threading.Thread(target=work) for _ in range(workers)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    alone = Value(1.0)
    for _ in range(rounds * workers):
        _chain(alone * 1.0, 20).backward(2.0**-10)
    assert w.grad == alone.grad


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-?threaded.*")  # other engines in this process warn of their own threads
def test_a_child_forked_while_another_thread_sweeps_can_sweep() -> None:
    x, stop = Value(1.5), threading.Event()

    def sweep() -> None:
        y = _chain(Value(1.0), 2_000)
        while not stop.is_set():
            y.backward()

    thread = threading.Thread(target=sweep)
    thread.start()
    try:
        for _ in range(5):
            child = os.fork()
            if child == 0:
                signal_in_ten_seconds()
                (x * x).backward()
                os._exit(0 if x.grad == 3.0 else 1)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        stop.set()
        thread.join()


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-?threaded.*")
def test_a_child_has_the_modes_of_the_thread_that_forked() -> None:
    inside, stop = threading.Event(), threading.Event()

    def wait() -> None:
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
                signal_in_ten_seconds()
                one = modes.active
        if child == 0:
            os._exit(0 if (one, modes.active) == (1, 0) else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        stop.set()
        thread.join()
    assert modes.active == 0


def signal_in_ten_seconds() -> None:
    """A child that waits for ever is ended."""
    import signal

    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(10)


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
        supply._stock.clear()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(STEPS):
            step()
        supply._stock.clear()  # the blank nodes in stock: of a number that depends on the moment, and bounded
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
        gc.enable()
    assert grown < 2_000
