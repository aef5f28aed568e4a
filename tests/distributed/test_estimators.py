"""One network trained over Dask collections: what one machine gives, on workers of one process."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable, Iterator
from functools import partial, reduce
from typing import Any

import dask.array
import dask.dataframe
import numpy as np
import pandas
import pytest
from distributed import Client

from autograd_core.partitions import added
from nn import MLP, Adam
from nn.estimators import MLPClassifier, MLPRegressor, clusters
from nn.estimators.clusters import Cluster
from nn.estimators.workers import Member, Plan, one_hot
from nn.training.callbacks import Callbacks

pytestmark = pytest.mark.slow

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(900, 4))
Y = np.where(X[:, 0] * X[:, 1] > 0.0, "yes", "no")
Z = np.c_[2.0 * X[:, 0], X[:, 1] ** 2]
WEIGHTS = RANDOM.integers(0, 3, len(X)) * 1.0


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a port that another test has
        with Client(
            n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
        ) as found:
            yield found


def lazy(x: Any, rows: int = 250) -> Any:
    return dask.array.from_array(x, chunks=(rows, 2) if x.ndim > 1 else rows)


def numbers(estimator: Any) -> list[float]:
    return [p.data for p in estimator.model_.parameters()]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_in_one_batch_the_network_is_that_of_one_machine(
    client: Any, kind: Any, weighted: bool
) -> None:
    settings: dict[str, Any] = {"batch_size": len(X), "max_iter": 25}
    targets: Any = Z
    if kind is MLPClassifier:
        targets, settings["class_weight"] = Y, "balanced" if weighted else None
    weights = (WEIGHTS, lazy(WEIGHTS)) if weighted else (None, None)
    alone = kind([5], **settings).fit(X, targets, weights[0])
    spread = kind([5], **settings).fit(lazy(X), lazy(targets), weights[1])
    assert numbers(spread) == pytest.approx(numbers(alone), abs=1e-10)
    assert spread.weight_decay_ == pytest.approx(alone.weight_decay_)
    for name, column in alone.history_.columns.items():
        if name != "seconds":
            assert spread.history_.columns[name] == pytest.approx(column, abs=1e-10)
    assert spread._outputs(X) == pytest.approx(alone._outputs(X), abs=1e-10)


class Here:
    """The partitions on one machine, added one after another."""

    def __init__(self, parts: list[list[Any]]) -> None:
        self.parts = parts

    def total(self, make: Callable[[], Any]) -> Callable[..., list[Any]]:
        worker = make()

        def call(method: str, *given: Any) -> list[Any]:
            each = [getattr(worker, method)(x, k, *given) for k, x in enumerate(self.parts)]
            return [reduce(operator.add, column) for column in zip(*each, strict=True)]

        return call


def test_in_small_batches_too_and_bit_for_bit_each_time(client: Any) -> None:
    settings: dict[str, Any] = {"batch_size": 40, "max_iter": 3, "weight_decay": 0.01}
    first, second = [MLPClassifier([5], **settings).fit(lazy(X), lazy(Y)) for _ in range(2)]
    assert numbers(first) == numbers(second)
    plan = Plan(
        MLP(4, [5, 2], "tanh", "linear", seed=0),
        "cross_entropy_from_logits",
        first.mean_,
        first.scale_,
        partial(one_hot, first.classes_),
        None,
        steps=23,
        held_out=0.0,
        seed=clusters.seed_of(0),
    )
    parts = [
        [X[k : k + 250], Y[k : k + 250], np.ones(len(X[k : k + 250]))] for k in range(0, 900, 250)
    ]
    rate = lambda step: 0.01 * (1.0 - step / 69)
    Cluster(Here(parts), plan).train(Adam(rate, weight_decay=0.01), 3, Callbacks([]), True, "")  # type: ignore[arg-type]
    alone = [p.data for p in plan.model.parameters()]
    assert numbers(first) == pytest.approx(alone, abs=1e-10)
    assert first.score(X, Y) > 0.5


def test_each_epoch_has_every_row_once_in_batches_of_about_one_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = MLP(4, [1], seed=0)
    plan = Plan(model, "mean_squared_error", 0.0, 1.0, lambda y: y, None, 30, 0.2, 7)
    member, taken = Member(plan), dict[int, list[Any]]()
    monkeypatch.setattr(member, "_sums", lambda columns, rows, values: rows.tolist())
    sizes = []
    for step in range(30):
        batch = [member.gradient([X[:10], Z[:10]], k, None, 0, step) for k in range(60)]
        sizes.append(sum(map(len, batch)))
        for k, rows in enumerate(batch):
            taken.setdefault(k, []).extend(rows)
    assert 12 <= min(sizes) <= max(sizes) <= 20  # 16, were they all alike
    for k, rows in taken.items():
        held_out = member.held_out([X[:10]], k, None)  # type: ignore[call-overload]
        assert sorted([*rows, *held_out]) == [*range(10)]
        assert len(held_out) == 2
    other = [i for step in range(30) for i in member.gradient([X[:10]], 3, None, 1, step)]
    assert sorted(other) == sorted(taken[3])
    assert other != taken[3]


def test_a_data_frame_a_part_held_out_and_an_end_when_nothing_improves(client: Any) -> None:
    frame = pandas.DataFrame(X, columns=list("abcd"))
    frame["target"] = Y
    parts = dask.dataframe.from_pandas(frame, npartitions=3)
    inputs, targets = parts[list("abcd")], parts["target"]
    found = MLPClassifier(
        early_stopping=True, n_iter_no_change=4, batch_size=100, learning_rate_init=0.05
    ).fit(inputs, targets)
    assert found.feature_names_in_.tolist() == list("abcd")
    assert found.score(frame[list("abcd")], Y) > 0.9
    assert "validation loss was best in epoch" in found.history_.stopped
    assert (found.predict(inputs).compute() == found.predict(frame[list("abcd")])).all()
    # arrays of which Dask does not know how many rows they have
    again = MLPRegressor([3], max_iter=2).fit(inputs.to_dask_array(), inputs["a"].to_dask_array())
    assert again.predict(X).shape == (900,)
    with pytest.raises(ValueError, match=r"feature names should match"):
        found.predict(frame[list("bacd")])


@pytest.mark.parametrize(
    ("fit", "message"),
    [
        (lambda: MLPClassifier().fit(lazy(X), lazy(Z[:, 0])), "Unknown label type"),
        (lambda: MLPClassifier().fit(lazy(X), lazy(Y == "maybe")), "at least two classes"),
        (lambda: MLPRegressor().fit(lazy(X), lazy(Z), lazy(-WEIGHTS)), "weights must be at least"),
        (lambda: MLPRegressor().fit(lazy(X), lazy(Z), lazy(0.0 * WEIGHTS)), "positive weight"),
        (lambda: MLPRegressor().fit(lazy(X / 0.0), lazy(Z)), "X has numbers that are nan"),
        (lambda: MLPRegressor().fit(lazy(Z[:, 0]), lazy(Z)), "Expected 2D array, got 1D"),
        (lambda: MLPClassifier(class_weight={"x": 1.0}).fit(lazy(X), lazy(Y)), "names 'x'"),
        (lambda: MLPRegressor(batch_size=0).fit(lazy(X), lazy(Z)), "batch_size must be a whole"),
        (
            lambda: MLPRegressor().fit(
                dask.dataframe.from_pandas(pandas.DataFrame(X), npartitions=4), lazy(Z)
            ),
            "repartition the collections in the same way",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_is_wrong_is_named(client: Any, fit: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit()


def test_ctrl_c_keeps_what_was_learned(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def epoch(self: Any, values: Any, *given: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return usual(self, values, *given)

    usual = Cluster._epoch
    monkeypatch.setattr(Cluster, "_epoch", epoch)
    found = MLPRegressor([3], weight_decay=0.0).fit(lazy(X), lazy(Z))
    assert (found.history_.stopped, found.n_iter_) == ("interrupted", 2)
    assert found.predict(X).shape == Z.shape


def test_a_loss_that_is_not_finite_is_an_error(client: Any) -> None:
    large = MLPRegressor([3], learning_rate_init=1e200, weight_decay=0.0)
    advice = r"give a smaller learning_rate_init than 1e\+200"
    with np.errstate(all="ignore"), pytest.raises(FloatingPointError, match=advice):
        large.fit(lazy(X), lazy(Z))


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 13])
def test_the_order_of_a_sum_depends_on_no_worker(count: int) -> None:
    numbers = RANDOM.normal(size=(count, 3)) * 10.0 ** RANDOM.integers(-8, 8, (count, 3))
    (whole,) = added({(0, k): [x] for k, x in enumerate(numbers)}, count).values()
    for _ in range(20):
        parts = dict[tuple[int, int], list[Any]]()
        owners = RANDOM.integers(0, 3, count)
        for owner in range(3):
            own = {(0, k): [x] for k, x in enumerate(numbers) if owners[k] == owner}
            parts.update(added(own, count))
        (sums,) = added(parts, count).values()
        assert sums[0].tolist() == whole[0].tolist()
    assert whole[0] == pytest.approx(numbers.sum(0), rel=1e-12)
