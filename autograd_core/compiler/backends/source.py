"""A program as the text of a Python function: an assignment for each instruction that is used more
than once or long, the others inlined, and a loop for each stretch that repeats.

A guard is looked at as soon as it is known, and ends the run if the call takes another path.

In a loop `v7` is the value of this round, `v7_before` that of the round before, and `v7_at` the
list of all rounds, for what is read later. After the loop `v7` is the value of its last round.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from ...primitives import Primitive
from ..ir.program import Program, uses
from ..ir.scans import Scan, ScanRow, column, element
from .expressions import (
    AND,
    ATOM,
    COMPARISON,
    INLINED,
    RESERVED,
    Text,
    assignment,
    conditions,
    constant,
    expression,
    gives_truth,
    index,
    listed,
    number,
    truth,
)
from .naming import loop_counter, names_of_inputs, result_name
from .rerolling import Each, Inputs, Loop, Operand, Round, Same, Series
from .scan_source import scan_function
from .stretches import Stretches

_SLICED = 4  # results from as many rounds in a row are written as a slice of their list
_DEEPER = " " * 8
START = -1  # before the first instruction


def source(program: Program, *, careful: bool = False) -> tuple[str, dict[str, Any]]:
    """The function `run(inputs)` as text, with what it refers to."""
    printer = _Printer(program, careful, {}, [])
    lines = ["def run(inputs):", *printer.lines()]
    return "\n".join([*printer.functions, *lines]) + "\n", printer.scope


class _Printer:
    def __init__(
        self, program: Program, careful: bool, scope: dict[str, Any], functions: list[str]
    ) -> None:
        self.program, self.careful = program, careful
        self.scope, self.functions = scope, functions
        self.stretches = Stretches(program)
        self.loops = self.stretches.loops
        self.used = uses(program)
        self.v = result_name(program)
        self.names = names_of_inputs(program, RESERVED)
        self.truths = {row for row in {*program.rows} if gives_truth(row, careful)}
        self.texts = {
            i: (self.names[i], ATOM) if i in self.names else constant(program.constants[i])
            for i, row in enumerate(program.rows)
            if row is None
        }
        self.counter = loop_counter(self.names.values()) if self.loops.found else ""
        self.tables = self.elements = 0  # how many names of these there are
        self.early = self._early_guards()

    def lines(self) -> Iterator[str]:
        program = self.program
        yield from self._inputs()
        yield from self._exits(START)
        yield from self._computed()
        yield from listed("return [", self._several(program.outputs), f"], {self._all_guards()}")

    def _computed(self) -> Iterator[str]:
        program = self.program
        if program.forward is not None:
            yield "    # forward"
        backward = len(program) if program.forward is None else program.forward
        for first, last, loop in self.stretches:
            for i in [first] if loop else range(first, last):
                if i >= backward:
                    yield "    # backward"
                    backward = len(program)
                yield from self._loop(loop) if loop else self._instruction(i)
                yield from self._exits(i)

    def _early_guards(self) -> dict[int, list[int]]:
        """By instruction the guards that can be looked at behind it, each behind those before it:
        all up to the first that is in a loop; none in a program of several paths.
        """
        found: dict[int, list[int]] = {}
        known = START
        for k, (i, was) in enumerate(self.program.guards):
            if was is None or self.loops.owner(i):
                break
            known = max(known, i) if self.program.rows[i] is not None else known
            found.setdefault(known, []).append(k)
        return found

    def _exits(self, i: int) -> Iterator[str]:
        """Behind an instruction: the end of a run in which a guard is not as it was."""
        for k in self.early.get(i, ()):
            guard, was = self.program.guards[k]
            text = self._read(guard)
            if was.__class__ is float:
                found, binds = number(*text)
                found = found if binds > COMPARISON else f"({found})"
                differs = f"{found} != {constant(float(was))[0]}"
            else:
                found, (holds, binds) = str(not was), truth(*text)
                differs = holds if not was else f"not {holds}" if binds > AND else f"not ({holds})"
            yield f"    if {differs}:"
            before = f"*{self._guards(k)}, " if k else ""
            yield f"        return [], [{before}{found}]"

    def _all_guards(self) -> str:
        """At the end of a run, the guards that were looked at, and the others."""
        first = sum(map(len, self.early.values()))
        late = self._several([i for i, _ in self.program.guards[first:]], numbers=False)
        if not first:
            return f"[{', '.join(late)}]"
        return f"[*{self._guards(first)}, {', '.join(late)}]" if late else self._guards(first)

    def _guards(self, count: int) -> str:
        """The first guards as they were."""
        self.scope["guards"] = [was for _, was in self.program.guards]
        return "guards" if count == len(self.program.guards) else f"guards[:{count}]"

    def _inputs(self) -> Iterator[str]:
        inputs = self.program.inputs
        if not self.stretches.indexed:
            if inputs:
                yield from listed("[", [self.names[i] for i in inputs], "] = inputs")
            return
        for p, i in enumerate(inputs):
            if i in self.stretches.needed:
                yield f"    {self.names[i]} = inputs[{p}]"

    def _instruction(self, i: int) -> list[str]:
        row = self.program.rows[i]
        if row is None:
            return []
        if row is column:
            self.texts[i] = self.v(i), ATOM
            return listed(f"{self.v(i)} = [", self._several(self.program.operands[i]), "]")
        given = [self._read(j) for j in self.program.operands[i]]
        text = self._expression(row, given)
        if self.used[i] == 1 and len(text[0]) < INLINED and not isinstance(row, ScanRow):
            self.texts[i] = text
            return []
        self.texts[i] = self.v(i), ATOM
        return assignment(self.v(i), text[0])

    def _expression(self, row: Primitive, given: list[tuple[Text, bool]]) -> Text:
        if row.structured:
            return self._structured(row, [number(*x)[0] for x in given])
        first = conditions(row, len(given))
        if first or self.truths:
            texts = [truth(*x) if k < first else number(*x) for k, x in enumerate(given)]
        else:
            texts = [text for text, _ in given]
        return expression(row, texts, self.scope, self.careful)

    def _structured(self, row: Primitive, given: list[str]) -> Text:
        if isinstance(row, ScanRow):
            return f"{self._function(row.scan)}({', '.join(given)})", ATOM
        xs, k = given
        return f"{xs}[{k.removesuffix('.0')}]" if k.endswith(".0") else f"{xs}[int({k})]", ATOM

    def _function(self, scan: Scan) -> str:
        """The name of a function that runs a scan."""
        inner = _Printer(scan.body, self.careful, self.scope, self.functions)
        body, results = inner.body()
        names = [inner.names[i] for i in scan.body.inputs]
        name = f"scan{1 + sum([line.startswith('def ') for line in self.functions])}"
        k = loop_counter([*names, inner.counter])
        self.functions += scan_function(name, k, scan, names, body, results, self.scope)
        return name

    def body(self) -> tuple[list[str], list[str]]:
        """The lines of a round, whose inputs are there by their names, and its outputs."""
        names = [self.names[i] for i in self.program.inputs]
        lines = listed("inputs = [", names, "]") if self.stretches.indexed else []
        lines += self._computed()
        return lines, [number(*self._read(i))[0] for i in self.program.outputs]

    def _is_truth(self, i: int) -> bool:
        return self.program.rows[i] in self.truths

    def _read(self, i: int) -> tuple[Text, bool]:
        """The text of an instruction, outside of the loop that it is in; whether it is a bool."""
        loop = self.loops.owner(i) if self.loops.found else None
        if loop is None:
            return self.texts[i], self.program.rows[i] in self.truths
        t, place = loop.place(self.loops.numbers[i])
        name = self.v(loop.body[place])
        return (name if t == loop.rounds - 1 else f"{name}_at[{t}]", ATOM), self._is_truth(i)

    def _several(self, instructions: Sequence[int], numbers: bool = True) -> list[str]:
        """The texts of instructions; those from several rounds in a row are a slice."""
        texts: list[str] = []
        k = 0
        while k < len(instructions):
            i = instructions[k]
            loop = self.loops.owner(i)
            count = 1 if numbers and self._is_truth(i) else self.stretches.in_a_row(instructions, k)
            if (n := self._elements(instructions, k)) >= _SLICED:
                xs, t = self.program.operands[i]
                first = int(self.program.constants[t])
                texts.append(f"*{self.texts[xs][0]}[{first}:{first + n}]")
                k += n
                continue
            if loop is None or count < _SLICED:
                text, is_truth = self._read(i)
                texts.append(number(text, is_truth and numbers)[0])
                k += 1
                continue
            (t, place), (end, _) = [
                loop.place(self.loops.numbers[instructions[n]]) for n in (k, k + count - 1)
            ]
            texts.append(f"*{self.v(loop.body[place])}_at{_slice(t, end, loop.rounds)}")
            k += count
        return texts

    def _elements(self, instructions: Sequence[int], k: int) -> int:
        """How many instructions from k on are the elements of a column in their order."""
        rows, operands, constants = self.program.rows, self.program.operands, self.program.constants
        if rows[instructions[k]] is not element:
            return 0
        xs, t = operands[instructions[k]]
        n = 1
        while (
            k + n < len(instructions)
            and rows[i := instructions[k + n]] is element
            and operands[i][0] == xs
            and constants[operands[i][1]] == constants[t] + n
        ):
            n += 1
        return n

    def _loop(self, loop: Loop) -> Iterator[str]:
        counts = Counter([x for operands in loop.operands for x in operands])
        texts: dict[Operand, tuple[Text, bool]] = {}
        top: list[str] = []
        indices = {(0, 1): self.counter}
        carried: dict[int, int] = {}  # how many rounds of a place are kept
        for x, uses_of in counts.items():
            match x:
                case Same(i):
                    texts[x] = self._read(i)
                case Round(place, lag) if lag:
                    carried[place] = max(lag, carried.get(place, 0))
                    texts[x] = (self._before(loop, place, lag), ATOM), False
                case Each(instructions):
                    self.tables += 1
                    name = f"table{self.tables}"
                    constant = all([i in self.program.constants for i in instructions])
                    left, right = "()" if constant else "[]"
                    yield from listed(f"{name} = {left}", self._several(instructions), right)
                    texts[x] = (f"{name}[{self.counter}]", ATOM), False
                case Series() | Inputs():
                    texts[x] = self._element(x, uses_of, indices, top)
        carried = dict(sorted(carried.items()))
        for place, lag in carried.items():
            earlier = self.stretches.earlier(loop, Round(place, lag))
            for n, i in enumerate(earlier, 1):
                yield from assignment(self._before(loop, place, n), number(*self._read(i))[0])
        for i in loop.body:
            if i in self.stretches.listed:
                yield f"    {self.v(i)}_at = [0.0] * {loop.rounds}"
        yield f"    for {self.counter} in range({loop.rounds}):"
        for (first, step), name in indices.items():
            if (first, step) != (0, 1):
                yield f"{_DEEPER}{name} = {index(first, step, self.counter)}"
        yield from top
        for i, operands in zip(loop.body, loop.operands, strict=True):
            yield from self._step(i, loop, operands, texts)
        for place, lag in carried.items():
            for n in range(lag, 1, -1):
                older, newer = (self._before(loop, place, k) for k in (n, n - 1))
                yield f"{_DEEPER}{older} = {newer}"
            i = loop.body[place]
            text, _ = number((self.v(i), ATOM), self._is_truth(i))
            yield f"{_DEEPER}{self._before(loop, place, 1)} = {text}"

    def _before(self, loop: Loop, place: int, lag: int) -> str:
        return f"{self.v(loop.body[place])}_before{lag if lag > 1 else ''}"

    def _element(
        self, x: Series | Inputs, count: int, indices: dict[tuple[int, int], str], top: list[str]
    ) -> tuple[Text, bool]:
        """An element of a list, or the name of it where it is used more than once."""
        key = x.first, x.step
        index = indices.setdefault(key, f"{self.counter}{len(indices)}")
        head = x.loop.body[x.place] if isinstance(x, Series) else None
        text = f"inputs[{index}]" if head is None else f"{self.v(head)}_at[{index}]"
        if count > 1:
            self.elements += 1
            top.append(f"{_DEEPER}u{self.elements} = {text}")
            text = f"u{self.elements}"
        return (text, ATOM), head is not None and self._is_truth(head)

    def _step(
        self,
        i: int,
        loop: Loop,
        operands: list[Operand],
        texts: dict[Operand, tuple[Text, bool]],
    ) -> list[str]:
        """An instruction in a loop."""
        given = [
            (self.texts[loop.body[x.place]], self._is_truth(loop.body[x.place]))
            if isinstance(x, Round) and not x.lag
            else texts[x]
            for x in operands
        ]
        row = self.program.rows[i]
        assert row is not None
        text = self._expression(row, given)
        apart = i in self.stretches.named or i in self.stretches.listed
        if self.stretches.inside[i] == 1 and not apart and len(text[0]) < INLINED:
            self.texts[i] = text
            return []
        self.texts[i] = self.v(i), ATOM
        listed = i in self.stretches.listed
        alone = listed and i not in self.stretches.named and not self.stretches.inside[i]
        names = [] if alone else [self.v(i)]
        if listed:
            names.append(f"{self.v(i)}_at[{self.counter}]")
        return assignment(" = ".join(names), text[0], _DEEPER)


def _slice(first: int, last: int, rounds: int) -> str:
    """The rounds from one to another, in either direction."""
    if first < last:
        return "" if (first, last) == (0, rounds - 1) else f"[{first}:{last + 1}]"
    begin, end = "" if first == rounds - 1 else first, last - 1 if last else ""
    return f"[{begin}:{end}:-1]"
