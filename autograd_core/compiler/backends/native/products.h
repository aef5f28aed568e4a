/* Products of matrices, long sums and polynomials, in tiles that stay in registers. */

#if defined(__GNUC__)
/* WIDTH neighbours, which need not begin at a multiple of their size. */
typedef double NAME_OF(vector) __attribute__((vector_size(8 * WIDTH), aligned(8), may_alias));
#define VECTOR NAME_OF(vector)
#define LOAD(p) (*(const VECTOR *)(p))
#define STORE(p, v) (*(VECTOR *)(p) = (v))
#define AT_ONCE static inline __attribute__((always_inline))
#else
#error "the library needs a compiler with vector extensions: gcc or clang"
#endif

/* a b + c, rounded once where the processor can. */
#if WIDTH == 8
#define FUSED(a, b, c) ((VECTOR)_mm512_fmadd_pd((__m512d)(a), (__m512d)(b), (__m512d)(c)))
#elif WIDTH == 4
#define FUSED(a, b, c) ((VECTOR)_mm256_fmadd_pd((__m256d)(a), (__m256d)(b), (__m256d)(c)))
#elif WIDTH == 2 && defined(__ARM_NEON)
#define FUSED(a, b, c) ((VECTOR)vfmaq_f64((float64x2_t)(c), (float64x2_t)(a), (float64x2_t)(b)))
#else
#define FUSED(a, b, c) ((a) * (b) + (c))
#endif

/* Loaded from W before it on, masks leave the last so many lanes of a vector. */
typedef int64_t NAME_OF(lanes) __attribute__((vector_size(8 * WIDTH), aligned(8), may_alias));
static const int64_t NAME_OF(masks)[2 * WIDTH] = {[WIDTH ... 2 * WIDTH - 1] = -1};
#define LAST(p, count)                                                                           \
    ((VECTOR)((NAME_OF(lanes))LOAD((p) - WIDTH) &                                                \
              *(const NAME_OF(lanes) *)(NAME_OF(masks) + (count))))

AT_ONCE double NAME_OF(total)(VECTOR v) {
    double lanes[WIDTH], sum = 0.0;
    STORE(lanes, v);
    for (int i = 0; i < WIDTH; i++) sum += lanes[i];
    return sum;
}

/* The totals of four vectors. */
AT_ONCE void NAME_OF(totals)(double *found, VECTOR a, VECTOR b, VECTOR c, VECTOR d) {
#if WIDTH == 8 || WIDTH == 4
#if WIDTH == 8
#define HALVES(v)                                                                                \
    (_mm512_castpd512_pd256((__m512d)(v)) + _mm512_extractf64x4_pd((__m512d)(v), 1))
#else
#define HALVES(v) ((__m256d)(v))
#endif
    const __m256d ab = _mm256_hadd_pd(HALVES(a), HALVES(b));
    const __m256d cd = _mm256_hadd_pd(HALVES(c), HALVES(d));
#undef HALVES
    const __m256d low = _mm256_permute2f128_pd(ab, cd, 0x20);
    const __m256d high = _mm256_permute2f128_pd(ab, cd, 0x31);
    _mm256_storeu_pd(found, low + high);
#else
    found[0] = NAME_OF(total)(a), found[1] = NAME_OF(total)(b);
    found[2] = NAME_OF(total)(c), found[3] = NAME_OF(total)(d);
#endif
}

/* Rows and vectors of a tile: as many sums as there are registers for. */
#if WIDTH == 8
enum { TALL = 8, WIDE = 3 };
#else
enum { TALL = 4, WIDE = 3 };
#endif

/* A tile of out = scale * a b; `tall` and `wide` are constants wherever it is called. */
AT_ONCE void NAME_OF(tile)(const int tall, const int wide, const Instruction *q, double *o,
                           const double *a, const double *b) {
    VECTOR sums[TALL][WIDE];
    for (int i = 0; i < tall; i++)
        for (int j = 0; j < wide; j++) sums[i][j] = (VECTOR){0};
    for (int64_t k = 0; k < q->inner; k++, a += q->a.column, b += q->b.row)
        for (int i = 0; i < tall; i++) {
            const VECTOR x = a[i * q->a.row] - (VECTOR){0};
            for (int j = 0; j < wide; j++) sums[i][j] = FUSED(x, LOAD(b + j * WIDTH), sums[i][j]);
        }
    for (int i = 0; i < tall; i++)
        for (int j = 0; j < wide; j++) STORE(o + i * q->out.row + j * WIDTH, q->scale * sums[i][j]);
}

/* `tall` rows of the result. Where the columns are no multiple of a vector, the last vector begins
   earlier, and computes some of them once more. */
