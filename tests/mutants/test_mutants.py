"""The tests notice when the engine is broken. `python -m tests.mutants` runs every mutant; here
is a sample of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .mutants import MUTANTS, Mutant

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.breaks)
def test_every_mutant_still_changes_the_engine(mutant: Mutant) -> None:
    compile(mutant.source(), mutant.file, "exec")
    assert mutant.source() != mutant.path.read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="each mutant lives in a fork of the process")
def test_every_ninth_mutant_is_noticed() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.mutants", "9"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
