#include "stats/ratio.h"

#include <math.h>

#include "stats/order.h"
#include "stats/quantile.h"

static bool is_time(double value) { return value > 0 && isfinite(value); }

struct pp_ratio pp_ratio_of(const double *base, const double *other, size_t count, double *scratch) {
    size_t pairs = 0;
    for (size_t i = 0; i < count; i++)
        if (is_time(base[i]) && is_time(other[i]))
            scratch[pairs++] = log(base[i]) - log(other[i]); /* their quotient might overflow */
    pp_sort_values(scratch, pairs);
    struct pp_interval logs = pp_median_interval(scratch, pairs);
    return (struct pp_ratio){
        .pairs = pairs,
        .ratio = exp(pp_quantile_sorted(scratch, pairs, 0.5)),
        .ci95 = {exp(logs.low), exp(logs.high)},
    };
}
