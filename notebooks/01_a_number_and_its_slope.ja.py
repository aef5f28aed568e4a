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
# # 1. 数とその傾き
#
# **入力が変わると、結果はどれだけの速さで変わるのでしょうか。**
#
# この講座は全部で7部です。1つの数から始まり、手書き文字を読むニューラルネットワークで終わります。各部は問いで始まり、練習問題で
# 終わります。必要なのは、少しの Python と、学校で習う微分だけです。
#
# 1. **数とその傾き**（このページ）
# 2. [グラフと連鎖律](02_a_graph_and_the_chain_rule.ipynb)（英語）
# 3. [降下法](03_descent.ipynb)（英語）
# 4. [1つのニューロン](04_one_neuron.ipynb)（英語）
# 5. [ネットワーク](05_a_network.ipynb)（英語）
# 6. [なぜ誤差逆伝播法なのか](06_why_backpropagation.ipynb)（英語）
# 7. [スカラーからテンソルへ](07_from_scalars_to_tensors.ipynb)（英語）
#
# [English](01_a_number_and_its_slope.ipynb) · [Tiếng Việt](01_a_number_and_its_slope.vi.ipynb)

# %%
import math

from autograd_core import Value, absolute, draw, exp, grad, numerical_gradient, relu, sin
from course import check, curves
from nn.plots import plot_difference_errors

# %% [markdown]
# ## 1.1 割線から傾きへ
#
# 放物線 $y = x^2 - 4x + 6$ を $x = 4$ で考えます。右へ距離 $h$ だけ進むと、その距離1あたり $y$ はどれだけ増えるでしょうか。
#
# $$\frac{f(x + h) - f(x)}{h}$$
#
# これは2点を通る直線、つまり**割線**の傾きです。では $h$ を小さくしてみましょう。


# %%
def parabola(x):
    return x**2 - 4 * x + 6


def forward_difference(f, x, h):
    return (f(x + h) - f(x)) / h


for h in (4.0, 2.0, 1.0, 0.1, 0.01, 0.001):
    print(f"h = {h:<6}  傾き {forward_difference(parabola, 4.0, h):.4f}")


# %%
def line(slope):
    """点 (4, 6) を通り、この傾きをもつ直線。"""
    return lambda x: 6 + slope * (x - 4)


curves(
    {"接線": line(4), "割線、h = 1": line(5), "割線、h = 4": line(8), "y": parabola},
    0,
    8.7,
    "h が小さくなると、割線は接線になる",
    points=[(4, 6), (5, 11), (8, 38)],
)

# %% [markdown]
# 傾きは4に近づきます。割線は、曲線にちょうど接する直線、つまり**接線**に近づきます。この傾きの極限が**導関数**の値（微分係数）です。
#
# $$f'(x) = \frac{\mathrm{d}y}{\mathrm{d}x} = \lim_{h \to 0} \frac{f(x + h) - f(x)}{h}$$
#
# 学校で習った微分の公式によれば、この放物線では $f'(x) = 2x - 4$ で、$x = 4$ では4です。
#
# ## 1.2 両側を見る
#
# $h = 0.1$ のとき、前進差分は 4.1 でした。誤差はちょうど $h$ です。代わりに両側を見てみましょう。
#
# $$\frac{f(x + h) - f(x - h)}{2h}$$
#
# これが**中心差分**です。放物線ではない曲線で2つを比べます。$x = 1$ における $\sin x$ で、傾きは $\cos 1$ です。


