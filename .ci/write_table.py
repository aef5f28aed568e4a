"""Write what follows from the table of primitives: `python .ci/write_table.py`.

These are the types of the public functions and of their methods, for type checkers and editors, the
list of the functions in the documentation, and the rows of the native tape. A test compares them
with the table.
"""

from __future__ import annotations

import sys
from inspect import Parameter
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from autograd_core.compiler.backends.c.formulas import Formulas  # noqa: E402
from autograd_core.compiler.backends.expressions import ATOM  # noqa: E402
from autograd_core.compiler.backends.naming import BUILT_IN  # noqa: E402
from autograd_core.primitives import TABLE  # noqa: E402
from autograd_core.primitives.primitive import Primitive  # noqa: E402
from autograd_core.primitives.public import PUBLIC, domain_of  # noqa: E402

WRITTEN = '"""{} Written by `python .ci/write_table.py`."""\n\n'

FUNCTIONS = """from collections.abc import Iterable
from typing import overload

from .engine.value import Value
from .primitives.primitive import V
"""

OF_MANY = '''@overload
def {name}(x: V, y: V | float, /, *xs: V | float) -> V:
    """{sentence}"""

@overload
def {name}(x: float, y: V, /, *xs: V | float) -> V: ...
@overload
def {name}(x: float, y: float, z: V, /, *xs: V | float) -> V: ...
@overload
def {name}(x: float, y: float, /, *xs: float) -> float: ...
@overload
def {name}(xs: Iterable[V], /) -> V: ...
@overload
def {name}(xs: Iterable[float], /) -> float: ...  # type: ignore[overload-overlap]
@overload
def {name}(xs: Iterable[Value | float], /) -> Value: ...
'''

METHODS = """from typing import Self

class FunctionMethods:
    __slots__ = ()
"""

LIST = """# Functions

Every function takes plain numbers and `Value`s, and has derivatives of every order. It is a method
of `Value` too: `v.sin()` is `sin(v)`. `help(autograd_core.sin)` says more about each.

`python .ci/write_table.py` writes this page from the
[table of primitives](../autograd_core/primitives).

The derivative is that with respect to each operand; y is the result.

| function | meaning | formula | derivative | domain |
|---|---|---|---|---|
"""


def texts() -> dict[Path, str]:
    """The files and what they hold."""
    package = ROOT / "autograd_core"
    title = WRITTEN.format("The types of the public functions.")
    names = "".join(f'    "{name}",\n' for name in PUBLIC)
    functions = "".join(map(_function, PUBLIC.values()))
    methods = "".join(map(_method, PUBLIC.values()))
    return {
        package / "elementwise.pyi": f"{title}{FUNCTIONS}\n__all__ = [\n{names}]\n\n{functions}",
        package / "engine" / "function_methods.pyi": WRITTEN.format("The types of the methods.")
        + METHODS
        + methods,
        package / "compiler" / "backends" / "native" / "rows.h": _rows_in_c(),
        ROOT / "docs" / "functions.md": LIST + "".join(map(_line, PUBLIC.values())),
    }


def _rows_in_c() -> str:
    """The rows of up to three operands that have a formula in C: their functions, and a list."""
    formulas, operands = Formulas(), [(x, ATOM) for x in "ABC"]
    rows = [row for name, row in TABLE.items() if name in BUILT_IN and 0 < row.arity <= 3]
    lines = []
    for row in rows:
        try:
            text, _ = formulas.expression(row, operands[: row.arity])
        except ValueError:  # it has none, so a program with it is not for the tape
            continue
        lines.append(f"    ROW({row.name}, {row.arity}, {text})")
    return "\n".join(
        [
            "/* The rows of the table. Written by `python .ci/write_table.py`. */",
            *formulas.definitions,
            "/* Name, number of operands, formula. */",
            "#define ROWS(ROW) \\",
            " \\\n".join(lines),
            "",
        ]
    )


def _parameters(row: Primitive) -> list[Parameter]:
    return [*row.__signature__.parameters.values()]


def _sentence(row: Primitive) -> str:
    return row.doc.partition(";")[0].removesuffix(".") + "."


def _function(row: Primitive) -> str:
    parameters, name, sentence = _parameters(row), row.name, _sentence(row)
    if parameters[0].kind is Parameter.VAR_POSITIONAL:
        return OF_MANY.format(name=name, sentence=sentence)
    end = ", /" if parameters[0].kind is Parameter.POSITIONAL_ONLY else ""
    lines = []
    for k in range(len(parameters) + 1):  # the k-th is the first Value; in the end there is none
        of_values = k < len(parameters)
        kinds = ["float"] * k + ["V"] * of_values + ["V | float"] * (len(parameters) - k - 1)
        given = [
            _typed(p, kind, i > k or not of_values)
            for i, (p, kind) in enumerate(zip(parameters, kinds, strict=True))
        ]
        lines.append(f"def {name}({', '.join(given)}{end}) -> {'V' if of_values else 'float'}:")
    bodies = [f'\n    """{sentence}"""\n\n', *[" ...\n"] * (len(lines) - 1)]
    return "".join([f"@overload\n{a}{b}" for a, b in zip(lines, bodies, strict=True)])


def _typed(p: Parameter, kind: str, may_default: bool = True) -> str:
    if not may_default or p.default is p.empty:
        return f"{p.name}: {kind}"
    return f"{p.name}: {kind}{' | None' * (p.default is None)} = {p.default!r}"


def _method(row: Primitive) -> str:
    parameters = _parameters(row)
    many = parameters[0].kind is Parameter.VAR_POSITIONAL
    others = ["*xs: Self | float"] if many else [_typed(p, "Self | float") for p in parameters[1:]]
    line = f"    def {row.name}({', '.join(['self', *others])}) -> Self:\n"
    alias = f"    {row.array} = {row.name}\n" if row.array not in (None, row.name) else ""
    return f'{line}        """{_sentence(row)}"""\n{alias}'


def _line(row: Primitive) -> str:
    call = f"`{row.name}({', '.join(map(str, _parameters(row)))})`"
    domains = ", ".join(dict.fromkeys(map(domain_of, row.domain)))
    meaning = row.doc.replace("|", r"\|")
    rules = [row.rule] if isinstance(row.rule, str) else row.rule
    rule = "; ".join(rules).replace("|", r"\|")
    return f"| {call} | {meaning} | ${row.latex}$ | {rule} | {domains} |\n"


if __name__ == "__main__":
    for path, text in texts().items():
        path.write_text(text, "utf-8")
