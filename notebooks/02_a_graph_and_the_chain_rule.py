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
# # 2. A graph and the chain rule
#
# **A result depends on many numbers, some of them indirectly. How can one walk through the calculation find the slope for
# every one of them?**
#
# In [part 1](01_a_number_and_its_slope.ipynb) you found the slope for one number. This part is about the idea that finds all the
# slopes of a calculation at once. Almost all machine learning depends on it.

# %%
import math

from autograd_core import (
    Value,
    draw,
    explain,
    explore,
    gradients,
    maximum,
    numerical_gradient,
    relu,
    sigmoid,
)
from course import check

# %% [markdown]
# ## 2.1 A calculation is a graph
#
# Take three numbers and a short calculation:
#
# $$L = (a \cdot b + c)^2$$
#
# Python computes it in steps: the product, then the sum, then the square. A `Value` is a number that remembers the step it
# came from. Draw the result, and you see every step:

# %%
a, b, c = Value(2.0, "a"), Value(-3.0, "b"), Value(10.0, "c")
p = a * b
s = p + c
L = s**2
p.label, s.label, L.label = "p", "s", "L"
draw(L, title="L = (a·b + c)², before the backward pass")

# %% [markdown]
# This is a **computational graph**. Each card is a number: it shows a name, how it was computed, and its value. No
# gradient has been computed yet.
#
# Each card knows the cards that it was made from, its **operands**:

# %%
L.operands, s.operands, p.operands

# %% [markdown]
# ## 2.2 Each step has an easy slope
#
# The whole calculation may be long, but each step is short. You know its derivatives from school:
#
# | step | with respect to the first | with respect to the second |
# |---|---|---|
# | $p = a \cdot b$ | $\partial p / \partial a = b$ | $\partial p / \partial b = a$ |
# | $s = p + c$ | $\partial s / \partial p = 1$ | $\partial s / \partial c = 1$ |
# | $L = s^2$ | $\partial L / \partial s = 2s$ | |
#
# These are the **local derivatives**. A `Value` stores them as soon as it is computed:

# %%
print("p with respect to a and b:", p.partials)
print("s with respect to p and c:", s.partials)
print("L with respect to s:      ", L.partials[:1])

# %% [markdown]
# Two more steps matter for networks, and you may not have met them at school. **relu** replaces negative numbers by zero. The
# **sigmoid** squeezes any number into the range from 0 to 1:
#
# $$\text{relu}(z) = \max(0, z), \qquad \sigma(z) = \frac{1}{1 + e^{-z}}$$
#
# | step | local derivative |
# |---|---|
# | $\text{relu}(z)$ | 1 if $z > 0$, else 0 |
# | $\sigma(z)$ | $\sigma(z)\,(1 - \sigma(z))$ |
#
# You need not take these rules on trust. Measure each one with a difference, as in part 1:

# %%
for name, f, rule in (
    ("z²     at 4", lambda z: z**2, 2 * 4.0),
    ("relu(z) at 4", relu, 1.0),
    ("σ(z)   at 4", sigmoid, sigmoid(4.0) * (1 - sigmoid(4.0))),
):
    print(f"{name:14} rule {rule:.6f}   measured {numerical_gradient(f, 4.0):.6f}")

# %% [markdown]
# ## 2.3 Multiply along a path
#
# Now comes the central idea. When $b$ grows a little, $p$ grows twice as much, because $p = 2b$. Then $s$ grows by as much as
# $p$. When $s$ grows a little, $L$ grows eight times as much, because $2s = 8$. So $L$ grows $8 \cdot 1 \cdot 2 = 16$ times as
# much as $b$. The slopes of consecutive steps **multiply**. This is the **chain rule**. For $a$ it says:
#
# $$\frac{\partial L}{\partial a} = \frac{\partial L}{\partial s} \cdot \frac{\partial s}{\partial p} \cdot
# \frac{\partial p}{\partial a} = 8 \cdot 1 \cdot (-3) = -24$$
#
# `backward()` starts at the result. The slope there is 1, because $L$ changes exactly as fast as $L$. From there it goes
# backwards, multiplies as it goes, and stores the product on each card:

