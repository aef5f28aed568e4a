"""`__all__` is the public face: every name is there and documented, and importing it is light."""

from __future__ import annotations

import importlib
import inspect
import math
import pydoc
import runpy
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import autograd_core
import nn
from autograd_core.primitives import Primitive
from tests import typed_calls

PACKAGES = [autograd_core, nn]

PROMISED = {
    "autograd_core": """
        Value
        exp exp2 expm1 log log1p log2 log10 logaddexp xlogy sqrt cbrt sin cos tan asin acos atan atan2 sinh cosh tanh asinh
        acosh atanh erf erfc gamma lgamma digamma hypot copysign fmod absolute sign floor ceil minimum maximum clip where
        isnan isinf isfinite isclose
        sigmoid logsigmoid logit softplus relu leaky_relu elu gelu silu mish softsign
        sum mean prod dot norm logsumexp softmax
        grad value_and_grad jacobian hessian jvp vjp hvp gradients
        solve inv det cholesky root fixed_point argmin quad odeint
        numerical_gradient check_gradients no_grad group primitive
        take interpolate
        compiled backends Program draw explain explore
    """,
    "nn": """
        Neuron Layer MLP Sequential Module
        sum_squared_error mean_squared_error binary_cross_entropy cross_entropy binary_cross_entropy_from_logits
        cross_entropy_from_logits hinge
        GradientDescent Adam minimize fit History save load
    """,
}
NAMES = [(package, name) for package in PACKAGES for name in package.__all__]
names = pytest.mark.parametrize(
    ("package", "name"), NAMES, ids=[f"{package.__name__}.{name}" for package, name in NAMES]
)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_the_promised_names_are_public(package: ModuleType) -> None:
    assert set(PROMISED[package.__name__].split()) - set(package.__all__) == set()


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_what_is_imported_for_the_public_is_in_all(package: ModuleType) -> None:
    assert len(package.__all__) == len(set(package.__all__))
    public = {
        name
        for name, thing in vars(package).items()
        if not name.startswith("_") and not inspect.ismodule(thing)
    }
    assert public - {"annotations", "TYPE_CHECKING", "Any"} <= set(package.__all__)


@names
def test_a_public_name_exists_and_is_documented(package: ModuleType, name: str) -> None:
    thing = getattr(package, name)
    doc = inspect.getdoc(thing)
    assert doc
    assert not doc.startswith(f"{name}("), (
        "a docstring begins with a sentence or the formula, not with the signature"
    )


CALLABLES = [
    pytest.param(thing, name, id=f"{package.__name__}.{name}")
    for package, name in NAMES
    if callable(thing := getattr(package, name))
    and not (inspect.isclass(thing) and issubclass(thing, Exception))
]


VARIADIC = "maximum minimum hypot vjp Sequential root fixed_point argmin quad odeint".split()


@pytest.mark.parametrize(("thing", "name"), CALLABLES)
def test_every_public_callable_has_a_name_and_a_signature(thing: Any, name: str) -> None:
    assert thing.__name__ == name
    parameters = list(inspect.signature(thing).parameters.values())
    several = [p for p in parameters if p.kind is p.VAR_POSITIONAL]
    assert not several or name in VARIADIC


ROWS = [
    name for name in autograd_core.__all__ if isinstance(getattr(autograd_core, name), Primitive)
]


@pytest.mark.parametrize("name", ROWS)
def test_the_operands_of_a_function_can_be_named(name: str) -> None:
    function = getattr(autograd_core, name)
    parameters = inspect.signature(function).parameters.values()
    if not any(p.kind is p.POSITIONAL_OR_KEYWORD for p in parameters):
        return
    required = [p.name for p in parameters if p.default is p.empty]
    xs = [0.25 * (1 + k) for k in range(len(required))]
    for number in (float, autograd_core.Value):
        named = dict(zip(required, map(number, xs), strict=True))
        assert repr(function(**named)) == repr(function(*map(number, xs)))
    with pytest.raises(TypeError, match=rf"unexpected keyword argument 'wrong'; call {name}\("):
        function(*xs, wrong=1.0)


