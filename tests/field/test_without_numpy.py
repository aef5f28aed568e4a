"""Without NumPy the engine differentiates, compiles what is no batch, and trains: what the base
install has.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
BEGIN = """
import sys, warnings
for name in ("numpy", "graphviz", "pygraphviz", "matplotlib", "sklearn", "pandas", "scipy"):
    sys.modules[name] = None
"""


def run(script: str, folder: Path) -> str:
    """What a script prints in a process in which nothing else is installed."""
    command = [sys.executable, "-W", "error", "-c", BEGIN + script]
    done = subprocess.run(
        command,
        cwd=folder,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_derivatives_of_every_kind_are_there(tmp_path: Path) -> None:
    script = """
from autograd_core import Value, check_gradients, exp, explain, grad, gradients, hessian, hvp, jacobian, jvp, sin, vjp
print(grad(grad(lambda x: x**3))(2.0), hessian(lambda x: x[0] * x[1])([1.0, 2.0]), jacobian(lambda x: [x * x, 3 * x])(2.0))
print(jvp(lambda x: x * x, (3.0,), (1.0,)), vjp(lambda x: x * x, 3.0)[1](1.0), hvp(lambda x: x**3, (2.0,), (1.0,)))
check_gradients(lambda x: sin(x[0]) * exp(x[1]), [0.5, 0.25])
x = Value(2.0)
y = x * x
y.backward()
print(gradients(x * x, [x]), x.grad, str(explain(y)).splitlines()[-1].strip())
"""
    first, second, third = run(script, tmp_path).splitlines()
    assert first == "12.0 [[0.0, 1.0], [1.0, 0.0]] [4.0, 3.0]"
    assert second == "(9.0, 6.0) (6.0,) (12.0,)"
    assert third.startswith("[Value(4.0)] 4.0 dL/dx1 = ")
    assert third.endswith("= 4.00")


def test_a_compiled_function_takes_every_branch(tmp_path: Path) -> None:
    script = """
from autograd_core import compiled, grad
from autograd_core.compiler import running
running.PATIENCE = 0.0  # compile each path when it is first taken
warnings.simplefilter("ignore")
f = compiled(grad(lambda x: x * x if x > 0.0 else (-x if x > -5.0 else 2.0 * x)))
print([f(x) for x in (3.0, -3.0, -7.0, 4.0, -1.0)], len(f.programs))
"""
    assert run(script, tmp_path) == "[6.0, -1.0, 2.0, 8.0, -1.0] 1\n"


def test_a_training_says_that_it_is_slow_and_learns_saves_and_goes_on(tmp_path: Path) -> None:
    script = """
from nn import MLP, Adam, EarlyStopping, fit, load, save
xor, targets = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]
settings = dict(loss="binary_cross_entropy", validation_data=(xor, targets), callbacks=[EarlyStopping(patience=99)], verbose=False)
model, again = MLP(2, [4, 1], seed=0), MLP(2, [4, 1], seed=0)
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    history = fit(model, xor, targets, optimizer=Adam(0.1), epochs=100, **settings)
    fit(again, xor, targets, optimizer=Adam(0.1), epochs=50, checkpoint="c.json", **settings)
    fit(again, xor, targets, optimizer=Adam(0.1), epochs=100, checkpoint="c.json", resume=True, **settings)
save(model, "model.json")
print(len(told), "slow" in str(told[0].message), history.engine, history.accuracy[-1], load("model.json")(xor[1])[0].data > 0.5)
print([p.data for p in again.parameters()] == [p.data for p in model.parameters()])
"""
    first, second = run(script, tmp_path).splitlines()
    assert first == "3 True eager 1.0 True"
    assert second == "True"


def test_a_table_needs_pandas_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "fruits.csv").write_text("weight,fruit\n" + "1,apple\n2,cherry\n" * 9, "utf-8")
    script = """
from nn.__main__ import main
warnings.simplefilter("ignore")
print(main(["--data", "fruits.csv", "--target", "fruit", "--epochs", "10"]))
print(main(["predict", "runs/fruits/model.json", "fruits.csv", "--out", "out.csv"]))
"""
    out = run(script, tmp_path)
    told = "your own table needs the package pandas, which is not installed"
    assert out.count(told) == 1
    assert "pip install 'autograd-core[tables]'" in out
    assert out.splitlines()[-2:] == ["1", "1"]
