"""Groups: the values of one level that one array operation computes. Matrix products are groups
of sums.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ...primitives import Primitive
from .matmul import Matmul, find_matmuls, flat
from .sums import ONE, Addend, Lowered


@dataclass(slots=True)
class Elementwise:
    """One operation of the table on rows: `out[k] = row(columns[0][k], columns[1][k], …)`."""

    row: Primitive
    out: list[int]
    columns: list[list[int]]
    batched: bool


@dataclass(slots=True)
class Sums:
    """Sums of one shape on rows: `out[k] = Σ_t coefficients[t][k] · u_t[k] · v_t[k]`, where u_t and
    v_t are `columns[2 t]` and `columns[2 t + 1]` (ONE stands for the factor 1).

    A `long` one is a single sum of dot products: `out[0] = Σ_t coefficients[t][0] · Σ_k u_t[k] ·
    v_t[k]`.
    """

    out: list[int]
    coefficients: list[list[float]]
    columns: list[list[int]]
    batched: bool
    long: bool = False


Origin = tuple[int, int]
"""The group of a value, and whether it has samples."""

ValueGroup = Elementwise | Sums | Matmul


@dataclass(slots=True)
class Grouped:
    """A lowered program as a sequence of groups, each of which reads leaves and earlier groups
    only.
    """

    lowered: Lowered
    groups: list[ValueGroup] = field(default_factory=list)
    levels: list[int] = field(default_factory=list)
    home: dict[int, int] = field(default_factory=dict)  # value -> the number of its group
    deferred: set[int] = field(default_factory=set)  # groups that only deferred outputs need

    # the first group of the backward sweeps, all of which stand behind the forward pass
    backward: int | None = None

    def __str__(self) -> str:
        """A line for each group: its level, what it computes, and which values these are."""
        lines = []
        for level, group in zip(self.levels, self.groups, strict=True):
            values = " ".join([f"%{i}" for i in results_of(group)])
            lines.append(f"{level}: {title(group)}: {values}")
        return "\n".join(lines)

    def reorder(self, order: list[int]) -> None:
        """Put the groups in another order, given by their numbers."""
        turn = {n: k for k, n in enumerate(order)}
        self.groups, self.levels = [self.groups[n] for n in order], [self.levels[n] for n in order]
        self.home = {i: turn[n] for i, n in self.home.items()}

    def add(self, group: ValueGroup, level: int) -> None:
        self.home.update(dict.fromkeys(results_of(group), len(self.groups)))
        self.groups.append(group)
        self.levels.append(level)


def title(group: ValueGroup) -> str:
    """What a group computes, in a few words."""
    if isinstance(group, Matmul):
        rows, inner, columns = group.shape
        return f"({rows}, {inner}) @ ({inner}, {columns})"
    if isinstance(group, Elementwise):
        return f"{group.row.name}, {len(group.out)} at once"
    terms = len(group.columns) // 2
    kind = "dot product" if group.long else f"sums of {terms} terms" if terms > 1 else "products"
    return f"{kind}, {len(group.out)} at once"


def results_of(group: ValueGroup) -> list[int]:
    return flat(group.out) if isinstance(group, Matmul) else group.out


def group_by_level(lowered: Lowered, *, products: bool = True) -> Grouped:
    """Level by level: equal operations on rows, matrix products among the sums, the other sums
    by their shape.
    """
    result = Grouped(lowered)
    for level, values in enumerate(_by_level(lowered)):
        pools: dict[object, list[int]] = {}
        sums: dict[tuple[bool, bool], list[int]] = {}
        for i in values:
            if i in lowered.terms:
                sums.setdefault((lowered.batched[i], i in lowered.over), []).append(i)
            else:
                pools.setdefault(_signature(result, i), []).append(i)
        for (batched, over), members in sorted(sums.items()):
            found: list[Matmul] = []
            rest, after = members, list[int]()
            if products or over:
                found, rest, after = find_matmuls(
                    lowered, members, result.home, batched=batched, over=over
                )
            scaled = _scaled_operands(result, found, after)
            for kind in (False, True):
                for group in _sums_by_shape(
                    result, [i for i in scaled if lowered.batched[i] == kind], kind
                ):
                    result.add(group, level)
            for product in found:
                result.add(product, level)
            for members in (rest, after):
                for group in _sums_by_shape(result, members, batched):
                    result.add(group, level)
        for members in pools.values():
            row = lowered.rows[members[0]]
            assert row is not None
            columns = [
                list(column) for column in zip(*[lowered.operands[i] for i in members], strict=True)
            ]
            result.add(Elementwise(row, members, columns, lowered.batched[members[0]]), level)
    _late_leaves(result)
    _forward_first(result)
    result.deferred = _deferred(result)
    return result


def _late_leaves(result: Grouped) -> None:
    """Move single numbers made of leaves alone (a sum of squared weights) to their first readers.

    So the layers come first, and say in which order their weights lie.
    """
    home, groups = result.home, result.groups
    small = [
        n
        for n, group in enumerate(groups)
        if isinstance(group, Matmul) and group.shape[::2] == (1, 1)
    ]
    late = {
        n
        for n in small
        if home.keys().isdisjoint([i for column in operands_of(groups[n]) for i in column])
    }
    if not late:
        return
    order: list[int] = []
    for n, group in enumerate(groups):
        wanted = sorted(late & {home.get(i, -1) for column in operands_of(group) for i in column})
        late.difference_update(wanted)
        order += [*wanted, *([] if n in late else [n])]
    result.reorder([*order, *sorted(late)])


def _forward_first(result: Grouped) -> None:
    """Move what backward sweeps compute behind the forward pass, which needs nothing of it."""
    count, home = result.lowered.forward, result.home
    if count is None:
        return
    forward = _with_needed(result, {n for i, n in home.items() if i < count})
    backward = [n for n in range(len(result.groups)) if n not in forward]
    result.reorder([*sorted(forward), *backward])
    result.backward = len(forward) if backward else None


def _with_needed(result: Grouped, wanted: set[int]) -> set[int]:
    """The wanted groups, and all that these read."""
    home = result.home
    for n in range(len(result.groups) - 1, -1, -1):
        if n in wanted:
            columns = operands_of(result.groups[n])
            wanted.update([home[i] for column in columns for i in column if i in home])
    return wanted


def operands_of(group: ValueGroup) -> list[list[int]]:
    """The values that a group reads, as rows or columns."""
    return [*group.left, *group.right] if isinstance(group, Matmul) else group.columns


def _deferred(result: Grouped) -> set[int]:
    lowered = result.lowered
    if not lowered.deferred:
        return set()
    early = [i for k, i in enumerate(lowered.outputs) if k not in lowered.deferred]
    early += [i for i, _ in lowered.guards]
    needed = _with_needed(result, {result.home[i] for i in early if i in result.home})
    return set(range(len(result.groups))) - needed


def _scaled_operands(result: Grouped, products: list[Matmul], after: list[int]) -> list[int]:
    """The scaled factors that are read and not computed yet."""
    unscaled, home = result.lowered.unscaled, result.home
    if not unscaled:
        return []
    read = {i for product in products for row in [*product.left, *product.right] for i in row}
    read |= {x for i in after for _, u, v in result.lowered.terms[i] for x in (u, v)}
    return sorted([i for i in read if i in unscaled and i not in home])


def _by_level(lowered: Lowered) -> list[list[int]]:
    """The values that are needed and not leaves, by their distance from the leaves."""
    live = _live(lowered)
    level = [-1] * (len(lowered.rows) + 1)  # the last for ONE
    levels: list[list[int]] = []
    for i, row in enumerate(lowered.rows):
        if not live[i]:
            continue
        if i in lowered.terms:
            level[i] = 1 + max(
                [level[u] if level[u] > level[v] else level[v] for _, u, v in lowered.terms[i]]
            )
        elif row is not None:
            level[i] = 1 + max([level[j] for j in lowered.operands[i]])
        else:
            continue
        while len(levels) <= level[i]:
            levels.append([])
        levels[level[i]].append(i)
    return levels


def _live(lowered: Lowered) -> list[bool]:
    live = [False] * (len(lowered.rows) + 1)  # the last for ONE
    for i in [*lowered.outputs, *(i for i, _ in lowered.guards)]:
        live[i] = True
    for i in range(len(lowered.rows) - 1, -1, -1):
        if live[i]:
            for j in lowered.operands[i]:
                live[j] = True
            for _, u, v in lowered.terms.get(i, ()):
                live[u] = live[v] = True
    return live


def _signature(result: Grouped, i: int) -> object:
    """What operations must have in common to be one group: the row, and where each operand
    comes from.
    """
    lowered = result.lowered
    row = lowered.rows[i]
    assert row is not None
    sources = tuple([_source(result, j) for j in lowered.operands[i]])
    return row, lowered.batched[i], sources


def _source(result: Grouped, j: int) -> object:
    lowered = result.lowered
    if j in lowered.constants:
        return ("constant", lowered.constants[j].hex())
    return (lowered.batched[j], result.home.get(j, -1))


def _sums_by_shape(result: Grouped, sums: list[int], batched: bool) -> list[Sums]:
    """Sums whose terms have factors from the same groups are computed together; a few long ones
    each by itself.
    """
    shapes: dict[object, tuple[list[int], list[list[Addend]]]] = {}
    for i in sums:
        keyed = sorted(_keyed(result, result.lowered.terms[i]))
        members, rows = shapes.setdefault(tuple([key for key, _ in keyed]), ([], []))
        members.append(i)
        rows.append([term for _, term in keyed])
    groups: list[Sums] = []
    for members, rows in shapes.values():
        if len(rows[0]) > 8 * len(members):
            groups += [_long_sum(result, i, batched) for i in members]
            continue
        coefficients: list[list[float]] = []
        columns: list[list[int]] = []
        for column in zip(*rows, strict=True):
            us, vs = [u for _, u, _ in column], [v for _, _, v in column]
            coefficients.append([c for c, _, _ in column])
            # as the first of them has it
            columns += (vs, us) if vs[0] != ONE and us[0] > vs[0] else (us, vs)
        groups.append(Sums(members, coefficients, columns, batched))
    return groups


def _long_sum(result: Grouped, i: int, batched: bool) -> Sums:
    parts: dict[object, list[Addend]] = {}
    for key, term in _keyed(result, result.lowered.terms[i]):
        parts.setdefault((term[0], *key), []).append(term)
    coefficients: list[list[float]] = []
    columns: list[list[int]] = []
    for part in map(sorted, parts.values()):
        coefficients.append([part[0][0]])
        columns += [u for _, u, _ in part], [v for _, _, v in part]
    return Sums([i], coefficients, columns, batched, long=True)


def _keyed(result: Grouped, terms: list[Addend]) -> list[tuple[tuple[Origin, Origin], Addend]]:
    """Terms with the origins of their factors, which come in the order of the origins: which is
    numbered first is chance.
    """
    found = []
    for term in terms:
        c, u, v = term
        of_u, of_v = _origin(result, u), _origin(result, v)
        found.append(
            ((of_u, of_v), term) if of_u <= of_v or v == ONE else ((of_v, of_u), (c, v, u))
        )
    return found


def _origin(result: Grouped, i: int) -> Origin:
    return (-2, 0) if i == ONE else (result.home.get(i, -1), int(result.lowered.batched[i]))
