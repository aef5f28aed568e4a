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
# # 3. Descent
#
# **How do you find the lowest point of a landscape if all you can feel is the slope under your feet?**
#
# To train a network is to make one number, its error, as small as possible. You can see every method for that on a curve:
# gradient descent and its learning rate, Newton's method, and grid search. At the end you hike across a landscape.

# %%
import math

from autograd_core import exp, grad, sin, value_and_grad
from course import check, lines, walks
from nn import GradientDescent, minimize
from nn.plots import plot_gradient_field, plot_surface

# %% [markdown]
# ## 3.1 Against the slope
#
# Here is the curve from part 1:
#
# $$y = x^2 - 4x + 6, \qquad \frac{\mathrm{d}y}{\mathrm{d}x} = 2x - 4$$
#
# Start at $x = 8$. The slope there is 12, so the curve rises to the right. The lowest point must be to the left, **against** the
# slope. Take a step in that direction, in proportion to the slope:
#
# $$x \leftarrow x - \eta \, \frac{\mathrm{d}y}{\mathrm{d}x}$$
#
# The factor $\eta$ is the **learning rate**. Then find the slope at the new place, and take the next step.


# %%
def parabola(x):
    return x**2 - 4 * x + 6


x = 8.0
for step in range(1, 6):
    slope = grad(parabola)(x)
    x = x - 0.1 * slope
    print(f"step {step}: slope {slope:6.3f}, so move to x = {x:.4f}")

# %% [markdown]
# The steps get shorter by themselves, because the slope gets smaller near the bottom. `minimize` takes such steps until the
# slope is almost zero, and keeps the whole path:

# %%
descent = minimize(parabola, 8.0, learning_rate=0.1)
print(f"x = {descent.x:.6f}, y = {descent.value:.6f} after {descent.steps} steps")
print("it stopped because", descent.reason)
walks(parabola, {"From x = 8, rate 0.1": descent.path}, -1, 9)

# %% [markdown]
# On a parabola you can work out exactly what happens. Each step leaves four fifths of the distance to the lowest point, at 2:
#
# $$x_{k+1} - 2 = (x_k - 2) - 0.1 \cdot 2 (x_k - 2) = 0.8 \, (x_k - 2), \qquad\text{so}\qquad x_k = 2 + 6 \cdot 0.8^k$$
#
# ## 3.2 The learning rate: too small, right, too large
#
# The same curve and the same start, ten steps, four learning rates:

# %%
rates = {"0.01: creeps": 0.01, "0.1: arrives": 0.1, "0.5: one leap": 0.5, "1.05: diverges": 1.05}


def path_with(rate, steps=10):
    return minimize(parabola, 8.0, learning_rate=rate, max_steps=steps).path


walks(parabola, {name: path_with(rate) for name, rate in rates.items()}, -12, 16)

# %% [markdown]
# Each step multiplies the distance to the lowest point by $1 - 2\eta$. If this factor is between −1 and 1, the distance
# shrinks. At $\eta = 0.5$ the factor is 0, and one step is enough. Beyond $\eta = 1$, every step leads farther away.

# %%
lines(
    {name: [max(abs(x - 2), 1e-9) for x in path_with(rate, 30)] for name, rate in rates.items()},
    "Distance from the lowest point: a straight line for each rate",
    x="step",
    y="|x − 2|",
    log="y",
)

# %% [markdown]
# No learning rate is right for every curve: a curve that bends more needs a smaller one. That is why so many methods adapt the
# learning rate or try to do without it.
#
# ## 3.3 Newton's method: use the bend too
#
# If you also knew how fast the slope changes, you could work out where it reaches zero. How fast the slope changes is the
# second derivative. Dividing by it gives **Newton's method**:
#
# $$x \leftarrow x - \frac{f'(x)}{f''(x)}$$
#
# It needs no learning rate. A parabola bends equally everywhere, so a single step is enough:

# %%
newton = minimize(parabola, 8.0, "newton")
print(newton.path)

# %% [markdown]
# On other curves it takes more steps, but near the bottom each step **doubles** the number of correct digits. Here is a curve
# with a term in $x^4$. Its lowest point is at 1:


# %%
def bowl(x):
    return x**4 / 4 + x**2 - 3 * x


slow = minimize(bowl, 3.0, learning_rate=0.05, max_steps=40).path
fast = minimize(bowl, 3.0, "newton").path
walks(bowl, {"Descent, rate 0.05": slow, "Newton's method": fast}, 0, 3.2)

