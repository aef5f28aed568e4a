"""Callbacks after each epoch: `EarlyStopping`, and your own functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from typing import Any

from autograd_core.errors import shown

from ..files.documents import whole
from ..modules.module import Module
from .history import History, from_json, to_json

Callback = Callable[[Module, History], Any]
"""Called after each epoch with the model and the history. The training ends when it returns True.

It may have more, as `EarlyStopping` does: `begin()` before a training, `finish(model)` after it,
`state()` and `resume(state)` for checkpoints, the `reason` why it ended the training, and
`only_reads = True` if it changes nothing that the model or the loss depends on, so that `fit` does
not check for changes.
"""


class EarlyStopping:
    """End the training when a column of the history has not improved for some epochs.

    Args:
        monitor: the column: "loss", "accuracy", "validation_loss" or "validation_accuracy".
        patience: the number of epochs without an improvement, at least 1.
        min_delta: the least improvement that counts: by how much an accuracy must rise above the
            best one, or a loss fall below it; at least 0.
        restore_best: whether the model gets the parameters of its best epoch at the end.

    Raises:
        ValueError: there is no such column, or the patience is less than 1; or, when the training
            begins, the column is not measured.

    Example:
        >>> from nn import MLP, GradientDescent, fit
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
        """Forget the previous training.

        Example:
            >>> stop = EarlyStopping()
            >>> stop.best_epoch = 3
            >>> stop.begin()
            >>> stop.best_epoch
            0
        """
        self.best, self.best_epoch, self.reason = -math.inf, 0, ""
        self.parameters: list[float] = []

    def check(self, measured: Collection[str]) -> None:
        """Refuse to monitor a column that is not measured.

        Args:
            measured: the names of the columns that are.

        Raises:
            ValueError: the monitored column is not among them.

        Example:
            >>> EarlyStopping().check(["loss", "accuracy"])
            Traceback (most recent call last):
            ValueError: EarlyStopping monitors validation_loss, which is not measured: give fit ...
        """
        if self.monitor not in measured:
            need = "the targets are no classes"
            if self.monitor.startswith("validation") and "validation_loss" not in measured:
                need = "give fit validation_data=(inputs, targets)"
            raise ValueError(
                f"EarlyStopping monitors {self.monitor}, which is not measured: {need}"
            )

    def __call__(self, model: Module, history: History) -> bool:
        self.check(history.columns)
        last = getattr(history, self.monitor)[-1]
        now = last if self.monitor.endswith("accuracy") else -last
        first = not self.best_epoch and now == now  # nan is never best
        if now > self.best + self.min_delta or first:
            self.best, self.best_epoch = now, len(history)
            self.parameters = [p.data for p in model.parameters()]
        waited = len(history) - self.best_epoch
        if waited >= self.patience:
            best = "never a number in"
            if self.best_epoch:
                best = f"best in epoch {self.best_epoch}, and not better for"
            self.reason = f"the {self.monitor.replace('_', ' ')} was {best} {waited} epochs"
        return bool(self.reason)

    def finish(self, model: Module) -> None:
        """Restore the parameters of the best epoch, after the last one.

        Args:
            model: the model that was trained.

        Example:
            >>> from nn import Neuron
            >>> model, stop = Neuron(1, seed=0), EarlyStopping()
            >>> stop.parameters = [0.5, 0.25]
            >>> stop.finish(model)
            >>> [p.data for p in model.parameters()]
            [0.5, 0.25]
        """
        if self.restore_best and self.parameters:
            for parameter, best in zip(model.parameters(), self.parameters, strict=True):
                parameter.data = best

    def state(self) -> dict[str, Any]:
        """Give the state for a checkpoint.

        Returns:
            The names and values to keep.

        Example:
            >>> EarlyStopping().state()
            {'best': -inf, 'best_epoch': 0, 'parameters': []}
        """
        return {"best": self.best, "best_epoch": self.best_epoch, "parameters": self.parameters}

    def resume(self, state: dict[str, Any]) -> None:
        """Restore the state from a checkpoint.

        Args:
            state: what `state` gave.

        Example:
            >>> stop = EarlyStopping()
            >>> stop.resume({"best": -0.5, "best_epoch": 2, "parameters": [1.0]})
            >>> stop.best_epoch
            2
        """
        best, epoch = float(state["best"]), whole(state["best_epoch"], "the best epoch")
        parameters = from_json(state["parameters"], "a parameter")
        self.best, self.best_epoch, self.parameters = best, epoch, parameters


class Callbacks:
    """The callbacks of one training."""

    def __init__(self, callbacks: Any) -> None:
        if not isinstance(callbacks, list | tuple):
            raise TypeError(
                f"callbacks must be a list of functions, got {callbacks!r}; write "
                f"callbacks=[{shown(callbacks)}]"
            )
        self.each: Sequence[Any] = callbacks
        self.only_read = all(getattr(callback, "only_reads", False) for callback in callbacks)

    def begin(self, measured: Collection[str]) -> None:
        """Before the training."""
        for callback in self.each:
            if isinstance(callback, EarlyStopping):
                callback.check(measured)
        self._call("begin")

    def __call__(self, model: Module, history: History) -> None:
        """After an epoch, call all, also if one of them ends the training."""
        for callback in self.each:
            if callback(model, history) and not history.stopped:
                name = getattr(callback, "__name__", callback)
                reason = getattr(callback, "reason", "") or f"{name} returned True"
                history.stopped = f"epoch {len(history)}: {reason}"

    def finish(self, model: Module) -> None:
        """After the training."""
        self._call("finish", model)

    def states(self) -> list[dict[str, Any] | None]:
        """The state of each for a checkpoint; None for a callback without."""
        return [_state(callback) for callback in self.each]

    def resume(self, states: Any, n_parameters: int) -> None:
        """Give each its state. If one refuses its state, all keep the ones they have."""
        if len(states) != len(self.each):
            raise ValueError(
                f"it was written with {len(states)} callbacks, and this training has "
                f"{len(self.each)}"
            )
        before = self.states()
        try:
            self._resume(states)
            for callback in self.each:
                kept = len(callback.parameters) if isinstance(callback, EarlyStopping) else 0
                if kept not in (0, n_parameters):
                    raise ValueError(
                        f"EarlyStopping keeps {kept} parameters, and the model has {n_parameters}"
                    )
        except Exception:
            self._resume(before)
            raise

    def _resume(self, states: Any) -> None:
        for callback, state in zip(self.each, states, strict=True):
            if state is not None:
                callback.resume(state)

    def _call(self, name: str, *given: Any) -> None:
        for callback in self.each:
            if hasattr(callback, name):
                getattr(callback, name)(*given)


def _state(callback: Any) -> dict[str, Any] | None:
    if not hasattr(callback, "state"):
        return None
    state = callback.state().items()
    return {name: to_json([y])[0] if isinstance(y, float) else y for name, y in state}
