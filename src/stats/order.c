#include "stats/order.h"

#include <math.h>

/* C(n, k) / 2^n through logarithms: factorials overflow from 171 on. */
static double coin(double n, double k) {
    int sign; /* lgamma keeps it in a global variable otherwise */
    return exp(lgamma_r(n + 1, &sign) - lgamma_r(k + 1, &sign) - lgamma_r(n - k + 1, &sign) - n * M_LN2);
}

/* Adds up from the middle, where the probability is, outwards: few terms, none of which vanishes. */
size_t pp_median_rank(size_t count) {
    if (count < PP_ORDER_LEAST)
        return 0;
    double n = (double)count;
    size_t rank = count / 2;
    double term = coin(n, (double)rank);
    double inside = count % 2 == 0 ? term : 2 * term; /* an odd count has two middle terms */
    while (inside < 0.95) {
        term *= (double)rank / (n - (double)rank + 1);
        inside += 2 * term;
        rank--;
    }
    return rank;
}

struct pp_interval pp_median_interval(const double *sorted, size_t count) {
    size_t rank = pp_median_rank(count);
    if (rank == 0)
        return PP_INTERVAL_UNKNOWN;
    return (struct pp_interval){sorted[rank - 1], sorted[count - rank]};
}
