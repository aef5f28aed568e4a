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
# **How does one find the lowest point of a landscape, if all one can feel is the slope under one's feet?**
#
# Training a network means making one number, the mistake, as small as possible. The methods for it can all be seen on a
# curve: gradient descent and its rate, Newton's method, grid search. At the end we hike over a real landscape.

# %%
import math

import matplotlib.pyplot as plt

from autograd_core import exp, grad, sin, value_and_grad
from nn import GradientDescent, minimize
from nn.plots import plot_gradient_field, plot_surface

BLUE, ORANGE, GREEN, GREY = "#1b5fa8", "#d55e00", "#1a7f5a", "#9aa0a6"

# %% [markdown]
# ## 3.1 Against the slope
#
# Here is the curve
#
# $$y = x^2 - 4x + 6, \qquad \frac{\mathrm{d}y}{\mathrm{d}x} = 2x - 4.$$
#
# We start at $x = 8$. The slope there is 12: uphill to the right. So the lowest point lies to the left, **against** the
# slope. Take a step in that direction, and make it proportional to the slope:
#
# $$x \leftarrow x - \eta \, \frac{\mathrm{d}y}{\mathrm{d}x}$$
#
# The factor $\eta$ is called the **rate** (or learning rate). Then look at the slope again, and take the next step.


# %%
def parabola(x):
    return x**2 - 4 * x + 6


x = 8.0
for step in range(1, 6):
    slope = grad(parabola)(x)
    x = x - 0.1 * slope
    print(f"step {step}: slope {slope:6.3f}, so on to x = {x:.4f}")

# %% [markdown]
# The steps become shorter by themselves, because the slope becomes smaller near the bottom. `minimize` takes such steps
# until the slope is practically zero, and keeps the whole path:

# %%
descent = minimize(parabola, 8.0, learning_rate=0.1)
print(
    f"x = {descent.x:.6f}, y = {descent.value:.6f} after {descent.steps} steps, because {descent.reason}"
)


# %%
def plot_path(axes, f, path, low, high, title, colour=ORANGE):
    """A curve, and the points of a path on it, joined in their order."""
    xs = [low + (high - low) * k / 300 for k in range(301)]
    axes.plot(xs, [f(x) for x in xs], color=GREY, linewidth=2)
    inside = [x for x in path if low <= x <= high]
    axes.plot(inside, [f(x) for x in inside], "o-", color=colour, markersize=4, linewidth=1)
    axes.plot(path[0], f(path[0]), "o", color="white", markeredgecolor=colour, markersize=9)
    axes.set(title=title, xlabel="x", ylabel="y")
    axes.spines[["top", "right"]].set_visible(False)


figure, axes = plt.subplots(figsize=(6.5, 3.6), layout="constrained")
plot_path(
    axes, parabola, descent.path, -1, 9, "From x = 8 with the rate 0.1: smaller and smaller steps"
)
plt.show()

# %% [markdown]
# On a parabola one can say exactly what happens. Each step leaves four fifths of the way to the lowest point at 2:
#
# $$x_{k+1} - 2 = (x_k - 2) - 0.1 \cdot 2 (x_k - 2) = 0.8 \, (x_k - 2), \qquad\text{so}\qquad x_k = 2 + 6 \cdot 0.8^k.$$

# %%
assert descent.converged
assert all(math.isclose(x, 2 + 6 * 0.8**k, rel_tol=1e-12) for k, x in enumerate(descent.path))

# %% [markdown]
# ## 3.2 The rate: too small, right, too large
#
# The same curve, the same start, ten steps, five rates:

# %%
rates = [0.01, 0.1, 0.5, 0.95, 1.05]
remarks = ["creeps", "arrives", "one leap", "jumps to and fro", "flies apart"]
figure, row = plt.subplots(1, 5, figsize=(12, 3.1), layout="constrained", sharey=True)
for axes, rate, remark in zip(row, rates, remarks, strict=True):
    path = minimize(parabola, 8.0, learning_rate=rate, max_steps=10).path
    plot_path(axes, parabola, path, -12, 16, f"η = {rate}\n{remark}")
    axes.set(ylim=(-10, 160), ylabel="y" if axes is row[0] else "")
plt.show()

