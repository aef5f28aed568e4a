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
# # 1. Một số và độ dốc của nó
#
# **Khi một đầu vào thay đổi, kết quả thay đổi nhanh đến mức nào?**
#
# Khóa học này có bảy phần. Nó bắt đầu với một số và kết thúc với những mạng nơ-ron đọc được chữ viết tay. Mỗi phần mở đầu bằng một
# câu hỏi và kết thúc bằng bài tập. Bạn chỉ cần biết một chút Python và phép tính đạo hàm ở trường phổ thông.
#
# 1. **Một số và độ dốc của nó** (trang này)
# 2. [Đồ thị và quy tắc dây chuyền](02_a_graph_and_the_chain_rule.ipynb) (tiếng Anh)
# 3. [Đi xuống dốc](03_descent.ipynb) (tiếng Anh)
# 4. [Một nơ-ron](04_one_neuron.ipynb) (tiếng Anh)
# 5. [Một mạng nơ-ron](05_a_network.ipynb) (tiếng Anh)
# 6. [Vì sao cần lan truyền ngược](06_why_backpropagation.ipynb) (tiếng Anh)
# 7. [Từ số vô hướng đến tensor](07_from_scalars_to_tensors.ipynb) (tiếng Anh)
#
# [English](01_a_number_and_its_slope.ipynb) · [日本語](01_a_number_and_its_slope.ja.ipynb)

# %%
import math

from autograd_core import Value, absolute, draw, exp, grad, numerical_gradient, relu, sin
from course import check, curves
from nn.plots import plot_difference_errors

# %% [markdown]
# ## 1.1 Từ cát tuyến đến độ dốc
#
# Xét parabol $y = x^2 - 4x + 6$ tại $x = 4$. Hãy đi sang phải một khoảng $h$. Trên mỗi đơn vị của khoảng đó, $y$ tăng thêm bao nhiêu?
#
# $$\frac{f(x + h) - f(x)}{h}$$
#
# Đây là độ dốc của đường thẳng đi qua hai điểm, gọi là **cát tuyến**. Bây giờ hãy cho $h$ nhỏ dần:


# %%
def parabola(x):
    return x**2 - 4 * x + 6


def forward_difference(f, x, h):
    return (f(x + h) - f(x)) / h


for h in (4.0, 2.0, 1.0, 0.1, 0.01, 0.001):
    print(f"h = {h:<6}  độ dốc {forward_difference(parabola, 4.0, h):.4f}")


# %%
def line(slope):
    """Đường thẳng đi qua điểm (4, 6) với độ dốc này."""
    return lambda x: 6 + slope * (x - 4)


curves(
    {
        "tiếp tuyến": line(4),
        "cát tuyến, h = 1": line(5),
        "cát tuyến, h = 4": line(8),
        "y": parabola,
    },
    0,
    8.7,
    "Khi h nhỏ dần, cát tuyến trở thành tiếp tuyến",
    points=[(4, 6), (5, 11), (8, 38)],
)

# %% [markdown]
# Các độ dốc tiến dần đến 4. Các cát tuyến tiến dần đến đường thẳng tiếp xúc với đường cong, gọi là **tiếp tuyến**. Giới hạn của các độ
# dốc chính là **đạo hàm**:
#
# $$f'(x) = \frac{\mathrm{d}y}{\mathrm{d}x} = \lim_{h \to 0} \frac{f(x + h) - f(x)}{h}$$
#
# Bạn đã học các quy tắc tính đạo hàm ở trường: với parabol này, $f'(x) = 2x - 4$, và tại $x = 4$ đạo hàm bằng 4.
#
# ## 1.2 Nhìn về cả hai phía
#
# Với $h = 0.1$, sai phân tiến cho kết quả 4.1: nó lệch đúng bằng $h$. Thay vào đó, hãy nhìn về cả hai phía:
#
# $$\frac{f(x + h) - f(x - h)}{2h}$$
#
# Đây là **sai phân trung tâm**. Hãy so sánh hai cách trên một đường cong không phải parabol: $\sin x$ tại $x = 1$, nơi độ dốc bằng
# $\cos 1$.


