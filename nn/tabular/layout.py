"""The layout of a text file with a table, from its first rows: delimiter, header, names, decimal
comma.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext, suppress
from itertools import count, islice, pairwise
from typing import Any

from ..data.spellings import normalised, number

DELIMITERS = "\t;|, "  # in the order of trial
ENDING = "\0"  # the name of the empty column after a delimiter at the end of each row
Record = tuple[int, list[str]]


def records_of(
    lines: Any, delimiter: str, strict: bool = False, blank: bool = False, **how: Any
) -> Iterator[Record]:
    """The rows that are not blank, each with the line on which it begins; with `blank` also those
    of delimiters alone, which pandas reads too.
    """
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=strict, **how)
    line = 0
    # a cell may be too large for this module, but not for pandas
    with nullcontext() if strict else suppress(csv.Error):
        for cells in reader:
            begin, line = line + 1, reader.line_num
            if delimiter == " " and cells and not cells[-1]:
                cells.pop()  # spaces at the end of a line
            if (blank and len(cells) > 1) or any(cell.strip() for cell in cells):
                yield begin, cells


def delimiter_of(text: str) -> str:
    """The first that splits nine of ten rows into equally many cells, or that which splits most."""
    best, share = ",", 0.5
    for delimiter in DELIMITERS:
        rows = islice(records_of(io.StringIO(text, newline=""), delimiter), 200)
        counts = Counter(len(cells) for _, cells in rows)
        [(width, times)] = counts.most_common(1) or [(0, 0)]
        if width > 1 and times > min(share, 0.9) * counts.total() and share < 0.9:
            best, share = delimiter, times / counts.total()
    return best


def signs_of(cell: str) -> str:
    """The decimal signs with which a cell with a point or a comma is a number: "." or ",", ".,"
    where it is one with each, as 1,234 is, and "" for none.
    """
    signs = "".join(sign for sign in ".," if number(cell, sign) is not None)
    if len(signs) == 2 and re.match(r"\D*0|.*\de", cell.lower()):  # 0,125 has no thousands
        return "." if "." in cell else ","
    return signs


def evidence(cells: Iterable[str]) -> tuple[set[str], list[str]]:
    """The decimal signs that some of the cells need, and the cells that are numbers with each."""
    needed: set[str] = set()
    either: list[str] = []
    for cell in dict.fromkeys(map(str.strip, cells)):
        marks = "".join(mark for mark in cell if mark in ".,") if len(cell) <= 40 else ""
        if not marks or marks in needed:  # most cells have one sign and are no news
            continue
        signs = signs_of(cell)
        if len(signs) == 1:
            needed.add(signs)
        elif signs:
            either.append(cell)
    return needed, either


def decimal_of(rows: Sequence[list[str]], delimiter: str | None) -> tuple[str, str]:
    """A comma, if a cell needs one and none a point; 1,234 needs one where ; is the delimiter.

    The second is a cell that has another value with the other sign, if no cell needs either.
    """
    needed, either = evidence(cell for row in rows for cell in row)
    if needed:
        return "," if needed == {","} else ".", ""
    commas = [cell for cell in either if "," in cell]
    doubtful = commas or either * (delimiter != ",")
    return "," if commas and delimiter == ";" else ".", (doubtful or [""])[0]


def is_header(rows: Sequence[list[str]], decimal: str) -> bool:
    """Whether the first row names the columns.

    It does if it holds no number, and not all of its cells stand in the rows below. It also does if
    some of its cells are numbers in equal steps, and another is a text that is not found below.
    """
    first, below = [cell.strip() for cell in rows[0]], [*zip(*rows[1:])]  # noqa: B905
    found = [number(cell, decimal) for cell in first]
    numbers = [x for x in found if x is not None]
    again = [cell in map(str.strip, column) for cell, column in zip(first, below)]  # noqa: B905
    if not numbers:
        return not again or not all(again)
    steps = {round(b - a, 6) for a, b in pairwise(numbers)}
    texts = [seen and cell for cell, x, seen in zip(first, found, again) if x is None]  # noqa: B905
    new = bool(texts) and not any(texts)
    return new and len(steps) == 1 and (steps == {1.0} or len(numbers) > 2)


def all_named(names: Sequence[str], width: int, rows: Sequence[list[str]]) -> list[str]:
    """A name for each cell: R writes none above the names of rows, others none for what follows the
    delimiter at the end of each row.
    """
    ends = [row[-1].strip() for row in rows if len(row) == width]
    if len(names) == width - 1 and any(ends):
        return ["row name", *names]
    names = [*names, *[""] * (width - len(names))]
    if len(names) == width and not names[-1].strip() and not any(ends):
        names[-1] = ENDING
    return names


def different(given: Iterable[Any], notes: list[str]) -> list[str]:
    """Names that are all there, and all different."""
    names: dict[str, None] = {}
    for name in map(normalised, map(str, given)):
        new = name = f"column {len(names) + 1}" if re.fullmatch(r"|Unnamed: \d+", name) else name
        for k in count(2):
            if new not in names:
                break
            new = f"{name} ({k})"
        if new != name:
            notes.append(f"two columns are called {name!r}; the second is now {new!r}")
        names[new] = None
    return [*names]
