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
# # 6. Why back-propagation?
#
# **To find the slope of one number, it is enough to nudge it and look. Why not do the same with every weight of a network?**
#
# Because it would take one run of the network for each weight. This page counts and measures what the alternatives cost.

# %%
import math
import time
from random import Random

import matplotlib.pyplot as plt

from autograd_core import Value, dot, grad, jvp, sigmoid, vjp
from nn import MLP, sum_squared_error

BLUE, ORANGE, GREY = "#1b5fa8", "#d55e00", "#9aa0a6"

# %% [markdown]
# ## 6.1 n + 1 passes
#
# Forward differences need the value at the point itself, and the value with each of the $n$ numbers nudged:
#
# $$\frac{\partial f}{\partial x_i} \approx \frac{f(x_1, \dots, x_i + h, \dots, x_n) - f(x)}{h}, \qquad i = 1 \dots n$$
#
# Those are $n + 1$ passes through the calculation. Count them, on the squared error of a neuron with $n$ inputs:


# %%
def neuron_with(n):
    """The squared error of one sigmoid neuron, as a function of its n weights."""
    random = Random(0)
    inputs = [random.uniform(-1, 1) for _ in range(n)]
    return lambda weights: (sigmoid(dot(weights, inputs)) - 1) ** 2


def by_differences(f, x, h=1e-7):
    here = f(x)
    return [(f([*x[:i], x[i] + h, *x[i + 1 :]]) - here) / h for i in range(len(x))]


def counted(f):
    """The same function, which counts its calls."""

    def counting(x):
        counting.calls += 1
        return f(x)

    counting.calls = 0
    return counting


def weights_of(n):
    return [1 / (i + 1) for i in range(n)]


print("     n   calls, differences   calls, backward   apart")
for n in (1, 10, 100, 1000):
    there, back = counted(neuron_with(n)), counted(neuron_with(n))
    numerical, exact = by_differences(there, weights_of(n)), grad(back)(weights_of(n))
    apart = max(abs(a - b) for a, b in zip(numerical, exact, strict=True))
    print(f"{n:6}{there.calls:21}{back.calls:18}{apart:8.0e}")
    assert (there.calls, back.calls) == (n + 1, 1)
    assert apart < 1e-6

# %% [markdown]
# Back-propagation calls the function **once**, and then walks back over what was recorded, **once**. Two passes, whatever
# $n$ is. And as [part 1](01_a_number_and_its_slope.ipynb) showed, the differences are not even exact.
#
# ## 6.2 Measured
#
# Counting is one thing, time another: recording a graph and walking it costs more than the plain calculation. So measure
# both. (The times are those of the machine that ran this page; yours will differ.)


