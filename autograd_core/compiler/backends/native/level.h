/* All kernels for one kind of processor: included once for each, with NAME_OF and WIDTH set. */
#include <math.h>
#include <stddef.h>

#define FAST(NAME) NAME_OF(NAME##_number)
#include "../elementary.h"

#if defined(__GNUC__) && !defined(__clang__)
#define EVERY_ELEMENT_BY_ITSELF _Pragma("GCC ivdep") /* an operand may be the result itself */
#elif defined(__clang__)
#define EVERY_ELEMENT_BY_ITSELF _Pragma("clang loop vectorize(assume_safety)")
#else
#define EVERY_ELEMENT_BY_ITSELF
#endif

#define LOOP(NAME, X, Y, Z, RESULT)                                                              \
    static void NAME(int64_t n, double *o, const double *a, const double *b, const double *c,    \
                     double s) {                                                                 \
        (void)a, (void)b, (void)c, (void)s;                                                      \
        const double a0 = *a, b0 = *b, c0 = *c;                                                  \
        (void)a0, (void)b0, (void)c0;                                                            \
        EVERY_ELEMENT_BY_ITSELF                                                                  \
        for (int64_t i = 0; i < n; i++) {                                                        \
            const double x = X, y = Y, z = Z;                                                    \
            (void)x, (void)y, (void)z;                                                           \
            o[i] = (RESULT);                                                                     \
        }                                                                                        \
    }
/* A loop for each variant: one bit of its number for each operand that is one number throughout. */
#define LOOPS_1(NAME, RESULT)                                                                    \
    LOOP(NAME_OF(NAME##_0), a[i], b[i], c[i], RESULT)                                            \
    LOOP(NAME_OF(NAME##_1), a0, b[i], c[i], RESULT)
#define LOOPS_2(NAME, RESULT)                                                                    \
    LOOPS_1(NAME, RESULT)                                                                        \
    LOOP(NAME_OF(NAME##_2), a[i], b0, c[i], RESULT)                                              \
    LOOP(NAME_OF(NAME##_3), a0, b0, c[i], RESULT)
#define LOOPS_3(NAME, RESULT)                                                                    \
    LOOPS_2(NAME, RESULT)                                                                        \
    LOOP(NAME_OF(NAME##_4), a[i], b[i], c0, RESULT)                                              \
    LOOP(NAME_OF(NAME##_5), a0, b[i], c0, RESULT)                                                \
    LOOP(NAME_OF(NAME##_6), a[i], b0, c0, RESULT)                                                \
    LOOP(NAME_OF(NAME##_7), a0, b0, c0, RESULT)
#define OPERATION(NAME, COUNT, RESULT) LOOPS_##COUNT(NAME, RESULT)
#define GUARDED(NAME, CONDITION, RESULT, OTHERWISE)                                              \
    LOOP(NAME_OF(NAME##_fast), a[i], b[i], c[i], RESULT)                                         \
    LOOP(NAME_OF(NAME##_slow), a[i], b[i], c[i], OTHERWISE)                                      \
    static void NAME_OF(NAME##_0)(int64_t n, double *o, const double *a, const double *b,        \
                                  const double *c, double s) {                                   \
        int64_t outside = 0;                                                                     \
        for (int64_t i = 0; i < n; i++) {                                                        \
            const double x = a[i];                                                               \
            outside |= !(CONDITION);                                                             \
        }                                                                                        \
        (outside ? NAME_OF(NAME##_slow) : NAME_OF(NAME##_fast))(n, o, a, b, c, s);               \
    }                                                                                            \
    static void NAME_OF(NAME##_1)(int64_t n, double *o, const double *a, const double *b,        \
                                  const double *c, double s) {                                   \
        NAME_OF(NAME##_0)(1, o, a, b, c, s);                                                     \
        for (int64_t i = 1; i < n; i++) o[i] = o[0];                                             \
    }
#include "operations.h"
#undef LOOP

#define VARIANTS_1(NAME) PAIR(NAME, 0, 1), PAIR(NAME, 0, 1), PAIR(NAME, 0, 1), PAIR(NAME, 0, 1)
#define VARIANTS_2(NAME) PAIR(NAME, 0, 1), PAIR(NAME, 2, 3), PAIR(NAME, 0, 1), PAIR(NAME, 2, 3)
#define VARIANTS_3(NAME) PAIR(NAME, 0, 1), PAIR(NAME, 2, 3), PAIR(NAME, 4, 5), PAIR(NAME, 6, 7)
#define PAIR(NAME, EVEN, ODD) NAME_OF(NAME##_##EVEN), NAME_OF(NAME##_##ODD)
static Kernel NAME_OF(elements)[][VARIANTS] = {
#define OPERATION(NAME, COUNT, RESULT) {VARIANTS_##COUNT(NAME)},
#include "operations.h"
};

#include "products.h"
#include "updates.h"

static const Level NAME_OF(kernels) = {
    NAME_OF(elements), NAME_OF(product), NAME_OF(product_of_rows),
    NAME_OF(sum),      NAME_OF(sum_of_rows), NAME_OF(polynomial),
    NAME_OF(descend),  NAME_OF(adapt),       NAME_OF(squares),
};
const Level *const NAME_OF(level) = &NAME_OF(kernels);
