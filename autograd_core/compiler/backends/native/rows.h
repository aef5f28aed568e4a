/* The rows of the table. Written by `python .ci/write_table.py`. */
static double floordiv(double a, double b) {
    if (b == 0.0) return a / b;
    const double rest = fmod(a, b);
    double y = (a - rest) / b;
    if (rest != 0.0 && (b < 0.0) != (rest < 0.0)) y -= 1.0;
    if (y == 0.0) return copysign(0.0, a / b);
    return y - floor(y) > 0.5 ? floor(y) + 1.0 : floor(y);
}

static double mod(double a, double b) {
    if (b == 0.0) return NAN;
    const double rest = fmod(a, b);
    if (rest == 0.0) return copysign(0.0, b);
    return (b < 0.0) != (rest < 0.0) ? rest + b : rest;
}

static double sign(double x) {
    return x == x ? (x > 0.0) - (x < 0.0) : x;
}

static double exponent(double x) {
    int n = 0;
    if (isfinite(x)) frexp(x, &n);
    return n;
}

static double ulp(double x) {
    const double size = fabs(x);
    if (!(size < INFINITY)) return size;
    const double above = nextafter(size, INFINITY);
    return above < INFINITY ? above - size : size - nextafter(size, 0.0);
}

static double maximum(double a, double b) {
    return a >= b || a != a ? a : b;
}

static double minimum(double a, double b) {
    return a <= b || a != a ? a : b;
}

static double clip(double x, double low, double high) {
    return x >= high ? high : x <= low ? low : x;
}

static double relu(double x) {
    return x <= 0.0 ? 0.0 : x;
}

static double asin_slope(double x) {
    const double square = (1.0 - x) * (1.0 + x);
    return square >= 0.0 ? 1.0 / sqrt(square) : NAN;
}

static double sech(double x) {
    const double e = exp(-fabs(x));
    return 2.0 * e / (1.0 + e * e);
}

static double gaussian(double x) {
    if (!(fabs(x) < 30.0)) return x != x ? x : 0.0;
    const double square = x * x, rest = fma(x, x, -square);
    return exp(-square) * (1.0 - rest);
}

static double normal_cdf(double x) {
    if (!(fabs(x) < 40.0)) return x != x ? x : x > 0.0;
    const double root = 0.7071067811865476, t = -x * root;
    const double rest = fma(-x, root, -t) + x * 4.833646656726457e-17;
    return 0.5 * erfc(t) - rest * exp(-t * t) / 1.7724538509055159;
}

static double normal_pdf(double x) {
    if (!(fabs(x) < 40.0)) return x != x ? x : 0.0;
    const double square = x * x, rest = fma(x, x, -square);
    return exp(-0.5 * square) * (1.0 - 0.5 * rest) / 2.5066282746310002;
}

static double direction(double a, double b) {
    double r = hypot(a, b);
    if (r == 0.0) return 0.0;
    if (isinf(r) && !isinf(a) && !isinf(b)) {
        a /= 4.0, b /= 4.0;
        r = hypot(a, b);
    }
    return a / r;
}

static double atan2_slope(double a, double b) {
    const double r = hypot(a, b);
    return r != 0.0 ? direction(b, a) / r : 0.0;
}

static double sigmoid(double x) {
    if (x >= 0.0) return 1.0 / (1.0 + exp(-x));
    const double e = exp(x);
    return e / (1.0 + e);
}

static double sigmoid_slope(double x) {
    const double e = exp(-fabs(x));
    return e / ((1.0 + e) * (1.0 + e));
}

static double softplus(double x) {
    return x == x ? fmax(x, 0.0) + log1p(exp(-fabs(x))) : x;
}

static double logsigmoid(double x) {
    return -softplus(-x);
}

static double logit(double x) {
    if (0.25 < x && x < 0.75) return log1p((2.0 * x - 1.0) / (1.0 - x));
    return log(x) - log1p(-x);
}

static double logit_slope(double x) {
    return 0.0 <= x && x <= 1.0 ? 1.0 / (x * (1.0 - x)) : NAN;
}

static double leaky_relu(double x, double slope) {
    return x > 0.0 ? x : slope * x;
}

static double elu(double x, double alpha) {
    return x > 0.0 ? x : alpha * expm1(x);
}

static double gelu(double x) {
    return x == -INFINITY ? -0.0 : x * normal_cdf(x);
}

static double silu(double x) {
    const double half = exp(0.5 * fmin(x, 0.0));
    if (x != x) return x;
    return x == -INFINITY ? -0.0 : x * half / (1.0 + exp(-fabs(x))) * half;
}

static double mish(double x) {
    return x == -INFINITY ? -0.0 : x * tanh(softplus(x));
}

static double softsign(double x) {
    return isinf(x) ? copysign(1.0, x) : x / (1.0 + fabs(x));
}

