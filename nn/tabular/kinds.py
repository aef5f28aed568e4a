"""What a column is: numbers, texts, dates, an id, or nothing to learn from."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from .cells import NONE, form_of_dates, number
from .columns import Column, cycles_in, dates, numbers, texts_of, values_of
from .libraries import numpy, pandas

MOST_TEXTS, MOST_CLASSES = 100, 20
MOSTLY = 0.95  # of the cells, for a column to be numbers or dates
ID = re.compile(
    r"(?i:(.*[ _.-])?(id|idx|index|key|uuid|guid|nr|no|row|rownames|row name|column 1))"
    r"|.*[a-z](Id|ID)"
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


def found_in(
    name: str, cells: Any, decimal: str, as_text: bool, most: int | None = MOST_TEXTS
) -> Found:
    """The kind of a column by all of its cells; of texts at most the `most` frequent ones stay."""
    if pandas.api.types.is_numeric_dtype(cells) and cells.dtype != bool and not as_text:
        return _judged(_numbers(name, numbers(cells, decimal)))
    if pandas.api.types.is_datetime64_any_dtype(cells) and not as_text:
        return _dates(name, dates(cells, "ISO8601"), "ISO8601", "")
    codes, texts = texts_of(cells)
    times = numpy.bincount(codes[codes >= 0], minlength=len(texts))
    if not as_text and texts:
        values = values_of([number(text, decimal) for text in texts])
        odd = [k for k, text in enumerate(texts) if values[k] != values[k] and text not in NONE]
        if times[odd].sum() <= (1.0 - MOSTLY) * times.sum():
            found = _numbers(name, values[codes])
            found.note = _spelling(texts, values)
            if odd:
                found.note = f"{texts[odd[0]]!r} is not a number, and taken as missing"
                found.row = cells.index[numpy.argmax(codes == odd[0])]
            return _judged(found)
        if form := form_of_dates(texts):
            return _dates(name, dates(cells, form), form, texts[0])
    return _texts(name, codes, texts, times, most)


def _numbers(name: str, values: Any) -> Found:
    return Found(Column(name), values, numpy.flatnonzero(numpy.isnan(values)))


def _spelling(texts: list[str], values: Any) -> str:
    """What is read in an everyday spelling."""
    for text, x in zip(texts, values, strict=False):
        if not PLAIN.fullmatch(text) and numpy.isfinite(x):
            return f"{text!r} is read as {x:.15g}"
    return ""


def _judged(found: Found) -> Found:
    """Numbers, unless they are the same in every row, or count the rows."""
    values = found.values
    if len(found.gaps) == len(values):
        return replace(found, useless="it is empty")
    if len(found.gaps):
        return found
    if (values == values[0]).all():
        return replace(found, useless=f"it is always {values[0]:g}")
    if values[0] in (0.0, 1.0) and (numpy.diff(values) == 1.0).all():
        return replace(found, useless="it counts the rows", at_will=True)
    whole = (values == numpy.floor(values)).all()
    if whole and ID.fullmatch(found.column.name) and len(numpy.unique(values)) == len(values):
        return replace(found, useless="it is an id", at_will=True)
    return found


def _dates(name: str, values: Any, form: str, example: str) -> Found:
    gaps = numpy.flatnonzero(numpy.isnan(values))
    column = Column(name, date=form, cycles=cycles_in(values))
    how = "year-month-day" if form == "ISO8601" else form
    such = f", such as {example}" * bool(example)
    place = f", and their place in the {', '.join(column.cycles)} (sine and cosine)"
    note = f"dates as {how}{such}; they become days{place * bool(column.cycles)}"
    return Found(column, values, gaps, note)


def _texts(name: str, codes: Any, texts: list[str], times: Any, most: int | None) -> Found:
    """Texts: spellings that differ only in case are one, and the most frequent ones stay."""
    codes, texts, times, note = _merged(codes, texts, times)
    n = times.sum()
    useless, keep = "", numpy.arange(len(texts))
    if not n:
        useless = "it is empty"
    elif len(texts) == 1 and n == len(codes):
        useless = f"it is always {texts[0]!r}"
    elif times[times > 1].sum() < 0.5 * n and len(texts) > 2:
        useless = f"{len(texts):,} different texts, which hardly repeat"
    if most and len(texts) > most:
        keep = numpy.sort(numpy.argsort(-times, kind="stable")[:most])
        rest = f"the {most} most frequent of {len(texts):,} texts; the others count as unknown"
        note = f"{note}; {rest}" if note else rest
    kept = sorted((texts[k], k) for k in keep)
    places = numpy.full(len(texts) + 1, numpy.nan)
    places[[k for _, k in kept]] = numpy.arange(len(kept))
    found = Found(Column(name, [text for text, _ in kept]), places[codes], codes)
    at_will = "different" in useless
    return replace(
        found, gaps=numpy.flatnonzero(codes < 0), note=note, useless=useless, at_will=at_will
    )


def _merged(codes: Any, texts: list[str], times: Any) -> tuple[Any, list[str], Any, str]:
    alike: dict[str, list[int]] = {}
    for k, text in enumerate(texts):
        alike.setdefault(text.casefold() if len(text) > 1 else text, []).append(k)
    several = [ks for ks in alike.values() if len(ks) > 1]
    if not several:
        return codes, texts, times, ""
    best: Callable[[list[int]], int] = lambda ks: max(ks, key=lambda k: times[k])
    places = numpy.full(len(texts) + 1, -1)
    for k, ks in enumerate(alike.values()):
        places[ks] = k
    together = numpy.array([times[ks].sum() for ks in alike.values()])
    shown = "; ".join("/".join(texts[k] for k in ks) for ks in several[:3])
    note = f"{shown} are taken as one, {texts[best(several[0])]!r}"
    return places[codes], [texts[best(ks)] for ks in alike.values()], together, note
