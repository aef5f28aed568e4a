"""Tables as people have them are read, every assumption is stated, and all that is wrong in one is
said at once.
"""

from __future__ import annotations

import datetime
from math import nan
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pandas = pytest.importorskip("pandas")

from nn.tabular.cells import days  # noqa: E402
from nn.tabular.columns import Column, mean_and_scale  # noqa: E402
from nn.tabular.dialect import Dialect, TableError  # noqa: E402
from nn.tabular.table import Encoding  # noqa: E402
from tests.nn.tables import PLAIN, notes, read, rows  # noqa: E402


def test_numbers_stay_numbers_and_texts_become_one_hot(tmp_path: Path) -> None:
    table = read(tmp_path, PLAIN)
    assert [(c.name, c.texts) for c in table.columns] == [
        ("size", None),
        ("colour", ["blue", "red"]),
    ]
    assert rows(table) == [[1.0, 1.0], [2.0, 0.0], [3.0, 1.0], [4.0, 0.0], [6.0, 1.0]]
    assert table.encoding.inputs(table.values[:2]).tolist() == [[1.0, 0.0, 1.0], [2.0, 1.0, 0.0]]
    assert table.targets.tolist() == [10.0, 20.0, 30.0, 40.0, 50.5]
    assert table.notes == []


def test_accents_in_two_characters_are_those_in_one(tmp_path: Path) -> None:
    text = PLAIN.replace("colour", "coule\u0301e").replace("blue", "ble\u0301", 1)
    table = read(tmp_path, text.replace("blue", "bl\u00e9"), text=["coul\u00e9e"])
    assert (table.columns[1].name, table.columns[1].texts) == ("coul\u00e9e", ["bl\u00e9", "red"])


EVERYDAY = {
    "thousands": (['"1,234"', '"12,345,678"', "7"], [1234.0, 12345678.0, 7.0]),
    "groups": (["1 234", "12 345", "7"], [1234.0, 12345.0, 7.0]),
    "percent": (["43%", "5.5 %", "100%"], [0.43, 0.055, 1.0]),
    "money": (["$2.39", '"-$1,000"', "$ 3"], [2.39, -1000.0, 3.0]),
    "euro": (["€ 5", "6.50 €", "€7"], [5.0, 6.5, 7.0]),
    "minus": (["\u22123", "\u22120.5", "4"], [-3.0, -0.5, 4.0]),
    "brackets": (["(5)", '"(1,234.5)"', "6"], [-5.0, -1234.5, 6.0]),
    "powers": (["1e3", "2.5E-3", "+4"], [1000.0, 0.0025, 4.0]),
}


@pytest.mark.parametrize("case", EVERYDAY)
def test_numbers_in_everyday_spelling_are_numbers(case: str, tmp_path: Path) -> None:
    cells, expected = EVERYDAY[case]
    text = "x,y\n" + "".join(f"{cell},{k % 2}\n" for k, cell in enumerate(cells * 3))
    table = read(tmp_path, text, "y")
    assert table.columns == [Column("x")]
    assert table.values[:, 0].tolist() == expected * 3
    if case != "powers":
        assert "is read as" in notes(table)


WORDS = ["", "NA", "N/A", "?", "-", "null", "NULL", "#N/A", "unknown", "Unknown", "nan", " na "]


