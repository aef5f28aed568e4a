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
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_diabetes, load_iris
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from nn.estimators import MLPClassifier, MLPRegressor
from nn.training.steps import CompiledStep


@pytest.mark.slow
@parametrize_with_checks(
    [
        MLPClassifier([8], max_iter=30, learning_rate_init=0.05, weight_decay=0.02),
        MLPRegressor([8], max_iter=30, learning_rate_init=0.05, weight_decay=0.02),
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
            r"write hidden_layer_sizes=\[64\]",
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


def test_in_one_batch_a_weight_is_a_repetition_and_0_leaves_out() -> None:
    X, y = load_iris(return_X_y=True)
    weights = numpy.arange(150) % 3
    whole: dict[str, Any] = {"batch_size": 999, "weight_decay": 0.01, "max_iter": 20}
    for kind, targets in ((MLPClassifier, y), (MLPRegressor, X[:, 0] * X[:, 1])):
        weighted = kind([5], **whole).fit(X, targets, sample_weight=weights)
        repeated = kind([5], **whole).fit(X.repeat(weights, 0), targets.repeat(weights))
        assert weighted._outputs(X) == pytest.approx(repeated._outputs(X), rel=1e-6, abs=1e-8)


def test_balanced_classes_find_the_rare_one_and_a_dict_says_the_same() -> None:
    random = numpy.random.default_rng(0)
    X = numpy.r_[random.normal(size=(190, 2)), random.normal(1.5, 1.0, size=(10, 2))]
    y = numpy.array(["usual"] * 190 + ["rare"] * 10)
    settings: dict[str, Any] = {"max_iter": 30, "weight_decay": 0.01}
    found = {
        str(given): (MLPClassifier([4], class_weight=given, **settings).fit(X, y).predict(X))
        for given in (None, "balanced", {"usual": 1.0, "rare": 19.0})
    }
    plain, balanced, weighted = found.values()
    assert (plain[190:] == "rare").sum() < (balanced[190:] == "rare").sum() >= 8
    assert (balanced == weighted).all()
    with pytest.raises(ValueError, match=r"class_weight names 'other'.*\['rare', 'usual'\]"):
        MLPClassifier(class_weight={"other": 1.0}).fit(X, y)


def test_partial_fit_learns_in_parts_and_goes_on_after_fit() -> None:
    X, y = load_iris(return_X_y=True)
    random = numpy.random.default_rng(0)
    classifier = MLPClassifier([8], random_state=1, learning_rate_init=0.03)
    for _ in range(30):
        part = random.choice(150, 50, replace=False)
        classifier.partial_fit(X[part], y[part], classes=[0, 1, 2])
    assert (classifier.n_iter_, classifier.n_seen_) == (30, 1500)
    assert classifier.weight_decay_ == 8.0 / 1500
    assert classifier.score(X, y) > 0.9
    pickle.loads(pickle.dumps(classifier)).partial_fit(X, y)
    only = MLPClassifier([8], max_iter=5).fit(X, y)
    before = only.score(X, y)
    for _ in range(10):
        only.partial_fit(X, y)
    assert only.score(X, y) > max(before, 0.9)
    regressor = MLPRegressor([8])
    for _ in range(30):
        regressor.partial_fit(X[:, :3], X[:, 3])
    assert regressor.score(X[:, :3], X[:, 3]) > 0.9


def test_partial_fit_records_once_and_goes_on_exactly_after_a_pickle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    X, y = load_iris(return_X_y=True)
    recorded, make = [], CompiledStep.__init__

    def counted(step: Any, problem: Any) -> None:
        recorded.append(problem)
        make(step, problem)

    monkeypatch.setattr(CompiledStep, "__init__", counted)
    whole, parts = MLPClassifier([8]), MLPClassifier([8])
    for k in range(6):
        whole.partial_fit(X[k:], y[k:], classes=[0, 1, 2])
        if k == 3:
            parts = pickle.loads(pickle.dumps(parts))
        parts.partial_fit(X[k:], y[k:], classes=[0, 1, 2])
    assert (whole.predict_proba(X) == parts.predict_proba(X)).all()
    assert whole.history_.loss == parts.history_.loss
    assert whole.history_.loss[-1] < 0.5 * whole.history_.loss[0]
    assert len(recorded) == 3
    with pytest.raises(FloatingPointError, match="smaller learning_rate_init than 1e\\+300"):
        MLPRegressor(learning_rate_init=1e300).partial_fit(X, y).partial_fit(X, y)


def test_the_weight_of_a_class_counts_also_where_it_comes_alone() -> None:
    """Each call brings one class; the loss of a class that weighs half is half."""
    losses = [
        MLPClassifier([2], class_weight={0: weight, 1: 1.0}).partial_fit([[1.0]], [0], [0, 1])
        for weight in (1.0, 0.5)
    ]
    whole, half = (classifier.history_.loss[0] for classifier in losses)
    assert half == pytest.approx(0.5 * whole)


@pytest.mark.parametrize(
    ("given", "classes", "message"),
    [
        ([0, 1], None, r"the first partial_fit needs all classes: give classes=\[...\]"),
        ([0, 2], [0, 1], r"the class .*2.* is not among the classes \[0, 1\]"),
    ],
)
def test_partial_fit_needs_all_classes(given: Any, classes: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MLPClassifier().partial_fit([[0.0], [1.0]], given, classes=classes)


def test_partial_fit_refuses_other_classes_balance_and_other_numbers() -> None:
    X = [[0.0], [1.0]]
    classifier = MLPClassifier([2]).partial_fit(X, [0, 1], classes=[0, 1])
    with pytest.raises(ValueError, match="those of the first call"):
        classifier.partial_fit(X, [0, 1], classes=[0, 1, 2])
    with pytest.raises(ValueError, match="needs all samples at once"):
        MLPClassifier(class_weight="balanced").partial_fit(X, [0, 1], classes=[0, 1])
    with pytest.raises(ValueError, match="must have 1 numbers for each sample"):
        MLPRegressor([2]).partial_fit(X, [0.0, 1.0]).partial_fit(X, [[0.0, 1.0], [1.0, 0.0]])


def test_a_held_out_part_decides_when_to_stop() -> None:
    X, y = load_iris(return_X_y=True)
    settings: dict[str, Any] = {"early_stopping": True, "weight_decay": 0.0, "max_iter": 200}
    stopped = MLPClassifier(n_iter_no_change=3, validation_fraction=0.2, **settings).fit(
        X, y, sample_weight=numpy.ones(150)
    )
    assert stopped.n_iter_ < 200
    assert "the validation loss was best" in stopped.history_.stopped
    assert len(stopped.history_.validation_loss) == stopped.n_iter_
    with pytest.raises(ValueError, match="must be between 0 and 1"):
        MLPClassifier(validation_fraction=1.5, **settings).fit(X, y)


def test_the_weight_decay_is_tried_out_unless_it_is_given() -> None:
    random = numpy.random.default_rng(0)
    X = random.normal(size=(60, 8))
    noise = X @ numpy.ones(8) + 6.0 * random.normal(size=60)
    strong, given = (MLPRegressor([8], weight_decay=given).fit(X, noise) for given in (None, 0.0))
    assert strong.weight_decay_ > 0.05
    assert given.weight_decay_ == 0.0
    assert strong.score(X, noise) < given.score(X, noise)


def test_frames_with_text_columns_go_through_a_column_transformer() -> None:
    """The one-hot columns are so many that they come as a sparse matrix."""
    pandas = pytest.importorskip("pandas")
    quick: dict[str, Any] = {"weight_decay": 1e-4, "max_iter": 100}
    names = [f"town {k}" for k in range(30)]
    frame = pandas.DataFrame({"town": names * 8, "rooms": [1.0, 2.0, 3.0, 4.0] * 60})
    price = frame["rooms"] * 10.0 + frame["town"].str.endswith("7") * 30.0
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["town"]), (StandardScaler(), ["rooms"])
    )
    pipeline = make_pipeline(columns, MLPRegressor([8], **quick)).fit(frame, price)
    assert pipeline.score(frame, price) > 0.98
    new = pandas.DataFrame({"town": ["town 7", "elsewhere"], "rooms": [2.0, 2.0]})
    near, far = pipeline.predict(new)
    assert near == pytest.approx(50.0, abs=8.0)
    assert far < near
    over = price > 40.0
    assert (
        make_pipeline(columns, MLPClassifier([8], **quick)).fit(frame, over).score(frame, over)
        > 0.95
    )


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
