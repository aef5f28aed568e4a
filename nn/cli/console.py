"""What all commands share: output, the folder, the checkpoint, the files and the exit status."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autograd_core.errors import MissingExtra

from ..training.history import History

fcntl: Any
try:
    import fcntl
except ImportError:  # on Windows
    fcntl = None

CHECKPOINT, MODEL, UNFINISHED = "checkpoint.json", "model.json", "unfinished"
INTERRUPTED = 130
"""The exit status after Ctrl-C, as in a shell."""
Write = Callable[[Path], Path]


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
    """Send standard output to nowhere. It cannot be written, and Python would report that again at
    exit.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def spare(out: Path, *read: Path) -> None:
    """Raise a ValueError if the output would overwrite an input file."""
    for path in read:
        if out.exists() and path.exists() and out.samefile(path):
            raise ValueError(
                f"{out} would overwrite {path}, which is an input; choose another --out"
            )


@contextmanager
def checkpoint_in(folder: Path, resume: bool) -> Iterator[Path]:
    """Make the folder and lock it for this training; gives the path of the checkpoint in it.

    An old checkpoint that is not resumed is renamed, because its model was never saved.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _alone_in(folder):
        yield _checkpoint(folder / CHECKPOINT, resume)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Refuse a folder in which another training is running. Windows cannot lock folders, so nothing
    is checked there.
    """
    if fcntl is None:
        yield
        return
    lock = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(
                f"another training is writing into {folder}; wait until it ends, or choose "
                "another --out"
            ) from None
        except OSError:  # a file system without locks
            pass
        yield
    finally:
        os.close(lock)


def _checkpoint(path: Path, resume: bool) -> Path:
    if resume:
        say(
            f"resuming from {path}"
            if path.exists()
            else f"there is no {path} yet: starting from the beginning"
        )
    elif path.exists():
        aside = next(place for place in _places_aside(path) if not place.exists())
        path.rename(aside)
        say(
            f"{path} held an unfinished training; it was renamed to {aside.name} (--resume would "
            "have continued it)"
        )
    return path


def _places_aside(path: Path) -> Iterator[Path]:
    yield path.with_suffix(".unfinished.json")
    number = 2
    while True:
        yield path.with_suffix(f".unfinished-{number}.json")
        number += 1


def carry_out(
    folder: Path,
    checkpoint: Path,
    arguments: Sequence[str],
    *,
    learn: Callable[[], History],
    save: Callable[[Path], None],
    further: Callable[[History], dict[str, Write]],
    summary: Callable[[History, float], Iterable[str]],
) -> int:
    """Train, save the model, write the other files and print the summary; return the exit status.

    The checkpoint is removed only after the finished model is saved. An interrupted training writes
    its files into a subfolder, so that those of a finished training stay.
    """
    started = time.perf_counter()
    try:
        history = learn()
    except (OSError, ValueError, FloatingPointError) as error:
        say(str(error))
        if isinstance(error, ValueError) and "--resume" in arguments:
            say(
                "--resume needs the options that the training began with, such as --epochs and "
                "--learning-rate"
            )
        elif (
            isinstance(error, OSError)
            and not isinstance(error, FileExistsError)
            and checkpoint.exists()
        ):
            say(f"the last checkpoint is {checkpoint}; continue with: {how_to_go_on(arguments)}")
        return 1
    seconds = time.perf_counter() - started
    place = folder / UNFINISHED if history.interrupted else folder
    try:
        place.mkdir(exist_ok=True)
        save(place / MODEL)
    except (OSError, ValueError) as error:
        say(str(error))
        if isinstance(error, OSError):
            state = "interrupted" if history.interrupted else "finished"
            say(
                f"the training is {state}, and saved in {checkpoint}; solve this problem, then "
                f"continue with: {how_to_go_on(arguments)}"
            )
        return INTERRUPTED if history.interrupted else 1
    if not history.interrupted:
        checkpoint.unlink(missing_ok=True)
    files = [place / MODEL, *_written(place, further(history))]
    for line in summary(history, seconds):
        say(line)
    say("files      " + ", ".join(str(file) for file in files))
    if not history.interrupted:
        return 0
    kept = f" ({folder / MODEL} is from an earlier training)" if (folder / MODEL).exists() else ""
    say(f"interrupted{kept}; continue with: {how_to_go_on(arguments)}")
    return INTERRUPTED


def _written(folder: Path, further: dict[str, Write]) -> Iterator[Path]:
    """Write the files; if a package or the disk space is missing, say so and continue."""
    for name, write in further.items():
        try:
            yield write(folder / name)
        except (MissingExtra, OSError) as error:
            say(f"without {name}: {error}")


def how_to_go_on(arguments: Sequence[str]) -> str:
    """The command that continues an interrupted training."""
    command = ["python", "-m", "nn", *[a for a in arguments if a != "--resume"], "--resume"]
    return subprocess.list2cmdline(command) if os.name == "nt" else shlex.join(command)
