"""What a package built on this one may use beside the public names: `nn` uses nothing else."""

from __future__ import annotations

from .compiler.backends.base import Update
from .drawing.graph.saturation import is_saturated
from .drawing.render.notation import subscript
from .engine.context import recorded
from .engine.forks import unlocked_property
from .engine.source_location import user_stack_level
from .engine.sweeps import adjoints
from .partitions import Partitions, Total

__all__ = [
    "Partitions",
    "Total",
    "Update",
    "adjoints",
    "is_saturated",
    "recorded",
    "subscript",
    "unlocked_property",
    "user_stack_level",
]
