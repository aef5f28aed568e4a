"""The neuron that the tests draw and explain."""

from __future__ import annotations

from autograd_core import Value, dot, group, sigmoid


def neuron(how: str = "plain") -> Value:
    """The loss of one sigmoid neuron with two inputs, written with + and *, or with dot."""
    x1, x2, y = Value(2.0, "x1"), Value(-1.0, "x2"), Value(1.0, "y")
    with group("neuron"):
        w1, w2, b = (Value(x, name, role="parameter") for x, name in ((-0.8, "w1"), (1.2, "w2"), (0.9, "b")))
    z = w1 * x1 + w2 * x2 + b if how == "plain" else dot([w1, w2], [x1, x2]) + b
    a = sigmoid(z)
    error = a - y
    loss = error**2
    z.label, a.label, error.label, loss.label = "z", "a", "err", "loss"
    return loss
