"""`predict`: the outputs of the model as it is now, for any table, by a program that is kept."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from nn import MLP, Layer, Module, Neuron, Rows, predict

INPUTS = [[0.5, -1.0], [2.0, 0.25], [-3.0, 4.0]]


def loop(model: Module, rows: Any = INPUTS) -> list[Any]:
    """What one sample after another gives."""
    return [[y.data for y in model(x)] for x in rows]


@pytest.mark.parametrize("kind", ["list", "tuple", "Rows", "float64", "float32", "frame"])
def test_every_kind_of_table_gives_the_outputs_of_each_row(kind: str) -> None:
    numpy = pytest.importorskip("numpy")
    given: Any = {"list": INPUTS, "tuple": tuple(map(tuple, INPUTS))}.get(kind)
    if kind == "Rows":
        given = Rows(2, [x for row in INPUTS for x in row])
    elif kind == "frame":
        given = pytest.importorskip("pandas").DataFrame(INPUTS, columns=["a", "b"])
    elif given is None:
        given = numpy.array(INPUTS, dtype=kind)
    model = MLP(2, [3, 2], output="softmax", seed=0)
    found = predict(model, given)
    assert found.shape == (3, 2)
    assert found.tolist() == [pytest.approx(ys, rel=1e-14) for ys in loop(model)]


def test_a_single_value_gives_one_number_for_each_row() -> None:
    pytest.importorskip("numpy")
    line = Neuron(1, "linear", initializer=lambda *_: 3.0)
    assert predict(line, [[1], [2]]).tolist() == [3.0, 6.0]


def test_outputs_of_any_structure_have_the_samples_first() -> None:
    numpy = pytest.importorskip("numpy")

    class Own(Module):
        def __init__(self, structure: Callable[[Any], Any]) -> None:
            self.structure = structure

        def __call__(self, inputs: Any) -> Any:
            return self.structure(inputs)

    rows = numpy.array(INPUTS)
    assert predict(Own(lambda x: 2.0 * x), rows).tolist() == (2.0 * rows).tolist()
    nested = predict(Own(lambda x: [[x[0], x[1], x[0]], [x[1], x[1], x[1]]]), INPUTS)
    assert nested.shape == (3, 2, 3)
    assert nested[1].tolist() == [[2.0, 0.25, 2.0], [0.25, 0.25, 0.25]]
    assert predict(Own(lambda x: [x[0], [x[1]]]), INPUTS) == [[a, [b]] for a, b in INPUTS]
    assert predict(Own(lambda x: 1.0), INPUTS).tolist() == [1.0, 1.0, 1.0]


def test_many_rows_are_computed_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numpy")
    monkeypatch.setattr("nn.training.predictions.AT_ONCE", 2)
    model = MLP(2, [3, 1], seed=0)
    assert predict(model, INPUTS).tolist() == [pytest.approx(ys) for ys in loop(model)]


def _new_weights(model: MLP) -> None:
    model.layers[1].neurons[0].weights = Neuron(3, seed=5).weights  # type: ignore[attr-defined]


def _new_numbers(model: MLP) -> None:
    for p in model.parameters():
        p.data *= 2.0


def _activation_that_differs_below_zero_only(model: MLP) -> None:
    model.activation = "leaky_relu"


def _another_layer(model: MLP) -> None:
    model.layers.append(Layer(1, 1, "tanh", seed=1))


@pytest.mark.parametrize(
    "change",
    [_new_weights, _new_numbers, _activation_that_differs_below_zero_only, _another_layer],
    ids=lambda change: change.__name__,
)
def test_a_changed_model_is_predicted_as_it_is_now(change: Callable[[MLP], None]) -> None:
    pytest.importorskip("numpy")
    model = MLP(2, [3, 1], "relu", seed=0)
    for p in model.layers[0].parameters():
        p.data = abs(p.data)  # so that the first two rows see no difference below zero
    rows = [[1.0, 2.0], [3.0, 4.0], [-1.0, -2.0]]
    predict(model, rows)
    change(model)
    assert predict(model, rows).tolist() == [pytest.approx(ys) for ys in loop(model, rows)]


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))],
    ids=["copy", "deepcopy", "pickle"],
)  # fmt: skip
def test_a_copy_predicts_by_its_own_layers(copied: Callable[[MLP], MLP]) -> None:
    pytest.importorskip("numpy")
    model = MLP(2, [3, 1], seed=0)
    predict(model, INPUTS)
    other = copied(model)
    other.layers = [*other.layers, Layer(1, 1, "tanh", seed=1)]
    for each in (other, model):
        assert predict(each, INPUTS).tolist() == [pytest.approx(ys) for ys in loop(each)]


@pytest.mark.parametrize(("given", "error", "message"), [
    ([], ValueError, "X must hold at least one row, got none"),
    ([[1.0, 2.0, 3.0]], ValueError, r"row 0 does not fit .*takes 2 inputs, got 3"),
    ([[1.0, 2.0], [1.0]], ValueError, r"row 1 does not fit .*takes 2 inputs, got 1"),
    ([1.0, 2.0], TypeError, r"row 0 does not fit .*for one sample, give the list \[x\]"),
    ([["a", 1.0]], TypeError, r"row 0 does not fit the model.*got 'a'"),
    ("ab", TypeError, "X must be a list or an array with one entry per sample"),
])  # fmt: skip
def test_a_wrong_table_is_named_and_the_program_stays(
    given: Any, error: type[Exception], message: str
) -> None:
    pytest.importorskip("numpy")
    model = MLP(2, [3, 1], seed=0)
    for _ in range(2):
        with pytest.raises(error, match=message):
            predict(model, given)
        assert predict(model, INPUTS).tolist() == [pytest.approx(ys) for ys in loop(model)]
        assert vars(model)["_predictor"]._batched is not None


def test_a_model_that_is_no_program_is_called_on_each_row() -> None:
    pytest.importorskip("numpy")

    class Rounded(Neuron):
        def __call__(self, inputs: Any) -> Any:
            x = inputs[0]
            return super().__call__(inputs) + float(round(getattr(x, "data", x)))

    found = predict(Rounded(1, "linear", initializer=lambda *_: 1.0), [[2.25], [3.5]])
    assert found.tolist() == [4.25, 7.5]


def test_without_numpy_there_are_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "numpy", None)
    model = MLP(2, [3, 1], seed=0)
    assert predict(model, INPUTS) == loop(model)
