"""The operands of a long recording, in two arrays: they are the tuples that a short one has."""

from __future__ import annotations

import copy
import pickle
import random
import tracemalloc
from typing import Any

import pytest

from autograd_core import compiled, value_and_grad
from autograd_core.compiler.ir import operands as module
from autograd_core.compiler.ir import trace
from autograd_core.compiler.ir.operands import PackedOperands, lengths

from ..benchmarks.loops import logistic, operations


def packed(tuples: list[tuple[int, ...]]) -> PackedOperands:
    found = PackedOperands()
    for x in tuples:
        found.append(x)
    return found


@pytest.mark.parametrize("block", [1, 3, 4096])
def test_they_are_a_sequence_of_tuples(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BLOCK", block)
    draw = random.Random(0)
    tuples = [
        tuple([draw.randrange(99) for _ in range(draw.choice([0, 1, 2, 2, 5]))]) for _ in "x" * 20
    ]
    found = packed(tuples)
    assert len(found) == len(tuples)
    assert [*found] == tuples == [found[i] for i in range(20)]
    assert (found[-1], found[3:9], found[::-2]) == (tuples[-1], tuples[3:9], tuples[::-2])
    assert [*lengths(found)] == [*lengths(tuples)] == [*map(len, tuples)]
    with pytest.raises(IndexError):
        found[20]
    assert [*packed([])] == []
    for again in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found)):
        assert [*again] == tuples


def test_a_program_is_the_same_with_packed_operands(monkeypatch: pytest.MonkeyPatch) -> None:
    end, x = logistic(20)

    def recorded() -> Any:
        f = compiled(value_and_grad(end))
        return f(x), f

    plain, f = recorded()
    monkeypatch.setattr(trace, "LONG", 10)
    found, g = recorded()
    assert isinstance(g.program.operands, PackedOperands)
    assert not isinstance(f.program.operands, PackedOperands)
    assert found == plain
    assert str(g.program) == str(f.program)
    assert g.program.evaluate(x) == f.program.evaluate(x)
    assert pickle.loads(pickle.dumps(g))(x) == plain
    for backend in ("python", "numpy", "c"):
        assert g.program.source(backend) == f.program.source(backend)


@pytest.mark.slow
def test_the_first_call_of_a_long_loop_takes_300_bytes_an_instruction() -> None:
    end, x = logistic(300)
    f = compiled(value_and_grad(end))
    compiled(value_and_grad(logistic(2)[0]))(x)  # imports what a first call imports
    tracemalloc.start()
    try:
        f(x)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 300 * operations(f.program)
