/* Mann-Whitney and Holm against SciPy and statsmodels (reference/compare.py), and what no package says. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pptest/rng.h"
#include "reference/compare_values.h"
#include "stats/holm.h"
#include "stats/mann_whitney.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool near(double a, double b) { return fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b)); }

/* Scratch is exactly as large as asked for, so that sanitizers see what is written past it. */
static struct pp_mann_whitney test(const double *base, size_t n, const double *new, size_t m) {
    double *scratch = calloc(pp_mann_whitney_scratch(n, m) + 1, sizeof *scratch);
    assert_non_null(scratch);
    struct pp_mann_whitney_null null = pp_mann_whitney_null(n, m, scratch);
    struct pp_mann_whitney result;
    assert_int_equal(pp_mann_whitney_test(&null, base, 1.0, new, &result), 0);
    free(scratch);
    return result;
}

static void p_values_are_those_of_scipy(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(reference_tests); i++) {
        const struct reference_test *want = &reference_tests[i];
        struct pp_mann_whitney got = test(want->base, want->base_count, want->new, want->new_count);
        assert_int_equal(got.exact, want->exact);
        assert_true(near(got.u, want->u));
        assert_true(near(got.greater, want->greater) && near(got.less, want->less));
        assert_true(near(got.two_sided, want->two_sided));
    }
}

static void holm_is_that_of_statsmodels(void **state) {
    (void)state;
    double p[COUNT(reference_p)];
    size_t order[COUNT(reference_p)];
    for (size_t i = 0; i < COUNT(p); i++)
        p[i] = reference_p[i];
    pp_holm(p, COUNT(p), order);
    for (size_t i = 0; i < COUNT(p); i++)
        assert_true(near(p[i], reference_holm[i]));
}

static void holm_of_one_changes_nothing(void **state) {
    (void)state;
    double p = 0.03;
    size_t order;
    pp_holm(&p, 1, &order);
    assert_true(near(p, 0.03));
    pp_holm(&p, 0, &order);
    assert_true(near(p, 0.03));
}

static void smallest_p_is_what_complete_separation_gives(void **state) {
    (void)state;
    assert_true(near(pp_mann_whitney_smallest_p(3, 3), 0.1));
    assert_true(near(pp_mann_whitney_smallest_p(4, 4), 2.0 / 70.0)); /* 0.029 */
    assert_true(near(pp_mann_whitney_smallest_p(1, 1), 1.0));
    double base[50], new[50];
    for (size_t i = 0; i < COUNT(base); i++) {
        base[i] = (double)i;
        new[i] = 1000.0 + (double)i;
    }
    for (size_t n = 1; n <= COUNT(base); n++)
        for (size_t m = 1; m <= COUNT(new); m += 7) {
            double p = test(base, n, new, m).two_sided;
            assert_true(near(p, pp_mann_whitney_smallest_p(n, m)));
        }
}

/* The normal approximation says 0.047 here, which three values against three cannot show. */
static void ties_do_not_make_p_impossibly_small(void **state) {
    (void)state;
    const double base[] = {1.0, 1.0, 1.0}, new[] = {2.0, 2.0, 2.0};
    struct pp_mann_whitney result = test(base, 3, new, 3);
    assert_false(result.exact);
    assert_true(near(result.two_sided, 0.1));
}

static void equal_values_say_nothing(void **state) {
    (void)state;
    const double same[] = {5.0, 5.0, 5.0, 5.0, 5.0, 5.0};
    struct pp_mann_whitney result = test(same, 6, same, 6);
    assert_true(near(result.u, 18.0));
    assert_true(near(result.greater, 1.0) && near(result.less, 1.0) && near(result.two_sided, 1.0));
}

static void distribution_is_symmetric_and_complete(void **state) {
    (void)state;
    enum { N = 13, M = 9, PAIRS = N * M };
    double *scratch = malloc(pp_mann_whitney_scratch(N, M) * sizeof *scratch);
    assert_non_null(scratch);
    const double *cumulative = pp_mann_whitney_null(N, M, scratch).cumulative;
    assert_true(near(cumulative[PAIRS], 1.0));
    for (size_t u = 0; u < PAIRS; u++)
        assert_true(fabs(cumulative[u] + cumulative[PAIRS - 1 - u] - 1.0) < 1e-12);
    free(scratch);
}

