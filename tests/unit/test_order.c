/* The order in which rounds visit the cases: balanced, seeded, and the same each time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "plan/order.h"

enum { CASES_MAX = 12 };

static void each_round_visits_every_case_once(void **state) {
    (void)state;
    for (size_t cases = 1; cases <= CASES_MAX; cases++)
        for (uint64_t round = 0; round < 50; round++) {
            size_t order[CASES_MAX], seen[CASES_MAX] = {0};
            pp_plan_order(3, round, cases, order);
            for (size_t i = 0; i < cases; i++) {
                assert_true(order[i] < cases);
                assert_int_equal(seen[order[i]]++, 0);
            }
        }
}

static void each_case_stands_in_each_position_equally_often(void **state) {
    (void)state;
    for (size_t cases = 1; cases <= CASES_MAX; cases++)
        for (uint64_t seed = 0; seed < 5; seed++) {
            size_t times[CASES_MAX][CASES_MAX] = {{0}}, order[CASES_MAX];
            for (uint64_t round = 0; round < 3 * cases; round++) {
                pp_plan_order(seed, round, cases, order);
                for (size_t i = 0; i < cases; i++)
                    times[order[i]][i]++;
            }
            for (size_t each = 0; each < cases; each++)
                for (size_t position = 0; position < cases; position++)
                    assert_int_equal(times[each][position], 3);
        }
}

static void each_case_follows_each_other_one_equally_often(void **state) {
    (void)state;
    for (size_t cases = 2; cases <= CASES_MAX; cases++) {
        size_t times[CASES_MAX][CASES_MAX] = {{0}}, order[CASES_MAX];
        for (uint64_t round = 0; round < 2 * cases; round++) {
            pp_plan_order(11, round, cases, order);
            for (size_t i = 1; i < cases; i++)
                times[order[i - 1]][order[i]]++;
        }
        for (size_t before = 0; before < cases; before++)
            for (size_t after = 0; after < cases; after++)
                assert_int_equal(times[before][after], before == after ? 0 : 2);
    }
}

static void the_seed_decides(void **state) {
    (void)state;
    size_t first[7], again[7];
    bool differs = false;
    for (uint64_t seed = 0; seed < 10; seed++) {
        pp_plan_order(1, 0, 7, first);
        pp_plan_order(1, 0, 7, again);
        assert_memory_equal(first, again, sizeof first);
        pp_plan_order(seed + 2, 0, 7, again);
        differs |= memcmp(first, again, sizeof first) != 0;
    }
    assert_true(differs);
}

/* No case is first more often than chance makes it, over many seeds. */
static void the_first_round_favours_none(void **state) {
    (void)state;
    size_t firsts[4] = {0}, order[4];
    for (uint64_t seed = 0; seed < 4000; seed++) {
        pp_plan_order(seed, 0, 4, order);
        firsts[order[0]]++;
    }
    for (size_t i = 0; i < 4; i++)
        assert_in_range(firsts[i], 850, 1150); /* 1000, five standard deviations either way */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_round_visits_every_case_once),
        cmocka_unit_test(each_case_stands_in_each_position_equally_often),
        cmocka_unit_test(each_case_follows_each_other_one_equally_often),
        cmocka_unit_test(the_seed_decides),
        cmocka_unit_test(the_first_round_favours_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
