"""`python -m nn --data my.csv --target column` and `python -m nn predict`: a network for your own
table.
"""

from __future__ import annotations

import argparse
import csv
import io
import math
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

from ..data.datasets import split
from ..data.samples import Rows
from ..files.documents import write_atomically
from ..modules.networks import MLP
from ..optimizers import Adam
from ..plots import save_training
from ..tabular.csvfile import Dialect
from ..tabular.table import Table, read_table
from ..tabular.tablemodel import TableModel
from ..training.fit import fit
from ..training.history import History
from .console import Write, carry_out, checkpoint_in, say, silence, spare
from .options import dialect_options, dialect_or_error

SAMPLES = 2_000_000  # after this many samples the loss hardly improves
Part = tuple[Rows, list[float]]


def train(options: argparse.Namespace, arguments: Sequence[str], alone: ExitStack) -> int:
    """Read the table, train, write the model and curves, and print the summary. The folder stays
    locked until `alone` closes.
    """
    try:
        spare(options.out / "history.csv", options.data)
        table = read_table(
            options.data,
            options.target,
            task=options.task,
            ignore=options.ignore,
            text=options.text,
            dialect=options.dialect,
        )
        if options.balanced and table.target.texts is None:
            raise ValueError(
                f"--balanced applies to classes, but {options.target!r} is a number; remove it, "
                "or give --task classes"
            )
        learned, held_out = divided(table, options.seed)
        checkpoint = alone.enter_context(checkpoint_in(options.out, options.resume))
    except (ValueError, OSError) as error:
        say(str(error))
        return 1
    model = network(table, options.hidden, options.seed)
    trained = TableModel.of(model, table)
    _introduce(table, options, len(learned[0]), len(held_out[0]))
    return carry_out(
        options.out, checkpoint, arguments,
        learn=lambda: learn(model, table, learned, held_out, options, checkpoint),
        save=trained.save,
        further=lambda history: _curves(history, f"{options.data.name}: {options.target}"),
        summary=lambda history, seconds: _summary(trained, held_out, history, seconds),
    )  # fmt: skip


def divided(table: Table, seed: int, share: float = 0.2) -> tuple[Part, Part]:
    """Split into training and held-out samples, stratified by class; standardise both by the
    training samples.
    """
    places = split(
        range(len(table.targets)),
        table.targets,
        share,
        stratify=table.target.texts is not None,
        seed=seed,
    )
    if table.target.texts is not None and (unseen := sorted(set(places[1][1]) - set(places[0][1]))):
        raise ValueError(
            f"the target {table.target.name!r} has at most two samples of the class "
            f"{table.target.texts[unseen[0]]!r}, too few to train on some and hold one out; add "
            "samples, or if the target is a number to predict, give --task numbers"
        )
    (learned, targets), (held_out, others) = (
        (Rows(table.inputs.width, (x for i in chosen for x in table.inputs[i])), right)
        for chosen, right in places
    )
    table.inputs = Rows(table.inputs.width)  # a long table is not kept twice
    table.standardise(learned, targets, (held_out, others))
    return (learned, targets), (held_out, others)


def network(table: Table, hidden: int, seed: int | None) -> MLP:
    """One hidden layer; an output for each class, or one for the number."""
    outputs = len(table.target.texts) if table.target.texts is not None else 1
    return MLP(table.inputs.width, [hidden, outputs], activation="tanh", output="linear", seed=seed)


