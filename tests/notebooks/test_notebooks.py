"""The notebooks run from top to bottom with their assertions, and what is saved is what their sources say."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "notebooks").glob("[0-9]*.py"))
sources = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)


def _read(path: Path) -> Any:
    return pytest.importorskip("jupytext").read(path)


@pytest.mark.slow
@sources
@pytest.mark.filterwarnings("default")  # what the notebook's machinery warns of is not ours
def test_a_notebook_runs_from_top_to_bottom(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTHONWARNINGS", "default")
    notebook = _read(source)
    beside = {"metadata": {"path": str(source.parent)}}  # where `course` is
    nbclient.NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources=beside
    ).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    said = [output["text"] for output in outputs if output.get("name") == "stderr"]
    assert [
        text for text in said if "font cache" not in text
    ] == []  # matplotlib builds it once on each machine
    assert any(
        "image/svg+xml" in output.get("data", {}) or "image/png" in output.get("data", {})
        for output in outputs
    )


@sources
def test_a_saved_notebook_has_the_cells_of_its_source_and_their_outputs(source: Path) -> None:
    wanted, saved = _read(source), _read(source.with_suffix(".ipynb"))
    assert [(cell.cell_type, cell.source) for cell in saved.cells] == [
        (cell.cell_type, cell.source) for cell in wanted.cells
    ]
    counts = [cell.execution_count for cell in saved.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1)), (
        "saved without having been run from top to bottom"
    )


@sources
def test_a_saved_notebook_is_quick_to_load(source: Path) -> None:
    assert source.with_suffix(".ipynb").stat().st_size < 700_000


@sources
def test_a_notebook_asks_exercises_and_knows_their_solutions(source: Path) -> None:
    code = source.read_text("utf-8")
    asked, solved = (
        re.findall(rf"^{pattern}", code, re.MULTILINE)
        for pattern in (r"check\(answer_\d", r"assert is_right_\d")
    )
    assert len(asked) == len(solved) >= 3


@sources
def test_a_notebook_holds_no_trace_of_the_machine_that_ran_it(source: Path) -> None:
    assert (
        re.findall(
            r"/(?:home|root|tmp|work|Users)/\w+", source.with_suffix(".ipynb").read_text("utf-8")
        )
        == []
    )


def _code(source: Path) -> str:
    """The code of a notebook without its texts."""
    tree = ast.parse(source.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            node.args = node.args[:2] if node.func.id == "check" else node.args  # its language
    return ast.dump(tree)


@pytest.mark.parametrize("language", ["ja", "vi"])
def test_a_translation_has_the_code_of_the_original(language: str) -> None:
    original = SOURCES[0].with_name("01_a_number_and_its_slope.py")
    assert _code(original.with_suffix(f".{language}.py")) == _code(original)
