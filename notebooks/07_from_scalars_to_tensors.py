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
# # 7. From scalars to tensors
#
# **Our networks are made of single numbers. Fast programs are made of matrices. How does one turn into the other, without
# anybody writing it down?**
#
# In the parts before we wrote neurons with plain Python on single numbers, so that every one of them could be seen. Here
# we look at what the compiler makes of them: it reads the recorded graph, and finds the matrices that were in it all along.

# %%
import math
import re
import time

import matplotlib.pyplot as plt
import numpy

from autograd_core import BatchGradient, Value, compiled, draw, grad, sigmoid, sin
from nn import (
    MLP,
    Adam,
    AveragePooling2d,
    Convolution2d,
    Layer,
    Sequential,
    batch_gradient,
    digits,
    fit,
    one_hot,
    split,
)
from nn.losses import cross_entropy, sum_squared_error

BLUE, ORANGE = "#1b5fa8", "#d55e00"

# %% [markdown]
# ## 7.1 The graph is the program
#
# [Part 2](02_a_graph_and_the_chain_rule.ipynb) drew calculations as graphs. A graph is also a list of instructions: do the
# cards one after the other. `compiled` calls a function once, keeps the list, and from then on runs the list:


# %%
def f(x, y):
    return x * x * y + sin(x * y)


fast = compiled(f)
print(fast(2.0, 3.0), "=", f(2.0, 3.0))
print(fast.program)

# %%
draw(fast.program, title="The same list as a picture", constants=False)

# %% [markdown]
# The derivative of `f` is a calculation too, so it is a list too. The compiler drops what is not needed and computes what
# occurs several times only once; here is what it then runs:

# %%
slopes = compiled(grad(f, argnums=(0, 1)))
assert numpy.allclose(slopes(2.0, 3.0), grad(f, argnums=(0, 1))(2.0, 3.0), rtol=1e-12)
print(slopes.program.source("python"))

# %% [markdown]
# ## 7.2 A layer, number by number
#
# Now a layer of four neurons with three inputs, in the plainest way: two loops, a product, a sum.

# %%
weights = [
    [Value(0.3 * i - 0.2 * j, f"w{j + 1}{i + 1}", role="parameter") for i in range(3)]
    for j in range(4)
]


def layer(x):
    outputs = []
    for row in weights:
        z = 0.0
        for w, x_i in zip(row, x, strict=True):
            z = z + w * x_i
        outputs.append(sigmoid(z))
    return outputs


[output.data for output in layer([1.0, -0.5, 2.0])]

# %% [markdown]
# Nowhere does it say "matrix". Compile it, for a thousand samples at once (`batched="x"` says that `x` comes as many
# samples), and look at the program:

# %%
samples = numpy.random.default_rng(0).normal(size=(1000, 3))
fast_layer = compiled(layer, batched="x")
answers = fast_layer(samples)
print(fast_layer.program.source("numpy"))

# %% [markdown]
# Read the part behind `def run`. Everything inside the loops has become one line, `dot`: a product of a (4, 3) matrix, the
# weights, with a matrix of three rows and one column for each of the N samples. The four lines after it are the sigmoid
# of all numbers at once.
#
# And the results are the same:

# %%
by_hand = 1 / (1 + numpy.exp(-numpy.array([[w.data for w in row] for row in weights]) @ samples.T))
assert numpy.allclose(answers, by_hand, rtol=1e-12)
assert math.isclose(answers[2][7], layer(samples[7].tolist())[2].data, rel_tol=1e-12)

# %% [markdown]
# ## 7.3 How does it know?
#
# Each neuron computes a sum of products, a **dot product** of its weights with its inputs. So collect all dot products of
# the graph, and ask of each: which row of numbers on the left, which on the right? The neurons of a layer share their
# inputs, and the samples share their weights. Every row on the left meets every row on the right, once:

