/* Cases that differ in more than their workers: what belongs together, and what is chosen among all of it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analysis/series.h"
#include "base/textbuf.h"
#include "report/report.h"
#include "result/dimension.h"
#include "synthetic.h"

static struct synthetic made;

static int tear_down(void **state) {
    (void)state;
    synthetic_release(&made);
    return 0;
}

/* A case, and what a pass of it takes. */
struct row {
    const char *by;
    int workers;
    double total_s;
    unsigned library_threads, inner_threads;
    uint64_t chunk_size;
    int start_method;
};

enum { ROUNDS = 6 };

static void name_case(size_t index, const struct row *row) {
    struct pp_textbuf name = pp_textbuf_in(made.names[index], sizeof made.names[index]);
    pp_textbuf_add(&name, "%s_%d", row->by, row->workers);
    if (row->chunk_size)
        pp_textbuf_add(&name, " c=%d", (int)row->chunk_size);
    if (row->inner_threads)
        pp_textbuf_add(&name, " t=%d", (int)row->library_threads);
    if (row->start_method)
        pp_textbuf_add(&name, " s=%d", row->start_method);
}

/* Steady rounds of those cases, ended by one without an executor. */
static void set(const struct row *rows, size_t rounds) {
    int workers[SYNTHETIC_CASES + 1];
    double totals_s[SYNTHETIC_CASES];
    size_t count = 0;
    for (; rows[count].by; count++) {
        workers[count] = rows[count].workers;
        totals_s[count] = rows[count].total_s;
    }
    workers[count] = -1;
    synthetic_set(&made, workers);
    for (size_t i = 0; i < count; i++) {
        struct pp_case_result *each = &made.cases[i];
        name_case(i, &rows[i]);
        each->executor = rows[i].by;
        each->library_threads = rows[i].library_threads;
        each->inner_threads = rows[i].inner_threads;
        each->chunk_size = rows[i].chunk_size;
        each->start_method = rows[i].start_method;
    }
    synthetic_fill(&made, totals_s, rounds, 0.0, NULL);
}

static void assert_verdict(const char *text) {
    synthetic_analyse(&made);
    assert_string_equal(made.result.verdict.text, text);
}

static const struct pp_case_result *find(const char *name) {
    for (size_t i = 0; i < made.result.case_count; i++)
        if (strcmp(made.cases[i].name, name) == 0)
            return &made.cases[i];
    fail_msg("no case %s", name);
    return NULL;
}

static const struct pp_alternative *alternative(const char *kind, const char *value) {
    for (size_t i = 0; i < made.result.verdict.alternative_count; i++) {
        const struct pp_alternative *each = &made.result.verdict.alternatives[i];
        if (strcmp(each->kind, kind) == 0 && strcmp(each->value, value) == 0)
            return each;
    }
    return NULL;
}

static void assert_alternative(const char *kind, const char *value, const char *name, const char *reason) {
    const struct pp_alternative *each = alternative(kind, value);
    if (!each)
        fail_msg("no alternative \"%s\" \"%s\"", kind, value);
    assert_string_equal(each->name, name);
    assert_string_equal(each->reason, reason);
}

static void assert_near(double found, double expected) { assert_true(fabs(found - expected) < 1e-9); }

/* ---- what belongs together ---- */

static const struct row two_executors[] = {{.by = "sequential", 0, 8}, {.by = "process", 1, 8.4},
                                           {.by = "process", 2, 4.4},  {.by = "process", 4, 2.4},
                                           {.by = "process", 8, 2.6},  {.by = "thread", 1, 8.1},
                                           {.by = "thread", 2, 4.1},   {.by = "thread", 4, 2.1},
                                           {.by = "thread", 8, 2.0},   {.by = NULL}};

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

/* ---- which one of all ---- */

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
                        "thread_4 does 47.619 tasks/s for 8.4 CPU s a pass; the fastest, thread_8, 50 for 16");
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

/* ---- what is printed ---- */

static void assert_says(const char *words) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    pp_console_write(&made.result, out);
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
        cmocka_unit_test_teardown(the_csv_has_no_speedup_against_others, tear_down),
        cmocka_unit_test_teardown(the_console_names_cases_where_numbers_do_not_tell, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