# %%
L.backward()
draw(L, title="L = (a·b + c)²: how the gradient flows back")

# %% [markdown]
# Follow an arrow. The small grey number is the local derivative. The bold number is what flows along the arrow: the gradient
# of the card that it leaves, times the local derivative. Blue is negative and orange is positive. The wider the arrow, the more
# it carries.
#
# Here is the same pass, line by line:

# %%
explain(L)

# %% [markdown]
# You can also go through it at your own pace. Press play, or step with the arrow keys; click a card to jump to it. If you run
# this page yourself, you can type other numbers into the inputs and see what changes.

# %%
explore(L)

# %% [markdown]
# Is the slope right? Change $a$ a little, and see how $L$ responds:

# %%
measured = numerical_gradient(lambda a: (a * -3.0 + 10.0) ** 2, 2.0)
print("measured:", measured, "  by the chain rule:", a.grad)

# %% [markdown]
# ## 2.4 Add where paths meet
#
# A number is often used more than once. In
#
# $$f = (a + b) \cdot b$$
#
# the number $b$ affects the result in two ways: inside the bracket, and as the factor after it. A small change of $b$ takes
# both paths at once, so the two effects **add up**.

# %%
a, b = Value(2.0, "a"), Value(1.0, "b")
s = a + b
f = s * b
s.label, f.label = "s", "f"
f.backward()
draw(f, title="Two paths lead from f back to b")

# %% [markdown]
# Two arrows reach $b$. One carries $1 \cdot 1 = 1$, by way of $s$. The other carries 3, directly. Together they make 4. Check it:
# $f = ab + b^2$, so the slope is $a + 2b = 4$.

# %%
explain(f)

# %% [markdown]
# That is the whole rule, in one line:
#
# > **Multiply along each path, and add over all paths.**
#
# ## 2.5 The algorithm in a dozen lines
#
# There can be very many paths. Double a number twenty times, with $x + x$ and so on, and $2^{20}$ paths lead from the result
# back to $x$: more than a million. You do not have to follow them one by one. Visit the cards in order, each result before its
# operands. When you reach a card, everything that flows into it has already arrived, so its gradient is complete. Multiply it
# by each local derivative, pass the products on, and never come back.
#
# This is **back-propagation**. Here it is, using only `operands` and `partials`:


# %%
def in_order(result):
    """All cards, each after the cards that it was made from."""
    order, done, todo = [], set(), [(result, False)]
    while todo:
        card, ready = todo.pop()
        if ready:
            order.append(card)
        elif card not in done:
            done.add(card)
            todo.append((card, True))
            todo.extend((operand, False) for operand in card.operands if isinstance(operand, Value))
    return order


def my_backward(result):
    gradient = {result: 1.0}
    for card in reversed(in_order(result)):
        for operand, partial in zip(card.operands, card.partials, strict=True):
            if isinstance(operand, Value):  # plain numbers need no gradient
                gradient[operand] = gradient.get(operand, 0.0) + gradient[card] * partial
    return gradient


# %%
x = Value(1.0, "x")
doubled = x
for _ in range(20):
    doubled = doubled + doubled
doubled.backward()
print(f"{len(in_order(doubled))} cards, {my_backward(doubled)[x]:,.0f} paths")
print(f"the engine finds the same slope: {x.grad:,.0f}")

# %% [markdown]
# Back-propagation visited 21 cards, once each, and accounted for a million paths. That is why it is cheap.
# [Part 6](06_why_backpropagation.ipynb) measures how cheap.
#
# ## 2.6 A long chain
#
# A product along a path can become small. The slope of the sigmoid is never more than ¼. Put four sigmoids in a row:

# %%
x = Value(1.0, "x")
y = x
for k in range(4):
    y = sigmoid(y)
    y.label = f"y{'₁₂₃₄'[k]}"
y.backward()
draw(y, title="Four sigmoids in a row: the gradient fades on its way back")

# %% [markdown]
# Going backwards, the gradient falls from 1 to about two thousandths, and the cards fade with it. Networks with many layers
# suffer from this. [Part 5](05_a_network.ipynb) shows when it happens and what helps.
#
# ## 2.7 A path not taken
#
# The maximum of two numbers depends only on the larger one. No gradient flows to the other:

