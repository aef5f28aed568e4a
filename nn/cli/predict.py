"""`python -m nn predict model.json new.csv`: a CSV table with a prediction for each row."""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections.abc import Sequence
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

from ..files.documents import write_atomically
from ..tabular.csvfile import Dialect
from ..tabular.tablemodel import TableModel
from .console import silence
from .options import dialect_options, dialect_or_error, refuse_overwriting


def main(arguments: Sequence[str]) -> int:
    """Print the predictions or write them to a file; return the exit status."""
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
    dialect = dialect_or_error(parser, options)
    try:
        model = TableModel.load(options.model)
        if options.out is None:
            _print(model, options.data, dialect)
        else:
            refuse_overwriting(options.out, options.model, options.data)
            text = io.StringIO(newline="")
            _write(model, options.data, dialect, text)
            write_atomically(options.out, text.getvalue())
    except BrokenPipeError:  # the reader, such as `head`, closed the pipe
        return 0
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _print(model: TableModel, data: Path, dialect: Dialect) -> None:
    """Write to standard output as UTF-8, whatever the terminal can show: programs read it."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="strict")
    try:
        _write(model, data, dialect, sys.stdout)
    finally:
        try:
            sys.stdout.flush()
        except OSError:
            silence()
            raise


def _write(model: TableModel, data: Path, dialect: Dialect, file: TextIO) -> None:
    writer = csv.writer(file, lineterminator="\n")
    columns = 1 if model.target.texts is None else 2
    predictions = ((y, f"{p:.4f}") for y, p in model.predictions(data, dialect))
    first = list(islice(predictions, 1))  # errors in the file come before any output
    for row in chain([(model.target.name, "probability")], first, predictions):
        writer.writerow(row[:columns])
