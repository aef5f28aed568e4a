"""Weights, callbacks and early stopping, and the history as a table."""

from __future__ import annotations

import csv
import math
from array import array
from pathlib import Path
from typing import Any

import pytest

from nn import MLP, Adam, EarlyStopping, GradientDescent, History, Module, Neuron, fit
from nn.data.samples import sample_weights, samples

INPUTS = [[-1.0], [-0.5], [0.5], [1.0], [1.5], [2.0]]
CLASSES = [0, 0, 1, 1, 1, 1]


def trained(**settings: Any) -> list[float]:
    model = MLP(1, [3, 2], output="linear", seed=0)
    data: dict[str, Any] = {
        "inputs": INPUTS,
        "targets": CLASSES,
        "loss": "cross_entropy_from_logits",
        "verbose": False,
    }
    fit(model, **data | {"epochs": 3, "batch_size": 6} | settings)
    return [p.data for p in model.parameters()]


@pytest.mark.parametrize("compiled", [True, False])
def test_a_weight_of_two_is_the_sample_twice(compiled: bool) -> None:
    doubled = {"inputs": INPUTS + INPUTS[:2], "targets": CLASSES + CLASSES[:2], "batch_size": 8}
    once = trained(sample_weight=[2.0, 2.0, 1.0, 1.0, 1.0, 1.0], compiled=compiled)
    assert once == pytest.approx(trained(**doubled, compiled=compiled), rel=1e-9)
    assert trained(class_weight={0: 2.0}, compiled=compiled) == pytest.approx(once, rel=1e-12)
    assert trained(class_weight="balanced", compiled=compiled) == pytest.approx(once, rel=1e-12)
    assert trained(compiled=compiled) != pytest.approx(once, rel=1e-3)


@pytest.mark.slow
def test_weights_agree_with_pytorch() -> None:
    torch = pytest.importorskip("torch")
    ours = Neuron(1, "linear", initializer=lambda *_: 0.5)
    data: dict[str, Any] = {
        "inputs": INPUTS,
        "targets": CLASSES,
        "batch_size": 6,
        "epochs": 5,
        "verbose": False,
    }
    fit(
        ours,
        **data,
        loss="binary_cross_entropy_from_logits",
        optimizer=GradientDescent(0.3),
        class_weight={0: 3.0},
    )
    w = torch.tensor([[0.5]], dtype=torch.float64, requires_grad=True)
    b = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    x, t = torch.tensor(INPUTS, dtype=torch.float64), torch.tensor(CLASSES, dtype=torch.float64)
    weights = torch.where(t == 0, 3.0, 1.0)
    optimizer = torch.optim.SGD([w, b], lr=0.3)
    for _ in range(5):
        optimizer.zero_grad()
        losses = torch.nn.functional.binary_cross_entropy_with_logits(
            (x @ w)[:, 0] + b, t, reduction="none"
        )
        ((weights * losses).sum() / weights.sum()).backward()
        optimizer.step()
    assert [p.data for p in ours.parameters()] == pytest.approx([w.item(), b.item()], rel=1e-12)


def test_weights_average_one() -> None:
    assert sample_weights(CLASSES, None, None) is None
    assert sample_weights(CLASSES, "balanced", None) == pytest.approx(
        [1.5, 1.5, 0.75, 0.75, 0.75, 0.75]
    )
    both = sample_weights([[1.0], [0.0]], {1.0: 3.0}, [1.0, 1.0])
    assert both == pytest.approx([1.5, 0.5])
    assert sample_weights([[1, 0], [0, 1]], {0: 3.0, 1: 1.0}, None) == pytest.approx([1.5, 0.5])
    rows = [array("d", row) for row in ([1, 0], [0, 1])]
    assert sample_weights(rows, {0: 3.0, 1: 1.0}, None) == pytest.approx([1.5, 0.5])


def test_a_callback_sees_every_epoch_and_ends_the_training_by_true() -> None:
    seen: list[int] = []

    def enough(model: Module, history: History) -> bool:
        seen.append(len(history))
        return history.loss[-1] < history.loss[0] and len(history) == 4

    history = fit(
        Neuron(1), INPUTS, CLASSES, loss="binary_cross_entropy", callbacks=[enough], verbose=False
    )
    assert seen == [1, 2, 3, 4]
    assert history.stopped == "epoch 4: enough returned True"
    assert not history.interrupted


def test_early_stopping_gives_back_the_parameters_of_the_best_epoch() -> None:
    best: list[tuple[float, list[float]]] = []

    def remember(model: Module, history: History) -> None:
        best.append((history.validation_loss[-1], [p.data for p in model.parameters()]))

    data: dict[str, Any] = {
        "inputs": INPUTS,
        "targets": CLASSES,
        "loss": "cross_entropy_from_logits",
        "verbose": False,
    }
    data |= {"validation_data": (INPUTS, [1, 0, 1, 1, 0, 1]), "epochs": 200, "optimizer": Adam(0.2)}
    model = MLP(1, [3, 2], output="linear", seed=0)
    history = fit(model, **data, callbacks=[EarlyStopping(patience=5), remember])
    assert len(history) < 200
    assert [p.data for p in model.parameters()] == min(best)[1]
    assert history.stopped.endswith("and not better for 5 epochs")
    last = MLP(1, [3, 2], output="linear", seed=0)
    data["optimizer"] = Adam(0.2)
    fit(last, **data, callbacks=[EarlyStopping(patience=5, restore_best=False), remember])
    assert [p.data for p in last.parameters()] == best[-1][1]


