"""How numbers and nodes are written, in pictures and in worked examples."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from ...engine.node import Node
from ...primitives import Primitive, Reduction
from ...primitives.elementary import power

MINUS = "\u2212"
LONGEST = 28
DIGITS = 3  # significant ones
BACKSLASH = "\\\u2060"  # a backslash that Graphviz leaves alone


def number(x: float, digits: int = DIGITS) -> str:
    """Significant digits; powers of ten for the small and the large; a zero with its sign, on which
    1 / x depends.

    >>> number(-1.9), number(0.0099), number(123.4, 5), number(-0.0), number(2.5e7)
    ('−1.90', '0.00990', '123.40', '−0', '2.50e7')
    """
    if x != x:
        return "NaN"
    if math.isinf(x):
        return "+∞" if x > 0 else MINUS + "∞"
    if x == 0.0:
        return "0" if math.copysign(1.0, x) > 0.0 else MINUS + "0"
    mantissa, exponent = f"{x:.{digits - 1}e}".split("e")
    if -4 < (power_of_ten := int(exponent)) < 6:
        return f"{x:.{max(digits - 1 - power_of_ten, 0)}f}".replace("-", MINUS)
    return f"{mantissa}e{power_of_ten}".replace("-", MINUS)


def signed(x: float) -> str:
    """The same with the sign always printed, so that nothing depends on colour.

    >>> signed(1.74), signed(-1.74), signed(0.0)
    ('+1.74', '−1.74', '0')
    """
    return "+" + number(x) if 0.0 < x < math.inf else number(x)


def exact(x: float) -> str:
    """Six digits, for texts that have room.

    >>> exact(-0.1966119), exact(2.0)
    ('−0.196612', '2')
    """
    return number(x) if not math.isfinite(x) else f"{x:.6g}".replace("-", MINUS)


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
    """Text on one line, with nothing that a renderer could take for a command: control characters
    become pictures of themselves, what no file can hold becomes U+FFFD, and what is too long is
    cut.

    >>> visible_text("a\\nb\\0"), visible_text("x" * 100, 5)
    ('a␊b␀', 'xxxx…')
    """
    if len(text) > longest:
        cut = longest - 1
        while cut > 1 and (unicodedata.combining(text[cut]) or text[cut] in "\u200d\ufe0f"):
            cut -= 1
        text = text[:cut] + "…"
    return "".join(_visible(c) for c in text)


def _visible(c: str) -> str:
    code = ord(c)
    if code < 32:
        return chr(0x2400 + code)
    if code == 127:
        return "\u2421"
    if c in "\u2028\u2029\u0085":
        return "\u2424"
    if 127 < code < 160 or 0xD800 <= code < 0xE000 or code & 0xFFFE == 0xFFFE:
        return "\ufffd"
    return c


def names(nodes: Iterable[Node]) -> dict[Node, str]:
    """A name of its own for every node: its label, made unique by its group or a number, else
    v1, v2, …
    """
    given: dict[Node, str] = {}
    taken: set[str] = set()
    count = 0
    nodes = list(nodes)
    labels = [node._note.label if node._note is not None else "" for node in nodes]
    several = {label for label, times in Counter(labels).items() if times > 1}
    reserved = set(labels)
    for node, label in zip(nodes, labels, strict=True):
        if label:
            name = f"{node.group.name}.{label}" if label in several and node.group else label
            plain, i = name, 1
            while name in taken:
                i += 1
                name = f"{plain} ({i})"
        else:
            count += 1
            while (name := f"v{count}") in reserved:
                count += 1
        taken.add(name)
        given[node] = name
    return given


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


def constant(x: float) -> tuple[str, int]:
    """A plain number among the operands, as short as it goes."""
    text = exact(x)
    return numeral(x, text if len(text) <= 5 else "")


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


def title(node: Node, named: Mapping[Node, str], longest: int = 14) -> str:
    """What heads the card of a node: its label; of a node without one a short formula such as w·x;
    else its name.

    A dot with parameters is called w·x, whatever their labels.

    >>> from autograd_core import Value
    >>> w, x = Value(3.0, "w"), Value(2.0, "x")
    >>> title((w * x + 1.0) * 2.0, {})
    '(w·x + 1)·2'
    """
    parts, deepest = [node], 0
    for part in parts:  # each before its operands, once for each time that it is written
        if not (part.label or part.operation is None or isinstance(part.operation, Reduction)):
            parts += [x for x in part.operands if isinstance(x, Node)]
            deepest += 1
            if deepest > longest:  # each operation is at least a letter
                return named[node]
    shown: dict[Node, tuple[str, int]] = {}
    for part in reversed(parts):
        if part not in shown:
            shown[part] = _titled(part, shown, longest)
    return shown[node][0] or named[node]


def _titled(node: Node, shown: Mapping[Node, tuple[str, int]], longest: int) -> tuple[str, int]:
    """A title and how tightly it binds; "" where it would be too long, or has a part without
    one.
    """
    row = node.operation
    if node.label or row is None:
        return node.label, ATOM
    if isinstance(row, Reduction):
        weighted = row.pairs and any(
            isinstance(x, Node) and x.role == "parameter" for x in node.operands
        )
        place = f"[{node.operands[-1]:.0f}]" if row.results not in (0, 1) else ""
        return "w·x" if weighted else row.name + place, ATOM
    operands = [shown[x] if isinstance(x, Node) else constant(x) for x in node.operands]
    formula = applied(row, operands)
    return (
        formula if all(text for text, _ in operands) and len(formula[0]) <= longest else ("", ATOM)
    )
