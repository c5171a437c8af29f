/* Summaries of repeated measurements. Pure. */
#ifndef PP_STATS_SUMMARY_H
#define PP_STATS_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/interval.h"

/* All numbers but the count in the unit of the values. NaN: there were too few values to say. */
struct pp_stats {
    size_t count;
    double mean, median;
    double stddev; /* of the sample: divided by count - 1; NaN below 2 values */
    double mad;    /* median absolute deviation from the median, unscaled */
    double min, max;
    struct pp_interval ci95; /* of the median, from order statistics (stats/order.h) */
    size_t outliers;         /* how many; they are in all the other numbers */
    bool unstable;           /* the values lie too far apart for their mean to mean much */
};

/* Summarises `count` finite values; `scratch` holds as many doubles.
 *
 * Outlier: |x - median| > 10 x 1.4826 x MAD (the rule of the program hyperfine; 1.4826 makes the MAD of normal values
 * their standard deviation). A MAD of 0 says that more than half of the values are equal, not that all others are
 * wrong: then x is an outlier beyond Tukey's far fences, 3 interquartile ranges outside of the quartiles (Tukey 1977,
 * "Exploratory Data Analysis"). Where these are equal too the spread is below what the clock or counter can tell, and
 * only values that are away from it by more than half of it count.
 *
 * Unstable (the rules of Python's package pyperf): the standard deviation is at least 10 % of the mean, or the smallest
 * or largest value is at least 50 % away from the mean. */
void pp_stats_of(const double *values, size_t count, double *scratch, struct pp_stats *stats);

/* The interval of the median lies within `share` of it to either side. An interval that is not known does not. */
static inline bool pp_stats_precise(const struct pp_stats *stats, double share) {
    return pp_interval_known(stats->ci95) && stats->ci95.high - stats->ci95.low <= 2.0 * share * stats->median;
}

/* pyperf's third rule of what is unstable: a pass this short measures its start and the clock as well. */
static inline bool pp_pass_too_short(double shortest_s) { return shortest_s < 1e-3; }

#endif
