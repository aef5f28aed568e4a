"""`nn.export` and `python -m nn export`: files that run elsewhere give what the model gives."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autograd_core import RecordingError, compiled, sigmoid
from nn import MLP, Dropout, Module, Sequential, export, save
from nn.__main__ import main
from nn.exports import webassembly
from nn.exports.c_texts import literal
from nn.exports.cells import value
from nn.exports.export import FORMATS

from .exported import (
    check,
    expected,
    models,
    program,
    run_c,
    run_javascript,
    run_python,
    samples,
    written,
)

MODELS = models()


@pytest.mark.parametrize("name", MODELS)
def test_a_python_file_gives_the_outputs_of_the_model(name: str, tmp_path: Path) -> None:
    model, count = MODELS[name]
    rows = samples(count)
    export(model, tmp_path / "model.py")
    check(run_python(tmp_path / "model.py", rows), expected(model, rows))


@pytest.mark.slow
@pytest.mark.parametrize("target", ["kind", "price"])
def test_a_python_file_of_a_table_reads_its_cells(
    target: str, learned_tables: dict[str, Any], tmp_path: Path
) -> None:
    learned, cells, right = learned_tables[target]
    path = Path(shutil.copy(learned, tmp_path))
    assert main(["export", str(path), "--to", "python"]) == 0
    found = run_python(tmp_path / "model.py", cells)
    if target == "kind":
        assert [*found[0]] == ["apple", "pear"]
        found = [[*answer.values()] for answer in found]
    check([y if isinstance(y, list) else [y] for y in found], right)


@pytest.mark.parametrize(
    ("cell", "right"),
    [
        (1.0, 0.0),
        ("1", 0.0),
        (2.5, 1.0),
        ("2.50", 1.0),
        (" abc ", 2.0),
        ("e\u0301", 3.0),
        ("3", None),
    ],
)
def test_a_text_is_known_as_predict_knows_it(cell: Any, right: float | None) -> None:
    assert value(cell, {"name": "v", "texts": ["1.0", "2.50", "abc", "\u00e9"]}) == right


@pytest.mark.parametrize("name", MODELS)
def test_a_c_file_gives_the_outputs_of_the_model(name: str, tmp_path: Path) -> None:
    model, count = MODELS[name]
    rows = samples(count)
    export(model, tmp_path / "model.c")
    check(run_c(tmp_path / "model.c", rows), expected(model, rows))


def test_texts_with_control_characters_are_strings_of_c() -> None:
    assert literal('a\x01b"\n??\\') == r'"a\001b\"\n?\?\\"'


@pytest.mark.slow
@pytest.mark.parametrize("target", ["kind", "price"])
def test_a_c_file_of_a_table_reads_its_cells(
    target: str, learned_tables: dict[str, Any], tmp_path: Path
) -> None:
    learned, cells, right = learned_tables[target]
    path = Path(shutil.copy(learned, tmp_path))
    assert main(["export", str(path), "--to", "c"]) == 0
    columns = json.loads(path.read_text("utf-8"))["table"]["columns"]
    rows = [["" if (x := row[c["name"]]) is None else x for c in columns] for row in cells]
    check(run_c(tmp_path / "model.c", rows, "\t"), right)


@pytest.mark.slow
@pytest.mark.parametrize("to", ["python", "c", "javascript"])
def test_digits_that_were_learned(
    to: str, learned_digits: tuple[Module, list[list[float]]], tmp_path: Path
) -> None:
    model, rows = learned_digits
    runners = {"python": run_python, "c": run_c, "javascript": run_javascript}
    save(model, tmp_path / "model.json")
    if to == "javascript":
        pytest.importorskip("ziglang")
    assert main(["export", str(tmp_path / "model.json"), "--to", to]) == 0
    check(runners[to](tmp_path / f"model{FORMATS[to].ending}", rows), expected(model, rows))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["images", "wide", "gelu", "mish"])
def test_a_javascript_module_gives_the_outputs_of_the_model(name: str, tmp_path: Path) -> None:
    pytest.importorskip("ziglang")
    model, count = MODELS[name]
    rows = samples(count)
    export(model, tmp_path / "model.mjs")
    check(run_javascript(tmp_path / "model.mjs", rows), expected(model, rows))


@pytest.mark.slow
@pytest.mark.parametrize("target", ["kind", "price"])
def test_a_javascript_module_of_a_table_reads_its_cells(
    target: str, learned_tables: dict[str, Any], tmp_path: Path
) -> None:
    pytest.importorskip("ziglang")
    learned, cells, right = learned_tables[target]
    path = Path(shutil.copy(learned, tmp_path))
    export(path, tmp_path / "model.mjs")
    found = run_javascript(tmp_path / "model.mjs", cells, "predict")
    if target == "kind":
        assert [*found[0]] == ["apple", "pear"]
    numbers = [[*x.values()] if isinstance(x, dict) else [x] for x in found]
    check(numbers, right)
    other = {"size": "$7.00", "colour": " Re\u0301D", "day": "2024/7/7", "kind": "", "price": "(3)"}
    plain = {"size": 7, "colour": None, "day": "2024-07-07", "kind": None, "price": -3.0}
    one, two = run_javascript(tmp_path / "model.mjs", [other, plain], "predict")
    assert one == two


@pytest.mark.slow
def test_a_javascript_module_says_what_is_wrong(tmp_path: Path) -> None:
    pytest.importorskip("ziglang")
    export(MLP(2, [1], seed=0), tmp_path / "model.mjs")
    for wrong, said in (
        ([1.0, 2.0, 3.0], "RangeError: the model takes 2 inputs, got 3"),
        ([1.0, "a"], 'TypeError: input 1 is no number, got "a"'),
        ([None, 1.0], "TypeError: input 0 is no number, got null"),
        (3, "TypeError: the inputs are an array of numbers, got number"),
    ):
        with pytest.raises(AssertionError, match=re.escape(said)):
            run_javascript(tmp_path / "model.mjs", [wrong])
    columns = [{"name": "x", "mean": 0.0, "scale": 1.0}]
    export(written(tmp_path, columns, ["a", "b"]), tmp_path / "model.mjs")
    for row, got in ((None, "null"), (3, "number"), ([1], "an array"), ("x", '"x"')):
        said = f"TypeError: a row is an object from columns to cells, got {got}"
        with pytest.raises(AssertionError, match=said):
            run_javascript(tmp_path / "model.mjs", [row], "predict")
    wide, plain, unknown = run_javascript(
        tmp_path / "model.mjs", [{"x": "１٢.5"}, {"x": 12.5}, {"x": None}], "predict"
    )
    assert wide == plain != unknown


def test_without_a_compiler_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    save(MLP(2, [1], seed=0), tmp_path / "model.json")
    command = ["export", str(tmp_path / "model.json"), "--to", "javascript"]
    monkeypatch.setattr(webassembly, "find_spec", lambda name: None)
    monkeypatch.setattr(webassembly.shutil, "which", lambda name: None)
    assert main(command) == 1
    assert re.search(r"WebAssembly needs .* ziglang.*autograd-core\[c\]", capsys.readouterr().err)
    monkeypatch.setattr(webassembly.shutil, "which", lambda name: sys.executable)
    assert main(command) == 1
    said = capsys.readouterr().err
    assert re.search(r"(?s)makes no WebAssembly here; .*autograd-core\[c\].*--target=wasm32", said)


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["clang", "emcc"])
def test_other_compilers_make_the_same(
    compiler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shutil.which(compiler)
    if path is None or (compiler == "clang" and not Path("/usr/lib/wasm32-wasi").exists()):
        pytest.skip(f"needs {compiler}, with wasi-libc")
    monkeypatch.setattr(webassembly, "find_spec", lambda name: None)
    which = lambda name: path if name == compiler else None
    model, count = MODELS["digits"]
    rows = samples(count)
    with monkeypatch.context() as patch:
        patch.setattr(webassembly.shutil, "which", which)
        export(model, tmp_path / "model.mjs")
    check(run_javascript(tmp_path / "model.mjs", rows), expected(model, rows))


def test_an_export_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = MLP(2, [1], seed=0)
    with pytest.raises(ValueError, match=r"no export is called '.txt'; choose one of python"):
        export(model, tmp_path / "model.txt")
    with pytest.raises(ValueError, match=r"number of inputs of .* is unknown; let a layer"):
        export(Sequential(Dropout(0.5)), tmp_path / "model.py")
    with pytest.raises(TypeError, match="activations by name"):
        export(MLP(1, [1], lambda z: z, output=lambda z: z), tmp_path / "model.py")
    save(model, tmp_path / "model.json")
    same = str(tmp_path / "model.json")
    assert main(["export", same, "--to", "python", "--out", same]) == 1
    assert "would overwrite" in capsys.readouterr().err
    assert main(["export", str(tmp_path / "none.json"), "--to", "python"]) == 1
    assert "none.json: there is no such file" in capsys.readouterr().err


def test_the_ending_of_the_file_says_what_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(MLP(2, [1], seed=0), tmp_path / "model.json")
    command = ["export", str(tmp_path / "model.json")]
    for ending, start in ((".py", '"""'), (".c", "/*")):
        assert main([*command, "--out", str(tmp_path / f"m{ending}")]) == 0
        assert (tmp_path / f"m{ending}").read_text("utf-8").startswith(start)
    assert main([*command, "--out", str(tmp_path / "m.txt")]) == 1
    assert "no export is called '.txt'; choose one of python (.py)" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(command)
    assert "say what to write: --to python, or --out model.py" in capsys.readouterr().err


