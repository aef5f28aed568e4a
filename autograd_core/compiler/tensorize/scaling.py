"""Coefficients that part a product: `Σ_k c_k · u_ik · v_kj` is one with the operand `c_k · v_kj`,
computed first.

So it is with the samples of a loop whose targets are −1 and 1, or with the weights of a weighted
mean.
"""

from __future__ import annotations

from collections import Counter

from .sums import ONE, Addend, Lowered


def scale(
    lowered: Lowered, sums: list[int]
) -> tuple[dict[int, list[Addend]], dict[int, float]] | None:
    """Rewrite sums of products that differ in their coefficients with scaled factors: the terms
    they had, and the factors.

    A factor can be scaled if it has one coefficient wherever it occurs. A single sum of a few
    coefficients is as well computed in parts.
    """
    terms = [term for i in sums for term in lowered.terms[i] if term[2] != ONE]
    if len(sums) == 1 and len({c for c, _, _ in terms}) <= 4:
        return None
    factors = _factors(terms)
    return (
        None if factors is None else ({i: _rewritten(lowered, i, factors) for i in sums}, factors)
    )


def scale_linear(
    lowered: Lowered, sums: list[int], factors: dict[int, float]
) -> dict[int, list[Addend]]:
    """Rewrite linear sums (the gradient of a bias) with the factors that were scaled for others
    (that of the weights).
    """
    alike = [
        i
        for i in sums
        if all([u != ONE and factors.get(u, c) == c for c, u, _ in lowered.terms[i]])
    ]
    return {i: _rewritten(lowered, i, factors) for i in alike}


def _factors(terms: list[Addend]) -> dict[int, float] | None:
    """What to scale, and by how much, so that all terms have the coefficient 1; None where that
    cannot be.
    """
    coefficient: dict[int, float] = {}
    mixed = set()
    uses: Counter[int] = Counter()
    for c, u, v in terms:
        for x in (u, v):
            uses[x] += 1
            if coefficient.setdefault(x, c) != c:
                mixed.add(x)
    found = {}
    for c, u, v in terms:
        free = [x for x in (u, v) if x not in mixed]
        if not free:
            return None
        found[max(free, key=lambda x: uses[x])] = c
    return found


def _rewritten(lowered: Lowered, i: int, factors: dict[int, float]) -> list[Addend]:
    """Give the sum i terms with scaled factors; the terms that it had."""
    before = lowered.terms[i]
    lowered.terms[i] = [_with_factor(lowered, term, factors) for term in before]
    return before


def _with_factor(lowered: Lowered, term: Addend, factors: dict[int, float]) -> Addend:
    c, u, v = term
    if factors.get(v) == c:
        return 1.0, u, _value(lowered, c, v)
    if factors.get(u) == c:
        return (1.0, _value(lowered, c, u), v) if v == ONE else (1.0, v, _value(lowered, c, u))
    return term


def _value(lowered: Lowered, c: float, x: int) -> int:
    """The value c · x."""
    if (c, x) not in lowered.scaled:
        lowered.scaled[c, x] = i = lowered.total([(c, x, ONE)])
        lowered.unscaled[i] = x
    return lowered.scaled[c, x]
