"""A loss over Dask collections, on a local cluster of two processes."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not all(map(importlib.util.find_spec, ["dask", "distributed", "pandas", "pyarrow"])),
        reason="needs the packages distributed and dask[dataframe]",
    ),
]

ROOT = Path(__file__).parents[2]
SCRIPT = """
import contextlib, json, os, signal, time
import dask
import dask.array, dask.dataframe
import numpy as np
from distributed import Client, LocalCluster
from scipy.optimize import minimize
import autograd_core as ac
from autograd_core.distributed import value_and_grad
from nn import MLP
from nn.estimators import MLPClassifier

LIMIT = 700_000_000

def logistic(w, x, t):
    z = ac.dot(list(w), list(x))
    return ac.softplus(z) - t * z

def deadly(w, x, t):
    try:
        os.close(os.open("died", os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return logistic(w, x, t)
    os.kill(os.getpid(), signal.SIGKILL)

def kill(client):
    pids = {}
    while len(pids) < 2:  # a worker that just died may still be asked
        with contextlib.suppress(OSError):
            pids = client.run(os.getpid)
    os.kill(min(pids.values()), signal.SIGKILL)

def restarted(client):
    client.wait_for_workers(2)
    time.sleep(0.5)  # Dask hangs if a worker dies before its nanny has noted that it lives

def alike(a, b):
    return float(max(abs(a[0] - b[0]), np.abs(np.asarray(a[1]) - np.asarray(b[1])).max()))

def error(call):
    try:
        call()
    except Exception as found:
        return f"{type(found).__name__}: {found}"

def main():
    signal.alarm(500)  # also if nobody waits for it any longer
    found = {}
    # new workers are forks of a process that has loaded Dask; what
    # a worker holds beyond its limit ends it, and nothing goes to the disk
    dask.config.set({
        "distributed.worker.multiprocessing-method": "forkserver",
        "distributed.worker.memory.target": False,
        "distributed.worker.memory.spill": False,
        "distributed.worker.memory.pause": False,
        "distributed.worker.memory.terminate": 1.0,
    })
    cluster = LocalCluster(
        n_workers=2, threads_per_worker=1, memory_limit=LIMIT, dashboard_address=None,
        local_directory=os.getcwd(),
    )
    with cluster, Client(cluster) as client:
        large = dask.array.random.default_rng(1).normal(size=(4_100_000, 16), chunks=(125_000, 16))
        answers = (large[:, 0] > 0.1) * 1.0
        many = np.linspace(-0.1, 0.1, 16)
        big = value_and_grad(logistic, large, answers)(many)
        large_model = MLP(16, [3, 1], seed=0)
        of_large = value_and_grad(
            lambda x, t: (large_model(x)[0] - t) ** 2, large, answers,
            parameters=large_model.parameters(),
        )(np.array([p.data for p in large_model.parameters()]))
        classifier = MLPClassifier([3], max_iter=1, batch_size=200_000, weight_decay=0.0)
        found["trained"] = len(classifier.fit(large, answers).history_)
        found["too_much"] = large.nbytes + answers.nbytes + 150e6 > LIMIT  # Python and Dask take more

        small = dask.array.random.RandomState(0).normal(size=(60_000, 4), chunks=(9_000, 4))
        x = small.compute()
        t = (x @ np.arange(4.0) > 0.3) * 1.0
        targets = dask.array.from_array(t, chunks=9_000)
        w = np.array([0.1, -0.2, 0.3, 0.4])
        one = ac.compiled(ac.value_and_grad(logistic), batched=("x", "t"), reduce="mean")
        total = value_and_grad(logistic, small, targets)
        first = total(w)
        found["logistic"] = alike(first, one(w, x, t))
        found["sum"] = alike(
            value_and_grad(logistic, small, targets, reduce="sum")(w),
            ac.compiled(ac.value_and_grad(logistic), batched=("x", "t"), reduce="sum")(w, x, t),
        )
        ours = minimize(total, np.zeros(4), jac=True, method="L-BFGS-B").x
        alone = lambda w: (lambda y, g: (y, np.asarray(g)))(*one(w, x, t))
        theirs = minimize(alone, np.zeros(4), jac=True, method="L-BFGS-B").x
        found["minimum"] = float(np.abs(ours - theirs).max() / np.abs(theirs).max())

        model = MLP(4, [8, 1], seed=0)
        frame = dask.dataframe.from_dask_array(small, columns=list("abcd"))
        by_model = value_and_grad(
            lambda x, t: (model(x)[0] - t) ** 2, frame, targets, parameters=model.parameters()
        )
        batch = ac.BatchGradient(lambda x, t: (model(x)[0] - t) ** 2, model.parameters())
        loss, _ = batch(batch.rows(x, t))
        values = np.array([p.data for p in model.parameters()])
        found["network"] = alike(by_model(values), (loss, batch.gradient))

        # a worker dies before a step, in the middle of one, and while the partitions are loaded
        kill(client)
        again = [total(w), total(w)]
        restarted(client)
        again.append(value_and_grad(deadly, small, targets)(w))
        restarted(client)
        fresh = value_and_grad(logistic, small, targets)
        kill(client)
        again.append(fresh(w))
        restarted(client)
        found["died"] = os.path.exists("died")
        found["repeated"] = [bool(y == first[0] and (g == first[1]).all()) for y, g in again]

        found["partitions"] = error(
            lambda: value_and_grad(logistic, frame, frame["a"].repartition(npartitions=2))
        )
        found["type"] = error(lambda: value_and_grad(logistic, x, t))
        found["reduce"] = error(lambda: value_and_grad(logistic, small, reduce="max"))
        found["own"] = error(
            lambda: value_and_grad(lambda w, x: 1.0 / (w[0] > 0.0) * missing, small)(w)
        )

    x, t = dask.compute(large, answers, scheduler="threads")
    found["equal"] = alike(big, one_machine(x, t, many))
    found["large_network"] = alike(of_large, by_blocks(large_model, x, t))
    print(json.dumps(found))

def one_machine(x, t, w):
    z = x @ w
    slope = x.T @ (1.0 / (1.0 + np.exp(-z)) - t) / len(t)
    return float((np.logaddexp(0.0, z) - t * z).mean()), slope

def by_blocks(model, x, t):
    batch = ac.BatchGradient(lambda x, t: (model(x)[0] - t) ** 2, model.parameters())
    loss, slope = 0.0, 0.0
    for k in range(0, len(x), 10_000):
        loss = loss + batch(batch.rows(x[k : k + 10_000], t[k : k + 10_000]))[0]
        slope = slope + batch.gradient
    return loss * 10_000 / len(x), slope * 10_000 / len(x)

if __name__ == "__main__":
    main()
"""


def from_cluster(folder: Path) -> Any:
    """What the script found. Nothing that it started outlives it."""
    (folder / "script.py").write_text(SCRIPT)
    running = subprocess.Popen(
        [sys.executable, "script.py"],
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        out, err = running.communicate(timeout=500)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()
    assert running.returncode == 0, err[-5000:]
    # Dask tells of a worker that was killed; nothing that is ours complains, and at the end neither
    assert "autograd_core" not in err, err[-5000:]
    assert "/nn/" not in err, err[-5000:]
    return json.loads(out.splitlines()[-1])


def test_a_cluster_gives_what_one_machine_gives(tmp_path: Path) -> None:
    # one test for all: several processes that run tests would each start a cluster
    found = from_cluster(tmp_path)
    assert found["logistic"] < 1e-13
    assert found["network"] < 1e-13
    assert found["sum"] < 1e-9  # of 60,000 samples
    assert found["minimum"] < 1e-6
    # more rows than one worker may hold
    assert found["too_much"]
    assert found["equal"] < 1e-10
    assert found["large_network"] < 1e-10
    assert found["trained"] == 1
    # a lost worker changes no bit
    assert found["died"]
    assert found["repeated"] == [True] * 4
    assert "repartition them in the same way" in found["partitions"]
    assert "TypeError: the data must be Dask arrays" in found["type"]
    assert "ValueError: reduce must be 'mean' or 'sum', got 'max'" in found["reduce"]
    assert "NameError" in found["own"]


def test_estimators_train_block_by_block() -> None:
    wrappers = pytest.importorskip("dask_ml.wrappers", reason="needs the package dask-ml")
    import dask.array
    import numpy as np

    from nn.estimators import MLPClassifier

    x = np.random.default_rng(0).normal(size=(4000, 2))
    y = (x[:, 0] * x[:, 1] > 0).astype(int)
    columns = dask.array.from_array(x, chunks=(500, 2)), dask.array.from_array(y, chunks=500)
    incremental = wrappers.Incremental(MLPClassifier(random_state=0))
    for _ in range(5):
        incremental.partial_fit(*columns, classes=[0, 1])
    assert (incremental.predict(columns[0]).compute() == y).mean() > 0.9


def test_estimators_predict_block_by_block() -> None:
    pytest.importorskip("sklearn")
    import dask.array
    import dask.dataframe
    import numpy as np
    import pandas

    from nn.estimators import MLPClassifier, MLPRegressor

    frame = pandas.DataFrame(np.random.default_rng(0).normal(size=(90, 2)), columns=["a", "b"])
    y = np.where(frame["a"] > 0.0, "yes", "no")
    lazy = dask.dataframe.from_pandas(frame, npartitions=3)
    columns = dask.array.from_array(frame.to_numpy(), chunks=(40, 1))
    for X, few in ((frame, lazy), (frame.to_numpy(), columns)):
        classifier = MLPClassifier([4], max_iter=3).fit(X, y)
        line = MLPRegressor([4], max_iter=3).fit(X, frame["b"])
        plane = MLPRegressor([4], max_iter=3).fit(X, frame)
        for call in (classifier.predict, classifier.predict_proba, line.predict, plane.predict):
            blocks, whole = call(few), call(X)
            assert blocks.dtype == whole.dtype
            assert blocks.ndim == whole.ndim
            np.testing.assert_array_equal(blocks.compute(), whole)
    with pytest.raises(TypeError, match=r"must all be Dask collections.*from_array\(y, chunks"):
        MLPClassifier().fit(columns, y)
    with pytest.raises(TypeError, match=r"dask_ml.wrappers.Incremental\(MLPRegressor\(\)\)"):
        MLPRegressor().partial_fit(frame, lazy["a"])
    with pytest.raises(ValueError, match=r"need a cluster: write client = distributed.Client\(\)"):
        MLPRegressor().fit(lazy, lazy["a"])