# %%
figure, (left, middle, right) = plt.subplots(
    1, 3, figsize=(10, 3), layout="constrained", width_ratios=[3, 6, 6]
)
chosen_neuron, chosen_sample = 2, 4
picture = numpy.ones((4, 3))
picture[chosen_neuron] = 2
left.imshow(picture, cmap="Oranges", vmin=0, vmax=3)
picture = numpy.ones((3, 8))
picture[:, chosen_sample] = 2
middle.imshow(picture, cmap="Blues", vmin=0, vmax=3)
picture = numpy.ones((4, 8))
picture[chosen_neuron], picture[:, chosen_sample] = 1.4, 1.4
picture[chosen_neuron, chosen_sample] = 3
right.imshow(picture, cmap="Greens", vmin=0, vmax=4)
right.text(chosen_sample, chosen_neuron, "Σ", ha="center", va="center", color="white", fontsize=13)
left.set(title="weights:\na row for each neuron", ylabel="neurons", xlabel="inputs")
middle.set(title="samples:\na column for each", ylabel="inputs", xlabel="samples")
right.set(
    title="every row meets every column:\na matrix product", ylabel="neurons", xlabel="samples"
)
for axes in (left, middle, right):
    axes.set(
        xticks=[k - 0.5 for k in range(9)],
        yticks=[k - 0.5 for k in range(5)],
        xticklabels=[],
        yticklabels=[],
    )
    rows, columns = axes.images[0].get_array().shape
    axes.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5))
    axes.grid(color="white", linewidth=1.5)
    axes.tick_params(length=0)
plt.show()

# %% [markdown]
# {all rows on the left} × {all rows on the right} **is** a matrix product, whoever wrote it and however. No hint is
# needed; the graph has it all. Everything else, such as the sigmoids, is grouped by the kind of operation: one call for
# all of them.
#
# Here it happens with a rotation of points in the plane, in which nobody would see a network:


# %%
def products(program):
    """The matrix products that the compiler found, from the comments in its source."""
    return re.findall(r"# (\(.*)", program.source("numpy"))


def rotate(point):
    x, y = point
    return [0.6 * x - 0.8 * y, 0.8 * x + 0.6 * y]


rotated = compiled(rotate, batched="point")
rotated([[1.0, 0.0], [0.0, 1.0], [2.0, 1.0]])
print(products(rotated.program))

# %%
assert products(rotated.program)[0].startswith("(2, 2) @ (2,")
assert products(fast_layer.program)[0].startswith("(4, 3) @ (3,")

# %% [markdown]
# ## 7.4 The way back is made of products too
#
# The digits network of [part 5](05_a_network.ipynb) has 64 inputs, 32 hidden neurons and 10 outputs. `BatchGradient`
# records the loss of **one** image and its backward pass, and runs it for a whole batch:

# %%
images, classes = digits()
network = MLP(64, [32, 10], activation="relu", output="softmax", seed=0)


def loss(image, target):
    return cross_entropy(network(image), target)


batch = BatchGradient(loss, network.parameters())
columns = batch.rows(images, one_hot(classes))
value, _ = batch(columns[:, :32])
program = batch.executable.program
print(f"{len(program):,} instructions on single numbers became")
for product in products(program):
    print("  ", product)

# %% [markdown]
# The inner numbers are 65 and 33 instead of 64 and 32: the bias counts as one more weight, whose input is always 1. Find
# the formulas of the textbook in the list (the small products with a 1 belong to the softmax and the loss):
#
# | product | in the textbook | |
# |---|---|---|
# | (32, 65) @ (65, N) | $z^{(1)} = W^{(1)} x$ | forward, first layer |
# | (10, 33) @ (33, N) | $z^{(2)} = W^{(2)} a^{(1)}$ | forward, second layer |
# | (10, N) @ (N, 33) | $\partial L / \partial W^{(2)} = \delta^{(2)} \, {a^{(1)}}^{\mathsf T}$ | gradient of the second layer |
# | (32, 10) @ (10, N) | ${W^{(2)}}^{\mathsf T} \delta^{(2)}$ | δ goes back |
# | (32, N) @ (N, 65) | $\partial L / \partial W^{(1)} = \delta^{(1)} \, x^{\mathsf T}$ | gradient of the first layer |
#
# Where the program says "summed over the samples", the N lies in the middle: (10, 1) @ (1, 33 N) is a product for each
# sample, and adding them up is one product of a (10, N) with an (N, 33) matrix. The recursion of part 5, which we wrote as
# a double loop, is the fourth line of the table. The compiler knows none of these rules. It saw dot products, and which
# rows they share.
#
# Is it the same gradient? Against the scalar engine, number by number:

# %%
batch_gradient(network, network.parameters(), cross_entropy, images[:32], classes[:32])
scalar = numpy.array([p.grad for p in network.parameters()])
print(
    f"{len(scalar):,} derivatives, the largest difference is {abs(scalar - batch.gradient).max():.1e}"
)
assert numpy.allclose(scalar, batch.gradient, rtol=1e-9, atol=1e-12)

# %% [markdown]
# ## 7.5 Convolution
#
# A neuron that looks at a whole image has a weight for every pixel. A **convolution** looks through a small window, say
# 3 × 3 pixels, and slides it over the image. At every place it computes the same dot product, with the same nine weights
# and a bias. What it learns to see in one corner, it sees everywhere.

# %%
image = images[3]
pixels = numpy.array(image).reshape(8, 8)
edge = [
    -1.0,
    -1.0,
    -1.0,
    0.0,
    0.0,
    0.0,
    1.0,
    1.0,
    1.0,
]  # dark below, bright above: the upper side of a stroke

slide = Convolution2d((1, 8, 8), 1, 3, activation="linear")
slide.filters[0].weights = [Value(w, role="parameter") for w in edge]
seen = numpy.array([y.data for y in slide(image)]).reshape(slide.output_shape[1:])

figure, (left, middle, right) = plt.subplots(1, 3, figsize=(10, 3.4), layout="constrained")
left.imshow(pixels, cmap="gray_r")
left.add_patch(plt.Rectangle((1.5, 0.5), 3, 3, fill=False, edgecolor=ORANGE, linewidth=3))
left.set_title("an image, 8 × 8, and the window")
middle.imshow(numpy.array(edge).reshape(3, 3), cmap="PuOr_r", vmin=-2, vmax=2)
for k, w in enumerate(edge):
    middle.text(k % 3, k // 3, f"{w:+.0f}", ha="center", va="center", fontsize=12)
middle.set_title("the nine weights")
right.imshow(seen, cmap="PuOr_r", vmin=-3, vmax=3)
right.add_patch(plt.Rectangle((1.5, 0.5), 1, 1, fill=False, edgecolor=ORANGE, linewidth=3))
right.set_title("the result, 6 × 6")
for axes in (left, middle, right):
    axes.set(xticks=[], yticks=[])
plt.show()

window = pixels[1:4, 2:5].ravel()
assert math.isclose(
    seen[1, 2], sum(w * p for w, p in zip(edge, window, strict=True)), abs_tol=1e-12
)

# %% [markdown]
# Is that a matrix product as well? The places share their weights, as samples do. So write the 36 windows side by side,
# each as a column of nine pixels (and a 1 for the bias), and multiply. The compiler finds exactly this, for four filters:

# %%
four = Convolution2d((1, 8, 8), 4, 3, activation="relu", seed=0)
fast_four = compiled(lambda image: four(image), batched="image")
fast_four(images[:100])
print(f"{len(fast_four.program)} instructions became {products(fast_four.program)[0]}")
assert products(fast_four.program)[0].startswith("(4, 10) @ (10, 36")

# %%
columns_of_pixels = numpy.array([[pixels.ravel()[i] for i in patch] for patch in four.patches]).T
figure, axes = plt.subplots(figsize=(8, 2.6), layout="constrained")
axes.imshow(columns_of_pixels, cmap="gray_r", aspect="auto")
axes.set(title="36 windows side by side: each column is one place", xlabel="place", ylabel="pixel")
plt.show()

# %% [markdown]
# A small network with eight such filters, a layer that averages 2 × 2 squares, and ten outputs. It has 810 parameters, a
# third of the network of part 5, and still it reads:

# %%
train, test = split(images, classes)
filters = Convolution2d((1, 8, 8), 8, 3, activation="relu", seed=0)
pooling = AveragePooling2d(filters.output_shape)
reader = Sequential(filters, pooling, Layer(math.prod(pooling.output_shape), 10, "softmax", seed=1))
history = fit(
    reader,
    *train,
    validation_data=test,
    loss="cross_entropy",
    optimizer=Adam(0.01),
    epochs=12,
    verbose=False,
)
print(
    f"{len(reader.parameters())} parameters, {100 * history.validation_accuracy[-1]:.1f} % of the held-out digits right"
)
assert history.validation_accuracy[-1] > 0.9

# %%
figure, rows = plt.subplots(2, 8, figsize=(10, 2.8), layout="constrained")
maps = numpy.array([y.data for y in filters(image)]).reshape(filters.output_shape)
for k, neuron in enumerate(filters.filters):
    rows[0, k].imshow(
        numpy.array([w.data for w in neuron.weights]).reshape(3, 3),
        cmap="PuOr_r",
        vmin=-1.2,
        vmax=1.2,
    )
    rows[1, k].imshow(maps[k], cmap="gray_r")
for axes in rows.flat:
    axes.set(xticks=[], yticks=[])
rows[0, 0].set_ylabel("weights")
rows[1, 0].set_ylabel("seen in a 3")
figure.suptitle("The eight filters after training, and what each sees in the image above")
plt.show()

# %% [markdown]
# ## 7.6 What is gained?
#
# One gradient over 100 points, for a network of 2, 16, 16 and 1 neurons: computed number by number, then by the compiled
# program. (The times are those of the machine that ran this page; yours will differ.)

# %%
small = MLP(2, [16, 16, 1], activation="tanh", output="linear", seed=0)
points = numpy.random.default_rng(1).normal(size=(100, 2)).tolist()
targets = [math.sin(x) * y for x, y in points]


def shortest(run, repeats):
    """The shortest of several times, in seconds."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return min(times)


small_batch = BatchGradient(
    lambda point, target: sum_squared_error(small(point), target), small.parameters()
)
small_columns = small_batch.rows(points, targets)
seconds = {
    "number by number": shortest(
        lambda: batch_gradient(small, small.parameters(), sum_squared_error, points, targets), 3
    ),
    "compiled": shortest(lambda: small_batch(small_columns), 200),
}

figure, axes = plt.subplots(figsize=(7, 1.8), layout="constrained")
axes.barh(list(seconds), [1e6 * t for t in seconds.values()], color=[ORANGE, BLUE])
axes.set(xscale="log", xlabel="microseconds", title="The same gradient, twice", xlim=(1, 1e6))
axes.spines[["top", "right"]].set_visible(False)
plt.show()
print(", ".join(f"{name}: {1e6 * t:,.0f} µs" for name, t in seconds.items()))

# %% [markdown]
# ## 7.7 What about `if`?
#
# A list of instructions has no branches, but Python code has. While it records, the compiler notes each condition as a
# **guard**: this list holds only where the condition has the same truth. Calls that go the other way run as plain Python;
# when they have taken as long as compiling takes, they get a list too. In a batch each way gets its list at once:


# %%
def bent(x):
    if x > 0:
        return sin(x)
    return x * x


fast_bent = compiled(bent, batched="x")
assert numpy.allclose(fast_bent([2.0, -3.0]), [bent(2.0), bent(-3.0)], rtol=1e-12)
for program in fast_bent.programs:
    print(program, "\n")

# %% [markdown]
# ## 7.8 A program of your own
#
# None of this is about networks alone. A program that was written with `import math` needs one other line, and has
# derivatives, lists and batches. Here is the price of an option, as a bank computes it. It knows nothing of graphs:

# %%
from autograd_core import math as both  # for plain numbers and for Values


def normal_cdf(x):
    return 0.5 * (1.0 + both.erf(x / both.sqrt(2.0)))


def call_price(spot, strike, rate, volatility, years):
    deviation = volatility * both.sqrt(years)
    d1 = (both.log(spot / strike) + (rate + 0.5 * volatility**2) * years) / deviation
    d2 = d1 - deviation
    return spot * normal_cdf(d1) - strike * both.exp(-rate * years) * normal_cdf(d2)


delta, vega = grad(call_price, argnums=(0, 3))(42.0, 40.0, 0.1, 0.2, 0.5)
assert math.isclose(call_price(42.0, 40.0, 0.1, 0.2, 0.5), 4.7594, abs_tol=1e-4)
print(f"one dollar more for the share makes the option {delta:.3f} dollars dearer")
print(f"one point more of volatility makes it {vega / 100:.3f} dollars dearer")

# %% [markdown]
# And for ten thousand options at once:

# %%
spots = numpy.linspace(20.0, 80.0, 10_000)
fast_deltas = compiled(grad(call_price), batched="spot")
deltas = fast_deltas(spots, 40.0, 0.1, 0.2, 0.5)
assert math.isclose(deltas[5], grad(call_price)(spots[5], 40.0, 0.1, 0.2, 0.5), rel_tol=1e-9)

figure, axes = plt.subplots(figsize=(6, 2.6), layout="constrained")
axes.plot(spots, deltas, color=BLUE)
axes.set(
    title="how much an option moves with its share",
    xlabel="price of the share",
    ylabel="slope of the option's price",
)
plt.show()

# %% [markdown]
# [Your program](../docs/your_program.md) says what else to think of.
#
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
# **1.** A layer has 20 inputs and 5 neurons with a bias each. As which matrix are its weights read? Answer as
# `(rows, columns)`.

# %%
answer_1 = None


def is_right_1(answer):
    twenty = Layer(20, 5, seed=0)
    run = compiled(lambda x: twenty(x), batched="x")
    run([[0.0] * 20] * 3)
    return products(run.program)[0].startswith(f"{tuple(answer)} @")


check(answer_1, is_right_1)

# %% [markdown]
# **2.** A window of 3 × 3 moves over an image of 8 × 8 in steps of two pixels. How many places are there?

# %%
answer_2 = None


def is_right_2(answer):
    return answer == len(Convolution2d((1, 8, 8), 1, 3, stride=2).patches)


check(answer_2, is_right_2)

# %% [markdown]
# **3.** How many parameters has a convolution with 8 filters of 3 × 3 pixels? And how many has a plain layer with as many
# outputs, 8 · 36, on the same 64 pixels? Answer with both numbers.

# %%
answer_3 = None  # (..., ...)


def is_right_3(answer):
    convolution, plain = Convolution2d((1, 8, 8), 8, 3), Layer(64, 8 * 36)
    return tuple(answer) == (len(convolution.parameters()), len(plain.parameters()))


check(answer_3, is_right_3)

# %% [markdown]
# **4.** Write a function of a list of three numbers, with nothing but `+` and `*`, in which the compiler finds a product
# that begins with `(2, 3) @ (3,`.

# %%
answer_4 = None  # def mixed(x): ...


def is_right_4(answer):
    run = compiled(answer, batched="x")
    run([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0]])
    return products(run.program)[0].startswith("(2, 3) @ (3,")


check(answer_4, is_right_4)

# %% [markdown]
# ### Solutions
#
# Try first! Then open the cell.

# %% jupyter={"source_hidden": true}
solution_1 = (5, 21)  # a row for each neuron, a column for each input, and one for the bias
solution_2 = 3 * 3  # the window fits at 0, 2 and 4, down and across
solution_3 = (8 * (9 + 1), 8 * 36 * (64 + 1))


def solution_4(x):
    return [1.5 * x[0] + 2.0 * x[1] + 0.5 * x[2], 3.0 * x[0] + 0.25 * x[1] + 4.0 * x[2]]


assert is_right_1(solution_1)
assert is_right_2(solution_2)
assert is_right_3(solution_3)
assert is_right_4(solution_4)

# %% [markdown]
# This is the end of the course. You have seen one number and its slope, a graph, a walk downhill, a neuron, a network, the
# reason for going backwards, and how all of it becomes fast. The large networks of today learn by the same few steps, with
# very many more numbers.
