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
# **A result depends on many numbers, some of them in roundabout ways. How does one walk through the calculation tell how
# much each of them matters?**
#
# [Part 1](01_a_number_and_its_slope.ipynb) found the slope of one number. Here is the idea that finds all slopes of a
# calculation at once, and that all learning machines of today run on.

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
    sigmoid,
)

# %% [markdown]
# ## 2.1 A calculation is a graph
#
# Take three numbers and a small calculation with them:
#
# $$L = (a \cdot b + c)^2$$
#
# Python computes it in steps: first the product, then the sum, then the square. A `Value` is a number that remembers the
# step it came from. Draw the result, and you see all the steps:

# %%
a, b, c = Value(2.0, "a"), Value(-3.0, "b"), Value(10.0, "c")
p = a * b
s = p + c
L = s**2
p.label, s.label, L.label = "p", "s", "L"
draw(L, title="L = (a·b + c)², before the backward pass")

# %% [markdown]
# Each card is a number. It shows its name, the operation it came from, and its value. Such a picture is called a
# **computational graph**. The row `grad` is still empty: nobody has asked for slopes yet.
#
# Every card knows the cards it was made of:

# %%
L.operands, s.operands, p.operands

# %% [markdown]
# ## 2.2 Every step has an easy slope
#
# The whole calculation may be long, but each step is short, and its derivative is a line in every table:
#
# | step | slope by the first | slope by the second |
# |---|---|---|
# | $p = a \cdot b$ | $\partial p / \partial a = b$ | $\partial p / \partial b = a$ |
# | $s = p + c$ | $\partial s / \partial p = 1$ | $\partial s / \partial c = 1$ |
# | $L = s^2$ | $\partial L / \partial s = 2s$ | |
#
# These are the **local derivatives**. A `Value` writes them down at the moment when it is computed:

# %%
print("p by a and b:", p.partials)
print("s by p and c:", s.partials)
print("L by s:      ", L.partials[0])

# %%
assert p.partials == (b.data, a.data)
assert s.partials == (1.0, 1.0)
assert L.partials[0] == 2 * s.data

# %% [markdown]
# ## 2.3 Multiply along the way
#
# Now the important thought. When $b$ grows by a little, $p$ grows twice as much, for $p$ is $2b$. When $s$ grows by a
# little, $L$ grows eight times as much. In between, $s$ grows as $p$ does. So $L$ grows $8 \cdot 1 \cdot 2 = 16$ times as
# much as $b$. Slopes of steps that follow one another **multiply**. This is the **chain rule**. For $a$ it reads:
#
# $$\frac{\partial L}{\partial a} = \frac{\partial L}{\partial s} \cdot \frac{\partial s}{\partial p} \cdot
# \frac{\partial p}{\partial a} = 8 \cdot 1 \cdot (-3) = -24$$
#
# `backward()` starts at the result, where the slope is 1 (for $L$ changes exactly as fast as $L$), and walks back. It
# carries the product along, and leaves it at each card:

# %%
L.backward()
draw(L, title="L = (a·b + c)²: how the gradient flows back")

# %% [markdown]
# Read an arrow from right to left. Small and grey stands the local derivative. In bold stands what flows along the arrow:
# the gradient of the card where it starts, times the local derivative. Blue is negative, orange is positive; a wider
# arrow carries more.
#
# The same walk, line by line:

# %%
explain(L)

# %% [markdown]
# Or go through it at your own pace. Press play, or step with the arrow keys; click a card to jump to it. When you run this
# page yourself, you can also type other numbers into the inputs, and watch what follows from them.

# %%
explore(L)

# %% [markdown]
# Is it true? Nudge $a$ a little, and see what $L$ does:

# %%
nudged = numerical_gradient(lambda a: (a * -3.0 + 10.0) ** 2, 2.0)
print("by nudging:", nudged, "  by the chain rule:", a.grad)
assert math.isclose(nudged, a.grad, rel_tol=1e-6)
assert (a.grad, b.grad, c.grad) == (-24.0, 16.0, 8.0)

# %% [markdown]
# ## 2.4 Where two ways meet, add
#
# Often a number is used more than once. In
#
# $$f = (a + b) \cdot b$$
#
# the number $b$ acts on the result in two ways: inside the bracket, and as the factor behind it. A small change of $b$
# goes both ways at once, so the two effects **add up**.

# %%
a, b = Value(2.0, "a"), Value(1.0, "b")
s = a + b
f = s * b
s.label, f.label = "s", "f"
f.backward()
draw(f, title="Two ways lead from f back to b")

# %% [markdown]
# Two arrows arrive at $b$. One carries $1 \cdot 1$ (through $s$), the other $3$ (directly). Together they make 4, and
# that is the slope of $f = ab + b^2$, namely $a + 2b = 4$.

# %%
explain(f)

# %%
assert b.grad == 2.0 + 2 * 1.0 == 4.0

