"""A narrow program as C: a variable for each instruction that is used more than once or long, the
others inlined, and a loop for each stretch that repeats.

The names are those of the Python text: in a loop `v7` is the value of this round, `v7_before` that
of the round before, and `v7_at` the array of all rounds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ...ir.program import Program, uses
from ..expressions import ATOM, Text
from ..naming import names_of_inputs
from ..rerolling import Each, Inputs, Loop, Operand, Round, Same, Series
from ..stretches import Stretches
from .formulas import TAKEN, Formulas, constant
from .layout import CFile, results, row, sizes_of, wrapped

_INLINED = 60  # characters of an expression that still stands inside another
_PART = 2000  # statements of a function; compilers take more than twice the time for twice as many
_IN_A_ROW = 4  # results of as many rounds in a row are read in a loop


def straight(program: Program) -> CFile:
    """The program as a file. One with samples must fit into a function, and have no loops."""
    return _Printer(program).file()


class _Function:
    """A function (or the loop over the samples in it) that is written: the declarations at its top,
    by name, and its lines.
    """

    def __init__(self, indent: str = "    ") -> None:
        self.indent = indent
        self.top: dict[str, tuple[int, str]] = {}
        self.lines: list[str] = []
        self.named: list[int] = []  # the instructions that are its variables
        self.statements = 0

    def declare(self, name: str, place: int, text: str) -> None:
        self.top.setdefault(name, (place, f"{self.indent}{text};"))

    def __iter__(self) -> Iterator[str]:
        yield from [text for _, text in sorted(self.top.values())]
        yield from self.lines


class _Printer:
    def __init__(self, program: Program) -> None:
        self.program, self.formulas = program, Formulas()
        self.stretches = Stretches(program)
        self.loops = self.stretches.loops
        self.names = names_of_inputs(program, TAKEN)
        self.used = uses(program)
        self.left = [*self.used]  # how often each is still read
        self.texts: dict[int, Text] = {i: constant(x) for i, x in program.constants.items()}
        self.places = _places(program)
        self.memory = self.tables = self.elements = 0
        self.arrays: dict[str, int] = {}  # where each array lies in the memory
        self.done: list[_Function] = []
        self.now = self.shared = _Function()
        self.waiting: set[int] = set()  # what is inlined where it will be read
        self.results = results(program)

    def file(self) -> CFile:
        program = self.program
        batched = any(program.batched)
        self._instructions([i for i in range(len(program)) if not program.batched[i]], batched)
        self._results()
        lines = list(self.now)
        if batched:
            self.now = _Function(" " * 8)
            self._instructions([i for i in range(len(program)) if program.batched[i]])
            self._results_of_samples()
            lines = [*self.shared, "    for (long s = 0; s < n; s++) {", *self.now, "    }"]
        parts = [list(part) for part in self.done]
        sizes = sizes_of(program, self.memory, 0)
        sampled = [program.batched[i] for i in program.outputs]
        return CFile(program, sizes, sampled, self.formulas.definitions, parts, lines)

    def _instructions(self, numbers: Sequence[int], silent: bool = False) -> None:
        program, wanted = self.program, set(numbers)
        backward = len(program)
        if program.forward is not None and not silent:
            self._line("/* forward */")
            backward = program.forward
        for first, last, loop in self.stretches:
            for i in [first] if loop else range(first, last):
                if i >= backward:
                    self._line("/* backward */")
                    backward = len(program)
                if loop:
                    self._loop(loop)
                elif i in wanted:
                    self._instruction(i)
                if self.now.statements >= _PART:
                    self._cut()

    def _line(self, text: str, deeper: int = 0) -> None:
        self.now.lines += wrapped(self.now.indent + "    " * deeper, text)

    def _instruction(self, i: int) -> None:
        row = self.program.rows[i]
        if row is None or not self.left[i]:
            return
        text = self.formulas.expression(row, [self._read(j) for j in self.program.operands[i]])
        self.texts[i] = text
        inlined = self.used[i] == 1 and len(text[0]) < _INLINED
        if inlined and (self.program.batched[i] or not any(self.program.batched)):
            self.waiting.add(i)
            return
        self._line(f"const double v{i} = {text[0]};")
        self._named(i)

    def _named(self, i: int) -> None:
        self.texts[i] = f"v{i}", ATOM
        self.now.named.append(i)
        self.now.statements += 1

    def _cut(self) -> None:
        """Begin a function. What is still to be read goes through the memory."""
        for i in [*self.now.named, *self.waiting]:
            if self.left[i] or i in self.stretches.named:
                self._line(f"memory[{self.memory}] = {self.texts[i][0]};")
                self.texts[i] = f"memory[{self.memory}]", ATOM
                self.memory += 1
        self.waiting.clear()
        self.done.append(self.now)
        self.now = _Function()

    def _read(self, i: int) -> Text:
        """The text of an instruction, outside of the loop that it is in."""
        if i in self.names:
            own = self.program.batched[i] or not any(self.program.batched)
            function = self.now if own else self.shared
            function.declare(self.names[i], i, f"const double {self.names[i]} = {self.places[i]}")
            return self.names[i], ATOM
        loop = self.loops.owner(i) if self.loops.found else None
        if loop is not None:
            t, place = loop.place(self.loops.numbers[i])
            i = loop.body[place]
            if t < loop.rounds - 1:
                return f"{self._array(f'v{i}_at')}[{t}]", ATOM
        self.left[i] -= 1
        self.waiting.discard(i)
        return self.texts[i]

    def _array(self, name: str, size: int = 0) -> str:
        """An array in the memory, declared in the function that is written."""
        if size:
            self.arrays[name] = self.memory
            self.memory += size
        start = self.arrays[name]
        self.now.declare(
            name, len(self.program) + start, f"double *const {name} = {plus('memory', start)}"
        )
        return name

    def _results(self) -> None:
        """Write those outputs and guards that all samples share; totals over these begin at 0."""
        shared = [(p, i) for is_row, p, i in self.results if not is_row]
        instructions = [i for _, i in shared]
        k = 0
        while k < len(shared):
            place, i = shared[k]
            count = self.stretches.in_a_row(instructions, k) if self.loops.found else 1
            if count >= _IN_A_ROW:
                self._copied("outputs", place, instructions[k : k + count])
                k += count
                continue
            text = "0.0" if self.program.batched[i] else self._read(i)[0]
            self._line(f"outputs[{place}] = {text};")
            k += 1

    def _results_of_samples(self) -> None:
        for is_row, place, i in self.results:
            if is_row:
                self._line(f"sampled[{row(place, ' * n + s')}] = {self._read(i)[0]};")
            elif self.program.batched[i]:
                self._line(f"outputs[{place}] += {self._read(i)[0]};")

    def _copied(self, array: str, start: int, instructions: Sequence[int]) -> None:
        """Elements of an array, from start on, from rounds in a row, in either direction."""
        loop = self.loops.owner(instructions[0])
        assert loop is not None
        (t, place), (end, _) = [
            loop.place(self.loops.numbers[i]) for i in (instructions[0], instructions[-1])
        ]
        read = f"{self._array(f'v{loop.body[place]}_at')}[{_index(t, 1 if end > t else -1)}]"
        self._line(f"for (long k = 0; k < {len(instructions)}; k++)")
        self._line(f"{array}[{_index(start, 1)}] = {read};", 1)

    def _loop(self, loop: Loop) -> None:
        counts = Counter([x for operands in loop.operands for x in operands])
        texts: dict[Operand, Text] = {}
        top: list[str] = []
        carried: dict[int, int] = {}  # how many rounds of a place are kept
        for x, uses_of in counts.items():
            match x:
                case Same(i):
                    texts[x] = self._read(i)
                case Round(place, lag) if lag:
                    carried[place] = max(lag, carried.get(place, 0))
                    texts[x] = _before(loop, place, lag), ATOM
                case Each(instructions):
                    texts[x] = f"{self._table(instructions)}[k]", ATOM
                case Series() | Inputs():
                    texts[x] = self._element(x, uses_of, top)
        for place, lag in carried.items():
            earlier = self.stretches.earlier(loop, Round(place, lag))
            for n, i in enumerate(earlier, 1):
                self._line(f"double {_before(loop, place, n)} = {self._read(i)[0]};")
        for i in loop.body:
            if i in self.stretches.listed:
                self._array(f"v{i}_at", loop.rounds)
            if i in self.stretches.named:
                self._line(f"double v{i} = 0.0;")
        self._line(f"for (long k = 0; k < {loop.rounds}; k++) {{")
        for line in top:
            self._line(line, 1)
        for i, operands in zip(loop.body, loop.operands, strict=True):
            self._step(i, loop, operands, texts)
        for place, lag in carried.items():
            for n in range(lag, 1, -1):
                self._line(f"{_before(loop, place, n)} = {_before(loop, place, n - 1)};", 1)
            self._line(f"{_before(loop, place, 1)} = v{loop.body[place]};", 1)
        self._line("}")
        self.now.named += [i for i in loop.body if i in self.stretches.named]

    def _table(self, instructions: tuple[int, ...]) -> str:
        """An array of these, one for each round."""
        self.tables += 1
        name = f"table{self.tables}"
        known = self.program.constants
        if all([i in known for i in instructions]):
            numbers = ", ".join([constant(known[i])[0] for i in instructions])
            self._line(f"static const double {name}[] = {{{numbers}}};")
            return name
        self._array(name, len(instructions))
        k = 0
        while k < len(instructions):
            count = self.stretches.in_a_row([*instructions[k:]], 0)
            if count >= _IN_A_ROW:
                self._copied(name, k, instructions[k : k + count])
                k += count
                continue
            self._line(f"{name}[{k}] = {self._read(instructions[k])[0]};")
            k += 1
        return name

    def _element(self, x: Series | Inputs, count: int, top: list[str]) -> Text:
        """An element of an array, or the name of it where it is used more than once."""
        array = "inputs"
        if isinstance(x, Series):
            array = self._array(f"v{x.loop.body[x.place]}_at")
        text = f"{array}[{_index(x.first, x.step)}]"
        if count > 1:
            self.elements += 1
            top.append(f"const double u{self.elements} = {text};")
            text = f"u{self.elements}"
        return text, ATOM

    def _step(
        self, i: int, loop: Loop, operands: list[Operand], texts: dict[Operand, Text]
    ) -> None:
        """An instruction in a loop."""
        given = [
            self.texts[loop.body[x.place]] if isinstance(x, Round) and not x.lag else texts[x]
            for x in operands
        ]
        row, where = self.program.rows[i], self.stretches
        assert row is not None
        text = self.formulas.expression(row, given)
        self.now.statements += 1
        if i in where.named:
            self._line(f"v{i} = {text[0]};", 1)
        elif i not in where.listed and where.inside[i] == 1 and len(text[0]) < _INLINED:
            self.texts[i] = text
            return
        elif where.inside[i] or i not in where.listed:
            self._line(f"const double v{i} = {text[0]};", 1)
        if i in where.listed:
            known = i in where.named or where.inside[i]
            self._line(f"v{i}_at[k] = {f'v{i}' if known else text[0]};", 1)
        self.texts[i] = f"v{i}", ATOM


def plus(text: str, number: int) -> str:
    return f"{text} + {number}" if number else text


def _before(loop: Loop, place: int, lag: int) -> str:
    return f"v{loop.body[place]}_before{lag if lag > 1 else ''}"


def _index(first: int, step: int) -> str:
    """first + step · k"""
    if step == -1:
        return f"{first} - k"
    text = "k" if step == 1 else f"{step} * k"
    return f"{text} + {first}" if first else text


def _places(program: Program) -> dict[int, str]:
    """Where each input is read."""
    places, counts = {}, [0, 0]
    for i in program.inputs:
        batched = program.batched[i]
        k = counts[batched]
        places[i] = f"samples[{row(k, ' * n + s')}]" if batched else f"inputs[{k}]"
        counts[batched] += 1
    return places
