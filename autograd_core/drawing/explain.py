"""The backward pass as a worked example: the chain rule with its numbers, one line a step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from ..engine.naming import names
from ..engine.node import Node, edges
from ..engine.shifts import stand_ins
from ..primitives import Reduction
from ..primitives.elementary import power
from .graph.calls import calls
from .graph.grouping import groups
from .graph.replay import replay
from .graph.stale import stale
from .graph.walk import Flat
from .render.checked import Forms, fitting
from .render.formulas import Latex, Text
from .render.local import TEXT, added, derived
from .render.notation import (
    ATOM,
    MINUS,
    Format,
    constant,
    number,
    numeral,
    per_cent,
    significant,
    subtracted,
    visible_text,
)

MOST = 4
"""Of so many operands all are written; of more, the first and the last."""


class Share(NamedTuple):
    """What one user sends to an operand: upstream · local, and its part of all that comes in.

    There are several locals where the user has the operand more than once. `user` is "" for the
    result itself.
    """

    user: str
    upstream: float
    locals: tuple[float, ...]
    contribution: float
    part: float


class Step(NamedTuple):
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


def explain(value: Node, *, limit: int = 60, digits: int = 3) -> Explanation:
    """Explain the backward pass below a value as a worked example.

    It is the chain rule with its numbers, one line for each step: each result, each local
    derivative by its rule, each gradient. A line has as many digits as you need to check it with
    the numbers printed in it. Where paths meet, the shares are added, and each is also given in per
    cent of their sizes. As in pictures, results without a label are called v1, v2, … in the order
    of computation, the last one L, and leaves x1, x2, … . Nothing is written to `.grad`. If numbers
    were changed after the graph was recorded, the first line says so.

    Args:
        value: the result of a computation; it need not have had a backward pass.
        limit: how many nodes are explained, those nearest to the result; the last line counts the
            rest.
        digits: the significant digits of the numbers, from 1 to 15; a line has more where that is
            needed to check it.

    Returns:
        An Explanation, which prints as text and shows itself in notebooks as mathematics. Its
        `.steps` are the numbers.

    Raises:
        TypeError: `value` is not a Value, or `digits` is not a whole number.
        ValueError: `digits` is not from 1 to 15.

    Example:
        >>> from autograd_core import Value, explain
        >>> x = Value(3.0, "x")
        >>> y = x**2 + 1.0
        >>> y.label = "y"
        >>> print(explain(y))
        Given
          x = 3.00
        Forward
          v1 = x^2 = 3.00^2 = 9.00
          y = v1 + 1 = 9.00 + 1 = 10.0
        Local derivatives
          dv1/dx = 2x = 2 × 3.00 = 6.00
          dy/dv1 = 1
        Backward, by the chain rule
          dy/dy = 1
          dy/dv1 = 1.00
          dy/dx = dy/dv1 · dv1/dx = 1.00 × 6.00 = 6.00
    """
    if not isinstance(value, Node):
        raise TypeError(
            f"explain takes a Value, the result of a computation, got {value!r} "
            f"({type(value).__name__})"
        )
    with significant(digits):
        return _explanation(Flat.of(value), limit)


def _explanation(flat: Flat, limit: int) -> Explanation:
    warning, standing = stale(flat.nodes), stand_ins(flat.nodes)
    if standing:  # a softmax as in a textbook
        flat = Flat.of(replay(flat.nodes, {}, standing)[-1])
    forward, groups_of = flat.nodes, groups(flat)
    shown = forward[-limit:]
    named = {node: visible_text(name, 60) for node, name in names(forward, groups_of).items()}
    steps = _steps(shown, named)
    left_out = len(forward) - len(shown)
    rest = f"… {left_out:,} further steps are left out" if left_out else ""
    lines = [warning] if warning else []
    for heading, block in _blocks(shown, named, steps, TEXT).items():
        lines += [heading, *(f"  {line}" for line in block)]
    lines += [f"{rest}: explain(value, limit=…) takes more."] if rest else []
    latex = Latex()
    mathematics = latex.document(_blocks(shown, named, steps, latex), warning, rest)
    return Explanation(steps, "\n".join(lines), mathematics)


def _blocks(
    shown: Sequence[Node], named: dict[Node, str], steps: list[Step], write: Text
) -> dict[str, list[str]]:
    """The lines of the document, by their headings."""
    operations = [node for node in shown if node.operation is not None]
    blocks = {
        "Given": [
            write.equation(write.defined(named[x]), [write.numbers(number(x.data))])
            for x in shown
            if x.operation is None
        ],
        "Forward": [forward_line(results, named, write) for results in _by_call(operations)],
        "Local derivatives": [
            line for node in operations for line in _locals(node, named, steps, write)
        ],
        "Backward, by the chain rule": [_backward(step, steps[0].name, write) for step in steps],
    }
    return {heading: lines for heading, lines in blocks.items() if lines}


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


def _fitting(line: Callable[[Text, Forms], str], write: Text) -> str:
    """A line with as many digits as it takes to check it."""
    forms, text = fitting(partial(line, TEXT))
    return text if write is TEXT else line(write, forms)


def _by_call(operations: Sequence[Node]) -> Iterator[Sequence[Node]]:
    """Each node that was computed, the results of one call together."""
    together = calls(operations)
    written: set[Node] = set()
    for node in operations:
        if node not in written:
            yield (results := together.get(node, [node]))
            written.update(results)


def forward_line(results: Sequence[Node], named: dict[Node, str], write: Text = TEXT) -> str:
    """How a node was computed: in names, in numbers, its value. All results of one call stand in
    one line.
    """
    return _fitting(partial(_computed, results, named), write)


def _computed(results: Sequence[Node], named: dict[Node, str], write: Text, forms: Forms) -> str:
    letters, numbers, node = [], [], results[0]
    row = node.operation
    for x in node.operands[: -1 if row is not None and row.results else None]:
        known = isinstance(x, Node)
        text, tight = (
            numeral(x.data, number(x.data, forms.numbers)) if known else constant(x, forms.numbers)
        )
        numbers.append((write.numbers(text), tight))
        letters.append((write.name(named[x]), ATOM) if known else numbers[-1])
    stages = [_written(node, texts, write) for texts in (letters, numbers)]
    stages.append(write.numbers(", ".join([number(x.data, forms.result) for x in results])))
    return write.equation(", ".join([write.defined(named[x]) for x in results]), stages)


def _locals(node: Node, named: dict[Node, str], steps: list[Step], write: Text) -> list[str]:
    """The local derivatives of a node: their rules in names, in numbers, their values. Those with
    the same rule stand in one line; of many, the first and the last are written.
    """
    slopes: dict[Node, list[tuple[int, float]]] = {}
    for i, (x, slope) in enumerate(edges(node)):
        if slope is not None:
            slopes.setdefault(x, []).append((i, slope))
    operands = list(slopes)
    cut = len(operands) > MOST
    several = {step.name for step in steps if len(step.shares) > 1}
    lines: dict[str, list[str]] = {}
    for x in [*operands[: MOST - 1], operands[-1]] if cut else operands:
        of_result = named[node] == steps[0].name and named[x] in several
        left = write.derivative(named[node], named[x], partial=of_result)
        right = _fitting(partial(derived, node, slopes[x], named.__getitem__), write)
        lines.setdefault(right, []).append(left)
    if cut and len(lines) == 1:
        (lefts,) = lines.values()
        lefts.insert(-1, write.sign("…"))
    found = [write.equation(lefts[0], [*lefts[1:], right]) for right, lefts in lines.items()]
    return [*found[:-1], write.more, found[-1]] if cut and len(lines) > 1 else found


def _written(node: Node, texts: list[tuple[str, int]], write: Text) -> str:
    """An operation over texts of its operands, each with how tightly it binds; a sum or a dot is
    written out, and cut where it is long.
    """
    operation, cut = node.operation, write.sign("…")
    assert operation is not None, "a leaf is not computed from anything"
    if isinstance(operation, Reduction) and operation.additive:
        width = len(texts) // (1 + operation.pairs)
        bracketed = [text if tight == ATOM else f"({text})" for text, tight in texts]
        terms = [write.sign("·").join(bracketed[i::width]) for i in range(width)]
        terms = terms if width <= MOST else [*terms[: MOST - 1], cut, terms[-1]]
        return added(terms)
    if operation is power:  # what is raised stands alone
        texts = [texts[0], write.exponent(*texts[1])]
    if len(texts) > MOST:
        texts = [*texts[: MOST - 1], (cut, ATOM), texts[-1]]
    return subtracted(write.applied(operation, texts)[0])


def _backward(step: Step, result: str, write: Text) -> str:
    """The chain rule for one node: in letters, where that is more than the left side, in numbers,
    its gradient.
    """
    if not step.shares and step.name != result:
        return write.equation(write.derivative(result, step.name), ["0"]) + write.not_taken
    return _fitting(partial(_chain, step, result), write)


def _chain(step: Step, result: str, write: Text, forms: Forms) -> str:
    left, shares = write.derivative(result, step.name), step.shares
    letters = [
        write.derivative(result, share.user) + write.times + write.derivative(share.user, step.name)
        if share.user
        else write.derivative(result, step.name, partial=True)
        for share in shares
    ]
    products = added([_product(share, forms.numbers) for share in shares])
    values = added([number(share.contribution, forms.numbers) for share in shares])
    numbers = [products, values, number(step.gradient, forms.result) if shares else "1"]
    stages = [" + ".join(letters)] if any(share.user for share in shares) else []
    stages += [
        write.numbers(text)
        for i, text in enumerate(numbers)
        if text and text not in numbers[i + 1 :]
    ]
    parts = ", ".join(per_cent(share.part) for share in shares)
    return write.equation(left, stages) + (write.aside(parts) if len(shares) > 1 else "")


def _product(share: Share, form: Format) -> str:
    """Upstream × local, in numbers; the local derivative alone where the result itself sends it."""
    local = added([number(x, form) for x in share.locals])
    if not share.user:
        return local
    upstream = number(share.upstream, form)
    alone = len(share.locals) == 1 and not local.startswith(MINUS)
    return f"{upstream} × {local if alone else f'({local})'}"
