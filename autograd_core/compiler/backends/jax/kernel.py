"""A program that is compiled by XLA when it is first run for so many samples."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jax.experimental import multihost_utils

from ..base import Kernel, Steps, has_nan
from .devices import Placement
from .evaluation import Form, Results


class JaxKernel(Kernel):
    """It computes in double precision, whatever the setting of JAX is elsewhere."""

    def __init__(self, form: Form) -> None:
        self.form, self.sampled = form, form.sampled
        self.compute = jax.jit(form)

    def run(self, numbers: Any, rows: Any = None, samples: int = 1) -> tuple[Any, Any, list[Any]]:
        given = np.asarray(() if numbers is None else numbers, float)
        with jax.enable_x64(True):
            found: Results = jax.device_get(self.compute(given, rows))
        single = iter(found.guard_numbers.tolist())
        each = iter(_stacked(found.guard_rows, samples))
        guards = [next(each) if batched else next(single) for batched in self.form.guards]
        own = _stacked(found.rows, samples) if found.rows else None
        return found.numbers.tolist(), own, guards

    def __getstate__(self) -> dict[str, Any]:
        return {"form": self.form}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["form"])  # type: ignore[misc]


class ShardedKernel(JaxKernel):
    """A program whose samples are spread over devices. A sum over the samples is one over the
    devices too, which XLA adds: one all-reduce for all sums of a step.
    """

    def __init__(self, form: Form, devices: Any) -> None:
        super().__init__(form)
        self.placement = Placement(devices)
        self.device_count, self.leads = self.placement.mesh.size, jax.process_index() == 0
        everywhere = self.placement.everywhere
        self.compute = jax.jit(
            form,
            out_shardings=Results(
                everywhere, self.placement.results, everywhere, self.placement.results
            ),
        )

    def arguments(self, numbers: Any, rows: Any) -> tuple[Any, Any, Any]:
        """The arguments of `compute`, on the devices."""
        with jax.enable_x64(True):
            return self.placement.numbers(numbers), *self.placement.rows(rows)

    def wait(self) -> None:
        if self.placement.several_hosts:
            multihost_utils.sync_global_devices("autograd_core")

    def steps_of(self, values: Any, gradient: Any, careful: bool = False) -> Steps:
        return ShardedSteps(self, values, gradient, careful)


class ShardedSteps(Steps):
    """Steps whose parameters are on every device; the update itself is the host's, the same on
    each.
    """

    kernel: ShardedKernel

    def step(self, rows: Any, seed: float) -> bool:
        given = self.kernel.arguments(np.append(self.values, seed), rows)
        with jax.enable_x64(True):
            found: Results = jax.device_get(self.kernel.compute(*given))
        self.gradient[:] = found.numbers[1 : 1 + len(self.values)]
        outputs = _stacked(found.rows, rows.shape[1]) if found.rows else None
        self._latest = float(found.numbers[0]), outputs
        return self.careful and has_nan(self.gradient)


def _stacked(blocks: list[Any], samples: int) -> Any:
    """Blocks of rows as one array, without the samples that filled them up."""
    return np.concatenate(blocks)[:, :samples] if blocks else ()
