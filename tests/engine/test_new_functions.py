"""A new public function is one row of the table, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = r"""
versine: Primitive = primitive(
    "versine", symbol="versin", doc="The versine of an angle: 1 − cos x.",
    latex=r"1 - \cos x", example="versine(0.0) -> 0.0", operands=ANGLE,
    rule="sin x",
    compute=lambda x: 2.0 * sin.compute(0.5 * x) ** 2,
    partials=lambda y, x: sin(x),
)
gap: Primitive = primitive(
    "gap", symbol="gap", array="spacing",
    doc="The distance to the next float: 2ⁿ with the n of x.",
    latex=r"2^{n}", example="gap(1.0) -> 2.220446049250313e-16", rule="0",
    compute=lambda x: math.copysign(math.ulp(x), x or 1.0) if math.isfinite(x) else math.nan,
    partials=lambda y, x: 0.0 * x,
)
"""


@pytest.mark.slow
def test_a_row_is_found_everywhere_the_moment_it_exists(tmp_path: Path) -> None:
    for name in ("numpy", "graphviz"):
        pytest.importorskip(name)
    for part in ("autograd_core", "nn", "tests", "docs", ".ci", "pyproject.toml"):
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, tmp_path / part)
    with (tmp_path / "autograd_core/primitives/elementary.py").open("a", encoding="utf-8") as file:
        file.write(ROWS)
    tests = ["tests/engine/test_table.py", "tests/test_public_face.py"]
    chosen = ["-q", "-p", "no:cacheprovider", "-k", "versine or gap or up_to_date"]
    for command in (
        [".ci/write_table.py"],
        ["-m", "tests.engine.new_functions"],
        ["-m", "pytest", *chosen, *tests],
    ):
        done = subprocess.run(
            [sys.executable, *command],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout.split(" passed")[0].split()[-1]) > 20
