/* Cases that differ in more than their workers: what belongs together, and how it is printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analysis/series.h"
#include "report/report.h"
#include "result/dimension.h"
#include "series_rows.h"

static void each_executor_is_a_series_with_the_sequential_case(void **state) {
    (void)state;
    set(two_executors, ROUNDS);
    synthetic_analyse(&made);
    assert_int_equal(made.result.series_count, 2);
    const struct pp_case_series *processes = &made.result.series[0], *threads = &made.result.series[1];
    assert_string_equal(processes->name, "executor process");
    assert_string_equal(threads->name, "executor thread");
    assert_int_equal(processes->case_count, 5);
    assert_int_equal(threads->case_count, 5);
    assert_string_equal(processes->cases[0], "sequential_0");
    assert_string_equal(threads->cases[0], "sequential_0");
    assert_string_equal(threads->cases[4], "thread_8");
    assert_string_equal(processes->use, "process_4");
    assert_string_equal(threads->use, "thread_4"); /* 2.1 x 0.95 < 2.0 */
    assert_int_equal(threads->workers, 4);
    assert_int_equal(processes->limiter, PP_LIMITER_MEMORY); /* of process_8 */
}

static void one_sequential_case_is_the_base_of_all(void **state) {
    (void)state;
    set(two_executors, ROUNDS);
    synthetic_analyse(&made);
    for (size_t i = 0; i < made.result.case_count; i++)
        assert_string_equal(made.cases[i].speedup.base, "sequential_0");
    assert_near(find("process_4")->speedup.value, 8 / 2.4);
    assert_near(find("thread_8")->speedup.value, 4.0);
    assert_near(find("thread_8")->efficiency, 0.5);
}

static void without_a_sequential_case_each_series_has_its_own_base(void **state) {
    (void)state;
    set((const struct row[]){{.by = "process", 4, 2},
                             {.by = "process", 2, 3},
                             {.by = "thread", 1, 5},
                             {.by = "thread", 4, 1},
                             {.by = NULL}},
        ROUNDS);
    synthetic_analyse(&made);
    assert_string_equal(find("process_4")->speedup.base, "process_2");
    assert_near(find("process_4")->speedup.value, 1.5);
    assert_near(find("process_4")->efficiency, 0.75); /* twice the workers do one and a half times as much */
    assert_near(find("process_2")->efficiency, 1.0);
    assert_string_equal(find("thread_4")->speedup.base, "thread_1");
    assert_near(find("thread_4")->speedup.value, 5.0);
    assert_ptr_equal(pp_reference_case(&made.result, find("process_4")), find("process_2"));
}

/* What a case costs more than another series does is no loss of its workers. */
static void limiters_ask_within_a_series(void **state) {
    (void)state;
    set((const struct row[]){{.by = "process", 1, 4},
                             {.by = "process", 2, 2},
                             {.by = "thread", 1, 8},
                             {.by = "thread", 2, 4},
                             {.by = NULL}},
        ROUNDS);
    synthetic_analyse(&made);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(made.cases[i].limiter, PP_LIMITER_NONE);
    assert_ptr_equal(pp_next_case(&made.result, find("thread_1"), find("thread_1")), find("thread_2"));
    assert_null(pp_next_case(&made.result, find("thread_1"), find("thread_2")));
}

static void each_series_has_its_models(void **state) {
    (void)state;
    set((const struct row[]){{.by = "sequential", 0, 8},
                             {.by = "process", 1, 8},
                             {.by = "process", 2, 4},
                             {.by = "process", 4, 2},
                             {.by = "thread", 1, 8},
                             {.by = "thread", 2, 6},
                             {.by = "thread", 4, 5},
                             {.by = "async", 8, 8},
                             {.by = NULL}},
        ROUNDS);
    synthetic_analyse(&made);
    assert_int_equal(made.result.model_count, 4); /* roof and amdahl of two series */
    assert_string_equal(made.result.models[0].series, "executor process");
    assert_string_equal(made.result.models[3].series, "executor thread");
    assert_near(made.result.models[1].sigma, 0);
    assert_near(made.result.models[3].sigma, 0.5);
    assert_string_equal(made.result.series[1].model_remark, "fewer than six worker counts: not to be extrapolated");
    assert_string_equal(made.result.model_remark, made.result.series[0].model_remark);
}

