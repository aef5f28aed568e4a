"""Matrix products of a size worth it: a call of a function that keeps parts of the result in
registers.
"""

from __future__ import annotations

from ...tensorize.loop_nests import Contract, Reference
from .formulas import constant
from .places import Places

_LEAST = 4  # rows and columns; below it loops are as fast

FUNCTION = """/* out[i][j] = c * the sum of a[i][k] b[k][j], with distances of rows and columns */
static void product(long rows, long inner, long columns, const double *a, long ai, long ak,
    const double *b, long bk, double c, double *out, long oi) {
    for (long j = 0; j < columns; j += 8)
        for (long i = 0; i < rows; i += 4) {
            const long height = rows - i < 4 ? rows - i : 4;
            const long width = columns - j < 8 ? columns - j : 8;
            double t0[8] = {0.0}, t1[8] = {0.0}, t2[8] = {0.0}, t3[8] = {0.0};
            double *const total[4] = {t0, t1, t2, t3};
            const double *x = a + i * ai, *y = b + j;
            if (height == 4 && width == 8)
                for (long k = 0; k < inner; k++, x += ak, y += bk) {
                    const double x0 = x[0], x1 = x[ai], x2 = x[2 * ai], x3 = x[3 * ai];
                    #pragma omp simd
                    for (long q = 0; q < 8; q++) {
                        t0[q] += x0 * y[q];
                        t1[q] += x1 * y[q];
                        t2[q] += x2 * y[q];
                        t3[q] += x3 * y[q];
                    }
                }
            else
                for (long k = 0; k < inner; k++, x += ak, y += bk)
                    for (long p = 0; p < height; p++)
                        for (long q = 0; q < width; q++) total[p][q] += x[p * ai] * y[q];
            for (long p = 0; p < height; p++)
                for (long q = 0; q < width; q++) out[(i + p) * oi + j + q] = c * total[p][q];
        }
}
"""


def call(nest: Contract, places: Places, spare: int) -> tuple[list[str], int] | None:
    """The lines that compute a product by the function, and how many spare rows, the first of
    which is given, they need; None for one that is better a loop.
    """
    (rows, inner, columns), left, right, out = nest.shape, nest.left, nest.right, nest.out
    if not (left.strides and right.strides and out.strides) or rows < _LEAST:
        return None
    ai, ak = left.strides
    bk, bj = right.strides
    oi, oj = out.strides
    apart = columns > 1 and oj != 1
    if out.batched:
        if left.batched or apart or (columns > 1 and bj != 1):
            return None
        sizes = f"{rows}, {inner}, {_of(columns)}"
        factors = f"{_pointer(places, left)}, {ai}, {ak}, {_pointer(places, right)}, {_of(bk)}"
        target, lines, used, step = _pointer(places, out), [], 0, _of(oi)
    elif left.batched and right.batched:
        if apart or columns < _LEAST or (inner > 1 and ak != 1):
            return None
        name, shift = places.place(True, right.start)
        slot = f"({right.start + shift} + {bk} * k + {bj} * j) * n + s"
        used, turned = inner * columns, f"rows + {_of(spare)}"
        place = f"{_of(spare)} + (k * n + s) * {columns} + j"
        lines = [
            f"for (long k = 0; k < {inner}; k++)",
            f"    for (long j = 0; j < {columns}; j++)",
            "        for (long s = 0; s < n; s++)",
            f"            rows[{place}] = {name}[{slot}];",
        ]
        sizes = f"{rows}, {_of(inner)}, {columns}"
        factors = f"{_pointer(places, left)}, {_of(ai)}, 1, {turned}, {columns}"
        target, step = _pointer(places, out), str(oi)
    else:
        if left.batched or right.batched or apart or columns < _LEAST or bj != 1:
            return None
        sizes = f"{rows}, {inner}, {columns}"
        factors = f"{_pointer(places, left)}, {ai}, {ak}, {_pointer(places, right)}, {bk}"
        target, lines, used, step = _pointer(places, out), [], 0, str(oi)
    c = constant(nest.coefficient)[0]
    return [*lines, f"product({sizes}, {factors}, {c}, {target}, {step});"], used


def _of(count: int) -> str:
    """So many rows."""
    return "n" if count == 1 else f"{count} * n" if count else "0"


def _pointer(places: Places, x: Reference) -> str:
    name, shift = places.place(x.batched, x.start)
    first = x.start + shift
    if not first:
        return name
    return f"{name} + {_of(first) if x.batched else first}"
