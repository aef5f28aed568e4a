"""No private attribute of a Value has a name that another library reads."""

from __future__ import annotations

import copy
import decimal
import fractions
import math
import pickle
import random
import statistics
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar

import pytest

from autograd_core import Value


class Probe(Value):
    """A Value that notes which private names others ask it for."""

    __slots__ = ()
    asked: ClassVar[set[str]] = set()

    def __getattribute__(self, name: str) -> Any:
        if name[0] == "_" and "autograd_core" not in sys._getframe(1).f_code.co_filename:
            Probe.asked.add(name)
        return super().__getattribute__(name)


def numpy_asks(p: Any) -> list[Callable[[], Any]]:
    import numpy as np

    return [
        lambda: np.array([p, p]).sum(),
        lambda: p * np.ones(2),
        lambda: np.ones(2) - p,
        lambda: np.ma.masked_invalid([1.0, math.nan]) - p,
        lambda: p * np.ma.masked_invalid([1.0, math.nan]),
        lambda: np.ma.array([p, p]).mean(),
        lambda: (np.ma.getdata(p), np.ma.getmask(p), np.ma.is_masked(p)),
        lambda: np.matrix([[1.0]]) * p,
        lambda: np.float64(2.0) * p,
        lambda: np.where(p > 0, p, -p),
        lambda: (
            np.exp(p),
            np.std([p, p]),
            np.round(p),
            np.real(p),
            np.isscalar(p),
            np.iscomplexobj(p),
        ),
        lambda: np.polynomial.Polynomial([1.0, 2.0])(p),
        lambda: np.array2string(np.array([p])),
    ]


def pandas_asks(p: Any) -> list[Callable[[], Any]]:
    import pandas as pd

    return [
        lambda: pd.Series([p, p]).mean(),
        lambda: p * pd.Series([1.0, 2.0]),
        lambda: pd.DataFrame({"a": [1.0]}) * p,
        lambda: pd.isna(p),
        lambda: pd.Series([1.0, 2.0]).clip(p),
        lambda: pd.Series([p]).map(lambda x: x * x),
        lambda: pd.Series([1.0, 2.0], dtype="Float64") * p,
        lambda: repr(pd.DataFrame({"a": [p]})),
    ]


def polars_asks(p: Any) -> list[Callable[[], Any]]:
    import polars as pl

    return [
        lambda: pl.Series([p]),
        lambda: pl.lit(p),
        lambda: pl.Series([1.0]) * p,
        lambda: p * pl.col("a"),
    ]


def torch_asks(p: Any) -> list[Callable[[], Any]]:
    import torch

    return [
        lambda: torch.tensor([p]),
        lambda: p * torch.ones(2),
        lambda: torch.ones(2) * p,
        lambda: torch.sin(p),
    ]


def jax_asks(p: Any) -> list[Callable[[], Any]]:
    import jax

    return [
        lambda: jax.numpy.array([p]),
        lambda: p * jax.numpy.ones(2),
        lambda: jax.numpy.sin(p),
        lambda: jax.tree_util.tree_leaves(p),
    ]


def sympy_asks(p: Any) -> list[Callable[[], Any]]:
    import sympy

    return [
        lambda: sympy.Symbol("x") * p,
        lambda: p + sympy.Symbol("x"),
        lambda: sympy.sympify(p),
        lambda: sympy.Matrix([1, 2]) * p,
        lambda: sympy.latex(p),
        lambda: sympy.Integer(2) == p,
    ]


def mpmath_asks(p: Any) -> list[Callable[[], Any]]:
    import mpmath

    return [
        lambda: mpmath.mpf(p),
        lambda: mpmath.mpf(2) * p,
        lambda: p * mpmath.mpc(2),
        lambda: mpmath.mpf(2) == p,
        lambda: mpmath.iv.mpf(1) * p,
        lambda: mpmath.fsum([p]),
    ]


def scipy_asks(p: Any) -> list[Callable[[], Any]]:
    import scipy.optimize
    import scipy.sparse
    import scipy.special

    return [
        lambda: scipy.sparse.csr_matrix([[1.0]]) * p,
        lambda: p * scipy.sparse.csr_array([[1.0]]),
        lambda: scipy.special.erf(p),
        lambda: scipy.optimize.brentq(lambda x: x - p, 0.0, 5.0),
    ]


def pint_asks(p: Any) -> list[Callable[[], Any]]:
    import pint

    metre = pint.UnitRegistry().metre
    return [
        lambda: p * metre,
        lambda: p / (2.0 * metre),
        lambda: (p * metre).to("cm"),
        lambda: p + metre,
    ]


def python_asks(p: Any) -> list[Callable[[], Any]]:
    return [
        lambda: (copy.copy(p), copy.deepcopy(p)),
        lambda: pickle.dumps(p),
        lambda: statistics.mean([p, p]),
        lambda: statistics.median([p, p]),
        lambda: statistics.stdev([p, p]),
        lambda: decimal.Decimal(p),
        lambda: decimal.Decimal(2) == p,
        lambda: fractions.Fraction(p),
        lambda: fractions.Fraction(2) < p,
        lambda: fractions.Fraction(2) * p,
        lambda: math.floor(p),
        lambda: random.gauss(p, 1.0),
        lambda: complex(1, 2) == p,
        lambda: (sum([p, p]), max(p, p), round(p), f"{p:.3f}", hash(p)),
    ]


LIBRARIES = ["numpy", "pandas", "polars", "torch", "jax", "sympy", "mpmath", "scipy", "pint"]


@pytest.mark.slow
@pytest.mark.parametrize("library", [*LIBRARIES, "python"])
def test_no_library_reads_a_private_attribute_of_a_value(library: str) -> None:
    """numpy.ma asked for `_data`, and took the plain number that it found there for the whole
    of the Value.
    """
    if library != "python":
        pytest.importorskip(library)
    Probe.asked.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for ask in globals()[f"{library}_asks"](Probe(2.0)):
            with suppress(Exception):  # what it gives is tested below; here it is what it reads
                ask()
    private = {name for name in dir(Value) if name[0] == "_" and not name.endswith("__")}
    assert len(private) > 8
    assert not private & Probe.asked
