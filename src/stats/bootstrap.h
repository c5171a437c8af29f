/* How far a statistic of one sample would vary if the sample were taken again: the bootstrap, which draws new samples
 * from the one there is. Pure, and equal for equal seeds. */
#ifndef PP_STATS_BOOTSTRAP_H
#define PP_STATS_BOOTSTRAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/interval.h"

enum {
    PP_BOOTSTRAP_RESAMPLES = 10000, /* unless there is a reason; fewer leave the ends of a 95 % interval to chance */
    PP_BOOTSTRAP_LEAST = 6,         /* values; fewer cannot carry a 95 % interval (stats/order.h) */
};

/* A statistic of `count` values, which it may put into another order. */
typedef double pp_statistic(double *values, size_t count, void *context);

struct pp_bootstrap {
    pp_statistic *statistic;
    void *context; /* handed to it */
    uint64_t seed;
    size_t resamples; /* >= 1 */
};

/* In the unit of the statistic; unknown below PP_BOOTSTRAP_LEAST values, and where the statistic was NaN. */
struct pp_bootstrap_intervals {
    double value;                  /* of the sample itself */
    struct pp_interval percentile; /* between the 2.5 % and 97.5 % quantiles of the resampled statistic */
    struct pp_interval bca;        /* the same, mended for bias and for a spread that changes with the value */
};

/* The number of doubles that pp_bootstrap_run needs as scratch. */
static inline size_t pp_bootstrap_scratch(size_t count, size_t resamples) { return 2 * count + resamples; }

/* 95 % intervals of a statistic. Percentile: Efron (1979), "Bootstrap Methods: Another Look at the Jackknife". BCa:
 * Efron (1987), "Better Bootstrap Confidence Intervals", with the acceleration from the jackknife (Efron & Tibshirani
 * 1993, "An Introduction to the Bootstrap", 14.3); resamples equal to the sample's value count half as below it. */
void pp_bootstrap_run(const struct pp_bootstrap *bootstrap, const double *values, size_t count, double *scratch,
                      struct pp_bootstrap_intervals *out);

#endif
