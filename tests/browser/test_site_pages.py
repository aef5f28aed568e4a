"""The pages of the site: none is missing, and the reference has every public name."""

from __future__ import annotations

import html
import importlib
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import autograd_core
import nn
from tests.test_documentation import public

ROOT = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.slow
MODULES = ("interop", "distributed", "math")


def test_the_reference_has_every_public_name_with_its_docstring(site: Path) -> None:
    """Also the methods of public classes; the first sentence stands beneath each name."""
    reference = {}
    for page in (site / "api").glob("*.html"):
        entry = r'<dt[^>]* id="([\w.]+)".*?</dt>\s*<dd>(.*?)</p>'
        reference |= dict(re.findall(entry, page.read_text("utf-8"), re.DOTALL))
    missing = []
    for name, thing, _ in public():
        sentence = (inspect.getdoc(thing) or "").partition("\n")[0]
        shown = html.unescape(re.sub(r"<[^>]*>", "", reference.get(name, "")))
        words, found = [re.findall(r"\w+", text) for text in (sentence.replace("`", ""), shown)]
        if not words or found[: len(words)] != words:
            missing.append(name)
    assert missing == []
    assert len(reference) >= len(autograd_core.__all__) + len(nn.__all__)


@pytest.mark.parametrize("module", MODULES)
def test_the_reference_has_the_names_of_other_public_modules(site: Path, module: str) -> None:
    names = importlib.import_module(f"autograd_core.{module}").__all__
    text = re.sub(r"<[^>]*>", "", (site / "api" / f"{module}.html").read_text("utf-8"))
    assert [name for name in names if not re.search(rf"\b{name}\b", text)] == []


def test_every_page_is_reached_from_the_front_page(site: Path) -> None:
    front = (site / "index.html").read_text("utf-8")
    pages = [page.relative_to(ROOT / "docs") for page in (ROOT / "docs").rglob("*.md")]
    places = [page.with_suffix(".html").as_posix() for page in pages if page.stem != "index"]
    places += ["contributing.html", "changes.html", "api/nn.html", "api/functions.html"]
    assert [place for place in places if f'href="{place}"' not in front] == []


def test_nothing_in_a_page_is_loaded_from_elsewhere(site: Path) -> None:
    loaded = re.compile(r"<(?:script|img|link|iframe|source)\b[^>]*?(?:src|href)=\"(\w+:)?//[^>]*>")
    found = {
        match[0]
        for page in site.rglob("*.html")
        for match in loaded.finditer(page.read_text("utf-8"))
    }
    assert found == set()
    styles = [style.read_text("utf-8") for style in site.rglob("*.css")]
    assert not any(
        re.search(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", style) for style in styles
    )


@pytest.mark.parametrize("target", ["other.md", "other.md#two", "missing.md", "other.md#three"])
def test_a_link_that_leads_nowhere_ends_the_build(site: Path, tmp_path: Path, target: str) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "index.md").write_text(f"# One\n\n[there]({target})\n\n```{{toctree}}\nother\n```\n")
    (pages / "other.md").write_text("# Other\n\n## Two\n")
    code = (
        "import sys; from pathlib import Path; import build; "
        "sys.exit(build.html(*map(Path, sys.argv[1:])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(pages), str(tmp_path / "html")],
        cwd=ROOT / "docs" / "site",
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    nowhere = target in ("missing.md", "other.md#three")
    assert (done.returncode != 0) == nowhere, done.stderr
