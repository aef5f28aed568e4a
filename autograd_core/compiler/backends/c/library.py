"""C text as a library: compiled once by the compiler that is there, and kept on disk by its
content.
"""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from ....errors import MissingExtra

_COMPILERS = ("cc", "gcc", "clang", "tcc")
_FLAGS = ("-std=c99", "-shared", "-fPIC", "-ffp-contract=off")
_FAST = ("-fno-math-errno", "-fno-trapping-math", "-fopenmp-simd")
_LONG = 200_000  # characters; beyond it, optimising takes many seconds


@cache
def compiler() -> tuple[str, ...] | None:
    """The command that compiles C here: $CC, the system's, or the one of the package ziglang."""
    for name in [os.environ.get("CC", ""), *_COMPILERS]:
        if name and (path := shutil.which(name.split()[0])):
            return path, *name.split()[1:]
    return (sys.executable, "-m", "ziglang", "cc") if find_spec("ziglang") else None


def missing() -> MissingExtra | None:
    if compiler() is not None:
        return None
    return MissingExtra("ziglang", "c", "the back-end 'c', where there is no C compiler,")


def load(text: str) -> ctypes.CDLL:
    """The library of a text, from the disk or newly compiled."""
    command = _command(text)
    key = sha256("\0".join([*command, _processor(), text]).encode()).hexdigest()[:32]
    folder = _folder()
    path = folder / f"{key}.so"
    if not _is_whole(path):
        _build(command, text, path)
    return ctypes.CDLL(str(path))


def _command(text: str) -> list[str]:
    found = compiler()
    if found is None:
        raise missing() or AssertionError
    if Path(found[0]).name == "tcc":
        return [*found, "-shared"]
    level = "-O1" if len(text) > _LONG else "-O3"
    native = ["-march=native"] if platform.machine() in ("x86_64", "AMD64") else []
    return [*found, *_FLAGS, *_FAST, level, *native]


@cache
def _processor() -> str:
    """What the machine code was made for: a folder may be shared by several machines."""
    try:
        lines = Path("/proc/cpuinfo").read_text().split("\n")
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    return next((line for line in lines if line.startswith("flags")), platform.machine())


def _folder() -> Path:
    """Where libraries are kept: the user's folder for such files, or a temporary one where that
    cannot be written.
    """
    if given := os.environ.get("AUTOGRAD_CORE_CACHE"):
        folder = Path(given)
    elif sys.platform == "win32":
        folder = Path(os.environ.get("LOCALAPPDATA", tempfile.gettempdir())) / "autograd_core"
    elif sys.platform == "darwin":
        folder = Path.home() / "Library" / "Caches" / "autograd_core"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        folder = Path(base) / "autograd_core"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except (OSError, RuntimeError):
        pass
    return _temporary()


@cache
def _temporary() -> Path:
    return Path(tempfile.mkdtemp(prefix="autograd_core_"))


def _is_whole(path: Path) -> bool:
    """Whether the library is there as it was written; loading half of one would end the process."""
    try:
        return path.with_suffix(".sum").read_text() == _sum(path)
    except (OSError, UnicodeDecodeError):
        return False


def _sum(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _build(command: list[str], text: str, path: Path) -> None:
    """Compile in a folder of its own, and move the result to its place at once: two processes may
    build the same.
    """
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".") as name:
        source, made = Path(name) / "f.c", Path(name) / "f.so"
        source.write_text(text)
        run = subprocess.run(
            [*command, str(source), "-o", str(made), "-lm"], capture_output=True, text=True
        )
        if run.returncode != 0:
            raise RuntimeError(
                f"{' '.join(command)} could not compile the program:\n{run.stderr[:2000]}\n"
                "Choose another compiler with the environment variable CC, or another back-end"
            )
        (Path(name) / "f.sum").write_text(_sum(made))
        os.replace(made, path)
        os.replace(Path(name) / "f.sum", path.with_suffix(".sum"))
