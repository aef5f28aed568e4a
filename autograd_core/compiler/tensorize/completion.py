"""Full blocks of incomplete ones: a triangle of scores, or of a symmetric matrix, is computed as
the whole matrix.

What is computed beside it is not read, so special values there do no harm. It costs multiplications
and saves calls.
"""

from __future__ import annotations

from .sums import Lowered

Factors = tuple[int, ...]
Row = tuple[Factors, dict[Factors, int]]
"""The left factors of a row, and its sums by their right factors."""

CALL = 10_000  # multiplications in the time that a call takes
SAMPLES = 32  # in a batch, as a guess


def completed(lowered: Lowered, blocks: list[list[Row]], coefficient: float) -> list[list[Row]]:
    """Join blocks of rows that have columns in common, where the sums that are missing cost
    less than the calls.
    """
    if len(blocks) < 2:
        return blocks
    joined: list[list[Row]] = []
    for part in _connected(blocks):
        rows = [row for block in part for row in block]
        columns = sorted({column for _, sums in rows for column in sums})
        missing = len(rows) * len(columns) - sum([len(sums) for _, sums in rows])
        batched = any([lowered.batched[x] for column in columns for x in column])
        work = missing * len(columns[0]) * (SAMPLES if batched else 1)
        if (
            len(part) == 1
            or work > CALL * (len(part) - 1)
            or 2.2 * missing > 1.2 * len(rows) * len(columns)
        ):
            joined += part
            continue
        for left, sums in rows:
            sums.update(
                {
                    # a sum that is not read
                    right: lowered.total(
                        [(coefficient, u, v) for u, v in zip(left, right, strict=True)]
                    )
                    for right in columns
                    if right not in sums
                }
            )
        joined.append(rows)
    return joined


def _connected(blocks: list[list[Row]]) -> list[list[list[Row]]]:
    """Blocks that are linked by columns that they share."""
    leader = list(range(len(blocks)))

    def find(k: int) -> int:
        while leader[k] != k:
            leader[k] = k = leader[leader[k]]
        return k

    first: dict[Factors, int] = {}
    for k, block in enumerate(blocks):
        for right in block[0][1]:
            leader[find(k)] = find(first.setdefault(right, k))
    parts: dict[int, list[list[Row]]] = {}
    for k, block in enumerate(blocks):
        parts.setdefault(find(k), []).append(block)
    return list(parts.values())
