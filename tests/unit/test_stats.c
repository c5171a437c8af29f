/* Summaries of repeated measurements. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stats/summary.h"

static struct pp_summary of(const double *values, size_t count) {
    struct pp_summary summary = {0};
    for (size_t i = 0; i < count; i++)
        pp_summary_add(&summary, values[i]);
    return summary;
}

static bool near(double a, double b) { return fabs(a - b) <= 1e-12 * fmax(fabs(a), fabs(b)); }

static void one_value_is_its_own_summary(void **state) {
    (void)state;
    const double value = -3.5;
    struct pp_summary summary = of(&value, 1);
    assert_int_equal(summary.count, 1);
    assert_true(near(summary.mean, value) && near(summary.min, value) && near(summary.max, value));
}

static void mean_and_extremes(void **state) {
    (void)state;
    const double values[] = {4.0, 1.0, 9.0, 2.0};
    struct pp_summary summary = of(values, 4);
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
    struct pp_summary summary = {0};
    for (int i = 0; i < 1000000; i++)
        pp_summary_add(&summary, 0.1);
    assert_true(near(summary.mean, 0.1));
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_value_is_its_own_summary), cmocka_unit_test(mean_and_extremes),
        cmocka_unit_test(extremes_of_one_sign),         cmocka_unit_test(small_values_do_not_vanish_in_a_sum),
        cmocka_unit_test(large_values_do_not_overflow), cmocka_unit_test(order_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
