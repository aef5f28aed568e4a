"""Both ways to render: the system's Graphviz, and the one that pip brings."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

import pytest


@pytest.fixture(params=["system", "pip"])
def renderer(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> str:
    """The name of the way; the other way is out of reach."""
    if request.param == "system":
        if shutil.which("dot") is None:
            pytest.skip("the system has no Graphviz")
        hide_pygraphviz(monkeypatch)
    else:
        pytest.importorskip("pygraphviz")
        hide_programs(monkeypatch, tmp_path)
    return str(request.param)


def hide_programs(monkeypatch: pytest.MonkeyPatch, empty: Path) -> None:
    """A PATH on which there is no program."""
    monkeypatch.setenv("PATH", os.fspath(empty))


def hide_pygraphviz(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python without pygraphviz."""
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *rest: None if name == "pygraphviz" else find_spec(name, *rest),
    )
