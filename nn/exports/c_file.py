"""A model as a C99 file that needs nothing but a compiler and <math.h>."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from autograd_core import __version__

from .c_cells import reading
from .c_texts import array_of_texts
from .cells import DAYS
from .networks import Network

_OUTPUTS = """
/* The outputs of the model; NAN where there is no memory. */
void model_outputs(const double *given, double *outputs) {
    double *inputs = malloc(F_INPUTS * sizeof *inputs);
    if (!inputs) {
        for (int k = 0; k < MODEL_OUTPUTS; k++) outputs[k] = NAN;
        return;
    }
    memcpy(inputs, given, MODEL_INPUTS * sizeof *inputs);
    memcpy(inputs + MODEL_INPUTS, parameters, sizeof parameters);
    f(inputs, outputs);
    free(inputs);
}
"""
_SHARES = """
    double largest_score = found[0], total = 0.0;
    for (int k = 1; k < MODEL_OUTPUTS; k++)
        if (found[k] > largest_score) largest_score = found[k];
    for (int k = 0; k < MODEL_OUTPUTS; k++) total += outputs[k] = exp(found[k] - largest_score);
    for (int k = 0; k < MODEL_OUTPUTS; k++) outputs[k] /= total;
"""
_MAIN = r"""
#ifdef MODEL_MAIN
#include <stdio.h>

/* Read a text, with a ? at its start if it is too long; what ended it: one of the ends, or EOF. */
static int read_text(char *text, size_t size, const char *ends) {
    size_t n = 0;
    int x;
    while ((x = getchar()) != EOF && !(x && strchr(ends, x)))
        if (n + 1 < size) text[n++] = (char)x;
        else text[0] = '?';
    text[n] = 0;
    return x;
}

