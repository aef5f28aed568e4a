"""Rows in C99. The formula of a row is the name of a function of <math.h>, an expression of the
operands by their names, or one of these here: the body of a function. A row over many operands has
them as `x[0]` to `x[n - 1]`; one with an `operator` needs no formula.

Each gives what `compute` gives, also at infinity and nan; a test compares them. A body may call the
function of another row by its name.
"""

from __future__ import annotations

from collections.abc import Sequence


def numbers(xs: Sequence[float]) -> str:
    """The initializer of an array.

    >>> numbers([0.5, float("-inf")])
    '{0.5, -INFINITY}'
    """
    return f"{{{', '.join(map(number, xs))}}}"


def number(x: float) -> str:
    """A constant."""
    return repr(x).replace("inf", "INFINITY").replace("nan", "NAN")


floordiv = """
if (b == 0.0) return a / b;
const double rest = fmod(a, b);
double y = (a - rest) / b;
if (rest != 0.0 && (b < 0.0) != (rest < 0.0)) y -= 1.0;
if (y == 0.0) return copysign(0.0, a / b);
return y - floor(y) > 0.5 ? floor(y) + 1.0 : floor(y);
"""
mod = """
if (b == 0.0) return NAN;
const double rest = fmod(a, b);
if (rest == 0.0) return copysign(0.0, b);
return (b < 0.0) != (rest < 0.0) ? rest + b : rest;
"""
exponent = """
int n = 0;
if (isfinite(x)) frexp(x, &n);
return n;
"""
ulp = """
const double size = fabs(x);
if (!(size < INFINITY)) return size;
const double above = nextafter(size, INFINITY);
return above < INFINITY ? above - size : size - nextafter(size, 0.0);
"""
sech = """
const double e = exp(-fabs(x));
return 2.0 * e / (1.0 + e * e);
"""
asin_slope = """
const double square = (1.0 - x) * (1.0 + x);
return square >= 0.0 ? 1.0 / sqrt(square) : NAN;
"""
gaussian = """
if (!(fabs(x) < 30.0)) return x != x ? x : 0.0;
const double square = x * x, rest = fma(x, x, -square);
return exp(-square) * (1.0 - rest);
"""
normal_pdf = """
if (!(fabs(x) < 40.0)) return x != x ? x : 0.0;
const double square = x * x, rest = fma(x, x, -square);
return exp(-0.5 * square) * (1.0 - 0.5 * rest) / 2.5066282746310002;
"""
normal_cdf = """
if (!(fabs(x) < 40.0)) return x != x ? x : x > 0.0;
const double root = 0.7071067811865476, t = -x * root;
const double rest = fma(-x, root, -t) + x * 4.833646656726457e-17;
return 0.5 * erfc(t) - rest * exp(-t * t) / 1.7724538509055159;
"""
direction = """
double r = hypot(a, b);
if (r == 0.0) return 0.0;
if (isinf(r) && !isinf(a) && !isinf(b)) {
    a /= 4.0, b /= 4.0;
    r = hypot(a, b);
}
return a / r;
"""
atan2_slope = """
const double r = hypot(a, b);
return r != 0.0 ? direction(b, a) / r : 0.0;
"""
sigmoid = """
if (x >= 0.0) return 1.0 / (1.0 + exp(-x));
const double e = exp(x);
return e / (1.0 + e);
"""
sigmoid_slope = """
const double e = exp(-fabs(x));
return e / ((1.0 + e) * (1.0 + e));
"""
logit = """
if (0.25 < x && x < 0.75) return log1p((2.0 * x - 1.0) / (1.0 - x));
return log(x) - log1p(-x);
"""
logaddexp = """
if (a == b) return a + 0.6931471805599453;
return a == a && b == b ? fmax(a, b) + log1p(exp(-fabs(a - b))) : NAN;
"""
silu = """
const double half = exp(0.5 * fmin(x, 0.0));
if (x != x) return x;
return x == -INFINITY ? -0.0 : x * half / (1.0 + exp(-fabs(x))) * half;
"""


_COTANGENT = """
double y = x - rint(x), cotangent = cos(PI * y) / sin(PI * y);
if (fabs(y) > 0.25) {
    y = copysign(0.5 - fabs(y), y);
    cotangent = sin(PI * y) / cos(PI * y);
}
""".replace("PI", "3.141592653589793")


def digamma(zero: float, rest: float, at_zero: Sequence[float], bernoulli: Sequence[float]) -> str:
    """The body for the zero, what its rounding left out, the series there, and Bernoulli's
    numbers.
    """
    return f"""
static const double at_zero[] = {numbers(at_zero)};
static const double bernoulli[] = {numbers(bernoulli)};
if (x == 0.0) return copysign(INFINITY, -x);
if (x < 0.0) {{
    if (x == floor(x)) return NAN;{_indented(_COTANGENT)}
    return digamma(1.0 - x) - 3.141592653589793 * cotangent;
}}
if (!(x < INFINITY)) return x;
double total = 0.0;
if (fabs(x - {zero!r}) < 0.25) {{
    for (int k = {len(at_zero) - 1}; k >= 0; k--)
        total = (total + at_zero[k]) * (x - {zero!r} - {rest!r});
    return total;
}}
for (; x < 12.0; x += 1.0) total -= 1.0 / x;
double power = 1.0, tail = 0.0;
for (int k = 1; k <= {len(bernoulli)} && x < 1e15; k++) {{
    power /= x * x;
    tail -= bernoulli[k - 1] / (2 * k) * power;
}}
return total + tail - 0.5 / x + log(x);
"""


