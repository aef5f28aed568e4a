/* The kernels for processors with AVX-512. */
#include "machine.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512vl,fma"))), apply_to = function)
#define __FMA__ 1
#else
#pragma GCC target("avx512f,avx512dq,avx512vl,fma,prefer-vector-width=512")
#endif
#define NAME_OF(name) name##_avx512
#define WIDTH 8
#include "level.h"
#if defined(__clang__)
#pragma clang attribute pop
#endif
#else
const Level *const level_avx512 = NULL;
#endif
