"""`__all__` is the public face: every name is there and documented, and importing it is light."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
from types import ModuleType

import pytest

import autograd_core
import nn

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
        numerical_gradient check_gradients no_grad group primitive
        compiled Program draw explain explore
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


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_every_public_method_is_typed(package: ModuleType) -> None:
    for name in package.__all__:
        thing = getattr(package, name)
        if inspect.isclass(thing):
            for attribute, method in inspect.getmembers(thing, inspect.isfunction):
                if not attribute.startswith("_") and method.__module__.startswith(package.__name__):
                    assert "return" in method.__annotations__, f"{name}.{attribute}"


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


def _root() -> str:
    return str(importlib.resources.files(autograd_core).joinpath(".."))


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_a_package_says_that_it_is_typed(package: ModuleType) -> None:
    assert importlib.resources.files(package).joinpath("py.typed").is_file()
