"""Where `python -m nn` writes: a folder of its own, never through a loop of links, and what it
says of it is true.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path, PureWindowsPath
from typing import Any

import pytest

from nn import MLP, save
from nn.__main__ import main
from nn.cli import job
from nn.cli.options import folder_name, training_options
from nn.files.documents import write_atomically

ROWS = "weight,fruit\n" + "".join(
    f"{150 + i if i % 2 else 8 + i},{'apple' if i % 2 else 'cherry'}\n" for i in range(40)
)
pytestmark = pytest.mark.filterwarnings("ignore:the training runs on Values")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, with room around it for what goes astray."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setitem(sys.modules, "matplotlib", None)  # plots take longer than everything else
    return folder


def learn(data: str, *more: str) -> int:
    pytest.importorskip("pandas")
    Path(data).parent.mkdir(parents=True, exist_ok=True)
    Path(data).write_text(ROWS, "utf-8")
    return main(["--data", data, "--target", "fruit", "--epochs", "1", "--hidden", "2", *more])


@pytest.mark.parametrize(
    ("data", "folder"),
    [
        ("..csv", "table"), ("...csv", "table"), (".csv", "csv"), (" .csv", "table"), ("fruit..csv", "fruit"),
        ("fruit .csv", "fruit"), ("data.v2/fruit.2024.csv", "fruit.2024"), ("digits.csv", "table-digits"),
        ("nul.csv", "table-nul"), ("com1.x.csv", "table-com1.x"), ("..", "table"), ("fruit", "fruit"), ("console.csv", "console"),
    ],
)  # fmt: skip
def test_every_table_has_a_folder_of_its_own(data: str, folder: str) -> None:
    assert folder_name(Path(data)) == folder
    assert training_options(["--data", data, "--target", "fruit"]).out == Path("runs", folder)
    assert not PureWindowsPath(folder).is_reserved()


@pytest.mark.parametrize("data", ["..csv", "...csv", ".csv"])
def test_a_table_whose_name_is_dots_does_not_write_into_runs_or_beside_it(
    data: str, here: Path, tmp_path: Path
) -> None:
    assert learn(data) == 0
    assert {path.name for path in here.iterdir()} == {data, "runs"}
    assert [path.is_dir() for path in Path("runs").iterdir()] == [True]
    assert {path.name for path in tmp_path.iterdir()} == {"here"}


def test_a_table_called_digits_does_not_replace_the_model_of_the_digits() -> None:
    Path("runs/digits").mkdir(parents=True)
    Path("runs/digits/model.json").write_text("the digits", "utf-8")
    assert learn("digits.csv") == 0
    assert Path("runs/digits/model.json").read_text("utf-8") == "the digits"
    assert Path("runs/table-digits/model.json").exists()


def loop(first: Path) -> list[Path]:
    """Two links that lead to each other."""
    second = first.with_name("other")
    try:
        first.symlink_to(second.name)
        second.symlink_to(first.name)
    except OSError:
        pytest.skip("no links can be made here")
    return [first, second]


def links(paths: list[Path]) -> list[str]:
    return [os.readlink(path) for path in paths]


def test_predictions_do_not_replace_a_link_that_leads_nowhere(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert learn("fruits.csv") == 0
    paths = loop(Path("out.csv"))
    before = links(paths)
    assert main(["predict", "runs/fruits/model.json", "fruits.csv", "--out", "out.csv"]) == 1
    assert "out.csv cannot be written (" in capsys.readouterr().err
    assert links(paths) == before


def test_a_model_is_not_saved_over_a_link_that_leads_to_itself() -> None:
    path = Path("model.json")
    try:
        path.symlink_to(path)
    except OSError:
        pytest.skip("no links can be made here")
    with pytest.raises(OSError, match=r"model\.json cannot be written"):
        save(MLP(2, [1]), path)
    assert links([path]) == ["model.json"]
    missing = Path("missing.json")
    missing.symlink_to("target.json")
    write_atomically(missing, "{}")
    assert Path("target.json").read_text("utf-8") == "{}", (
        "a link whose file is not there yet is followed, as before"
    )


def test_a_training_whose_folder_holds_such_links_replaces_none_of_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("model.json", "checkpoint.json"):
        folder = Path(name.removesuffix(".json"))
        folder.mkdir()
        paths = loop(folder / name)
        before = links(paths)
        assert learn("fruits.csv", "--out", str(folder)) == 1
        assert str(folder / name) in capsys.readouterr().out
        assert links(paths) == before
    loop(Path("folder"))
    assert learn("fruits.csv", "--out", "folder") == 1


def test_a_second_training_in_a_folder_neither_moves_nor_names_the_checkpoint_of_the_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fit, seen = job.fit, []

    def during(*given: Any, **options: Any) -> Any:
        def second(model: Any, history: Any) -> None:
            if not seen:
                seen.append(Path("runs/fruits/checkpoint.json").read_bytes())
                capsys.readouterr()
                seen.append(learn("fruits.csv"))
                seen.append(capsys.readouterr().out)

        return fit(*given, **options | {"callbacks": [second]})

    monkeypatch.setattr(job, "fit", during)
    assert learn("fruits.csv") == 0
    checkpoint, status, out = seen
    assert json.loads(checkpoint)["finished"] is False
    assert status == 1
    assert re.fullmatch(
        rf"another training is writing into {re.escape(str(Path('runs/fruits')))} "
        rf"\(process {os.getpid()} on .+, since .+\); wait until it ends, or choose another --out\n",
        out,
    )
    assert sorted(path.name for path in Path("runs/fruits").iterdir()) == [
        "history.csv",
        "model.json",
    ]


def test_where_folders_cannot_be_locked_the_hint_does_not_name_a_checkpoint_of_another(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("nn.files.locks._lock", lambda file: True)
    train = job.Job.learn

    def another_begins(*given: Any, **options: Any) -> Any:
        Path("runs/fruits/checkpoint.json").write_text(
            '{"format": "autograd-core checkpoint", "version": 2}', "utf-8"
        )
        return train(*given, **options)

    monkeypatch.setattr(job.Job, "learn", another_begins)
    assert learn("fruits.csv") == 1
    out = capsys.readouterr().out
    assert "holds an unfinished training" in out
    assert "the last checkpoint is" not in out
