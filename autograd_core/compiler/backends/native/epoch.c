/* Many training steps in one call: a batch is loaded, its gradient computed, the parameters updated,
   and so on. */
#include "machine.h"

#include <math.h>
#include <string.h>

enum { DESCENT, ADAM };

/* Where everything lies that steps read and write, among the numbers and rows of a program. */
typedef struct {
    int64_t size;            /* samples of a batch */
    int64_t rows;            /* the numbers of a sample */
    const int64_t *slots;    /* where each goes, among the rows of the inputs */
    int64_t keeps_inputs;    /* whether a step leaves the inputs as they are */
    int64_t early, late;     /* the blocks of the gradient, and those that give loss and outputs */
    int64_t loss, outputs;
    const int64_t *output_rows;
    int64_t slopes, parameters;                       /* all slopes; the first so many are trained */
    int64_t values_in_one_piece, slopes_in_one_piece; /* of the trained ones */
    const int64_t *values_at, *slopes_at;
    double *room; /* for parameters and slopes that do not lie in one piece */
} Places;

/* Number r of sample k lies at k * sample + r * row. */
typedef struct {
    const double *numbers;
    int64_t rows, sample, row;
} Samples;

/* The steps of one call. */
typedef struct {
    Samples given, drawn; /* those of all samples; and further ones, of each batch after the other */
    int64_t total, batches;
    const int64_t *order;   /* the samples of each batch */
    double *found, *losses; /* the outputs, a row for all batches each; the sum of each loss */
    int64_t careful;        /* whether a nan in the gradient must be told */
    Update update;
} Steps;

/* Whether so many places follow one another, where that is said. */
static int as_said(const int64_t *places, int64_t count, int64_t in_one_piece) {
    for (int64_t k = 1; in_one_piece && k < count; k++)
        if (places[k] != places[k - 1] + 1) return 0;
    return 1;
}

/* Whether everything that steps read and write is there. */
PUBLIC int32_t epoch_check(const Program *p, const Places *e) {
    if (e->size < 1 || e->rows < 0 || e->outputs < 0) return 0;
    if (e->parameters < 1 || e->slopes < e->parameters) return 0;
    if (e->early < 0 || e->late < 0 || e->early > p->block_count - e->late) return 0;
    return among(e->slots, e->rows, p->sizes[INPUTS] / e->size) &&
           among(e->output_rows, e->outputs, p->sizes[ROWS] / e->size) &&
           among(&e->loss, 1, p->sizes[NUMBERS]) &&
           among(e->values_at, e->slopes, p->sizes[NUMBERS]) &&
           among(e->slopes_at, e->slopes, p->sizes[NUMBERS]) &&
           as_said(e->values_at, e->parameters, e->values_in_one_piece) &&
           as_said(e->slopes_at, e->parameters, e->slopes_in_one_piece);
}

/* Numbers of the samples of a batch, or of the first ones, into rows of the inputs: eight samples at
   a time, whose numbers then fill a line of the cache. */
static void load(const Samples *from, const int64_t *batch, double *inputs, const int64_t *slots,
                 int64_t size) {
    enum { LINE = 8 };
    const double *x[LINE];
    for (int64_t n = 0; n < size; n += LINE) {
        const int64_t m = size - n < LINE ? size - n : LINE;
        for (int64_t j = 0; j < m; j++)
            x[j] = from->numbers + (batch ? batch[n + j] : n + j) * from->sample;
        for (int64_t k = 0; k < from->rows; k++) {
            double *to = inputs + slots[k] * size + n;
            const int64_t at = k * from->row;
            if (m == LINE)
                for (int64_t j = 0; j < LINE; j++) to[j] = x[j][at];
            else
                for (int64_t j = 0; j < m; j++) to[j] = x[j][at];
        }
    }
}

/* Numbers that may lie anywhere, in one piece. */
static double *gathered(double *numbers, const int64_t *places, int64_t count, int64_t in_one_piece,
                        double *room) {
    if (in_one_piece) return numbers + places[0];
    for (int64_t k = 0; k < count; k++) room[k] = numbers[places[k]];
    return room;
}

/* The factor that bounds the norm of the gradient, as nn/optimizers.py computes it. */
static double clipping(const double *g, int64_t n, double most) {
    if (most == 0.0) return 1.0;
    double scale = 1.0, sum = machine_level()->squares(g, n, scale);
    if (!(1e-280 < sum && sum < 1e300)) {
        scale = sum < 1.0 ? 0x1p600 : 0x1p-600;
        sum = machine_level()->squares(g, n, scale);
    }
    const double norm = sqrt(sum) / scale;
    return norm > most ? most / norm : 1.0;
}

static void update(const Places *e, const Update *u, double *numbers, int64_t step) {
    const int64_t n = e->parameters;
    const double *g = gathered(numbers, e->slopes_at, n, e->slopes_in_one_piece, e->room);
    double *x = gathered(numbers, e->values_at, n, e->values_in_one_piece, e->room + n);
    const double factor = clipping(g, n, u->clip);
    const Level *own = machine_level();
    if (u->kind == DESCENT)
        own->descend(u, u->rates[step], factor, x, g, n);
    else
        own->adapt(u, u->rates[step], u->sizes[step], u->roots[step], factor, x, g, n);
    if (x == e->room + n)
        for (int64_t k = 0; k < n; k++) numbers[e->values_at[k]] = x[k];
}

static int slopes_are_finite(const Places *e, const double *numbers) {
    double sum = 0.0;
    if (e->slopes == e->parameters && e->slopes_in_one_piece)
        return native_finite(numbers + e->slopes_at[0], e->slopes);
    for (int64_t k = 0; k < e->slopes; k++) sum += 0.0 * numbers[e->slopes_at[k]];
    return sum == 0.0;
}

/* The inputs of batch b. The one before may have left them there. */
static void load_batch(const Program *p, const Places *e, const Steps *s, int64_t b) {
    const int64_t size = e->size, *batch = s->order + b * size;
    const size_t bytes = (size_t)size * sizeof(int64_t);
    double *inputs = p->regions[INPUTS];
    if (b == 0 || !e->keeps_inputs || memcmp(batch, batch - size, bytes))
        load(&s->given, batch, inputs, e->slots, size);
    if (!s->drawn.rows) return;
    Samples drawn = s->drawn;
    drawn.numbers += b * size * drawn.sample;
    load(&drawn, NULL, inputs, e->slots + s->given.rows, size);
}

/* Take the steps; how many were taken, and -1 where a sample is not there. A step whose loss is not
   finite, or whose gradient may have a wrong nan, is not taken, and none after it. */
PUBLIC int64_t epoch_run(const Program *p, const Places *e, const Steps *s) {
    double *numbers = p->regions[NUMBERS];
    const int64_t size = e->size, all = s->batches * size;
    if (s->given.rows + s->drawn.rows != e->rows || !among(s->order, all, s->total)) return -1;
    for (int64_t b = 0; b < s->batches; b++) {
        load_batch(p, e, s, b);
        machine_run(p, NULL, 0, e->early);
        machine_run(p, NULL, e->early, e->early + e->late);
        s->losses[b] = numbers[e->loss];
        if (!isfinite(s->losses[b]) || (s->careful && !slopes_are_finite(e, numbers))) return b;
        for (int64_t k = 0; k < e->outputs; k++)
            memcpy(s->found + k * all + b * size, p->regions[ROWS] + e->output_rows[k] * size,
                   (size_t)size * sizeof(double));
        update(e, &s->update, numbers, b);
    }
    return s->batches;
}