# %% [markdown]
# Each step multiplies the distance to the lowest point by $1 - 2\eta$. If this factor is between −1 and 1 the distance
# shrinks; at $\eta = 0.5$ the factor is 0, and one step is enough; beyond $\eta = 1$ every step leads further away.


# %%
def distance(rate, steps=10):
    return abs(minimize(parabola, 8.0, learning_rate=rate, max_steps=steps).x - 2.0)


for rate in rates:
    assert math.isclose(distance(rate), 6 * abs(1 - 2 * rate) ** 10, abs_tol=1e-12)

figure, axes = plt.subplots(figsize=(6.5, 3.2), layout="constrained")
for rate, colour in zip(rates, ["#7a8fb0", BLUE, GREEN, ORANGE, "#a50f15"], strict=True):
    away = [
        max(abs(x - 2), 1e-9)
        for x in minimize(parabola, 8.0, learning_rate=rate, max_steps=30).path
    ]
    axes.semilogy(away, color=colour, label=f"η = {rate}", linewidth=2)
axes.set(
    title="Distance from the lowest point: a straight line for each rate",
    xlabel="step",
    ylabel="|x − 2|",
)
axes.set_ylim(1e-6, 1e3)
axes.legend(frameon=False, ncols=3)
axes.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown]
# There is no rate that is right for every curve. A curve that bends more needs a smaller one. That is the trouble with
# the rate, and the reason why so many methods try to do without it, or to adapt it.
#
# ## 3.3 Newton: also look at the bend
#
# If we knew how fast the slope itself changes, we would know how far away its zero is. That is the second derivative, and
# dividing by it is **Newton's method**:
#
# $$x \leftarrow x - \frac{f'(x)}{f''(x)}$$
#
# It needs no rate. On a parabola, whose bend is the same everywhere, it arrives in one step:

# %%
newton = minimize(parabola, 8.0, "newton")
print(newton.path)
assert newton.path == [8.0, 2.0]

# %% [markdown]
# On other curves it needs more than one step, but near the bottom the number of correct digits **doubles** with each.
# Compare on a curve with a quartic term:


# %%
def bowl(x):
    return x**4 / 4 + x**2 - 3 * x


lowest = 1.0  # x³ + 2x − 3 is zero here
assert grad(bowl)(lowest) == 0.0
slow = minimize(bowl, 3.0, learning_rate=0.05, max_steps=40).path
fast = minimize(bowl, 3.0, "newton").path

figure, (left, right) = plt.subplots(1, 2, figsize=(11, 3.4), layout="constrained")
plot_path(left, bowl, slow, 0, 3.2, "Descent (blue) and Newton (orange)", BLUE)
plot_path(left, bowl, fast, 0, 3.2, "Descent (blue) and Newton (orange)")
for path, name, colour in ((slow, "descent, η = 0.05", BLUE), (fast, "Newton", ORANGE)):
    right.semilogy(
        [max(abs(x - lowest), 1e-16) for x in path], "o-", color=colour, label=name, markersize=4
    )
right.set(title="Distance from the lowest point", xlabel="step", ylabel="|x − 1|")
right.legend(frameon=False)
right.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown]
# Why does not everybody use Newton's method? For $n$ numbers the bend is a table of $n \times n$ second derivatives, the
# **Hessian**. A network of a million weights would need a table of a million times a million. And where a curve bends the
# other way, Newton's step may lead **up**: `minimize` refuses there and says so.

# %%
print(minimize(lambda x: -(x**2), 1.0, "newton").reason)

# %% [markdown]
# ## 3.4 Grid search: try everything
#
# The crudest method needs no slope: compute the value at many points, and take the lowest.

# %%
tried = minimize(parabola, method="grid", bounds=(-2, 10), points=25)
print(f"the lowest of {len(tried.path)} points is x = {tried.x}")

figure, axes = plt.subplots(figsize=(6.5, 3.2), layout="constrained")
axes.plot(tried.path, tried.values, "o", color=BLUE, markersize=5)
axes.plot(tried.x, tried.value, "o", color=ORANGE, markersize=10)
axes.set(title="25 points tried, the lowest in orange", xlabel="x", ylabel="y")
axes.spines[["top", "right"]].set_visible(False)
plt.show()
assert tried.x == 2.0

