"""A network with the encoding of its table, in one file: cells in, classes or numbers out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from ..files.documents import dumped, number, read_document, write_atomically
from ..files.serialization import KIND, NAMES, VERSION, model_document, model_in
from ..modules.module import Module
from ..modules.networks import MLP
from ..training.predictions import Predictor
from ..training.reports import ClassReport, NumberReport, Report
from .cells import NONE
from .columns import CYCLES, Column, texts_of
from .dialect import Dialect, TableError
from .layout import evidence
from .libraries import numpy
from .reading import Source, opened
from .table import Encoding, strangers

Part = tuple[Any, Any]


@dataclass
class Unknowns:
    """The cells that the training table knows nothing of, counted by column."""

    counts: Counter[str] = field(default_factory=Counter)
    firsts: dict[str, str] = field(default_factory=dict)
    """The first of each column, with its place."""

    def add(self, source: Source, column: Column, cells: Any, values: Any) -> None:
        """Count the cells without a value. Blanks are known where the training table had some."""
        gaps = cells[numpy.isnan(values)]
        if len(gaps) and column.unknown:
            codes, texts = texts_of(gaps)
            missing = NONE if column.texts is None else ()
            gaps = gaps[numpy.isin(codes, [k for k, t in enumerate(texts) if t not in missing])]
        if not len(gaps):
            return
        if column.name not in self.counts:
            _, texts = texts_of(gaps[:1])
            what = repr(texts[0]) if len(texts) else "a blank"
            self.firsts[column.name] = f"{what} in {source.place(gaps.index[0])}"
        self.counts[column.name] += len(gaps)

    def report(self) -> list[str]:
        """A line for each column."""
        return [
            f"{name!r}: {n:,}, the first {self.firsts[name]}" for name, n in self.counts.items()
        ]


@dataclass
class TableModel:
    """A network, and the encoding of the table that it learned."""

    network: Module
    encoding: Encoding
    predictor: Predictor | None = None

    @property
    def target(self) -> Column:
        """The column that is predicted."""
        return self.encoding.target

    def opened(
        self, path: Path, dialect: Dialect | None = None, *, labelled: bool = False
    ) -> Source:
        """Open another table, which must have the columns of the first; with `labelled` also the
        target. The format given for the training table applies, unless `dialect` overrides it, and
        so does its decimal sign, unless the cells can only have the other one: a note says so.
        """
        given = (dialect or Dialect()).over(self.encoding.dialect)
        source = opened(path, given)
        asked = [*self.encoding.columns, *[self.target] * labelled]
        if problems := [*strangers([column.name for column in asked], source.columns)]:
            raise TableError(path, problems)
        if given.decimal is None:
            numbers = [c.name for c in asked if c.texts is None and c.date is None]
            self._take_decimal(source, numbers)
        return source

    def _take_decimal(self, source: Source, names: list[str]) -> None:
        """Read a table with the decimal sign of the training table, so that a cell has one value in
        all tables, unless the cells of those columns can only have the other sign.
        """
        usual = self.encoding.decimal
        [other] = {".", ","} - {usual}
        needed, _ = evidence(source.first_texts(names))
        if needed == {other}:
            signs = {".": "point", ",": "comma"}
            source.notes.append(
                f"numbers are read with a decimal {signs[other]}, which some cells need, but the "
                f"training table had a decimal {signs[usual]}; if that is wrong, give --decimal "
                f"{usual}"
            )
        decimal = other if needed == {other} else usual
        source.dialect = replace(source.dialect, decimal=decimal)

    def parts(
        self, source: Source, unknowns: Unknowns, *, labelled: bool = False, at_once: int = 50_000
    ) -> Iterator[Part]:
        """Read a table in parts: the inputs, and with `labelled` the targets (the index of a class
        or a number, nan where it is missing or unknown), else None.
        """
        columns, target = self.encoding.columns, self.target
        decimal = source.dialect.decimal or "."
        as_text = [c.name for c in [*columns, target] if c.texts is not None]
        for frame in source.frames(as_text, at_once):
            values = numpy.empty((len(columns), len(frame)))
            for column, row in zip(columns, values, strict=True):
                row[:] = column.read(frame[column.name], decimal)
                unknowns.add(source, column, frame[column.name], row)
            targets = target.read(frame[target.name], decimal) if labelled else None
            yield self.encoding.inputs(values.T), targets

    def predict(self, inputs: Any) -> tuple[list[Any], Any]:
        """For each row of inputs the class or the number; and the probabilities (samples, classes)
        of classes, None for numbers.
        """
        outputs = self.outputs(inputs)
        if self.target.texts is None:
            return outputs.tolist(), None
        return [self.target.texts[k] for k in outputs.argmax(axis=1).tolist()], outputs

    def outputs(self, inputs: Any) -> Any:
        """For each row of inputs the probabilities of the classes, or the number."""
        self.predictor = self.predictor or Predictor(self.network)
        outputs = numpy.asarray(self.predictor.array(inputs)).reshape(-1, self.encoding.outputs)
        if self.target.texts is None:
            return outputs[:, 0] * self.target.scale + self.target.mean
        shares = numpy.exp(outputs - outputs.max(axis=1, keepdims=True))
        return shares / shares.sum(axis=1, keepdims=True)

    def report(self, right: Any, outputs: Any) -> Report:
        """How well `outputs` fit the right targets: indices of classes, or numbers."""
        if self.target.texts is None:
            return NumberReport(right, outputs)
        return ClassReport(self.target.texts, right.astype(int), outputs)

    def save(self, path: Path) -> None:
        """Write the file; `nn.load` reads the network from it."""
        table = {
            **self.encoding.dialect.given(),
            **({"detected_decimal": self.encoding.decimal} if self.encoding.decimal == "," else {}),
            "target": _described(self.target),
            "columns": [*map(_described, self.encoding.columns)],
        }
        write_atomically(path, dumped(model_document(self.network) | {"table": table}))

    @classmethod
    def load(cls, path: Path) -> TableModel:
        """Read the network and its table; a ValueError says what is wrong."""
        document = read_document(path, KIND, VERSION, NAMES)
        if "table" not in document:
            raise ValueError(
                f"{path} is a model without a table; predict needs a model that python -m nn "
                "--data wrote"
            )
        network = model_in(document, path)
        try:
            table = document["table"]
            columns, target = [*map(_column, table["columns"])], _column(table["target"])
            settings = {name: table.get(name) for name in ("delimiter", "decimal", "encoding")}
            dialect = Dialect(**settings, header=table["header"] is True)
            decimal = "," if table.get("detected_decimal") == "," else "."
            encoding = Encoding(columns, target, dialect, decimal)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"{path} does not describe a table: {type(error).__name__}: {error}"
            ) from None
        sizes = (encoding.width, encoding.outputs)
        if not isinstance(network, MLP) or (network.n_inputs, network.sizes[-1]) != sizes:
            raise ValueError(
                f"{path} does not fit its own table: {network!r} for {sizes[0]} numbers and "
                f"{sizes[1]} outputs"
            )
        return cls(network, encoding)


def _described(column: Column) -> dict[str, Any]:
    """The settings of a column that are not the usual ones."""
    left = ("mean", "scale") if column.texts is not None else ("texts",)
    return {
        name: setting
        for name, setting in asdict(column).items()
        if name not in left and (setting or name in ("texts", "mean"))
    }


def _column(described: Any) -> Column:
    column = Column(**described)
    name, texts = column.name, column.texts
    column.unknown = column.unknown is True
    if not isinstance(name, str) or not isinstance(column.date, str | None):
        raise ValueError(
            f"the name of a column and its dates must be text, got {name!r}, {column.date!r}"
        )
    if texts is not None:
        all_texts = isinstance(texts, list) and all(isinstance(text, str) for text in texts)
        if not all_texts or len(set(texts)) < len(texts):
            raise ValueError(f"the texts of {name!r} must be a list of different texts")
        return Column(name, texts, unknown=column.unknown)
    column.mean = number(described["mean"], f"the mean of {name!r}")
    column.scale = number(described["scale"], f"the scale of {name!r}")
    if not column.scale > 0.0:
        raise ValueError(f"the scale of {name!r} must be above 0, got {column.scale!r}")
    if not isinstance(column.cycles, list) or not {*column.cycles} <= {*CYCLES}:
        raise ValueError(f"the cycles of {name!r} must be among {', '.join(CYCLES)}")
    return column
