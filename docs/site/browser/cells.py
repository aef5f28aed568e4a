"""Runs the cells of a page, in the reader's browser; what they print and show goes to the page."""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import json
import linecache
import re
import sys
import traceback
import warnings
from collections.abc import Callable
from typing import Any

import playground
import standins
from autograd_core.drawing.render.graphviz_program import render

Send = Callable[[str, str], Any]


class Cells:
    """The cells of a page, which share their names.

    `send(kind, data)` takes what a cell gives: "text", "html", "latex", "steps" (an `explore`, as
    JSON), "show" (in place of the last one), "plot" (which is only drawn when the site is built),
    "absent" (a package, without which the cell cannot run) and "error".
    """

    def __init__(self, send: Send) -> None:
        self.send = send
        self.count, self.plotted = 0, False
        self.live: list[Any] = []
        self.forget()
        warnings.filterwarnings("ignore", "the training runs on Values")  # as all here does

    def forget(self) -> None:
        """Begin without names."""
        self.names: dict[str, Any] = {"__name__": "__main__"}
        self.live.clear()
        self.absent = ""

    def course(self) -> None:
        """Let the notebooks import what draws with matplotlib; their plots are not drawn anew."""
        standins.install(self._drawn)

    def _drawn(self) -> None:
        if not self.plotted:
            self.send("plot", "")
        self.plotted = True

    def run(self, source: str) -> bool:
        """Run a cell, and show the value of its last line; whether it ended without an error."""
        self.count += 1
        self.plotted = False
        file = f"<cell {self.count}>"
        linecache.cache[file] = (len(source), None, source.splitlines(True), file)
        playground.show = lambda thing: self._show(thing, "show")
        stream = _Stream(self.send)
        try:
            with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
                tree = ast.parse(source, file)
                tree.body = [line for line in tree.body if not self._is_absent(line)]
                last = (
                    tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
                )
                exec(compile(tree, file, "exec"), self.names)
                if isinstance(last, ast.Expr):
                    given = eval(compile(ast.Expression(last.value), file, "eval"), self.names)
                    stream.flush()
                    self._show(given)
        except BaseException as error:
            stream.flush()
            self.absent = _missing(error) or self.absent
            if self.absent and isinstance(error, (ImportError, NameError)):
                self.send("absent", self.absent)
            else:
                self.send("error", _told(error))
            return False
        stream.flush()
        return True

    def _is_absent(self, line: ast.stmt) -> bool:
        """Whether a line imports a package that is not there; its name then stands for that."""
        if not isinstance(line, ast.Import) or len(line.names) > 1:
            return False
        (given,) = line.names
        package = given.name.partition(".")[0]
        if package in sys.modules or importlib.util.find_spec(package):
            return False
        self.names[given.asname or package] = standins.Absent(package)
        return True

    def frames(self, key: int, changes: str) -> str:
        """The drawing and the steps of an `explore` whose numbers were changed, as JSON."""
        numbers = {int(place): float(x) for place, x in json.loads(changes).items()}
        try:
            return json.dumps({"frames": self.live[key].frames(numbers), "problem": ""})
        except (ArithmeticError, ValueError, RuntimeError) as error:
            return json.dumps({"problem": str(error)})

    def _show(self, thing: Any, kind: str = "") -> None:
        if thing is None or isinstance(thing, standins.Nothing):
            return
        if hasattr(thing, "frames") and hasattr(thing, "widget"):
            self.live.append(thing)
            data = {"key": len(self.live) - 1, "frames": thing.frames()}
            self.send("steps", json.dumps(data))
        elif hasattr(thing, "svg"):  # a picture of draw
            self.send(kind or "html", thing.svg())
        elif hasattr(thing, "pipe") and hasattr(thing, "source"):  # a graph of the package graphviz
            self.send(kind or "html", render(thing.source).decode("utf-8"))
        elif hasattr(thing, "_repr_html_"):
            self.send(kind or "html", thing._repr_html_())
        elif hasattr(thing, "_repr_latex_"):
            self.send("latex", thing._repr_latex_())
        else:
            self.send("text", f"{thing!r}\n")


class _Stream:
    """Sends what is printed, line by line."""

    def __init__(self, send: Send) -> None:
        self._send, self._text = send, ""

    def write(self, text: str) -> int:
        self._text += text
        if "\n" in text:
            self.flush()
        return len(text)

    def flush(self) -> None:
        if self._text:
            self._send("text", self._text)
        self._text = ""


def _missing(error: BaseException) -> str:
    """The package that an import did not find; empty for another error."""
    if not isinstance(error, ImportError):
        return ""
    named = re.search(r"the package ([\w-]+)", str(error))  # of the errors of this library
    return named[1] if named else error.name or "another package"


def _told(error: BaseException) -> str:
    """The error, with the lines of the cells that led to it."""
    frames = [
        x for x in traceback.extract_tb(error.__traceback__) if x.filename.startswith("<cell")
    ]
    lines = traceback.format_list(frames) + traceback.format_exception_only(error)
    return "".join(lines)
