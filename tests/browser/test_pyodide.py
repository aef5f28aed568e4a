"""The wheel in a browser's Python, under Node: the engine, training, the DOT text of a picture."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.browser.conftest import npm_package

ROOT = Path(__file__).parent.parent.parent
PROGRAM = """
import sys
from autograd_core import Value, draw, exp, explain, explore, grad
from nn import MLP, Adam, fit

assert sys.platform == "emscripten"
x = Value(2.0, "x")
y = exp(x * x) + 1.0
y.backward()
print("gradient", x.grad == 4.0 * exp(4.0), grad(grad(lambda t: t**3))(2.0))
print(str(explain(x * 3.0)).splitlines()[-1])
model = MLP(2, [4, 1], activation="tanh", seed=1)
inputs, targets = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [[0.0], [1.0], [1.0], [1.0]]
history = fit(model, inputs, targets, loss="mean_squared_error", optimizer=Adam(0.05), epochs=60, batch_size=4, verbose=False)
print("training", history.loss[-1] < 0.5 * history.loss[0], len(history))
for level in ("scalars", "neurons", "layers"):
    z = model([x, 1.0])[0]
    z.backward()
    print(level, draw(z, level=level).source.startswith("digraph"))
y = x
for _ in range(100_000):
    y = y + x
y.backward()
del y
print("freed", x.grad > 100_000.0)
try:
    explore(x * 3.0).html()
except RuntimeError as error:
    print("wasm-graphviz" in str(error))
"""


def test_the_wheel_runs_under_pyodide(tmp_path: Path) -> None:
    """As it comes from the build, with nothing but the pure package graphviz beside it."""
    graphviz = pytest.importorskip("graphviz")
    if shutil.which("node") is None:
        pytest.skip("no Node")
    folder = npm_package("pyodide")
    if importlib.util.find_spec("setuptools") is None or importlib.util.find_spec("pip") is None:
        pytest.skip("setuptools or pip is not installed")
    source = tmp_path / "source"
    for part in ("autograd_core", "nn"):
        shutil.copytree(ROOT / part, source / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--quiet",
        "-w",
        str(tmp_path),
        str(source),
    ]
    built = subprocess.run(build, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    parts = zipfile.ZipFile(wheel).namelist()
    assert {
        "autograd_core/drawing/explorer/stepper.js",
        "autograd_core/drawing/explorer/stepper.css",
        "autograd_core/py.typed",
    } <= set(parts)
    libraries = tmp_path / "libraries"
    shutil.copytree(Path(graphviz.__file__).parent, libraries / "graphviz")
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, "utf-8")
    command = [
        "node",
        str(Path(__file__).with_name("pyodide.mjs")),
        str(folder),
        str(wheel),
        str(libraries),
        str(program),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "gradient True 12.0",
        "  dL/dx = 3.00",
        "training True 60",
        "scalars True",
        "neurons True",
        "layers True",
        "freed True",
        "True",
    ]
