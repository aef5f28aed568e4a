"""The examples in docstrings, in the README and in the documentation give what they say, and public
docstrings have the form that CONTRIBUTING.md describes.
"""

from __future__ import annotations

import ast
import builtins
import doctest
import importlib.util
import inspect
import os
import pkgutil
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

import autograd_core
import nn
from autograd_core import errors
from autograd_core.primitives import Primitive
from tests.conftest import MISSING as ABSENT

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
CLUSTERS = ["autograd_core.distributed", "beyond.md"]
"""Whose examples start a cluster: they run in a process of their own, with a limit."""
ALONE = [
    "import autograd_core.distributed as m, doctest; assert not doctest.testmod(m).failed",
    "from tests.test_documentation import *; run_page(ROOT / 'docs' / 'beyond.md')",
]
RUNNABLE = [  # see test_how_to_add.py for the others
    page for page in PAGES if page.parent.name != "how_to_add" and page.name not in CLUSTERS
]


MODULES = [
    name
    for package in (autograd_core, nn)
    for name in (
        package.__name__,
        *(found.name for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")),
    )
]


@pytest.fixture(autouse=True)
def closed_figures() -> Iterator[None]:
    """pyplot warns of more than twenty open figures."""
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")


def _failures(example: doctest.DocTest) -> str:
    """The report of what a block of examples gave instead of what it says; empty where all is
    well.
    """
    report: list[str] = []
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(
        example, out=report.append, clear_globs=False
    )
    text = "".join(report)
    absent = re.search(r"needs the package (\w+)|No module named '(\w+)'", text)
    if absent and (absent[1] or absent[2]) in ABSENT:
        pytest.skip(absent[0])
    return text if result.failed else ""


@pytest.mark.parametrize("module", [x for x in MODULES if x not in CLUSTERS])
def test_the_examples_in_docstrings_give_what_they_say(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for example in doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(module)):
        assert _failures(example) == ""


def run_page(page: Path) -> None:
    """Run the blocks of Python of a page, in one namespace."""
    names: dict[str, object] = {}
    for number, block in enumerate(
        re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE), 1
    ):
        if ">>>" in block:
            example = doctest.DocTestParser().get_doctest(
                block, {}, f"{page.name}, block {number}", str(page), None
            )
            example.globs = names
            assert _failures(example) == ""
        else:
            exec(compile(block, f"{page.name}, block {number}", "exec"), names)


@pytest.mark.slow
@pytest.mark.parametrize("page", RUNNABLE, ids=lambda page: page.name)
def test_the_python_of_a_page_runs_from_top_to_bottom(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run_page(page)


@pytest.mark.slow
@pytest.mark.parametrize("code", ALONE, ids=CLUSTERS)
def test_examples_that_start_a_cluster(code: str, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    pytest.importorskip("jax")
    found = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=240,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize("language", ["ja", "vi"])
def test_a_translated_front_page_has_the_code_of_the_original(language: str) -> None:
    def blocks(page: Path) -> list[str]:
        return re.findall(r"^```.*?^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)

    assert blocks(ROOT / "docs" / f"README.{language}.md") == blocks(README)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_links_of_a_page_lead_to_files_that_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    links = re.findall(r"\]\(([^)#\s]+)", text) + re.findall(
        r"(?:src|srcset|href)=\"([^\"#]+)", text
    )
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


def _anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_anchors_in_the_links_of_a_page_exist(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s:]*)#([^)\s]+)\)", page.read_text("utf-8"))
    targets = [((page.parent / file) if file else page, anchor) for file, anchor in links]
    assert [anchor for file, anchor in targets if anchor not in _anchors(file)] == []


def test_the_readme_is_short_and_links_every_page() -> None:
    readme = README.read_text("utf-8")
    assert len(readme.split()) <= 1000
    front = ROOT / "docs" / "index.md"  # of the site
    pages = [page.relative_to(ROOT).as_posix() for page in PAGES if page not in (README, front)]
    assert [page for page in pages if f"]({page})" not in readme] == []


def test_the_readme_states_the_speeds_of_the_page_on_speed() -> None:
    readme, page = README.read_text("utf-8"), (ROOT / "docs" / "speed.md").read_text("utf-8")
    line = readme[readme.index("**Speed.**") : readme.index("[Speed]")]
    compiled, eager = line.split("One scalar at a time")
    shown = re.search(r"^\| MLP\(2, \[16, 16, 1\]\).* step \|(.*)\|$", page, re.MULTILINE)
    assert shown
    assert re.findall(r"([\d.]+) ×", compiled) == re.findall(r"[\d.]+", shown[1])
    table = page[: page.index("## Compiled")]
    times = [float(x) for x in re.findall(r"^\| [^|]* \| ([\d.]+) ×", table, re.MULTILINE)]
    assert [float(x) for x in re.findall(r"([\d.]+) ×", eager)] == [min(times), max(times)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_commands_of_a_page_name_what_exists(page: Path) -> None:
    text = page.read_text("utf-8")
    files = re.findall(r"(?<![\w./-])(?:\.ci|tests|docs|notebooks)/[\w./-]*\w", text)
    made = re.findall(r"[Nn]ew file `([^`]+)`:", text)
    assert [file for file in files if file not in made and not (ROOT / file).exists()] == []
    modules = re.findall(r"python -m ((?:tests|nn)\b[\w.]*)", text)
    assert [
        module for module in modules if importlib.util.find_spec(module.rstrip(".")) is None
    ] == []


def test_the_newest_version_of_the_changelog_is_that_of_the_package() -> None:
    versions = re.findall(
        r"^## (\S+) \(\d{4}-\d\d-\d\d\)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE
    )
    assert versions[0] == autograd_core.__version__


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
    ("thing", "owner"), [pytest.param(*case, id=name) for name, *case in public()]
)
def test_a_public_docstring_has_the_form(thing: Any, owner: Any) -> None:
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
