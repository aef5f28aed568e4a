"""The back-end that writes C: its rows, its text, and the libraries that it keeps on disk."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import pickle
import random
import shutil
import subprocess
import sys
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from autograd_core import (
    compiled,
    exp,
    fori_loop,
    grad,
    hessian,
    interpolate,
    primitive,
    scan,
    sigmoid,
    sin,
    solve,
    sum,
    take,
    tanh,
    value_and_grad,
    where,
)
from autograd_core.compiler.backends.c import library, straight
from autograd_core.compiler.backends.c.formulas import Formulas
from autograd_core.compiler.pipeline import BACKENDS
from autograd_core.primitives import TABLE, Primitive
from autograd_core.primitives.tables import entry_of, line_of

from ..benchmarks.loops import bodies, logistic, scanned
from .loops import scans_in
from .row_points import assert_same, points

pytestmark = pytest.mark.skipif(bool(library.missing()), reason="needs a C compiler")

SPLINE = line_of((0.0, 1.0, 3.0), (2.0, -1.0, 0.5))
ROWS = {
    **{name: row for name, row in TABLE.items() if row.compute.__module__.startswith("autograd")},
    **{row.name: row for row in (entry_of((3.0, 1.0, -2.0)), SPLINE, *SPLINE.parts)},
}


def in_c(rows: list[Primitive]) -> ctypes.CDLL:
    """A library with a function (const double *x) for each row; a row over many gets three."""
    formulas, texts = Formulas(), []
    for k, row in enumerate(rows):
        count = row.arity if row.arity > 0 else 4 if row.pairs else 3
        text = formulas.expression(row, [(f"x[{i}]", 7) for i in range(count)])[0]
        texts.append(f"double row{k}(const double *x) {{ return {text}; }}\n")
    made = library.load("\n".join(["#include <math.h>", *formulas.definitions, *texts]))
    for k in range(len(rows)):
        getattr(made, f"row{k}").restype = ctypes.c_double
    return made


@pytest.fixture(scope="module")
def table_in_c() -> dict[str, Any]:
    made = in_c([*ROWS.values()])
    return {name: getattr(made, f"row{k}") for k, name in enumerate(ROWS)}


@pytest.mark.parametrize("name", ROWS)
def test_a_row_in_c_gives_what_it_computes(name: str, table_in_c: dict[str, Any]) -> None:
    row = ROWS[name]
    for xs in points(row):
        wanted, got = row.compute(*xs), table_in_c[name]((ctypes.c_double * len(xs))(*xs))
        assert_same(got, wanted, xs)


def hostile(w: Any, x: Any) -> Any:
    return sum([exp(u * v) for u, v in zip(w["*/ int"], x, strict=True)]) * w["while"]


def layers(w: Any, x: Any) -> Any:
    hidden = [tanh(sum([a * b for a, b in zip(row, x, strict=True)])) for row in w]
    return sum([h * h for h in hidden])


def nested(v: list[Any]) -> Any:
    """A loop in a loop, with states that change places, results, and columns."""
    a, b, r = v

    def one(s: Any, x: Any) -> Any:
        inner, ys = scan(lambda t, z: (t * r + s[1] * z, t * x), s[0], [0.5] * 11)
        return (s[1], sin(s[0] + x) + 0.01 * inner, s[0]), s[0] * ys[3]

    (a, b, c), ys = scan(one, (a, b, r), [0.1 * k for k in range(15)], checkpoint=True)
    end = fori_loop(1, 20, lambda i, y: where(y > a, y * r, y + i * b), c)
    turned, _ = scan(lambda s, y: (s * y + r, None), end, ys, reverse=True)
    return a * b + turned + ys[2] * ys[-1]


W, X = [[0.5, -1.0, 2.0]] * 8, [0.25, 0.5, -0.75]
PROGRAMS: dict[str, tuple[Any, tuple[Any, ...], dict[str, Any]]] = {
    "names": (value_and_grad(hostile), ({"*/ int": [0.5, 2.0], "while": 3.0}, [1.0, -0.5]), {}),
    "wide": (value_and_grad(layers), ([row[:] for row in W * 12], X), {}),
    "batch": (value_and_grad(layers), (W, [X, X[::-1]]), {"batched": "x"}),
    "sum": (value_and_grad(layers), (W * 12, [X, X[::-1]]), {"batched": "x", "reduce": "sum"}),
    "branch": (grad(lambda x: sigmoid(x) if x < 1.0 else x * x), (0.5,), {}),
    "loop": (value_and_grad(logistic(40)[0]), (logistic(40)[1],), {}),
    "scan": (value_and_grad(scanned(30)[0]), (scanned(30)[1],), {}),
    "scans": (value_and_grad(nested), ([0.4, -0.3, 0.9],), {}),
    "second": (hessian(lambda x: sin(x[0]) * exp(x[1])), ([0.5, 0.25],), {}),
}


def compilers() -> dict[str, list[str]]:
    """The compilers that are here, each with the options for all its warnings."""
    strict = "-std=c99 -pedantic -Wall -Wextra -Wshadow -Werror".split()
    found = {name: [path, *strict] for name in ("gcc", "clang") if (path := shutil.which(name))}
    if path := shutil.which("tcc"):
        found["tcc"] = [path, "-Wall", "-Werror"]
    if find_spec("ziglang"):
        found["zig"] = [sys.executable, "-m", "ziglang", "cc", *strict]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("compiler", compilers())
def test_the_text_compiles_by_itself_without_a_warning(
    compiler: str, name: str, tmp_path: Path
) -> None:
    f, arguments, settings = PROGRAMS[name]
    program = compiled(f, **settings)
    program(*arguments)
    text = program.programs[0].source("c")
    (tmp_path / "f.c").write_text(text)
    header, _, rest = text.partition("/* f.c */")
    (tmp_path / "f.h").write_text(header)
    (tmp_path / "main.c").write_text(f'#include "f.h"\n#include "f.h"\n{rest}')
    simd = ["-fopenmp-simd"] if compiler in ("gcc", "clang") else []
    for source, options in (("f.c", simd), ("f.c", []), ("main.c", simd)):
        command = [*compilers()[compiler], *options, "-c", source]
        run = subprocess.run([*command, "-o", "f.o"], cwd=tmp_path, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        assert run.stderr == ""


@pytest.mark.slow
@pytest.mark.parametrize("compiler", compilers())
def test_a_scan_compiled_by_any_compiler_gives_the_numbers_of_python(
    compiler: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = compilers()[compiler]
    used = tuple([x for x in command if not x.startswith(("-W", "-std", "-pedantic"))])
    monkeypatch.setattr(library, "compiler", lambda: used)
    fast, slow = [compiled(value_and_grad(nested), backend=name) for name in ("c", "python")]
    for at in ([0.4, -0.3, 0.9], [0.1, 0.2, -0.5]):
        got, wanted = [_flat([*f(at)]) for f in (fast, slow)]
        assert got == pytest.approx(wanted, rel=1e-13)


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [(3, 5, 1), (9, 4, 7), (17, 33, 8), (8, 8, 8), (1, 12, 4)])
@pytest.mark.parametrize("reduce", [None, "mean"])
def test_matrix_products_of_all_shapes_are_those_of_numpy(
    sizes: tuple[int, ...], reduce: str | None
) -> None:
    draw = random.Random(str(sizes))

    def matrix(rows: int, columns: int) -> list[list[float]]:
        return [[draw.uniform(-1.0, 1.0) for _ in range(columns)] for _ in range(rows)]

    def network(w: Any, x: Any) -> Any:
        for layer in w:
            x = [tanh(sum([a * b for a, b in zip(row, x, strict=True)])) for row in layer]
        return sum([y * y * y for y in x])

    w = [matrix(sizes[1], sizes[0]), matrix(sizes[2], sizes[1])]
    of = {"batched": "x", "reduce": reduce}
    fast, slow = [compiled(value_and_grad(network), backend=name, **of) for name in ("c", "numpy")]
    for samples in (3, 1, 16):
        x = matrix(samples, sizes[0])
        for got, wanted in zip(_flat(fast(w, x)), _flat(slow(w, x)), strict=True):
            assert got == pytest.approx(wanted, rel=1e-12, abs=1e-15)
    assert "product(" in fast.program.source() or sizes[1] * sizes[0] < 16


def _flat(x: Any) -> list[Any]:
    return [z for y in x for z in _flat(y)] if isinstance(x, list | tuple) else [x]


@pytest.mark.slow
def test_a_person_can_call_it_from_c(tmp_path: Path) -> None:
    f = compiled(value_and_grad(layers))
    loss, slopes = f(W * 12, X)
    call = 'double y[F_OUTPUTS]; f(x, y); for (int k = 0; k < F_OUTPUTS; k++) printf("%.17g\\n", y[k]);'
    numbers = ", ".join([repr(x) for row in [*W * 12, X] for x in row])
    text = f"{f.program.source('c')}\n#include <stdio.h>\nint main(void) {{ const double x[] = {{{numbers}}}; {call} return 0; }}\n"
    (tmp_path / "main.c").write_text(text)
    subprocess.run([*(library.compiler() or ()), "main.c", "-o", "main", "-lm"], cwd=tmp_path, check=True)  # fmt: skip
    found = subprocess.run([str(tmp_path / "main")], capture_output=True, text=True, check=True)
    numbers_of = [float(line) for line in found.stdout.split()]
    assert numbers_of == pytest.approx([loss, *[x for row in slopes for x in row]], rel=1e-13)


@pytest.mark.parametrize("make", [logistic, bodies])
def test_a_loop_gives_the_very_numbers_of_python(make: Any) -> None:
    end, x = make(50)
    fast, slow = [compiled(value_and_grad(end), backend=name) for name in ("c", "python")]
    assert fast(x) == slow(x)
    assert "for (long k = 0; k < " in fast.program.source()
    moved = [a + 0.01 for a in x]
    assert fast(moved) == slow(moved)


@pytest.mark.parametrize("f", [scanned(40)[0], nested])
def test_a_scan_gives_the_very_numbers_of_python(f: Any) -> None:
    x = scanned(40)[1][: 4 if f is not nested else 3]
    fast, slow = [compiled(value_and_grad(f), backend=name) for name in ("c", "python")]
    assert fast(x) == slow(x)
    moved = [a + 0.01 for a in x]
    assert fast(moved) == slow(moved)
    assert scans_in(fast)


def test_a_scan_is_a_loop_forward_and_from_the_last_round_to_the_first() -> None:
    def grown(y: Any, k: Any) -> Any:
        return fori_loop(1, 51, lambda i, state: state * k + i, y)

    f = compiled(value_and_grad(grown, (0, 1)), backend="c")
    found, want = f(2.0, 0.9), value_and_grad(grown, (0, 1))(2.0, 0.9)
    assert _flat([*found]) == pytest.approx(_flat([*want]), rel=1e-13)
    text = f.program.source()
    forward, _, backward = text.partition("/* backward */")
    assert "/* 50 rounds; state_before[k] is state before round k */" in forward
    assert "    for (long k = 0; k < 50; k++) {" in forward
    assert "        state = state * k_ + (double)(k + 1);" in forward
    assert "/* 50 rounds, from the last to the first */" in backward
    assert "    for (long k = 49; k >= 0; k--) {" in backward


@pytest.mark.parametrize("batched", [[], ["n"], ["s", "k"], ["k"]])
def test_names_that_loops_have_are_left_to_them(batched: list[str]) -> None:
    def f(n: Any, s: Any, k: Any, part1: Any) -> Any:
        for _ in range(200 if not batched else 2):
            s = s + 0.01 * n * sin(s * k) - 0.001 * part1
        return s

    arguments = [[0.5, 0.25] if name in batched else 0.75 for name in "nskp"]
    fast, slow = [compiled(f, batched=batched, backend=name) for name in ("c", "numpy")]
    found, wanted = fast(*arguments), slow(*arguments)
    assert found == pytest.approx(wanted, rel=1e-12)


def test_a_row_named_like_a_variable_is_called_otherwise() -> None:
    rows = [
        primitive(name, compute=lambda x: 2.0 * x, partials=lambda y, x: 2.0, c="2.0 * x")
        for name in ("k", "v2")
    ]
    try:

        def f(x: Any) -> Any:
            for _ in range(300):
                x = 0.25 * rows[0](rows[1](x)) + 0.5
            return x

        assert compiled(f, backend="c")(0.5) == pytest.approx(f(0.5), rel=1e-13)
    finally:
        for row in rows:
            del TABLE[row.name]


def test_results_of_scans_are_read_in_later_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(straight, "_PART", 8)

    def f(v: Any) -> Any:
        (a, b), ys = scan(lambda s, x: ((s[1] * x, sin(s[0])), s[0]), (v[0], v[1]), [0.9] * 12)
        for _ in range(12):
            a, b = sin(a * b), exp(-a) * b + ys[3]
        _, zs = scan(lambda s, y: (s, y * v[2]), a, ys)
        return sum(zs) * a * b

    fast, slow = [compiled(value_and_grad(f), backend=name) for name in ("c", "python")]
    at = [0.4, 0.6, 1.5]
    assert _flat([*fast(at)]) == pytest.approx(_flat([*slow(at)]), rel=1e-13)
    assert fast.program.source().count("static void part") > 2
    assert scans_in(fast)


def test_a_long_program_is_divided_into_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(straight, "_PART", 20)

    draw = random.Random(0)
    steps = [draw.choice([sin, exp, tanh, sigmoid]) for _ in range(120)]

    def f(x: Any, y: Any) -> Any:
        for step in steps:
            x, y = step(-x * y) + 1.0, (x - y) * step(x)
        return x * y

    for of in (f, grad(f, argnums=(0, 1))):
        fast, slow = [compiled(of, backend=name) for name in ("c", "python")]
        assert fast(0.5, 0.25) == pytest.approx(slow(0.5, 0.25), rel=1e-13)
        assert fast.program.source().count("static void part") > 3


def test_tables_are_looked_up() -> None:
    xs = [0.0, 1.0, 3.0]
    f = compiled(
        lambda x: take([3.0, 1.0, 2.0] * 20, x) + interpolate(x, xs, [2.0, -1.0, 0.5]), backend="c"
    )
    for x in (1.0, 2.0, 0.0):
        assert f(x) == f.function(x)


def test_a_row_without_a_formula_is_named() -> None:
    f = compiled(lambda x: solve([[x, 1.0], [1.0, 3.0]], [1.0, x]), backend="c")
    with pytest.raises(ValueError, match="the row 'solve' has no formula in C; give it one"):
        f(2.0)


def test_a_row_of_ones_own_brings_its_formula() -> None:
    cubed = primitive(
        "cubed_in_c",
        compute=lambda x: x**3,
        partials=lambda y, x: 3.0 * x * x,
        c="x * x * x",
    )
    try:
        assert compiled(value_and_grad(cubed), backend="c")(2.0) == (8.0, 12.0)
    finally:
        del TABLE["cubed_in_c"]


def test_it_is_never_chosen_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BACKENDS["c"], "build", lambda forms: pytest.fail("built"))
    for f, arguments, options in PROGRAMS.values():
        compiled(f, **options)(*arguments)


def test_without_a_compiler_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "compiler", lambda: None)
    message = r"the back-end 'c', where .* ziglang, .* pip install 'autograd-core\[c\]'"
    with pytest.raises(ImportError, match=message):
        compiled(lambda x: x * x, backend="c")(2.0)


def test_a_text_that_does_not_compile_is_told_with_what_the_compiler_says() -> None:
    with pytest.raises(
        RuntimeError, match=r"could not compile the program:\n(.|\n)*environment variable CC"
    ):
        library.load("double f(double x) { return y; }")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AUTOGRAD_CORE_CACHE", str(tmp_path))
    return tmp_path


TEXT = "double f(double x) { return 2.0 * x; }\n"


def _called(made: ctypes.CDLL) -> float:
    made.f.restype, made.f.argtypes = ctypes.c_double, [ctypes.c_double]
    return float(made.f(3.0))


def test_a_library_is_built_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _called(library.load(TEXT)) == 6.0
    monkeypatch.setattr(library, "_build", lambda *_: pytest.fail("built again"))
    assert _called(library.load(TEXT)) == 6.0
    assert len([*folder.iterdir()]) == 2  # the library and its sum: no trace of the building


@pytest.mark.parametrize("damage", ["cut", "no sum", "strange sum"])
def test_a_damaged_library_is_built_anew(folder: Path, damage: str) -> None:
    library.load(TEXT)
    (made,) = folder.glob("*.so")
    if damage == "cut":
        made.write_bytes(made.read_bytes()[:5000])
    elif damage == "no sum":
        made.with_suffix(".sum").unlink()
    else:
        made.with_suffix(".sum").write_bytes(b"\xff\x00")
    code = f"from autograd_core.compiler.backends.c import library; f = library.load({TEXT!r}).f; import ctypes; f.restype = ctypes.c_double; print(f(ctypes.c_double(3.0)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "6.0"
    assert library._is_whole(made)


@pytest.mark.slow
def test_several_processes_may_build_at_once(folder: Path) -> None:
    code = f"from autograd_core.compiler.backends.c import library; library.load({TEXT!r})"
    runs = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(4)]
    assert [run.wait() for run in runs] == [0] * 4
    assert _called(library.load(TEXT)) == 6.0
    assert len([*folder.iterdir()]) == 2


@pytest.mark.skipif(os.name == "nt" or not os.geteuid(), reason="needs a folder that is closed")
def test_a_folder_that_cannot_be_written_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o500)
    monkeypatch.setenv("AUTOGRAD_CORE_CACHE", str(tmp_path / "inner"))
    assert _called(library.load(TEXT)) == 6.0


def quartic(x: float) -> Any:
    return value_and_grad(lambda x: x * x * x * x)(x)


def _in_child(f: Any, queue: Any) -> None:
    queue.put(f(2.0))


@pytest.mark.filterwarnings("ignore:os.fork")  # of JAX, where another test has loaded it
def test_threads_forks_and_copies_get_the_same() -> None:
    f = compiled(quartic, backend="c")
    wanted = f(2.0)
    found: list[Any] = []
    threads = [
        threading.Thread(target=lambda x=float(k): found.append((x, f(x)))) for k in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [(x, (x**4, 4.0 * x**3)) for x in map(float, range(8))]
    assert pickle.loads(pickle.dumps(f))(2.0) == wanted
    if "fork" in multiprocessing.get_all_start_methods():
        context = multiprocessing.get_context("fork")
        queue = context.SimpleQueue()
        child = context.Process(target=_in_child, args=(f, queue))
        child.start()
        assert queue.get() == wanted
        child.join()
