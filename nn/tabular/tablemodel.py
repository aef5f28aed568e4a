"""A network with the description of its table, in one file: texts and numbers in, texts or numbers
out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

from autograd_core import softmax

from ..data.samples import Rows
from ..files.documents import dumped, number, read_document, write_atomically
from ..files.serialization import KIND, NAMES, VERSION, model_document, model_in
from ..modules.module import Module
from ..modules.networks import MLP
from ..training.predictions import Predictor
from .csvfile import Dialect, detect
from .table import Column, numbers_in, scale_in_place

Prediction = tuple[str | float, float]


@dataclass
class TableModel:
    """A network, the columns it reads, and the target it predicts."""

    network: Module
    columns: list[Column]
    target: Column
    dialect: Dialect = field(default_factory=Dialect)
    outputs: Predictor | None = None

    def predictions(
        self, path: Path, dialect: Dialect | None = None, at_once: int = 4096
    ) -> Iterator[Prediction]:
        """For each row of a CSV file, the class with its probability, or the number. The file is
        read in parts.

        The format given for the training table applies here too, unless `dialect` overrides it.
        """
        found = detect(path, (dialect or Dialect()).over(self.dialect))
        rows = (row for row, _ in numbers_in(path, found, self.columns, None))
        while chunk := list(islice(rows, at_once)):
            part = Rows(len(chunk[0]), chain.from_iterable(chunk))
            scale_in_place(self.columns, part)
            yield from self.predict(part)

    def predict(self, rows: Sequence[list[float]]) -> list[Prediction]:
        """For each standardised row, the class with its probability, or the number and 1."""
        self.outputs = self.outputs or Predictor(self.network)
        return [self._prediction(outputs) for outputs in self.outputs(rows)]

    def _prediction(self, outputs: list[float]) -> Prediction:
        if self.target.texts is None:
            return outputs[0] * self.target.scale + self.target.mean, 1.0
        shares: list[float] = softmax(outputs)
        best = shares.index(max(shares))
        return self.target.texts[best], shares[best]

    def save(self, path: Path) -> None:
        """Write the file; `nn.load` reads the network from it."""
        columns = {"target": _described(self.target), "columns": [*map(_described, self.columns)]}
        document = model_document(self.network) | {"table": self.dialect.given() | columns}
        write_atomically(path, dumped(document))

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
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"{path} describes no table: {type(error).__name__}: {error}"
            ) from None
        width, outputs = sum(c.width for c in columns), len(target.texts or [""])
        if not isinstance(network, MLP) or (network.n_inputs, network.sizes[-1]) != (
            width,
            outputs,
        ):
            raise ValueError(
                f"{path} does not fit its own table: {network!r} for {width} numbers and "
                f"{outputs} outputs"
            )
        return cls(network, columns, target, dialect)


def _described(column: Column) -> dict[str, Any]:
    settings = ("name", "texts") if column.texts is not None else ("name", "mean", "scale")
    return {name: getattr(column, name) for name in settings}


def _column(described: Any) -> Column:
    name, texts = described["name"], described.get("texts")
    if not isinstance(name, str):
        raise ValueError(f"the name of a column must be text, got {name!r}")
    if texts is None:
        mean = number(described["mean"], f"the mean of {name!r}")
        scale = number(described["scale"], f"the scale of {name!r}")
        if not scale > 0.0:
            raise ValueError(f"the scale of {name!r} must be above 0, got {scale!r}")
        return Column(name, None, mean, scale)
    all_texts = isinstance(texts, list) and all(isinstance(text, str) for text in texts)
    if not all_texts or len(set(texts)) < len(texts):
        raise ValueError(f"the texts of {name!r} must be a list of different texts")
    return Column(name, texts)
