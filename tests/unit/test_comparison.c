/* Two results: is it the same work, and which cases are held against each other? */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analysis/comparison.h"
#include "analysis/summary.h"
#include "two_results.h"

/* Builds with sanitizers are slow, and judge memory rather than error rates. */
#ifdef PP_NO_SIMD
enum { PAIRS = 20 };
#else
enum { PAIRS = 200 };
#endif

static void assert_compared(enum pp_change_verdict answer) {
    assert_int_equal(compare(), 0);
    assert_int_equal(comparison.answer, answer);
}

static void assert_not_comparable(const char *words) {
    assert_int_equal(compare(), -EINVAL);
    assert_string_equal(error.text, words);
}

/* ---- is it the same work? ---- */

static void other_work_is_not_compared(void **state) {
    (void)state;
    set(6, same, 0, NULL);
    fresh.result.task = "other";
    assert_not_comparable("not the same work: task made in one and other in the other");
    set(6, same, 0, NULL);
    strcpy(fresh.result.details, "8");
    assert_not_comparable("not the same work: arguments 7 in one and 8 in the other");
    set(6, same, 0, NULL);
    fresh.result.task_count = 101;
    assert_not_comparable("not the same work: 100 tasks a pass, and 101");
    set(6, same, 0, NULL);
    strcpy(fresh.result.check, "1");
    assert_not_comparable("not the same work: check value 00000000deadbeef in one and 1 in the other");
}

static void work_that_varies_adds_up_to_other_values(void **state) {
    (void)state;
    set(6, same, 0, NULL);
    strcpy(fresh.result.check, "1");
    base.result.varies = fresh.result.varies = true;
    assert_compared(PP_CHANGE_NONE);
}

static void without_a_case_in_common_nothing_can_be_said(void **state) {
    (void)state;
    static const char words[] = "the two results have no case in common that did all its work";
    synthetic_set(&base, (const int[]){1, 2, -1});
    synthetic_set(&fresh, (const int[]){3, 4, -1});
    synthetic_fill(&base, steady, 6, 0, NULL);
    synthetic_fill(&fresh, steady, 6, 0, NULL);
    assert_not_comparable(words);
    set(6, same, 0, NULL);
    fresh.result.check[0] = '\0'; /* where no pass did all its work, there is nothing to add up */
    for (size_t i = 0; i < 3; i++)
        fresh.cases[i].failed = 1;
    assert_not_comparable(words);
    synthetic_set(&base, three);
    synthetic_set(&fresh, (const int[]){-1});
    assert_not_comparable(words);
}

/* As a file may hold them. */
static void totals_that_are_no_times_are_refused(void **state) {
    (void)state;
    set(6, same, 0, NULL);
    fresh.passes[1][2].total_s = 0;
    assert_not_comparable("parallel_2: a total time that is not greater than 0");
    set(6, same, 0, NULL);
    for (size_t i = 0; i < 6; i++)
        base.passes[0][i].total_s = NAN;
    assert_not_comparable("sequential: a total time that is not greater than 0");
}

/* ---- which cases? ---- */

static void cases_are_matched_in_any_order(void **state) {
    (void)state;
    set(6, same, 0, NULL);
    synthetic_set(&fresh, (const int[]){8, 4, 0, -1});
    synthetic_fill(&fresh, (const double[]){9, 1.5, 4}, 6, 0, NULL);
    assert_compared(PP_CHANGE_REGRESSED);
    assert_true(comparison.case_count == 2 && comparison.only_base == 1 && comparison.only_new == 1);
    assert_string_equal(comparison.cases[0].name, "sequential");
    assert_true(comparison.cases[0].base_s == 4 && comparison.cases[0].new_s == 4);
    assert_string_equal(comparison.cases[1].name, "parallel_4");
    assert_true(comparison.cases[1].base_s == 1 && comparison.cases[1].new_s == 1.5);
    assert_true(fabs(comparison.cases[1].change.change - 0.5) < 1e-9);
}

