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
# **How does an error at the output reach a weight many layers back, and what can go wrong on the way?**
#
# In [part 4](04_one_neuron.ipynb) you trained one neuron. Now neurons feed neurons. The chain rule stays the same, but the
# products along its paths get long.

# %%
import math
from random import Random

from autograd_core import Value, draw, grad, mean, sigmoid
from course import check, curves, images, lines
from nn import MLP, Adam, GradientDescent, Neuron, batch_gradient, digits, evaluate, fit, split
from nn.losses import binary_cross_entropy, cross_entropy, sum_squared_error
from nn.plots import plot_activations, plot_training

# %% [markdown]
# ## 5.1 Neurons in layers
#
# A **layer** is a row of neurons that share the same inputs. The outputs of one layer are the inputs of the next. This network
# has two inputs, three hidden neurons and one output. In formulas, with $a^{(0)} = x$:
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
# Here each card is a neuron. It shows the neuron's output, the slope of its sigmoid (the bar) and the gradient of its output.
# Each arrow carries the gradient from a neuron to the neurons that feed it. The cards of
# [part 2](02_a_graph_and_the_chain_rule.ipynb) are still there: each neuron is a few of them, folded into one.
#
# ## 5.2 δ, by hand
#
# Textbooks keep one number for each neuron, its share in the error:
#
# $$\delta^{(l)}_j = \frac{\partial L}{\partial z^{(l)}_j}$$
#
# It is the gradient of the neuron's output, times the slope of its sigmoid.
#
# At the output, δ comes from the loss, here $L = \tfrac12 (\hat y - y)^2$. From there it goes back layer by layer. Each neuron
# adds up the δ of the neurons that it feeds, each times the weight between them. Then it multiplies by its own slope:
#
# $$\delta^{(2)} = (\hat y - y)\, \sigma'(z^{(2)}), \qquad
# \delta^{(l)}_j = \sigma'\big(z^{(l)}_j\big) \sum_k w^{(l+1)}_{kj} \, \delta^{(l+1)}_k$$
#
# The gradient of a weight is the δ of the neuron that it belongs to, times its input. The gradient of a bias is δ itself:
#
# $$\frac{\partial L}{\partial w^{(l)}_{ji}} = \delta^{(l)}_j \, a^{(l-1)}_i, \qquad
# \frac{\partial L}{\partial b^{(l)}_j} = \delta^{(l)}_j$$
#
# Here are the formulas in plain Python:


# %%
def answer_of(neuron, inputs):
    z = sum(w.data * i for w, i in zip(neuron.weights, inputs, strict=True)) + neuron.bias.data
    return 1 / (1 + math.exp(-z))


hidden, (last,) = (layer.neurons for layer in model.layers)
inputs = [1.0, -0.5]
a1 = [answer_of(neuron, inputs) for neuron in hidden]
y_hat = answer_of(last, a1)

delta2 = (y_hat - y) * y_hat * (1 - y_hat)
delta1 = [a * (1 - a) * w.data * delta2 for a, w in zip(a1, last.weights, strict=True)]

# %% [markdown]
# The gradients of the biases should be these same numbers. Compare:

# %%
print("output, by hand:   ", f"{delta2:.12f}")
print("output, by machine:", f"{last.bias.grad:.12f}")
print("hidden, by hand:   ", ", ".join(f"{d:.12f}" for d in delta1))
print("hidden, by machine:", ", ".join(f"{neuron.bias.grad:.12f}" for neuron in hidden))

# %% [markdown]
# ## 5.3 Vanishing gradients
#
# Look again at how δ goes back: each layer multiplies it by a slope $\sigma'$. How large can that slope be? Here are three
# activations, with their slopes dashed:

# %%
figure = plot_activations(["sigmoid", "tanh", "relu"])

# %% [markdown]
# The slope of the sigmoid is never more than ¼. After five layers, at most $(1/4)^5$ of δ is left, less than a thousandth,
# unless large weights make up for it. So the first layers, which see the data, learn the least. Here is a network with seven
# layers:


# %%
def corners(n=3):
    """Points of a square: class 1 where both coordinates have the same sign, else 0."""
    side = [k / n for k in range(-n, n + 1) if k]
    return [([x, y], float(x * y > 0)) for x in side for y in side]


def mean_loss(model):
    cost = mean([sum_squared_error(model(point), kind) for point, kind in corners()])
    cost.label = "cost"
    return cost


