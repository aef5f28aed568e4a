"""`python -m nn --data my.csv --target column`: a network learns your own table."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from autograd_core.support import unlocked_property

from ..data.datasets import split
from ..modules.networks import MLP
from ..optimizers import Adam
from ..plots import save_evaluation
from ..tabular.dialect import counted
from ..tabular.libraries import numpy
from ..tabular.suspicions import suspicions
from ..tabular.table import Table, read_table
from ..tabular.tablemodel import TableModel
from ..training.defaults import chosen_weight_decay, enough_epochs
from ..training.history import History
from ..training.reports import Report
from .job import Job, Samples, Write, command
from .options import refuse_overwriting

Part = tuple[Any, list[float]]


class TableJob(Job):
    """A network with an output for each class or one for the number."""

    optimizer = Adam

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options)
        refuse_overwriting(options.out / "history.csv", options.data)
        self.table = table = read_table(
            options.data,
            options.target,
            task=options.task,
            ignore=options.ignore,
            text=options.text,
            keep=options.keep,
            missing=options.missing,
            dialect=options.dialect,
        )
        encoding, classes = table.encoding, table.target.texts
        if options.balanced and classes is None:
            raise ValueError(
                f"--balanced applies to classes, but {options.target!r} is a number; remove it, "
                "or give --task classes"
            )
        self.train, self.test = _split(table, options.seed)
        sizes = [*options.hidden, encoding.outputs]
        self.model = MLP(
            encoding.width, sizes, activation="tanh", output="linear", seed=options.seed
        )
        self.trained = TableModel(self.model, encoding)
        self.save = self.trained.save
        self.decay: float | None = None
        self.loss = "mean_squared_error" if classes is None else "cross_entropy_from_logits"
        self.epochs = options.epochs or enough_epochs(len(self.train[0]), self.model)
        self.title = f"{options.data.name}: {options.target}"
        what = "a number" if classes is None else f"one of {len(classes)} classes"
        texts = [column.name for column in table.columns if column.texts is not None]
        names = ": " * bool(texts) + ", ".join(texts[:10]) + " ..." * (len(texts) > 10)
        columns = counted(len(table.columns), "column")
        self.introduction = [
            f"{options.data}: {options.target!r} is {what}, from {columns} "
            f"({len(texts)} text{names});",
            *(f"note: {note}" for note in [*table.notes, *suspicions(table)]),
            *["five weight decays are tried first; set one with --weight-decay to skip this"]
            * (options.weight_decay is None),
        ]

    @unlocked_property
    def report(self) -> Report:
        """How well the held-out samples are predicted."""
        target, (rows, targets) = self.table.target, self.test
        right = numpy.array(targets, dtype=float)
        if target.texts is None:
            right = right * target.scale + target.mean
        return self.trained.report(right, self.trained.outputs(rows))

    def files(self, history: History) -> dict[str, Write]:
        """The history as a table and as a picture, and a picture of the predictions."""
        title = f"{self.title}, {len(self.test[0]):,} held-out samples"
        return (
            ({"history.csv": history.to_csv} if len(history) else {})
            | super().files(history)
            | {"evaluation.png": partial(save_evaluation, self.report, title)}
        )

    def weight_decay(self, train: Samples, **common: Any) -> float:
        """The one of several that is best on samples held out from those to train on."""
        learning_rate = self.options.learning_rate
        self.decay = chosen_weight_decay(self.model, *train, learning_rate=learning_rate, **common)
        return self.decay

    def next_steps(self, files: list[Path]) -> Iterator[str]:
        """Predictions, and an evaluation."""
        yield f"predict new rows: {command('predict', files[0], 'new.csv')}"
        yield f"evaluate on labelled rows: {command('evaluate', files[0], 'labelled.csv')}"

    def summary(self, history: History) -> Iterator[str]:
        """How well the held-out samples are predicted, beside a constant answer."""
        if self.decay is not None:
            yield f"decay      {self.decay:.2g}, the best of five weight decays on held-out samples"
        yield from self.report.lines("on the held-out samples")


def _split(table: Table, seed: int) -> tuple[Part, Part]:
    """Split into training and held-out samples, stratified by class, and encode both by the
    training samples. A class of which all samples are held out is trained on instead.
    """
    classes, targets = table.target.texts is not None, table.targets.tolist()
    (train, _), (test, _) = split(range(len(targets)), targets, stratify=classes, seed=seed)
    if classes:
        known = {targets[i] for i in train}
        train = sorted([*train, *(i for i in test if targets[i] not in known)])
        test = [i for i in test if targets[i] in known]
    if not test:
        raise ValueError(
            f"no class of the target {table.target.name!r} has two samples, to train on one and "
            "hold one out; add samples, or if the target is a number to predict, give --task "
            "numbers"
        )
    encoding = table.encoding
    encoding.fit(table.values[train], table.targets[train])
    first, second = (
        (encoding.inputs(table.values[part]), encoding.targets(table.targets[part]).tolist())
        for part in (train, test)
    )
    return first, second
