"""Ctrl-C during a training: the current step is completed first."""

from __future__ import annotations

import signal
import threading
from types import FrameType


class CtrlC:
    """Record Ctrl-C instead of raising KeyboardInterrupt, in the main thread and unless another
    handler is installed. A second Ctrl-C raises KeyboardInterrupt at once.
    """

    requested = False

    def __enter__(self) -> CtrlC:
        main = threading.current_thread() is threading.main_thread()
        self._ours = main and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if self._ours:
            signal.signal(signal.SIGINT, self._record)
        return self

    def __exit__(self, *error: object) -> None:
        if self._ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _record(self, number: int, frame: FrameType | None) -> None:
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True
