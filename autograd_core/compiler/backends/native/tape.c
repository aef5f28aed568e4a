/* A tape: operations on the numbers of one array, one after the other, and loops of them, also inside
   one another.

   A tape is checked when it is made, and is then no longer anybody else's: every place that it reads
   or writes lies in the array. It runs in turns, between which the caller may stop. */
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

/* In round k of the innermost loop: place[0] + k step[0] gets the row of what is in the other
   places. A loop has in place[0] how many rounds, and in place[1] how many operations behind it are
   its body. */
typedef struct {
    int32_t row, place[4], step[4];
} Operation;

enum { DEEPEST = 32 };

/* A loop that runs. */
typedef struct {
    const Operation *first, *after;
    int64_t round, rounds;
} Loop;

typedef struct {
    const Operation *at;
    int64_t count, depth;
    Loop loops[DEEPEST + 1]; /* the outermost first, which is the whole tape, in one round */
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

static int all_inside(const Operation *o, const Operation *end, int64_t rounds, int64_t size,
                      int depth) {
    for (; o < end; o++) {
        if (o->row != LOOP) {
            if (!inside(o, rounds, size)) return 0;
            continue;
        }
        const int64_t own = o->place[0], count = o->place[1];
        if (depth == DEEPEST || own < 1 || count < 1 || count >= end - o) return 0;
        if (!all_inside(o + 1, o + 1 + count, own, size, depth + 1)) return 0;
        o += count;
    }
    return 1;
}

/* A copy of so many operations on an array of this size; none if they would leave it. */
PUBLIC Tape *tape_new(const Operation *operations, int64_t count, int64_t size) {
    if (count < 0 || !all_inside(operations, operations + count, 1, size, 0)) return 0;
    Tape *tape = malloc(sizeof *tape + count * sizeof *operations);
    if (tape) {
        tape->count = count;
        if (count) memcpy(tape->operations, operations, count * sizeof *operations);
    }
    return tape;
}

PUBLIC void tape_free(Tape *tape) { free(tape); }

/* Run operations up to the next loop or the end: where that is. */
static const Operation *run(const Operation *o, const Operation *end, double *numbers,
                            int64_t round) {
#define AT(k) numbers[o->place[k] + round * o->step[k]]
#define A AT(1)
#define B AT(2)
#define C AT(3)
#define COMPUTE(name, arity, formula) \
    case ROW_##name: AT(0) = formula; break;
    for (; o < end; o++) switch (o->row) {
        case LOOP: return o;
        ROWS(COMPUTE)
    }
    return end;
}

/* Run from the start, or go on, for about so many operations: whether the end is reached. */
PUBLIC int32_t tape_run(Tape *tape, double *numbers, int32_t goes_on, int64_t work) {
    if (!goes_on) {
        tape->depth = 0;
        tape->at = tape->operations;
        tape->loops[0] = (Loop){tape->at, tape->at + tape->count, 0, 1};
    }
    Loop *loop = tape->loops + tape->depth;
    const Operation *o = tape->at;
    for (;;) {
        o = run(o, loop->after, numbers, loop->round);
        if (o < loop->after) {
            const Operation *first = o + 1;
            *++loop = (Loop){first, first + o->place[1], 0, o->place[0]};
            o = first;
        } else if (++loop->round < loop->rounds) {
            o = loop->first;
            work -= loop->after - o;
            if (work < 0) {
                tape->at = o;
                tape->depth = loop - tape->loops;
                return 0;
            }
        } else if (loop == tape->loops) {
            return 1;
        } else {
            o = loop->after;
            loop--;
        }
    }
}
