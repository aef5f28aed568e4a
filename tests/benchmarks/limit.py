"""The limit of the processor at hand: how fast one thread multiplies and adds, and how fast it reads
memory of some size. No program can be faster than what it must compute and read.
"""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from autograd_core.compiler.backends.native.build import compiler
from autograd_core.compiler.tensorize.loop_nests import (
    Contract,
    LoopNests,
    Map,
    Nest,
    Part,
    Reference,
)

SOURCE = """
#include <stdint.h>

#if defined(__AVX512F__)
enum { WIDTH = 8, SUMS = 16 };
#elif defined(__AVX__)
enum { WIDTH = 4, SUMS = 12 };
#else
enum { WIDTH = 2, SUMS = 12 };
#endif
typedef double vector __attribute__((vector_size(8 * WIDTH), aligned(8)));

/* `times` products and sums of each element of vectors that stay in registers. */
int64_t compute(int64_t times, double *out) {
    const vector x = *out - (vector){0}, y = x * 0.5;
    vector sums[SUMS];
    for (int j = 0; j < SUMS; j++) sums[j] = x + j;
    for (int64_t i = 0; i < times; i++)
        for (int j = 0; j < SUMS; j++) sums[j] = sums[j] * x + y;
    for (int j = 1; j < SUMS; j++) sums[0] += sums[j];
    for (int j = 0; j < WIDTH; j++) *out += sums[0][j];
    return 2 * times * WIDTH * SUMS;
}

/* The sum of `n` numbers, a multiple of 64, so many times. */
void read(int64_t times, const double *x, int64_t n, double *out) {
    vector sums[64 / WIDTH] = {0};
    for (int64_t i = 0; i < times; i++) {
        __asm__ volatile("" ::: "memory");
        for (int64_t k = 0; k < n; k += 64)
            for (int j = 0; j < 64 / WIDTH; j++) sums[j] += *(const vector *)(x + k + j * WIDTH);
    }
    for (int j = 1; j < 64 / WIDTH; j++) sums[0] += sums[j];
    for (int j = 0; j < WIDTH; j++) *out += sums[0][j];
}
"""
TIMES, READ = 20_000, 1 << 20
"""So many steps, and so many numbers, are measured at a time."""


@cache
def _library() -> Any:
    """The two loops, compiled for this processor; None where there is no compiler."""
    command = compiler()
    if command is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder) / "limit.c", Path(folder) / "limit.so"
        source.write_text(SOURCE)
        flags = "-O3 -march=native -ffp-contract=fast -shared -fPIC".split()
        subprocess.run([*command, *flags, str(source), "-o", str(made)], check=True)
        library = ctypes.CDLL(str(made))
    library.compute.restype = ctypes.c_int64
    return library


class Limit:
    """What a program must compute and read, and steps that measure how fast that can be."""

    def __init__(self, program: LoopNests, samples: int) -> None:
        self.operations = float(sum([operations(nest, samples) for nest in program]))
        slots = [*program.inputs, *program.outputs]
        self.bytes = 8.0 * sum([samples if batched else 1 for batched, _ in slots])

    def steps(self) -> dict[str, Callable[[], Any]]:
        """To be timed by turns with the program; none without a C compiler."""
        library, out = _library(), np.full(1, 0.5)
        if library is None:
            return {}
        found = out.ctypes.data_as(ctypes.c_void_p)
        self.computed = library.compute(ctypes.c_int64(TIMES), found)
        memory = np.zeros(-(-int(self.bytes) // 512) * 64)
        times = max(1, READ // memory.size)
        self.read = 8.0 * memory.size * times
        given = [ctypes.c_int64(times), memory.ctypes.data_as(ctypes.c_void_p)]
        size = ctypes.c_int64(memory.size)
        return {
            "compute": lambda: library.compute(ctypes.c_int64(TIMES), found),
            "read": lambda _held=memory: library.read(*given, size, found),
        }

    def text(self, seconds: float, times: dict[str, list[float]]) -> str:
        """The share of the limit that a run of so many seconds reaches; the limit is what the
        fastest round of the steps shows.
        """
        text = f"{self.operations / seconds / 1e9:.1f} GFLOP/s"
        if "compute" not in times:
            return text
        shares = {
            "arithmetic": self.operations / self.computed * min(times["compute"]) / seconds,
            "memory": self.bytes / self.read * min(times["read"]) / seconds,
        }
        name = max(shares, key=lambda x: shares[x])
        return f"{text} = {100 * shares[name]:.2g} % of the limit, which is {name}"


def operations(nest: Nest, samples: int) -> int:
    """The operations on numbers of a nest; a function counts as one, like a product and a sum."""
    if isinstance(nest, Contract):
        rows, inner, columns = nest.shape
        batched = nest.left.batched or nest.right.batched
        return 2 * rows * inner * columns * (samples if batched else 1)
    if isinstance(nest, Map):
        each = max(1, len(nest.operands) - 1) if nest.row.arity < 0 else 1
        return each * len(nest.out.slots) * (samples if nest.out.batched else 1)
    return sum([_of_part(part, samples) for part in nest.parts])


def _of_part(part: Part, samples: int) -> int:
    lists = [x.slots if isinstance(x, Reference) else x for x in part.factors]
    batched = any([isinstance(x, Reference) and x.batched for x in part.factors])
    terms = max(map(len, [*lists, part.coefficients]))
    return terms * max(1, len(lists)) * (samples if batched else 1)
