"""Sums that continue one another: in a chain, a grid or a filter, those at the ends lack some terms
of those between.

    g[0]    =                − 400 x[0] a[0]
    g[k]    = 200 a[k − 1]   − 400 x[k] a[k]        k = 1 … n − 2
    g[n − 1] = 200 a[n − 2]

are three groups of two terms, which are computed as two terms on all rows that they reach.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ...tensorize.groups import Sums, operands_of
from .layout import Layout
from .reuse import results_of
from .views import affine

Factor = tuple[str, int] | None
"""("same", place) for all rows, or ("beside", distance from the place of the result); None for
the factor 1.
"""


@dataclass(frozen=True)
class Piece:
    """coefficient · u · v, added to the results at the places from `start` to `stop`."""

    coefficient: float
    u: Factor
    v: Factor
    start: int
    stop: int

    def column(self, factor: Factor, batched: bool) -> Any:
        """The slots of a factor, as a layout gives them."""
        if factor is None:
            return None
        kind, number = factor
        return batched, [
            number + place if kind == "beside" else number for place in range(self.start, self.stop)
        ]

    @property
    def calls(self) -> int:
        """How many operations it takes to add it."""
        return (self.u is not None) + (self.v is not None) + (self.coefficient not in (1.0, -1.0))


def runs(layout: Layout) -> Iterator[tuple[list[int], list[Piece]]]:
    """The numbers of the groups in their order, those together whose sums continue one another,
    with their pieces.
    """
    numbers: list[int] = []
    pieces: list[Piece] = []
    for number in range(len(layout.grouped.groups)):
        more = _pieces(layout, number)
        both = (
            _joined(pieces, more)
            if pieces and more and _side_by_side(layout, number, numbers)
            else None
        )
        if both is None and numbers:
            yield numbers, pieces if len(numbers) > 1 else []
        numbers, pieces = ([*numbers, number], both) if both is not None else ([number], more)
    if numbers:
        yield numbers, pieces if len(numbers) > 1 else []


def _side_by_side(layout: Layout, number: int, others: list[int]) -> bool:
    """Whether a group lies in the same region as others, and reads nothing of them."""
    groups, home, batched = layout.grouped.groups, layout.grouped.home, layout.lowered.batched
    same = batched[results_of(groups[number])[0]] == batched[results_of(groups[others[0]])[0]]
    return same and not any(
        [home.get(i) in others for column in operands_of(groups[number]) for i in column]
    )


def _pieces(layout: Layout, number: int) -> list[Piece]:
    """The terms of a group whose results, and whose factors beside them, lie one after the
    other; else none.
    """
    group = layout.grouped.groups[number]
    if (
        not isinstance(group, Sums)
        or number in layout.in_place
        or number in layout.grouped.deferred
    ):
        return []
    places = [layout.place[i] for i in group.out]
    start, stop = places[0], places[0] + len(places)
    if places != list(range(start, stop)):
        return []
    found = []
    for coefficients, columns in zip(group.coefficients, layout.operands[number], strict=True):
        u, v = sorted(
            [_factor(column, group.batched, start) for column in columns],
            key=lambda x: x or ("~", 0),
        )
        if len(set(coefficients)) > 1 or ("no", 0) in (u, v):
            return []
        found.append(Piece(coefficients[0], u, v, start, stop))
    return found


def _factor(column: Any, batched: bool, start: int) -> Factor:
    if column is None:
        return None
    if isinstance(column, list) or column[0] != batched:
        return "no", 0
    places = column[1]
    if len(places) > 1 and len(set(places)) == 1:
        return "same", places[0]
    evenly = affine(places)
    return (
        ("beside", places[0] - start)
        if evenly is not None and (len(places) == 1 or evenly[1] == (1,))
        else ("no", 0)
    )


def _joined(pieces: list[Piece], more: list[Piece]) -> list[Piece] | None:
    """Both, with the pieces that continue each other as one; None where that takes no fewer
    operations.
    """
    start, stop = reach(pieces)
    if more[0].stop != start and more[0].start != stop:
        return None
    found = list(pieces)
    for piece in more:
        for k, other in enumerate(found):
            adjacent = piece.stop == other.start or piece.start == other.stop
            if adjacent and (piece.coefficient, piece.u, piece.v) == (
                other.coefficient,
                other.u,
                other.v,
            ):
                found[k] = replace(
                    other, start=min(piece.start, other.start), stop=max(piece.stop, other.stop)
                )
                break
        else:
            found.append(piece)
    return found if calls(found) < calls(pieces) + calls(more) else None


def calls(pieces: list[Piece]) -> int:
    """How many operations the sum of the pieces takes: the first is written, zeros where it
    does not reach.
    """
    start, stop = reach(pieces)
    first = longest_first(pieces)[0]
    return sum([piece.calls for piece in pieces]) - 1 + (first.start > start) + (first.stop < stop)


def reach(pieces: list[Piece]) -> tuple[int, int]:
    """The places of the results: from the first to behind the last."""
    return min([piece.start for piece in pieces]), max([piece.stop for piece in pieces])


def longest_first(pieces: list[Piece]) -> list[Piece]:
    """The order in which they are added: a product before a plain factor."""
    return sorted(pieces, key=lambda piece: (piece.start - piece.stop, -piece.calls))
