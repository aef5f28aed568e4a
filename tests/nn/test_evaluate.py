"""`python -m nn evaluate`, the report after a training, and the notes on what would flatter it."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("pandas")

from nn.__main__ import main

QUICK = ["--epochs", "20", "--weight-decay", "0.01"]


def test_a_model_is_judged_by_a_labelled_table(
    fruits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data", "fruits.csv", "--target", "fruit", *QUICK]) == 0
    out = capsys.readouterr().out
    assert "accuracy   100.0 % on the held-out samples; always 'apple': 50.0 %" in out
    assert "evaluate runs/fruits/model.json labelled.csv" in out
    Path("labelled.csv").write_text(
        "fruit;colour;weight in g\ncherry;red;9,5\napple;green;200,25\napple;red;8,75\n"
        "cherry;blue;9,5\npear;green;170\n;red;8,5\n",
        "utf-8",
    )
    assert main(["evaluate", "runs/fruits/model.json", "labelled.csv"]) == 0
    out = capsys.readouterr().out
    assert "note: cells taken as unknown in 'colour': 1" in out
    assert "note: 2 rows without a class that the model knows are left out" in out
    assert "accuracy   75.0 % on 4 samples; always 'apple': 50.0 %" in out
    assert "  apple       1       1" in out
    assert "  cherry      0       2" in out


def test_numbers_are_judged_and_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    Path("line.csv").write_text("x,y\n" + "".join(f"{i},{3 * i}\n" for i in range(50)), "utf-8")
    assert main(["--data", "line.csv", "--target", "y", *QUICK, "--out", "line"]) == 0
    assert Path("line/evaluation.png").read_bytes().startswith(b"\x89PNG")
    capsys.readouterr()
    Path("more.csv").write_text("x,y\n10,30\n11,33\n20,60\n", "utf-8")
    assert main(["evaluate", "line/model.json", "more.csv", "--out", "more.svg"]) == 0
    out = capsys.readouterr().out
    assert "on 3 samples; always the mean: 0" in out
    assert "mean error " in out
    assert "picture    more.svg" in out
    assert "<svg" in Path("more.svg").read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "arguments", "wrong"),
    [
        ("weight in g,colour\n9,red\n", [], "there is no column 'fruit'"),
        ("weight in g,colour,fruit\n9,red,pear\n", [], "no row has a known target in 'fruit'"),
        ("weight in g,colour,fruit\n9,red,apple\n", ["--out", "new.csv"], "would overwrite"),
    ],
)
def test_what_is_wrong_is_one_error_that_names_the_file(
    fruits: Path,
    text: str,
    arguments: list[str],
    wrong: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--data", "fruits.csv", "--target", "fruit", *QUICK]) == 0
    Path("new.csv").write_text(text, "utf-8")
    capsys.readouterr()
    assert main(["evaluate", "runs/fruits/model.json", "new.csv", *arguments]) == 1
    error = capsys.readouterr().err
    assert "new.csv" in error
    assert wrong in error
    assert Path("new.csv").read_text("utf-8") == text
    assert main(["evaluate", "none.json", "new.csv"]) == 1
    assert "none.json: there is no such file" in capsys.readouterr().err
