"""The defaults of `python -m nn --data` serve tables of every kind: bent or flat, noisy or not."""

from __future__ import annotations

import warnings

import pytest

pytest.importorskip("pandas")
pytest.importorskip("sklearn")

from tests.nn.compare_tables import scores
from tests.nn.formula_tables import FORMULAS

TABLES = {formula.__name__: formula for formula in FORMULAS}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "n", "least"),
    [("waves", 2000, 0.999), ("letters", 10_000, 0.9), ("spirals", 1500, 0.95)],
)
def test_what_can_be_learned_is_learned(table: str, n: int, least: float) -> None:
    _, found = scores(table, TABLES[table](n), range(1), peers=False)
    assert found[0, 0] >= least


@pytest.mark.slow
@pytest.mark.parametrize("table", ["plane", "sides"])
def test_where_a_plane_is_right_little_is_lost_to_a_linear_model(table: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, found = scores(table, TABLES[table](400), range(2))
    ours, _, linear = found.mean(axis=0)
    spread = (found[:, 0] - found[:, 2]).std(ddof=1) / 2.0**0.5
    assert ours >= linear - 2.0 * spread - 0.02