@pytest.mark.parametrize("word", WORDS)
def test_missing_values_are_filled_dropped_or_refused(word: str, tmp_path: Path) -> None:
    text = PLAIN.replace("3,red", f"{word},red").replace("4,blue", f"4,{word}")
    table = read(tmp_path, text.replace("\n6,red,50.5", f"\n5,red,{word}\n6,red,50.5"))
    assert [(c.name, c.texts, c.unknown) for c in table.columns] == [
        ("size", None, True),
        ("colour", ["blue", "red"], True),
    ]
    table.encoding.fit(table.values, table.targets)
    assert table.columns[0].mean == pytest.approx(3.25), "of the cells that are there"
    inputs = table.encoding.inputs(table.values)
    assert inputs[2].tolist() == [0.0, 1.0, 0.0, 1.0, 0.0], "the mean, and told"
    assert inputs[3, 2:].tolist() == [0.0, 0.0, 1.0], "a category of its own"
    assert table.targets.tolist() == [10.0, 20.0, 30.0, 40.0, 50.5]
    assert notes(table).startswith("missing values: 'size' 1, 'colour' 1; filled")
    assert "1 row without 'price' left out" in notes(table)

    more = text + "7,blue,60\n9,red,70\n"
    dropped = read(tmp_path, more, missing="drop")
    assert dropped.targets.tolist() == [10.0, 20.0, 50.5, 60.0, 70.0]
    assert not any(column.unknown for column in dropped.columns)
    assert "2 of 7 rows left out" in notes(dropped)

    with pytest.raises(TableError) as caught:
        read(tmp_path, more.replace("70", word), missing="error")
    problems = caught.value.problems
    assert len(problems) == 3
    assert "'size' is missing in 1 row, the first in line 4" in problems[0]
    assert "'colour' is missing in 1 row, the first in line 5" in problems[1]
    assert "the target 'price' is missing in 1 row, the first in line 8" in problems[2]


DATES = {
    "iso": ("2020-01-31", "2020-12-01", "ISO8601", 18292.0),
    "month first": ("01/31/2020", "12/01/2020", "%m/%d/%Y", 18292.0),
    "day first": ("01/02/2020", "31/12/2020", "%d/%m/%Y", 18293.0),
    "points": ("31.1.2020", "1.12.2020", "%d.%m.%Y", 18292.0),
    "words": ("31 Jan 2020", "1 Dec 2020", "%d %b %Y", 18292.0),
    "short year": ("1/31/20", "12/1/20", "%m/%d/%y", 18292.0),
    "months": ("January-2020", "June-2020", "%B-%Y", 18262.0),
    "times": ("2020-01-31 12:00", "2020-12-01 06:00:30", "ISO8601", 18292.5),
}


@pytest.mark.parametrize("case", DATES)
def test_dates_become_days_and_parts(case: str, tmp_path: Path) -> None:
    first, second, form, day = DATES[case]
    text = "when,y\n" + f"{first},1\n{second},2\n" * 4
    table = read(tmp_path, text, "y")
    [column] = table.columns
    assert (column.date, table.values[0, 0]) == (form, day)
    assert ("day" in column.cycles) == (case == "times")
    assert "'when': dates as" in notes(table)
    assert first in notes(table)
    table.encoding.fit(table.values, table.targets)
    inputs = table.encoding.inputs(table.values)
    assert inputs.shape == (8, 1 + 2 * len(column.cycles))
    assert inputs[0, 0] == pytest.approx(-1.0)
    assert inputs[0, 1] ** 2 + inputs[0, 2] ** 2 == pytest.approx(1.0)


@pytest.mark.parametrize("date", ["9999-12-31", "1500-06-01", "0001-01-01"])
def test_a_date_far_from_today_is_a_number_of_days(date: str) -> None:
    found = days([date, "1970-01-02"], "%Y-%m-%d").tolist()
    assert found == [(datetime.date.fromisoformat(date) - datetime.date(1970, 1, 1)).days, 1.0]


def test_times_of_the_day_are_dates_too(tmp_path: Path) -> None:
    table = read(tmp_path, "at,y\n" + "9:30,1\n15:45,2\n" * 4, "y")
    assert table.columns[0].cycles == ["day"]
    assert table.values[1, 0] - table.values[0, 0] == pytest.approx(6.25 / 24.0)


