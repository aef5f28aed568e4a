"""The description of the package, as an index of packages shows it: without a file of ours beside."""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
BASE = "https://example.org/autograd_core"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def setup() -> dict[str, Any]:
    pytest.importorskip("setuptools.command.bdist_wheel", reason="setuptools is older than 70.1")
    return runpy.run_path(str(ROOT / "setup.py"))


class Links(HTMLParser):
    """What a page links and loads, but for its own headings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        links = [value for name, value in attrs if name in ("href", "src") and value]
        self.found += [link for link in links if not link.startswith("#user-content-")]


def rendered(text: str) -> list[str]:
    markdown = pytest.importorskip("readme_renderer.markdown")
    pytest.importorskip("comrak", reason="the extra md of readme_renderer is not installed")
    page = markdown.render(text)
    assert page is not None
    return Links(page).found


def test_every_link_of_the_description_leads_to_the_site(setup: dict[str, Any], site: Path) -> None:
    """Also the anchors, and the picture."""
    links = rendered(setup["with_addresses"](README, BASE))
    assert len(links) > 30
    assert [link for link in links if not link.startswith(f"{BASE}/")] == []
    for link in links:
        file, _, anchor = link.removeprefix(f"{BASE}/").partition("#")
        assert (site / file).is_file(), link
        if anchor:
            assert f'id="{anchor}"' in (site / file).read_text("utf-8"), link


def test_without_an_address_it_is_the_readme_and_needs_no_host(setup: dict[str, Any]) -> None:
    assert setup["with_addresses"](README, "") == README
    assert [link for link in rendered(README) if "//" in link] == []


def test_the_site_and_the_description_have_one_setting(
    setup: dict[str, Any], tmp_path: Path
) -> None:
    """A wheel that is built with an address links it."""
    assert setup["base_address"](ROOT / "pyproject.toml") == ""
    for name in ("pip", "setuptools"):
        pytest.importorskip(name)
    source = tmp_path / "source"
    for part in ("autograd_core", "nn"):
        shutil.copytree(ROOT / part, source / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    settings = (source / "pyproject.toml").read_text("utf-8")
    with_address = settings.replace('base-address = ""', f'base-address = "{BASE}/"')
    assert with_address != settings
    (source / "pyproject.toml").write_text(with_address, "utf-8")
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q"]
    done = subprocess.run(
        [*command, "-w", str(tmp_path), str(source)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        text = archive.read(metadata).decode("utf-8")
    assert f"]({BASE}/_images/backward.svg)" in text
    assert re.findall(r"\]\((?!https://)[^)]*\)", text) == []
