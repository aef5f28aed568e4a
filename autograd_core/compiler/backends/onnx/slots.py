"""Slots as parts of tensors: a nest that writes slots makes a new tensor, and what reads them later
takes the parts of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from .graph import Graph, Operand

MOST_PIECES = 16
"""So many pieces are put side by side; more are gathered one by one from their tensors."""


@dataclass(frozen=True, eq=False)
class Tensor:
    """So many values, or as many for each sample: an array that is constant, or the name of a
    tensor of shape (width) or (samples, width).
    """

    value: Operand
    width: int
    sampled: bool

    @property
    def constant(self) -> bool:
        return not isinstance(self.value, str)


class Slots:
    """The slots of one region with, for each, the number of the tensor that holds it and the place
    there. `samples` is the name of their number, as a list.
    """

    def __init__(self, graph: Graph, size: int, constants: dict[int, float], samples: str) -> None:
        self.graph, self.samples = graph, samples
        self.tensor, self.place = np.zeros(size, np.int64), np.zeros(size, np.int64)
        for k, slot in enumerate(constants):
            self.place[slot] = k
        self.tensors = [Tensor(np.array([*constants.values()], float), len(constants), False)]
        self._together: dict[tuple[int, ...], Tensor] = {}

    def write(self, slots: Any, tensor: Tensor) -> None:
        """Let a tensor hold these slots, in their order."""
        slots = np.asarray(slots, np.int64)
        self.tensor[slots], self.place[slots] = len(self.tensors), np.arange(len(slots))
        self.tensors.append(tensor)

    def constants(self, slots: Any) -> Any:
        """Which of these slots are constants."""
        known = np.array([tensor.constant for tensor in self.tensors])
        return known[self.tensor[np.asarray(slots, np.int64)]]

    def read(self, slots: Any) -> Tensor:
        """A tensor of these slots; where all are constants, an array."""
        slots = np.asarray(slots, np.int64)
        tensor, place = self.tensor[slots], self.place[slots]
        edges = [0, *(np.diff(tensor).nonzero()[0] + 1).tolist(), len(slots)]
        if len(edges) <= MOST_PIECES + 1 or self.constants(slots).all():
            pieces = [self._taken(self.tensors[tensor[a]], place[a:b]) for a, b in pairwise(edges)]
            return self.side_by_side(pieces)
        used, which = np.unique(tensor, return_inverse=True)
        key = tuple(used.tolist())
        if key not in self._together:
            self._together[key] = self.side_by_side([self.tensors[k] for k in used])
        starts = np.cumsum([0, *[self.tensors[k].width for k in used]])[:-1]
        return self._taken(self._together[key], starts[which] + place)

    def _taken(self, tensor: Tensor, places: Any) -> Tensor:
        """The values at these places: a slice where they are evenly spaced."""
        graph, axis, count = self.graph, int(tensor.sampled), len(places)
        if tensor.constant:
            return Tensor(tensor.value[places], count, False)
        first, step = int(places[0]), int(places[1] - places[0]) if count > 1 else 1
        if (first, step, count) == (0, 1, tensor.width) and (np.diff(places) == 1).all():
            return tensor
        if step > 0 and (np.diff(places) == step).all():
            edges = [graph.places(k) for k in (first, int(places[-1]) + 1, axis, step)]
            return Tensor(graph.Slice(tensor.value, *edges), count, tensor.sampled)
        name = graph.Gather(tensor.value, graph.constant(places), axis=axis)
        return Tensor(name, count, tensor.sampled)

    def side_by_side(self, parts: list[Tensor]) -> Tensor:
        """One tensor of several."""
        if len(parts) == 1:
            return parts[0]
        width = sum([x.width for x in parts])
        if all([x.constant for x in parts]):
            return Tensor(np.concatenate([x.value for x in parts]), width, False)
        sampled = any([x.sampled for x in parts])
        names = [self.spread(x).value if sampled else x.value for x in parts]
        return Tensor(self.graph.Concat(*names, axis=int(sampled)), width, sampled)

    def spread(self, x: Tensor, width: int | None = None) -> Tensor:
        """The same for every sample, and a single value so many times."""
        width = x.width if width is None else width
        if x.sampled and width == x.width:
            return x
        shape = self.graph.Concat(self.samples, self.graph.places(width), axis=0)
        return Tensor(self.graph.Expand(x.value, shape), width, True)