@pytest.mark.parametrize("compiled", [True, False])
def test_a_callback_may_change_the_parameters(compiled: bool) -> None:
    def reset(model: Module, history: History) -> None:
        for p in model.parameters():
            p.data = 0.0

    model = Neuron(1, seed=0)
    data: dict[str, Any] = {
        "inputs": INPUTS,
        "targets": CLASSES,
        "loss": "binary_cross_entropy",
        "verbose": False,
    }
    history = fit(
        model,
        **data,
        optimizer=GradientDescent(0.0),
        callbacks=[reset],
        epochs=3,
        compiled=compiled,
    )
    assert history.loss[1:] == pytest.approx([math.log(2.0)] * 2)


@pytest.mark.parametrize("compiled", [True, False])
def test_an_optimizer_is_not_shared_by_two_models(compiled: bool) -> None:
    optimizer = Adam()
    data: dict[str, Any] = {
        "inputs": INPUTS,
        "targets": CLASSES,
        "loss": "binary_cross_entropy",
        "verbose": False,
    }
    fit(Neuron(1), **data, optimizer=optimizer, compiled=compiled)
    with pytest.raises(ValueError, match="make one optimizer for each model"):
        fit(Neuron(1), **data, optimizer=optimizer, compiled=compiled)


def test_early_stopping_on_accuracy_waits_for_a_higher_one() -> None:
    history = fit(
        Neuron(1, seed=0),
        INPUTS,
        CLASSES,
        loss="binary_cross_entropy",
        optimizer=GradientDescent(0.0),
        callbacks=[EarlyStopping("accuracy", patience=2)],
        epochs=50,
        verbose=False,
    )
    assert len(history) == 3


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: EarlyStopping("val_loss"), "EarlyStopping can monitor loss, accuracy, .* got "
                                            "'val_loss'"),
        (lambda: EarlyStopping(patience=0), "at least one epoch, got 0"),
        (lambda: trained(callbacks=[EarlyStopping()]), "which is not measured: give fit validation"),
        (lambda: trained(targets=[[0.5, 2.5]] * 6, loss=lambda y, t: y[0] - t[0], callbacks=[EarlyStopping("accuracy")]),
         "not measured: the targets are no classes"),
    ],
)  # fmt: skip
def test_early_stopping_needs_something_to_watch(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_early_stopping_is_refused_before_the_training_starts() -> None:
    model = Neuron(1, seed=0)
    before = [p.data for p in model.parameters()]
    for targets, more in ((CLASSES, {}), ([0.5] * 6, {"validation_data": (INPUTS, CLASSES)})):
        with pytest.raises(ValueError, match="monitors validation_accuracy, which is not measured"):
            fit(
                model,
                INPUTS,
                targets,
                loss="mean_squared_error",
                callbacks=[EarlyStopping("validation_accuracy")],
                **more,
            )
    assert [p.data for p in model.parameters()] == before


def test_a_history_is_written_as_csv_with_every_digit(tmp_path: Path) -> None:
    history = History(
        loss=[0.1 + 0.2, 1e-300], validation_loss=[float("inf"), 2.0], seconds=[1.0, 3.0]
    )
    text = history.to_csv(tmp_path / "h.csv")
    assert (tmp_path / "h.csv").read_bytes().decode() == text
    rows = list(csv.DictReader(text.splitlines()))
    assert [float(row["loss"]) for row in rows] == history.loss
    assert [row["validation_loss"] for row in rows] == ["inf", "2.0"]
    assert list(rows[0]) == ["epoch", "loss", "validation_loss", "seconds"]
    assert History().to_csv() == "epoch\n"


def test_a_history_is_a_data_frame_where_pandas_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    history = History(loss=[0.5, 0.25], seconds=[1.0, 3.0])
    with monkeypatch.context() as patched:
        patched.setitem(__import__("sys").modules, "pandas", None)
        with pytest.raises(ImportError, match=r"pip install 'autograd-core\[tables\]'"):
            history.to_dataframe()
    pytest.importorskip("pandas")
    frame = history.to_dataframe()
    assert frame.index.tolist() == [1, 2]
    assert frame["loss"].tolist() == [0.5, 0.25]


@pytest.mark.parametrize("kind", ["tuples", "float32", "integers", "frame"])
def test_inputs_may_be_tuples_arrays_of_any_numbers_and_data_frames(kind: str) -> None:
    numpy = pytest.importorskip("numpy")
    whole = [[-1], [0], [1], [2], [3], [4]]

    class Frame:
        def to_numpy(self) -> Any:
            return numpy.array(whole)

    given = {
        "tuples": tuple(map(tuple, whole)),
        "float32": numpy.array(whole, dtype="float32"),
        "integers": numpy.array(whole),
        "frame": Frame(),
    }[kind]
    assert trained(inputs=given, targets=numpy.array(CLASSES)) == trained(inputs=whole)
    assert samples(given) == ([(x,) for [x] in whole] if kind == "tuples" else whole)
