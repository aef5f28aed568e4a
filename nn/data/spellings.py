"""Numbers and texts as people write them, with the standard library alone."""

from __future__ import annotations

import re
import unicodedata
from math import isfinite
from typing import Any

MISSING = frozenset(
    "|-|--|?|.|na|n/a|n.a.|#n/a|nan|null|unknown|missing|#value!|#div/0!|#ref!|<na>|nat"
    .split("|")
)  # fmt: skip
"""What stands for a missing value, in lower case."""
GROUPS = ",'’\u00a0\u2009\u202f "
"""What separates the thousands."""
CURRENCIES = "$€£¥₹₽₩₺₴₫₦₱฿¢"
SIGN = f"[{CURRENCIES}]?"
NUMBER = re.compile(
    rf"(?:[-+]?\s?{SIGN}\s?|\s?{SIGN}\s?[-+])"
    rf"(?:\d{{1,3}}([{GROUPS}])\d{{3}}(?:\1\d{{3}})*|\d+|(?=\.\d))"
    rf"(?:\.\d*)?(?:[eE][-+]?\d+)?\s?{SIGN}\s?%?"
)


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


def plain(cell: Any) -> str:
    """The text of a cell; of a whole number without a decimal point."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return normalised(str(cell))
