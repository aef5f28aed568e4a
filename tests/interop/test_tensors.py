"""A compiled function as a node of PyTorch's graph."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from autograd_core import exp, sigmoid, sin, solve
from autograd_core.interop import torch_function

pytestmark = pytest.mark.slow


def model(p: Any, x: Any) -> Any:
    """Containers in and out, an array as a result, and a branch."""
    y = sigmoid(p["w"][0] * x[0] + p["w"][1] * x[1] + p["b"])
    z = y * x[0] if y > 0.5 else exp(-y)
    return {"y": y, "both": (z, [y * z, sin(z)])}


def by_torch(w: Any, b: Any, x: Any) -> Any:
    y = torch.sigmoid(x @ w + b)
    z = torch.where(y > 0.5, y * x[..., 0], torch.exp(-y))
    return y, z, torch.stack([y * z, torch.sin(z)], -1)


def leaves(*shapes: tuple[int, ...]) -> list[Any]:
    torch.manual_seed(0)
    return [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]


def flat(f: Any) -> Any:
    def call(w: Any, b: Any, x: Any) -> Any:
        found = f({"w": w, "b": b}, x)
        return found["y"], found["both"][0], found["both"][1]

    return call


@pytest.mark.parametrize("batched", [(), "x"], ids=["single", "batch"])
def test_values_and_derivatives_are_those_of_torch(batched: Any) -> None:
    given = leaves((2,), (), (5, 2) if batched else (2,))
    ours = flat(torch_function(model, batched=batched))
    for got, wanted in zip(ours(*given), by_torch(*given), strict=True):
        torch.testing.assert_close(got, wanted, rtol=1e-13, atol=1e-14)
    assert torch.autograd.gradcheck(ours, given)
    assert torch.autograd.gradgradcheck(ours, given)


def test_third_derivatives() -> None:
    x = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    y = torch_function(lambda x: sin(x) * x)(x)
    for _ in range(3):
        (y,) = torch.autograd.grad(y, x, create_graph=True)
    assert y.item() == pytest.approx(-x.item() * torch.cos(x).item() - 3.0 * torch.sin(x).item())


def test_it_trains_inside_a_module() -> None:
    """A spring whose stiffness a network learns."""
    torch.manual_seed(0)
    force = torch_function(lambda k, x: -k * x if x > 0.0 else -0.5 * k * x, batched=("k", "x"))
    net = torch.nn.Linear(1, 1)
    x = torch.linspace(-1.0, 1.0, 20)[:, None]
    target = torch.where(x > 0.0, -3.0 * x, -1.5 * x)[:, 0]
    optimizer = torch.optim.Adam(net.parameters(), 0.1)
    for _ in range(150):
        optimizer.zero_grad()
        loss = ((force(net(x)[:, 0], x[:, 0]) - target) ** 2).mean()
        loss.backward()
        optimizer.step()
    assert loss.item() < 1e-4


def test_the_result_has_the_precision_of_the_arguments() -> None:
    f = torch_function(lambda x, y: x / y)
    assert f(torch.tensor(1.0), 3).dtype == torch.float32
    assert f(torch.tensor(1.0, dtype=torch.float64), torch.tensor(3.0)).dtype == torch.float64
    assert f(torch.tensor(1), torch.tensor(4)).item() == 0.25


def test_arrays_are_solved_as_in_torch() -> None:
    a, b = leaves((3, 3), (3,))
    ours = torch_function(lambda a, b: list(solve(a, b)))
    torch.testing.assert_close(ours(a, b), torch.linalg.solve(a, b))
    assert torch.autograd.gradcheck(ours, (a, b))


def test_functional_gradients() -> None:
    f = torch_function(lambda x: x[0] * sin(x[1]))
    x = torch.tensor([2.0, 0.5], dtype=torch.float64)
    wanted = torch.func.grad(lambda x: x[0] * torch.sin(x[1]))(x)
    torch.testing.assert_close(torch.func.grad(f)(x), wanted)


def test_what_cannot_work_is_named() -> None:
    with pytest.raises(TypeError, match="torch_function takes a function"):
        torch_function(3.0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"batched names \['z'\].*are: x"):
        torch_function(lambda x: x, batched="z")
    with pytest.raises(TypeError, match="leading axis of samples"):
        torch_function(lambda x: x, batched="x")(2.0)
    with pytest.raises(TypeError, match=r"the result must be made of numbers.*got 'a'"):
        torch_function(lambda x: "a")(2.0)
