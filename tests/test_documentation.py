"""The examples in docstrings, in the README and in the documentation give what they say."""

from __future__ import annotations

import doctest
import importlib.util
import pkgutil
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import autograd_core
import nn
from tests.optional import numpy

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
RUNNABLE = [page for page in PAGES if page.parent.name != "how_to_add"]  # see test_how_to_add.py


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
    if not numpy and (absent := re.search(r"needs the package \w+|No module named '\w+'", text)):
        pytest.skip(absent[0])
    return text if result.failed else ""


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_in_docstrings_give_what_they_say(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for example in doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(module)):
        assert _failures(example) == ""


@pytest.mark.slow
@pytest.mark.parametrize("page", RUNNABLE, ids=lambda page: page.name)
def test_the_python_of_a_page_runs_from_top_to_bottom(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for number, block in enumerate(
        re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE), 1
    ):
        if ">>>" in block:
            example = doctest.DocTestParser().get_doctest(
                block, {}, f"{page.name}, block {number}", str(page), None
            )
            example.globs = names  # one namespace for the whole page
            assert _failures(example) == ""
        else:
            exec(compile(block, f"{page.name}, block {number}", "exec"), names)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_links_of_a_page_lead_to_files_that_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    links = re.findall(r"\]\(([^)#\s]+)", text) + re.findall(
        r"(?:src|srcset|href)=\"([^\"#]+)", text
    )
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


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
