"""What a model file or a checkpoint says is checked before it is believed, and costs no more
than the file itself.
"""

from __future__ import annotations

import json
import os
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from nn import (
    MLP,
    Adam,
    AveragePooling2d,
    Convolution2d,
    EarlyStopping,
    Sequential,
    fit,
    load,
    save,
)
from tests.field.mutated_files import INPUTS, TARGETS, outcomes, train


@pytest.mark.slow
def test_a_file_with_mistakes_in_it_loads_as_it_was_or_is_refused_by_its_name(
    tmp_path: Path,
) -> None:
    found = list(outcomes(tmp_path, 400, seed=0))
    assert {outcome for outcome, _ in found} == {"as it was", "refused"}


@pytest.mark.parametrize(
    ("layers", "accepted"),
    [
        (
            [
                {
                    "kind": "AveragePooling2d",
                    "input_shape": [1, 3000, 3000],
                    "pool_size": 1,
                    "stride": 1,
                }
            ],
            False,
        ),
        (
            [
                {
                    "kind": "AveragePooling2d",
                    "input_shape": [1, 400, 400],
                    "pool_size": 3,
                    "stride": 1,
                }
            ]
            * 200,
            False,
        ),
        (
            [
                {
                    "kind": "AveragePooling2d",
                    "input_shape": [1, 400, 400],
                    "pool_size": 3,
                    "stride": 1,
                }
            ],
            True,
        ),
    ],
)
def test_a_small_file_describes_a_small_model(
    layers: list[dict[str, Any]], accepted: bool, tmp_path: Path
) -> None:
    """154 bytes took a minute and 2.4 GB, some kilobytes any memory."""
    described = {"kind": "Sequential", "layers": layers}
    document = {"format": "autograd-core model", "version": 1, "model": described, "parameters": {}}
    path = tmp_path / "m.json"
    path.write_text(json.dumps(document), "utf-8")
    tracemalloc.start()
    begin = time.process_time()
    try:
        if accepted:
            assert isinstance(load(path), Sequential)
        else:
            with pytest.raises(
                ValueError,
                match=r"its images are too large: .* 2,000,000 are allowed "
                r"for 0 parameters",
            ):
                load(path)
        assert tracemalloc.get_traced_memory()[1] < 20 * 2**20
        assert time.process_time() - begin < 10.0
    finally:
        tracemalloc.stop()


def test_a_model_that_load_would_refuse_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="its images are too large"):
        save(AveragePooling2d((1, 3000, 3000), 1), tmp_path / "m.json")
    assert list(tmp_path.iterdir()) == []


def test_a_network_of_many_filters_over_large_images_is_saved_and_loaded(tmp_path: Path) -> None:
    save(Convolution2d((3, 100, 100), 8, 3, seed=0), tmp_path / "m.json")
    assert load(tmp_path / "m.json").output == "sigmoid"


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="there are no devices as files here")
def test_a_device_without_end_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="/dev/zero cannot be read as a model: it is not JSON"):
        load("/dev/zero")


def test_no_more_than_the_largest_file_is_read_of_what_has_no_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nn.files.documents.LARGEST", 5000)
    path = tmp_path / "m.json"
    path.write_text('{"format": "' + "x" * 9000, "utf-8")
    monkeypatch.setattr(Path, "stat", lambda self, **_: os.stat_result([0] * 10))  # as of a device
    with pytest.raises(ValueError, match="it has more than 5,000 bytes, the most that are read"):
        load(path)


@pytest.mark.parametrize(
    ("key", "name"),
    [("activation", "nonsense"), ("activation", "os.system"), ("output", "SIGMOID")],
)
def test_an_unknown_activation_is_refused_also_where_no_layer_uses_it(
    key: str, name: str, tmp_path: Path
) -> None:
    path = tmp_path / "m.json"
    save(MLP(2, [1], seed=0), path)  # its one layer has the activation of the output
    document = json.loads(path.read_text("utf-8"))
    del document["checksum"]
    document["model"][key] = name
    path.write_text(json.dumps(document), "utf-8")
    with pytest.raises(
        ValueError,
        match=f"an activation must be given by its name, one of linear, .*; got '{name}'",
    ):
        load(path)


