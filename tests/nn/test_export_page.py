"""What docs/export.md shows: the service, the program for a board, and the command for WebAssembly."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from autograd_core import compiled, sigmoid, value_and_grad
from nn import MLP, Module, export
from nn.exports.webassembly import _commands, webassembly

from .exported import check, expected

PAGE = (Path(__file__).parents[2] / "docs" / "export.md").read_text("utf-8")
CROSS = shutil.which("arm-none-eabi-gcc")


def block(language: str, word: str) -> str:
    """The block of the page in this language that has the word in it."""
    found = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    [text] = [text for text in found if word in text]
    return str(text)


def asked(port: int, row: Any) -> tuple[int, Any]:
    """The status and the answer of the service."""
    request = urllib.request.Request(f"http://localhost:{port}", json.dumps(row).encode())
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


@pytest.mark.slow
def test_the_service_answers(learned_tables: dict[str, Any], tmp_path: Path) -> None:
    path, cells, right = learned_tables["kind"]
    export(path, tmp_path / "model.py")
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    text = block("py", "ThreadingHTTPServer").replace("8000", str(port))
    (tmp_path / "service.py").write_text(text, "utf-8")
    service = subprocess.Popen(
        [sys.executable, "-S", "service.py"], cwd=tmp_path, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("localhost", port)) == 0:
                    break
            time.sleep(0.1)
        answers = [asked(port, row) for row in cells]
        check([[*answer.values()] for _, answer in answers], right)
        assert {status for status, _ in answers} == {200}
        assert asked(port, {}) == (400, {"error": "the row has no column 'size'"})
        assert asked(port, 5)[0] == 400
    finally:
        service.terminate()
        service.wait(10)


@pytest.mark.slow
def test_the_program_for_a_board_names_the_digit(
    learned_digits: tuple[Module, list[list[float]]], tmp_path: Path
) -> None:
    if (compiler := shutil.which("gcc") or shutil.which("cc")) is None:
        pytest.skip("needs a C compiler")
    model, rows = learned_digits
    export(model, tmp_path / "model.c")
    text = block("c", "int main")
    for row in rows[:3]:
        numbers = ", ".join(map(repr, row))
        given = text.replace("inputs[MODEL_INPUTS] = {0}", f"inputs[MODEL_INPUTS] = {{{numbers}}}")
        assert given != text
        (tmp_path / "main.c").write_text(given, "utf-8")
        subprocess.run([compiler, "main.c", "-o", "main", "-lm"], cwd=tmp_path, check=True)
        (shares,) = expected(model, [row])
        found = subprocess.run([tmp_path / "main"]).returncode
        assert found == max(range(10), key=shares.__getitem__)


@pytest.mark.slow
@pytest.mark.skipif(CROSS is None, reason="needs arm-none-eabi-gcc")
@pytest.mark.parametrize(("inputs", "sizes"), [(2, [8, 3]), (64, [16, 10])], ids=str)
def test_the_sizes_are_those_of_the_page(inputs: int, sizes: list[int], tmp_path: Path) -> None:
    shown = re.search(rf"^\| MLP\({inputs}, {re.escape(str(sizes))}\).*?\| (.*) \|$", PAGE, re.M)
    assert shown
    flash, parameters, heap = [float(x) for x in re.findall(r"([\d.]+) KB", shown[1])]
    model = MLP(inputs, sizes, output="softmax", seed=0)
    assert parameters == round(8e-3 * len(model.parameters()), 1)
    export(model, tmp_path / "model.c")
    (tmp_path / "main.c").write_text(block("c", "int main"), "utf-8")
    command = next(line for line in block("sh", "arm-none").splitlines() if "-Os" in line)
    made = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    said = subprocess.run(
        ["arm-none-eabi-size", "main.elf"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    code, data, *_ = map(int, said.stdout.splitlines()[1].split()[:3])
    assert (code + data) / 1000.0 == pytest.approx(flash, rel=0.1)  # newlib has versions
    text = (tmp_path / "model.c").read_text("utf-8")
    numbers = [int(x) for x in re.findall(r"F_(?:INPUTS|MEMORY) = (\d+)", text)]
    assert heap == round(8e-3 * sum(numbers), 1)


BOARD = {
    "board.ld": """
        MEMORY { flash : ORIGIN = 0, LENGTH = 256K  ram : ORIGIN = 0x20000000, LENGTH = 64K }
        SECTIONS {
            .text : { KEEP(*(.vectors)) *(.text*) *(.rodata*) *(.ARM.exidx*) } > flash
            .data : { data_start = .; *(.data*) . = ALIGN(8); data_end = .; } > ram AT > flash
            data_load = LOADADDR(.data);
            .bss : { bss_start = .; *(.bss*) *(COMMON) . = ALIGN(8); bss_end = .; end = .; } > ram
            stack_top = ORIGIN(ram) + LENGTH(ram);
        }
        """,
    "start.c": """
        #include <stdlib.h>
        #include <string.h>
        extern char stack_top, data_start, data_end, data_load, bss_start, bss_end;
        int main(void);
        void initialise_monitor_handles(void);
        static void reset(void) {
            memcpy(&data_start, &data_load, &data_end - &data_start);
            memset(&bss_start, 0, &bss_end - &bss_start);
            initialise_monitor_handles();
            exit(main());
        }
        __attribute__((section(".vectors"), used)) void *const vectors[] = {&stack_top, reset};
        void _init(void) {}
        void _fini(void) {}
        """,
    "main.c": """
        #include "model.c"
        #include <stdio.h>
        static const double samples[][MODEL_INPUTS] = {SAMPLES};
        int main(void) {
            double outputs[MODEL_OUTPUTS];
            for (unsigned n = 0; n < sizeof samples / sizeof *samples; n++) {
                model_outputs(samples[n], outputs);
                for (int k = 0; k < MODEL_OUTPUTS; k++) printf("%.17g ", outputs[k]);
                printf("\\n");
            }
            return 0;
        }
        """,
}
"""What a board needs beside the program: where its memory is, and what runs first."""


@pytest.mark.slow
@pytest.mark.skipif(
    CROSS is None or shutil.which("qemu-system-arm") is None,
    reason="needs arm-none-eabi-gcc and qemu-system-arm",
)
def test_digits_on_an_emulated_board(
    learned_digits: tuple[Module, list[list[float]]], tmp_path: Path
) -> None:
    model, rows = learned_digits
    export(model, tmp_path / "model.c")
    given = ", ".join([f"{{{', '.join(map(repr, row))}}}" for row in rows[:5]])
    for name, text in BOARD.items():
        (tmp_path / name).write_text(text.replace("SAMPLES", given), "utf-8")
    for_the_board = "-std=gnu99 -Os -mcpu=cortex-m4 -mthumb -T board.ld -nostartfiles"
    command = f"{CROSS} {for_the_board} --specs=rdimon.specs main.c start.c -lm -o main.elf"
    made = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    emulator = "qemu-system-arm -M mps2-an386 -nographic -semihosting -kernel main.elf"
    done = subprocess.run(
        emulator.split(), cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    found = [[*map(float, line.split())] for line in done.stdout.splitlines()]
    check(found, expected(model, rows[:5]))


def test_the_command_for_webassembly_is_the_one_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nn.exports.webassembly.find_spec", lambda name: True)
    _, *command = next(_commands(["model_outputs", "malloc"]))
    assert f"python {' '.join(command)}\n" in PAGE


@pytest.mark.slow
def test_a_gradient_is_called_from_javascript(tmp_path: Path) -> None:
    pytest.importorskip("ziglang")
    if (node := shutil.which("node")) is None:
        pytest.skip("needs node")
    f = compiled(value_and_grad(lambda w, x: sigmoid(w * x)))
    right = f(0.5, 2.0)
    (tmp_path / "f.wasm").write_bytes(webassembly(f.program.source("c"), ["f"]))
    head = """import { readFileSync } from "node:fs";
        const headers = { "Content-Type": "application/wasm" };
        const fetch = (name) => new Response(readFileSync(name), { headers });
        """
    script = block("js", "f.wasm").replace(
        "[...new Float64Array", "JSON.stringify([...new Float64Array"
    )
    script = script.replace("2)]);", "2)]));")
    (tmp_path / "main.mjs").write_text(head + script, "utf-8")
    done = subprocess.run(
        [node, "main.mjs"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    check([json.loads(done.stdout)], [list(right)])
