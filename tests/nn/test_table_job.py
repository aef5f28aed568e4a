"""`python -m nn --data ... --target ...` and `predict`: from a table to a model to predictions,
and what is said on the way.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pandas")

from nn import MLP, load
from nn.__main__ import main
from nn.tabular.tablemodel import TableModel, Unknowns

ROOT = Path(__file__).parents[2]


def test_a_network_learns_a_table_and_predicts_new_rows(
    fruits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data", "fruits.csv", "--target", "fruit", "--epochs", "20"]) == 0
    out = capsys.readouterr().out
    for line in (
        "'fruit' is one of 2 classes, from 2 columns (1 text: colour)",
        "48 samples to train on, 12 held out",
        "accuracy   100.0 % on the held-out samples; always 'apple': ",
    ):
        assert line in out
    assert sorted(path.name for path in Path("runs/fruits").iterdir() if path.suffix != ".png") == [
        "history.csv",
        "model.json",
    ]
    assert isinstance(load("runs/fruits/model.json"), MLP)
    Path("new.csv").write_text(
        "colour;weight in g;shop\nred;9,5;north\ngreen;200,25;south\n", "utf-8"
    )
    assert main(["predict", "runs/fruits/model.json", "new.csv"]) == 0
    rows = list(csv.reader(capsys.readouterr().out.splitlines()))
    assert [row[0] for row in rows] == ["fruit", "cherry", "apple"]
    assert rows[0][1] == "probability"
    assert all(float(row[1]) > 0.9 for row in rows[1:])


def test_numbers_are_predicted_in_their_own_unit(
    fruits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("line.csv").write_text(
        "x,y\n" + "".join(f"{i},{1000 + 20 * i + 0.5}\n" for i in range(40)), "utf-8"
    )
    assert main(["--data", "line.csv", "--target", "y", "--out", "line", "--epochs", "200"]) == 0
    out = capsys.readouterr().out
    assert "'y' is a number" in out
    assert float(out.split("R²")[1].split()[0]) > 0.98
    Path("new.csv").write_text("x\n10\n30\n", "utf-8")
    assert main(["predict", "line/model.json", "new.csv", "--out", "p.csv"]) == 0
    rows = Path("p.csv").read_text("utf-8").split()
    assert rows[0] == "y"
    assert [float(row) for row in rows[1:]] == pytest.approx([1200.5, 1600.5], abs=40.0)


def test_a_prediction_that_fails_leaves_what_was_there(
    fruits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data", "fruits.csv", "--target", "fruit", "--epochs", "1"]) == 0
    Path("p.csv").write_text("kept", "utf-8")
    Path("odd.csv").write_text("colour,weight in g\nred,9.5\nred,9.5,1\n", "utf-8")
    capsys.readouterr()
    for data in ("missing.csv", "odd.csv"):
        assert main(["predict", "runs/fruits/model.json", data, "--out", "p.csv"]) == 1
        assert Path("p.csv").read_text("utf-8") == "kept"
    assert main(["predict", "runs/fruits/model.json", "missing.csv"]) == 1
    assert capsys.readouterr().out == ""


def test_a_table_without_a_header_is_predicted_by_position(
    fruits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = Path("fruits.csv").read_text("utf-8").splitlines()[1:]
    Path("bare.csv").write_text("\n".join(lines), "utf-8")
    assert main(["--data", "bare.csv", "--target", "3", "--epochs", "20"]) == 0
    Path("new.csv").write_text("7,red\n160,green\n", "utf-8")
    capsys.readouterr()
    assert main(["predict", "runs/bare/model.json", "new.csv"]) == 0
    assert [line.split(",")[0] for line in capsys.readouterr().out.split()] == [
        "3",
        "cherry",
        "apple",
    ]


def test_the_same_seed_gives_the_same_model_and_balance_another(fruits: Path) -> None:
    files = []
    for more in ([], [], ["--seed", "1"], ["--balanced", "--ignore", "colour"]):
        assert main(["--data", "fruits.csv", "--target", "fruit", "--epochs", "2", *more]) == 0
        files.append(Path("runs/fruits/model.json").read_bytes())
    assert files[0] == files[1]
    assert len(set(files)) == 3


@pytest.mark.parametrize(
    ("new", "message"),
    [
        (
            "colour,weight in g\nred,10\npurple,10\nlilac,9\n",
            "'colour': 2, the first 'purple' in line 3",
        ),
        ("weight in g,colour\nten,red\n", "'weight in g': 1, the first 'ten' in line 2"),
        ("weight in g,colour\n10,red\n,red\n", "'weight in g': 1, the first a blank in line 3"),
    ],
)
def test_unknown_cells_are_predicted_and_counted_and_refused_if_asked(
    new: str, message: str, fruits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--data", "fruits.csv", "--target", "fruit", "--epochs", "1"])
    Path("new.csv").write_text(new, "utf-8")
    capsys.readouterr()
    assert main(["predict", "runs/fruits/model.json", "new.csv"]) == 0
    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) == len(new.splitlines())
    assert f"note: cells taken as unknown in {message}" in printed.err
    for out in ([], ["--out", "p.csv"]):
        assert main(["predict", "runs/fruits/model.json", "new.csv", "--strict", *out]) == 1
        printed = capsys.readouterr()
        assert message in printed.err
        assert printed.out == ""
    assert not Path("p.csv").exists()


@pytest.mark.parametrize("new", [",\n,\n10,red\n", "10,red\n,\n,\n", ",\n10,red\n,\n"])
def test_rows_without_any_cell_are_predicted_where_they_stand(
    new: str, fruits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--data", "fruits.csv", "--target", "fruit", "--epochs", "1"])
    Path("new.csv").write_text("weight in g,colour\n" + new, "utf-8")
    capsys.readouterr()
    assert main(["predict", "runs/fruits/model.json", "new.csv"]) == 0
    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) == 4
    first = 2 + new.splitlines().index(",")
    assert f"the first a blank in line {first}" in printed.err


def test_what_was_missing_in_training_is_no_stranger(
    fruits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = Path("fruits.csv").read_text("utf-8").replace("green", "?", 5)
    Path("gaps.csv").write_text(text.replace("150,", ",", 1), "utf-8")
    assert main(["--data", "gaps.csv", "--target", "fruit", "--epochs", "1"]) == 0
    assert "note: missing values: 'weight in g' 1, 'colour' 5; filled" in capsys.readouterr().out
    Path("new.csv").write_text("weight in g,colour\n,\n10,red\n", "utf-8")
    assert main(["predict", "runs/gaps/model.json", "new.csv", "--strict"]) == 0
    assert capsys.readouterr().err == ""
    refused = ["--data", "gaps.csv", "--target", "fruit", "--epochs", "1", "--missing", "error"]
    assert main(refused) == 1
    assert "2 problems" in capsys.readouterr().out
    assert main([*refused[:-1], "drop"]) == 0, "following the advice works"


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ("weight,colour\n10,red\n", "no column 'weight in g'; did you mean 'weight'?"),
        ("weight,color\n10,red\n", "2 problems"),
        ("weight in g,colour\n10,red\n10,red,1\n", "1 row too long: line 3 has 3 cells"),
        ("", "new.csv: the file is empty"),
    ],
)
def test_a_table_that_cannot_be_predicted_is_refused(
    new: str, message: str, fruits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--data", "fruits.csv", "--target", "fruit", "--epochs", "1"])
    Path("new.csv").write_text(new, "utf-8")
    assert main(["predict", "runs/fruits/model.json", "new.csv"]) == 1
    assert message in capsys.readouterr().err


def test_the_probability_of_each_class_is_written_on_request(
    fruits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--data", "fruits.csv", "--target", "fruit", "--epochs", "1"])
    main(["--data", "fruits.csv", "--target", "weight in g", "--epochs", "1", "--out", "number"])
    capsys.readouterr()
    predict = ["predict", "runs/fruits/model.json", "fruits.csv", "--probabilities"]
    assert main(predict) == 0
    header, *lines = list(csv.reader(capsys.readouterr().out.splitlines()))
    assert header == ["fruit", "probability", "P(apple)", "P(cherry)"]
    for fruit, p, *shares in lines:
        assert float(p) == max(map(float, shares))
        assert sum(map(float, shares)) == pytest.approx(1.0, abs=2e-4)
        assert fruit == header[2 + shares.index(p)][2:-1]
    assert main([predict[0], "number/model.json", *predict[2:]]) == 1
    assert "--probabilities applies to classes" in capsys.readouterr().err


def test_a_long_table_is_predicted_in_parts(
    fruits: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    main(["--data", "fruits.csv", "--target", "fruit", "--epochs", "1"])
    capsys.readouterr()
    predict = ["predict", "runs/fruits/model.json", "fruits.csv"]
    assert main(predict) == 0
    whole = capsys.readouterr().out
    parts = []

    def small(self: TableModel, *given: Any, **more: Any) -> Any:
        for part in in_parts(self, *given, **more, at_once=7):
            parts.append(part)
            yield part

    in_parts = TableModel.parts
    monkeypatch.setattr(TableModel, "parts", small)
    assert main(predict) == 0
    assert (capsys.readouterr().out, len(parts)) == (whole, 9)


def test_a_model_file_of_the_first_format_predicts(
    fruits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its columns have texts, or mean and scale, and nothing else."""
    main(["--data", "fruits.csv", "--target", "fruit", "--epochs", "1"])
    document = json.loads(Path("runs/fruits/model.json").read_text("utf-8"))
    assert [sorted(column) for column in document["table"]["columns"]] == [
        ["mean", "name", "scale"],
        ["name", "texts"],
    ]
    assert document["table"]["target"] == {"name": "fruit", "texts": ["apple", "cherry"]}
    assert main(["predict", "runs/fruits/model.json", "fruits.csv", "--strict"]) == 0