# %%
def central_difference(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


true = math.cos(1.0)
print("h           sai số (tiến)   sai số (trung tâm)")
for h in (0.1, 0.01, 0.001):
    forward = forward_difference(math.sin, 1.0, h) - true
    central = central_difference(math.sin, 1.0, h) - true
    print(f"{h:<8}{forward:>16.2e}{central:>18.2e}")

# %% [markdown]
# Khi $h$ nhỏ đi mười lần, sai số của sai phân tiến nhỏ đi mười lần, còn sai số của sai phân trung tâm nhỏ đi một trăm lần. Chuỗi Taylor
# giải thích điều đó: sai số thứ nhất xấp xỉ $\frac{h}{2} f''(x)$, sai số thứ hai xấp xỉ $\frac{h^2}{6} f'''(x)$.
#
# ## 1.3 Nhỏ hơn chưa chắc đã tốt hơn
#
# Nếu cho $h$ nhỏ hơn nữa, sai số có thể nhỏ tùy ý không? Hãy thử:

# %%
axes = plot_difference_errors(sin, 1.0)

# %% [markdown]
# Hãy đọc hình từ phải sang trái. Khi $h$ nhỏ dần, lúc đầu sai số giảm, đúng như bạn vừa thấy. Sau đó nó lại **tăng**. Máy tính chỉ giữ
# khoảng 16 chữ số cho mỗi số. Khi $h$ rất nhỏ, hai giá trị của $f$ gần như bằng nhau, nên hiệu của chúng chỉ còn ít chữ số đúng. Phép chia
# cho $h$ phóng đại phần sai đó.
#
# Ngay cả sai phân trung tâm tốt nhất cũng chỉ đúng khoảng mười một chữ số, và giá trị $h$ tốt nhất phụ thuộc vào hàm số. Như vậy là đủ để
# **kiểm tra** một độ dốc, nhưng chưa đủ để dùng trong tính toán.
#
# ## 1.4 Độ dốc chính xác
#
# Các quy tắc tính đạo hàm không có $h$. Mỗi bước của phép tính có một đạo hàm đã biết, và quy tắc dây chuyền kết hợp chúng lại. Một
# `Value` là một số nhớ được nó đã được tính ra như thế nào, nên nó có thể tự áp dụng các quy tắc này:

# %%
x = Value(4.0, "x")
y = parabola(x)
y.label = "y"
y.backward()
print("giá trị", y.data, " độ dốc", x.grad)

# %% [markdown]
# Đây là những gì nó nhớ. Mỗi thẻ là một số. Gradient nằm dưới giá trị và cho biết $y$ thay đổi nhanh đến mức nào theo số đó.
# [Phần 2](02_a_graph_and_the_chain_rule.ipynb) giải thích các con số trên mũi tên.

# %%
draw(y, title="Độ dốc của x² − 4x + 6 tại x = 4")

# %% [markdown]
# Bạn cũng có thể hỏi đạo hàm của một hàm số: `grad(f)` cũng là một hàm số. Nó chính xác đến một hoặc hai chữ số cuối cùng:

# %%
slope_of_sine = grad(sin)
print("bằng grad:          ", slope_of_sine(1.0))
print("cos 1:              ", math.cos(1.0))
print("sai phân trung tâm: ", numerical_gradient(sin, 1.0))

# %% [markdown]
# ## 1.5 Độ dốc tại mọi điểm, và độ dốc của độ dốc
#
# Hãy vẽ một đường cong cùng với đạo hàm của nó. Nơi đường cong đi lên, đạo hàm dương. Trên đỉnh đồi và dưới đáy thung lũng, đạo hàm bằng
# không. Đạo hàm cũng có đạo hàm của nó, cho biết đường cong **uốn** như thế nào.


# %%
def wave(x):
    return sin(2 * x) * exp(-(x**2) / 4)


curves(
    {"f": wave, "f′, độ dốc": grad(wave), "f″, độ uốn": grad(grad(wave))},
    -4,
    4,
    "Một đường cong, độ dốc và độ uốn của nó",
)

# %% [markdown]
# ## 1.6 Hai số, hai độ dốc
#
# Một kết quả có thể phụ thuộc vào nhiều số. Hãy thay đổi một số và giữ nguyên các số khác: độ dốc tìm được gọi là **đạo hàm riêng**,
# $\partial f / \partial x$. Tất cả các đạo hàm riêng hợp lại thành **gradient**.


# %%
def area(side):
    width, height = side
    return width * height


print("bằng grad:    ", grad(area)([3.0, 5.0]))
print("bằng sai phân:", numerical_gradient(area, [3.0, 5.0]))

# %% [markdown]
# Hình chữ nhật rộng 3 và cao 5. Thêm một đơn vị chiều rộng thì diện tích tăng 5, thêm một đơn vị chiều cao thì diện tích tăng 3.
#
# ## 1.7 Nơi không có độ dốc
#
# Tại 0, $|x|$ có một điểm gãy: độ dốc bên trái là −1 và bên phải là +1, nên không có đạo hàm. Mọi độ dốc nằm giữa hai giá trị đó đều là lựa
# chọn hợp lý. Thư viện này chọn giá trị gần không nhất, và ở đây là 0.

# %%
curves(
    {"|x|": absolute, "độ dốc của nó": grad(absolute)}, -2, 2, "Một điểm gãy tại 0", points=[(0, 0)]
)
print("độ dốc của |x| tại 0:      ", grad(absolute)(0.0))
print("độ dốc của max(0, x) tại 0:", grad(relu)(0.0))

# %% [markdown]
# ## Bài tập
#
# Hãy thay `None` bằng câu trả lời của bạn rồi chạy ô lệnh. Nó sẽ cho biết bạn trả lời đúng hay chưa.
#
# **1.** Với $x > 0$ nào thì độ dốc của $x^3 - 3x$ bằng không?

# %%
answer_1 = None


def is_right_1(answer):
    return answer > 0 and abs(grad(lambda x: x**3 - 3 * x)(answer)) < 1e-9


check(answer_1, is_right_1, "vi")

# %% [markdown]
# **2.** Đạo hàm của $x^3$ tại $x = 2$ là 12. Sai phân trung tâm với $h = 0.1$ lớn hơn một chút. Lớn hơn bao nhiêu? (Hãy khai triển, hoặc
# dùng số hạng sai số của chuỗi Taylor: ở đây nó chính xác.)

# %%
answer_2 = None


def is_right_2(answer):
    return math.isclose(answer, central_difference(lambda x: x**3, 2.0, 0.1) - 12, rel_tol=1e-6)


check(answer_2, is_right_2, "vi")

# %% [markdown]
# **3.** Hãy viết hàm `second_difference(f, x, h)` tính xấp xỉ $f''(x)$ từ ba giá trị của $f$.

# %%
answer_3 = None  # def second_difference(f, x, h): ...


def is_right_3(answer):
    return all(
        math.isclose(answer(wave, x, 1e-3), grad(grad(wave))(x), abs_tol=1e-4)
        for x in (-1.0, 0.3, 2.0)
    )


check(answer_3, is_right_3, "vi")

# %% [markdown]
# **4.** Một chiếc hộp có đáy hình vuông cạnh $a$ và chiều cao $b$. Gradient của thể tích tại $a = 2$, $b = 7$ là gì? Hãy trả lời bằng một
# danh sách gồm hai số.

# %%
answer_4 = None


def is_right_4(answer):
    return list(answer) == grad(lambda box: box[0] ** 2 * box[1])([2.0, 7.0])


check(answer_4, is_right_4, "vi")

# %% [markdown]
# ### Lời giải
#
# Hãy tự làm bài trước, rồi mới mở ô lệnh.

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

# Kiểm tra những gì trang này nói:
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
# **Tiếp theo:** [phần 2](02_a_graph_and_the_chain_rule.ipynb) cho thấy một phép tính tìm tất cả các độ dốc cùng một lúc như thế nào (tiếng
# Anh).
