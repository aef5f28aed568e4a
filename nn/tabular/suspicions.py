"""What would make a table look better learned than it is: leaks, and an order in time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .columns import Column
from .libraries import numpy
from .table import Table

MOST, LEAST = 5_000, 20
"""The most samples that are looked at, and how many it takes to suspect anything."""
NEARLY, COPY, SIMILAR = 0.005, 0.999, 0.5
"""The share of exceptions that still is a leak, the R² of one, and that of neighbours in time."""


def suspicions(table: Table) -> Iterator[str]:
    """Notes on the columns that alone give the target, and on rows in an order of time."""
    n, target = len(table.targets), table.target
    if n < LEAST:
        return
    chosen = numpy.random.default_rng(0).permutation(n)[:MOST]
    targets = table.targets[chosen]
    if len(table.columns) > 1:
        for column, values in zip(table.columns, table.values.T, strict=True):
            if _alone(column, values[chosen], target, targets):
                yield (
                    f"{column.name!r} alone gives the target{_numbering(values)}: if it is only "
                    "known together with the target, leave it out with --ignore"
                )
    dates = [column.name for column in table.columns if column.date is not None]
    in_order = table.targets[:MOST]
    if dates:
        yield (
            f"{dates[0]!r} is a time, and the held-out rows lie between the others; to judge "
            "forecasts, train on the earlier rows and evaluate on the later ones"
        )
    elif target.texts is None and 1.0 - _rest(in_order) > SIMILAR:
        yield (
            "rows beside each other have similar targets; if the rows are in order of time, the "
            "held-out ones lie between the others: train on the earlier rows and evaluate on the "
            "later ones"
        )


def _alone(column: Column, values: Any, target: Column, targets: Any) -> bool:
    """Whether the target follows from this column: sorted by it, the target changes only where a
    class ends, or each target lies between its neighbours.

    Equal values stay in the order of the samples, which is random, so they change at random.
    """
    known = ~numpy.isnan(values)
    if known.sum() < max(LEAST, 0.5 * len(values)):
        return False
    values, targets = values[known], targets[known]
    order = numpy.argsort(values, kind="stable")
    values, targets = values[order], targets[order]
    if target.texts is None:
        return bool(_rest(targets) < 1.0 - COPY)
    parts = len(numpy.unique(targets)) if column.texts is None else len(numpy.unique(values))
    changes = int((numpy.diff(targets) != 0).sum())
    shares = numpy.bincount(targets.astype(int)) / len(targets)
    by_chance = len(targets) * (1.0 - (shares**2).sum())
    return bool(changes - (parts - 1) <= min(NEARLY * len(targets), 0.1 * by_chance))


def _rest(targets: Any) -> float:
    """The share of the variance that is left if each number is predicted by its two neighbours."""
    spread = float(targets.var())
    if not spread or len(targets) < LEAST:
        return 1.0
    return float(((targets[1:-1] - (targets[:-2] + targets[2:]) / 2.0) ** 2).mean()) / spread


def _numbering(values: Any) -> str:
    steps = numpy.diff(values)
    rising = bool((steps > 0).all() or (steps < 0).all())
    return ", because it rises from row to row and the rows are sorted by the target" * rising
