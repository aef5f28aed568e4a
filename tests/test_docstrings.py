"""Public docstrings have the form that CONTRIBUTING.md describes."""

from __future__ import annotations

import ast
import builtins
import inspect
import re
import textwrap
from collections.abc import Iterator
from types import FunctionType
from typing import Any

import pytest

import autograd_core
import nn
from autograd_core import errors
from autograd_core.primitives import Primitive

PUBLIC = {
    getattr(package, name)
    for package in (autograd_core, nn)
    for name in package.__all__
    if inspect.isclass(getattr(package, name))
}
ORDER = ["", "Args", "Returns", "Yields", "Raises", "Example", "Source"]


def public() -> Iterator[tuple[str, Any, Any]]:
    """The name of each public callable, the callable, and the class of a method."""
    for package in (autograd_core, nn):
        for name in package.__all__:
            thing = getattr(package, name)
            if callable(thing):
                yield f"{package.__name__}.{name}", thing, None
            if inspect.isclass(thing):
                for attribute, member in inspect.getmembers(thing, _is_ours):
                    elsewhere = [base for base in thing.__mro__[1:] if attribute in vars(base)]
                    if not attribute.startswith("_") and not PUBLIC.intersection(elsewhere):
                        yield f"{package.__name__}.{name}.{attribute}", member, thing


def _is_ours(member: Any) -> bool:
    """Whether it is a method or a property that one of the packages defines."""
    function = isinstance(member, FunctionType)
    return isinstance(member, property) or (
        function and member.__module__.startswith(("autograd_core", "nn"))
    )


@pytest.mark.parametrize(
    ("name", "thing", "owner"), [pytest.param(*case, id=case[0]) for case in public()]
)
def test_a_public_docstring_has_the_form(name: str, thing: Any, owner: Any) -> None:
    doc = inspect.getdoc(thing) or ""
    first, *rest = doc.splitlines() or [""]
    assert first.endswith("."), "the first line is a sentence of its own"
    assert not rest or not rest[0], "the second line is empty"
    if isinstance(thing, property) or (inspect.isclass(thing) and issubclass(thing, Exception)):
        return
    parts = re.split(rf"^({'|'.join(ORDER[1:])}):", doc, flags=re.MULTILINE)
    found = dict(zip(["", *parts[1::2]], parts[0::2], strict=True))
    assert [*found] == [part for part in ORDER if part in found], "each part once, in this order"
    signature = inspect.signature(thing)
    parameters = [str(p.replace(annotation=p.empty, default=p.empty))
                  for p in signature.parameters.values() if not re.match("self$|_", p.name)]  # fmt: skip
    assert _entries(found.get("Args", "")) == parameters
    returned = signature.return_annotation
    gives = not inspect.isclass(thing) and returned not in (None, "None", "NoReturn")
    assert ("Returns" in found or "Yields" in found) == gives
    raised = {*_entries(found.get("Raises", ""))}
    assert all(hasattr(builtins, error) or hasattr(errors, error) for error in raised)
    assert all(raised.intersection(base) for base in _raised(thing))
    shown = owner is not None and f".{thing.__name__}(" in (inspect.getdoc(owner) or "")
    assert ">>> " in found.get("Example", "") or shown


def _entries(text: str) -> list[str]:
    """The names that begin the entries of a section."""
    return re.findall(r"^    (\*{0,2}\w+): \S", text, re.MULTILINE)


def _raised(thing: Any) -> list[set[str]]:
    """The errors that a function raises itself, each with the names of its bases."""
    if isinstance(thing, Primitive) or inspect.isclass(thing) or "<" in thing.__code__.co_filename:
        return []
    source = textwrap.dedent(inspect.getsource(inspect.unwrap(thing)))
    calls = [node.exc for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Raise)]
    names = [ast.unparse(call.func) for call in calls if isinstance(call, ast.Call)]
    found = [getattr(errors, name, None) or getattr(builtins, name) for name in names]
    return [{base.__name__ for base in error.__mro__} for error in found]
