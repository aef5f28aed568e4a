/* How optimizers move parameters, by the formulas of nn/optimizers.py and with their roundings. */

static void NAME_OF(descend)(const Update *u, double rate, double factor, double *x,
                             const double *g, int64_t n) {
    const double decay = u->decay, momentum = u->momentum;
    double *velocity = u->first;
    if (decay == 0.0 && momentum == 0.0) {
        EVERY_ELEMENT_BY_ITSELF
        for (int64_t k = 0; k < n; k++) x[k] = x[k] - rate * (factor * g[k]);
        return;
    }
    const int nesterov = u->nesterov != 0, heavy = momentum != 0.0;
    EVERY_ELEMENT_BY_ITSELF
    for (int64_t k = 0; k < n; k++) {
        double slope = factor * g[k];
        if (decay != 0.0) slope = slope + decay * x[k];
        if (heavy) {
            const double v = momentum * velocity[k] + slope;
            velocity[k] = v;
            slope = nesterov ? slope + momentum * v : v;
        }
        x[k] = x[k] - rate * slope;
    }
}

static void NAME_OF(adapt)(const Update *u, double rate, double size, double root, double factor,
                           double *x, const double *g, int64_t n) {
    const double decay = u->decay, decoupled = rate * u->decay, epsilon = u->epsilon;
    const double a = u->beta_1, b = u->beta_2, rest_of_a = 1.0 - a, rest_of_b = 1.0 - b;
    const int apart = u->decoupled != 0, inside = decay != 0.0 && !apart;
    double *mean = u->first, *square = u->second;
    EVERY_ELEMENT_BY_ITSELF
    for (int64_t k = 0; k < n; k++) {
        double slope = factor * g[k], from = x[k];
        if (inside) slope = slope + decay * from;
        if (apart) from = from - decoupled * from;
        const double m = a * mean[k] + rest_of_a * slope;
        const double s = b * square[k] + rest_of_b * slope * slope;
        mean[k] = m, square[k] = s;
        x[k] = from - size * m / (sqrt(s) / root + epsilon);
    }
}

/* The sum of the squares of scaled numbers: each of so many sums has every so manieth of them, and
   then halves are added to halves. */
static double NAME_OF(squares)(const double *g, int64_t n, double scale) {
    enum { SUMS = 64 };
    double sums[SUMS] = {0};
    int64_t k = 0;
    for (; k + SUMS <= n; k += SUMS)
        for (int64_t j = 0; j < SUMS; j++) {
            const double y = scale * g[k + j];
            sums[j] += y * y;
        }
    for (int64_t j = 0; k + j < n; j++) {
        const double y = scale * g[k + j];
        sums[j] += y * y;
    }
    for (int64_t half = SUMS / 2; half; half /= 2)
        for (int64_t j = 0; j < half; j++) sums[j] += sums[half + j];
    return sums[0];
}