def test_a_number_that_was_changed_in_a_file_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    save(MLP(1, [1], seed=0), path)
    document = json.loads(path.read_text("utf-8"))
    document["parameters"]["layers.0.neurons.0.bias"] = 0.125
    path.write_text(json.dumps(document), "utf-8")
    with pytest.raises(
        ValueError,
        match=r"m\.json cannot be read as a model: it was changed after it was written, .*; if you changed it yourself, remove",
    ):
        load(path)
    del document["checksum"]
    path.write_text(json.dumps(document), "utf-8")
    assert load(path).parameters()[1].data == 0.125


WRONG: dict[str, list[Any]] = {
    "epoch": [-1, 3, 2.0, None],
    "batch": [-1, 99, 3, True, "1"],
    "seen": [-5, 3, []],
    "hits": [-1, 1, 0.5],
    "total": ["nan", 1.0, 1e308 * 10, None],
    "seconds": [-1.0, "nan"],
    "finished": [1, None, "no"],
    "stopped": [None, 5],
    "random": [None, [3, [1], None], [3, [-1] * 625, None]],
    "history": [[], {"loss": [1.0]}],
    "parameters": [[], {}],
    "settings": [None, {}],
    "callbacks": [[], None, [None, None]],
    "optimizer/steps": [-1, 1.5, None],
    "optimizer/memory": [[[0.0] * 12], [[0.0] * 11] * 2, [[None] * 12] * 2, "", {}],
    "callbacks/0/best_epoch": [-1, 0.5],
    "callbacks/0/best": [None, "high"],
    "callbacks/0/parameters": [[1.0], {}, [None] * 12],
}


@pytest.mark.parametrize(
    ("place", "wrong"), [(place, wrong) for place, several in WRONG.items() for wrong in several]
)
def test_the_progress_in_a_checkpoint_is_checked_before_anything_is_set(
    place: str, wrong: Any, tmp_path: Path
) -> None:
    path = tmp_path / "c.json"
    train(path, resume=False)
    document = json.loads(path.read_text("utf-8"))
    del document["checksum"]
    part: Any = document
    *way, last = place.split("/")
    for step in way:
        part = part[int(step) if step.isdigit() else step]
    part[last] = wrong
    path.write_text(json.dumps(document).replace("Infinity", "1e999"), "utf-8")
    model, stopping = MLP(2, [2, 2], output="softmax", seed=0), EarlyStopping(patience=5)
    before = [p.data for p in model.parameters()], vars(stopping).copy()
    with pytest.raises(ValueError, match=r"c\.json cannot be resumed: "):
        resume(path, model, stopping)
    assert ([p.data for p in model.parameters()], vars(stopping)) == before


def test_a_callback_that_refuses_its_state_leaves_the_one_before_it_as_it_was(
    tmp_path: Path,
) -> None:
    class Own:
        n = 0

        def __call__(self, model: Any, history: Any) -> None:
            self.n += 1

        def state(self) -> dict[str, Any]:
            return {"n": self.n}

        def resume(self, state: dict[str, Any]) -> None:
            if state["n"] > 1:
                raise ValueError("too many")
            self.n = state["n"]

    settings: dict[str, Any] = {
        "loss": "cross_entropy",
        "compiled": False,
        "verbose": False,
        "checkpoint": tmp_path / "c.json",
    }
    settings |= {"validation_data": (INPUTS, TARGETS)}
    fit(
        MLP(2, [2], output="softmax", seed=0),
        INPUTS,
        TARGETS,
        **settings,
        epochs=2,
        callbacks=[EarlyStopping(), Own()],
    )
    model, stopping = MLP(2, [2], output="softmax", seed=0), EarlyStopping()
    before = [p.data for p in model.parameters()]
    with pytest.raises(ValueError, match=r"c\.json cannot be resumed: too many"):
        fit(model, INPUTS, TARGETS, **settings, epochs=3, callbacks=[stopping, Own()], resume=True)
    assert (stopping.best_epoch, stopping.parameters, [p.data for p in model.parameters()]) == (
        0,
        [],
        before,
    )


def resume(path: Path, model: MLP, stopping: EarlyStopping) -> None:
    fit(
        model,
        INPUTS,
        TARGETS,
        loss="cross_entropy",
        optimizer=Adam(0.1),
        epochs=3,
        batch_size=2,
        checkpoint=path,
        resume=True,
        validation_data=(INPUTS, TARGETS),
        callbacks=[stopping],
        compiled=False,
        verbose=False,
    )
