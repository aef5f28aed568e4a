/* The machine: runs the instructions of an array program. check.c has seen that they keep to their
   regions. */
#include "machine.h"

#include <math.h>
#include <string.h>

enum { CHUNK = 256 };

static const Level *level;

/* The kernels for the processor at hand. */
const Level *machine_level(void) {
    if (level == NULL) {
        level = level_base;
#if defined(__x86_64__) && defined(__GNUC__)
        __builtin_cpu_init();
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) level = level_avx2;
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
            __builtin_cpu_supports("avx512vl"))
            level = level_avx512;
#endif
    }
    return level;
}

/* Choose the kernels for all that follows: 0 for every processor, 1 for AVX2, 2 for AVX-512.
   Returns 0 where the processor, or the library, has none of them. */
PUBLIC int32_t native_choose(int32_t which) {
    level = NULL;
    const Level *best = machine_level();
    const Level *chosen = which == 0 ? level_base : which == 1 ? level_avx2 : level_avx512;
    if (chosen == NULL || (which == 2 && best != level_avx512) ||
        (which == 1 && best == level_base))
        return 0;
    level = chosen;
    return 1;
}

/* The elements of an operand in one piece: those that lie otherwise are copied. */
static const double *in_one_piece(const double *x, int64_t step, int64_t n, double *room) {
    if (step == 1) return x;
    for (int64_t i = 0; i < n; i++) room[i] = x[i * step];
    return room;
}

static void chunks(Kernel kernel, const Instruction *q, double *o, const double *a,
                   const double *b, const double *c, int64_t n) {
    double rooms[4][CHUNK];
    for (int64_t i = 0; i < n; i += CHUNK) {
        const int64_t m = n - i < CHUNK ? n - i : CHUNK;
        const double *x = in_one_piece(a + i * q->a.column, q->a.column, m, rooms[0]);
        const double *y = in_one_piece(b + i * q->b.column, q->b.column, m, rooms[1]);
        const double *z = in_one_piece(c + i * q->c.column, q->c.column, m, rooms[2]);
        if (q->out.column == 1) {
            kernel(m, o + i, x, y, z, q->scale);
        } else {
            kernel(m, rooms[3], x, y, z, q->scale);
            for (int64_t k = 0; k < m; k++) o[(i + k) * q->out.column] = rooms[3][k];
        }
    }
}

static void elements(const Kernel *variants, const Instruction *q, double *o, const double *a,
                     const double *b, const double *c, int64_t n) {
    const int64_t x = q->a.column, y = q->b.column, z = q->c.column;
    Kernel kernel = NULL;
    if (q->out.column == 1 && (uint64_t)x < 2 && (uint64_t)y < 2 && (uint64_t)z < 2)
        kernel = variants[7 - x - 2 * y - 4 * z];
    for (int64_t r = 0; r < q->rows; r++) {
        if (kernel)
            kernel(n, o, a, b, c, q->scale);
        else
            chunks(variants[0], q, o, a, b, c, n);
        o += q->out.row, a += q->a.row, b += q->b.row, c += q->c.row;
    }
}

/* Rows of a by their numbers in the list of indices. */
static void take(const Instruction *q, const int64_t *rows, double *o, const double *a, int64_t n) {
    if (n == 1) {
        for (int64_t r = 0; r < q->rows; r++) o[r * q->out.row] = a[rows[r] * q->a.row];
        return;
    }
    for (int64_t r = 0; r < q->rows; r++)
        memcpy(o + r * q->out.row, a + rows[r] * q->a.row, (size_t)n * sizeof(double));
}

/* One instruction, for `n` columns from column `from`. */
static void step(const Program *p, const Instruction *q, double *const *regions, int64_t from,
                 int64_t n) {
    double *o = regions[q->out.region] + q->out.start + from * q->out.column;
    const double *a = regions[q->a.region] + q->a.start;
    const double *b = regions[q->b.region] + q->b.start + from * q->b.column;
    const Level *own = level;
    switch (q->operation) {
    case PRODUCT:
        own->product(q, o, a, b, n);
        return;
    case PRODUCT_OF_ROWS:
        own->product_of_rows(q, o, a, b, n);
        return;
    case SUM:
        own->sum(q, o, a, b);
        return;
    case SUM_OF_ROWS:
        own->sum_of_rows(q, o, a + from * q->a.column, b, n);
        return;
    case POLYNOMIAL:
        own->polynomial(q, o, a + from * q->a.column, b, n);
        return;
    case TAKE:
        take(q, p->indices + q->index, o, a + from * q->a.column, n);
        return;
    default:
        elements(own->elements[q->operation], q, o, a + from * q->a.column, b,
                 regions[q->c.region] + q->c.start + from * q->c.column, n);
    }
}

static void run_blocks(const Program *p, double *const *regions, int64_t first, int64_t last) {
    for (const Block *block = p->blocks + first; block < p->blocks + last; block++) {
        const Instruction *begin = p->code + block->first, *end = begin + block->count;
        if (!block->strip) {
            for (const Instruction *q = begin; q < end; q++) step(p, q, regions, 0, q->columns);
            continue;
        }
        for (int64_t from = 0; from < block->columns; from += block->strip) {
            const int64_t left = block->columns - from;
            const int64_t n = left < block->strip ? left : block->strip;
            for (const Instruction *q = begin; q < end; q++) step(p, q, regions, from, n);
        }
    }
}

/* Run the blocks from `first` to before `last`; `inputs`, where it is not NULL, takes the place of
   that region. */
PUBLIC void machine_run(const Program *p, double *inputs, int64_t first, int64_t last) {
    double *regions[REGIONS];
    memcpy(regions, p->regions, sizeof(regions));
    if (inputs != NULL) regions[INPUTS] = inputs;
    machine_level();
    run_blocks(p, regions, first, last);
}

/* Whether all of so many numbers are finite: of no other the exponent is full, and adding one to it
   reaches the sign. */
PUBLIC int32_t native_finite(const double *x, int64_t n) {
    const uint64_t full = 0x7ff0000000000000, one = 0x0010000000000000;
    uint64_t found = 0;
    for (int64_t i = 0; i < n; i++) {
        uint64_t bits;
        memcpy(&bits, x + i, sizeof bits);
        found |= (bits & full) + one;
    }
    return !(found >> 63);
}

/* One call of a function without samples: the blocks, and the results from their places into one
   piece, or from `numbers` on where they lie in one. */
typedef struct {
    const Program *program;
    double *inputs;
    int64_t first, last;
    const double *numbers;
    const int64_t *places;
    int64_t count;
    double *found;
    int64_t careful;
} Call;

/* 0 where the results must be finite and are not. */
PUBLIC int32_t machine_call(const Call *call) {
    machine_run(call->program, call->inputs, call->first, call->last);
    const double *found = call->numbers;
    if (call->places != NULL) {
        for (int64_t i = 0; i < call->count; i++) call->found[i] = call->numbers[call->places[i]];
        found = call->found;
    }
    return !call->careful || native_finite(found, call->count);
}
