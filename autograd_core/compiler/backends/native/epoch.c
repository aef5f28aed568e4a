/* Many training steps in one call: a batch is loaded, its gradient computed, the parameters updated,
   and so on. */
#include "machine.h"

#include <math.h>
#include <string.h>

enum { DESCENT, ADAM };

/* How an optimizer updates parameters. `first` and `second` are what it remembers of each. */
typedef struct {
    int64_t kind, nesterov, decoupled;
    double momentum, beta_1, beta_2, epsilon, decay, clip; /* 0 for no clipping */
    const double *rates, *roots;                           /* of each step */
    double *first, *second;
} Update;

typedef struct {
    const double *samples; /* row k of all samples at k * total */
    int64_t rows, total;
    const int64_t *slots; /* where each row goes among those of the inputs */
    const int64_t *order; /* the samples of each batch, one batch after the other */
    int64_t batches, size;
    int64_t early, late; /* the blocks of the gradient, and those that give loss and outputs */
    int64_t loss, outputs;
    const int64_t *output_rows;
    double *found, *losses; /* the outputs, a row for all batches each; the sum of each loss */
    int64_t careful;        /* whether a nan in the gradient must be told */
    int64_t slopes, parameters;      /* all slopes, of which the first so many are trained */
    int64_t values_in_one_piece, slopes_in_one_piece; /* of the trained ones */
    const int64_t *values_at, *slopes_at; /* where these lie among the numbers */
    double *room;                    /* for parameters and slopes that do not lie in one piece */
    Update update;
} Epoch;

static int among(const int64_t *places, int64_t count, int64_t size) {
    for (int64_t k = 0; k < count; k++)
        if (places[k] < 0 || places[k] >= size) return 0;
    return 1;
}

/* Whether so many places follow one another, where that is said. */
static int as_said(const int64_t *places, int64_t count, int64_t in_one_piece) {
    for (int64_t k = 1; in_one_piece && k < count; k++)
        if (places[k] != places[k - 1] + 1) return 0;
    return 1;
}

/* Whether everything that the steps read and write is there. */
PUBLIC int32_t epoch_check(const Program *p, const Epoch *e) {
    if (e->size < 1 || e->batches < 1 || e->rows < 0 || e->outputs < 0) return 0;
    if (e->parameters < 1 || e->slopes < e->parameters) return 0;
    if (e->early < 0 || e->late < 0 || e->early > p->block_count - e->late) return 0;
    return among(e->slots, e->rows, p->sizes[INPUTS] / e->size) &&
           among(e->order, e->batches * e->size, e->total) &&
           among(e->output_rows, e->outputs, p->sizes[ROWS] / e->size) &&
           among(&e->loss, 1, p->sizes[NUMBERS]) &&
           among(e->values_at, e->slopes, p->sizes[NUMBERS]) &&
           among(e->slopes_at, e->slopes, p->sizes[NUMBERS]) &&
           as_said(e->values_at, e->parameters, e->values_in_one_piece) &&
           as_said(e->slopes_at, e->parameters, e->slopes_in_one_piece);
}

static void load(const Program *p, const Epoch *e, const int64_t *batch) {
    for (int64_t k = 0; k < e->rows; k++) {
        double *to = p->regions[INPUTS] + e->slots[k] * e->size;
        const double *from = e->samples + k * e->total;
        for (int64_t n = 0; n < e->size; n++) to[n] = from[batch[n]];
    }
}

/* Numbers that may lie anywhere, in one piece. */
static double *gathered(double *numbers, const int64_t *places, int64_t count, int64_t in_one_piece,
                        double *room) {
    if (in_one_piece) return numbers + places[0];
    for (int64_t k = 0; k < count; k++) room[k] = numbers[places[k]];
    return room;
}

