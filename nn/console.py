"""What every program of the package does alike: its output, its folder, its checkpoint, its end."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from .checkpoints import is_finished
from .history import History

CHECKPOINT = "checkpoint.json"


def printable() -> None:
    """Let standard output and error write what they cannot encode as \\u2026 instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def silence() -> None:
    """Let standard output lead nowhere: it cannot be written, and Python would complain of that once more at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def spare(out: Path, *read: Path) -> None:
    """A ValueError where a file that is read would be overwritten."""
    for path in read:
        if out.exists() and path.exists() and out.samefile(path):
            raise ValueError(f"{path} is read, and would be overwritten by {out}; choose another --out")


def checkpoint_in(folder: Path, resume: bool) -> Path:
    """Make the folder; the checkpoint in it, where an unfinished one that is not resumed is put aside."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / CHECKPOINT
    if resume:
        print(f"goes on from {path}" if path.exists() else f"there is no {path} yet: begins at the beginning")
    elif path.exists() and not is_finished(path):
        aside = path.with_suffix(".unfinished.json")
        os.replace(path, aside)
        print(f"an unfinished training was in {path}; it is now {aside.name} (--resume would have gone on with it)")
    return path


def ended(history: History, files: Sequence[Path], checkpoint: Path, arguments: Sequence[str]) -> None:
    """Say what was written, and how to go on where the training was interrupted; else its checkpoint is done with."""
    print("files      " + ", ".join(str(file) for file in files))
    if history.interrupted:
        print(f"interrupted; go on with: {how_to_go_on(arguments)}")
    else:
        checkpoint.unlink(missing_ok=True)


def how_to_go_on(arguments: Sequence[str]) -> str:
    """The command that goes on with an interrupted training."""
    command = ["python", "-m", "nn", *[a for a in arguments if a != "--resume"], "--resume"]
    return subprocess.list2cmdline(command) if os.name == "nt" else shlex.join(command)
