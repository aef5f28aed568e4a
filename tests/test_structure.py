"""How the code is laid out: imports point downwards, files stay small, no test hides another."""

from __future__ import annotations

import ast
import collections
from collections.abc import Iterator
from pathlib import Path

import pytest

import autograd_core

ROOT = Path(__file__).parent.parent
SOURCES = sorted(path for package in ("autograd_core", "nn") for path in (ROOT / package).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
LONGEST_FILE = 400  # so that an idea need not be split in two

# From the lowest floor to the highest. A folder stands for everything in it, and shares one floor.
FLOORS = {
    "autograd_core": [
        "errors decorators forks modes collector supply differences verdicts places reads references".split(),
        ["primitives"],
        ["conditions"],
        ["node", "anomalies", "copying", "kinks", "graph", "lost", "staircases"],
        ["methods", "number", "value"],
        ["matrix", "objects", "pytree", "tangents"],
        ["functions"],
        ["transforms", "checking"],
        ["program"],
        ["compiled", "batches"],
        ["drawing"],
        ["__init__"],
    ],
    "nn": [
        ["activations", "initializers", "losses", "data", "samples", "history", "progress"],
        ["claims", "documents", "interrupts", "requirements"],
        ["modules", "optimizers"],
        ["convolution"],
        ["serialization", "minimization", "steps", "callbacks"],
        ["evaluation"],
        ["checks", "checkpoints", "diagnosis", "eager", "csvfile", "table", "tablemodel", "examples"],
        ["training"],
        ["plots"],
        ["__init__"],
        ["console", "options", "estimators"],
        ["table_job"],
        ["__main__"],
    ],
}
# Everything that nn may know of autograd_core: its public face, the errors that it raises, what a fork does to locks, and
# how to record whatever surrounds it.
PUBLIC = {"autograd_core", "autograd_core.errors", "autograd_core.forks", "autograd_core.modes"}


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def _floor(module: str) -> int:
    """The floor of a module of ours: `autograd_core.primitives.ieee` stands on that of `primitives`."""
    package, *rest = module.split(".")
    part = rest[0] if rest else "__init__"
    for floor, parts in enumerate(FLOORS[package]):
        if part in parts:
            return floor
    raise AssertionError(f"{module} stands on no floor; give {part!r} one in FLOORS")


def _exists(module: str) -> bool:
    path = ROOT.joinpath(*module.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def _imports(path: Path) -> Iterator[tuple[str, int]]:
    """Every module of ours that a file imports, anywhere in it, with the line."""
    package = _name(path).split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            # `from . import modes` imports the module autograd_core.modes, `from .errors import real` only a name of one
            found = [f"{module}.{alias.name}" if _exists(f"{module}.{alias.name}") else module for alias in node.names]
        else:
            continue
        for module in found:
            if module.split(".")[0] in FLOORS:
                yield module, node.lineno


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_imports_point_downwards(path: Path) -> None:
    own = _name(path)
    for module, line in _imports(path):
        if module.split(".")[0] == own.split(".")[0]:
            assert _floor(module) <= _floor(own), f"{path.relative_to(ROOT)}:{line} imports {module} from a floor above its own"


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_a_package_knows_of_the_other_only_its_public_face(path: Path) -> None:
    own = _name(path).split(".")[0]
    for module, line in _imports(path):
        if module.split(".")[0] != own:
            assert own == "nn", f"{path.relative_to(ROOT)}:{line}: the engine imports {module}, but it must not know of networks"
            public = module in PUBLIC or module.removeprefix("autograd_core.") in autograd_core.__all__  # compiled is both
            assert public, f"{path.relative_to(ROOT)}:{line} imports {module}; write: from autograd_core import ..."


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=_name)
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= LONGEST_FILE, f"{lines} lines; if a part outgrows its file, it becomes a folder of the same name"


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=_name)
def test_there_are_no_star_imports(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    stars = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
    ]
    assert stars == []


@pytest.mark.parametrize("path", TESTS, ids=_name)
def test_no_two_tests_of_a_file_have_one_name(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    for scope in (tree, *(node for node in tree.body if isinstance(node, ast.ClassDef))):
        names = collections.Counter(node.name for node in scope.body if isinstance(node, ast.FunctionDef | ast.ClassDef))
        assert [name for name, times in names.items() if times > 1] == []


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=_name)
def test_a_file_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))
