# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # From one number to a trained neuron
#
# **How does a neuron learn from its mistakes?** It needs one thing: for each of its weights, in which direction, and how
# strongly, the mistake changes when the weight does. That is a slope. This page begins with the slope of a single number
# and ends with a neuron that has learned.

# %%
import math

from autograd_core import Value, draw, explain, grad, group, mean, numerical_gradient, sigmoid

# %% [markdown]
# ## 1. A number and its slope
#
# The parabola $y = x^2 - 4x + 6$ at $x = 8$. Move $x$ a little to both sides, and see how much $y$ changes for each unit:


# %%
def parabola(x):
    return x**2 - 4 * x + 6


h = 1e-4
(parabola(8 + h) - parabola(8 - h)) / (2 * h)

# %% [markdown]
# The rules of differentiation say $2x - 4 = 12$. A `Value` is a number that remembers how it was computed, so that it can
# apply these rules by itself:

# %%
x = Value(8.0, label="x")
y = parabola(x)
y.label = "y"
y.backward()
x.grad

# %%
assert x.grad == 12.0 == grad(parabola)(8.0)
assert math.isclose(numerical_gradient(parabola, 8.0), 12.0, rel_tol=1e-7)

# %% [markdown]
# ## 2. What was remembered
#
# Each card is a number: its value, and below it the gradient, that is, how fast $y$ changes with it. The arrows run the way
# the gradient runs, from the result back to $x$. On each arrow stands first the local derivative, then, in bold, what flows
# along it: local derivative times the gradient of the card it comes from. Two arrows arrive at $x$: their shares add up.

# %%
draw(y, title="The slope of x² − 4x + 6 at 8")

# %% [markdown]
# The same as a calculation, line by line:

# %%
explain(y)

# %% [markdown]
# ## 3. Downhill
#
# The slope at 8 is positive: uphill to the right, so the lowest point lies to the left. Take a step against the slope, a
# tenth of it in length, and again, and again:

# %%
x, path = 8.0, [8.0]
for _ in range(33):
    x = x - 0.1 * grad(parabola)(x)
    path.append(x)
print(", ".join(f"{p:.2f}" for p in path[:12]), "…", f"{path[-1]:.2f}")

# %%
assert all(math.isclose(p, 2 + 6 * 0.8**k, rel_tol=1e-12) for k, p in enumerate(path))

# %% [markdown]
# Each step leaves four fifths of the way to the lowest point at 2: after $k$ steps we are at $2 + 6 \cdot 0.8^k$.
#
# ## 4. A neuron
#
# A neuron weighs its inputs, adds a bias, and squeezes the sum between 0 and 1:
#
# $$\hat y = \sigma(z), \qquad z = w_1 x_1 + w_2 x_2 + b, \qquad \sigma(z) = \frac{1}{1 + e^{-z}}$$
#
# It should answer 1 to the inputs $(2, -1)$, but with these weights it answers 0.13:

# %%
w1, w2, b = Value(-0.8, "w₁", role="parameter"), Value(1.2, "w₂", role="parameter"), Value(0.9, "b", role="parameter")
x1, x2, target = Value(2.0, "x₁"), Value(-1.0, "x₂"), Value(1.0, "y")
with group("neuron"):
    z = w1 * x1 + w2 * x2 + b
    answer = sigmoid(z)
loss = (answer - target) ** 2
z.label, answer.label, loss.label = "z", "ŷ", "loss"
draw(loss)

# %% [markdown]
# The gradients are not computed yet. One backward pass computes them all, each from those to its right:

# %%
loss.backward()
draw(loss)

# %% [markdown]
# Follow one way, from the loss to $w_1$, and multiply what stands on the arrows. That is the chain rule:
#
# $$\frac{\partial L}{\partial w_1} = 2(\hat y - y) \cdot \hat y (1 - \hat y) \cdot x_1$$

# %%
by_hand = 2 * (answer.data - 1.0) * answer.data * (1 - answer.data) * 2.0
print(w1.grad, by_hand)
assert math.isclose(w1.grad, by_hand, rel_tol=1e-14)

# %% [markdown]
# ## 5. The neuron learns
#
# Four points, two of each kind. Measure the mistake over all of them, the cost $C = \frac{1}{2N} \sum (\hat y - y)^2$, walk
# back, take a step against the gradient, and repeat:

# %%
points = [(2.0, -1.0), (1.0, 0.5), (-1.0, 1.5), (-0.5, -2.0)]
kinds = [1.0, 1.0, 0.0, 0.0]
weights = [Value(-0.8, "w₁", role="parameter"), Value(1.2, "w₂", role="parameter"), Value(0.9, "b", role="parameter")]


def neuron(point):
    return sigmoid(weights[0] * point[0] + weights[1] * point[1] + weights[2])


def cost():
    return mean([0.5 * (neuron(point) - kind) ** 2 for point, kind in zip(points, kinds, strict=True)])


costs = []
for _ in range(300):
    c = cost()
    for w in weights:
        w.grad = 0.0
    c.backward()
    for w in weights:
        w.data -= 2.0 * w.grad
    costs.append(c.data)
print(f"cost {costs[0]:.3f} at first, {costs[-1]:.4f} at last")
print("answers", [f"{neuron(point):.2f}" for point in points])

# %%
assert costs[-1] < 0.01 < costs[0]
assert [round(neuron(point)) for point in points] == kinds

# %% [markdown]
# What it found, drawn: `nn.fit` does the same loop for networks of any size, and `python -m nn` for 1,797 handwritten digits.

# %%
from matplotlib import pyplot

figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
left.plot(costs)
left.set(xlabel="step", ylabel="cost", yscale="log", title="The cost falls")
steps = [k / 10 for k in range(-30, 31)]
answers = [[neuron((x, y)).data for x in steps] for y in steps]
shown = right.contourf(steps, steps, answers, levels=20, cmap="PuOr_r", vmin=0.0, vmax=1.0)
for point, kind in zip(points, kinds, strict=True):
    right.plot(*point, "o" if kind else "s", color="white", markeredgecolor="black", markersize=9)
right.set(xlabel="$x_1$", ylabel="$x_2$", title="The answer at every point (○ 1, □ 0)")
bar = figure.colorbar(shown, ax=right, ticks=[0.0, 0.5, 1.0])
# %% [markdown]
# ## Exercises
#
# Write your answer in place of `None`; the cell below says whether it is right.
#
# 1. At which $x$ is the slope of $x^3 - 3x$ zero, for $x > 0$?
# 2. With the rate 0.5 in place of 0.1, where is the descent of part 3 after one step?
# 3. What is $\partial L / \partial b$ of the neuron of part 4, as a formula of $\hat y$ and $y$? (A function of both.)

# %%
answer_1 = None
answer_2 = None
answer_3 = None  # lambda y_hat, y: ...

# %%
checks = {
    "1": (answer_1, lambda x: abs(grad(lambda x: x**3 - 3 * x)(x)) < 1e-9),
    "2": (answer_2, lambda x: abs(x - (8.0 - 0.5 * grad(parabola)(8.0))) < 1e-9),
    "3": (answer_3, lambda f: math.isclose(f(answer.data, 1.0), b.grad, rel_tol=1e-9)),
}
for number, (given, right) in checks.items():
    print(f"Exercise {number}:", "not answered yet" if given is None else "right" if right(given) else "not yet, try again")
