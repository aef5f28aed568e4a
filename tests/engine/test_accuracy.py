"""The digits that the README states are reached."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import pytest

from .accuracy import lines, scores, totals, verdict

DOCUMENT = Path(__file__).parents[2] / "docs" / "accuracy.md"

# Of the numbers of each order: at least this share within 4 units in the last place, at most this share doubtful.
WANTED = [(0.995, 0.005), (0.99, 0.01), (0.98, 0.02)]


@pytest.fixture(scope="module")
def table() -> dict[str, list[Counter[str]]]:
    return scores()


@pytest.mark.parametrize("order", [0, 1, 2])
def test_the_promised_share_of_digits_is_reached(table: dict[str, list[Counter[str]]], order: int) -> None:
    right, doubtful = WANTED[order]
    count = totals(table)[order]
    assert count["right"] >= right * count.total(), count
    assert count["doubtful"] <= doubtful * count.total(), count


def test_no_function_is_left_behind(table: dict[str, list[Counter[str]]]) -> None:
    weak = {name: counts for name, counts in table.items() if any(c["right"] < 0.85 * c.total() for c in counts)}
    assert not weak


def test_the_documented_table_names_every_function_of_the_reference(table: dict[str, list[Counter[str]]]) -> None:
    written = DOCUMENT.read_text(encoding="utf-8")
    missing = [line for line in lines(table) if line.split(" | ")[0] not in written]
    assert not missing


def test_a_verdict_counts_units_in_the_last_place() -> None:
    one = math.ulp(1.0)
    assert verdict(1.0 + 4 * one, "1") == "right"
    assert verdict(1.0 + 5 * one, "1") == "fair"
    assert verdict(1.0 + 1e-5, "1") == verdict(math.nan, "1") == verdict(math.inf, "1") == verdict(1.0, "inf") == "doubtful"
    assert verdict(math.inf, "inf") == verdict(0.0, "0") == verdict(5e-324, "0") == "right"
