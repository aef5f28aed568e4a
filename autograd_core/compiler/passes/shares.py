"""Shares of a whole: aₖ / Σ a, and aₖ / √Σ a².

For its derivatives the largest share is recorded as 1 − (all others), which rounds once more than
the quotient. A program has no further derivatives, so it computes the quotient. Shares that are
multiplied by one number, as in the gradient of a cross-entropy, are divided after that: once for
all.
"""

from __future__ import annotations

from ...primitives.arithmetic import div, mul
from ...primitives.elementary import sqrt
from ...primitives.reductions import dot, minor, sum
from ..ir.program import Program, uses
from .rewrites import Simplifier


class Shares:
    """The shares in a program, while it is rewritten."""

    def __init__(self, old: Program, simplifier: Simplifier) -> None:
        self.old, self.new, self.simplifier = old, simplifier.program, simplifier
        self.single: set[int] = set()  # the shares that are used once
        self._quotients: dict[int, frozenset[int]] = {}
        self._used: list[int] = []
        self._divided: dict[tuple[int, int], int] = {}

    def quotient(self, i: int, share: int, rest: int) -> int | None:
        """The quotient that instruction i of the old program is, written by the others."""
        if rest not in self._quotients:
            self._quotients[rest] = _quotients(self.new, rest)
        if share not in self._quotients[rest]:
            return None
        self._used = self._used or uses(self.old)
        if self._used[i] == 1:
            self.single.add(share)
        return share

    def divided(self, a: int, b: int) -> tuple[int, int]:
        """The factors of a product of which one is a share: a · (part / whole) → (a / whole) ·
        part, with one quotient for all parts. It is never larger, for no whole is below 1.
        """
        if b not in self.single:
            a, b = b, a
        part, whole = self.new.operands[b]
        if (a, whole) not in self._divided:
            self._divided[a, whole] = self.simplifier.apply(div, (a, whole))
        return self._divided[a, whole], part


def _quotients(program: Program, rest: int) -> frozenset[int]:
    """The quotients that `rest`, the sum of the small ones, was made of, if these are all shares
    of one whole.
    """
    rows, operands = program.rows, program.operands
    parts = operands[rest]
    if rows[rest] is not minor or not parts:
        return frozenset()
    squares = all([rows[i] is mul and len(set(operands[i])) == 1 for i in parts])
    found = [operands[i][0] for i in parts] if squares else list(parts)
    if not all([rows[i] is div for i in found]):
        return frozenset()
    above, below = zip(*[operands[i] for i in found], strict=True)
    whole = below[0]
    if squares and rows[whole] is sqrt:
        whole, above = operands[whole][0], above + above
    same = len(set(below)) == 1 and rows[whole] is (dot if squares else sum)
    return frozenset(found if same and operands[whole] == above else ())
