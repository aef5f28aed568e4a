"""Cells that may be other numbers than those read, and texts that look like numbers: each is named,
and the advice works.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("pandas")

from nn.tabular.dialect import Dialect, TableError
from tests.nn.tables import notes, read, rows


@pytest.mark.parametrize(
    ("delimiter", "cells", "value", "note"),
    [
        (";", "3.998 950 9.809", 3.998, "'3.998' is read as 3.998, the point as decimal sign; if "
         "the point separates thousands, give --decimal ,"),
        (";", "3,998 950 9,809", 3.998, "'3,998' is read as 3.998, the comma as decimal sign; if "
         "the comma separates thousands, give --decimal ."),
        ("\t", "3,998 950 9,809", 3998.0, "'3,998' is read as 3998, the comma between thousands; "
         "if the comma separates decimals, give --decimal ,"),
        (";", "3.998 950 9.81", 3.998, ""),
        (";", "3.998 950 9,81", 3998.0, ""),
        (",", "3.998 950 9.809", 3.998, ""),
    ],
)  # fmt: skip
def test_a_number_that_may_be_another_is_named(
    delimiter: str, cells: str, value: float, note: str, tmp_path: Path
) -> None:
    lines = [f"{cell}{delimiter}{'ab'[k % 2]}" for k, cell in enumerate(cells.split() * 4)]
    text = "\n".join([f"umsatz{delimiter}y", *lines])
    table = read(tmp_path, text, "y")
    assert rows(table)[:2] == [[value], [950.0]]
    shown = [line for line in table.notes if "decimal" in line]
    assert shown == [f"no cell shows the decimal sign: {note}"] * bool(note)
    if note:
        table = read(tmp_path, text, "y", dialect=Dialect(decimal=note[-1]))
        assert rows(table)[0] == [3998.0 if value < 4 else 3.998], "the advice works"
        assert not any("decimal" in line for line in table.notes)


@pytest.mark.parametrize(
    ("cells", "how"),
    [
        (["70.6 kg", "81 kg", "64.25 kg"], "remove 'kg' from the cells to read '70.6 kg'"),
        (["70,6kg", "81kg", "1.064,25kg"], "remove 'kg' from the cells to read '70,6kg'"),
        (["CHF 5", "CHF 7.50", "CHF 1'000"], "remove 'CHF' from the cells to read 'CHF 5'"),
        (["-5 °C", "7 °C", "12 °C"], "remove '°C' from the cells to read '-5 °C'"),
        (["1,5", "2,25", "3,75"], "give --decimal , to read '1,5'"),
        (["12a", "13b", "14c"], ""),
        (["70 kg", "81 lb", "64 kg"], ""),
        (["3 to 4", "5 to 6", "7 to 8"], ""),
        (["red", "blue", "green"], ""),
    ],
)
def test_texts_that_look_like_numbers_are_named(cells: list[str], how: str, tmp_path: Path) -> None:
    lines = [f"{cells[k % 3]};{k}.5;{'ab'[k % 2]}" for k in range(30)]
    text = "\n".join(["w;x;y", *lines])
    table = read(tmp_path, text, "y")
    [column, _] = table.columns
    assert column.texts == sorted(cells)
    found = [note for note in table.notes if note.startswith("'w'")]
    assert found == [f"'w' is text; {how} as a number"] * bool(how)
    assert not [n for n in read(tmp_path, text, "y", text=["w"]).notes if n.startswith("'w'")]
    message = f"; {how} as a number" if how else "; remove --task numbers"
    with pytest.raises(TableError, match=re.escape(message)):
        read(tmp_path, text, "w", task="numbers")


def test_a_column_of_units_that_is_left_out_or_has_too_many_classes_is_named_too(
    tmp_path: Path,
) -> None:
    lines = [f"{k}.{k % 7} kg;{k}.5;{'ab'[k % 2]}" for k in range(120)]
    text = "\n".join(["w;x;y", *lines])
    assert "'w' is text; remove 'kg' from the cells to read '0.0 kg' as a number" in notes(
        read(tmp_path, text, "y")
    )
    with pytest.raises(TableError, match="choose another target, or remove 'kg' from the cells"):
        read(tmp_path, text, "w")
    for cell in (" kg", ""):
        text = text.replace(cell, "")
    assert rows(read(tmp_path, text, "y"))[8] == [8.1, 8.5], "the advice works"


def test_prices_with_a_sign_and_a_decimal_comma_are_numbers(tmp_path: Path) -> None:
    lines = [f"{k},69 €;€3.587,{k};{'ab'[k % 2]}" for k in range(10, 30)]
    table = read(tmp_path, "\n".join(["preis;summe;y", *lines]), "y")
    assert rows(table)[0] == [10.69, 3587.1]