# %%
lines(
    {
        "descent": [max(abs(x - 1), 1e-16) for x in slow],
        "Newton's method": [max(abs(x - 1), 1e-16) for x in [*fast, *[fast[-1]] * 30]],
    },
    "Distance from the lowest point",
    x="step",
    y="|x − 1|",
    log="y",
)

# %% [markdown]
# So why does not everybody use Newton's method? For $n$ numbers, the second derivatives form a table of $n \times n$ numbers,
# the **Hessian**. A network with a million weights would need a million times a million of them. And where a curve bends
# downwards, Newton's step can lead **up**. `minimize` notices this, stops, and says so:

# %%
print(minimize(lambda x: -(x**2), 1.0, "newton").reason)

# %% [markdown]
# ## 3.4 Grid search: try everything
#
# The simplest method needs no slope. Compute the value at many points, and choose the lowest:

# %%
tried = minimize(parabola, method="grid", bounds=(-2, 10), points=25)
print(f"the lowest of {len(tried.path)} points is x = {tried.x}")

# %% [markdown]
# For one number this works well. With two numbers and 25 values for each, you need $25^2 = 625$ points; with ten numbers,
# $25^{10}$, almost a hundred trillion. A network has thousands of numbers. With so many, you need the slope.
#
# ## 3.5 Several valleys
#
# Descent leads into the valley where it started. This curve has two valleys:


# %%
def two_valleys(x):
    return x**4 - 4 * x**2 + x


ends = {
    f"from {start}": minimize(two_valleys, start, learning_rate=0.01, max_steps=2000)
    for start in (-2.2, -0.4, 0.4, 2.2)
}
walks(two_valleys, {name: end.path for name, end in ends.items()}, -2.4, 2.4)
print("ends:", ", ".join(f"{name} at {end.x:.4f}" for name, end in ends.items()))

# %% [markdown]
# The right valley is a **local minimum**: no step downhill leads out of it, but it is not the lowest place. The left one is the
# **global minimum**. The simplest remedy is to start from several places.
#
# ## 3.6 A hike
#
# Now take two numbers: a place on a map. The function is the height there. The slope becomes an arrow, the **gradient**:
#
# $$\nabla f = \left(\frac{\partial f}{\partial x}, \frac{\partial f}{\partial y}\right)$$
#
# It points in the direction of the steepest climb, and its length says how steep the climb is. In the picture, the thin lines
# join places of equal height, and the colour of an arrow shows its length. At one place the directions up, down and level are
# marked.


# %%
def ground(p):
    x, y = p
    deep = 2 * exp(-((x - 1) ** 2) - (y - 0.5) ** 2)
    shallow = 1.4 * exp(-((x + 1.2) ** 2) - (y + 0.6) ** 2)
    return 2.4 - deep - shallow + 0.1 * (x**2 + y**2)


bounds = [(-2.6, 2.6), (-2.6, 2.6)]
place = [0.2, -0.4]
axes = plot_gradient_field(ground, bounds, at=place)

# %% [markdown]
# You can see two things here. Along a line of equal height the ground is level, so the gradient is at a right angle to it. And
# no other direction climbs as steeply as the gradient. Check the second by trying every direction:


# %%
def climb(degrees, h=1e-5):
    """How steeply the ground rises in a direction."""
    dx, dy = h * math.cos(math.radians(degrees)), h * math.sin(math.radians(degrees))
    x, y = place
    return (ground([x + dx, y + dy]) - ground([x - dx, y - dy])) / (2 * h)


east, north = grad(ground)(place)
steepest = max(range(360), key=climb)
print(f"steepest of 360 directions: {steepest}°, a rise of {climb(steepest):.5f}")
print(
    f"the gradient:               {math.degrees(math.atan2(north, east)) % 360:.1f}°, "
    f"its length {math.hypot(east, north):.5f}"
)

# %% [markdown]
# So the fastest way down is against the gradient. Four hikers set out and follow the slope. Where do they end up?

# %%
hikes = {
    "from the west": minimize(ground, [-2.4, 1.2], learning_rate=0.15, max_steps=500),
    "from the south": minimize(ground, [-0.3, -2.2], learning_rate=0.15, max_steps=500),
    "from the north": minimize(ground, [0.2, 2.4], learning_rate=0.15, max_steps=500),
    "from the east": minimize(ground, [2.4, -1.4], learning_rate=0.15, max_steps=500),
}
axes = plot_surface(
    ground, bounds, hikes, title="Four hikers, two hollows (★ marks the deeper one)"
)

# %% [markdown]
# ## 3.7 A long valley, and a ball with momentum
#
# Long, narrow valleys are the hardest landscapes: steep across, almost flat along. A learning rate small enough for the steep
# sides is much too small for the way along the bottom. **Momentum** helps. Like a rolling ball, each step keeps part of the step
# before. Movements back and forth cancel, and movements along the valley add up.


