"""`History`: the result of `fit`, a table with one row per epoch."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from autograd_core.errors import MissingExtra


@dataclass
class History:
    """The columns of the table, each a list with one entry per epoch. A column that was not
    measured stays empty.

    `loss` and `accuracy` are means over the epoch, while the parameters changed. Those of the
    validation data are measured at its end. `seconds` is the duration of the epoch.

    >>> history = History()
    >>> history.add(0.5, seconds=2.0)
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
    """Why the training ended before its last epoch; empty if it did not."""

    def __len__(self) -> int:
        return len(self.loss)

    @property
    def columns(self) -> dict[str, list[float]]:
        """The columns that were measured, by name."""
        return {
            name: getattr(self, name) for name in (*self.MEASURED, "seconds") if getattr(self, name)
        }

    def to_csv(self, path: str | os.PathLike[str] | None = None) -> str:
        """The table as CSV text with all digits; also written to a file if a path is given.

        >>> History(loss=[0.5, 0.25], seconds=[1.0, 3.0]).to_csv().splitlines()
        ['epoch,loss,seconds', '1,0.5,1.0', '2,0.25,3.0']
        """
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["epoch", *self.columns])
        writer.writerows(
            [epoch, *row] for epoch, row in enumerate(zip(*self.columns.values(), strict=True), 1)
        )
        if path is not None:
            Path(path).write_text(text.getvalue(), encoding="utf-8", newline="\n")
        return text.getvalue()

    def to_dataframe(self) -> Any:
        """The table as a DataFrame of pandas, indexed by the epoch."""
        try:
            import pandas  # type: ignore[import-untyped]
        except ImportError:
            raise MissingExtra("pandas", "tables", "History.to_dataframe()") from None
        return pandas.DataFrame(
            self.columns, index=pandas.RangeIndex(1, len(self) + 1, name="epoch")
        )

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
        """Append the row of one epoch."""
        row = {
            "loss": loss,
            "accuracy": accuracy,
            "validation_loss": validation_loss,
            "validation_accuracy": validation_accuracy,
        }
        for name, number in row.items():
            if number is not None:
                getattr(self, name).append(number)
        self.seconds.append(seconds)

    def interrupt(self) -> None:
        """Note that the training was interrupted, and drop an incomplete last row."""
        self.interrupted, self.stopped = True, "interrupted"
        for column in self.columns.values():
            del column[len(self.seconds) :]

    def __str__(self) -> str:
        columns = self.columns
        width = {name: max(12, len(name) + 2) for name in columns}
        lines = ["epoch" + "".join(f"{name:>{width[name]}}" for name in columns)]
        for i in range(len(self)):
            lines.append(
                f"{i + 1:5}"
                + "".join(f"{column[i]:>{width[name]}.4g}" for name, column in columns.items())
            )
        return "\n".join(lines)