def polygamma(bernoulli: Sequence[float]) -> str:
    """The body for Bernoulli's numbers."""
    return f"""
static const double bernoulli[] = {numbers(bernoulli)};
if (n == 0.0) return digamma(x);
if (x != x || x == -INFINITY || !(0.0 < n && n <= 100.0) || n != floor(n)) return NAN;
const double sign = fmod(n, 2.0) == 0.0 ? -1.0 : 1.0;
if (x <= 0.0 && x == floor(x))
    return sign > 0.0 ? INFINITY : x == 0.0 ? copysign(INFINITY, -x) : NAN;
if (x < 0.0) {{{_indented(_COTANGENT)}
    double c[103] = {{0.0, 1.0}}, next[103], total = 0.0;
    for (int times = 0; times < n; times++) {{
        for (int k = 0; k < 103; k++)
            next[k] = -(k < 102 ? (k + 1) * c[k + 1] : 0.0) - (k > 0 ? (k - 1) * c[k - 1] : 0.0);
        for (int k = 0; k < 103; k++) c[k] = next[k];
    }}
    for (int k = 102; k >= 0; k--) total = total * cotangent + c[k];
    return -sign * polygamma(n, 1.0 - x) - pow(3.141592653589793, n + 1.0) * total;
}}
double total = 0.0;
const double factorial = tgamma(n + 1.0);
for (; x < 12.0 + n; x += 1.0) total += factorial * pow(x, -n - 1.0);
double tail = tgamma(n), ratio = factorial;
tail += factorial / (2.0 * x);
for (int k = 1; k <= {len(bernoulli)} && x < 1e15; k++) {{
    ratio *= k == 1 ? 0.5 * (n + 1.0) : (2 * k + n - 1) * (2 * k + n - 2) / (2 * k * (2 * k - 1.0));
    tail += bernoulli[k - 1] * ratio / pow(x, 2.0 * k);
}}
return sign * (total + pow(x, -n) * tail);
"""


def entry(xs: Sequence[float]) -> str:
    """The body that looks up an entry, from the end where x is negative."""
    return f"""
static const double entries[] = {numbers(xs)};
if (!(-{len(xs)} <= x && x < {len(xs)}) || x != floor(x)) return NAN;
return entries[(long)(x < 0.0 ? x + {len(xs)} : x)];
"""


_CELL = """
long k = 0, end = COUNT;
while (k < end) {
    const long middle = (k + end) / 2;
    if (xs[middle] <= x) k = middle + 1;
    else end = middle;
}
"""


def line(xs: Sequence[float], ys: Sequence[float], slopes: Sequence[float]) -> str:
    """The body that interpolates between points; `slopes` are those of all cells."""
    return f"""
static const double xs[] = {numbers(xs)};
static const double ys[] = {numbers(ys)};
static const double slopes[] = {numbers(slopes)};{_CELL.replace("COUNT", str(len(xs)))}
if (0 < k && k < {len(xs)}) return ys[k - 1] + slopes[k] * (x - xs[k - 1]);
return x == x ? ys[k > 0 ? {len(xs) - 1} : 0] : x;
"""


def line_slope(xs: Sequence[float], slopes: Sequence[float]) -> str:
    """The body of the slope, at a point the one of least size between those beside it."""
    return f"""
static const double xs[] = {numbers(xs)};
static const double slopes[] = {numbers(slopes)};{_CELL.replace("COUNT", str(len(xs)))}
const double a = slopes[k], b = slopes[k > 0 && x == xs[k - 1] ? k - 1 : k];
return x == x ? fmax(fmin(a, b), 0.0) + fmin(fmax(a, b), 0.0) : x;
"""


def line_knot(xs: Sequence[float]) -> str:
    """The body that says whether x is one of the points."""
    return f"""
static const double xs[] = {numbers(xs)};
for (long k = 0; k < {len(xs)}; k++)
    if (x == xs[k]) return 1.0;
return 0.0;
"""


def _indented(body: str) -> str:
    return body.rstrip().replace("\n", "\n    ")


sum = """
double y = 0.0;
for (long k = 0; k < n; k++) y += x[k];
return y;
"""
dot = """
double y = 0.0;
for (long k = 0; k < n / 2; k++) y += x[k] * x[n / 2 + k];
return y;
"""
prod = """
double y = 1.0;
for (long k = 0; k < n; k++) y *= x[k];
return y;
"""
norm = """
double size = 0.0, total = 0.0;
for (long k = 0; k < n; k++) size = fmax(size, fabs(x[k]));
if (size == INFINITY) return size;
int exponent = 0;
frexp(size, &exponent);
for (long k = 0; k < n; k++) total += ldexp(x[k], -exponent) * ldexp(x[k], -exponent);
return ldexp(sqrt(total), exponent);
"""
largest = """
double y = -INFINITY;
for (long k = 0; k < n; k++) {
    if (x[k] != x[k]) return x[k];
    if (x[k] > y) y = x[k];
}
return y;
"""
logsumexp = """
double top = -INFINITY, rest = 0.0;
for (long k = 0; k < n; k++) {
    if (x[k] != x[k]) return x[k];
    if (x[k] > top) top = x[k];
}
if (isinf(top)) return top;
long largest = 0;
while (x[largest] != top) largest++;
for (long k = 0; k < n; k++)
    if (k != largest) rest += exp(x[k] - top);
return top + log1p(rest);
"""
minor = """
double y = 0.0;
for (long k = 0; k < n; k++)
    if (!(x[k] > 0.75)) y += x[k];
return y;
"""
