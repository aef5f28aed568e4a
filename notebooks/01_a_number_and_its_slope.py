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
# **When an input changes, how fast does the result change?**
#
# This course has seven parts. It starts with one number and ends with networks that read handwriting. Each part begins with a
# question and ends with exercises. You need some Python and the calculus of school: derivatives and the rules for finding them.
#
# 1. **A number and its slope** (this page)
# 2. [A graph and the chain rule](02_a_graph_and_the_chain_rule.ipynb)
# 3. [Descent](03_descent.ipynb)
# 4. [One neuron](04_one_neuron.ipynb)
# 5. [A network](05_a_network.ipynb)
# 6. [Why back-propagation](06_why_backpropagation.ipynb)
# 7. [From scalars to tensors](07_from_scalars_to_tensors.ipynb)
#
# [日本語](01_a_number_and_its_slope.ja.ipynb) · [Tiếng Việt](01_a_number_and_its_slope.vi.ipynb)

# %%
import math

from autograd_core import Value, absolute, draw, exp, grad, numerical_gradient, relu, sin
from course import check, curves
from nn.plots import plot_difference_errors

# %% [markdown]
# ## 1.1 From a secant to the slope
#
# Take the parabola $y = x^2 - 4x + 6$ at $x = 4$. Move to the right by a distance $h$. By how much does $y$ grow for each
# unit of that distance?
#
# $$\frac{f(x + h) - f(x)}{h}$$
#
# This is the slope of the straight line through the two points, a **secant**. Now make $h$ smaller:


# %%
def parabola(x):
    return x**2 - 4 * x + 6


def forward_difference(f, x, h):
    return (f(x + h) - f(x)) / h


for h in (4.0, 2.0, 1.0, 0.1, 0.01, 0.001):
    print(f"h = {h:<6}  slope {forward_difference(parabola, 4.0, h):.4f}")


# %%
def line(slope):
    """The straight line through the point (4, 6) with this slope."""
    return lambda x: 6 + slope * (x - 4)


curves(
    {"tangent": line(4), "secant, h = 1": line(5), "secant, h = 4": line(8), "y": parabola},
    0,
    8.7,
    "As h shrinks, the secants turn into the tangent",
    points=[(4, 6), (5, 11), (8, 38)],
)

# %% [markdown]
# The slopes approach 4. The secants approach the line that just touches the curve, the **tangent**. The limit of the slopes
# is the **derivative**:
#
# $$f'(x) = \frac{\mathrm{d}y}{\mathrm{d}x} = \lim_{h \to 0} \frac{f(x + h) - f(x)}{h}$$
#
# You know the rules of differentiation from school: for the parabola they give $f'(x) = 2x - 4$, and at $x = 4$ that is 4.
#
# ## 1.2 Look to both sides
#
# At $h = 0.1$ the forward difference was 4.1: it was off by exactly $h$. Look to both sides instead:
#
# $$\frac{f(x + h) - f(x - h)}{2h}$$
#
# This is the **central difference**. Compare the two on a curve that is not a parabola: $\sin x$ at $x = 1$, where the slope
# is $\cos 1$.


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
# When $h$ is ten times smaller, the forward error is ten times smaller, and the central error is a hundred times smaller.
# Taylor's series explains it: the first error is about $\frac{h}{2} f''(x)$, the second about $\frac{h^2}{6} f'''(x)$.
#
# ## 1.3 Smaller is not always better
#
# Can you make the error as small as you like by making $h$ smaller still? Try it:

# %%
axes = plot_difference_errors(sin, 1.0)

# %% [markdown]
# Read the picture from right to left. As $h$ shrinks, the error falls at first, just as you saw. Then it **rises** again.
# A computer keeps about 16 digits of each number. When $h$ is tiny, the two values of $f$ are almost equal, so only a few
# digits of their difference are correct. Dividing by $h$ magnifies what is wrong.
#
# Even the best central difference gets only about eleven digits right, and the best $h$ depends on the function. That is good
# enough to **check** a slope, but not good enough to compute with.
#
# ## 1.4 The exact slope
#
# The rules of differentiation have no $h$. Each step of a calculation has a known derivative, and the chain rule combines
# them. A `Value` is a number that remembers how it was computed, so it can apply these rules by itself:

# %%
x = Value(4.0, "x")
y = parabola(x)
y.label = "y"
y.backward()
print("value", y.data, " slope", x.grad)

# %% [markdown]
# Here is what it remembers. Each card is a number. Its gradient, below the value, says how fast $y$ changes with it.
# [Part 2](02_a_graph_and_the_chain_rule.ipynb) explains the numbers on the arrows.

# %%
draw(y, title="The slope of x² − 4x + 6 at x = 4")

