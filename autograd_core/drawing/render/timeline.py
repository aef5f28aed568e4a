"""The backward pass over a picture, step by step: which cards act, and along which arrows they
send.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class AnimationStep:
    """Some cards send along their arrows; `reached` are the cards that these arrows lead to."""

    cards: tuple[str, ...]
    arrows: tuple[str, ...]
    reached: tuple[str, ...]


def timeline(
    order: Sequence[str],
    arrows: Iterable[tuple[str, str, str]],
    parts: Mapping[str, str] | None = None,
) -> tuple[AnimationStep, ...]:
    """The steps for cards and for arrows (id, user, operand): a card acts when all its users have,
    else as in `order`.

    The cards of one part act together, where `parts` names the part of each.
    """
    part = {card: card for card in order} if parts is None else dict(parts)
    rank = {name: k for k, name in reversed(list(enumerate(part[card] for card in order)))}
    sent: dict[str, list[tuple[str, str, str]]] = {name: [] for name in rank}
    waiting = dict.fromkeys(rank, 0)
    for arrow in arrows:
        user, operand = part[arrow[1]], part[arrow[2]]
        sent[user].append(arrow)
        if user != operand:
            waiting[operand] += 1
    ready = [(waiting[name], k, name) for name, k in rank.items()]
    heapq.heapify(ready)
    done: set[str] = set()
    steps = []
    while ready:
        count, _, name = heapq.heappop(ready)
        if name in done or count != waiting[name]:
            continue
        done.add(name)
        for _, _, operand in sent[name]:
            if part[operand] not in done:
                waiting[part[operand]] -= 1
                heapq.heappush(ready, (waiting[part[operand]], rank[part[operand]], part[operand]))
        if sent[name]:
            acting = dict.fromkeys(user for _, user, _ in sent[name])
            reached = dict.fromkeys(operand for _, _, operand in sent[name])
            steps.append(
                AnimationStep(tuple(acting), tuple(id for id, _, _ in sent[name]), tuple(reached))
            )
    return tuple(steps)
