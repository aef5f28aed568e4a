"""Our networks on scikit-learn's tables beside its own of the same size: `python
tests/nn/compare_tables.py` prints the figures.

Both learn from the same four fifths of the samples, standardised alike, and are asked about the
same fifth, thirty times over, by splits other than those on which the defaults of `python -m nn`
were chosen.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from nn.cli.examples import TABLES, write_example
from nn.cli.options import training_options
from nn.cli.table_job import TableJob
from nn.tabular.table import Table


def score(table: Table, right: Sequence[float], found: list[float]) -> float:
    """The share of right classes, or R²."""
    if table.target.texts is not None:
        return sum(a == b for a, b in zip(right, found, strict=True)) / len(right)
    mean = sum(right) / len(right)
    return 1.0 - sum((a - b) ** 2 for a, b in zip(right, found, strict=True)) / sum(
        (a - mean) ** 2 for a in right
    )


def compare(name: str, seeds: range) -> tuple[int, int, str, float, float]:
    """Samples, columns, measure, our mean score, and scikit-learn's, over several splits."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    warnings.simplefilter("ignore", ConvergenceWarning)
    ours, theirs = [], []
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.csv"
        n = write_example(name, path)
        for seed in seeds:
            job = TableJob(
                training_options(
                    ["--data", str(path), "--target", TABLES[name], "--seed", str(seed)]
                )
            )
            job.learn(verbose=False)
            table, train, test = job.table, job.train, job.test
            classes = table.target.texts
            judged, _ = job.trained.predict(test[0])
            found = [
                float(
                    classes.index(str(y))
                    if classes
                    else (float(y) - table.target.mean) / table.target.scale
                )
                for y in judged
            ]
            ours.append(score(table, test[1], found))
            peer = (MLPClassifier if classes else MLPRegressor)(
                hidden_layer_sizes=(32,), random_state=seed, max_iter=200
            )
            peer.fit(list(train[0]), train[1])
            theirs.append(score(table, test[1], peer.predict(list(test[0])).tolist()))
    return (
        n,
        len(table.columns),
        "accuracy" if classes else "R²",
        sum(ours) / len(ours),
        sum(theirs) / len(theirs),
    )


if __name__ == "__main__":
    print(
        "| table | samples | columns | measure | `python -m nn` | scikit-learn, same size "
        "|\n|---|---|---|---|---|---|"
    )
    for table_name in sys.argv[1:] or TABLES:
        samples, columns, measure, ours, theirs = compare(table_name, range(100, 130))
        print(f"| {table_name} | {samples} | {columns} | {measure} | {ours:.4f} | {theirs:.4f} |")
