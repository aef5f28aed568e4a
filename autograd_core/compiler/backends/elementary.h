/* Exponentials, logarithms, angles: without branches, so that loops over them become vector code.

   The methods are those of every libm: reduce the argument to a short range, evaluate a polynomial
   there, put the result together from both. Measured errors stand in the table of accuracies.

   The native library includes this text once for each kind of processor; in the C of a program stand
   the functions that it calls. */

#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
#define MULTIPLY_ADD(a, b, c) __builtin_fma(a, b, c)
#else
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#endif

#ifndef FUNCTIONS_H
#define FUNCTIONS_H

typedef union {
    double number;
    uint64_t bits;
} Bits;

#define ROUNDING 6755399441055744.0 /* 1.5 * 2^52: a number added to it is rounded to an integer */
#define LN2_HIGH 0x1.62e42fefa3800p-1
#define LN2_LOW 0x1.ef35793c76730p-45
#define LARGEST_ANGLE 500000.0 /* beyond it the reduction below is not exact */

/* As Python and NumPy have them, by the rules of IEEE 754 where a side is infinite or 0. */
static inline double floored_remainder(double x, double y) {
    double rest = fmod(x, y);
    if (rest == 0.0) return copysign(0.0, y);
    return (rest < 0.0) != (y < 0.0) ? rest + y : rest;
}

static inline double floored_quotient(double x, double y) {
    if (y == 0.0) return x / y;
    double rest = fmod(x, y), quotient = (x - rest) / y;
    if (rest != 0.0 && (rest < 0.0) != (y < 0.0)) quotient -= 1.0;
    if (quotient == 0.0) return copysign(0.0, x / y);
    double whole = floor(quotient);
    return quotient - whole > 0.5 ? whole + 1.0 : whole;
}

static inline double log_of_sum(double x, double y) {
    if (x == y) return x + 0.69314718055994530942; /* also where both are infinite */
    double most = x > y ? x : y, least = x > y ? y : x;
    return x != x || y != y ? x + y : most + log1p(exp(least - most));
}

#endif

/* 2^k and the fraction of x = k ln 2 + r, |r| <= ln 2 / 2, and the polynomial of e^r - 1 - r. */
static inline double NAME_OF(parts_of_exp)(double x, double *r, uint64_t *k) {
    Bits t;
    t.number = MULTIPLY_ADD(x, 1.4426950408889634, ROUNDING);
    double n = t.number - ROUNDING, f = MULTIPLY_ADD(-n, LN2_HIGH, x);
    f = MULTIPLY_ADD(-n, LN2_LOW, f);
    double p = 1.6059043836821613e-10;
    p = MULTIPLY_ADD(p, f, 2.08767569878681e-09);
    p = MULTIPLY_ADD(p, f, 2.505210838544172e-08);
    p = MULTIPLY_ADD(p, f, 2.755731922398589e-07);
    p = MULTIPLY_ADD(p, f, 2.7557319223985893e-06);
    p = MULTIPLY_ADD(p, f, 2.48015873015873e-05);
    p = MULTIPLY_ADD(p, f, 1.984126984126984e-04);
    p = MULTIPLY_ADD(p, f, 1.3888888888888889e-03);
    p = MULTIPLY_ADD(p, f, 8.333333333333333e-03);
    p = MULTIPLY_ADD(p, f, 4.1666666666666664e-02);
    p = MULTIPLY_ADD(p, f, 1.6666666666666666e-01);
    p = MULTIPLY_ADD(p, f, 0.5);
    *r = f, *k = t.bits;
    return p * (f * f);
}

/* 2^n of the low bits of a rounded number, n in the range of normal numbers. */
static inline double NAME_OF(power_of_2)(uint64_t n) {
    Bits found;
    found.bits = (n + 1023) << 52;
    return found.number;
}

static inline double FAST(exp)(double x) {
    double y = x > 710.0 ? 710.0 : x, r;
    uint64_t k;
    y = y < -746.0 ? -746.0 : y;
    double p = NAME_OF(parts_of_exp)(y, &r, &k) + r + 1.0;
    /* in two steps, as 2^k may be too large or too small for one; k + 4096 is positive */
    uint64_t whole = (k + 4096) & 0xffff, half = whole >> 1;
    return p * NAME_OF(power_of_2)(half - 2048) * NAME_OF(power_of_2)(whole - half - 2048);
}

static inline double FAST(expm1)(double x) {
    double y = x > 710.0 ? 710.0 : x, r;
    uint64_t k;
    y = y < -50.0 ? -50.0 : y;
    double p = NAME_OF(parts_of_exp)(y, &r, &k) + r;
    double half = NAME_OF(power_of_2)(k - 1);
    double found = 2.0 * (half * p + (half - 0.5));
    return fabs(x) < 1e-300 ? x : found;
}

