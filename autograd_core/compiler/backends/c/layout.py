"""The C file around a program: the header that declares it, the functions, and where its memory
comes from.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from ...ir.program import Program

_WIDTH = 100
_SIMD = "#pragma omp simd"
_KNOWN = (
    [
        "#ifdef __GNUC__",
        "#pragma GCC diagnostic push",
        '#pragma GCC diagnostic ignored "-Wunknown-pragmas"',
        "#endif",
        "",
    ],
    ["#ifdef __GNUC__", "#pragma GCC diagnostic pop", "#endif", ""],
)
"""What keeps compilers without -fopenmp-simd from warnings, before and after the functions."""
_SCALAR = "const double *inputs, double *outputs"
_BATCH = "long n, const double *inputs, const double *samples, double *outputs, double *sampled"


@dataclass
class Sizes:
    """What goes in and out, with a number each (`inputs`, `outputs`), and with one for each sample
    (`samples`, `sampled`); for each guard whether it has samples. Guards come after the outputs.

    The memory has `memory` numbers, and `rows` for each sample.
    """

    inputs: int
    samples: int
    outputs: int
    sampled: int
    guards: list[bool]
    memory: int
    rows: int


def results(program: Program) -> list[tuple[bool, int, int]]:
    """The outputs and the guards: whether one is a row of `sampled`, its place there or among the
    `outputs`, and its instruction.
    """
    found, counts = [], [0, 0]
    for k, i in enumerate([*program.outputs, *[i for i, _ in program.guards]]):
        is_row = program.batched[i] and k >= program.summed
        found.append((is_row, counts[is_row], i))
        counts[is_row] += 1
    return found


def sizes_of(program: Program, memory: int, rows: int) -> Sizes:
    sampled = [row for row, _, _ in results(program)[: len(program.outputs)]].count(True)
    samples = [program.batched[i] for i in program.inputs].count(True)
    return Sizes(
        inputs=len(program.inputs) - samples,
        samples=samples,
        outputs=len(program.outputs) - sampled,
        sampled=sampled,
        guards=[program.batched[i] for i, _ in program.guards],
        memory=memory,
        rows=rows,
    )


@dataclass
class CFile:
    """A program in C: `with_samples` says which outputs had a value for each sample, also before a
    sum over them; `helpers` are functions that it calls, `parts` the lines of those that it is
    divided into, and `lines` those of the last one.
    """

    program: Program
    sizes: Sizes
    with_samples: list[bool]
    helpers: list[str]
    parts: list[list[str]]
    lines: list[str]

    @property
    def batched(self) -> bool:
        return any(self.program.batched)

    @property
    def has_memory(self) -> bool:
        return bool(self.sizes.memory or self.sizes.rows)

    @property
    def header(self) -> str:
        """What a caller includes."""
        sizes, given = self.sizes, _BATCH if self.batched else _SCALAR
        counts = {"INPUTS": sizes.inputs, "OUTPUTS": sizes.outputs}
        if self.batched:
            counts |= {"SAMPLES": sizes.samples, "SAMPLED": sizes.sampled}
        if self.has_memory:
            counts |= {"MEMORY": sizes.memory} | ({"ROWS": sizes.rows} if self.batched else {})
        lines = [f"/* f.h\n\n{self._described()} */", "#ifndef F_H", "#define F_H", ""]
        named = ", ".join([f"F_{name} = {count}" for name, count in counts.items()])
        lines += [f"enum {{ {named} }};", "", *wrapped("", f"void f({given});")]
        if self.has_memory:
            lines += wrapped("", f"void f_in({given}, double *memory);")
        return "\n".join([*lines, "", "#endif", ""])

    def __str__(self) -> str:
        lines = [self.header, "/* f.c */", "#include <math.h>"]
        lines += ["#include <stdlib.h>", ""] if self.has_memory else [""]
        text = "\n".join(self._functions())
        before, after = _KNOWN if _SIMD in text else ([], [])
        return "\n".join([*lines, *before, text, *after])

    def _functions(self) -> list[str]:
        given = _BATCH if self.batched else _SCALAR
        lines = [*self.helpers]
        for k, part in enumerate(self.parts, 1):
            lines += [f"static void part{k}(const double *inputs, double *memory) {{"]
            lines += ["    (void)inputs;", *part, "}", ""]
        name, more = ("f_in", ", double *memory") if self.has_memory else ("f", "")
        lines += wrapped("", f"void {name}({given}{more}) {{")
        lines += [f"    part{k + 1}(inputs, memory);" for k in range(len(self.parts))]
        text = "\n".join(self.lines)
        lines += [f"    (void){x};" for x in _names(given + more) if x not in text]
        lines += [*self.lines, "}", ""]
        return [*lines, *(self._with_memory(given) if self.has_memory else [])]

    def _with_memory(self, given: str) -> list[str]:
        sizes, n = self.sizes, " + F_ROWS * n" if self.batched else ""
        lines = wrapped("", f"void f({given}) {{")
        size = f"(F_MEMORY{n})" if n else "F_MEMORY"
        lines += [f"    double *memory = malloc({size} * sizeof *memory);", "    if (!memory) {"]
        rows = sizes.sampled + sizes.guards.count(True)
        for count, name in (
            (str(sizes.outputs + sizes.guards.count(False)), "outputs"),
            (f"{rows} * n" if rows else "0", "sampled"),
        ):
            if count != "0":
                lines.append(f"        for (long k = 0; k < {count}; k++) {name}[k] = NAN;")
        lines += ["        return;", "    }", f"    f_in({', '.join(_names(given))}, memory);"]
        return [*lines, "    free(memory);", "}", ""]

    def _described(self) -> str:
        program, sizes = self.program, self.sizes
        own = [i for i in program.inputs if not program.batched[i]]
        lines = list(_named("inputs", [program.names.get(i, "") for i in own]))
        if self.batched:
            rows = [program.names.get(i, "") for i in program.inputs if program.batched[i]]
            lines += _named("samples", rows, " * n + s")
            lines.append("Sample s is one of n ≥ 1; sampled[i * n + s] is its result i.")
            if program.summed:
                lines.append("The outputs are sums over the samples.")
        if any([value is None for _, value in program.guards]):
            lines.append("The inputs choiceN select one of several paths through the function.")
        elif sizes.guards:
            guards = ", ".join(self._guards())
            lines.append(f"This is one path through the function. It holds only where {guards}.")
        if self.has_memory:
            needed = "F_MEMORY" + (" + F_ROWS * n" if self.batched else "")
            lines.append(
                f"f allocates {needed} numbers; f_in works in the memory that the caller has."
            )
        return "\n".join([line for x in lines for line in wrapped("   ", x)])

    def _guards(self) -> Iterable[str]:
        counts = [self.sizes.outputs, self.sizes.sampled]
        for (_, value), batched in zip(self.program.guards, self.sizes.guards, strict=True):
            array, more = ("sampled", " * n + s") if batched else ("outputs", "")
            yield f"{array}[{row(counts[batched], more)}] is {float(value or 0.0):g}"
            counts[batched] += 1


def wrapped(indent: str, text: str) -> list[str]:
    """The text on as many lines as it needs."""
    if len(indent) + len(text) <= _WIDTH:
        return [indent + text]
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + "    ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _names(given: str) -> list[str]:
    """The names of parameters."""
    return [x.split()[-1].lstrip("*") for x in given.split(", ")]


def _named(array: str, labels: Sequence[str], more: str = "") -> Iterable[str]:
    """Which element of an array is what; a list in one line."""
    found = groupby(enumerate(labels), key=lambda x: x[1].partition("[")[0] or x[0])
    for _, group in found:
        members = list(group)
        (first, name), (last, end) = members[0], members[-1]
        place = f"{array}[{row(first, more)}]"
        if name and first == last:
            yield f"{place} is {harmless(name)}"
        elif name:
            yield f"{place} to {array}[{row(last, more)}] are {harmless(name)} to {harmless(end)}"


def row(place: int, more: str) -> str:
    return more.removeprefix(" * n + ") if more and not place else f"{place}{more}"


def harmless(label: str) -> str:
    """A label that does not end the comment."""
    return repr(label)[1:-1].replace("*/", "* /").replace("/*", "/ *")
