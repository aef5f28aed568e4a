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
# # 5. A network
#
# **How does a mistake at the output reach a weight many layers back, and what can go wrong on the way?**
#
# [Part 4](04_one_neuron.ipynb) trained one neuron. Now neurons feed neurons. The chain rule stays the same; what is new
# is that the products along the way get long.

# %%
import math
from random import Random

import matplotlib.pyplot as plt

from autograd_core import Value, draw, grad, mean, sigmoid
from nn import MLP, Adam, GradientDescent, Neuron, batch_gradient, digits, evaluate, fit, split
from nn.losses import binary_cross_entropy, cross_entropy, sum_squared_error
from nn.plots import plot_activations, plot_training

BLUE, ORANGE, GREEN = "#1b5fa8", "#d55e00", "#1a7f5a"

# %% [markdown]
# ## 5.1 Neurons in layers
#
# A layer is a row of neurons that all look at the same inputs. The outputs of one layer are the inputs of the next. Here:
# two inputs, three hidden neurons, one output. In formulas, with $a^{(0)} = x$:
#
# $$z^{(l)}_j = \sum_i w^{(l)}_{ji} \, a^{(l-1)}_i + b^{(l)}_j, \qquad a^{(l)}_j = \sigma\big(z^{(l)}_j\big)$$

# %%
model = MLP(2, [3, 1], activation="sigmoid", output="sigmoid", seed=3)
x, y = [Value(1.0, "x₁"), Value(-0.5, "x₂")], 1.0
output = model(x)[0]
loss = sum_squared_error([output], y)
loss.label = "L"
loss.backward()
draw(loss, level="neurons", title="A small network: what flows back from the loss")

# %% [markdown]
# One card is one neuron: what it puts out, how steep its sigmoid is there (the bar), and the gradient of what it puts out.
# Each arrow carries the gradient from a neuron to those that fed it. The scalar cards of
# [part 2](02_a_graph_and_the_chain_rule.ipynb) are still there; each neuron is a few of them, folded into one.
#
# ## 5.2 δ, by hand
#
# The books keep one number for each neuron, its share in the mistake:
#
# $$\delta^{(l)}_j = \frac{\partial L}{\partial z^{(l)}_j}$$
#
# It is the gradient on the neuron's card, times the slope of its sigmoid.
#
# At the output it comes from the loss, here $L = \tfrac12 (\hat y - y)^2$. From there it is handed back, layer by layer:
# each neuron collects the δ of those it fed, weighted as it fed them, and multiplies by its own slope.
#
# $$\delta^{(2)} = (\hat y - y)\, \sigma'(z^{(2)}), \qquad
# \delta^{(l)}_j = \sigma'\big(z^{(l)}_j\big) \sum_k w^{(l+1)}_{kj} \, \delta^{(l+1)}_k$$
#
# The gradient of a weight is then: δ of the neuron it leads to, times what came in.
#
# $$\frac{\partial L}{\partial w^{(l)}_{ji}} = \delta^{(l)}_j \, a^{(l-1)}_i, \qquad
# \frac{\partial L}{\partial b^{(l)}_j} = \delta^{(l)}_j$$
#
# In plain Python, with plain numbers:

# %%
hidden, (last,) = (layer.neurons for layer in model.layers)


def s(z):
    return 1 / (1 + math.exp(-z))


def forward(neuron, inputs):
    return s(
        sum(w.data * i for w, i in zip(neuron.weights, inputs, strict=True)) + neuron.bias.data
    )


inputs = [1.0, -0.5]
a1 = [forward(neuron, inputs) for neuron in hidden]
y_hat = forward(last, a1)

delta2 = (y_hat - y) * y_hat * (1 - y_hat)
delta1 = [a * (1 - a) * w.data * delta2 for a, w in zip(a1, last.weights, strict=True)]
print("δ of the output:       ", f"{delta2:.5f}")
print("δ of the hidden layer: ", ", ".join(f"{d:.5f}" for d in delta1))

# %% [markdown]
# The machine has the same numbers in the gradients of the biases, and the products in those of the weights:

# %%
assert math.isclose(last.bias.grad, delta2, rel_tol=1e-12)
for neuron, d in zip(hidden, delta1, strict=True):
    assert math.isclose(neuron.bias.grad, d, rel_tol=1e-12)
    for w, i in zip(neuron.weights, inputs, strict=True):
        assert math.isclose(w.grad, d * i, rel_tol=1e-12)
print("by hand and by machine: the same")

# %% [markdown]
# ## 5.3 Vanishing gradients
#
# Look at the recursion again. On its way back δ is multiplied, in every layer, by a slope $\sigma'$. How large can that be?
# Here are three activations, and their slopes dashed:

# %%
figure = plot_activations(["sigmoid", "tanh", "relu"])
plt.show()

assert grad(sigmoid)(0.0) == 0.25 == max(grad(sigmoid)(k / 10) for k in range(-60, 61))

# %% [markdown]
# That of the sigmoid is a quarter at most, in every layer. Behind five layers at most $(1/4)^5$, less than a thousandth, is
# left (unless large weights make up for it). So the first layers, which see the data, learn the least. Here is a network
# of seven layers:


# %%
def corners(n=3):
    """Points on a square, of two kinds: 1 where both coordinates have the same sign."""
    side = [k / n for k in range(-n, n + 1) if k]
    return [([x, y], float(x * y > 0)) for x in side for y in side]


def mean_loss(model):
    return mean([sum_squared_error(model(point), kind) for point, kind in corners()])


deep = MLP(2, [8, 8, 8, 8, 8, 8, 1], activation="sigmoid", seed=1)
cost = mean_loss(deep)
cost.label = "cost"
cost.backward()
draw(cost, level="layers", title="Seven layers of sigmoids: the gradient vanishes")

# %% [markdown]
# Each band is a layer; the gradient enters at the top. The arrows get thinner, the histograms move to the left (it is a
# scale of powers of ten), and where less than a thousandth of the last layer's gradient is left, the band turns amber.
#
# What helps is an activation whose slope is 1 where it is active, such as relu, and weights that start at the right size:

# %%
better = MLP(2, [8, 8, 8, 8, 8, 8, 1], activation="relu", initializer="he_normal", seed=1)
cost = mean_loss(better)
cost.label = "cost"
cost.backward()
draw(cost, level="layers", title="The same with relu: the gradient arrives")


# %%
def sizes(model):
    """Root mean square of the gradients of each layer."""
    squares = [[p.grad**2 for p in layer.parameters()] for layer in model.layers]
    return [math.sqrt(sum(layer) / len(layer)) for layer in squares]


figure, axes = plt.subplots(figsize=(6.5, 3.2), layout="constrained")
axes.semilogy(range(1, 8), sizes(deep), "o-", color=ORANGE, linewidth=2, label="sigmoid")
axes.semilogy(range(1, 8), sizes(better), "o-", color=BLUE, linewidth=2, label="relu")
axes.set(title="Size of the gradient in each layer", xlabel="layer")
axes.legend(frameon=False)
axes.spines[["top", "right"]].set_visible(False)
plt.show()

assert sizes(deep)[0] < 1e-3 * sizes(deep)[-1]
assert sizes(better)[0] > 1e-2 * sizes(better)[-1]

# %% [markdown]
# ## 5.4 Which loss?
#
# There is one more slope on the way: that of the output itself. Suppose the answer should be 1, and the neuron says
# almost 0. It is badly wrong. Does it learn fast?
#
# $$\text{squared error: } \frac{\partial L}{\partial z} = (\hat y - y)\,\hat y (1 - \hat y), \qquad
# \text{cross-entropy: } \frac{\partial L}{\partial z} = \hat y - y$$
#
# The cross-entropy $L = -\ln \hat y$ (for $y = 1$) grows without bound, and it cancels the slope of the sigmoid:


# %%
def squared(z):
    return sum_squared_error([sigmoid(z)], 1)


def entropy(z):
    return binary_cross_entropy([sigmoid(z)], 1)


zs = [-8 + 16 * k / 200 for k in range(201)]
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.2), layout="constrained")
for f, name, colour in ((squared, "squared error", ORANGE), (entropy, "cross-entropy", BLUE)):
    left.plot(zs, [f(z) for z in zs], color=colour, linewidth=2, label=name)
    right.plot(zs, [grad(f)(z) for z in zs], color=colour, linewidth=2, label=name)
left.set(title="Loss of an answer that should be 1", xlabel="z (negative: wrong)")
right.set(title="Its slope", xlabel="z (negative: wrong)")
left.legend(frameon=False)
for axes in (left, right):
    axes.spines[["top", "right"]].set_visible(False)
plt.show()

for z in (-4.0, 0.0, 2.0):
    assert math.isclose(grad(entropy)(z), s(z) - 1, rel_tol=1e-9)
    assert math.isclose(grad(squared)(z), (s(z) - 1) * s(z) * (1 - s(z)), rel_tol=1e-9)

# %% [markdown]
# With the squared error (orange), the slope is nearly zero exactly where the mistake is largest. Watch two neurons that
# start equally wrong:


# %%
def lesson(loss, steps=120, rate=0.5):
    neuron = Neuron(1, initializer=lambda *_: 3.0)  # says 0.95 to the input 1; it should say 0
    answers = []
    for _ in range(steps):
        batch_gradient(neuron, neuron.parameters(), loss, [[1.0]], [0.0])
        GradientDescent(rate).step(neuron.parameters())
        answers.append(neuron([1.0]).data)
    return answers


learned = {
    "squared error": lesson(sum_squared_error),
    "cross-entropy": lesson(binary_cross_entropy),
}
figure, axes = plt.subplots(figsize=(6.5, 3.2), layout="constrained")
for (name, answers), colour in zip(learned.items(), [ORANGE, BLUE], strict=True):
    axes.plot(answers, color=colour, linewidth=2, label=name)
axes.set(title="Two neurons unlearn the same mistake", xlabel="step", ylabel="answer (0 is right)")
axes.legend(frameon=False)
axes.spines[["top", "right"]].set_visible(False)
plt.show()

assert learned["cross-entropy"][20] < 0.1 < 0.5 < learned["squared error"][20]

# %% [markdown]
# ## 5.5 Mini-batches
#
# Real data comes by the thousand. The gradient of the cost is the mean over all samples. But is it worth waiting for all
# of them before the first step? A few samples, drawn at random, know the direction roughly. Here are 1,797 images of
# handwritten digits, 8 × 8 pixels each:

# %%
images, classes = digits()
train, test = split(images, classes)
print(f"{len(train[0])} images to learn from, {len(test[0])} held out")

figure, row = plt.subplots(1, 10, figsize=(10, 1.4), layout="constrained")
for k, axes in enumerate(row):
    image = images[classes.index(k)]
    axes.imshow([image[8 * r : 8 * r + 8] for r in range(8)], cmap="gray_r")
    axes.set(title=str(k), xticks=[], yticks=[])
plt.show()

# %% [markdown]
# How far do the directions differ? 1 means the same direction as the gradient over all images, 0 a right angle to it:

# %%
reader = MLP(64, [10], output="softmax", seed=0)
parameters = reader.parameters()


def direction(chosen):
    """The gradient over some samples, scaled to length 1."""
    inputs, targets = [train[0][i] for i in chosen], [train[1][i] for i in chosen]
    batch_gradient(reader, parameters, cross_entropy, inputs, targets)
    length = math.hypot(*[p.grad for p in parameters])
    return [p.grad / length for p in parameters]


random = Random(0)
everything = range(len(train[0]))
whole = direction(everything)
likeness = {}
for size in (1, 8, 32, 128):
    tries = [direction(random.sample(everything, size)) for _ in range(8)]
    likeness[size] = [sum(a * b for a, b in zip(whole, one, strict=True)) for one in tries]

figure, axes = plt.subplots(figsize=(6.5, 3.0), layout="constrained")
for k, found in enumerate(likeness.values()):
    axes.plot([k] * len(found), found, "o", color=BLUE, alpha=0.6)
axes.set(
    title="How well a few samples know the direction",
    xlabel="samples in the batch",
    ylim=(-0.1, 1.05),
)
axes.set_xticks(range(len(likeness)), likeness)
axes.spines[["top", "right"]].set_visible(False)
plt.show()

assert min(likeness[128]) > max(likeness[1])

# %% [markdown]
# Thirty-two samples point roughly the right way, at a fortieth of the work. So take the step at once, and
# draw the next thirty-two. A walk through all samples is called an **epoch**. The same five epochs with batches of
# different sizes:

# %%
curves = {}
for size in (8, 32, 256, len(train[0])):
    model = MLP(64, [10], output="softmax", seed=0)
    options = {
        "loss": "cross_entropy",
        "optimizer": GradientDescent(0.3),
        "epochs": 5,
        "verbose": False,
    }
    curves[size] = fit(
        model, *train, validation_data=test, batch_size=size, **options
    ).validation_accuracy

figure, axes = plt.subplots(figsize=(6.5, 3.2), layout="constrained")
for (size, found), colour in zip(curves.items(), [GREEN, BLUE, "#7a8fb0", ORANGE], strict=True):
    axes.plot(
        range(1, 6),
        [100 * share for share in found],
        "o-",
        color=colour,
        label=f"{size}",
        linewidth=2,
    )
axes.set(title="Held-out images read rightly, in %", xlabel="epoch", xticks=range(1, 6))
axes.legend(title="batch size", frameon=False, ncols=2)
axes.spines[["top", "right"]].set_visible(False)
plt.show()

assert curves[32][-1] > 0.85 > curves[len(train[0])][-1]