static void start_methods_make_series_of_processes_only(void **state) {
    (void)state;
    set((const struct row[]){{.by = "sequential", 0, 4},
                             {.by = "process", 1, 4},
                             {.by = "process", 1, 5, .start_method = PP_START_SPAWN},
                             {.by = "thread", 1, 4, .start_method = PP_START_SPAWN},
                             {.by = "thread", 2, 3, .start_method = PP_START_FORK},
                             {.by = NULL}},
        ROUNDS);
    synthetic_analyse(&made);
    assert_int_equal(made.result.series_count, 3);
    assert_string_equal(made.result.series[1].name, "executor process, start method spawn");
    assert_string_equal(made.result.series[2].name, "executor thread");
    assert_int_equal(made.result.series[2].case_count, 3);
}

static void threads_are_workers_times_those_of_the_library(void **state) {
    (void)state;
    set((const struct row[]){{.by = "process", 4, 1, .library_threads = 2, .inner_threads = 2},
                             {.by = "thread", 4, 1, .inner_threads = 3},
                             {.by = "async", 64, 1},
                             {.by = "async-blocking", 64, 1, .library_threads = 2},
                             {.by = "sequential", 0, 1, .inner_threads = 8},
                             {.by = "mpi", 3, 1},
                             {.by = NULL}},
        ROUNDS);
    const double threads[] = {8, 12, 1, 2, 8, 3};
    for (size_t i = 0; i < 6; i++)
        assert_true(pp_case_threads(&made.cases[i]) == threads[i]);
}

/* ---- what is printed ---- */

static void assert_says(const char *words) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    pp_console_write(&made.result, &PP_TERMINAL_NONE, out);
    assert_int_equal(fclose(out), 0);
    if (!strstr(text, words))
        fail_msg("\"%s\" is not in:\n%s", words, text);
    free(text);
}

static void the_console_names_cases_where_numbers_do_not_tell(void **state) {
    (void)state;
    set(two_executors, ROUNDS);
    synthetic_analyse(&made);
    assert_says("\n  fastest: thread_8 (5.0 % faster, ");
    assert_says("\n  executor process: process_4 (14.3 % slower, 95 %: 14.3 to 14.3 %)\n");
    set((const struct row[]){{.by = "process", 2, 2}, {.by = "process", 4, 1}, {.by = NULL}}, ROUNDS);
    synthetic_analyse(&made);
    assert_says("\n  speed-ups are against process_2\n");
    set((const struct row[]){{.by = "process", 2, 2}, {.by = "thread", 2, 1}, {.by = NULL}}, ROUNDS);
    synthetic_analyse(&made);
    assert_says("\n  speed-ups are against the fewest workers of the same kind\n");
}

/* Its column is about the sequential case. */
static void the_csv_has_no_speedup_against_others(void **state) {
    (void)state;
    set((const struct row[]){{.by = "process", 2, 2}, {.by = "process", 4, 1}, {.by = NULL}}, ROUNDS);
    synthetic_analyse(&made);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(pp_reporter_csv.write(&made.result, out), 0);
    assert_int_equal(fclose(out), 0);
    assert_non_null(strstr(text, "\r\nprocess_2,2,7,100,0,2,0.04,2,50,,1,"));
    assert_non_null(strstr(text, "\r\nprocess_4,4,7,100,0,1,0.04,1,100,,1,"));
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(each_executor_is_a_series_with_the_sequential_case, tear_down),
        cmocka_unit_test_teardown(one_sequential_case_is_the_base_of_all, tear_down),
        cmocka_unit_test_teardown(without_a_sequential_case_each_series_has_its_own_base, tear_down),
        cmocka_unit_test_teardown(limiters_ask_within_a_series, tear_down),
        cmocka_unit_test_teardown(each_series_has_its_models, tear_down),
        cmocka_unit_test_teardown(start_methods_make_series_of_processes_only, tear_down),
        cmocka_unit_test_teardown(threads_are_workers_times_those_of_the_library, tear_down),
        cmocka_unit_test_teardown(the_console_names_cases_where_numbers_do_not_tell, tear_down),
        cmocka_unit_test_teardown(the_csv_has_no_speedup_against_others, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