# %% [markdown]
# That is the whole rule, in one line:
#
# > **Multiply along each way, and add over all ways.**
#
# ## 2.5 The algorithm, in a dozen lines
#
# There may be very many ways. Twenty doublings in a row, $x + x$, then that plus itself, and so on, have $2^{20}$ ways
# from the result to $x$: more than a million. Nobody has to walk them one by one. Go through the cards in order, results
# before operands. When you come to a card, everything that flows into it has arrived: its gradient is complete. Multiply
# it by each local derivative, hand the products on, and never come back.
#
# This is **back-propagation**. Written by hand, with nothing but `operands` and `partials`:


# %%
def in_order(result):
    """Every card after all those it was made of (a walk in depth, without recursion)."""
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
print(f"{len(in_order(doubled))} cards, {my_backward(doubled)[x]:,.0f} ways")
assert my_backward(doubled)[x] == x.grad == 2.0**20
assert my_backward(f)[b] == b.grad

# %% [markdown]
# Twenty-one cards were visited, once each, for a million ways. That is why back-propagation is cheap;
# [part 6](06_why_backpropagation.ipynb) measures it.
#
# ## 2.6 A long chain
#
# Products along a way can become small. The sigmoid squeezes any number between 0 and 1, and its slope is nowhere larger
# than ¼. Put four of them in a row:

# %%
x = Value(1.0, "x")
y = x
for k in range(4):
    y = sigmoid(y)
    y.label = f"y{'₁₂₃₄'[k]}"
y.backward()
draw(y, title="Four sigmoids in a row: the gradient fades on its way back")

# %% [markdown]
# From right to left the gradient goes from 1 to two thousandths, and the cards fade with it. Networks of many
# layers suffer from this; [part 5](05_a_network.ipynb) shows it happening, and what helps.

# %%
assert 0 < x.grad < 0.25**4

# %% [markdown]
# ## 2.7 A branch not taken
#
# The larger of two numbers depends only on the larger one. Nothing flows to the other:

# %%
a, b = Value(2.0, "a"), Value(5.0, "b")
m = maximum(a * a, b)
m.label = "m"
m.backward()
draw(m, title="max(a², b): only the larger one receives a gradient")

# %%
assert (a.grad, b.grad) == (0.0, 1.0)

# %% [markdown]
# ## 2.8 One thing to remember: leaves accumulate
#
# Numbers that you made yourself, the **leaves** of the graph, add up what every backward pass brings. This is what
# training wants, when many samples contribute to one gradient. It also means: before the next step, set them to zero.

# %%
x = Value(3.0, "x")
(x * x).backward()
print("after one pass:  ", x.grad)
(x * x).backward()
print("after two passes:", x.grad)
x.grad = 0.0
(x * x).backward()
print("set to 0, again: ", x.grad)

# %%
assert x.grad == 6.0

# %% [markdown]
# If you do not want to touch `.grad` at all, ask for the slopes as a result:

# %%
gradients(x * x * x, [x])[0].data

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
# **1.** Let $g = a \cdot b + b^2$ with $a = 3$ and $b = -1$. Find $\partial g / \partial b$ with pencil and paper: multiply
# along each way, add over all ways.

# %%
answer_1 = None


def is_right_1(answer):
    a, b = Value(3.0), Value(-1.0)
    return answer == gradients(a * b + b**2, [b])[0].data


check(answer_1, is_right_1)

# %% [markdown]
# **2.** What are the two local derivatives of a division $q = u / v$? Give a function of $u$ and $v$ that returns both.

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
# **3.** How many ways lead from $z$ back to $x$, if $y = x + x + x$ and $z = y + y$?

# %%
answer_3 = None


def is_right_3(answer):
    x = Value(1.0)
    y = x + x + x
    return answer == gradients(y + y, [x])[0].data


check(answer_3, is_right_3)

# %% [markdown]
# **4.** Write a function `steepest(result)` that gives the leaf with the largest gradient in size. You may use
# `in_order` and `my_backward` from above; a leaf has no operands.

# %%
answer_4 = None  # def steepest(result): ...


def is_right_4(answer):
    u, v, w = Value(1.0), Value(-2.0), Value(0.5)
    return answer(u * v + v * w * 5.0) is w


check(answer_4, is_right_4)

# %% [markdown]
# ### Solutions
#
# Try first! Then open the cell.

# %% jupyter={"source_hidden": true}
solution_1 = 3.0 + 2 * -1.0  # directly through a·b: a = 3; through b²: 2b = −2


def solution_2(u, v):
    return 1 / v, -u / v**2


solution_3 = 6  # three ways from y to x, times two from z to y


def solution_4(result):
    gradient = my_backward(result)
    return max(
        (card for card in gradient if not card.operands), key=lambda leaf: abs(gradient[leaf])
    )


assert is_right_1(solution_1)
assert is_right_2(solution_2)
assert is_right_3(solution_3)
assert is_right_4(solution_4)

# %% [markdown]
# **Next:** [part 3](03_descent.ipynb) uses slopes to walk downhill.
