"""Exported files read cells as `predict` does: numbers as people write them, texts in another
spelling, dates in their form, and what is missing.
"""

from __future__ import annotations

import math
import shutil
import subprocess
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nn import export
from nn.exports.cells import value

from .exported import written

pytest.importorskip("pandas")

NUMBERS = """
1,234|1,234,567|12,34|1,2345|1234,567|123|1 234|1 234 567|1’234|1'234.5|1,234'567|43%|12 %|5  %|$2.39|-$2.39|$-2.39
$ -5|- $ 5|--5|-$-5|€ 5|5 €|5€|−3|+3|(5)|( 5)|(-5)|(5|5)|()|1e3|1e|1e+|1E-3|1.5e3|1e5-3|.5|5.|.|-.5|1_0|0x10|inf|-inf|nan
 7 |7|1.234,5|1.234.567,8|,5|1e400|-1e400|٣|5 kg|NA|n/a|?|-|--|unknown|Missing|#REF!|None|none||  |1 234,5|₹1,00,000
1e−3|- 5|-  5|-   5|5 % |%5|5%%|(5%)|($1,234.50)|"5"|−１|٣%|1٣|१,२३४.५|𝟙𝟡e２|１kg|²|1..5|1.5.5|1,234.|1,234.5e2|１２|1\u00a0234|1\u202f234|12\u00a0%|()
""".strip("\n").replace("\n", "|").split("|")  # fmt: skip
DATES = """
2024|2024-03|202403|20240304|2024/03/04|2024/3|2024-3-4|2024-03-04T05|2024-03-04 05:06|2024-03-04 05:06:07
2024-03-04 05:06:07.123456789|2024-03-04T05:06Z|2024-03-04T05:06+01|2024-03-04T05:06+0100|2024-03-04T05:06 +01:00
2024-03-04T05:06 Z|2024-03-04 05|24-03-04|2024-03-04T0506|20240304T050607|20240304 0506|2024-03-04T24:00|2024-W10-1
2024-064|2024.03.04|2024 03 04|2024-03-04  05:06|2024-03-04T5:06|2024-03-04T5:6|2024-03-04 5|2024-02-30|2023-02-29
2024-00-01|2024-03-04T05:06:60|2024-03-04T05:60|2024-03-04T05:06:07,5|2024-03-04T05:06:7|20240304T05|20240304T5
2024030|2024-0304|2024/03-04|2024-03-04T05:06:07-00:30|2024-03-04T05:06+24:00|2024-03-04T05Z|2024-03-04Z|2024-03-04T
20240304050607|2024-03-04T05:06:07.|2024-03-04T05:06-1|2024-03-04T05:06+01:0|2024T05|2024-03T05|2024-03-04T05:0607
2024-03-04T050607.5|2024-03-04T05:06+0130|2024-03-04T05:06+01:60|2024-03-04T05:06z|2024_03_04|20240304T0506Z|２０２４-０３-０４|٢٠٢٤-٠٣-٠٤|nat||  2024-03-04
04/03/2024|4/3/2024|31/04/2024|29/02/2023|04/03/24|4/3/70|4/3/68|04.03.24|04-Mar-24|04-MAR-24|Mar 2024|march 2024|4/3/24 5:06
5:06 PM|12:00 AM|12:30 pm|0:30 AM|13:00 PM|05:06:07|05:06:07.25|March-2024|2024, March|Monday|04/03/2024 05:06:07 PM
""".strip("\n").replace("\n", "|").split("|")  # fmt: skip
FORMS = [
    "ISO8601", "%d/%m/%Y", "%m/%d/%y", "%d.%m.%y", "%d-%b-%y", "%b %Y", "%B %Y", "%d/%m/%y %H:%M",
    "%I:%M %p", "%H:%M:%S", "%H:%M:%S.%f", "%B-%Y", "%Y, %B", "%d/%m/%Y %I:%M:%S %p", "%Y%m%d",
]  # fmt: skip
TEXTS = "red|Red|RED| red |Straße|STRASSE|straße|é|e\u0301|É|1|1.0|1,0|01|2.50|2.5|1.5e0|blue|?|a|A|NaN|İ".split(
    "|"
)
COLUMNS: list[dict[str, Any]] = [
    {"name": "number", "mean": 0.0, "scale": 1.0},
    {"name": "texts", "texts": ["1.0", "2.50", "A", "Straße", "a", "red", "é"]},
    *({"name": form, "mean": 0.0, "scale": 1.0, "date": form} for form in FORMS),
]


