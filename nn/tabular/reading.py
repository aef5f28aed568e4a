"""Files of tables as frames of pandas: what pandas must be told about a text file is detected here,
the rest is its own.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
import re
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from autograd_core.errors import MissingExtra

from ..data.spellings import MISSING
from .dialect import Dialect, TableError, counted
from .layout import (
    ENDING,
    Record,
    all_named,
    decimal_of,
    delimiter_of,
    different,
    is_header,
    records_of,
)
from .libraries import pandas

SAMPLE, RECORDS = 2**20, 1000  # characters and rows from which the format is detected
OPENERS: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
READERS = {".parquet": "read_parquet", ".feather": "read_feather"} | dict.fromkeys(
    (".xlsx", ".xlsm", ".xls", ".ods"), "read_excel"
)
NA_VALUES = [*{spelling(word) for word in MISSING for spelling in (str, str.upper, str.title)}]


@dataclass
class Source:
    """A file with a table, whose format is known: how it is written, its columns, its rows."""

    path: Path
    dialect: Dialect
    names: list[str]
    notes: list[str]
    rows: Any
    """The text as UTF-8, or a frame."""
    skipped: int = 0
    """The lines before the first sample."""
    truths: set[str] = field(default_factory=set)
    """The columns that hold True and False, which pandas would spell in its own way."""
    quoting: int = csv.QUOTE_MINIMAL
    doubtful: str = ""
    """A cell that has another value with the other decimal sign, if none shows which is right."""

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return [name for name in self.names if name != ENDING]

    def frames(self, as_text: Collection[str] = (), at_once: int | None = None) -> Iterator[Any]:
        """The table in parts of so many rows, or as a whole."""
        if not isinstance(self.rows, bytes):
            size = at_once or max(len(self.rows), 1)
            for start in range(0, max(len(self.rows), 1), size):
                yield self.rows[start : start + size]
            return
        try:
            found = pandas.read_csv(
                self.text(),
                sep=r"\s+" if self.dialect.delimiter == " " else self.dialect.delimiter,
                decimal=self.dialect.decimal,
                header=None,
                names=self.names,
                # only where it is needed: it takes half as long again
                skipinitialspace=f"{self.dialect.delimiter} ".encode() in self.rows[:SAMPLE],
                dtype=dict.fromkeys([*as_text, *self.truths], str),
                na_values=NA_VALUES,
                keep_default_na=False,
                low_memory=False,
                chunksize=at_once,
                quoting=self.quoting,
            )
            start = 0
            for part in [found] if at_once is None else found:
                rows = pandas.RangeIndex(start, start := start + len(part))
                if not part.index.equals(rows):  # the first row has more cells than names
                    raise pandas.errors.ParserError
                yield part.drop(columns=ENDING, errors="ignore")
        except pandas.errors.EmptyDataError:
            yield pandas.DataFrame(columns=self.names)
        except pandas.errors.ParserError as error:
            raise TableError(self.path, _irregular(self)) from error

    def text(self) -> io.BytesIO:
        """A text file, from the first sample on."""
        file = io.BytesIO(self.rows)
        for _ in range(self.skipped):  # pandas' own skiprows takes a tenth of the time to read
            file.readline()
        return file

    def place(self, row: int) -> str:
        """Where a sample stands in the file, for people."""
        if isinstance(self.rows, bytes):
            for line, _ in islice(self.records(), row, None):
                return f"line {line}"
        return f"row {row + 1}"

    def records(self, strict: bool = False) -> Iterator[Record]:
        """The rows of a text file as cells, each with its line."""
        lines = io.TextIOWrapper(self.text(), "utf-8", newline="")
        delimiter = self.dialect.delimiter or ","
        for line, cells in records_of(lines, delimiter, strict, blank=True, quoting=self.quoting):
            yield line + self.skipped, cells

    def first_texts(self, names: Collection[str]) -> Iterator[str]:
        """The texts in the first rows of some columns."""
        if not isinstance(self.rows, bytes):
            for name in names:
                yield from (x for x in self.rows[name].head(RECORDS) if isinstance(x, str))
            return
        places = [k for k, name in enumerate(self.names) if name in names]
        with suppress(csv.Error):  # a cell may be too large for this module, but not for pandas
            for _, cells in islice(self.records(), RECORDS):
                yield from (cells[k] for k in places if k < len(cells))

    def well_quoted(self) -> bool:
        """Whether each quote that opens a cell is closed at its end, perhaps in a later line."""
        if b'"' not in self.rows or not any(line.count(b'"') % 2 for line in io.BytesIO(self.rows)):
            return True
        with suppress(csv.Error):
            return sum(1 for _ in self.records(strict=True)) > 0
        return False


def opened(path: Path, given: Dialect) -> Source:
    """Open a table and detect its format: given settings are kept."""
    if kind := READERS.get(path.suffix.lower()):
        return _frame(path, kind, given)
    data, encoding = _as_utf8(path, given.encoding)
    notes = [f"the text is read as {encoding}"] * (encoding not in ("utf-8", given.encoding))
    known = replace(given, encoding=encoding)
    if re.search(rb"\r(?!\n)", data[:SAMPLE]):
        data = re.sub(rb"\r(?!\n)", b"\n", data)
    if found := re.match(rb'"?sep=(.)"?\r?\n', data):
        known = replace(known, delimiter=given.delimiter or found[1].decode())
        data = b"\n" + data[found.end() :]  # the lines keep their numbers
    data, comment = _without_comments(data)
    text = data[:SAMPLE].decode(errors="ignore")
    delimiter = known.delimiter or delimiter_of(text)
    sample = [*islice(records_of(io.StringIO(text, newline=""), delimiter), RECORDS)]
    if not sample:
        raise TableError(path, "the file is empty; a table needs a row for each sample")
    above = next(records_of([comment], delimiter), (0, []))[1]
    source = Source(path, replace(known, delimiter=delimiter), [], notes, data)
    _lay_out(source, sample, above)
    if not source.well_quoted():
        plain = replace(source, quoting=csv.QUOTE_NONE)
        if all(len(cells) == len(source.names) for _, cells in plain.records()):
            notes.append("quotes do not enclose cells here, and are read like other characters")
            return plain
    return source


def _frame(path: Path, kind: str, given: Dialect) -> Source:
    """A file that pandas reads without being told how."""
    try:
        found = getattr(pandas, kind)(path)
    except ImportError as error:
        package = getattr(error, "name", None) or ("openpyxl" if "excel" in kind else "pyarrow")
        raise MissingExtra(package, "tables", f"reading {path.name}") from None
    except (OSError, MemoryError):
        raise
    except Exception as error:
        raise TableError(path, f"this {path.suffix[1:]} file cannot be read: {error}") from None
    if found.index.name is not None:
        found = found.reset_index()
    notes: list[str] = []
    found.columns = different(found.columns, notes)
    return Source(
        path, replace(given, decimal=given.decimal or "."), [*found.columns], notes, found
    )


def _as_utf8(path: Path, given: str | None) -> tuple[bytes, str]:
    """The text of a file as UTF-8, and the encoding that it has."""
    try:
        with OPENERS.get(path.suffix.lower(), open)(path, "rb") as file:
            raw: bytes = file.read()
    except (EOFError, gzip.BadGzipFile, lzma.LZMAError) as error:
        raise TableError(path, f"this {path.suffix[1:]} file cannot be unpacked: {error}") from None
    problem = ""
    for encoding in [given] if given else _encodings(path, raw):
        try:
            text = raw.decode(encoding)
            data = raw if encoding == "utf-8" else text.encode()
            return data.removeprefix(b"\xef\xbb\xbf"), encoding
        except UnicodeError as error:
            line = raw.count(b"\n", 0, getattr(error, "start", 0)) + 1
            problem = problem or (
                f"line {line}: this is not {encoding} text; give its encoding, for instance "
                "--encoding cp1252"
            )
    raise TableError(path, problem)


def _encodings(path: Path, raw: bytes) -> Iterator[str]:
    """UTF-16 by its mark or its zeros; else UTF-8 if it is that, Shift-JIS if that gives kana, or
    the code page of Western Europe.
    """
    start = raw[:4096]
    even, odd = start[::2].count(0), start[1::2].count(0)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        yield "utf-16"
    elif not even and not odd:
        yield "utf-8"
        if re.search("[\u3041-\u30fc]{2}", raw.decode("cp932", "ignore")):
            yield "cp932"
        yield from ("cp1252", "cp932")
    elif min(even, odd) * 20 > max(even, odd) or max(even, odd) * 40 < len(start):
        line = start[: start.index(b"\0")].count(b"\n") + 1
        raise TableError(path, f"line {line}: this is a binary file; export the table as CSV first")
    else:
        yield "utf-16-le" if odd > even else "utf-16-be"


def _without_comments(data: bytes) -> tuple[bytes, str]:
    """The text with its comment lines blank, and the last of those above the first row."""
    above = re.match(rb"(?:\s*[#%][^\n]*\n)+", data)
    if above is None or above.end() == len(data):
        return data, ""
    last = above[0].strip().rpartition(b"\n")[2].decode(errors="replace")
    return re.sub(rb"(?m)^\s*?[#%][^\r\n]*", b"", data), last.lstrip("#% ")


def _lay_out(source: Source, sample: list[Record], above: list[str]) -> None:
    """Find the names of the columns, and where the rows begin; `above` is the last comment."""
    known, notes = source.dialect, source.notes
    [(width, _)] = Counter(len(cells) for _, cells in sample).most_common(1)
    title = next((k for k, (_, cells) in enumerate(sample) if len(cells) > 1), 0) * (width > 1)
    if title:
        notes.append(f"{counted(title, 'line')} above the table left out")
    lines, rows = zip(*sample[title:], strict=True)
    decimal = known.decimal
    if decimal is None:
        decimal, source.doubtful = decimal_of(rows[1:], known.delimiter)
    header = known.header if known.header is not None else is_header(rows, decimal)
    names, source.skipped = [str(i + 1) for i in range(width)], lines[0] - 1
    if not header and known.header is None and len(above) == width:
        header, names = True, above
    elif header:
        names, rows = rows[0], rows[1:]
        text = io.TextIOWrapper(source.text(), "utf-8", newline="")
        below = csv.reader(text, delimiter=known.delimiter or ",", skipinitialspace=True)
        with suppress(csv.Error):  # a cell may be too large for this module, but not for pandas
            next(below)  # the header may have several lines
        source.skipped += below.line_num
    if len(names) < width - 1:
        raise TableError(
            source.path,
            f"line {lines[0]} names {counted(len(names), 'column')}, but the rows have {width} "
            "cells; name all of them, or give --no-header",
        )
    source.dialect = replace(known, decimal=decimal, header=header)
    source.names = different(all_named(names, width, rows), notes)
    if rows and len(rows[0]) > len(source.names):
        raise TableError(source.path, _irregular(source))
    whole = [row for row in rows if len(row) == len(source.names)]
    source.truths = {
        name
        for name, *column in zip(source.names, *whole, strict=True)
        if {"true", "false"} & {cell.strip().lower() for cell in column}
    }


def _irregular(source: Source) -> str:
    """Which rows have too many cells, or where a quote opens that is not closed."""
    width, odd, last = len(source.names), [], source.skipped
    with suppress(csv.Error):
        for last, cells in source.records(strict=True):
            if len(cells) > width:
                odd.append((last, len(cells)))
    if not odd:
        return f"after line {last} a quote opens that is not closed; close or remove it"
    shown = ", ".join(f"line {line} has {n}" for line, n in odd[:5]) + ", ..." * (len(odd) > 5)
    return (
        f"{counted(len(odd), 'row')} too long: {shown} cells, the table {width} columns; put cells "
        "that hold the delimiter in quotes, or give the right --delimiter"
    )
