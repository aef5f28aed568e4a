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
# **To find the slope for one number, you can change it a little and see what happens. Why not do that with every weight of a
# network?**
#
# Because you would have to run the network once for each weight. Here you count and measure what each method costs.

# %%
import math
import time
from random import Random

from autograd_core import Value, dot, grad, jvp, sigmoid, vjp
from course import check, lines
from nn import MLP, sum_squared_error

# %% [markdown]
# ## 6.1 n + 1 passes
#
# Forward differences need the value at the point itself, and one more value for each of the $n$ numbers:
#
# $$\frac{\partial f}{\partial x_i} \approx \frac{f(x_1, \dots, x_i + h, \dots, x_n) - f(x)}{h}, \qquad i = 1 \dots n$$
#
# That makes $n + 1$ passes through the calculation. Count them for the squared error of a neuron with $n$ inputs:


# %%
def neuron_with(n):
    """The squared error of one sigmoid neuron, as a function of its n weights."""
    random = Random(0)
    inputs = [random.uniform(-1, 1) for _ in range(n)]
    return lambda weights: (sigmoid(dot(weights, inputs)) - 1) ** 2


def weights_of(n):
    return [1 / (i + 1) for i in range(n)]


def by_differences(f, x, h=1e-7):
    here = f(x)
    return [(f([*x[:i], x[i] + h, *x[i + 1 :]]) - here) / h for i in range(len(x))]


def counted(f):
    """The same function, but it counts its calls."""

    def counting(x):
        counting.calls += 1
        return f(x)

    counting.calls = 0
    return counting


# %%
print("     n   calls, differences   calls, backward   largest difference")
for n in (1, 10, 100, 1000):
    one, other = counted(neuron_with(n)), counted(neuron_with(n))
    numerical, exact = by_differences(one, weights_of(n)), grad(other)(weights_of(n))
    apart = max(abs(a - b) for a, b in zip(numerical, exact, strict=True))
    print(f"{n:6}{one.calls:21}{other.calls:18}{apart:21.0e}")

# %% [markdown]
# Back-propagation calls the function **once**, and then goes back through what it recorded, **once**. That makes two passes for
# any $n$. Also, as you saw in [part 1](01_a_number_and_its_slope.ipynb), differences are not exact.
#
# ## 6.2 Measured
#
# Counting calls is not enough: recording a graph and going back through it takes longer than the plain calculation. So measure
# the time too. (These times are from the machine that ran this page. Yours will differ.)


