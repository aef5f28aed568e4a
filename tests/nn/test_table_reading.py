"""However a table is written, it is read as the same, and what was assumed of its format is said."""

from __future__ import annotations

import gzip
import io
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pandas = pytest.importorskip("pandas")

from nn import MLP  # noqa: E402
from nn.tabular.dialect import Dialect, TableError  # noqa: E402
from nn.tabular.libraries import numpy  # noqa: E402
from nn.tabular.reading import opened  # noqa: E402
from nn.tabular.table import read_table  # noqa: E402
from nn.tabular.tablemodel import TableModel, Unknowns  # noqa: E402
from tests.nn.tables import PLAIN, notes, read, rows, written  # noqa: E402


def quoted(text: str) -> str:
    return "\n".join(",".join(f'"{c}"' for c in line.split(",")) for line in text.splitlines())


def as_r_writes_it(text: str) -> str:
    head, *lines = text.replace("red", '"red"').replace("blue", '"blue"').splitlines()
    names = " ".join(f'"{name}"' for name in head.split(","))
    body = [f'"{k}" {line.replace(",", " ")}' for k, line in enumerate(lines, 1)]
    return "\n".join([names, *body])


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.replace(",", ";"),
        lambda t: t.replace(",", "\t"),
        lambda t: t.replace(",", " | "),
        lambda t: t.replace(",", "  "),
        lambda t: "\n".join(f"  {line} " for line in t.replace(",", " ").splitlines()),
        lambda t: t.replace("\n", "\r\n"),
        lambda t: t.replace("\n", "\r"),
        lambda t: t.replace("\n", "\n\n"),
        lambda t: "\ufeff" + t,
        lambda t: t.encode("utf-16"),
        lambda t: t.encode("utf-16-le"),
        lambda t: t.encode("utf-16-be"),
        lambda t: t.replace(",", ";").replace(".", ","),
        quoted,
        lambda t: t.rstrip("\n"),
        lambda t: t.replace(",red", ", red "),
        lambda t: t.replace("\n", ",\n"),
        lambda t: t.replace("\n", ",\n").replace("price,", "price"),
        lambda t: "sep=;\n" + t.replace(",", ";"),
        lambda t: "# a comment, with commas\n#\n" + t + "# the end\n",
        lambda t: "# size,colour,price\n" + t.partition("\n")[2],
        lambda t: "Fruit prices\n\n" + t,
        as_r_writes_it,
        lambda t: "\n".join(f"{k - 1 if k else ''},{s}" for k, s in enumerate(t.splitlines())),
    ],
    ids=[
        "semicolon", "tab", "bar", "spaces", "spaces at both ends", "crlf", "cr", "blank lines", "bom",
        "utf-16", "utf-16-le without a mark", "utf-16-be without a mark", "decimal comma", "quotes",
        "no last newline", "spaces around cells", "trailing delimiter", "trailing delimiter below",
        "sep=", "comments", "header in a comment", "title", "row names of R", "unnamed index",
    ],
)  # fmt: skip
def test_however_it_is_written_the_table_is_the_same(change: Any, tmp_path: Path) -> None:
    plain, other = read(tmp_path, PLAIN), read(tmp_path, change(PLAIN))
    assert (other.columns, other.target) == (plain.columns, plain.target)
    assert (rows(other), other.targets.tolist()) == (rows(plain), plain.targets.tolist())


@pytest.mark.parametrize("name", ["t.csv.gz", "t.parquet", "t.xlsx"])
def test_files_that_are_no_text_are_read_where_their_package_is_there(
    name: str, tmp_path: Path
) -> None:
    plain = read(tmp_path, PLAIN)
    frame = pandas.read_csv(io.StringIO(PLAIN))
    if name.endswith("gz"):
        written(tmp_path, gzip.compress(PLAIN.encode()), name)
    elif name.endswith("parquet"):
        pytest.importorskip("pyarrow")
        frame.to_parquet(tmp_path / name)
    else:
        pytest.importorskip("openpyxl")
        frame.to_excel(tmp_path / name, index=False)
    other = read_table(tmp_path / name, "price")
    assert (other.columns, rows(other)) == (plain.columns, rows(plain))
    bad = written(tmp_path, b"PK\0no table", "bad" + name.removeprefix("t.csv"))
    with pytest.raises((TableError, OSError), match="bad"):
        read_table(bad, "price")


def test_delimiters_and_new_lines_within_quotes_belong_to_the_cell(tmp_path: Path) -> None:
    text = 'a,b\n"x, ""y""\nz",1\nw,2\nw,1\nw,2\nw,1\n'
    assert read(tmp_path, text, "b").columns[0].texts == ["w", 'x, "y"\nz']
    with pytest.raises(TableError, match=r"'b' is missing in 1 row, the first in line 4"):
        read(tmp_path, text.replace("w,2\n", "w,\n", 1), "b", missing="error")


