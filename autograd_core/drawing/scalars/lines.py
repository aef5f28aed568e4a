"""Where the cards of a picture stand: in lines that a page has room for, with copies of what is
used far from its card.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise, zip_longest

from ..render.content import Arrow
from .model import CallCard, Card, FoldedGroup, Scalars

AnyCard = Card | FoldedGroup | CallCard

WIDTH = 725.0
"""How wide a line may be, in points: 9 pixels high letters where a page is 790 pixels wide."""
GAP, COPY = 64.0, 80.0
MANY = 3
"""From so many users on, a leaf has a copy beside each of them."""
FAR = 2
"""From so many columns between its two users on, a leaf has copies too."""
NAMED = r"(?!v\d+$)[^\W\d][\w ]*"
"""The titles of cards that have a name, and not a formula or a number."""
PARTS = (0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.6, 0.5)
"""Lines that are each narrow enough may not be so together: which parts of the width are tried."""
LINE = 1.5
"""What a further line costs, in cuts of arrows between cards."""


@dataclass(frozen=True)
class Placement:
    """The lines of cards, each from left to right, and the arrows that end at a copy. `shared` are
    the cards that are used by copies alone, `width` is about that of the longest line.
    """

    lines: tuple[tuple[AnyCard, ...], ...]
    shared: tuple[AnyCard, ...]
    copies: frozenset[str]
    width: float


def placement(content: Scalars, width: float = WIDTH) -> Placement:
    """The lines that the cards stand in; one where the width is unlimited."""
    every: list[AnyCard] = [*content.cards, *content.folds, *content.calls]
    cards = {card.id: card for card in every}
    column = _columns(cards, content.arrows)
    users: dict[str, list[Arrow]] = {id: [] for id in cards}
    for arrow in content.arrows:
        users[arrow.operand].append(arrow)
    leaves = set(cards) - {arrow.user for arrow in content.arrows}
    shared = {id for id in leaves if _is_spread([column[k] for k in {a.user for a in users[id]}])}
    starts, longest = _cuts(cards, column, users, leaves, shared, width)
    line = {id: sum(column[id] >= start for start in starts[1:]) for id in cards}
    shared |= {id for id in leaves if len({line[a.user] for a in users[id]}) > 1}
    for id in leaves - shared:  # a leaf stands in the line of its user
        line[id] = max([line[a.user] for a in users[id]], default=line[id])
    lines = [[card for id, card in cards.items() if line[id] == k and id not in shared]
             for k in range(len(starts))]  # fmt: skip
    copies = [
        a.id for a in content.arrows if a.operand in shared or line[a.user] != line[a.operand]
    ]
    above = tuple([card for id, card in cards.items() if id in shared])
    return Placement(tuple(map(tuple, filter(None, lines))), above, frozenset(copies), longest)


def rows(cards: Sequence[AnyCard], width: float = WIDTH) -> list[list[AnyCard]]:
    """Cards beside each other, in as many rows as they need."""
    found: list[list[AnyCard]] = [[]]
    used = 0.0
    for card in cards:
        if found[-1] and used + wide(card) > width:
            found.append([])
            used = 0.0
        found[-1].append(card)
        used += wide(card) + GAP / 2
    return found if cards else []


def wide(card: AnyCard) -> float:
    """About how wide a card is, in points."""
    letters = 6.0 * len(card.title)
    if isinstance(card, Card) and card.role == "constant":
        return 34.0 + letters
    if isinstance(card, Card) and not card.rows and card.role in ("input", "parameter"):
        return max(92.0, 50.0 + letters)
    if not isinstance(card, FoldedGroup) and card.rows:
        longest = max(sum(min(len(x.title), 12) for x in row.operands) for row in card.rows)
        return max(168.0 + 9.0 * longest, 40.0 + letters)
    if isinstance(card, Card) and (card.slope is not None or not card.taken):
        letters = max(letters, 80.0)  # of a note below
    return max(88.0, 42.0 + letters, 24.0 + 4.8 * len(getattr(card, "formula", "")))


def _is_spread(columns: Sequence[int]) -> bool:
    """Whether the users of a leaf, which stand in these columns, are so many or so far apart that
    arrows to one card would tangle.
    """
    return len(columns) >= MANY or (bool(columns) and max(columns) - min(columns) >= FAR)


def _columns(cards: Mapping[str, AnyCard], arrows: Iterable[Arrow]) -> dict[str, int]:
    """The column of each card, from the left: as near as can be to what uses it."""
    operands: dict[str, dict[str, None]] = {id: {} for id in cards}
    users: dict[str, set[str]] = {id: set() for id in cards}
    for arrow in arrows:
        if arrow.user != arrow.operand:
            operands[arrow.user][arrow.operand] = None
            users[arrow.operand].add(arrow.user)
    before = dict.fromkeys(cards, 0)
    ready = [id for id in cards if not users[id]]
    waiting = {id: None for id in cards if users[id]}
    while ready or waiting:
        id = ready.pop() if ready else next(iter(waiting))  # folded groups may use each other
        waiting.pop(id, None)
        for operand in operands[id]:
            users[operand].discard(id)
            if operand in waiting:
                before[operand] = max(before[operand], before[id] + 1)
                if not users[operand]:
                    ready.append(operand)
    last = max(before.values(), default=0)
    return {id: last - before[id] for id in cards}


def _cuts(
    cards: Mapping[str, AnyCard],
    column: Mapping[str, int],
    users: Mapping[str, Sequence[Arrow]],
    leaves: Container[str],
    shared: Container[str],
    width: float,
) -> tuple[list[int], float]:
    """The first column of each line, chosen so that few arrows, and those between parts rather than
    inside one, go from line to line; and the width of the longest.
    """
    count = 1 + max(column.values(), default=0)
    widths, before, prices = [0.0] * count, [0.0] * count, [0.0] * count
    for id, card in cards.items():
        size = COPY if id in shared else wide(card)
        first = min([column[a.user] for a in users[id]], default=column[id])
        if id in leaves:  # they stand before their users, also in another line
            for place in {column[a.user] for a in users[id]} or {first}:
                before[place] = max(before[place], size)
                widths[max(0, place - 1)] = max(widths[max(0, place - 1)], size)
            continue
        widths[column[id]] = max(widths[column[id]], size)
        inside = any(card.group and card.group == cards[a.user].group for a in users[id])
        price = 1.0 + 2.0 * inside + 0.5 * (not re.fullmatch(NAMED, card.title))
        for cut in range(column[id] + 1, 1 + max([column[a.user] for a in users[id]], default=0)):
            before[cut] = max(before[cut], COPY)
            prices[cut] += price
    for limit in (width, *(width * part for part in PARTS)):
        starts = _starts(widths, before, prices, limit)
        longest = _aligned(starts, widths, before)
        if longest <= width:
            break
    return starts, longest


def _starts(
    widths: Sequence[float], before: Sequence[float], prices: Sequence[float], limit: float
) -> list[int]:
    """The first column of each line, where lines have a limit and each cut its price."""
    ends = [0.0, *accumulate(one + GAP for one in widths)]
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(ends)):
        found: list[tuple[float, int]] = []
        for start in reversed(range(end)):
            size = ends[end] - ends[start] + (before[start] if start else -GAP)
            if found and size > limit + COPY:  # and so are those further left
                break
            if size <= limit or not found:
                found.append((best[start][0] + LINE + prices[start], start))
        best.append(min(found))
    starts, end = [], len(widths)
    while end > 0:
        end = best[end][1]
        starts.append(end)
    return starts[::-1]


def _aligned(starts: Sequence[int], widths: Sequence[float], before: Sequence[float]) -> float:
    """How wide the lines are together: Graphviz sets their columns one below the other."""
    lines = [
        [*[before[start]] * (start > 0), *widths[start:end]]
        for start, end in pairwise([*starts, len(widths)])
    ]
    columns = [max(column) for column in zip_longest(*lines, fillvalue=0.0)]
    return sum(columns) + GAP * (len(columns) - 1)