deep = MLP(2, [8, 8, 8, 8, 8, 8, 1], activation="sigmoid", seed=1)
cost = mean_loss(deep)
cost.backward()
draw(cost, level="layers", title="Seven layers of sigmoids: the gradient vanishes")

# %% [markdown]
# Each band is a layer, and the gradient enters at the output. On its way back, the arrows get thinner and the histograms move
# to the left, on a scale of powers of ten. A band is amber where less than a thousandth of the last layer's gradient is left.
#
# Two things help: an activation whose slope is 1 where it is active, such as relu, and weights that start at the right size:

# %%
better = MLP(2, [8, 8, 8, 8, 8, 8, 1], activation="relu", initializer="he_normal", seed=1)
cost = mean_loss(better)
cost.backward()
draw(cost, level="layers", title="The same network with relu: the gradient arrives")


# %%
def sizes(model):
    """The root mean square of the gradients in each layer."""
    squares = [[p.grad**2 for p in layer.parameters()] for layer in model.layers]
    return [math.sqrt(sum(layer) / len(layer)) for layer in squares]


lines(
    {"sigmoid": sizes(deep), "relu": sizes(better)},
    "Size of the gradient in each layer",
    range(1, 8),
    x="layer",
    log="y",
    marker="o",
)

# %% [markdown]
# ## 5.4 Which loss?
#
# One more slope is on the path: that of the output neuron. Suppose the answer should be 1, but the neuron says almost 0. It is
# badly wrong. Does it learn fast?
#
# $$\text{squared error: } \frac{\partial L}{\partial z} = (\hat y - y)\,\hat y (1 - \hat y), \qquad
# \text{cross-entropy: } \frac{\partial L}{\partial z} = \hat y - y$$
#
# The **cross-entropy** is $L = -\ln \hat y$ for $y = 1$. It grows without bound, and its derivative cancels the slope of the
# sigmoid:


# %%
def squared(z):
    return sum_squared_error([sigmoid(z)], 1)


def entropy(z):
    return binary_cross_entropy([sigmoid(z)], 1)


curves(
    {"squared error": grad(squared), "cross-entropy": grad(entropy)},
    -8,
    8,
    "Slope of the loss, if the answer should be 1",
    x="z (negative: wrong)",
)

# %% [markdown]
# With the squared error, the slope is almost zero exactly where the error is largest. Watch two neurons that start out equally
# wrong:


# %%
def answers_while_learning(loss, steps=120, rate=0.5):
    neuron = Neuron(1, initializer=lambda *_: 3.0)  # answers 0.95 for the input 1; 0 is right
    answers = []
    for _ in range(steps):
        batch_gradient(neuron, neuron.parameters(), loss, [[1.0]], [0.0])
        GradientDescent(rate).step(neuron.parameters())
        answers.append(neuron([1.0]).data)
    return answers


learned = {
    "squared error": answers_while_learning(sum_squared_error),
    "cross-entropy": answers_while_learning(binary_cross_entropy),
}
lines(learned, "Two neurons unlearn the same mistake", x="step", y="answer (0 is right)")

# %% [markdown]
# ## 5.5 Mini-batches
#
# Real data comes in thousands. The gradient of the cost is the mean over all samples. Must you wait for all of them before the
# first step? A few random samples already give roughly the right direction. These are 1,797 images of handwritten digits:

# %%
pictures, classes = digits()
train, test = split(pictures, classes)
print(f"{len(train[0])} images to learn from, {len(test[0])} held out")
images({str(k): pictures[classes.index(k)] for k in range(10)})

# %% [markdown]
# How different are the directions? Below, 1 means the same direction as the gradient over all images, and 0 means a right angle
# to it:

# %%
reader = MLP(64, [10], output="softmax", seed=0)
parameters = reader.parameters()


def direction(chosen):
    """The gradient over some of the images, scaled to length 1."""
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
    likeness[size] = sorted(sum(a * b for a, b in zip(whole, one, strict=True)) for one in tries)

# %%
lines(
    {"best of 8": [found[-1] for found in likeness.values()],
     "worst of 8": [found[0] for found in likeness.values()]},
    "How well a few images give the direction",
    list(likeness),
    x="images in the batch",
    log="x",
    marker="o",
)  # fmt: skip

