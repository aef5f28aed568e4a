"""How a training of `python -m nn` ends: finished, interrupted, unable to write, unheard.
Nothing that was learned is lost.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from nn import MLP, load
from nn.__main__ import main
from nn.training.progress import Progress

ROOT = Path(__file__).parents[2]


def test_ctrl_c_saves_and_says_how_to_go_on_and_resume_ends_as_if_nothing_had_happened(
    fruits: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["--data", "fruits.csv", "--target", "fruit", "--epochs", "5", "--out"]
    assert main([*command, "whole"]) == 0
    seen = []

    def press(self: Progress, *state: Any) -> None:
        seen.append(state)
        if len(seen) == 3:
            signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patched:
        patched.setattr(Progress, "batch", press)
        assert main([*command, "parts"]) == 130
    out = capsys.readouterr().out
    assert f"interrupted; continue with: python -m nn {' '.join(command)} parts --resume" in out
    assert json.loads(Path("parts/checkpoint.json").read_text("utf-8"))["finished"] is False
    assert main([*command, "parts", "--resume"]) == 0
    assert "resuming from" in capsys.readouterr().out
    assert Path("parts/model.json").read_bytes() == Path("whole/model.json").read_bytes()
    assert not Path("parts/checkpoint.json").exists()
    assert main([*command, "parts", "--resume"]) == 0
    assert "yet: starting from the beginning" in capsys.readouterr().out


def test_an_unfinished_training_is_put_aside_and_not_lost(
    fruits: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["--data", "fruits.csv", "--target", "fruit", "--epochs", "5"]
    unfinished = []
    with monkeypatch.context() as patched:
        patched.setattr(Progress, "batch", lambda *state: signal.raise_signal(signal.SIGINT))
        for rate in ("0.01", "0.02", "0.03"):
            assert main([*command, "--learning-rate", rate]) == 130
            unfinished.append(Path("runs/fruits/checkpoint.json").read_bytes())
    capsys.readouterr()
    assert main(command) == 0
    assert "held an unfinished training" in capsys.readouterr().out
    names = [
        "checkpoint.unfinished.json",
        "checkpoint.unfinished-2.json",
        "checkpoint.unfinished-3.json",
    ]
    assert [Path("runs/fruits", name).read_bytes() for name in names] == unfinished
    assert len(set(unfinished)) == 3


def test_a_finished_model_stays_when_the_next_training_is_interrupted(
    fruits: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["--data", "fruits.csv", "--target", "fruit", "--epochs", "5"]
    main(command)
    finished = [Path("runs/fruits", name).read_bytes() for name in ("model.json", "history.csv")]
    monkeypatch.setattr(Progress, "epoch", lambda *state: signal.raise_signal(signal.SIGINT))
    assert main(command) == 130
    assert [
        Path("runs/fruits", name).read_bytes() for name in ("model.json", "history.csv")
    ] == finished
    out = capsys.readouterr().out
    assert (
        f"interrupted ({Path('runs/fruits/model.json')} is from an earlier training); "
        "continue with: " in out
    )
    assert isinstance(load("runs/fruits/unfinished/model.json"), MLP), (
        "what was learned can be used all the same"
    )


def test_a_finished_training_whose_model_cannot_be_saved_is_kept_and_saved_by_resume(
    fruits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--data", "fruits.csv", "--target", "fruit", "--epochs", "5", "--out"]
    main([*command, "whole"])
    Path("parts/model.json").mkdir(parents=True)
    assert main([*command, "parts"]) == 1
    out = capsys.readouterr().out
    assert (
        f"the training is finished, and saved in {Path('parts/checkpoint.json')}; solve this problem, "
        "then continue with: " in out
    )
    assert out.endswith("--out parts --resume\n")
    assert main([*command, "parts", "--resume"]) == 1
    assert Path("parts/checkpoint.json").exists()
    assert main([*command, "parts"]) == 1
    assert Path("parts/checkpoint.unfinished.json").exists(), "not even then is it overwritten"
    Path("parts/model.json").rmdir()
    assert main([*command, "parts", "--resume"]) == 0
    assert Path("parts/model.json").read_bytes() == Path("whole/model.json").read_bytes()
    assert not Path("parts/checkpoint.json").exists()


def test_a_curve_that_cannot_be_written_keeps_nothing_else_from_being_said(
    fruits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("runs/fruits/history.csv").mkdir(parents=True)
    assert main(["--data", "fruits.csv", "--target", "fruit", "--epochs", "5"]) == 0
    out = capsys.readouterr().out
    assert "without history.csv: " in out
    assert "accuracy   " in out
    assert Path("runs/fruits/model.json").exists()


def test_resume_with_other_options_says_which_to_look_at(
    fruits: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["--data", "fruits.csv", "--target", "fruit", "--epochs"]
    with monkeypatch.context() as patched:
        patched.setattr(Progress, "batch", lambda *state: signal.raise_signal(signal.SIGINT))
        main([*command, "5"])
    assert main([*command, "6", "--resume"]) == 1
    assert (
        "--resume needs the options that the training started with, such as --epochs"
        in capsys.readouterr().out
    )


def test_ctrl_c_while_the_table_is_read_ends_without_a_traceback(
    fruits: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*given: Any, **options: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("nn.cli.table_job.read_table", interrupted)
    assert main(["--data", "fruits.csv", "--target", "fruit"]) == 130
    assert capsys.readouterr().err == "interrupted\n"


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("reader", ["gone", "full"])
def test_a_training_nobody_listens_to_is_finished_all_the_same(reader: str, fruits: Path) -> None:
    if reader == "full":
        output: int = os.open("/dev/full", os.O_WRONLY)
    else:
        read, output = os.pipe()
        os.close(read)
    command = [
        sys.executable,
        "-m",
        "nn",
        "--data",
        "fruits.csv",
        "--target",
        "fruit",
        "--epochs",
        "2",
    ]
    run = partial(
        subprocess.run,
        stdout=output,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        in_silence = run([*command, "--out", "unheard"], stderr=output)
        trained = run(command)
        predicted = run([*command[:3], "predict", "runs/fruits/model.json", "fruits.csv"])
        evaluated = run([*command[:3], "evaluate", "runs/fruits/model.json", "fruits.csv"])
    finally:
        os.close(output)
    assert (in_silence.returncode, trained.returncode) == (0, 0)
    assert Path("unheard/model.json").exists()
    assert "Traceback" not in trained.stderr
    assert isinstance(load("runs/fruits/model.json"), MLP)
    for lost in (predicted, evaluated):
        assert lost.returncode == (reader == "full"), "what is lost is no success"
        assert lost.stderr == ("[Errno 28] No space left on device\n" if reader == "full" else "")
