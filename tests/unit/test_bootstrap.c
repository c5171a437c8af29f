/* Bootstrap intervals of one sample's statistic. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pptest/rng.h"
#include "reference/stats_values.h"
#include "stats/bootstrap.h"
#include "stats/quantile.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

enum { VALUES = 40 };

static double mean(double *values, size_t count, void *context) {
    (void)context;
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    return sum / (double)count;
}

static double median(double *values, size_t count, void *context) {
    (void)context;
    return pp_median_select(values, count);
}

static struct pp_bootstrap_intervals run(const struct pp_bootstrap *bootstrap, const double *values, size_t count) {
    static double scratch[2 * VALUES + PP_BOOTSTRAP_RESAMPLES];
    assert_true(pp_bootstrap_scratch(count, bootstrap->resamples) <= COUNT_OF(scratch));
    struct pp_bootstrap_intervals out;
    pp_bootstrap_run(bootstrap, values, count, scratch, &out);
    return out;
}

/* Other random numbers, and 10,000 instead of 200,000 resamples: the ends may differ by 6 % of the width. */
static void assert_close(struct pp_interval found, double low, double high) {
    double tolerance = 0.06 * (high - low);
    assert_true(fabs(found.low - low) <= tolerance && fabs(found.high - high) <= tolerance);
}

static void intervals_agree_with_scipy(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(reference_bootstraps); i++) {
        size_t sample = reference_bootstraps[i].sample;
        struct pp_bootstrap bootstrap = {.statistic = reference_bootstraps[i].statistic == 0 ? mean : median,
                                         .seed = 1,
                                         .resamples = PP_BOOTSTRAP_RESAMPLES};
        struct pp_bootstrap_intervals out =
            run(&bootstrap, reference_samples[sample].values, reference_samples[sample].count);
        assert_close(out.percentile, reference_bootstraps[i].percentile_low, reference_bootstraps[i].percentile_high);
        assert_close(out.bca, reference_bootstraps[i].bca_low, reference_bootstraps[i].bca_high);
    }
}

static void equal_seeds_give_equal_intervals_and_others_do_not(void **state) {
    (void)state;
    struct pp_bootstrap bootstrap = {.statistic = mean, .seed = 5, .resamples = 1000};
    const double *values = reference_samples[8].values;
    struct pp_bootstrap_intervals first = run(&bootstrap, values, 40), again = run(&bootstrap, values, 40);
    assert_memory_equal(&first, &again, sizeof first);
    bootstrap.seed = 6;
    again = run(&bootstrap, values, 40);
    assert_memory_not_equal(&first.bca, &again.bca, sizeof first.bca);
}

static void five_values_have_no_interval(void **state) {
    (void)state;
    struct pp_bootstrap bootstrap = {.statistic = mean, .seed = 1, .resamples = 1000};
    const double values[] = {1, 2, 3, 4, 5, 6};
    struct pp_bootstrap_intervals out = run(&bootstrap, values, 5);
    assert_true(fabs(out.value - 3) < 1e-12);
    assert_false(pp_interval_known(out.percentile) || pp_interval_known(out.bca));
    out = run(&bootstrap, values, 6);
    assert_true(pp_interval_known(out.percentile) && pp_interval_known(out.bca));
    out = run(&bootstrap, values, 0);
    assert_true(isnan(out.value) && !pp_interval_known(out.bca));
}

static void equal_values_have_an_interval_of_no_width(void **state) {
    (void)state;
    struct pp_bootstrap bootstrap = {.statistic = median, .seed = 1, .resamples = 1000};
    const double values[] = {2, 2, 2, 2, 2, 2, 2};
    struct pp_bootstrap_intervals out = run(&bootstrap, values, 7);
    const struct pp_interval expected = {2, 2};
    assert_memory_equal(&out.percentile, &expected, sizeof expected);
    assert_memory_equal(&out.bca, &expected, sizeof expected);
}

/* A statistic beyond all resamples, and one that some resamples do not have. */
static double largest(double *values, size_t count, void *context) {
    (void)context;
    double most = values[0];
    for (size_t i = 1; i < count; i++)
        most = fmax(most, values[i]);
    return most;
}

static double nan_without_the_last(double *values, size_t count, void *context) {
    const double *last = context;
    for (size_t i = 0; i < count; i++)
        if (values[i] >= *last)
            return *last;
    return NAN;
}

static void odd_statistics_give_ordered_intervals_or_none(void **state) {
    (void)state;
    const double values[] = {1, 2, 3, 4, 5, 60};
    double last = 60;
    struct pp_bootstrap bootstrap = {.statistic = largest, .seed = 1, .resamples = 1000};
    struct pp_bootstrap_intervals out = run(&bootstrap, values, 6);
    assert_true(out.bca.low <= out.bca.high && out.bca.low >= 1 && out.bca.high <= 60);
    bootstrap =
        (struct pp_bootstrap){.statistic = nan_without_the_last, .context = &last, .seed = 1, .resamples = 1000};
    out = run(&bootstrap, values, 6);
    assert_true(fabs(out.value - 60) < 1e-12);
    assert_false(pp_interval_known(out.percentile) || pp_interval_known(out.bca));
}

/* BCa is there for skewed samples: of exponential ones it holds the mean more often than the percentile interval. */
static void bca_holds_the_mean_of_skewed_samples_more_often(void **state) {
    (void)state;
    enum { DRAWS = 600, COUNT = 20 };
    struct pp_rng rng = {8};
    int percentile = 0, bca = 0;
    for (int draw = 0; draw < DRAWS; draw++) {
        double values[COUNT];
        for (int i = 0; i < COUNT; i++)
            values[i] = -log(1 - pp_rng_real(&rng));
        struct pp_bootstrap bootstrap = {.statistic = mean, .seed = (uint64_t)draw, .resamples = 500};
        struct pp_bootstrap_intervals out = run(&bootstrap, values, COUNT);
        percentile += out.percentile.low <= 1 && out.percentile.high >= 1;
        bca += out.bca.low <= 1 && out.bca.high >= 1;
    }
    assert_true(bca > percentile && bca >= 0.9 * DRAWS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_agree_with_scipy),
        cmocka_unit_test(equal_seeds_give_equal_intervals_and_others_do_not),
        cmocka_unit_test(five_values_have_no_interval),
        cmocka_unit_test(equal_values_have_an_interval_of_no_width),
        cmocka_unit_test(odd_statistics_give_ordered_intervals_or_none),
        cmocka_unit_test(bca_holds_the_mean_of_skewed_samples_more_often),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
