#include "stats/mann_whitney.h"

#include <errno.h>
#include <math.h>

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

static bool is_exact(size_t n, size_t m) { return n <= PP_MANN_WHITNEY_EXACT / m; }

size_t pp_mann_whitney_scratch(size_t base_count, size_t new_count) {
    if (base_count == 0 || new_count == 0 || !is_exact(base_count, new_count))
        return 0;
    return (smaller(base_count, new_count) + 1) * (base_count * new_count + 1);
}

/* P(U = u) for i and j values from P for i - 1 and j, and for i and j - 1: the largest of all i + j values is one of
 * the i (and then beats all j) with probability i / (i + j). Row i of the table holds the distribution for i and the
 * current j; going through the rows upwards overwrites only what is no longer needed. Only sums of positive numbers
 * occur, so no digits are lost. */
static void add_one(double *table, size_t rows, size_t width, size_t j) {
    for (size_t i = 1; i < rows; i++) {
        double *row = table + i * width;
        const double *above = row - width;
        double share = (double)i / (double)(i + j);
        for (size_t u = i * j + 1; u-- > 0;)
            row[u] = (1.0 - share) * row[u] + (u >= j ? share * above[u - j] : 0.0);
    }
}

struct pp_mann_whitney_null pp_mann_whitney_null(size_t base_count, size_t new_count, double *scratch) {
    struct pp_mann_whitney_null null = {base_count, new_count, NULL};
    if (!is_exact(base_count, new_count))
        return null;
    size_t width = base_count * new_count + 1, rows = smaller(base_count, new_count) + 1;
    for (size_t cell = 0; cell < rows * width; cell++)
        scratch[cell] = cell % width == 0 ? 1.0 : 0.0;
    for (size_t j = 1; j < base_count + new_count + 2 - rows; j++)
        add_one(scratch, rows, width, j);
    double *last = scratch + (rows - 1) * width;
    for (size_t u = 1; u < width; u++)
        last[u] += last[u - 1];
    null.cumulative = last;
    return null;
}

/* Everything about two samples that p depends on. */
struct comparison {
    double u;
    double ties; /* sum of t^3 - t over groups of t equal values */
};

struct pooled {
    const double *base, *new;
    size_t base_count, new_count;
    double scale;
};

static double pooled_value(const struct pooled *pooled, size_t i) {
    return i < pooled->base_count ? pooled->base[i] * pooled->scale : pooled->new[i - pooled->base_count];
}

/* Each of t equal values meets t - 1 others: t (t^2 - 1) = t^3 - t in all, found without sorting. */
static double count_ties(const struct pooled *pooled) {
    double ties = 0.0;
    size_t count = pooled->base_count + pooled->new_count;
    for (size_t i = 0; i < count; i++) {
        double equal = 0.0, value = pooled_value(pooled, i);
        for (size_t j = 0; j < count; j++)
            equal += pooled_value(pooled, j) == value;
        ties += equal * equal - 1.0;
    }
    return ties;
}

static double count_wins(const struct pooled *pooled) {
    double wins = 0.0;
    for (size_t i = 0; i < pooled->base_count; i++)
        for (size_t j = 0; j < pooled->new_count; j++) {
            double base = pooled_value(pooled, i), new = pooled->new[j];
            wins += new > base ? 1.0 : new == base ? 0.5 : 0.0;
        }
    return wins;
}

/* P(U <= u); half a step is added because U moves in whole ones. */
static double approximate(const struct pp_mann_whitney_null *null, double u, double ties) {
    double n = (double)null->base_count, m = (double)null->new_count, all = n + m;
    double variance = n * m / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)));
    if (!(variance > 0.0))
        return 1.0;
    return 0.5 * erfc((n * m / 2.0 - u - 0.5) / sqrt(2.0 * variance));
}

static double lower_tail(const struct pp_mann_whitney_null *null, const struct comparison *comparison, double u) {
    if (null->cumulative != NULL && comparison->ties == 0.0)
        return null->cumulative[(size_t)u];
    double p = approximate(null, u, comparison->ties);
    return fmax(p, pp_mann_whitney_smallest_p(null->base_count, null->new_count) / 2.0);
}

int pp_mann_whitney_test(const struct pp_mann_whitney_null *null, const double *base, double scale, const double *new,
                         struct pp_mann_whitney *result) {
    const struct pooled pooled = {base, new, null->base_count, null->new_count, scale};
    for (size_t i = 0; i < pooled.base_count + pooled.new_count; i++)
        if (!isfinite(pooled_value(&pooled, i)))
            return -EINVAL;
    const struct comparison comparison = {count_wins(&pooled), count_ties(&pooled)};
    double pairs = (double)pooled.base_count * (double)pooled.new_count;
    result->u = comparison.u;
    result->less = fmin(1.0, lower_tail(null, &comparison, comparison.u));
    result->greater = fmin(1.0, lower_tail(null, &comparison, pairs - comparison.u));
    result->two_sided = fmin(1.0, 2.0 * fmin(result->less, result->greater));
    result->exact = null->cumulative != NULL && comparison.ties == 0.0;
    return 0;
}

double pp_mann_whitney_smallest_p(size_t base_count, size_t new_count) {
    size_t few = smaller(base_count, new_count), many = base_count + new_count - few;
    double p = 2.0;
    for (size_t i = 1; i <= few; i++)
        p *= (double)i / (double)(many + i);
    return fmin(1.0, p);
}

size_t pp_mann_whitney_order(const struct pp_mann_whitney_null *null, double tail) {
    const struct comparison no_ties = {0.0, 0.0};
    size_t low = 0, high = null->base_count * null->new_count / 2;
    while (low < high) { /* the tail grows with u */
        size_t middle = low + (high - low) / 2;
        if (lower_tail(null, &no_ties, (double)middle) <= tail)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
