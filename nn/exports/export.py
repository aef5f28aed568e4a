"""`export`: a model as a file in another form."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from autograd_core.errors import shown

from ..files.documents import path_of, write_atomically
from ..modules.module import Module
from .c_file import c_file
from .javascript_file import javascript_file
from .networks import Network, network_of
from .onnx_file import onnx_file
from .python_file import python_file


class Format(NamedTuple):
    """The ending of its files, what makes their content, and in which precisions."""

    ending: str
    content: Callable[[Network, str], str | bytes]
    precisions: tuple[str, ...] = ("float64",)


FORMATS = {
    "python": Format(".py", lambda network, _: python_file(network)),
    "c": Format(".c", lambda network, _: c_file(network)),
    "javascript": Format(".mjs", lambda network, _: javascript_file(network)),
    "onnx": Format(".onnx", onnx_file, ("float64", "float32")),
}


def export(
    model: Module | str | os.PathLike[str],
    path: str | os.PathLike[str],
    to: str | None = None,
    dtype: str = "float64",
) -> None:
    """Write a model as a file that runs without this library.

    "python" is a file of plain Python that needs only the standard library, "c" a C99 file, "onnx"
    an ONNX model, and "javascript" a module for browsers and Node that contains the C as
    WebAssembly. For a model of a table, give the path that `python -m nn --data` wrote as `model`:
    then the file also has the encoding of the columns and the classes.

    Args:
        model: a model of the modules of this library, or the path of a file that `save` wrote.
        path: the file to write.
        to: "python", "c", "onnx" or "javascript"; by default the ending of `path` decides: `.py`,
            `.c`, `.onnx` or `.mjs`.
        dtype: the precision: "float64", or for ONNX also "float32".

    Raises:
        TypeError: the model holds a module or an activation that is not of this library.
        ValueError: no format has that name or ending, or not that precision, or the model cannot
            be saved.
        MissingExtra: what is asked for needs the package onnx, or ziglang for WebAssembly, which
            is not installed.
        OSError: a file cannot be read or written.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from nn import Layer, export
        >>> line = Layer(2, 1, "linear", initializer=lambda *_: 1.0)
        >>> names = {}
        >>> with TemporaryDirectory() as folder:
        ...     export(line, Path(folder) / "line.py")
        ...     exec((Path(folder) / "line.py").read_text(), names)
        >>> names["outputs"]([1.0, 2.0])
        [3.0]
    """
    path = path_of(path, "export(model, path)", model)
    if not isinstance(model, Module | str | os.PathLike):
        raise TypeError(
            "export takes a model of the modules of nn, or the path of a file that save wrote, got "
            f"{shown(model)} ({type(model).__name__}); write export(model, path)"
        )
    to = format_of(path, to)
    if dtype not in FORMATS[to].precisions:
        able = " or ".join(FORMATS[to].precisions)
        raise ValueError(f"{to} is exported in {able}, got {dtype!r}")
    write_atomically(path, FORMATS[to].content(network_of(model), dtype))


def format_of(path: Path, to: str | None = None) -> str:
    """The format that is asked for, or that the ending of the file says."""
    if to is None:
        to = next((name for name, x in FORMATS.items() if x.ending == path.suffix), path.suffix)
    if to not in FORMATS:
        known = ", ".join([f"{name} ({x.ending})" for name, x in FORMATS.items()])
        raise ValueError(f"no export is called {to!r}; choose one of {known}")
    return to