def read_here(column: dict[str, Any], decimal: str, texts: list[str]) -> list[float | None]:
    """What `predict` takes the cells for."""
    import pandas

    from nn.tabular.columns import Column

    found = Column(**column).read(pandas.Series(texts, dtype=object), decimal)
    return [None if math.isnan(x) else x for x in found.tolist()]


def same(found: float | None, right: float | None) -> bool:
    if found is None or right is None:
        return found is right
    return math.isclose(found, right, rel_tol=1e-13, abs_tol=1e-13)


@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: str(column["name"]))
def test_a_python_file_reads_cells_as_predict_does(column: dict[str, Any], decimal: str) -> None:
    texts = [*NUMBERS, *TEXTS, *DATES]
    right = read_here(column, decimal, texts)
    found = [value(text, column | {"decimal": decimal}) for text in texts]
    wrong = [x for x in zip(texts, found, right, strict=True) if not same(x[1], x[2])]
    assert wrong == []
    assert any([x is not None for x in found])


def test_cells_that_are_no_texts() -> None:
    number, texts, dates, *_ = COLUMNS
    assert [value(x, number) for x in (None, 3, 2.5, math.nan, math.inf, True, 10**400)] == [
        None, 3.0, 2.5, None, None, 1.0, None,
    ]  # fmt: skip
    assert [value(x, texts) for x in (1, 1.0, 2.5, None, math.nan)] == [0.0, 0.0, 1.0, None, None]
    east = timezone(timedelta(hours=2))
    moments = [date(1970, 1, 3), datetime(1970, 1, 3), datetime(1970, 1, 3, 2, tzinfo=east)]
    assert [value(x, dates) for x in moments] == [2.0] * 3
    assert value(datetime(1970, 1, 3, tzinfo=UTC), dates) == value(19700103, dates) == 2.0


@pytest.mark.slow
def test_decimals_are_those_of_the_training_table(tmp_path: Path) -> None:
    import pandas

    from nn.__main__ import main

    rows = [f"{k},5;{k % 7},25;{'ab'[k % 2]}" for k in range(40)]
    (tmp_path / "t.csv").write_text("\n".join(["x;y;kind", *rows]), "utf-8")
    arguments = ["--data", str(tmp_path / "t.csv"), "--target", "kind", "--epochs", "1"]
    assert main([*arguments, "--out", str(tmp_path)]) == 0
    export(tmp_path / "model.json", tmp_path / "model.py")
    names: dict[str, Any] = {}
    exec((tmp_path / "model.py").read_text("utf-8"), names)
    as_text = names["predict"]({"x": "1.017,5", "y": "3,25"})
    assert as_text == names["predict"]({"x": 1017.5, "y": 3.25})
    (tmp_path / "new.csv").write_text("x;y\n1.017;2.900\n3;1.250\n", "utf-8")
    more = ["--probabilities", "--out", str(tmp_path / "found.csv")]
    model = str(tmp_path / "model.json")
    assert main(["predict", model, str(tmp_path / "new.csv"), *more]) == 0
    found = pandas.read_csv(tmp_path / "found.csv")
    for k, row in enumerate([{"x": "1.017", "y": "2.900"}, {"x": "3", "y": "1.250"}]):
        shares = names["predict"](row)
        assert [found[f"P({c})"][k] for c in "ab"] == pytest.approx(
            [shares[c] for c in "ab"], abs=6e-5
        )


