"""The steps of the pages "How to add ..." work: each page is followed literally in a copy of the
tree.

The line before a block says what it is. "New file `path`:" is followed by the file, "At the end of
`path`:" by what is appended, and "In `path`:" by a diff, whose unchanged lines say where. All other
Python is run as examples, and all shell line by line.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from .optional import numpy

ROOT = Path(__file__).parent.parent
PAGES = sorted((ROOT / "docs" / "how_to_add").glob("*.md"))
COPIED = (".ci", "autograd_core", "nn", "tests", "docs", "pyproject.toml", "CHANGELOG.md")
BLOCK = re.compile(r"^(?P<before>[^\n]*)\n\n?```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.M | re.S)


@dataclass
class Steps:
    """What is done in the copy: the files that are new or changed, with the lines added."""

    tree: Path
    new: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)

    def follow(self, before: str, kind: str, text: str) -> None:
        if found := re.search(r"[Nn]ew file `([^`]+)`:$", before):
            path = self.tree / found[1]
            assert not path.exists()
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            self.new[found[1]] = _lines(text)
        elif found := re.search(r"[Aa]t the end of `([^`]+)`:$", before):
            path = self.tree / found[1]
            path.write_text(f"{path.read_text('utf-8')}\n\n{text}", "utf-8")
            self.changed[found[1]] = self.changed.get(found[1], 0) + _lines(text)
        elif kind == "diff":
            found = re.search(r"[Ii]n `([^`]+)`:$", before)
            assert found, before
            self.change(found[1], text)
        elif kind == "python":
            page = self.tree / "page.md"
            page.write_text(text, "utf-8")
            self.run([sys.executable, "-W", "error", "-c", EXAMPLES])
        elif kind == "sh":
            for line in text.splitlines():
                self.run(["bash", "-c", line])
        else:
            raise AssertionError(f"a block of {kind}, which no step is")

    def change(self, name: str, diff: str) -> None:
        path, lines = self.tree / name, diff.splitlines()
        old = "".join(f"{x[1:]}\n" for x in lines if not x.startswith("+"))
        new = "".join(f"{x[1:]}\n" for x in lines if not x.startswith("-"))
        text = path.read_text("utf-8")
        assert text.count(old) == 1, f"{name} does not have once:\n{old}"
        path.write_text(text.replace(old, new), "utf-8")
        added = sum(x.startswith("+") for x in lines)
        self.changed[name] = self.changed.get(name, 0) + added

    def run(self, command: list[str]) -> None:
        programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        settings = {"PYTHONPATH": str(self.tree), "PATH": programs, "PYTEST_ADDOPTS": ""}
        done = subprocess.run(
            command, cwd=self.tree, env=os.environ | settings, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{command[-1]}\n{done.stdout}{done.stderr}"

    def summary(self) -> str:
        """What was touched, in the words of the pages."""
        counts = [
            (kind, files) for kind, files in (("new", self.new), ("changed", self.changed)) if files
        ]
        return "; ".join(
            f"{_count(len(files), kind + ' file')} ({_count(sum(files.values()), 'line')})"
            for kind, files in counts
        )


EXAMPLES = """
import doctest, sys
failed, tried = doctest.testfile("page.md", module_relative=False, encoding="utf-8")
sys.exit(failed or not tried)
"""


def _lines(text: str) -> int:
    return sum(bool(line.strip()) for line in text.splitlines())


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"


@pytest.mark.slow
@pytest.mark.skipif(not numpy, reason="the steps compile to arrays")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_steps_of_a_page_work_literally(page: Path, tmp_path: Path) -> None:
    text = page.read_text("utf-8")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__py*"))
        else:
            shutil.copy(ROOT / name, tmp_path / name)
    steps = Steps(tmp_path)
    blocks = list(BLOCK.finditer(text))
    assert len(blocks) == text.count("\n```") / 2
    for block in blocks:
        steps.follow(block["before"], block["kind"], block["text"])
    touched = re.search(r"\*\*Touched:\*\* (.*?)\.$", text, re.MULTILINE)
    assert touched
    assert touched[1] == steps.summary()
    if importlib.util.find_spec("ruff"):
        python = [name for name in steps.new | steps.changed if name.endswith(".py")]
        steps.run([sys.executable, "-m", "ruff", "check", "-q", *python])
        steps.run([sys.executable, "-m", "ruff", "format", "--check", "-q", *python])
