#include "stats/histogram.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

static unsigned shift_of(unsigned bucket) { return bucket < 128 ? 0 : bucket / 64 - 1; }

uint64_t pp_histogram_low(unsigned bucket) {
    unsigned shift = shift_of(bucket);
    return (uint64_t)(bucket - 64 * shift) << shift;
}

uint64_t pp_histogram_high(unsigned bucket) {
    return pp_histogram_low(bucket) + ((UINT64_C(1) << shift_of(bucket)) - 1);
}

void pp_histogram_clear(struct pp_histogram *histogram) {
    memset(histogram, 0, sizeof *histogram);
    histogram->min_ns = UINT64_MAX;
}

void pp_histogram_add(struct pp_histogram *histogram, unsigned bucket, uint64_t count) {
    histogram->buckets[bucket] += count;
    histogram->count += count;
}

static void add_sum(struct pp_histogram *histogram, uint64_t high, uint64_t low) {
    histogram->sum_low += low;
    histogram->sum_high += high + (histogram->sum_low < low);
}

static void add_extremes(struct pp_histogram *histogram, uint64_t min_ns, uint64_t max_ns) {
    if (min_ns < histogram->min_ns)
        histogram->min_ns = min_ns;
    if (max_ns > histogram->max_ns)
        histogram->max_ns = max_ns;
}

void pp_histogram_add_exact(struct pp_histogram *histogram, uint64_t sum_ns, uint64_t min_ns, uint64_t max_ns) {
    add_sum(histogram, 0, sum_ns);
    add_extremes(histogram, min_ns, max_ns);
}

void pp_histogram_merge(struct pp_histogram *histogram, const struct pp_histogram *other) {
    for (unsigned bucket = 0; bucket < PP_HISTOGRAM_BUCKETS; bucket++)
        histogram->buckets[bucket] += other->buckets[bucket];
    histogram->count += other->count;
    add_sum(histogram, other->sum_high, other->sum_low);
    add_extremes(histogram, other->min_ns, other->max_ns);
}

double pp_histogram_mean_ns(const struct pp_histogram *histogram) {
    if (histogram->count == 0)
        return NAN;
    return ((double)histogram->sum_high * 0x1p64 + (double)histogram->sum_low) / (double)histogram->count;
}

static double middle(unsigned bucket) {
    uint64_t low = pp_histogram_low(bucket);
    return (double)low + (double)(pp_histogram_high(bucket) - low) / 2;
}

/* The bucket of the value that has this rank, counted from 1, in ascending order. */
static unsigned bucket_of_rank(const struct pp_histogram *histogram, uint64_t rank) {
    unsigned bucket = 0;
    for (uint64_t passed = histogram->buckets[0]; passed < rank && bucket + 1 < PP_HISTOGRAM_BUCKETS;)
        passed += histogram->buckets[++bucket];
    return bucket;
}

double pp_histogram_quantile_ns(const struct pp_histogram *histogram, double share) {
    if (histogram->count == 0)
        return NAN;
    bool told = histogram->min_ns <= histogram->max_ns;
    if (told && share <= 0)
        return (double)histogram->min_ns;
    if (told && share >= 1)
        return (double)histogram->max_ns;
    /* A product that is whole but for rounding (0.07 x 100) must not reach the next rank. */
    double rank = ceil(share * (double)histogram->count * (1 - DBL_EPSILON));
    double ns = middle(bucket_of_rank(histogram, (uint64_t)fmax(rank, 1)));
    return told ? fmin(fmax(ns, (double)histogram->min_ns), (double)histogram->max_ns) : ns;
}
