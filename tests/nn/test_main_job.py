"""`python -m nn`: files, summary, options, and what happens where a package is missing."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import nn
from autograd_core import gradients
from nn import MLP, cross_entropy_from_logits, digits, evaluate, load, split
from nn.__main__ import main
from nn.cli import job
from nn.cli.digits_job import DigitsJob, gradient_flow

pytest.importorskip("sklearn")
QUICK = ["--epochs", "1", "--hidden", "4", "--batch-size", "64"]


def test_it_trains_and_writes_model_curves_and_gradient_flow(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for package in ("matplotlib", "graphviz", "pygraphviz"):
        pytest.importorskip(package)
    assert main([*QUICK, "--out", str(tmp_path / "new" / "folder")]) == 0
    folder = tmp_path / "new" / "folder"
    assert sorted(path.name for path in folder.iterdir()) == [
        "curves.png",
        "gradient_flow.svg",
        "model.json",
    ]
    assert (folder / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert ElementTree.parse(folder / "gradient_flow.svg").getroot().tag.endswith("svg")
    out, err = capsys.readouterr()
    _, test = split(*digits(), seed=0)
    accuracy = evaluate(load(folder / "model.json"), *test, loss="cross_entropy_from_logits")[1]
    assert accuracy is not None
    assert f"accuracy   {100 * accuracy:.1f} % on the held-out images" in out
    for line in (
        "confused   ",
        "time       ",
        "epochs per second",
        str(folder / "model.json"),
        str(folder),
    ):
        assert line in out
    assert "epoch 1/1" in err


def test_three_epochs_of_the_default_network_already_read_nine_of_ten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--epochs", "3", "--out", str(tmp_path)])
    accuracy = float(capsys.readouterr().out.split("accuracy   ")[1].split(" %")[0])
    assert accuracy > 90.0


@pytest.mark.slow
def test_the_same_seed_gives_the_same_model(tmp_path: Path) -> None:
    files = []
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        main([*QUICK, "--seed", seed, "--out", str(tmp_path / name)])
        files.append((tmp_path / name / "model.json").read_bytes())
    assert files[0] == files[1] != files[2]


def test_without_plots_and_pictures_the_model_is_saved_and_the_extras_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("picture", "levels"):  # those that need graphviz
        monkeypatch.delitem(sys.modules, f"autograd_core.drawing.{module}", raising=False)
    for package in ("matplotlib", "graphviz"):
        monkeypatch.setitem(sys.modules, package, None)
    assert main([*QUICK, "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["model.json"]
    assert "without curves.png" in out
    assert "autograd-core[plots]" in out
    assert "without gradient_flow.svg" in out
    assert "autograd-core[pictures]" in out
    assert "accuracy" in out


@pytest.mark.slow
def test_without_graphviz_the_picture_is_kept_as_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("graphviz")
    monkeypatch.setattr("autograd_core.drawing.render.graphviz_program.renderers", list)
    assert main([*QUICK, "--out", str(tmp_path)]) == 0
    assert (tmp_path / "gradient_flow.dot").read_text("utf-8").startswith("digraph")
    assert (
        "without gradient_flow.svg: rendering a picture needs Graphviz" in capsys.readouterr().out
    )


def test_ctrl_c_in_the_first_epoch_still_saves_the_model_beside_a_finished_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*state: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("nn.training.progress.Progress.batch", interrupted)
    (tmp_path / "model.json").write_text("of a finished training", "utf-8")
    assert main([*QUICK, "--out", str(tmp_path)]) == 130
    out = capsys.readouterr().out
    assert "interrupted after 0 epochs" in out
    assert "is from an earlier training" in out
    assert (tmp_path / "model.json").read_text("utf-8") == "of a finished training"
    assert isinstance(load(tmp_path / "unfinished" / "model.json"), MLP)
    assert not (tmp_path / "unfinished" / "curves.png").exists()


def test_a_picture_that_cannot_be_written_keeps_nothing_else_from_being_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    (tmp_path / "curves.png").mkdir()
    assert main([*QUICK, "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "without curves.png: " in out
    assert "accuracy   " in out


def test_resume_goes_on_and_ends_with_the_model_of_an_uninterrupted_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setattr(DigitsJob, "files", lambda *_: {})  # pictures take longer than the rest
    main([*QUICK, "--out", str(tmp_path / "whole")])
    seen = []

    def press(*state: object) -> None:
        seen.append(state)
        if len(seen) == 9:
            signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patched:
        patched.setattr("nn.training.progress.Progress.batch", press)
        patched.setattr("nn.training.loop.Training.at_once", 1)  # a batch at a time
        patched.setattr("nn.training.loop.MOMENT", 0.0)
        main([*QUICK, "--out", str(tmp_path / "parts")])
    assert "continue with: python -m nn" in capsys.readouterr().out
    main([*QUICK, "--out", str(tmp_path / "parts"), "--resume"])
    assert (tmp_path / "parts" / "model.json").read_bytes() == (
        tmp_path / "whole" / "model.json"
    ).read_bytes()


def test_a_folder_that_cannot_be_made_is_said_before_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    assert main([*QUICK, "--out", str(tmp_path / "file" / "runs")]) == 1
    assert "choose another with --out" in capsys.readouterr().out


def test_without_scikit_learn_it_says_which_extra_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    assert main([*QUICK, "--out", str(tmp_path)]) == 1
    assert "autograd-core[demo]" in capsys.readouterr().out


@pytest.mark.parametrize(
    "options",
    [["--epochs", "0"], ["--learning-rate", "-1"], ["--hidden", "many"], ["--batch-size", "1.5"]],
)
def test_an_option_out_of_range_is_named(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(options)
    assert stopped.value.code == 2
    assert options[0] in capsys.readouterr().err


def test_the_picture_holds_the_numbers_of_the_whole_network() -> None:
    model = MLP(64, [5, 10], output="linear", seed=3)
    image = [(i % 7) / 7 for i in range(64)]
    whole = cross_entropy_from_logits(model(image), 4)
    part = gradient_flow(model, image, 4)
    assert part.data == pytest.approx(whole.data, rel=1e-12)
    weights = model.layers[1].neurons[4].parameters()  # type: ignore[attr-defined]
    assert [w.grad for w in weights] == pytest.approx(gradients(whole, weights), rel=1e-12)


def test_the_picture_leads_through_all_hidden_layers() -> None:
    model = MLP(64, [5, 4, 10], output="linear", seed=3)
    image = [(i % 7) / 7 for i in range(64)]
    whole = cross_entropy_from_logits(model(image), 4)
    part = gradient_flow(model, image, 4)
    assert part.data == pytest.approx(whole.data, rel=1e-12)
    weights = model.layers[2].neurons[4].parameters()  # type: ignore[attr-defined]
    assert [w.grad for w in weights] == pytest.approx(gradients(whole, weights), rel=1e-12)
    assert sum(any(p.grad for p in unit.parameters()) for unit in model.layers[0].neurons) == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        (["--hidden", "64,none"], "whole number of at least 1, got 'none'"),
        (["--weight-decay", "-1"], "at least 0, got '-1'"),
        (["--patience", "0"], "at least 1, got '0'"),
        (["--epoch", "3"], "unrecognized arguments: --epoch 3"),
        (["example", "roses"], "invalid choice: 'roses'"),
    ],
)
def test_an_error_is_one_line_that_says_where_the_options_are(
    options: list[str], wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(options)
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert wrong in error
    assert "--help lists the options" in error


@pytest.mark.parametrize(
    ("data", "wrong"), [("none.csv", "no such file"), (".", "is a folder; give the path of a file")]
)
def test_a_file_that_cannot_be_read_is_named(
    data: str, wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data", data, "--target", "x"]) == 1
    out = capsys.readouterr().out
    assert out.startswith(f"{data}")
    assert wrong in out


def test_it_says_what_to_try_next_and_that_works(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DigitsJob, "files", lambda *_: {})
    monkeypatch.chdir(tmp_path)
    assert main([*QUICK, "--hidden", "6,4"]) == 0
    out = capsys.readouterr().out
    assert "A 64-6-4-10 sigmoid network" in out
    code = next(line for line in out.splitlines() if "in Python: " in line).split("in Python: ")[1]
    assert eval(code, {"nn": nn}).shape == (5, 10)
    assert code.endswith("# the largest output is at the digit")
    assert main(["example", "iris"]) == 0
    trained = capsys.readouterr().out.split("python -m nn ")[1].split()
    assert main([*trained, "--epochs", "2", "--weight-decay", "0"]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if "predict new rows" in line)
    assert main([*line.split("python -m nn ")[1].replace("new.csv", "iris.csv").split()]) == 0
    assert capsys.readouterr().out.startswith("species,probability\n")


def test_patience_stops_by_samples_that_neither_train_nor_judge(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DigitsJob, "files", lambda *_: {})
    seen: dict[str, Any] = {}
    fit = job.fit

    def watched(*given: Any, **options: Any) -> Any:
        seen.update(options, inputs=given[1])
        return fit(*given, **options)

    monkeypatch.setattr(job, "fit", watched)
    slow = ["--learning-rate", "1e-300", "--epochs", "9", "--patience", "2", "--out", str(tmp_path)]
    assert main([*QUICK[2:], *slow]) == 0
    out = capsys.readouterr().out
    assert "stopped    epoch " in out
    assert "not better for 2 epochs" in out
    assert "1,438 samples to train on, a fifth of them to decide when to stop, 359 held out" in out
    train, test = split(*digits(), seed=0)
    parts = [{*map(tuple, part)} for part in (seen["inputs"], seen["validation_data"][0], test[0])]
    assert [len(part) for part in parts] == [1151, 287, 359]
    assert parts[0] | parts[1] == {*map(tuple, train[0])}
