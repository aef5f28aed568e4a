/* All kernels for one kind of processor: included once for each, with NAME_OF and WIDTH set. */
#include <math.h>
#include <stddef.h>

#define FAST(NAME) NAME_OF(NAME##_number)
#include "functions.h"

#if defined(__GNUC__) && !defined(__clang__)
#define EVERY_ELEMENT_BY_ITSELF _Pragma("GCC ivdep") /* an operand may be the result itself */
#elif defined(__clang__)
#define EVERY_ELEMENT_BY_ITSELF _Pragma("clang loop vectorize(assume_safety)")
#else
#define EVERY_ELEMENT_BY_ITSELF
#endif

#define LOOP(NAME, X, Y, RESULT)                                                                 \
    static void NAME(int64_t n, double *o, const double *a, const double *b, const double *c,    \
                     double s) {                                                                 \
        (void)a, (void)b, (void)c, (void)s;                                                      \
        const double a0 = *a, b0 = *b;                                                           \
        (void)a0, (void)b0;                                                                      \
        EVERY_ELEMENT_BY_ITSELF                                                                  \
        for (int64_t i = 0; i < n; i++) {                                                        \
            const double x = X, y = Y, z = c[i];                                                 \
            (void)x, (void)y, (void)z;                                                           \
            o[i] = (RESULT);                                                                     \
        }                                                                                        \
    }
#define OPERATION(NAME, COUNT, RESULT)                                                           \
    LOOP(NAME_OF(NAME), a[i], b[i], RESULT)                                                      \
    LOOP(NAME_OF(NAME##_scalar_a), a0, b[i], RESULT)                                             \
    LOOP(NAME_OF(NAME##_scalar_b), a[i], b0, RESULT)
#define GUARDED(NAME, CONDITION, RESULT, OTHERWISE)                                              \
    LOOP(NAME_OF(NAME##_fast), a[i], b[i], RESULT)                                               \
    LOOP(NAME_OF(NAME##_slow), a[i], b[i], OTHERWISE)                                            \
    static void NAME_OF(NAME)(int64_t n, double *o, const double *a, const double *b,            \
                              const double *c, double s) {                                       \
        int64_t outside = 0;                                                                     \
        for (int64_t i = 0; i < n; i++) {                                                        \
            const double x = a[i];                                                               \
            outside |= !(CONDITION);                                                             \
        }                                                                                        \
        (outside ? NAME_OF(NAME##_slow) : NAME_OF(NAME##_fast))(n, o, a, b, c, s);               \
    }                                                                                            \
    static void NAME_OF(NAME##_scalar_a)(int64_t n, double *o, const double *a, const double *b, \
                                         const double *c, double s) {                            \
        NAME_OF(NAME)(1, o, a, b, c, s);                                                         \
        for (int64_t i = 1; i < n; i++) o[i] = o[0];                                             \
    }
#include "operations.h"
#undef LOOP

static Kernel NAME_OF(elements)[][VARIANTS] = {
#define OPERATION(NAME, COUNT, RESULT)                                                           \
    {NAME_OF(NAME), NAME_OF(NAME##_scalar_a), NAME_OF(NAME##_scalar_b)},
#define GUARDED(NAME, CONDITION, RESULT, OTHERWISE)                                              \
    {NAME_OF(NAME), NAME_OF(NAME##_scalar_a), NAME_OF(NAME)},
#include "operations.h"
};

#include "products.h"
#include "updates.h"

static const Level NAME_OF(kernels) = {
    NAME_OF(elements), NAME_OF(product), NAME_OF(product_of_rows),
    NAME_OF(sum),      NAME_OF(sum_of_rows), NAME_OF(descend),
    NAME_OF(adapt),    NAME_OF(squares),
};
const Level *const NAME_OF(level) = &NAME_OF(kernels);