def test_stray_quotes_are_characters(tmp_path: Path) -> None:
    text = 'wood,y\n5" oak,1\n"7 ash,2\n5" oak,1\n"7 ash,2\n5" oak,1\n'
    table = read(tmp_path, text, "y")
    assert table.columns[0].texts == ['"7 ash', '5" oak']
    wheels = 'wood,y\nx,1\n"7 ash,2\nx,1\nx,2\nx,1\nx,2\n'
    table = read(tmp_path, wheels, "y", text=["wood"])
    assert len(table.targets) == 6
    assert "quotes do not enclose cells here" in notes(table)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("1,2,3\n4,5,7\n4,6,9\n1,2,0.5\n8,8,8\n", "1 2 3"),
        ("a,2019,2020\nx,5,7\nx,6,9\ny,2,0.5\ny,8,8\n", "a 2019 2020"),
        ("a,1940,1945,1950\nx,5,7,1\nx,6,9,2\ny,2,0.5,3\ny,8,8,4\n", "a 1940 1945 1950"),
        ("0,1,class\n5,7,x\n6,9,y\n2,0.5,x\n8,8,y\n", "0 1 class"),
        ("x,s,n\nb,s,w\nx,y,n\nb,s,n\nx,y,w\n", "1 2 3"),
        ("5.1,3.5,setosa\n4.9,3.0,setosa\n4,3,virginica\n3,2,virginica\n", "1 2 3"),
        ("x,y,z\nb,s,w\nx,y,n\nb,s,n\nx,y,w\n", "x y z"),
    ],
    ids=[
        "numbers",
        "years",
        "equal steps",
        "running numbers",
        "letters without",
        "no header",
        "letters with",
    ],
)
def test_the_first_row_is_a_header_if_it_names_the_columns(
    text: str, names: str, tmp_path: Path
) -> None:
    assert opened(written(tmp_path, text), Dialect()).names == names.split()
    number = [str(k + 1) for k in range(len(names.split()))]
    assert opened(written(tmp_path, text), Dialect(header=False)).names == number
    first = text.partition("\n")[0].split(",")
    assert opened(written(tmp_path, text), Dialect(header=True)).names == first


@pytest.mark.parametrize(
    ("cells", "decimal"),
    [
        ("1,5;2,25", ","),
        ("1.5;2.25", "."),
        ("1,234;2,345", ","),
        ("1,234\t2,345", "."),
        ("0,125\tx", ","),
        ("1.234,5\t1.234", ","),
        ("1,234.5\t1,234", "."),
        ("1,5;2.5", "."),
        ("x;y", "."),
        ("94,69 €;b", ","),
        ("€3.587,97\tx", ","),
        ("-$3,587.97;x", "."),
        ("1 234,5;(5)", ","),
        ("1.234.567;2.345", ","),
        ("1,234,567;2,345", "."),
        ("1,5e-3;2", ","),
        ("1.234e-05;2,345", "."),
    ],
)
def test_a_decimal_comma_is_told_from_thousands_and_from_points(
    cells: str, decimal: str, tmp_path: Path
) -> None:
    path = written(tmp_path, f"a{cells[-2:-1] if ';' not in cells else ';'}b\n".replace("2", "\t"))
    delimiter = ";" if ";" in cells else "\t"
    path = written(tmp_path, f"a{delimiter}b\n{cells}\n")
    assert opened(path, Dialect()).dialect.decimal == decimal
    assert opened(path, Dialect(decimal=",")).dialect.decimal == ","


@pytest.mark.parametrize(
    ("encoding", "word", "told"),
    [
        ("utf-8", "größe", ""),
        ("cp1252", "größe", "read as cp1252"),
        ("cp1252", "année", "read as cp1252"),
        ("cp932", "りんご", "read as cp932"),
        ("cp932", "東京", ""),
    ],
)
def test_the_encoding_is_found_and_said(
    encoding: str, word: str, told: str, tmp_path: Path
) -> None:
    text = PLAIN.replace("red", word).replace("colour", "ひらがな" if word == "東京" else "colour")
    table = read(tmp_path, text.encode(encoding))
    assert word in (table.columns[1].texts or [])
    assert told in notes(table)
    given = read(tmp_path, text.encode(encoding), dialect=Dialect(encoding=encoding))
    assert given.columns == table.columns
    assert given.notes == []


def test_a_byte_that_could_begin_a_kana_makes_no_japanese(tmp_path: Path) -> None:
    table = read(tmp_path, PLAIN.replace("red", "Éclair").encode("mac-roman"))
    assert "read as cp1252" in notes(table)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a named pipe")
def test_a_pipe_is_read_like_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_text, args=(PLAIN,))
    writer.start()
    assert len(read_table(tmp_path / "pipe", "price").targets) == 5
    writer.join()


CELLS = ["1", "2.5", "1,5", "$3", "43%", "", "NA", "None", "a", "B", "b", ' "q" ', '"', '"a,b"', "(5)",
         "2020-01-31", "1/2/20", "12:30", "true", "é", "1e400", "#5", "x\u0301", "1 234", "\u00a0"]  # fmt: skip


@pytest.mark.slow
@settings(max_examples=150)
@given(
    rows=st.lists(st.lists(st.sampled_from(CELLS), min_size=3, max_size=3), min_size=5, max_size=9),
    delimiter=st.sampled_from([",", ";", "\t", "|", " "]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-16", "utf-16-le"]),
    odd=st.sampled_from(["", "\nx", "\na;b;c;d", "\n#"]),
)
def test_any_file_is_read_or_refused_and_holds_nothing_unknown_to_itself(
    rows: list[list[str]],
    delimiter: str,
    end: str,
    encoding: str,
    odd: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    text = end.join(map(delimiter.join, [["x", "y", "z"], *rows])) + odd
    path = written(tmp_path_factory.getbasetemp(), text.encode(encoding))
    try:
        table = read_table(path, "z")
    except TableError:
        return
    table.encoding.fit(table.values, table.targets)
    unknowns, model = Unknowns(), TableModel(MLP(1, [1]), table.encoding)
    for inputs, _ in model.parts(model.opened(path), unknowns, at_once=2):
        assert numpy.isfinite(inputs).all()
    assert unknowns.counts == {} or "without 'z' left out" in notes(table)
