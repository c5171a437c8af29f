#include "stats/summary.h"

#include <math.h>

#include "stats/order.h"
#include "stats/quantile.h"

/* The corrected two-pass algorithm: Chan, Golub, LeVeque (1983), "Algorithms for Computing the Sample Variance". The
 * sum of deviations would be 0 but for rounding; it mends both the mean and the variance. */
static void moments(const double *values, size_t count, struct pp_stats *stats) {
    double mean = 0, n = (double)count;
    for (size_t i = 0; i < count; i++)
        mean += (values[i] - mean) / (double)(i + 1);
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        double deviation = values[i] - mean;
        sum += deviation;
        squares += deviation * deviation;
    }
    stats->mean = mean + sum / n;
    stats->stddev = count < 2 ? NAN : sqrt(fmax(0, (squares - sum * sum / n) / (n - 1)));
}

/* Values outside are outliers. Overwrites `sorted` with deviations, to find their median. */
static struct pp_interval fences(double *sorted, struct pp_stats *stats) {
    double q1 = pp_quantile_sorted(sorted, stats->count, 0.25), q3 = pp_quantile_sorted(sorted, stats->count, 0.75);
    for (size_t i = 0; i < stats->count; i++)
        sorted[i] = fabs(sorted[i] - stats->median);
    stats->mad = pp_median_select(sorted, stats->count);
    double reach = 10 * 1.4826 * stats->mad;
    if (stats->mad > 0)
        return (struct pp_interval){stats->median - reach, stats->median + reach};
    reach = 3 * (q3 - q1);
    if (q3 > q1)
        return (struct pp_interval){q1 - reach, q3 + reach};
    reach = fabs(stats->median) / 2;
    return (struct pp_interval){stats->median - reach, stats->median + reach};
}

static bool is_unstable(const struct pp_stats *stats) {
    double mean = fabs(stats->mean);
    return stats->max > stats->min && (stats->stddev >= 0.1 * mean || stats->mean - stats->min >= 0.5 * mean ||
                                       stats->max - stats->mean >= 0.5 * mean);
}

void pp_stats_of(const double *values, size_t count, double *scratch, struct pp_stats *stats) {
    *stats = (struct pp_stats){0, NAN, NAN, NAN, NAN, NAN, NAN, PP_INTERVAL_UNKNOWN, 0, false};
    if (count == 0)
        return;
    stats->count = count;
    moments(values, count, stats);
    for (size_t i = 0; i < count; i++)
        scratch[i] = values[i];
    pp_sort_values(scratch, count);
    stats->min = scratch[0];
    stats->max = scratch[count - 1];
    stats->median = pp_quantile_sorted(scratch, count, 0.5);
    stats->ci95 = pp_median_interval(scratch, count);
    struct pp_interval inside = fences(scratch, stats);
    for (size_t i = 0; i < count; i++)
        stats->outliers += values[i] < inside.low || values[i] > inside.high;
    stats->unstable = is_unstable(stats);
}
