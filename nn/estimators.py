"""Networks with scikit-learn's interface: `MLPClassifier` and `MLPRegressor` work in pipelines and
searches.

They need scikit-learn (the extra `demo`); the rest of the package does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from autograd_core.errors import MissingExtra

from .modules.networks import MLP
from .optimizers import Adam
from .requirements import count
from .training.callbacks import EarlyStopping
from .training.fit import fit
from .training.predictions import predict

try:
    import numpy
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin  # type: ignore[import-untyped]
    from sklearn.utils.multiclass import check_classification_targets  # type: ignore[import-untyped]
    from sklearn.utils.validation import check_is_fitted, validate_data  # type: ignore[import-untyped]
except ImportError:
    raise MissingExtra("scikit-learn", "demo", "nn.estimators") from None


class _Estimator(BaseEstimator):  # type: ignore[misc]
    """What both share: the parameters, the standardized inputs and the training."""

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (32,),
        activation: str = "tanh",
        *,
        learning_rate_init: float = 0.01,
        weight_decay: float = 0.02,
        max_iter: int = 100,
        batch_size: int = 32,
        n_iter_no_change: int | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.learning_rate_init = learning_rate_init
        self.weight_decay = weight_decay
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.n_iter_no_change = n_iter_no_change
        self.random_state = random_state

    def _train(self, inputs: Any, targets: list[Any], outputs: int, loss: str) -> None:
        """Standardize the inputs and train the network: `model_`, `history_`."""
        self.mean_, scale = inputs.mean(axis=0), inputs.std(axis=0)
        self.scale_ = numpy.where(scale > 1e-12 * numpy.abs(self.mean_), scale, 1.0)
        if not isinstance(self.hidden_layer_sizes, Iterable):
            raise TypeError(
                "hidden_layer_sizes is a list with the sizes of the hidden layers, got "
                f"{self.hidden_layer_sizes!r}; write hidden_layer_sizes=[32]"
            )
        sizes, seed = [*self.hidden_layer_sizes, outputs], self.random_state
        self.model_ = MLP(inputs.shape[1], sizes, self.activation, "linear", seed=seed)
        epochs, size = count(self.max_iter, "max_iter"), count(self.batch_size, "batch_size")
        steps = epochs * -(-len(inputs) // size)
        optimizer = Adam(self.learning_rate_init, weight_decay=self.weight_decay)
        optimizer.learning_rate = lambda step: self.learning_rate_init * (1.0 - step / steps)
        patience = self.n_iter_no_change
        self.history_ = fit(
            self.model_,
            self._standardized(inputs),
            targets,
            loss=loss,
            optimizer=optimizer,
            epochs=epochs,
            batch_size=size,
            callbacks=[] if patience is None else [EarlyStopping("loss", patience)],
            seed=seed,
            verbose=False,
        )
        self.n_iter_ = len(self.history_)

    def _standardized(self, inputs: Any) -> Any:
        return (inputs - self.mean_) / self.scale_

    def _outputs(self, inputs: Any) -> Any:
        """The outputs of the network, an array (samples, outputs)."""
        check_is_fitted(self)
        rows = validate_data(self, inputs, dtype=numpy.float64, reset=False)
        return predict(self.model_, self._standardized(rows))


class MLPClassifier(ClassifierMixin, _Estimator):  # type: ignore[misc]
    """Classify by a multilayer perceptron, trained by Adam on the cross-entropy.

    After `fit`, `model_` is the network, `history_` the table of the training and `classes_` the
    classes.

    Args:
        hidden_layer_sizes: the number of units of each hidden layer.
        activation: the name of the activation of the hidden layers.
        learning_rate_init: the learning rate of the first step, at least 0. It falls to 0 over the
            `max_iter` epochs.
        weight_decay: λ, at least 0: λ w is added to the gradient. scikit-learn's `alpha` is divided
            by the batch size, so the two numbers differ.
        max_iter: the number of epochs, at least 1.
        batch_size: the number of samples for each step, at least 1.
        n_iter_no_change: the training ends after that many epochs without a better loss; None for
            all epochs.
        random_state: an int that determines weights and the order of the samples, or None.

    Example:
        >>> classifier = MLPClassifier([4], max_iter=60).fit([[0.0], [1.0]], ["a", "b"])
        >>> list(map(str, classifier.predict([[-1.0], [2.0]])))
        ['a', 'b']
    """

    def fit(self, X: Any, y: Any) -> MLPClassifier:
        """Train the network.

        Args:
            X: the samples, an array (samples, features).
            y: the class of each sample, an array (samples,).

        Returns:
            The classifier itself.

        Raises:
            ValueError: there is one class, or a setting is out of its range.
            TypeError: `hidden_layer_sizes` is no list.
        """
        X, y = validate_data(self, X, y, dtype=numpy.float64)
        check_classification_targets(y)
        self.classes_, places = numpy.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                "a classifier needs at least two classes, but the targets have one class: "
                f"{self.classes_[0]!r}"
            )
        self._train(X, places.tolist(), len(self.classes_), "cross_entropy_from_logits")
        return self

    def predict_proba(self, X: Any) -> Any:
        """Compute the probability of each class.

        Args:
            X: the samples, an array (samples, features).

        Returns:
            An array (samples, classes), in the order of `classes_`.
        """
        logits = self._outputs(X)
        shares = numpy.exp(logits - logits.max(axis=1, keepdims=True))
        return shares / shares.sum(axis=1, keepdims=True)

    def predict(self, X: Any) -> Any:
        """Find the most probable class of each sample.

        Args:
            X: the samples, an array (samples, features).

        Returns:
            The classes, an array (samples,).
        """
        best = self._outputs(X).argmax(axis=1)  # first, because it checks that fit was called
        return self.classes_[best]


class MLPRegressor(RegressorMixin, _Estimator):  # type: ignore[misc]
    """Predict numbers by a multilayer perceptron, trained by Adam on the squared error.

    After `fit`, `model_` is the network and `history_` the table of the training.

    Args:
        hidden_layer_sizes: the number of units of each hidden layer.
        activation: the name of the activation of the hidden layers.
        learning_rate_init: the learning rate of the first step, at least 0. It falls to 0 over the
            `max_iter` epochs.
        weight_decay: λ, at least 0: λ w is added to the gradient. scikit-learn's `alpha` is divided
            by the batch size, so the two numbers differ.
        max_iter: the number of epochs, at least 1.
        batch_size: the number of samples for each step, at least 1.
        n_iter_no_change: the training ends after that many epochs without a better loss; None for
            all epochs.
        random_state: an int that determines weights and the order of the samples, or None.

    Example:
        >>> line = [[x / 10.0] for x in range(10)], [x / 5.0 for x in range(10)]
        >>> float(MLPRegressor([8]).fit(*line).predict([[0.5]])[0].round(1))
        1.0
    """

    def fit(self, X: Any, y: Any) -> MLPRegressor:
        """Train the network.

        Args:
            X: the samples, an array (samples, features).
            y: the numbers to predict, an array (samples,) or (samples, numbers).

        Returns:
            The regressor itself.

        Raises:
            ValueError: a setting is out of its range.
            TypeError: `hidden_layer_sizes` is no list.
        """
        X, y = validate_data(self, X, y, dtype=numpy.float64, multi_output=True, y_numeric=True)
        y = numpy.asarray(y, dtype=numpy.float64)
        self.single_ = y.ndim == 1
        columns = y.reshape(len(y), -1)
        self.target_mean_, scale = columns.mean(axis=0), columns.std(axis=0)
        self.target_scale_ = numpy.where(scale > 0.0, scale, 1.0)
        targets = ((columns - self.target_mean_) / self.target_scale_).tolist()
        self._train(X, targets, columns.shape[1], "mean_squared_error")
        return self

    def predict(self, X: Any) -> Any:
        """Predict the number, or the numbers, for each sample.

        Args:
            X: the samples, an array (samples, features).

        Returns:
            An array of the shape of the y that `fit` was given.
        """
        found = self._outputs(X) * self.target_scale_ + self.target_mean_
        return found[:, 0] if self.single_ else found

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
