"""The optimizers: step for step the formulas of PyTorch."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from autograd_core import Value, sum
from nn import Adam, AdamW, GradientDescent, Neuron, Optimizer

START = [0.7, -1.3, 2.1, 0.05]
CASES: dict[str, tuple[Callable[[], Optimizer], str, dict[str, Any]]] = {
    "plain": (lambda: GradientDescent(0.03), "SGD", {"lr": 0.03}),
    "momentum": (lambda: GradientDescent(0.02, momentum=0.9), "SGD", {"lr": 0.02, "momentum": 0.9}),
    "decay": (
        lambda: GradientDescent(0.02, weight_decay=0.1),
        "SGD",
        {"lr": 0.02, "weight_decay": 0.1},
    ),
    "nesterov": (
        lambda: GradientDescent(0.02, momentum=0.8, nesterov=True, weight_decay=0.01),
        "SGD",
        {"lr": 0.02, "momentum": 0.8, "nesterov": True, "weight_decay": 0.01},
    ),
    "adam": (lambda: Adam(0.05), "Adam", {"lr": 0.05}),
    "adam with decay": (
        lambda: Adam(0.05, 0.8, 0.95, 1e-6, weight_decay=0.1),
        "Adam",
        {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.1},
    ),
    "adamw": (lambda: AdamW(0.05), "AdamW", {"lr": 0.05, "weight_decay": 0.01}),
    "adamw with decay": (
        lambda: AdamW(0.05, 0.8, 0.95, 1e-6, weight_decay=0.5),
        "AdamW",
        {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.5},
    ),
    "clipped": (
        lambda: GradientDescent(0.1, momentum=0.5, weight_decay=0.1, clip_norm=1.5),
        "SGD",
        {"lr": 0.1, "momentum": 0.5, "weight_decay": 0.1},
    ),
    "adamw, clipped": (lambda: AdamW(0.05, clip_norm=0.5), "AdamW", {"lr": 0.05}),
}


def uneven(xs: Any) -> Any:
    """A curve with a slope of another size in each number, computed alike by both libraries."""
    terms = [(x - 1.0) ** 2 * (i + 1) + x**4 * 0.1 for i, x in enumerate(xs)]
    return terms[0] + terms[1] + terms[2] + terms[3] + xs[0] * xs[1]


def step_side_by_side(
    ours: list[Value], optimizer: Optimizer, theirs: list[Any], other: Any
) -> None:
    """One step of our optimizer, and one of PyTorch's."""
    for p in ours:
        p.grad = 0.0
    uneven(ours).backward()
    optimizer.step(ours)
    other.zero_grad()
    uneven(theirs).backward()
    if optimizer.clip_norm is not None:
        norm = math.sqrt(sum([x.grad.item() ** 2 for x in theirs]))
        for x in theirs:
            x.grad *= min(1.0, optimizer.clip_norm / norm)
    other.step()


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_fifty_steps_agree_with_pytorch(name: str) -> None:
    torch = pytest.importorskip("torch")
    make, kind, settings = CASES[name]
    ours, optimizer = [Value(x, role="parameter") for x in START], make()
    theirs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in START]
    other = getattr(torch.optim, kind)(theirs, **settings)
    for _ in range(50):
        step_side_by_side(ours, optimizer, theirs, other)
        assert [p.data for p in ours] == pytest.approx(
            [p.item() for p in theirs], rel=1e-12, abs=1e-14
        )


