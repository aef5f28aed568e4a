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
# # 1. A number and its slope
#
# **How fast does a result change when an input does?**
#
# This is the first of seven pages that lead from one number to networks that read handwriting. Each starts with a question
# and ends with exercises. You need some Python; what you need of mathematics is explained on the way.
#
# 1. **A number and its slope** (this page)
# 2. [A graph and the chain rule](02_a_graph_and_the_chain_rule.ipynb)
# 3. [Descent](03_descent.ipynb)
# 4. [One neuron](04_one_neuron.ipynb)
# 5. [A network](05_a_network.ipynb)
# 6. [Why back-propagation](06_why_backpropagation.ipynb)
# 7. [From scalars to tensors](07_from_scalars_to_tensors.ipynb)

# %%
import math

import matplotlib.pyplot as plt

from autograd_core import Value, absolute, draw, exp, grad, numerical_gradient, relu, sin
from nn.plots import plot_difference_errors

BLUE, ORANGE, GREEN, GREY = "#1b5fa8", "#d55e00", "#1a7f5a", "#9aa0a6"

# %% [markdown]
# ## 1.1 From a secant to the slope
#
# Take the parabola $y = x^2 - 4x + 6$ at $x = 4$. Go a distance $h$ to the right, and see how much $y$ has grown for each
# unit of the way:
#
# $$\frac{f(x + h) - f(x)}{h}$$
#
# That is the slope of the straight line through the two points, a **secant**. Then make $h$ smaller:


# %%
def parabola(x):
    return x**2 - 4 * x + 6


def forward_difference(f, x, h):
    return (f(x + h) - f(x)) / h


for h in (4.0, 2.0, 1.0, 0.1, 0.01, 0.001):
    print(f"h = {h:<6}  slope {forward_difference(parabola, 4.0, h):.4f}")

# %%
xs = [k / 20 for k in range(-10, 175)]
figure, axes = plt.subplots(figsize=(6.5, 4), layout="constrained")
axes.plot(xs, [parabola(x) for x in xs], color=GREY, linewidth=2.5)
for h, colour in ((4.0, "#a8c8ea"), (2.0, "#5aa0dc"), (1.0, BLUE)):
    slope = forward_difference(parabola, 4.0, h)
    axes.plot(
        xs,
        [parabola(4) + slope * (x - 4) for x in xs],
        color=colour,
        linewidth=1.5,
        label=f"secant, h = {h:g}",
    )
    axes.plot(4 + h, parabola(4 + h), "o", color=colour)
axes.plot(xs, [parabola(4) + 4 * (x - 4) for x in xs], color=ORANGE, linewidth=2, label="tangent")
axes.plot(4, parabola(4), "o", color="black")
axes.set(
    xlim=(0, 8.7), ylim=(-4, 46), xlabel="x", ylabel="y", title="The secants turn into the tangent"
)
axes.legend(frameon=False)
axes.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown]
# The slopes approach 4, and the secants approach the line that just touches the curve, the **tangent**. What they approach
# is the **derivative**:
#
# $$f'(x) = \frac{\mathrm{d}y}{\mathrm{d}x} = \lim_{h \to 0} \frac{f(x + h) - f(x)}{h}$$
#
# For the parabola the rules of differentiation give $f'(x) = 2x - 4$, and so 4 at $x = 4$.
#
# ## 1.2 To both sides is better
#
# The forward difference was 4.1 at $h = 0.1$: wrong by exactly $h$. Look to both sides instead:
#
# $$\frac{f(x + h) - f(x - h)}{2h}$$
#
# This is the **central difference**. Compare the two on a curve that is no parabola, $\sin x$ at $x = 1$, whose slope is
# $\cos 1$:


