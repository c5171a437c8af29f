/* The 95 % interval of a median from order statistics: values of the sample itself, of a rank that chance explains, so
 * that nothing needs to be assumed about the distribution. Pure.
 *
 * How many of n independent values lie below the true median follows the binomial distribution of n throws of a coin,
 * so the r-th smallest and the r-th largest enclose it with the probability sum C(n, k) / 2^n, k = r ... n - r (Hahn &
 * Meeker 1991, "Statistical Intervals", 5.2). Where values repeat it holds at least that often. */
#ifndef PP_STATS_ORDER_H
#define PP_STATS_ORDER_H

#include <stddef.h>

#include "base/interval.h"

/* The fewest values of which the smallest and the largest enclose the median with 95 %: 1 - 2 / 2^6 = 0.969. */
enum { PP_ORDER_LEAST = 6 };

/* The greatest r, counted from 1, of which the r-th smallest and r-th largest of `count` values enclose the median with
 * at least 95 %; 0 when count < PP_ORDER_LEAST. Takes time in the order of the square root of `count`. */
size_t pp_median_rank(size_t count);

/* The interval between those two of `count` ascending values; unknown when count < PP_ORDER_LEAST. */
struct pp_interval pp_median_interval(const double *sorted, size_t count);

#endif
