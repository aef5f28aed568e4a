"""`python -m nn --data` beside scikit-learn's networks of the same size and its linear models, on
tables that scikit-learn and mnist1d ship and on tables made by formulas: `python -m
tests.nn.compare_tables` prints the figures.

All learn from the same four fifths of the samples, standardised alike, and are asked about the
same fifth, over several splits other than those on which the defaults of `python -m nn` were
chosen.
"""

from __future__ import annotations

import csv
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy

from nn import predict
from nn.cli.examples import TABLES
from nn.cli.options import training_options
from nn.cli.table_job import TableJob

from .formula_tables import FORMULAS, Samples

SPLITS = 100, 1000, 4000
"""The first seed; up to how many samples there are eight splits, and up to how many three."""


def shipped() -> Iterator[tuple[str, Callable[[], Samples]]]:
    """The tables of packages, as far as these are installed."""
    from sklearn import datasets

    for name in [*TABLES, "digits"]:
        yield name, lambda name=name: getattr(datasets, f"load_{name}")(return_X_y=True)
    try:
        from mnist1d.data import get_dataset_args, make_dataset
    except ImportError:
        return

    def mnist1d() -> Samples:
        parts = make_dataset(get_dataset_args())
        return tuple(numpy.concatenate([parts[k], parts[f"{k}_test"]]) for k in "xy")

    yield "mnist1d", mnist1d


def tables() -> dict[str, Callable[[], Samples]]:
    """All of them by name."""
    return dict(shipped()) | {formula.__name__: formula for formula in FORMULAS}


def scores(name: str, samples: Samples, seeds: range, *, peers: bool = True) -> tuple[str, Any]:
    """The measure, and for each split our score and, with `peers`, that of scikit-learn's network
    and of the linear model.
    """
    inputs, targets = samples
    columns = [f"x{k}" for k in range(inputs.shape[1])]
    classes = targets.dtype.kind in "iu" and name != "diabetes"
    found = []
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*columns, "y"])
            writer.writerows([*row, y] for row, y in zip(inputs.tolist(), targets, strict=True))
        task = ["--task", "classes" if classes else "numbers"]
        for seed in seeds:
            found.append(_scores([str(path), "--target", "y", *task], classes, seed, peers))
    return ("accuracy" if classes else "R²"), numpy.array(found)


def _scores(table: list[str], classes: bool, seed: int, peers: bool) -> list[float]:
    from sklearn.linear_model import LogisticRegression, RidgeCV
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    job = TableJob(training_options(["--data", *table, "--seed", str(seed)]))
    job.learn(verbose=False)
    (rows, targets), (others, right) = (
        (numpy.array(list(part)), numpy.array(wanted)) for part, wanted in (job.train, job.test)
    )
    outputs = predict(job.model, others)
    if classes:
        ours = float((outputs.argmax(axis=1) == right).mean())
    else:
        ours = 1.0 - ((outputs[:, 0] - right) ** 2).sum() / ((right - right.mean()) ** 2).sum()
    if not peers:
        return [ours]
    network = (MLPClassifier if classes else MLPRegressor)(
        hidden_layer_sizes=(64,), random_state=seed, max_iter=200
    )
    linear = LogisticRegression(max_iter=1000) if classes else RidgeCV()
    return [ours, *(peer.fit(rows, targets).score(others, right) for peer in (network, linear))]


def main(names: list[str]) -> None:
    """Print a row for each table."""
    warnings.simplefilter("ignore")
    print(
        "| table | samples | columns | measure | `python -m nn` | scikit-learn's MLP | linear | "
        "above linear |\n|---|---:|---:|---|---:|---:|---:|---:|"
    )
    for name, made in tables().items():
        if names and name not in names:
            continue
        samples = made()
        n, columns = samples[0].shape
        first, few, many = SPLITS
        seeds = range(first, first + (8 if n <= few else 3 if n <= many else 2))
        measure, found = scores(name, samples, seeds)
        above = found[:, 0] - found[:, 2]
        means = " | ".join(f"{x:.3f}" for x in found.mean(axis=0))
        spread = above.std(ddof=1) / len(above) ** 0.5
        print(
            f"| {name.replace('_', ' ')} | {n:,} | {columns} | {measure} | {means} | "
            f"{above.mean():+.3f} ± {spread:.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