# %% [markdown]
# You can also ask for the derivative of a function: `grad(f)` is a function too. It is exact to the last digit or two:

# %%
slope_of_sine = grad(sin)
print("by grad:            ", slope_of_sine(1.0))
print("cos 1:              ", math.cos(1.0))
print("central difference: ", numerical_gradient(sin, 1.0))

# %% [markdown]
# ## 1.5 The slope at every point, and the slope of the slope
#
# Draw a curve together with its derivative. Where the curve rises, the derivative is positive. At the top of a hill and at the
# bottom of a valley it is zero. The derivative has a derivative too, which says how the curve **bends**.


# %%
def wave(x):
    return sin(2 * x) * exp(-(x**2) / 4)


curves(
    {"f": wave, "f′, the slope": grad(wave), "f″, the bend": grad(grad(wave))},
    -4,
    4,
    "A curve, its slope and its bend",
)

# %% [markdown]
# ## 1.6 Two numbers, two slopes
#
# A result can depend on several numbers. Change one and keep the others fixed: the slope that you find is a **partial
# derivative**, $\partial f / \partial x$. All partial derivatives together are the **gradient**.


# %%
def area(side):
    width, height = side
    return width * height


print("by grad:       ", grad(area)([3.0, 5.0]))
print("by differences:", numerical_gradient(area, [3.0, 5.0]))

# %% [markdown]
# The rectangle is 3 wide and 5 high. Each unit of width adds 5 to the area, and each unit of height adds 3.
#
# ## 1.7 Where there is no slope
#
# At 0, $|x|$ has a kink: the slope is −1 on the left and +1 on the right, so there is no derivative. Any slope between the two
# is a reasonable choice. This library chooses the one closest to zero, and here that is 0.

# %%
curves({"|x|": absolute, "its slope": grad(absolute)}, -2, 2, "A kink at 0", points=[(0, 0)])
print("slope of |x| at 0:      ", grad(absolute)(0.0))
print("slope of max(0, x) at 0:", grad(relu)(0.0))

# %% [markdown]
# ## Exercises
#
# Replace `None` with your answer and run the cell. It tells you whether you are right.
#
# **1.** At which $x > 0$ is the slope of $x^3 - 3x$ zero?

# %%
answer_1 = None


def is_right_1(answer):
    return answer > 0 and abs(grad(lambda x: x**3 - 3 * x)(answer)) < 1e-9


check(answer_1, is_right_1)

# %% [markdown]
# **2.** The derivative of $x^3$ at $x = 2$ is 12. The central difference with $h = 0.1$ is a little more. By how much?
# (Multiply out, or use the error term of Taylor's series: here it is exact.)

# %%
answer_2 = None


def is_right_2(answer):
    return math.isclose(answer, central_difference(lambda x: x**3, 2.0, 0.1) - 12, rel_tol=1e-6)


check(answer_2, is_right_2)

# %% [markdown]
# **3.** Write a function `second_difference(f, x, h)` that approximates $f''(x)$ from three values of $f$.

# %%
answer_3 = None  # def second_difference(f, x, h): ...


def is_right_3(answer):
    return all(
        math.isclose(answer(wave, x, 1e-3), grad(grad(wave))(x), abs_tol=1e-4)
        for x in (-1.0, 0.3, 2.0)
    )


check(answer_3, is_right_3)

# %% [markdown]
# **4.** A box has a square base with side $a$ and has height $b$. What is the gradient of its volume at $a = 2$, $b = 7$?
# Answer with a list of two numbers.

# %%
answer_4 = None


def is_right_4(answer):
    return list(answer) == grad(lambda box: box[0] ** 2 * box[1])([2.0, 7.0])


check(answer_4, is_right_4)

# %% [markdown]
# ### Solutions
#
# Try the exercises first. Then open the cell.

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

# What this page says, checked:
h = 0.001
assert math.isclose(
    forward_difference(math.sin, 1.0, h) - true, h / 2 * -math.sin(1.0), rel_tol=1e-2
)
assert math.isclose(
    central_difference(math.sin, 1.0, h) - true, h**2 / 6 * -math.cos(1.0), rel_tol=1e-2
)
assert 1e-12 < abs(central_difference(math.sin, 1.0, 1e-5) - true) < 1e-10
assert abs(central_difference(math.sin, 1.0, 1e-13) - true) > 1e-6
assert x.grad == 4.0 == grad(parabola)(4.0)
assert math.isclose(slope_of_sine(1.0), math.cos(1.0), rel_tol=1e-15)
assert grad(area)([3.0, 5.0]) == [5.0, 3.0]
assert grad(absolute)(0.0) == grad(relu)(0.0) == 0.0

# %% [markdown]
# **Next:** [part 2](02_a_graph_and_the_chain_rule.ipynb) shows how a calculation finds all its slopes at once.
