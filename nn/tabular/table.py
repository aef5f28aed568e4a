"""A table as samples for a network: text columns become one-hot, numbers are standardised."""

from __future__ import annotations

import difflib
import math
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

from ..data.samples import Rows
from .csvfile import Dialect, TableError, detect, is_number, number_of, read_rows

MISSING = {"", "na", "n/a", "nan", "null", "?"}
MOST_TEXTS, MOST_CLASSES, CHUNK = 100, 20, 4096


@dataclass
class Column:
    """One column: numbers, standardised by mean and scale, or texts from a fixed list."""

    name: str
    texts: list[str] | None = None
    mean: float = 0.0
    scale: float = 1.0

    @property
    def width(self) -> int:
        """The number of inputs that a cell becomes."""
        return 1 if self.texts is None else len(self.texts)

    def reader(self, decimal: str | None) -> Callable[[str], Sequence[float]]:
        """A function from a cell to its numbers, not yet standardised; it raises a ValueError or
        KeyError for an unreadable cell.
        """
        if self.texts is None:
            return lambda cell: (number_of(cell, decimal),)
        codes = {text: tuple(float(text == other) for other in self.texts) for text in self.texts}
        return lambda cell: codes[cell.strip()]


@dataclass
class Table:
    """The content of a file: for each sample a row of numbers and a target, and the description of
    the columns.

    The target is a class (the index of its text in `target.texts`) or a number. `dialect` holds the
    given format of the file, and whether it has a header. `notes` point out possible mistakes in
    the file.
    """

    columns: list[Column]
    target: Column
    inputs: Rows
    targets: list[Any] = field(default_factory=list)
    dialect: Dialect = field(default_factory=Dialect)
    notes: list[str] = field(default_factory=list)

    def standardise(self, train: Rows, targets: list[Any], *others: tuple[Rows, list[Any]]) -> None:
        """Scale all numbers in place: mean 0, standard deviation 1 over the training samples."""
        place = 0
        for column in self.columns:
            if column.texts is None:
                column.mean, column.scale = mean_and_scale(train.numbers[place :: train.width])
            place += column.width
        if self.target.texts is None:
            self.target.mean, self.target.scale = mean_and_scale(targets)
        for rows, ts in ((train, targets), *others):
            scale_in_place(self.columns, rows)
            if self.target.texts is None:
                ts[:] = [(t - self.target.mean) / self.target.scale for t in ts]


def scale_in_place(columns: list[Column], rows: Rows) -> None:
    """Standardise the numbers of some rows."""
    place = 0
    for column in columns:
        if column.texts is None:
            cells = slice(place, None, rows.width)
            scaled = [(x - column.mean) / column.scale for x in rows.numbers[cells]]
            rows.numbers[cells] = array("d", scaled)
        place += column.width


def read_table(
    path: Path,
    target: str,
    *,
    task: str | None = None,
    ignore: Sequence[str] = (),
    text: Sequence[str] = (),
    dialect: Dialect | None = None,
) -> Table:
    """Read a CSV file twice: first its columns, then its numbers. The text is never held in memory.

    A column is numeric if all its cells are numbers and `text` does not name it; else it is text.
    The target is a class if it is text, or has at most 20 different whole numbers, each at least
    twice on average. `task`, "classes" or "numbers", overrides this.
    """
    given = dialect or Dialect()
    found = detect(path, given)
    names, rows = read_rows(path, found)
    for name in (target, *ignore, *text):
        _require_column(path, names, name)
    surveys = {name: _Survey(path, name, found.decimal) for name in names if name not in ignore}
    n = 0
    while chunk := list(islice(rows, CHUNK)):
        lines, cells = zip(*chunk, strict=True)
        n += len(lines)
        for name, column in zip(names, zip(*cells, strict=True), strict=True):
            if name in surveys:
                surveys[name].see(lines, column)
    if n < 5:
        raise TableError(
            path,
            f"a table needs at least 5 samples, to train on some and hold some out; it has {n}",
        )
    notes = [survey.note() for survey in surveys.values() if survey.name not in text]
    goal, codes = surveys.pop(target).target(task, target in text)
    columns = [survey.column(survey.name in text) for survey in surveys.values()]
    if not columns:
        raise TableError(
            path, f"the target {target!r} is the only column; give the right --delimiter"
        )
    table = Table(columns, goal, Rows(sum(column.width for column in columns)))
    table.dialect = replace(given, header=found.header is not False)
    table.notes = list(filter(None, notes))
    for row, right in numbers_in(path, found, columns, goal):
        table.inputs.append(row)
        table.targets.append(codes[right] if codes else right)
    return table


def numbers_in(
    path: Path, dialect: Dialect, columns: list[Column], target: Column | None
) -> Iterator[tuple[list[float], Any]]:
    """Each row of a file as the numbers of these columns, with its target: a text or a number."""
    names, rows = read_rows(path, dialect)
    for column in columns:
        _require_column(path, names, column.name)
    readers = [
        (names.index(column.name), column, column.reader(dialect.decimal)) for column in columns
    ]
    goal = names.index(target.name) if target else None
    for line, cells in rows:
        row: list[float] = []
        for place, column, read in readers:
            try:
                row += read(cells[place])
            except (ValueError, KeyError):
                raise TableError(
                    path, _unreadable(cells[place], column), line, column.name
                ) from None
        right: Any = None
        if target is not None and goal is not None:
            right = (
                cells[goal].strip()
                if target.texts is not None
                else number_of(cells[goal], dialect.decimal)
            )
        yield row, right


