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
# **Our networks consist of single numbers. Fast programs consist of matrices. How does one become the other without anybody
# writing the matrices down?**
#
# So far you have written neurons in plain Python on single numbers, so that you could see every one of them. In this part you
# look at what the compiler does with that code. It reads the recorded graph, and finds the matrices that were in it all along.

# %%
import math
import re
import time

import numpy

from autograd_core import BatchGradient, Value, compiled, draw, grad, sigmoid, sin
from course import check, images, lines, rows_meet_columns
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

# %% [markdown]
# ## 7.1 The graph is the program
#
# In [part 2](02_a_graph_and_the_chain_rule.ipynb) you drew calculations as graphs. A graph is also a list of instructions: compute
# one card after the other. `compiled` calls your function once and records this list. From then on, it replays the list:


# %%
def f(x, y):
    return x * x * y + sin(x * y)


fast = compiled(f)
print(fast(2.0, 3.0), "=", f(2.0, 3.0))
print(fast.program)

# %%
draw(fast.program, title="The same list as a picture", constants=False)

# %% [markdown]
# The derivative of `f` is a calculation too, so it is also a list. The compiler drops what is not needed, and computes repeated
# parts only once. This is the code that it runs:

# %%
slopes = compiled(grad(f, argnums=(0, 1)))
print("compiled:", slopes(2.0, 3.0))
print("plain:   ", grad(f, argnums=(0, 1))(2.0, 3.0))
print(slopes.program.source("python"))

# %% [markdown]
# ## 7.2 A layer, number by number
#
# Now write a layer of four neurons with three inputs in the plainest way: two loops, a product and a sum.

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
# The word "matrix" appears nowhere. Compile the layer for a thousand samples at once: `batched="x"` says that `x` holds many
# samples. Then look at the program:

# %%
samples = numpy.random.default_rng(0).normal(size=(1000, 3))
fast_layer = compiled(layer, batched="x")
answers = fast_layer(samples)
print(fast_layer.program.source("numpy"))

# %% [markdown]
# Look at the part after `def run`. Both loops have become one line, `dot`: the (4, 3) matrix of the weights times a matrix with
# three rows and a column for each of the N samples. The four lines after it compute the sigmoid of all numbers at once.
#
# Compare the results with NumPy written by hand:

# %%
matrix = numpy.array([[w.data for w in row] for row in weights])
by_hand = 1 / (1 + numpy.exp(-matrix @ samples.T))
print(f"largest difference: {abs(answers - by_hand).max():.1e}")

# %% [markdown]
# ## 7.3 How does the compiler know?
#
# Each neuron computes a sum of products, the **dot product** of its weights and its inputs. So collect all the dot products of the
# graph. For each, note which list of numbers stands on the left, and which on the right. The neurons of a layer share their
# inputs, and the samples share their weights. Every list on the left meets every list on the right exactly once:

# %%
rows_meet_columns(rows=4, inner=3, columns=8, row=2, column=4)

# %% [markdown]
# That **is** a matrix product, whoever wrote it and however. The compiler needs no hint, because the graph contains everything. It
# groups the rest by operation: all the sigmoids, for example, become one call.
#
# The same happens with a rotation of points in the plane, which is no network at all:


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

# %% [markdown]
# ## 7.4 The backward pass consists of products too
#
# The digits network of [part 5](05_a_network.ipynb) has 64 inputs, 32 hidden neurons and 10 outputs. `BatchGradient` records the
# loss of **one** image together with its backward pass, and runs both for a whole batch:

# %%
pictures, classes = digits()
network = MLP(64, [32, 10], activation="relu", output="softmax", seed=0)


def loss(image, target):
    return cross_entropy(network(image), target)


batch = BatchGradient(loss, network.parameters())
columns = batch.rows(pictures, one_hot(classes))
value, _ = batch(columns[:, :32])
program = batch.executable.program
print(f"{len(program):,} instructions on single numbers became")
for product in products(program):
    print("  ", product)

# %% [markdown]
# The inner sizes are 65 and 33 instead of 64 and 32, because the bias counts as one more weight whose input is always 1. You can
# find the formulas of part 5 in the list. (The small products with a 1 belong to the softmax and the loss.)
#
# | product | in the textbook | |
# |---|---|---|
# | (32, 65) @ (65, N) | $z^{(1)} = W^{(1)} x$ | forward, first layer |
# | (10, 33) @ (33, N) | $z^{(2)} = W^{(2)} a^{(1)}$ | forward, second layer |
# | (10, N) @ (N, 33) | $\partial L / \partial W^{(2)} = \delta^{(2)} \, {a^{(1)}}^{\mathsf T}$ | gradient of the second layer |
# | (32, 10) @ (10, N) | ${W^{(2)}}^{\mathsf T} \delta^{(2)}$ | δ goes back |
# | (32, N) @ (N, 65) | $\partial L / \partial W^{(1)} = \delta^{(1)} \, x^{\mathsf T}$ | gradient of the first layer |
#
# "Summed over the samples" means that N is the inner size: (10, 1) @ (1, 33 N) is a product for each sample, and their sum is one
# product of a (10, N) with an (N, 33) matrix. The fourth line is the step in which δ goes back; in part 5 you wrote it as a double
# loop. The compiler knows none of these formulas. It only saw dot products, and which lists they share.
#
# Compare the gradient with that of the scalar engine, number by number:

