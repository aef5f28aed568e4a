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
# # 4. One neuron
#
# **How does a neuron learn from its mistakes?**
#
# [Part 2](02_a_graph_and_the_chain_rule.ipynb) found slopes, [part 3](03_descent.ipynb) walked downhill with them. Put the
# two together, and a single neuron learns to tell images of a 3 from images of an 8.

# %%
import math
from random import Random

import matplotlib.pyplot as plt

from autograd_core import Value, draw, grad, group, mean, sigmoid
from nn import GradientDescent, Neuron, digits, evaluate, fit, split
from nn.plots import plot_training

BLUE, ORANGE = "#1b5fa8", "#d55e00"

# %% [markdown]
# ## 4.1 What a neuron computes
#
# A neuron weighs its inputs, adds a bias, and squeezes the sum between 0 and 1:
#
# $$\hat y = \sigma(z), \qquad z = w_1 x_1 + w_2 x_2 + b, \qquad \sigma(z) = \frac{1}{1 + e^{-z}}$$
#
# The function $\sigma$ is the **sigmoid**. Its slope has a simple form, $\sigma'(z) = \sigma(z)\,(1 - \sigma(z))$:

# %%
zs = [k / 20 for k in range(-120, 121)]
figure, axes = plt.subplots(figsize=(6.5, 3), layout="constrained")
axes.plot(zs, [sigmoid(z) for z in zs], color=BLUE, linewidth=2.5, label="σ(z)")
axes.plot(zs, [grad(sigmoid)(z) for z in zs], color=ORANGE, linewidth=2, label="σ′(z)")
axes.set(title="The sigmoid, and its slope", xlabel="z")
axes.legend(frameon=False)
axes.spines[["top", "right"]].set_visible(False)
plt.show()

assert all(math.isclose(grad(sigmoid)(z), sigmoid(z) * (1 - sigmoid(z)), rel_tol=1e-12) for z in zs)

# %% [markdown]
# Here is one with two inputs. To the point $(2, -1)$ it should answer 1. With these weights it answers 0.13, and the
# loss, the square of the difference, is 0.76:

# %%
w1, w2, b = (
    Value(-0.8, "w₁", role="parameter"),
    Value(1.2, "w₂", role="parameter"),
    Value(0.9, "b", role="parameter"),
)
x1, x2, y = Value(2.0, "x₁"), Value(-1.0, "x₂"), Value(1.0, "y")
with group("neuron"):
    z = w1 * x1 + w2 * x2 + b
    y_hat = sigmoid(z)
loss = (y_hat - y) ** 2
z.label, y_hat.label, loss.label = "z", "ŷ", "loss"
loss.backward()
draw(loss, title="One sigmoid neuron: how the loss gradient flows back")

# %% [markdown]
# Read the gradients at the left. Those of $w_1$ and $b$ are negative: increase these two, and the loss falls. That of $w_2$
# is positive: decrease it.
#
# ## 4.2 The gradient by hand
#
# Follow one way from the loss to $w_1$ and multiply what stands on the arrows:
#
# $$\frac{\partial L}{\partial w_1} = \underbrace{2(\hat y - y)}_{\text{square}} \cdot
# \underbrace{\hat y (1 - \hat y)}_{\text{sigmoid}} \cdot \underbrace{x_1}_{\text{product}}$$
#
# For $w_2$ the last factor is $x_2$, and for $b$ it is 1.

# %%
common = 2 * (y_hat.data - 1.0) * y_hat.data * (1 - y_hat.data)
print("by hand:   ", [common * 2.0, common * -1.0, common])
print("by machine:", [w1.grad, w2.grad, b.grad])
assert math.isclose(w1.grad, common * 2.0, rel_tol=1e-12)
assert math.isclose(w2.grad, common * -1.0, rel_tol=1e-12)
assert math.isclose(b.grad, common, rel_tol=1e-12)

# %% [markdown]
# Beware: many texts write $\partial \hat y / \partial w = \hat y (1 - \hat y)$ and forget the input. That is the slope by
# $z$, and by $b$. For a weight there is one more factor, what came in through it.
#
# ## 4.3 The cost: the mistake over all samples
#
# One point is not enough to learn from. Take forty, of two kinds, and measure the mistake over all of them. The **cost** is
# the mean of the losses. Books like a factor ½, because it cancels the 2 of the square:
#
# $$C = \frac{1}{2N} \sum_{n=1}^{N} (\hat y_n - y_n)^2, \qquad
# \frac{\partial C}{\partial w_i} = \frac{1}{N} \sum_{n=1}^{N} (\hat y_n - y_n)\, \hat y_n (1 - \hat y_n)\, x_{n,i}$$

# %%
random = Random(2)
points = [[random.gauss(1, 0.7), random.gauss(0.8, 0.7)] for _ in range(20)]
points += [[random.gauss(-0.8, 0.7), random.gauss(-0.7, 0.7)] for _ in range(20)]
kinds = [1.0] * 20 + [0.0] * 20


