"""`python -m nn example iris`: tables that scikit-learn ships, as CSV files to try `--data` on."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograd_core.errors import MissingExtra

from ..files.documents import write_atomically
from .console import Parser, in_words

TABLES = {
    "iris": "species",
    "wine": "cultivar",
    "breast_cancer": "diagnosis",
    "diabetes": "progression",
}
"""The tables, each with the column to predict."""


def main(arguments: Sequence[str]) -> int:
    """Write a table into the current folder, and print the command that trains on it."""
    parser = Parser(
        prog="python -m nn example",
        description="Write one of the tables of scikit-learn as a CSV file.",
        allow_abbrev=False,
    )
    parser.add_argument("table", choices=sorted(TABLES), help="the table to write")
    parser.add_argument(
        "--out", type=Path, help="the file to write (default: the name of the table, with .csv)"
    )
    options = parser.parse_args(arguments)
    path = options.out or Path(f"{options.table}.csv")
    try:
        rows = write_example(options.table, path)
    except (MissingExtra, OSError) as error:
        print(in_words(error))
        return 1
    print(
        f"wrote {rows} samples to {path}; train on them with: python -m nn --data {path} --target "
        f"{TABLES[options.table]}"
    )
    return 0


def write_example(table: str, path: Path) -> int:
    """Write a table with its header to a file; return the number of samples. An existing different
    file is kept.
    """
    try:
        from sklearn import datasets  # type: ignore[import-untyped]
    except ImportError:
        raise MissingExtra("scikit-learn", "demo", f"the table {table}") from None
    found: Any = getattr(datasets, f"load_{table}")()
    names = getattr(found, "target_names", None)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*map(str, found.feature_names), TABLES[table]])
    for row, target in zip(found.data.tolist(), found.target.tolist(), strict=True):
        writer.writerow([*row, target if names is None else names[target]])
    if path.is_file() and path.read_bytes() != text.getvalue().encode():
        raise FileExistsError(
            f"{path} already exists and is a different file; rename it, or choose another file "
            "with --out"
        )
    write_atomically(path, text.getvalue())
    return len(found.data)
