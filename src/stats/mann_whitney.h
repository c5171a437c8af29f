/* Mann-Whitney test: does one sample tend to hold larger values than another, independent one? Pure.
 *
 * It looks at the order of the values alone, so it needs no normal distribution, and a single outlier moves it by no
 * more than its rank. Samples are called base and new; all values finite, in any unit. Sources: Mann, Whitney 1947 (the
 * test and the recurrence behind the exact distribution); Lehmann 1975, "Nonparametrics", ch. 1, and Hollander, Wolfe
 * 1999, ch. 4 (normal approximation, correction for ties). */
#ifndef PP_STATS_MANN_WHITNEY_H
#define PP_STATS_MANN_WHITNEY_H

#include <stdbool.h>
#include <stddef.h>

/* Up to this product of the two counts the distribution is exact; beyond it the normal approximation is good to three
 * digits, and the table would grow with the third power. */
enum { PP_MANN_WHITNEY_EXACT = 2500 };

/* What U is like for two samples from the same source. Borrows the scratch it was made in. */
struct pp_mann_whitney_null {
    size_t base_count, new_count; /* both >= 1 */
    const double *cumulative;     /* P(U <= u) for u = 0 … base_count × new_count; NULL: the counts are large */
};

struct pp_mann_whitney {
    double u;         /* pairs in which the value from new is the larger one; ties count half */
    double greater;   /* p value: new seems larger by chance alone */
    double less;      /* p value: new seems smaller by chance alone */
    double two_sided; /* p value: the two differ by chance alone */
    bool exact;       /* false: normal approximation, because of ties or large counts */
};

/* Doubles of scratch that pp_mann_whitney_null writes to; may be 0. */
size_t pp_mann_whitney_scratch(size_t base_count, size_t new_count);

/* Prepares tests of samples with these counts, both >= 1. `scratch` must outlive the result. */
struct pp_mann_whitney_null pp_mann_whitney_null(size_t base_count, size_t new_count, double *scratch);

/* Compares `new` with `base`, each value of which is first multiplied by `scale` (> 0; 1: as they are). With ties the
 * approximation may fall below what samples of these counts can ever show; p is never reported smaller than that.
 * Returns 0, or -EINVAL when a value is not finite. */
int pp_mann_whitney_test(const struct pp_mann_whitney_null *null, const double *base, double scale, const double *new,
                         struct pp_mann_whitney *result);

/* The smallest two-sided p value that samples of these counts can give, whatever the data: 2 / C(n + m, n), at most 1.
 * It is 0.1 for 3 and 3 values and 0.029 for 4 and 4. */
double pp_mann_whitney_smallest_p(size_t base_count, size_t new_count);

/* The largest k >= 1 with P(U <= k - 1) <= tail, 0: there is none. The k-th smallest and the k-th largest of all
 * differences new - base are then the ends of an interval that holds the shift with confidence of at least
 * 1 - 2 tail (Moses 1965; Hollander, Wolfe 1999, section 4.3). */
size_t pp_mann_whitney_order(const struct pp_mann_whitney_null *null, double tail);

#endif