static void print_outputs(const double *outputs) {
    for (int k = 0; k < MODEL_OUTPUTS; k++)
        printf(k + 1 < MODEL_OUTPUTS ? "%.17g " : "%.17g\n", outputs[k]);
}
"""
_OF_NUMBERS = r"""
int main(void) {
    static char text[1 << 10];
    double inputs[MODEL_INPUTS], outputs[MODEL_OUTPUTS];
    int end = '\n';
    for (long line = 1; end != EOF; line++) {
        long count = 0;
        do {
            end = read_text(text, sizeof text, " \t\r\n");
            if (!*text) continue;
            char *rest;
            const double x = strtod(text, &rest);
            if (*rest) {
                fprintf(stderr, "line %ld: \"%.40s\" is no number; numbers have spaces between\n",
                        line, text);
                return 1;
            }
            if (count < MODEL_INPUTS) inputs[count] = x;
            count++;
        } while (end != '\n' && end != EOF);
        if (count && count != MODEL_INPUTS) {
            fprintf(stderr, "line %ld: a sample has %d numbers, got %ld\n", line, (int)MODEL_INPUTS,
                    count);
            return 1;
        }
        if (!count) continue;
        model_outputs(inputs, outputs);
        print_outputs(outputs);
    }
    return 0;
}
#endif
"""
_OF_CELLS = r"""
int main(void) {
    static char text[1 << 16];
    double cells[MODEL_CELLS], outputs[MODEL_OUTPUTS];
    int end = '\n';
    for (long line = 1; end != EOF; line++) {
        long count = 0;
        do {
            end = read_text(text, sizeof text, "\t\n");
            if (end == EOF && !count && !*text) return 0;
            if (count < MODEL_CELLS) cells[count] = model_cell((int)count, text);
            count++;
        } while (end == '\t');
        if (count != MODEL_CELLS) {
            fprintf(stderr, "line %ld: a row has %d cells with tabs between, got %ld\n", line,
                    (int)MODEL_CELLS, count);
            return 1;
        }
        model_predict(cells, outputs);
        print_outputs(outputs);
    }
    return 0;
}
#endif
"""


def c_file(network: Network) -> str:
    """The text of the file."""
    return "\n".join(_parts(network))


def _parts(network: Network) -> Iterator[str]:
    table, call = network.table, "model_outputs(inputs, outputs)"
    if table is not None:
        call = "model_predict(cells, outputs)"
    yield f"/* {_harmless(repr(network.model))} in C99: {call}."
    yield f"   Written by autograd_core {__version__}. Compile it with -lm; with -DMODEL_MAIN it is"
    given = "rows of cells with tabs between" if table is not None else "samples of numbers"
    yield f"   a program that reads {given}, one a line, and writes a line for each. */"
    yield network.with_inputs().source("c")
    yield (
        "#include <ctype.h>\n" * (table is not None) + "#include <stdlib.h>\n#include <string.h>\n"
    )
    yield f"enum {{ MODEL_INPUTS = {network.inputs}, MODEL_OUTPUTS = {_outputs(network)} }};\n"
    yield _numbers("static const double parameters[]", network.parameters or [0.0])
    yield _OUTPUTS
    if table is not None:
        yield from _table(table)
        yield from reading(table["columns"])
    yield _MAIN + (_OF_NUMBERS if table is None else _OF_CELLS)


def _outputs(network: Network) -> int:
    return len(network.program.outputs)


def _table(table: dict[str, Any]) -> Iterator[str]:
    """What reads the cells of a row, and the names of the classes."""
    columns, target = table["columns"], table["target"]
    yield f"enum {{ MODEL_CELLS = {len(columns)} }};\n"
    if "texts" in target:
        yield array_of_texts("model_classes", target["texts"], "const")
    yield "/* The cells of a row, NAN where one is blank or unknown:"
    for k, column in enumerate(columns):
        yield f"   cells[{k}] is {_harmless(column['name'])}{_kind(k, column)}"
    answer = "the probabilities of model_classes" if "texts" in target else target["name"]
    yield f"   The outputs are {_harmless(answer)}. */"
    for k, column in enumerate(columns):
        if "texts" in column:
            yield array_of_texts(f"model_texts{k}", column["texts"], "const")
    yield "void model_predict(const double *cells, double *outputs) {"
    yield "    double inputs[MODEL_INPUTS] = {0.0}, found[MODEL_OUTPUTS];"
    place = 0
    for k, column in enumerate(columns):
        lines, place = _cell(k, column, place)
        yield from lines
    yield "    model_outputs(inputs, found);"
    if "texts" in target:
        yield _SHARES.strip("\n")
    else:
        yield f"    outputs[0] = found[0] * {target['scale']!r} + {target['mean']!r};"
    yield "}"


def _kind(k: int, column: dict[str, Any]) -> str:
    if "texts" in column:
        return f": an index of model_texts{k}"
    return ", in days since 1970" if "date" in column else ""


def _cell(k: int, column: dict[str, Any], place: int) -> tuple[list[str], int]:
    """The lines that write the inputs for a cell, and the place of the next column."""
    cell, lines = f"cells[{k}]", [f"    if (isfinite(cells[{k}])) {{"]
    if "texts" in column:
        lines.append(f"        inputs[{place} + (int){cell}] = 1.0;")
        end = place + len(column["texts"])
    else:
        scaled = f"({cell} - {column['mean']!r}) / {column['scale']!r}"
        lines.append(f"        inputs[{place}] = {scaled};")
        end = place + 1
        for cycle in column.get("cycles", []):
            angle = f"2.0 * 3.141592653589793 / {DAYS[cycle]!r} * {cell}"
            lines += [f"        inputs[{end}] = sin({angle});"]
            lines += [f"        inputs[{end + 1}] = cos({angle});"]
            end += 2
    if not column.get("unknown"):
        return [*lines, "    }"], end
    return [*lines, "    } else {", f"        inputs[{end}] = 1.0;", "    }"], end + 1


def _numbers(name: str, numbers: Sequence[float]) -> str:
    rows = [", ".join(map(repr, numbers[k : k + 4])) for k in range(0, len(numbers), 4)]
    return f"{name} = {{\n    " + ",\n    ".join(rows) + "\n};"


def _harmless(text: str) -> str:
    """A text that does not end a comment."""
    return " ".join(text.split()).replace("*/", "* /").replace("/*", "/ *")
