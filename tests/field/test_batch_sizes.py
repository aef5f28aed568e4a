"""Batch sizes: a last batch, a validation batch and sizes of one's own cost what the same call
cost before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from autograd_core import BatchGradient, Value, backends, compiled, exp, sin

np = pytest.importorskip("numpy")
cache = pytest.importorskip("autograd_core.compiler.backends.array_memory")


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes for which buffers are made, each time that they are."""
    from autograd_core.compiler.backends.array_machine import ArrayMachine

    sizes: list[int] = []
    make: Callable[..., None] = ArrayMachine.__init__

    def watched(machine: Any, layout: Any, samples: int, *rest: Any, **more: Any) -> None:
        sizes.append(samples)
        make(machine, layout, samples, *rest, **more)

    monkeypatch.setattr(ArrayMachine, "__init__", watched)
    return sizes


def curve(x: Any) -> Any:
    return exp(-x * x) * sin(3.0 * x)


def test_twenty_sizes_in_turn_are_each_made_ready_once(built: list[int]) -> None:
    f = compiled(curve, batched="x")
    xs = np.linspace(-2.0, 2.0, 500)
    for _ in range(4):
        for n in range(10, 210, 10):
            assert f(xs[:n]) == pytest.approx(
                np.exp(-(xs[:n] ** 2)) * np.sin(3.0 * xs[:n]), rel=1e-14
            )
    assert built == list(range(10, 210, 10))


def test_a_validation_batch_does_not_push_out_that_of_the_training(
    built: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "ROOM", 0)  # where there is room for none but the fewest
    w = Value(1.0)
    step = BatchGradient(lambda x: (w * x - 1.0) ** 2, [w])
    rows = step.rows(np.linspace(0.0, 1.0, 100))
    for n in range(1, 41):
        for batch in (32, 4, 100, n):
            step(rows[:, :batch])
    assert [n for n in built if n in (32, 4, 100)] == [32, 4, 100]


def test_many_sizes_do_not_take_all_the_memory(
    built: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    f = compiled(curve, batched="x")
    f(np.zeros(1000))
    (path,) = next(iter(f.trees.values())).paths
    machines = path.family.executable.kernel.machines
    monkeypatch.setattr(cache, "ROOM", 20 * machines[1000].bytes)
    for n in range(1000, 1100):
        f(np.full(n, 0.5))
        assert sum(machine.bytes for machine in machines.values()) <= cache.ROOM
    assert 15 <= len(machines) <= 20
    assert list(machines)[-1] == 1099
    f(np.zeros(1099))
    assert built == list(range(1000, 1100))


@pytest.mark.parametrize("backend", ["numpy", "native"])
def test_what_is_counted_for_a_size_is_what_it_takes(backend: str) -> None:
    import tracemalloc

    if not backends()[backend].available:
        pytest.skip(backends()[backend].reason)
    f = compiled(curve, batched="x", backend=backend)
    f(np.zeros(3))
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        f(np.zeros(20_000))
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    (path,) = next(iter(f.trees.values())).paths
    machines = path.family.executable.kernel.machines
    counted = sum([machine.bytes for n, machine in machines.items() if n != 3])
    assert counted == pytest.approx(taken, rel=0.2)
