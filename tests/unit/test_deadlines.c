/* Deadlines of many waiters: whoever is added and removed in whatever order, the earliest comes first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exec/deadlines.h"
#include "pptest/rng.h"

enum { WAITERS = 500 };

static void the_earliest_deadline_is_first(void **state) {
    (void)state;
    static struct pp_deadline waiters[WAITERS];
    struct pp_deadlines deadlines;
    struct pp_rng rng = {.state = 5};
    assert_int_equal(pp_deadlines_open(&deadlines, WAITERS), 0);
    for (size_t i = 0; i < WAITERS; i++)
        pp_deadlines_add(&deadlines, &waiters[i], pp_rng_next(&rng) % 200);
    for (size_t i = 0; i < WAITERS; i += 3) {
        pp_deadlines_remove(&deadlines, &waiters[i]);
        pp_deadlines_remove(&deadlines, &waiters[i]); /* it is not there any more */
    }
    size_t left = WAITERS - (WAITERS + 2) / 3;
    assert_int_equal(deadlines.count, left);
    uint64_t last_ns = 0;
    for (struct pp_deadline *first; (first = pp_deadlines_first(&deadlines)); left--) {
        assert_true(first->at_ns >= last_ns);
        assert_int_not_equal((first - waiters) % 3, 0);
        last_ns = first->at_ns;
        pp_deadlines_remove(&deadlines, first);
    }
    assert_int_equal(left, 0);
    pp_deadlines_close(&deadlines);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_earliest_deadline_is_first)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
