/* Cases that differ in more than their workers: what is chosen among all of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "series_rows.h"

static void the_verdict_names_the_executor_where_there_are_several(void **state) {
    (void)state;
    set(two_executors, ROUNDS);
    assert_verdict("use 4 workers (executor thread; 95 %: 4): within 5 % of the best (thread_8), 48 % less CPU; stops "
                   "at: memory bandwidth or caches");
    const struct pp_verdict *verdict = &made.result.verdict;
    assert_string_equal(verdict->executor, "thread");
    assert_string_equal(verdict->name, "thread_4");
    assert_string_equal(verdict->series, "executor thread");
    assert_true(verdict->threads == 4 && verdict->interval.low == 4 && verdict->interval.high == 4);
    assert_string_equal(verdict->reason,
                        "thread_4 does 47.62 tasks/s for 8.4 CPU s a pass; the fastest, thread_8, 50 for 16");
    assert_alternative("executor", "process", "process_4", "14.3 % slower, 95 %: 14.3 to 14.3 %");
    assert_near(alternative("executor", "process")->slower, 2.4 / 2.1 - 1);
    assert_null(alternative("executor", "thread"));
    assert_non_null(alternative("fastest", ""));
}

/* All within 5 %: threads decide, then workers, then CPU time, then the order of the config. */
static void ties_go_to_what_occupies_fewer_cpus(void **state) {
    (void)state;
    set(
        (const struct row[]){
            {.by = "process", 4, 1}, {.by = "async", 16, 1.04}, {.by = "thread", 2, 1.04}, {.by = NULL}},
        ROUNDS);
    assert_verdict("use 16 workers (executor async; 95 %: 16): within 5 % of the best (process_4); "
                   "nothing stopped it yet: measure more workers");
    assert_true(made.result.verdict.threads == 1);
    set(
        (const struct row[]){
            {.by = "process", 4, 1}, {.by = "async", 16, 1.1}, {.by = "thread", 2, 1.04}, {.by = NULL}},
        ROUNDS);
    synthetic_analyse(&made);
    assert_string_equal(made.result.verdict.name, "thread_2");
    set((const struct row[]){{.by = "process", 2, 1, 2, 2},
                             {.by = "process", 4, 1, 1, 1},
                             {.by = "process", 1, 1.02, 4, 4},
                             {.by = NULL}},
        ROUNDS);
    synthetic_analyse(&made);
    assert_string_equal(made.result.verdict.name, "process_1 t=4");
    set((const struct row[]){{.by = "process", 2, 1}, {.by = "thread", 2, 1}, {.by = NULL}}, ROUNDS);
    synthetic_analyse(&made);
    assert_string_equal(made.result.verdict.name, "process_2");
    for (size_t i = 0; i < ROUNDS; i++)
        made.passes[1][i].cpu_user_s = 1.9;
    synthetic_analyse(&made);
    assert_string_equal(made.result.verdict.name, "thread_2");
}

static void what_cannot_be_told_apart_is_said(void **state) {
    (void)state;
    set((const struct row[]){{.by = "process", 2, 1},
                             {.by = "process", 4, 2},
                             {.by = "thread", 2, 1},
                             {.by = "thread", 4, 2},
                             {.by = NULL}},
        8);
    const double shifts[] = {0.97, 1.03, 0.98, 1.02, 0.99, 1.01, 0.96, 1.04};
    for (size_t i = 0; i < 8; i++)
        made.passes[2][i].total_s = 1.01 * shifts[i];
    synthetic_analyse(&made);
    assert_string_equal(made.result.verdict.name, "process_2");
    assert_alternative("executor", "thread", "thread_2", "1.0 % slower, not distinguishable");
    set((const struct row[]){{.by = "process", 2, 1}, {.by = "thread", 2, 1.5}, {.by = NULL}}, 4);
    synthetic_analyse(&made);
    assert_alternative("executor", "thread", "thread_2", "50.0 % slower, no interval: 4 passes");
}

