"""Memory planning: a slot for every value, so that what an array operation reads is a view
wherever possible.

There are two regions: one of single numbers, and one of rows with a number for each sample; the
rows that no group writes come first. The first operation that reads a leaf decides where it lies;
results lie in the order in which their operands do; gradients lie in the order of the outputs; the
constants of a matrix (the ones behind a layer's outputs, for the bias) lie right behind the group
that fills it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .buffer_reuse import Reuse
from .groups import Grouped, Sums, ValueGroup, results_of
from .matmul import Matmul, flat, transposed
from .sums import ONE, Lowered

FREE = -1


class Layout:
    """`place[i]` is the slot of value i in its region; `cells` are slots that hold a constant."""

    def __init__(self, grouped: Grouped) -> None:
        self.grouped, self.lowered = grouped, grouped.lowered
        self.place = [FREE] * len(self.lowered)
        self.size = [0, 0]
        self.cells: list[tuple[bool, int, float]] = []
        self.operands: list[Any] = []  # of each group
        self.pool: dict[tuple[bool, str], int] = {}
        self.matrices: dict[object, list[int]] = {}
        self.tails: dict[int, dict[str, tuple[int, int]]] = {}
        self.at: list[int] = []  # the final number of each row
        self.inputs = 0  # so many of the rows, the first ones, are written by no group
        self.reserve = 0  # where the next input without samples lies
        # the order of the outputs, and of what is only added to
        self.ranks: dict[int, int] = {}

    def __str__(self) -> str:
        """Where each value lies: `numbers` have one value, `rows` one for each sample."""
        lines = [f"{self.size[0]} numbers, {self.size[1]} rows"]
        for i, place in enumerate(self.place):
            if place != FREE:
                batched, slot = self.slot(i)
                lines.append(f"%{i}: {'rows' if batched else 'numbers'}[{slot}]")
        return "\n".join(lines)

    def slot(self, i: int) -> tuple[bool, int]:
        """The region of a value, and its slot there."""
        batched = self.lowered.batched[i]
        return batched, self.at[self.place[i]] if batched else self.place[i]

    def number_inputs_first(self) -> None:
        """Number the rows so that those that no group writes come first."""
        lowered = self.lowered
        behind = {
            slot
            for tails in self.tails.values()
            for start, count in tails.values()
            for slot in range(start, start + count)
        }
        fixed = {slot for batched, slot, _ in self.cells if batched} - behind
        fixed |= {self.place[i] for i in lowered.inputs if lowered.batched[i]}
        rows = range(self.size[True])
        order = [*sorted(fixed), *[slot for slot in rows if slot not in fixed]]
        turn = dict(zip(order, rows, strict=True))
        self.at, self.inputs = [turn[slot] for slot in rows], len(fixed)

    def take(self, batched: bool, count: int) -> int:
        start = self.size[batched]
        self.size[batched] += count
        return start

    def take_inputs(self, batched: bool, count: int) -> int:
        """Cells for inputs: those without samples lie together."""
        if batched:
            return self.take(batched, count)
        self.reserve += count
        return self.reserve - count

    def constant(self, batched: bool, number: float) -> int:
        """A cell with a constant."""
        key = (batched, number.hex())
        if key not in self.pool:
            self.pool[key] = self.take(batched, 1)
            self.cells.append((batched, self.pool[key], number))
        return self.pool[key]


def plan_memory(grouped: Grouped, *, reuse: bool = True) -> Layout:
    """Place the outputs' region first, then every group in its order; with `reuse`, over what
    it reads for the last time.
    """
    lowered = grouped.lowered
    layout = Layout(grouped)
    preferred: dict[int, int] = {}
    for batched in (False, True):
        mine = [i for i in lowered.outputs if lowered.batched[i] == batched and i in grouped.home]
        if len(set(mine)) == len(mine):
            start = layout.take(batched, len(mine))
            preferred.update({i: start + k for k, i in enumerate(mine)})
    layout.ranks = _output_ranks(grouped, preferred)
    layout.reserve = layout.take(False, sum([not lowered.batched[i] for i in lowered.inputs]))
    for group in grouped.groups:
        if isinstance(group, Matmul):
            _normalise(grouped, group, layout.ranks)
    needs = _tails(grouped)
    reuser = Reuse(grouped, needs) if reuse else None
    for number, group in enumerate(grouped.groups):
        _ordered(layout, group)
        layout.operands.append(
            [_matrix(layout, side) for side in (group.left, group.right)]
            if isinstance(group, Matmul)
            else [_column(layout, column) for column in group.columns]
        )
        _place_results(layout, results_of(group), preferred, needs.get(number, {}), number, reuser)
    for i in [*lowered.inputs, *lowered.outputs, *(i for i, _ in lowered.guards)]:
        if layout.place[i] == FREE:
            layout.place[i] = (
                layout.constant(False, lowered.constants[i])
                if i in lowered.constants
                else layout.take_inputs(lowered.batched[i], 1)
            )
    layout.number_inputs_first()
    return layout


def _output_ranks(grouped: Grouped, preferred: dict[int, int]) -> dict[int, int]:
    """The order of the outputs, and of the products to which something is added to give outputs."""
    ranks = dict(preferred)
    for group in grouped.groups:
        if isinstance(group, Sums) and not group.long and group.out[0] in preferred:
            for us, vs in zip(group.columns[::2], group.columns[1::2], strict=True):
                if vs[0] == ONE and isinstance(grouped.groups[grouped.home.get(us[0], 0)], Matmul):
                    ranks.update(
                        {
                            u: preferred[i]
                            for u, i in zip(us, group.out, strict=True)
                            if i in preferred and u in grouped.home
                        }
                    )
    return ranks


def is_batched(lowered: Lowered, matrix: list[list[int]]) -> bool:
    """Whether a side of a product has a value for each sample. Constants follow the others."""
    return any([lowered.batched[i] for i in flat(matrix)])


def _normalise(grouped: Grouped, product: Matmul, positions: dict[int, int]) -> None:
    """(A B)ᵀ = Bᵀ Aᵀ. A side without samples stands left of one with; outputs lie in their order;
    else the side that was there earlier (the weights) stands left. Constants stay right.
    """
    lowered = grouped.lowered
    left, right = is_batched(lowered, product.left), is_batched(lowered, product.right)
    corner = [positions.get(i, FREE) for i in (product.out[0][-1], product.out[-1][0])]
    if left != right:
        turn = left
    elif not lowered.constants.keys().isdisjoint(flat(product.right)):
        turn = False
    elif FREE not in corner:
        turn = corner[1] < corner[0]
    else:
        turn = grouped.home.get(product.left[0][0], -1) > grouped.home.get(product.right[0][0], -1)
    if turn:
        product.left, product.right = transposed(product.right), transposed(product.left)
        product.out = transposed(product.out)


def _tails(grouped: Grouped) -> dict[int, dict[str, int]]:
    """How many cells of which constant must lie behind the results of each group, because a matrix
    consists of both.
    """
    needs: dict[int, dict[str, int]] = {}
    for group in grouped.groups:
        if isinstance(group, Matmul) and (found := _source(grouped, flat(group.right))):
            number, key, count = found
            wanted = needs.setdefault(number, {})
            wanted[key] = max(wanted.get(key, 0), count)
    return needs


def _source(grouped: Grouped, values: list[int]) -> tuple[int, str, int] | None:
    """The one group that all variables among the values come from, the one constant that stands
    between them, and how often.
    """
    constants, home = grouped.lowered.constants, grouped.home
    sources = {home.get(i, -1) for i in values if i not in constants}
    numbers = [constants[i].hex() for i in values if i in constants]
    if len(sources) != 1 or -1 in sources or len(set(numbers)) != 1:
        return None
    return sources.pop(), numbers[0], len(numbers)


def _ordered(layout: Layout, group: ValueGroup) -> None:
    """Put the rows of a group in the order in which its operands lie."""
    if isinstance(group, Matmul):
        data = all([row[0] in layout.lowered.constants for row in group.right])
        inner = sorted(
            range(len(group.right)),
            key=lambda k: _rank(layout, [group.left[0][k] if data else group.right[k][0]], k),
        )
        group.left = [[row[k] for k in inner] for row in group.left]
        group.right = [group.right[k] for k in inner]
        rows = sorted(
            range(len(group.left)), key=lambda i: _rank(layout, group.left[i][:1], group.left[i][0])
        )
        ranks = [layout.ranks.get(i, FREE) for i in group.out[0]]
        turns = group.right[0] if FREE in ranks else ranks
        columns = sorted(
            range(len(turns)), key=lambda j: _rank(layout, [group.right[0][j]], turns[j])
        )
        group.left = [group.left[i] for i in rows]
        group.right = [[row[j] for j in columns] for row in group.right]
        group.out = [[group.out[i][j] for j in columns] for i in rows]
        return
    if isinstance(group, Sums) and group.long:
        return
    order = sorted(
        range(len(group.out)),
        key=lambda k: _rank(layout, [column[k] for column in group.columns], group.out[k]),
    )
    group.out = [group.out[k] for k in order]
    group.columns = [[column[k] for k in order] for column in group.columns]
    if isinstance(group, Sums):
        group.coefficients = [[column[k] for k in order] for column in group.coefficients]


def _rank(layout: Layout, values: list[int], otherwise: int) -> tuple[int, int, int]:
    """By the place of the first value that has one; constants last; else by number."""
    lowered = layout.lowered
    for i in values:
        if i != ONE and i not in lowered.constants:
            return (0, layout.place[i], otherwise) if layout.place[i] != FREE else (1, i, otherwise)
    return (2, 0, otherwise)


def _matrix(layout: Layout, matrix: list[list[int]]) -> tuple[bool, list[int]]:
    """The slots of a side of a product, row by row; leaves that have none yet get them in this
    order.
    """
    lowered, place = layout.lowered, layout.place
    batched, values, width = is_batched(lowered, matrix), flat(matrix), len(matrix[0])
    variables = [i for i in values if i not in lowered.constants]
    found = layout.matrices.get((batched, *values))
    distinct = len(set(variables)) == len(variables)
    if found is None and distinct and {place[i] for i in variables} <= {FREE}:
        found = _fresh(layout, values, batched)
        turned = [k for column in range(width) for k in found[column::width]]
        layout.matrices[batched, *flat(transposed(matrix))] = turned
        layout.matrices[batched, *values] = found
    return batched, found or _gathered(layout, values, batched, _tail_of(layout, values))


def _fresh(layout: Layout, values: list[int], batched: bool) -> list[int]:
    """Place leaves for the first time, and constants between them, in this order."""
    mixed = any([i in layout.lowered.constants for i in values])
    start = layout.take(batched, len(values)) if mixed else layout.take_inputs(batched, len(values))
    for k, i in enumerate(values):
        if i in layout.lowered.constants:
            layout.cells.append((batched, start + k, layout.lowered.constants[i]))
        else:
            layout.place[i] = start + k
    return list(range(start, start + len(values)))


def _gathered(
    layout: Layout, values: list[int], batched: bool, tail: Iterator[int] | None = None
) -> list[int]:
    """The places that the values have; constants from the cells behind the group that the
    others are from.
    """
    lowered, place = layout.lowered, layout.place
    found = []
    for i in values:
        if i in lowered.constants:
            found.append(next(tail) if tail else layout.constant(batched, lowered.constants[i]))
            continue
        if place[i] == FREE:
            _place_argument(layout, i)
        found.append(place[i])
    return found


def _place_argument(layout: Layout, i: int) -> None:
    """Place a leaf that no matrix has placed, with all that is not placed yet of its argument, in
    the argument's order.
    """
    lowered, place = layout.lowered, layout.place
    name = lowered.names.get(i, "").partition("[")[0]
    for k, j in enumerate(lowered.inputs):
        batched, own = lowered.batched[j], lowered.names.get(j, "").partition("[")[0]
        if place[j] == FREE and own == name and batched == lowered.batched[i]:
            apart = k == lowered.apart
            place[j] = layout.take(False, 1) if apart else layout.take_inputs(batched, 1)


def _tail_of(layout: Layout, values: list[int]) -> Iterator[int] | None:
    """The cells behind the group that all the variables come from, one after the other."""
    if (found := _source(layout.grouped, values)) is None:
        return None
    number, key, wanted = found
    start, count = layout.tails.get(number, {}).get(key, (0, 0))
    return iter(range(start, start + count)) if count >= wanted else None


def _column(layout: Layout, column: list[int]) -> Any:
    """The slots of one operand of each row; for constants the numbers; None for the factor 1."""
    lowered = layout.lowered
    if column[0] == ONE:
        return None
    if all([i in lowered.constants for i in column]):
        return [lowered.constants[i] for i in column]
    batched = is_batched(lowered, [column])
    return batched, _gathered(layout, column, batched)


def _place_results(
    layout: Layout,
    out: list[int],
    preferred: dict[int, int],
    needs: dict[str, int],
    number: int,
    reuser: Reuse | None,
) -> None:
    batched, start = layout.lowered.batched[out[0]], None
    slots = [preferred.get(i, FREE) for i in out]
    if not needs and FREE not in slots and slots == list(range(slots[0], slots[0] + len(out))):
        start = slots[0]
    elif reuser:
        start = reuser.place(number, layout.place, layout.tails, bool(needs))
        if start is not None and needs:
            layout.tails[number], needs = layout.tails[reuser.origins[number]], {}
    if start is None:
        if not batched and len(out) >= 64:  # at a line of the cache
            layout.size[False] += -layout.size[False] % 8
        start = layout.take(batched, len(out))
    for k, i in enumerate(out):
        layout.place[i] = start + k
    for key, count in needs.items():
        cell = layout.take(batched, count)
        layout.cells += [(batched, cell + k, float.fromhex(key)) for k in range(count)]
        layout.tails.setdefault(number, {})[key] = (cell, count)