# %%
def central_difference(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


true = math.cos(1.0)
print("h          error, forward    error, central")
for h in (0.1, 0.01, 0.001):
    forward = forward_difference(math.sin, 1.0, h) - true
    central = central_difference(math.sin, 1.0, h) - true
    print(f"{h:<8}{forward:>16.2e}{central:>18.2e}")

# %% [markdown]
# A tenth of $h$ makes the forward error ten times smaller, and the central one a hundred times. Taylor's series says why:
#
# $$\frac{f(x+h) - f(x)}{h} = f'(x) + \frac{h}{2} f''(x) + \dots \qquad
# \frac{f(x+h) - f(x-h)}{2h} = f'(x) + \frac{h^2}{6} f'''(x) + \dots$$

# %%
h = 0.001
assert math.isclose(
    forward_difference(math.sin, 1.0, h) - true, h / 2 * -math.sin(1.0), rel_tol=1e-2
)
assert math.isclose(
    central_difference(math.sin, 1.0, h) - true, h**2 / 6 * -math.cos(1.0), rel_tol=1e-2
)

# %% [markdown]
# ## 1.3 Smaller is not always better
#
# So take $h$ as small as you like, and the error disappears? Try it:

# %%
figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
plot_difference_errors(sin, 1.0, axes)
plt.show()

# %% [markdown]
# Read it from right to left, as $h$ becomes smaller. At first the error falls, with the two speeds that we have seen. Then it
# **rises** again. A computer keeps about 16 digits of each number. The two values of $f$ are nearly the same, their
# difference has only few correct digits left, and dividing by a tiny $h$ makes what is wrong large.
#
# Even the best central difference has some eleven correct digits, and only at the right $h$, which depends on the function.
# That is good enough to **check** a slope. It is not good enough to compute with.


# %%
def error(h):
    return abs(central_difference(math.sin, 1.0, h) - true)


for h in (1e-1, 1e-3, 1e-5, 1e-7, 1e-9, 1e-11, 1e-13):
    print(f"h = {h:.0e}   error {error(h):.0e}")
assert error(1e-5) < 1e-9
assert error(1e-1) > 1e4 * error(1e-5) < error(1e-13)

# %% [markdown]
# ## 1.4 Exactly
#
# The rules of differentiation have no $h$. Each step of a calculation has a known derivative, and the chain rule puts them
# together. A `Value` is a number that remembers how it was computed, and so can do this by itself:

# %%
x = Value(4.0, "x")
y = parabola(x)
y.label = "y"
y.backward()
print("value", y.data, " slope", x.grad)
assert x.grad == 4.0

# %% [markdown]
# Here is what it remembers. Each card is a number; below its value stands how fast $y$ changes with it. How the numbers
# on the arrows come about is the subject of [part 2](02_a_graph_and_the_chain_rule.ipynb).

# %%
draw(y, title="The slope of x² − 4x + 6 at x = 4")

# %% [markdown]
# If you have a function, `grad` makes its derivative, which is a function too. It is exact to the last digits:

# %%
slope_of_sine = grad(sin)
print("by grad:            ", slope_of_sine(1.0))
print("cos 1:              ", math.cos(1.0))
print("central difference: ", numerical_gradient(sin, 1.0))
assert math.isclose(slope_of_sine(1.0), math.cos(1.0), rel_tol=1e-15)

# %% [markdown]
# ## 1.5 The slope at every point, and the slope of the slope
#
# Draw a curve and its derivative together. Where the curve rises, the derivative is above zero; at the top of a hill and
# at the bottom of a valley it is zero. And the derivative has a derivative again: it says how the curve **bends**.


# %%
def wave(x):
    return sin(2 * x) * exp(-(x**2) / 4)


xs = [k / 50 for k in range(-200, 201)]
figure, axes = plt.subplots(figsize=(7.5, 3.6), layout="constrained")
axes.axhline(0, color=GREY, linewidth=0.8)
axes.plot(xs, [wave(x) for x in xs], color=BLUE, linewidth=2.5, label="f")
axes.plot(xs, [grad(wave)(x) for x in xs], color=ORANGE, linewidth=1.5, label="f′, the slope")
axes.plot(
    xs,
    [grad(grad(wave))(x) for x in xs],
    color=GREEN,
    linewidth=1.5,
    linestyle="--",
    label="f″, the bend",
)
axes.set(title="A curve, its slope, and its bend", xlabel="x")
axes.legend(frameon=False)
axes.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
top = max(xs, key=wave)
assert abs(grad(wave)(top)) < 0.1  # level at the top, as nearly as our points hit it
assert grad(grad(wave))(top) < 0  # and bent downwards
assert math.isclose(grad(grad(grad(sin)))(0.0), -1.0)

# %% [markdown]
# ## 1.6 Two numbers, two slopes
#
# A result may depend on several numbers. Move one, hold the others still: that is a **partial derivative**,
# $\partial f / \partial x$. All of them together are the **gradient**.


# %%
def area(side):
    width, height = side
    return width * height


print(grad(area)([3.0, 5.0]))
print(numerical_gradient(area, [3.0, 5.0]))

# %% [markdown]
# A rectangle of 3 by 5: one unit more in width adds 5 to the area, one unit more in height adds 3.

# %%
assert grad(area)([3.0, 5.0]) == [5.0, 3.0]

# %% [markdown]
# ## 1.7 Where there is no slope
#
# At a kink, as $|x|$ has at 0, the two sides disagree: the slope is −1 to the left and +1 to the right. There is no one
# derivative. Every slope between the two is reasonable; the library takes the one smallest in size, here 0.

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 2.8), layout="constrained")
xs = [k / 50 for k in range(-100, 101)]
for axes, f, name in ((left, absolute, "|x|"), (right, relu, "relu(x) = max(0, x)")):
    axes.plot(xs, [f(x) for x in xs], color=BLUE, linewidth=2.5, label="f")
    axes.plot(
        xs, [grad(f)(x) if x else math.nan for x in xs], color=ORANGE, linewidth=1.5, label="f′"
    )
    axes.plot(0, grad(f)(0.0), "o", color=ORANGE)
    axes.set(title=name, xlabel="x", ylim=(-1.2, 2.1))
    axes.spines[["top", "right"]].set_visible(False)
