"""From the cells of a row to the inputs of a network, with the standard library alone: the text of
these functions is part of the Python files that are exported.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from unicodedata import normalize

from ..data.spellings import MISSING, number, plain

DAYS = {"year": 365.2425, "week": 7.0, "day": 1.0}
ISO = re.compile(
    r"(?a)(\d{4})(?:(\d\d)(\d\d)|([-/. \\])(\d\d?)(?:\4(\d\d?))?)?"
    r"(?:[T ](?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d*))?)?)?|(\d\d?):(\d\d?)(?::(\d\d?)(?:\.(\d*))?)?)"
    r"( ?(?:Z|([-+])(\d\d?):?(\d\d?)?))?)?"
)


def value(cell: Any, column: dict[str, Any]) -> float | None:
    """A number, days since 1970, or the index of a text, as `predict` reads them; None where the
    cell is blank, or is none.
    """
    if cell is None:
        return None
    if "date" in column and isinstance(cell, date):
        moment = cell if isinstance(cell, datetime) else datetime.combine(cell, time())
        return seconds(moment) / 86400.0
    if isinstance(cell, bool | float) and not {"texts", "date"} & column.keys():
        return float(cell) if math.isfinite(cell) else None
    text = plain(cell)
    if text.lower() in MISSING:
        return None
    if "texts" in column:
        return index_of(text, column)
    if "date" in column:
        return days_in(text, column["date"])
    return number(text, column.get("decimal", "."))


def index_of(text: str, column: dict[str, Any]) -> float | None:
    """The index of a text, which may be spelled otherwise."""
    exact = {known: float(k) for k, known in enumerate(column["texts"])}
    loose = {known.casefold(): k for known, k in exact.items()}
    equal = {number(known, "."): k for known, k in exact.items()}
    x = number(text, column.get("decimal", "."))
    found = loose.get(text.casefold(), None if x is None else equal.get(x))
    return exact.get(text, found)


def days_in(text: str, form: str) -> float | None:
    """The days since 1970 of a date in that form; None if it is none."""
    try:
        if form != "ISO8601":
            return seconds(datetime.strptime(text, form)) / 86400.0
        if (found := ISO.fullmatch(text)) is None:
            return None
        year, month, day, _, *parts = found.groups()
        month, day = month or parts[0], day or parts[1]
        hour, minute, second, fraction = parts[2:6] if parts[2] else parts[6:10]
        if hour and not day:
            return None
        moment = datetime(
            int(year), int(month or 1), int(day or 1),
            int(hour or 0), int(minute or 0), int(second or 0),
        )  # fmt: skip
        east = time(int(parts[12] or 0), int(parts[13] or 0))
    except ValueError:
        return None
    offset = (60.0 * east.hour + east.minute) * (-60.0 if parts[11] == "-" else 60.0)
    return (seconds(moment) + float(f"0.{fraction or 0}") - offset) / 86400.0


def seconds(moment: datetime) -> float:
    """The seconds since 1970."""
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()


def encoded(cell: Any, column: dict[str, Any]) -> list[float]:
    """The inputs that a cell becomes."""
    x, cycles = value(cell, column), column.get("cycles", [])
    if "texts" in column:
        found = [float(x == k) for k in range(len(column["texts"]))]
    elif x is None:
        found = [0.0] * (1 + 2 * len(cycles))
    else:
        found = [(x - column["mean"]) / column["scale"]]
        for cycle in cycles:
            angle = 2.0 * math.pi / DAYS[cycle] * x
            found += [math.sin(angle), math.cos(angle)]
    return [*found, float(x is None)] if column.get("unknown") else found


def shares(scores: list[float]) -> list[float]:
    """The probabilities of the classes: the softmax of the outputs of the network."""
    powers = [math.exp(score - max(scores)) for score in scores]
    return [power / sum(powers) for power in powers]


def known_spellings(texts: Sequence[str]) -> dict[str, int]:
    """The texts with their places, and other spellings that are read as one of them, for readers
    that know no Unicode.
    """
    known = {text: k for k, text in enumerate(texts)}
    for k, text in enumerate(texts):
        for other in (text.casefold(), text.lower(), text.upper(), text.title(), text.capitalize()):
            known.setdefault(other, k)
        if (x := number(text, ".")) is not None:
            known.setdefault(repr(x), k)
            known.setdefault(f"{x:.15g}", k)
    for text, k in [*known.items()]:
        known.setdefault(normalize("NFD", text), k)
    return known
