"""`MLPClassifier`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy
from sklearn.base import ClassifierMixin  # type: ignore[import-untyped]
from sklearn.utils.multiclass import check_classification_targets  # type: ignore[import-untyped]

from .base import Estimator, is_dask
from .workers import by_class, one_hot, rows_of_classes

LOSS = "cross_entropy_from_logits"


class MLPClassifier(ClassifierMixin, Estimator):  # type: ignore[misc]
    """Classify with a multilayer perceptron, trained with Adam on the cross-entropy.

    After `fit`, `model_` is the network, `history_` is the table of the training, and `classes_`
    are the classes.

    Args:
        hidden_layer_sizes: the number of units of each hidden layer.
        activation: the name of the activation of the hidden layers.
        class_weight: "balanced", so that all classes have the same total weight; or a dict from
            class to weight; None for samples that all count the same.
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
        n_iter_no_change: the training ends after this many epochs without a better loss, on the
            held-out part if there is one. None means 10 with a held-out part, and all epochs
            without.
        random_state: an int that determines weights and the order of the samples, or None.

    Example:
        >>> classifier = MLPClassifier([4], max_iter=60).fit([[0.0], [1.0]], ["a", "b"])
        >>> list(map(str, classifier.predict([[-1.0], [2.0]])))
        ['a', 'b']
    """

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (64,),
        activation: str = "tanh",
        *,
        class_weight: str | Mapping[Any, float] | None = None,
        learning_rate_init: float = 0.01,
        weight_decay: float | None = None,
        max_iter: int | None = None,
        batch_size: int | None = None,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int | None = None,
        random_state: int | None = 0,
    ) -> None:
        super().__init__(
            hidden_layer_sizes,
            activation,
            learning_rate_init=learning_rate_init,
            weight_decay=weight_decay,
            max_iter=max_iter,
            batch_size=batch_size,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            random_state=random_state,
        )
        self.class_weight = class_weight

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> MLPClassifier:
        """Train a new network.

        Args:
            X: the samples, an array, a frame of numbers or a sparse matrix (samples, features); or
                a Dask array or data frame, whose rows stay on the workers.
            y: the class of each sample, an array (samples,); of Dask if X is.
            sample_weight: how much each sample counts, at least 0, an array (samples,).

        Returns:
            The classifier itself.

        Raises:
            ValueError: there is one class, or a setting is out of its range.
            TypeError: `hidden_layer_sizes` is not a list, or only some data are Dask collections.
        """
        if is_dask(X):
            return self._fit_cluster(X, y, sample_weight)
        X, y, weights = self._checked(X, y, sample_weight)
        check_classification_targets(y)
        self.classes_, places = numpy.unique(y, return_inverse=True)
        self._check_classes()
        self._fit(X, places, len(self.classes_), LOSS, weights, self._weights_of_places())
        return self

    def _fit_cluster(self, X: Any, y: Any, weights: Any) -> MLPClassifier:
        partitions, facts = self._read(X, y, weights, rows_of_classes)
        self.classes_ = numpy.unique(numpy.array([*facts.classes]))
        self._check_classes()
        factors = None
        if weights is not None or self.class_weight is not None:
            self._weights_of_places()  # refuses unknown classes
            of = facts.factors(self.class_weight)
            factors = partial(by_class, numpy.array([of[k] for k in self.classes_.tolist()]))
        targets = partial(one_hot, self.classes_)
        self._fit_over(partitions, facts, len(self.classes_), LOSS, targets, factors)
        return self

    def _check_classes(self) -> None:
        if len(self.classes_) < 2:
            raise ValueError(
                "a classifier needs at least two classes, but the targets have one class: "
                f"{self.classes_[0]!r}"
            )

    def partial_fit(
        self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None
    ) -> MLPClassifier:
        """Train for one epoch on more samples. The first ones determine how inputs are scaled.

        Args:
            X: the samples, an array, a frame of numbers or a sparse matrix (samples, features).
            y: the class of each sample, an array (samples,).
            classes: all classes that will come; needed in the first call, unless `fit` came before.
            sample_weight: how much each sample counts, at least 0, an array (samples,).

        Returns:
            The classifier itself.

        Raises:
            ValueError: a class is not among the classes, or these are missing or differ.

        Example:
            >>> classifier = MLPClassifier([4], learning_rate_init=0.1)
            >>> for _ in range(30):
            ...     _ = classifier.partial_fit([[0.0], [1.0]], ["a", "b"], classes=["a", "b"])
            >>> list(map(str, classifier.predict([[-1.0], [2.0]])))
            ['a', 'b']
        """
        first = not hasattr(self, "classes_")
        if first and classes is None:
            raise ValueError("the first partial_fit needs all classes: give classes=[...]")
        if self.class_weight == "balanced":
            raise ValueError(
                'class_weight="balanced" needs all samples at once; give partial_fit a dict from '
                "class to weight"
            )
        X, y, weights = self._checked(X, y, sample_weight, first)
        check_classification_targets(y)
        if first:
            self.classes_ = numpy.unique(classes)
        elif classes is not None and not numpy.array_equal(self.classes_, numpy.unique(classes)):
            raise ValueError(
                f"classes must be those of the first call, {self.classes_.tolist()}, got "
                f"{list(classes)}"
            )
        if len(unknown := numpy.setdiff1d(y, self.classes_)):
            raise ValueError(
                f"the class {unknown[0]!r} is not among the classes {self.classes_.tolist()}"
            )
        if first:
            self._standardize(X, weights)
            self._build(X.shape[1], len(self.classes_))
        places = numpy.searchsorted(self.classes_, y)
        if of := self._weights_of_places():
            own = numpy.array([of.get(k, 1.0) for k in places.tolist()])
            weights = own if weights is None else own * weights
        self._fit_on(X, places, LOSS, weights)
        return self

    def _weights_of_places(self) -> Any:
        """The weights of classes by their places in `classes_`."""
        given = self.class_weight
        if not isinstance(given, Mapping):
            return given
        places = {k: i for i, k in enumerate(self.classes_.tolist())}
        if unknown := [k for k in given if k not in places]:
            raise ValueError(
                f"class_weight names {unknown[0]!r}, which is not among the classes "
                f"{self.classes_.tolist()}"
            )
        return {places[k]: weight for k, weight in given.items()}

    def predict_proba(self, X: Any) -> Any:
        """Compute the probability of each class.

        Args:
            X: the samples, an array (samples, features), also a Dask array or data frame.

        Returns:
            An array (samples, classes), in the order of `classes_`; of Dask for a Dask collection.
        """
        return self._predicted(X, _shares)

    def predict(self, X: Any) -> Any:
        """Find the most probable class of each sample.

        Args:
            X: the samples, an array (samples, features), also a Dask array or data frame.

        Returns:
            The classes, an array (samples,); of Dask for a Dask collection.
        """
        return self._predicted(X, lambda logits: self.classes_[logits.argmax(axis=1)])


def _shares(logits: Any) -> Any:
    shares = numpy.exp(logits - logits.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)