left.legend(frameon=False)
plt.show()
assert grad(absolute)(0.0) == grad(relu)(0.0) == 0.0

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
# **1.** At which $x > 0$ is the slope of $x^3 - 3x$ zero?

# %%
answer_1 = None


def is_right_1(answer):
    return answer > 0 and abs(grad(lambda x: x**3 - 3 * x)(answer)) < 1e-9


check(answer_1, is_right_1)

# %% [markdown]
# **2.** The central difference of $x^3$ at $x = 2$ with $h = 0.1$ is not 12, but a little more. By how much? (Multiply
# out, or use Taylor's series above: here it ends after two terms.)

# %%
answer_2 = None


def is_right_2(answer):
    return math.isclose(answer, central_difference(lambda x: x**3, 2.0, 0.1) - 12, rel_tol=1e-6)


check(answer_2, is_right_2)

# %% [markdown]
# **3.** Write a function `second_difference(f, x, h)` that approximates $f''(x)$ with three values of $f$.

# %%
answer_3 = None  # def second_difference(f, x, h): ...


def is_right_3(answer):
    return all(
        math.isclose(answer(wave, x, 1e-3), grad(grad(wave))(x), abs_tol=1e-4)
        for x in (-1.0, 0.3, 2.0)
    )


check(answer_3, is_right_3)

# %% [markdown]
# **4.** A box has a square base of side $a$ and the height $b$. What is the gradient of its volume at $a = 2$, $b = 7$?
# Answer with a list of two numbers.

# %%
answer_4 = None


def is_right_4(answer):
    return list(answer) == grad(lambda box: box[0] ** 2 * box[1])([2.0, 7.0])


check(answer_4, is_right_4)

# %% [markdown]
# ### Solutions
#
# Try first! Then open the cell.

# %% jupyter={"source_hidden": true}
solution_1 = 1.0  # 3x² − 3 = 0
solution_2 = 0.01  # h² / 6 · f‴ = 0.01 / 6 · 6


def solution_3(f, x, h):
    return (f(x + h) - 2 * f(x) + f(x - h)) / h**2


solution_4 = [2 * 2.0 * 7.0, 2.0**2]

assert is_right_1(solution_1)
assert is_right_2(solution_2)
assert is_right_3(solution_3)
assert is_right_4(solution_4)

# %% [markdown]
# **Next:** [part 2](02_a_graph_and_the_chain_rule.ipynb) shows how a calculation finds all its slopes at once.
