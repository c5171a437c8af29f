#include "stats/bootstrap.h"

#include <math.h>
#include <stdbool.h>

#include "pptest/rng.h"
#include "stats/normal.h"
#include "stats/quantile.h"

/* The parts of the caller's scratch. */
struct room {
    double *sample;    /* count */
    double *jackknife; /* count */
    double *resampled; /* resamples */
};

static void resample(const struct pp_bootstrap *bootstrap, const double *values, size_t count,
                     const struct room *room) {
    struct pp_rng rng = {bootstrap->seed};
    for (size_t r = 0; r < bootstrap->resamples; r++) {
        for (size_t i = 0; i < count; i++)
            room->sample[i] = values[pp_rng_range(&rng, 0, (int64_t)count - 1)];
        room->resampled[r] = bootstrap->statistic(room->sample, count, bootstrap->context);
    }
}

/* How the spread changes with the value, from the skewness of the statistic when each value in turn is left out. */
static double acceleration(const struct pp_bootstrap *bootstrap, const double *values, size_t count,
                           const struct room *room) {
    double mean = 0, squares = 0, cubes = 0;
    for (size_t out = 0; out < count; out++) {
        for (size_t i = 0, kept = 0; i < count; i++)
            if (i != out)
                room->sample[kept++] = values[i];
        room->jackknife[out] = bootstrap->statistic(room->sample, count - 1, bootstrap->context);
        mean += (room->jackknife[out] - mean) / (double)(out + 1);
    }
    for (size_t i = 0; i < count; i++) {
        double deviation = mean - room->jackknife[i];
        squares += deviation * deviation;
        cubes += deviation * deviation * deviation;
    }
    return squares > 0 ? cubes / (6 * squares * sqrt(squares)) : 0;
}

/* The normal quantile of the share of resamples below the value: 0 where the bootstrap is not biased. A share of 0 or 1
 * says no more than that it is beyond what this number of resamples can tell. */
static double bias(const double *resampled, size_t resamples, double value) {
    double below = 0, count = (double)resamples;
    for (size_t r = 0; r < resamples; r++)
        below += resampled[r] < value ? 1 : resampled[r] > value ? 0 : 0.5;
    return pp_normal_quantile(fmin(fmax(below, 0.5), count - 0.5) / count);
}

/* The share of resamples at which the BCa interval ends instead of `share`. */
static double bca_share(double share, double z0, double a) {
    double z = z0 + pp_normal_quantile(share), stretch = 1 - a * z;
    if (stretch <= 0) /* past the pole of the formula, where the limit is */
        return share < 0.5 ? 0 : 1;
    return pp_normal_cdf(z0 + z / stretch);
}

static struct pp_interval between(const double *sorted, size_t count, double low, double high) {
    return (struct pp_interval){pp_quantile_sorted(sorted, count, low), pp_quantile_sorted(sorted, count, high)};
}

static bool has_nan(const double *values, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (isnan(values[i]))
            return true;
    return false;
}

void pp_bootstrap_run(const struct pp_bootstrap *bootstrap, const double *values, size_t count, double *scratch,
                      struct pp_bootstrap_intervals *out) {
    struct room room = {.sample = &scratch[0], .jackknife = &scratch[count], .resampled = &scratch[2 * count]};
    size_t resamples = bootstrap->resamples;
    for (size_t i = 0; i < count; i++)
        scratch[i] = values[i];
    double value = count > 0 ? bootstrap->statistic(scratch, count, bootstrap->context) : NAN;
    *out = (struct pp_bootstrap_intervals){value, PP_INTERVAL_UNKNOWN, PP_INTERVAL_UNKNOWN};
    if (count < PP_BOOTSTRAP_LEAST || isnan(value))
        return;
    resample(bootstrap, values, count, &room);
    double a = acceleration(bootstrap, values, count, &room);
    if (has_nan(room.resampled, resamples) || isnan(a))
        return;
    double z0 = bias(room.resampled, resamples, value);
    pp_sort_values(room.resampled, resamples);
    out->percentile = between(room.resampled, resamples, 0.025, 0.975);
    out->bca = between(room.resampled, resamples, bca_share(0.025, z0, a), bca_share(0.975, z0, a));
}