/* The factor that bounds the norm of the gradient. */
static double clipping(const double *g, int64_t n, double most) {
    if (most == 0.0) return 1.0;
    double largest = 0.0, sum = 0.0;
    for (int64_t k = 0; k < n; k++) largest = fabs(g[k]) > largest ? fabs(g[k]) : largest;
    const double scale = largest > 1e150 ? 0x1p-600 : largest < 1e-140 ? 0x1p600 : 1.0;
    for (int64_t k = 0; k < n; k++) sum += (scale * g[k]) * (scale * g[k]);
    const double norm = sqrt(sum) / scale;
    return norm > most ? most / norm : 1.0;
}

/* One parameter after the other, by the formulas of nn/optimizers.py. */
static void descend(const Update *u, double rate, double factor, double *restrict x,
                    const double *restrict g, int64_t n) {
    if (u->decay == 0.0 && u->momentum == 0.0) {
        for (int64_t k = 0; k < n; k++) x[k] = x[k] - rate * (factor * g[k]);
        return;
    }
    for (int64_t k = 0; k < n; k++) {
        double slope = factor * g[k];
        if (u->decay != 0.0) slope = slope + u->decay * x[k];
        if (u->momentum != 0.0) {
            const double velocity = u->momentum * u->first[k] + slope;
            u->first[k] = velocity;
            slope = u->nesterov ? slope + u->momentum * velocity : velocity;
        }
        x[k] = x[k] - rate * slope;
    }
}

static void adapt(const Update *u, double rate, double size, double root, double factor, double *x,
                  const double *g, int64_t n) {
    for (int64_t k = 0; k < n; k++) {
        double slope = factor * g[k];
        if (u->decay != 0.0 && !u->decoupled) slope = slope + u->decay * x[k];
        if (u->decoupled) x[k] = x[k] - rate * u->decay * x[k];
        u->first[k] = u->beta_1 * u->first[k] + (1.0 - u->beta_1) * slope;
        u->second[k] = u->beta_2 * u->second[k] + (1.0 - u->beta_2) * slope * slope;
        x[k] = x[k] - size * u->first[k] / (sqrt(u->second[k]) / root + u->epsilon);
    }
}

/* `rates` has the rate of each step; for Adam the step sizes follow it. */
static void update(const Epoch *e, double *numbers, int64_t step) {
    const Update *u = &e->update;
    const int64_t n = e->parameters;
    const double *g = gathered(numbers, e->slopes_at, n, e->slopes_in_one_piece, e->room);
    double *x = gathered(numbers, e->values_at, n, e->values_in_one_piece, e->room + n);
    const double factor = clipping(g, n, u->clip);
    if (u->kind == DESCENT)
        descend(u, u->rates[step], factor, x, g, n);
    else
        adapt(u, u->rates[step], u->rates[e->batches + step], u->roots[step], factor, x, g, n);
    if (x == e->room + n)
        for (int64_t k = 0; k < n; k++) numbers[e->values_at[k]] = x[k];
}

static int slopes_are_finite(const Epoch *e, const double *numbers) {
    double sum = 0.0;
    for (int64_t k = 0; k < e->slopes; k++) sum += 0.0 * numbers[e->slopes_at[k]];
    return sum == 0.0;
}

/* Take the steps; how many were taken. A step whose loss is not finite, or whose gradient may have a
   wrong nan, is not taken, and none after it. */
PUBLIC int64_t epoch_run(const Program *p, const Epoch *e) {
    double *numbers = p->regions[NUMBERS];
    const int64_t all = e->batches * e->size;
    for (int64_t b = 0; b < e->batches; b++) {
        load(p, e, e->order + b * e->size);
        machine_run(p, NULL, 0, e->early);
        machine_run(p, NULL, e->early, e->early + e->late);
        e->losses[b] = numbers[e->loss];
        if (!isfinite(e->losses[b]) || (e->careful && !slopes_are_finite(e, numbers))) return b;
        for (int64_t k = 0; k < e->outputs; k++)
            memcpy(e->found + k * all + b * e->size,
                   p->regions[ROWS] + e->output_rows[k] * e->size,
                   (size_t)e->size * sizeof(double));
        update(e, numbers, b);
    }
    return e->batches;
}
