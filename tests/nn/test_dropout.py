"""`Dropout`: fresh zeros in each step of a training, in both engines alike, and none elsewhere."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest

from nn import (
    Adam,
    Dropout,
    GradientDescent,
    History,
    Layer,
    Module,
    Sequential,
    TrainingWarning,
    evaluate,
    fit,
    load,
    predict,
    save,
)

random = Random(5)
INPUTS = [[random.uniform(-1.0, 1.0) for _ in range(3)] for _ in range(24)]
TARGETS = [int(x[0] * x[1] > 0.0) for x in INPUTS]
SETTINGS: dict[str, Any] = {"loss": "cross_entropy_from_logits", "verbose": False}


def network(rate: float = 0.5) -> Sequential:
    return Sequential(
        Dropout(0.2), Layer(3, 6, "tanh", seed=0), Dropout(rate), Layer(6, 2, "linear", seed=1)
    )


def numbers(model: Module) -> list[float]:
    return [p.data for p in model.parameters()]


def train(model: Module, epochs: int = 3, **more: Any) -> History:
    more = {"optimizer": Adam(0.05), "batch_size": 5} | more
    return fit(model, INPUTS, TARGETS, epochs=epochs, **SETTINGS, **more)


def test_the_share_of_zeros_is_the_rate_and_the_mean_stays() -> None:
    dropout = Dropout(0.3, seed=0).train()
    found = dropout([2.0] * 20_000)
    assert set(found) == {0.0, 2.0 / 0.7}
    assert found.count(0.0) / 20_000 == pytest.approx(0.3, abs=0.01)
    assert sum(found) / 20_000 == pytest.approx(2.0, abs=0.03)
    assert dropout([2.0] * 20_000) != found


def test_a_compiled_step_draws_the_zeros_that_a_step_on_values_draws() -> None:
    pytest.importorskip("numpy")
    models = [network(), network()]
    engines = [
        train(model, compiled=compiled, sample_weight=[1.0, 2.0] * 12)
        for model, compiled in zip(models, (True, False), strict=True)
    ]
    assert [history.engine for history in engines] == ["compiled", "eager"]
    assert engines[0].loss == pytest.approx(engines[1].loss, rel=1e-12)
    assert numbers(models[0]) == pytest.approx(numbers(models[1]), rel=1e-9)


@pytest.mark.parametrize("shuffle", [True, False])
def test_each_step_draws_afresh_and_the_seed_repeats_all(shuffle: bool) -> None:
    """With a learning rate of 0, only the zeros differ from epoch to epoch."""
    for compiled in (True, False):
        still = {"optimizer": GradientDescent(0.0), "compiled": compiled, "shuffle": shuffle}
        losses, again, other = (
            train(
                network(), batch_size=24, seed=seed, **(still | {"optimizer": GradientDescent(0.0)})
            )
            for seed in (0, 0, 1)
        )
        assert len(set(losses.loss)) == 3
        assert losses.loss == again.loss
        assert set(losses.loss).isdisjoint(other.loss)


def test_predictions_and_evaluations_are_without_zeros_whatever_the_switch() -> None:
    model, whole = network(), Sequential(Layer(3, 6, "tanh", seed=0), Layer(6, 2, "linear", seed=1))
    model.train()
    expected = predict(whole, INPUTS)
    assert repr(predict(model, INPUTS)) == repr(expected)
    loss = {"loss": "cross_entropy_from_logits"}
    assert evaluate(model, INPUTS, TARGETS, **loss) == evaluate(whole, INPUTS, TARGETS, **loss)
    history = train(model, optimizer=GradientDescent(0.0), validation_data=(INPUTS, TARGETS))
    assert len(set(history.validation_loss)) == 1
    assert history.validation_loss[0] == pytest.approx(
        evaluate(whole, INPUTS, TARGETS, **loss)[0], rel=1e-12
    )


def test_the_switch_reaches_parts_in_lists_and_dicts_and_is_off_at_first() -> None:
    class Parts(Module):
        def __init__(self) -> None:
            self.parts = {"first": [Dropout(0.5)], "then": (network(),)}

    model = Parts()
    found = [model.parts["first"][0], *model.parts["then"][0].layers[::2]]  # type: ignore[union-attr]
    assert [part.training for part in found] == [False] * 3
    assert model.train() is model
    assert [part.training for part in found] == [True] * 3
    assert [part.training for part in model.eval() and found] == [False] * 3


@pytest.mark.parametrize("compiled", [True, False])
def test_a_resumed_training_draws_what_the_uninterrupted_one_drew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled: bool
) -> None:
    """It is interrupted in the middle of the second epoch."""
    whole, parts, seen = network(), network(), []
    train(whole, compiled=compiled)

    def interrupted(*state: object) -> None:
        seen.append(state)
        if len(seen) == 7:
            raise KeyboardInterrupt

    path = tmp_path / "checkpoint.json"
    with monkeypatch.context() as patched:
        patched.setattr("nn.training.progress.Progress.batch", interrupted)
        patched.setattr("nn.training.loop.Training.at_once", 1)
        patched.setattr("nn.training.loop.MOMENT", 0.0)  # a batch at a time
        assert train(parts, compiled=compiled, checkpoint=path).interrupted
    parts = network()
    train(parts, compiled=compiled, checkpoint=path, resume=True)
    assert numbers(parts) == numbers(whole)


def test_epochs_in_several_calls_are_those_of_one_call() -> None:
    whole, parts, optimizer = network(), network(), Adam(0.05)
    train(whole, 4)
    for _ in range(2):
        train(parts, 2, optimizer=optimizer)
    assert numbers(parts) == numbers(whole)


def test_a_rate_that_a_callback_changes_holds_from_the_next_epoch() -> None:
    pytest.importorskip("numpy")
    models = [network(), network()]

    def less(model: Any, history: History) -> None:
        model.layers[2].rate = 0.1

    with pytest.warns(TrainingWarning, match="recorded again"):
        train(models[0], callbacks=[less])
    train(models[1], callbacks=[less], compiled=False)
    assert numbers(models[0]) == pytest.approx(numbers(models[1]), rel=1e-9)


def test_a_checkpoint_of_another_rate_is_refused(tmp_path: Path) -> None:
    train(network(), checkpoint=tmp_path / "c.json")
    with pytest.raises(ValueError, match=r"Dropout\(0.5\).*Dropout\(0.25\)"):
        train(network(0.25), checkpoint=tmp_path / "c.json", resume=True)


def test_a_file_holds_it(tmp_path: Path) -> None:
    model = network(0.25)
    save(model, tmp_path / "model.json")
    again = load(tmp_path / "model.json")
    assert repr(again) == repr(model)
    assert repr(predict(again, INPUTS)) == repr(predict(model, INPUTS))


def test_a_file_with_a_rate_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    for rate in ("1.5", '"half"', "null"):
        path.write_text(
            '{"format": "autograd-core model", "version": 1, "parameters": {}, "model": '
            f'{{"kind": "Dropout", "rate": {rate}}}}}',
            "utf-8",
        )
        with pytest.raises(ValueError, match="the rate of a Dropout"):
            load(path)


@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan")])
def test_a_rate_out_of_range_is_refused_also_when_it_is_set(rate: float) -> None:
    with pytest.raises(ValueError, match="at least 0 and below 1"):
        Dropout(rate)
    with pytest.raises(ValueError, match="at least 0 and below 1"):
        Dropout().rate = rate


def test_it_keeps_a_network_from_learning_noise_by_heart() -> None:
    """Targets are noise: without dropout the training loss falls far below ln 2."""
    noise = [Random(i).randrange(2) for i in range(24)]
    losses = []
    for rate in (0.0, 0.6):
        model = Sequential(
            Layer(3, 24, "tanh", seed=0), Dropout(rate), Layer(24, 2, "linear", seed=1)
        )
        fit(model, INPUTS, noise, epochs=150, optimizer=Adam(0.03), **SETTINGS)
        losses.append(evaluate(model, INPUTS, noise, loss="cross_entropy_from_logits")[0])
    assert losses[0] < 0.7 * losses[1]
