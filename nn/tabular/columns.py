"""One column of a table: from cells to numbers, and from numbers to the inputs of a network."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..data.spellings import MISSING, number, plain
from .cells import days
from .libraries import numpy, pandas

CYCLES = {"year": 365.2425, "week": 7.0, "day": 1.0}  # in days


@dataclass
class Column:
    """Numbers, texts from a fixed list, or dates.

    A number becomes one input, standardised by mean and scale. A text becomes an input of 0 or 1
    for each of the texts. A date becomes its days, standardised, and the sine and cosine of each
    cycle. `unknown` adds one input, 1 where a cell is blank or a text is none of the list: there
    the others are 0.
    """

    name: str
    texts: list[str] | None = None
    mean: float = 0.0
    scale: float = 1.0
    unknown: bool = False
    date: str | None = None
    cycles: list[str] = field(default_factory=list)

    @property
    def width(self) -> int:
        """The number of inputs that a cell becomes."""
        known = 1 + 2 * len(self.cycles) if self.texts is None else len(self.texts)
        return known + self.unknown

    def read(self, cells: Any, decimal: str) -> Any:
        """The cells of a column as float64: numbers, days since 1970, or the indices of the texts;
        nan for what is none.
        """
        if self.date is not None:
            return dates(cells, self.date)
        if self.texts is None:
            return numbers(cells, decimal)
        codes, texts = texts_of(cells)
        exact = {text: k for k, text in enumerate(self.texts)}
        loose = {text.casefold(): k for text, k in exact.items()}
        equal = {number(text, "."): k for text, k in exact.items()} | {None: numpy.nan}
        found = [
            exact.get(text, loose.get(text.casefold(), equal.get(number(text, decimal), numpy.nan)))
            for text in texts
        ]
        return numpy.array([*found, numpy.nan])[codes]

    def fit(self, values: Any) -> None:
        """Take mean and scale from the samples to train on."""
        if self.texts is None:
            self.mean, self.scale = mean_and_scale(values[~numpy.isnan(values)])

    def inputs(self, values: Any, out: Any) -> None:
        """Write the inputs for each value into an array (samples, width) of zeros."""
        known = ~numpy.isnan(values)
        if self.texts is not None:
            out[numpy.flatnonzero(known), values[known].astype(int)] = 1.0
        else:
            out[known, 0] = (values[known] - self.mean) / self.scale
        for k, name in enumerate(self.cycles):
            angles = 2.0 * numpy.pi / CYCLES[name] * values[known]
            out[known, 1 + 2 * k], out[known, 2 + 2 * k] = numpy.sin(angles), numpy.cos(angles)
        if self.unknown:
            out[:, -1] = ~known


def texts_of(cells: Any) -> tuple[Any, list[str]]:
    """The different texts of a column, and their index for each cell: −1 where it is missing."""
    codes, found = pandas.factorize(cells)
    texts: dict[str, int] = {}
    places = [
        -1 if text.lower() in MISSING else texts.setdefault(text, len(texts))
        for text in map(plain, found.tolist())
    ]
    return numpy.array([*places, -1])[codes], [*texts]


def numbers(cells: Any, decimal: str) -> Any:
    """The cells as finite numbers; nan for what is none."""
    if pandas.api.types.is_numeric_dtype(cells):
        values = cells.to_numpy("float64", na_value=numpy.nan)
        return numpy.where(numpy.isfinite(values), values, numpy.nan)
    codes, texts = texts_of(cells)
    return values_of(texts, decimal)[codes]


def values_of(texts: list[str], decimal: str) -> Any:
    """The numbers of texts by their codes; nan where there is none, and for the code −1."""
    return numpy.array([*(number(text, decimal) for text in texts), None], dtype="float64")


def dates(cells: Any, form: str) -> Any:
    """The cells as days since 1970; nan for what is no date."""
    if pandas.api.types.is_datetime64_any_dtype(cells):
        return days(cells, form)
    codes, texts = texts_of(cells)
    return numpy.append(days(texts, form), numpy.nan)[codes]


def cycles_in(values: Any) -> list[str]:
    """The cycles in which the dates lie at more than one place."""
    present = values[~numpy.isnan(values)]
    places = {"day": present % 1.0}  # longer cycles count whole days
    return [
        name
        for name, period in CYCLES.items()
        if numpy.ptp(places.get(name, numpy.floor(present) % period)) > 0.001 * period
    ]


def mean_and_scale(values: Any) -> tuple[float, float]:
    """Mean and standard deviation; the scale is 1 if all numbers are equal."""
    if not len(values):
        return 0.0, 1.0
    largest = float(numpy.abs(values).max()) or 1.0  # scaled by it, no square overflows
    mean, deviation = float((values / largest).mean()), float((values / largest).std())
    return mean * largest, deviation * largest if deviation > 1e-12 else 1.0
