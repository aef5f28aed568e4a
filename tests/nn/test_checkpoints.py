"""Nothing is lost: a training that was interrupted or killed goes on, and ends bit for bit as
if nothing had happened.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from nn import MLP, Adam, EarlyStopping, GradientDescent, History, Optimizer, fit
from nn.files.documents import write_atomically
from nn.training import loop
from nn.training.progress import Progress

ROOT = Path(__file__).parent.parent.parent
INPUTS = [[(i * 7 % 11) / 5.5 - 1.0, (i * 5 % 13) / 6.5 - 1.0] for i in range(30)]
TARGETS = [int(x * y > 0.0) for x, y in INPUTS]
OPTIMIZERS: dict[str, Any] = {
    "momentum": lambda: GradientDescent(
        lambda step: 0.3 / (1 + step), momentum=0.9, nesterov=True, weight_decay=1e-3
    ),
    "adam": lambda: Adam(0.02),
    "plain": lambda: GradientDescent(0.2),
}


def train(model: MLP, optimizer: Optimizer, **more: Any) -> History:
    settings: dict[str, Any] = {
        "epochs": 6,
        "batch_size": 7,
        "loss": "cross_entropy_from_logits",
        "verbose": False,
        "seed": 3,
    }
    return fit(
        model,
        INPUTS,
        TARGETS,
        validation_data=(INPUTS[:9], TARGETS[:9]),
        optimizer=optimizer,
        **settings | more,
    )


def network() -> MLP:
    return MLP(2, [4, 2], activation="tanh", output="linear", seed=1)


def numbers(model: MLP) -> list[float]:
    return [p.data for p in model.parameters()]


def without_time(history: History) -> dict[str, list[float]]:
    return {name: column for name, column in history.columns.items() if name != "seconds"}


def interrupt_after(batches: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Press Ctrl-C after so many batches, of which each is a call of its own."""
    seen = []
    monkeypatch.setattr(loop.Training, "at_once", 1)
    monkeypatch.setattr(loop, "MOMENT", 0.0)

    def press(self: Progress, *state: Any) -> None:
        seen.append(state)
        if len(seen) == batches:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Progress, "batch", press)


