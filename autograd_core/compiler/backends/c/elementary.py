"""The functions in loops over elements: those of elementary.h, which become vector code.

Those of <math.h> are called for one number at a time.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from functools import cache

FAST = {name: f"fast_{name}" for name in ("exp", "expm1", "log", "log1p", "tanh")}
"""The names here of functions of <math.h>."""

_HEAD = """\
/* Without branches, so that loops over them become vector code. */
#include <stdint.h>

#ifdef FP_FAST_FMA
#define MULTIPLY_ADD(a, b, c) fma(a, b, c)
#else
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#endif
"""
_CONSTANT = re.compile(r"#define (?:ROUNDING|LN2_\w+) .*\n")
_UNION = re.compile(r"typedef union \{.*?\} Bits;\n", re.DOTALL)
_FUNCTION = re.compile(r"(?:/\*(?:(?!\*/).)*\*/\n)?static inline double (\w+)\(.*?\n}\n", re.DOTALL)


def texts(names: Collection[str]) -> list[str]:
    """These functions of <math.h>, and what they need."""
    if not names:
        return []
    head, functions = _parts()
    wanted = {FAST[name] for name in names}
    for name in reversed(functions):  # each stands behind those that it calls
        if name in wanted:
            wanted.update(re.findall(r"\b\w+(?=\()", functions[name]))
    return [head, *[text for name, text in functions.items() if name in wanted]]


@cache
def names() -> frozenset[str]:
    """All names that these texts take."""
    head, functions = _parts()
    return frozenset([*functions, "Bits", *re.findall(r"#define (\w+)", head)])


@cache
def _parts() -> tuple[str, dict[str, str]]:
    """What stands before the functions, and their texts by their names."""
    folder = os.path.dirname(os.path.dirname(__file__))
    with open(os.path.join(folder, "elementary.h"), encoding="utf-8") as file:
        text = file.read()
    text = re.sub(r"NAME_OF\((\w+)\)", r"\1", re.sub(r"FAST\((\w+)\)", r"fast_\1", text))
    union = _UNION.search(text)
    assert union is not None
    functions = {found[1]: found[0] for found in _FUNCTION.finditer(text)}
    return _HEAD + "".join(_CONSTANT.findall(text)) + "\n" + union[0], functions
