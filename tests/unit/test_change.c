/* "Did it change?" on synthetic results whose answer is known. PPTEST_TABLE=1 prints the rates behind the limits. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pptest/rng.h"
#include "stats/change.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { LONGEST = 20, CASES = 5, PAIRS = 200 };

static bool near(double a, double b) { return fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b)); }

/* ---- synthetic results ---- */

enum shape { LOG_NORMAL, TWO_HUMPS, OUTLIERS, SHAPES };

static const char *const shape_names[] = {"log-normal", "two humps", "outliers"};

static double normal(struct pp_rng *rng) {
    double radius = sqrt(-2.0 * log(1.0 - pp_rng_real(rng)));
    return radius * cos(6.283185307179586 * pp_rng_real(rng));
}

/* Two humps: a third of the passes, four times the noise slower, as when the clock has two speeds. Outliers: one pass
 * in ten takes up to half as long again, as when something else ran. */
static double pass_time(struct pp_rng *rng, enum shape shape, double noise) {
    double log_time = noise * normal(rng);
    double chance = pp_rng_real(rng), more = pp_rng_real(rng);
    if (shape == TWO_HUMPS && chance < 1.0 / 3.0)
        log_time += 4.0 * noise;
    if (shape == OUTLIERS && chance < 0.1)
        log_time += log(1.0 + 0.5 * more);
    return exp(log_time);
}

struct setting {
    enum shape shape;
    double noise, slowdown;
    size_t passes;
};

/* As `pptest compare` would judge two files of CASES worker counts. */
static enum pp_change_verdict compare(struct pp_rng *rng, const struct setting *setting, double *scratch) {
    struct pp_change changes[CASES];
    for (size_t c = 0; c < CASES; c++) {
        double base[LONGEST], new[LONGEST];
        for (size_t i = 0; i < setting->passes; i++) {
            base[i] = pass_time(rng, setting->shape, setting->noise);
            new[i] = pass_time(rng, setting->shape, setting->noise) * (1.0 + setting->slowdown);
        }
        const struct pp_change_samples samples = {base, new, setting->passes, setting->passes};
        assert_int_equal(pp_change_measure(&samples, 0.01, scratch, &changes[c]), 0);
    }
    double p[CASES];
    size_t order[CASES];
    return pp_change_judge(changes, CASES, p, order);
}

struct rates {
    int of[3]; /* by verdict, of PAIRS */
};

static struct rates rates(const struct setting *setting) {
    struct pp_rng rng = {2024};
    struct rates rates = {{0}};
    double *scratch = malloc(pp_change_scratch(LONGEST, LONGEST) * sizeof *scratch);
    assert_non_null(scratch);
    for (int pair = 0; pair < PAIRS; pair++)
        rates.of[compare(&rng, setting, scratch)]++;
    free(scratch);
    if (getenv("PPTEST_TABLE") != NULL)
        printf(
            "%-10s noise %.0f %%, %2zu passes, slower by %2.0f %%: regressed %5.1f %%, no regression %5.1f %%, cannot "
            "tell %5.1f %%\n",
            shape_names[setting->shape], 100.0 * setting->noise, setting->passes, 100.0 * setting->slowdown,
            100.0 * rates.of[PP_CHANGE_REGRESSED] / PAIRS, 100.0 * rates.of[PP_CHANGE_NONE] / PAIRS,
            100.0 * rates.of[PP_CHANGE_UNKNOWN] / PAIRS);
    return rates;
}

static const double noises[] = {0.01, 0.03, 0.05};
static const size_t passes[] = {6, 10, 20};

static void results_of_the_same_build_rarely_regress(void **state) {
    (void)state;
    for (enum shape shape = 0; shape < SHAPES; shape++)
        for (size_t n = 0; n < COUNT(noises); n++)
            for (size_t p = 0; p < COUNT(passes); p++) {
                const struct setting setting = {shape, noises[n], 0.0, passes[p]};
                assert_in_range(rates(&setting).of[PP_CHANGE_REGRESSED], 0, PAIRS * 5 / 100);
            }
}

/* With noise of 5 %, or 6 passes and two humps, it may be missed, but is never called "no regression". More than 10
 * passes only make it easier. */
static void slowdown_of_a_tenth_is_found(void **state) {
    (void)state;
    for (enum shape shape = 0; shape < SHAPES; shape++)
        for (size_t n = 0; n < COUNT(noises); n++)
            for (size_t p = 0; passes[p] <= 10; p++) {
                const struct setting setting = {shape, noises[n], 0.1, passes[p]};
                struct rates found = rates(&setting);
                assert_int_equal(found.of[PP_CHANGE_NONE], 0);
                if (noises[n] <= 0.03 && passes[p] >= 10)
                    assert_in_range(found.of[PP_CHANGE_REGRESSED], PAIRS * 95 / 100, PAIRS);
            }
}

