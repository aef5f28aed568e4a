"""What a product takes of a sum: pairs of factors, all of one kind. The rest is added to the
product afterwards.

A bias is the pair of its value and a constant. Weight decay, a target or a residual are not: they
occur in one sum, and so would be a row or a column of their own.
"""

from __future__ import annotations

import math
import random
from collections import Counter

from .scaling import scale, scale_linear
from .sums import ONE, Addend, Lowered

Pair = tuple[int, int]
Before = dict[int, list[Addend]]
Key = tuple[
    int, frozenset[tuple[int, int]]
]  # how many products of two, with factors from which groups

FEW = 4
"""Of fewer terms a sum is soon computed term by term."""


class Pool:
    """Sums that may be one product, and what their values have in common.

    Each sum gets a random number. The signature of a value is the total over the sums it occurs in;
    `beside` counts only those with values that stand alone, and `linear` those in which it stands
    alone itself.
    """

    def __init__(
        self, lowered: Lowered, sums: list[int], home: dict[int, int], coefficient: float
    ) -> None:
        self.lowered, self.home, self.sums, self.coefficient = lowered, home, sums, coefficient
        self.signature: dict[int, int] = {}
        self.linear: dict[int, int] = {}
        self.beside: dict[int, int] = {}
        self.uses: dict[int, int] = {}
        numbers = random.Random(len(sums))
        chances = {i: numbers.getrandbits(60) for i in sums}
        signature, linear = self.signature, self.linear
        for i, chance in chances.items():
            for _, u, v in lowered.terms[i]:
                signature[u] = signature.get(u, 0) + chance
                if v == ONE:
                    linear[u] = linear.get(u, 0) + chance
                elif v != u:
                    signature[v] = signature.get(v, 0) + chance
        linear.pop(ONE, None)
        if linear:
            self._stand_beside(chances)

    def _stand_beside(self, chances: dict[int, int]) -> None:
        linear, beside, uses = self.linear, self.beside, self.uses
        for i, chance in chances.items():
            terms = self.lowered.terms[i]
            with_linear = any([v == ONE and u != ONE for _, u, v in terms])
            for _, u, v in terms:
                for x in (u, v) if u != v else (u,):
                    if with_linear:
                        beside[x] = beside.get(x, 0) + chance
                    if x in linear:
                        uses[x] = uses.get(x, 0) + 1

    def split(self, i: int, over: bool) -> tuple[list[Pair], list[Addend]]:
        """A sum as the pool's coefficient · Σ pairs, and the terms to be added afterwards.

        All pairs are of one kind: how many of the two factors have a value for each sample.
        """
        batched, terms = self.lowered.batched, self.lowered.terms[i]
        bilinear = [term for term in terms if term[2] != ONE]
        c = self.coefficient
        others: list[Addend] = []
        if batched[i] or over:
            kinds = [batched[u] + batched[v] for _, u, v in bilinear]
            kind = (
                1
                if 1 in kinds
                else max(kinds)
                if kinds
                else 2 * any([u != ONE and batched[u] for _, u, _ in terms])
            )
            pairs = [(u, v) for (_, u, v), k in zip(bilinear, kinds, strict=True) if k == kind]
            others = [term for term, k in zip(bilinear, kinds, strict=True) if k != kind]
        else:
            kind, pairs = 0, [(u, v) for _, u, v in bilinear]
        if len(bilinear) == len(terms):
            return pairs, others
        linear = [term for term in terms if term[2] == ONE]
        candidates = [(a, u) for a, u, _ in linear if u != ONE and batched[u] == (kind == 2)]
        if not over:
            candidates = (
                self._beside(c, pairs, kind, candidates) if bilinear else self._shared(candidates)
            )
        taken = {u for _, u in candidates}
        if not bilinear and not over and batched[i] and self._one_may_follow(taken):
            candidates += [(a, self._one()) for a, u, _ in linear if u == ONE]
            taken.add(ONE)
        pairs += [(u, self.lowered.constant(a / c)) for a, u in candidates]
        return pairs, others + [term for term in linear if term[1] not in taken]

    def _beside(
        self, c: float, pairs: list[Pair], kind: int, candidates: list[tuple[float, int]]
    ) -> list[tuple[float, int]]:
        """The linear terms that stand wherever the factors of one side do: of the side whose
        factors are used more often.

        What occurs in no other sum must at least be from the same group as those factors, with the
        same coefficient.
        """
        if not candidates:
            return []
        beside, linear, uses, batched = self.beside, self.linear, self.uses, self.lowered.batched
        sides = {beside[x] for pair in pairs for x in pair if not (kind == 1 and batched[x])}

        def fits(a: float, u: int) -> bool:
            if uses[u] > 1 or linear[u] not in sides:
                return linear[u] in sides
            return a == c and any(
                [
                    beside[x] == linear[u] and self.source(x) == self.source(u)
                    for p in pairs
                    for x in p
                ]
            )

        found = [(a, u) for a, u in candidates if fits(a, u)]
        if not found:
            return []
        side = linear[max(found, key=lambda term: uses[term[1]])[1]]
        return [(a, u) for a, u in found if linear[u] == side]

    def _shared(self, candidates: list[tuple[float, int]]) -> list[tuple[float, int]]:
        """Of a sum of linear terms only, those that other sums have too, and what is from the
        same groups.
        """
        homes = {self.source(u) for _, u in candidates if self.uses[u] > 1}
        shared = [(a, u) for a, u in candidates if self.source(u) in homes]
        return shared if len(shared) >= FEW else candidates

    def _one_may_follow(self, values: set[int]) -> bool:
        """Whether a 1 can lie behind these values: they are from one group that is computed,
        and in no other sum.
        """
        sources = {self.source(u) for u in values}
        return len(self.sums) == len(sources) == 1 and -1 not in sources

    def _one(self) -> int:
        """1 as a value, which a product can have as a factor."""
        one = self.lowered.constant(1.0)
        self.signature[one] = self.signature[ONE]
        return one

    def source(self, x: int) -> int:
        """The group that x is from, or that it is a multiple from."""
        return self.home.get(self.lowered.unscaled.get(x, x), -1)


