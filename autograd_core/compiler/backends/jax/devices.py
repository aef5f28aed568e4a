"""The devices that share the samples of a batch: as equal parts, along one axis or several."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec


def mesh_of(devices: Any) -> Mesh:
    """The mesh of a number of devices, of a list of them, or the mesh itself."""
    if isinstance(devices, Mesh):
        return devices
    if isinstance(devices, int) and not isinstance(devices, bool):
        known = jax.devices()
        if not 1 <= devices <= len(known):
            raise ValueError(
                f"devices must be between 1 and {len(known)}, the number that JAX sees here, got "
                f"{devices}; on a CPU set XLA_FLAGS=--xla_force_host_platform_device_count="
                f"{max(devices, 1)} before JAX is loaded"
            )
        devices = known[:devices]
    given = list(devices) if isinstance(devices, Sequence | np.ndarray) else []
    if not given or not all([isinstance(x, jax.Device) for x in given]):
        raise TypeError(
            "devices must be a number, a list such as jax.devices(), or a jax.sharding.Mesh, got "
            f"{devices!r}"
        )
    return Mesh(np.array(given), ("samples",))


class Placement:
    """Where the numbers (on all devices) and the rows (each device has some samples) of a program
    lie. Every process gives all samples; its devices take their own.
    """

    def __init__(self, devices: Any) -> None:
        self.mesh = mesh_of(devices)
        self.everywhere = NamedSharding(self.mesh, PartitionSpec())
        self.by_sample = NamedSharding(self.mesh, PartitionSpec(None, self.mesh.axis_names))
        # a process reads what lies on its devices alone
        self.several_hosts = jax.process_count() > 1

    @property
    def results(self) -> NamedSharding:
        return self.everywhere if self.several_hosts else self.by_sample

    def numbers(self, numbers: Any) -> Any:
        return self._placed(numbers, self.everywhere)

    def rows(self, rows: Any) -> tuple[Any, Any]:
        """The samples in equal parts; and where they had to be filled up, which of them count."""
        samples = rows.shape[1]
        most = self.mesh.size * ceil(samples / self.mesh.size)
        weights = None
        if most > samples:
            index = np.minimum(np.arange(most), samples - 1)
            rows = rows[:, index]
            weights = self._placed((np.arange(most) < samples)[None] * 1.0, self.by_sample)
        return self._placed(rows, self.by_sample), weights

    def _placed(self, array: Any, sharding: NamedSharding) -> Any:
        return jax.make_array_from_callback(array.shape, sharding, lambda index: array[index])
