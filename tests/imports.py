"""What the files of the two packages import from each other: for the tests of the floors, and for
the picture of them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("autograd_core", "nn")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Every module of ours that a file imports, anywhere in it, with the line."""
    package = module_name(path).split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            # `from . import modes` imports the module autograd_core.modes, `from .errors import
            # real` only a name of one
            found = [
                f"{module}.{alias.name}" if _exists(f"{module}.{alias.name}") else module
                for alias in node.names
            ]
        else:
            continue
        for module in found:
            if module.split(".")[0] in PACKAGES:
                yield module, node.lineno


def branches(own: str, other: str) -> tuple[str, str, str]:
    """The innermost folder that two modules share, and the part of it that each lies in."""
    a, b = own.split("."), other.split(".")
    k = next((k for k, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return ".".join(a[:k]), *(".".join(part[k : k + 1]) or "__init__" for part in (a, b))


def _exists(module: str) -> bool:
    path = ROOT.joinpath(*module.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()
