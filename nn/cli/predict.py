"""`python -m nn predict model.json new.csv`: a table with a prediction for each row."""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from autograd_core.errors import MissingExtra

from ..files.documents import write_atomically
from ..tabular.dialect import Dialect, TableError
from ..tabular.reading import Source
from ..tabular.tablemodel import TableModel, Unknowns
from .console import Parser, in_words, silence
from .options import dialect_options, dialect_or_error, refuse_overwriting


def main(arguments: Sequence[str]) -> int:
    """Print the predictions or write them to a file; return the exit status."""
    parser = Parser(
        prog="python -m nn predict",
        description="Predict the target of each row of a table.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("model", type=Path, help="a model.json that python -m nn --data wrote")
    add("data", type=Path, help="a table with the same columns; the target may be missing")
    add("--out", type=Path, help="the file to write (default: standard output)")
    add("--probabilities", action="store_true", help="write the probability of each class")
    add(
        "--strict",
        action="store_true",
        help="refuse blank cells and texts that the training table did not have (default: take "
        "them as unknown, and count them)",
    )
    dialect_options(add)
    options = parser.parse_args(arguments)
    dialect = dialect_or_error(parser, options)
    try:
        _predict(options, dialect)
    except BrokenPipeError:  # the reader, such as `head`, closed the pipe
        return 0
    except (ValueError, OSError, MissingExtra) as error:
        print(in_words(error), file=sys.stderr)
        return 1
    return 0


def _predict(options: argparse.Namespace, dialect: Dialect) -> None:
    model = TableModel.load(options.model)
    if options.probabilities and model.target.texts is None:
        raise ValueError(
            f"--probabilities applies to classes, but {model.target.name!r} is a number; remove it"
        )
    source, unknowns = model.opened(options.data, dialect), Unknowns()
    if options.strict:
        for _ in model.parts(source, unknowns):
            pass
        if unknowns.counts:
            raise TableError(
                options.data,
                [f"unknown cells in {line}" for line in unknowns.report()]
                + ["correct them, or predict without --strict"],
            )
    lines = _lines(model, source, unknowns, options.probabilities)
    if options.out is None:
        _print(lines)
    else:
        refuse_overwriting(options.out, options.model, options.data)
        write_atomically(options.out, lines)
    for note in source.notes:
        print(f"note: {note}", file=sys.stderr)
    for line in unknowns.report():
        print(f"note: cells taken as unknown in {line}", file=sys.stderr)


def _print(parts: Iterator[str]) -> None:
    """Write to standard output as UTF-8, whatever the terminal can show: programs read it."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="strict")
    try:
        sys.stdout.writelines(parts)
    finally:
        try:
            sys.stdout.flush()
        except OSError:
            silence()
            raise


def _lines(model: TableModel, source: Source, unknowns: Unknowns, every: bool) -> Iterator[str]:
    """The output in parts, each of many lines; errors in the file come before the first."""
    texts = model.target.texts
    header = [model.target.name]
    if texts is not None:
        header += ["probability", *(f"P({text})" for text in texts if every)]
    for k, (inputs, _) in enumerate(model.parts(source, unknowns)):
        found, shares = model.predict(inputs) if len(inputs) else ([], None)
        file = io.StringIO(newline="")
        writer = csv.writer(file, lineterminator="\n")
        if k == 0:
            writer.writerow(header)
        columns = [found]
        if shares is not None:
            columns.append([f"{p:.4f}" for p in shares.max(axis=1).tolist()])
            columns += [[f"{p:.4f}" for p in column] for column in shares.T.tolist() if every]
        writer.writerows(zip(*columns, strict=True))
        yield file.getvalue()
