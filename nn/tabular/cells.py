"""Cells as people write them: numbers, dates, and the words for a missing value."""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Sequence
from math import isfinite
from typing import Any

from .libraries import numpy, pandas

MISSING = frozenset(
    "|-|--|?|.|na|n/a|n.a.|#n/a|nan|null|unknown|missing|#value!|#div/0!|#ref!|<na>|nat"
    .split("|")
)  # fmt: skip
"""What stands for a missing value, in lower case."""
NONE = ("None", "none", "NONE")
"""What is missing among numbers, but a text among texts."""
GROUPS = ",'’\u00a0\u2009\u202f "
"""What separates the thousands."""
SIGN = "[$€£¥₹₽₩₺₴₫₦₱฿¢]?"
NUMBER = re.compile(
    rf"(?:[-+]?\s?{SIGN}\s?|\s?{SIGN}\s?[-+])"
    rf"(?:\d{{1,3}}([{GROUPS}])\d{{3}}(?:\1\d{{3}})*|\d+|(?=\.\d))"
    rf"(?:\.\d*)?(?:[eE][-+]?\d+)?\s?{SIGN}\s?%?"
)
DATE = DATE = re.compile(
    r"\d{1,4}[-/. ]{1,2}(\d\d?|[A-Za-z]{3,9})([-/., ]|$).*|\D{3,14} \d\d?,? \d{4}.*|\d\d?:\d\d.*"
    r"|[A-Za-z]{3,9}[- ](\d\d|\d{4})|\d{4}, [A-Z][a-z]{2,8}"
)
DAYS = ("%m/%d/%y", "%d/%m/%y", "%d.%m.%y", "%d-%b-%y")
UNGUESSED = [
    *(day + time for day in DAYS for time in ("", " %H:%M")),
    *"%b-%y|%b-%Y|%b %Y|%B-%Y|%B %Y|%Y, %B|%H:%M|%H:%M:%S|%I:%M %p|%H:%M:%S.%f".split("|"),
]
"""The forms of dates that pandas reads but does not guess."""


def number(text: str, decimal: str) -> float | None:
    """The finite number in a cell, None if it holds none.

    >>> [number(text, ".") for text in ("1,234", "43%", "$2.39", "€ 5", "−3", "(5)", "1e3", "1_0")]
    [1234.0, 0.43, 2.39, 5.0, -3.0, -5.0, 1000.0, None]
    >>> number("1.234,5", ",")
    1234.5
    """
    text = text.strip().replace("−", "-")
    if decimal == ",":
        text = text.translate({ord(","): ".", ord("."): ","})
    negative = text.startswith("(") and text.endswith(")")
    text = text[1:-1] if negative else text
    if not NUMBER.fullmatch(text):
        return None
    x = float(re.sub(r"[^-+.\deE]", "", text)) / (100.0 if "%" in text else 1.0)
    return (-x if negative else x) if isfinite(x) else None


def normalised(text: str) -> str:
    """A text without spaces around it, each letter with its accent one character."""
    return unicodedata.normalize("NFC", text.strip())


def days(texts: Sequence[str], form: str) -> Any:
    """The days since 1970 of dates in that form; nan for other texts."""
    found = pandas.to_datetime(pandas.Series(texts), format=form, errors="coerce", utc=True)
    since = found - pandas.Timestamp("1970-01-01", tz="UTC")  # in seconds: no date is out of bounds
    return (since / pandas.Timedelta(days=1)).to_numpy("float64")


def form_of_dates(texts: Sequence[str]) -> str | None:
    """The form in which most of the texts are dates, None if they are none.

    >>> form_of_dates(["01/02/2020", "13/02/2020"]), form_of_dates(["10:15", "9:30"])
    ('%d/%m/%Y', '%H:%M')
    """
    from pandas.tseries.api import guess_datetime_format  # type: ignore[import-untyped]

    dates = [text for text in texts if DATE.fullmatch(text)]
    if len(dates) < 0.95 * len(texts) or not dates:
        return None
    some = dates[:1000]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the form need not have the day where it is looked for
        guesses = [guess_datetime_format(some[0], dayfirst=first) for first in (False, True)]
    read = {
        form: numpy.isfinite(days(some, form)).mean()
        for form in ["ISO8601", *filter(None, guesses), *UNGUESSED]
    }
    best = max(read, key=read.__getitem__)
    return best if read[best] >= 0.95 else None
