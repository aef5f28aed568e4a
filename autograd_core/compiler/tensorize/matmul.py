"""Matrix products, found among sums of products.

Sums over one set of left factors are a row, sums over one set of right factors a column. Rows that
have the same columns are a product (rows × contraction) @ (contraction × columns). No layer, sample
or patch is known here: the neurons of a layer share their inputs, the samples of a batch their
weights, the patches of an image the kernel.

A signature shows which factor of a term is the left one. Each sum gets a random number; the
signature of a value is the total over the sums it occurs in. In a full product all left factors of
a row occur in the same sums, so they share a signature; the right factors of a column share
another.
"""

from __future__ import annotations

from dataclasses import dataclass

from .candidates import Pair, pools
from .completion import Factors, Row, completed
from .sums import ONE, Addend, Lowered


@dataclass(slots=True)
class Matmul:
    """`out = coefficient · left @ right`, of values; with `over`, the contraction runs over the
    samples as well.
    """

    out: list[list[int]]
    left: list[list[int]]
    right: list[list[int]]
    coefficient: float
    batched: bool
    over: bool

    @property
    def shape(self) -> tuple[int, int, int]:
        """Rows, contraction, columns."""
        return len(self.left), len(self.right), len(self.right[0])


def flat(matrix: list[list[int]]) -> list[int]:
    return [i for row in matrix for i in row]


def transposed(matrix: list[list[int]]) -> list[list[int]]:
    return [list(column) for column in zip(*matrix, strict=True)]


def find_matmuls(
    lowered: Lowered, sums: list[int], home: dict[int, int], *, batched: bool, over: bool
) -> tuple[list[Matmul], list[int], list[int]]:
    """The products among sums of one level, the sums that are left, and those that add to a
    product afterwards.
    """
    products: list[Matmul] = []
    rest: list[int] = []
    split: dict[int, list[tuple[int, list[Addend]]]] = {}
    given = set(sums)
    found, before = pools(lowered, sums, home, over, rest)
    for pool in found:
        sided = _Sides(lowered, pool.signature)
        c = pool.coefficient
        sizes: dict[tuple[int, bool], dict[int, list[Pair]]] = {}
        known = {tuple(lowered.terms[i]): i for i in pool.sums}
        for i in pool.sums:
            pairs, others = pool.split(i, over)
            if others:
                whole, terms = i, lowered.terms[i]
                i = _product_of(lowered, i, others, known)
                split.setdefault(i, []).append((whole, terms))
            sided.see(i, pairs)
            sizes.setdefault((len(pairs), lowered.batched[i]), {})[i] = pairs
        for (n, batched), members in sizes.items():
            oriented = {
                i: sided.orient(i, pairs) or (pairs if over else None)
                for i, pairs in members.items()
            }
            sides = {i: pairs for i, pairs in oriented.items() if pairs is not None}
            blocks = [
                Matmul(*block, c, batched, over) for block in _blocks(lowered, sides, c, over)
            ]
            good = [product for product in blocks if _worthwhile(lowered, product)]
            if not over and not batched and _cheaper_by_rows(n, len(members), len(good)):
                good = []
            products += good
            done = {i for product in good for i in flat(product.out)}
            rest += [i for i in members if i not in done]
    lowered.terms.update({i: before[i] for i in rest if i in before})
    left = [i for i in rest if i not in split or i in given]
    for i in rest:
        for whole, terms in split.pop(i, ()):  # it is no product: the sum is whole again
            lowered.terms[whole] = before.get(whole, terms)
            left.append(whole)
    return products, left, [whole for wholes in split.values() for whole, _ in wholes]


def _worthwhile(lowered: Lowered, product: Matmul) -> bool:
    """Not a product element by element: those are computed as rows."""
    rows, inner, columns = product.shape
    if product.over:
        return True
    if product.batched:
        if any([lowered.batched[i] for i in product.left[0]]) and any(
            [lowered.batched[row[0]] for row in product.right]
        ):
            return inner > 3
        return inner > 1 or rows > 1
    return (inner > 1 and (rows * columns > 1 or inner >= 8)) or (rows > 1 and columns > 1)


def _cheaper_by_rows(inner: int, sums: int, products: int) -> bool:
    """Whether many small products cost more than all of their sums computed at once, term by
    term, in nanoseconds.
    """
    return products * 700 > 2 * inner * (450 + sums)


def _product_of(
    lowered: Lowered, i: int, others: list[Addend], known: dict[tuple[Addend, ...], int]
) -> int:
    """Split the sum i into a product, a value of its own, and the sum of that with the other
    terms.
    """
    terms = [term for term in lowered.terms[i] if term not in others]
    product = known.get(tuple(terms))
    if product is None:
        product = known[tuple(terms)] = lowered.total(terms, i in lowered.over)
    lowered.terms[i] = [(1.0, product, ONE), *others]
    return product