static double logaddexp(double a, double b) {
    if (a == b) return a + 0.6931471805599453;
    return a == a && b == b ? fmax(a, b) + log1p(exp(-fabs(a - b))) : NAN;
}

static double xlogy(double a, double b) {
    return a == 0.0 && b == b ? 0.0 : a * log(b);
}

static double gamma_(double x) {
    return x == 0.0 ? copysign(INFINITY, x) : tgamma(x);
}

static double digamma(double x) {
    static const double at_zero[] = {0.9676722454476212, -0.4427631689835921, 0.258499760955651, -0.16394270544240652, 0.10782405069126237, -0.07219956125645471, 0.04880428816414311, -0.03316112647484736, 0.022597648232218104, -0.01542476590494896, 0.010538791616612175, -0.007204534386356869, 0.004926781395729853, -0.003369801655439328, 0.002305126326734928, -0.0015769367714301972, 0.0010788252019162967, -0.0007380709389960052, 0.000504953265834602, -0.0003454680251063077, 0.00023635601564027053, -0.00016170622091974803};
    static const double bernoulli[] = {0.16666666666666666, -0.03333333333333333, 0.023809523809523808, -0.03333333333333333, 0.07575757575757576, -0.2531135531135531, 1.1666666666666667, -7.092156862745098, 54.971177944862156, -529.1242424242424};
    if (x == 0.0) return copysign(INFINITY, -x);
    if (x < 0.0) {
        if (x == floor(x)) return NAN;
        double y = x - rint(x), cotangent = cos(3.141592653589793 * y) / sin(3.141592653589793 * y);
        if (fabs(y) > 0.25) {
            y = copysign(0.5 - fabs(y), y);
            cotangent = sin(3.141592653589793 * y) / cos(3.141592653589793 * y);
        }
        return digamma(1.0 - x) - 3.141592653589793 * cotangent;
    }
    if (!(x < INFINITY)) return x;
    double total = 0.0;
    if (fabs(x - 1.4616321449683622) < 0.25) {
        for (int k = 21; k >= 0; k--)
            total = (total + at_zero[k]) * (x - 1.4616321449683622 - 9.549995429965697e-17);
        return total;
    }
    for (; x < 12.0; x += 1.0) total -= 1.0 / x;
    double power = 1.0, tail = 0.0;
    for (int k = 1; k <= 10 && x < 1e15; k++) {
        power /= x * x;
        tail -= bernoulli[k - 1] / (2 * k) * power;
    }
    return total + tail - 0.5 / x + log(x);
}

static double polygamma(double n, double x) {
    static const double bernoulli[] = {0.16666666666666666, -0.03333333333333333, 0.023809523809523808, -0.03333333333333333, 0.07575757575757576, -0.2531135531135531, 1.1666666666666667, -7.092156862745098, 54.971177944862156, -529.1242424242424};
    if (n == 0.0) return digamma(x);
    if (x != x || x == -INFINITY || !(0.0 < n && n <= 100.0) || n != floor(n)) return NAN;
    const double sign = fmod(n, 2.0) == 0.0 ? -1.0 : 1.0;
    if (x <= 0.0 && x == floor(x))
        return sign > 0.0 ? INFINITY : x == 0.0 ? copysign(INFINITY, -x) : NAN;
    if (x < 0.0) {
        double y = x - rint(x), cotangent = cos(3.141592653589793 * y) / sin(3.141592653589793 * y);
        if (fabs(y) > 0.25) {
            y = copysign(0.5 - fabs(y), y);
            cotangent = sin(3.141592653589793 * y) / cos(3.141592653589793 * y);
        }
        double c[103] = {0.0, 1.0}, next[103], total = 0.0;
        for (int times = 0; times < n; times++) {
            for (int k = 0; k < 103; k++)
                next[k] = -(k < 102 ? (k + 1) * c[k + 1] : 0.0) - (k > 0 ? (k - 1) * c[k - 1] : 0.0);
            for (int k = 0; k < 103; k++) c[k] = next[k];
        }
        for (int k = 102; k >= 0; k--) total = total * cotangent + c[k];
        return -sign * polygamma(n, 1.0 - x) - pow(3.141592653589793, n + 1.0) * total;
    }
    double total = 0.0;
    const double factorial = tgamma(n + 1.0);
    for (; x < 12.0 + n; x += 1.0) total += factorial * pow(x, -n - 1.0);
    double tail = tgamma(n), ratio = factorial;
    tail += factorial / (2.0 * x);
    for (int k = 1; k <= 10 && x < 1e15; k++) {
        ratio *= k == 1 ? 0.5 * (n + 1.0) : (2 * k + n - 1) * (2 * k + n - 2) / (2 * k * (2 * k - 1.0));
        tail += bernoulli[k - 1] * ratio / pow(x, 2.0 * k);
    }
    return sign * (total + pow(x, -n) * tail);
}

