/* Waiting by looking: first awake, then asleep for a share of the time, and never for longer than allowed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/prctl.h>

#include "base/clock.h"
#include "exec/lull.h"

static void begins_awake(void **state) {
    (void)state;
    struct pp_lull lull = {0};
    for (int i = 0; i < 10; i++)
        assert_int_equal(pp_lull_pause(&lull, PP_NS_PER_S), 0);
}

/* However long nothing has come: asleep for what is allowed and not for a share of it, which would be minutes. */
static void sleeps_no_longer_than_allowed(void **state) {
    (void)state;
    const uint64_t an_hour_ns = 3600 * PP_NS_PER_S;
    struct pp_lull lull = {.looks = 1000, .since_ns = pp_clock_ns() - an_hour_ns};
    uint64_t start_ns = pp_clock_ns();
    assert_int_equal(pp_lull_pause(&lull, 1000), 1);
    uint64_t spent_ns = pp_clock_ns() - start_ns;
    assert_true(spent_ns >= 1000);
    assert_true(spent_ns < an_hour_ns / 100);
}

static void sleeps_for_a_share_of_the_time(void **state) {
    (void)state;
    struct pp_lull lull = {.looks = 1000, .since_ns = pp_clock_ns() - 8000000};
    uint64_t start_ns = pp_clock_ns();
    assert_int_equal(pp_lull_pause(&lull, UINT64_MAX), 1);
    assert_true(pp_clock_ns() - start_ns >= 1000000);
}

/* A task that sleeps after it must find the system's own. */
static void leaves_the_timer_slack_as_it_was(void **state) {
    (void)state;
    int before = prctl(PR_GET_TIMERSLACK);
    struct pp_lull lull = {.looks = 1000};
    assert_int_equal(pp_lull_pause(&lull, 1000), 1);
    assert_int_equal(prctl(PR_GET_TIMERSLACK), before);
}

/* sqrt(2 x 1 s x 3 µs / 6) is 1 ms, and for a thousandth of the task the 1000th part of it squared. */
static void weighs_waking_against_waiting(void **state) {
    (void)state;
    assert_in_range(pp_lull_best_ns(1e9, 6), 999999, 1000001);
    assert_in_range(pp_lull_best_ns(1e7, 6), 99999, 100001);
    assert_int_equal(pp_lull_best_ns(1e12, 1), 1000000);
    assert_int_equal(pp_lull_best_ns(1.0, 64), 10000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(begins_awake),
        cmocka_unit_test(sleeps_no_longer_than_allowed),
        cmocka_unit_test(sleeps_for_a_share_of_the_time),
        cmocka_unit_test(leaves_the_timer_slack_as_it_was),
        cmocka_unit_test(weighs_waking_against_waiting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