# %% [markdown]
# With one number this is fine. With two numbers, 25 values for each make $25^2 = 625$ points; with ten numbers $25^{10}$,
# about a hundred million million. A network has thousands. Whoever has many numbers needs the slope.
#
# ## 3.5 Several valleys
#
# Descent goes down into the valley where it started. This curve has two:


# %%
def two_valleys(x):
    return x**4 - 4 * x**2 + x


starts = [-2.2, -0.4, 0.4, 2.2]
ends = {start: minimize(two_valleys, start, learning_rate=0.01, max_steps=2000) for start in starts}
best = minimize(two_valleys, method="grid", bounds=(-2.5, 2.5), points=501)

figure, axes = plt.subplots(figsize=(6.5, 3.6), layout="constrained")
for start, colour in zip(starts, [BLUE, "#5aa0dc", "#f0a05a", ORANGE], strict=True):
    plot_path(axes, two_valleys, ends[start].path, -2.4, 2.4, "Four starts, two valleys", colour)
plt.show()
print("ends: ", ", ".join(f"{start} → {end.x:.4f}" for start, end in ends.items()))
print(f"grid:  {best.x:.2f} is the lowest point of all")

# %% [markdown]
# The right valley is a **local minimum**: no step downhill leads out of it, yet it is not the lowest place. The left one
# is the **global minimum**. Starting from several places is the simplest remedy.

# %%
assert math.isclose(ends[-2.2].x, ends[-0.4].x, abs_tol=1e-6)
assert math.isclose(ends[0.4].x, ends[2.2].x, abs_tol=1e-6)
assert ends[-2.2].value < ends[2.2].value
assert abs(best.x - ends[-2.2].x) < 0.01

# %% [markdown]
# ## 3.6 A hike
#
# Now two numbers: a place on a map, and the height there. The slope becomes an arrow, the **gradient**:
#
# $$\nabla f = \left(\frac{\partial f}{\partial x}, \frac{\partial f}{\partial y}\right)$$
#
# It points where the ground rises most steeply, and its size says how steeply (in the picture that is its colour). The thin
# lines join places of equal height; for one place the ways up, down and along are marked.


# %%
def ground(p):
    x, y = p
    deep = 2 * exp(-((x - 1) ** 2) - (y - 0.5) ** 2)
    shallow = 1.4 * exp(-((x + 1.2) ** 2) - (y + 0.6) ** 2)
    return 2.4 - deep - shallow + 0.1 * (x**2 + y**2)


bounds = [(-2.6, 2.6), (-2.6, 2.6)]
place = [0.2, -0.4]
figure, axes = plt.subplots(figsize=(7, 5.4), layout="constrained")
plot_gradient_field(ground, bounds, at=place, ax=axes)
plt.show()

# %% [markdown]
# Two things can be seen, and checked. Walk along a line of equal height, and the height does not change: the gradient
# stands at a right angle to it. And of all directions, that of the gradient is the steepest:

# %%
east, north = grad(ground)(place)
steepness = math.hypot(east, north)


def climb(angle, h=1e-5):
    """How fast the ground rises in a direction."""
    dx, dy = h * math.cos(angle), h * math.sin(angle)
    x, y = place
    return (ground([x + dx, y + dy]) - ground([x - dx, y - dy])) / (2 * h)


angles = [2 * math.pi * k / 360 for k in range(361)]
uphill = math.atan2(north, east)
figure, axes = plt.subplots(figsize=(6.5, 3.0), layout="constrained")
axes.plot([math.degrees(a) for a in angles], [climb(a) for a in angles], color=BLUE, linewidth=2)
axes.axvline(math.degrees(uphill) % 360, color=ORANGE, linewidth=2)
axes.axhline(0, color=GREY, linewidth=1)
axes.set(
    title="The rise in each direction; orange: the gradient's",
    xlabel="direction in degrees",
    ylabel="rise",
)
axes.spines[["top", "right"]].set_visible(False)
plt.show()

assert math.isclose(climb(uphill), steepness, rel_tol=1e-6)
assert math.isclose(
    climb(uphill + math.pi / 2), 0.0, abs_tol=1e-6
)  # along the line of equal height
assert all(climb(a) <= steepness + 1e-6 for a in angles)

# %% [markdown]
# So the fastest way down is against the gradient. Four hikers set out, and each follows the slope. Where do they end?