# %%
a, b = Value(2.0, "a"), Value(5.0, "b")
m = maximum(a * a, b)
m.label = "m"
m.backward()
draw(m, title="max(a², b): only the larger one receives a gradient")

# %% [markdown]
# ## 2.8 Gradients accumulate
#
# The numbers that you created yourself are the **leaves** of the graph. Each backward pass **adds** to their gradients. Training
# needs this, because many samples contribute to one gradient. It also means that you must reset gradients to zero before the
# next step:

# %%
x = Value(3.0, "x")
(x * x).backward()
print("after one pass:  ", x.grad)
(x * x).backward()
print("after two passes:", x.grad)
x.grad = 0.0
(x * x).backward()
print("reset, one pass: ", x.grad)

# %% [markdown]
# If you would rather not use `.grad` at all, ask for the slopes as a result:

# %%
gradients(x * x * x, [x])[0].data

# %% [markdown]
# ## Exercises
#
# Replace `None` with your answer and run the cell. It tells you whether you are right.
#
# **1.** Let $g = a \cdot b + b^2$ with $a = 3$ and $b = -1$. Find $\partial g / \partial b$ with pencil and paper: multiply
# along each path, and add over all paths.

# %%
answer_1 = None


def is_right_1(answer):
    a, b = Value(3.0), Value(-1.0)
    return answer == gradients(a * b + b**2, [b])[0].data


check(answer_1, is_right_1)

# %% [markdown]
# **2.** What are the two local derivatives of a quotient $q = u / v$? Write a function of $u$ and $v$ that returns both.

# %%
answer_2 = None  # lambda u, v: (..., ...)


def is_right_2(answer):
    u, v = Value(5.0), Value(4.0)
    return all(
        math.isclose(mine, true)
        for mine, true in zip(answer(5.0, 4.0), (u / v).partials, strict=True)
    )


check(answer_2, is_right_2)

# %% [markdown]
# **3.** If $y = x + x + x$ and $z = y + y$, how many paths lead from $z$ back to $x$?

# %%
answer_3 = None


def is_right_3(answer):
    x = Value(1.0)
    y = x + x + x
    return answer == gradients(y + y, [x])[0].data


check(answer_3, is_right_3)

# %% [markdown]
# **4.** Write a function `steepest(result)` that returns the leaf whose gradient has the largest absolute value. You can use
# `in_order` and `my_backward` from above. A leaf has no operands.

# %%
answer_4 = None  # def steepest(result): ...


def is_right_4(answer):
    u, v, w = Value(1.0), Value(-2.0), Value(0.5)
    return answer(u * v + v * w * 5.0) is w


check(answer_4, is_right_4)

# %% [markdown]
# ### Solutions
#
# Try the exercises first. Then open the cell.

# %% jupyter={"source_hidden": true}
solution_1 = 3.0 + 2 * -1.0  # along a·b: a = 3; along b²: 2b = −2


def solution_2(u, v):
    return 1 / v, -u / v**2


solution_3 = 6  # three paths from y to x, times two from z to y


def solution_4(result):
    gradient = my_backward(result)
    return max(
        (card for card in gradient if not card.operands), key=lambda leaf: abs(gradient[leaf])
    )


assert is_right_1(solution_1)
assert is_right_2(solution_2)
assert is_right_3(solution_3)
assert is_right_4(solution_4)

# What this page says, checked:
assert p.partials == (-3.0, 2.0)
assert L.partials[0] == 8.0
assert math.isclose(measured, -24.0, rel_tol=1e-6)
assert L.data == 16.0
assert math.isclose(numerical_gradient(sigmoid, 4.0), sigmoid(4.0) * (1 - sigmoid(4.0)), rel_tol=1e-6)  # fmt: skip
assert my_backward(doubled)[next(iter(in_order(doubled)))] == 2.0**20
assert (a.grad, b.grad) == (0.0, 1.0)
assert 0.0015 < gradients(y, [in_order(y)[0]])[0].data < 0.0025 < 0.25**4

# %% [markdown]
# **Next:** [part 3](03_descent.ipynb) uses slopes to walk downhill.
