"""Output on a console."""

from __future__ import annotations

import os
import sys


def printable() -> None:
    """Write characters that a console cannot encode as \\u2026 instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """Print a line. If nobody reads it (`| head -1`) or the disk is full, the training goes on
    silently.
    """
    try:
        print(text, flush=True)
    except OSError:
        silence()


def silence() -> None:
    """Discard standard output. It cannot be written, and Python would report that again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