@pytest.mark.parametrize("number", [float, autograd_core.Value], ids=["floats", "Values"])
def test_functions_are_called_as_a_user_of_python_calls_them(number: Any) -> None:
    x, y, z = map(number, (0.5, 2.0, -3.0))
    assert autograd_core.clip(x, low=0.0, high=0.25) == 0.25
    assert autograd_core.where(condition=x > 0.0, a=x, b=y) == 0.5
    assert autograd_core.maximum(x, y, z) == autograd_core.maximum([x, y, z]) == 2.0
    assert autograd_core.minimum(x, y, z) == autograd_core.minimum(iter([x, y, z])) == -3.0
    assert autograd_core.hypot(x, y, z) == math.hypot(0.5, 2.0, -3.0)
    assert autograd_core.log(y, 8.0) == autograd_core.log(y, base=8.0) == math.log(2.0, 8.0)
    assert autograd_core.log(y, base=None) == math.log(2.0)
    for refused in (lambda: autograd_core.maximum(x), lambda: autograd_core.log(x, y, z)):
        with pytest.raises(TypeError, match=r"takes 2 operands, got 1|too many positional"):
            refused()
    with pytest.raises(ValueError, match="maximum needs at least one number, got none"):
        autograd_core.maximum([])


def test_equal_operands_share_the_gradient_evenly() -> None:
    by_three = autograd_core.grad(autograd_core.maximum, argnums=(0, 1, 2))
    assert by_three(1.0, 1.0, 1.0) == (1 / 3, 1 / 3, 1 / 3)
    by_all = autograd_core.compiled(autograd_core.grad(autograd_core.minimum))
    assert by_all([1.0, 2.0, 1.0]) == [0.5, 0.0, 0.5]


def test_help_shows_how_a_function_is_called() -> None:
    text = pydoc.render_doc(autograd_core.clip, renderer=pydoc.plaintext)
    assert "clip(x, low, high)" in text
    assert "flat at both bounds" in text


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_every_public_method_is_typed(package: ModuleType) -> None:
    for name in package.__all__:
        thing = getattr(package, name)
        if inspect.isclass(thing):
            for attribute, method in inspect.getmembers(thing, inspect.isfunction):
                if not attribute.startswith("_") and method.__module__.startswith(package.__name__):
                    assert "return" in method.__annotations__, f"{name}.{attribute}"


@pytest.mark.slow
def test_public_calls_have_exact_types() -> None:
    pytest.importorskip("mypy")
    x = autograd_core.Value(2.0)
    typed_calls.calls(x, x, [x, x])
    command = [sys.executable, "-m", "mypy", "--strict", typed_calls.__file__]
    done = subprocess.run(command, capture_output=True, text=True, cwd=_root())
    assert done.returncode == 0, done.stdout


def test_what_follows_from_the_table_is_up_to_date() -> None:
    writer = runpy.run_path(str(Path(_root()) / ".ci" / "write_table.py"))
    for path, text in writer["texts"]().items():
        assert path.read_text("utf-8") == text, "run: python .ci/write_table.py"


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_an_import_loads_the_package_and_the_standard_library_only(package: ModuleType) -> None:
    script = (
        f"import sys; before = set(sys.modules); import {package.__name__}; "
        "print(*(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=_root()
    )
    loaded = {module.split(".")[0] for module in done.stdout.split()}
    assert package.__name__ in loaded
    assert loaded - {"autograd_core", package.__name__} - set(sys.stdlib_module_names) == set()
    heavy = {
        "asyncio",
        "ctypes",
        "email",
        "http",
        "multiprocessing",
        "sqlite3",
        "tkinter",
        "unittest",
    }
    assert loaded & heavy == set()


def test_nothing_for_arrays_is_loaded_for_a_small_program() -> None:
    script = (
        "import sys; before = {*sys.modules}; import autograd_core as ac; "
        "ac.compiled(lambda x: x * ac.sin(x))(1.0); "
        "print(*[name for name in sys.modules if name.startswith('autograd_core.compiler.tens')], "
        "*{'numpy', 'ctypes', 'pathlib'} & {*sys.modules} - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=_root()
    )
    assert done.stdout.split() == ["autograd_core.compiler.tensorize"]


def _root() -> str:
    return str(importlib.resources.files(autograd_core).joinpath(".."))


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_a_package_says_that_it_is_typed(package: ModuleType) -> None:
    assert importlib.resources.files(package).joinpath("py.typed").is_file()