def pools(
    lowered: Lowered, sums: list[int], home: dict[int, int], over: bool, rest: list[int]
) -> tuple[list[Pool], Before]:
    """Sums that may be one product: equally many products of two, with factors from the same
    groups, of one coefficient.

    Sums without such products (the gradient of a bias) join the pool that their values are in. With
    the terms that sums had before their factors were scaled.
    """
    alike: dict[Key, dict[float | None, list[int]]] = {}
    linear = []
    for i in sums:
        bilinear = [term for term in lowered.terms[i] if term[2] != ONE]
        if not bilinear:
            linear.append(i)
            continue
        coefficients = {c for c, _, _ in bilinear}
        if not all([c and math.isfinite(c) for c in coefficients]):
            rest.append(i)
            continue
        sources = {(home.get(u, -1), home.get(v, -1)) for _, u, v in bilinear}
        key = (len(bilinear), frozenset([(a, b) if a < b else (b, a) for a, b in sources]))
        alike.setdefault(key, {}).setdefault(
            coefficients.pop() if len(coefficients) == 1 else None, []
        ).append(i)
    before: Before = {}
    factors: dict[int, float] = {}
    found: dict[tuple[Key, float], list[int]] = {}
    for key, parts in alike.items():
        if len(parts) > 1 or None in parts:
            members = sorted([i for part in parts.values() for i in part])
            scaled = scale(lowered, members)
            if scaled is not None:
                before |= scaled[0]
                factors |= scaled[1]
                parts = {1.0: members}
        rest += parts.pop(None, ())
        found.update({(key, c): part for c, part in parts.items() if c is not None})
    if factors:
        before |= scale_linear(lowered, linear, factors)
    _join(lowered, linear, home, over, found, rest)
    return [Pool(lowered, members, home, c) for (_, c), members in found.items()], before


def _join(
    lowered: Lowered,
    linear: list[int],
    home: dict[int, int],
    over: bool,
    found: dict[tuple[Key, float], list[int]],
    rest: list[int],
) -> None:
    """Add the sums without products to the pools that their values are in, or to one of their
    own.
    """
    uses = Counter([u for i in linear for _, u, _ in lowered.terms[i]])
    containing = _containing(lowered, uses, found)
    for i in linear:
        values = [u for _, u, _ in lowered.terms[i] if u != ONE]
        homes = {home.get(u, -1) for u in values if uses[u] > 1}
        shared = [u for u in values if home.get(u, -1) in homes]
        if len(shared) >= FEW and not over:
            values = shared
        plain = not homes or all([abs(c) == 1.0 for c, _, _ in lowered.terms[i]])
        if not over and (len(values) < 2 or (len(values) < FEW and plain)):
            rest.append(i)  # a difference or a mean is no product with data
            continue
        joined = _joined(containing, values, lowered.terms[i][0][0])
        if joined is not None:
            joined.append(i)
        else:
            key = (len(values), frozenset([(-1, home.get(u, -1)) for u in values]))
            found.setdefault((key, 1.0), []).append(i)


Containing = dict[int, dict[tuple[int, float], list[int]]]
"""For a value, the pools with it as a factor, by the number of products in a sum and their
coefficient.
"""


def _containing(
    lowered: Lowered, wanted: Counter[int], found: dict[tuple[Key, float], list[int]]
) -> Containing:
    containing: Containing = {}
    if wanted:
        for (_, c), pool in found.items():
            for i in pool:
                terms = lowered.terms[i]
                counts = {
                    sum([v != ONE for _, _, v in terms]),
                    sum([u != ONE for _, u, _ in terms]),
                }
                for x in {x for _, u, v in terms if v != ONE for x in (u, v) if x in wanted}:
                    at = containing.setdefault(x, {})
                    for count in counts:
                        at.setdefault((count, c), pool)
    return containing


def _joined(containing: Containing, values: list[int], coefficient: float) -> list[int] | None:
    """The pool with one of the values in which the sums have equally many products, or a few less:
    the rest is added.

    Better one of the same coefficient.
    """
    n = len(values)
    found = [
        (count == n, c == coefficient, count, -k)
        for k, u in enumerate(values)
        for count, c in containing.get(u, ())
        if n / 2 <= count <= n
    ]
    if not found:
        return None
    _, same, count, k = max(found)
    return next(
        pool
        for (m, c), pool in containing[values[-k]].items()
        if m == count and (c == coefficient) == same
    )
