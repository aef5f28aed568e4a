"""ONNX models as a back-end, so that every test of the back-ends can ask onnxruntime."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from math import inf
from typing import Any

from autograd_core.compiler.backends.base import Backend, Forms, Kernel
from autograd_core.compiler.pipeline import ARRAYS
from autograd_core.errors import MissingExtra
from autograd_core.primitives import Primitive

LOST_ZEROS = ["hypot(x, y) at x = 0, y = 2"]
"""Where onnxruntime's `Where` gives 0 for −0, which it chooses."""


def is_known(row: Primitive) -> bool:
    """Whether a row has a formula in ONNX."""
    from autograd_core.compiler.backends.onnx.functions import function_of

    try:
        return bool(function_of(row))
    except ValueError:
        return False


def session(model: Any) -> Any:
    """A model in onnxruntime, which warns of nothing."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 3, 1
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


class OnnxKernel(Kernel):
    def __init__(self, forms: Forms) -> None:
        from autograd_core.compiler.backends.onnx.model import model_of

        program = replace(forms.program, strict=True)
        conditions = [i for i, _ in program.guards]
        self.conditions = [program.batched[i] for i in conditions]
        nests = Forms(replace(program, outputs=[*program.outputs, *conditions], guards=[])).after(
            ARRAYS
        )
        self.sampled = nests.sampled[: len(program.outputs)]
        self.rows = any(program.batched[i] for i in program.inputs)
        self.session = session(model_of(nests, "float64", None))

    def run(self, numbers: Any, rows: Any = None, samples: int = 1) -> tuple[Any, Any, list[Any]]:
        import numpy as np

        given = {
            "numbers" if self.rows else "inputs": np.asarray(
                () if numbers is None else numbers, float
            )
        }
        if self.rows:
            given["inputs"] = np.ascontiguousarray(np.asarray(rows, float).T)
        names = [x.name for x in self.session.get_inputs()]
        found = self.session.run(None, {name: given[name] for name in names})
        known = dict(zip([x.name for x in self.session.get_outputs()], found, strict=True))
        each = known["outputs"].T if self.rows and "outputs" in known else np.zeros((0, samples))
        single = known.get("totals" if self.rows else "outputs", np.zeros(0)).tolist()
        ends = {
            own: len(x) - self.conditions.count(own) for own, x in ((True, each), (False, single))
        }
        guards = {True: iter(each[ends[True] :]), False: iter(single[ends[False] :])}
        return (
            single[: ends[False]],
            each[: ends[True]] if self.rows else None,
            [next(guards[own]) for own in self.conditions],
        )


class Onnx(Backend):
    name = "onnx"
    automatic = False
    strict = True

    def missing(self) -> MissingExtra | None:
        both = find_spec("onnx") and find_spec("onnxruntime")
        return None if both else MissingExtra("onnxruntime", "onnx", "the tests of ONNX")

    def bounds(self, program: Any) -> tuple[float, float]:
        return inf, inf

    def cost(self, forms: Forms) -> float:
        return inf

    def build(self, forms: Forms) -> Kernel:
        return OnnxKernel(forms)

    def source(self, forms: Forms) -> str:
        return str(forms.after(ARRAYS))