def test_wrong_tables_options_and_folders_end_with_one_sentence(
    fruits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("history.csv").write_bytes(Path("fruits.csv").read_bytes())
    Path("few.csv").write_text(
        "x,y\n" + "".join(f"{i},{100 + 17 * i}\n" for i in range(18)), "utf-8"
    )
    for arguments, message in [
        (["--data", "missing.csv", "--target", "fruit"], "missing.csv"),
        (["--data", "fruits.csv", "--target", "fruits"], "did you mean 'fruit'?"),
        (["--data", "fruits.csv", "--target", "fruit", "--out", "fruits.csv/x"], "fruits.csv"),
        (
            ["--data", "fruits.csv", "--target", "weight in g", "--balanced"],
            "--balanced applies to classes, but 'weight in g' is",
        ),
        (
            ["--data", "history.csv", "--target", "fruit", "--out", "."],
            "history.csv, which is an input; choose another --out",
        ),
        (
            ["--data", "few.csv", "--target", "y", "--task", "classes"],
            "no class of the target 'y' has two samples, to train on one and hold one out",
        ),
    ]:
        assert main(arguments) == 1
        assert message in capsys.readouterr().out
    for arguments, message in [
        (["--data", "fruits.csv"], "--data and --target belong together"),
        (
            ["--data", "fruits.csv", "--target", "fruit", "--delimiter", ";;"],
            "--delimiter must be one character",
        ),
        (
            ["--data", "fruits.csv", "--target", "fruit", "--ignore", "fruit"],
            "'fruit' is both the --target and in --ignore",
        ),
        (
            ["--data", "fruits.csv", "--target", "fruit", "--task", "numbers", "--balanced"],
            "--balanced applies to classes",
        ),
        (
            ["--data", "fruits.csv", "--target", "x", "--task", "numbers", "--text", "x"],
            "--text x applies to classes",
        ),
        (["--balanced"], "--balanced applies to a table; give one with --data"),
        (["--no-header"], "--header applies to a table"),
        (["--ignore", "colour"], "--ignore applies to a table"),
        (
            ["predict", "model.json", "fruits.csv", "--encoding", "klingon"],
            "--encoding must be one that Python knows",
        ),
    ]:
        with pytest.raises(SystemExit):
            main(arguments)
        assert message in capsys.readouterr().err


def test_a_prediction_overwrites_neither_the_model_nor_the_table(
    fruits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--data", "fruits.csv", "--target", "fruit", "--epochs", "1"])
    for out in ("fruits.csv", "runs/fruits/model.json"):
        before = Path(out).read_bytes()
        assert main(["predict", "runs/fruits/model.json", "fruits.csv", "--out", out]) == 1
        assert "which is an input; choose another --out" in capsys.readouterr().err
        assert Path(out).read_bytes() == before


def test_what_was_said_of_the_table_holds_for_the_next_of_its_kind(fruits: Path) -> None:
    text = "size;fruit\n" + "".join(
        f"{i},{i % 9}00;{'apple' if i > 20 else 'cherry'}\n" for i in range(10, 40)
    )
    for name in ("a.csv", "b.csv"):
        Path(name).write_text(text, "utf-16-le")
    how = ["--decimal", ",", "--delimiter", ";", "--encoding", "utf-16-le"]
    assert main(["--data", "a.csv", "--target", "fruit", "--epochs", "1", *how]) == 0
    assert main(["predict", "runs/a/model.json", "b.csv", "--out", "p.csv"]) == 0
    assert len(Path("p.csv").read_text("utf-8").split()) == 31
    Path("c.csv").write_text("size,fruit\n10.5,apple\n", "utf-8")
    other = ["--decimal", ".", "--delimiter", ",", "--encoding", "utf-8"]
    assert main(["predict", "runs/a/model.json", "c.csv", *other]) == 0, (
        "what is said now counts more"
    )


@pytest.mark.parametrize(
    ("train", "texts", "values", "sign"),
    [
        ("1.923,01", ["1.234", "2.900"], [1234.0, 2900.0], ""),
        ("1.923,01", ["1234.00", "2900.5"], [1234.0, 2900.5], "point"),
        ("12,345", ["90,001", "91,001"], [90001.0, 91001.0], ""),
        ("12,345", ["90001,5", "91,001"], [90001.5, 91.001], "comma"),
    ],
)
def test_new_tables_are_read_with_the_decimal_sign_of_the_training_table(
    train: str,
    texts: list[str],
    values: list[float],
    sign: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = [f"{train[:-1]}{k % 10}\t{'ab'[k % 2]}" for k in range(40)]
    Path("t.csv").write_text("\n".join(["Preis\ty", *lines]), "utf-8")
    model = {"--target": "y", "--epochs": "1", "--weight-decay": "0.1"}
    assert main(["--data", "t.csv", *(word for pair in model.items() for word in pair)]) == 0
    Path("n.csv").write_text("\n".join(["y;Preis", *(f"a;{text}" for text in texts)]), "utf-8")
    trained = TableModel.load(Path("runs/t/model.json"))
    source, unknowns = trained.opened(Path("n.csv")), Unknowns()
    [(inputs, _)] = trained.parts(source, unknowns)
    [column] = trained.encoding.columns
    found = (inputs[:, 0] * column.scale + column.mean).tolist()
    assert (found, unknowns.counts) == (pytest.approx(values, rel=1e-9), {})
    capsys.readouterr()
    for command, at in (("predict", 1), ("evaluate", 0)):
        assert main([command, "runs/t/model.json", "n.csv"]) == 0
        said = capsys.readouterr()[at]
        assert ("note: numbers are read with a decimal" in said) == bool(sign)
        assert sign in said


def test_predictions_are_utf_8_whatever_the_terminal_can_show(fruits: Path) -> None:
    Path("f.csv").write_text(
        Path("fruits.csv").read_text("utf-8").replace("apple", "Äpfel"), "utf-8"
    )
    main(["--data", "f.csv", "--target", "fruit", "--epochs", "20"])
    found = subprocess.run(
        [sys.executable, "-m", "nn", "predict", "runs/f/model.json", "f.csv"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=True,
    )
    assert "Äpfel," in found.stdout.decode("utf-8")


def test_an_example_does_not_overwrite_a_table_of_ones_own(
    fruits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("sklearn")
    assert main(["example", "iris"]) == main(["example", "iris"]) == 0
    Path("wine.csv").write_text("my own", "utf-8")
    assert main(["example", "wine"]) == 1
    assert "wine.csv already exists and is a different file" in capsys.readouterr().out
    assert Path("wine.csv").read_text("utf-8") == "my own"


def test_a_hostile_table_in_a_model_is_refused(fruits: Path) -> None:
    main(["--data", "fruits.csv", "--target", "fruit", "--epochs", "1"])
    path = Path("runs/fruits/model.json")
    good = json.loads(path.read_text("utf-8"))
    del good["checksum"]
    for spoil, message in [
        (lambda d: d.pop("table"), "is a model without a table"),
        (lambda d: d["table"].pop("columns"), "does not describe a table: KeyError"),
        (lambda d: d["table"]["columns"][0].update(scale=0), "scale of .* must be above 0, got 0"),
        (
            lambda d: d["table"]["columns"][0].update(mean="1e999"),
            "must be a finite number, got '1e999'",
        ),
        (
            lambda d: d["table"]["columns"][1].update(texts=["red", "red"]),
            "list of different texts",
        ),
        (lambda d: d["table"]["columns"][1].update(name=["colour"]), "must be text"),
        (lambda d: d["table"]["columns"].pop(), "does not fit its own table"),
        (lambda d: d["table"].update(columns=None), "does not describe a table: TypeError"),
        (lambda d: d["table"].update(delimiter=";;"), "delimiter must be one character"),
        (lambda d: d["table"].update(decimal=["."]), "decimal must be"),
        (lambda d: d["table"].update(encoding="klingon"), "encoding must be one that Python knows"),
        (lambda d: d["table"].update(encoding=8), "does not describe a table: TypeError"),
    ]:
        bad = json.loads(json.dumps(good))
        spoil(bad)
        path.write_text(json.dumps(bad), "utf-8")
        with pytest.raises(ValueError, match=message):
            TableModel.load(path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "least"),
    [("iris", 0.95), ("wine", 0.95), ("breast_cancer", 0.95), ("diabetes", 0.42)],
)
def test_the_tables_of_scikit_learn_are_learned(
    table: str,
    least: float,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("sklearn")
    monkeypatch.chdir(tmp_path)
    assert main(["example", table]) == 0
    command = capsys.readouterr().out.split("python -m nn ")[1].split()
    assert main(command) == 0
    assert Path(f"runs/{table}/curves.png").read_bytes().startswith(b"\x89PNG")
    out = capsys.readouterr().out
    found = (
        float(out.split("accuracy")[1].split()[0]) / 100
        if "accuracy" in out
        else float(out.split("R²")[1].split()[0])
    )
    assert found >= least


def test_half_an_option_trains_nothing(fruits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--epoch 3` would put a model of three epochs in the place of the one that is there."""
    with pytest.raises(SystemExit):
        main(["--data", "fruits.csv", "--target", "fruit", "--epoch", "3"])
    assert "unrecognized arguments: --epoch 3" in capsys.readouterr().err
    assert not Path("runs").exists()
