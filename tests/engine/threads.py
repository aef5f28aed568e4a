"""Threads that disturb each other as often as they can."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable


def at_once(workers: int, work: Callable[[], object]) -> None:
    """The same work in several threads, which take turns at every step; until all are done."""
    threads = [threading.Thread(target=work) for _ in range(workers)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
