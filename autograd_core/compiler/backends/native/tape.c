/* A tape: operations on the numbers of one array, one after the other, and loops of them.

   A tape is checked when it is made, and is then no longer anybody else's: every place that it reads
   or writes lies in the array. */
#include "library.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

#define NUMBER(name, arity, formula) ROW_##name,
#define NAME(name, arity, formula) #name,
#define ARITY(name, arity, formula) arity,

enum { LOOP, ROWS(NUMBER) COUNT };

static const char *const names[] = {"loop", ROWS(NAME)};
static const int arities[] = {0, ROWS(ARITY)};

/* In round k of a loop: place[0] + k step[0] gets the row of what is in the other places. A loop has
   in place[0] how many rounds, and in place[1] how many of the operations behind it. */
typedef struct {
    int32_t row, place[4], step[4];
} Operation;

typedef struct {
    int64_t count;
    Operation operations[];
} Tape;

PUBLIC const char *tape_row(int32_t number) {
    return 0 <= number && number < COUNT ? names[number] : 0;
}

static int inside(const Operation *o, int64_t rounds, int64_t size) {
    if (o->row <= LOOP || o->row >= COUNT) return 0;
    for (int k = 0; k <= arities[o->row]; k++) {
        const int64_t first = o->place[k], last = first + (rounds - 1) * o->step[k];
        if (first < 0 || first >= size || last < 0 || last >= size) return 0;
    }
    return 1;
}

/* A copy of so many operations on an array of this size; none if they would leave it. */
PUBLIC Tape *tape_new(const Operation *operations, int64_t count, int64_t size) {
    for (int64_t k = 0; k < count; k++) {
        int64_t rounds = 1, end = k + 1;
        if (operations[k].row == LOOP) {
            rounds = operations[k].place[0];
            end += operations[k].place[1];
            if (rounds < 1 || end <= k + 1 || end > count) return 0;
            k++;
        }
        for (; k < end; k++)
            if (!inside(operations + k, rounds, size)) return 0;
        k--;
    }
    Tape *tape = malloc(sizeof *tape + count * sizeof *operations);
    if (tape) {
        tape->count = count;
        memcpy(tape->operations, operations, count * sizeof *operations);
    }
    return tape;
}

PUBLIC void tape_free(Tape *tape) { free(tape); }

static void run(const Operation *o, const Operation *end, double *numbers, int64_t round) {
#define AT(k) numbers[o->place[k] + round * o->step[k]]
#define A AT(1)
#define B AT(2)
#define C AT(3)
#define COMPUTE(name, arity, formula) \
    case ROW_##name: AT(0) = formula; break;
    for (; o < end; o++) switch (o->row) { ROWS(COMPUTE) }
}

PUBLIC void tape_run(const Tape *tape, double *numbers) {
    const Operation *o = tape->operations, *end = o + tape->count;
    while (o < end) {
        if (o->row != LOOP) {
            const Operation *from = o;
            while (o < end && o->row != LOOP) o++;
            run(from, o, numbers, 0);
            continue;
        }
        const Operation *body = o + 1, *after = body + o->place[1];
        for (int64_t round = 0; round < o->place[0]; round++) run(body, after, numbers, round);
        o = after;
    }
}
