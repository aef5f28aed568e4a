"""Ctrl-C in a long call of native code: it ends at once, and the kernel is as it was."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import Any

import pytest

from autograd_core import compiled, fori_loop
from autograd_core.compiler.backends.base import Forms, Kernel
from autograd_core.compiler.backends.c import kernel as c_kernel
from autograd_core.compiler.ir.program import Program
from autograd_core.compiler.ir.scans import Scan, ScanRow, result
from autograd_core.compiler.pipeline import BACKENDS
from autograd_core.primitives import TABLE

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs signals of POSIX")

NAMES = [
    pytest.param(x, marks=pytest.mark.skipif(bool(BACKENDS[x].missing()), reason=f"without {x}"))
    for x in ("tape", "c")
]


def halved(rounds: int) -> Program:
    """s / 2 + 1 so many times, which tends to 2; not recorded, as that would run it."""
    body = Program()
    s = body.input(0.0)
    half = body.append(TABLE["mul"], (s, body.constant(0.5)), 0.0)
    body.outputs = [body.append(TABLE["add"], (half, body.constant(1.0)), 0.0)]
    program = Program()
    scan = program.append(
        ScanRow(Scan(rounds, False, 1, (), 0, body, ())), (program.input(0.0),), 0.0
    )
    program.outputs = [program.append(result, (scan, program.constant(0.0)), 0.0)]
    return program


def interrupted(run: Any, seconds: float) -> float:
    """Send this process the signal of Ctrl-C during a run; the time of the processor until then."""
    timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT))
    begin = time.process_time()
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            run()
    finally:
        taken = time.process_time() - begin
        timer.join()
    return taken


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_long_call_is_interrupted_and_can_be_made_again(name: str) -> None:
    kernel: Kernel = BACKENDS[name].build(Forms(halved(150_000_000)))
    begin = time.process_time()
    assert kernel.run([7.0])[0] == [2.0]
    whole = time.process_time() - begin
    assert interrupted(lambda: kernel.run([7.0]), 0.05) < 0.75 * whole
    call = kernel.caller([7.0], False)
    assert interrupted(lambda: call([7.0]), 0.05) < 0.75 * whole
    assert kernel.run([9.0])[0] == call([9.0]) == [2.0]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_compiled_function_is_usable_after_ctrl_c(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(c_kernel, "LONG", 1_000_000)
    f = compiled(lambda x: fori_loop(0, 3_000_000, lambda _, s: s * 0.5 + 1.0, x), backend=name)
    assert f(3.0) == 2.0
    interrupted(lambda: [f(3.0) for _ in range(1000)], 0.2)
    assert f(5.0) == 2.0


def test_what_goes_wrong_in_the_other_thread_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    if error := BACKENDS["c"].missing():
        pytest.skip(str(error))
    monkeypatch.setattr(c_kernel, "LONG", 100)
    kernel = BACKENDS["c"].build(Forms(halved(1000)))
    assert kernel.run([1.0])[0] == [2.0]
    with pytest.raises(Exception, match="expected 1 items"):
        kernel.run([1.0, 2.0])
    assert kernel.run([1.0])[0] == [2.0]
