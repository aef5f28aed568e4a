"""Sums that continue one another: in a chain, a grid or a filter, those at the ends lack some terms
of those between.

    g[0]    =                − 400 x[0] a[0]
    g[k]    = 200 a[k − 1]   − 400 x[k] a[k]        k = 1 … n − 2
    g[n − 1] = 200 a[n − 2]

are three nests of two parts, which become one of two parts, each as far as it reaches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .loop_nests import Combine, Nest, Operand, Part, Reference


def merge_stencils(nests: Sequence[Nest]) -> list[Nest]:
    """The nests in their order, those next to each other as one whose sums continue one another."""
    found: list[Nest] = []
    for nest in nests:
        before = found[-1] if found else None
        both = (
            _merged(before, nest)
            if isinstance(before, Combine) and isinstance(nest, Combine)
            else None
        )
        if both is None:
            found.append(nest)
        else:
            found[-1] = both
    return found


def _merged(a: Combine, b: Combine) -> Combine | None:
    """Both as one nest; None where they do not continue each other, or where that takes no fewer
    operations.
    """
    out = _together(a.out, b.out)
    if out is None or not all([_is_regular(part, a.out, b.out) for part in (*a.parts, *b.parts)]):
        return None
    parts = list(a.parts)
    for part in b.parts:
        for k, other in enumerate(parts):
            if (whole := _continued(other, part)) is not None:
                parts[k] = whole
                break
        else:
            parts.append(part)
    parts.sort(key=lambda part: (-len(part.out.slots), -_operations(part)))
    return (
        Combine(out, parts, a.label)
        if _cost(parts, out) < _cost(a.parts, a.out) + _cost(b.parts, b.out)
        else None
    )


def _together(a: Operand, b: Operand) -> Reference | None:
    """Two stretches of neighbouring slots as one stretch; None where there is a gap between."""
    if not (isinstance(a, Reference) and isinstance(b, Reference) and a.region == b.region):
        return None
    if a.start > b.start:
        a, b = b, a
    if not (_is_stretch(a) and _is_stretch(b) and a.start + len(a.slots) == b.start):
        return None
    return Reference(a.region, a.slots + b.slots, (len(a.slots) + len(b.slots),), (1,))


def _is_stretch(x: Reference) -> bool:
    return len(x.slots) == 1 or x.strides == (1,)


def _is_regular(part: Part, *outs: Reference) -> bool:
    """Whether a part has one coefficient, and factors that lie like the results, in one region with
    them and beside them.
    """
    if len(set(part.coefficients)) > 1:
        return False
    for x in part.factors:
        if not isinstance(x, Reference) or x.batched != part.out.batched:
            return False
        if not (_is_stretch(x) or x.strides == (0,)):
            return False
        low, high = min(x.slots[0], x.slots[-1]), max(x.slots[0], x.slots[-1])
        if any([low <= out.slots[-1] and out.start <= high for out in outs]):
            return False
    return True


def _continued(a: Part, b: Part) -> Part | None:
    """Two parts as one, where the second is the first at the slots next to it."""
    out = _together(a.out, b.out)
    if out is None or a.coefficients[0] != b.coefficients[0]:
        return None
    for factors in (b.factors, b.factors[::-1]):
        pairs = zip(a.factors, factors, strict=False)
        found = [_factor(x, y, a.out, b.out) for x, y in pairs]
        if len(factors) == len(a.factors) and None not in found:
            return Part(a.coefficients + b.coefficients, [x for x in found if x is not None], out)
    return None


def _factor(a: Operand, b: Operand, of_a: Reference, of_b: Reference) -> Reference | None:
    """Two factors as one, where they are one slot for all, or continue each other as the results
    do.
    """
    assert isinstance(a, Reference)
    assert isinstance(b, Reference)
    if a.strides == b.strides == (0,) and a.start == b.start and len(a.slots) > 1 < len(b.slots):
        slots = a.slots + b.slots
        return replace(a, slots=slots, shape=(len(slots),))
    return _together(a, b) if a.start - of_a.start == b.start - of_b.start else None


def _operations(part: Part) -> int:
    """How many operations it takes to add a part."""
    return len(part.factors) + (part.coefficients[0] not in (1.0, -1.0))


def _cost(parts: Sequence[Part], out: Reference) -> int:
    """How many operations a sum takes: its first part is written, with zeros where that does not
    reach.
    """
    first = parts[0].out
    zeros = (first.start > out.start) + (first.slots[-1] < out.slots[-1])
    return sum(map(_operations, parts)) - 1 + zeros
