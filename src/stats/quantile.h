/* Quantiles: the value below which a given share of the values lies. Pure. Values must not be NaN. */
#ifndef PP_STATS_QUANTILE_H
#define PP_STATS_QUANTILE_H

#include <stddef.h>

/* Sorts in ascending order, in place. */
void pp_sort_values(double *values, size_t count);

/* The quantile of `count` ascending values, `share` from 0 (the smallest) to 1 (the largest), straight between the two
 * nearest values: type 7 of Hyndman & Fan (1996), "Sample Quantiles in Statistical Packages", which is also the default
 * of R and NumPy. NaN for no values. */
double pp_quantile_sorted(const double *sorted, size_t count, double share);

/* The middle value, or the mean of the two middle ones; NaN for no values. The values need no order, and are put into
 * another one: Hoare (1961), "Algorithm 65: find", whose time grows with `count`, not with that of sorting. */
double pp_median_select(double *values, size_t count);

#endif
