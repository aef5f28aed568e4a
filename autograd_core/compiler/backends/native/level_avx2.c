/* The kernels for processors with AVX2 and FMA. */
#include "machine.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define __FMA__ 1
#else
#pragma GCC target("avx2,fma")
#endif
#define NAME_OF(name) name##_avx2
#define WIDTH 4
#include "level.h"
#if defined(__clang__)
#pragma clang attribute pop
#endif
#else
const Level *const level_avx2 = NULL;
#endif