class Reader:
    """`model_cell` of an exported C file, as a program that reads columns and cells."""

    def __init__(self, folder: Path, decimal: str) -> None:
        compiler = shutil.which("gcc") or shutil.which("cc")
        if compiler is None:
            pytest.skip("needs a C compiler")
        path = written(folder, COLUMNS, ["a", "b"], decimal=decimal)
        export(path, folder / "model.c")
        (folder / "main.c").write_text(
            """
            #include "model.c"
            #include <stdio.h>
            int main(void) {
                static char text[1 << 16];
                int column;
                while (scanf("%d", &column) == 1) {
                    getchar();
                    if (!fgets(text, sizeof text, stdin)) return 1;
                    text[strcspn(text, "\\n")] = 0;
                    printf("%.17g\\n", model_cell(column, text));
                }
                return 0;
            }
            """
        )
        strict = ["-std=c99", "-O1", "-g", "-Wall", "-Wextra", "-Werror"]
        checks = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
        command = [compiler, *strict, *checks, str(folder / "main.c"), "-o", str(folder / "main")]
        made = subprocess.run([*command, "-lm"], capture_output=True, text=True)
        assert made.returncode == 0, made.stderr
        self.program = folder / "main"

    def read(self, cells: list[tuple[int, str]]) -> list[float | None]:
        given = "".join([f"{k} {text}\n" for k, text in cells])
        done = subprocess.run([str(self.program)], input=given.encode(), capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        found = [*map(float, done.stdout.split())]
        return [None if math.isnan(x) else x for x in found]


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Reader]:
    return {x: Reader(tmp_path_factory.mktemp("reader"), x) for x in ".,"}


UNREAD_IN_C = {"e\u0301"}
"""A letter with its accent apart, where no text is spelled so."""


@pytest.mark.slow
@pytest.mark.parametrize("decimal", [".", ","])
def test_a_c_file_reads_cells_as_predict_does(decimal: str, readers: dict[str, Reader]) -> None:
    texts = [x for x in [*NUMBERS, *TEXTS, *DATES] if x not in UNREAD_IN_C]
    cells = [(k, text) for k in range(len(COLUMNS)) for text in texts]
    right = [x for column in COLUMNS for x in read_here(column, decimal, texts)]
    found = readers[decimal].read(cells)
    wrong = [
        (COLUMNS[k]["name"], text, x, y)
        for (k, text), x, y in zip(cells, found, right, strict=True)
        if not same(x, y)
    ]
    assert wrong == []


@pytest.mark.slow
def test_a_c_file_reads_the_digits_of_every_script(readers: dict[str, Reader]) -> None:
    known = [chr(k) for k in range(0x110000) if chr(k).isdecimal()]
    assert len(known) > 600
    found = readers["."].read([(0, text) for text in known])
    assert found == [float(text) for text in known]


spelled = st.text(st.sampled_from("0123456789012345678.,-+ ()%$€eE'’"), max_size=12)
dated = st.text(st.sampled_from("01234567890123456789-/.: TZ+PMap"), max_size=20)
near = st.datetimes().map(lambda x: x.isoformat(" ")) | st.dates().map(str)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    texts=st.lists(spelled | dated | near, min_size=1, max_size=200), decimal=st.sampled_from(".,")
)
@example(texts=["x" * 400, "1" * 250, "1" * 290 + "x"], decimal=".")
def test_random_cells_are_read_alike(
    texts: list[str], decimal: str, readers: dict[str, Reader]
) -> None:
    cells = [(k, text) for k in range(len(COLUMNS)) for text in texts]
    right = [value(text, COLUMNS[k] | {"decimal": decimal}) for k, text in cells]
    found = readers[decimal].read(cells)
    wrong = [x for x in zip(cells, found, right, strict=True) if not same(x[1], x[2])]
    assert wrong == []