/* The interval is about the number of workers of the chosen kind, whatever stands between in cost. */
static void the_interval_is_that_of_the_series(void **state) {
    (void)state;
    set((const struct row[]){{.by = "async", 64, 9},
                             {.by = "thread", 1, 4},
                             {.by = "thread", 2, 1},
                             {.by = "process", 3, 5},
                             {.by = "thread", 4, 1},
                             {.by = NULL}},
        0);
    const double shifts[] = {0.94, 1.06, 0.97, 1.03, 0.96, 1.04};
    for (size_t round = 0; round < ROUNDS; round++) {
        synthetic_add(&made, 0, round, 9.0);
        synthetic_add(&made, 1, round, 4.0);
        synthetic_add(&made, 2, round, 1.0 / 0.955 * shifts[round]);
        synthetic_add(&made, 3, round, 5.0);
        synthetic_add(&made, 4, round, shifts[5 - round]);
    }
    synthetic_analyse(&made);
    assert_string_equal(made.result.verdict.name, "thread_2");
    assert_true(made.result.verdict.interval.low == 2 && made.result.verdict.interval.high == 4);
}

static void plain_calls_may_beat_every_kind_of_worker(void **state) {
    (void)state;
    set((const struct row[]){{.by = "sequential", 0, 1},
                             {.by = "process", 1, 1.3},
                             {.by = "process", 2, 1.2, .chunk_size = 5},
                             {.by = "thread", 1, 1.1},
                             {.by = "thread", 2, 1.15},
                             {.by = NULL}},
        ROUNDS);
    assert_verdict("use 0 workers (plain calls; 95 %: 0): the fastest; 1 worker brings no more, for no reason "
                   "that was measured");
}

/* ---- threads of a library ---- */

static const struct row pairs[] = {{.by = "sequential", 0, 8, 1, 1}, {.by = "sequential", 0, 4.5, 2, 2},
                                   {.by = "sequential", 0, 3, 0, 4}, {.by = "process", 2, 4, 1, 1},
                                   {.by = "process", 2, 2.2, 2, 2},  {.by = "process", 2, 3.3, 0, 4},
                                   {.by = "process", 4, 2.0, 1, 1},  {.by = "process", 4, 2.5, 2, 2},
                                   {.by = "process", 4, 5, 0, 4},    {.by = NULL}};

static void the_best_pair_is_named_and_what_the_default_costs(void **state) {
    (void)state;
    set(pairs, ROUNDS);
    made.result.machine.cpus.usable = 4;
    assert_verdict("use 4 workers (1 library thread each; 95 %: 4): the fastest; nothing stopped it yet: measure more "
                   "workers; with library threads by default at best 50.0 % slower");
    const struct pp_verdict *verdict = &made.result.verdict;
    assert_true(verdict->library_threads == 1 && verdict->threads == 4);
    assert_string_equal(verdict->series, "executor process, 1 library thread each");
    assert_alternative("library threads", "default", "sequential_0 t=0", "50.0 % slower, 95 %: 50.0 to 50.0 %");
    assert_alternative("library threads", "2", "process_2 t=2", "10.0 % slower, 95 %: 10.0 to 10.0 %");
    assert_int_equal(verdict->alternative_count, 2 + (alternative("cheapest", "") != NULL));
    assert_int_equal(find("process_4 t=0")->limiter, PP_LIMITER_LIBRARY);
}

static void the_default_may_be_the_best(void **state) {
    (void)state;
    set(
        (const struct row[]){
            {.by = "process", 1, 4, 1, 1}, {.by = "process", 1, 1, 0, 4}, {.by = "process", 2, 2, 1, 1}, {.by = NULL}},
        ROUNDS);
    assert_verdict("use 1 worker (4 library threads each by default; 95 %: 1): the fastest; nothing stopped it yet: "
                   "measure more workers");
    assert_int_equal(made.result.verdict.library_threads, 0);
    set((const struct row[]){{.by = "sequential", 0, 1, 2, 2}, {.by = "sequential", 0, 2, 1, 1}, {.by = NULL}}, ROUNDS);
    assert_verdict("use 0 workers (plain calls, 2 library threads; 95 %: 0): the fastest; nothing stopped it yet: "
                   "measure more workers");
    assert_int_equal(made.result.series_count, 2);
    assert_string_equal(made.result.series[1].name, "1 library thread, sequential");
}

/* ---- other differences ---- */

static void several_chunk_sizes_are_told_apart(void **state) {
    (void)state;
    set((const struct row[]){{.by = "sequential", 0, 4},
                             {.by = "process", 2, 4, .chunk_size = 1},
                             {.by = "process", 2, 2.5},
                             {.by = "process", 2, 2, .chunk_size = 50},
                             {.by = "process", 4, 6, .chunk_size = 1},
                             {.by = "process", 4, 3, .chunk_size = 50},
                             {.by = NULL}},
        ROUNDS);
    assert_verdict("use 2 workers (chunk size 50; 95 %: 2): the fastest; stops at: memory bandwidth or caches");
    assert_int_equal(made.result.verdict.chunk_size, 50);
    assert_int_equal(made.result.series_count, 3);
    assert_alternative("chunk size", "1", "process_2 c=1", "100 % slower, 95 %: 100 to 100 %");
    assert_alternative("chunk size", "auto", "process_2", "25.0 % slower, 95 %: 25.0 to 25.0 %");
}