# %% [markdown]
# With 32 images the direction is roughly right, for about a fortieth of the work. So take a step at once, and then draw the next
# 32. Each group is a **mini-batch**, and one pass over all samples is an **epoch**. Here are five epochs with batches of
# different sizes:

# %%
correct = {}
for size in (8, 32, 256, len(train[0])):
    model = MLP(64, [10], output="softmax", seed=0)
    options = {"loss": "cross_entropy", "optimizer": GradientDescent(0.3), "epochs": 5}
    history = fit(model, *train, validation_data=test, batch_size=size, verbose=False, **options)
    correct[f"batches of {size}"] = [100 * share for share in history.validation_accuracy]

lines(correct, "Held-out images classified correctly, in %", range(1, 6), x="epoch", marker="o")

# %% [markdown]
# With all 1,438 images in one batch, five epochs are only five steps. That is not enough.
#
# ## 5.6 Reading digits
#
# Now put everything together: a hidden layer of relu neurons, a **softmax** at the end (ten probabilities that sum to 1), the
# cross-entropy, mini-batches of 32, and `Adam`, an optimizer that adapts the learning rate of each weight.

# %%
reader = MLP(64, [32, 10], activation="relu", output="softmax", seed=0)
options = {"loss": "cross_entropy", "optimizer": Adam(0.005), "epochs": 20}
history = fit(reader, *train, validation_data=test, verbose=False, **options)
loss, accuracy = evaluate(reader, *test, loss="cross_entropy")
print(f"{100 * accuracy:.1f} % of the held-out digits are classified correctly")
figure = plot_training(history, f"{len(reader.parameters()):,} parameters learn to read")

# %% [markdown]
# A few digits it gets wrong. Would you have read them?

# %%
guesses = [max(range(10), key=[p.data for p in reader(image)].__getitem__) for image in test[0]]
missed = [(image, k, guess) for image, k, guess in zip(*test, guesses, strict=True) if k != guess]
images({f"{k}, read as {guess}#{n}": image for n, (image, k, guess) in enumerate(missed[:6])})

# %% [markdown]
# ## Exercises
#
# Replace `None` with your answer and run the cell. It tells you whether you are right.
#
# **1.** How many parameters does a network with 64 inputs, 32 hidden neurons and 10 outputs have? (Remember the biases.)

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
# **3.** Six sigmoid neurons form a chain, one in each layer, and every weight is 1. How large can $\delta^{(1)} / \delta^{(6)}$
# be at most, five layers back?

# %%
answer_3 = None


def is_right_3(answer):
    return math.isclose(answer, grad(sigmoid)(0.0) ** 5, rel_tol=1e-9)


check(answer_3, is_right_3)

# %% [markdown]
# **4.** Write a function `deltas(slopes, weights, behind)` that returns the δ of a layer. It gets the slopes $\sigma'(z_j)$ of the
# layer's neurons, the weights of the next layer (`weights[k][j]` leads from neuron $j$ to neuron $k$) and the δ of the next layer.

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
# Try the exercises first. Then open the cell.

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

# What this page says, checked:
assert math.isclose(last.bias.grad, delta2, rel_tol=1e-12)
for neuron, d in zip(hidden, delta1, strict=True):
    assert math.isclose(neuron.bias.grad, d, rel_tol=1e-12)
    for w, i in zip(neuron.weights, inputs, strict=True):
        assert math.isclose(w.grad, d * i, rel_tol=1e-12)
assert grad(sigmoid)(0.0) == 0.25 == max(grad(sigmoid)(k / 10) for k in range(-60, 61))
assert sizes(deep)[0] < 1e-3 * sizes(deep)[-1]
assert sizes(better)[0] > 1e-2 * sizes(better)[-1]
for z in (-4.0, 0.0, 2.0):
    assert math.isclose(grad(entropy)(z), sigmoid(z) - 1, rel_tol=1e-9)
    assert math.isclose(
        grad(squared)(z), (sigmoid(z) - 1) * sigmoid(z) * (1 - sigmoid(z)), rel_tol=1e-9
    )
assert learned["cross-entropy"][20] < 0.1 < 0.5 < learned["squared error"][20]
assert likeness[128][0] > likeness[1][-1]
assert correct["batches of 32"][-1] > 85 > correct["batches of 1438"][-1]
assert accuracy > 0.95
assert len(missed) == round((1 - accuracy) * len(guesses))

# %% [markdown]
# **Next:** [part 6](06_why_backpropagation.ipynb) asks why we go backwards at all.
