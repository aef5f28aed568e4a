"""Slots as parts of JAX arrays: a nest that writes slots makes a new array, and what reads them
later takes the parts of it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import jax.numpy as jnp
import numpy as np

from ...tensorize.loop_nests import Reference
from ..array_machine import in_range

MOST_PIECES = 16
"""So many pieces are put side by side; more are gathered one by one from their arrays."""
CONSTANTS = 0
"""The number of the array of constants in each region."""


class Slots:
    """The slots of one region (`batched`: rows) with, for each, the number of the array that holds
    it and the place there. The arrays have one axis, or that and the samples.
    """

    def __init__(self, size: int, batched: bool, constants: dict[int, float], dtype: Any) -> None:
        self.batched, self.dtype = batched, dtype
        self.array = np.zeros(size, np.int64)
        self.place = np.zeros(size, np.int64)
        for k, slot in enumerate(constants):
            self.place[slot] = k
        self.arrays: list[Any] = [in_range([*constants.values()], dtype)]

    def write(self, slots: Any, array: Any) -> None:
        """Let an array hold these slots, in their order."""
        slots = np.asarray(slots, np.int64)
        self.array[slots], self.place[slots] = len(self.arrays), np.arange(len(slots))
        self.arrays.append(array)

    def read(self, slots: Any) -> Any:
        """An array of these slots; where all are constants, one without samples."""
        slots = np.asarray(slots, np.int64)
        return self._read(self.array[slots], self.place[slots])

    def blocks(self, slots: Any) -> list[Any]:
        """The same in parts, one for each of the arrays that they come from, in their order."""
        slots = np.asarray(slots, np.int64)
        return self._pieces(self.array[slots], self.place[slots])

    def matrix(self, x: Reference) -> Any:
        """An array of the slots of a matrix: rows, columns, and samples."""
        slots = np.asarray(x.slots, np.int64).reshape(x.shape)
        array, place = self.array[slots], self.place[slots]
        blocks = _blocks(array, place)
        if blocks is None:
            flat = self._read(array.ravel(), place.ravel())
            return flat.reshape(*x.shape, *flat.shape[1:])
        parts = [self._block(array[0, a], place[:, a:b]) for a, b in pairwise(blocks)]
        return _side_by_side(parts, 1)

    def _read(self, array: Any, place: Any) -> Any:
        if np.count_nonzero(np.diff(array)) < MOST_PIECES:
            return _side_by_side(self._pieces(array, place), 0)
        used, array = np.unique(array, return_inverse=True)
        parts = [self._whole(k) for k in used]
        starts = np.cumsum([0, *[len(part) for part in parts]])[:-1]
        return _taken(_side_by_side(parts, 0), starts[array] + place)

    def _pieces(self, array: Any, place: Any) -> list[Any]:
        edges = [0, *(np.diff(array).nonzero()[0] + 1).tolist(), len(array)]
        return [_taken(self._whole(array[a]), place[a:b]) for a, b in pairwise(edges)]

    def _whole(self, array: int) -> Any:
        found = self.arrays[array]
        return found[:, None] if self.batched and array == CONSTANTS else found

    def _block(self, array: int, place: Any) -> Any:
        """Columns of one array, whose places move evenly from row to row and to the next."""
        whole, (rows, columns) = self._whole(array), place.shape
        down = int(place[1, 0] - place[0, 0]) if rows > 1 else columns
        across = int(place[0, 1] - place[0, 0]) if columns > 1 else 1
        if across == 1 and down >= columns:
            return _window(whole, int(place[0, 0]), rows, columns, down)
        if down == 1 and across >= rows:
            turned = _window(whole, int(place[0, 0]), columns, rows, across)
            return jnp.swapaxes(turned, 0, 1)
        flat = _taken(whole, place.ravel())
        return flat.reshape(rows, columns, *flat.shape[1:])


def _window(array: Any, start: int, rows: int, columns: int, step: int) -> Any:
    """array[start + step · i + j] without a gather where whole rows can be cut out."""
    first = max(0, start + step * rows - len(array))  # the rows begin so much earlier
    if first > min(start, step - columns):
        index = start + step * np.arange(rows)[:, None] + np.arange(columns)
        return _taken(array, index.ravel()).reshape(rows, columns, *array.shape[1:])
    whole = array[start - first : start - first + step * rows]
    return whole.reshape(rows, step, *array.shape[1:])[:, first : first + columns]


def _blocks(array: Any, place: Any) -> list[int] | None:
    """The columns at which blocks of a matrix begin, and the end; None where there are many."""
    if (array != array[0]).any():
        return None
    down = np.diff(place, axis=0)
    if down.size and (down != down[0]).any():
        return None
    across, step = np.diff(place[0]), down[0] if down.size else np.zeros(place.shape[1], np.int64)
    edges, start = [0], 0
    for j in range(1, place.shape[1]):
        begins = (
            array[0, j] != array[0, j - 1]
            or step[j] != step[j - 1]
            or (j - start > 1 and across[j - 1] != across[j - 2])
        )
        if begins:
            edges.append(j)
            start = j
            if len(edges) > MOST_PIECES:
                return None
    return [*edges, place.shape[1]]


def _taken(array: Any, places: Any) -> Any:
    """The entries at these places: a slice where they are evenly spaced."""
    first, count = int(places[0]), len(places)
    step = int(places[1]) - first if count > 1 else 1
    if count > 1 and (np.diff(places) != step).any():
        return array[places]
    if step == 0:
        return jnp.broadcast_to(array[first], (count, *array.shape[1:]))
    if step < 0:
        return array[first + step * (count - 1) : first + 1 : -step][::-1]
    if (first, step, count) == (0, 1, len(array)):
        return array
    return array[first : first + step * (count - 1) + 1 : step]


def _side_by_side(parts: list[Any], axis: int) -> Any:
    if len(parts) == 1:
        return parts[0]
    samples = np.broadcast_shapes(*[np.shape(x)[axis + 1 :] for x in parts])
    spread = [jnp.broadcast_to(x, (*np.shape(x)[: axis + 1], *samples)) for x in parts]
    return jnp.concatenate(spread, axis)
