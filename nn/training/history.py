"""`History`: the result of `fit`, a table with one row per epoch."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from autograd_core.errors import MissingExtra, shown

from ..files.documents import number

SHOWN = 20
"""How many epochs a notebook shows."""


@dataclass
class History:
    """Hold the result of a training: a table with one row per epoch.

    Each column is a list with one entry per epoch; a column that was not measured stays empty.

    Args:
        loss: the mean loss over the samples of each epoch, while the parameters changed.
        accuracy: the share of correct samples, between 0 and 1, measured likewise.
        validation_loss: the mean loss over the validation data at the end of each epoch.
        validation_accuracy: their share of correct samples.
        seconds: the duration of each epoch.
        engine: "compiled" if the steps ran as one array program, else "eager".
        interrupted: whether Ctrl-C ended the training.
        stopped: why the training ended before its last epoch; empty if it did not.

    Example:
        >>> history = History()
        >>> history.add(loss=0.5, seconds=2.0)
        >>> print(history)
        epoch        loss     seconds
            1         0.5           2
    """

    MEASURED: ClassVar[tuple[str, ...]] = (
        "loss",
        "accuracy",
        "validation_loss",
        "validation_accuracy",
    )

    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    engine: str = "eager"
    interrupted: bool = False
    stopped: str = ""

    def __len__(self) -> int:
        return len(self.loss)

    @property
    def columns(self) -> dict[str, list[float]]:
        """The columns that were measured, by name."""
        names = (*self.MEASURED, "seconds")
        return {name: column for name in names if (column := getattr(self, name))}

    def to_csv(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return the table as CSV text, with all digits.

        Args:
            path: a file to write the text to as well.

        Returns:
            The text, with a header and one line per epoch.

        Raises:
            OSError: the file cannot be written.

        Example:
            >>> History(loss=[0.5, 0.25], seconds=[1.0, 3.0]).to_csv().splitlines()
            ['epoch,loss,seconds', '1,0.5,1.0', '2,0.25,3.0']
        """
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["epoch", *self.columns])
        writer.writerows(zip(range(1, len(self) + 1), *self.columns.values(), strict=True))
        if path is not None:
            Path(path).write_text(text.getvalue(), encoding="utf-8", newline="\n")
        return text.getvalue()

    def to_dataframe(self) -> Any:
        """Return the table as a pandas DataFrame.

        Returns:
            The DataFrame, indexed by the epoch.

        Raises:
            ImportError: pandas is not installed.

        Example:
            >>> History(loss=[0.5, 0.25]).to_dataframe()["loss"].min()  # doctest: +SKIP
            0.25
        """
        try:
            import pandas  # type: ignore[import-untyped]
        except ImportError:
            raise MissingExtra("pandas", "tables", "History.to_dataframe()") from None
        index = pandas.RangeIndex(1, len(self) + 1, name="epoch")
        return pandas.DataFrame(self.columns, index=index)

    @property
    def epochs_per_second(self) -> float:
        """Epochs per second over the whole training."""
        total = sum(self.seconds)
        return len(self) / total if total else 0.0

    def add(
        self,
        loss: float,
        accuracy: float | None = None,
        validation_loss: float | None = None,
        validation_accuracy: float | None = None,
        seconds: float = 0.0,
    ) -> None:
        """Append the row of one epoch.

        Args:
            loss: the mean loss.
            accuracy: the share of correct samples; None if it was not measured.
            validation_loss: the mean loss of the validation data, or None.
            validation_accuracy: their share of correct samples, or None.
            seconds: the duration.
        """
        row = (loss, accuracy, validation_loss, validation_accuracy)
        for name, y in zip(self.MEASURED, row, strict=True):
            if y is not None:
                getattr(self, name).append(y)
        self.seconds.append(seconds)

    def interrupt(self) -> None:
        """Note that the training was interrupted, and drop an incomplete last row.

        Example:
            >>> history = History(loss=[0.5, 0.25], seconds=[1.0])
            >>> history.interrupt()
            >>> history.loss, history.stopped
            ([0.5], 'interrupted')
        """
        self.interrupted, self.stopped = True, "interrupted"
        for column in self.columns.values():
            del column[len(self.seconds) :]

    def __str__(self) -> str:
        """The table as aligned text."""
        columns = {name: max(12, len(name) + 2) for name in self.columns}
        lines = ["epoch" + "".join(f"{name:>{width}}" for name, width in columns.items())]
        for i in range(len(self)):
            cells = [f"{getattr(self, name)[i]:>{width}.4g}" for name, width in columns.items()]
            lines.append(f"{i + 1:5}{''.join(cells)}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """The table for notebooks; of many epochs the first and the last."""
        n, ends = len(self), SHOWN // 2
        shown = range(n) if n <= SHOWN else [*range(ends), *range(n - ends, n)]
        head = "".join(f"<th>{name}</th>" for name in ("epoch", *self.columns))
        lines = []
        for i in shown:
            if i and i - 1 not in shown:
                lines.append(f'<tr><td colspan="{1 + len(self.columns)}">…</td></tr>')
            cells = "".join(f"<td>{column[i]:.4g}</td>" for column in self.columns.values())
            lines.append(f"<tr><td>{i + 1}</td>{cells}</tr>")
        return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def to_json(column: Sequence[float]) -> list[float | str]:
    """Numbers for a JSON document, which holds nan and infinity as text."""
    return [float(y) if y - y == 0.0 else repr(float(y)) for y in column]


def from_json(column: Any, what: str) -> list[float]:
    """The numbers that `to_json` wrote."""
    if not isinstance(column, list):
        raise ValueError(f"{what} must be in a list of numbers, got {shown(column)}")
    return [float(y) if y in ("nan", "inf", "-inf") else number(y, what) for y in column]
