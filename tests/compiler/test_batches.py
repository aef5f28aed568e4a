"""`BatchGradient` by itself: the rate in its seed, samples that cannot be changed, Ctrl-C while
a batch is taken in.
"""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd_core import BatchGradient, Value, compiled, mean, sigmoid, sum
from autograd_core.errors import RecordingError


def neuron() -> BatchGradient:
    """(σ(w₁ x₁ + w₂ x₂) − t)², the mean over a batch."""
    w = [Value(0.5, role="parameter"), Value(-1.5, role="parameter")]
    return BatchGradient(lambda x, t: (sigmoid(w[0] * x[0] + w[1] * x[1]) - t) ** 2, w)


INPUTS, TARGETS = [[0.5, 1.0], [-2.0, 0.25], [1.5, -1.0]], [1.0, 0.0, 1.0]


def slopes(inputs: Any, targets: Any) -> list[float]:
    batch = neuron()
    batch.step(batch.rows(inputs, targets))
    return batch.gradient.tolist()  # type: ignore[no-any-return]


def test_the_rate_multiplies_the_gradient_and_leaves_the_loss() -> None:
    batch = neuron()
    rows = batch.rows(INPUTS, TARGETS)
    (loss, _), plain = batch(rows), batch.gradient.copy()
    batch.step(rows, 0.25)
    np.testing.assert_allclose(batch.gradient, 0.25 * plain, rtol=1e-15)
    assert batch.read()[0] == loss


def test_samples_cannot_be_changed_but_columns_of_them_are_copies_where_numbers_choose_them() -> (
    None
):
    batch = neuron()
    rows = batch.rows(INPUTS, TARGETS)
    with pytest.raises(ValueError, match="read-only"):
        rows[0, 0] = 7.0
    chosen = rows[:, [2, 0]]
    batch.step(chosen)
    chosen[:, 0] = rows[:, 1]  # the same array with other numbers
    batch.step(chosen)
    assert batch.gradient.tolist() == slopes([INPUTS[1], INPUTS[0]], [TARGETS[1], TARGETS[0]])


