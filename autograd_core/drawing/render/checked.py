"""Lines of numbers that can be checked with the numbers printed in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

from ...primitives.rules import read
from ...primitives.rules import value as rule_value
from .notation import DIGITS, MINUS, Format

RANGES = [(-4, 6), (-8, 9), (-1, 1)]
"""Which powers of ten a line may write out: the usual ones, many, none."""
MORE = [(0, 0), (1, 1), (2, 2), (3, 3), (2, 0), (3, 0), (4, 0), (5, 0), (6, 0)]
"""How many more digits the numbers of a line and its result may have: the result gets fewer where
a difference loses some."""


class Forms(NamedTuple):
    """How the numbers of a line are written, and its last one."""

    numbers: Format
    result: Format


def fitting(line: Callable[[Forms], str]) -> tuple[Forms, str]:
    """A line in the forms with the fewest digits for which what can be computed from the numbers
    printed in it agrees with its result. All its numbers have one form, with powers of ten or
    without.

    >>> from .notation import number
    >>> def product(forms):
    ...     return f"{number(0.00116, forms.numbers)} × 0.500 = {number(0.00058, forms.result)}"
    >>> fitting(product)[1]
    '0.00116 × 0.500 = 0.000580'
    """
    for low, high in RANGES:
        for forms in _forms(low, high):
            text = line(forms)
            if _is_mixed(text):
                break
            if _agrees(text):
                return forms, text
    forms = next(_forms(*RANGES[0]))
    return forms, line(forms)


def _forms(low: int, high: int) -> Iterator[Forms]:
    digits = DIGITS.get()
    for a, b in MORE:
        yield Forms(Format(digits + a, low, high), Format(digits + b, low, high))


def _is_mixed(line: str) -> bool:
    """Whether some numbers have a power of ten, and others do not that would have another than
    10^0; small whole numbers may be factors of a rule.
    """
    if not re.search(r"\de−?\d", line):
        return False
    found = re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?:e−?\d+)?", line)
    return any("e" not in x and not (1.0 if "." in x else 0.0) <= float(x) < 10.0 for x in found)


@lru_cache(maxsize=1024)
def _agrees(line: str) -> bool:
    """Whether the printed stages agree with the last to two units of its last digit."""
    stages = line.partition("   (")[0].split(" = ")
    mantissa, _, power_of_ten = stages[-1].replace(MINUS, "-").partition("e")
    with suppress(ValueError):
        result = _evaluated(stages[-1])
        unit = 10.0 ** (int(power_of_ten or 0) - len(mantissa.partition(".")[2]))
        for stage in stages[:-1]:
            with suppress(ValueError):
                if abs(_evaluated(stage) - result) > 2.001 * unit:
                    return False
    return True


def _evaluated(text: str) -> float:
    """What is printed, computed; a ValueError where it has names."""
    with suppress(ValueError):  # most are numbers
        return float(text.replace(MINUS, "-"))
    return rule_value(read(text, {})[0].formula, {})
