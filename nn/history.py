"""What `fit` reports: a plain table with one row per epoch."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class History:
    """The columns of the table, each a list with one entry per epoch; a column that was not measured stays empty.

    Loss and accuracy are means over the epoch, while the parameters moved; those of the validation data are measured at
    its end. Seconds are those of the epoch.

    >>> history = History()
    >>> history.add(0.5, seconds=2.0)
    >>> print(history)
    epoch        loss     seconds
        1         0.5           2
    """

    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    interrupted: bool = False

    def __len__(self) -> int:
        return len(self.loss)

    @property
    def columns(self) -> dict[str, list[float]]:
        """The columns that were measured, by name."""
        names = ("loss", "accuracy", "validation_loss", "validation_accuracy", "seconds")
        return {name: getattr(self, name) for name in names if getattr(self, name)}

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
        row = {"loss": loss, "accuracy": accuracy, "validation_loss": validation_loss, "validation_accuracy": validation_accuracy}
        for name, number in row.items():
            if number is not None:
                getattr(self, name).append(number)
        self.seconds.append(seconds)

    def interrupt(self) -> None:
        """Note that the training was interrupted, and drop a row of which only a part was added."""
        self.interrupted = True
        for column in self.columns.values():
            del column[len(self.seconds) :]

    def __str__(self) -> str:
        columns = self.columns
        width = {name: max(12, len(name) + 2) for name in columns}
        lines = ["epoch" + "".join(f"{name:>{width[name]}}" for name in columns)]
        for i in range(len(self)):
            lines.append(f"{i + 1:5}" + "".join(f"{column[i]:>{width[name]}.4g}" for name, column in columns.items()))
        return "\n".join(lines)
