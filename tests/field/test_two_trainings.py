"""One model is trained by one thread at a time, however the training ends, and in a forked
child too.
"""

from __future__ import annotations

import copy
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nn import MLP, History, Layer, Module, Sequential, fit
from nn.cli.job import checkpoint_in
from nn.files import locks
from nn.files.locks import locked

ROOT = Path(__file__).parents[2]
XOR, TARGETS = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]
Callback = Callable[[Module, History], Any]
pytestmark = pytest.mark.filterwarnings("ignore:the training runs on Values")


def network() -> MLP:
    return MLP(2, [3, 1], seed=0)


def train(model: Module, *callbacks: Callback, **more: Any) -> History:
    return fit(
        model,
        XOR,
        TARGETS,
        loss="mean_squared_error",
        epochs=2,
        callbacks=callbacks,
        verbose=False,
        **more,
    )


class Elsewhere:
    """A training of a model in another thread, which waits in its first epoch until it is left."""

    def __init__(self, model: Module, **more: Any) -> None:
        self.inside, self.end = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=train, args=(model, self.wait), kwargs=more)

    def wait(self, model: Module, history: History) -> None:
        self.inside.set()
        assert self.end.wait(60.0)

    def __enter__(self) -> None:
        self.thread.start()
        assert self.inside.wait(60.0)

    def __exit__(self, *error: object) -> None:
        self.end.set()
        self.thread.join(60.0)
        assert not self.thread.is_alive()


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("second", [True, False])
def test_a_second_training_of_one_model_does_not_win_silently(first: bool, second: bool) -> None:
    model = network()
    with Elsewhere(model, compiled=first):
        before = [p.data for p in model.parameters()]
        with pytest.raises(
            RuntimeError, match=r"another thread is training this model.*copy\.deepcopy\(model\)"
        ):
            train(model, compiled=second)
        assert [p.data for p in model.parameters()] == before
        assert len(train(copy.deepcopy(model), compiled=second)) == 2, "the advice works"
    assert len(train(model)) == 2, "when the first is done, so is the claim"


def test_two_models_that_share_a_layer_are_not_trained_at_once_and_two_others_are() -> None:
    shared = Layer(2, 2, seed=0)
    one, two = Sequential(shared, Layer(2, 1, seed=1)), Sequential(shared, Layer(2, 1, seed=2))
    with Elsewhere(one):
        with pytest.raises(RuntimeError, match="or a part of it"):
            train(two)
        assert len(train(network())) == 2
        with pytest.raises(RuntimeError, match="or a part of it"):
            train(two)
    assert len(train(two)) == 2


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, MemoryError, SystemExit])
def test_a_training_that_ended_by_an_error_leaves_the_model_free(
    error: type[BaseException],
) -> None:
    def fail(model: Module, history: History) -> None:
        raise error

    model = network()
    try:
        history = train(model, fail)
    except error:
        history = History()
    assert not len(history) or history.interrupted
    with Elsewhere(model):
        pass


def test_ctrl_c_leaves_the_model_free_for_another_thread() -> None:
    model = network()
    assert train(model, lambda model, history: signal.raise_signal(signal.SIGINT)).interrupted
    with Elsewhere(model):
        pass


def test_a_callback_may_train_the_model_on() -> None:
    """It is in the same thread, and what it learns is taken over."""
    model = network()
    found = train(model, lambda model, history: len(train(model)) == 0)
    assert len(found) == 2
    with Elsewhere(model), pytest.raises(RuntimeError, match="another thread"):
        train(model)


FORK = """
import os, time, warnings
import pytest
warnings.simplefilter("ignore")
from tests.field.test_two_trainings import Elsewhere, network, train
model = network()
with Elsewhere(model, compiled=False):
    child = os.fork()
    if child == 0:
        try:
            os._exit(len(train(model, compiled=False)))
        finally:
            os._exit(99)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    with pytest.raises(RuntimeError, match="another thread"):
        train(model)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_child_may_train_the_model_that_a_thread_of_its_parent_trains() -> None:
    """In a process of its own: others, as JAX, warn of every fork."""
    done = subprocess.run(
        [sys.executable, "-c", FORK], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.stdout == "2\n", done.stderr


def test_one_checkpoint_is_not_written_by_two_trainings(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.json"
    with (
        Elsewhere(network(), checkpoint=path),
        pytest.raises(FileExistsError, match="an unfinished training"),
    ):
        train(network(), checkpoint=path)


def test_a_folder_belongs_to_one_training_until_it_ends(tmp_path: Path) -> None:
    with (
        checkpoint_in(tmp_path, resume=False),
        pytest.raises(ValueError, match=r"another training is writing.*another --out"),
        checkpoint_in(tmp_path, resume=False),
    ):
        pass
    with pytest.raises(ZeroDivisionError), checkpoint_in(tmp_path, resume=False):
        raise ZeroDivisionError
    with checkpoint_in(tmp_path, resume=True) as path:
        assert path == tmp_path / "checkpoint.json"
    assert [*tmp_path.iterdir()] == []


HOLDER = """
import sys, time
from pathlib import Path
from nn.files.locks import locked
with locked(Path(sys.argv[1])):
    print("locked", flush=True)
    time.sleep(100)
"""


def test_a_lock_names_its_process_and_is_gone_when_that_crashes(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    with holder, holder.stdout:
        assert holder.stdout.readline() == "locked\n"
        with pytest.raises(ValueError, match=rf"process {holder.pid} on"), locked(tmp_path):
            pass
        holder.kill()
        holder.wait()
    assert [path.name for path in tmp_path.iterdir()] == ["training.lock"]
    with locked(tmp_path):
        pass
    assert [*tmp_path.iterdir()] == []


def test_on_windows_one_byte_far_behind_the_text_is_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a stand-in for the module of Windows: it refuses a byte that another handle has locked."""
    fcntl = pytest.importorskip("fcntl")
    seen = []

    def locking(file: int, mode: int, n: int) -> None:
        seen.append((os.lseek(file, 0, os.SEEK_CUR), mode, n))
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PermissionError(13, "Permission denied") from None

    windows = SimpleNamespace(locking=locking, LK_NBLCK=2)
    monkeypatch.setitem(sys.modules, "msvcrt", windows)
    monkeypatch.setattr(locks, "fcntl", None)
    for _ in range(2):
        with locked(tmp_path):
            text = (tmp_path / "training.lock").read_text()
            assert f"process {os.getpid()} on" in text
            with pytest.raises(ValueError, match=re.escape(text)), locked(tmp_path):
                pass
        assert [*tmp_path.iterdir()] == []
    assert seen == [(locks.FAR, 2, 1)] * 4


def test_of_many_that_lock_and_unlock_at_once_each_is_alone(tmp_path: Path) -> None:
    inside, most, turns = 0, 0, 0

    def take() -> None:
        nonlocal inside, most, turns
        for _ in range(50):
            with suppress(ValueError), locked(tmp_path):
                inside += 1
                most, turns = max(most, inside), turns + 1
                time.sleep(0.0)
                inside -= 1

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    assert turns >= 4


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="everything may be written here"
)
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OSError, match=r"cannot be written .*--out"), locked(tmp_path):
        pass