def cost(parameters):
    w1, w2, b = parameters
    answers = [sigmoid(w1 * p[0] + w2 * p[1] + b) for p in points]
    return mean([0.5 * (answer - kind) ** 2 for answer, kind in zip(answers, kinds, strict=True)])


def gradient_by_hand(parameters):
    w1, w2, b = parameters
    slopes = [0.0, 0.0, 0.0]
    for (x1, x2), y in zip(points, kinds, strict=True):
        y_hat = 1 / (1 + math.exp(-(w1 * x1 + w2 * x2 + b)))
        for i, x in enumerate((x1, x2, 1.0)):
            slopes[i] += (y_hat - y) * y_hat * (1 - y_hat) * x / len(points)
    return slopes


start = [-1.5, 1.0, 0.5]
print("cost:      ", cost(start))
print("by hand:   ", gradient_by_hand(start))
print("by machine:", grad(cost)(start))
assert all(
    math.isclose(a, b, rel_tol=1e-9)
    for a, b in zip(gradient_by_hand(start), grad(cost)(start), strict=True)
)

# %% [markdown]
# The machine needs no formula. Had we changed the cost or the neuron, the formula by hand would have to be derived anew;
# `grad(cost)` stays as it is.
#
# ## 4.4 Learning
#
# Now walk downhill: $w \leftarrow w - \eta \, \partial C / \partial w$, with the rate $\eta = 2$.

# %%
parameters, path = start, [start]
for _ in range(200):
    parameters = [
        p - 2.0 * slope for p, slope in zip(parameters, grad(cost)(parameters), strict=True)
    ]
    path.append(parameters)
costs = [cost(p) for p in path]
print(f"cost {costs[0]:.3f} at first, {costs[-1]:.4f} at last")
assert costs[-1] < 0.03 < 0.2 < costs[0]


# %%
def plot_decision(axes, parameters, title):
    """The answer of the neuron at every point of the plane, and the samples."""
    w1, w2, b = parameters
    side = [k / 10 for k in range(-30, 31)]
    answers = [[sigmoid(w1 * x + w2 * y + b) for x in side] for y in side]
    axes.contourf(side, side, answers, levels=20, cmap="PuOr_r", vmin=0, vmax=1)
    axes.contour(side, side, answers, levels=[0.5], colors="black", linewidths=1)
    for kind, marker in ((1.0, "o"), (0.0, "s")):
        chosen = [p for p, k in zip(points, kinds, strict=True) if k == kind]
        axes.plot(
            *zip(*chosen, strict=True), marker, color="white", markeredgecolor="black", markersize=6
        )
    axes.set(
        title=title, xlabel="$x_1$", ylabel="$x_2$", xlim=(-3, 3), ylim=(-3, 3), aspect="equal"
    )


figure, row = plt.subplots(1, 3, figsize=(11, 3.6), layout="constrained")
for axes, step in zip(row, (0, 5, 200), strict=True):
    plot_decision(axes, path[step], f"after {step} steps, cost {costs[step]:.3f}")
plt.show()

# %% [markdown]
# The colour is the answer at every point: orange says 1, violet says 0. Circles should be 1, squares 0. The black line, where
# the neuron says ½, turns until it stands between the two kinds. It is always a straight line: that is all one neuron can do.
#
# The same walk, on the map of the cost over the two weights (with the bias as it is at the end):

# %%
side1, side2 = [-2.5 + 6 * k / 40 for k in range(41)], [-1.5 + 6 * k / 40 for k in range(41)]
heights = [[cost([u, v, parameters[2]]) for u in side1] for v in side2]
figure, (left, right) = plt.subplots(1, 2, figsize=(10.5, 3.8), layout="constrained")
left.contourf(side1, side2, heights, levels=24, cmap="Blues_r")
left.plot([p[0] for p in path], [p[1] for p in path], "o-", color=ORANGE, markersize=3, linewidth=1)
left.plot(*start[:2], "o", color="white", markeredgecolor=ORANGE, markersize=9)
left.set(
    title="The way over the map of the cost",
    xlabel="$w_1$",
    ylabel="$w_2$",
    xlim=(-2.5, 3.5),
    ylim=(-1.5, 4.5),
)
right.semilogy(costs, color=BLUE, linewidth=2)
right.set(title="The cost falls", xlabel="step")
right.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown]
# ## 4.5 Images
#
# An image is a list of numbers too. Here are handwritten digits of 8 × 8 pixels; we take the 3s and the 8s, which look
# rather alike. The neuron now has 64 inputs, one for each pixel, and should say 1 for an 8.

# %%
images, classes = digits()
chosen = [(image, int(k == 8)) for image, k in zip(images, classes, strict=True) if k in (3, 8)]
train, test = split([image for image, _ in chosen], [k for _, k in chosen])


def show(axes, image, **options):
    axes.imshow([image[8 * r : 8 * r + 8] for r in range(8)], **options)
    axes.set(xticks=[], yticks=[])


