"""The programs work on every desk: a console that cannot print ∂, spawned processes, log files,
no home folder, no colour.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from nn import MLP, Adam, fit
from tests.optional import numpy

ROOT = Path(__file__).parent.parent.parent
QUIETLY = "error" if numpy else "error,ignore:the training runs on Values"


def run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """`python -m nn` in a process of its own, with almost no environment."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    settings = {
        **kept,
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": QUIETLY,
        "MPLCONFIGDIR": str(cwd),
        **environment,
    }
    return subprocess.run(
        [sys.executable, "-m", "nn", *arguments], cwd=cwd, env=settings, capture_output=True
    )


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table whose words no Western code page has."""
    pytest.importorskip("pandas")
    text = "größe,Σ\n" + "".join(f"{i},{'∂ja' if i % 2 else 'nein≥'}\n" for i in range(20))
    (tmp_path / "größe.csv").write_text(text, "utf-8")
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["cp1252", "utf-8"])
def test_a_console_that_cannot_print_a_character_gets_its_code(encoding: str, table: Path) -> None:
    done = run(
        "--data",
        "größe.csv",
        "--target",
        "Σ",
        "--epochs",
        "1",
        "--out",
        "r",
        cwd=table,
        PYTHONIOENCODING=encoding,
    )
    out = done.stdout.decode(encoding)
    assert done.returncode == 0, done.stderr
    assert (
        "'Σ' is one of 2 classes" if encoding == "utf-8" else r"'\u03a3' is one of 2 classes"
    ) in out
    done = run("predict", "r/model.json", "größe.csv", cwd=table, PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 21
    done = run(
        "predict",
        "r/model.json",
        "größe.csv",
        "--out",
        "p.csv",
        cwd=table,
        PYTHONIOENCODING=encoding,
    )
    words = {line.split(",")[0] for line in (table / "p.csv").read_text("utf-8").splitlines()[1:]}
    assert words <= {"∂ja", "nein≥"}, "files are UTF-8 on every desk"


@pytest.mark.slow
def test_the_digits_are_learned_under_cp1252_without_a_home_and_into_a_log(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    done = run(
        "--epochs",
        "1",
        "--hidden",
        "4",
        "--out",
        "r",
        cwd=tmp_path,
        PYTHONIOENCODING="cp1252",
        NO_COLOR="1",
        TERM="dumb",
    )
    assert done.returncode == 0, done.stderr
    assert b"accuracy" in done.stdout
    for stream in (done.stdout, done.stderr):
        assert not re.search(rb"[\r\x1b]", stream.replace(b"\r\n", b"\n")), (
            "no colours and no bar in a log file"
        )


def test_an_error_with_strange_characters_is_printed_too(tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    (tmp_path / "t.csv").write_text("a,b\n1,2\n", "utf-8")
    done = run("--data", "t.csv", "--target", "∂", cwd=tmp_path, PYTHONIOENCODING="cp1252")
    assert done.returncode == 1
    assert rb"no column '\u2202'" in done.stdout


def trained(seed: int) -> tuple[MLP, float]:
    """Train a small network: in another process, it must be found by its name."""
    model = MLP(2, [3, 1], output="linear", seed=seed)
    history = fit(
        model,
        [[0.0, 1.0], [1.0, 0.0]],
        [0, 1],
        loss="binary_cross_entropy_from_logits",
        optimizer=Adam(0.1),
        epochs=5,
        verbose=False,
    )
    return model, history.loss[-1]


SPAWN = """
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
sys.path.insert(0, {folder!r})
from test_desks import trained

if __name__ == "__main__":
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        model, loss = next(pool.map(trained, [3]))
    here, expected = trained(3)
    assert loss == expected
    assert [p.data for p in model.parameters()] == [p.data for p in here.parameters()]
    print("the same")
"""


def test_spawned_processes_train_and_send_models_back(tmp_path: Path) -> None:
    script = tmp_path / "spawn.py"
    script.write_text(SPAWN.format(folder=str(Path(__file__).parent)), "utf-8")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, script], env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.stdout == "the same\n", done.stderr