@pytest.mark.slow
def test_a_rate_that_falls_agrees_with_a_scheduler_of_pytorch() -> None:
    torch = pytest.importorskip("torch")
    ours, optimizer = (
        [Value(x, role="parameter") for x in START],
        Adam(lambda step: 0.1 / (1 + step)),
    )
    theirs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in START]
    other = torch.optim.Adam(theirs, lr=0.1)
    scheduler = torch.optim.lr_scheduler.LambdaLR(other, lambda step: 1 / (1 + step))
    for _ in range(50):
        step_side_by_side(ours, optimizer, theirs, other)
        scheduler.step()
    assert [p.data for p in ours] == pytest.approx([p.item() for p in theirs], rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("name", CASES)
def test_arrays_move_as_values_do(name: str) -> None:
    numpy = pytest.importorskip("numpy")
    by_values, by_arrays = CASES[name][0](), CASES[name][0]()
    parameters, values = [Value(x, role="parameter") for x in START], numpy.array(START)
    for _ in range(50):
        for p in parameters:
            p.grad = 0.0
        uneven(parameters).backward()
        by_arrays.update_arrays(values, numpy.array([p.grad for p in parameters]))
        by_values.step(parameters)
        assert values.tolist() == pytest.approx([p.data for p in parameters], rel=1e-12, abs=1e-14)
    assert by_arrays.steps == by_values.steps == 50


@pytest.mark.slow
def test_clipping_is_that_of_pytorch() -> None:
    torch = pytest.importorskip("torch")
    for slopes, bound in [([3.0, -4.0], 1.0), ([3.0, -4.0], 5.5), ([0.0, 0.0], 1.0)]:
        ours = [Value(0.0, role="parameter") for _ in slopes]
        theirs = [torch.zeros((), dtype=torch.float64, requires_grad=True) for _ in slopes]
        for p, other, slope in zip(ours, theirs, slopes, strict=True):
            p.grad, other.grad = slope, torch.tensor(slope, dtype=torch.float64)
        torch.nn.utils.clip_grad_norm_(theirs, bound)
        GradientDescent(1.0, clip_norm=bound).step(ours)
        expected = [-other.grad.item() for other in theirs]
        assert [p.data for p in ours] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("size", [1e200, 1e-200])
def test_a_huge_gradient_is_clipped_and_a_tiny_one_is_not(size: float) -> None:
    numpy = pytest.importorskip("numpy")
    slopes = [3.0 * size, -4.0 * size]
    parameters, values = [Value(0.0, role="parameter") for _ in slopes], numpy.zeros(2)
    for p, slope in zip(parameters, slopes, strict=True):
        p.grad = slope
    GradientDescent(1.0, clip_norm=5.0).step(parameters)
    gradient = numpy.array(slopes)
    GradientDescent(1.0, clip_norm=5.0).update_arrays(values, gradient)
    assert gradient.tolist() == slopes
    expected = [-3.0, 4.0] if size > 1.0 else [-3.0 * size, 4.0 * size]
    assert [p.data for p in parameters] == pytest.approx(expected, rel=1e-14)
    assert values.tolist() == pytest.approx(expected, rel=1e-14)


def test_gradient_descent_moves_against_the_gradient() -> None:
    p = Value(3.0, role="parameter")
    (p * p).backward()
    GradientDescent(0.25).step([p])
    assert p.data == 1.5


def test_momentum_carries_on_where_the_gradient_is_gone() -> None:
    p = Value(1.0, role="parameter")
    optimizer = GradientDescent(0.5, momentum=0.5)
    p.grad = 1.0
    optimizer.step([p])
    p.grad = 0.0
    optimizer.step([p])
    assert p.data == 1.0 - 0.5 - 0.25


def test_the_first_step_of_adam_is_the_rate_whatever_the_size_of_the_gradient() -> None:
    for slope in (1e-3, 1.0, 1e3):
        p = Value(1.0, role="parameter")
        p.grad = slope
        Adam(0.1).step([p])
        assert p.data == pytest.approx(0.9, abs=1e-5)


def test_the_rate_may_be_a_function_of_the_step() -> None:
    p, seen = Value(0.0, role="parameter"), []
    optimizer = GradientDescent(lambda step: seen.append(step) or 1.0 / (1 + step))  # type: ignore[func-returns-value]
    for _ in range(3):
        p.grad = -1.0
        optimizer.step([p])
    assert seen == [0, 1, 2]
    assert p.data == pytest.approx(1.0 + 1 / 2 + 1 / 3)


@pytest.mark.parametrize("wrong", [-0.1, float("nan"), float("inf"), None, "fast"])
def test_a_rate_that_is_none_is_named_with_its_step_and_nothing_moves(wrong: Any) -> None:
    p, optimizer = Value(1.0, role="parameter"), Adam(lambda step: 0.1 if step < 1 else wrong)
    p.grad = 1.0
    optimizer.step([p])
    before = p.data
    with pytest.raises(
        ValueError,
        match=f"must be a number of at least 0, but its function gave {wrong!r} for step 1",
    ):
        optimizer.step([p])
    assert (p.data, optimizer.steps) == (before, 1)


def test_an_optimizer_belongs_to_its_parameters() -> None:
    optimizer = Adam()
    optimizer.step([Value(1.0, role="parameter")])
    with pytest.raises(ValueError, match="make one optimizer for each model"):
        optimizer.step([Value(1.0, role="parameter")])


def test_an_interrupt_while_parameters_change_leaves_all_of_them_changed() -> None:
    class Interrupting(Value):
        __slots__ = ()
        armed = True

        @property
        def data(self) -> float:
            return self._number

        @data.setter
        def data(self, number: Any) -> None:
            if Interrupting.armed:
                Interrupting.armed = False
                raise KeyboardInterrupt
            self._number = number

    parameters = [Value(1.0), Interrupting(1.0), Value(1.0)]
    optimizer = GradientDescent(0.5, momentum=0.5)
    sum(parameters).backward()
    with pytest.raises(KeyboardInterrupt):
        optimizer.step(parameters)
    assert ([p.data for p in parameters], optimizer.steps) == ([0.5, 0.5, 0.5], 1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: GradientDescent(-0.1), r"learning_rate must be a number of at least 0.*got -0\.1"),
        (lambda: GradientDescent(float("nan")), "learning_rate must be"),
        (
            lambda: GradientDescent(0.1, momentum=1.0),
            r"momentum must be at least 0 and below 1, got 1\.0",
        ),
        (
            lambda: GradientDescent(0.1, nesterov=True),
            "momentum must be above 0 with nesterov=True",
        ),
        (
            lambda: Adam(weight_decay=-1.0),
            r"weight_decay must be a number of at least 0, got -1\.0",
        ),
        (lambda: Adam(beta_2=1.0), "beta_2 must be at least 0 and below 1"),
        (lambda: Adam(beta_1=-0.1), "beta_1 must be"),
        (lambda: Adam(epsilon=-1.0), "epsilon must be at least 0"),
        (lambda: AdamW(clip_norm=0.0), r"clip_norm must be above 0, or None, got 0\.0"),
    ],
)
def test_a_setting_out_of_its_range_is_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("kind", [GradientDescent, Adam])
def test_parameters_in_the_place_of_the_rate_are_sent_to_step(kind: Any) -> None:
    with pytest.raises(
        TypeError,
        match=r"learning_rate must be .*got list; parameters are given to each step: optimizer\.step",
    ):
        kind([Value(1.0)])


