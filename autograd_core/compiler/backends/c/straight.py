"""A narrow program as C: a variable for each instruction that is used more than once or long, the
others inlined, and a loop for each stretch that repeats.

A scan is a loop of its rounds, in which the variables of the second scan are `v7_2`.

The names are those of the Python text: in a loop `v7` is the value of this round, `v7_before` that
of the round before, and `v7_at` the array of all rounds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import inf

from ....primitives import Primitive
from ...ir.program import Program, uses
from ...ir.scans import Scan, ScanRow, column, element, scans_of
from ..expressions import ATOM, INLINED, Text, index
from ..naming import names_of_inputs, result_name
from ..rerolling import Each, Inputs, Loop, Operand, Round, Same, Series
from ..stretches import Stretches
from .formulas import constant
from .layout import CFile, results, row, sizes_of, wrapped
from .parts import File, Function, depth_of, plus
from .scan_loops import COUNTERS, Names, bottom, evenly, kept, top

_PART = 2000  # statements of a function; compilers take more than twice the time for twice as many
_LAST = 1 << 40  # the arrays are declared behind the inputs
_IN_A_ROW = 4  # results of as many rounds in a row are read in a loop


def straight(program: Program) -> CFile:
    """The program as a file. One with samples must fit into a function, and have no loops."""
    return _Printer(program, File(program)).file()


class _Printer:
    """Prints a program, or a round of a scan: then the texts of its inputs are known, and its
    variables have an ending of their own.
    """

    def __init__(
        self,
        program: Program,
        file: File,
        inputs: Mapping[int, Text] = {},
        ending: str = "",
        depth: int = 0,
    ) -> None:
        self.program, self.common, self.formulas = program, file, file.formulas
        self.ending, self.depth = ending, depth
        given = [j for i, _ in scans_of(program) for j in program.operands[i]]
        self.named = {*given}  # which are computed once, before the rounds
        # in a round, and where columns are read, an operation stands by itself
        self.stretches = Stretches(program, inf if depth or given else None)
        self.loops = self.stretches.loops
        if not depth:
            file.taken |= {*COUNTERS[: max(depth_of(program), bool(self.loops.found))]}
        self.names = {} if depth else names_of_inputs(program, frozenset(file.taken))
        file.taken.update(self.names.values())
        self.used = uses(program)
        self.v = result_name(program)
        self.left = [*self.used]  # how often each is still read
        self.texts: dict[int, Text] = {i: constant(x) for i, x in program.constants.items()}
        self.texts |= inputs
        self.now = Function(" " * 4 * (1 + depth)) if depth else file.now
        self.results = results(program)
        self.places = _places(program)
        self.waiting: set[int] = set()  # what is inlined where it will be read
        self.found: dict[int, list[str]] = {}  # the results of scans: variables, then arrays

    def file(self) -> CFile:
        program, common = self.program, self.common
        batched = any(program.batched)
        self._instructions([i for i in range(len(program)) if not program.batched[i]], batched)
        self._results()
        lines = list(self.now)
        if batched:
            self.now = Function(" " * 8)
            self._instructions([i for i in range(len(program)) if program.batched[i]])
            self._results_of_samples()
            lines = [*common.now, "    for (long s = 0; s < n; s++) {", *self.now, "    }"]
        parts = [list(part) for part in common.done]
        sizes = sizes_of(program, common.memory, 0)
        sampled = [program.batched[i] for i in program.outputs]
        tables = [f"static const double {x}[] = {y};" for y, x in common.constants.items()]
        helpers = self.formulas.definitions + ["\n".join([*wrapped("", x), ""]) for x in tables]
        return CFile(program, sizes, sampled, helpers, parts, lines)

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
                if self.now.statements >= _PART and not self.depth:
                    self._cut()

    def _line(self, text: str, deeper: int = 0) -> None:
        self.now.lines += wrapped(self.now.indent + "    " * deeper, text)

    def _instruction(self, i: int) -> None:
        row = self.program.rows[i]
        if row is None or not self.left[i]:
            return
        if row.structured:
            self._structured(i, row)
            return
        text = self.formulas.expression(row, [self._read(j) for j in self.program.operands[i]])
        self.texts[i] = text
        inlined = self.used[i] == 1 and len(text[0]) < INLINED and i not in self.named
        if inlined and (self.program.batched[i] or not any(self.program.batched)):
            self.waiting.add(i)
            return
        self._line(f"const double {self.v(i)}{self.ending} = {text[0]};")
        self._named(i)

    def _named(self, i: int) -> None:
        self.texts[i] = f"{self.v(i)}{self.ending}", ATOM
        self.now.named.append(i)
        self.now.statements += 1

    def _cut(self) -> None:
        """Begin a function. What is still to be read goes through the memory."""
        for i in [*self.now.named, *self.waiting]:
            if self.left[i] or i in self.stretches.named:
                self._line(f"memory[{self.common.memory}] = {self.texts[i][0]};")
                self.texts[i] = f"memory[{self.common.memory}]", ATOM
                self.common.memory += 1
        for found in self.found.values():
            for k, x in enumerate(found):
                if x not in self.common.arrays and "[" not in x:
                    self._line(f"memory[{self.common.memory}] = {x};")
                    found[k] = f"memory[{self.common.memory}]"
                    self.common.memory += 1
        self.waiting.clear()
        self.common.done.append(self.now)
        self.now = self.common.now = Function()

    def _read(self, i: int) -> Text:
        """The text of an instruction, outside of the loop that it is in."""
        if i in self.names:
            own = self.program.batched[i] or not any(self.program.batched)
            function = self.now if own else self.common.now
            function.declare(self.names[i], i, f"const double {self.names[i]} = {self.places[i]}")
            return self.names[i], ATOM
        row = self.program.rows[i]
        if row is not None and row.structured:
            return self._looked_up(i, row), ATOM
        loop = self.loops.owner(i) if self.loops.found else None
        if loop is not None:
            t, place = loop.place(self.loops.numbers[i])
            i = loop.body[place]
            if t < loop.rounds - 1:
                return f"{self._array(f'{self.v(i)}_at')}[{t}]", ATOM
        self.left[i] -= 1
        self.waiting.discard(i)
        return self.texts[i]

    def _array(self, name: str, size: int = 0) -> str:
        """An array in the memory, declared in the function that is written."""
        common = self.common
        if name not in common.arrays and not size:
            return name  # of constants
        if size:
            common.arrays[name] = common.memory
            common.memory += size
        start = common.arrays[name]
        common.now.declare(name, _LAST + start, f"double *const {name} = {plus('memory', start)}")
        return name

    def _structured(self, i: int, row: Primitive) -> None:
        """A scan or a column; what is looked up in them is, where it is read."""
        if isinstance(row, ScanRow):
            self._scan(i, row.scan)
        elif row is column:
            self._column(i, self.program.operands[i])

    def _looked_up(self, i: int, row: Primitive) -> str:
        """The name of a result of a scan, of a column, or an element of it."""
        if row is column:
            return self._array(self.texts[i][0])
        xs, k = self.program.operands[i]
        at = int(self.program.constants[k])
        if row is element:
            return f"{self._read(xs)[0]}[{at}]"
        name = self.found[xs][at]
        return self._array(name) if name in self.common.arrays else name

    def _column(self, i: int, operands: Sequence[int]) -> None:
        """An array of numbers; those in a row that are alike are written in a loop."""
        known, name = self.program.constants, f"{self.v(i)}{self.ending}"
        self.texts[i] = name, ATOM
        if all([j in known for j in operands]) and len({*operands}) > 1:
            self.texts[i] = self._constants([known[j] for j in operands]), ATOM
            return
        self._array(name, len(operands))
        counter, k = COUNTERS[self.depth], 0
        while k < len(operands):
            count, step = self._alike(operands, k)
            text = self._read(operands[k])[0]
            if count < _IN_A_ROW:
                self._line(f"{name}[{k}] = {text};")
                k += 1
                continue
            if step:
                array, _, first = text.removesuffix("]").partition("[")
                text = f"{array}[{index(int(first), step, counter)}]"
            self._line(f"for (long {counter} = 0; {counter} < {count}; {counter}++)")
            self._line(f"{name}[{index(k, 1, counter)}] = {text};", 1)
            k += count

    def _alike(self, operands: Sequence[int], k: int) -> tuple[int, int]:
        """How many from k on are the same, or in a row in a column, and how far they are apart."""

        def place(j: int) -> tuple[int, int]:
            if self.program.rows[j] is not element:
                return j, 0
            xs, at = self.program.operands[j]
            return xs, int(self.program.constants[at])

        xs, first = place(operands[k])
        step = place(operands[k + 1])[1] - first if k + 1 < len(operands) else 0
        count = 1
        if abs(step) <= 1:
            while k + count < len(operands) and place(operands[k + count]) == (
                xs,
                first + count * step,
            ):
                count += 1
        return count, step

    def _constants(self, numbers: Sequence[float]) -> str:
        """The name of an array of constants."""
        name = f"column{1 + len(self.common.constants)}"
        text = f"{{{', '.join([constant(x)[0] for x in numbers])}}}"
        return self.common.constants.setdefault(text, name)

    def _scan(self, i: int, scan: Scan) -> None:
        """The loop of a scan."""
        common, k = self.common, COUNTERS[self.depth]
        common.scans += 1
        names = Names(scan, common.scans, common.taken)
        states, columns, shared = scan.parts([self._read(j) for j in self.program.operands[i]])
        for array in names.arrays:
            self._array(array, scan.rounds)
        entries = [self._entry(xs, k) for xs in scan.tables]
        entries += [(f"{xs}[{k}]", ATOM) for xs, _ in columns]
        inputs = [*[(x, ATOM) for x in names.states], *entries, *shared]
        own = dict(zip(scan.body.inputs, inputs, strict=True))
        body = _Printer(scan.body, common, own, names.ending, self.depth + 1)
        lines = kept(scan, names, k)
        for j, name in zip(scan.body.inputs[scan.states :], names.entries, strict=False):
            if body.used[j] > 1:
                lines.append(f"const double {name} = {body.texts[j][0]};")
                body.texts[j] = name, ATOM
        for line in lines:
            body._line(line)
        body._instructions(range(len(scan.body)), silent=True)
        outputs = [body._read(j) for j in scan.body.outputs]
        for line in bottom(scan, names, k, outputs):
            body._line(line)
        for line in top(scan, names, k, [x for x, _ in states]):
            self._line(line)
        self.now.lines += body.now.lines
        self._line("}")
        self.now.statements += len(body.now.lines)
        self.found[i] = [*names.states, *names.arrays]

    def _entry(self, xs: Sequence[float], k: str) -> Text:
        """A constant of each round."""
        return evenly(xs, k) or (f"{self._constants(xs)}[{k}]", ATOM)

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
        read = f"{self._array(f'{self.v(loop.body[place])}_at')}[{index(t, 1 if end > t else -1)}]"
        self._line(f"for (long k = 0; k < {len(instructions)}; k++)")
        self._line(f"{array}[{index(start, 1)}] = {read};", 1)

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
                    texts[x] = self._before(loop, place, lag), ATOM
                case Each(instructions):
                    texts[x] = f"{self._table(instructions)}[k]", ATOM
                case Series() | Inputs():
                    texts[x] = self._element(x, uses_of, top)
        for place, lag in carried.items():
            earlier = self.stretches.earlier(loop, Round(place, lag))
            for n, i in enumerate(earlier, 1):
                self._line(f"double {self._before(loop, place, n)} = {self._read(i)[0]};")
        for i in loop.body:
            if i in self.stretches.listed:
                self._array(f"{self.v(i)}_at", loop.rounds)
            if i in self.stretches.named:
                self._line(f"double {self.v(i)} = 0.0;")
        self._line(f"for (long k = 0; k < {loop.rounds}; k++) {{")
        for line in top:
            self._line(line, 1)
        for i, operands in zip(loop.body, loop.operands, strict=True):
            self._step(i, loop, operands, texts)
        for place, lag in carried.items():
            for n in range(lag, 1, -1):
                self._line(
                    f"{self._before(loop, place, n)} = {self._before(loop, place, n - 1)};",
                    1,
                )
            self._line(f"{self._before(loop, place, 1)} = {self.v(loop.body[place])};", 1)
        self._line("}")
        self.now.named += [i for i in loop.body if i in self.stretches.named]

    def _before(self, loop: Loop, place: int, lag: int) -> str:
        return f"{self.v(loop.body[place])}_before{lag if lag > 1 else ''}"

    def _table(self, instructions: tuple[int, ...]) -> str:
        """An array of these, one for each round."""
        self.common.tables += 1
        name = f"table{self.common.tables}"
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
            array = self._array(f"{self.v(x.loop.body[x.place])}_at")
        text = f"{array}[{index(x.first, x.step)}]"
        if count > 1:
            self.common.elements += 1
            top.append(f"const double u{self.common.elements} = {text};")
            text = f"u{self.common.elements}"
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
            self._line(f"{self.v(i)} = {text[0]};", 1)
        elif i not in where.listed and where.inside[i] == 1 and len(text[0]) < INLINED:
            self.texts[i] = text
            return
        elif where.inside[i] or i not in where.listed:
            self._line(f"const double {self.v(i)} = {text[0]};", 1)
        if i in where.listed:
            known = i in where.named or where.inside[i]
            self._line(f"{self.v(i)}_at[k] = {self.v(i) if known else text[0]};", 1)
        self.texts[i] = self.v(i), ATOM


def _places(program: Program) -> dict[int, str]:
    """Where each input is read."""
    places, counts = {}, [0, 0]
    for i in program.inputs:
        batched = program.batched[i]
        k = counts[batched]
        places[i] = f"samples[{row(k, ' * n + s')}]" if batched else f"inputs[{k}]"
        counts[batched] += 1
    return places
