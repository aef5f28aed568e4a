"""`python -m nn export model.json --to python`: a model as a file that runs elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from autograd_core.errors import MissingExtra

from ..exports.export import FORMATS, export, format_of
from .console import Parser, in_words
from .options import refuse_overwriting


def main(arguments: Sequence[str]) -> int:
    """Write the file, and print its path; return the exit status."""
    parser = Parser(
        prog="python -m nn export",
        description="Write a model as a file that runs without this library.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("model", type=Path, help="a model.json that python -m nn wrote")
    add("--to", choices=sorted(FORMATS), help="the format to write (default: the ending of --out)")
    add("--dtype", default="float64", help="float64, or for ONNX also float32")
    add("--out", type=Path, help="the file to write (default: beside the model)")
    options = parser.parse_args(arguments)
    if not (options.to or options.out):
        parser.error("say what to write: --to python, or --out model.py")
    try:
        to = options.to or format_of(options.out)
        out = options.out or options.model.with_suffix(FORMATS[to].ending)
        refuse_overwriting(out, options.model)
        if to == "javascript":
            print("compiling to WebAssembly, which takes a minute the first time", file=sys.stderr)
        export(options.model, out, to, options.dtype)
    except (ValueError, OSError, MissingExtra) as error:
        print(in_words(error), file=sys.stderr)
        return 1
    print(out)
    return 0
