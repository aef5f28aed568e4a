"""`python -m nn`: files, summary, options, and what happens where a package is missing."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from autograd_core import gradients
from nn import MLP, cross_entropy_from_logits, digits, evaluate, load, split
from nn.__main__ import main
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
