"""`python -m tests.mutants`: break the engine in every way of the list, run the quick tests on
each, and print who noticed.

`python -m tests.mutants 5` takes every fifth mutant. Before the first one the engine is tested as
it is. Each mutant lives in a process of its own, in which one file is imported with its text
changed; no file is written. A mutant that no test notices is printed as alive, and the exit status
is 1.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from importlib.machinery import SourceFileLoader
from multiprocessing.connection import Connection
from types import CodeType

import pytest
from hypothesis import Phase, settings

from .mutants import MUTANTS, Mutant

# The quickest and broadest first.
OPTIONS = ["-x", "-q", "--tb=no", "-p", "no:cacheprovider", "--hypothesis-profile=mutants",
           "-W", "ignore::pytest.PytestAssertRewriteWarning"]  # fmt: skip
TESTS = ["accuracy", "edges", "table", "laws", "graph", "value", "transforms", "matrix"]


class _Witness:
    """The first test that failed."""

    name = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.name:
            self.name = report.nodeid.removeprefix("tests/engine/")


def install(mutant: Mutant) -> None:
    """From now on the mutant's file is imported as the mutant has it."""
    target, text, ordinary = str(mutant.path), mutant.source(), SourceFileLoader.get_code

    def get_code(self: SourceFileLoader, name: str) -> CodeType | None:
        return compile(text, target, "exec") if self.path == target else ordinary(self, name)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign]


def witness(mutant: Mutant) -> str:
    """The name of the first test that fails on the mutant, empty if none does."""
    install(mutant)
    settings.register_profile(
        "mutants",
        max_examples=30,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
    )
    for name in TESTS:
        seen = _Witness()
        status = pytest.main([f"tests/engine/test_{name}.py", *OPTIONS], plugins=[seen])
        if status == pytest.ExitCode.TESTS_FAILED:
            return seen.name
        if status != pytest.ExitCode.OK:
            raise RuntimeError(f"pytest could not run test_{name}.py on the mutant: {status!r}")
    return ""


def _child(mutant: Mutant, answer: Connection) -> None:
    os.environ.pop("PYTEST_ADDOPTS", None)  # a --cov in it would erase the coverage of this run
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    answer.send(witness(mutant))


def noticed_by(mutant: Mutant) -> str:
    """The witness, from a process of its own."""
    fork = multiprocessing.get_context("fork")
    there, here = fork.Pipe()
    process = fork.Process(target=_child, args=(mutant, here))
    process.start()
    here.close()
    name: str = there.recv()  # EOFError if the tests could not run at all
    process.join()
    return name


def main(step: int = 1) -> int:
    if failed := noticed_by(Mutant("engine/sweeps.py", "", "", "nothing")):
        print(f"the engine as it is fails {failed}")
        return 1
    mutants, alive = MUTANTS[::step], 0
    print("| what is broken | where | noticed by |\n|---|---|---|")
    for mutant in mutants:
        name = noticed_by(mutant)
        alive += not name
        print(f"| {mutant.breaks} | {mutant.file} | {name or '**nobody**'} |", flush=True)
    print(f"\n{len(mutants) - alive} of {len(mutants)} mutants noticed")
    return int(alive > 0)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
