"""C as WebAssembly, by the compiler that is there: that of the package ziglang, clang with
wasi-libc, or Emscripten.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from autograd_core.errors import MissingExtra

FILES = ["-std=c99", "-O2", "model.c", "-o", "model.wasm"]


def webassembly(text: str, functions: Sequence[str]) -> bytes:
    """A module with the memory and these functions of the text, and `malloc`."""
    problems = []
    with TemporaryDirectory() as folder:
        (Path(folder) / "model.c").write_text(text, "utf-8")
        for command in _commands([*functions, "malloc"]):
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
            if done.returncode == 0:
                return (Path(folder) / "model.wasm").read_bytes()
            problems.append(f"{' '.join(command)}\n{done.stderr.strip()}")
    missing = MissingExtra("ziglang", "c", "WebAssembly")
    if not problems:
        raise missing
    raise ValueError("\n".join([f"the C compiler makes no WebAssembly here; {missing}", *problems]))


def _commands(functions: Sequence[str]) -> Iterator[list[str]]:
    """The commands that may compile it."""
    exported = [f"-Wl,--export={name}" for name in functions]
    wasi = ["-mexec-model=reactor", "-s", *FILES, *exported]
    if find_spec("ziglang") is not None:
        yield [sys.executable, "-m", "ziglang", "cc", "-target", "wasm32-wasi", *wasi]
    if (clang := shutil.which("clang")) is not None:
        yield [clang, "--target=wasm32-wasi", *wasi]
    if (emcc := shutil.which("emcc")) is not None:
        names = ",".join([f"_{name}" for name in functions])
        yield [emcc, "--no-entry", "-sSTANDALONE_WASM=1", f"-sEXPORTED_FUNCTIONS={names}", *FILES]