def mean_and_scale(numbers: Sequence[float]) -> tuple[float, float]:
    """Mean and standard deviation; the scale is 1 if all numbers are equal."""
    largest = max(map(abs, numbers)) or 1.0  # scaled by it, no square overflows
    mean = math.fsum(x / largest for x in numbers) / len(numbers)
    deviation = math.sqrt(math.fsum((x / largest - mean) ** 2 for x in numbers) / len(numbers))
    return mean * largest, deviation * largest if deviation > 1e-12 else 1.0


class _Survey:
    """Collects what the cells of one column are, over all rows."""

    def __init__(self, path: Path, name: str, decimal: str | None) -> None:
        self.path, self.name, self.decimal = path, name, decimal
        self.cells = self.numbers = 0
        self.texts: dict[str, None] = {}  # in the order of the file; limited in number
        self.missing: tuple[int, str] | None = None
        self.no_number: tuple[int, str] | None = None
        self.blank: int | None = None
        self.whole = True

    def see(self, lines: Sequence[int], cells: Sequence[str]) -> None:
        """Add the cells of some rows; fast if all are numbers."""
        self.cells += len(cells)
        if len(self.texts) <= MOST_TEXTS:
            self.texts |= dict.fromkeys(map(str.strip, cells))
        with suppress(ValueError):
            self._add([number_of(cell, self.decimal) for cell in cells])
            return
        for line, cell in zip(lines, cells, strict=True):
            if not cell.strip():
                self.blank = self.blank or line
            if cell.strip().lower() in MISSING:
                self.missing = self.missing or (line, cell)
            elif is_number(cell, self.decimal):
                self._add([number_of(cell, self.decimal)])
            else:
                self.no_number = self.no_number or (line, cell)

    def _add(self, numbers: list[float]) -> None:
        self.numbers += len(numbers)
        self.whole = self.whole and all(map(float.is_integer, numbers))

    @property
    def is_text(self) -> bool:
        """Whether some cell is not a number."""
        return self.no_number is not None or not self.numbers

    def note(self) -> str:
        """A note if a few odd cells make a column of numbers text, perhaps by mistake."""
        if self.no_number is None or self.numbers < 0.9 * self.cells:
            return ""
        line, cell = self.no_number
        return (
            f"{self.name!r} is read as text: line {line} has {cell!r}, which is not a number, but "
            f"{self.numbers:,} cells are"
        )

    def _refuse(self, what: str, line: int | None = None) -> NoReturn:
        raise TableError(self.path, what, line, self.name)

    def _check(self, as_text: bool) -> None:
        line, cell = (self.blank, "") if as_text else (self.missing or (None, ""))
        if line:
            self._refuse(
                f"the value is missing (the cell is {cell!r}); fill it in, remove the row, or "
                "leave the column out with --ignore",
                line,
            )

    def column(self, as_text: bool) -> Column:
        """The column as inputs."""
        as_text = as_text or self.is_text
        self._check(as_text)
        if not as_text:
            return Column(self.name)
        if len(self.texts) > MOST_TEXTS:
            line, cell = self.no_number or (None, "")
            seen = f"{cell!r} is not a number, and there" if self.numbers and line else "there"
            self._refuse(
                f"{seen} are more than {MOST_TEXTS} different texts: correct it, or leave the "
                "column out with --ignore",
                line,
            )
        return Column(self.name, sorted(self.texts))

    def target(self, task: str | None, as_text: bool) -> tuple[Column, dict[str, int]]:
        """The column as the target, and the class of each text. 1 and 1.0 are one class, unless
        they are read as text.
        """
        text = task != "numbers" and (as_text or self.is_text)
        self._check(text)
        line, cell = self.no_number or (None, "")
        if line and not text:
            self._refuse(f"the target must be a number, got {cell!r}", line)
        spellings: dict[Any, list[str]] = {}
        for given in self.texts:
            key = given if text else number_of(given, self.decimal)
            spellings.setdefault(key, []).append(given)
        n, first = len(spellings), next(iter(self.texts))
        repeated = n <= MOST_CLASSES and 2 * n <= self.cells
        if not (task == "classes" or text or (task is None and self.whole and repeated)):
            if n == 1:
                self._refuse(f"all targets are {first}: there is nothing to learn")
            return Column(self.name), {}
        if n < 2:
            self._refuse(
                f"all samples have the class {first!r}; a classifier needs at least two classes"
            )
        if len(self.texts) > MOST_TEXTS:
            hint = f" ({cell!r} is not a number)" if self.numbers and line else ""
            self._refuse(
                f"there are more than {MOST_TEXTS} classes{hint}; if the target is a number to "
                "predict, give --task numbers",
                line,
            )
        classes = [spellings[key] for key in sorted(spellings)]
        places = {cell: k for k, cells in enumerate(classes) for cell in cells}
        return Column(self.name, [min(cells, key=len) for cells in classes]), places


def _unreadable(cell: str, column: Column) -> str:
    if cell.strip().lower() in MISSING:
        return f"the value is missing (the cell is {cell!r})"
    if column.texts is None:
        return f"this column holds numbers, but {cell!r} is not one"
    return (
        f"{cell.strip()!r} is none of the texts in the training data: "
        f"{', '.join(column.texts[:10])}"
    )


def _require_column(path: Path, names: list[str], name: str) -> None:
    if name not in names:
        close = difflib.get_close_matches(name, names, 1)
        hint = (
            f"did you mean {close[0]!r}?" if close else f"the columns are {', '.join(names[:20])}"
        )
        raise TableError(path, f"there is no column {name!r}; {hint}", 1)
