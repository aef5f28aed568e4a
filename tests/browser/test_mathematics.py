"""The formulas of `explain`, typeset by KaTeX in a browser: no error, and no line wider than its cell."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograd_core import Value, dot, explain, hypot, log, sigmoid, sin, softmax, sum, tanh, where
from nn import MLP
from tests.browser.conftest import npm_package

pytest.importorskip("selenium", reason="selenium is not installed")
WINDOW, CELL = 1100, 950
"""The pixels of a window, and those that JupyterLab leaves to an output in it, without its side bar."""


@pytest.fixture
def typeset(open_browser: Callable[..., Any], tmp_path: Path) -> Iterator[Callable[[str], Any]]:
    """Shows a formula in a cell, and gives its text, its errors and the widths of its rows."""
    folder, browser = npm_package("katex") / "dist", open_browser()
    size = browser.get_window_size()
    browser.set_window_size(WINDOW, 900)
    page = tmp_path / "page.html"
    page.write_text(
        f'<!DOCTYPE html><meta charset="utf-8"><link rel="stylesheet" href="{folder.as_uri()}/katex.min.css">'
        f'<script src="{folder.as_uri()}/katex.min.js"></script><body style="font-size:14px;margin:0">'
        f'<div id="cell" style="width:{CELL}px"></div>',
        "utf-8",
    )
    browser.get(page.as_uri())

    def show(formula: str) -> Any:
        return browser.execute_async_script(
            f"""
            const [cell, done] = [document.getElementById("cell"), arguments[0]];
            const formula = {json.dumps(formula.removeprefix("$$").removesuffix("$$"))};
            try {{
              katex.render(formula, cell, {{ displayMode: true, strict: "ignore" }});
            }} catch (error) {{
              return done({{ error: error.message }});
            }}
            const measure = () => {{
              const whole = cell.querySelector(".katex-html");
              const parts = [...whole.querySelectorAll(".mord, .mrel, .mbin")];
              const boxes = parts.map((part) => part.getBoundingClientRect());
              const left = Math.min(...boxes.map((box) => box.left));
              const right = Math.max(...boxes.map((box) => box.right));
              done({{ width: right - left, text: whole.textContent }});
            }};
            Promise.race([document.fonts.ready, new Promise((go) => setTimeout(go, 500))])
              .then(() => setTimeout(measure, 50));
            """
        )

    yield show
    folder_of_pictures = os.environ.get("SCREENSHOTS")
    if folder_of_pictures:
        browser.save_screenshot(f"{folder_of_pictures}/mathematics.png")
    browser.set_window_size(size["width"], size["height"])


def network() -> Value:
    (y,) = MLP(2, [3, 2, 1], seed=0)([Value(0.5, "x₁"), Value(-1.5, "x₂")])
    loss = (y - 1.0) ** 2
    loss.label = "loss"
    return loss


def recurrent() -> Value:
    w, u, state = Value(0.5, "w"), Value(-0.3, "u"), Value(0.0, "start")
    for k in range(12):
        state = tanh(w * Value(float(k), f"x{k + 1}") + u * state)
    return state


def shared() -> Value:
    weights = [Value(0.1 * k, f"weight {k}") for k in range(4)]
    rows = [
        dot(weights, [Value(float(j + k), f"feature {j}, {k}") for k in range(4)]) for j in range(6)
    ]
    return sum([sigmoid(x) ** 2 for x in rows])


def labelled() -> Value:
    neuron = Value(0.5, "neuron") * Value(2.0, "weight")
    neuron.label = "neuron output"
    return where(neuron > 0.0, sin(neuron) * 1e-7, neuron) + hypot(neuron, 1e9)


def classes() -> Value:
    return -log(softmax([Value(float(k), f"z{k}") for k in range(4)])[2])


@pytest.mark.parametrize("make", [network, recurrent, shared, labelled, classes])
def test_a_derivation_fits_into_its_cell(
    typeset: Callable[[str], Any], make: Callable[[], Value]
) -> None:
    found = typeset(explain(make(), limit=200)._repr_latex_())
    assert "error" not in found, found["error"]
    assert found["width"] <= CELL, f"{found['width']:.0f} of {CELL} pixels"


def test_the_formulas_say_what_the_text_says(typeset: Callable[[str], Any]) -> None:
    """The same blocks, names and numbers; a d stands apart from a name of several letters."""
    x = Value(3.0, "speed")
    y = x**2 + 1.0
    found = typeset(explain(y)._repr_latex_())
    for heading in ("Given", "Forward", "Local derivatives", "Backward, by the chain rule"):
        assert heading in found["text"].replace("\xa0", " ")
        assert heading in str(explain(y))
    numbers = re.findall(r"\d+\.\d+", str(explain(y)))
    assert len(numbers) > 10
    assert all(number in found["text"] for number in numbers)
    assert r"\mathrm{d} \,\mathrm{speed}" in explain(y)._repr_latex_()


def test_a_line_that_is_too_wide_would_be_seen(typeset: Callable[[str], Any]) -> None:
    """The measure itself: a formula on one row is wider than a cell."""
    terms = " + ".join(r"\frac{\mathrm{d}L}{\mathrm{d}x}" for _ in range(60))
    assert typeset(rf"$$\begin{{aligned}}&{terms}\end{{aligned}}$$")["width"] > CELL
