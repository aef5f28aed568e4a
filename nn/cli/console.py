"""Output on a console."""

from __future__ import annotations

import argparse
import os
import sys
from typing import NoReturn


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


def write_line(text: str) -> None:
    """Print a line. If nobody reads it, go on silently; other failures are errors."""
    try:
        print(text, flush=True)
    except OSError as error:
        silence()
        if not isinstance(error, BrokenPipeError):
            raise


def silence() -> None:
    """Discard standard output. It cannot be written, and Python would report that again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Print the error and where the options are listed, and exit."""
        self.exit(2, f"{self.prog}: {message}; {self.prog} --help lists the options\n")


def in_words(error: Exception) -> str:
    """What an error says; of one of the system, the file and what to do."""
    path = getattr(error, "filename", None)
    if path is None:
        return str(error)
    if isinstance(error, FileNotFoundError):
        return f"{path}: there is no such file in {os.getcwd()}; correct its path"
    if isinstance(error, IsADirectoryError):
        return f"{path} is a folder; give the path of a file"
    reason = getattr(error, "strerror", None) or str(error)
    return f"{path}: {reason}; choose a file that can be read and written"