def test_ids_and_what_teaches_nothing_are_left_out_with_a_note(tmp_path: Path) -> None:
    text = "nr,key,name,same,none,x,y\n" + "".join(
        f"{i + 1},{(7 * i + 3) % 41},name {i},5,,{i % 3},{i % 2}\n" for i in range(40)
    )
    table = read(tmp_path, text, "y")
    assert [c.name for c in table.columns] == ["x"]
    for reason in (
        "'nr' (it counts the rows)",
        "'key' (it is an id)",
        "'name' (40 different texts, which hardly repeat)",
        "'same' (it is always 5)",
        "'none' (it is empty)",
    ):
        assert reason in notes(table)
    kept = read(tmp_path, text, "y", keep=["nr"])
    assert [c.name for c in kept.columns] == ["nr", "x"], "the advice works"
    alone = read(tmp_path, "x,y\n" + "".join(f"{i},{i}.5\n" for i in range(9)), "y")
    assert [c.name for c in alone.columns] == ["x"], "better than nothing"
    always = read(tmp_path, "x,c,y\n" + "1,different,1\n2,different,0\n" * 3, "y")
    assert notes(always) == "left out: 'c' (it is always 'different')", "nothing to keep"


def test_of_very_many_texts_the_frequent_ones_stay(tmp_path: Path) -> None:
    cells = [f"c{i}" for i in range(150)] * 2 + ["often"] * 20
    text = "c,y\n" + "".join(f"{cell},{i % 2}\n" for i, cell in enumerate(cells))
    [column] = read(tmp_path, text, "y").columns
    assert len(column.texts or []) == 100
    assert "often" in (column.texts or [])
    assert (column.width, column.unknown) == (101, True)


def test_spellings_that_differ_in_case_are_one_and_told(tmp_path: Path) -> None:
    text = "x,y\n" + "".join(f"{i % 4},{c}\n" for i, c in enumerate("yes Yes YES no yes".split()))
    table = read(tmp_path, text, "y")
    assert table.target.texts == ["no", "yes"]
    assert table.targets.tolist() == [1, 1, 1, 0, 1]
    assert "'y': yes/Yes/YES are the same text, 'yes'" in notes(table)
    letters = read(tmp_path, "x,y\n" + "1,a\n2,A\n" * 3, "y")
    assert letters.target.texts == ["A", "a"], "letters may be what is to be told apart"


def test_none_is_a_class_among_texts_and_missing_among_numbers(tmp_path: Path) -> None:
    table = read(tmp_path, "x,y\n" + "1,None\n2,Apnea\nNone,None\n" * 3, "y")
    assert table.target.texts == ["Apnea", "None"]
    assert table.columns == [Column("x", unknown=True)]
    assert table.values[2:3].tolist() == [[pytest.approx(float("nan"), nan_ok=True)]]


def test_another_table_is_encoded_like_the_first(tmp_path: Path) -> None:
    first = "when,code,y\n" + "2020-01-31,1,x\n2020-12-01,2,X y\n" * 4
    table = read(tmp_path, first, "y", text=["code"])
    when, code, y = *table.columns, table.target
    cells = pandas.Series(["2020-01-31", "no date", None])
    assert when.read(cells, ".").tolist() == pytest.approx([18292.0, nan, nan], nan_ok=True)
    assert when.read(pandas.to_datetime(pandas.Series(["2020-01-31"])), ".").tolist() == [18292.0]
    cells = pandas.Series(["2", "1.0", "2,0", "3", None])
    assert code.read(cells, ",").tolist() == pytest.approx([1, nan, 1, nan, nan], nan_ok=True)
    assert code.read(pandas.Series([2.0, 1.0]), ".").tolist() == [1.0, 0.0]
    assert y.read(pandas.Series(["x y", "X"]), ".").tolist() == [0.0, 1.0]


def test_two_columns_of_one_name_are_told_apart(tmp_path: Path) -> None:
    table = read(tmp_path, PLAIN.replace("colour", "size"), text=["size (2)"])
    assert [c.name for c in table.columns] == ["size", "size (2)"]
    assert "two columns are called 'size'; the second is now 'size (2)'" in notes(table)


