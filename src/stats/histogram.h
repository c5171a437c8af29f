/* A log-linear histogram of times in nanoseconds: bounded memory whatever the number of values, and quantiles within
 * 0.8 % of the true ones. Pure.
 *
 * Values below 64 ns have a bucket each; from there every power of two is cut into 64 equal buckets. A bucket is at
 * most 1/64 of its values wide and its middle is reported, so that no value is off by more than 1/128 of itself (the
 * scheme of HdrHistogram: Tene 2012). */
#ifndef PP_STATS_HISTOGRAM_H
#define PP_STATS_HISTOGRAM_H

#include <stdint.h>

/* 64 values one by one, then 64 buckets for each power of two from 2^6 to 2^63. */
enum { PP_HISTOGRAM_BUCKETS = 64 + 64 * 58 };

/* Opaque but for its size (30 KiB) and for `count`, which is exact. Clear it before use. */
struct pp_histogram {
    uint64_t count;
    uint64_t sum_high, sum_low; /* one number of 128 bits: no sum of 2^64 values can overflow it */
    uint64_t min_ns, max_ns;    /* min_ns > max_ns: none were told */
    uint64_t buckets[PP_HISTOGRAM_BUCKETS];
};

/* The bucket that counts a value; made for the innermost loop. */
static inline unsigned pp_histogram_bucket(uint64_t ns) {
    unsigned shift = 57U - (unsigned)__builtin_clzll(ns | 64); /* of the seven leading bits down to the lowest place */
    return 64 * shift + (unsigned)(ns >> shift);
}

/* The smallest and the largest value that a bucket counts; bucket < PP_HISTOGRAM_BUCKETS. */
uint64_t pp_histogram_low(unsigned bucket);
uint64_t pp_histogram_high(unsigned bucket);

void pp_histogram_clear(struct pp_histogram *histogram);

/* Counts `count` more values in one bucket. Their exact sum, smallest and largest value are told apart from that, for
 * any number of values at once, so that the innermost loop need not pass the values on. */
void pp_histogram_add(struct pp_histogram *histogram, unsigned bucket, uint64_t count);
void pp_histogram_add_exact(struct pp_histogram *histogram, uint64_t sum_ns, uint64_t min_ns, uint64_t max_ns);

/* Adds all that `other` counted. */
void pp_histogram_merge(struct pp_histogram *histogram, const struct pp_histogram *other);

/* The exact sum divided by the count, NaN for no values. */
double pp_histogram_mean_ns(const struct pp_histogram *histogram);

/* The value below or at which the share of values lies, `share` from 0 to 1: the nearest rank, ceil(share x count), of
 * which the middle of the bucket is reported, but nothing outside of [min_ns, max_ns]. 0 gives min_ns and 1 max_ns,
 * both exact if they were told. NaN for no values. */
double pp_histogram_quantile_ns(const struct pp_histogram *histogram, double share);

#endif
