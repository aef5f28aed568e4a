/* The check of an array program, before it may run: nothing that it reads or writes lies outside of
   its regions. */
#include "machine.h"

static const char *const names[] = {
#define OPERATION(NAME, COUNT, RESULT) #NAME,
#include "operations.h"
};

/* The name of an operation on elements; NULL after the last one. */
PUBLIC const char *machine_operation(int64_t number) {
    return number >= 0 && number < FIRST_OTHER ? names[number] : NULL;
}

/* a + b * c, or as much as can be: what is too large is outside of every region. */
static int64_t reach(int64_t a, int64_t b, int64_t c) {
    int64_t product;
    if (b == 0 || c == 0) return a;
    const int64_t limit = INT64_MAX / 8;
    if (b > limit / c || b < -(limit / c)) return b > 0 ? limit : -limit;
    product = b * c;
    return a + product;
}

/* Whether rows times columns elements of an operand lie in its region. */
static int fits(const Program *p, const Operand *x, int64_t rows, int64_t columns) {
    const int64_t limit = INT64_MAX / 8;
    if (x->region < 0 || x->region >= REGIONS || rows < 1 || columns < 1) return 0;
    if (x->start < 0 || x->start >= p->sizes[x->region] || rows > limit || columns > limit) return 0;
    int64_t low = x->start, high = x->start;
    if (x->row > 0) high = reach(high, x->row, rows - 1);
    if (x->row < 0) low = reach(low, x->row, rows - 1);
    if (x->column > 0) high = reach(high, x->column, columns - 1);
    if (x->column < 0) low = reach(low, x->column, columns - 1);
    return low >= 0 && high < p->sizes[x->region];
}

static int takes(const Program *p, const Instruction *q) {
    if (q->index < 0 || q->rows > p->index_count || q->index > p->index_count - q->rows) return 0;
    if (q->columns > 1 && (q->a.column != 1 || q->out.column != 1)) return 0;
    for (int64_t r = 0; r < q->rows; r++) {
        const int64_t row = p->indices[q->index + r];
        Operand at = q->a;
        if (row < 0 || row > INT32_MAX) return 0;
        at.start = reach(q->a.start, q->a.row, row);
        if (!fits(p, &at, 1, q->columns)) return 0;
    }
    return fits(p, &q->out, q->rows, q->columns);
}

static int is_safe(const Program *p, const Instruction *q) {
    const int64_t rows = q->rows, columns = q->columns, inner = q->inner;
    if (rows < 1 || columns < 1 || q->operation < 0 || q->operation >= OPERATIONS) return 0;
    switch (q->operation) {
    case PRODUCT:
        return q->b.column == 1 && q->out.column == 1 && fits(p, &q->a, rows, inner) &&
               fits(p, &q->b, inner, columns) && fits(p, &q->out, rows, columns);
    case PRODUCT_OF_ROWS:
        return q->a.column == 1 && q->b.column == 1 && fits(p, &q->a, rows, inner) &&
               fits(p, &q->b, columns, inner) && fits(p, &q->out, rows, columns);
    case SUM:
        return rows == 1 && fits(p, &q->a, 1, columns) && fits(p, &q->b, 1, columns) &&
               fits(p, &q->out, 1, 1);
    case SUM_OF_ROWS:
        return q->out.column == 1 && fits(p, &q->a, rows, columns) &&
               fits(p, &q->b, rows, columns) && fits(p, &q->out, 1, columns);
    case TAKE:
        return takes(p, q);
    case POLYNOMIAL:
        return q->a.column == 1 && q->out.column == 1 && q->b.row == 1 && q->b.column == 0 &&
               fits(p, &q->a, rows, columns) && fits(p, &q->b, inner, 1) &&
               fits(p, &q->out, rows, columns);
    default:
        /* an operand that the operation has not is a copy of the result */
        return fits(p, &q->out, rows, columns) && fits(p, &q->a, rows, columns) &&
               fits(p, &q->b, rows, columns) && fits(p, &q->c, rows, columns);
    }
}

/* In strips an instruction is run for some of its columns at a time, so they must be independent,
   and as many as the block has. */
static int in_strips(const Instruction *q, const Block *block) {
    return q->columns == block->columns && q->operation != SUM && q->operation != PRODUCT_OF_ROWS;
}

/* 0 where the program may run, else 1 + the number of the first instruction that may not, or −1
   where the blocks are wrong. */
PUBLIC int64_t machine_check(const Program *p) {
    for (int64_t r = 0; r < REGIONS; r++)
        if (p->sizes[r] < 0 || (p->sizes[r] > 0 && p->regions[r] == NULL)) return -1;
    for (int64_t k = 0; k < p->instructions; k++)
        if (!is_safe(p, p->code + k)) return 1 + k;
    for (const Block *block = p->blocks; block < p->blocks + p->block_count; block++) {
        if (block->first < 0 || block->count < 0 || block->strip < 0 ||
            block->first > p->instructions || block->count > p->instructions - block->first)
            return -1;
        for (int64_t k = block->first; block->strip && k < block->first + block->count; k++)
            if (!in_strips(p->code + k, block)) return 1 + k;
    }
    return 0;
}