def test_a_python_file_checks_its_inputs(tmp_path: Path) -> None:
    export(MLP(2, [1], seed=0), tmp_path / "model.py")
    names: dict[str, Any] = {}
    exec((tmp_path / "model.py").read_text("utf-8"), names)
    with pytest.raises(ValueError, match="takes 2 inputs, got 3"):
        names["outputs"]([1.0, 2.0, 3.0])
    with pytest.raises(TypeError, match="input 1 is no number, got 'a'"):
        names["outputs"]([1.0, "a"])
    with pytest.raises(TypeError, match="the inputs are a list of numbers, got int"):
        names["outputs"](3)
    assert names["outputs"]([1, True]) == names["outputs"]([1.0, 1.0])


@pytest.mark.parametrize("row", [3, None, [1], "x"])
def test_a_python_file_says_what_a_row_is(row: Any, tmp_path: Path) -> None:
    columns = [{"name": "x", "mean": 0.0, "scale": 1.0}]
    export(written(tmp_path, columns, ["a", "b"]), tmp_path / "model.py")
    names: dict[str, Any] = {}
    exec((tmp_path / "model.py").read_text("utf-8"), names)
    said = f"a row is an object from columns to cells, got {type(row).__name__}"
    with pytest.raises(TypeError, match=said):
        names["predict"](row)


