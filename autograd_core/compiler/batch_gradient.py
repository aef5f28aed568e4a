"""`BatchGradient`: the mean of a loss over a batch and its gradient, as one program whose
parameters live in its buffer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from ..engine import context
from ..engine.gc_pause import collector_paused
from ..engine.node import Node
from ..engine.sweeps import differentiate
from ..engine.value import Value
from ..errors import RecordingError
from ..pytree.core import Structure, build, in_words, leaf_names, structure_of
from .backends.base import Steps, Update
from .calling.batched import BatchedArgument, rows_of
from .ir.program import Program
from .ir.random_draws import record_and_warn
from .ir.trace import as_program, taping, unpacked
from .pipeline import Executable

NOTHING_RECORDED = (
    "nothing is recorded yet: give the batch to rows() first, which records the loss on one sample"
)


class BatchGradient:
    """The mean loss of a batch, the outputs and the gradient, at array speed: a step of a training.

    The loss is recorded once, on the first sample. `values` and `gradient` are flat arrays, in the
    order of `parameters`, of the program's own memory: change `values` in place, and the next batch
    is computed with the changed ones.

    Args:
        function: `function(*sample)` returns the loss of one sample, or a tuple of the loss and
            further outputs (numbers or lists of numbers).
        parameters: the Values to differentiate by. What the function reads of them are the
            program's parameters.
        without: the names of passes that are switched off.
        devices: how many of JAX's devices share the samples of a batch, a list of them, or a
            `jax.sharding.Mesh`; None for this machine's processor.
        backend: "numpy", "native", or another that runs batches; "auto" for the cheapest.

    Example:
        >>> w = Value(3.0, role="parameter")
        >>> batch = BatchGradient(lambda x, t: (w * x - t) ** 2, [w])
        >>> batch(batch.rows([1.0, 2.0], [2.0, 4.0]))
        (2.5, [])
        >>> batch.gradient
        array([5.])
        >>> batch.values -= 0.1 * batch.gradient
        >>> batch.store()
        >>> w.data
        2.5
    """

    def __init__(
        self,
        function: Callable[..., Any],
        parameters: Sequence[Value],
        without: Collection[str] = (),
        devices: Any = None,
        backend: str = "auto",
    ) -> None:
        self.devices = devices
        self.function = function
        self.parameters = list(parameters)
        self.without, self.backend = without, backend
        self.samples: list[Structure] = []
        self.outputs: Structure = (list, None, 0)
        self.executable: Executable | None = None
        self.strict: Steps | None = None
        self._strict_recorded: Program | None = None
        self._latest: Any = (None, -1)  # what the latest step ran, or gave, and of how many samples

    def rows(self, *samples: Any) -> Any:
        """Samples as one array (numbers of a sample × samples): take columns of it for batches.

        Args:
            *samples: for each argument of the function a list or an array of all its samples.

        Returns:
            An array that is not to be changed.

        Raises:
            TypeError: there are no samples, or they are not made of numbers.
            ValueError: the arguments have unequally many samples, or these have another structure
                than those that were recorded.
            RecordingError: the loss takes branches, or reads Values that are no parameters.
        """
        if not samples:
            raise TypeError(
                "rows() needs the samples: one list or array for each argument of the function"
            )
        given = [BatchedArgument(x, f"argument {k}") for k, x in enumerate(samples)]
        rows = rows_of({x.name: x for x in given})
        structure = [x.structure for x in given]
        if self.executable is not None and structure != self.samples:
            was, now = ([in_words(part) for part in parts] for parts in (self.samples, structure))
            raise ValueError(
                f"the program was recorded for samples of {', '.join(was)}; got samples of "
                f"{', '.join(now)}"
            )
        if self.executable is None:
            self.samples = structure
            with collector_paused():
                self._record(rows[:, 0].tolist())
        rows.flags.writeable = False  # so a kernel that has these numbers need not copy them again
        return rows

    def _record(self, first: list[float]) -> None:
        """Record the loss and its gradient on one sample, and place the parameters."""
        self._first = first
        (program,) = record_and_warn(self.function, self._recorded)
        program.apart = len(self.parameters)
        self._place(program)
        self.load()

    def _place(self, program: Program) -> None:
        """Make what runs the program, with memory for the parameters."""
        self.executable = Executable(program, self.devices)
        self._steps = self.executable.kernel.steps(len(self.parameters), self.executable.careful)
        self.values, self.gradient = self._steps.values, self._steps.gradient

    def _recorded(self, strict: bool) -> tuple[Program]:
        names = [
            name for k, part in enumerate(self.samples) for name in leaf_names(part, f"sample{k}")
        ]
        with taping(strict) as tape:
            given = [
                Value(number, name, role="sample")
                for number, name in zip(self._first, names, strict=True)
            ]
            seed = Value(1.0, "seed")
            found = self.function(*build((list, None, tuple(self.samples)), given))
            loss, *more = found if isinstance(found, tuple) else (found,)
            if not isinstance(loss, Node):
                raise TypeError(
                    f"the loss of a sample must be computed from the parameters, got {loss!r}"
                )
            outputs: list[Any] = []
            self.outputs = structure_of(more, outputs, "an output")
            flat = [loss, *differentiate(loss, self.parameters, seed, final=True), *outputs]
            sampled = [False, *[True] * len(given)]
            program, captured = as_program(tape, [seed, *given], flat, sampled, self.parameters)
        if captured:
            raise RecordingError(
                "the loss reads Values that are neither parameters nor samples; take their "
                "numbers before (number = v.data), and use these in the loss"
            )
        if tape.guards:
            raise RecordingError(
                "the loss takes different branches for different numbers; use where(condition, a, "
                "b)"
            )
        program.summed, program.without = 1 + len(self.parameters), frozenset(self.without)
        program.backend = self.backend
        program.deferred = frozenset([0, *range(program.summed, len(flat))])
        return (unpacked(program),)

    def __call__(self, rows: Any) -> tuple[float, list[Any]]:
        """The mean loss and the other outputs of a batch, arrays (samples, ...); the gradient
        is in `gradient`.
        """
        self.step(rows)
        return self.read()

    def step(self, rows: Any, learning_rate: float = 1.0) -> None:
        """Compute the gradient of the mean loss of a batch; the loss itself only when it is read.

        Args:
            rows: columns of the array that `rows()` returned, one for each sample of the batch.
            learning_rate: a factor of the gradient. The backward pass starts from it, which costs
                less than a product in the end.

        Raises:
            RecordingError: `rows()` was not called before, so nothing is recorded.

        Example:
            >>> w = Value(3.0, role="parameter")
            >>> batch = BatchGradient(lambda x: w * x, [w])
            >>> batch.step(batch.rows([1.0, 3.0]), learning_rate=0.1)
            >>> batch.gradient, batch.read()
            (array([0.2]), (6.0, []))
        """
        if self.executable is None:
            raise RecordingError(NOTHING_RECORDED)
        samples = rows.shape[1]
        seed = learning_rate / samples
        wrong = self._steps.step(rows, seed)
        self._latest = self._strictly(rows, seed) if wrong else self._steps, samples

    def train(
        self, rows: Any, batches: Sequence[Sequence[int]], update: Update, drawn: Any = None
    ) -> tuple[list[float], list[Any]] | None:
        """Take a step for each batch and update the parameters after it, all in one call.

        It ends before a step whose loss is not finite, or whose gradient may have a wrong nan: take
        that with `step`, and go on.

        Args:
            rows: the array that `rows()` returned, of all samples. Batches of it are read faster
                where a sample lies in one piece (`numpy.asfortranarray(rows)`).
            batches: for each step its samples, as columns of `rows`; equally many in each.
            update: how the parameters move.
            drawn: the last numbers of the samples of each step, if they are no rows of `rows`: an
                array (steps × samples of a step × numbers).

        Returns:
            The mean loss of each step that was taken, and a list of arrays (samples × …) of the
            other outputs of their samples; None where the back-end takes one step at a time.

        Raises:
            RecordingError: `rows()` was not called before, so nothing is recorded.

        Example:
            >>> from autograd_core.support import Update
            >>> w = Value(3.0, role="parameter")
            >>> batch = BatchGradient(lambda x: w * x, [w])
            >>> found = batch.train(batch.rows([1.0, 2.0]), [[0], [1]], Update(1, [0.1, 0.1], []))
            >>> found is None or [round(loss, 9) for loss in found[0]] == [3.0, 5.8]
            True
        """
        if self.executable is None:
            raise RecordingError(NOTHING_RECORDED)
        found = self._steps.train(rows, batches, update, drawn)
        if found is None:
            return None
        losses, outputs = found
        return (losses / len(batches[0])).tolist(), build(self.outputs, list(outputs))

    def read(self) -> tuple[float, list[Any]]:
        """The mean loss and the other outputs of the latest step.

        Read them before the parameters are changed.

        Returns:
            A pair: the mean loss, and a list of arrays (samples × …) of the other outputs.

        Raises:
            RecordingError: no step has run yet.

        Example:
            >>> w = Value(2.0, role="parameter")
            >>> batch = BatchGradient(lambda x: w * x, [w])
            >>> batch.step(batch.rows([1.0, 3.0]))
            >>> batch.read()
            (4.0, [])
        """
        steps, samples = self._latest
        if steps is None:
            raise RecordingError("no step has run yet; read() returns those of the latest")
        total, outputs = steps.read()
        return total / samples, build(self.outputs, list(outputs)) if outputs is not None else []

    def _strictly(self, rows: Any, seed: float) -> Steps:
        """The same by the program in which nothing below a branch not taken is multiplied."""
        if self.strict is None:
            kernel = Executable(self._strict_program(), self.devices).kernel
            self.strict = kernel.steps_of(self.values, self.gradient)
        self.strict.step(rows, seed)
        return self.strict

    def _strict_program(self) -> Program:
        if self._strict_recorded is None:
            (self._strict_recorded,) = self._recorded(strict=True)
        return self._strict_recorded

    def __getstate__(self) -> dict[str, Any]:
        """What a copy has: the programs and the numbers, in memory of its own. The function, which
        reads the parameters of the original, is of no more use.
        """
        own = ("values", "gradient", "strict", "_steps", "_latest", "executable")
        state = {name: x for name, x in self.__dict__.items() if name not in own}
        state["program"], state["numbers"] = None, ()
        if self.executable is not None:
            if self.executable.careful:
                state["_strict_recorded"] = self._strict_program()
            state["program"], state["function"] = self.executable.program, None
            state["numbers"] = self.values.tolist(), self.gradient.tolist()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        program, numbers = state.pop("program"), state.pop("numbers")
        self.__dict__.update(state)
        self.executable, self.strict, self._latest = None, None, (None, -1)
        if program is not None:
            self._place(program)
            self.values[:], self.gradient[:] = numbers

    @property
    def device_count(self) -> int:
        """How many devices share the samples of a batch."""
        return 1 if self.executable is None else self.executable.kernel.device_count

    @property
    def leads(self) -> bool:
        """Whether this process is the only one of the training, or the one that writes files."""
        return self.executable is None or self.executable.kernel.leads

    def wait(self) -> None:
        """Wait until every process of the training is here.

        Example:
            >>> w = Value(3.0, role="parameter")
            >>> batch = BatchGradient(lambda x: w * x, [w])
            >>> batch.wait()  # here is one process
        """
        if self.executable is not None:
            self.executable.kernel.wait()

    def load(self) -> None:
        """Take the numbers of the parameters into the program.

        Example:
            >>> w = Value(3.0, role="parameter")
            >>> batch = BatchGradient(lambda x: w * x, [w])
            >>> rows = batch.rows([1.0])
            >>> w.data = 4.0
            >>> batch.load()
            >>> batch(rows)
            (4.0, [])
        """
        self.values[:] = [p._number for p in self.parameters]

    def store(self) -> None:
        """Write the program's numbers, and the latest gradient, back to the parameters."""
        for p, number, slope in zip(
            self.parameters, self.values.tolist(), self.gradient.tolist(), strict=True
        ):
            p._number, p._gradient = number, slope
        context.changes += 1