static inline double FAST(tanh)(double x) {
    double size = fabs(x), e = FAST(expm1)(2.0 * (size > 22.0 ? 22.0 : size));
    return copysign(e / (e + 2.0), x);
}

static inline double FAST(log)(double x) {
    const double small = x < 0x1p-1022 ? 0x1p54 : 1.0; /* of subnormal numbers */
    Bits m, whole;
    m.number = x * small;
    whole.bits = m.bits + (0x3ff0000000000000 - 0x3fe6a09e667f3bcd);
    m.bits = (whole.bits & 0x000fffffffffffff) + 0x3fe6a09e667f3bcd;
    whole.bits = (whole.bits >> 52) | 0x4330000000000000; /* as a double, without a conversion */
    double k = whole.number - (4503599627370496.0 + 1023.0) - (small == 1.0 ? 0.0 : 54.0);
    double f = m.number - 1.0, s = f / (2.0 + f), z = s * s, half = 0.5 * f * f;
    double p = 1.479819860511658591e-01;
    p = MULTIPLY_ADD(p, z, 1.531383769920937332e-01);
    p = MULTIPLY_ADD(p, z, 1.818357216161805012e-01);
    p = MULTIPLY_ADD(p, z, 2.222219843214978396e-01);
    p = MULTIPLY_ADD(p, z, 2.857142874366239149e-01);
    p = MULTIPLY_ADD(p, z, 3.999999999940941908e-01);
    p = MULTIPLY_ADD(p, z, 6.666666666666735130e-01);
    double low = MULTIPLY_ADD(s, half + p * z, k * LN2_LOW);
    double found = k * LN2_HIGH - ((half - low) - f);
    found = x == 0.0 ? -INFINITY : x < 0.0 ? NAN : found;
    return x == INFINITY || x != x ? x : found;
}

/* log u, and what the rounding of u = 1 + x took from x. */
static inline double FAST(log1p)(double x) {
    double u = 1.0 + x, lost = (x - (u - 1.0)) / u;
    double found = FAST(log)(u) + (u > 0.0 && u < INFINITY ? lost : 0.0);
    return x == 0.0 ? x : found;
}

/* x as n quarters of a turn and the rest y + tail, and the sine and cosine of the rest. */
static inline double NAME_OF(quarters)(double x, uint64_t *n, double *sine) {
    Bits t;
    t.number = MULTIPLY_ADD(x, 6.36619772367581382433e-01, ROUNDING);
    double k = t.number - ROUNDING, first = x - k * 1.57079632673412561417e+00;
    double second = k * 6.07710050630396597660e-11, r = first - second;
    double w = k * 2.02226624879595063154e-21 - ((first - r) - second);
    double y = r - w, tail = (r - y) - w, z = y * y, v = z * y, half = 0.5 * z;
    double p = 1.58969099521155010221e-10;
    p = MULTIPLY_ADD(p, z, -2.50507602534068634195e-08);
    p = MULTIPLY_ADD(p, z, 2.75573137070700676789e-06);
    p = MULTIPLY_ADD(p, z, -1.98412698298579493134e-04);
    p = MULTIPLY_ADD(p, z, 8.33333333332248946124e-03);
    *sine = y - ((z * (0.5 * tail - v * p) - tail) - v * -1.66666666666666324348e-01);
    double q = -1.13596475577881948265e-11;
    q = MULTIPLY_ADD(q, z, 2.08757232129817482790e-09);
    q = MULTIPLY_ADD(q, z, -2.75573143513906633035e-07);
    q = MULTIPLY_ADD(q, z, 2.48015872894767294178e-05);
    q = MULTIPLY_ADD(q, z, -1.38888888888741095749e-03);
    q = MULTIPLY_ADD(q, z, 4.16666666666666019037e-02);
    double most = 1.0 - half;
    *n = t.bits;
    return most + (((1.0 - most) - half) + (z * z * q - y * tail));
}

static inline double NAME_OF(turned)(double sine, double cosine, uint64_t n) {
    double found = n & 1 ? cosine : sine;
    return n & 2 ? -found : found;
}

static inline double FAST(sin)(double x) {
    uint64_t n;
    double sine, cosine = NAME_OF(quarters)(x, &n, &sine);
    return NAME_OF(turned)(sine, cosine, n);
}

static inline double FAST(cos)(double x) {
    uint64_t n;
    double sine, cosine = NAME_OF(quarters)(x, &n, &sine);
    return NAME_OF(turned)(sine, cosine, n + 1);
}
