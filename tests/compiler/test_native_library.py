"""The native library: built by one command, loaded where it fits, and else refused with a reason."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograd_core.compiler.backends.native import build, library

SMALL = """#include <stdint.h>
#if ABI
#pragma GCC visibility push(default)
int32_t native_abi(void) { return ABI; }
uint32_t native_sources(void) { return SOURCES; }
#endif
"""

needs_compiler = pytest.mark.skipif(build.compiler() is None, reason="needs a C compiler")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of its own for the sources and the library."""
    (tmp_path / "small.c").write_text(SMALL)
    monkeypatch.setattr(build, "HERE", tmp_path)
    monkeypatch.setattr(build, "sources", lambda: [str(tmp_path / "small.c")])
    library._found.cache_clear()
    yield tmp_path
    library._found.cache_clear()


def _reason() -> str:
    library._found.cache_clear()
    return str(library.missing_library() or "")


@needs_compiler
def test_a_library_of_other_sources_or_of_another_form_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reason_after(*options: str) -> str:
        name = f"{len(list(folder.iterdir()))}.so"  # a library that is loaded stays what it is
        monkeypatch.setattr(build, "NAME", name)
        build.build(folder, options)
        return _reason()

    assert "is not built, which takes a C compiler; build it with: python -m" in _reason()
    assert reason_after("-DABI=1") == ""
    assert "was built from other sources; build it" in reason_after("-DABI=999")
    assert "is of another version" in reason_after("-DABI=0")
    reason_after("-DABI=1")
    (folder / "small.c").write_text(SMALL + "/* newer */\n")
    assert "was built from other sources" in _reason()
    monkeypatch.setattr(build, "NAME", "small.c")
    assert "cannot be loaded" in _reason()
    with pytest.raises(ImportError, match="cannot be loaded"):
        library.library()


def test_without_a_compiler_the_command_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build, "compiler", lambda: None)
    monkeypatch.setattr(sys, "argv", ["build"])
    assert build.main() == 1
    assert "there is no C compiler: install gcc or clang" in capsys.readouterr().err
    assert list(folder.iterdir()) == [folder / "small.c"]


@needs_compiler
def test_an_error_in_the_sources_leaves_the_library_as_it_was(folder: Path) -> None:
    build.build(folder, ["-DABI=1"])
    (folder / "small.c").write_text("this is no C")
    with pytest.raises(OSError, match="error"):
        build.build(folder)
    assert sorted(path.name for path in folder.iterdir()) == [build.NAME, "small.c"]


def test_the_build_runs_without_the_package() -> None:
    """As `setup.py` runs it, in an environment that has nothing."""
    path = Path(build.__file__)
    code = f"import runpy; print(callable(runpy.run_path({str(path)!r})['build']))"
    command = [sys.executable, "-S", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=path.anchor)
    assert done.stdout == "True\n"
