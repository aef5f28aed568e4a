"""A lock on a folder: one process writes into it, and others are told who that is."""

from __future__ import annotations

import importlib
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

fcntl: Any
try:
    import fcntl
except ImportError:  # on Windows
    fcntl = None

LOCK = "training.lock"
FAR = 2**30
"""The byte that Windows locks: it lies behind the text, which others may then still read."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Reserve a folder until the end of the block; a ValueError names the training that has it.

    The system holds the lock for the process, so it is gone after a crash, even if the file
    remains. Where the file system knows no locks, nothing is checked.
    """
    path = folder / LOCK
    file = _taken(path)
    try:
        os.truncate(file, 0)
        os.write(file, _owner().encode())
        yield
    finally:
        # Windows refuses to remove an open file, so there another process may take it in between
        if fcntl is None:
            os.close(file)
        with suppress(OSError):
            path.unlink()
        if fcntl is not None:
            os.close(file)


def _taken(path: Path) -> int:
    """The file, open and locked. It is opened again if its last owner has just removed it."""
    while True:
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise OSError(
                f"the folder {path.parent} cannot be written ({error.strerror}); choose another "
                "with --out"
            ) from None
        try:
            if not _lock(file):
                raise ValueError(
                    f"another training is writing into {path.parent} ({_read(file)}); wait until "
                    "it ends, or choose another --out"
                )
            if path.exists() and os.path.samestat(os.fstat(file), path.stat()):
                return file
        except BaseException:
            os.close(file)
            raise
        os.close(file)


def _lock(file: int) -> bool:
    """Whether this process has the lock now, or the file system has no locks."""
    try:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            windows: Any = importlib.import_module("msvcrt")
            os.lseek(file, FAR, os.SEEK_SET)
            windows.locking(file, windows.LK_NBLCK, 1)
            os.lseek(file, 0, os.SEEK_SET)
    except (BlockingIOError, PermissionError):
        return False
    except (ImportError, OSError):
        pass
    return True


def _owner() -> str:
    now = time.strftime("%Y-%m-%d %H:%M:%S")
    return f"process {os.getpid()} on {socket.gethostname()}, since {now}"


def _read(file: int) -> str:
    os.lseek(file, 0, os.SEEK_SET)
    return os.read(file, 1000).decode(errors="replace") or "it has just begun"
