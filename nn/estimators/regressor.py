"""`MLPRegressor`."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy
from sklearn.base import RegressorMixin  # type: ignore[import-untyped]

from .base import Estimator, is_dask
from .workers import by_factor, rows_of_numbers, standardized

LOSS = "mean_squared_error"


class MLPRegressor(RegressorMixin, Estimator):  # type: ignore[misc]
    """Predict numbers with a multilayer perceptron, trained with Adam on the squared error.

    After `fit`, `model_` is the network and `history_` the table of the training.

    Args:
        hidden_layer_sizes: the number of units of each hidden layer.
        activation: the name of the activation of the hidden layers.
        learning_rate_init: the learning rate of the first step, at least 0. `fit` lets it fall to 0
            over the epochs, `partial_fit` keeps it.
        weight_decay: λ, at least 0: λ w is added to the gradient. By default `fit` tries several in
            short trainings, and takes the best on samples that it holds out from these;
            `partial_fit` takes 8 / N, at most 0.02, after N samples. scikit-learn's `alpha` is
            divided by the batch size, so the two numbers differ.
        max_iter: the number of epochs, at least 1; by default 200, and fewer for many samples.
        batch_size: the number of samples for each step, at least 1; by default 32, and 1024 over
            Dask collections, where a step waits for all workers.
        early_stopping: whether a held-out part of the samples decides when to stop.
        validation_fraction: the share of that part, between 0 and 1.
        n_iter_no_change: the training ends after that many epochs without a better loss, on the
            held-out part if there is one. None stands for 10 there, and for all epochs elsewhere.
        random_state: an int that determines weights and the order of the samples, or None.

    Example:
        >>> line = [[x / 10.0] for x in range(10)], [x / 5.0 for x in range(10)]
        >>> float(MLPRegressor([8]).fit(*line).predict([[0.5]])[0].round(1))
        1.0
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> MLPRegressor:
        """Train a new network.

        Args:
            X: the samples, an array, a frame of numbers or a sparse matrix (samples, features); or
                a Dask array or data frame, whose rows stay on the workers.
            y: the numbers to predict, an array (samples,) or (samples, numbers); of Dask if X is.
            sample_weight: how much each sample counts, at least 0, an array (samples,).

        Returns:
            The regressor itself.

        Raises:
            ValueError: a setting is out of its range.
            TypeError: `hidden_layer_sizes` is not a list, or only some data are Dask collections.
        """
        if is_dask(X):
            return self._fit_cluster(X, y, sample_weight)
        X, columns, weights = self._checked_numbers(X, y, sample_weight, True)
        self._scale_targets(columns, weights)
        self._fit(X, self._scaled(columns), columns.shape[1], LOSS, weights, None)
        return self

    def _fit_cluster(self, X: Any, y: Any, weights: Any) -> MLPRegressor:
        partitions, facts = self._read(X, y, weights, rows_of_numbers)
        self.single_ = getattr(y, "ndim", 1) == 1
        self.target_mean_ = facts.means[1]
        self.target_scale_ = _target_scale(facts.variances[1])
        targets = partial(standardized, self.target_mean_, self.target_scale_)
        factor = None if weights is None else partial(by_factor, facts.factors(None)[None])
        self._fit_over(partitions, facts, len(self.target_mean_), LOSS, targets, factor)
        return self

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> MLPRegressor:
        """Train for one epoch on more samples. The first ones determine how numbers are scaled.

        Args:
            X: the samples, an array, a frame of numbers or a sparse matrix (samples, features).
            y: the numbers to predict, an array (samples,) or (samples, numbers).
            sample_weight: how much each sample counts, at least 0, an array (samples,).

        Returns:
            The regressor itself.

        Raises:
            ValueError: there are more or fewer features or numbers than in the first call.

        Example:
            >>> line = [[x / 10.0] for x in range(10)], [x / 5.0 for x in range(10)]
            >>> regressor = MLPRegressor([8], weight_decay=0.0)
            >>> for _ in range(100):
            ...     _ = regressor.partial_fit(*line)
            >>> float(regressor.predict([[0.5]])[0].round(1))
            1.0
        """
        first = not hasattr(self, "model_")
        X, columns, weights = self._checked_numbers(X, y, sample_weight, first)
        if first:
            self._scale_targets(columns, weights)
            self._standardize(X, weights)
            self._build(X.shape[1], columns.shape[1])
        elif columns.shape[1] != len(self.target_mean_):
            raise ValueError(
                f"y must have {len(self.target_mean_)} numbers for each sample, as in the first "
                f"call, got {columns.shape[1]}"
            )
        self._fit_on(X, self._scaled(columns), LOSS, weights)
        return self

    def _checked_numbers(self, X: Any, y: Any, sample_weight: Any, reset: bool) -> Any:
        X, y, weights = self._checked(X, y, sample_weight, reset, multi_output=True, y_numeric=True)
        if reset:
            self.single_ = y.ndim == 1
        return X, numpy.asarray(y, dtype=numpy.float64).reshape(len(y), -1), weights

    def _scale_targets(self, columns: Any, weights: Any) -> None:
        self.target_mean_ = numpy.average(columns, axis=0, weights=weights)
        variance = numpy.average((columns - self.target_mean_) ** 2, axis=0, weights=weights)
        self.target_scale_ = _target_scale(variance)

    def _scaled(self, columns: Any) -> Any:
        return (columns - self.target_mean_) / self.target_scale_

    def predict(self, X: Any) -> Any:
        """Predict the number, or the numbers, for each sample.

        Args:
            X: the samples, an array (samples, features), also a Dask array or data frame.

        Returns:
            An array of the shape of the y that `fit` was given; of Dask for a Dask collection.
        """
        return self._predicted(X, self._numbers)

    def _numbers(self, outputs: Any) -> Any:
        found = outputs * self.target_scale_ + self.target_mean_
        return found[:, 0] if self.single_ else found

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


def _target_scale(variance: Any) -> Any:
    scale = variance**0.5
    return numpy.where(scale > 0.0, scale, 1.0)
