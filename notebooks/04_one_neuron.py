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
# In [part 2](02_a_graph_and_the_chain_rule.ipynb) you found slopes. In [part 3](03_descent.ipynb) you used them to walk
# downhill. Put the two together, and a single neuron learns to tell images of a 3 from images of an 8.

# %%
import math
from random import Random

from autograd_core import Value, draw, grad, group, mean, sigmoid
from course import check, curves, images, lines
from nn import GradientDescent, Neuron, digits, evaluate, fit, split
from nn.plots import plot_decision_boundary, plot_surface, plot_training

# %% [markdown]
# ## 4.1 What a neuron computes
#
# A neuron multiplies each input by a **weight**, adds the products and a **bias**, and squeezes the sum into the range from 0 to 1:
#
# $$\hat y = \sigma(z), \qquad z = w_1 x_1 + w_2 x_2 + b, \qquad \sigma(z) = \frac{1}{1 + e^{-z}}$$
#
# You met the **sigmoid** $\sigma$ in part 2. Its derivative is $\sigma'(z) = \sigma(z)\,(1 - \sigma(z))$:

# %%
curves({"σ(z)": sigmoid, "σ′(z)": grad(sigmoid)}, -6, 6, "The sigmoid and its slope", x="z")

# %% [markdown]
# Here is a neuron with two inputs. For the point $(2, -1)$ it should answer 1. With these weights it answers 0.13. The
# **loss**, the square of the difference, is 0.76:

# %%
w1 = Value(-0.8, "w₁", role="parameter")
w2 = Value(1.2, "w₂", role="parameter")
b = Value(0.9, "b", role="parameter")
x1, x2, y = Value(2.0, "x₁"), Value(-1.0, "x₂"), Value(1.0, "y")
with group("neuron"):
    z = w1 * x1 + w2 * x2 + b
    y_hat = sigmoid(z)
loss = (y_hat - y) ** 2
z.label, y_hat.label, loss.label = "z", "ŷ", "loss"
loss.backward()
draw(loss, title="One sigmoid neuron: how the gradient of the loss flows back")

# %% [markdown]
# Look at the gradients of the parameters. Those of $w_1$ and $b$ are negative: increase these two, and the loss falls. That of
# $w_2$ is positive: decrease it.
#
# ## 4.2 The gradient by hand
#
# Follow the path from the loss to $w_1$, and multiply the local derivatives:
#
# $$\frac{\partial L}{\partial w_1} = \underbrace{2(\hat y - y)}_{\text{square}} \cdot
# \underbrace{\hat y (1 - \hat y)}_{\text{sigmoid}} \cdot \underbrace{x_1}_{\text{product}}$$
#
# For $w_2$ the last factor is $x_2$, and for $b$ it is 1.

# %%
common = 2 * (y_hat.data - 1.0) * y_hat.data * (1 - y_hat.data)
print("by hand:   ", [common * 2.0, common * -1.0, common])
print("by machine:", [w1.grad, w2.grad, b.grad])

# %% [markdown]
# A common mistake is to write $\partial \hat y / \partial w = \hat y (1 - \hat y)$ and forget the input. That is the derivative
# with respect to $z$, and to $b$. A weight has one more factor: the input that it multiplies.
#
# ## 4.3 The cost: the error over all samples
#
# You cannot learn from one point. Take forty points of two kinds. The **cost** is the mean of their losses. Textbooks often
# add a factor of ½, because it cancels the 2 from the square:
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


# %%
start = [-1.5, 1.0, 0.5]
print("cost:      ", cost(start))
print("by hand:   ", gradient_by_hand(start))
print("by machine:", grad(cost)(start))

# %% [markdown]
# The machine needs no formula. If you change the cost or the neuron, you must derive the formula again; `grad(cost)` stays as it
# is.
#
# ## 4.4 Learning
#
# Now walk downhill: $w \leftarrow w - \eta \, \partial C / \partial w$, with the learning rate $\eta = 2$.

# %%
parameters, path = start, [start]
for _ in range(200):
    slopes = grad(cost)(parameters)
    parameters = [p - 2.0 * slope for p, slope in zip(parameters, slopes, strict=True)]
    path.append(parameters)
costs = [cost(p) for p in path]
lines({"cost": costs}, f"The cost falls from {costs[0]:.3f} to {costs[-1]:.4f}", x="step", log="y")


# %%
def neuron_with(parameters):
    """A neuron with these two weights and this bias."""
    neuron = Neuron(2, seed=0)
    for p, number in zip(neuron.parameters(), parameters, strict=True):
        p.data = number
    return neuron


