"""NumPy source as a function: array operations for each loop nest, into buffers that are there
before the first call.
"""

from __future__ import annotations

from contextvars import Context
from functools import cache, partial
from math import isfinite
from typing import Any
from weakref import ref

import numpy as np

from ....engine.forks import Forked
from ...tensorize.loop_nests import LoopNests
from ..array_machine import ArrayMachine, Function, copied, strided
from .emit import source
from .views import NUMPY

TURNED = 4096
"""So many numbers of a batch are kept twice where a product reads them turned: a third faster."""


class Machine(ArrayMachine, Forked):
    """A machine that runs NumPy calls.

    `signalled` says that NumPy signals each nan that may be wrong.
    """

    def __init__(
        self, program: LoopNests, samples: int, numbers: Any, *, signalled: bool = False
    ) -> None:
        self.signalled = signalled and numpy_signals()
        self.suspect = True
        self.after_fork()
        ArrayMachine.__init__(self, program, samples, numbers)
        Forked.__init__(self)  # last: half a machine is of no use to a child

    def prepare(self, program: LoopNests, samples: int) -> int:
        self.source = source(program, samples)
        names: dict[str, Any] = dict(self.source.scope)
        names |= {name: getattr(np, name) for name in NUMPY}
        names |= {name: getattr(self, name) for name in ("numbers", "rows", "inputs")}
        names |= {"strided": strided, "nan": np.nan, "inf": np.inf}
        views = tuple(self.source.views) if self.bindable else ()
        exec(compile(self.source.text(views), "<program.numpy>", "exec"), names)
        self.names = names
        own = [x for x in names.values() if isinstance(x, np.ndarray) and x.base is None]
        text = 100 * sum(map(len, self.source.setup + self.source.body))
        return sum([x.nbytes for x in own]) + text

    def reading(self, inputs: Any) -> tuple[Function, Function | None]:
        run, read = self.names["run"], self.names.get("read")
        if not (self.bindable and self.source.views):
            return run, read
        views = [self.names[name] for name in self.source.views]
        if inputs is not self.inputs:
            views = self._views(inputs)
        return partial(run, *views), read and partial(read, *views)

    def _views(self, inputs: Any) -> list[Any]:
        """The views of the inputs, of other rows."""
        views: dict[str, Any] = {"inputs": inputs}
        for name, text in self.source.views.items():
            views[name] = eval(text, self.names | views)
            if text.endswith(".T") and views[name].size <= TURNED:
                views[name] = copied(views[name])
        return [views[name] for name in self.source.views]

    def after_fork(self) -> None:
        """A context that another thread had entered cannot be entered again."""
        # where NumPy does not warn: entered in a tenth of the time that errstate takes
        self.quiet = Context()
        self.quiet.run(self._settle)

    def _settle(self) -> None:
        np.seterr(all="ignore", invalid="call" if self.signalled else "ignore")
        mine = ref(self)  # NumPy keeps the handler where the garbage collector does not look
        np.seterrcall(lambda *_: setattr(mine(), "suspect", True))

    def execute(self, function: Function) -> None:
        self.suspect = not self.signalled
        self.quiet.run(function)

    def has_new_nan(self, numbers: Any) -> bool:
        return self.suspect and not self.quiet.run(_finite, numbers)


@cache
def numpy_signals() -> bool:
    """Whether NumPy calls the handler where an operation gives a nan, which needs the flags of the
    processor.
    """
    calls: list[str] = []
    xs, zeros = np.full(64, np.inf), np.zeros(64)
    with np.errstate(invalid="call", call=lambda kind, _: calls.append(kind)):
        for count in (1, 3, 64):
            np.multiply(xs[:count], zeros[:count])
            np.subtract(xs[:count], xs[:count])
    return len(calls) == 6


def _finite(numbers: Any) -> bool:
    return isfinite(numbers.dot(numbers))
