/* How many times faster one of two paired series is. Pure. */
#ifndef PP_STATS_RATIO_H
#define PP_STATS_RATIO_H

#include <stddef.h>

#include "base/interval.h"

struct pp_ratio {
    size_t pairs;            /* taken in */
    double ratio;            /* base / other: above 1, other is faster; NaN for no pair */
    struct pp_interval ci95; /* unknown with fewer than PP_ORDER_LEAST pairs */
};

/* base[i] and other[i] are times of one iteration, in the same unit. A pair of which one is not a positive finite
 * number (it is missing) is left out. The ratio is exp(median(log(base[i] / other[i]))): what both share in an
 * iteration, such as a slower clock, cancels, and a ratio and its inverse weigh the same (Fleming & Wallace 1986, "How
 * Not to Lie with Statistics", on ratios; the interval is that of stats/order.h). `scratch` holds `count` doubles. */
struct pp_ratio pp_ratio_of(const double *base, const double *other, size_t count, double *scratch);

#endif