static void chunk_size_and_library_threads_must_be_equal(void **state) {
    (void)state;
    set(6, same, 0, NULL);
    fresh.cases[1].chunk_size = 7;
    base.cases[2].library_threads = 2;
    assert_compared(PP_CHANGE_UNKNOWN); /* nothing is shown of the other two */
    assert_true(comparison.case_count == 1 && comparison.only_base == 2 && comparison.only_new == 2);
    set(6, same, 0, NULL);
    fresh.cases[1].chunk_size = base.cases[1].chunk_size = 7;
    fresh.cases[2].library_threads = base.cases[2].library_threads = 2;
    assert_compared(PP_CHANGE_NONE);
    assert_true(comparison.case_count == 3 && comparison.only_base == 0 && comparison.only_new == 0);
}

/* In a run that swept something else the same case has another name. */
static void names_do_not_match_cases(void **state) {
    (void)state;
    set(6, same, 0, NULL);
    fresh.cases[1].name = "parallel_2 fork";
    assert_compared(PP_CHANGE_NONE);
    assert_true(comparison.case_count == 3 && comparison.only_base == 0 && comparison.only_new == 0);
    assert_string_equal(comparison.cases[1].name, "parallel_2");
}

static void everything_that_cases_differ_in_must_be_equal(void **state) {
    (void)state;
    for (int i = 0; i < 6; i++) {
        set(6, same, 0, NULL);
        struct pp_case_result *each = &fresh.cases[1];
        each->executor = i == 0 ? "thread" : "process";
        each->start_method = i == 1 ? PP_START_SPAWN : PP_START_FORK;
        each->transfer.input = i == 2 ? PP_INPUT_PIPE : PP_INPUT_INHERIT;
        each->transfer.result = i == 3 ? PP_RESULT_SHARED : PP_RESULT_DIGEST;
        each->pin = i == 4 ? PP_PIN_COMPACT : PP_PIN_NONE;
        each->workers = i == 5 ? 3 : 2;
        assert_compared(PP_CHANGE_UNKNOWN);
        assert_true(comparison.case_count == 2 && comparison.only_base == 1 && comparison.only_new == 1);
    }
    set(6, same, 0, NULL);
    base.cases[1].executor = fresh.cases[1].executor = "thread";
    fresh.cases[1].start_method = PP_START_SPAWN; /* threads have none */
    fresh.cases[0].pin = PP_PIN_COMPACT;          /* and plain calls no workers to pin */
    fresh.cases[0].chunk_size = 7;
    assert_compared(PP_CHANGE_NONE);
    assert_int_equal(comparison.case_count, 3);
}

static void cases_that_failed_are_not_compared(void **state) {
    (void)state;
    set(6, (const double[]){1, 1, 2}, 0, NULL);
    fresh.cases[2].failed = 1;
    assert_compared(PP_CHANGE_UNKNOWN); /* work that is not done any more is no good news */
    assert_true(comparison.case_count == 2 && comparison.only_base == 1 && comparison.only_new == 1);
}

static void repeated_passes_are_not_compared(void **state) {
    (void)state;
    set(6, same, 0, NULL);
    for (size_t i = 0; i < 4; i++)
        synthetic_add(&fresh, 1, 5, 100)->repeated = true;
    assert_compared(PP_CHANGE_NONE);
    assert_true(comparison.cases[1].base_passes == 6 && comparison.cases[1].new_passes == 6);
    assert_true(comparison.cases[1].new_s == 2);
}

/* ---- how many workers? ---- */

