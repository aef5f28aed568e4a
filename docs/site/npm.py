"""The packages from npm that the site serves: their versions are fixed in package.json."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
SERVED = {
    "katex/dist": ("katex", ["katex.mjs", "katex.min.css", "fonts/*.woff2"]),
    "@hpcc-js/wasm-graphviz/dist": ("graphviz", ["index.js"]),
    "pyodide": (
        "pyodide",
        [
            "pyodide.mjs",
            "pyodide.asm.mjs",
            "pyodide.asm.wasm",
            "pyodide-lock.json",
            "python_stdlib.zip",
        ],
    ),
}
"""What is served, by its folder among the packages: the folder in the site, and the files."""


class NoPackages(RuntimeError):
    """npm is missing, or it could not install the packages."""


def installed(folder: Path) -> Path:
    """The folder of the packages, installed below a folder unless they are there already."""
    wanted, modules = HERE / "package.json", folder / "node_modules"
    known = folder / "package.json"
    if modules.is_dir() and known.is_file() and known.read_text() == wanted.read_text():
        return modules
    npm = shutil.which("npm")
    if npm is None:
        raise NoPackages("the site needs npm, which brings Node.js; it was not found")
    with tempfile.TemporaryDirectory(dir=_made(folder.parent)) as made:
        shutil.copy(wanted, made)
        command = [
            npm,
            "install",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--loglevel=error",
        ]
        done = subprocess.run(command, cwd=made, capture_output=True, text=True, timeout=300)
        if done.returncode:
            raise NoPackages(f"npm could not install the site's packages: {done.stderr[-500:]}")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(made, folder, dirs_exist_ok=True)  # another process may do the same
    return modules


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def copy(modules: Path, folder: Path) -> None:
    """Copy what is served into a folder of the site."""
    for package, (place, patterns) in SERVED.items():
        for pattern in patterns:
            files = sorted((modules / package).glob(pattern))
            if not files:
                raise NoPackages(f"{package} has no {pattern}; is its version another one?")
            for file in files:
                target = folder / place / file.relative_to(modules / package)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, target)
