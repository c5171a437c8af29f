/* The histogram of task times. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pptest/rng.h"
#include "stats/histogram.h"
#include "stats/quantile.h"

static struct pp_histogram histogram, other;

static int cleared(void **state) {
    (void)state;
    pp_histogram_clear(&histogram);
    pp_histogram_clear(&other);
    return 0;
}

static void add(struct pp_histogram *to, uint64_t ns) {
    pp_histogram_add(to, pp_histogram_bucket(ns), 1);
    pp_histogram_add_exact(to, ns, ns, ns);
}

static bool equal(double a, double b) { return fabs(a - b) <= 1e-15 * fabs(b); }

static void buckets_follow_each_other_without_a_gap(void **state) {
    (void)state;
    assert_int_equal(pp_histogram_low(0), 0);
    for (unsigned bucket = 0; bucket < PP_HISTOGRAM_BUCKETS; bucket++) {
        uint64_t low = pp_histogram_low(bucket), high = pp_histogram_high(bucket);
        assert_true(low <= high);
        assert_int_equal(pp_histogram_bucket(low), bucket);
        assert_int_equal(pp_histogram_bucket(high), bucket);
        if (bucket + 1 < PP_HISTOGRAM_BUCKETS)
            assert_true(pp_histogram_low(bucket + 1) == high + 1);
    }
    assert_true(pp_histogram_high(PP_HISTOGRAM_BUCKETS - 1) == UINT64_MAX);
}

static void small_values_are_exact_and_no_value_is_off_by_a_percent(void **state) {
    (void)state;
    for (unsigned ns = 0; ns < 128; ns++)
        assert_true(pp_histogram_low(ns) == ns && pp_histogram_high(ns) == ns);
    for (unsigned bucket = 128; bucket < PP_HISTOGRAM_BUCKETS; bucket++) {
        double low = (double)pp_histogram_low(bucket), high = (double)pp_histogram_high(bucket);
        assert_true((high - low) / 2 <= 0.008 * low);
    }
}

static double log_uniform_ns(struct pp_rng *rng) { return floor(exp(pp_rng_real(rng) * 25)); }

static void quantiles_are_within_a_percent_of_the_sorted_values(void **state) {
    (void)state;
    enum { COUNT = 20000 };
    static double values[COUNT];
    struct pp_rng rng = {1};
    for (int i = 0; i < COUNT; i++) {
        values[i] = log_uniform_ns(&rng);
        add(&histogram, (uint64_t)values[i]);
    }
    pp_sort_values(values, COUNT);
    const double shares[] = {1e-9, 0.001, 0.07, 0.25, 0.5, 0.9, 0.99, 0.999, 0.9999};
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        double exact = values[(size_t)ceil(shares[i] * COUNT - 1e-6) - 1];
        assert_true(fabs(pp_histogram_quantile_ns(&histogram, shares[i]) - exact) <= 0.008 * exact);
    }
    assert_true(equal(pp_histogram_quantile_ns(&histogram, 0), values[0]));
    assert_true(equal(pp_histogram_quantile_ns(&histogram, 1), values[COUNT - 1]));
}

static void ranks_are_the_nearest_ones(void **state) {
    (void)state;
    for (uint64_t ns = 1; ns <= 100; ns++)
        add(&histogram, ns);
    for (int percent = 1; percent <= 100; percent++)
        assert_true(equal(pp_histogram_quantile_ns(&histogram, percent / 100.0), percent));
    assert_true(equal(pp_histogram_quantile_ns(&histogram, 0.501), 51));
}

static void quantiles_stay_between_the_extremes(void **state) {
    (void)state;
    add(&histogram, 1000001); /* in the lower half of its bucket, so that the middle lies above it */
    assert_true(equal(pp_histogram_quantile_ns(&histogram, 0.5), 1000001));
    cleared(NULL);
    add(&histogram, 1015807);
    assert_true(equal(pp_histogram_quantile_ns(&histogram, 0.5), 1015807));
}

static void counts_without_exact_values_still_have_quantiles(void **state) {
    (void)state;
    pp_histogram_add(&histogram, 40, 10);
    pp_histogram_add(&histogram, 50, 10);
    const double shares[] = {0, 0.5, 0.51, 1}, expected[] = {40, 40, 50, 50};
    for (int i = 0; i < 4; i++)
        assert_true(equal(pp_histogram_quantile_ns(&histogram, shares[i]), expected[i]));
}

static void nothing_has_no_quantile_and_no_mean(void **state) {
    (void)state;
    assert_true(isnan(pp_histogram_quantile_ns(&histogram, 0.5)) && isnan(pp_histogram_mean_ns(&histogram)));
}

static void sums_are_exact_beyond_64_bits(void **state) {
    (void)state;
    for (int i = 0; i < 6; i++)
        add(&histogram, UINT64_MAX - 1);
    add(&histogram, 12);
    assert_int_equal(histogram.count, 7);
    assert_true(histogram.sum_high == 6 && histogram.sum_low == 0); /* 6 x (2^64 - 2) + 12 */
    assert_true(equal(pp_histogram_mean_ns(&histogram), 6 * 0x1p64 / 7));
    assert_true(histogram.min_ns == 12 && histogram.max_ns == UINT64_MAX - 1);
}

static void merging_is_counting_in_one(void **state) {
    (void)state;
    static struct pp_histogram both;
    pp_histogram_clear(&both);
    struct pp_rng rng = {4};
    for (int i = 0; i < 1000; i++) {
        uint64_t ns = i % 10 == 0 ? UINT64_MAX - (uint64_t)i : (uint64_t)log_uniform_ns(&rng);
        add(i % 3 == 0 ? &histogram : &other, ns);
        add(&both, ns);
    }
    pp_histogram_merge(&histogram, &other);
    assert_memory_equal(&histogram, &both, sizeof both);
    pp_histogram_clear(&other);
    pp_histogram_merge(&histogram, &other); /* an empty one changes nothing */
    assert_memory_equal(&histogram, &both, sizeof both);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(buckets_follow_each_other_without_a_gap, cleared),
        cmocka_unit_test_setup(small_values_are_exact_and_no_value_is_off_by_a_percent, cleared),
        cmocka_unit_test_setup(quantiles_are_within_a_percent_of_the_sorted_values, cleared),
        cmocka_unit_test_setup(ranks_are_the_nearest_ones, cleared),
        cmocka_unit_test_setup(quantiles_stay_between_the_extremes, cleared),
        cmocka_unit_test_setup(counts_without_exact_values_still_have_quantiles, cleared),
        cmocka_unit_test_setup(nothing_has_no_quantile_and_no_mean, cleared),
        cmocka_unit_test_setup(sums_are_exact_beyond_64_bits, cleared),
        cmocka_unit_test_setup(merging_is_counting_in_one, cleared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