class _Sides:
    """Which factor of each pair stands left: a shared one before a batched one, else as the
    signatures tell.
    """

    def __init__(self, lowered: Lowered, signature: dict[int, int]) -> None:
        self.lowered = lowered
        self.signature = signature
        self.common: dict[int, set[int]] = {}
        self.neighbours: dict[int, set[int]] = {}
        self.left: set[int] = set()
        self.side: dict[int, bool] = {}

    def see(self, i: int, pairs: list[Pair]) -> None:
        """Note which signatures stand opposite each other in the sum i, and which must stand
        left.
        """
        signature, constants = self.signature, self.lowered.constants
        common: set[int] | None = None
        for u, v in pairs:
            if v in constants:
                self.left.add(signature[u])
            else:
                here = {signature[u], signature[v]}
                common = here if common is None else common & here
        self.common[i] = common or set()
        if common and len(common) == 2:
            a, b = common
            self.neighbours.setdefault(a, set()).add(b)
            self.neighbours.setdefault(b, set()).add(a)

    def orient(self, i: int, pairs: list[Pair]) -> list[Pair] | None:
        """The pairs as (left, right); None where the sum has no side that they share."""
        batched, constants, signature = self.lowered.batched, self.lowered.constants, self.signature
        if not self.side:
            self._colour()
        common = self.common[i]
        lefts = [a for a in common if self.side.get(a, False)]
        chosen = lefts[0] if len(lefts) == 1 else min(common) if common else None
        oriented = []
        for u, v in pairs:
            if v in constants:
                oriented.append((u, v))
            elif batched[u] != batched[v]:
                oriented.append((v, u) if batched[u] else (u, v))
            elif chosen is None:
                return None
            else:
                oriented.append((u, v) if signature[u] == chosen else (v, u))
        return oriented

    def _colour(self) -> None:
        """Two colours for the signatures, so that no two that stand opposite have the same;
        those known first.
        """
        for start in [*(a for a in self.neighbours if a in self.left), *sorted(self.neighbours)]:
            if start in self.side:
                continue
            self.side[start] = True
            queue = [start]
            while queue:
                a = queue.pop()
                for b in self.neighbours[a]:
                    if b not in self.side:
                        self.side[b] = not self.side[a]
                        queue.append(b)
        self.side.setdefault(-1, False)


Block = tuple[list[list[int]], list[list[int]], list[list[int]]]


def _blocks(
    lowered: Lowered, pool: dict[int, list[Pair]], coefficient: float, over: bool
) -> list[Block]:
    """Full blocks: rows (sums over the same left factors) that have the same columns, as (out,
    left, right).

    A block has rows with values for each sample or rows without.
    """
    rows: dict[tuple[int, ...], list[tuple[tuple[int, ...], int]]] = {}
    for i, pairs in pool.items():
        rows.setdefault(tuple(sorted([u for u, _ in pairs])), []).append(
            (tuple(sorted([v for _, v in pairs])), i)
        )
    found: dict[tuple[bool, tuple[Factors, ...]], list[Row]] = {}
    for members in rows.values():
        first = min(members)[1]
        reference = sorted(
            pool[first], key=lambda pair: (pair[1], pair[0])
        )  # the contraction, aligned between rows
        left = tuple([u for u, _ in reference])
        columns = {_column(pool[i], left): i for _, i in members}
        found.setdefault((lowered.batched[left[0]], tuple(sorted(columns))), []).append(
            (left, columns)
        )
    blocks: list[Block] = []
    for kind in (False, True):
        alike = [block for (batched, _), block in found.items() if batched == kind]
        for block in alike if over else completed(lowered, alike, coefficient):
            order = sorted(block[0][1])
            outs = [[columns[right] for right in order] for _, columns in block]
            blocks.append(
                (
                    outs,
                    [list(left) for left, _ in block],
                    [list(k) for k in zip(*order, strict=True)],
                )
            )
    return blocks


def _column(pairs: list[Pair], left: tuple[int, ...]) -> tuple[int, ...]:
    """The right factors in the order of the left ones; of a left factor that stands there
    twice, in their own order.
    """
    right = dict(pairs)
    if len(right) < len(pairs):
        several: dict[int, list[int]] = {}
        for u, v in sorted(pairs, reverse=True):
            several.setdefault(u, []).append(v)
        return tuple([several[u].pop() for u in left])
    return tuple([right[u] for u in left])
