from autograd_core import Value, explore
from playground import curve, show


def f(x):
    return x**2 - 4 * x + 6


rate = 0.1  # try 0.5, 0.9 and 1.1
x = Value(5.0, "x", role="parameter")
path = [x.data]
for _ in range(20):
    y = f(x)
    x.grad = 0.0
    y.backward()
    x.data -= rate * x.grad
    path.append(x.data)

show(curve(f, -3.0, 7.0, path))
print(f"after {len(path) - 1} steps: x = {x.data:.4f}, f(x) = {f(x.data):.4f}")

y = f(Value(x.data, "x", role="parameter"))
y.label = "f(x)"
explore(y)
