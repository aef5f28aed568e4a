"""How numbers and operations are written, in pictures and in worked examples."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from ...engine.node import Node
from ...primitives import Primitive, Reduction
from ...primitives.elementary import power

MINUS = "\u2212"
LONGEST = 28
BACKSLASH = "\\\u2060"  # a backslash that Graphviz leaves alone
DIGITS: ContextVar[int] = ContextVar("significant digits", default=3)


@contextmanager
def significant(digits: int) -> Iterator[None]:
    """Numbers are written with so many significant digits inside, from 1 to 15.

    >>> with significant(5):
    ...     number(1 / 3)
    '0.33333'
    """
    if not hasattr(digits, "__index__"):
        kind = type(digits).__name__
        raise TypeError(f"digits must be a whole number, got {digits!r} ({kind})")
    if not 1 <= digits <= 15:
        raise ValueError(f"digits must be from 1 to 15, got {digits!r}")
    token = DIGITS.set(digits)
    try:
        yield
    finally:
        DIGITS.reset(token)


class Format(NamedTuple):
    """The significant digits of a number, and which powers of ten are written out: those between
    `low` and `high`.
    """

    digits: int
    low: int = -4
    high: int = 6


def number(x: float, form: Format | None = None) -> str:
    """Significant digits; powers of ten for the small and the large; a zero with its sign, on which
    1 / x depends.

    >>> number(-1.9), number(0.0099), number(99999.9), number(-0.0), number(2.5e7)
    ('−1.90', '0.00990', '100000', '−0', '2.50e7')
    >>> number(123.4, Format(5)), number(1.25e-5, Format(3, low=-8))
    ('123.40', '0.0000125')
    """
    if x != x:
        return "NaN"
    if math.isinf(x):
        return "+∞" if x > 0 else MINUS + "∞"
    if x == 0.0:
        return "0" if math.copysign(1.0, x) > 0.0 else MINUS + "0"
    digits, low, high = form or Format(DIGITS.get())
    mantissa, exponent = f"{x:.{digits - 1}e}".split("e")
    if low < (power_of_ten := int(exponent)) < high:
        return f"{x:.{max(digits - 1 - power_of_ten, 0)}f}".replace("-", MINUS)
    return f"{mantissa}e{power_of_ten}".replace("-", MINUS)


def signed(x: float) -> str:
    """The same with the sign always printed, so that nothing depends on colour.

    >>> signed(1.74), signed(-1.74), signed(0.0)
    ('+1.74', '−1.74', '0')
    """
    return "+" + number(x) if 0.0 < x < math.inf else number(x)


def exact(x: float) -> str:
    """Six digits or more, without zeros at the end, for texts that have room.

    >>> exact(-0.1966119), exact(2.0), exact(1e-5)
    ('−0.196612', '2', '1e−5')
    """
    if not math.isfinite(x):
        return number(x)
    text = f"{x:.{max(6, DIGITS.get())}g}"
    return re.sub(r"e\+?(-?)0*", r"e\1", text).replace("-", MINUS)


def counted(n: int, thing: str) -> str:
    """How many there are of a thing.

    >>> counted(1, "node"), counted(1200, "node")
    ('1 node', '1,200 nodes')
    """
    return f"{n:,} {thing}" if n == 1 else f"{n:,} {thing}s"


def subscript(n: int) -> str:
    """The number as an index.

    >>> "n" + subscript(12)
    'n₁₂'
    """
    return str(n).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def per_cent(share: float) -> str:
    """A share of the whole, in per cent.

    >>> per_cent(0.25), per_cent(0.0004), per_cent(1e-9)
    ('25 %', '0.04 %', '< 0.01 %')
    """
    if 0.0 < share < 0.00005:
        return "< 0.01 %"
    return (
        "NaN %"
        if share != share
        else f"{100 * share:.2g} %"
        if share < 0.095
        else f"{100 * share:.0f} %"
    )


def visible_text(text: str, longest: int = LONGEST) -> str:
    """Text on one line, with nothing that a renderer could take for a command: the end of a line
    becomes a space, other control characters become pictures of themselves, what no file can hold
    becomes U+FFFD, and what is too long is cut.

    >>> visible_text("a\\nb\\0"), visible_text("x" * 100, 5)
    ('a b␀', 'xxxx…')
    """
    if len(text) > longest:
        cut = longest - 1
        while cut > 1 and (unicodedata.combining(text[cut]) or text[cut] in "\u200d\ufe0f"):
            cut -= 1
        text = text[:cut] + "…"
    return "".join(_visible(c) for c in text)


def _visible(c: str) -> str:
    code = ord(c)
    if c == "\n":
        return " "
    if code < 32:
        return chr(0x2400 + code)
    if code == 127:
        return "\u2421"
    if c in "\u2028\u2029\u0085":
        return "\u2424"
    if 127 < code < 160 or 0xD800 <= code < 0xE000 or code & 0xFFFE == 0xFFFE:
        return "\ufffd"
    return c


def exponent_at(node: Node) -> int | None:
    """The position of an exponent that is a plain number: it is written into the symbol, ^2."""
    return 1 if node.operation is power and not isinstance(node.operands[1], Node) else None


def symbol_of(node: Node, constants: bool = False) -> str:
    """What stands in the corner of a card: +, σ, Σ for a dot, ^2; with the constants of the
    operation, where asked for.

    >>> from autograd_core import Value
    >>> x = Value(3.0)
    >>> symbol_of(x ** 2), symbol_of(x * 2)
    ('^2', '×')
    >>> symbol_of(x * 2, constants=True), symbol_of(1 - x, constants=True)
    ('×2', '1−')
    """
    if node.operation is None:
        return ""
    symbol = "Σ" if node.operation.pairs else node.operation.symbol
    if node.operation.arity != 2:
        return symbol
    at = exponent_at(node)
    texts = ["", ""]
    for i, x in enumerate(node.operands):
        if i == at or (constants and is_constant(x)):
            texts[i] = constant(x._number if isinstance(x, Node) else x)[0]
    left, right = texts
    infix = node.operation.infix
    return f"{left}{symbol}{right}" if infix else ", ".join(filter(None, [symbol, left, right]))


def is_constant(x: object) -> bool:
    """Whether an operand is a plain number, or a leaf that stands for one."""
    return not isinstance(x, Node) or x.role == "constant"


def constants_with_cards(node: Node) -> int:
    """How many plain numbers among the operands of a node get a card of their own."""
    if node.operation is None or isinstance(node.operation, Reduction):
        return 0
    return sum(not isinstance(x, Node) for x in node.operands) - (exponent_at(node) is not None)


ATOM = 4


def applied(
    row: Primitive, operands: list[tuple[str, int]], write: Callable[[str], str] = str
) -> tuple[str, int]:
    """An operation written out over texts of its operands, each with how tightly it binds.

    `write` is how a sign or the name of a function is written.

    >>> from autograd_core.primitives.arithmetic import sub
    >>> applied(sub, [("a", ATOM), ("b + c", 1)])
    ('a − (b + c)', 1)
    """
    if row.infix is not None:
        sign, binds = row.infix
        before, (b, tight) = operands[:-1], operands[-1]
        left = [a if tight_a >= binds + (row is power) else f"({a})" for a, tight_a in before]
        right = b if tight > binds or (tight == binds and row.commutative) else f"({b})"
        return "".join([*left, write(sign), right]), binds
    inside = ", ".join(text for text, _ in operands)
    around = row.symbol.split("·")
    if len(around) == 2 and len(row.symbol) > 1:  # |·| is written around its operand
        return write(around[0]) + inside + write(around[1]), ATOM
    return f"{write(row.symbol if len(operands) == 1 else row.name)}({inside})", ATOM


def constant(x: float, form: Format | None = None) -> tuple[str, int]:
    """A plain number among the operands, as short as it goes."""
    text = exact(x)
    return numeral(x, text if len(text) <= 5 and "e" not in text else number(x, form))


def numeral(x: float, text: str = "") -> tuple[str, int]:
    """A number among the operands, and how tightly it binds: one with a minus stands in
    parentheses.

    >>> numeral(2.0) == ("2.00", ATOM), numeral(-0.0)
    (True, ('−0', 1))
    """
    text = text or number(x)
    return text, 1 if text.startswith((MINUS, "NaN")) else ATOM


def subtracted(text: str) -> str:
    """A term that starts with a minus is subtracted.

    >>> subtracted("1.00 + −2.97 × 3.00")
    '1.00 − 2.97 × 3.00'
    """
    return text.replace("+ −", "− ").replace("+ -", "- ")


def formula(node: Node, named: Callable[[Node], str], longest: int = 16) -> str:
    """What a node was computed from, over the names of its operands; "" for a leaf, for an
    operation on many operands, and where it would be too long.

    >>> from autograd_core import Value
    >>> w, x = Value(3.0, "w"), Value(2.0, "x")
    >>> formula(w * x + 1.0, lambda node: "v1"), formula(w * x, lambda node: node.label)
    ('v1 + 1', 'w·x')
    """
    row = node.operation
    if row is None or isinstance(row, Reduction) or row.results:
        return ""
    operands = [(named(x), ATOM) if isinstance(x, Node) else constant(x) for x in node.operands]
    text = subtracted(applied(row, operands)[0])
    return text if len(text) <= longest else ""
