"""A program as a Python file of its own: its source, and the text of each function that it calls,
so that it needs nothing but the standard library.
"""

from __future__ import annotations

import ast
import dis
import linecache
import math
import sys
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

from ...errors import RecordingError
from ..ir.program import Program
from .source import source


def standalone(program: Program) -> str:
    """The file. Its function `run(inputs)` returns the outputs, and a list that is empty."""
    if program.guards:
        raise RecordingError(
            "the program is one path through a function with branches, and a file would take it "
            "for all inputs; write the branches with where(condition, a, b)"
        )
    if any(program.batched):
        raise ValueError(
            "the program has a batch axis, and a file is for one sample; record the function "
            "without batched="
        )
    text, scope = source(program)
    found = _Found()
    for name, thing in {**scope, "inf": math.inf, "nan": math.nan}.items():
        if name in scope or name in text:
            found.add(name, getattr(thing, "plain", thing))
    return f"{found.text()}{text}"


class _Found:
    """What a program refers to: each thing once, before what needs it."""

    def __init__(self) -> None:
        self.things: dict[str, Any] = {}
        self.imports: list[str] = []
        self.constants: list[str] = []
        self.functions: list[str] = []

    def add(self, name: str, thing: Any) -> None:
        if name in self.things:
            if self.things[name] is not thing:
                raise ValueError(f"two things in the program are called {name!r}; rename one")
            return
        self.things[name] = thing
        module = getattr(thing, "__module__", None)
        if isinstance(thing, FunctionType):
            self._function(name, thing)
        elif isinstance(thing, ModuleType) and thing.__name__ in sys.stdlib_module_names:
            self.imports.append(f"import {thing.__name__} as {name}".removesuffix(f" as {name}"))
        elif isinstance(thing, float) and not math.isfinite(thing):
            self.constants.append(f'{name} = float("{thing}")')
        elif isinstance(thing, int | float | str | tuple | list):
            self.constants.append(f"{name} = {thing!r}")
        elif callable(thing) and module and module.lstrip("_") in sys.stdlib_module_names:
            self.imports.append(f"from {module.lstrip('_')} import {_renamed(thing, name)}")
        else:
            raise ValueError(f"{name!r} is {thing!r}, which a file of plain Python cannot hold")

    def _function(self, name: str, function: FunctionType) -> None:
        if function.__closure__:
            raise ValueError(
                f"the function {name!r} uses variables of the function around it, which a file "
                "cannot hold; define it at the top of a module"
            )
        for used in _globals(function.__code__):
            if used in function.__globals__ and used != function.__name__:
                self.add(used, function.__globals__[used])
        self.functions.append(_text(name, function))
        if function.__name__ != name and function.__name__ in _globals(function.__code__):
            self.functions.append(f"{function.__name__} = {name}")  # it calls itself

    def text(self) -> str:
        head = "\n".join([*sorted(self.imports), *self.constants])
        return "".join([f"{part}\n\n\n" for part in [head, *self.functions] if part])


def _renamed(thing: Any, name: str) -> str:
    return f"{thing.__name__} as {name}" if thing.__name__ != name else name


def _globals(code: Any) -> list[str]:
    """The names outside that a function reads, in the functions inside it too."""
    own = [x.argval for x in dis.get_instructions(code) if x.opname == "LOAD_GLOBAL"]
    inner = [x for x in code.co_consts if hasattr(x, "co_code")]
    return list(dict.fromkeys([*own, *[y for x in inner for y in _globals(x)]]))


def _text(name: str, function: FunctionType) -> str:
    """The text of a function, under that name and without its annotations and its docstring."""
    code = function.__code__
    for node in _functions("".join(linecache.getlines(code.co_filename)), code.co_firstlineno):
        if isinstance(node, ast.Lambda):
            made = compile(ast.Expression(node), "", "eval").co_consts[0]
            if (made.co_code, made.co_consts, made.co_names) == (
                code.co_code, code.co_consts, code.co_names
            ):  # fmt: skip
                given = ast.unparse(node.args)
                return f"def {name}({given}):\n    return {ast.unparse(node.body)}"
        elif node.name == function.__name__:
            return _plain(name, node)
    raise ValueError(f"the source of the function {name!r} is not in a file; define it in a module")


def _functions(text: str, line: int) -> Iterator[ast.FunctionDef | ast.Lambda]:
    """The functions that begin in a line, with their decorators."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            first = min([node.lineno, *[x.lineno for x in getattr(node, "decorator_list", [])]])
            if first == line:
                yield node


def _plain(name: str, node: ast.FunctionDef) -> str:
    node.name, node.decorator_list, node.returns = name, [], None
    for part in ast.walk(node):
        if isinstance(part, ast.arg):
            part.annotation = None
    if ast.get_docstring(node) is not None:
        del node.body[0]
    return ast.unparse(node)
