/* Summaries, quantiles, order statistics, paired ratios and the normal distribution. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pptest/rng.h"
#include "reference/stats_values.h"
#include "stats/normal.h"
#include "stats/order.h"
#include "stats/quantile.h"
#include "stats/ratio.h"
#include "stats/summary.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static struct pp_stats of(const double *values, size_t count) {
    struct pp_stats stats;
    double *scratch = malloc(count * sizeof *scratch);
    assert_non_null(scratch);
    pp_stats_of(values, count, scratch, &stats);
    free(scratch);
    return stats;
}

static bool near(double a, double b) { return fabs(a - b) <= 1e-12 * fmax(fabs(a), fabs(b)); }

static void one_value_is_its_own_summary(void **state) {
    (void)state;
    const double value = -3.5;
    struct pp_stats summary = of(&value, 1);
    assert_int_equal(summary.count, 1);
    assert_true(near(summary.mean, value) && near(summary.min, value) && near(summary.max, value));
}

static void mean_and_extremes(void **state) {
    (void)state;
    const double values[] = {4.0, 1.0, 9.0, 2.0};
    struct pp_stats summary = of(values, 4);
    assert_int_equal(summary.count, 4);
    assert_true(near(summary.mean, 4.0) && near(summary.min, 1.0) && near(summary.max, 9.0));
}

/* Neither min nor max may keep the zero that an empty summary begins with. */
static void extremes_of_one_sign(void **state) {
    (void)state;
    const double above[] = {2.0, 3.0}, below[] = {-2.0, -3.0};
    assert_true(near(of(above, 2).min, 2.0));
    assert_true(near(of(below, 2).max, -2.0));
}

static void small_values_do_not_vanish_in_a_sum(void **state) {
    (void)state;
    enum { VALUES = 1000000 };
    double *values = malloc(VALUES * sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < VALUES; i++)
        values[i] = 0.1;
    assert_true(near(of(values, VALUES).mean, 0.1));
    free(values);
}

static void large_values_do_not_overflow(void **state) {
    (void)state;
    const double values[] = {DBL_MAX / 2, DBL_MAX / 2, DBL_MAX / 2, DBL_MAX / 2};
    assert_true(near(of(values, 4).mean, DBL_MAX / 2));
}

static void order_does_not_matter(void **state) {
    (void)state;
    double up[100], down[100];
    for (int i = 0; i < 100; i++)
        up[i] = down[99 - i] = (double)i * 1e-9;
    assert_true(near(of(up, 100).mean, of(down, 100).mean));
    assert_true(near(of(up, 100).mean, 49.5e-9));
}

static bool near_or_both_nan(double a, double b) { return isnan(b) ? isnan(a) : near(a, b); }

static struct pp_stats stats_of(const double *values, size_t count) {
    double scratch[100];
    struct pp_stats stats;
    assert_true(count <= COUNT_OF(scratch));
    pp_stats_of(values, count, scratch, &stats);
    return stats;
}

static void summaries_agree_with_scipy(void **state) {
    (void)state;
    for (size_t s = 0; s < COUNT_OF(reference_samples); s++) {
        struct pp_stats stats = stats_of(reference_samples[s].values, reference_samples[s].count);
        assert_int_equal(stats.count, reference_samples[s].count);
        assert_true(near(stats.mean, reference_samples[s].mean));
        assert_true(near_or_both_nan(stats.stddev, reference_samples[s].stddev));
        assert_true(near(stats.median, reference_samples[s].median));
        assert_true(near(stats.mad, reference_samples[s].mad));
        assert_true(near(stats.min, reference_samples[s].quantiles[0]));
        assert_true(near(stats.max, reference_samples[s].quantiles[COUNT_OF(reference_shares) - 1]));
    }
}