# %%
batch_gradient(network, network.parameters(), cross_entropy, pictures[:32], classes[:32])
scalar = numpy.array([p.grad for p in network.parameters()])
apart = abs(scalar - batch.gradient).max()
print(f"{len(scalar):,} derivatives, the largest difference is {apart:.1e}")

# %% [markdown]
# ## 7.5 Convolution
#
# A neuron that sees the whole image has a weight for every pixel. A **convolution** looks through a small window, say 3 × 3 pixels,
# and slides it across the image. At each place it computes the same dot product, with the same nine weights and a bias. Whatever
# it learns to see in one corner, it sees everywhere.

# %%
image = pictures[3]
edge = [-1.0] * 3 + [0.0] * 3 + [1.0] * 3  # dark below, bright above: the upper side of a stroke

slide = Convolution2d((1, 8, 8), 1, 3, activation="linear")
slide.filters[0].weights = [Value(w, role="parameter") for w in edge]
seen = [y.data for y in slide(image)]
images({"an image, 8 × 8": image})
images({"the nine weights": edge, "what they see, 6 × 6": seen}, signed=True)

# %% [markdown]
# Is this a matrix product as well? The places share their weights, just as samples do. So write the 36 windows side by side, each
# as a column of nine pixels and a 1 for the bias, and multiply. The compiler does exactly this. Here are four filters:

# %%
four = Convolution2d((1, 8, 8), 4, 3, activation="relu", seed=0)
fast_four = compiled(lambda image: four(image), batched="image")
fast_four(pictures[:100])
print(f"{len(fast_four.program)} instructions became {products(fast_four.program)[0]}")

# %% [markdown]
# Here is a small network with eight such filters, a layer that averages squares of 2 × 2, and ten outputs. It has 810 parameters,
# a third of the network in part 5. It still reads well:

# %%
train, test = split(pictures, classes)
filters = Convolution2d((1, 8, 8), 8, 3, activation="relu", seed=0)
pooling = AveragePooling2d(filters.output_shape)
reader = Sequential(filters, pooling, Layer(math.prod(pooling.output_shape), 10, "softmax", seed=1))
options = {"loss": "cross_entropy", "optimizer": Adam(0.01), "epochs": 12}
history = fit(reader, *train, validation_data=test, verbose=False, **options)
right = 100 * history.validation_accuracy[-1]
print(f"{len(reader.parameters())} parameters, {right:.1f} % of the held-out digits are correct")

# %% [markdown]
# These are the eight filters after training, and what each of them sees in the image above:

# %%
images({f"filter {k + 1}": [w.data for w in n.weights] for k, n in enumerate(filters.filters)}, signed=True)  # fmt: skip
maps = numpy.array([y.data for y in filters(image)]).reshape(8, 36)
images({f"seen by {k + 1}": map_.tolist() for k, map_ in enumerate(maps)})

# %% [markdown]
# ## 7.6 What do you gain?
#
# Compute one gradient over 100 points for a network with 2, 16, 16 and 1 neurons: first number by number, then with the compiled
# program. (These times are from the machine that ran this page. Yours will differ.)

# %%
small = MLP(2, [16, 16, 1], activation="tanh", output="linear", seed=0)
points = numpy.random.default_rng(1).normal(size=(100, 2)).tolist()
targets = [math.sin(x) * y for x, y in points]


