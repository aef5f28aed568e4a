"""`Program`: a recorded graph as a flat list of instructions. It prints as itself, and can be
run as it stands.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, MutableSequence, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ...engine.value import Value
from ...primitives import Primitive
from ...primitives.arithmetic import identity
from ...primitives.reductions import sum


def _numbers() -> MutableSequence[float]:
    return array("d")  # which takes a quarter of the memory of a list


@dataclass(slots=True)
class Program:
    """A recorded graph as a flat list of instructions, each known by its number.

    The instructions stand in topological order. `print(program)` shows them. A program is what
    `compiled` records; there is no need to make one.

    Args:
        rows: for each instruction the row of the table that computes it; None for a leaf, which is
            a constant or an input.
        operands: for each instruction the numbers of the instructions that it is computed from.
        recorded: for each instruction its number in the run that was recorded.
        batched: for each instruction whether it has a value for each sample of a batch.
        constants: the number of each constant, by its instruction.
        inputs: the instructions that are inputs.
        outputs: the instructions that are results.
        guards: conditions with the truth they had in the run that was recorded, and whole numbers
            (a float) that were used as plain integers. The program holds only where they are the
            same again. In a program of several paths these differ, and None stands for them.
        names: names of instructions, for the text.
        summed: how many outputs, the first ones, are summed over the batch where they have a value
            for each sample.
        deferred: the positions of outputs that are computed only when they are read.
        masks: the conditions on which a gradient was kept from a branch.
        forward: the first instruction of the backward sweeps; None where there is none.
        without: the names of passes that are switched off.
        backend: the name of the back-end that runs it, "auto" for the cheapest.
        strict: whether nothing below a branch not taken is multiplied.
        apart: the number of the input that is set by itself.

    Example:
        >>> from autograd_core import compiled
        >>> f = compiled(lambda x: x ** 2)
        >>> f(3.0)
        9.0
        >>> print(f.program)
        program of 1 inputs, 3 instructions, 1 outputs
          %0 = input 0  # x
          %1 = 2.0
          %2 = power %0 %1
          return %2
        >>> f.program.evaluate([3.0])
        [3.0, 2.0, 9.0]
    """

    rows: list[Primitive | None] = field(default_factory=list)
    operands: list[tuple[int, ...]] = field(default_factory=list)
    recorded: MutableSequence[float] = field(default_factory=_numbers)
    batched: list[bool] = field(default_factory=list)
    constants: dict[int, float] = field(default_factory=dict)
    inputs: list[int] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    guards: list[tuple[int, bool | float | None]] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    summed: int = 0
    deferred: frozenset[int] = frozenset()
    masks: list[int] = field(default_factory=list)
    forward: int | None = None
    without: frozenset[str] = frozenset()
    backend: str = "auto"
    strict: bool = False
    apart: int | None = None
    _known: dict[str, int] = field(default_factory=dict, init=False, repr=False)
    """The constants, by their digits."""
    _emptied: bool = field(default=False, init=False, repr=False)
    """Whether the instructions are dropped as a pass goes through them."""

    executable: ClassVar[Callable[[Program], Any]]
    """Makes a program ready to run; set by the pipeline, which is above this floor."""

    _without_scans: ClassVar[Callable[[Program], Program]]
    """Writes the rounds of loops out; set by `scans`, which is above this floor."""

    def __len__(self) -> int:
        return len(self.rows)

    def append(
        self,
        row: Primitive | None,
        operands: tuple[int, ...],
        number: float,
        batched: bool | None = None,
    ) -> int:
        """Append an instruction.

        Args:
            row: the row of the table, None for a leaf.
            operands: the numbers of the instructions that it is computed from.
            number: its value in the run that was recorded.
            batched: whether it has a value for each sample; None: if one of its operands has.

        Returns:
            The number of the instruction.

        Example:
            >>> program = Program()
            >>> x = program.input(3.0, "x")
            >>> program.append(identity, (x,), 3.0)
            1
        """
        if batched is None:
            batched = any([self.batched[i] for i in operands])
        self.rows.append(row)
        self.operands.append(operands)
        self.recorded.append(number)
        self.batched.append(batched)
        return len(self.rows) - 1

    def input(self, number: float, name: str = "", *, batched: bool = False) -> int:
        """Append an input.

        Args:
            number: its value in the run that was recorded.
            name: its name in the text.
            batched: whether it has a value for each sample.

        Returns:
            The number of the instruction.

        Example:
            >>> program = Program()
            >>> x = program.input(3.0, "x")
            >>> x
            0
        """
        self.inputs.append(self.append(None, (), number, batched))
        if name:
            self.names[self.inputs[-1]] = name
        return self.inputs[-1]

    def constant(self, number: float) -> int:
        """Append a constant; one instruction for each number, with signed zeros apart.

        Args:
            number: the constant.

        Returns:
            The number of the instruction.

        Example:
            >>> program = Program()
            >>> program.constant(2.0), program.constant(0.5), program.constant(2.0)
            (0, 1, 0)
        """
        key = number.hex()
        if key not in self._known:
            self._known[key] = i = self.append(None, (), number, False)
            self.constants[i] = number
        return self._known[key]

    def instructions(self) -> Iterator[tuple[Primitive | None, tuple[int, ...], float, bool]]:
        """Go through the instructions.

        Returns:
            An iterator over (row, operands, recorded number, whether it is batched) of each.

        Example:
            >>> program = Program()
            >>> x = program.input(3.0, "x")
            >>> list(program.instructions())
            [(None, (), 3.0, False)]
        """
        rows, operands, recorded, batched = self.rows, self.operands, self.recorded, self.batched
        if not self._emptied:
            return zip(rows, operands, recorded, batched, strict=True)
        for column in (rows, operands, recorded, batched):
            column.reverse()
        return (
            (rows.pop(), operands.pop(), recorded.pop(), batched.pop()) for _ in range(len(rows))
        )

    def evaluate(self, numbers: Sequence[float]) -> list[float]:
        """The value of every instruction for other inputs, row by row.

        This is slow, and what the passes are tested against.

        Args:
            numbers: the inputs, of one sample.

        Returns:
            A list of floats, one for each instruction.
        """
        leaves = self.constants | dict(zip(self.inputs, numbers, strict=True))
        return self._values(leaves, lambda row, *xs: row.compute(*xs))

    def as_value(self) -> Any:
        """The program run once more on Values, with its recorded numbers: what `draw` draws.

        Returns:
            The Value of the output; of several their sum.

        Example:
            >>> program = Program()
            >>> x = program.input(3.0, "x")
            >>> program.outputs = [program.append(identity, (x,), 3.0)]
            >>> program.as_value()
            Value(3.0, label='x')
        """
        if any([row is not None and row.structured for row in self.rows]):
            return Program._without_scans(self).as_value()
        named = {i: Value(self.recorded[i], self.names.get(i, "")) for i in self.inputs}
        # a derivative inside another tells its argument apart by `identity`, which is not drawn
        values = self._values(
            self.constants | named, lambda row, *xs: xs[0] if row is identity else row(*xs)
        )
        outputs = [values[i] for i in self.outputs]
        return outputs[0] if len(outputs) == 1 else sum(*outputs)

    def _values(self, leaves: Mapping[int, Any], apply: Callable[..., Any]) -> list[Any]:
        values: list[Any] = []
        for i, (row, operands) in enumerate(zip(self.rows, self.operands, strict=True)):
            values.append(leaves[i] if row is None else apply(row, *[values[j] for j in operands]))
        return values

    def source(self, backend: str = "auto") -> str:
        """What a back-end runs, as text.

        NumPy's begins with the views; of a batch it is the source for two samples. That of "c" is a
        C99 file, which needs nothing but a compiler: the header, up to `/* f.c */`, and the code.

        Args:
            backend: "python", "numpy" or "c"; "auto" for the one that is chosen for the program.

        Returns:
            The source.

        Raises:
            ValueError: there is no back-end of that name, or the back-end has no formula for a row.

        Example:
            >>> from autograd_core import compiled
            >>> f = compiled(lambda x: x + 1.0)
            >>> _ = f(3.0)
            >>> print(f.program.source("python"))
            def run(inputs):
                [x] = inputs
                return [x + 1.0], []
            <BLANKLINE>
        """
        return Program.executable(self).source(backend)  # type: ignore[no-any-return]

    def passes(self, backend: str = "auto") -> dict[str, str]:
        """The program after each pass of a back-end's pipeline, as text.

        Args:
            backend: "python", "numpy" or "c"; "auto" for the one that is chosen for the program.

        Returns:
            A dict from the name of the pass to the text of the program after it.

        Raises:
            ValueError: there is no back-end of that name.

        Example:
            >>> from autograd_core import compiled
            >>> f = compiled(lambda x: x ** 2)
            >>> _ = f(3.0)
            >>> print(f.program.passes()["remove_dead_code"])
            program of 1 inputs, 2 instructions, 1 outputs
              %0 = input 0  # x
              %1 = mul %0 %0
              return %1
        """
        return Program.executable(self).passes(backend)  # type: ignore[no-any-return]

    def to_jax(self, dtype: str = "float64") -> Callable[..., Any]:
        """The program as a pure function of JAX arrays, for `jit`, `grad`, `vmap` and meshes.

        `f(numbers)` takes the inputs as an array, and gives the outputs as an array. Of a program
        with a batch axis, `f(numbers, rows)` takes those without samples and an array (inputs,
        samples) of the others; it gives the outputs without samples (such as sums over them) as an
        array, and a tuple of an array (samples) for each of the others. `jax.grad` of it follows
        JAX's rules at kinks; the program of a gradient follows those of this library.

        Args:
            dtype: "float64" or "float32".

        Returns:
            The function. A deep program with loops becomes one with `jax.lax.scan`.

        Raises:
            MissingExtra: the package jax is not installed.
            ValueError: `dtype` is another one.
            RecordingError: the program holds on one path of a function with branches, or has
                derivatives of selections and was recorded for another back-end than "jax".

        Example:
            >>> from autograd_core import compiled
            >>> f = compiled(lambda x: x * 2.5)
            >>> _ = f(2.0)
            >>> f.program.to_jax("float32")([3.0]).tolist()
            [7.5]
        """
        return Program.executable(self).function("jax", dtype)  # type: ignore[no-any-return]

    def to_onnx(self, dtype: str = "float64", numbers: Sequence[float] | None = None) -> Any:
        """The program as an ONNX model, for onnxruntime and other programs that read ONNX.

        Its input `inputs` is an array of the inputs, and `outputs` one of the outputs. Of a program
        with a batch axis these are arrays (samples, inputs) and (samples, outputs), for any number
        of samples; what has none (such as parameters, and sums over the samples) is the input
        `numbers` and the output `totals`.

        Args:
            dtype: "float64" or "float32".
            numbers: the inputs without samples, which become constants of the model; None: they
                stay an input.

        Returns:
            The model, an `onnx.ModelProto`; `onnx.save(model, path)` writes it. It has opset 17,
            which onnxruntime computes from version 1.15 on.

        Raises:
            MissingExtra: the package onnx is not installed.
            ValueError: `dtype` is another one, there are more or fewer `numbers` than inputs
                without samples, or a row has no formula in ONNX.
            RecordingError: the program holds on one path of a function with branches, or has
                derivatives of selections and was recorded for another back-end than "jax".

        Example:
            >>> from autograd_core import compiled, sigmoid
            >>> f = compiled(lambda x: sigmoid(x), batched="x")
            >>> _ = f([0.0, 1.0])
            >>> model = f.program.to_onnx("float32")
            >>> [x.name for x in [*model.graph.input, *model.graph.output]]
            ['inputs', 'outputs']
        """
        return Program.executable(self).onnx(dtype, numbers)

    def to_python(self) -> str:
        """The program as a Python file that needs only the standard library.

        Its function `run(inputs)` takes a list of floats and returns the outputs as a list, and a
        second list, which is empty. It raises the errors of `math` where a number overflows or is
        outside of a domain.

        Returns:
            The text of the file.

        Raises:
            RecordingError: the program holds on one path of a function with branches.
            ValueError: it has a batch axis, or calls a function whose text is not in a file.

        Example:
            >>> from autograd_core import compiled, sigmoid
            >>> f = compiled(lambda x: 2.0 * sigmoid(x))
            >>> _ = f(3.0)
            >>> names = {}
            >>> exec(f.program.to_python(), names)
            >>> names["run"]([0.0])
            ([1.0], [])
        """
        return Program.executable(self).standalone()  # type: ignore[no-any-return]

    def __str__(self) -> str:
        return listing(self)


def uses(program: Program) -> list[int]:
    """How often each instruction is used, as an operand, an output or a guard, by what is
    itself needed.
    """
    counts = [0] * len(program)
    for i in [*program.outputs, *(i for i, _ in program.guards)]:
        counts[i] += 1
    for i in range(len(program) - 1, -1, -1):
        if counts[i]:
            for j in program.operands[i]:
                counts[j] += 1
    return counts


def listing(program: Any, terms: Mapping[int, Sequence[tuple[float, int, int]]] = {}) -> str:
    """`%5 = mul %3 %4` for each instruction, with inputs first and outputs last.

    An instruction in `terms` is a sum of products instead: `%5 = 2.0 * %3 * %4 + %1`.

    A trailing `*` marks what has a value for each sample of a batch.
    """
    lines = [
        f"program of {len(program.inputs)} inputs, {len(program.rows)} instructions, "
        f"{len(program.outputs)} outputs"
    ]
    given = {i: k for k, i in enumerate(program.inputs)}
    for i, (row, operands) in enumerate(zip(program.rows, program.operands, strict=True)):
        star = "*" if program.batched[i] else ""
        if i in terms:
            lines.append(f"  %{i}{star} = " + " + ".join([_product(*term) for term in terms[i]]))
        elif row is not None:
            lines.append(f"  %{i}{star} = {row.name} " + " ".join(f"%{j}" for j in operands))
            lines += [f"    {line}" for line in row.details]
        elif i in given:
            name = repr(program.names.get(i, ""))[1:-1]  # on one line, whatever is in it
            lines.append(f"  %{i}{star} = input {given[i]}" + (f"  # {name}" if name else ""))
        else:
            lines.append(f"  %{i} = {program.constants[i]!r}")
    lines += [
        f"  guard %{i}" + ("" if truth is None else f" is {truth}") for i, truth in program.guards
    ]
    lines.append("  return " + " ".join(f"%{i}" for i in program.outputs))
    return "\n".join(lines)


def _product(coefficient: float, u: int, v: int) -> str:
    """A term of a sum; a factor of 1 is -1."""
    factors = [f"%{i}" for i in (u, v) if i >= 0]
    return " * ".join(factors if coefficient == 1.0 and factors else [repr(coefficient), *factors])
