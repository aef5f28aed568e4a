"""How the code is laid out: imports point downwards, files stay small, no test hides another."""

from __future__ import annotations

import ast
import collections
import re
from pathlib import Path

import pytest

import autograd_core
from autograd_core.primitives import TABLE
from tests.floors import FLOORS
from tests.imports import ROOT, SOURCES, branches, imports, module_name

TESTS = sorted((ROOT / "tests").rglob("*.py"))
FROM_THE_TABLE = "from .elementwise import *"  # the names of its rows stand nowhere else
LONGEST_FILE = 450  # so that an idea need not be split in two

# Everything that nn may know of autograd_core: its public face, the errors that it raises, and what
# it offers to packages on top of it.
PUBLIC = {"autograd_core", "autograd_core.errors", "autograd_core.support"}


def _floor(folder: str, part: str) -> int:
    """The floor of a file or folder among the parts of the folder that it lies in."""
    for floor, parts in enumerate(FLOORS[folder]):
        if part in parts.split():
            return floor
    raise AssertionError(f"{folder}.{part} stands on no floor; give it one in tests/floors.py")


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_imports_point_downwards(path: Path) -> None:
    """Between folders and inside them, also where an import stands in a function."""
    own = module_name(path)
    for module, line in imports(path):
        if module.split(".")[0] != own.split(".")[0]:
            continue
        folder, mine, other = branches(own, module)
        if mine != other:
            assert _floor(folder, other) < _floor(folder, mine), (
                f"{path.relative_to(ROOT)}:{line} imports {module}, which does not stand below it"
            )


def test_every_part_has_one_floor_and_every_floor_has_its_parts() -> None:
    there = {
        (".".join(path.parts[:-1]), path.name)
        for source in SOURCES
        for path in [source.relative_to(ROOT).with_suffix(""), *source.relative_to(ROOT).parents]
        if len(path.parts) > 1
    }
    given = [
        (folder, part) for folder, floors in FLOORS.items() for part in " ".join(floors).split()
    ]
    assert sorted(given) == sorted(there)


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_nobody_asks_an_operation_for_its_name(path: Path) -> None:
    """What others need to know of an operation is a fact on its row."""
    asked = [
        f"{path.name}:{node.lineno}"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Compare)
        and re.search(r"\b(row|operation)\.name$", ast.unparse(node.left))
        and {x.value for x in ast.walk(node) if isinstance(x, ast.Constant)} & {*TABLE}
    ]
    assert asked == []


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_a_package_knows_of_the_other_only_its_public_face(path: Path) -> None:
    own = module_name(path).split(".")[0]
    for module, line in imports(path):
        if module.split(".")[0] != own:
            assert own == "nn", (
                f"{path.relative_to(ROOT)}:{line}: the engine imports {module}, but it must not "
                "know of networks"
            )
            public = (
                module in PUBLIC or module.removeprefix("autograd_core.") in autograd_core.__all__
            )  # compiled is both
            assert public, (
                f"{path.relative_to(ROOT)}:{line} imports {module}; write: from autograd_core "
                "import ..."
            )


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=module_name)
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= LONGEST_FILE, (
        f"{lines} lines; if a part outgrows its file, it becomes a folder of the same name"
    )


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=module_name)
def test_there_are_no_star_imports(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    stars = [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
    ]
    assert stars == ([FROM_THE_TABLE] if module_name(path) == "autograd_core.__init__" else [])


@pytest.mark.parametrize("path", TESTS, ids=module_name)
def test_no_two_tests_of_a_file_have_one_name(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    for scope in (tree, *(node for node in tree.body if isinstance(node, ast.ClassDef))):
        names = collections.Counter(
            node.name for node in scope.body if isinstance(node, ast.FunctionDef | ast.ClassDef)
        )
        assert [name for name, times in names.items() if times > 1] == []


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=module_name)
def test_a_file_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))
