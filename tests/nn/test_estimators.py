"""`nn.estimators` keep scikit-learn's habits: its own checks pass, and pipelines, searches and
validation take them.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sklearn")

import numpy
from sklearn.datasets import load_diabetes, load_iris
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from nn.estimators import MLPClassifier, MLPRegressor


@pytest.mark.slow
@parametrize_with_checks(
    [
        MLPClassifier(hidden_layer_sizes=[8], max_iter=30, learning_rate_init=0.05),
        MLPRegressor(hidden_layer_sizes=[8], max_iter=30, learning_rate_init=0.05),
    ]
)
def test_every_check_of_scikit_learn_passes(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.slow
def test_pipelines_searches_and_cross_validation_take_them() -> None:
    X, y = load_iris(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), MLPClassifier(max_iter=30))
    search = GridSearchCV(
        pipeline,
        {
            "mlpclassifier__hidden_layer_sizes": [[2], [8]],
            "mlpclassifier__learning_rate_init": [1e-5, 0.03],
        },
        cv=3,
    )
    search.fit(X, y)
    assert search.best_params_["mlpclassifier__learning_rate_init"] == 0.03
    assert search.best_score_ > 0.9
    assert (
        cross_val_score(MLPRegressor(max_iter=20), *load_diabetes(return_X_y=True), cv=3).mean()
        > 0.4
    )


def test_classes_may_be_texts_and_targets_several_numbers() -> None:
    X = [[0.0], [1.0], [2.0], [3.0]]
    classifier = MLPClassifier(hidden_layer_sizes=[4], max_iter=200).fit(
        X, ["no", "no", "yes", "yes"]
    )
    assert classifier.predict(X).tolist() == ["no", "no", "yes", "yes"]
    assert classifier.predict_proba(X).sum(axis=1) == pytest.approx([1.0] * 4)
    assert classifier.score(X, ["no", "no", "yes", "yes"]) == 1.0
    both = MLPRegressor(hidden_layer_sizes=[4], max_iter=200, weight_decay=0.0).fit(
        X, [[0.0, 6.0], [1.0, 4.0], [2.0, 2.0], [3.0, 0.0]]
    )
    assert both.predict([[1.5]])[0] == pytest.approx([1.5, 3.0], abs=0.2)


def test_integers_of_numpy_are_integers_and_what_is_wrong_is_named() -> None:
    X, y = load_iris(return_X_y=True)
    whole = numpy.arange(1, 3)
    grid = {
        "max_iter": whole,
        "batch_size": 16 * whole,
        "hidden_layer_sizes": [4 * whole[:1]],
        "random_state": whole,
    }
    found = GridSearchCV(MLPClassifier(), grid, cv=2).fit(X, y).best_estimator_
    assert (found.n_iter_, found.model_.sizes) == (found.max_iter, [4, 3])
    for wrong, message in (
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1, got 0"),
        ({"max_iter": 1.5}, "max_iter must be a whole number of at least 1, got 1.5"),
        (
            {"hidden_layer_sizes": 8},
            r"hidden_layer_sizes is a list with the sizes of the hidden layers, got 8; "
            r"write hidden_layer_sizes=\[32\]",
        ),
        ({"learning_rate_init": -0.1}, "learning_rate must be a number of at least 0"),
        ({"learning_rate_init": float("nan")}, "learning_rate must be a number of at least 0"),
    ):
        with pytest.raises((TypeError, ValueError), match=message):
            MLPRegressor(**wrong).fit(X, y)


def test_n_iter_no_change_ends_the_training_and_a_trained_one_can_be_pickled() -> None:
    X, y = load_iris(return_X_y=True)
    classifier = MLPClassifier(max_iter=50, learning_rate_init=0.0, n_iter_no_change=2).fit(X, y)
    assert classifier.n_iter_ == 3
    again = pickle.loads(pickle.dumps(classifier))
    assert (again.predict(X) == classifier.predict(X)).all()


def test_without_scikit_learn_the_extra_is_named() -> None:
    script = (
        "import sys; sys.modules['sklearn'] = None; sys.modules['sklearn.base'] = None; "
        "import nn; import nn.estimators"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent.parent,
    )
    assert "pip install 'autograd-core[demo]'" in done.stderr