def test_a_bad_line_does_not_lose_the_answers_to_the_others(tmp_path: Path) -> None:
    model = MLP(2, [1], seed=0)
    export(model, tmp_path / "model.py")
    done = subprocess.run(
        [sys.executable, str(tmp_path / "model.py")],
        input="[1, 2]\n[1]\n{\n[3, 4]\n", capture_output=True, text=True,
    )  # fmt: skip
    first, *none, last = [json.loads(line) for line in done.stdout.splitlines()]
    check([first, last], expected(model, [[1.0, 2.0], [3.0, 4.0]]))
    assert none == [None, None]
    assert "line 2: the model takes 2 inputs, got 1\nline 3: Expecting" in done.stderr
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("given", "answers", "said"),
    [
        ("1 2\n\n 3\t4 \r\n5 6", 3, ""),
        ("1 2\n3\n", 1, "line 2: a sample has 2 numbers, got 1"),
        ("1 2 3\n", 0, "line 1: a sample has 2 numbers, got 3"),
        ("1,2\n", 0, 'line 1: "1,2" is no number'),
        (f"{'1' * 3000} 2\n", 0, 'line 1: "?111'),
    ],
)
def test_a_program_of_c_counts_its_numbers(
    given: str, answers: int, said: str, tmp_path: Path
) -> None:
    export(MLP(2, [1], seed=0), tmp_path / "model.c")
    done = subprocess.run(
        [program(tmp_path / "model.c")], input=given, capture_output=True, text=True
    )
    assert len(done.stdout.splitlines()) == answers
    assert said in done.stderr
    assert done.returncode == bool(said)


@pytest.mark.parametrize(
    ("given", "answers", "said"),
    [
        ("1\t2\r\n\t\n3\t4", 3, ""),
        ("1 2\n", 0, "line 1: a row has 2 cells with tabs between, got 1"),
        ("1\t2\n1,2\n", 1, "line 2: a row has 2 cells with tabs between, got 1"),
        ("1\t2\t3\n", 0, "line 1: a row has 2 cells with tabs between, got 3"),
        (f"1\t{'2' * 200_000}\n1\t\n", 2, ""),
    ],
)
def test_a_program_of_c_counts_its_cells(
    given: str, answers: int, said: str, tmp_path: Path
) -> None:
    columns = [{"name": name, "mean": 0.0, "scale": 1.0, "unknown": True} for name in "xy"]
    export(written(tmp_path, columns, ["a", "b"]), tmp_path / "model.c")
    done = subprocess.run(
        [program(tmp_path / "model.c")], input=given, capture_output=True, text=True
    )
    lines = done.stdout.splitlines()
    assert len(lines) == answers
    assert said in done.stderr
    assert done.returncode == bool(said)
    if "22222" in given:  # a cell as long as that is unknown, as a blank one
        assert lines[0] == lines[1]


def test_a_program_that_a_file_cannot_hold_is_refused() -> None:
    branches = compiled(lambda x: x if x > 0.0 else 2.0 * x)
    branches(1.0)
    with pytest.raises(RecordingError, match=r"write the branches with where"):
        branches.program.to_python()
    pytest.importorskip("numpy")
    batch = compiled(lambda x: sigmoid(x), batched="x")
    batch([1.0, 2.0])
    with pytest.raises(ValueError, match="record the function without batched="):
        batch.program.to_python()
