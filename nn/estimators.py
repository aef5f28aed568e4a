"""Networks with scikit-learn's habits: `MLPClassifier` and `MLPRegressor` fit into pipelines and
searches.

They need scikit-learn (the extra `demo`); the rest of the package does not.

>>> inputs, labels = [[0.0], [1.0], [2.0], [3.0]], ["a", "a", "b", "b"]
>>> classifier = MLPClassifier(hidden=[4], epochs=60, seed=0).fit(inputs, labels)
>>> list(map(str, classifier.predict([[-1.0], [4.0]])))
['a', 'b']
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
from .training.steps import Predictor

try:
    import numpy
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin  # type: ignore[import-untyped]
    from sklearn.utils.multiclass import check_classification_targets  # type: ignore[import-untyped]
    from sklearn.utils.validation import check_is_fitted, validate_data  # type: ignore[import-untyped]
except ImportError:
    raise MissingExtra("scikit-learn", "demo", "nn.estimators") from None


class _Estimator(BaseEstimator):  # type: ignore[misc]
    """What both have in common: their settings, the standardised inputs, the training."""

    def __init__(
        self,
        hidden: Sequence[int] = (32,),
        activation: str = "tanh",
        rate: float = 0.01,
        weight_decay: float = 0.02,
        epochs: int = 100,
        batch_size: int = 32,
        patience: int | None = None,
        seed: int | None = 0,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.rate = rate
        self.weight_decay = weight_decay
        self.epochs = epochs
        self.batch_size = batch_size
        self.patience = patience
        self.seed = seed

    def _trained(self, inputs: Any, targets: list[Any], outputs: int, loss: str) -> None:
        """Standardise the inputs and train the network: `model_`, `history_`."""
        self.mean_, scale = inputs.mean(axis=0), inputs.std(axis=0)
        self.scale_ = numpy.where(scale > 1e-12 * numpy.abs(self.mean_), scale, 1.0)
        if not isinstance(self.hidden, Iterable):
            raise TypeError(
                f"hidden is a list with the sizes of the hidden layers, got {self.hidden!r}; "
                "write hidden=[32]"
            )
        self.model_ = MLP(
            inputs.shape[1], [*self.hidden, outputs], self.activation, "linear", seed=self.seed
        )
        steps = count(self.epochs, "epochs") * -(
            -len(inputs) // count(self.batch_size, "batch_size")
        )
        optimizer = Adam(self.rate, weight_decay=self.weight_decay)
        optimizer.rate = lambda step: self.rate * (1.0 - step / steps)
        stopping = [EarlyStopping("loss", self.patience)] if self.patience is not None else []
        self.history_ = fit(
            self.model_,
            self._standardised(inputs),
            targets,
            loss=loss,
            optimizer=optimizer,
            epochs=self.epochs,
            batch_size=self.batch_size,
            callbacks=stopping,
            seed=self.seed,
            progress=False,
        )
        self.n_iter_ = len(self.history_)

    def _standardised(self, inputs: Any) -> Any:
        return (inputs - self.mean_) / self.scale_

    def _outputs(self, inputs: Any) -> Any:
        """What the network gives for each sample, an array (samples, outputs)."""
        check_is_fitted(self)
        rows = validate_data(self, inputs, dtype=numpy.float64, reset=False)
        return numpy.array(Predictor(self.model_)(self._standardised(rows)))


class MLPClassifier(ClassifierMixin, _Estimator):  # type: ignore[misc]
    """A multilayer perceptron that tells classes apart, trained by Adam on the cross-entropy.

    `hidden` are the sizes of the hidden layers; with `patience` the training ends after so many
    epochs without a better loss. After `fit`, `model_` is the network, `history_` the table of the
    training, `classes_` the classes.
    """

    def fit(self, X: Any, y: Any) -> MLPClassifier:
        """Learn from samples X, an array (samples, features), and their classes y."""
        X, y = validate_data(self, X, y, dtype=numpy.float64)
        check_classification_targets(y)
        self.classes_, places = numpy.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                "to tell classes apart takes at least two, but the targets have one class: "
                f"{self.classes_[0]!r}"
            )
        self._trained(X, places.tolist(), len(self.classes_), "cross_entropy_from_logits")
        return self

    def predict_proba(self, X: Any) -> Any:
        """The probability of each class, an array (samples, classes)."""
        logits = self._outputs(X)
        shares = numpy.exp(logits - logits.max(axis=1, keepdims=True))
        return shares / shares.sum(axis=1, keepdims=True)

    def predict(self, X: Any) -> Any:
        """The most probable class of each sample."""
        best = self._outputs(X).argmax(axis=1)
        return self.classes_[best]


class MLPRegressor(RegressorMixin, _Estimator):  # type: ignore[misc]
    """A multilayer perceptron that predicts numbers, one or several a sample, trained by Adam on
    the squared error.

    The settings are those of `MLPClassifier`.
    """

    def fit(self, X: Any, y: Any) -> MLPRegressor:
        """Learn from samples X, an array (samples, features), and numbers y, (samples,) or
        (samples, numbers).
        """
        X, y = validate_data(self, X, y, dtype=numpy.float64, multi_output=True, y_numeric=True)
        y = numpy.asarray(y, dtype=numpy.float64)
        self.single_ = y.ndim == 1
        columns = y.reshape(len(y), -1)
        self.target_mean_, scale = columns.mean(axis=0), columns.std(axis=0)
        self.target_scale_ = numpy.where(scale > 0.0, scale, 1.0)
        self._trained(
            X,
            ((columns - self.target_mean_) / self.target_scale_).tolist(),
            columns.shape[1],
            "mean_squared_error",
        )
        return self

    def predict(self, X: Any) -> Any:
        """The number, or the numbers, for each sample."""
        found = self._outputs(X) * self.target_scale_ + self.target_mean_
        return found[:, 0] if self.single_ else found

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