axes = plot_decision_boundary(neuron_with(path[0]), points, kinds)
axes.set_title("Before the first step", loc="left")
# %%
axes = plot_decision_boundary(neuron_with(path[-1]), points, kinds)
axes.set_title("After 200 steps", loc="left")
# %% [markdown]
# The colour shows the neuron's answer at each point. On the black line the answer is ½. While the neuron learns, this line turns
# until it separates the two kinds. It is always a straight line: one neuron cannot do more.
#
# Here is the same walk on a map of the cost over the two weights, with the bias as it is at the end:

# %%
axes = plot_surface(
    lambda w: cost([w[0], w[1], parameters[2]]),
    [(-2.5, 3.5), (-1.5, 4.5)],
    [p[:2] for p in path],
    labels=("w₁", "w₂"),
    title="The path across the map of the cost",
)

# %% [markdown]
# ## 4.5 Images
#
# An image is a list of numbers too. These are handwritten digits of 8 × 8 pixels. Take the 3s and the 8s, which look alike. The
# neuron now has 64 inputs, one for each pixel. It should answer 1 for an 8 and 0 for a 3.

# %%
pictures, classes = digits()
chosen = [(image, int(k == 8)) for image, k in zip(pictures, classes, strict=True) if k in (3, 8)]
train, test = split([image for image, _ in chosen], [k for _, k in chosen])
print(f"{len(train[0])} images to learn from, {len(test[0])} held out")
images({f"{'38'[train[1][k]]}#{k}": train[0][k] for k in range(10)})

# %% [markdown]
# `fit` does what you did by hand, a few images at a time; [part 5](05_a_network.ipynb) explains why. The **held-out** images
# take no part in the training. They show how well the neuron reads images that it has never seen:

# %%
neuron = Neuron(64, seed=0)
before = [w.data for w in neuron.weights]
options = {"loss": "sum_squared_error", "optimizer": GradientDescent(0.5), "epochs": 30}
history = fit(neuron, *train, validation_data=test, verbose=False, **options)
accuracy = evaluate(neuron, *test, loss="sum_squared_error")[1]
print(f"{100 * accuracy:.1f} % of the held-out images are classified correctly")
figure = plot_training(history, "One neuron learns to tell a 3 from an 8")

# %% [markdown]
# What has it learned? Its weights form an image too. Where they are orange, ink is evidence for an 8; where they are violet, for
# a 3. An 8 is closed on the left, where a 3 is open:

# %%
images({"weights before": before, "weights after": [w.data for w in neuron.weights]}, signed=True)


# %%
def mean_image(kind):
    same = [image for image, k in zip(*train, strict=True) if k == kind]
    return [sum(pixels) / len(same) for pixels in zip(*same, strict=True)]


images({"the mean 3": mean_image(0), "the mean 8": mean_image(1)})

# %% [markdown]
# ## Exercises
#
# Replace `None` with your answer and run the cell. It tells you whether you are right.
#
# **1.** What is $\partial L / \partial b$ for the neuron in 4.1, as a function of $\hat y$ and $y$?

# %%
answer_1 = None  # lambda y_hat, y: ...


def is_right_1(answer):
    return math.isclose(answer(y_hat.data, 1.0), b.grad, rel_tol=1e-9)


check(answer_1, is_right_1)

# %% [markdown]
# **2.** Without training, find two weights and a bias for a neuron that computes AND: it answers more than 0.9 for $(1, 1)$, and
# less than 0.1 for $(0, 0)$, $(0, 1)$ and $(1, 0)$. Answer with a list of three numbers.

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
# **4.** Some books leave out the minus sign of the sigmoid by mistake: $1 / (1 + e^{z})$. Express this as a function of the
# number $\sigma(z)$.

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
# Try the exercises first. Then open the cell.

# %% jupyter={"source_hidden": true}
solution_2 = [6.0, 6.0, -9.0]  # one input alone gives −3, both together give +3


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

# What this page says, checked:
assert round(y_hat.data, 2) == 0.13
assert round(loss.data, 2) == 0.76
for mine, true in zip((w1.grad, w2.grad, b.grad), (2.0, -1.0, 1.0), strict=True):
    assert math.isclose(mine, common * true, rel_tol=1e-12)
for mine, true in zip(gradient_by_hand(start), grad(cost)(start), strict=True):
    assert math.isclose(mine, true, rel_tol=1e-9)
assert costs[-1] < 0.03 < 0.2 < costs[0]
assert accuracy > 0.9

# %% [markdown]
# **Next:** [part 5](05_a_network.ipynb) connects many neurons.
