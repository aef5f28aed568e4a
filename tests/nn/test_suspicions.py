"""Notes on what would make a table look better learned than it is, and none where nothing does."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

pytest.importorskip("pandas")

from nn.tabular.suspicions import suspicions
from nn.tabular.table import read_table


def found(tmp_path: Path, rows: list[list[object]], names: str = "a,b,y", **more: str) -> list[str]:
    path = tmp_path / "table.csv"
    lines = [names, *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return [*suspicions(read_table(path, "y", **more))]


def noisy(n: int = 200, seed: int = 0) -> list[list[object]]:
    """Two columns from which the target follows most of the time."""
    random = Random(seed)
    rows: list[list[object]] = []
    for _ in range(n):
        a, b = random.gauss(0.0, 1.0), random.choice(["red", "blue", "green"])
        y = "yes" if a + (b == "red") + random.gauss(0.0, 0.5) > 0.0 else "no"
        rows.append([f"{a:.4f}", b, y])
    return rows


def test_a_table_without_leaks_has_no_notes(tmp_path: Path) -> None:
    assert found(tmp_path, noisy()) == []
    random = Random(1)
    numbers = [[a, random.gauss(0.0, 1.0), 3.0 * a + random.gauss(0.0, 0.5)]
               for a in (random.gauss(0.0, 1.0) for _ in range(200))]  # fmt: skip
    assert found(tmp_path, list(map(list, numbers))) == []


def test_a_text_that_spells_the_class_is_named(tmp_path: Path) -> None:
    rows = [[a, {"yes": "J", "no": "N"}[str(y)], y] for a, _, y in noisy()]
    [note] = found(tmp_path, rows)
    assert "'b' alone gives the target: if it is only known" in note
    assert "--ignore" in note


def test_a_number_that_the_class_was_made_of_is_named_and_a_rare_exception_does_not_hide_it(
    tmp_path: Path,
) -> None:
    random = Random(2)
    rows = [[random.gauss(0.0, 1.0), random.gauss(0.0, 1.0)] for _ in range(1000)]
    leak: list[list[object]] = [[a, b, "high" if b > 0.3 else "low"] for a, b in rows]
    leak[7][2] = "low" if leak[7][2] == "high" else "high"
    [note] = found(tmp_path, leak)
    assert note.startswith("'b' alone gives the target")


def test_the_target_in_another_unit_is_named(tmp_path: Path) -> None:
    random = Random(3)
    rows: list[list[object]] = [
        [random.gauss(0.0, 1.0), 32.0 + 1.8 * y, y]
        for y in (random.uniform(-20.0, 40.0) for _ in range(300))
    ]
    [note] = found(tmp_path, rows)
    assert note.startswith("'b' alone gives the target")


def test_a_number_of_the_row_in_a_sorted_table_is_named_as_such(tmp_path: Path) -> None:
    rows = sorted(noisy(), key=lambda row: str(row[2]))
    random, n = Random(4), 0
    for row in rows:
        n += random.randrange(1, 5)
        row[1] = n
    [note] = found(tmp_path, rows)
    assert "'b' alone gives the target, because it rises from row to row" in note


@pytest.mark.parametrize("dated", [True, False])
def test_an_order_in_time_is_told(dated: bool, tmp_path: Path) -> None:
    random, level = Random(5), 0.0
    rows: list[list[object]] = []
    for k in range(200):
        level += random.gauss(0.0, 1.0)
        day = f"2024-{1 + k // 28:02}-{1 + k % 28:02}" if dated else random.gauss(0.0, 1.0)
        rows.append([day, random.gauss(0.0, 1.0), level])
    notes = found(tmp_path, rows)
    assert any("train on the earlier rows and evaluate on the later ones" in note for note in notes)
    assert any("'a' is a time" in note for note in notes) == dated


def test_one_column_or_few_rows_are_not_suspected(tmp_path: Path) -> None:
    assert found(tmp_path, [[k % 2, "yn"[k % 2]] for k in range(40)], "a,y") == []
    assert found(tmp_path, [[k % 2, k % 3, "yn"[k % 2]] for k in range(12)]) == []
