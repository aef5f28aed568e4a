"""Canonical sums: every + − × of a program as sums of products, c₀ + Σ coefficient · u · v, in no
particular order.

`a·b + (c − d)·2` is the sum of the products a·b, 2·c and −2·d when nothing else needs the parts. It
makes programs that were written in different ways equal, and it is the form in which the matrix
products are found.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from ...primitives.arithmetic import add, identity, mul, neg, sub
from ...primitives.reductions import dot
from ..ir.program import Program, listing, uses
from ..passes.dead_code import carry
from ..passes.siblings import among_different

Addend = tuple[float, int, int]
"""coefficient · u · v; a factor of 1 is -1."""

ONE = -1
SMALLEST, LARGEST = 1e-20, 1e20
"""Between these a constant is taken out of a product: c · (u · v) for (c · u) · v, which leaves
the float range earlier.
"""


@dataclass(slots=True)
class Lowered(Program):
    """A program whose sums are canonical: instruction i is the sum of `terms[i]`, where it has any.

    `over` holds the sums that run over the samples of a batch as well. `known` are the values that
    are there, by what they are, `scaled` those that are a constant times another one, made where a
    product needs it as a factor, and `unscaled` the way back. `sampled` says which outputs had a
    value for each sample, before any sum over them. The input that is set by itself is multiplied
    by `apart_factor` before.
    """

    terms: dict[int, list[Addend]] = field(default_factory=dict)
    over: set[int] = field(default_factory=set)
    known: dict[object, int] = field(default_factory=dict)
    scaled: dict[tuple[float, int], int] = field(default_factory=dict)
    unscaled: dict[int, int] = field(default_factory=dict)
    sampled: list[bool] = field(default_factory=list)
    apart_factor: float = 1.0

    def total(
        self,
        terms: list[Addend],
        over: bool = False,
        number: float | None = None,
        batched: bool | None = None,
    ) -> int:
        """A sum as a new value; its recorded number is that of its terms, if none is given."""
        if number is None:
            values = [[1.0 if x == ONE else self.recorded[x] for x in term[1:]] for term in terms]
            number = sum([term[0] * a * b for term, (a, b) in zip(terms, values, strict=True)])
        if batched is None:
            factors = [x for term in terms for x in term[1:] if x != ONE]
            batched = not over and any([self.batched[x] for x in factors])
        i = self.append(None, (), number, batched)
        self.terms[i] = terms
        if over:
            self.over.add(i)
        return i

    def __str__(self) -> str:
        return listing(self, self.terms)


def canonicalize_sums(program: Program) -> Lowered:
    """The program with its sums in canonical form, equal ones once, and sums over the batch for
    the outputs that are summed.
    """
    used = uses(program)
    reader = _Reader(program, used)
    new = Lowered()
    at, known = reader.at, new.known
    for i, (row, given, number, batched) in enumerate(program.instructions()):
        if row is None:
            constant = i in program.constants
            at[i] = new.constant(number) if constant else new.append(row, (), number, batched)
        elif not used[i]:
            continue
        elif row is identity:
            at[i] = at[given[0]]
        elif not row.additive:
            key = row, tuple([at[j] for j in given])
            if key not in known:
                known[key] = new.append(*key, number, batched)
            at[i] = known[key]
        elif reader.roots[i]:
            keep = i in reader.different
            at[i] = _sum(new, reader.expanded(i), keep=keep, number=number, batched=batched)
    carry(program, new, at)
    new.sampled = [program.batched[i] for i in program.outputs]
    for k, i in enumerate(program.outputs[: program.summed]):
        if program.batched[i]:
            inner = at[i]
            single = inner in new.terms and used[i] == 1
            terms = new.terms[inner] if single else [(1.0, inner, ONE)]
            new.outputs[k] = _summed_over_samples(new, terms)
    if program.apart is not None:
        _set_apart(new, new.inputs[program.apart])
    return new


def _set_apart(lowered: Lowered, i: int) -> None:
    """Take out the coefficient that stands beside input i, which is set by itself, everywhere."""
    beside = [
        (terms, k)
        for terms in lowered.terms.values()
        for k, (_, u, v) in enumerate(terms)
        if i in (u, v)
    ]
    found = {terms[k][0] for terms, k in beside}
    if len(found) != 1 or any([i in operands for operands in lowered.operands]):
        return
    for terms, k in beside:
        terms[k] = (1.0, *terms[k][1:])
    lowered.apart_factor = found.pop()
    lowered.recorded[i] *= lowered.apart_factor


class _Reader:
    """Reads sums of a program: `at` are the values that are there already, `roots` the additive
    instructions that stay values of their own, and `multiples` those that are a constant times
    another one.
    """

    def __init__(self, program: Program, used: list[int]) -> None:
        self.program = program
        self.at = [-1] * len(program)
        self.different = among_different(program)
        self.multiples = _multiples(program)
        self.roots = self._roots(used)
        self.held = self._held()

    def _roots(self, used: list[int]) -> list[bool]:
        """A sum or product used once, by a sum, is absorbed in it; a product with a constant even
        when it is used more often. What is used twice, or by another operation, is a root.
        """
        program, multiples = self.program, self.multiples
        roots = [False] * len(program)
        for i in [*program.outputs, *(i for i, _ in program.guards)]:
            roots[i] = True
        rows = program.rows
        additive = [row is not None and row.additive for row in rows]
        for i in range(len(rows) - 1, -1, -1):
            if not used[i]:
                continue
            multiplies = rows[i] is mul or rows[i] is dot
            for j in program.operands[i]:
                if not additive[j]:
                    continue
                if not additive[i]:
                    roots[j] = True
                elif j in multiples:
                    while j in multiples:
                        _, j = multiples[j]
                    roots[j] |= multiplies and additive[j]
                elif used[j] > 1 or (multiplies and not (i in multiples and rows[j] is mul)):
                    roots[j] = True
        return roots

    def _held(self) -> set[int]:
        """What must stay a value because the constants around it would together leave the safe
        range: they become roots.

        A constant that stands alone before a value does no harm, however large.
        """
        program, roots, held = self.program, self.roots, set[int]()
        own = {i: abs(c) for i, (c, _) in self.multiples.items()}
        far = not all([_is_safe(c) for c in own.values()])
        # the product of the constants that a sum would multiply the terms of i by
        around: dict[int, float] = {}
        for i in range(len(program) - 1, -1, -1) if own else ():
            product = far and program.rows[i] in (mul, dot) and i not in own
            if not (product or i in own or i in around):
                continue
            above = (1.0 if roots[i] else around.get(i, 1.0)) * own.get(i, 1.0)
            if above == 1.0 and not product:
                continue
            for j in program.operands[i]:
                c = own.get(j, 1.0)
                row = program.rows[j]
                if row is None or not row.additive:
                    continue
                if not (_is_safe(above) and _is_safe(c) and _is_safe(above * c)):
                    held.add(j)
                    roots[j] = True
                elif j not in around or abs(math.log(above)) > abs(math.log(around[j])):
                    around[j] = above
        return held

    def expanded(self, i: int) -> list[Addend]:
        """The terms of the additive instruction i."""
        at, multiples, different = self.at, self.multiples, self.different
        rows, constants = self.program.rows, self.program.constants
        terms: list[Addend] = []
        zeros: list[Addend] = []
        kept = False
        stack = [(1.0, i)]
        while stack:
            c, j = stack.pop()
            if at[j] >= 0:
                if j not in constants:
                    terms.append((c, at[j], ONE))
                else:
                    constant = c * constants[j]
                    (terms if constant else zeros).append((constant, ONE, ONE))
                continue
            row, operands = rows[j], self.program.operands[j]
            if different and row is not mul and j in different:
                kept = True
            if row is add:
                a, b = operands
                stack += ((c, b), (c, a))
            elif row is mul:
                a, b = operands
                if j in multiples or a in multiples or b in multiples:
                    terms += self._product(c, a, b, stack)
                else:  # two variables, and nothing to take out of them
                    terms.append((c, at[a], at[b]) if at[a] <= at[b] else (c, at[b], at[a]))
            elif row is neg:
                stack.append((-c, operands[0]))
            elif row is dot:
                half = len(operands) // 2
                for a, b in zip(operands[:half], operands[half:], strict=True):
                    terms += self._product(c, a, b, stack)
            elif row is sub:
                stack += ((-c, operands[1]), (c, operands[0]))
            else:
                stack += [(c, k) for k in reversed(operands)]
        # x + y + 0 -> x + y, but for the sign of a zero
        return terms if len(terms) > 1 and not kept else terms + zeros

    def _product(self, c: float, a: int, b: int, stack: list[tuple[float, int]]) -> list[Addend]:
        """c · a · b as a term, with constants and signs taken out of the factors; what is only
        scaled is expanded further.
        """
        (ca, a), (cb, b) = self._scaled(a), self._scaled(b)
        c *= ca * cb
        if a == ONE and b == ONE:
            return [(c, ONE, ONE)]
        if a == ONE or b == ONE:
            stack.append((c, b if a == ONE else a))
            return []
        u, v = self.at[a], self.at[b]
        return [(c, u, v) if u <= v else (c, v, u)]

    def _scaled(self, i: int) -> tuple[float, int]:
        """i as constant · factor."""
        c = 1.0
        while i in self.multiples and i not in self.held:
            factor, i = self.multiples[i]
            c *= factor
        if i in self.program.constants:
            return c * self.program.constants[i], ONE
        return c, i


def _multiples(program: Program) -> dict[int, tuple[float, int]]:
    """(c, j) for the instructions that are c · j, with a constant c."""
    found, constants = {}, program.constants
    for i, row in enumerate(program.rows):
        if row is neg:
            found[i] = -1.0, program.operands[i][0]
        elif row is mul:
            a, b = program.operands[i]
            if a in constants:
                found[i] = constants[a], b
            elif b in constants:
                found[i] = constants[b], a
    return found


def _is_safe(c: float) -> bool:
    return SMALLEST < c < LARGEST


def _sum(
    new: Lowered, terms: list[Addend], *, over: bool = False, keep: bool = False, **recorded: Any
) -> int:
    """The value of a sum: an equal one where there is one, its only term where that is a value
    already (unless `keep`).
    """
    if len({(u, v) for _, u, v in terms}) < len(terms):
        total: dict[tuple[int, int, int], float] = {}
        for c, u, v in terms:
            # 2x + 3x -> 5x, but never 2x - 3x -> -x: x may be infinite
            key = (u, v, 0 if u == ONE else (c > 0.0) - (c < 0.0))
            # nor 1e308 x + 1e308 x -> inf x
            while key in total and math.isinf(total[key] + c) and math.isfinite(c):
                key = (u, v, key[2] + (2 if key[2] >= 0 else -2))
            total[key] = total[key] + c if key in total else c
        terms = [(c, u, v) for (u, v, _), c in total.items()]
    # one nan: it equals itself alone
    merged = sorted([(c if c == c else math.nan, u, v) for c, u, v in terms])
    if len(merged) == 1 and merged[0][0] == 1.0 and merged[0][2] == ONE and not over and not keep:
        return merged[0][1] if merged[0][1] != ONE else new.constant(1.0)
    known = (over, tuple(merged))
    if known not in new.known:
        new.known[known] = new.total(merged, over, **recorded)
    return new.known[known]


def _summed_over_samples(new: Lowered, terms: list[Addend]) -> int:
    """Σ over the samples of a sum, in parts that are one product each: of equal coefficient, with
    equally many batched factors.

    What has no value for each sample is multiplied by ones that have; what has no usual coefficient
    becomes a value first.
    """
    parts: dict[tuple[float, int], list[Addend]] = {}
    linear: list[Addend] = []
    shared: list[Addend] = []
    strange: list[Addend] = []
    for c, u, v in terms:
        count = sum([x != ONE and new.batched[x] for x in (u, v)])
        # 0 · x alone is the padding of an image: it stays in line
        usual = math.isfinite(c) and (c or v == ONE)
        if not count:
            shared.append((c, u, v))
        elif not usual:
            strange.append((c, u, v))
        elif v == ONE:
            linear.append((c, u, v))
        else:
            parts.setdefault((c, count), []).append((c, u, v))
    if shared:
        i, j = sorted([_sum(new, shared), _ones(new)])
        parts.setdefault((1.0, 1), []).append((1.0, i, j))
    if strange:
        linear.append((1.0, _sum(new, strange), ONE))
    if linear:
        both = [key for key in parts if key[1] == 2]
        parts.setdefault(both[0] if len(both) == 1 else (1.0, 0), []).extend(linear)
    totals = [_sum(new, part, over=True) for part in parts.values()]
    return totals[0] if len(totals) == 1 else _sum(new, [(1.0, i, ONE) for i in totals])


def _ones(new: Lowered) -> int:
    """The constant 1 with a value for each sample."""
    if "ones" not in new.known:
        new.known["ones"] = new.append(None, (), 1.0, True)
        new.constants[new.known["ones"]] = 1.0
    return new.known["ones"]
