"""A function on PyTorch's tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce, wraps
from math import prod
from typing import Any

import torch

from .operations import Flattened, Operation, leaves_of, rebuilt


class Applied(torch.autograd.Function):  # type: ignore[misc]  # its base class is Any
    """An operation in PyTorch's graph; its gradient is its pullback, which is an operation too."""

    @staticmethod
    def forward(operation: Operation, shared: Any, own: Any) -> Any:
        given = [None if x is None else x.detach().cpu().double().numpy() for x in (shared, own)]
        return torch.as_tensor(operation(*given), dtype=shared.dtype, device=shared.device)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.operation, *given = inputs
        ctx.save_for_backward(*given)

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        shared, own = ctx.saved_tensors
        pullback = ctx.operation.pullback
        if own is None:
            slopes = Applied.apply(pullback, torch.cat([shared, g]), None)
            return None, slopes[: len(shared)], None
        slopes = Applied.apply(pullback, shared, torch.cat([own, g], 1))
        return None, slopes[:, : len(shared)].sum(0), slopes[:, len(shared) :]


def on_tensors(function: Callable[..., Any], batched: str | Sequence[str]) -> Callable[..., Any]:
    flattened = Flattened(function, batched)

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        found, tree = flattened.taken_apart(args, kwargs, lambda x: x)
        kind = _kind([x for x, _ in found if isinstance(x, torch.Tensor)])
        shared = [torch.as_tensor(x, **kind).reshape(-1) for x, own in found if not own]
        own = [torch.as_tensor(x, **kind).reshape(len(x), -1) for x, own in found if own]
        given = torch.cat(shared) if shared else torch.zeros(0, **kind)
        y = Applied.apply(flattened.operation(tree), given, torch.cat(own, 1) if own else None)
        result = flattened.result(tree)
        pieces = iter(y.split([prod(x.shape) for x in leaves_of(result)], -1))
        return rebuilt(result, lambda x: next(pieces).reshape((*y.shape[:-1], *x.shape)))

    return call


def _kind(tensors: Sequence[Any]) -> dict[str, Any]:
    """The precision and the device of a result."""
    if not tensors:
        return {"dtype": torch.get_default_dtype(), "device": "cpu"}
    floating = [x.dtype if x.is_floating_point() else torch.get_default_dtype() for x in tensors]
    return {"dtype": reduce(torch.promote_types, floating), "device": tensors[0].device}
