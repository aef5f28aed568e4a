"""The backward pass as a worked example: the chain rule with its numbers, one line a step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..engine.node import Node, edges
from ..primitives import Reduction
from ..primitives.elementary import power
from .graph.stale import stale
from .graph.walk import forward_order
from .render.formulas import Latex, Text
from .render.notation import ATOM, applied, constant, names, number, numeral, per_cent, visible_text

MOST = 4
"""Of so many operands all are written; of more, the first and the last."""


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
    """A backward pass as a worked example, as `explain` returns it.

    `str` gives the text; notebooks show it as mathematics.

    Args:
        steps: the gradient of each node, the result first.
        text: the derivation as plain text.
        latex: the derivation as LaTeX.

    Example:
        >>> from autograd_core import Value, explain
        >>> explain(Value(3.0, "x") * 2.0).steps[1].gradient
        2.0
    """

    def __init__(self, steps: list[Step], text: str, latex: str) -> None:
        self.steps, self._text, self._latex = steps, text, latex

    def __str__(self) -> str:
        return self._text

    __repr__ = __str__

    def _repr_latex_(self) -> str:
        return self._latex


def explain(value: Node, *, limit: int = 60) -> Explanation:
    """Explain the backward pass below a value as a worked example.

    It is the chain rule with its numbers, one line a step. Where paths meet, the shares are added,
    and each is also given in per cent of their sizes. Nodes without a label are called v1, v2, … .
    Nothing is written to `.grad`. Where numbers were changed after the graph was recorded, the
    first line says so.

    Args:
        value: the result of a computation; it need not have had a backward pass.
        limit: how many nodes are explained, those nearest to the result; the last line counts the
            rest.

    Returns:
        An Explanation, which prints as text and shows itself in notebooks as mathematics. Its
        `.steps` are the numbers.

    Raises:
        TypeError: `value` is no Value.

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
    operations = [node for node in shown if node.operation is not None]
    steps = _steps(shown, named)
    text, latex = Text(), Latex()
    warning, left_out = stale(forward), len(forward) - len(shown)
    rest = f"… {left_out:,} further steps are left out"
    blocks = {
        "Given": [f"{named[x]} = {number(x.data)}" for x in shown if x.operation is None],
        "Forward": [_forward(node, named, text) for node in operations],
        "Backward, by the chain rule": [_backward(step, steps[0].name, text) for step in steps],
    }
    lines = [warning] if warning else []
    for heading, block in blocks.items():
        lines += [heading, *(f"  {line}" for line in block)]
    formulas = [rf"&\text{{{warning}}}"] if warning else []
    formulas += [_forward(node, named, latex) for node in operations]
    formulas += [_backward(step, steps[0].name, latex) for step in steps]
    if left_out:
        lines.append(f"{rest}: explain(value, limit=…) takes more.")
        formulas.append(rf"&\text{{{rest}}}")
    aligned = " \\\\\n".join(formulas)
    mathematics = f"$$\\begin{{aligned}}\n{aligned}\n\\end{{aligned}}$$"
    return Explanation(steps, "\n".join(lines), mathematics)


def _steps(shown: Sequence[Node], named: dict[Node, str]) -> list[Step]:
    """One step for each node, the result first. Users come before operands, so that the last
    nodes know all theirs.
    """
    incoming: dict[Node, list[tuple[str, float, tuple[float, ...], float]]] = {}
    steps: list[Step] = []
    result = shown[-1]
    for node in reversed(shown):
        sent = incoming.get(node, [])
        gradient = 1.0 if node is result else sum([c for *_, c in sent], -0.0 if sent else 0.0)
        size = sum(abs(c) for *_, c in sent)
        shares = [Share(*x, abs(x[-1]) / size if size else 1 / len(sent)) for x in sent]
        steps.append(Step(named[node], gradient, tuple(shares)))
        if node is result or sent:
            together: dict[Node, list[float]] = {}
            for x, partial in edges(node):
                if partial is not None:
                    together.setdefault(x, []).append(partial)
            user = "" if node is result else named[node]
            for x, partials in together.items():
                contribution = sum([gradient * p for p in partials], -0.0)
                share = (user, gradient, tuple(partials), contribution)
                incoming.setdefault(x, []).append(share)
    return steps


def _forward(node: Node, named: dict[Node, str], write: Text) -> str:
    """How a node was computed: in names, in numbers, its value."""
    letters, numbers = [], []
    for x in node.operands:
        text, tight = numeral(x.data) if isinstance(x, Node) else constant(x)
        numbers.append((write.numbers(text), tight))
        name = isinstance(x, Node) and (write.name(named[x]), ATOM)
        letters.append(name or numbers[-1])
    stages = [_written(node, texts, write) for texts in (letters, numbers)]
    return write.equation(write.name(named[node]), [*stages, write.numbers(number(node.data))])


def _written(node: Node, texts: list[tuple[str, int]], write: Text) -> str:
    """An operation over texts of its operands, each with how tightly it binds; a sum or a dot is
    written out, and cut where it is long.
    """
    operation, cut = node.operation, write.sign("…")
    if isinstance(operation, Reduction) and operation.additive:
        width = len(texts) // (1 + operation.pairs)
        bracketed = [text if tight == ATOM else f"({text})" for text, tight in texts]
        terms = [write.sign("·").join(bracketed[i::width]) for i in range(width)]
        terms = terms if width <= MOST else [*terms[: MOST - 1], cut, terms[-1]]
        return _added(terms)
    if operation is power:  # what is raised stands alone
        texts = [texts[0], write.exponent(*texts[1])]
    if len(texts) > MOST:
        texts = [*texts[: MOST - 1], (cut, ATOM), texts[-1]]
    return _subtracted(applied(node, texts, write.sign)[0])


def _backward(step: Step, result: str, write: Text) -> str:
    """The chain rule for one node: in letters, where that is more than the left side, in numbers,
    its gradient.
    """
    left, shares = write.derivative(result, step.name), step.shares
    if not shares and step.name != result:
        return write.equation(left, ["0"]) + write.not_taken
    letters = [
        write.derivative(result, share.user) + write.times + write.derivative(share.user, step.name)
        if share.user
        else write.derivative(result, step.name, partial=True)
        for share in shares
    ]
    products = _added([_product(share) for share in shares])
    values = _added([number(share.contribution) for share in shares])
    numbers = [products, values, number(step.gradient)]
    stages = [" + ".join(letters)] if any(share.user for share in shares) else []
    stages += [
        write.numbers(text)
        for i, text in enumerate(numbers)
        if text and text not in numbers[i + 1 :]
    ]
    parts = ", ".join(per_cent(share.part) for share in shares)
    return write.equation(left, stages) + (write.aside(parts) if len(shares) > 1 else "")


def _product(share: Share) -> str:
    """Upstream × local, in numbers; the local derivative alone where the result itself sends it."""
    local = _added(list(map(number, share.locals)))
    if not share.user:
        return local
    return f"{number(share.upstream)} × {local if len(share.locals) == 1 else f'({local})'}"


def _added(terms: list[str]) -> str:
    """A sum of texts."""
    return _subtracted(" + ".join(terms))


def _subtracted(text: str) -> str:
    """A term that starts with a minus is subtracted.

    >>> _subtracted("1.000 + −2.970 × 3.000")
    '1.000 − 2.970 × 3.000'
    """
    return text.replace("+ −", "− ").replace("+ -", "- ")
