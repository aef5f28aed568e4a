"""Build the native library: `python -m autograd_core.compiler.backends.native`.

`setup.py` does it at installation, where a C compiler is there; it runs this file by itself, so
nothing of the package is imported here. The library is built for every processor of its kind: what
it has of vector instructions is found out when it is loaded. Whoever loads it reads this file too:
so only building imports what takes long to load.
"""

from __future__ import annotations

import os
import sys
import zlib
from collections.abc import Sequence

HERE = os.path.dirname(os.path.abspath(__file__))
NAME = f"native.{sys.platform}.so"
"""The file of the library, beside its sources."""

FLAGS = (
    "-std=gnu11 -O3 -shared -fvisibility=hidden -Wall -Wextra -Werror=implicit-function-declaration"
    # products and sums are rounded each by itself, except in what says fma; nothing reads errno;
    # the flag for an invalid operation is read after all operations, not between them
    " -ffp-contract=off -fno-math-errno -fno-trapping-math"
).split()
SANITIZE = "-g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined".split()


def sources() -> list[str]:
    """The C files in it, in a fixed order."""
    names = sorted([name for name in os.listdir(HERE) if name.endswith((".c", ".h"))])
    names.append(os.path.join(os.pardir, "elementary.h"))
    return [os.path.join(HERE, name) for name in names]


def checksum() -> int:
    """A number for the C sources; the library has that of the ones it was built from."""
    found = 0
    for path in sources():
        with open(path, "rb") as file:
            found = zlib.crc32(file.read().replace(b"\r\n", b"\n"), found)
    return found


def compiler() -> list[str] | None:
    """The command of a C compiler, which the variable CC may name; None where there is none."""
    import shutil
    import sysconfig

    named = [os.environ.get("CC", ""), sysconfig.get_config_var("CC") or ""]
    for command in [*named, "cc", "gcc", "clang"]:
        words = command.split()
        if words and shutil.which(words[0]):
            return words
    return None


def build(folder: str | os.PathLike[str] = HERE, options: Sequence[str] = ()) -> str:
    """Compile the library into a folder.

    Raises an OSError where there is no compiler, or where it fails.
    """
    import subprocess
    import tempfile

    command = compiler()
    if command is None:
        raise OSError("there is no C compiler: install gcc or clang, or name one in CC")
    position = [] if sys.platform == "win32" else ["-fPIC"]
    numbers = [f"-DSOURCES={checksum()}u"]
    files = [path for path in sources() if path.endswith(".c")]
    target = os.path.join(folder, NAME)
    with tempfile.TemporaryDirectory(dir=folder) as draft:
        made = os.path.join(draft, NAME)
        command += [*FLAGS, *position, *options, *numbers, *files, "-o", made, "-lm"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise OSError(f"{' '.join(command[:1])} failed:\n{done.stderr}")
        os.replace(made, target)  # a process that has the old one open keeps it
    return target


def main() -> int:
    options = SANITIZE if sys.argv[1:] == ["--sanitize"] else []
    if sys.argv[1:] and not options:
        print(f"unknown: {' '.join(sys.argv[1:])}; the only option is --sanitize", file=sys.stderr)
        return 2
    try:
        print(f"built {build(options=options)}")
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    return 0
