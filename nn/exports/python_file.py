"""A model as a Python file that needs the standard library only."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from autograd_core import __version__

from ..data import spellings
from . import cells
from .networks import Network

_NUMBERS = '''

def outputs(inputs):
    """The outputs of the model for {count} numbers."""
    if not hasattr(inputs, "__len__"):
        raise TypeError(f"the inputs are a list of numbers, got {{type(inputs).__name__}}")
    if len(inputs) != {count}:
        raise ValueError(f"the model takes {count} inputs, got {{len(inputs)}}")
    for k, x in enumerate(inputs):
        if not hasattr(x, "__float__"):
            raise TypeError(f"input {{k}} is no number, got {{x!r}}")
    return run([float(x) for x in inputs])[0]
'''
_TABLE = '''

def predict(row):
    """The {answer} for a row: a dict with a cell for each column, None where it is blank."""
    if not hasattr(row, "keys"):
        raise TypeError(f"a row is an object from columns to cells, got {{type(row).__name__}}")
    if missing := [column["name"] for column in COLUMNS if column["name"] not in row]:
        raise ValueError(f"the row has no column {{missing[0]!r}}")
    found = run([x for column in COLUMNS for x in encoded(row[column["name"]], column)])[0]
    return {returned}
'''
_MAIN = """

if __name__ == "__main__":
    import json
    import sys

    wrong = False
    for count, line in enumerate(sys.stdin, 1):
        answer = None
        try:
            answer = {call}(json.loads(line))
        except (TypeError, ValueError, OverflowError) as error:
            wrong = True
            print(f"line {{count}}: {{error}}", file=sys.stderr)
        print(json.dumps(answer))
    sys.exit(wrong)
"""


def python_file(network: Network) -> str:
    """The text of the file."""
    table = network.table
    call = f"`outputs` computes {len(network.program.outputs)} numbers from {network.inputs}"
    if table is not None:
        call = f"`predict` takes a row and gives {table['target']['name']!r}"
    head = f"{network.model!r} as plain Python: {call}."
    how = "Each line of standard input is one sample in JSON: `python FILE < samples.jsonl`."
    needs = f"Written by autograd_core {__version__}; needs the standard library only."
    text = f"{head}\n\n{needs}\n{how}\n"
    parts = [f'"""{_harmless(text)}"""\n']
    body = network.with_constants().to_python()
    if table is None:
        return (
            "\n".join(parts)
            + "\n"
            + body
            + _NUMBERS.format(count=network.inputs)
            + _MAIN.format(call="outputs")
        )
    return (
        "\n".join([*parts, _encoding(table), "", body])
        + _answer(table)
        + _MAIN.format(call="predict")
    )


def _harmless(text: str) -> str:
    """A text that does not end a docstring."""
    return text.replace("\\", "\\\\").replace('"""', "'''")


def _encoding(table: dict[str, Any]) -> str:
    """The columns, and the functions of `cells` that read them."""
    functions: list[Callable[..., Any]] = [
        spellings.number, spellings.normalised, spellings.plain, cells.value, cells.index_of,
        cells.days_in, cells.seconds, cells.encoded, cells.shares,
    ]  # fmt: skip
    columns = "\n".join([f"    {column!r}," for column in table["columns"]])
    return "\n".join(
        [
            "from __future__ import annotations\n",
            "import math\nimport re\nimport unicodedata",
            "from datetime import UTC, date, datetime, time",
            "from math import isfinite",
            "from typing import Any\n",
            f"DAYS = {cells.DAYS!r}",
            f"MISSING = {{*{sorted(spellings.MISSING)!r}}}",
            f"NUMBER = re.compile({spellings.NUMBER.pattern!r})",
            f"ISO = re.compile({cells.ISO.pattern!r})",
            f"COLUMNS = [\n{columns}\n]",
            f"TARGET = {table['target']!r}\n\n",
            "\n\n".join([inspect.getsource(function) for function in functions]),
        ]
    )


def _answer(table: dict[str, Any]) -> str:
    if "texts" in table["target"]:
        return _TABLE.format(
            answer="probability of each class",
            returned='dict(zip(TARGET["texts"], shares(found), strict=True))',
        )
    return _TABLE.format(answer="number", returned='found[0] * TARGET["scale"] + TARGET["mean"]')
