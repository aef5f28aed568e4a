"""Code that was written for micrograd runs with only the import changed."""

from __future__ import annotations

import importlib

import pytest

# The expression on micrograd's front page, in its own words, and what that page says it prints.
EXPRESSION = """
a = Value(-4.0)
b = Value(2.0)
c = a + b
d = a * b + b**3
c += c + 1
c += 1 + c + (-a)
d += d * 2 + (b + a).relu()
d += 3 * d + (b - a).relu()
e = c - d
f = e**2
g = f / 2.0
g += 10.0 / f
g.backward()
"""


@pytest.mark.parametrize("module", ["autograd_core", "micrograd.engine"])
def test_the_expression_of_micrograds_front_page_runs_unchanged(module: str) -> None:
    pytest.importorskip(module)
    names = {"Value": importlib.import_module(module).Value}
    exec(EXPRESSION, names)
    shown = [f"{number:.4f}" for number in (names["g"].data, names["a"].grad, names["b"].grad)]
    assert shown == ["24.7041", "138.8338", "645.5773"]
