"""Cells as people write them: numbers, dates, and the words for a missing value."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from typing import Any

from .libraries import numpy, pandas

NONE = ("None", "none", "NONE")
"""What is missing among numbers, but a text among texts."""
DATE = re.compile(
    r"\d{1,4}[-/. ]{1,2}(\d\d?|[A-Za-z]{3,9})([-/., ]|$).*|\D{3,14} \d\d?,? \d{4}.*|\d\d?:\d\d.*"
    r"|[A-Za-z]{3,9}[- ](\d\d|\d{4})|\d{4}, [A-Z][a-z]{2,8}"
)
DAYS = ("%m/%d/%y", "%d/%m/%y", "%d.%m.%y", "%d-%b-%y")
UNGUESSED = [
    *(day + time for day in DAYS for time in ("", " %H:%M")),
    *"%b-%y|%b-%Y|%b %Y|%B-%Y|%B %Y|%Y, %B|%H:%M|%H:%M:%S|%I:%M %p|%H:%M:%S.%f".split("|"),
]
"""The forms of dates that pandas reads but does not guess."""


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