static void quantiles_agree_with_scipy(void **state) {
    (void)state;
    for (size_t s = 0; s < COUNT_OF(reference_samples); s++) {
        double sorted[COUNT_OF(reference_samples[0].values)];
        memcpy(sorted, reference_samples[s].values, sizeof sorted);
        pp_sort_values(sorted, reference_samples[s].count);
        for (size_t q = 0; q < COUNT_OF(reference_shares); q++) {
            double quantile = pp_quantile_sorted(sorted, reference_samples[s].count, reference_shares[q]);
            assert_true(near(quantile, reference_samples[s].quantiles[q]));
        }
    }
    assert_true(isnan(pp_quantile_sorted(NULL, 0, 0.5)));
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Orders that make quicksort slow or wrong: random, few different values, all equal, up, down, up and down. */
static double shaped(int shape, size_t i, size_t count, struct pp_rng *rng) {
    switch (shape) {
    case 0:
        return pp_rng_real(rng);
    case 1:
        return (double)pp_rng_range(rng, -2, 2);
    case 2:
        return 7.0;
    case 3:
        return (double)i;
    case 4:
        return -(double)i;
    default:
        return (double)(i < count / 2 ? i : count - i);
    }
}

static void sorting_and_selecting_agree_with_the_c_library(void **state) {
    (void)state;
    struct pp_rng rng = {3};
    double values[300], sorted[300], expected[300];
    for (size_t count = 1; count <= 300; count += count < 40 ? 1 : 13) {
        for (int shape = 0; shape < 6; shape++) {
            for (size_t i = 0; i < count; i++)
                values[i] = sorted[i] = expected[i] = shaped(shape, i, count, &rng);
            qsort(expected, count, sizeof *expected, ascending);
            pp_sort_values(sorted, count);
            assert_memory_equal(sorted, expected, count * sizeof *sorted);
            assert_true(near(pp_median_select(values, count), pp_quantile_sorted(expected, count, 0.5)));
        }
    }
    assert_true(isnan(pp_median_select(NULL, 0)));
}

static void ranks_agree_with_the_binomial_distribution(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(reference_ranks); i++)
        assert_int_equal(pp_median_rank(reference_ranks[i].count), reference_ranks[i].rank);
    assert_int_equal(pp_median_rank(0), 0);
}

static void five_values_have_no_interval_and_six_have(void **state) {
    (void)state;
    const double values[] = {6, 1, 5, 2, 4, 3};
    assert_false(pp_interval_known(stats_of(values, 5).ci95));
    struct pp_interval interval = stats_of(values, 6).ci95;
    assert_true(pp_interval_known(interval) && near(interval.low, 1) && near(interval.high, 6));
}

/* The promise itself: it holds the median of a skewed distribution 95 times in 100, for odd and even numbers. */
static void intervals_hold_the_median_as_often_as_they_say(void **state) {
    (void)state;
    enum { DRAWS = 4000 };
    struct pp_rng rng = {11};
    for (size_t count = 6; count <= 31; count += 5) {
        int held = 0;
        for (int draw = 0; draw < DRAWS; draw++) {
            double values[31];
            for (size_t i = 0; i < count; i++)
                values[i] = -log(1 - pp_rng_real(&rng));
            struct pp_interval interval = stats_of(values, count).ci95;
            held += interval.low <= M_LN2 && M_LN2 <= interval.high;
        }
        assert_true(held >= 0.94 * DRAWS); /* 0.95 at least, minus three standard deviations */
    }
}

static void no_value_is_summarised_as_unknown(void **state) {
    (void)state;
    struct pp_stats stats = stats_of(NULL, 0);
    assert_int_equal(stats.count + stats.outliers, 0);
    assert_true(isnan(stats.mean) && isnan(stats.median) && isnan(stats.stddev) && isnan(stats.mad));
    assert_true(isnan(stats.min) && isnan(stats.max) && !pp_interval_known(stats.ci95));
    assert_false(stats.unstable);
}

