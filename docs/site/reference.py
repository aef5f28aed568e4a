"""The API reference: each public name with its docstring.

The names are taken from the packages as they are when imported, for many come from the table. The
form of the docstrings is that of CONTRIBUTING.md.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from types import FunctionType
from typing import Any

PAGES = {
    "autograd_core": ("autograd_core", "Values, derivatives, programs"),
    "functions": ("autograd_core.elementwise", "Functions of numbers"),
    "math": ("autograd_core.math", "The module math"),
    "errors": ("autograd_core.errors", "Errors"),
    "interop": ("autograd_core.interop", "Inside PyTorch and JAX"),
    "distributed": ("autograd_core.distributed", "Losses over Dask collections"),
    "nn": ("nn", "Networks and training"),
    "plots": ("nn.plots", "Plots of trainings and models"),
    "estimators": ("nn.estimators", "Estimators for scikit-learn"),
}
"""The pages: the module whose public names each shows, and its title."""
SECTION = re.compile(r"^(Args|Returns|Yields|Raises|Example|Source):[ \n]*", re.MULTILINE)
TITLES = {"Args": "Parameters"}
FENCE = "`" * 6


def names(page: str) -> list[str]:
    """The public names of a page; those of the table stand on a page of their own."""
    there = importlib.import_module(PAGES[page][0])
    if page == "errors":
        return [x for x, thing in vars(there).items() if _kind(thing, "") == "exception"]
    table = names("functions") if page == "autograd_core" else ()
    return [name for name in there.__all__ if name not in table]


def text(page: str) -> str:
    """A page of the reference, in Markdown with Sphinx's directives for Python."""
    module, title = PAGES[page]
    there = importlib.import_module(module)
    public = module.replace(".elementwise", "")
    parts = [
        f"# {title}",
        _prose(there.__doc__ or ""),
        f"{FENCE}{{py:currentmodule}} {public}\n{FENCE}",
    ]
    if page == "math":
        return "\n\n".join([*parts, _lines(there)]) + "\n"
    for name in names(page):
        thing = getattr(there, name)
        parts += [f"## {name}", _entry(name, thing, "")]
        if inspect.isclass(thing):
            members = _members(thing, public.partition(".")[0])
            parts += [_entry(f"{name}.{method}", member, name) for method, member in members]
    return "\n\n".join(parts) + "\n"


def _lines(module: Any) -> str:
    """A line for each name: its number, or its first sentence."""
    things = [(name, getattr(module, name)) for name in module.__all__]
    return "\n".join(
        f"- `{name}`: {inspect.getdoc(thing).partition(chr(10))[0] if callable(thing) else thing}"
        for name, thing in things
    )


def _members(kind: type, package: str) -> Iterator[tuple[str, Any]]:
    """The public methods and properties that a class defines or takes over inside the package."""
    for name, member in inspect.getmembers(kind):
        ours = isinstance(member, property) or (
            isinstance(inspect.unwrap(member), FunctionType)
            and member.__module__.startswith(package)
        )
        if ours and not name.startswith("_"):
            yield name, member


def _kind(thing: Any, owner: str) -> str:
    if isinstance(thing, property):
        return "property"
    if isinstance(thing, type):
        return "exception" if issubclass(thing, BaseException) else "class"
    return "method" if owner else "function"


def _entry(name: str, thing: Any, owner: str) -> str:
    kind = _kind(thing, owner)
    called = "" if kind in ("property", "exception") else _signature(thing, kind == "class")
    first, *sections = SECTION.split(inspect.getdoc(thing) or "")
    parts = [f"{FENCE}{{py:{kind}}} {name}{called}", _prose(first)]
    for title, body in zip(sections[::2], sections[1::2], strict=True):
        parts += [f"**{TITLES.get(title, title)}**", _section(title, inspect.cleandoc(body))]
    return "\n\n".join([*parts, FENCE])


class _Text(str):
    """A text that stands in a signature without quotation marks."""

    __repr__ = str.__str__


def _plain(annotation: Any) -> Any:
    return _Text(annotation) if isinstance(annotation, str) else annotation


def _default(value: Any) -> Any:
    """The default; dots for one that has no spelling."""
    hidden = value is not inspect.Signature.empty and "<" in repr(value)
    return _Text("...") if hidden else value


def _signature(thing: Any, is_class: bool) -> str:
    """How it is called, on one line, as the directive wants it."""
    signature = inspect.signature(thing)
    shown = [
        p.replace(annotation=_plain(p.annotation), default=_default(p.default))
        for name, p in signature.parameters.items()
        if name != "self"
    ]
    returned = signature.empty if is_class else _plain(signature.return_annotation)
    line = str(signature.replace(parameters=shown, return_annotation=returned))
    return re.sub(r"\b(?:autograd_core|collections|nn|typing)(?:\.\w+)*\.(?=\w)", "", line)


def _section(title: str, body: str) -> str:
    if title == "Example":
        return f"```pycon\n{body}\n```"
    if title in ("Args", "Raises"):
        entries = re.split(r"^(\*{0,2}\w+): ", body, flags=re.MULTILINE)[1:]
        pairs = zip(entries[::2], entries[1::2], strict=True)
        return "\n".join(f"- `{name}`: {' '.join(words.split())}" for name, words in pairs)
    return _prose(body)


def _prose(words: str) -> str:
    """Paragraphs, in which examples become blocks of code."""
    blocks = re.split(r"\n\s*\n", words.strip())
    return "\n\n".join(f"```pycon\n{b}\n```" if b.startswith(">>> ") else b for b in blocks)
