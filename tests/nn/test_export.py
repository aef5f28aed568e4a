"""`nn.export` and `python -m nn export`: files that run elsewhere give what the model gives."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autograd_core import RecordingError, compiled, sigmoid
from nn import MLP, Dropout, Sequential, export, save
from nn.__main__ import main
from nn.exports.c_file import _literal
from nn.exports.cells import value

from .exported import check, expected, models, samples, table_rows, trained_table

MODELS = models()


def run_python(path: Path, rows: list[Any]) -> list[Any]:
    """What the file gives in a Python without any package."""
    lines = "\n".join(map(json.dumps, rows))
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(path)],
        input=lines, capture_output=True, text=True, cwd=path.parent,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("name", MODELS)
def test_a_python_file_gives_the_outputs_of_the_model(name: str, tmp_path: Path) -> None:
    model, count = MODELS[name]
    rows = samples(count)
    export(model, tmp_path / "model.py")
    check(run_python(tmp_path / "model.py", rows), expected(model, rows))


@pytest.mark.parametrize("target", ["kind", "price"])
def test_a_python_file_of_a_table_reads_its_cells(target: str, tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    path = trained_table(tmp_path, target)
    cells, right = table_rows(path)
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


def run_c(path: Path, rows: list[list[float]]) -> list[list[float]]:
    """What the program gives that the file becomes."""
    if (compiler := shutil.which("gcc") or shutil.which("cc")) is None:
        pytest.skip("needs a C compiler")
    strict = ["-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas"]
    command = [compiler, *strict, "-DMODEL_MAIN", str(path), "-o", str(path.with_suffix("")), "-lm"]
    made = subprocess.run(command, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    lines = "\n".join([" ".join(map(repr, row)) for row in rows])
    done = subprocess.run(
        [str(path.with_suffix(""))], input=lines, capture_output=True, text=True, check=True
    )
    return [[*map(float, line.split())] for line in done.stdout.splitlines()]


@pytest.mark.parametrize("name", MODELS)
def test_a_c_file_gives_the_outputs_of_the_model(name: str, tmp_path: Path) -> None:
    model, count = MODELS[name]
    rows = samples(count)
    export(model, tmp_path / "model.c")
    check(run_c(tmp_path / "model.c", rows), expected(model, rows))


def test_texts_with_control_characters_are_strings_of_c() -> None:
    assert _literal('a\x01b"\n??\\') == r'"a\001b\"\n?\?\\"'


@pytest.mark.parametrize("target", ["kind", "price"])
def test_a_c_file_of_a_table_encodes_its_cells(target: str, tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    path = trained_table(tmp_path, target)
    cells, right = table_rows(path)
    assert main(["export", str(path), "--to", "c"]) == 0
    columns = json.loads(path.read_text("utf-8"))["table"]["columns"]
    values = [[value(row[column["name"]], column) for column in columns] for row in cells]
    rows = [[math.nan if x is None else x for x in row] for row in values]
    check(run_c(tmp_path / "model.c", rows), right)


@pytest.mark.slow
def test_a_c_file_becomes_webassembly_by_the_documented_command(tmp_path: Path) -> None:
    pytest.importorskip("ziglang")
    if (node := shutil.which("node")) is None:
        pytest.skip("needs node")
    page = (Path(__file__).parents[2] / "docs" / "export.md").read_text("utf-8")
    command = re.findall(r"^python (-m ziglang cc .*)$", page, re.MULTILINE)[0].split()
    script = re.findall(r"^```js\n(.*?)^```", page, re.DOTALL | re.MULTILINE)[0]
    model, count = MODELS["digits"]
    rows = samples(count)
    export(model, tmp_path / "model.c")
    subprocess.run([sys.executable, *command], cwd=tmp_path, check=True)
    head = """import { readFileSync } from "node:fs";
        const fetch = (name) => new Response(readFileSync(name), { headers });
        const headers = { "Content-Type": "application/wasm" };\n"""
    calls = f"for (const row of {json.dumps(rows)}) console.log(JSON.stringify(predict(row)));"
    (tmp_path / "model.mjs").write_text(f"{head}{script}{calls}\n", "utf-8")
    done = subprocess.run(
        [node, "model.mjs"], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    check([json.loads(line) for line in done.stdout.splitlines()], expected(model, rows))


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


def test_a_python_file_checks_its_inputs(tmp_path: Path) -> None:
    export(MLP(2, [1], seed=0), tmp_path / "model.py")
    names: dict[str, Any] = {}
    exec((tmp_path / "model.py").read_text("utf-8"), names)
    with pytest.raises(ValueError, match="takes 2 inputs, got 3"):
        names["outputs"]([1.0, 2.0, 3.0])


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