static void outliers_are_counted_and_kept(void **state) {
    (void)state;
    double values[] = {1.00, 1.01, 0.99, 1.02, 0.98, 1.00, 1.01, 5.00};
    struct pp_stats stats = stats_of(values, 8);
    assert_int_equal(stats.outliers, 1);
    assert_int_equal(stats.count, 8);
    assert_true(near(stats.max, 5.0));
    values[7] = 1.14; /* 0.135 from the median; a MAD of 0.01 reaches 0.148 far */
    assert_int_equal(stats_of(values, 8).outliers, 0);
    values[7] = 0.80;
    assert_int_equal(stats_of(values, 8).outliers, 1);
}

static void most_values_equal_does_not_make_the_others_outliers(void **state) {
    (void)state;
    /* The MAD is 0, the quartiles are 1 and 1.1, the far fences 0.7 and 1.4. */
    const double fences[] = {1, 1, 1, 1, 1, 1.05, 1.1, 1.15, 1.5};
    assert_int_equal(stats_of(fences, 9).outliers, 1);
    /* The quartiles are equal too: only values half the median away are. */
    const double ticks[] = {1, 1, 1, 1, 1, 1, 1, 1, 1.001, 1.2};
    assert_int_equal(stats_of(ticks, 10).outliers, 0);
    const double far[] = {1, 1, 1, 1, 1, 1, 1, 1, 1.001, 1.6};
    assert_int_equal(stats_of(far, 10).outliers, 1);
    const double zeros[] = {0, 0, 0, 0};
    assert_int_equal(stats_of(zeros, 4).outliers, 0);
}

static void unstable_by_each_rule(void **state) {
    (void)state;
    const double calm[] = {1.00, 1.05, 0.95, 1.02, 0.98};
    assert_false(stats_of(calm, 5).unstable);
    const double wide[] = {0.8, 1.2, 0.85, 1.15, 1.0}; /* 18 % of the mean */
    assert_true(stats_of(wide, 5).unstable);
    double one_off[64]; /* too few to move the standard deviation to a tenth of the mean */
    for (int i = 0; i < 64; i++)
        one_off[i] = 1.0;
    one_off[5] = 1.6;
    struct pp_stats high = stats_of(one_off, 64);
    assert_true(high.stddev < 0.1 * high.mean && high.unstable);
    one_off[5] = 0.4;
    assert_true(stats_of(one_off, 64).unstable);
    one_off[5] = 0.6;
    assert_false(stats_of(one_off, 64).unstable);
}

static void equal_values_are_stable(void **state) {
    (void)state;
    const double zeros[] = {0, 0, 0}, ones[] = {1, 1, 1};
    assert_false(stats_of(zeros, 3).unstable);
    assert_false(stats_of(ones, 3).unstable);
    assert_false(stats_of(ones, 1).unstable);
}

static void a_pass_below_a_millisecond_is_too_short(void **state) {
    (void)state;
    assert_true(pp_pass_too_short(0.0009));
    assert_false(pp_pass_too_short(0.001));
}

static void a_million_values_lose_nothing(void **state) {
    (void)state;
    enum { COUNT = 1000000 };
    double *values = malloc(2 * COUNT * sizeof *values);
    assert_non_null(values);
    for (int i = 0; i < COUNT; i++) /* 1e6 + 0 ... 999999, in an order of its own */
        values[i] = 1e6 + (double)((int64_t)i * 611953 % COUNT);
    struct pp_stats stats;
    pp_stats_of(values, COUNT, values + COUNT, &stats);
    free(values);
    assert_true(near(stats.mean, 1499999.5) && near(stats.median, 1499999.5) && near(stats.mad, 250000));
    assert_true(fabs(stats.stddev / sqrt((double)COUNT * (COUNT + 1.0) / 12) - 1) < 1e-11);
    assert_true(near(stats.ci95.low, 1e6 + 499020 - 1) && near(stats.ci95.high, 2e6 - 499020));
}