def learn(
    model: MLP,
    table: Table,
    learned: Part,
    held_out: Part | None,
    options: argparse.Namespace,
    checkpoint: Path | None,
) -> History:
    """Train with Adam, with a learning rate that decreases to 0."""
    classes = table.target.texts is not None
    epochs = options.epochs or max(1, min(100, SAMPLES // len(learned[0])))
    steps = epochs * math.ceil(len(learned[0]) / options.batch_size)
    return fit(
        model,
        *learned,
        loss="cross_entropy_from_logits" if classes else "mean_squared_error",
        optimizer=Adam(
            lambda step: options.learning_rate * (1.0 - step / steps), weight_decay=0.02
        ),
        epochs=epochs,
        batch_size=options.batch_size,
        validation_data=held_out,
        seed=options.seed,
        verbose=options.verbose,
        class_weight="balanced" if options.balanced and classes else None,
        checkpoint=checkpoint,
        resume=options.resume,
    )


def _introduce(table: Table, options: argparse.Namespace, learned: int, held_out: int) -> None:
    what = "a number" if table.target.texts is None else f"one of {len(table.target.texts)} classes"
    texts = [column.name for column in table.columns if column.texts is not None]
    named = (": " + ", ".join(texts[:10]) + (" ..." if len(texts) > 10 else "")) if texts else ""
    say(
        f"{options.data}: {options.target!r} is {what}, from {len(table.columns)} columns "
        f"({len(texts)} of them text{named});"
    )
    for note in table.notes:
        say(f"note: {note}")
    say(f"{learned:,} samples to train on, {held_out:,} held out; everything goes to {options.out}")


def _summary(model: TableModel, held_out: Part, history: History, seconds: float) -> Iterator[str]:
    predictions = [prediction for prediction, _ in model.predict(held_out[0])]
    if model.target.texts is not None:
        texts = model.target.texts
        right = [texts[int(k)] for k in held_out[1]]
        hits = sum(a == b for a, b in zip(predictions, right, strict=True)) / len(right)
        usual = max(set(right), key=right.count)
        always = (
            f"always saying {usual!r} would be right for "
            f"{100 * right.count(usual) / len(right):.1f} %"
        )
        yield f"accuracy   {100 * hits:.1f} % on the held-out samples; {always}"
    else:
        numbers = [t * model.target.scale + model.target.mean for t in held_out[1]]
        errors = math.fsum((float(y) - t) ** 2 for y, t in zip(predictions, numbers, strict=True))
        mean = math.fsum(numbers) / len(numbers)
        spread = math.fsum((t - mean) ** 2 for t in numbers)
        typical, usual_error = (math.sqrt(total / len(numbers)) for total in (errors, spread))
        yield (
            f"R²         {1 - errors / spread if spread else math.nan:.3f} on the held-out "
            "samples; "
            f"typical error {typical:.4g} (always saying the mean: {usual_error:.4g})"
        )
    yield f"time       {seconds:.1f} s, {len(history)} epochs"


def _curves(history: History, title: str) -> dict[str, Write]:
    """The history as a table and as a picture, by file name."""

    def table(path: Path) -> Path:
        history.to_csv(path)
        return path

    def picture(path: Path) -> Path:
        save_training(history, title, path)
        return path

    return {"history.csv": table, "curves.png": picture} if len(history) else {}


def predict(arguments: Sequence[str]) -> int:
    """`python -m nn predict model.json new.csv`: a CSV table with a prediction for each row."""
    parser = argparse.ArgumentParser(
        prog="python -m nn predict",
        description="Predict the target of each row of a table.",
        allow_abbrev=False,
    )
    parser.add_argument("model", type=Path, help="a model.json that python -m nn --data wrote")
    parser.add_argument(
        "data", type=Path, help="a CSV file with the same columns; the target may be missing"
    )
    parser.add_argument("--out", type=Path, help="the file to write (default: standard output)")
    dialect_options(parser.add_argument)
    options = parser.parse_args(arguments)
    how = dialect_or_error(parser, options)
    try:
        model = TableModel.load(options.model)
        if options.out is None:
            _print(model, options.data, how)
        else:
            spare(options.out, options.model, options.data)
            text = io.StringIO(newline="")
            _write(model, options.data, how, text)
            write_atomically(options.out, text.getvalue())
    except BrokenPipeError:  # the reader, such as `head`, closed the pipe
        return 0
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _print(model: TableModel, data: Path, how: Dialect) -> None:
    """Write to standard output as UTF-8, whatever the terminal can show: programs read it."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="strict")
    try:
        _write(model, data, how, sys.stdout)
    finally:
        try:
            sys.stdout.flush()
        except OSError:
            silence()
            raise


def _write(model: TableModel, data: Path, how: Dialect, file: TextIO) -> None:
    writer = csv.writer(file, lineterminator="\n")
    classes = model.target.texts is not None
    predictions = iter(model.predictions(data, how))
    first = list(islice(predictions, 1))  # errors in the file come before any output
    writer.writerow([model.target.name, "probability"] if classes else [model.target.name])
    for prediction, probability in chain(first, predictions):
        writer.writerow([prediction, f"{probability:.4f}"] if classes else [prediction])