# %%
camps = [[-2.4, 1.2], [-0.3, -2.2], [0.2, 2.4], [2.4, -1.4]]
hikes = [minimize(ground, camp, learning_rate=0.15, max_steps=500) for camp in camps]

names = ["from the west", "from the south", "from the north", "from the east"]
figure, axes = plt.subplots(figsize=(7, 5.4), layout="constrained")
paths = dict(zip(names, hikes, strict=True))
plot_surface(ground, bounds, paths, axes, title="Four hikers, two hollows (★ the deeper one)")
plt.show()

for hike in hikes:
    x, y = hike.x
    print(f"at ({x:.3f}, {y:.3f}), height {hike.value:.3f}, after {hike.steps} steps")
    assert hike.converged

# %% [markdown]
# ## 3.7 A long valley, and a ball with momentum
#
# The hardest landscapes are long, narrow valleys: steep across, almost flat along. A rate that is small enough for the
# steep walls is far too small for the way along the bottom. **Momentum** helps: like a rolling ball, the walker keeps a
# part of the last step. What goes to and fro cancels, what goes along adds up.


# %%
def valley(p):
    return 0.5 * p[0] ** 2 + 10 * p[1] ** 2


walks = {
    "descent": minimize(valley, [-9.0, 1.0], learning_rate=0.08, max_steps=40),
    "with momentum 0.7": minimize(
        valley, [-9.0, 1.0], optimizer=GradientDescent(0.08, momentum=0.7), max_steps=40
    ),
}

figure, (left, right) = plt.subplots(
    1, 2, figsize=(12, 3.4), layout="constrained", width_ratios=[2, 1]
)
xs, ys = [-10 + 12 * k / 60 for k in range(61)], [-1.5 + 3 * k / 60 for k in range(61)]
left.contour(
    xs, ys, [[valley([x, y]) for x in xs] for y in ys], levels=14, colors=GREY, linewidths=0.8
)
for (name, walk), colour in zip(walks.items(), [BLUE, ORANGE], strict=True):
    left.plot(
        *zip(*walk.path, strict=True), "o-", color=colour, markersize=3, linewidth=1, label=name
    )
    right.semilogy(walk.values, color=colour, label=name, linewidth=2)
left.set(title="40 steps down a long valley", xlabel="x", ylabel="y")
right.set(title="Height", xlabel="step")
right.legend(frameon=False)
right.spines[["top", "right"]].set_visible(False)
plt.show()

assert walks["with momentum 0.7"].value < walks["descent"].value

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
# **1.** With which rate does descent on $y = 3x^2$ arrive at 0 in a single step, wherever it starts?

# %%
answer_1 = None


def is_right_1(answer):
    return all(
        abs(minimize(lambda x: 3 * x**2, x0, learning_rate=answer, max_steps=1).x) < 1e-12
        for x0 in (1.0, -5.0)
    )


check(answer_1, is_right_1)

# %% [markdown]
# **2.** On $y = x^2 - 4x + 6$ from 8 with the rate 0.1: after how many steps is $x$ for the first time closer than 0.01 to
# the lowest point? (You have a formula for $x_k$.)

# %%
answer_2 = None


def is_right_2(answer):
    path = minimize(parabola, 8.0, learning_rate=0.1).path
    return abs(path[answer] - 2) < 0.01 <= abs(path[answer - 1] - 2)


check(answer_2, is_right_2)

# %% [markdown]
# **3.** Write a function `newton_step(f, x)` that takes one step of Newton's method. `grad(f)` is a function, so you may
# take the `grad` of it again.

# %%
answer_3 = None  # def newton_step(f, x): ...


def is_right_3(answer):
    return answer(parabola, 8.0) == 2.0 and math.isclose(answer(bowl, 3.0), fast[1], rel_tol=1e-12)


check(answer_3, is_right_3)

# %% [markdown]
# **4.** Find a start for which descent on $y = \sin(x) + 0.1 x^2$ with the rate 0.1 ends in the higher of its two valleys
# (the one where $x > 0$).


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
# Try first! Then open the cell.

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

# %% [markdown]
# **Next:** [part 4](04_one_neuron.ipynb) lets a single neuron walk downhill, and it learns to tell images apart.