/* 0.5 % is less than what matters, so calling it a regression would be wrong as well. */
static void effect_too_small_to_matter_is_no_regression(void **state) {
    (void)state;
    const struct setting setting = {LOG_NORMAL, 0.001, 0.005, 10};
    struct rates found = rates(&setting);
    assert_int_equal(found.of[PP_CHANGE_REGRESSED], 0);
    assert_int_equal(found.of[PP_CHANGE_NONE], PAIRS);
}

/* ---- one case ---- */

static struct pp_change measure(const double *base, size_t n, const double *new, size_t m, double min_effect) {
    double *scratch = malloc(pp_change_scratch(n, m) * sizeof *scratch);
    assert_non_null(scratch);
    const struct pp_change_samples samples = {base, new, n, m};
    struct pp_change change;
    assert_int_equal(pp_change_measure(&samples, min_effect, scratch, &change), 0);
    free(scratch);
    return change;
}

static enum pp_change_verdict judge(struct pp_change *changes, size_t count) {
    double scratch[64];
    size_t order[64];
    assert_in_range(count, 0, 64);
    return pp_change_judge(changes, count, scratch, order);
}

static const double around_one[] = {0.98, 0.99, 1.0, 1.01, 1.02, 1.03};

static struct pp_change times(double factor, size_t count) {
    double new[COUNT(around_one)];
    for (size_t i = 0; i < count; i++)
        new[i] = around_one[i] * factor;
    return measure(around_one, count, new, count, 0.01);
}

static void change_is_the_median_ratio(void **state) {
    (void)state;
    assert_true(near(times(1.2, 6).change, 0.2));
    assert_true(near(times(0.5, 6).change, -0.5));
    const double base[] = {1.0, 2.0}, new[] = {8.0, 32.0}; /* ratios 4, 8, 16, 32 */
    struct pp_change change = measure(base, 2, new, 2, 0.01);
    assert_true(near(change.change, sqrt(8.0 * 16.0) - 1.0));
    assert_false(pp_interval_known(change.interval));
}

/* 95 % means that at least that share of intervals holds the truth. */
static void interval_holds_the_change(void **state) {
    (void)state;
    enum { DRAWS = 1000, N = 9, M = 7 };
    struct pp_rng rng = {7};
    int held = 0;
    for (int draw = 0; draw < DRAWS; draw++) {
        double base[N], new[M];
        for (size_t i = 0; i < N; i++)
            base[i] = pass_time(&rng, TWO_HUMPS, 0.03);
        for (size_t i = 0; i < M; i++)
            new[i] = 1.1 * pass_time(&rng, TWO_HUMPS, 0.03);
        struct pp_interval interval = measure(base, N, new, M, 0.01).interval;
        assert_true(pp_interval_known(interval));
        held += interval.low <= 0.1 && 0.1 <= interval.high;
    }
    assert_in_range(held, DRAWS * 945 / 1000, DRAWS - 1);
}

/* For one case, p values and interval are two views of the same thing. */
static void verdict_is_where_the_interval_lies(void **state) {
    (void)state;
    struct pp_rng rng = {11};
    bool seen[3] = {false};
    for (int draw = 0; draw < 500; draw++) {
        double base[10], new[10], slower = 1.0 + 0.02 * (double)(draw % 4);
        for (size_t i = 0; i < 10; i++) {
            base[i] = pass_time(&rng, LOG_NORMAL, 0.008);
            new[i] = slower *pass_time(&rng, LOG_NORMAL, 0.008);
        }
        struct pp_change change = measure(base, 10, new, 10, 0.01);
        enum pp_change_verdict verdict = judge(&change, 1);
        assert_int_equal(verdict, change.interval.low > 0.01    ? PP_CHANGE_REGRESSED
                                  : change.interval.high < 0.01 ? PP_CHANGE_NONE
                                                                : PP_CHANGE_UNKNOWN);
        seen[verdict] = true;
    }
    assert_true(seen[PP_CHANGE_NONE] && seen[PP_CHANGE_REGRESSED] && seen[PP_CHANGE_UNKNOWN]);
}

static void faster_is_no_regression_and_said(void **state) {
    (void)state;
    struct pp_change change = times(0.5, 6);
    assert_int_equal(judge(&change, 1), PP_CHANGE_NONE);
    assert_true(change.improved);
    change = times(2.0, 6);
    assert_int_equal(judge(&change, 1), PP_CHANGE_REGRESSED);
    assert_false(change.improved);
}

static void outlier_does_not_make_a_change(void **state) {
    (void)state;
    const double base[] = {1.0, 1.001, 1.002, 1.003, 1.004, 1.005};
    const double new[] = {1.0005, 1.0015, 1.0025, 1.0035, 1.0045, 50.0};
    struct pp_change change = measure(base, 6, new, 6, 0.01);
    assert_true(fabs(change.change) < 0.01);
    assert_int_not_equal(judge(&change, 1), PP_CHANGE_REGRESSED);
}

