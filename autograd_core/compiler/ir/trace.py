"""Recording: a function is called once on Values, and what it computed becomes a Program."""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any, ClassVar, NoReturn, TypeVar

from ...engine import context
from ...engine.conditions import Condition, asked_by_identity
from ...engine.kinks import KinkMarks
from ...engine.node import Node, Note
from ...engine.reads import RULES, SourceLine, source_line
from ...engine.source_location import users_frame
from ...engine.sweeps import topological_order
from ...engine.value import Value, apply
from ...errors import RecordingError
from ...primitives import comparisons
from ...primitives.arithmetic import where
from ...primitives.comparisons import both, either
from .operands import PackedOperands
from .program import Program
from .scans import Bundle, Column

_ROWS: dict[Callable[[Any, Any], bool], tuple[Any, bool]] = {
    operator.lt: (comparisons.less, False),
    operator.le: (comparisons.less_equal, False),
    operator.gt: (comparisons.less, True),  # a > b is b < a
    operator.ge: (comparisons.less_equal, True),
    operator.eq: (comparisons.equal, False),
    operator.ne: (comparisons.not_equal, False),
}


def _either(a: Any, b: Any) -> Any:
    return b if a is False else True if a is True else apply(either, (a, b))


class ScansRefused(BaseException):
    """A scan stands where its rounds are needed one by one: the function is recorded once more
    without it. No `except Exception` of a user's catches this.
    """


class NotOneProgram(BaseException):
    """The rounds of a loop have no program in common. No `except Exception` of a user's catches
    this.
    """


class Scanning:
    """Which loops are recorded as scans: all but those whose step is in one of the `refused` codes;
    none if None is among these. `inside` are the nodes of the rounds, which nothing outside may
    read.
    """

    def __init__(self, refused: set[Any]) -> None:
        self.refused, self.again = refused, False
        self.inside: set[Node] = set()

    def refuse(self, code: Any) -> NoReturn:
        self.refused.add(code)
        self.again = True
        raise ScansRefused


class Tape:
    """What is recorded while a function runs: the nodes in the order in which they were made, and
    the conditions whose truth it asked for.
    """

    def __init__(self, strict: bool = False) -> None:
        self.strict = strict
        self.nodes: list[Value] = []
        self.arguments: set[Node] = set()  # of the function
        self.guards: dict[Node, bool | float] = {}
        self.lines: dict[Node, SourceLine] = {}  # where the user asked for a guard
        self.masks: list[Node] = []  # the conditions on which a gradient was kept from a branch
        self.forward: int | None = None  # how many nodes there were before the first backward sweep
        # What a leaf is in the program: the Value that it was made of, or a number.
        self.same: dict[Node, Any] = {}
        # Nodes whose numbers were read meanwhile in threads that record nothing.
        self.read_elsewhere: list[Node] = []
        # The code that began the recording; its callers are not searched for uses of a bool.
        self.opened: CodeType | None = None
        # The code in which Values were compared, and whether it needs bools.
        self.codes: dict[int, tuple[CodeType, bool]] = {}
        # Sweeps whose results have derivatives that may depend on where the kinks are.
        self.sweeps: list[KinkMarks] = []
        # Whether loops are recorded as scans; shared with the tapes of their rounds.
        self.scanning: Scanning | None = None
        self.is_round = False

    record_scan: ClassVar[Callable[..., Any]]
    """Records a scan; set by its module, which is above this floor."""

    def refuse_scans(self) -> None:
        """Record the function once more without scans, if there are any."""
        if self.scanning is not None and self.scanning.inside:
            self.scanning.refuse(None)

    def compare(self, test: Callable[[Any, Any], bool], a: Value, b: Any) -> Condition | bool:
        row, swapped = _ROWS[test]
        condition = Condition(apply(row, (b, a) if swapped else (a, b)))
        asked = asked_by_identity(sys._getframe(3), self.codes, self.opened)
        return bool(condition) if asked else condition

    def guard(self, condition: Node, asked: FrameType | None = None) -> bool:
        """Whether a condition holds, on which the program then depends. `asked` is the frame that
        wants to know.
        """
        if condition not in self.guards:
            self.guards[condition] = condition._number != 0.0
            if asked is not None and asked.f_globals.get("__package__") != RULES:
                self.lines[condition] = source_line(users_frame(asked))
        return bool(self.guards[condition])

    def guard_number(self, node: Node, asked: FrameType) -> None:
        """Let the program hold only where a node has the number that it has now."""
        if node not in self.guards:
            self.guards[node] = node._number
            self.lines[node] = source_line(users_frame(asked))

    def forward_ends(self) -> None:
        """Note that a backward sweep begins."""
        if self.forward is None:
            self.forward = len(self.nodes)

    def masked(
        self, source: Node, target: Node, share: Any, taken: Any, active: dict[Node, Any]
    ) -> Any:
        """The gradient that a node sends to an operand in a backward sweep, or the tangent that an
        operand sends to a node in a forward one: 0 where the operand was not selected.

        Beyond a branch not taken what flows is 0, which a finite derivative keeps 0. An infinite
        one makes it nan; so a result with a nan is computed once more by a strict program, in which
        everything beyond is masked too. There, `active` holds when anything flows at all.
        """
        if self.strict and isinstance(share, Bundle | Column):
            here = active.get(source, True)
            active[target] = here if here is True else _either(active.get(target, False), here)
            return share if here is True else share.where(here)
        if taken is not True:
            self.masks.append(taken.node if isinstance(taken, Condition) else taken)
        here = taken
        if self.strict:
            if (above := active.get(source, True)) is not True:
                here = above if taken is True else apply(both, (taken, above))
            reached = here
            if target in active and here is not True:
                reached = _either(active[target], here)
            active[target] = reached
        return share if here is True else where(here, share, 0.0)