# %%
def shortest(run, repeats=3):
    """The shortest of several times, in milliseconds."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        run()
        times.append(1e3 * (time.perf_counter() - started))
    return min(times)


sizes = [1, 3, 10, 30, 100, 300, 1000]
milliseconds = {
    "differences": [],
    "there and back": [],
    "there, recorded": [],
    "there, on plain numbers": [],
}
for n in sizes:
    f, x = neuron_with(n), weights_of(n)
    milliseconds["differences"].append(shortest(lambda f=f, x=x: by_differences(f, x), 2))
    milliseconds["there and back"].append(
        shortest(lambda f=f, x=x: f([Value(number) for number in x]).backward(), 7)
    )
    milliseconds["there, recorded"].append(
        shortest(lambda f=f, x=x: f([Value(number) for number in x]), 7)
    )
    milliseconds["there, on plain numbers"].append(shortest(lambda f=f, x=x: f(x), 7))

figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
for (name, found), colour in zip(
    milliseconds.items(), [ORANGE, BLUE, "#5aa0dc", GREY], strict=True
):
    axes.loglog(sizes, found, "o-", color=colour, linewidth=2, markersize=4, label=name)
axes.set(
    xlabel="n, the number of weights",
    ylabel="milliseconds",
    title="The whole gradient of a neuron with n weights",
)
axes.legend(frameon=False)
axes.spines[["top", "right"]].set_visible(False)
plt.show()

ratio = milliseconds["differences"][-1] / milliseconds["there and back"][-1]
print(f"with {sizes[-1]} weights, differences take {ratio:.0f} times as long as back-propagation")

# %% [markdown]
# One call takes a time that grows as $n$, since the dot product has $n$ terms. The differences make $n + 1$ such calls, so
# their time grows as $n^2$: ten times as many weights take a hundred times as long. Recording takes longer than computing
# with plain numbers, and the way back adds about half as long again. But these are constant factors: the three lower lines
# run side by side, and the orange one rises away from them.
#
# If one call takes a tenth of a second, a million weights make the difference between less than a minute and more than a
# day, for a single step of descent. Without back-propagation there would be no large networks.
#
# ## 6.3 How the work grows with the network
#
# Time is noisy, so count instead. A graph knows its work: a card is a weight, an input or an operation, and every arrow is
# about one multiplication forward, and one multiplication and addition on the way back. For networks of growing width:


# %%
def size_of(result):
    """How many cards a graph has, and how many arrows on which a gradient flows."""
    seen, todo, arrows = {result}, [result], 0
    while todo:
        for operand in todo.pop().operands:
            if isinstance(operand, Value):
                arrows += 1
                if operand not in seen:
                    seen.add(operand)
                    todo.append(operand)
    return len(seen), arrows


widths = [2, 4, 8, 16, 32]
rows = []
for width in widths:
    model = MLP(10, [width, width, 1], seed=0)
    loss = sum_squared_error(model([0.1 * i for i in range(10)]), 1.0)
    n = len(model.parameters())
    cards, arrows = size_of(loss)
    rows.append((n, arrows, (n + 1) * arrows))
    print(f"width {width:2}: {n:5} weights, {cards:5} cards, {arrows:5} arrows")

figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
ns, backward, differences = zip(*rows, strict=True)
axes.loglog(ns, differences, "o-", color=ORANGE, linewidth=2, label="differences: (n + 1) × arrows")
axes.loglog(
    ns,
    [2 * arrows for arrows in backward],
    "o-",
    color=BLUE,
    linewidth=2,
    label="there and back: 2 × arrows",
)
axes.set(
    xlabel="n, the number of weights",
    ylabel="multiplications",
    title="The work for one gradient of a network",
)
axes.legend(frameon=False)
axes.spines[["top", "right"]].set_visible(False)
plt.show()

assert all(n <= arrows <= 3 * n for n, arrows, _ in rows)

# %% [markdown]
# A weight is used once for each sample, and brings at most two arrows: one from itself, and one from the number that it
# multiplies. So there are about twice as many arrows as weights at most, the work of one pass grows as $n$, and all the
# slopes together cost about as much as the value itself: this is the **cheap gradient principle**.
#
# ## 6.4 Forwards, or backwards?
#
# The chain rule is a long product. One can also multiply it from the inputs to the result: carry along, with each value,
# how fast it changes when the inputs move in one direction. This is the **forward mode**; `jvp` is such a pass. It is
# exact, too, but each pass gives the slope in **one direction only**. For $n$ slopes it takes $n$ passes:


# %%
def forward_mode(f, x):
    directions = [[float(i == k) for i in range(len(x))] for k in range(len(x))]
    return [jvp(f, (x,), (direction,))[1] for direction in directions]


f, x = neuron_with(30), weights_of(30)
there = counted(f)
by_columns = forward_mode(there, x)
print(f"forward mode: {there.calls} passes for {len(x)} slopes")
assert there.calls == 30
assert all(math.isclose(a, b, rel_tol=1e-9) for a, b in zip(by_columns, grad(f)(x), strict=True))

# %% [markdown]
# Which direction is better depends on the shape of the function. One result and many inputs: backwards. One input and many
# results: forwards. Think of the table of all derivatives, the **Jacobian**: a forward pass gives a column of it, a
# backward pass a row.

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 2.4), layout="constrained")
for axes, shape, title in (
    (left, (1, 6), "1 result, 6 inputs: one row, 1 pass backwards"),
    (right, (5, 2), "5 results, 2 inputs: two columns, 2 passes forwards"),
):
    down, across = shape
    table = [[0.3 if down == 1 or c == 0 else 0.5 for c in range(across)] for _ in range(down)]
    axes.imshow(table, cmap="Blues" if down == 1 else "Oranges", vmin=0, vmax=1)
    for r in range(down):
        for c in range(across):
            axes.text(
                c,
                r,
                f"$\\partial y_{{{r + 1}}}/\\partial x_{{{c + 1}}}$",
                ha="center",
                va="center",
                fontsize=9,
            )
    axes.set(title=title, xticks=[], yticks=[], xlabel="inputs", ylabel="results")
    axes.set_aspect("auto")
plt.show()


# %%
def several(t):
    """One input, five results."""
    return [t, t * t, sigmoid(t), t**3, 1 / t]


speeds = jvp(several, (2.0,), (1.0,))[1]
_, pull = vjp(several, 2.0)
rows = [pull([float(i == k) for i in range(5)])[0] for k in range(5)]
print("one pass forwards:    ", [round(v, 4) for v in speeds])
print("five passes backwards:", [round(v, 4) for v in rows])
assert all(math.isclose(a, b, rel_tol=1e-9) for a, b in zip(speeds, rows, strict=True))

# %% [markdown]
# A network in training has one result, the cost, and as many inputs as weights. It is the extreme case, and so one walks
# backwards.
#
# ## 6.5 The price: memory
#
# Nothing is free. To walk back, every value and every local derivative of the way forward must still be there. A
# difference forgets each pass before the next. Back-propagation keeps one card for each operation, until the walk is done:

# %%
lengths = [10, 100, 1000, 10_000]
cards = []
for length in lengths:
    y = Value(0.5)
    for _ in range(length):
        y = sigmoid(y)
    cards.append(size_of(y)[0])
print(dict(zip(lengths, cards, strict=True)))
assert cards == [length + 1 for length in lengths]

figure, axes = plt.subplots(figsize=(6.5, 3), layout="constrained")
axes.loglog(lengths, cards, "o-", color=BLUE, linewidth=2, label="back-propagation")
axes.loglog(lengths, [2] * 4, "o-", color=ORANGE, linewidth=2, label="differences")
axes.set(title="Cards kept at the same time", xlabel="operations in a row")
axes.legend(frameon=False)
axes.spines[["top", "right"]].set_visible(False)
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
# **1.** How many times do **central** differences call a function of 250 numbers for its gradient?

# %%
answer_1 = None


def is_right_1(answer):
    f = counted(neuron_with(250))
    x = weights_of(250)
    for i in range(250):
        f([*x[:i], x[i] + 1e-4, *x[i + 1 :]])
        f([*x[:i], x[i] - 1e-4, *x[i + 1 :]])
    return answer == f.calls


check(answer_1, is_right_1)

# %% [markdown]
# **2.** One call of a network with a million weights takes a tenth of a second. How many hours do forward differences take
# for one gradient (about)?

# %%
answer_2 = None


def is_right_2(answer):
    return math.isclose(answer, (1_000_000 + 1) * 0.1 / 3600, rel_tol=0.02)


check(answer_2, is_right_2)

# %% [markdown]
# **3.** A function has 3 inputs and 100 results. You want the whole Jacobian. Forward mode or backward, and how many
# passes? Answer with a pair such as `("backward", 7)`.

# %%
answer_3 = None


def is_right_3(answer):
    return tuple(answer) == ("forward", min(3, 100))


check(answer_3, is_right_3)

# %% [markdown]
# **4.** Write a function `slope_along(f, x, direction)`: how fast $f$ changes at $x$ in a direction, with **one** call of
# `f`. There are two ways: with `jvp`, or with `grad` and a dot product.

# %%
answer_4 = None  # def slope_along(f, x, direction): ...


def is_right_4(answer):
    f, x, direction = counted(neuron_with(5)), weights_of(5), [1.0, -2.0, 0.0, 0.5, 3.0]
    mine, calls = answer(f, x, direction), f.calls
    return calls == 1 and math.isclose(mine, dot(grad(f)(x), direction), rel_tol=1e-9)


check(answer_4, is_right_4)

# %% [markdown]
# ### Solutions
#
# Try first! Then open the cell.

# %% jupyter={"source_hidden": true}
solution_1 = 2 * 250
solution_2 = 1_000_000 * 0.1 / 3600  # nearly 28 hours, for a single step of descent
solution_3 = ("forward", 3)


def solution_4(f, x, direction):
    return jvp(f, (x,), (direction,))[1]


assert is_right_1(solution_1)
assert is_right_2(solution_2)
assert is_right_3(solution_3)
assert is_right_4(solution_4)

# %% [markdown]
# **Next:** [part 7](07_from_scalars_to_tensors.ipynb) turns single numbers into matrices, and so makes all of it fast.