static void scale_multiplies_base_alone(void **state) {
    (void)state;
    const double base[] = {10.0, 11.0}, new[] = {10.5, 11.5};
    double scratch[3 * 5];
    assert_int_equal(pp_mann_whitney_scratch(2, 2), COUNT(scratch));
    struct pp_mann_whitney_null null = pp_mann_whitney_null(2, 2, scratch);
    struct pp_mann_whitney result;
    assert_int_equal(pp_mann_whitney_test(&null, base, 2.0, new, &result), 0);
    assert_true(near(result.u + 1.0, 1.0));
    assert_true(near(result.less, 1.0 / 6.0));
}

static void values_that_are_not_finite_are_refused(void **state) {
    (void)state;
    const double good[] = {1.0, 2.0}, bad[] = {1.0, NAN}, endless[] = {INFINITY, 1.0};
    double scratch[3 * 5];
    struct pp_mann_whitney_null null = pp_mann_whitney_null(2, 2, scratch);
    struct pp_mann_whitney result;
    assert_int_equal(pp_mann_whitney_test(&null, bad, 1.0, good, &result), -EINVAL);
    assert_int_equal(pp_mann_whitney_test(&null, good, 1.0, endless, &result), -EINVAL);
}

static void large_counts_need_no_scratch(void **state) {
    (void)state;
    assert_int_equal(pp_mann_whitney_scratch(51, 50), 0);
    assert_int_equal(pp_mann_whitney_scratch(SIZE_MAX, 2), 0);
    assert_int_equal(pp_mann_whitney_scratch(0, 5), 0);
}

/* Orders from the tables of the exact distribution: 5 and 5 values reach 95 % with the third differences from each end
 * (P(U <= 2) = 4/252), 3 and 3 not at all. */
static void interval_orders_are_those_of_the_tables(void **state) {
    (void)state;
    double scratch[6 * 26];
    struct pp_mann_whitney_null null = pp_mann_whitney_null(5, 5, scratch);
    assert_int_equal(pp_mann_whitney_order(&null, 0.025), 3);
    null = pp_mann_whitney_null(3, 3, scratch);
    assert_int_equal(pp_mann_whitney_order(&null, 0.025), 0);
    null = pp_mann_whitney_null(60, 60, NULL); /* 1800 - 1.96 sqrt(60 * 60 * 121 / 12) = 1426.6 */
    assert_in_range(pp_mann_whitney_order(&null, 0.025), 1426, 1427);
}

/* 2,000 pairs of samples from the same source: p is below 5 % in at most 5 % (with 3 standard errors of the draw). */
static void p_is_small_no_more_often_than_it_says(void **state) {
    (void)state;
    enum { DRAWS = 2000, N = 8, M = 11 };
    int small = 0;
    double values[N + M];
    for (uint64_t draw = 0; draw < DRAWS; draw++) {
        pp_rng_fill_reals(draw + 1, values, N + M, 0.0, 1.0);
        small += test(values, N, values + N, M).two_sided <= 0.05;
    }
    assert_in_range(small, 60, 129);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p_values_are_those_of_scipy),
        cmocka_unit_test(holm_is_that_of_statsmodels),
        cmocka_unit_test(holm_of_one_changes_nothing),
        cmocka_unit_test(smallest_p_is_what_complete_separation_gives),
        cmocka_unit_test(ties_do_not_make_p_impossibly_small),
        cmocka_unit_test(equal_values_say_nothing),
        cmocka_unit_test(distribution_is_symmetric_and_complete),
        cmocka_unit_test(scale_multiplies_base_alone),
        cmocka_unit_test(values_that_are_not_finite_are_refused),
        cmocka_unit_test(large_counts_need_no_scratch),
        cmocka_unit_test(interval_orders_are_those_of_the_tables),
        cmocka_unit_test(p_is_small_no_more_often_than_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