@pytest.mark.parametrize("batches", [1, 4, 5, 13, 29])
@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_a_resumed_training_equals_an_uninterrupted_one_bit_for_bit(
    kind: str, batches: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, parts = network(), network()
    expected = train(whole, OPTIMIZERS[kind](), class_weight="balanced")
    with monkeypatch.context() as patched:
        interrupt_after(batches, patched)
        first = train(
            parts, OPTIMIZERS[kind](), class_weight="balanced", checkpoint=tmp_path / "c.json"
        )
    assert first.interrupted
    assert first.stopped == "interrupted"
    other = network()
    for parameter in other.parameters():
        parameter.data = 0.0  # everything comes from the file
    found = train(
        other,
        OPTIMIZERS[kind](),
        class_weight="balanced",
        checkpoint=tmp_path / "c.json",
        resume=True,
    )
    assert numbers(other) == numbers(whole)
    assert without_time(found) == without_time(expected)
    assert not found.interrupted


def test_early_stopping_goes_on_too_and_gives_the_best_parameters_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop() -> EarlyStopping:
        return EarlyStopping("validation_loss", patience=2)

    whole, parts, rate = network(), network(), 0.3
    expected = train(whole, Adam(rate), callbacks=[stop()], epochs=30)
    assert 2 < len(expected) < 30
    with monkeypatch.context() as patched:
        interrupt_after(8, patched)
        train(parts, Adam(rate), callbacks=[stop()], epochs=30, checkpoint=tmp_path / "c.json")
    found = train(
        parts,
        Adam(rate),
        callbacks=[stop()],
        epochs=30,
        checkpoint=tmp_path / "c.json",
        resume=True,
    )
    assert numbers(parts) == numbers(whole)
    assert (without_time(found), found.stopped) == (without_time(expected), expected.stopped)
    again = train(
        network(),
        Adam(rate),
        callbacks=[stop()],
        epochs=30,
        checkpoint=tmp_path / "c.json",
        resume=True,
    )
    assert without_time(again) == without_time(expected), "what is finished is not trained further"


def test_a_training_without_a_file_is_not_resumed() -> None:
    model = network()
    before = numbers(model)
    with pytest.raises(ValueError, match="give checkpoint=, a path"):
        train(model, Adam(0.01), resume=True)
    assert numbers(model) == before


def test_a_finished_training_can_be_given_more_epochs(tmp_path: Path) -> None:
    whole, parts = network(), network()
    train(whole, Adam(0.02), epochs=5)
    train(parts, Adam(0.02), epochs=2, checkpoint=tmp_path / "c.json")
    history = train(parts, Adam(0.02), epochs=5, checkpoint=tmp_path / "c.json", resume=True)
    assert numbers(parts) == numbers(whole)
    assert len(history) == 5


def test_the_second_ctrl_c_interrupts_at_once_and_leaves_the_checkpoint_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def twice(self: GradientDescent, *given: Any) -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(GradientDescent, "step", twice)
    monkeypatch.setattr(GradientDescent, "update_arrays", twice)
    monkeypatch.setattr("nn.training.steps.update_of", lambda *_: None)  # not in native code
    history = train(network(), GradientDescent(0.2), checkpoint=tmp_path / "c.json")
    assert history.interrupted
    assert json.loads((tmp_path / "c.json").read_text("utf-8"))["batch"] == 0
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_while_an_interrupted_training_is_saved_waits_until_the_file_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pressed(path: Path, text: str) -> None:
        if len(saved) == 1:
            signal.raise_signal(signal.SIGINT)
        saved.append(text)
        write_atomically(path, text)

    saved: list[str] = []
    monkeypatch.setattr("nn.training.checkpoints.write_atomically", pressed)
    interrupt_after(3, monkeypatch)
    history = train(network(), Adam(), checkpoint=tmp_path / "c.json")
    assert history.interrupted
    assert json.loads((tmp_path / "c.json").read_text("utf-8"))["batch"] == 3
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
from test_checkpoints import *
model = network()
history = train(model, Adam(0.02), epochs=12, checkpoint=sys.argv[1], checkpoint_seconds=0.0, resume=True)
print(numbers(model), without_time(history))
"""


@pytest.mark.slow
def test_killed_at_any_moment_the_checkpoint_is_whole_and_the_result_the_same(
    tmp_path: Path,
) -> None:
    path, model = tmp_path / "c.json", network()
    expected = without_time(train(model, Adam(0.02), epochs=12))
    script = SCRIPT.format(tests=str(Path(__file__).parent))
    out, killed = "", 0
    for moment in (0.0, 0.005, 0.02, None):
        before = path.stat().st_mtime_ns if path.exists() else 0
        process = subprocess.Popen(
            [sys.executable, "-c", script, path], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        if moment is not None:
            deadline = time.monotonic() + 60.0
            while (
                path.stat().st_mtime_ns if path.exists() else 0
            ) == before and process.poll() is None:
                assert time.monotonic() < deadline
            time.sleep(moment)
            process.kill()
            killed += 1
            json.loads(path.read_text("utf-8"))
        out = process.communicate(timeout=60)[0]
    assert killed == 3
    assert out == f"{numbers(model)} {expected}\n"
    assert [file.name for file in tmp_path.iterdir()] == ["c.json"], (
        "drafts of killed processes are cleared away"
    )


def test_a_full_disk_is_named_and_the_old_checkpoint_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, synced = tmp_path / "c.json", []

    def full(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) > 2:  # the first checkpoint, and its name
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("nn.files.documents.os.fsync", full)
    with pytest.raises(
        OSError,
        match=r"c\.json cannot be written \(No space left on device\); the existing file "
        r"is unchanged",
    ):
        train(network(), Adam(), checkpoint=path, checkpoint_seconds=0.0)
    assert json.loads(path.read_text("utf-8"))["batch"] == 0
    assert [file.name for file in tmp_path.iterdir()] == ["c.json"]


def test_a_folder_that_cannot_be_written_to_is_said_before_training(tmp_path: Path) -> None:
    model = network()
    before = numbers(model)
    with pytest.raises(
        FileNotFoundError, match=r"c\.json cannot be written .*choose another folder"
    ):
        train(model, Adam(), checkpoint=tmp_path / "missing" / "c.json")
    if os.name == "posix" and os.geteuid() != 0:
        tmp_path.chmod(0o500)
        with pytest.raises(PermissionError, match="cannot be written"):
            train(model, Adam(), checkpoint=tmp_path / "c.json")
        tmp_path.chmod(0o700)
    assert numbers(model) == before


def test_an_unfinished_training_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "c.json"
    with monkeypatch.context() as patched:
        interrupt_after(1, patched)
        train(network(), Adam(), checkpoint=path)
    with pytest.raises(
        FileExistsError,
        match="unfinished training; continue it with resume=True, or remove the file",
    ):
        train(network(), Adam(), checkpoint=path)
    train(network(), Adam(), checkpoint=path, resume=True)
    assert len(train(network(), Adam(), checkpoint=path)) == 6, (
        "what is finished may be overwritten"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"batch_size": 8}, "made with batch_size = 7, and this training has 8"),
        ({"loss": "mean_squared_error"}, "made with loss = cross_entropy_from_logits"),
        ({"optimizer": Adam(0.5)}, r"made with optimizer = Adam .*0\.02.*has Adam .*0\.5"),
        (
            {"optimizer": Adam(lambda step: 0.02)},
            r"made with optimizer = .*0\.02.*has .*a function, 0\.02 and 0\.02",
        ),
        ({"shuffle": False}, "made with shuffle = True"),
        ({"class_weight": "balanced"}, "made with weights"),
        ({"compiled": False}, "made with engine = compiled, and this training has eager"),
        ({"inputs": [[0.0, 1.0]] * 30}, "made with data"),
        ({"inputs": [*INPUTS[:17], [0.0, 1.0], *INPUTS[18:]]}, "made with data"),
        (
            {"validation_data": None},
            "made with validation_data = 9 samples, checksum .*, and this training has none",
        ),
        (
            {"validation_data": (INPUTS[:9], [*TARGETS[:8], 1 - TARGETS[8]])},
            "made with validation_data",
        ),
        (
            {"model": MLP(2, [5, 2], "tanh", "linear")},
            r"with model = MLP\(Layer\(2, 4, 'tanh'\), .*has MLP\(Layer\(2, 5, ",
        ),
        (
            {"model": MLP(2, [4, 2], "relu", "linear")},
            r"with model = MLP\(Layer\(2, 4, 'tanh'\), .*has MLP\(Layer\(2, 4, 'relu",
        ),
    ],
)
def test_a_checkpoint_of_another_training_is_refused_before_anything_changes(
    change: dict[str, Any], message: str, tmp_path: Path
) -> None:
    if "compiled" in change:
        pytest.importorskip("numpy")  # without it every training is eager
    train(network(), Adam(0.02), epochs=1, checkpoint=tmp_path / "c.json")
    settings = {
        "model": network(),
        "inputs": INPUTS,
        "targets": TARGETS,
        "loss": "cross_entropy_from_logits",
        "optimizer": Adam(0.02),
        "batch_size": 7,
        "verbose": False,
        "checkpoint": tmp_path / "c.json",
        "resume": True,
        "validation_data": (INPUTS[:9], TARGETS[:9]),
    } | change
    if settings["loss"] == "mean_squared_error":
        settings["targets"] = [[float(t), 1.0 - t] for t in TARGETS]
        settings["validation_data"] = (INPUTS[:9], settings["targets"][:9])
    before = numbers(settings["model"])
    with pytest.raises(ValueError, match=message):
        fit(**settings)
    assert numbers(settings["model"]) == before


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda d: d.pop("random"), "'random' is missing"),
        (lambda d: d.update(random=[3, [1, 2], None]), "cannot be resumed"),
        (lambda d: d.update(parameters=[]), "cannot be resumed"),
        (lambda d: d["parameters"].popitem(), "its parameters are not those of the model"),
        (lambda d: d["optimizer"].update(memory=[[1.0]]), "a different number of parameters"),
        (lambda d: d["history"].update(loss=[]), "not a table with one row per epoch"),
        (lambda d: d["history"].update(stopped=[1.0]), "not a table with one row per epoch"),
        (
            lambda d: d.update(format="autograd-core model"),
            'cannot be read as a checkpoint: it has no "format"',
        ),
    ],
)
def test_a_spoilt_checkpoint_is_refused_with_a_reason(
    spoil: Any, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "c.json"
    train(network(), Adam(0.02), epochs=1, checkpoint=path)
    document = json.loads(path.read_text("utf-8"))
    del document["checksum"]
    spoil(document)
    path.write_text(json.dumps(document), "utf-8")
    with pytest.raises(ValueError, match=message):
        train(network(), Adam(0.02), checkpoint=path, resume=True)


def test_a_truncated_checkpoint_says_that_it_is_only_the_beginning(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    train(network(), Adam(), epochs=1, checkpoint=path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(
        ValueError,
        match=r"cannot be read as a checkpoint: it is not JSON, or only the beginning of it",
    ):
        train(network(), Adam(), checkpoint=path, resume=True)


def test_an_interrupted_fit_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    interrupt_after(2, monkeypatch)
    train(network(), Adam(), checkpoint=tmp_path / "c.json", verbose=True)
    expected = f"interrupted; the same call with resume=True continues from {tmp_path / 'c.json'}"
    assert capsys.readouterr().err.splitlines()[-1] == expected


def test_without_a_checkpoint_yet_resume_begins_at_the_beginning(tmp_path: Path) -> None:
    first, second = network(), network()
    train(first, Adam())
    train(second, Adam(), checkpoint=tmp_path / "c.json", resume=True)
    assert numbers(first) == numbers(second)


def test_a_validation_loss_that_is_infinite_survives_the_file(tmp_path: Path) -> None:
    model = MLP(1, [2], output="softmax", initializer=lambda *_: 0.0)
    data: dict[str, Any] = {
        "inputs": [[1.0], [-1.0]],
        "targets": [0, 1],
        "loss": "cross_entropy",
        "verbose": False,
    }
    data["validation_data"] = ([[1e6], [-1e6]], [1, 0])
    fit(
        model,
        **data,
        epochs=2,
        checkpoint=tmp_path / "c.json",
        callbacks=[EarlyStopping(patience=9)],
    )
    history = fit(
        model,
        **data,
        epochs=3,
        checkpoint=tmp_path / "c.json",
        callbacks=[EarlyStopping(patience=9)],
        resume=True,
    )
    assert history.validation_loss == [float("inf")] * 3


def test_a_training_goes_on_with_as_many_callbacks(tmp_path: Path) -> None:
    train(
        network(),
        Adam(0.02),
        epochs=1,
        checkpoint=tmp_path / "c.json",
        callbacks=[EarlyStopping(patience=9)],
    )
    with pytest.raises(
        ValueError, match="it was written with 1 callbacks, and this training has 0"
    ):
        train(network(), Adam(0.02), epochs=2, checkpoint=tmp_path / "c.json", resume=True)
