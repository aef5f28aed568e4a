"""A table that is learned in no time."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

import pytest

from nn import Module


@pytest.fixture(scope="session")
def learned_digits() -> tuple[Module, list[list[float]]]:
    """A network that has learned the handwritten digits for a moment, and others to try."""
    pytest.importorskip("numpy")
    pytest.importorskip("sklearn")
    from .exported import trained_digits

    return trained_digits()


@pytest.fixture(scope="session")
def learned_tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Any, Any]]:
    """For each target the model of a table, new rows, and what it gives for them."""
    pytest.importorskip("pandas")
    from .exported import table_rows, trained_table

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "matplotlib", None)
        paths = {
            target: trained_table(tmp_path_factory.mktemp(target), target)
            for target in ("kind", "price")
        }
    return {target: (path, *table_rows(path)) for target, path in paths.items()}


@pytest.fixture
def fruits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sixty fruits: apples are red or green and heavy, cherries are red and light."""
    pytest.importorskip("pandas")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "matplotlib", None)  # plots take longer than everything else
    with Path("fruits.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["weight in g", "colour", "fruit"])
        for i in range(30):
            writer.writerow([150 + 3 * i, "red" if i % 2 else "green", "apple"])
            writer.writerow([8 + 0.1 * i, "red", "cherry"])
    return tmp_path