# %%
def shortest(run, repeats):
    """The shortest of several times, in milliseconds."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        run()
        times.append(1e3 * (time.perf_counter() - started))
    return min(times)


sizes = [1, 3, 10, 30, 100, 300, 1000]
milliseconds = {"differences": [], "forward and backward": [], "forward only": []}
for n in sizes:
    f, x = neuron_with(n), weights_of(n)
    milliseconds["differences"].append(shortest(lambda f=f, x=x: by_differences(f, x), 2))
    milliseconds["forward and backward"].append(
        shortest(lambda f=f, x=x: f([Value(number) for number in x]).backward(), 7)
    )
    milliseconds["forward only"].append(shortest(lambda f=f, x=x: f(x), 7))

# %%
lines(
    milliseconds,
    "Time for the gradient of a neuron with n weights",
    sizes,
    x="n, the number of weights",
    y="milliseconds",
    log="xy",
    marker="o",
)
ratio = milliseconds["differences"][-1] / milliseconds["forward and backward"][-1]
print(f"with 1,000 weights, differences take {ratio:.0f} times as long as back-propagation")

# %% [markdown]
# The time of one call grows like $n$, because the dot product has $n$ terms. The differences need $n + 1$ calls, so their time
# grows like $n^2$: ten times as many weights take a hundred times as long. Back-propagation takes a constant factor longer than
# the plain calculation, so its line runs beside the lowest one.
#
# Suppose one call takes a tenth of a second and there are a million weights. Then a single step of descent takes less than a
# minute with back-propagation, and more than a day with differences. Without back-propagation, there would be no large networks.
#
# ## 6.3 How the work grows with the network
#
# Times are noisy, so count instead. The graph shows the work. Each arrow stands for about one multiplication forwards, and one
# multiplication and one addition backwards. Count the arrows in wider and wider networks:


# %%
def size_of(result):
    """The number of cards in a graph, and the number of arrows that carry a gradient."""
    seen, todo, arrows = {result}, [result], 0
    while todo:
        for operand in todo.pop().operands:
            if isinstance(operand, Value):
                arrows += 1
                if operand not in seen:
                    seen.add(operand)
                    todo.append(operand)
    return len(seen), arrows


rows = []
for width in (2, 4, 8, 16, 32):
    model = MLP(10, [width, width, 1], seed=0)
    loss = sum_squared_error(model([0.1 * i for i in range(10)]), 1.0)
    n = len(model.parameters())
    cards, arrows = size_of(loss)
    rows.append((n, arrows))
    print(f"width {width:2}: {n:5} parameters, {cards:5} cards, {arrows:5} arrows")

# %%
lines(
    {
        "differences: (n + 1) × arrows": [(n + 1) * arrows for n, arrows in rows],
        "forward and backward: 2 × arrows": [2 * arrows for _, arrows in rows],
    },
    "Multiplications for one gradient of a network",
    [n for n, _ in rows],
    x="n, the number of parameters",
    log="xy",
    marker="o",
)

# %% [markdown]
# Each weight is used once for a sample. It adds at most two arrows: one from itself, and one from the number that it multiplies.
# So the work of a pass grows like $n$, and all the slopes together cost only a few times as much as the value itself. This is the
# **cheap gradient principle**.
#
# ## 6.4 Forwards or backwards?
#
# The chain rule is a long product. You can also multiply it from the inputs to the result: along with each value, you carry how
# fast it changes when the inputs move in one direction. This is **forward mode**, and `jvp` is such a pass. It is exact too, but
# each pass gives the slope in **one direction only**. For $n$ slopes it takes $n$ passes:


# %%
def forward_mode(f, x):
    directions = [[float(i == k) for i in range(len(x))] for k in range(len(x))]
    return [jvp(f, (x,), (direction,))[1] for direction in directions]


f, x = counted(neuron_with(30)), weights_of(30)
by_columns = forward_mode(f, x)
print(f"forward mode: {f.calls} passes for {len(x)} slopes")

# %% [markdown]
# Which direction is better depends on the shape of the function. Arrange all derivatives in a table, the **Jacobian**, with a row
# for each result and a column for each input. A forward pass gives one column, and a backward pass gives one row:
#
# | function | Jacobian | best |
# |---|---|---|
# | 1 result, 6 inputs | 1 row, 6 columns | 1 pass backwards |
# | 5 results, 2 inputs | 5 rows, 2 columns | 2 passes forwards |
#
# Here is a function with one input and five results, both ways:


# %%
def several(t):
    """One input, five results."""
    return [t, t * t, sigmoid(t), t**3, 1 / t]


column = jvp(several, (2.0,), (1.0,))[1]
_, pull = vjp(several, 2.0)
rows_of_one = [pull([float(i == k) for i in range(5)])[0] for k in range(5)]
print("one pass forwards:    ", [round(v, 4) for v in column])
print("five passes backwards:", [round(v, 4) for v in rows_of_one])

# %% [markdown]
# A network in training has one result, the cost, and as many inputs as parameters. It is the extreme case, so we go backwards.
#
# ## 6.5 The price: memory
#
# To go back, you need every value and every local derivative of the forward pass. Differences can forget each pass before the
# next. Back-propagation keeps one card for each operation until it is done:

# %%
lengths = [10, 100, 1000, 10_000]
cards = []
for length in lengths:
    y = Value(0.5)
    for _ in range(length):
        y = sigmoid(y)
    cards.append(size_of(y)[0])

lines(
    {"back-propagation": cards, "differences": [2] * 4},
    "Cards in memory at the same time",
    lengths,
    x="operations in a row",
    log="xy",
    marker="o",
)

# %% [markdown]
# ## Exercises
#
# Replace `None` with your answer and run the cell. It tells you whether you are right.
#
# **1.** A function has 250 inputs. How many times must **central** differences call it to find its gradient?

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
# **2.** One call of a network with a million weights takes a tenth of a second. About how many hours do forward differences take
# for one gradient?

# %%
answer_2 = None


def is_right_2(answer):
    return math.isclose(answer, (1_000_000 + 1) * 0.1 / 3600, rel_tol=0.02)


check(answer_2, is_right_2)

# %% [markdown]
# **3.** A function has 3 inputs and 100 results, and you want the whole Jacobian. Which mode is better, and how many passes does it
# take? Answer with a pair such as `("backward", 7)` or `("forward", 7)`.

# %%
answer_3 = None


def is_right_3(answer):
    return tuple(answer) == ("forward", min(3, 100))


check(answer_3, is_right_3)

# %% [markdown]
# **4.** Write a function `slope_along(f, x, direction)` that says how fast $f$ changes at $x$ in a direction, with **one** call of
# `f`. You can use `jvp`, or `grad` and a dot product.

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
# Try the exercises first. Then open the cell.

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

# What this page says, checked:
assert (one.calls, other.calls) == (1001, 1)
assert apart < 1e-6
assert ratio > 5
assert all(n <= arrows <= 3 * n for n, arrows in rows)
assert f.calls == 30
for mine, true in zip(by_columns, grad(neuron_with(30))(weights_of(30)), strict=True):
    assert math.isclose(mine, true, rel_tol=1e-9)
for mine, true in zip(column, rows_of_one, strict=True):
    assert math.isclose(mine, true, rel_tol=1e-9)
assert cards == [length + 1 for length in lengths]

# %% [markdown]
# **Next:** [part 7](07_from_scalars_to_tensors.ipynb) turns single numbers into matrices, and makes everything fast.
