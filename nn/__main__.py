"""`python -m nn`: train a sigmoid network on handwritten digits; save the model, the curves and a
picture.

With `--data` it trains on your own table instead.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from contextlib import ExitStack

from autograd_core.errors import MissingExtra

from .cli import examples, export
from .cli.console import in_words, printable, say
from .cli.digits_job import DigitsJob
from .cli.job import INTERRUPTED, Job, carry_out, checkpoint_in
from .cli.options import training_options


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command: train on digits or a table, predict, evaluate, or write an example.

    Args:
        arguments: the words after `python -m nn`; by default those of this process.

    Returns:
        The exit status: 0, 1 after an error, 130 after Ctrl-C.

    Raises:
        SystemExit: an option is not valid, or help was asked for.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    printable()
    commands = {
        "predict": _with_tables, "evaluate": _with_tables, "example": _example, "export": _export,
    }  # fmt: skip
    try:
        if arguments and arguments[0] in commands:
            return commands[arguments[0]](arguments)
        return _train(arguments)
    except KeyboardInterrupt:  # before or after the training, which handles Ctrl-C itself
        print("interrupted", file=sys.stderr)
        return INTERRUPTED


def _with_tables(arguments: Sequence[str]) -> int:
    try:
        from .cli import evaluate, predict  # with pandas, which the digits do not need
    except MissingExtra as error:
        print(error, file=sys.stderr)
        return 1
    name, *rest = arguments
    return predict.main(rest) if name == "predict" else evaluate.main(rest)


def _example(arguments: Sequence[str]) -> int:
    return examples.main(arguments[1:])


def _export(arguments: Sequence[str]) -> int:
    return export.main(arguments[1:])


def _job(options: Namespace) -> Job:
    if options.data is None:
        return DigitsJob(options)
    from .cli.table_job import TableJob

    return TableJob(options)


def _train(arguments: Sequence[str]) -> int:
    options = training_options(arguments)
    with ExitStack() as stack:  # locks the folder until the end
        try:
            job = _job(options)
            checkpoint = stack.enter_context(checkpoint_in(options.out, options.resume))
        except (MissingExtra, OSError, ValueError) as error:
            say(in_words(error))
            return 1
        return carry_out(job, checkpoint, arguments)


if __name__ == "__main__":
    raise SystemExit(main())
