"""Finding the tensors: sums of products, matrix products, and groups of equal operations.

These are the passes. Each loads its module when it first runs, as programs that plain Python runs
need none of them.
"""

from __future__ import annotations

from typing import Any

from ...engine.forks import importing


def canonicalize_sums(program: Any) -> Any:
    """From a program to its sums in canonical form."""
    with importing:
        from . import sums
    return sums.canonicalize_sums(program)


def group_by_level(lowered: Any, *, products: bool = True) -> Any:
    """From the sums in canonical form to groups of equal operations; with `products`, to matrix
    products too.
    """
    with importing:
        from . import groups
    return groups.group_by_level(lowered, products=products)


def plan_memory(grouped: Any, *, reuse: bool = True) -> Any:
    """From groups to their places in memory; with `reuse`, over what was read for the last time."""
    with importing:
        from . import memory_planning
    return memory_planning.plan_memory(grouped, reuse=reuse)


def lower_to_loop_nests(layout: Any) -> Any:
    """From groups in memory to loop nests."""
    with importing:
        from . import lowering
    return lowering.lower_to_loop_nests(layout)
