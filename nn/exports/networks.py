"""What is exported: a model as a program of its inputs alone, and what its file says of a table."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograd_core import Program, compiled, no_grad

from ..files.documents import read_document
from ..files.serialization import KIND, NAMES, VERSION, model_document, model_in
from ..modules.dropout import drawing, left_out
from ..modules.module import Module


@dataclass
class Network:
    """A model, the number of its inputs, its program, and the table that it learned, if any.

    The inputs of the program are those of the model, and then its parameters.
    """

    model: Module
    inputs: int
    program: Program
    table: dict[str, Any] | None

    @property
    def parameters(self) -> list[float]:
        """The inputs of the program that are always the same."""
        return [self.program.recorded[i] for i in self.program.inputs[self.inputs :]]

    def with_constants(self) -> Program:
        """The program with the parameters in it."""
        return self._copy(constants=True)

    def of_samples(self) -> Program:
        """The program with the parameters as inputs, and any number of samples."""
        return self._copy(constants=False, batched=True)

    def with_inputs(self) -> Program:
        """The program with the parameters as inputs, which have no names; a strict one, whose
        formulas give no nan where an exponential overflows.
        """
        return self._copy(constants=False)

    def _copy(self, *, constants: bool, batched: bool = False) -> Program:
        old, new = self.program, Program(strict=True)
        own = {i: k for k, i in enumerate(old.inputs)}
        at: list[int] = []
        for i, (row, operands, number, _) in enumerate(old.instructions()):
            if row is not None:
                at.append(new.append(row, tuple([at[j] for j in operands]), number))
            elif i in own and (own[i] < self.inputs or not constants):
                given = own[i] < self.inputs
                name = f"inputs[{own[i]}]" if given else ""
                at.append(new.input(number, name, batched=batched and given))
            else:
                at.append(new.constant(number))
        new.outputs = [at[i] for i in old.outputs]
        return new


def network_of(model: Module | str | os.PathLike[str]) -> Network:
    """The network of a model, or of a file that holds one."""
    table = None
    if not isinstance(model, Module):
        path = Path(model)
        document = read_document(path, KIND, VERSION, NAMES)
        model, table = model_in(document, path), document.get("table")
        if table is not None and "," in (table.get("decimal"), table.get("detected_decimal")):
            columns = [column | {"decimal": ","} for column in table["columns"]]
            table = table | {"columns": columns}
    else:
        model_document(model)  # refuses what a file cannot hold
    inputs = _inputs(model)
    run = compiled(lambda x: model(x), backend="python")
    with no_grad(), drawing(left_out):
        run([0.5] * inputs)
    return Network(model, inputs, run.program, table)


def _inputs(model: Module) -> int:
    shapes = [part.sample_shapes[0] for part in [model, *getattr(model, "layers", [])]]
    for shape in shapes:
        if shape != "":
            return math.prod(shape) if isinstance(shape, tuple) else int(shape)
    raise ValueError(
        f"the number of inputs of {model!r} is unknown; let a layer with a number of inputs be the "
        "first"
    )
