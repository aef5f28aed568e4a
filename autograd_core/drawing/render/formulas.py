"""How derivations are written: as plain text, and as LaTeX."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from ...primitives import Primitive
from ...primitives.arithmetic import div
from ...primitives.elementary import sqrt
from .notation import ATOM, MINUS, applied


class Text:
    """Plain text."""

    times = " · "
    not_taken = ", on a branch not taken"
    more = "…"

    def name(self, text: str) -> str:
        """The name of a node in a formula; a place in a model stands in brackets.

        >>> Text().name("w₁"), Text().name("layer 1 / neuron 2 / w₁")
        ('w₁', '[layer 1 / neuron 2 / w₁]')
        """
        return f"[{text}]" if " / " in text else text

    def defined(self, text: str) -> str:
        """The name of a node on the left side of its line."""
        return text

    def numbers(self, text: str) -> str:
        """Numbers, and the signs between them."""
        return text

    def sign(self, text: str) -> str:
        """The sign of an operator, or the name of a function."""
        return text

    def applied(
        self, row: Primitive, operands: list[tuple[str, int]], times: str = "·"
    ) -> tuple[str, int]:
        """An operation over texts of its operands, and how tightly it binds."""
        product = self.sign(times) if times else ""
        return applied(row, operands, lambda sign: product if sign == "·" else self.sign(sign))

    def exponent(self, text: str, tight: int) -> tuple[str, int]:
        """An exponent, and how tightly it binds."""
        return text, tight

    def derivative(self, above: str, below: str, partial: bool = False) -> str:
        """The derivative of one node with respect to another.

        >>> Text().derivative("L", "w1"), Text().derivative("L", "w·x")
        ('dL/dw1', 'dL/d(w·x)')
        """
        d = "∂" if partial else "d"
        over, under = (
            name if re.fullmatch(r"(?:[^\W²³]|[′'])+|\[.*\]", name) else f"({name})"
            for name in map(self.name, (above, below))
        )
        return f"{d}{over}/{d}{under}"

    def aside(self, text: str) -> str:
        """A remark at the end of a line."""
        return f"   ({text})"

    def equation(self, left: str, stages: Sequence[str]) -> str:
        return " = ".join([left, *stages])


SIGNS = {
    " + ": " + ",
    f" {MINUS} ": " - ",
    MINUS: "-",
    "·": r" \cdot ",
    " / ": " / ",
    "^": "^",
    " × ": r" \times ",
    "σ": r"\sigma ",
    "Φ": r"\Phi ",
    "φ": r"\varphi ",
    "Γ": r"\Gamma ",
    "ψ": r"\psi ",
    " ≤ ": r" \leq ",
    " ≥ ": r" \geq ",
    " ≠ ": r" \neq ",
    "…": r" \dots ",
}
SIGNS |= {name: rf"\{name} " for name in "exp ln sin cos tan sinh cosh tanh".split()}
INDICES = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
SPELLED = {c: rf"}}\{c}\text{{" for c in "{}$%#&_"} | {
    "\\": r"}\backslash\text{",
    "^": r"}\wedge\text{",
    "~": r"}\sim\text{",
    MINUS: "}-\\text{",
    "∞": r"}\infty\text{",
}
"""Characters that text in LaTeX cannot hold, in KaTeX or MathJax, written outside of it."""


WIDEST = 84.0
"""How many digits fit into a cell of a notebook, in a window of 1,100 pixels."""


class Latex(Text):
    """The lines of an `aligned` block in LaTeX."""

    times = r" \cdot "
    not_taken = r" \quad\text{(branch not taken)}"
    more = r"&\dots"

    def name(self, text: str) -> str:
        r"""Letters upright where there are several, digits at the end as an index.

        >>> print(Latex().name("w₁"), Latex().name("loss"), Latex().name("a {b}"))
        w_{1} \mathrm{loss} \text{a }\{\text{b}\}
        """
        written = self.defined(text)
        return f"[{written}]" if " / " in text else written

    def defined(self, text: str) -> str:
        found = re.fullmatch(r"([^\W\d_]+)(\d*)", text.translate(INDICES))
        if found is None:
            return self.text(text)
        letters, index = found.groups()
        base = letters if len(letters) == 1 else rf"\mathrm{{{letters}}}"
        return f"{base}_{{{index}}}" if index else base

    def text(self, text: str) -> str:
        """Any text, literally."""
        parts = re.split("([₀-₉]+)", text)
        for k, part in enumerate(parts):
            index = f"}}{{}}_{{{part.translate(INDICES)}}}\\text{{"
            parts[k] = index if k % 2 else "".join(SPELLED.get(c, c) for c in part)
        return rf"\text{{{''.join(parts)}}}".replace(r"\text{}", "") or "{}"

    def numbers(self, text: str) -> str:
        """5.8e−4 becomes a power of ten."""
        text = re.sub(r"(\d)e(−?\d+)", r"\1 \\cdot 10^{\2}", text).replace("−", "-")
        return text.replace("×", r"\times").replace("∞", r"\infty").replace("NaN", r"\text{NaN}")

    def sign(self, text: str) -> str:
        return SIGNS.get(text) or (text if text in " < > = " else self.text(text))

    def exponent(self, text: str, tight: int) -> tuple[str, int]:
        return f"{{{text}}}", ATOM

    def applied(
        self, row: Primitive, operands: list[tuple[str, int]], times: str = "·"
    ) -> tuple[str, int]:
        """A quotient as a fraction, which is bracketed where it is raised; a root over its
        operand.
        """
        texts = [text for text, _ in operands]
        if row is div:
            return rf"\frac{{{texts[0]}}}{{{texts[1]}}}", ATOM - 1
        if row is sqrt:
            return rf"\sqrt{{{texts[0]}}}", ATOM - 1
        return super().applied(row, operands, times)

    def derivative(self, above: str, below: str, partial: bool = False) -> str:
        d = r"\partial" if partial else r"\mathrm{d}"
        over, under = (self.name(name) for name in (above, below))
        over, under = (rf"\,{x}" if x[0] == "\\" else x for x in (over, under))  # dloss reads badly
        return rf"\frac{{{d} {over}}}{{{d} {under}}}"

    def aside(self, text: str) -> str:
        return rf"\quad({text})".replace(" %", r"\,\%")

    def equation(self, left: str, stages: Sequence[str]) -> str:
        return f"{left} &= {' = '.join(stages)}"

    def document(self, blocks: Mapping[str, Sequence[str]], *remarks: str) -> str:
        """The blocks below their headings, as one formula that is aligned at its equals signs.

        Lines that are too wide for a cell go on below, at a sign between their stages or terms.
        """
        lines = [line for block in blocks.values() for line in block]
        room = WIDEST - max([_width(line.partition("&")[0]) for line in lines], default=0.0)
        before, after = ([self.remark(x) for x in remarks[k::2] if x] for k in (0, 1))
        rows = [row for remark in before for row in remark]
        for heading, block in blocks.items():
            rows += [rf"&\text{{{heading}}}", *[row for line in block for row in _rows(line, room)]]
        rows += [row for remark in after for row in remark]
        aligned = " \\\\\n".join(rows)
        return f"$$\\begin{{aligned}}\n{aligned}\n\\end{{aligned}}$$"

    def remark(self, text: str) -> list[str]:
        """A sentence on rows of its own."""
        return [rf"&\text{{{line}}}" for line in textwrap.wrap(text, 60)]


def _rows(line: str, room: float) -> list[str]:
    """One line of a document, on as many rows as it takes."""
    left, and_, right = line.partition("&")
    rows = [""]
    for stage in _split(right, (" = ", r"\quad")):
        terms = [stage]
        if _width(stage) > room:
            aside = stage.startswith(r"\quad")
            terms = re.split("(?<=,) ", stage) if aside else _split(stage, (" + ", " - "))
        for k, term in enumerate(terms):
            if rows[-1] and _width(rows[-1] + term) > room:
                rows.append(r"\quad" * (k > 0))
            rows[-1] += term
    return [f"{left}{and_}{rows[0]}", *[f"&{row}" for row in rows[1:]]]


def _split(formula: str, signs: tuple[str, ...]) -> list[str]:
    """The parts of a formula, each from its second on with the sign before it; signs inside of
    brackets count for nothing.
    """
    parts, depth = [""], 0
    at = 0
    while at < len(formula):
        c = formula[at]
        escaped = formula[at - 1 : at] == "\\"
        depth += 0 if escaped else (c in "{([") - (c in "})]")
        sign = next((x for x in signs if formula.startswith(x, at)), "")
        if sign and depth == 0 and parts[-1].strip():
            parts.append(sign)
            at += len(sign)
            continue
        parts[-1] += c
        at += 1
    return parts


@lru_cache(maxsize=4096)
def _width(formula: str) -> float:
    """About how many digits wide a formula is."""
    inside = r"((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)"
    wider: Callable[[re.Match[str]], str] = lambda found: max(found[1], found[2], key=_width)
    formula = re.sub(rf"\\frac\{{{inside}\}}\{{{inside}\}}", wider, formula)
    formula = formula.replace(r"\quad", "xx").replace(r"\,", "")
    formula = re.sub(r"\\(?:text|mathrm)\{([^{}]*)\}", r"\1", formula)
    formula = re.sub(r" (?:=|\+|-|<|>|\\cdot|\\times|\\leq|\\geq|\\neq) ", "xxx", formula)
    return len(re.sub(r"\\[a-zA-Z]+ ?", "x", formula).translate(dict.fromkeys(map(ord, "{}_^\\"))))
