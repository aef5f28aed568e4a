"""Scalar automatic differentiation: ordinary Python on single numbers, with every derivative to
be seen.
"""

from . import elementwise
from . import math as math
from .checking.check_gradients import check_gradients, numerical_gradient
from .compiler.api import compiled
from .compiler.batch_gradient import BatchGradient
from .compiler.ir.program import Program
from .compiler.pipeline import backends
from .drawing import draw, explain, explore
from .elementwise import *  # noqa: F403  # the functions of the table
from .engine.anomalies import detect_anomaly
from .engine.context import group, no_grad
from .engine.gc_pause import collector_paused
from .engine.matrix import Matrix
from .engine.value import Value
from .errors import LostGradientWarning, RecordingError
from .functions import (
    dot,
    isclose,
    isfinite,
    isinf,
    isnan,
    logsumexp,
    mean,
    norm,
    prod,
    softmax,
    sum,
    where,
)
from .linear_algebra import cholesky, det, inv, solve
from .loops import fori_loop, scan, while_loop
from .primitives import primitive
from .pytree.core import register_pytree_node
from .solvers.equations import argmin, fixed_point, root
from .solvers.integrals import quad
from .solvers.odes import odeint
from .sparse import SparseValues
from .tables import interpolate, take
from .transforms import grad, gradients, hessian, hvp, jacobian, jvp, value_and_grad, vjp

__version__ = "0.2.0"

__all__ = [
    *elementwise.__all__,
    "BatchGradient",
    "LostGradientWarning",
    "Matrix",
    "Program",
    "RecordingError",
    "SparseValues",
    "Value",
    "argmin",
    "backends",
    "check_gradients",
    "cholesky",
    "collector_paused",
    "compiled",
    "det",
    "detect_anomaly",
    "dot",
    "draw",
    "explain",
    "explore",
    "fixed_point",
    "fori_loop",
    "grad",
    "gradients",
    "group",
    "hessian",
    "hvp",
    "interpolate",
    "inv",
    "isclose",
    "isfinite",
    "isinf",
    "isnan",
    "jacobian",
    "jvp",
    "logsumexp",
    "mean",
    "no_grad",
    "norm",
    "numerical_gradient",
    "odeint",
    "primitive",
    "prod",
    "quad",
    "register_pytree_node",
    "root",
    "scan",
    "softmax",
    "solve",
    "sum",
    "take",
    "value_and_grad",
    "vjp",
    "where",
    "while_loop",
]
