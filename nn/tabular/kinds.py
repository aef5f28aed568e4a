"""What a column is: numbers, texts, dates, an id, or nothing to learn from."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from ..data.spellings import number
from .cells import NONE, form_of_dates
from .columns import Column, cycles_in, dates, numbers, texts_of, values_of
from .libraries import numpy, pandas

MOST_TEXTS, MOST_CLASSES = 100, 20
SOME = 1000  # different texts that tell what all of them are
MOSTLY = 0.95  # of the cells, for a column to be numbers or dates
ID = re.compile(
    r"(?i:(.*[ _.-])?(id|idx|index|key|uuid|guid|nr|no|row|rownames|row name|column 1))"
    r"|.*[a-z](Id|ID)"
)
UNIT = re.compile(
    r"(?P<currency>[A-Z]{2,3}\s)?(?P<number>[-+−]?\s?\d[\d.,'’\s]*?)(?(currency)|\s?(?P<unit>[^\d\s.,]\D{0,8}[23]?))"
)
PLAIN = re.compile(r"[-+]?\d*[.,]?\d*([eE][-+]?\d+)?")


@dataclass
class Found:
    """A column, the value of each of its cells, and what is to be said of it."""

    column: Column
    values: Any
    gaps: Any
    """The rows in which it is missing."""
    note: str = ""
    row: int | None = None
    """The row of which the note speaks."""
    useless: str = ""
    """Why nothing can be learned from it, or seldom."""
    at_will: bool = False
    """Whether `--keep` can keep it."""
    hint: str = ""
    """How to have numbers instead of texts that look like some."""


def found_in(
    name: str, cells: Any, decimal: str, as_text: bool, most: int | None = MOST_TEXTS
) -> Found:
    """The kind of a column by all of its cells; of texts at most the `most` frequent ones stay."""
    if pandas.api.types.is_numeric_dtype(cells) and cells.dtype != bool and not as_text:
        return _numbers(name, numbers(cells, decimal))
    if pandas.api.types.is_datetime64_any_dtype(cells) and not as_text:
        return _dates(name, cells, "ISO8601")
    codes, texts = texts_of(cells)
    times = numpy.bincount(codes[codes >= 0], minlength=len(texts))
    if not as_text and texts:
        values = values_of(texts, decimal)
        odd = [k for k, text in enumerate(texts) if values[k] != values[k] and text not in NONE]
        if times[odd].sum() <= (1.0 - MOSTLY) * times.sum():
            if odd:
                note = f"{texts[odd[0]]!r} is not a number, and counts as missing"
                row = cells.index[numpy.argmax(codes == odd[0])]
                return _numbers(name, values[codes], note, row)
            spelt = (
                f"{text!r} is read as {x:.15g}"
                for text, x in zip(texts, values, strict=False)
                if not PLAIN.fullmatch(text) and numpy.isfinite(x)
            )
            return _numbers(name, values[codes], next(spelt, ""))
        if form := form_of_dates(texts):
            return _dates(name, cells, form, f", such as {texts[0]}")
    found = _texts(name, codes, texts, times, most)
    if not as_text and len(texts) > 2:
        found.hint = _hint(texts[:SOME], times[:SOME], decimal)
    return found


def _hint(texts: list[str], times: Any, decimal: str) -> str:
    """How to have numbers, if the texts are some with the other decimal sign, or with one unit."""
    [other] = {".", ","} - {decimal}
    shares: Counter[str] = Counter()
    firsts: dict[str, str] = {"": ""}
    for text, n in zip(texts, times.tolist(), strict=True):
        found, how = UNIT.fullmatch(text), ""
        if number(text, other) is not None:
            how = f"give --decimal {other}"
        elif found and any(number(found["number"], sign) is not None for sign in ".,"):
            how = f"remove {(found['currency'] or found['unit']).strip()!r} from the cells"
        shares[how] += n
        firsts.setdefault(how, text)
    [(how, n)] = shares.most_common(1)
    enough = how and n >= MOSTLY * times.sum()
    return f"{how} to read {firsts[how]!r} as a number" if enough else ""


def _numbers(name: str, values: Any, note: str = "", row: int | None = None) -> Found:
    """Numbers, of no use if they are the same in every row, or count the rows."""
    gaps = numpy.flatnonzero(numpy.isnan(values))
    useless, at_will = "", False
    if len(gaps) == len(values):
        useless = "it is empty"
    elif len(gaps):
        pass
    elif (values == values[0]).all():
        useless = f"it is always {values[0]:g}"
    elif values[0] in (0.0, 1.0) and (numpy.diff(values) == 1.0).all():
        useless, at_will = "it counts the rows", True
    elif (
        ID.fullmatch(name)
        and (values % 1.0 == 0.0).all()
        and len(numpy.unique(values)) == len(values)
    ):
        useless, at_will = "it is an id", True
    return Found(Column(name), values, gaps, note, row, useless, at_will)


def _dates(name: str, cells: Any, form: str, such: str = "") -> Found:
    values = dates(cells, form)
    column = Column(name, date=form, cycles=cycles_in(values))
    how = "year-month-day" if form == "ISO8601" else form
    place = f", and their place in the {', '.join(column.cycles)} (sine and cosine)"
    note = f"dates as {how}{such}; they become days{place * bool(column.cycles)}"
    return Found(column, values, numpy.flatnonzero(numpy.isnan(values)), note)


def _texts(name: str, codes: Any, texts: list[str], times: Any, most: int | None) -> Found:
    """Texts: spellings that differ only in case are one, and the most frequent ones stay."""
    codes, texts, times, note = _merged(codes, texts, times)
    n, useless = times.sum(), ""
    if not n:
        useless = "it is empty"
    elif len(texts) == 1 and n == len(codes):
        useless = f"it is always {texts[0]!r}"
    elif times[times > 1].sum() < 0.5 * n and len(texts) > 2:
        useless = f"{len(texts):,} different texts, which hardly repeat"
    kept = numpy.argsort(-times, kind="stable")[:most].tolist()
    if len(kept) < len(texts):
        note += "; " * bool(note)
        note += f"the {most} most frequent of {len(texts):,} texts; the others count as unknown"
    kept.sort(key=texts.__getitem__)
    places = numpy.full(len(texts) + 1, numpy.nan)
    places[kept] = numpy.arange(len(kept))
    column, gaps = Column(name, [texts[k] for k in kept]), numpy.flatnonzero(codes < 0)
    return Found(column, places[codes], gaps, note, None, useless, useless.endswith("repeat"))


def _merged(codes: Any, texts: list[str], times: Any) -> tuple[Any, list[str], Any, str]:
    """Codes, texts and times with one spelling, the most frequent, of those that differ in case."""
    alike = [text.casefold() if len(text) > 1 else text for text in texts]
    groups, _ = pandas.factorize(numpy.array(alike, dtype=object))
    best = [texts[k] for k in pandas.Series(times).groupby(groups).idxmax()]
    note, several = "", numpy.flatnonzero(numpy.bincount(groups) > 1)[:3]
    if len(several):
        shown = ["/".join(texts[k] for k in numpy.flatnonzero(groups == g)) for g in several]
        note = f"{'; '.join(shown)} are the same text, {best[several[0]]!r}"
    return numpy.append(groups, -1)[codes], best, numpy.bincount(groups, times), note
