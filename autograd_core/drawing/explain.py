"""The backward pass as a worked example: the chain rule with its numbers, one line a step."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..engine.node import Node, edges
from ..primitives import Reduction
from ..primitives.elementary import power
from .graph.stale import stale
from .graph.walk import forward_order
from .render.notation import (
    ATOM,
    MINUS,
    applied,
    constant,
    names,
    number,
    numeral,
    per_cent,
    visible_text,
)


@dataclass(frozen=True)
class Share:
    """What one user sends to an operand: upstream · local, and its part of all that comes in.

    There are several locals where the user has the operand more than once. `user` is "" for the
    result itself.
    """

    user: str
    upstream: float
    locals: tuple[float, ...]
    contribution: float
    part: float


@dataclass(frozen=True)
class Step:
    """The gradient of one node, as the sum of its shares; none where only branches not taken
    lead to it.
    """

    name: str
    gradient: float
    shares: tuple[Share, ...]


class Explanation:
    """What `explain` returns: `str` gives the text, `.steps` the numbers; notebooks show it as
    mathematics.
    """

    def __init__(
        self,
        result: str,
        given: list[str],
        forward: list[str],
        steps: list[Step],
        left_out: int,
        formulas: list[str],
        warning: str = "",
    ) -> None:
        self.warning = warning
        self.result, self.given, self.forward, self.steps, self.left_out = (
            result,
            given,
            forward,
            steps,
            left_out,
        )
        self._formulas = formulas

    def __str__(self) -> str:
        lines = [self.warning] if self.warning else []
        lines += [
            "Given",
            *(f"  {line}" for line in self.given),
            "Forward",
            *(f"  {line}" for line in self.forward),
        ]
        lines += ["Backward, by the chain rule", *(f"  {self._line(step)}" for step in self.steps)]
        return "\n".join(lines + ([self._last()] if self.left_out else []))

    __repr__ = __str__

    def _last(self) -> str:
        return (
            f"… {self.left_out:,} further steps are left out: explain(value, limit=…) takes more."
        )

    def _line(self, step: Step) -> str:
        left = _d(self.result, step.name)
        if not step.shares and step.name != self.result:
            return f"{left} = 0, on a branch not taken"
        line = " = ".join([left, *self._symbols(step, _d, " · "), *_numbers(step)])
        return line if len(step.shares) < 2 else f"{line}   ({_parts(step)})"

    def _repr_latex_(self) -> str:
        lines = [rf"&\text{{{self.warning}}}"] if self.warning else []
        lines += [*self._formulas, *map(self._latex, self.steps)]
        if self.left_out:
            lines.append(rf"&\text{{… {self.left_out:,} further steps are left out}}")
        return "$$\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}$$"

    def _latex(self, step: Step) -> str:
        left = _fraction(self.result, step.name)
        if not step.shares and step.name != self.result:
            return rf"{left} &= 0 \quad\text{{(branch not taken)}}"
        line = f"{left} &= " + " = ".join(
            [*self._symbols(step, _fraction, r" \cdot "), *map(_tex_numbers, _numbers(step))]
        )
        return (
            line
            if len(step.shares) < 2
            else line + rf"\quad({_parts(step)})".replace(" %", r"\,\%")
        )

    def _symbols(self, step: Step, derivative: Callable[..., str], times: str) -> list[str]:
        """The chain rule in letters: nothing where it would only repeat the left side."""
        if all(not share.user for share in step.shares):
            return []
        terms = [
            derivative(self.result, share.user) + times + derivative(share.user, step.name)
            if share.user
            else derivative(self.result, step.name, partial=True)
            for share in step.shares
        ]
        return [" + ".join(terms)]


def _numbers(step: Step) -> list[str]:
    """The chain rule in numbers: the products, their values where there are several, the sum."""
    products = _added([_product(share) for share in step.shares])
    values = _added([number(share.contribution) for share in step.shares])
    stages = [products, values, number(step.gradient)]
    return [stage for i, stage in enumerate(stages) if stage and stage not in stages[i + 1 :]]


def explain(value: Node, *, limit: int = 60) -> Explanation:
    """The backward pass below a value as a worked example: the chain rule with its numbers.

    Each step is a line. Where paths meet, the shares are added, and each is also given in per cent
    of their sizes. Nodes without a label are called v1, v2, … . Nothing is written to `.grad`.
    Where numbers were changed after the graph was recorded, the first line says so.

    Args:
        value: the result of a computation.
        limit: the largest number of steps; the rest is left out.

    Returns:
        An explanation: text when printed, LaTeX in notebooks.

    Raises:
        TypeError: `value` is not a Value.

    Example:
        >>> from autograd_core import Value, explain
        >>> x = Value(3.0, "x")
        >>> y = x * 2.0 + 1.0
        >>> y.label = "y"
        >>> print(explain(y))
        Given
          x = 3.000
        Forward
          v1 = x·2 = 3.000·2 = 6.000
          y = v1 + 1 = 6.000 + 1 = 7.000
        Backward, by the chain rule
          dy/dy = 1.000
          dy/dv1 = 1.000
          dy/dx = dy/dv1 · dv1/dx = 1.000 × 2.000 = 2.000
    """
    if not isinstance(value, Node):
        raise TypeError(
            f"explain takes a Value, the result of a computation, got {value!r} "
            f"({type(value).__name__})"
        )
    forward = forward_order(value)
    shown = forward[-limit:]
    named = {node: visible_text(name) for node, name in names(forward).items()}
    if not value.label:
        named[value] = "L" if "L" not in named.values() else named[value]
    given = [f"{named[node]} = {number(node.data)}" for node in shown if node.operation is None]
    operations = [node for node in shown if node.operation is not None]
    computed, formulas = (
        [_forward(node, named) for node in operations],
        [_formula(node, named) for node in operations],
    )
    return Explanation(
        named[value],
        given,
        computed,
        _steps(shown, named),
        len(forward) - len(shown),
        formulas,
        stale(forward),
    )


def _steps(shown: Sequence[Node], named: dict[Node, str]) -> list[Step]:
    """One step for each node, the result first. Users come before operands, so that the last
    nodes know all theirs.
    """
    incoming: dict[Node, list[tuple[Node, float, tuple[float, ...]]]] = {}
    steps: list[Step] = []
    result = shown[-1]
    for node in reversed(shown):
        sent = [
            (user, g, partials, sum([g * p for p in partials], -0.0))
            for user, g, partials in incoming.get(node, [])
        ]
        gradient = 1.0 if node is result else sum([c for *_, c in sent], -0.0 if sent else 0.0)
        size = sum(abs(c) for *_, c in sent)
        shares = [
            Share(
                "" if user is result else named[user],
                g,
                partials,
                c,
                abs(c) / size if size else 1 / len(sent),
            )
            for user, g, partials, c in sent
        ]
        steps.append(Step(named[node], gradient, tuple(shares)))
        if node is result or sent:
            together: dict[Node, list[float]] = {}
            for x, partial in edges(node):
                if partial is not None:
                    together.setdefault(x, []).append(partial)
            for x, partials in together.items():
                incoming.setdefault(x, []).append((node, gradient, tuple(partials)))
    return steps


def _d(above: str, below: str, partial: bool = False) -> str:
    """The derivative of one by the other, in letters.

    >>> _d("L", "w1"), _d("L", "w·x")
    ('dL/dw1', 'dL/d(w·x)')
    """
    d = "∂" if partial else "d"
    return f"{d}{_letters(above)}/{d}{_letters(below)}"


def _letters(name: str) -> str:
    return name if re.fullmatch(r"[\w′']+", name) else f"({name})"


def _product(share: Share) -> str:
    """Upstream × local, in numbers; the local derivative alone where the result itself sends it."""
    local = _added(list(map(number, share.locals)))
    if not share.user:
        return local
    return f"{number(share.upstream)} × {local if len(share.locals) == 1 else f'({local})'}"


def _added(terms: list[str]) -> str:
    """A sum; a term that starts with a minus is subtracted.

    >>> _added(["1.000", "−2.970 × 3.000"])
    '1.000 − 2.970 × 3.000'
    """
    return " + ".join(terms).replace("+ −", "− ")


def _parts(step: Step) -> str:
    return ", ".join(per_cent(share.part) for share in step.shares)


def _forward(node: Node, named: dict[Node, str]) -> str:
    """How a node was computed: in names, in numbers, its value."""
    assert node.operation is not None, "a leaf is not computed from anything"
    operands = node.operands
    letters = _written(
        node, operands, [(named[x], ATOM) if isinstance(x, Node) else constant(x) for x in operands]
    )
    numbers = _written(node, operands, [_numeral(x) for x in operands])
    return f"{named[node]} = {letters} = {numbers.replace('+ −', '− ')} = {number(node.data)}"


def _numeral(x: Any) -> tuple[str, int]:
    return numeral(x.data) if isinstance(x, Node) else constant(x)


def _formula(node: Node, named: dict[Node, str]) -> str:
    """The same in LaTeX."""
    assert node.operation is not None, "a leaf is not computed from anything"
    operands = node.operands
    names = [(_tex_name(named[x]), ATOM) if isinstance(x, Node) else constant(x) for x in operands]
    stages = []
    for texts in (names, [_numeral(x) for x in operands]):
        tex = [(text if isinstance(x, Node) and texts is names else _tex_numbers(text), tight)
               for x, (text, tight) in zip(operands, texts, strict=True)]  # fmt: skip
        if node.operation is power:  # what is raised stands alone
            tex[1] = ("{" + tex[1][0] + "}", ATOM)
        stages.append(_written(node, operands, tex, write=_tex_sign).replace("+ -", "- "))
    return " = ".join(
        [_tex_name(named[node]) + " &", *stages, _tex_numbers(number(node.data))]
    ).replace("& =", "&=", 1)


def _tex_sign(sign: str) -> str:
    """A sign between operands as mathematics, the name of a function as text."""
    return {
        " + ": " + ",
        f" {MINUS} ": " - ",
        MINUS: "-",
        "·": r" \cdot ",
        " / ": " / ",
        "^": "^",
        "…": r" \dots ",
    }.get(sign) or _tex_text(sign)


def _written(
    node: Node,
    operands: Sequence[Any],
    texts: list[tuple[str, int]],
    most: int = 4,
    write: Callable[[str], str] = str,
) -> str:
    """An operation over texts of its operands; a sum or a dot is written out, and cut where it
    is long.
    """
    assert node.operation is not None
    if isinstance(node.operation, Reduction) and node.operation.additive:
        width = len(operands) // (1 + node.operation.pairs)
        bracketed = [text if tight == ATOM else f"({text})" for text, tight in texts]
        terms = [write("·").join(bracketed[i : len(operands) : width]) for i in range(width)]
        return " + ".join(terms if width <= most else [*terms[: most - 1], write("…"), terms[-1]])
    if len(texts) > most:
        texts = [*texts[: most - 1], (write("…"), ATOM), texts[-1]]
    return applied(node, texts, write)[0]


INDICES = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
SPELLED = {c: rf"}}\{c}\text{{" for c in "{}$%#&_"}
SPELLED |= {
    "\\": r"}\backslash\text{",
    "^": r"}\wedge\text{",
    "~": r"}\sim\text{",
    MINUS: "}-\\text{",
    "∞": r"}\infty\text{",
}
"""Characters that text in LaTeX cannot hold, KaTeX's or MathJax's, written outside of it."""


def _fraction(above: str, below: str, partial: bool = False) -> str:
    d = r"\partial" if partial else r"\mathrm{d}"
    return rf"\frac{{{d} {_tex_name(above)}}}{{{d} {_tex_name(below)}}}"


def _tex_name(name: str) -> str:
    r"""A name in mathematics: letters upright where there are several, digits at the end as an
    index.

    >>> print(_tex_name("w₁"), _tex_name("loss"), _tex_name("a {b}"))
    w_{1} \mathrm{loss} \text{a }\{\text{b}\}
    """
    plain = name.translate(INDICES)
    if found := re.fullmatch(r"([^\W\d_]+)(\d*)", plain):
        letters, index = found.groups()
        base = letters if len(letters) == 1 else rf"\mathrm{{{letters}}}"
        return f"{base}_{{{index}}}" if index else base
    return _tex_text(name)


def _tex_text(text: str) -> str:
    """Any text, literally."""
    parts = re.split("([₀-₉]+)", text)
    spelled = [
        f"}}{{}}_{{{part.translate(INDICES)}}}\\text{{"
        if k % 2
        else "".join(SPELLED.get(c, c) for c in part)
        for k, part in enumerate(parts)
    ]
    return rf"\text{{{''.join(spelled)}}}".replace(r"\text{}", "") or "{}"


def _tex_numbers(text: str) -> str:
    """Numbers and signs as mathematics; 5.8e−4 becomes a power of ten."""
    powers = re.sub(r"(\d)e(−?\d+)", r"\1 \\cdot 10^{\2}", text)
    return (
        powers.replace("−", "-")
        .replace("×", r"\times")
        .replace("∞", r"\infty")
        .replace("NaN", r"\text{NaN}")
    )
