"""The table of numerical differences against one backward pass: what is counted in it is
certain, what is timed is shown.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("cost_of_differences.py")


@pytest.mark.slow
def test_the_table_grows_by_one_call_for_each_weight_and_both_gradients_agree() -> None:
    done = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True, check=True)
    header, *lines = done.stdout.splitlines()
    assert header.split() == ["n", "calls", "differences", "backward", "ratio", "apart"]
    rows = [line.split() for line in lines]
    assert [int(row[0]) for row in rows] == [1, 10, 100, 1000, 3000]
    assert [int(row[1]) for row in rows] == [2, 11, 101, 1001, 3001]
    assert [float(row[-1]) for row in rows] == pytest.approx([0.0] * 5, abs=1e-6)