static void times_that_cannot_be_are_refused(void **state) {
    (void)state;
    const double good[] = {1.0, 2.0}, bad[][2] = {{1.0, 0.0}, {1.0, -1.0}, {NAN, 1.0}, {1.0, INFINITY}};
    double scratch[64];
    struct pp_change change;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct pp_change_samples samples = {good, bad[i], 2, 2};
        assert_int_equal(pp_change_measure(&samples, 0.01, scratch, &change), -EINVAL);
        samples = (struct pp_change_samples){bad[i], good, 2, 2};
        assert_int_equal(pp_change_measure(&samples, 0.01, scratch, &change), -EINVAL);
    }
    const struct pp_change_samples none = {good, good, 0, 2}, two = {good, good, 2, 2};
    assert_int_equal(pp_change_measure(&none, 0.01, scratch, &change), -EINVAL);
    assert_int_equal(pp_change_measure(&two, NAN, scratch, &change), -EINVAL);
    assert_int_equal(pp_change_measure(&two, -0.01, scratch, &change), -EINVAL);
}

/* ---- several cases ---- */

static void three_passes_cannot_tell_whatever_they_show(void **state) {
    (void)state;
    struct pp_change change = times(100.0, 3);
    assert_int_equal(judge(&change, 1), PP_CHANGE_UNKNOWN);
    assert_true(change.too_few);
    change = times(100.0, 4);
    assert_int_equal(judge(&change, 1), PP_CHANGE_REGRESSED);
    assert_false(change.too_few);
}

static void four_passes_are_too_few_for_two_cases(void **state) {
    (void)state;
    struct pp_change changes[] = {times(100.0, 4), times(0.01, 4)};
    assert_int_equal(judge(changes, 2), PP_CHANGE_UNKNOWN);
    assert_true(changes[0].too_few && changes[1].too_few);
    assert_false(changes[1].improved);
}

static void passes_needed_are_the_least_that_can_tell(void **state) {
    (void)state;
    assert_int_equal(pp_change_passes_needed(1), 4);
    assert_int_equal(pp_change_passes_needed(2), 5);
    assert_int_equal(pp_change_passes_needed(6), 5);
    assert_int_equal(pp_change_passes_needed(7), 6);
    assert_int_equal(pp_change_passes_needed(23), 6);
    assert_int_equal(pp_change_passes_needed(24), 7);
    struct pp_change changes[24];
    for (size_t i = 0; i < COUNT(changes); i++)
        changes[i] = times(2.0, 6);
    assert_int_equal(judge(changes, 24), PP_CHANGE_UNKNOWN);
    for (size_t i = 0; i < COUNT(changes); i++)
        changes[i] = times(2.0, 6);
    assert_int_equal(judge(changes, 23), PP_CHANGE_REGRESSED);
}

static void one_regression_among_many_is_a_regression(void **state) {
    (void)state;
    struct pp_change changes[] = {times(0.5, 6), times(1.0, 6), times(2.0, 6), times(0.5, 6)};
    assert_int_equal(judge(changes, 4), PP_CHANGE_REGRESSED);
    assert_int_equal(changes[0].verdict, PP_CHANGE_NONE);
    assert_int_equal(changes[1].verdict, PP_CHANGE_UNKNOWN);
    assert_int_equal(changes[2].verdict, PP_CHANGE_REGRESSED);
    assert_true(near(changes[2].p_above, 4.0 * 2.0 / 924.0)); /* Holm: the smallest of four */
}

static void one_unknown_among_many_is_unknown(void **state) {
    (void)state;
    struct pp_change changes[] = {times(0.5, 6), times(1.0, 6), times(0.5, 6)};
    assert_int_equal(judge(changes, 3), PP_CHANGE_UNKNOWN);
    changes[1] = times(0.5, 6);
    assert_int_equal(judge(changes, 3), PP_CHANGE_NONE);
    assert_int_equal(judge(changes, 0), PP_CHANGE_UNKNOWN);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_of_the_same_build_rarely_regress),
        cmocka_unit_test(slowdown_of_a_tenth_is_found),
        cmocka_unit_test(effect_too_small_to_matter_is_no_regression),
        cmocka_unit_test(change_is_the_median_ratio),
        cmocka_unit_test(interval_holds_the_change),
        cmocka_unit_test(verdict_is_where_the_interval_lies),
        cmocka_unit_test(faster_is_no_regression_and_said),
        cmocka_unit_test(outlier_does_not_make_a_change),
        cmocka_unit_test(times_that_cannot_be_are_refused),
        cmocka_unit_test(three_passes_cannot_tell_whatever_they_show),
        cmocka_unit_test(four_passes_are_too_few_for_two_cases),
        cmocka_unit_test(passes_needed_are_the_least_that_can_tell),
        cmocka_unit_test(one_regression_among_many_is_a_regression),
        cmocka_unit_test(one_unknown_among_many_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