def shortest(run, repeats):
    """The shortest of several times, in microseconds."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        run()
        times.append(1e6 * (time.perf_counter() - started))
    return min(times)


small_batch = BatchGradient(
    lambda point, target: sum_squared_error(small(point), target), small.parameters()
)
small_columns = small_batch.rows(points, targets)
plain = shortest(
    lambda: batch_gradient(small, small.parameters(), sum_squared_error, points, targets), 3
)
quick = shortest(lambda: small_batch(small_columns), 200)
print(f"number by number: {plain:,.0f} µs, compiled: {quick:,.0f} µs")

# %% [markdown]
# ## 7.7 What about `if`?
#
# A list of instructions has no branches, but Python code does. These two samples take different ways through the `if`. The compiler
# records both ways and merges them: the instruction `where` selects the result that belongs to a sample.


# %%
def bent(x):
    if x > 0:
        return sin(x)
    return x * x


fast_bent = compiled(bent, batched="x")
print("compiled:", fast_bent([2.0, -3.0]).tolist())
print("plain:   ", [bent(2.0), bent(-3.0)])
print(fast_bent.program)

# %% [markdown]
# ## 7.8 A program of your own
#
# The compiler is not only for networks. Change the line `import math` in a program, and it has derivatives, lists and batches. Here
# is the price of a stock option, as banks compute it. This code knows nothing about graphs:

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
print(f"if the share costs one dollar more, the option costs {delta:.3f} dollars more")
print(f"if the volatility is one point higher, the option costs {vega / 100:.3f} dollars more")

# %% [markdown]
# Now for ten thousand options at once:

# %%
spots = numpy.linspace(20.0, 80.0, 10_000)
fast_deltas = compiled(grad(call_price), batched="spot")
deltas = fast_deltas(spots, 40.0, 0.1, 0.2, 0.5)
lines(
    {"slope": deltas},
    "How much the price of an option changes with that of the share",
    spots,
    x="price of the share",
    y="slope of the option's price",
)

# %% [markdown]
# [Your program](../docs/your_program.md) explains what else you need to know.
#
# ## Exercises
#
# Replace `None` with your answer and run the cell. It tells you whether you are right.
#
# **1.** A layer has 20 inputs and 5 neurons, each with a bias. Which shape does the matrix of its weights have? Answer with
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
# **2.** A window of 3 × 3 moves across an image of 8 × 8 in steps of two pixels. At how many places does it stop?

# %%
answer_2 = None


def is_right_2(answer):
    return answer == len(Convolution2d((1, 8, 8), 1, 3, stride=2).patches)


check(answer_2, is_right_2)

# %% [markdown]
# **3.** How many parameters does a convolution with 8 filters of 3 × 3 pixels have? And how many does a plain layer have with as
# many outputs, 8 · 36, for the same 64 pixels? Answer with both numbers.

# %%
answer_3 = None  # (..., ...)


def is_right_3(answer):
    convolution, plain = Convolution2d((1, 8, 8), 8, 3), Layer(64, 8 * 36)
    return tuple(answer) == (len(convolution.parameters()), len(plain.parameters()))


check(answer_3, is_right_3)

# %% [markdown]
# **4.** Write a function of a list of three numbers that uses only `+` and `*`, and in which the compiler finds a product that
# begins with `(2, 3) @ (3,`.

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
# Try the exercises first. Then open the cell.

# %% jupyter={"source_hidden": true}
solution_1 = (5, 21)  # a row for each neuron, a column for each input, and one for the bias
solution_2 = 3 * 3  # the window fits at 0, 2 and 4, both down and across
solution_3 = (8 * (9 + 1), 8 * 36 * (64 + 1))


def solution_4(x):
    return [1.5 * x[0] + 2.0 * x[1] + 0.5 * x[2], 3.0 * x[0] + 0.25 * x[1] + 4.0 * x[2]]


assert is_right_1(solution_1)
assert is_right_2(solution_2)
assert is_right_3(solution_3)
assert is_right_4(solution_4)

# What this page says, checked:
assert numpy.allclose(slopes(2.0, 3.0), grad(f, argnums=(0, 1))(2.0, 3.0), rtol=1e-12)
assert numpy.allclose(answers, by_hand, rtol=1e-12)
assert math.isclose(answers[2][7], layer(samples[7].tolist())[2].data, rel_tol=1e-12)
assert products(rotated.program)[0].startswith("(2, 2) @ (2,")
assert products(fast_layer.program)[0].startswith("(4, 3) @ (3,")
assert numpy.allclose(scalar, batch.gradient, rtol=1e-9, atol=1e-12)
window = [image[8 * (1 + r) + 2 + c] for r in range(3) for c in range(3)]
assert math.isclose(
    seen[6 + 2], sum(w * p for w, p in zip(edge, window, strict=True)), abs_tol=1e-12
)
assert products(fast_four.program)[0].startswith("(4, 10) @ (10, 36")
assert history.validation_accuracy[-1] > 0.9
assert numpy.allclose(fast_bent([2.0, -3.0]), [bent(2.0), bent(-3.0)], rtol=1e-12)
assert math.isclose(call_price(42.0, 40.0, 0.1, 0.2, 0.5), 4.7594, abs_tol=1e-4)
assert math.isclose(deltas[5], grad(call_price)(spots[5], 40.0, 0.1, 0.2, 0.5), rel_tol=1e-9)

# %% [markdown]
# This is the end of the course. You have seen a number and its slope, a graph, a walk downhill, a neuron, a network, the reason for
# going backwards, and how all of it becomes fast. The large networks of today learn in the same few steps, with many more numbers.
