"""`python -m nn evaluate model.json labelled.csv`: predictions beside the targets of a table."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from autograd_core.errors import MissingExtra

from ..plots import save_evaluation
from ..tabular.dialect import Dialect, TableError
from ..tabular.libraries import numpy
from ..tabular.tablemodel import TableModel, Unknowns
from ..training.reports import Report
from .console import Parser, in_words, write_line
from .options import dialect_options, dialect_or_error, refuse_overwriting


def main(arguments: Sequence[str]) -> int:
    """Print the report and, if asked for, write the picture; return the exit status."""
    parser = Parser(
        prog="python -m nn evaluate",
        description="Compare the predictions for a table with the targets in it.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("model", type=Path, help="a model.json that python -m nn --data wrote")
    add("data", type=Path, help="a table with the same columns and the target")
    add("--out", type=Path, metavar="PICTURE", help="write a picture: a .png, .svg or .pdf file")
    dialect_options(add)
    options = parser.parse_args(arguments)
    dialect = dialect_or_error(parser, options)
    try:
        _evaluate(options, dialect)
    except (ValueError, OSError, MissingExtra) as error:
        print(in_words(error), file=sys.stderr)
        return 1
    return 0


def _evaluate(options: argparse.Namespace, dialect: Dialect) -> None:
    model = TableModel.load(options.model)
    if options.out is not None:
        refuse_overwriting(options.out, options.model, options.data)
    report, notes = evaluated(model, options.data, dialect)
    for note in notes:
        write_line(f"note: {note}")
    n = len(report.right)
    for line in report.lines(f"on {n:,} samples"):
        write_line(line)
    if options.out is not None:
        title = f"{options.data.name}: {model.target.name}, {n:,} samples"
        save_evaluation(report, title, options.out)
        write_line(f"picture    {options.out}")


def evaluated(model: TableModel, path: Path, dialect: Dialect) -> tuple[Report, list[str]]:
    """The report on a table with targets, and what was assumed."""
    source, unknowns = model.opened(path, dialect, labelled=True), Unknowns()
    parts, found, lost = [], [], 0
    for inputs, targets in model.parts(source, unknowns, labelled=True):
        known = ~numpy.isnan(targets)
        lost += int((~known).sum())
        if known.any():
            parts.append(targets[known])
            found.append(model.outputs(inputs[known]))
    if not parts:
        raise TableError(
            path,
            f"no row has a known target in {model.target.name!r}; to predict it, use python -m nn "
            "predict",
        )
    notes = [*source.notes, *(f"cells taken as unknown in {line}" for line in unknowns.report())]
    if lost:
        what = "target" if model.target.texts is None else "class that the model knows"
        notes.append(f"{lost:,} rows without a {what} are left out")
    return model.report(numpy.concatenate(parts), numpy.concatenate(found)), notes
