"""Callbacks after each epoch: `EarlyStopping`, and your own functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from typing import Any

from ..files.documents import number, whole
from ..modules.networks import Module
from .history import History

Callback = Callable[[Module, History], Any]
"""Called after each epoch with the model and the history. The training ends when it returns True.

A callback with the attribute `only_reads = True` changes nothing that the model or the loss depends
on, so `fit` does not check for changes.
"""


class EarlyStopping:
    """Ends the training when a column of the history has not improved for `patience` epochs.

    `monitor` names the column. An improvement is a higher accuracy or a lower loss, by more than
    `min_delta`. With `restore_best` the model gets back the parameters of its best epoch at the
    end.

    >>> from nn import MLP, fit
    >>> from nn import GradientDescent
    >>> stop, still = EarlyStopping("loss", patience=3), GradientDescent(0.0)
    >>> data = {"inputs": [[0.5]], "targets": [1.0], "loss": "mean_squared_error"}
    >>> settings = {"optimizer": still, "callbacks": [stop], "epochs": 99, "verbose": False}
    >>> fit(MLP(1, [1], seed=0), **data, **settings).stopped
    'epoch 4: the loss was best in epoch 1, and not better for 3 epochs'
    """

    only_reads = True

    def __init__(
        self,
        monitor: str = "validation_loss",
        patience: int = 10,
        min_delta: float = 0.0,
        restore_best: bool = True,
    ) -> None:
        if monitor not in History.MEASURED:
            raise ValueError(
                f"EarlyStopping can monitor {', '.join(History.MEASURED)}, got {monitor!r}"
            )
        if patience < 1:
            raise ValueError(f"the patience must be at least one epoch, got {patience!r}")
        self.monitor, self.patience = monitor, patience
        self.min_delta, self.restore_best = min_delta, restore_best
        self.begin()

    def begin(self) -> None:
        """Forget the previous training."""
        self.best, self.best_epoch, self.reason = -math.inf, 0, ""
        self.parameters: list[float] = []

    def check(self, measured: Collection[str]) -> None:
        """Refuse to monitor a column that is not measured."""
        if self.monitor not in measured:
            validation = self.monitor.startswith("validation") and "validation_loss" not in measured
            need = (
                "give fit validation_data=(inputs, targets)"
                if validation
                else "the targets are no classes"
            )
            raise ValueError(
                f"EarlyStopping monitors {self.monitor}, which is not measured: {need}"
            )

    def __call__(self, model: Module, history: History) -> bool:
        self.check(history.columns)
        column = getattr(history, self.monitor)
        now = column[-1] if self.monitor.endswith("accuracy") else -column[-1]
        if now > self.best + self.min_delta or (
            not self.best_epoch and now == now
        ):  # nan is never best
            self.best, self.best_epoch = now, len(history)
            self.parameters = [p.data for p in model.parameters()]
        waited = len(history) - self.best_epoch
        if waited >= self.patience:
            name = self.monitor.replace("_", " ")
            best = (
                f"best in epoch {self.best_epoch}, and not better for"
                if self.best_epoch
                else "never a number in"
            )
            self.reason = f"the {name} was {best} {waited} epochs"
        return bool(self.reason)

    def finish(self, model: Module) -> None:
        """After the last epoch, restore the parameters of the best epoch."""
        if self.restore_best and self.parameters:
            for parameter, number in zip(model.parameters(), self.parameters, strict=True):
                parameter.data = number

    def state(self) -> dict[str, Any]:
        """The state for a checkpoint."""
        return {"best": self.best, "best_epoch": self.best_epoch, "parameters": self.parameters}

    def resume(self, state: dict[str, Any]) -> None:
        """Restore the state from a checkpoint."""
        best = float(state["best"])
        epoch, parameters = (
            whole(state["best_epoch"], "the best epoch"),
            [number(x, "a parameter") for x in state["parameters"]],
        )
        self.best, self.best_epoch, self.parameters = best, epoch, parameters
