"""Tables as people have them are read, and what is wrong in one is said with file, line and
column.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn.data.samples import Rows
from nn.tabular.csvfile import Dialect, TableError, detect
from nn.tabular.table import Table, mean_and_scale, read_table

PLAIN = "size,colour,price\n1,red,10\n2,blue,20\n3,red,30\n4,blue,40\n5,red,50.5\n"


def written(tmp_path: Path, text: str | bytes, name: str = "t.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(tmp_path: Path, content: str | bytes, target: str = "price", **more: Any) -> Table:
    return read_table(written(tmp_path, content), target, **more)


def test_numbers_stay_numbers_and_texts_become_one_hot(tmp_path: Path) -> None:
    table = read(tmp_path, PLAIN)
    assert [(c.name, c.texts) for c in table.columns] == [
        ("size", None),
        ("colour", ["blue", "red"]),
    ]
    assert table.inputs[0] == [1.0, 0.0, 1.0]
    assert table.inputs[-1] == [5.0, 0.0, 1.0]
    assert table.targets == [10.0, 20.0, 30.0, 40.0, 50.5]


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.replace(",", ";"),
        lambda t: t.replace(",", "\t"),
        lambda t: t.replace(",", " | "),
        lambda t: t.replace("\n", "\r\n"),
        lambda t: t.replace("\n", "\n\n"),
        lambda t: "\ufeff" + t,
        lambda t: t.encode("utf-16"),
        lambda t: t.replace(",", ";").replace(".", ","),
        lambda t: "\n".join(
            ",".join(f'"{cell}"' for cell in line.split(",")) for line in t.splitlines()
        ),
        lambda t: t.rstrip("\n"),
        lambda t: t.replace(",red", ", red "),
    ],
    ids=[
        "semicolon",
        "tab",
        "bar",
        "crlf",
        "blank_lines",
        "bom",
        "utf-16",
        "decimal_comma",
        "quotes",
        "no_last_newline",
        "spaces",
    ],
)
def test_however_it_is_written_the_table_is_the_same(change: Any, tmp_path: Path) -> None:
    plain, other = read(tmp_path, PLAIN), read(tmp_path, change(PLAIN))
    assert (other.columns, other.target, other.targets) == (
        plain.columns,
        plain.target,
        plain.targets,
    )
    assert list(other.inputs) == list(plain.inputs)


def test_delimiters_and_new_lines_within_quotes_belong_to_the_cell(tmp_path: Path) -> None:
    rows = 'a,b\n"x, ""y""\nz",1\nw,2\nw,1\nw,2\nw,1\n'
    assert read(tmp_path, rows, "b").columns[0].texts == ["w", 'x, "y"\nz']
    with pytest.raises(TableError, match=r"line 4, column 'b': the value is missing"):
        read(tmp_path, rows.replace("w,2\n", "w,\n", 1), "b")


def test_without_a_header_columns_are_named_by_their_number(tmp_path: Path) -> None:
    table = read(tmp_path, "1,2,3\n4,5,7\n4,6,9\n1,2,0.5\n8,8,8\n", "3")
    assert [c.name for c in table.columns] == ["1", "2"]
    assert len(table.inputs) == 5
    assert table.dialect.header is False
    named = read(
        tmp_path, "1,2,3\n4,5,7\n4,6,9\n1,2,0.5\n8,8,8\n3,3,3\n", "3", dialect=Dialect(header=True)
    )
    assert len(named.inputs) == 5, "the rule can be overridden"


@pytest.mark.parametrize(
    ("cells", "decimal"),
    [("1,5;2,25", ","), ("1.5;2.25", "."), ("1,234;2,345", "."), ("1,5;2.5", "."), ("x;y", ".")],
)
def test_a_decimal_comma_is_told_from_thousands_and_from_points(
    cells: str, decimal: str, tmp_path: Path
) -> None:
    assert detect(written(tmp_path, f"a;b\n{cells}\n")).decimal == decimal
    assert detect(written(tmp_path, f"a;b\n{cells}\n"), Dialect(decimal=",")).decimal == ","


@pytest.mark.parametrize(
    ("cells", "task", "classes"),
    [
        (["a", "b", "a", "b", "a"], None, ["a", "b"]),
        (["10", "9", "10", "9", "10"], None, ["9", "10"]),
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
    expected = (
        [float(cell) for cell in cells]
        if classes is None
        else [classes.index(cell) for cell in cells]
    )
    assert table.targets == expected


def test_one_number_written_in_two_ways_is_one_class_unless_it_is_a_code(tmp_path: Path) -> None:
    text = "x;y\n" + "".join(
        f"{i};{cell}\n" for i, cell in enumerate(["1,0", "1", "2", " 2 ", "2,00"])
    )
    table = read(tmp_path, text, "y", dialect=Dialect(decimal=","))
    assert (table.target.texts, table.targets) == (["1", "2"], [0, 0, 1, 1, 1])
    codes = read(tmp_path, text, "y", text=["y"])
    assert (codes.target.texts, codes.targets) == (["1", "1,0", "2", "2,00"], [1, 0, 2, 2, 3])


@pytest.mark.parametrize("odd", ["4O", "1e400"])
def test_where_a_few_cells_make_a_column_of_numbers_text_the_first_is_named(
    odd: str, tmp_path: Path
) -> None:
    text = "x,shade,y\n" + "".join(
        f"{odd if i == 6 else i % 9},{'red' if i % 2 else 7},{i}.5\n" for i in range(50)
    )
    table = read(tmp_path, text, "y")
    assert table.notes == [
        f"'x' is read as text: line 8 has '{odd}', which is not a number, but 49 cells are"
    ]
    assert (
        read(tmp_path, text, "y", text=["x"]).notes
        == read(tmp_path, text, "y", ignore=["x"]).notes
        == []
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a named pipe")
def test_a_pipe_is_refused_because_it_cannot_be_read_twice(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(TableError, match=r"a pipe can be read only once.* save it to a file first"):
        read_table(tmp_path / "pipe", "y")


def test_columns_can_be_left_out_and_numbers_be_taken_as_texts(tmp_path: Path) -> None:
    table = read(tmp_path, PLAIN, ignore=["colour"], text=["size"])
    assert [(c.name, c.texts) for c in table.columns] == [("size", ["1", "2", "3", "4", "5"])]


def test_standardising_uses_the_training_samples_alone() -> None:
    table = Table([], None, Rows(1))  # type: ignore[arg-type]
    from nn.tabular.table import Column

    table.columns, table.target = [Column("x"), Column("t", ["a", "b"])], Column("y")
    train, test, targets, others = (
        Rows(3, [1, 0, 1, 3, 1, 0]),
        Rows(3, [100, 1, 0]),
        [0.0, 4.0],
        [10.0],
    )
    table.standardise(train, targets, (test, others))
    assert list(train) == [[-1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]
    assert list(test) == [[98.0, 1.0, 0.0]]
    assert (targets, others) == ([-1.0, 1.0], [4.0])
    assert (
        table.columns[0].mean,
        table.columns[0].scale,
        table.target.mean,
        table.target.scale,
    ) == (2.0, 1.0, 2.0, 2.0)


@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=20))
def test_mean_and_scale_never_overflow(numbers: list[float]) -> None:
    mean, scale = mean_and_scale(numbers)
    assert min(numbers) - abs(mean) * 1e-12 <= mean <= max(numbers) + abs(mean) * 1e-12
    assert 0.0 < scale < float("inf")


WRONG: dict[str, tuple[str | bytes, dict[str, Any], str]] = {
    "empty": ("", {}, r"t\.csv: the file is empty"),
    "only a header": ("size,price\n", {}, "at least 5 samples.*; it has 0"),
    "few rows": ("size,price\n1,2\n", {}, "at least 5 samples.*; it has 1"),
    "binary": (b"PK\n\x00\x01,2\n", {}, r"t\.csv, line 2: this is a binary file"),
    "unknown encoding": (
        PLAIN.replace("blue", "gr\u00fcn").encode("cp1252"),
        {},
        "line 3: this is no utf-8-sig text",
    ),
    "no such column": (
        PLAIN,
        {"target": "prize"},
        "line 1: there is no column 'prize'; did you mean 'price'",
    ),
    "no such column at all": (PLAIN, {"target": "weight"}, "the columns are size, colour, price"),
    "nothing like it to ignore": (
        PLAIN,
        {"ignore": ["color"]},
        "no column 'color'; did you mean 'colour'",
    ),
    "two names alike": (
        PLAIN.replace("colour", "size"),
        {},
        "line 1, column 'size': columns 1 and 2 have the same name",
    ),
    "a column without a name": (PLAIN.replace("colour", ""), {}, "line 1: column 2 has no name"),
    "too short": (
        PLAIN.replace("3,red,30", "3,red"),
        {},
        "line 4: the row is too short: .*; 'price' and the following",
    ),
    "too long": (
        PLAIN.replace("3,red,30", "3,red,30,7"),
        {},
        "line 4: the row is too long: it has 4 cells",
    ),
    "missing number": (
        PLAIN.replace("3,red", ",red"),
        {},
        "line 4, column 'size': .* missing .*the cell is ''",
    ),
    "missing as NA": (
        PLAIN.replace("3,red", "NA,red"),
        {},
        "line 4, column 'size': .* missing .*the cell is 'NA'",
    ),
    "missing text": (
        PLAIN.replace("3,red", "3,"),
        {},
        "line 4, column 'colour': the value is missing",
    ),
    "missing target": (
        PLAIN.replace("30", "?"),
        {},
        r"line 4, column 'price': .* missing .*the "
        r"cell is '\?'",
    ),
    "infinite": (
        PLAIN.replace("30", "inf"),
        {"task": "numbers"},
        "line 4, column 'price': .* must be a number, got 'inf'",
    ),
    "no number at all": (
        PLAIN.replace("red", "?").replace("blue", "NA"),
        {"target": "colour", "task": "numbers"},
        "is missing",
    ),
    "text as number": (
        PLAIN,
        {"target": "colour", "task": "numbers"},
        "line 2, .* a number, got 'red'",
    ),
    "one class": (
        PLAIN.replace("blue", "red"),
        {"target": "colour"},
        "column 'colour': all samples have the class 'red'",
    ),
    "one number": (
        "a,b\n" + "1,2.5\n" * 6,
        {"target": "b"},
        "column 'b': all targets are 2.5: there is nothing to learn",
    ),
    "an open quote": (
        PLAIN + '"6,red,60\n7,red,80\n',
        {},
        "line 7: a quote opens here and is never closed",
    ),
    "only the target": (
        "price\n1\n2\n3\n4\n5\n",
        {},
        "the target 'price' is the only column; give the right --delimiter",
    ),
    "names": (
        "n,y\n" + "".join(f"name{i},{i}.5\n" for i in range(150)),
        {"target": "y"},
        "more than 100 different texts",
    ),
    "a slip": (
        "n,y\n" + "".join(f"{'12O' if i == 9 else i},{i}.5\n" for i in range(150)),
        {"target": "y"},
        "line 11, column 'n': '12O' is not a number, and there are more than 100 different texts",
    ),
    "too many classes": (
        "n,y\n" + "".join(f"{i},{i}\n" for i in range(150)),
        {"target": "y", "task": "classes"},
        "--task num",
    ),
    "a huge cell": (
        "n,y\n" + "1" * 200_000 + ",2\n",
        {"target": "y"},
        "line 2: field larger than field limit",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_with_its_place(case: str, tmp_path: Path) -> None:
    text, options, message = WRONG[case]
    with pytest.raises(TableError, match=message):
        read(tmp_path, text, **{"target": "price", **options})


def test_rows_are_a_sequence_of_lists() -> None:
    rows = Rows(2, [1, 2, 3, 4])
    rows.append([5, 6])
    assert (len(rows), rows[-1], rows[1:]) == (3, [5.0, 6.0], [[3.0, 4.0], [5.0, 6.0]])
    with pytest.raises(IndexError, match="there are 3 rows, and no row 3"):
        rows[3]
    assert rows.numbers.itemsize == 8
