"""Pickles of derivatives: what `grad` and its family give of a function that can be imported
goes to other processes.
"""

from __future__ import annotations

import copy
import functools
import inspect
import multiprocessing
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograd_core import compiled, grad, hessian, hvp, jacobian, jvp, value_and_grad

from . import hidden

ROOT = Path(__file__).parents[2]


def _again(x: Any) -> Any:
    return pickle.loads(pickle.dumps(x))


TRANSFORMS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "grad": (grad, 27.0),
    "value_and_grad": (value_and_grad, (27.0, 27.0)),
    "jacobian": (jacobian, 27.0),
    "hessian": (hessian, 18.0),
    "grad of grad": (lambda f: grad(grad(f)), 18.0),
    "of several arguments": (lambda f: grad(f, argnums=(0,)), (27.0,)),
    "of a partial": (lambda f: grad(functools.partial(f)), 27.0),
    "jvp, in part": (lambda f: functools.partial(jvp, f, tangents=(1.0,)), None),
    "hvp, in part": (lambda f: functools.partial(hvp, f, tangents=(1.0,)), None),
}


@pytest.mark.parametrize(("transform", "right"), TRANSFORMS.values(), ids=TRANSFORMS)
def test_the_derivative_of_a_function_that_can_be_imported_is_pickled(
    transform: Callable[[Any], Any], right: Any
) -> None:
    derivative = transform(hidden.cube)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(derivative, protocol))
        if right is None:
            assert again((3.0,)) == derivative((3.0,))
        else:
            assert again(3.0) == right


DECORATED: dict[str, tuple[Any, Any]] = {
    "grad": (hidden.slope, 27.0),
    "beneath another decorator": (hidden.bent, 36.0),
    "a method of a class": (hidden.Spring.unit, (4.5, 3.0)),
    "a derivative of a decorated one": (grad(hidden.slope), 18.0),
    "the method of an object": (hidden.Spring(2.0).force, -6.0),
    "the derivative of a method": (grad(hidden.Spring(2.0).energy), 6.0),
    "a derivative that is a method": (hidden.Spring(2.0).steepness, 12.0),
}


@pytest.mark.parametrize(("function", "right"), DECORATED.values(), ids=DECORATED)
def test_a_derivative_that_has_the_name_of_its_function_is_pickled(
    function: Any, right: Any
) -> None:
    assert _again(function)(3.0) == function(3.0) == right


COMPILED: dict[str, tuple[Callable[[], Any], Callable[[float], float]]] = {
    "compiled(grad(f))": (lambda: compiled(grad(hidden.cube)), lambda x: 3.0 * x * x),
    "@compiled": (lambda: hidden.fast, lambda x: x * x * x),
    "@compiled @grad": (lambda: hidden.fast_slope, lambda x: 3.0 * x * x),
}


@pytest.mark.parametrize(("make", "right"), COMPILED.values(), ids=COMPILED)
@pytest.mark.parametrize(
    "again", [_again, copy.copy, copy.deepcopy], ids=["pickled", "copied", "deep-copied"]
)
def test_a_compiled_derivative_keeps_its_function(
    again: Any, make: Callable[[], Any], right: Callable[[float], float]
) -> None:
    pytest.importorskip("numpy")
    f = make()
    f(3.0)
    twin = again(f)
    assert twin is not f
    assert (twin(3.0), compiled(twin.function)(2.0)) == (right(3.0), right(2.0))
    assert list(inspect.signature(twin).parameters) == ["x"]
    assert again(twin)(5.0) == right(5.0)


def test_what_cannot_be_imported_says_its_name() -> None:
    def local(x: Any) -> Any:
        return x * x

    with pytest.raises((AttributeError, pickle.PicklingError), match="local"):
        pickle.dumps(grad(local))
    with pytest.raises((AttributeError, pickle.PicklingError), match="lambda"):
        pickle.dumps(grad(lambda x: x))


def test_a_derivative_is_a_function_by_all_that_one_can_ask_of_it() -> None:
    derivative = grad(hidden.cube)
    assert (derivative.__name__, derivative.__doc__, derivative.__module__) == (
        "cube",
        "x³.",
        hidden.__name__,
    )
    assert str(inspect.signature(derivative)) == "(x: 'Any') -> 'Any'"
    assert inspect.unwrap(derivative) is hidden.cube
    assert callable(derivative)
    assert inspect.isroutine(derivative)  # so help() shows it as a function
    assert copy.copy(derivative) is derivative is copy.deepcopy(derivative)
    assert functools.wraps(derivative)(lambda x: x).__name__ == "cube"
    assert hidden.Spring(3.0).steepness(2.0) == 12.0
    assert grad(hidden.Spring(3.0).steepness)(2.0) == 6.0
    assert "grad of <function cube" in repr(derivative)
    assert {derivative: 1}[derivative] == 1


SCRIPT = """
import multiprocessing, sys
from autograd_core import compiled, grad, value_and_grad

def cube(x):
    return x * x * x

@grad
def slope(x):
    return x * x * x

@compiled
@value_and_grad
def fast(x):
    return x * x * x

if __name__ == "__main__":
    fast(1.0)
    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        print(pool.map(grad(cube), [1.0, 2.0]), pool.map(slope, [1.0, 2.0]), pool.map(fast, [1.0, 2.0]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_pool_of_processes_maps_derivatives(method: str, tmp_path: Path) -> None:
    pytest.importorskip("numpy")
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system has no {method}")
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    run = subprocess.run(
        [sys.executable, str(script), method],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "[3.0, 12.0] [3.0, 12.0] [(1.0, 3.0), (8.0, 12.0)]"
