"""Schedules of the learning rate: the numbers of PyTorch, and what a checkpoint keeps of them."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from autograd_core import Value
from nn import MLP, AdamW, CosineDecay, GradientDescent, StepDecay, WarmUp, fit

SCHEDULES: dict[str, tuple[Any, str, dict[str, Any]]] = {
    "cosine": (CosineDecay(0.1, 20, 0.01), "CosineAnnealingLR", {"T_max": 20, "eta_min": 0.01}),
    "step": (StepDecay(0.1, 7, 0.5), "StepLR", {"step_size": 7, "gamma": 0.5}),
    "warm-up": (WarmUp(0.1, 8), "LinearLR", {"start_factor": 1 / 8, "total_iters": 7}),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_gives_the_rates_of_pytorch(name: str) -> None:
    torch = pytest.importorskip("torch")
    ours, kind, settings = SCHEDULES[name]
    other = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    theirs = getattr(torch.optim.lr_scheduler, kind)(other, **settings)
    for step in range(21):
        assert ours(step) == pytest.approx(other.param_groups[0]["lr"], rel=1e-9)
        other.step()
        theirs.step()


def test_a_warm_up_is_followed_by_a_schedule_from_its_beginning() -> None:
    after = CosineDecay(0.5, 10)
    rate = WarmUp(after, 4)
    assert [rate(step) for step in range(4)] == [0.125, 0.25, 0.375, 0.5]
    assert [rate(step) for step in range(4, 20)] == [after(step) for step in range(16)]


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_can_be_pickled_and_prints_its_settings(name: str) -> None:
    rate = SCHEDULES[name][0]
    assert pickle.loads(pickle.dumps(rate)) == rate
    assert GradientDescent(rate).settings()["learning_rate"] == repr(rate)


def test_the_settings_of_a_warm_up_before_a_function_have_no_address() -> None:
    text = str(GradientDescent(WarmUp(lambda step: 0.1, 5)).settings()["learning_rate"])
    assert text.endswith("<lambda>>, warmup_steps=5)")
    assert "0x" not in text


@pytest.mark.parametrize(("make", "message"), [
    (lambda: CosineDecay(-0.1, 5), r"learning_rate must be a number of at least 0, got -0\.1"),
    (lambda: CosineDecay(0.1, 5, float("inf")), "final must be a number of at least 0, got inf"),
    (lambda: CosineDecay(0.1, 0), "decay_steps must be a whole number of at least 1, got 0"),
    (lambda: StepDecay(float("nan"), 5), "learning_rate must be a number of at least 0, got nan"),
    (lambda: StepDecay(0.1, 1.5), "step_size must be a whole number"),  # type: ignore[arg-type]
    (lambda: StepDecay(0.1, 5, -0.5), r"gamma must be a number of at least 0, got -0\.5"),
    (lambda: WarmUp(-1.0, 5), r"learning_rate must be a number of at least 0, got -1\.0"),
    (lambda: WarmUp(0.1, 0), "warmup_steps must be a whole number of at least 1, got 0"),
])  # fmt: skip
def test_a_setting_out_of_its_range_is_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_a_checkpoint_belongs_to_one_schedule_and_resumes_it_bit_for_bit(tmp_path: Path) -> None:
    def train(rate: Any, epochs: int, **more: Any) -> list[float]:
        model = MLP(2, [3, 1], seed=0)
        fit(
            model, [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], loss="mean_squared_error",
            optimizer=AdamW(rate, weight_decay=0.1, clip_norm=0.01), epochs=epochs, batch_size=1,
            verbose=False, **more,
        )  # fmt: skip
        return [p.data for p in model.parameters()]

    rate, path = WarmUp(StepDecay(0.1, 6), 3), tmp_path / "c.json"
    train(rate, 2, checkpoint=path)
    with pytest.raises(ValueError, match=r"it was made with optimizer = AdamW .*step_size=6"):
        train(WarmUp(StepDecay(0.1, 9), 3), 5, checkpoint=path, resume=True)
    assert train(rate, 5, checkpoint=path, resume=True) == train(rate, 5)


@pytest.mark.parametrize("kind", [GradientDescent, AdamW])
def test_a_schedule_is_the_rate_of_each_step(kind: Any) -> None:
    p, rate = Value(1.0, role="parameter"), StepDecay(0.5, 2)
    optimizer = kind(rate, weight_decay=0.0)
    for step in range(5):
        p.grad, before = 1.0, p.data
        optimizer.step([p])
        assert before - p.data == pytest.approx(rate(step), rel=1e-6)