@pytest.mark.parametrize(
    ("cells", "task", "classes"),
    [
        (["a", "b", "a", "b", "a"], None, ["a", "b"]),
        (["10", "9", "10", "9", "10"], None, ["9", "10"]),
        (["True", "false", "True", "True", "false"], None, ["True", "false"]),
        (["1.5", "2", "2", "2", "1.5"], None, None),
        ([str(i) for i in range(21)], None, None),
        ([str(i // 2) for i in range(40)], None, [str(i) for i in range(20)]),
        ([str(i // 2) for i in range(39)], None, None),
        ([str(100 + 17 * i) for i in range(18)], None, None),
        ([str(i) for i in range(21)], "classes", [str(i) for i in range(21)]),
        (["0", "1", "0", "1", "1"], "numbers", None),
    ],
)
def test_the_target_is_classes_or_numbers_by_a_rule_that_can_be_overridden(
    cells: list[str], task: str | None, classes: list[str] | None, tmp_path: Path
) -> None:
    text = "x,y\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(cells))
    table = read(tmp_path, text, "y", task=task)
    assert table.target.texts == classes
    assert table.targets.tolist() == [
        float(cell) if classes is None else classes.index(cell) for cell in cells
    ]


def test_one_number_written_in_two_ways_is_one_class_unless_it_is_a_code(tmp_path: Path) -> None:
    cells = ["1,0", "1", "2", " 2 ", "2,00"]
    text = "x;y\n" + "".join(f"{i};{cell}\n" for i, cell in enumerate(cells))
    table = read(tmp_path, text, "y", dialect=Dialect(decimal=","))
    assert (table.target.texts, table.targets.tolist()) == (["1", "2"], [0, 0, 1, 1, 1])
    codes = read(tmp_path, text, "y", text=["y"])
    assert codes.target.texts == ["1", "1,0", "2", "2,00"]
    assert codes.targets.tolist() == [1, 0, 2, 2, 3]


@pytest.mark.parametrize("odd", ["4O", "1e400", "inf"])
def test_a_slip_in_a_column_of_numbers_is_missing_and_told(odd: str, tmp_path: Path) -> None:
    text = "x,shade,y\n" + "".join(
        f"{odd if i == 6 else i % 9},{'red' if i % 2 else 7},{i}.5\n" for i in range(50)
    )
    table = read(tmp_path, text, "y")
    assert [(c.name, c.texts, c.unknown) for c in table.columns] == [
        ("x", None, True),
        ("shade", ["7", "red"], False),
    ]
    assert "missing values: 'x' 1" in notes(table)
    if odd == "4O":
        assert "'x': '4O' is not a number, and counts as missing (line 8)" in notes(table)
    assert read(tmp_path, text, "y", text=["x"]).columns[0].texts is not None


def test_columns_can_be_left_out_and_numbers_be_taken_as_texts(tmp_path: Path) -> None:
    table = read(tmp_path, PLAIN, ignore=["colour"], text=["size"])
    assert [(c.name, c.texts) for c in table.columns] == [("size", ["1", "2", "3", "4", "6"])]


def test_standardising_uses_the_training_samples_alone() -> None:
    numpy = pytest.importorskip("numpy")
    encoding = Encoding([Column("x"), Column("t", ["a", "b"])], Column("y"))
    encoding.fit(numpy.array([[1.0, 0.0], [3.0, 1.0]]), numpy.array([0.0, 4.0]))
    values = numpy.array([[1.0, 0.0], [3.0, 1.0], [100.0, 1.0]])
    assert encoding.inputs(values).tolist() == [
        [-1.0, 1.0, 0.0],
        [1.0, 0.0, 1.0],
        [98.0, 0.0, 1.0],
    ]
    assert encoding.targets(numpy.array([0.0, 4.0, 10.0])).tolist() == [-1.0, 1.0, 4.0]


@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=20))
def test_mean_and_scale_never_overflow(numbers: list[float]) -> None:
    numpy = pytest.importorskip("numpy")
    mean, scale = mean_and_scale(numpy.array(numbers))
    assert min(numbers) - abs(mean) * 1e-12 <= mean <= max(numbers) + abs(mean) * 1e-12
    assert 0.0 < scale < float("inf")


WRONG: dict[str, tuple[str | bytes, dict[str, Any], str]] = {
    "empty": ("", {}, r"t\.csv: the file is empty"),
    "only a header": ("size,price\n", {}, "at least 5 samples.*; it has 0"),
    "few rows": ("size,price\n1,2\n", {}, "at least 5 samples.*; it has 1"),
    "binary": (b"PK\n\x00\x01,2\n\x00", {}, r"t\.csv: line 2: this is a binary file"),
    "another encoding": (
        PLAIN.replace("blue", "gr\u00fcn").encode("cp1252"),
        {"dialect": Dialect(encoding="utf-8")},
        "line 3: this is not utf-8 text; give its encoding, for instance --encoding cp1252",
    ),
    "no such column": (
        PLAIN,
        {"target": "prize"},
        "there is no column 'prize'; did you mean 'price'",
    ),
    "no such column at all": (PLAIN, {"target": "weight"}, "the columns are size, colour, price"),
    "several at once": (
        PLAIN,
        {"ignore": ["color"], "text": ["sze"], "target": "prize"},
        "(?s)3 problems\n.*'prize'.*\n.*'color'; did you mean 'colour'.*\n.*'sze'",
    ),
    "names and rows": (
        PLAIN.replace("3,red,30", "3,red,30,7"),
        {"ignore": ["color"]},
        "(?s)2 problems\n.*no column 'color'.*\n.*1 row too long: line 4 has 4",
    ),
    "names and values": (
        PLAIN.replace("red", "blue"),
        {"ignore": ["sise"], "target": "colour"},
        "(?s)2 problems\n.*no column 'sise'.*\n.*'colour' is 'blue' in all samples",
    ),
    "too long": (
        PLAIN.replace("3,red,30", "3,red,30,7").replace("4,blue,40", "4,blue,40,5,6"),
        {},
        "2 rows too long: line 4 has 4, line 5 has 5 cells, the table 3 columns",
    ),
    "the first too long": (
        PLAIN.replace("1,red,10", "1,red,10,7"),
        {},
        "1 row too long: line 2 has 4 cells, the table 3 columns",
    ),
    "an open quote": (
        PLAIN + '7,"red",60\n8,"red,70\n9,blue\n',
        {},
        "after line 7 a quote opens that is not closed; close or remove it",
    ),
    "a short header": (
        "size,price\n" + "1,2,3,4\n5,6,7,8\n" * 5,
        {},
        "line 1 names 2 columns, but the rows have 4 cells; name all of them, or give --no-header",
    ),
    "text as number": (
        PLAIN,
        {"target": "colour", "task": "numbers"},
        "the target 'colour' must be a number, got 'red' in line 2",
    ),
    "one class": (
        PLAIN.replace("blue", "red"),
        {"target": "colour"},
        "the target 'colour' is 'red' in all samples: nothing to learn",
    ),
    "one number": (
        "a,b\n" + "1,2.5\n2,2.5\n" * 6,
        {"target": "b"},
        "the target 'b' is '2.5' in all samples: nothing to learn",
    ),
    "two problems of different kinds": (
        "a,b\n" + "1,2.5\n" * 6,
        {"target": "b"},
        "(?s)2 problems\n  - apart from the target 'b', no column.*\n  - the target 'b' is '2.5' in all",
    ),
    "only the target": (
        "price\n1\n2\n3\n4\n5\n",
        {},
        "the target 'price' is the only column; give the right --delimiter",
    ),
    "too many classes": (
        "n,y\n" + "".join(f"{i % 7},name {i}\n" for i in range(150)),
        {"target": "y"},
        "the target 'y' has 150 different classes, more than 100",
    ),
    "dates as classes": (
        "n,y\n" + "".join(f"{i % 7},{1900 + i}-01-01\n" for i in range(150)),
        {"target": "y"},
        "150 different classes.* or turn it into days since some date, and predict those",
    ),
    "nothing left": (
        PLAIN.replace(",red", ","),
        {"missing": "drop"},
        "a table needs at least 5 samples.*; it has 2",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_all_that_is_wrong_is_said_with_its_place(case: str, tmp_path: Path) -> None:
    text, options, message = WRONG[case]
    with pytest.raises(TableError, match=message):
        read(tmp_path, text, **{"target": "price", **options})
