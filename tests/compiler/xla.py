"""Where XLA computes another number: the table of docs/beyond.md, by its points."""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "beyond.md"


def _differences() -> dict[str, tuple[str, str]]:
    """For each "expression at point" what stands here, and what XLA gives: a value, or its
    derivatives."""
    text = PAGE.read_text(encoding="utf-8")
    table = text.split("| expression | point |")[1].split("\n\n")[0]
    rows = [
        [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        for line in table.splitlines()[2:]
    ]
    return {f"{expression} at {point}": (here, there) for expression, point, here, there, _ in rows}


DIFFERENCES = _differences()
