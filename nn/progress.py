"""How far the training is: one bar that renews itself in a terminal, plain lines in a log file."""

from __future__ import annotations

import sys
import time
from typing import TextIO

PAUSE = 0.1  # seconds between two pictures of the bar
LINES = 20  # at most, in a log file


class Progress:
    """Shows epoch, loss, accuracy and the time left on standard error, in plain ASCII, which every console can print.

    >>> progress = Progress(epochs=2, batches=10, stream=sys.stdout)
    >>> progress.epoch(1, 0.25, 0.9)
    epoch 1/2  loss 0.2500  accuracy 90.0 %  0:00 left
    """

    def __init__(self, epochs: int, batches: int, *, shown: bool = True, stream: TextIO | None = None) -> None:
        self.stream = (stream or sys.stderr) if shown else None
        self.epochs, self.batches = epochs, batches
        self.terminal = self.stream is not None and self.stream.isatty()
        self.started = self.drawn = time.monotonic()
        self.width = 0

    def batch(self, epoch: int, batch: int, loss: float, accuracy: float | None) -> None:
        """After a batch: renew the bar, if there is one and it is time."""
        now = time.monotonic()
        if self.terminal and now - self.drawn >= PAUSE:
            self.drawn = now
            done = epoch - 1 + batch / self.batches
            self._overwrite(self._bar(done) + self._text(epoch, done, loss, accuracy))

    def epoch(self, epoch: int, loss: float, accuracy: float | None) -> None:
        """After an epoch: renew the bar, or write a line."""
        if self.terminal:
            self._overwrite(self._bar(epoch) + self._text(epoch, epoch, loss, accuracy))
        elif self.stream and (epoch == self.epochs or epoch % max(1, self.epochs // LINES) == 0):
            self.stream.write(self._text(epoch, epoch, loss, accuracy) + "\n")
            self.stream.flush()

    def say(self, text: str) -> None:
        """Write a line of its own."""
        if self.stream:
            self.stream.write(("\n" if self.terminal and self.width else "") + text + "\n")
            self.stream.flush()
            self.width = 0

    def close(self) -> None:
        """Leave the bar as it is, and go to the next line."""
        if self.terminal and self.stream and self.width:
            self.stream.write("\n")
            self.stream.flush()

    def _overwrite(self, line: str) -> None:
        if self.stream:
            self.stream.write("\r" + line.ljust(self.width))
            self.stream.flush()
            self.width = len(line)

    def _bar(self, done: float, length: int = 24) -> str:
        full = int(length * done / self.epochs)
        return "[" + "#" * full + "." * (length - full) + "]  "

    def _text(self, epoch: int, done: float, loss: float, accuracy: float | None) -> str:
        left = round((time.monotonic() - self.started) * (self.epochs - done) / done)
        right = "" if accuracy is None else f"  accuracy {100.0 * accuracy:.1f} %"
        return f"epoch {epoch}/{self.epochs}  loss {loss:.4f}{right}  {left // 60}:{left % 60:02} left"
