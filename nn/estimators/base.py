"""What both networks with scikit-learn's interface share."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Any

import numpy
from sklearn.base import BaseEstimator, is_classifier  # type: ignore[import-untyped]
from sklearn.utils.validation import (  # type: ignore[import-untyped]
    _check_sample_weight,
    check_is_fitted,
    validate_data,
)

from autograd_core.support import Partitions

from ..data.datasets import split
from ..losses import loss_function
from ..modules.initializers import random_of
from ..modules.networks import MLP
from ..optimizers import Adam
from ..requirements import count
from ..training.callbacks import Callbacks, EarlyStopping
from ..training.defaults import (
    MOST,
    chosen_weight_decay,
    enough_epochs,
    falling,
    usual_weight_decay,
)
from ..training.fit import fit
from ..training.history import History
from ..training.loop import make_step
from ..training.predictions import predict
from ..training.steps import Problem, TrainingStep
from .clusters import BATCH_OVER_CLUSTERS, Cluster, facts_of, seed_of
from .workers import Plan

BATCH = 32
"""The usual number of samples for each step in memory."""


class Estimator(BaseEstimator):  # type: ignore[misc]
    """What both share: the parameters, the standardized inputs and the training."""

    _optimizer: Adam | None = None
    _step: TrainingStep | None = None
    _order: Random | None = None

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (64,),
        activation: str = "tanh",
        *,
        learning_rate_init: float = 0.01,
        weight_decay: float | None = None,
        max_iter: int | None = None,
        batch_size: int | None = None,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.learning_rate_init = learning_rate_init
        self.weight_decay = weight_decay
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.random_state = random_state

    def _fit(self, X: Any, targets: Any, outputs: int, loss: str, weights: Any, of: Any) -> None:
        """Standardize the inputs and train a new network: `model_`, `history_`."""
        self._standardize(X, weights)
        self._build(X.shape[1], outputs)
        inputs, targets = self._standardized(X), targets.tolist()
        parts, patience = self._parts(inputs, targets, weights)
        (inputs, targets, weights), held_out = parts
        size = self._batch_size(BATCH)
        epochs = self._epochs(len(inputs))
        common: dict[str, Any] = {
            "loss": loss,
            "epochs": epochs,
            "batch_size": size,
            "seed": self.random_state,
            "class_weight": of,
            "sample_weight": weights,
        }
        Adam(self.learning_rate_init)  # checks the number
        decay, rate = self.weight_decay, float(self.learning_rate_init)
        if decay is None:
            decay = chosen_weight_decay(self.model_, inputs, targets, learning_rate=rate, **common)
        optimizer = Adam(falling(rate, epochs * -(-len(inputs) // size)), weight_decay=decay)
        self.history_ = fit(
            self.model_,
            inputs,
            targets,
            optimizer=optimizer,
            validation_data=held_out,
            callbacks=patience,
            verbose=False,
            **common,
        )
        self._trained(decay)

    def _trained(self, decay: float) -> None:
        self.weight_decay_, self.n_iter_, self._optimizer = decay, len(self.history_), None
        self._step, self._order = None, None

    def _read(self, X: Any, y: Any, weights: Any, rows: Callable[..., Any]) -> Any:
        """Have the rows of Dask collections on the workers; what is known of all of them."""
        given = [x for x in (X, y, weights) if x is not None]
        if not all(map(is_dask, given)):
            raise TypeError(
                "X, y and the weights must all be Dask collections, or all be in memory; "
                "dask.array.from_array(y, chunks=...) makes an array one"
            )
        like = numpy.zeros((1, *X.shape[1:])) if hasattr(X, "chunks") else X._meta_nonempty
        validate_data(self, like, dtype=numpy.float64)
        partitions = Partitions(None, given, rows)
        facts = facts_of(partitions, is_classifier(self))
        self.mean_, self.scale_ = facts.means[0], _scale(facts.means[0], facts.variances[0])
        return partitions, facts

    def _fit_over(
        self, partitions: Any, facts: Any, outputs: int, loss: str, targets: Any, weights: Any
    ) -> None:
        """Train a new network on the rows that the workers keep."""
        self._build(len(self.mean_), outputs)
        held_out = self.validation_fraction * self.early_stopping
        rows = round(facts.rows * (1.0 - held_out))
        size = self._batch_size(BATCH_OVER_CLUSTERS)
        epochs, steps = self._epochs(rows), -(-rows // size)
        seed = seed_of(self.random_state)
        plan = Plan(
            self.model_, loss, self.mean_, self.scale_, targets, weights, steps, held_out, seed
        )
        cluster = Cluster(partitions, plan)
        Adam(self.learning_rate_init)  # checks the number
        decay, rate = self.weight_decay, float(self.learning_rate_init)
        if decay is None:
            x, t, w = cluster.sample(min(1.0, MOST / rows))
            decay = len(x) / rows * chosen_weight_decay(
                self.model_, x, t.tolist(), sample_weight=w, loss=loss, learning_rate=rate,
                epochs=epochs, batch_size=size, seed=self.random_state,
            )  # fmt: skip
        optimizer = Adam(falling(rate, epochs * steps), weight_decay=decay)
        stop = Callbacks(self._patience())
        advice = self._advice()
        self.history_ = cluster.train(optimizer, epochs, stop, is_classifier(self), advice)
        self._trained(decay)

    def _patience(self) -> list[EarlyStopping]:
        """What ends the training early, if anything does."""
        patience = self.n_iter_no_change
        if self.early_stopping:
            return [EarlyStopping("validation_loss", 10 if patience is None else patience)]
        return [] if patience is None else [EarlyStopping("loss", patience)]

    def _advice(self) -> str:
        return f"give a smaller learning_rate_init than {self.learning_rate_init}, and fit again"

    def _fit_on(self, X: Any, targets: Any, loss: str, weights: Any) -> None:
        """Train the network for one more epoch, on these samples."""
        inputs, targets = self._standardized(X), targets.tolist()
        self.n_seen_ = getattr(self, "n_seen_", 0) + len(inputs)
        optimizer = self._optimizer or Adam(self.learning_rate_init)
        self._optimizer = optimizer
        optimizer.weight_decay = self.weight_decay_ = (
            usual_weight_decay(self.n_seen_) if self.weight_decay is None else self.weight_decay
        )
        size = self._batch_size(BATCH)
        weights = numpy.ones(len(inputs)) if weights is None else weights
        problem = Problem(self.model_, loss_function(loss), inputs, targets, weights.tolist())
        if self._step is None:
            self._step, _ = make_step(problem, compiled=True)
            optimizer.claim(self.model_.parameters())
        else:
            self._step.read(problem)
        if self._order is None:
            self._order = random_of(self.random_state)
            self.history_ = History(engine=self._step.engine)
        self.history_.add(self._epoch(self._step, optimizer, size, self._order))
        self.n_iter_ = getattr(self, "n_iter_", 0) + 1

    def _batch_size(self, usual: int) -> int:
        return usual if self.batch_size is None else count(self.batch_size, "batch_size")

    def _epochs(self, samples: int) -> int:
        """How many epochs a training on so many samples has."""
        if self.max_iter is None:
            return enough_epochs(samples, self.model_)
        return count(self.max_iter, "max_iter")

    def _epoch(self, step: TrainingStep, optimizer: Adam, size: int, random: Random) -> float:
        """Train on all samples of the step once; the mean loss."""
        n, total = len(step.problem.inputs), 0.0
        order = random.sample(range(n), n)
        for chosen in (order[k : k + size] for k in range(0, n, size)):
            loss = step.gradient(chosen)
            if not math.isfinite(loss):
                raise FloatingPointError(f"the loss became {loss}; {self._advice()}")
            step.update(optimizer)
            total += loss * len(chosen)
        step.store()
        return total / n

    def __getstate__(self) -> Any:
        # a program is not pickled, but recorded again from the parameters
        return {**super().__getstate__(), "_step": None}

    def _build(self, inputs: int, outputs: int) -> None:
        if not isinstance(self.hidden_layer_sizes, Iterable):
            raise TypeError(
                "hidden_layer_sizes is a list with the sizes of the hidden layers, got "
                f"{self.hidden_layer_sizes!r}; write hidden_layer_sizes=[64]"
            )
        sizes = [*self.hidden_layer_sizes, outputs]
        self.model_ = MLP(inputs, sizes, self.activation, "linear", seed=self.random_state)

    def _parts(self, inputs: Any, targets: list[Any], weights: Any) -> Any:
        """The samples to train on and the held-out ones, if these decide when to stop."""
        if not self.early_stopping:
            return ((inputs, targets, weights), None), self._patience()
        n, share = range(len(targets)), self.validation_fraction
        seed = None if self.random_state is None else int(self.random_state)
        [(train, _), (test, _)] = split(n, targets, share, seed=seed)
        first = (
            inputs[train],
            [targets[i] for i in train],
            None if weights is None else weights[train],
        )
        return (first, (inputs[test], [targets[i] for i in test])), self._patience()

    def _checked(self, X: Any, y: Any, sample_weight: Any, reset: bool = True, **more: Any) -> Any:
        """The samples of positive weight as arrays, and their weights, which may be None."""
        _loaded_or_error(type(self).__name__, X, y, sample_weight)
        X, y = validate_data(
            self, X, y, dtype=numpy.float64, accept_sparse="csr", reset=reset, **more
        )
        if sample_weight is None:
            return _dense(X), y, None
        weights = _check_sample_weight(sample_weight, X, ensure_non_negative=True)
        counted = weights > 0.0
        return _dense(X)[counted], y[counted], weights[counted]

    def _standardize(self, X: Any, weights: Any) -> None:
        self.mean_ = numpy.average(X, axis=0, weights=weights)
        variance = numpy.average((X - self.mean_) ** 2, axis=0, weights=weights)
        self.scale_ = _scale(self.mean_, variance)

    def _standardized(self, X: Any) -> Any:
        return (X - self.mean_) / self.scale_

    def _predicted(self, X: Any, read: Callable[[Any], Any]) -> Any:
        """What `read` makes of the outputs of the network; for a Dask collection block by block."""
        check_is_fitted(self)
        if not is_dask(X):
            return read(self._outputs(X))
        like = read(predict(self.model_, numpy.zeros((1, self.n_features_in_))))
        return _by_blocks(lambda block: read(self._outputs(block)), X, like)

    def _outputs(self, X: Any) -> Any:
        """The outputs of the network, an array (samples, outputs)."""
        rows = validate_data(self, X, dtype=numpy.float64, accept_sparse="csr", reset=False)
        return predict(self.model_, self._standardized(_dense(rows)))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def _scale(mean: Any, variance: Any) -> Any:
    """What standardized numbers are divided by; 1 for a column that is constant."""
    scale = variance**0.5
    return numpy.where(scale > 1e-12 * numpy.abs(mean), scale, 1.0)


def _dense(X: Any) -> Any:
    return X.toarray() if hasattr(X, "toarray") else X


def is_dask(x: Any) -> bool:
    """Whether this is a collection of Dask, such as an array or a data frame."""
    return hasattr(x, "__dask_graph__")


def _loaded_or_error(kind: str, *given: Any) -> None:
    """Raise an error for a Dask collection where data must be in memory."""
    if any([is_dask(x) for x in given]):
        raise TypeError(
            "partial_fit takes data in memory, and fit Dask collections where X is one; got a Dask "
            "collection: load it with compute(), make X one too, or train block by block with "
            f"dask_ml.wrappers.Incremental({kind}())"
        )


def _by_blocks(call: Callable[[Any], Any], data: Any, like: Any) -> Any:
    """A Dask array of what the call gives for each block of samples; `like` is such a result."""
    import dask.array
    from dask import delayed

    if hasattr(data, "rechunk"):  # an array: a block has whole samples
        data = data.rechunk({1: -1})
        rows, blocks = data.chunks[0], data.to_delayed().ravel()
    else:
        rows, blocks = (float("nan"),) * data.npartitions, data.to_delayed()
    results = [
        dask.array.from_delayed(delayed(call)(block), (n, *like.shape[1:]), like.dtype)
        for n, block in zip(rows, blocks, strict=True)
    ]
    return dask.array.concatenate(results, allow_unknown_chunksizes=True)
