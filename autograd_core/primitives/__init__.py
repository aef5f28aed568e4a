"""THE TABLE: every operation is one row, and no derivative is written anywhere else."""

from . import activations, arithmetic, comparisons, elementary, gamma, reductions
from .primitive import REAL, TABLE, Interval, Primitive, Reduction, primitive, row

__all__ = [
    "REAL",
    "TABLE",
    "Interval",
    "Primitive",
    "Reduction",
    "activations",
    "arithmetic",
    "comparisons",
    "elementary",
    "gamma",
    "primitive",
    "reductions",
    "row",
]
