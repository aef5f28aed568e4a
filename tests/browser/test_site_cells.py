"""What runs the cells of the site's pages, outside a browser; and the examples of the playground."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograd_core import Value, grad

SITE = Path(__file__).parents[2] / "docs" / "site"
NOTEBOOKS = sorted((SITE.parents[1] / "notebooks").glob("*.ipynb"))
EXAMPLES = sorted((SITE / "static" / "examples").glob("*.py"))


@pytest.fixture
def cells(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Cells with what they have sent, as `.sent`."""
    pytest.importorskip("graphviz")
    monkeypatch.syspath_prepend(SITE / "browser")
    monkeypatch.delitem(sys.modules, "playground", raising=False)
    monkeypatch.delitem(sys.modules, "cells", raising=False)
    import cells as module  # type: ignore[import-not-found]

    sent: list[tuple[str, str]] = []
    found = module.Cells(lambda kind, data: sent.append((kind, data)))
    found.sent = sent
    return found


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_of_the_playground_runs(cells: Any, example: Path) -> None:
    assert cells.run(example.read_text("utf-8")), cells.sent[-1]
    kinds = [kind for kind, _ in cells.sent]
    if example.stem == "xor":
        assert kinds.count("show") == 20
        numbers = "".join(data for kind, data in cells.sent if kind == "text").split()[2::3]
        assert [round(float(x)) for x in numbers] == [0, 1, 1, 0]
    else:
        assert kinds[-1] == "steps"


def test_the_descent_is_that_of_the_parabola(cells: Any) -> None:
    assert cells.run((SITE / "static" / "examples" / "descent.py").read_text("utf-8"))
    x, slope = 5.0, grad(lambda t: t**2 - 4 * t + 6)
    for _ in range(20):
        x -= 0.1 * slope(x)
    assert ("text", f"after 20 steps: x = {x:.4f}, f(x) = {x**2 - 4 * x + 6:.4f}\n") in cells.sent


def test_cells_share_their_names_until_they_are_forgotten(cells: Any) -> None:
    assert cells.run("x = 3.0")
    assert cells.run("x * 2")
    assert cells.sent == [("text", "6.0\n")]
    cells.forget()
    assert not cells.run("x")
    assert cells.sent[-1] == ("error", '  File "<cell 3>", line 1, in <module>\n    x\nNameError: name \'x\' is not defined\n')  # fmt: skip


def test_what_was_printed_before_an_error_is_shown(cells: Any) -> None:
    """With the lines of the cell alone, also where the error came from deep inside."""
    assert not cells.run("print('here')\nfrom autograd_core import Value\nValue('a')")
    assert cells.sent[0] == ("text", "here\n")
    assert cells.sent[1][1].count("File") == 1
    assert "Value('a')" in cells.sent[1][1]
    assert "TypeError: the data of a Value" in cells.sent[1][1]
    assert not cells.run("1 +")
    assert "SyntaxError" in cells.sent[-1][1]


def test_numbers_below_a_graph_can_be_changed(cells: Any) -> None:
    assert cells.run(
        "from autograd_core import Value, explore\nexplore(Value(3.0, 'w') * Value(2.0, 'x'))"
    )
    ((kind, data),) = cells.sent
    given = json.loads(data)
    place = {leaf["title"]: leaf["place"] for leaf in given["frames"]["leaves"]}["w"]
    changed = json.loads(cells.frames(given["key"], json.dumps({place: 5.0})))
    assert kind == "steps"
    assert 'aria-label="x: value 2, gradient 5"' in changed["frames"]["svg"]
    assert changed["problem"] == ""


@pytest.mark.parametrize(
    ("source", "kind", "text"),
    [
        ("from autograd_core import draw, Value\ndraw(Value(2.0, 'x') * 3.0)", "html", "<svg"),
        ("from autograd_core import explain, Value\nexplain(Value(2.0, 'x') * 3.0)", "latex", "x"),
    ],
)
def test_a_result_shows_itself_as_in_a_notebook(
    cells: Any, source: str, kind: str, text: str
) -> None:
    assert cells.run(source)
    assert cells.sent[-1][0] == kind
    assert text in cells.sent[-1][1]


def test_the_boundary_shows_the_answers_of_the_model(cells: Any) -> None:
    """A square for each point, orange above one half; the samples lie on it."""
    import playground  # type: ignore[import-not-found]

    model: Callable[..., Any] = lambda x: [Value(0.9 if x[0] > 0.5 else 0.2)]
    drawn = playground.boundary(model, [[0.0, 0.0], [1.0, 1.0]], [[0.0], [1.0]], "a < b")
    assert drawn.count("<rect") == 576
    assert drawn.count(f'fill="{playground.ORANGE}" fill-opacity="0.80"') == 288
    assert drawn.count(f'fill="{playground.BLUE}" fill-opacity="0.60"') == 288
    assert "a &lt; b" in drawn


@pytest.mark.slow
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_in_its_page(notebook: Path) -> None:
    """No cell fails; those that a page can run print what is saved, but for measured times."""
    pytest.importorskip("graphviz")
    script = Path(__file__).with_name("notebook_cells.py")
    done = subprocess.run(
        [sys.executable, str(script), str(notebook)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    cells = json.loads(done.stdout)
    assert [cell["error"] for cell in cells if cell["error"]] == []
    live = [cell for cell in cells if "absent" not in cell["kinds"]]
    assert len(live) / len(cells) >= (0.4 if notebook.stem.startswith("07") else 0.6)
    if notebook.stem.startswith(("01", "02", "03")):
        assert len(live) == len(cells)
        printed = [cell for cell in live if cell["saved"]]
        assert [cell["text"] for cell in printed] == [cell["saved"] for cell in printed]


def test_without_npm_the_build_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a failed installation leaves nothing behind."""
    npm = runpy.run_path(str(SITE / "npm.py"))
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(npm["NoPackages"], match="needs npm"):
        npm["installed"](tmp_path / "npm")
    monkeypatch.setattr("shutil.which", lambda name: "false")
    with pytest.raises(npm["NoPackages"], match="could not install"):
        npm["installed"](tmp_path / "npm")
    assert [*tmp_path.iterdir()] == []
