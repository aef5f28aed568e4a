"""The options of `python -m nn`."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from ..tabular.dialect import Dialect
from .console import Parser

DESCRIPTION = "Train a sigmoid network on handwritten digits or, with --data, on your own table."
EPILOG = (
    "Other commands: 'python -m nn predict model.json new.csv', 'python -m nn evaluate model.json "
    "labelled.csv', 'python -m nn export model.json --to python', and 'python -m nn example iris' "
    "(a table to try)."
)
RESERVED = {
    "CON",
    "PRN",
    "AUX",
    "NUL",
    *(f"{port}{n}" for port in ("COM", "LPT") for n in "0123456789¹²³"),
}
OF_TABLES = (
    "task", "ignore", "text", "keep", "missing", "balanced",
    "delimiter", "decimal", "header", "encoding",
)  # fmt: skip


def training_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Parse and check the options of a training. The defaults differ for digits and tables."""
    parser = Parser(prog="python -m nn", description=DESCRIPTION, epilog=EPILOG, allow_abbrev=False)
    add = parser.add_argument
    add(
        "--hidden",
        type=sizes,
        metavar="SIZES",
        help="units of the hidden layers, such as 64,32 (default: 32, or 64 for a table)",
    )
    add(
        "--epochs",
        type=positive,
        help="passes over the samples (default: 40, or at most 200 for a table)",
    )
    add(
        "--learning-rate",
        type=float,
        help="initial learning rate; it falls linearly to 0 (default: 0.5, or 0.01 for a table)",
    )
    add(
        "--weight-decay",
        type=not_negative,
        metavar="λ",
        help="how strongly weights are pulled towards 0 (default: 0, or for a table the best of "
        "five values on held-out samples)",
    )
    add(
        "--patience",
        type=positive,
        metavar="EPOCHS",
        help="hold out a fifth of the training samples, and stop when their loss has not improved "
        "for this many epochs",
    )
    add("--batch-size", type=positive, default=32, help="samples per step (default: %(default)s)")
    add(
        "--seed",
        type=int,
        default=0,
        help="seed of the split, the initial weights and the sample order (default: %(default)s)",
    )
    add("--out", help="folder for the files (default: runs/digits, or runs/ and the table's name)")
    add("--resume", action="store_true", help="continue the interrupted training in that folder")
    table = parser.add_argument_group("your own table").add_argument
    table(
        "--data",
        type=Path,
        metavar="FILE",
        help="a CSV, Excel or Parquet file with one sample per row",
    )
    table("--target", metavar="COLUMN", help="the column to predict")
    table("--task", choices=["classes", "numbers"],
          help="what the target is (default: classes if it is text, or at most 20 whole numbers "
               "that repeat)")  # fmt: skip
    for name, text in (
        ("--ignore", "leave out a column"),
        ("--text", "read a column of numbers as text (codes)"),
        ("--keep", "use a column that would otherwise be left out as an id"),
    ):
        text += "; you can give it several times"
        table(name, metavar="COLUMN", action="append", default=[], help=text)
    table("--missing", choices=["fill", "drop", "error"], default="fill",
          help="what to do with missing values: fill in the mean or a separate category, drop "
               "their rows, or stop with an error (default: fill)")  # fmt: skip
    table(
        "--balanced",
        action="store_true",
        help="give all classes the same total weight, however few samples they have",
    )
    dialect_options(table)
    options = parser.parse_args(arguments)
    if (options.data is None) != (options.target is None):
        parser.error("--data and --target belong together: the table, and the column to predict")
    if options.learning_rate is not None and not options.learning_rate > 0.0:
        parser.error(f"--learning-rate must be above 0, got {options.learning_rate}")
    options.dialect = dialect_or_error(parser, options)
    _check_combinations(parser, options)
    name, epochs, learning_rate = (
        ("digits", 40, 0.5) if options.data is None else (folder_name(options.data), None, 0.01)
    )
    options.learning_rate = options.learning_rate or learning_rate
    options.epochs = options.epochs or epochs
    options.hidden = options.hidden or ([32] if options.data is None else [64])
    options.out = Path(options.out or f"runs/{name}")
    return options


def refuse_overwriting(out: Path, *inputs: Path) -> None:
    """Raise a ValueError if the output would overwrite an input file."""
    for path in inputs:
        if out.exists() and path.exists() and out.samefile(path):
            raise ValueError(
                f"{out} would overwrite {path}, which is an input; choose another --out"
            )


def folder_name(data: Path) -> str:
    """The name of a table as a folder name that is safe on every system: not `.`, `..`, a Windows
    device or the folder of the digits.

    >>> names = ("iris.csv", "..csv", "a..csv", ".csv", "CON.csv", "digits.csv")
    >>> [folder_name(Path(name)) for name in names]
    ['iris', 'table', 'a', 'csv', 'table-CON', 'table-digits']
    """
    name = data.stem.strip(". ") or "table"
    return (
        f"table-{name}"
        if name == "digits" or name.partition(".")[0].strip().upper() in RESERVED
        else name
    )


def dialect_options(add: Callable[..., object]) -> None:
    """Add the options for the format of a CSV file."""
    add("--delimiter", help="the character between cells, such as ';' or 'tab' (default: detected)")
    add(
        "--decimal",
        choices=[".", ","],
        help="the decimal separator of the numbers (default: detected)",
    )
    add(
        "--header",
        action=argparse.BooleanOptionalAction,
        help="whether the first row holds the column names (default: detected)",
    )
    add(
        "--encoding",
        help="the encoding of the text, such as cp1252 (default: detected)",
    )


def dialect_or_error(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Dialect:
    """The format of the CSV file from the options; exits with an error message if it is invalid."""
    delimiter = {"tab": "\t", "\\t": "\t"}.get(options.delimiter, options.delimiter)
    try:
        return Dialect(delimiter, options.decimal, options.header, options.encoding)
    except ValueError as error:
        parser.error(f"--{error}")


def _check_combinations(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Reject options that would have no effect."""
    given = [name for name in OF_TABLES if getattr(options, name) != parser.get_default(name)]
    if options.data is None and given:
        parser.error(
            f"--{given[0]} applies to a table; give one with --data, or leave the option out"
        )
    if options.target is not None and options.target in options.ignore:
        parser.error(
            f"{options.target!r} is both the --target and in --ignore; remove it from one of them"
        )
    if options.task == "numbers" and (options.balanced or options.target in options.text):
        option = "--balanced" if options.balanced else f"--text {options.target}"
        parser.error(
            f"{option} applies to classes, but --task numbers predicts a number; remove one of them"
        )


def sizes(text: str) -> list[int]:
    """The sizes of layers, such as 64,32."""
    return [positive(size.strip()) for size in text.split(",")]


def not_negative(text: str) -> float:
    """A number of at least 0."""
    with suppress(ValueError):
        if 0.0 <= float(text) < math.inf:
            return float(text)
    raise argparse.ArgumentTypeError(f"must be a number of at least 0, got {text!r}")


def positive(text: str) -> int:
    """A whole number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, got {text!r}")
    return int(text)