LONG = 10_000  # instructions

T = TypeVar("T")


def recorded_with_scans(record: Callable[[Scanning], T], refused: set[Any]) -> T:
    """What `record(scanning)` gives, with as many loops as scans as it can be; the others are put
    among the refused. What a step did outside, such as to append to a list, is done once more, so
    the whole function runs again.
    """
    failed = False  # with scans; it may need what each round does
    while True:
        scanning = Scanning({*refused, None} if failed else refused)
        try:
            found = record(scanning)
        except ScansRefused:
            continue
        except (Exception, NotOneProgram):
            if failed or not scanning.inside:
                raise
            failed = True
            continue
        if not scanning.again:
            refused |= scanning.refused
            return found


@contextmanager
def taping(strict: bool = False, scanning: Scanning | None = None) -> Iterator[Tape]:
    """Record what is computed inside on a fresh tape."""
    if context.tape() is not None:
        raise RecordingError(
            "a compiled function was called while another is recorded; call the plain function "
            "there"
        )
    tape = Tape(strict)
    tape.scanning = scanning
    tape.opened = sys._getframe(2).f_code  # behind that of contextlib
    with context.entered(tape=tape, recording=True):
        context.recordings.append(tape)
        try:
            yield tape
        finally:
            context.recordings.remove(tape)


def as_program(
    tape: Tape,
    leaves: Sequence[Value],
    outputs: Iterable[Any],
    batched: Sequence[bool],
    first: Sequence[Node] = (),
) -> tuple[Program, list[Node]]:
    """The tape as a program of its leaves, and the Values from outside that it reads. These are
    inputs too, the last ones; those in `first` are inputs before all others, read or not.

    The operands are packed; `unpacked(program)` is for when the graph is no longer held.
    """
    program = Program(strict=tape.strict)
    program.operands = PackedOperands()  # type: ignore[assignment]
    ids: dict[Node, int] = {}
    captured: list[Node] = []
    for x in first:
        ids[x] = program.input(x._number, x.label)
    for leaf, has_samples in zip(leaves, batched, strict=True):
        ids[leaf] = program.input(leaf._number, leaf.label, batched=has_samples)

    def of(x: Any) -> int:
        while isinstance(x, Node) and x in tape.same:
            x = tape.same[x]
        if isinstance(x, Node):
            if x not in ids:
                captured.append(x)
                ids[x] = program.input(x._number, x.label)
            return ids[x]
        return program.constant(x)

    some = any(batched)
    rows, given, recorded = program.rows, program.operands, program.recorded
    sampled, known = program.batched, ids.get
    for k, node in enumerate(tape.nodes):
        if k == tape.forward:
            program.forward = len(program)
        a, b = node._a, node._b
        if a is None:  # no gradient flows to the operand, which stands here
            a = node._da
        if b is None:
            b = node._db
        i, j = known(a), known(b)
        if i is not None and j is not None:  # most are operators on two Values
            operands: tuple[int, ...] = (i, j)
        elif i is not None and b is None:
            operands = (i,)
        elif i is not None and b.__class__ is float:
            operands = (i, program.constant(b))
        else:
            operands = tuple([ids[x] if x in ids else of(x) for x in node.operands])
        origin = node._origin
        ids[node] = len(rows)  # a fast path of `append`, and of the node's `operation`
        rows.append(origin.operation if isinstance(origin, Note) else origin)
        given.append(operands)
        recorded.append(y if (y := node._number).__class__ is float else 0.0)
        sampled.append(some and any([sampled[i] for i in operands]))
    program.outputs = [of(x if isinstance(x, Node) else float(x)) for x in outputs]
    program.guards = [(of(condition), truth) for condition, truth in tape.guards.items()]
    program.masks = [of(condition) for condition in tape.masks]
    if tape.scanning is not None and not tape.scanning.inside.isdisjoint(captured):
        tape.refuse_scans()
    if tape.is_round:
        return unpacked(program), captured
    _must_be_from_outside([x for x in captured if x._da is not None], ids, captured)
    _must_be_from_outside([*tape.read_elsewhere], ids, [*captured, *first])
    return program, captured


def unpacked(program: Program) -> Program:
    """The program, which has its operands in tuples now, unless it is so long that these would take
    more memory than its passes.
    """
    if len(program) < LONG:
        program.operands = [*program.operands]
    return program


def _must_be_from_outside(
    found: list[Node], known: Container[Node], outside: Iterable[Node]
) -> None:
    """Raise an error if another thread read or computed one of these nodes from what is on the
    tape: the program would keep its number.
    """
    outside = set(outside)
    if any([x in known and x not in outside for x in topological_order(*found)]):
        raise RecordingError(
            "a compiled function used what another thread read or computed of its Values; a "
            "recording sees only the thread that it runs in, and the program would keep the "
            "numbers of this call. Compute it in the function's own thread, or let the threads "
            "call the compiled function"
        )
