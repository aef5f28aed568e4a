"""Progress of a training: a bar in a notebook or a terminal, and occasional lines in a log file."""

from __future__ import annotations

import math
import shutil
import sys
import time
from contextlib import suppress
from typing import Any, TextIO


class Progress:
    """Shows epoch, loss, accuracy and the remaining time, in ASCII, which every console can print.

    It is updated by the clock, so a batch costs only one look at it. Without a stream it is a
    widget in a notebook, and goes to standard error elsewhere.

    >>> progress = Progress(epochs=2, batches=10, stream=sys.stdout)
    >>> progress.epoch(2, 0.25, 0.9)
    >>> progress.close()
    epoch 2/2  loss 0.2500  accuracy 90.0 %  took 0.0 s
    """

    def __init__(
        self, epochs: int, batches: int, *, shown: bool = True, stream: TextIO | None = None
    ) -> None:
        self.epochs, self.batches = epochs, batches
        self.display = _display_for(stream) if shown else None
        self.started = time.monotonic()
        self.due = self.started + self.display.pause() if self.display else math.inf
        self.first = -1.0  # the epochs that were finished when this training began or resumed
        self.last = ""

    def batch(self, epoch: int, batch: int, loss: float, accuracy: float | None) -> None:
        """Update after a batch, if it is time."""
        if self.first < 0.0:
            self.first = epoch - 1 + (batch - 1) / self.batches
        if time.monotonic() >= self.due:
            self._show(epoch - 1 + batch / self.batches, self._line(epoch, loss, accuracy))

    def epoch(self, epoch: int, loss: float, accuracy: float | None) -> None:
        """Update after an epoch, if it is time."""
        if self.display:
            self.last = self._line(epoch, loss, accuracy)
            if time.monotonic() >= self.due:
                self._show(epoch, self.last)

    def say(self, text: str) -> None:
        """Write a last line; nothing more is shown after it."""
        self.close()
        if self.display:
            self.display.write(text)

    def close(self) -> None:
        """Show the last epoch as the final line."""
        if self.display:
            took = f"  took {_clock(time.monotonic() - self.started)}"
            self.display.close(self.last and self.last + took)
        self.last, self.due = "", math.inf

    def _show(self, done: float, line: str) -> None:
        assert self.display is not None
        elapsed = time.monotonic() - self.started
        left = elapsed * (self.epochs - done) / (done - max(0.0, self.first))
        self.display.show(done / self.epochs, f"{line}  {_clock(left)} left")
        self.due = time.monotonic() + self.display.pause()

    def _line(self, epoch: int, loss: float, accuracy: float | None) -> str:
        right = "" if accuracy is None else f"  accuracy {100.0 * accuracy:.1f} %"
        return f"epoch {epoch}/{self.epochs}  loss {loss:.4f}{right}"


class _LogFile:
    """Lines at growing intervals: after 1, 3, 7, 15, 31 seconds, and then every minute."""

    def __init__(self, stream: TextIO) -> None:
        self.stream, self.seconds = stream, 0.5

    def pause(self) -> float:
        """The seconds until the next update."""
        self.seconds = min(2.0 * self.seconds, 60.0)
        return self.seconds

    def show(self, share: float, text: str) -> None:
        """Show the finished share, and the text beside it."""
        self.write(text)

    def close(self, text: str) -> None:
        """Show the final text; without one, keep what was shown last."""
        if text:
            self.write(text)

    def write(self, text: str) -> None:
        """Write a line below."""
        self.put(text + "\n")

    def put(self, text: str) -> None:
        """Write at once. A failure, such as a closed pipe or a full disk, must not end the
        training.
        """
        with suppress(OSError):
            self.stream.write(text)
            self.stream.flush()


class _Terminal(_LogFile):
    """One line that is overwritten ten times a second."""

    width = 0

    def pause(self) -> float:
        return 0.1

    def show(self, share: float, text: str) -> None:
        columns = shutil.get_terminal_size().columns - 1  # a wrapped line cannot be overwritten
        line = f"{_bar(share, min(24, max(4, columns - len(text) - 4)))}  {text}"[:columns]
        self.put("\r" + line.ljust(self.width))
        self.width = len(line)

    def close(self, text: str) -> None:
        if text:
            text = "\r" + text.ljust(self.width)
        if text or self.width:
            self.write(text)
        self.width = 0


class _Notebook:
    """A widget, or a line of text without ipywidgets. It ends as text, which a saved notebook can
    show.
    """

    output: Any = None
    widget: Any = None

    def pause(self) -> float:
        return 0.2

    def show(self, share: float, text: str) -> None:
        if self.output is None:
            self.widget = _widget()
            self.output = _display(self.widget or _plain(""))
        if self.widget:
            self.widget.children[0].value, self.widget.children[1].value = share, text
        else:
            self.output.update(_plain(f"{_bar(share)}  {text}"), raw=True)
        self.text = text

    def close(self, text: str) -> None:
        if self.output is not None:
            self.output.update(_plain(text or self.text), raw=True)
        elif text:
            self.write(text)
        if self.widget:
            self.widget.close_all()
        self.output = self.widget = None

    def write(self, text: str) -> None:
        _display(_plain(text))


def _display_for(stream: TextIO | None) -> _LogFile | _Notebook | None:
    ipython = sys.modules.get("IPython")  # already loaded in a notebook
    shell = ipython.get_ipython() if ipython and stream is None else None
    if hasattr(shell, "kernel"):
        return _Notebook()
    stream = stream or sys.stderr
    if stream is None:
        return None  # a window without a console has no standard error
    return _Terminal(stream) if stream.isatty() else _LogFile(stream)


def _widget() -> Any:
    """A bar with text beside it, if ipywidgets is installed."""
    try:
        from ipywidgets import FloatProgress, HBox, Label  # type: ignore[import-not-found,import-untyped,unused-ignore]
    except ImportError:
        return None
    return HBox([FloatProgress(0.0, min=0.0, max=1.0), Label("")])


def _display(shown: Any) -> Any:
    from IPython.display import display

    return display(shown, raw=isinstance(shown, dict), display_id=True)  # type: ignore[no-untyped-call,unused-ignore]


def _plain(text: str) -> dict[str, str]:
    return {"text/plain": text}


def _bar(share: float, length: int = 24) -> str:
    full = int(length * share)
    return "[" + "#" * full + "." * (length - full) + "]"


def _clock(seconds: float) -> str:
    """A duration as text.

    >>> [_clock(x) for x in (0.44, 59.96, 3725.0)]
    ['0.4 s', '1:00', '1:02:05']
    """
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes_left = divmod(minutes, 60)
    return f"{hours}:{minutes_left:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
