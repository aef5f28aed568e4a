"""Buffer reuse: groups are computed in place, over an operand that is not read afterwards."""

from __future__ import annotations

from collections.abc import Sequence

from .groups import Elementwise, Grouped, Sums, operands_of, results_of
from .sums import ONE


class Reuse:
    """Who reads each value last, and who is computed over whom.

    `needs` are the constants that must lie behind the results of a group. They are handed down to
    the group that it can be computed over, its origin, so that they lie behind both.
    """

    def __init__(self, grouped: Grouped, needs: dict[int, dict[str, int]]) -> None:
        self.grouped = grouped
        self.last = self._last_reads()
        self.origins: dict[int, int] = {}
        for number in range(len(grouped.groups) - 1, -1, -1):
            if number in needs and (origin := self._origin(number, needs)) is not None:
                self.origins[number], needs[origin] = origin, needs[number]

    def turn(self, number: int) -> int:
        """When a group is computed: the deferred ones after all others."""
        return number + len(self.grouped.groups) if number in self.grouped.deferred else number

    def _last_reads(self) -> dict[int, int]:
        """The turn of the last group that reads a value; one beyond all groups for outputs and
        guards.
        """
        last: dict[int, int] = {}
        for number, group in enumerate(self.grouped.groups):
            turn = self.turn(number)
            last.update(
                {i: max(turn, last.get(i, 0)) for column in operands_of(group) for i in column}
            )
        kept = [*self.grouped.lowered.outputs, *(i for i, _ in self.grouped.lowered.guards)]
        return last | dict.fromkeys(kept, 2 * len(self.grouped.groups))

    def _candidates(self, number: int) -> list[list[int]]:
        """The operands of a group that it alone reads from now on, and that have as many
        numbers as it makes.
        """
        group, lowered = self.grouped.groups[number], self.grouped.lowered
        if isinstance(group, Elementwise) and group.row.arity > 0:
            columns = group.columns
        elif isinstance(group, Sums) and not group.long:
            # of several terms, only the first product is read before anything is written
            first = _first_product(group)
            own = group.columns[first : first + 2]
            others = {i for column in group.columns[:first] for i in column}
            others |= {i for column in group.columns[first + 2 :] for i in column}
            columns = [column for column in own if others.isdisjoint(column)]
        else:
            return []
        home, turn, batched = self.grouped.home, self.turn(number), lowered.batched[group.out[0]]
        return [
            column
            for column in columns
            if column[0] != ONE
            and column[0] in home
            and lowered.batched[column[0]] == batched
            and all([self.last.get(i) == turn and i in home for i in column])
        ]

    def _origin(self, number: int, needs: dict[int, dict[str, int]]) -> int | None:
        """The group all of whose results are an operand that this one can be computed over."""
        for column in self._candidates(number):
            origin = self.grouped.home[column[0]]
            if origin not in needs and sorted(results_of(self.grouped.groups[origin])) == sorted(
                column
            ):
                return origin
        return None

    def place(
        self,
        number: int,
        place: Sequence[int],
        tails: dict[int, dict[str, tuple[int, int]]],
        tail: bool,
    ) -> int | None:
        """Where the results of a group may lie over an operand; with a tail of constants, over
        its origin alone.
        """
        home = self.grouped.home
        for column in self._candidates(number):
            source, start = home[column[0]], place[column[0]]
            allowed = source == self.origins.get(number) if tail else source not in tails
            if allowed and all([place[i] == start + k for k, i in enumerate(column)]):
                return start
        return None


def _first_product(sums: Sums) -> int:
    """The first of the two columns of the first term that is multiplied out, if it is one of the
    first two terms, else of the first term: the sum of the first two is written before the third is
    read.
    """
    for t, coefficients in enumerate(sums.coefficients[:2]):
        plain = set(coefficients) in ({1.0}, {-1.0})
        if [column[0] for column in sums.columns[2 * t : 2 * t + 2]].count(ONE) < 1 + (not plain):
            return 2 * t
    return 0
