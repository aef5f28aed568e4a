"""Where in the user's code something happens: the innermost line that is neither of this
library nor of NumPy.
"""

from __future__ import annotations

import linecache
import os
import sys
from functools import lru_cache
from types import FrameType

HERE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "")


def is_ours(frame: FrameType) -> bool:
    """Whether code of this package runs in the frame, of one that calls itself a part of it, or
    of NumPy, which calls us.
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


def user_stack_level() -> int:
    """The `stacklevel` at which the caller's `warnings.warn` names the innermost line of the
    user.
    """
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and is_ours(frame):
        level, frame = level + 1, frame.f_back
    return level


def line_of_the_user() -> str:
    """The innermost line of the user, and its text."""
    frame = sys._getframe(1)
    while frame.f_back is not None and is_ours(frame):
        frame = frame.f_back
    file, line = frame.f_code.co_filename, frame.f_lineno
    text = linecache.getline(file, line, frame.f_globals).strip()
    return f"{file}, line {line}, in {frame.f_code.co_name}" + (f"\n      {text}" if text else "")
