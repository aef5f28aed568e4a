"""Two lists of operations aligned: which of one stand in the other in the same order."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

MOST = 400  # insertions and deletions; lists that differ more have little in common


def aligned(ours: Sequence[Hashable], theirs: Sequence[Hashable]) -> dict[int, int]:
    """For positions in `theirs` the position in `ours` of an equal item, in rising order: as many
    as there can be, unless the lists differ too much.

    What is equal at the beginning and at the end is aligned first.
    """
    n, m = len(ours), len(theirs)
    most = min(n, m)
    begin = next((k for k in range(most) if ours[k] != theirs[k]), most)
    most -= begin
    end = next((k for k in range(most) if ours[n - 1 - k] != theirs[m - 1 - k]), most)
    found = {k: k for k in range(begin)}
    middle = _shortest_edit(ours[begin : n - end], theirs[begin : m - end])
    found |= {begin + y: begin + x for x, y in middle}
    return found | {m - 1 - k: n - 1 - k for k in range(end)}


def _shortest_edit(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[tuple[int, int]]:
    """The pairs of equal items that the shortest way from a to b by insertions and deletions keeps.

    Source: E. W. Myers, An O(ND) difference algorithm and its variations, 1986.
    """
    if not a or not b:
        return []
    ends, history = {1: 0}, []
    for d in range(min(len(a) + len(b), MOST) + 1):
        history.append(ends.copy())
        for k in range(-d, d + 1, 2):  # on the diagonal k the positions are x in a and x − k in b
            x = ends[k + 1] if _goes_down(ends, k, d) else ends[k - 1] + 1
            while x < len(a) and x - k < len(b) and a[x] == b[x - k]:
                x += 1
            ends[k] = x
            if x >= len(a) and x - k >= len(b):
                return _kept(history, len(a), len(b))
    return []


def _goes_down(ends: dict[int, int], k: int, d: int) -> bool:
    return k == -d or (k != d and ends[k - 1] < ends[k + 1])


def _kept(history: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    """The way back through the ends that each number of edits has reached."""
    found = []
    for d in range(len(history) - 1, -1, -1):
        ends, k = history[d], x - y
        before = k + 1 if _goes_down(ends, k, d) else k - 1
        start = ends[before]
        while x > start + (before < k):
            x, y = x - 1, y - 1
            found.append((x, y))
        x, y = start, start - before
    return found
