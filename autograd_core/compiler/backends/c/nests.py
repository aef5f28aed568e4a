"""Loop nests as C: a loop for each nest, and one for several in a row over the same elements.

The memory has all numbers, and behind them the rows, each with a number for each sample.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ...ir.program import Program
from ...tensorize.loop_nests import (
    NUMBERS,
    ROWS,
    Combine,
    Contract,
    LoopNests,
    Map,
    Nest,
    Operand,
    Part,
    Reduce,
    Reference,
)
from ..expressions import ATOM, PRODUCT, SIGN, SUM, Text, inside
from . import products
from .formulas import Formulas, constant
from .layout import CFile, Sizes, harmless, wrapped
from .places import Places, element, plus, reference, row, stretch, times

_CALL = re.compile(r"\b(?!fabs\(|sqrt\(|fast_)\w+\(")  # which keeps from vector instructions
_OWN = "#pragma omp simd"  # the elements do not depend on each other
_TOTAL = "#pragma omp simd reduction(+ : total)"


def nested(form: LoopNests, program: Program) -> CFile:
    """The nests as a file."""
    return _Printer(form, program).file()


class _Loop:
    """A loop over elements, and over the samples if it is `batched`: for each element the
    statements, and which slots these read and write.
    """

    def __init__(
        self, out: Reference, statement: str, reads: list[Reference], comments: list[str]
    ) -> None:
        self.count, self.batched = len(out.slots), out.batched
        self.statements, self.reads, self.writes = [statement], [*reads], [out]
        self.calls = bool(_CALL.search(statement))
        self.comments = [*comments]

    def takes(self, other: _Loop) -> bool:
        """Whether the other loop may run within this one, and as fast: what one writes, the other
        may touch only at the same element.
        """
        if (self.count, self.batched, self.calls) != (other.count, other.batched, other.calls):
            return False
        written = _elements(self.writes)
        again = _elements(other.writes)
        return _agree(written, other.reads + other.writes) and _agree(again, self.reads)

    def join(self, other: _Loop) -> None:
        self.statements += other.statements
        self.reads += other.reads
        self.writes += other.writes
        self.comments += [x for x in other.comments if x not in self.comments]


def _elements(references: list[Reference]) -> dict[tuple[bool, int], int]:
    return {(x.batched, slot): k for x in references for k, slot in enumerate(x.slots)}


def _agree(written: dict[tuple[bool, int], int], references: list[Reference]) -> bool:
    return all(
        [
            written.get((x.batched, slot), k) == k
            for x in references
            for k, slot in enumerate(x.slots)
        ]
    )


class _Printer:
    def __init__(self, form: LoopNests, program: Program) -> None:
        self.form, self.program, self.formulas = form, program, Formulas(in_loops=True)
        self.tables: dict[str, str] = {}  # names of arrays of constants, by their text
        self.lines: list[str] = []
        self.loop: _Loop | None = None  # which more nests may join
        self.found = Places(form)
        self.helpers: list[str] = []
        self.spare = [0, 0]  # slots behind the numbers and behind the rows, for a moment

    def file(self) -> CFile:
        form = self.form
        self._constants()
        self._inputs()
        for title in ("forward", "backward", "deferred"):
            nests: list[Nest] = getattr(form, title)
            if nests and (form.backward or form.deferred):
                self._close()
                self._line(f"/* {title} */")
            for nest in nests:
                self._nest(nest)
        self._close()
        self._results()
        declared = [
            line
            for text, name in self.tables.items()
            for line in wrapped("    ", f"static const {text.replace('NAME', name)};")
        ]
        own = form.sizes[NUMBERS] + self.spare[False]
        text = "\n".join(self.lines)
        for name, place in (("numbers", "memory"), ("rows", f"memory + {own}")):
            if f"{name}[" in text:
                declared.append(f"    double *const {name} = {place};")
        samples = [batched for batched, _ in form.inputs].count(True)
        outputs = [batched for batched, _ in form.outputs].count(False)
        sizes = Sizes(
            inputs=len(form.inputs) - samples,
            samples=samples,
            outputs=outputs,
            sampled=len(form.outputs) - outputs,
            guards=[batched for batched, _ in form.guards],
            memory=own,
            rows=form.sizes[ROWS] + self.spare[True],
        )
        lines = [*declared, *self.lines]
        helpers = [*self.formulas.definitions, *self.helpers]
        return CFile(self.program, sizes, form.sampled, helpers, [], lines)

    def _line(self, text: str, deeper: int = 0) -> None:
        self.lines += wrapped("    " * (1 + deeper), text)

    def _constants(self) -> None:
        for (batched, slot), x in self.form.constants:
            each = "for (long s = 0; s < n; s++) " if batched else ""
            self._line(f"{each}{self.found.text(batched, slot)} = {constant(x)[0]};")

    def _inputs(self) -> None:
        """Copy what is given to its slots."""
        form = self.form
        for batched, name in ((False, "inputs"), (True, "samples")):
            places = [k for k, slot in enumerate(form.inputs) if slot[0] == batched]
            slots = [form.inputs[k][1] for k in places]
            for start, own, slot, count in self.found.moved(batched, slots, name):
                ends = [form.labels[places[k]] for k in (start, start + count - 1)]
                if all(ends):
                    self._line(f"/* {harmless(' to '.join(dict.fromkeys(ends)))} */")
                self._copy(batched, own, slot, name, start, count)
        if form.apart_factor != 1.0:
            last = [slot for batched, slot in form.inputs if not batched][-1]
            self._line(f"{self.found.text(False, last)} *= {constant(form.apart_factor)[0]};")

    def _results(self) -> None:
        results = (*self.form.outputs, *self.form.guards)
        for batched, name in ((False, "outputs"), (True, "sampled")):
            slots = [slot for own, slot in results if own == batched]
            for start, own, slot, count in self.found.moved(batched, slots, name):
                self._copy(batched, name, start, own, slot, count)

    def _copy(self, batched: bool, to: str, at: int, given: str, start: int, count: int) -> None:
        if batched:
            self._line(f"for (long s = 0; s < {times(count, 'n')}; s++)")
            self._line(f"{to}[{row(str(at))}] = {given}[{row(str(start))}];", 1)
        elif count == 1:
            self._line(f"{to}[{at}] = {given}[{start}];")
        else:
            self._line(f"for (long k = 0; k < {count}; k++)")
            self._line(f"{to}[{plus(at, 'k')}] = {given}[{plus(start, 'k')}];", 1)

    def _nest(self, nest: Nest) -> None:
        if isinstance(nest, Map):
            self._elementwise(nest, self._mapped(nest), nest.operands)
        elif isinstance(nest, Combine) and all([part.out is nest.out for part in nest.parts]):
            total = self._total(nest.parts)
            self._elementwise(nest, total, [x for part in nest.parts for x in part.factors])
        elif isinstance(nest, Combine):
            self._combine(nest)
        else:
            self._close()
            if isinstance(nest, Contract):
                self._contract(nest)
            else:
                self._reduce(nest)

    def _elementwise(self, nest: Map | Combine, text: Text, operands: Sequence[Operand]) -> None:
        """A statement for each element, in the loop before it where that is possible."""
        out, label = nest.out, [nest.label] if nest.label else []
        reads = [x for x in operands if isinstance(x, Reference)]
        if not _agree(_elements([out]), reads):  # it would overwrite what it has yet to read
            count, size = len(out.slots), self.form.sizes[ROWS if out.batched else NUMBERS]
            self.spare[out.batched] = max(self.spare[out.batched], count)
            apart = reference(ROWS if out.batched else NUMBERS, range(size, size + count))
            self._join(_Loop(apart, f"{self._at(apart)} = {text[0]};", reads, label))
            text, reads, label = (self._at(apart), ATOM), [apart], []
        self._join(_Loop(out, f"{self._at(out)} = {text[0]};", reads, label))

    def _join(self, loop: _Loop) -> None:
        if self.loop is not None and self.loop.takes(loop):
            self.loop.join(loop)
        else:
            self._close()
            self.loop = loop

    def _close(self) -> None:
        """Write the loop that is open."""
        loop, self.loop = self.loop, None
        if loop is None:
            return
        if loop.comments:
            self._line(f"/* {harmless(', '.join(loop.comments))} */")
        many = len(loop.statements) > 1
        heads = [f"for (long k = 0; k < {loop.count}; k++)"] if loop.count > 1 else []
        heads += ["for (long s = 0; s < n; s++)"] if loop.batched else []
        for depth, head in enumerate(heads):
            inner = depth == len(heads) - 1
            if inner:
                self._line(_OWN, depth)
            self._line(f"{head} {{" if inner and many else head, depth)
        for statement in loop.statements:
            self._line(statement, len(heads))
        if many and heads:
            self._line("}", len(heads) - 1)

    def _mapped(self, nest: Map) -> Text:
        return self.formulas.expression(nest.row, [self._read(x) for x in nest.operands])

    def _total(self, parts: Sequence[Part]) -> Text:
        """Σ coefficient · u · v."""
        text = ""
        for part in parts:
            negative, term = self._term(part)
            sign = " - " if negative else " + "
            text += f"{sign}{term}" if text else f"-{term}" if negative else term
        return text or "0.0", SUM

    def _term(self, part: Part) -> tuple[bool, str]:
        """One part, and whether it is to be subtracted."""
        signs = set(part.coefficients)
        sign = part.coefficients[0] if signs in ({1.0}, {-1.0}) and part.factors else 0.0
        factors = [self._read(x) for x in part.factors]
        if not sign:
            factors.insert(0, self._read(part.coefficients))
        texts = [inside(x, SIGN if k else PRODUCT) for k, x in enumerate(factors)]
        if sign == -1.0 and texts[0].startswith("-"):
            texts[0] = f"({texts[0]})"
        return sign == -1.0, " * ".join(texts)

    def _combine(self, nest: Combine) -> None:
        """Sums that reach only stretches: between the bounds of these, each is a sum of some."""
        start, region = nest.out.start, nest.out.region
        reaches = [(x.out.start - start, x.out.slots[-1] + 1 - start) for x in nest.parts]
        bounds = sorted({0, len(nest.out.slots), *[bound for reach in reaches for bound in reach]})
        for a, b in pairwise(bounds):
            out = reference(region, nest.out.slots[a:b])
            parts = [
                Part(
                    part.coefficients[a - first : b - first],
                    [stretch(x, a - first, b - first) for x in part.factors],
                    out,
                )
                for part, (first, end) in zip(nest.parts, reaches, strict=True)
                if first <= a and b <= end
            ]
            operands = [x for part in parts for x in part.factors]
            self._elementwise(Combine(out, parts), self._total(parts), operands)

    def _contract(self, nest: Contract) -> None:
        """A matrix product; over the samples too where only its operands have some."""
        rows, inner, columns = nest.shape
        out, c = nest.out, nest.coefficient
        over = nest.over or (nest.left.batched and not out.batched)
        self._line(f"/* ({rows}, {inner}) @ ({inner}, {columns})"
                   f"{', summed over the samples' if over else ''} */")  # fmt: skip
        if found := products.call(nest, self.found, self.form.sizes[ROWS]):
            lines, used = found
            self.lines += [x for line in lines for x in wrapped("    ", line)]
            self.spare[True] = max(self.spare[True], used)
            self.helpers = [products.FUNCTION]
            return
        depth = 0
        for index, count in (("i", rows), ("j", columns)):
            if count > 1:
                more = " {" if index == "j" or columns == 1 else ""
                self._line(f"for (long {index} = 0; {index} < {count}; {index}++){more}", depth)
                depth += 1
        i, j, k = ("i" if rows > 1 else "0", "j" if columns > 1 else "0", "k" if inner > 1 else "0")
        target, factors = self._entry(out, i, j), self._factors(nest, i, j, k)
        if depth == 0:
            self._line("{")
        braces = depth or 1
        self._product(target, factors, inner, c, over, out.batched, braces)
        self._line("}", braces - 1)

    def _factors(self, nest: Contract, i: str, j: str, k: str) -> str:
        return f"{self._entry(nest.left, i, k)} * {self._entry(nest.right, k, j)}"

    def _product(
        self, target: str, term: str, inner: int, c: float, over: bool, batched: bool, depth: int
    ) -> None:
        """target = c Σ term"""
        loop = f"for (long k = 0; k < {inner}; k++)"
        samples = "for (long s = 0; s < n; s++)"
        scaled = "" if c == 1.0 else f"{constant(c)[0]} * "
        if batched:
            self._line(f"{samples} {target} = 0.0;", depth)
            if inner > 1:
                self._line(loop, depth)
            deeper = depth + (inner > 1)
            self._line(_OWN, deeper)
            self._line(f"{samples} {target} += {term};", deeper)
            if scaled:
                self._line(f"{samples} {target} *= {constant(c)[0]};", depth)
            return
        self._line("double total = 0.0;", depth)
        heads = [loop] if inner > 1 else []
        heads += [samples] if over else []
        for n, head in enumerate(heads):
            if n == len(heads) - 1:
                self._line(_TOTAL, depth + n)
            self._line(head, depth + n)
        self._line(f"total += {term};", depth + len(heads))
        self._line(f"{target} = {scaled}total;", depth)

    def _reduce(self, nest: Reduce) -> None:
        """A long sum."""
        out = nest.out
        target = self._at(out)
        if out.batched:
            self._line(f"for (long s = 0; s < n; s++) {target} = 0.0;")
        for number, part in enumerate(nest.parts):
            counts = [len(x.slots) if isinstance(x, Reference) else len(x) for x in part.factors]
            negative, term = self._term(part)
            loop = f"for (long k = 0; k < {counts[0] if counts else 1}; k++)"
            sign = "-" if negative else "+"
            if out.batched:
                self._line(loop)
                self._line(_OWN, 1)
                self._line(f"for (long s = 0; s < n; s++) {target} {sign}= {term};", 1)
                continue
            self._line("{")
            self._line("double total = 0.0;", 1)
            self._line(_TOTAL, 1)
            self._line(loop, 1)
            self._line(f"total {sign}= {term};", 2)
            self._line(f"{target} {'+' if number else ''}= total;", 1)
            self._line("}")

    def _read(self, x: Operand) -> Text:
        if isinstance(x, Reference):
            return self._at(x), ATOM
        if len({number.hex() for number in x}) == 1:
            return constant(x[0])
        table = self._table("double", [constant(number)[0] for number in x])
        return f"{table}[k]", ATOM

    def _table(self, kind: str, texts: Sequence[str]) -> str:
        text = f"{kind} NAME[] = {{{', '.join(texts)}}}"
        return self.tables.setdefault(text, f"table{len(self.tables) + 1}")

    def _at(self, x: Reference) -> str:
        """Slot k of a list."""
        if len(x.slots) == 1 or (x.strides is not None and x.strides == (0,)):
            return self.found.text(x.batched, x.start)
        name, shift = self.found.place(x.batched, x.start)
        if x.strides is None:
            slots = [str(slot + shift) for slot in x.slots]
            return element(name, x.batched, f"{self._table('int', slots)}[k]")
        return element(name, x.batched, plus(x.start + shift, times(x.strides[0], "k")))

    def _entry(self, x: Reference, i: str, j: str) -> str:
        """Slot (i, j) of a matrix."""
        name, shift = self.found.place(x.batched, x.start)
        if x.strides is None:
            columns = x.shape[1]
            index = plus(0, times(columns, i), j) if x.shape[0] > 1 else j
            slots = [str(slot + shift) for slot in x.slots]
            return element(name, x.batched, f"{self._table('int', slots)}[{index}]")
        a, b = x.strides
        return element(name, x.batched, plus(x.start + shift, times(a, i), times(b, j)))
