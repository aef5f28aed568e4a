"""A loop that rerolling found, as a `jax.lax.scan`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .evaluation import Form, stacked
from .known import Known
from .stretches import Rolled


def run_rolled(known: Known, part: Rolled, form: Form) -> None:
    """Run the rounds of a loop, and keep what is needed of them."""
    rounds = _Rounds(known, part, form)
    for batched, ys in zip((False, True), rounds.run(), strict=True):
        wanted = [each for each, own in rounds.wanted if own == batched]
        if wanted:
            by_round = [each[k] for k in range(part.rounds) for each in wanted]
            known.write(by_round, ys.reshape(len(by_round), *ys.shape[2:]), batched)


class _Rounds:
    """A loop. Each of its values is among the numbers or among the rows, by the flags of its kind,
    and has a place there.
    """

    def __init__(self, known: Known, part: Rolled, form: Form) -> None:
        self.known, self.part, self.form = known, part, form
        flags = iter([part.program.batched[i] for i in part.program.inputs])
        self.shared, self.carried, self.moving = [
            [next(flags) for _ in given] for given in (part.shared, part.carried, part.moving)
        ]
        self.outputs = form.sampled
        given = zip(part.outputs, self.outputs, part.needed, strict=True)
        self.wanted = [(each, own) for each, own, needed in given if needed]

    def run(self) -> tuple[Any, Any]:
        """The outputs that are needed: rounds, outputs, and samples."""
        known, part = self.known, self.part
        self.fixed = known.parted(part.shared, self.shared)
        begin = known.parted([i for _, _, i in part.carried], self.carried)
        xs = [self._moving(batched) for batched in (False, True)]
        _, found = jax.lax.scan(self._round, begin, tuple(xs), part.rounds)
        return found  # type: ignore[no-any-return]

    def _moving(self, batched: bool) -> Any:
        """The moving inputs: rounds, inputs, and samples."""
        given = zip(self.part.moving, self.moving, strict=True)
        found = [self.known.read(each, batched) for each, own in given if own == batched]
        if found:
            return jnp.stack(found, 1)
        shape = (self.part.rounds, 0, self.known.samples)
        return jnp.zeros(shape[: 2 + batched], self.known.dtype)

    def _round(self, carry: Any, x: Any) -> tuple[Any, Any]:
        given = [jnp.concatenate(parts) for parts in zip(self.fixed, carry, x, strict=True)]
        numbers, rows = given
        results = self.form(numbers, rows if len(rows) else None)
        each = stacked(results)
        found = results.numbers, rows[:0] if each is None else each
        needed = [k for k, needed in enumerate(self.part.needed) if needed]
        own, places = self.outputs, _places(self.outputs)
        left = [
            found[batched][np.array([places[k] for k in needed if own[k] == batched], int)]
            for batched in (False, True)
        ]
        return self._carry(found, carry), tuple(left)

    def _carry(self, found: Any, carry: Any) -> tuple[Any, Any]:
        """What the next round takes from this one, and from those before."""
        following: tuple[list[Any], list[Any]] = ([], [])
        for (fresh, k, _), batched in zip(self.part.carried, self.carried, strict=True):
            values, flags = (found, self.outputs) if fresh else (carry, self.carried)
            y = values[flags[k]][_places(flags)[k]]
            if batched and not flags[k]:
                y = jnp.broadcast_to(y, (self.known.samples,))
            following[batched].append(y)
        numbers, rows = [
            jnp.stack(ys) if ys else old for ys, old in zip(following, carry, strict=True)
        ]
        return numbers, rows


def _places(sampled: Sequence[bool]) -> list[int]:
    """For each its place among those that have samples as it has, or have none."""
    counts = [0, 0]
    places = []
    for own in sampled:
        places.append(counts[own])
        counts[own] += 1
    return places
