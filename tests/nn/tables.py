"""Small tables, and what is read of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nn.tabular.table import Table, read_table

PLAIN = "size,colour,price\n1,red,10\n2,blue,20\n3,red,30\n4,blue,40\n6,red,50.5\n"


def written(tmp_path: Path, text: str | bytes, name: str = "t.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(tmp_path: Path, content: str | bytes, target: str = "price", **more: Any) -> Table:
    return read_table(written(tmp_path, content), target, **more)


def rows(table: Table) -> list[list[float]]:
    found: list[list[float]] = table.values.tolist()
    return found


def notes(table: Table) -> str:
    return "\n".join(table.notes)
