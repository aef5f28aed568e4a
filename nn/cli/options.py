"""The options of `python -m nn`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from ..tabular.csvfile import Dialect

DESCRIPTION = (
    "Train a sigmoid network on handwritten digits; or with --data a network on a table "
    "of your own."
)
EPILOG = (
    "Further commands: 'python -m nn predict model.json new.csv' and 'python -m nn example "
    "iris' (a table to try)."
)
RESERVED = {
    "CON",
    "PRN",
    "AUX",
    "NUL",
    *(f"{port}{n}" for port in ("COM", "LPT") for n in "0123456789¹²³"),
}
OF_TABLES = ("task", "ignore", "text", "balanced", "delimiter", "decimal", "header", "encoding")


def training_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options of a training, checked; the defaults are those of the digits, or of a table."""
    parser = argparse.ArgumentParser(
        prog="python -m nn", description=DESCRIPTION, epilog=EPILOG, allow_abbrev=False
    )
    add = parser.add_argument
    add("--hidden", type=positive, default=32, help="hidden units (default: %(default)s)")
    add(
        "--epochs",
        type=positive,
        help="passes over the samples (default: 40; of a table up to 100)",
    )
    add(
        "--learning-rate",
        type=float,
        help="learning rate at the start; it falls to 0 in a line (default: 0.5; of a table 0.01)",
    )
    add("--batch-size", type=positive, default=32, help="samples per step (default: %(default)s)")
    add(
        "--seed",
        type=int,
        default=0,
        help="of the split, the first weights and the order (default: %(default)s)",
    )
    add("--out", help="folder for the files (default: runs/digits; of a table runs/ and its name)")
    add("--resume", action="store_true", help="go on with an interrupted training in that folder")
    table = parser.add_argument_group("a table of your own").add_argument
    table("--data", type=Path, metavar="FILE.csv", help="a CSV file with one sample per row")
    table("--target", metavar="COLUMN", help="the column to predict")
    table("--task", choices=["classes", "numbers"],
          help="what the target is (default: classes if it is text, or at most 20 whole numbers "
               "that repeat)")  # fmt: skip
    table(
        "--ignore",
        metavar="COLUMN",
        action="append",
        default=[],
        help="leave a column out; may be given several times",
    )
    table(
        "--text",
        metavar="COLUMN",
        action="append",
        default=[],
        help="take the numbers of a column for texts, as codes, in which 1 is not 1.0",
    )
    table(
        "--balanced",
        action="store_true",
        help="let every class count as much, however few samples it has",
    )
    dialect_options(table)
    options = parser.parse_args(arguments)
    if (options.data is None) != (options.target is None):
        parser.error(
            "--data and --target belong together: the table, and the column of it to predict"
        )
    if options.learning_rate is not None and not options.learning_rate > 0.0:
        parser.error(f"--learning-rate must be above 0, got {options.learning_rate}")
    options.dialect = dialect_or_error(parser, options)
    digits = options.data is None
    _refuse_what_does_nothing(parser, options)
    options.verbose = True
    options.learning_rate = (
        options.learning_rate if options.learning_rate is not None else 0.5 if digits else 0.01
    )
    options.epochs = options.epochs or (40 if digits else None)
    options.out = Path(
        options.out or ("runs/digits" if digits else f"runs/{folder_name(options.data)}")
    )
    return options


def folder_name(data: Path) -> str:
    """The name of a table as that of a folder of its own, on every system: not `.`, `..`, a device
    of Windows or the digits'.

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


def dialect_options(add: object) -> None:
    """The options that say how a CSV file is written."""
    assert callable(add)
    add("--delimiter", help="between the cells, as ';' or 'tab' (default: found out)")
    add(
        "--decimal",
        choices=[".", ","],
        help="the decimal point of the numbers (default: found out)",
    )
    add(
        "--header",
        action=argparse.BooleanOptionalAction,
        help="whether the first row has the names (default: found out)",
    )
    add(
        "--encoding",
        help="of the text (default: UTF-8, or UTF-16 where its byte order mark says so)",
    )


def dialect_or_error(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Dialect:
    """What the options say of the file; the program ends with a sentence where none can be
    written so.
    """
    delimiter = {"tab": "\t", "\\t": "\t"}.get(options.delimiter, options.delimiter)
    try:
        return Dialect(delimiter, options.decimal, options.header, options.encoding)
    except ValueError as error:
        parser.error(f"--{error}")


def _refuse_what_does_nothing(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """An option that is given and would change nothing is a mistake."""
    given = [name for name in OF_TABLES if getattr(options, name) != parser.get_default(name)]
    if options.data is None and given:
        parser.error(
            f"--{given[0]} is about a table, and without --data there is none: the digits are "
            "learned"
        )
    if options.target is not None and options.target in options.ignore:
        parser.error(
            f"{options.target!r} is the --target and cannot be left out by --ignore as well"
        )
    if options.task == "numbers" and (options.balanced or options.target in options.text):
        option = "--balanced" if options.balanced else f"--text {options.target}"
        parser.error(
            f"{option} is about classes, and --task numbers predicts a number; leave one of them "
            "out"
        )


def positive(text: str) -> int:
    """A whole number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, got {text!r}")
    return int(text)