# %% [markdown]
# With all 1,438 images in one batch there are five steps in five epochs, and that is not enough.
#
# ## 5.6 Reading digits
#
# Everything together: a hidden layer of relu neurons, a softmax at the end (ten probabilities that sum to 1), the
# cross-entropy, mini-batches of 32, and `Adam`, an optimizer that gives each weight a rate of its own.

# %%
reader = MLP(64, [32, 10], activation="relu", output="softmax", seed=0)
history = fit(
    reader,
    *train,
    validation_data=test,
    loss="cross_entropy",
    optimizer=Adam(0.005),
    epochs=20,
    verbose=False,
)
loss, accuracy = evaluate(reader, *test, loss="cross_entropy")
print(
    f"{100 * accuracy:.1f} % of the held-out digits are read rightly; {history.epochs_per_second:.0f} epochs a second"
)
figure = plot_training(history, f"{len(reader.parameters()):,} weights learn to read")
plt.show()
assert accuracy > 0.95

# %% [markdown]
# It is wrong about a few. Would you have read them?

# %%
guesses = [max(range(10), key=[p.data for p in reader(image)].__getitem__) for image in test[0]]
missed = [(image, k, guess) for image, k, guess in zip(*test, guesses, strict=True) if k != guess]

figure, row = plt.subplots(1, 6, figsize=(10, 2), layout="constrained")
for axes in row:
    axes.axis("off")
for axes, (image, k, guess) in zip(row, missed, strict=False):
    axes.imshow([image[8 * r : 8 * r + 8] for r in range(8)], cmap="gray_r")
    axes.set_title(f"{k}, read as {guess}", fontsize=10)
plt.show()
print(f"{len(missed)} of {len(guesses)} held-out images are misread")
assert len(missed) == round((1 - accuracy) * len(guesses))

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
# **1.** How many parameters has a network with 64 inputs, 32 hidden neurons and 10 outputs? (Do not forget the biases.)

# %%
answer_1 = None


def is_right_1(answer):
    return answer == len(reader.parameters())


check(answer_1, is_right_1)

# %% [markdown]
# **2.** How many steps does one epoch take on the 1,438 training images in batches of 32?

# %%
answer_2 = None


def is_right_2(answer):
    return (answer - 1) * 32 < len(train[0]) <= answer * 32


check(answer_2, is_right_2)

# %% [markdown]
# **3.** A chain of sigmoid neurons, one in each layer, all weights 1: how large can $\delta^{(1)} / \delta^{(6)}$ be at
# most, that is, after five layers on the way back?

# %%
answer_3 = None


def is_right_3(answer):
    return math.isclose(answer, grad(sigmoid)(0.0) ** 5, rel_tol=1e-9)


check(answer_3, is_right_3)

# %% [markdown]
# **4.** Write a function `deltas(slopes, weights, behind)`: the δ of a layer, from the slopes $\sigma'(z_j)$ of its neurons,
# the weights of the layer behind (`weights[k][j]` leads from neuron $j$ to neuron $k$), and the δ of the layer behind.

# %%
answer_4 = None  # def deltas(slopes, weights, behind): ...


def is_right_4(answer):
    net = MLP(2, [3, 2], seed=5)
    middle = net.layers[0]([0.3, -0.8])
    outputs = net.layers[1](middle)
    sum_squared_error(outputs, [1.0, 0.0]).backward()
    slopes = [a.data * (1 - a.data) for a in middle]
    weights = [[w.data for w in neuron.weights] for neuron in net.layers[1].neurons]
    mine = answer(slopes, weights, [neuron.bias.grad for neuron in net.layers[1].neurons])
    return all(
        math.isclose(d, n.bias.grad, rel_tol=1e-9)
        for d, n in zip(mine, net.layers[0].neurons, strict=True)
    )


check(answer_4, is_right_4)

# %% [markdown]
# ### Solutions
#
# Try first! Then open the cell.

# %% jupyter={"source_hidden": true}
solution_1 = 32 * (64 + 1) + 10 * (32 + 1)
solution_2 = math.ceil(1438 / 32)  # the last batch is smaller
solution_3 = 0.25**5


def solution_4(slopes, weights, behind):
    return [
        slope * sum(row[j] * delta for row, delta in zip(weights, behind, strict=True))
        for j, slope in enumerate(slopes)
    ]


assert is_right_1(solution_1)
assert is_right_2(solution_2)
assert is_right_3(solution_3)
assert is_right_4(solution_4)

# %% [markdown]
# **Next:** [part 6](06_why_backpropagation.ipynb) asks why one walks backwards at all.
