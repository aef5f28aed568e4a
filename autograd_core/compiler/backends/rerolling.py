"""Rerolling: a stretch of a program that repeats becomes a loop.

A stretch repeats with period P if instruction m + P is the same operation as m, and each operand
moves evenly from round to round: it is of the same round, of one shortly before, the same in all
rounds, or the next in line of another loop, of the inputs or of a list.

Leaves stand anywhere in a program. So the operations are counted by themselves here.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from ..ir.program import Program

SHORTEST = 1000  # operations; a shorter program compiles at once, and runs faster as it stands
LEAST, ROUNDS = 100, 6  # the operations and the rounds of a loop, at least
_LAG = 4  # rounds that a value is carried on
_WINDOW = 16  # operations that are looked up to find where a stretch begins again
_NEAR = 8  # an operand this near tells operations apart
_TRIES = 16  # distances to try at a place, of the nearest and of the most frequent ones
_EFFORT = 10  # steps of the search for each operation, at most
_IRREGULAR = 4  # rounds that break an even movement, at most; else the operands are listed
_INPUT, _CONSTANT = 1 << 30, 3 << 30  # the operand numbers of inputs and constants begin here


class Same(NamedTuple):
    """An operand that is the same instruction in every round."""

    instruction: int


class Round(NamedTuple):
    """An operand from the loop itself: of this round, or `lag` rounds before."""

    place: int
    lag: int


class Series(NamedTuple):
    """An operand from another loop: in round k its round `first + step * k`."""

    loop: Loop
    place: int
    first: int
    step: int


class Inputs(NamedTuple):
    """An operand that is input `first + step * k` in round k; no `Round`, as its `kind` says."""

    first: int
    step: int
    kind: str = "input"


class Each(NamedTuple):
    """An operand that is another instruction in each round."""

    instructions: tuple[int, ...]


Operand = Same | Round | Series | Inputs | Each


class Loop:
    """A stretch of operations that repeats; they are counted without leaves, from `start`.

    `body` has the instructions of the first round, and `operands` those of each of them.
    """

    def __init__(self, start: int, period: int, rounds: int, body: list[int]) -> None:
        self.start, self.period, self.rounds, self.body = start, period, rounds, body
        self.operands: list[list[Operand]] = []

    @property
    def end(self) -> int:
        return self.start + self.period * self.rounds

    def place(self, m: int) -> tuple[int, int]:
        """The round and the place in it of an operation."""
        return divmod(m - self.start, self.period)


class Loops:
    """The loops of a program, in its order; empty if it has fewer operations than `shortest`.

    `operations` are the instructions that are no leaves, `numbers` says which operand number each
    instruction has: its place among the operations, or one of the inputs or constants.
    """

    def __init__(self, program: Program, shortest: float | None = None) -> None:
        self.program = program
        self.operations = array("I", (i for i, row in enumerate(program.rows) if row is not None))
        self.found: list[Loop] = []
        self._owner: list[Loop | None] = [None] * len(self.operations)
        self.numbers = array("I")  # as lists these would take a third of the memory
        if len(self.operations) >= (SHORTEST if shortest is None else shortest):
            self._read()
            self._search()

    def owner(self, i: int) -> Loop | None:
        """The loop that an instruction is part of."""
        return self._owner_of(self.numbers[i]) if self.found else None

    def _owner_of(self, x: int) -> Loop | None:
        return self._owner[x] if x < _INPUT else None

    def _read(self) -> None:
        """Number the operands, and give equal numbers to operations that look alike."""
        program, operations = self.program, self.operations
        self.numbers = numbers = array("I", range(_CONSTANT, _CONSTANT + len(program)))
        for p, i in enumerate(program.inputs):
            numbers[i] = _INPUT + p
        for m, i in enumerate(operations):
            numbers[i] = m
        self._operands, self._starts = array("I"), array("I")
        known: dict[Any, int] = {}
        self._codes = alike = array("I")
        for m, i in enumerate(operations):
            self._starts.append(len(self._operands))
            key: tuple[Any, ...] = (program.rows[i],)
            for j in program.operands[i]:
                x = numbers[j]
                self._operands.append(x)
                back = m - x  # how far, or which kind of leaf it is
                if back > _NEAR:
                    back = 0
                elif back < 0:
                    back = -1 if x < _CONSTANT else -2
                key += (back,)
            alike.append(known.setdefault(key, len(known)))
        self._starts.append(len(self._operands))
        self._alike, self._size = alike.tobytes(), alike.itemsize

    def _search(self) -> None:
        count, size, text = len(self.operations), self._size, self._alike
        # where the next operations stand once more; 0: nowhere
        following = array("I", [0]) * count
        latest: dict[int, int] = {}
        for m in range(count - _WINDOW, -1, -1):
            key = hash(text[size * m : size * (m + _WINDOW)])
            following[m] = latest.get(key, 0)
            latest[key] = m
        gaps = Counter(n - m for m, n in enumerate(following) if n)
        frequent = [gap for gap, _ in gaps.most_common(_TRIES)]
        effort, m = _EFFORT * count, 0
        while m < count - LEAST and effort > 0:
            loop = None
            if following[m]:
                loop, spent = self._best(m, [*_nearest(following, m), *frequent])
                effort -= spent
            if loop is None:
                m += 1
                continue
            self.found.append(loop)
            self._owner[loop.start : loop.end] = [loop] * (loop.end - loop.start)
            m = loop.end

    def _best(self, m: int, periods: list[int]) -> tuple[Loop | None, int]:
        """The longest loop that begins about here, with one of these periods; and the effort that
        this took.
        """
        ends: list[tuple[int, int]] = []
        codes, count = self._codes, len(self._codes)
        for period in sorted(set(periods)):
            least = max((ROUNDS - 1) * period, LEAST - period)
            last = m + least - 1  # where most periods fail, so that they take little time
            if last + period >= count or codes[last] != codes[last + period]:
                continue
            same = self._common(m, m + period)
            if same >= least:
                ends.append((-same - period, period))
        best, effort = None, len(periods)
        for length, period in sorted(ends)[:_TRIES]:
            loop = self._loop(m, period, -length // period)
            effort -= length
            if loop and (best is None or loop.end - loop.start > best.end - best.start):
                best = loop
            if best and 2 * (best.end - best.start) >= -length:
                break
        return best, effort

    def _common(self, m: int, n: int) -> int:
        """How many operations from m on look like those from n on."""
        text, size, common, step = self._alike, self._size, 0, _WINDOW
        while step:
            a, b = size * (m + common), size * (n + common)
            if n + common + step <= len(self.operations) and (
                text[a : a + size * step] == text[b : b + size * step]
            ):
                common, step = common + step, 2 * step
            else:
                step //= 2
        return common

    def _loop(self, m: int, period: int, rounds: int) -> Loop | None:
        """The most rounds in a row, of these, in which all operands move evenly."""
        begin = self._starts[m]
        width = self._starts[m + period] - begin
        end = begin + width * rounds

        def column(s: int) -> list[int]:
            return self._operands[begin + s : end : width].tolist()

        cuts = {0, rounds}
        for s in range(width):  # one at a time, as all together are large
            cuts.update(self._cuts(column(s), m, period))
            if len(cuts) > rounds // 2:
                return None
        edges = sorted(cuts)
        first, last = max(pairwise(edges), key=lambda x: x[1] - x[0])
        start, rounds = m + first * period, last - first
        if rounds < ROUNDS or period * rounds < LEAST:
            return None
        loop = Loop(start, period, rounds, self.operations[start : start + period].tolist())
        found = [self._operand(column(s)[first:last], loop) for s in range(width)]
        if None in found or 3 * sum([isinstance(x, Each) for x in found]) > width:
            return None  # a loop through lists would be longer than what it replaces
        for q in range(period):
            a, b = self._starts[m + q] - begin, self._starts[m + q + 1] - begin
            loop.operands.append([x for x in found[a:b] if x is not None])
        return loop

    def _cuts(self, column: list[int], start: int, period: int) -> list[int]:
        """The rounds in which an operand does not move as it does in the middle."""
        if column[0] >= _CONSTANT:
            return []
        middle = len(column) // 2
        step = column[middle] - column[middle - 1]
        even = column == _evenly(column[0], step, len(column))
        if column[0] >= _INPUT:
            cuts = [] if even else _uneven(column, step)
        elif step == 0:
            inside = (column[middle] - start) // period + 1  # rounds that may come before it
            cuts = [] if even else _uneven(column, 0)
            cuts += [t for t in range(1, inside + 1) if t < len(column)]
        elif step == period and _lag(column[middle], start + middle * period, period) <= _LAG:
            cuts = [] if even else _uneven(column, step)
        else:
            owners = [self._owner_of(x) for x in column]
            cuts = [
                t
                for t in range(1, len(column))
                if column[t] - column[t - 1] != step
                or owners[t] is None
                or owners[t] is not owners[t - 1]
                or step % owners[t].period  # type: ignore[union-attr]
            ]
        return [] if len(cuts) > _IRREGULAR and self._before(column, start) else cuts

    def _before(self, column: list[int], start: int) -> bool:
        """Whether all of these are known before the loop begins."""
        return column[0] >= _INPUT or max(column) < start

    def _operand(self, column: list[int], loop: Loop) -> Operand | None:
        """What these numbers are, one for each round; None if it is nothing regular."""
        x, step = column[0], column[1] - column[0]
        even = column == _evenly(x, step, len(column))
        if even and x < _INPUT and step == loop.period:
            lag = _lag(x, loop.start, loop.period)
            if lag <= _LAG:
                return Round((x - loop.start) % loop.period, lag)
        if not self._before(column, loop.start):
            return None
        if even and step == 0:
            return Same(self._instruction(x))
        if even and _INPUT <= x < _CONSTANT:
            return Inputs(x - _INPUT, step)
        owner = self._owner_of(x)
        if even and owner and owner is self._owner_of(column[-1]) and step % owner.period == 0:
            first, place = owner.place(x)
            return Series(owner, place, first, step // owner.period)
        return Each(tuple([self._instruction(x) for x in column]))

    def _instruction(self, x: int) -> int:
        """The instruction of an operand number."""
        if x >= _CONSTANT:
            return x - _CONSTANT
        return self.program.inputs[x - _INPUT] if x >= _INPUT else self.operations[x]


def _nearest(following: Sequence[int], m: int) -> Iterator[int]:
    """The distances from m to the next places that look alike."""
    n = following[m]
    for _ in range(_TRIES):
        if not n:
            return
        yield n - m
        n = following[n]


def _evenly(first: int, step: int, count: int) -> list[int]:
    return list(range(first, first + step * count, step)) if step else [first] * count


def _uneven(column: list[int], step: int) -> list[int]:
    return [t for t in range(1, len(column)) if column[t] - column[t - 1] != step]


def _lag(x: int, start: int, period: int) -> int:
    """How many rounds before the one that begins at `start` an operation is; 0 if it is in it."""
    return max(0, (start - x + period - 1) // period)
