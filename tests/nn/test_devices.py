"""A training spread over devices is the training on one, up to rounding: on eight virtual devices,
and in two processes.
"""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="needs the package jax"),
]

ROOT = Path(__file__).parents[2]
COMMON = """
import json, sys, re
import numpy as np
from nn import MLP, Adam, Dropout, Sequential, fit

random = np.random.default_rng(0)
x = random.normal(size=(203, 5))  # no multiple of the devices, nor is the batch
t = (x[:, 0] * x[:, 1] > 0).astype(int)

def train(devices, epochs=2, model=None, **more):
    model = model or MLP(5, [16, 16, 2], activation="tanh", output="linear", seed=1)
    settings = {"loss": "cross_entropy_from_logits", "batch_size": 50, "verbose": False, **more}
    history = fit(model, x, t, optimizer=Adam(0.01), epochs=epochs, devices=devices, **settings)
    columns = {k: v for k, v in history.columns.items() if k != "seconds"}
    return [[p.data for p in model.parameters()], columns, history.engine]
"""
EIGHT = """
import jax
from autograd_core import BatchGradient

def hlo(samples):
    model = MLP(5, [16, 16, 2], activation="tanh", output="linear", seed=1)
    loss = lambda x, t: (model(x)[0] - t) ** 2
    batch = BatchGradient(loss, model.parameters(), devices=8)
    kernel, rows = batch.rows(x, t * 1.0), None
    kernel, rows = batch.executable.kernel, kernel[:, :samples]
    given = kernel.arguments(np.append(batch.values, 1.0), rows)
    with jax.enable_x64(True):
        text = kernel.compute.lower(*given).compile().as_text()
    talk = "all-reduce|all-gather|all-to-all|reduce-scatter|collective-permute"
    return re.findall(rf"= .* ({talk})(?:-start)?\\(", text)

def error(call):
    try:
        call()
    except Exception as found:
        return f"{type(found).__name__}: {found}"

def with_dropout():
    layers = MLP(5, [8], seed=2), Dropout(0.5), MLP(8, [2], output="linear", seed=3)
    return Sequential(*layers)

mesh = jax.sharding.Mesh(np.array(jax.devices()).reshape(2, 4), ("a", "b"))
first = {"checkpoint": "a.json", "epochs": 1}
more = {"validation_data": (x[:20], t[:20]), "class_weight": "balanced"}
print(json.dumps({
    "one": [train(None), train(8), train(jax.devices()[:3]), train(mesh)],
    "weighted": [train(None, **more), train(8, **more)],
    "dropout": [train(None, model=with_dropout()), train(8, model=with_dropout())],
    "resumed": [train(8), (train(8, **first), train(8, checkpoint="a.json", resume=True))[1]],
    "other": error(lambda: train(4, epochs=3, checkpoint="a.json", resume=True)),
    "hlo": [hlo(64), hlo(61)],
    "many": error(lambda: train(9)),
    "text": error(lambda: train("gpu")),
    "eager": error(lambda: train(8, compiled=False)),
}))
"""
TWO = """
import jax
jax.distributed.initialize(f"127.0.0.1:{sys.argv[1]}", 2, int(sys.argv[2]))
train(jax.devices(), epochs=1, checkpoint="two.json")
again = train(jax.devices(), checkpoint="two.json", resume=True)
print(json.dumps([train(None), train(jax.devices()), again, len(jax.devices())]))
"""


def started(script: str, devices: int, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "JAX_PLATFORMS": "cpu",
        "XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}",
    }
    return subprocess.Popen(
        [sys.executable, "-c", COMMON + script, *arguments],
        env=environment, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def printed(process: subprocess.Popen[str]) -> Any:
    try:
        output, errors = process.communicate(timeout=300)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    return json.loads(output.splitlines()[-1])


@pytest.fixture(scope="module")
def eight(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return printed(started(EIGHT, 8, tmp_path_factory.mktemp("eight")))


def assert_alike(a: Any, b: Any) -> None:
    assert b[0] == pytest.approx(a[0], rel=0.0, abs=1e-12)
    assert {k: pytest.approx(v, rel=1e-12) for k, v in a[1].items()} == b[1]
    assert a[2] == b[2] == "compiled"


@pytest.mark.parametrize("kind", ["one", "weighted", "dropout"])
def test_the_parameters_and_the_history_are_those_of_one_device(eight: Any, kind: str) -> None:
    for other in eight[kind][1:]:
        assert_alike(eight[kind][0], other)


def test_a_resumed_training_ends_bit_for_bit_alike(eight: Any) -> None:
    whole, resumed = eight["resumed"]
    assert whole == resumed


def test_it_is_resumed_on_as_many_devices(eight: Any) -> None:
    assert "made with devices = 8, and this training has 4" in eight["other"]


def test_a_step_has_one_all_reduce(eight: Any) -> None:
    assert eight["hlo"] == [["all-reduce"], ["all-reduce"]]


def test_wrong_devices_are_refused(eight: Any) -> None:
    assert "ValueError: devices must be between 1 and 8" in eight["many"]
    assert "--xla_force_host_platform_device_count=9" in eight["many"]
    assert "TypeError: devices must be a number, a list such as jax.devices()" in eight["text"]
    assert "ValueError: a training on devices is one program" in eight["eager"]


def test_two_processes_train_one_model(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    processes = [started(TWO, 2, tmp_path, port, str(rank)) for rank in range(2)]
    first, second = map(printed, processes)
    assert first == second
    alone, together, resumed, count = first
    assert count == 4
    assert_alike(alone, together)
    assert resumed == together