static void several_start_methods_are_told_apart(void **state) {
    (void)state;
    set((const struct row[]){{.by = "process", 2, 2},
                             {.by = "process", 4, 1},
                             {.by = "process", 2, 2.5, .start_method = PP_START_SPAWN},
                             {.by = "process", 4, 1.5, .start_method = PP_START_SPAWN},
                             {.by = NULL}},
        ROUNDS);
    assert_verdict("use 4 workers (start method fork; 95 %: 4): the fastest; nothing stopped it yet: measure more "
                   "workers");
    assert_alternative("start method", "spawn", "process_4 s=1", "50.0 % slower, 95 %: 50.0 to 50.0 %");
}

static void transfer_and_pin_are_told_apart(void **state) {
    (void)state;
    set((const struct row[]){{.by = "process", 2, 2},
                             {.by = "process", 2, 3},
                             {.by = "process", 2, 4},
                             {.by = "process", 2, 5},
                             {.by = NULL}},
        ROUNDS);
    made.cases[1].transfer.input = PP_INPUT_PIPE;
    made.cases[2].transfer.result = PP_RESULT_SHARED;
    made.cases[3].pin = PP_PIN_SCATTER;
    synthetic_analyse(&made);
    assert_int_equal(made.result.series_count, 4);
    assert_string_equal(made.result.series[3].name, "executor process, input inherit, result digest, pin scatter");
    assert_non_null(alternative("input", "pipe"));
    assert_non_null(alternative("result", "shared"));
    assert_non_null(alternative("pin", "scatter"));
}

/* More than anybody reads, and than there is room for. */
static void alternatives_have_an_end(void **state) {
    (void)state;
    struct row rows[SYNTHETIC_CASES + 1] = {{.by = NULL}};
    for (size_t i = 0; i < SYNTHETIC_CASES; i++)
        rows[i] = (struct row){.by = "process", 1, 1 + (double)i, .chunk_size = i + 1};
    set(rows, ROUNDS);
    synthetic_analyse(&made);
    assert_int_equal(made.result.verdict.alternative_count, PP_ALTERNATIVES_MAX);
}

/* Four ranks on four hosts with two threads each are no burden to this one with its two CPUs. */
static void ranks_of_other_hosts_are_no_burden_here(void **state) {
    (void)state;
    static const char *const hosts[] = {"a", "b", "c", "d"};
    set((const struct row[]){{.by = "mpi", 1, 4, 2, 2}, {.by = "mpi", 4, 2, 2, 2}, {.by = NULL}}, ROUNDS);
    made.result.machine.cpus.usable = 2;
    synthetic_analyse(&made);
    assert_int_equal(made.cases[1].limiter, PP_LIMITER_LIBRARY);
    made.cases[1].hosts = hosts;
    made.cases[1].host_count = 4;
    assert_verdict("use 4 workers (95 %: 4): the fastest; more were not measured, already limited by: memory bandwidth "
                   "or caches");
    assert_string_equal(made.result.verdict.executor, "mpi");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_verdict_names_the_executor_where_there_are_several, tear_down),
        cmocka_unit_test_teardown(ties_go_to_what_occupies_fewer_cpus, tear_down),
        cmocka_unit_test_teardown(what_cannot_be_told_apart_is_said, tear_down),
        cmocka_unit_test_teardown(the_interval_is_that_of_the_series, tear_down),
        cmocka_unit_test_teardown(plain_calls_may_beat_every_kind_of_worker, tear_down),
        cmocka_unit_test_teardown(the_best_pair_is_named_and_what_the_default_costs, tear_down),
        cmocka_unit_test_teardown(the_default_may_be_the_best, tear_down),
        cmocka_unit_test_teardown(several_chunk_sizes_are_told_apart, tear_down),
        cmocka_unit_test_teardown(several_start_methods_are_told_apart, tear_down),
        cmocka_unit_test_teardown(transfer_and_pin_are_told_apart, tear_down),
        cmocka_unit_test_teardown(alternatives_have_an_end, tear_down),
        cmocka_unit_test_teardown(ranks_of_other_hosts_are_no_burden_here, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
