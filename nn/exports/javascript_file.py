"""A model as a JavaScript module for browsers and Node: its C as WebAssembly, and what calls it."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

from autograd_core import __version__

from .c_cells import LONGEST
from .c_file import c_file
from .networks import Network
from .webassembly import webassembly

_HEAD = """// {model} in WebAssembly: {call}.
// Written by autograd_core {version}. It needs nothing: import it in a page, or in Node.

const code = "{code}";
const {{ instance }} = await WebAssembly.instantiate(
    Uint8Array.from(atob(code), (sign) => sign.charCodeAt(0)), {{}});
const {{ memory, malloc, _initialize }} = instance.exports;
_initialize();
const kind = (x) => Array.isArray(x) ? "an array" : typeof x === "string" ? JSON.stringify(x)
    : x === null ? "null" : typeof x;
const given = malloc(8 * {inputs}), found = malloc(8 * {outputs});
"""
_NUMBERS = """
/** The outputs of the model for {inputs} numbers. */
export function outputs(inputs) {{
    if (!Array.isArray(inputs) && !ArrayBuffer.isView(inputs))
        throw new TypeError(`the inputs are an array of numbers, got ${{kind(inputs)}}`);
    if (inputs.length !== {inputs})
        throw new RangeError(`the model takes {inputs} inputs, got ${{inputs.length}}`);
    const k = Array.from(inputs).findIndex((x) => !["number", "boolean"].includes(typeof x));
    if (k >= 0) throw new TypeError(`input ${{k}} is no number, got ${{kind(inputs[k])}}`);
    new Float64Array(memory.buffer, given, {inputs}).set(inputs);
    instance.exports.model_outputs(given, found);
    return [...new Float64Array(memory.buffer, found, {outputs})];
}}
"""
_TABLE = """const text = malloc({longest});

/** The columns of a row. */
export const columns = {columns};
const kinds = {kinds};
{classes}
function value(cell, k) {{
    if (cell === null || cell === undefined) return NaN;
    if (kinds[k] === "date" && cell instanceof Date) return cell.getTime() / 86400000;
    if (kinds[k] === "number" && ["number", "boolean"].includes(typeof cell)) {{
        const x = Number(cell);
        return Number.isFinite(x) ? x : NaN;
    }}
    const bytes = new TextEncoder().encode(`${{cell}}`.normalize("NFC").trim());
    if (bytes.length >= {longest} || bytes.includes(0)) return NaN;
    new Uint8Array(memory.buffer, text, bytes.length + 1).set([...bytes, 0]);
    return instance.exports.model_cell(k, text);
}}

/** The {answer} for a row: an object with a cell for each column, null where it is blank. */
export function predict(row) {{
    if (row === null || typeof row !== "object" || Array.isArray(row))
        throw new TypeError(`a row is an object from columns to cells, got ${{kind(row)}}`);
    const missing = columns.find((name) => !Object.hasOwn(row, name));
    if (missing !== undefined)
        throw new TypeError(`the row has no column ${{JSON.stringify(missing)}}`);
    const cells = columns.map((name, k) => value(row[name], k));
    new Float64Array(memory.buffer, given, {inputs}).set(cells);
    instance.exports.model_predict(given, found);
    const numbers = [...new Float64Array(memory.buffer, found, {outputs})];
    return {returned};
}}
"""


def javascript_file(network: Network) -> str:
    """The text of the module."""
    table, outputs = network.table, len(network.program.outputs)
    call, functions, inputs = "`outputs(inputs)`", ["model_outputs"], network.inputs
    if table is not None:
        call, functions = "`predict(row)`", ["model_predict", "model_cell"]
        inputs = len(table["columns"])
    head = _HEAD.format(
        model=" ".join(repr(network.model).split()),
        call=call,
        version=__version__,
        code=b64encode(webassembly(c_file(network), functions)).decode(),
        inputs=inputs,
        outputs=outputs,
    )
    if table is None:
        return head + _NUMBERS.format(inputs=inputs, outputs=outputs)
    return head + _of_table(table, outputs)


def _of_table(table: dict[str, Any], outputs: int) -> str:
    columns, texts = table["columns"], table["target"].get("texts")
    kinds = ["texts" if "texts" in x else "date" if "date" in x else "number" for x in columns]
    classes = f"/** The classes. */\nexport const classes = {json.dumps(texts)};\n" if texts else ""
    entries = "Object.fromEntries(classes.map((name, k) => [name, numbers[k]]))"
    return _TABLE.format(
        longest=LONGEST,
        columns=json.dumps([column["name"] for column in columns]),
        kinds=json.dumps(kinds),
        classes=classes,
        answer="probability of each class" if texts else "number",
        inputs=len(columns),
        outputs=outputs,
        returned=entries if texts else "numbers[0]",
    )
