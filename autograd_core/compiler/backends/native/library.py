"""The native library, loaded once. Where it cannot be, the reason is told."""

from __future__ import annotations

from functools import cache
from typing import Any

from ....errors import MissingLibrary

ABI = 1
"""The form in which programs are handed over; the library knows its own."""

BUILD = "python -m autograd_core.compiler.backends.native"


@cache
def _found() -> tuple[Any, str]:
    """The library, or None and why not."""
    import ctypes
    import os

    from . import build

    path = os.path.join(build.HERE, build.NAME)
    if not os.path.exists(path):
        return None, "is not built, which takes a C compiler"
    try:
        library: Any = ctypes.CDLL(path)
    except OSError as error:
        return None, f"cannot be loaded ({error})"
    try:
        abi, sources = library.native_abi(), ctypes.c_uint32(library.native_sources()).value
    except AttributeError:
        return None, "is of another version"
    if abi != ABI or sources != build.checksum():
        return None, "was built from other sources"
    return library, ""


def library() -> Any:
    """The library; raises MissingLibrary where it cannot be had."""
    found, _ = _found()
    if found is None:
        raise missing_library() or AssertionError
    return found


@cache
def short_calls() -> Any:
    """The library for what takes a moment: its calls keep other threads waiting, and so are
    faster.
    """
    import ctypes

    return ctypes.PyDLL(library()._name)


def missing_library() -> MissingLibrary | None:
    """The error that says why there is no library; None where there is one."""
    found, reason = _found()
    return None if found is not None else MissingLibrary(f"the native library {reason}", BUILD)
