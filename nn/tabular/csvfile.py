"""CSV files of any common format: delimiter, header, encoding and decimal comma are detected or
given.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

DELIMITERS = "\t;|,"  # in the order of trial
SAMPLE = 1000  # rows to read for the detection
DECIMAL_COMMA = re.compile(r"\s*[+-]?\d*,\d+(?:[eE][+-]?\d+)?\s*")
DECIMAL_POINT = re.compile(r"\s*[+-]?\d*\.\d+(?:[eE][+-]?\d+)?\s*")


class TableError(ValueError):
    """An error in a table, with the file, the line and the column."""

    def __init__(
        self, path: Path, what: str, line: int | None = None, column: str | None = None
    ) -> None:
        place = (
            str(path)
            + (f", line {line}" if line else "")
            + (f", column {column!r}" if column is not None else "")
        )
        super().__init__(f"{place}: {what}")


@dataclass(frozen=True)
class Dialect:
    """The format of a CSV file. None means: detect it."""

    delimiter: str | None = None
    decimal: str | None = None
    header: bool | None = None
    encoding: str | None = None

    def __post_init__(self) -> None:
        if self.delimiter is not None and (len(self.delimiter) != 1 or self.delimiter in '"\r\n'):
            raise ValueError(f"delimiter must be one character, or tab; got {self.delimiter!r}")
        if self.decimal not in (None, ".", ","):
            raise ValueError(f"decimal must be '.' or ',', got {self.decimal!r}")
        try:
            "".encode(self.encoding or "utf-8")
        except (LookupError, ValueError):
            raise ValueError(
                "encoding must be one that Python knows, such as utf-8 or cp1252; got "
                f"{self.encoding!r}"
            ) from None

    def given(self) -> dict[str, Any]:
        """The settings that are not to be detected, by name."""
        return {name: setting for name, setting in asdict(self).items() if setting is not None}

    def over(self, other: Dialect) -> Dialect:
        """This dialect, with missing settings taken from the other."""
        return replace(other, **self.given())


def detect(path: Path, given: Dialect | None = None) -> Dialect:
    """The format of the file: given settings are kept, and the others are detected from its first
    rows.

    The delimiter is the first of tab, semicolon, bar and comma that splits all rows into equally
    many cells. The first row is a header unless it holds a number. Numbers have a decimal comma if
    some cells are such numbers and no cell has a decimal point.
    """
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise TableError(
            path,
            "a pipe can be read only once, but a table is read several times; save it to a file "
            "first",
        )
    known = given or Dialect()
    known = replace(known, encoding=known.encoding or _encoding(path))
    known = replace(known, delimiter=known.delimiter or _delimiter(path, known))
    sample = [cells for _, cells in islice(_records(path, known), SAMPLE)]
    if not sample:
        raise TableError(path, "the file is empty; a table needs a row for each sample")
    decimal = known.decimal or _decimal(sample)
    header = (
        known.header
        if known.header is not None
        else not any(is_number(cell, decimal) for cell in sample[0])
    )
    return replace(known, decimal=decimal, header=header)


def read_rows(path: Path, dialect: Dialect) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """The column names (numbers if there is no header), and the rows, each with its line number."""
    records = _records(path, dialect)
    line, first = next(records, (1, []))
    names = (
        [name.strip() for name in first]
        if dialect.header
        else [str(i + 1) for i in range(len(first))]
    )
    for i, name in enumerate(names):
        if names.index(name) < i:
            raise TableError(
                path,
                f"columns {names.index(name) + 1} and {i + 1} have the same name; rename one",
                line,
                name,
            )
        if not name:
            raise TableError(
                path,
                f"column {i + 1} has no name; give it one, or use --no-header if this row is a "
                "sample",
                line,
            )

    def rows() -> Iterator[tuple[int, list[str]]]:
        if not dialect.header:
            yield line, first
        for number, cells in records:
            if len(cells) != len(names):
                missing = (
                    f"; {names[len(cells)]!r} and the following are missing"
                    if len(cells) < len(names)
                    else ""
                )
                kind = "short" if len(cells) < len(names) else "long"
                what = (
                    f"the row is too {kind}: it has {len(cells)} cells, the table has "
                    f"{len(names)} columns{missing}"
                )
                raise TableError(path, what, number)
            yield number, cells

    return names, rows()


def number_of(cell: str, decimal: str | None) -> float:
    """The finite number in a cell; a ValueError if it holds none."""
    number = float(cell.replace(",", ".") if decimal == "," else cell)
    if "_" in cell or number - number != 0.0:  # Python's float accepts underscores
        raise ValueError(cell)
    return number


def is_number(cell: str, decimal: str | None) -> bool:
    """Whether a cell holds a number, such as 12, −3.5 or 1e−3."""
    try:
        number_of(cell, decimal)
    except ValueError:
        return False
    return True


def _records(path: Path, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the line on which it begins."""
    line = 0
    try:
        with path.open(encoding=dialect.encoding, newline="") as file:
            reader = csv.reader(
                file, delimiter=dialect.delimiter or ",", strict=True, skipinitialspace=True
            )
            for cells in reader:
                begin, line = line + 1, reader.line_num
                if any(cell.strip() for cell in cells):
                    yield begin, cells
    except csv.Error as error:
        what = (
            "a quote opens here and is never closed" if "end of data" in str(error) else str(error)
        )
        raise TableError(path, what, line + 1) from None
    except UnicodeError:
        what = (
            f"this is no {dialect.encoding} text; give its encoding, for instance --encoding cp1252"
        )
        raise TableError(path, what, _undecodable_line(path, dialect.encoding or "utf-8")) from None


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(65536)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\0" in start:
        line = start[: start.index(b"\0")].count(b"\n") + 1
        raise TableError(path, "this is a binary file; export the table as CSV first", line)
    return "utf-8-sig"


def _undecodable_line(path: Path, encoding: str) -> int | None:
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            try:
                raw.decode(encoding)
            except UnicodeError:
                return number
    return None


def _delimiter(path: Path, known: Dialect) -> str:
    counts: dict[str, list[int]] = {}
    for delimiter in DELIMITERS:
        try:
            rows = islice(_records(path, replace(known, delimiter=delimiter)), 100)
            counts[delimiter] = [len(cells) for _, cells in rows]
        except TableError as error:
            if "no " in str(error) and "text" in str(error):
                raise
    for delimiter, lengths in counts.items():
        if lengths and lengths[0] > 1 and len(set(lengths)) == 1:
            return delimiter
    return max(counts, key=lambda delimiter: max(counts[delimiter][:1], default=0), default=",")


def _decimal(sample: list[list[str]]) -> str:
    commas = [cell for cells in sample for cell in cells if DECIMAL_COMMA.fullmatch(cell)]
    if any(DECIMAL_POINT.fullmatch(cell) for cells in sample for cell in cells):
        return "."
    thousands = all(re.fullmatch(r"\s*[+-]?\d{1,3},\d{3}\s*", cell) for cell in commas)
    return "," if commas and not thousands else "."