@pytest.mark.parametrize("tells", [True, False])
@pytest.mark.parametrize("far", [800.0, float("inf")])
def test_an_exponential_that_overflows_is_noticed_whether_numpy_tells_or_not(
    tells: bool, far: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autograd_core.compiler.backends.numpy.kernel.numpy_signals", lambda: tells)
    batch = neuron()
    near = batch.rows(INPUTS, TARGETS)
    expected = batch(near)[0], batch.gradient.tolist()
    for inputs in ([[far, 1.0], *INPUTS[1:]], [[0.0, -far], *INPUTS[1:]]):
        w = [Value(p.data) for p in batch.parameters]
        losses = [
            (sigmoid(w[0] * a + w[1] * b) - t) ** 2
            for (a, b), t in zip(inputs, TARGETS, strict=True)
        ]
        mean(losses).backward()
        loss, _ = batch(batch.rows(inputs, TARGETS))
        np.testing.assert_allclose(
            [loss, *batch.gradient], [mean(losses).data, *[p.grad for p in w]], rtol=1e-12
        )
        assert (batch(near)[0], batch.gradient.tolist()) == expected  # the alarm ends with its step


def test_a_program_is_freed_with_its_last_name() -> None:
    batch = neuron()
    batch.step(batch.rows(INPUTS, TARGETS))
    assert batch.executable is not None
    machine = weakref.ref(batch.executable.kernel.machine(3))
    del batch
    gc.collect()
    assert machine() is None


def test_a_sum_of_sigmoids_is_a_product_of_which_numpy_need_not_tell() -> None:
    function = compiled(
        lambda xs: sum([sigmoid(x) for x in xs]), batched="xs", reduce="sum", backend="numpy"
    )
    rows = np.full((40, 30), 0.5)
    rows[3, 4] = np.inf
    assert function(rows) == pytest.approx(1199 * sigmoid(0.5) + 1.0)
    (path,) = next(iter(function.trees.values())).paths
    assert path.family.executable.careful
    assert not path.family.executable.kernel.machine(1).signalled


def test_batches_that_were_made_ready_take_turns_and_are_forgotten_with_their_rows() -> None:
    batch = neuron()
    batches = [batch.rows(INPUTS[k:] + INPUTS[:k], TARGETS[k:] + TARGETS[:k]) for k in range(3)]
    batches += [batch.rows(INPUTS, [0.0, 1.0, 0.0])]
    expected = [slopes(rows[:2].T, rows[2]) for rows in batches]
    for _ in range(2):
        for rows, slope in zip(batches, expected, strict=True):
            loss, _ = batch(rows)
            assert batch.gradient.tolist() == slope
            assert loss == batch(rows.copy())[0]
    assert batch.executable is not None
    machine = batch.executable.kernel.machine(3)
    assert len(machine.bound) == 4
    del batches[1:], rows
    assert list(machine.bound) == [id(batches[0])]


def test_samples_among_the_outputs_are_those_of_the_batch() -> None:
    w = Value(2.0, role="parameter")
    batch = BatchGradient(lambda x: (w * x[0], [x[1], w * x[1]]), [w])
    for rows in (batch.rows([[1.0, 2.0], [3.0, 4.0]]), batch.rows([[1.0, 5.0], [3.0, 6.0]])):
        _, ((given, doubled),) = batch(rows)
        assert given.tolist() == rows[1].tolist() == (doubled / 2.0).tolist()


def test_a_batch_that_was_interrupted_on_its_way_in_is_taken_in_anew() -> None:
    class Interrupted:
        def __setitem__(self, where: Any, numbers: Any) -> None:
            raise KeyboardInterrupt

    batch = neuron()
    first, second = batch.rows(INPUTS, TARGETS), batch.rows(INPUTS[::-1], [0.0, 1.0, 0.0])
    batch.step(first)
    assert batch.executable is not None
    machine = batch.executable.kernel.machine(3)
    parts = machine.input_rows
    machine.input_rows = [(Interrupted(), part) for _, part in parts]
    with pytest.raises(KeyboardInterrupt):
        batch.step(second)
    machine.input_rows = parts
    batch.step(second)
    assert batch.gradient.tolist() == slopes(INPUTS[::-1], [0.0, 1.0, 0.0])


@pytest.mark.parametrize("samples", [[1.0, None], ["1.5"], [1.0 + 2.0j], [{"a": 1.0}]])
def test_what_is_no_number_is_no_sample(samples: Any) -> None:
    with pytest.raises(TypeError, match="the batched argument 'x' must be an array of numbers"):
        compiled(lambda x: 2.0 * x, batched="x")(samples)


def _pickled(x: Any) -> Any:
    return pickle.loads(pickle.dumps(x))


@pytest.mark.parametrize("copied", [copy.deepcopy, copy.copy, _pickled])
def test_a_copy_goes_on_by_itself(copied: Callable[[Any], Any]) -> None:
    """Also by its strict program, and without the function, which may be a lambda."""
    batch = neuron()
    rows = batch.rows(INPUTS, TARGETS)
    far = batch.rows([[800.0, 1.0], *INPUTS[1:]], TARGETS)
    batch.step(rows)
    batch.values -= batch.gradient
    start = batch.values.tolist()
    other = copied(batch)
    assert (other.values.tolist(), other.gradient.tolist()) == (start, batch.gradient.tolist())
    with pytest.raises(RecordingError, match="no step has run yet"):
        other.read()
    for given in (rows, far):
        batch.values[:] = start
        expected = batch(given)[0], batch.gradient.tolist()
        batch.values[:] = 0.0
        assert (other(given)[0], other.gradient.tolist()) == expected
        assert batch.values.tolist() == [0.0] * len(start)
    assert other.rows(INPUTS, TARGETS).tolist() == rows.tolist()


def test_a_copy_of_what_is_not_recorded_yet_records_by_itself() -> None:
    w = Value(3.0, role="parameter")
    batch = copy.copy(BatchGradient(lambda x: w * x, [w]))
    assert batch(batch.rows([1.0, 3.0])) == (6.0, [])