# %%
def central_difference(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


true = math.cos(1.0)
print("h              前進差分の誤差    中心差分の誤差")
for h in (0.1, 0.01, 0.001):
    forward = forward_difference(math.sin, 1.0, h) - true
    central = central_difference(math.sin, 1.0, h) - true
    print(f"{h:<8}{forward:>16.2e}{central:>18.2e}")

# %% [markdown]
# $h$ を10分の1にすると、前進差分の誤差は10分の1に、中心差分の誤差は100分の1になります。理由はテイラー展開で分かります。前者の誤差は
# およそ $\frac{h}{2} f''(x)$、後者の誤差はおよそ $\frac{h^2}{6} f'''(x)$ です。
#
# ## 1.3 小さければよいとは限らない
#
# $h$ をもっと小さくすれば、誤差もいくらでも小さくなるのでしょうか。試してみましょう。

# %%
axes = plot_difference_errors(sin, 1.0)

# %% [markdown]
# 図を右から左へ読んでください。$h$ が小さくなると、初めは誤差も先ほどのように減ります。ところがその後、誤差は**増えます**。
# コンピューターは1つの数を約16桁で表します。$h$ がとても小さいと、2つの $f$ の値はほとんど等しく、その差には正しい桁が少ししか
# 残りません。それを $h$ で割ると、間違った部分が拡大されます。
#
# 最もよい中心差分でも正しいのは11桁ほどで、しかも最適な $h$ は関数によって異なります。傾きを**確かめる**には十分ですが、計算に
# 使うには足りません。
#
# ## 1.4 正確な傾き
#
# 微分の公式には $h$ がありません。計算の各段階の導関数は分かっていて、連鎖律がそれらを組み合わせます。`Value` は、自分がどう計算
# されたかを覚えている数です。だから自分でこの規則を使うことができます。

# %%
x = Value(4.0, "x")
y = parabola(x)
y.label = "y"
y.backward()
print("値", y.data, " 傾き", x.grad)

# %% [markdown]
# 覚えている内容は次のとおりです。カード1枚が1つの数です。値の下にある勾配は、その数が変わると $y$ がどれだけの速さで変わるかを
# 表します。矢印の上の数については[第2部](02_a_graph_and_the_chain_rule.ipynb)で説明します。

# %%
draw(y, title="x = 4 における x² − 4x + 6 の傾き")

# %% [markdown]
# 関数の導関数を求めることもできます。`grad(f)` もまた関数です。最後の1、2桁まで正確です。

# %%
slope_of_sine = grad(sin)
print("grad による値:", slope_of_sine(1.0))
print("cos 1:        ", math.cos(1.0))
print("中心差分:     ", numerical_gradient(sin, 1.0))

# %% [markdown]
# ## 1.5 すべての点での傾き、そして傾きの傾き
#
# 曲線とその導関数を一緒に描きます。曲線が上がるところでは導関数は正です。山の頂上と谷の底では0です。導関数にもまた導関数があり、
# 曲線が**どう曲がるか**を表します。


# %%
def wave(x):
    return sin(2 * x) * exp(-(x**2) / 4)


curves(
    {"f": wave, "f′（傾き）": grad(wave), "f″（曲がり方）": grad(grad(wave))},
    -4,
    4,
    "曲線、その傾きと曲がり方",
)

# %% [markdown]
# ## 1.6 2つの数、2つの傾き
#
# 結果はいくつもの数に依存することがあります。1つだけを変えて残りを固定したときの傾きが**偏微分係数** $\partial f / \partial x$ です。
# すべての偏微分係数をまとめたものが**勾配**です。


# %%
def area(side):
    width, height = side
    return width * height


print("grad による値:", grad(area)([3.0, 5.0]))
print("差分による値: ", numerical_gradient(area, [3.0, 5.0]))

# %% [markdown]
# 長方形の幅は3、高さは5です。幅が1増えると面積は5増え、高さが1増えると面積は3増えます。
#
# ## 1.7 傾きがないところ
#
# $|x|$ は0で折れ曲がっています。左側の傾きは −1、右側の傾きは +1 なので、導関数はありません。その間のどの値を選んでも妥当です。この
# ライブラリは0に最も近い値を選びます。ここでは0です。

# %%
curves({"|x|": absolute, "その傾き": grad(absolute)}, -2, 2, "0 で折れ曲がる", points=[(0, 0)])
print("0 における |x| の傾き:      ", grad(absolute)(0.0))
print("0 における max(0, x) の傾き:", grad(relu)(0.0))

# %% [markdown]
# ## 練習問題
#
# `None` を自分の答えに置き換えて、セルを実行してください。正解かどうかが表示されます。
#
# **1.** $x > 0$ のうち、$x^3 - 3x$ の傾きが0になるのはどこですか。

# %%
answer_1 = None


def is_right_1(answer):
    return answer > 0 and abs(grad(lambda x: x**3 - 3 * x)(answer)) < 1e-9


check(answer_1, is_right_1, "ja")

# %% [markdown]
# **2.** $x = 2$ における $x^3$ の微分係数は12です。$h = 0.1$ の中心差分はそれより少し大きくなります。どれだけ大きいですか。
# （展開するか、テイラー展開の誤差の項を使ってください。ここでは誤差の項が正確に成り立ちます。）

# %%
answer_2 = None


def is_right_2(answer):
    return math.isclose(answer, central_difference(lambda x: x**3, 2.0, 0.1) - 12, rel_tol=1e-6)


check(answer_2, is_right_2, "ja")

# %% [markdown]
# **3.** $f$ の3つの値から $f''(x)$ を近似する関数 `second_difference(f, x, h)` を書いてください。

# %%
answer_3 = None  # def second_difference(f, x, h): ...


def is_right_3(answer):
    return all(
        math.isclose(answer(wave, x, 1e-3), grad(grad(wave))(x), abs_tol=1e-4)
        for x in (-1.0, 0.3, 2.0)
    )


check(answer_3, is_right_3, "ja")

# %% [markdown]
# **4.** 底面が1辺 $a$ の正方形で、高さが $b$ の箱があります。$a = 2$、$b = 7$ のとき、体積の勾配は何ですか。2つの数のリストで答えて
# ください。

# %%
answer_4 = None


def is_right_4(answer):
    return list(answer) == grad(lambda box: box[0] ** 2 * box[1])([2.0, 7.0])


check(answer_4, is_right_4, "ja")

# %% [markdown]
# ### 解答
#
# まず自分で解いてから、セルを開いてください。

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

# このページの内容の確認：
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
# **次へ：** [第2部](02_a_graph_and_the_chain_rule.ipynb)では、1回の計算ですべての傾きを求める方法を見ます（英語）。