static void paired_ratios_agree_with_numpy(void **state) {
    (void)state;
    double scratch[12];
    struct pp_ratio ratio = pp_ratio_of(reference_base, reference_other, 12, scratch);
    assert_int_equal(ratio.pairs, 12);
    assert_true(near(ratio.ratio, reference_ratio));
    assert_true(near(ratio.ci95.low, reference_ratio_low) && near(ratio.ci95.high, reference_ratio_high));
    struct pp_ratio inverse = pp_ratio_of(reference_other, reference_base, 12, scratch);
    assert_true(near(inverse.ratio, 1 / reference_ratio) && near(inverse.ci95.low, 1 / reference_ratio_high));
}

/* What both of a pair share cancels. */
static void drift_does_not_widen_a_ratio(void **state) {
    (void)state;
    double base[8], other[8], scratch[8];
    for (int i = 0; i < 8; i++) {
        other[i] = 1.0 + i;
        base[i] = 3 * other[i];
    }
    struct pp_ratio ratio = pp_ratio_of(base, other, 8, scratch);
    assert_true(near(ratio.ratio, 3) && near(ratio.ci95.low, 3) && near(ratio.ci95.high, 3));
}

static void pairs_that_miss_a_time_are_left_out(void **state) {
    (void)state;
    const double base[] = {2, NAN, 2, 2, 2, 2, 2, 0, INFINITY};
    const double other[] = {1, 1, -1, 1, 1, 1, 1, 1, 1};
    double scratch[9];
    struct pp_ratio ratio = pp_ratio_of(base, other, 9, scratch);
    assert_int_equal(ratio.pairs, 5);
    assert_true(near(ratio.ratio, 2) && !pp_interval_known(ratio.ci95));
    ratio = pp_ratio_of(base + 1, other + 1, 2, scratch);
    assert_int_equal(ratio.pairs, 0);
    assert_true(isnan(ratio.ratio) && !pp_interval_known(ratio.ci95));
}

static void normal_distribution_agrees_with_scipy(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(reference_cdf); i++)
        assert_true(near(pp_normal_cdf(reference_cdf[i].z), reference_cdf[i].cdf));
    for (size_t i = 0; i < COUNT_OF(reference_ppf); i++)
        assert_true(fabs(pp_normal_quantile(reference_ppf[i].p) - reference_ppf[i].z) <= 1e-13);
    assert_true(pp_normal_quantile(0) < -DBL_MAX && pp_normal_quantile(1) > DBL_MAX);
    assert_true(isnan(pp_normal_quantile(-0.1)) && isnan(pp_normal_quantile(1.1)) && isnan(pp_normal_quantile(NAN)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_value_is_its_own_summary),
        cmocka_unit_test(mean_and_extremes),
        cmocka_unit_test(extremes_of_one_sign),
        cmocka_unit_test(small_values_do_not_vanish_in_a_sum),
        cmocka_unit_test(large_values_do_not_overflow),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(summaries_agree_with_scipy),
        cmocka_unit_test(quantiles_agree_with_scipy),
        cmocka_unit_test(sorting_and_selecting_agree_with_the_c_library),
        cmocka_unit_test(ranks_agree_with_the_binomial_distribution),
        cmocka_unit_test(five_values_have_no_interval_and_six_have),
        cmocka_unit_test(intervals_hold_the_median_as_often_as_they_say),
        cmocka_unit_test(no_value_is_summarised_as_unknown),
        cmocka_unit_test(outliers_are_counted_and_kept),
        cmocka_unit_test(most_values_equal_does_not_make_the_others_outliers),
        cmocka_unit_test(unstable_by_each_rule),
        cmocka_unit_test(equal_values_are_stable),
        cmocka_unit_test(a_pass_below_a_millisecond_is_too_short),
        cmocka_unit_test(a_million_values_lose_nothing),
        cmocka_unit_test(paired_ratios_agree_with_numpy),
        cmocka_unit_test(drift_does_not_widen_a_ratio),
        cmocka_unit_test(pairs_that_miss_a_time_are_left_out),
        cmocka_unit_test(normal_distribution_agrees_with_scipy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
