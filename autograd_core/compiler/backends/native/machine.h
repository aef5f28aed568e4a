/* An array program as data: what check.c checks and machine.c runs. instructions.py writes
   it. */
#ifndef MACHINE_H
#define MACHINE_H

#include <stddef.h>

#include "library.h"

/* The memory of a program: each region is an array of doubles of a fixed size. */
enum { NUMBERS, ROWS, INPUTS, CONSTANTS, TAKEN, SCRATCH, REGIONS };

/* A matrix in a region: element (r, c) lies at start + r * row + c * column. */
typedef struct {
    int64_t region, start, row, column;
} Operand;

/* out = operation(a, b, c), of `rows` times `columns` elements. */
typedef struct {
    int64_t operation, rows, columns;
    int64_t inner; /* the terms of each sum in products, the coefficients of a polynomial */
    int64_t index; /* where the list of rows to take begins, in take */
    int64_t added; /* whether the result is added to what is there, in sums */
    double scale;
    Operand out, a, b, c;
} Instruction;

/* Instructions that run one after the other: over all columns at once, or, where `strip` is not 0,
   over so many columns at a time, which stay in the cache from one instruction to the next. */
typedef struct {
    int64_t first, count, columns, strip;
} Block;

typedef struct {
    const Instruction *code;
    const Block *blocks;
    const int64_t *indices;
    int64_t instructions, block_count, index_count;
    int64_t sizes[REGIONS];
    double *regions[REGIONS];
} Program;

/* The operations on elements, and those of another form after them. */
enum {
#define OPERATION(NAME, COUNT, RESULT) OPERATION_##NAME,
#include "operations.h"
    FIRST_OTHER,
    PRODUCT = FIRST_OTHER,
    PRODUCT_OF_ROWS,
    SUM,
    SUM_OF_ROWS,
    TAKE,
    POLYNOMIAL,
    OPERATIONS
};

/* What reads and writes in one way: kernels for each operation on elements, by a number with one
   bit for each operand that is one number for all `n` elements. */
typedef void (*Kernel)(int64_t n, double *o, const double *a, const double *b, const double *c,
                       double scale);

enum { VARIANTS = 8 };

/* out[i][j] = scale * sum over k of a[i][k] b[k][j]; the columns of b and of out are neighbours. */
typedef void (*Product)(const Instruction *q, double *o, const double *a, const double *b,
                        int64_t columns);

/* How an optimizer updates parameters. `first` and `second` are what it remembers of each. */
typedef struct {
    int64_t kind, nesterov, decoupled;
    double momentum, beta_1, beta_2, epsilon, decay, clip; /* 0 for no clipping */
    const double *rates, *sizes, *roots;                   /* of each step */
    double *first, *second;
} Update;

/* Everything that is there once for each kind of processor. */
typedef struct {
    Kernel (*elements)[VARIANTS];
    Product product, product_of_rows;
    void (*sum)(const Instruction *q, double *o, const double *a, const double *b);
    void (*sum_of_rows)(const Instruction *q, double *o, const double *a, const double *b,
                        int64_t columns);
    /* of a; the coefficients are the rows of b, the first that of the highest power */
    Product polynomial;
    void (*descend)(const Update *u, double rate, double factor, double *x, const double *g,
                    int64_t n);
    void (*adapt)(const Update *u, double rate, double size, double root, double factor, double *x,
                  const double *g, int64_t n);
    double (*squares)(const double *g, int64_t n, double scale);
} Level;

/* Whether so many places lie among as many as `size` says. */
static inline int among(const int64_t *places, int64_t count, int64_t size) {
    for (int64_t k = 0; k < count; k++)
        if (places[k] < 0 || places[k] >= size) return 0;
    return 1;
}

const Level *machine_level(void);
PUBLIC int32_t native_finite(const double *x, int64_t n);
PUBLIC void machine_run(const Program *p, double *inputs, int64_t first, int64_t last);

extern const Level *const level_base, *const level_avx2, *const level_avx512;

#endif