AT_ONCE void NAME_OF(tiles)(const int tall, const Instruction *q, double *o, const double *a,
                            const double *b, int64_t columns) {
    int64_t j = 0;
    /* of four vectors that are left, two and two keep the processor busier than three and one */
    for (; j + WIDE * WIDTH <= columns && columns - j != 4 * WIDTH; j += WIDE * WIDTH)
        NAME_OF(tile)(tall, WIDE, q, o + j, a, b + j);
    for (; j + 2 * WIDTH <= columns; j += 2 * WIDTH) NAME_OF(tile)(tall, 2, q, o + j, a, b + j);
    if (j + WIDTH <= columns) {
        NAME_OF(tile)(tall, 1, q, o + j, a, b + j);
        j += WIDTH;
    }
    if (j < columns && columns >= WIDTH) {
        j = columns - WIDTH;
        NAME_OF(tile)(tall, 1, q, o + j, a, b + j);
        return;
    }
    for (; j < columns; j++)
        for (int i = 0; i < tall; i++) {
            double sum = 0.0;
            for (int64_t k = 0; k < q->inner; k++)
                sum += a[i * q->a.row + k * q->a.column] * b[k * q->b.row + j];
            o[i * q->out.row + j] = q->scale * sum;
        }
}

static void NAME_OF(product)(const Instruction *q, double *o, const double *a, const double *b,
                             int64_t columns) {
    int64_t i = 0;
    for (; i + TALL <= q->rows; i += TALL)
        NAME_OF(tiles)(TALL, q, o + i * q->out.row, a + i * q->a.row, b, columns);
    for (; i + 4 <= q->rows; i += 4)
        NAME_OF(tiles)(4, q, o + i * q->out.row, a + i * q->a.row, b, columns);
    for (; i + 2 <= q->rows; i += 2)
        NAME_OF(tiles)(2, q, o + i * q->out.row, a + i * q->a.row, b, columns);
    if (i < q->rows) NAME_OF(tiles)(1, q, o + i * q->out.row, a + i * q->a.row, b, columns);
}

typedef double NAME_OF(four) __attribute__((vector_size(32), aligned(8), may_alias));

/* A tile of out = scale * a bT, where rows of both lie in one piece: sums along them. */
AT_ONCE void NAME_OF(tile_of_rows)(const int tall, const int wide, const Instruction *q, double *o,
                                   const double *a, const double *b) {
    VECTOR sums[4][4];
    int64_t k = 0;
    for (int i = 0; i < tall; i++)
        for (int j = 0; j < wide; j++) sums[i][j] = (VECTOR){0};
    for (; k + WIDTH <= q->inner; k += WIDTH)
        for (int i = 0; i < tall; i++)
            for (int j = 0; j < wide; j++)
                sums[i][j] = FUSED(LOAD(a + i * q->a.row + k), LOAD(b + j * q->b.row + k),
                                   sums[i][j]);
    const int64_t rest = q->inner - k;
    if (rest && k) /* the last vector begins earlier; what is there already counts as 0 */
        for (int i = 0; i < tall; i++)
            for (int j = 0; j < wide; j++)
                sums[i][j] = FUSED(LAST(a + i * q->a.row + q->inner, rest),
                                   LAST(b + j * q->b.row + q->inner, rest), sums[i][j]);
    double found[4][4];
    if (wide == 4)
        for (int i = 0; i < tall; i++)
            NAME_OF(totals)(found[i], sums[i][0], sums[i][1], sums[i][2], sums[i][3]);
    if (wide == 4 && k && q->out.column == 1) {
        for (int i = 0; i < tall; i++) {
            NAME_OF(four) *at = (NAME_OF(four) *)(o + i * q->out.row);
            NAME_OF(four) sum = q->scale * *(const NAME_OF(four) *)found[i];
            if (q->added) sum += *at;
            *at = sum;
        }
        return;
    }
    if (wide != 4)
        for (int i = 0; i < tall; i++)
            for (int j = 0; j < wide; j++) found[i][j] = NAME_OF(total)(sums[i][j]);
    for (int i = 0; i < tall; i++)
        for (int j = 0; j < wide; j++) {
            double sum = found[i][j], *at = o + i * q->out.row + j * q->out.column;
            for (int64_t r = 0; !k && r < rest; r++)
                sum += a[i * q->a.row + r] * b[j * q->b.row + r];
            *at = q->added ? *at + q->scale * sum : q->scale * sum;
        }
}

AT_ONCE void NAME_OF(tiles_of_rows)(const int tall, const Instruction *q, double *o,
                                    const double *a, const double *b, int64_t columns) {
    int64_t j = 0;
    for (; j + 4 <= columns; j += 4)
        NAME_OF(tile_of_rows)(tall, 4, q, o + j * q->out.column, a, b + j * q->b.row);
    for (; j < columns; j++)
        NAME_OF(tile_of_rows)(tall, 1, q, o + j * q->out.column, a, b + j * q->b.row);
}

