"""THE TABLE: every operation is one row, and no derivative is written anywhere else."""

from . import activations, arithmetic, comparisons, elementary, reductions
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
    "primitive",
    "reductions",
    "row",
]