static double share_of_one(double p, double rest) {
    return p > 0.75 ? 1.0 - rest : p;
}

static double part_of_unit(double u, double rest) {
    return u * u > 0.75 ? copysign(sqrt(1.0 - rest), u) : u;
}

static double jump(double x) {
    return -0.0;
}

/* Name, number of operands, formula. */
#define ROWS(ROW) \
    ROW(add, 2, A + B) \
    ROW(sub, 2, A - B) \
    ROW(mul, 2, A * B) \
    ROW(neg, 1, -A) \
    ROW(div, 2, A / B) \
    ROW(floordiv, 2, floordiv(A, B)) \
    ROW(mod, 2, mod(A, B)) \
    ROW(fmod, 2, fmod(A, B)) \
    ROW(remainder, 2, remainder(A, B)) \
    ROW(identity, 1, A) \
    ROW(absolute, 1, fabs(A)) \
    ROW(sign, 1, sign(A)) \
    ROW(floor, 1, floor(A)) \
    ROW(ceil, 1, ceil(A)) \
    ROW(trunc, 1, trunc(A)) \
    ROW(exponent, 1, exponent(A)) \
    ROW(ulp, 1, ulp(A)) \
    ROW(nextafter, 2, nextafter(A, B)) \
    ROW(copysign, 2, copysign(A, B)) \
    ROW(where, 3, A != 0.0 ? B : C) \
    ROW(maximum, 2, maximum(A, B)) \
    ROW(minimum, 2, minimum(A, B)) \
    ROW(clip, 3, clip(A, B, C)) \
    ROW(relu, 1, relu(A)) \
    ROW(exp, 1, exp(A)) \
    ROW(exp2, 1, exp2(A)) \
    ROW(expm1, 1, expm1(A)) \
    ROW(log, 1, log(A)) \
    ROW(log1p, 1, log1p(A)) \
    ROW(log2, 1, log2(A)) \
    ROW(log10, 1, log10(A)) \
    ROW(sqrt, 1, sqrt(A)) \
    ROW(cbrt, 1, cbrt(A)) \
    ROW(power, 2, pow(A, B)) \
    ROW(sin, 1, sin(A)) \
    ROW(cos, 1, cos(A)) \
    ROW(tan, 1, tan(A)) \
    ROW(asin, 1, asin(A)) \
    ROW(asin_slope, 1, asin_slope(A)) \
    ROW(acos, 1, acos(A)) \
    ROW(atan, 1, atan(A)) \
    ROW(sinh, 1, sinh(A)) \
    ROW(cosh, 1, cosh(A)) \
    ROW(sech, 1, sech(A)) \
    ROW(tanh, 1, tanh(A)) \
    ROW(asinh, 1, asinh(A)) \
    ROW(acosh, 1, acosh(A)) \
    ROW(atanh, 1, atanh(A)) \
    ROW(gaussian, 1, gaussian(A)) \
    ROW(erf, 1, erf(A)) \
    ROW(erfc, 1, erfc(A)) \
    ROW(normal_cdf, 1, normal_cdf(A)) \
    ROW(normal_pdf, 1, normal_pdf(A)) \
    ROW(direction, 2, direction(A, B)) \
    ROW(hypot, 2, hypot(A, B)) \
    ROW(atan2, 2, atan2(A, B)) \
    ROW(atan2_slope, 2, atan2_slope(A, B)) \
    ROW(sigmoid, 1, sigmoid(A)) \
    ROW(sigmoid_slope, 1, sigmoid_slope(A)) \
    ROW(logsigmoid, 1, logsigmoid(A)) \
    ROW(logit, 1, logit(A)) \
    ROW(logit_slope, 1, logit_slope(A)) \
    ROW(softplus, 1, softplus(A)) \
    ROW(leaky_relu, 2, leaky_relu(A, B)) \
    ROW(elu, 2, elu(A, B)) \
    ROW(gelu, 1, gelu(A)) \
    ROW(silu, 1, silu(A)) \
    ROW(mish, 1, mish(A)) \
    ROW(softsign, 1, softsign(A)) \
    ROW(logaddexp, 2, logaddexp(A, B)) \
    ROW(xlogy, 2, xlogy(A, B)) \
    ROW(less, 2, A < B) \
    ROW(less_equal, 2, A <= B) \
    ROW(equal, 2, A == B) \
    ROW(not_equal, 2, A != B) \
    ROW(both, 2, A != 0.0 && B != 0.0) \
    ROW(either, 2, A != 0.0 || B != 0.0) \
    ROW(gamma, 1, gamma_(A)) \
    ROW(lgamma, 1, lgamma(A)) \
    ROW(digamma, 1, digamma(A)) \
    ROW(polygamma, 2, polygamma(A, B)) \
    ROW(share_of_one, 2, share_of_one(A, B)) \
    ROW(part_of_unit, 2, part_of_unit(A, B)) \
    ROW(jump, 1, jump(A))
