"""Partitions of Dask collections on the workers that keep them: each worker computes with its own,
and sums over all partitions come back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .errors import MissingExtra

ATTEMPTS = 5
"""How often a partition is tried whose worker is lost."""
Sums = dict[tuple[int, int], list[Any]]
"""Sums over partitions: (level, k) is the one over those from k · 2^level on, 2^level of them."""


class Partitions:
    """The data: rows of several collections, partition by partition.

    A partition is a list of what `columns` makes of it. It is loaded once, and stays where it was
    loaded. Partitions that nobody keeps yet are given to the workers in order, so that neighbours,
    whose sums are added first, are on one worker.

    Args:
        client: the `distributed.Client`; None for the current one.
        collections: Dask arrays, data frames or series with the same rows in each partition.
        columns: makes a list of arrays of the partition of each collection.
    """

    def __init__(
        self, client: Any, collections: Sequence[Any], columns: Callable[..., list[Any]]
    ) -> None:
        dask, distributed = modules("a sum over Dask collections")
        self.client = _current(distributed) if client is None else client
        parts = [_partitions(x, collections[0]) for x in collections]
        if len({len(x) for x in parts}) != 1:
            raise ValueError(
                f"the collections have {[len(x) for x in parts]} partitions; "
                "repartition them in the same way"
            )
        tasks = [dask.delayed(columns)(*part) for part in zip(*parts, strict=True)]
        kept = any([distributed.futures_of(x, client=self.client) for x in collections])
        self.loaded: list[Any] = []
        for worker, chosen in _shared_out(self.client, len(tasks)):
            near = {} if kept else {"workers": worker, "allow_other_workers": True}
            self.loaded += self.client.compute([tasks[k] for k in chosen], **near)

    def __len__(self) -> int:
        return len(self.loaded)

    def total(self, make: Callable[[], Any]) -> Total:
        """Sums over the partitions of what the methods of an object give that each worker makes."""
        return Total(self, make)


class Total:
    """Sums over partitions. On each worker is an object that `make` gives. They are added in an
    order that depends on the number of partitions alone, so they are the same bit for bit,
    whatever the workers do. If a worker is lost, its partitions are loaded again on others.
    """

    def __init__(self, partitions: Partitions, make: Callable[[], Any]) -> None:
        self.partitions, self.make = partitions, make
        self._crews: dict[Any, list[int]] = {}  # the partitions of each

    def __call__(self, method: str, *given: Any) -> list[Any]:
        """The sums of the lists that `method(columns, k, *given)` gives for each partition k.

        Raises:
            RuntimeError: a partition was lost again and again.
        """
        count = len(self.partitions)
        missing, sums = set(range(count)), Sums()
        for _ in range(ATTEMPTS):
            self._gather(missing.difference(*self._crews.values()))
            asked = {crew: [k for k in own if k in missing] for crew, own in self._crews.items()}
            running = [
                (
                    crew,
                    own,
                    _unless_lost(lambda c, *more: c.sums(*more), crew, method, own, count, *given),
                )
                for crew, own in asked.items()
                if own
            ]
            for crew, own, future in running:
                found = future and _unless_lost(future.result)
                if found is None:
                    del self._crews[crew]  # its worker is gone
                else:
                    missing.difference_update(own)
                    sums.update(found)
            if not missing:
                (total,) = added(sums, count).values()
                return total
        raise RuntimeError(
            f"partitions were lost {ATTEMPTS} times in a row; are there workers left, with enough "
            "memory for the data?"
        )

    def _gather(self, chosen: set[int]) -> None:
        """Make an object on each worker that keeps some of these partitions."""
        import distributed

        if not chosen:
            return
        client, loaded = self.partitions.client, self.partitions.loaded
        distributed.wait([loaded[k] for k in chosen])
        holders = client.who_has([loaded[k] for k in chosen])
        by_worker: dict[Any, list[int]] = {}
        for k in sorted(chosen):
            near = holders.get(loaded[k].key) or [None]
            by_worker.setdefault(min(near), []).append(k)
        made = []
        for worker, own in by_worker.items():
            near = {"workers": worker, "allow_other_workers": True} if worker else {}
            parts = [loaded[k] for k in own]
            crew = client.submit(Crew, self.make, own, parts, actor=True, pure=False, **near)
            made.append((crew, own))
        for future, own in made:
            crew = _unless_lost(future.result)
            if crew is not None:
                self._crews[crew] = own


class Crew:
    """Partitions on one worker, and an object that computes with them; Dask calls this an actor."""

    def __init__(self, make: Callable[[], Any], own: Sequence[int], columns: Sequence[Any]) -> None:
        self.worker = make()
        self.columns = dict(zip(own, columns, strict=True))

    def sums(self, method: str, chosen: Sequence[int], count: int, *given: Any) -> Sums:
        """The sums over these partitions, those of neighbours added."""
        found = Sums()
        for k in chosen:
            found[0, k] = getattr(self.worker, method)(self.columns[k], k, *given)
            found = added(found, count)
        return found


def added(found: Sums, count: int) -> Sums:
    """Sums over partitions, with those of neighbours added wherever both are there.

    >>> added({(0, 0): [1.0], (0, 1): [2.0], (0, 4): [5.0]}, 5)
    {(1, 0): [3.0], (2, 1): [5.0]}
    """
    found, level, size = dict(found), 0, count
    while size > 1:
        for k in [k for at, k in found if at == level and not k % 2]:
            if k + 1 == size:  # the last one has no neighbour
                found[level + 1, k // 2] = found.pop((level, k))
            elif (level, k + 1) in found:
                pair = zip(found.pop((level, k)), found.pop((level, k + 1)), strict=True)
                found[level + 1, k // 2] = [a + b for a, b in pair]
        level, size = level + 1, -(-size // 2)
    return found


def modules(what: str) -> tuple[Any, Any]:
    """The packages dask and distributed."""
    try:
        import dask
        import distributed
    except ImportError:
        raise MissingExtra("distributed", "dask", what) from None
    return dask, distributed


def _current(distributed: Any) -> Any:
    try:
        return distributed.get_client()
    except ValueError:
        raise ValueError(
            "Dask collections need a cluster: write client = distributed.Client() first, which "
            "starts one on this machine, or give Client the address of another"
        ) from None


def _shared_out(client: Any, count: int) -> Iterable[tuple[Any, range]]:
    """The partitions for each worker, in proportion to its threads."""
    threads = client.nthreads() or {None: 1}
    total, before = sum(threads.values()), 0
    for worker, own in sorted(threads.items()):
        yield worker, range(count * before // total, count * (before + own) // total)
        before += own


def _unless_lost(call: Callable[..., Any], *given: Any) -> Any:
    """What a call of a worker gives; None if the worker is lost."""
    try:
        return call(*given)
    except OSError:
        return None
    except (ValueError, RuntimeError) as error:
        if "Worker holding Actor was lost" not in str(error):
            raise
        return None


def _partitions(x: Any, first: Any) -> list[Any]:
    """The partitions of a collection along the samples, as delayed objects."""
    if not hasattr(x, "to_delayed"):
        raise TypeError(
            "the data must be Dask arrays, data frames or series, got "
            f"{type(x).__name__}; dask.array.from_array(x, chunks=...) makes one"
        )
    if hasattr(x, "rechunk"):  # an array
        whole: dict[int, Any] = dict.fromkeys(range(1, x.ndim), -1)
        rows = first.chunks[0] if hasattr(first, "chunks") else x.chunks[0]
        if not any([n != n for n in rows]):  # nan is a number of rows that is not known
            whole[0] = rows
        x = x.rechunk(whole)
        return list(x.to_delayed().ravel())
    return list(x.to_delayed())
