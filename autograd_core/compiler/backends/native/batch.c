/* A batch of many samples, some at a time: they are loaded, computed, and their results stored. */
#include "machine.h"

#include <string.h>

typedef struct {
    const double *samples; /* row k of all samples at k * total */
    int64_t rows, total;
    const int64_t *slots; /* where each row goes, among the rows of the inputs */
    int64_t outputs;
    const int64_t *output_rows; /* where each result lies, among the rows */
    double *found;              /* row k of the results of all samples at k * total */
    int64_t size, blocks;       /* samples at a time, and what computes them */
} Batch;

/* Whether everything that is read and written is there, for samples `from` to before `to`, which
   are some times as many as are computed at a time. */
PUBLIC int32_t batch_check(const Program *p, const Batch *b, int64_t from, int64_t to) {
    if (b->size < 1 || b->rows < 0 || b->outputs < 0 || b->blocks < 0) return 0;
    if (from < 0 || from > to || to > b->total || (to - from) % b->size) return 0;
    return b->blocks <= p->block_count && among(b->slots, b->rows, p->sizes[INPUTS] / b->size) &&
           among(b->output_rows, b->outputs, p->sizes[ROWS] / b->size);
}

PUBLIC void batch_run(const Program *p, const Batch *b, int64_t from, int64_t to) {
    const size_t bytes = (size_t)b->size * sizeof(double);
    for (; from < to; from += b->size) {
        for (int64_t k = 0; k < b->rows; k++)
            memcpy(p->regions[INPUTS] + b->slots[k] * b->size, b->samples + k * b->total + from,
                   bytes);
        machine_run(p, NULL, 0, b->blocks);
        for (int64_t k = 0; k < b->outputs; k++)
            memcpy(b->found + k * b->total + from, p->regions[ROWS] + b->output_rows[k] * b->size,
                   bytes);
    }
}