# %%
def valley(p):
    return 0.5 * p[0] ** 2 + 10 * p[1] ** 2


start = [-9.0, 1.0]
ball = GradientDescent(0.08, momentum=0.7)
down = {
    "descent": minimize(valley, start, learning_rate=0.08, max_steps=40),
    "with momentum": minimize(valley, start, optimizer=ball, max_steps=40),
}
axes = plot_surface(valley, [(-10, 2), (-1.5, 1.5)], down, title="40 steps along a valley")

# %%
lines({name: walk.values for name, walk in down.items()}, "Height", x="step", log="y")

# %% [markdown]
# ## Exercises
#
# Replace `None` with your answer and run the cell. It tells you whether you are right.
#
# **1.** With which learning rate does descent on $y = 3x^2$ reach 0 in one step, wherever it starts?

# %%
answer_1 = None


def is_right_1(answer):
    return all(
        abs(minimize(lambda x: 3 * x**2, x0, learning_rate=answer, max_steps=1).x) < 1e-12
        for x0 in (1.0, -5.0)
    )


check(answer_1, is_right_1)

# %% [markdown]
# **2.** Descend $y = x^2 - 4x + 6$ from 8 with the rate 0.1. After how many steps is $x$ first closer than 0.01 to the lowest
# point? (You have a formula for $x_k$.)

# %%
answer_2 = None


def is_right_2(answer):
    path = minimize(parabola, 8.0, learning_rate=0.1).path
    return abs(path[answer] - 2) < 0.01 <= abs(path[answer - 1] - 2)


check(answer_2, is_right_2)

# %% [markdown]
# **3.** Write a function `newton_step(f, x)` that takes one step of Newton's method. `grad(f)` is a function, so you can apply
# `grad` to it again.

# %%
answer_3 = None  # def newton_step(f, x): ...


def is_right_3(answer):
    return answer(parabola, 8.0) == 2.0 and math.isclose(answer(bowl, 3.0), fast[1], rel_tol=1e-12)


check(answer_3, is_right_3)

# %% [markdown]
# **4.** The curve $y = \sin(x) + 0.1 x^2$ has two valleys. Find a start from which descent with the rate 0.1 ends in the higher
# one, where $x > 0$.


# %%
def waves(x):
    return sin(x) + 0.1 * x**2


answer_4 = None


def is_right_4(answer):
    end = minimize(waves, answer, learning_rate=0.1, max_steps=500)
    return end.converged and end.x > 0


check(answer_4, is_right_4)

# %% [markdown]
# ### Solutions
#
# Try the exercises first. Then open the cell.

# %% jupyter={"source_hidden": true}
solution_1 = 1 / 6  # the slope is 6x, so x − η·6x = 0
solution_2 = math.ceil(math.log(0.01 / 6) / math.log(0.8))  # 6 · 0.8ᵏ < 0.01


def solution_3(f, x):
    slope, bend = value_and_grad(grad(f))(x)
    return x - slope / bend


solution_4 = 3.0

assert is_right_1(solution_1)
assert is_right_2(solution_2)
assert is_right_3(solution_3)
assert is_right_4(solution_4)

# What this page says, checked:
assert descent.converged
assert all(math.isclose(x, 2 + 6 * 0.8**k, rel_tol=1e-12) for k, x in enumerate(descent.path))
for rate in rates.values():
    assert math.isclose(abs(path_with(rate)[-1] - 2), 6 * abs(1 - 2 * rate) ** 10, abs_tol=1e-12)
assert newton.path == [8.0, 2.0]
assert grad(bowl)(1.0) == 0.0
assert tried.x == 2.0
left, right = ends["from -0.4"], ends["from 0.4"]
assert math.isclose(ends["from -2.2"].x, left.x, abs_tol=1e-6)
assert math.isclose(ends["from 2.2"].x, right.x, abs_tol=1e-6)
best = minimize(two_valleys, method="grid", bounds=(-2.5, 2.5), points=501)
assert left.value < right.value
assert abs(best.x - left.x) < 0.01
assert math.isclose(climb(math.degrees(math.atan2(north, east)) + 90), 0.0, abs_tol=1e-6)
assert all(climb(k) <= math.hypot(east, north) + 1e-6 for k in range(360))
assert all(hike.converged for hike in hikes.values())
assert down["with momentum"].value < down["descent"].value

# %% [markdown]
# **Next:** [part 4](04_one_neuron.ipynb) lets a single neuron walk downhill until it can tell images apart.
