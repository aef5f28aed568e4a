"""Reports on predictions: the measures are those of scikit-learn, and each stands beside the trivial
answer.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sklearn")

import numpy
from sklearn import metrics

from nn.training.reports import ClassReport, NumberReport


def guessed(n_classes: int, n: int = 200, seed: int = 0, digits: int = 1) -> ClassReport:
    """Probabilities that know something of the right classes, rounded so that some are equal."""
    random = numpy.random.default_rng(seed)
    right = random.integers(n_classes, size=n) * (random.uniform(size=n) < 0.8)
    shares = random.uniform(size=(n, n_classes)) + 0.8 * numpy.eye(n_classes)[right]
    shares = numpy.round(shares / shares.sum(axis=1, keepdims=True), digits)
    return ClassReport([f"class {k}" for k in range(n_classes)], right, shares)


@pytest.mark.parametrize("n_classes", [2, 3, 7])
@pytest.mark.parametrize("seed", range(3))
def test_the_measures_of_classes_are_those_of_scikit_learn(n_classes: int, seed: int) -> None:
    report = guessed(n_classes, seed=seed)
    right, found = report.right, report.shares.argmax(axis=1)
    labels = range(n_classes)
    assert report.confusion.tolist() == metrics.confusion_matrix(right, found).tolist()
    assert report.accuracy == pytest.approx(metrics.accuracy_score(right, found))
    assert report.balanced == pytest.approx(metrics.balanced_accuracy_score(right, found))
    for ours, theirs in ((report.recall, "recall"), (report.precision, "precision")):
        score = getattr(metrics, f"{theirs}_score")(right, found, average=None, labels=labels)
        assert ours == pytest.approx(score)
    if n_classes == 2:
        assert report.auc == pytest.approx(metrics.roc_auc_score(right, report.shares[:, 1]))
        false, true = report.roc()
        assert numpy.trapezoid(true, false) == pytest.approx(report.auc)
    trivial = metrics.accuracy_score(right, numpy.zeros_like(right))
    assert report.trivial == ("class 0", pytest.approx(trivial))


def test_the_measures_of_numbers_are_those_of_scikit_learn() -> None:
    random = numpy.random.default_rng(0)
    right = random.gumbel(size=100)
    report = NumberReport(right, right + random.normal(size=100))
    mean, median = (numpy.full(100, f(right)) for f in (numpy.mean, numpy.median))
    assert report.r2 == pytest.approx(metrics.r2_score(right, report.found))
    for ours, measure, trivial in (
        (report.mean_absolute_error, "mean_absolute_error", median),
        (report.typical_error, "root_mean_squared_error", mean),
    ):
        score = getattr(metrics, measure)
        assert ours == pytest.approx((score(right, report.found), score(right, trivial)))


def test_the_text_puts_each_measure_beside_the_trivial_answer() -> None:
    shares = numpy.array([[0.9, 0.1]] * 22 + [[0.2, 0.8]] * 3)
    report = ClassReport(["0", "1"], numpy.array([0] * 22 + [0, 1, 1]), shares)
    assert [*report.lines("on 25 samples")] == [
        "accuracy   96.0 % on 25 samples; always '0': 92.0 %",
        "balanced   97.8 %, the mean recall of the classes; always '0': 50.0 %",
        "ROC-AUC    0.978 for '1'; by chance: 0.500",
        "  class  samples   recall  precision",
        "  0           23   95.7 %    100.0 %",
        "  1            2  100.0 %     66.7 %",
        "confusion matrix: a row for each class, a column for each prediction",
        "      0  1",
        "  0  22  1",
        "  1   0  2",
    ]
    numbers = NumberReport(numpy.array([1.0, 2.0, 6.0]), numpy.array([1.0, 3.0, 5.0]))
    assert [*numbers.lines("on 3 samples")] == [
        "R²         0.857 on 3 samples; always the mean: 0",
        "mean error 0.6667; always the median: 1.667",
        "RMS error  0.8165; always the mean: 2.16",
    ]


def test_of_many_classes_the_most_frequent_mistakes_are_named() -> None:
    report = guessed(40, 4000)
    lines = [*report.lines("on 4,000 samples")]
    assert "... and 10 more classes" in lines
    assert sum(line.startswith("confused   ") for line in lines) == 10
    n, right, found = report.mistakes()[0]
    assert f"confused   {right!r} with {found!r} {n} times" in lines
    assert not any("matrix" in line for line in lines)


def test_a_class_without_samples_or_predictions_has_no_share_and_no_curve() -> None:
    shares = numpy.array([[0.9, 0.1], [0.8, 0.2]])
    report = ClassReport(["no", "yes"], numpy.array([0, 0]), shares)
    assert numpy.isnan(report.auc)
    assert (report.accuracy, report.balanced) == (1.0, 1.0)
    assert "  yes          0        –          –" in [*report.lines("")]
    equal = NumberReport(numpy.array([1.0, 1.0]), numpy.array([1.0, 2.0]))
    assert next(equal.lines("")).startswith("R²         nan")


@pytest.mark.parametrize("n_classes", [2, 3, 30, 90])
def test_a_picture_shows_matrix_and_shares_and_of_two_classes_the_curve(
    n_classes: int, tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib")
    from nn.plots import plot_evaluation, save_evaluation
    from nn.plots.style import pyplot

    report = guessed(n_classes, 500)
    figure: Any = plot_evaluation(report, "A title with $5 and 100 %")
    assert len(figure.axes) == (3 if n_classes == 2 else 2)
    texts = {text.get_text() for text in figure.axes[0].texts}
    if n_classes <= 20:
        assert {str(n) for n in report.confusion.flat if n} == texts
    shown = figure.axes[1].lines[0].get_xdata()
    assert shown == pytest.approx(100.0 * report.recall, nan_ok=True)
    pyplot().close(figure)
    save_evaluation(report, "", tmp_path / "evaluation.png")
    assert (tmp_path / "evaluation.png").read_bytes().startswith(b"\x89PNG")


def test_a_picture_of_numbers_shows_each_sample_and_the_errors() -> None:
    pytest.importorskip("matplotlib")
    from nn.plots import plot_evaluation
    from nn.plots.style import pyplot

    report = NumberReport(numpy.arange(50.0), numpy.arange(50.0) ** 1.1)
    figure: Any = plot_evaluation(report)
    points, errors = figure.axes
    assert points.lines[0].get_ydata().tolist() == report.found.tolist()
    assert sum(patch.get_height() for patch in errors.patches) == 50
    pyplot().close(figure)
