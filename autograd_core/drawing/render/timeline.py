"""The backward pass over a picture, step by step: which cards act, and along which arrows they
send.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .content import Arrow


@dataclass(frozen=True)
class AnimationStep:
    """Some cards send along their arrows; `reached` are the cards that these arrows lead to."""

    cards: tuple[str, ...]
    arrows: tuple[str, ...]
    reached: tuple[str, ...]


def timeline(parts: Mapping[str, str], arrows: Iterable[Arrow]) -> tuple[AnimationStep, ...]:
    """The steps for the cards and for the arrows that carry a gradient. `parts` names the part of
    the picture that each card is in: the cards of one part act together, when all its users have,
    else in the order of `parts`.
    """
    rank = {part: k for k, part in enumerate(dict.fromkeys(parts.values()))}
    sent: dict[str, list[Arrow]] = {part: [] for part in rank}
    waiting = dict.fromkeys(rank, 0)
    for arrow in arrows:
        if arrow.carries:
            sent[parts[arrow.user]].append(arrow)
            waiting[parts[arrow.operand]] += parts[arrow.user] != parts[arrow.operand]
    ready = [(waiting[part], k, part) for part, k in rank.items()]
    heapq.heapify(ready)
    done: set[str] = set()
    steps = []
    while ready:
        count, _, part = heapq.heappop(ready)
        if part in done or count != waiting[part]:
            continue
        done.add(part)
        for arrow in sent[part]:
            operand = parts[arrow.operand]
            if operand not in done:
                waiting[operand] -= 1
                heapq.heappush(ready, (waiting[operand], rank[operand], operand))
        if sent[part]:
            users = dict.fromkeys(arrow.user for arrow in sent[part])
            operands = dict.fromkeys(arrow.operand for arrow in sent[part])
            ids = tuple(arrow.id for arrow in sent[part])
            steps.append(AnimationStep(tuple(users), ids, tuple(operands)))
    return tuple(steps)
