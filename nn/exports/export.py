"""`export`: a model as a file in another form."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ..files.documents import write_atomically
from ..modules.module import Module
from .c_file import c_file
from .networks import Network, network_of
from .python_file import python_file


class Format(NamedTuple):
    """The ending of its files, and what makes their text."""

    ending: str
    text: Callable[[Network], str]


FORMATS = {"python": Format(".py", python_file), "c": Format(".c", c_file)}


def export(
    model: Module | str | os.PathLike[str], path: str | os.PathLike[str], to: str | None = None
) -> None:
    """Write a model as a file that runs without this library.

    "python" is a file of plain Python, for the standard library alone, and "c" a C99 file. Of a
    model of a table, which `python -m nn --data` saves, the file also has the encoding of its
    columns and the classes; give its path as `model`.

    Args:
        model: a model of the modules of this library, or the path of a file that `save` wrote.
        path: the file to write.
        to: "python" or "c"; by default the ending of `path` decides: `.py` or `.c`.

    Raises:
        TypeError: the model holds a module or an activation that is not of this library.
        ValueError: no format has that name or ending, or the model cannot be saved.
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
    path = Path(path)
    if to is None:
        to = next((name for name, x in FORMATS.items() if x.ending == path.suffix), path.suffix)
    if to not in FORMATS:
        known = ", ".join([f"{name} ({x.ending})" for name, x in FORMATS.items()])
        raise ValueError(f"no export is called {to!r}; choose one of {known}")
    write_atomically(path, FORMATS[to].text(network_of(model)))
