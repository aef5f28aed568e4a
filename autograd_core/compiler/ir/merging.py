"""Several paths of a function merged into one program.

Paths part at a condition and often meet again: their programs agree in most instructions, and some
operands differ. The merged program has each instruction once. Where an operand differs, it chooses
among alternatives, and further inputs say what each path takes. What a path does not need is
computed too, and not chosen.

So a merged program gives every number by the operations of the path's own program. It holds for the
paths that were recorded, and for no other combination of their choices: the function may have
counted its branches in an `int`, which no program sees.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from copy import copy
from itertools import product
from math import prod
from typing import Any, NamedTuple

from ...primitives import Primitive, comparisons
from ...primitives.arithmetic import where
from .alignment import aligned
from .program import Program

Operand = int | str
"""An operation by its number, an input by the complement of its own, a constant by its digits."""

Place = tuple[int, int]
"""An operand of an operation: the number of the operation, and which of its operands."""

RESULTS = -1  # the outputs are the operands of this operation
LARGER, MORE = 2.0, 20  # so many times the operations of a path, and 20, may a merged program have
COMBINATIONS = 8  # of alternatives by which an operation is found


class Member(NamedTuple):
    """What a path takes: at each place that has alternatives the number of one, and for each of its
    guards the number that it has in the merged program.
    """

    picks: list[int]
    guards: list[int]


class Alternatives:
    """What stands at a place in one path or another, with numbers; `constant` if these are all
    constants.
    """

    def __init__(self, *given: Operand) -> None:
        self.all = [*given]
        self.numbers = {x: n for n, x in enumerate(given)}
        self.constant = all([x.__class__ is str for x in given])

    def add(self, x: Operand) -> None:
        if x not in self.numbers:
            self.numbers[x] = len(self.all)
            self.all.append(x)
            self.constant &= x.__class__ is str


class Merged:
    """The operations of several paths, the places where these differ, and the program.

    A path is given by its program and what its inputs are: by these the inputs of several paths are
    told apart.
    """

    def __init__(self, program: Program, inputs: Sequence[Hashable]) -> None:
        self.like = program
        self.inputs: dict[Hashable, tuple[float, str, bool]] = {}
        self.rows: list[Primitive] = []
        self.operands: list[tuple[Operand, ...]] = []
        self.results: tuple[Operand, ...] = ()
        self.guards: list[Operand] = []
        self.masks: set[int] = set()
        self.places: dict[Place, Alternatives] = {}  # where there are several
        self.members: list[Member] = []
        self.smallest = len(program)
        self._known: dict[Any, list[int]] = {}
        walk = _Walk(self, program, inputs)
        self.results = walk.results
        walk.apply(self)
        self._build()

    def with_path(self, program: Program, inputs: Sequence[Hashable]) -> Merged | None:
        """The same with another path, the last of the members. It is the very same program if that
        has all that the path needs, and None if the paths have too little in common.
        """
        walk = _Walk(self, program, inputs)
        if not walk.changes:
            member = walk.member(self)
            if self._fits(member):
                self.members.append(member)
                return self
        most = LARGER * min(self.smallest, len(program)) + MORE
        if len(self.rows) + len(walk.rows) > most:
            return None
        more = copy(self)
        more.inputs, more.masks = {**self.inputs}, {*self.masks}
        more.rows, more.operands, more.guards = [*self.rows], [*self.operands], [*self.guards]
        more.places = {place: Alternatives(*found.all) for place, found in self.places.items()}
        more.members, more._known = [*self.members], {}
        more.smallest = min(self.smallest, len(program))
        walk.apply(more)
        more._build()
        return more if len(more.program) - len(more.program.constants) <= most else None

    def numbers(self, k: int) -> list[float]:
        """The further inputs by which member k chooses."""
        picks = self.members[k].picks
        return [
            float.fromhex(str(found.all[_pick(picks, n)]))
            if found.constant
            else float(_pick(picks, n))
            for n, found in self._choices
        ]

    def first(self, k: int) -> tuple[Operand, ...]:
        """The operands of an operation, of each the first alternative."""
        return self.results if k == RESULTS else self.operands[k]

    def has(self, k: int, operands: Sequence[Operand]) -> bool:
        """Whether an operation can have these operands in the program as it is."""
        for n, (x, first) in enumerate(zip(operands, self.first(k), strict=True)):
            found = self.places.get((k, n))
            if found is None:
                if x != first:
                    return False
            elif x not in found.numbers and not (found.constant and x.__class__ is str):
                return False
        return True

    def known(self) -> dict[Any, list[int]]:
        """The operations by their row and their operands."""
        if not self._known:
            for k, row in enumerate(self.rows):
                columns = [
                    found.all if (found := self.places.get((k, n))) else (x,)
                    for n, x in enumerate(self.operands[k])
                ]
                if prod(map(len, columns)) <= COMBINATIONS:
                    for operands in product(*columns):
                        self._known.setdefault((row, operands), []).append(k)
        return self._known

    def _fits(self, member: Member) -> bool:
        """Whether what shares an input for the known paths can share it for another."""
        own = [*self._taken(member)]
        return all([x == own[self._first[n]] for n, x in enumerate(own)])

    def _taken(self, member: Member) -> Iterator[tuple[bool, Operand]]:
        """For each place with alternatives the number of that which a path takes, or the constant
        itself.
        """
        for n, found in enumerate(self.places.values()):
            pick = _pick(member.picks, n)
            yield found.constant, found.all[pick] if found.constant else pick

    def _build(self) -> None:
        """Make the program. Its numbers are those of the latest path."""
        like = self.like
        program = Program(without=like.without, backend=like.backend, summed=like.summed)
        for number, name, batched in self.inputs.values():
            program.input(number, name, batched=batched)
        columns = zip(*[self._taken(x) for x in self.members], strict=True)
        firsts: dict[Any, int] = {}
        self._first = [firsts.setdefault(column, n) for n, column in enumerate(columns)]
        places = [*self.places.values()]
        self._choices = [(n, places[n]) for n in firsts.values()]
        latest = self.numbers(len(self.members) - 1)
        batched = any(program.batched)
        for (n, _), number in zip(self._choices, latest, strict=True):
            program.input(number, f"choice{n}", batched=batched)
        printer = _Printer(self, program)
        for k in range(len(self.rows)):
            printer.append(k)
        program.outputs = [printer.chosen((RESULTS, n)) for n in range(len(self.results))]
        program.guards = [(printer.of(x), None) for x in self.guards]
        program.masks = [printer.at[k] for k in sorted(self.masks)]
        program.recorded = program.evaluate([program.recorded[i] for i in program.inputs])
        self.program = program


def _pick(picks: Sequence[int], n: int) -> int:
    """A path that is older than the alternatives of a place takes the first."""
    return picks[n] if n < len(picks) else 0


class _Walk:
    """A path laid upon a merged program: which of its operations are there, and what is missing."""

    def __init__(self, merged: Merged, program: Program, inputs: Sequence[Hashable]) -> None:
        self.merged = merged
        self.rows: list[Primitive] = []  # of new operations
        self.operands: list[tuple[Operand, ...]] = []
        self.behind: list[tuple[int, int]] = []  # where they go: behind which operation, in order
        self.taken: dict[int, tuple[Operand, ...]] = {}  # what the path takes, by operation
        self.inputs: dict[Hashable, tuple[float, str, bool]] = {}  # all of the path
        self.changes = False  # whether the program has to be another one
        self._latest = (RESULTS, 0)
        at: dict[int, Operand] = {i: number.hex() for i, number in program.constants.items()}
        for i, x in zip(program.inputs, inputs, strict=True):
            self.inputs[x] = program.recorded[i], program.names.get(i, ""), program.batched[i]
        order = {x: n for n, x in enumerate({**merged.inputs, **self.inputs})}
        at |= {i: ~order[x] for i, x in zip(program.inputs, inputs, strict=True)}
        operations = [i for i, row in enumerate(program.rows) if row is not None]
        suggested = self._suggested(program, operations)
        for n, i in enumerate(operations):
            operands = tuple([at[j] for j in program.operands[i]])
            at[i] = self._placed(program.rows[i], operands, suggested.get(n))
        self.results = tuple([at[i] for i in program.outputs])
        self.guards = [at[i] for i, _ in program.guards]
        self.masks = {int(x) for i in program.masks if _is_operation(x := at[i])}
        if merged.members:
            self._take(RESULTS, self.results)
        self.changes |= not {*self.guards} <= {*merged.guards} or not self.masks <= merged.masks
        self.changes |= not self.inputs.keys() <= merged.inputs.keys()

    def _suggested(self, program: Program, operations: list[int]) -> dict[int, int]:
        """Operations of the merged program that have the same row, in the same order."""
        kinds: dict[Any, int] = {}

        def numbered(rows: Sequence[Any], operands: Sequence[Any]) -> list[int]:
            pairs = zip(rows, map(len, operands), strict=True)
            return [kinds.setdefault(pair, len(kinds)) for pair in pairs]

        ours = numbered(self.merged.rows, self.merged.operands)
        rows, operands = program.rows, program.operands
        theirs = numbered([rows[i] for i in operations], [operands[i] for i in operations])
        return aligned(ours, theirs)

    def _placed(self, row: Any, operands: tuple[Operand, ...], suggested: int | None) -> int:
        """The operation with these operands: one that is there, if need be with further
        alternatives, or a new one.
        """
        if (
            suggested is not None
            and self.taken.get(suggested, operands) == operands
            and self.merged.has(suggested, operands)
        ):
            self._latest = max(self._latest, (suggested, 0))
            return self._take(suggested, operands, known=True)
        for k in self.merged.known().get((row, operands), ()):
            if self.taken.get(k, operands) == operands:
                return self._take(k, operands, known=True)
        last = max([self._position(x) for x in operands], default=(RESULTS, 0))
        if suggested is not None and suggested not in self.taken and last < (suggested, 0):
            self._latest = max(self._latest, (suggested, 0))
            return self._take(suggested, operands)
        self.rows.append(row)
        self.operands.append(operands)
        self.behind.append((max(self._latest, last)[0], len(self.rows)))
        self.changes = True
        return len(self.merged.rows) + len(self.rows) - 1

    def _position(self, x: Operand) -> tuple[int, int]:
        if not _is_operation(x):
            return RESULTS, 0
        k, count = int(x), len(self.merged.rows)
        return (k, 0) if k < count else self.behind[k - count]

    def _take(self, k: int, operands: tuple[Operand, ...], *, known: bool = False) -> int:
        self.taken[k] = operands
        self.changes |= not (known or self.merged.has(k, operands))
        return k

    def member(self, merged: Merged) -> Member:
        """The path as a member, with alternatives for all that it takes."""
        for k, operands in self.taken.items():
            for n, (x, first) in enumerate(zip(operands, merged.first(k), strict=True)):
                if (k, n) in merged.places:
                    merged.places[k, n].add(x)
                elif x != first:
                    merged.places[k, n] = Alternatives(first, x)
        picks = [
            found.numbers[self.taken[k][n]] if k in self.taken else 0
            for (k, n), found in merged.places.items()
        ]
        numbers = {x: n for n, x in enumerate(merged.guards)}
        return Member(picks, [numbers[x] for x in self.guards])

    def apply(self, merged: Merged) -> None:
        """Add all that is missing, and the path."""
        merged.inputs |= self.inputs
        merged.rows += self.rows
        merged.operands += self.operands
        merged.masks |= self.masks
        known = {*merged.guards}
        merged.guards += [x for x in dict.fromkeys(self.guards) if x not in known]
        merged.members.append(self.member(merged))
        if not self.rows:
            return
        old = len(merged.rows) - len(self.rows)
        positions = [*[(k, 0) for k in range(old)], *self.behind]
        order = sorted(range(len(positions)), key=positions.__getitem__)
        at = {k: n for n, k in enumerate(order)} | {RESULTS: RESULTS}

        def moved(operands: Sequence[Operand]) -> tuple[Operand, ...]:
            return tuple([at[int(x)] if _is_operation(x) else x for x in operands])

        merged.rows = [merged.rows[k] for k in order]
        merged.operands = [moved(merged.operands[k]) for k in order]
        merged.results = moved(merged.results)
        merged.guards = [*moved(merged.guards)]
        merged.masks = {at[k] for k in merged.masks}
        merged.places = {
            (at[k], n): Alternatives(*moved(found.all)) for (k, n), found in merged.places.items()
        }


def _is_operation(x: Operand) -> bool:
    return x.__class__ is int and int(x) >= 0


class _Printer:
    """Writes the operations of a merged program, with a selection where there are alternatives."""

    def __init__(self, merged: Merged, program: Program) -> None:
        self.merged, self.program = merged, program
        self.inputs = program.inputs[: len(merged.inputs)]
        own = program.inputs[len(merged.inputs) :]
        self.at: list[int] = []
        self.numbers = {place: n for n, place in enumerate(merged.places)}
        self.columns = {n: i for (n, _), i in zip(merged._choices, own, strict=True)}
        self.known: dict[Any, int] = {}

    def append(self, k: int) -> None:
        operands = [self.chosen((k, n)) for n in range(len(self.merged.operands[k]))]
        self.at.append(self._operation(self.merged.rows[k], *operands))

    def chosen(self, place: Place) -> int:
        """The operand at a place."""
        found = self.merged.places.get(place)
        if found is None:
            return self.of(self.merged.first(place[0])[place[1]])
        column = self.columns[self.merged._first[self.numbers[place]]]
        if found.constant:
            return column
        key = column, *found.all
        if key not in self.known:
            self.known[key] = self._selected(column, [self.of(x) for x in found.all])
        return self.known[key]

    def of(self, x: Operand) -> int:
        if isinstance(x, str):
            return self.program.constant(float.fromhex(x))
        return self.at[x] if x >= 0 else self.inputs[~x]

    def _selected(self, column: int, cells: list[int]) -> int:
        """The cell of that number, by as few selections in a row as possible."""
        width = 1
        while len(cells) > 1:
            pairs = [
                self._operation(where, self._below(column, (k + 1) * width), *cells[k : k + 2])
                for k in range(0, len(cells) - 1, 2)
            ]
            cells = pairs + cells[len(cells) - len(cells) % 2 :]
            width *= 2
        return cells[0]

    def _below(self, column: int, bound: int) -> int:
        key = column, bound
        if key not in self.known:
            self.known[key] = self._operation(
                comparisons.less, column, self.program.constant(float(bound))
            )
        return self.known[key]

    def _operation(self, row: Primitive, *operands: int) -> int:
        return self.program.append(row, operands, 0.0)