static void NAME_OF(product_of_rows)(const Instruction *q, double *o, const double *a,
                                     const double *b, int64_t columns) {
    int64_t i = 0;
    for (; i + TALL / 2 <= q->rows; i += TALL / 2)
        NAME_OF(tiles_of_rows)(TALL / 2, q, o + i * q->out.row, a + i * q->a.row, b, columns);
    for (; i < q->rows; i++)
        NAME_OF(tiles_of_rows)(1, q, o + i * q->out.row, a + i * q->a.row, b, columns);
}

/* out = scale * sum over the columns of a b. */
static void NAME_OF(sum)(const Instruction *q, double *o, const double *a, const double *b) {
    double sum = 0.0;
    int64_t k = 0, n = q->columns;
    if (q->a.column == 1 && q->b.column == 1) {
        VECTOR s = {0}, t = {0};
        for (; k + 2 * WIDTH <= n; k += 2 * WIDTH) {
            s = FUSED(LOAD(a + k), LOAD(b + k), s);
            t = FUSED(LOAD(a + k + WIDTH), LOAD(b + k + WIDTH), t);
        }
        sum = NAME_OF(total)(s + t);
    } else if (q->a.column == 1 && q->b.column == 0) {
        VECTOR s = {0}, t = {0};
        for (; k + 2 * WIDTH <= n; k += 2 * WIDTH) {
            s += *b * LOAD(a + k);
            t += *b * LOAD(a + k + WIDTH);
        }
        sum = NAME_OF(total)(s + t);
    }
    for (; k < n; k++) sum += a[k * q->a.column] * b[k * q->b.column];
    *o = q->added ? *o + q->scale * sum : q->scale * sum;
}

/* out[c] = scale * sum over the rows of a[r][c] b[r][c], for each column. */
static void NAME_OF(sum_of_rows)(const Instruction *q, double *o, const double *a, const double *b,
                                 int64_t columns) {
    int64_t c = 0;
    if (q->a.column == 1 && q->b.column == 1)
        for (; c + WIDTH <= columns; c += WIDTH) {
            VECTOR s = {0};
            for (int64_t r = 0; r < q->rows; r++)
                s += LOAD(a + r * q->a.row + c) * LOAD(b + r * q->b.row + c);
            STORE(o + c, q->added ? LOAD(o + c) + q->scale * s : q->scale * s);
        }
    if (q->a.column == 1 && q->b.column == 0)
        for (; c + WIDTH <= columns; c += WIDTH) {
            VECTOR s = {0};
            for (int64_t r = 0; r < q->rows; r++) s += b[r * q->b.row] * LOAD(a + r * q->a.row + c);
            STORE(o + c, q->added ? LOAD(o + c) + q->scale * s : q->scale * s);
        }
    for (; c < columns; c++) {
        double s = 0.0;
        for (int64_t r = 0; r < q->rows; r++)
            s += a[r * q->a.row + c * q->a.column] * b[r * q->b.row + c * q->b.column];
        o[c] = q->added ? o[c] + q->scale * s : q->scale * s;
    }
}

/* So many vectors of a polynomial, each step rounded as a product and a sum are. */
AT_ONCE void NAME_OF(scheme)(const int vectors, int64_t terms, double *o, const double *a,
                             const double *b) {
    VECTOR x[6], y[6];
    for (int i = 0; i < vectors; i++) x[i] = LOAD(a + i * WIDTH), y[i] = *b - (VECTOR){0};
    for (int64_t k = 1; k < terms; k++)
        for (int i = 0; i < vectors; i++) y[i] = b[k] + x[i] * y[i];
    for (int i = 0; i < vectors; i++) STORE(o + i * WIDTH, y[i]);
}

static void NAME_OF(polynomial)(const Instruction *q, double *o, const double *a, const double *b,
                                int64_t columns) {
    const int64_t terms = q->inner;
    for (int64_t r = 0; r < q->rows; r++, o += q->out.row, a += q->a.row) {
        int64_t c = 0;
        for (; c + 6 * WIDTH <= columns; c += 6 * WIDTH)
            NAME_OF(scheme)(6, terms, o + c, a + c, b);
        for (; c + 3 * WIDTH <= columns; c += 3 * WIDTH)
            NAME_OF(scheme)(3, terms, o + c, a + c, b);
        for (; c + WIDTH <= columns; c += WIDTH) NAME_OF(scheme)(1, terms, o + c, a + c, b);
        for (; c < columns; c++) {
            double y = *b;
            for (int64_t k = 1; k < terms; k++) y = b[k] + a[c] * y;
            o[c] = y;
        }
    }
}
