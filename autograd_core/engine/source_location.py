"""The user's code that runs: the innermost line outside this library and NumPy."""

from __future__ import annotations

import linecache
import os
import sys
from functools import lru_cache
from types import FrameType

HERE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "")


def is_ours(frame: FrameType) -> bool:
    """Whether the frame runs code of this package, of a package that declares itself a part of it,
    or of NumPy, which calls this package.
    """
    return _is_ours(frame.f_code.co_filename, frame.f_globals.get("__name__"))


@lru_cache(maxsize=1000)
def _is_ours(file: str, module: object) -> bool:
    package = str(module).partition(".")[0]
    return (
        file.startswith(HERE)
        or package == "numpy"
        or hasattr(sys.modules.get(package), "_part_of_autograd_core")
    )


def users_frame(frame: FrameType) -> FrameType:
    """The innermost frame of the user's code, from this frame outwards."""
    while is_ours(frame) and frame.f_back is not None:
        frame = frame.f_back
    return frame


def user_stack_level() -> int:
    """The `stacklevel` with which the caller's `warnings.warn` names the user's innermost line."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and is_ours(frame):
        level, frame = level + 1, frame.f_back
    return level


def line_of_the_user() -> str:
    """The user's innermost line, and its text."""
    frame = users_frame(sys._getframe(1))
    file, line = frame.f_code.co_filename, frame.f_lineno
    text = linecache.getline(file, line, frame.f_globals).strip()
    return f"{file}, line {line}, in {frame.f_code.co_name}" + (f"\n      {text}" if text else "")