def test_optimizers_print_their_settings() -> None:
    assert (
        repr(GradientDescent(0.1))
        == "GradientDescent(learning_rate=0.1, weight_decay=0.0, momentum=0.0, nesterov=False)"
    )
    found = AdamW(clip_norm=1.0)
    assert repr(found) == (
        "AdamW(learning_rate=0.001, weight_decay=0.01, clip_norm=1.0, beta_1=0.9, beta_2=0.999, "
        "epsilon=1e-08)"
    )
    assert repr(eval(repr(found))) == repr(found)


def test_a_model_in_the_place_of_its_parameters_is_refused() -> None:
    model = Neuron(2, seed=0)
    with pytest.raises(TypeError, match=r"got the model Neuron\(.*give it model.parameters\(\)"):
        Adam().step(model)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [[], [1.0]])
def test_what_is_no_list_of_parameters_is_refused(wrong: Any) -> None:
    with pytest.raises(
        TypeError,
        match=r"an optimizer updates a list of Values such as model\.parameters\(\), got \[",
    ):
        Adam().step(wrong)


def test_a_rate_is_a_number_of_python() -> None:
    numpy = pytest.importorskip("numpy")
    assert Adam(numpy.float64(0.1)).settings() == Adam(0.1).settings()
    assert [type(GradientDescent(rate).learning_rate) for rate in (1, numpy.float32(0.5))] == [
        float,
        float,
    ]
