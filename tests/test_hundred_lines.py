"""The page that builds a miniature of the engine: it computes what the engine computes, has at most
a hundred lines, and names every part of the house.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_core import Value
from tests.floors import FLOORS

pytest.importorskip("graphviz")
PAGE = (Path(__file__).parent.parent / "docs" / "hundred_lines.md").read_text("utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
ENGINE = PAGE[: PAGE.index("## 6.")].count("```python")


@pytest.fixture(scope="module")
def miniature() -> dict[str, Any]:
    names: dict[str, Any] = {}
    for number, block in enumerate(BLOCKS[:ENGINE], 1):
        exec(compile(block, f"hundred_lines.md, block {number}", "exec"), names)
    return names


def test_it_has_at_most_a_hundred_lines() -> None:
    lines = [line for block in BLOCKS[:ENGINE] for line in block.splitlines() if line.strip()]
    assert 80 <= len(lines) <= 100


NUMBERS = st.floats(-3.0, 3.0)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["+", "-", "*", "square", "sigmoid"]), st.integers(0), st.integers(0)
    ),
    min_size=1,
    max_size=12,
)


@given(st.lists(NUMBERS, min_size=2, max_size=4), STEPS)
def test_it_computes_what_the_engine_computes(
    miniature: dict[str, Any], numbers: list[float], steps: list[tuple[str, int, int]]
) -> None:
    """Values and gradients of random programs, also where a node is used several times."""

    def program(leaves: list[Any], square: Any) -> Any:
        nodes = list(leaves)
        for operation, i, j in steps:
            a, b = nodes[-1 - i % len(nodes)], nodes[j % len(nodes)]
            if operation == "square":
                nodes.append(square(a.sigmoid()))  # squares of squares overflow
            elif operation == "sigmoid":
                nodes.append(a.sigmoid())
            else:
                nodes.append({"+": a + b, "-": a - b, "*": a.sigmoid() * b}[operation])
        return nodes[-1]

    mine = [miniature["Node"](x) for x in numbers]
    result = program(mine, lambda x: x.square())
    miniature["backward"](result)
    theirs = [Value(x) for x in numbers]
    expected = program(theirs, lambda x: x**2)
    expected.backward()
    assert math.isclose(result.data, expected.data, rel_tol=1e-12, abs_tol=1e-12)
    for a, b in zip(mine, theirs, strict=True):
        assert math.isclose(a.grad, b.grad, rel_tol=1e-9, abs_tol=1e-12)


def test_leaves_add_up_and_other_nodes_start_again(miniature: dict[str, Any]) -> None:
    x = miniature["Node"](3.0)
    y = x.square()
    for times in (1, 2):
        miniature["backward"](y)
        assert (x.grad, y.grad) == (6.0 * times, 1.0)


def test_it_is_as_deep_as_you_like(miniature: dict[str, Any]) -> None:
    x = miniature["Node"](1.0)
    y = x
    for _ in range(20_000):
        y = y + x
    miniature["backward"](y)
    assert x.grad == 20_001.0


@pytest.mark.parametrize("package", ["autograd_core", "nn"])
def test_it_says_what_each_part_of_the_house_adds(package: str) -> None:
    table = PAGE[PAGE.index(f"| part of `{package}`") :].split("\n\n")[0]
    first = "".join(line.split("|")[1] for line in table.splitlines())
    parts = {part for floor in FLOORS[package] for part in floor.split() if part[0] != "_"}
    assert set(re.findall(r"`(\w+)`", first)) - {package} == parts