figure, row = plt.subplots(1, 10, figsize=(10, 1.2), layout="constrained")
for axes, image in zip(row, train[0], strict=False):
    show(axes, image, cmap="gray_r")
plt.show()
print(f"{len(train[0])} images to learn from, {len(test[0])} held out")

# %% [markdown]
# `fit` does what we did by hand, in small batches ([part 5](05_a_network.ipynb) says why). It measures how many of the
# held-out images, which the neuron has never seen, are answered rightly:

# %%
neuron = Neuron(64, seed=0)
before = [w.data for w in neuron.weights]
history = fit(
    neuron,
    *train,
    validation_data=test,
    loss="sum_squared_error",
    optimizer=GradientDescent(0.5),
    epochs=30,
    verbose=False,
)
accuracy = evaluate(neuron, *test, loss="sum_squared_error")[1]

figure = plot_training(history, "One neuron learns to tell a 3 from an 8")
plt.show()
print(f"{100 * accuracy:.1f} % of the held-out images are told apart")
assert accuracy > 0.9

# %% [markdown]
# What has it learned? Its weights have the shape of an image. Where they are orange, ink speaks for an 8, where they are
# violet, for a 3. An 8 is closed on the left, and a 3 is open there:

# %%
figure, row = plt.subplots(1, 4, figsize=(10, 2.8), layout="constrained")
show(row[0], before, cmap="PuOr_r", vmin=-1.5, vmax=1.5)
show(row[1], [w.data for w in neuron.weights], cmap="PuOr_r", vmin=-1.5, vmax=1.5)
for axes, k in zip(row[2:], (0, 1), strict=True):
    same = [image for image, kind in zip(*train, strict=True) if kind == k]
    show(axes, [sum(pixels) / len(same) for pixels in zip(*same, strict=True)], cmap="gray_r")
for axes, title in zip(
    row, ("weights before", "weights after", "the mean 3", "the mean 8"), strict=True
):
    axes.set_title(title)
plt.show()

# %% [markdown]
# ## Exercises
#
# Write your answer in place of `None` and run the cell: it says whether the answer is right.


# %%
def check(answer, is_right):
    print(
        "not answered yet"
        if answer is None
        else "right!"
        if is_right(answer)
        else "not yet: try again"
    )


# %% [markdown]
# **1.** What is $\partial L / \partial b$ of the neuron in 4.1, as a function of $\hat y$ and $y$?

# %%
answer_1 = None  # lambda y_hat, y: ...


def is_right_1(answer):
    return math.isclose(answer(y_hat.data, 1.0), b.grad, rel_tol=1e-9)


check(answer_1, is_right_1)

# %% [markdown]
# **2.** Find weights and a bias, by thinking, for a neuron that answers like AND: more than 0.9 to $(1, 1)$, and less than
# 0.1 to $(0, 0)$, $(0, 1)$ and $(1, 0)$. Answer with a list of three numbers.

# %%
answer_2 = None


def is_right_2(answer):
    u, v, bias = answer
    both, others = sigmoid(u + v + bias), [sigmoid(bias), sigmoid(u + bias), sigmoid(v + bias)]
    return both > 0.9 and max(others) < 0.1


check(answer_2, is_right_2)

# %% [markdown]
# **3.** Write a function `step(parameters, rate)` that takes one step of descent on the `cost` of 4.3 and returns the new
# parameters.

# %%
answer_3 = None  # def step(parameters, rate): ...


def is_right_3(answer):
    return all(
        math.isclose(mine, true, rel_tol=1e-9)
        for mine, true in zip(answer(start, 2.0), path[1], strict=True)
    )


check(answer_3, is_right_3)

# %% [markdown]
# **4.** In the sigmoid, a minus sign is sometimes forgotten in print: $1 / (1 + e^{z})$. Which function of $\sigma(z)$ is
# that? Answer with a function of the number $\sigma(z)$.

# %%
answer_4 = None  # lambda s: ...


def is_right_4(answer):
    return all(
        math.isclose(answer(sigmoid(z)), 1 / (1 + math.exp(z)), rel_tol=1e-6)
        for z in (-2.0, 0.0, 3.0)
    )


check(answer_4, is_right_4)

# %% [markdown]
# ### Solutions
#
# Try first! Then open the cell.

# %% jupyter={"source_hidden": true}
solution_2 = [6.0, 6.0, -9.0]  # one input alone gives −3, both give +3


def solution_1(y_hat, y):
    return 2 * (y_hat - y) * y_hat * (1 - y_hat)


def solution_3(parameters, rate):
    return [p - rate * slope for p, slope in zip(parameters, grad(cost)(parameters), strict=True)]


def solution_4(s):
    return 1 - s  # it is σ(−z): it falls where σ rises


assert is_right_1(solution_1)
assert is_right_2(solution_2)
assert is_right_3(solution_3)
assert is_right_4(solution_4)

# %% [markdown]
# **Next:** [part 5](05_a_network.ipynb) puts many neurons together.