static void the_verdict_moves_when_neither_explains_the_other(void **state) {
    (void)state;
    set(6, (const double[]){1, 1, 3}, 0, NULL);
    assert_compared(PP_CHANGE_REGRESSED);
    assert_true(comparison.workers_known && comparison.workers_sure && comparison.workers_moved);
    assert_true(comparison.base_workers == 4 && comparison.new_workers == 2);
    fresh.result.verdict.interval.high = 4;
    assert_int_equal(pp_compare(&base.result, &fresh.result, 0.01, &base.arena, &comparison, &error), 0);
    assert_true(comparison.workers_known && comparison.workers_sure && !comparison.workers_moved);
}

/* Its interval is one of workers, which says nothing about others. */
static void verdicts_of_different_kinds_are_both_named(void **state) {
    (void)state;
    set(6, same, 0, NULL);
    fresh.cases[2].executor = "thread";
    fresh.cases[2].name = "thread_4";
    assert_compared(PP_CHANGE_UNKNOWN);
    assert_true(comparison.workers_known && !comparison.same_kind && !comparison.workers_sure);
    assert_false(comparison.workers_moved);
    assert_string_equal(comparison.base_name, "parallel_4");
    assert_string_equal(comparison.new_name, "thread_4");
}

static void few_passes_cannot_tell_whether_it_moved(void **state) {
    (void)state;
    set(4, (const double[]){1, 1, 3}, 0, NULL);
    assert_compared(PP_CHANGE_UNKNOWN);
    assert_true(comparison.workers_known && !comparison.workers_sure && !comparison.workers_moved);
    set(1, same, 0, NULL);
    assert_compared(PP_CHANGE_UNKNOWN);
    assert_false(comparison.workers_known);
}

/* ---- can it be trusted? ---- */

static size_t regressions(const double factors[3]) {
    struct pp_rng rng = {5};
    size_t found = 0;
    for (size_t i = 0; i < PAIRS; i++) {
        set(10, factors, 0.03, &rng);
        assert_int_equal(pp_analysis_summarise(&base.result, &base.arena), 0);
        assert_int_equal(pp_analysis_summarise(&fresh.result, &fresh.arena), 0);
        assert_int_equal(pp_compare(&base.result, &fresh.result, 0.01, &base.arena, &comparison, &error), 0);
        found += comparison.answer == PP_CHANGE_REGRESSED;
    }
    return found;
}

static void equal_results_hardly_ever_regress(void **state) {
    (void)state;
    assert_true(20 * regressions(same) <= PAIRS);
}

static void a_tenth_slower_is_nearly_always_found(void **state) {
    (void)state;
    assert_true(20 * regressions((const double[]){1.1, 1.1, 1.1}) >= 19 * PAIRS);
    assert_true(20 * regressions((const double[]){1, 1, 1.1}) >= 19 * PAIRS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(other_work_is_not_compared, tear_down),
        cmocka_unit_test_teardown(work_that_varies_adds_up_to_other_values, tear_down),
        cmocka_unit_test_teardown(without_a_case_in_common_nothing_can_be_said, tear_down),
        cmocka_unit_test_teardown(totals_that_are_no_times_are_refused, tear_down),
        cmocka_unit_test_teardown(cases_are_matched_in_any_order, tear_down),
        cmocka_unit_test_teardown(chunk_size_and_library_threads_must_be_equal, tear_down),
        cmocka_unit_test_teardown(names_do_not_match_cases, tear_down),
        cmocka_unit_test_teardown(everything_that_cases_differ_in_must_be_equal, tear_down),
        cmocka_unit_test_teardown(cases_that_failed_are_not_compared, tear_down),
        cmocka_unit_test_teardown(repeated_passes_are_not_compared, tear_down),
        cmocka_unit_test_teardown(the_verdict_moves_when_neither_explains_the_other, tear_down),
        cmocka_unit_test_teardown(verdicts_of_different_kinds_are_both_named, tear_down),
        cmocka_unit_test_teardown(few_passes_cannot_tell_whether_it_moved, tear_down),
        cmocka_unit_test_teardown(equal_results_hardly_ever_regress, tear_down),
        cmocka_unit_test_teardown(a_tenth_slower_is_nearly_always_found, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
