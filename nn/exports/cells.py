"""From the cells of a row to the inputs of a network, with the standard library alone: the text of
these functions is part of the Python files that are exported.
"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time
from typing import Any
from unicodedata import normalize

DAYS = {"year": 365.2425, "week": 7.0, "day": 1.0}


def value(cell: Any, column: dict[str, Any]) -> float | None:
    """A number, days since 1970, or the index of a text; None where the cell is blank or a text is
    none of the list.
    """
    if cell is None or cell == "":
        return None
    if "texts" in column:
        text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
        text = normalize("NFC", text.strip())
        for known in (column["texts"], [known.casefold() for known in column["texts"]]):
            if text in known:
                return float(known.index(text))
            text = text.casefold()
        equal = {number(known): float(k) for k, known in enumerate(column["texts"])}
        return (equal | {None: None})[number(text)] if number(text) in equal else None
    if "date" in column and isinstance(cell, str):
        form = column["date"]
        cell = datetime.fromisoformat(cell) if form == "ISO8601" else datetime.strptime(cell, form)
    if isinstance(cell, date):
        moment = cell if isinstance(cell, datetime) else datetime.combine(cell, time())
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        cell = (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() / 86400.0
    return float(cell) if math.isfinite(float(cell)) else None


def number(text: str) -> float | None:
    """The finite number that a text is, None if it is none."""
    try:
        x = float(text)
    except ValueError:
        return None
    return x if math.isfinite(x) and "_" not in text else None


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
