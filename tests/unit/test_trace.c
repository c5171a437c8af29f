/* Traces: what is kept of each pass, how much at most, and the document to the last byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "report/report.h"
#include "result/trace.h"
#include "runner/tracing.h"

/* ---- the document ---- */

static char *document_of(const struct pp_result *result) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(pp_reporter_trace.write(result, out), 0);
    fclose(out);
    return text;
}

static void assert_document(const struct pp_result *result, const char *expected) {
    char *text = document_of(result);
    assert_string_equal(text, expected);
    free(text);
}

static struct pp_result result_of(struct pp_case_result *cases, size_t count, const struct pp_trace *trace) {
    return (struct pp_result){.task = "sum",
                              .version = "1.2.3",
                              .label = "",
                              .details = "100",
                              .started = "2024-05-06T07:08:09+0000",
                              .complete = true,
                              .case_count = count,
                              .cases = cases,
                              .trace = trace};
}

static void a_trace_to_the_last_byte(void **state) {
    (void)state;
    struct pp_case_result cases[] = {{.name = "sequential", .executor = "sequential"},
                                     {.name = "parallel_2", .executor = "process", .workers = 2}};
    const struct pp_trace_span spans[] = {
        {.kind = PP_SPAN_INIT, .start_ns = 1001, .spent_ns = 8},
        {.start_ns = 1020, .spent_ns = 1234567, .verify_ns = 1000, .first = 0, .count = 1},
        {.start_ns = 1237000, .spent_ns = 5, .verify_ns = 999, .first = 1, .count = 99},
        {.kind = PP_SPAN_CLEANUP, .start_ns = 1240000, .spent_ns = 10},
        {.kind = PP_SPAN_LOSS, .start_ns = 2000100, .first = 7, .count = 1},
        {.start_ns = 2000200, .spent_ns = 10, .first = 8, .count = 1, .fate = PP_SPAN_FAILED},
        {.start_ns = 2000300, .spent_ns = 10, .first = 9, .count = 1, .fate = PP_SPAN_FAILED | PP_SPAN_WRONG},
        {.start_ns = 2000400, .spent_ns = 10, .first = 10, .count = 1, .fate = PP_SPAN_FAILED | PP_SPAN_LATE},
        {.kind = PP_SPAN_LOSS, .start_ns = 2000500, .fate = PP_SPAN_LATE},
    };
    const struct pp_trace_lane lanes[] = {{0, 4}, {4, 4}, {8, 1}};
    const struct pp_trace_pass passes[] = {{.case_index = 0,
                                            .number = 1,
                                            .warmup = true,
                                            .complete = true,
                                            .start_ns = 1000,
                                            .init_ns = 10,
                                            .work_start_ns = 1015,
                                            .work_ns = 1238000,
                                            .cleanup_start_ns = 1241000,
                                            .end_ns = 1241020,
                                            .lane_count = 1},
                                           {.case_index = 1,
                                            .number = 3,
                                            .repeated = true,
                                            .start_ns = 2000000,
                                            .init_ns = 50,
                                            .work_start_ns = 2000060,
                                            .work_ns = 500,
                                            .cleanup_start_ns = 2000600,
                                            .end_ns = 2000700,
                                            .lane_first = 1,
                                            .lane_count = 2}};
    const struct pp_trace trace = {
        .start_ns = 1000, .every = 1, .tasks = 5, .pass_count = 2, .passes = passes, .lanes = lanes, .spans = spans};
    const struct pp_result result = result_of(cases, 2, &trace);
    assert_document(
        &result,
        "{\"displayTimeUnit\":\"ns\",\n"
        "\"otherData\":{\"program\":\"pptest\",\"version\":\"1.2.3\",\"task\":\"sum\",\"details\":\"100\",\"label\":"
        "\"\",\"started\":\"2024-05-06T07:08:09+0000\",\"run\":\"complete\",\"clock\":\"CLOCK_MONOTONIC of one host, "
        "from the start of the run\",\"sampling\":\"none: each task has a span, alone or with those that it was timed "
        "together with\",\"missing\":\"nothing\","
        "\"task_spans\":5,\"sampled_every\":1,\"passes\":2,\"passes_left_out\":0,\"spans_left_out\":0},\n"
        "\"traceEvents\":[\n"
        "{\"ph\":\"M\",\"pid\":1,\"tid\":1,\"name\":\"process_name\",\"args\":{\"name\":\"sequential\"}},\n"
        "{\"ph\":\"M\",\"pid\":1,\"tid\":1,\"name\":\"process_sort_index\",\"args\":{\"sort_index\":0}},\n"
        "{\"ph\":\"M\",\"pid\":1,\"tid\":1,\"name\":\"thread_name\",\"args\":{\"name\":\"passes\"}},\n"
        "{\"ph\":\"M\",\"pid\":1,\"tid\":1,\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":0}},\n"
        "{\"ph\":\"M\",\"pid\":1,\"tid\":2,\"name\":\"thread_name\",\"args\":{\"name\":\"main process\"}},\n"
        "{\"ph\":\"M\",\"pid\":1,\"tid\":2,\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":1}},\n"
        "{\"ph\":\"X\",\"pid\":1,\"tid\":1,\"ts\":0.000,\"dur\":1240.022,\"name\":\"warm-up 1\"},\n"
        "{\"ph\":\"X\",\"pid\":1,\"tid\":1,\"ts\":0.000,\"dur\":0.010,\"name\":\"init\"},\n"
        "{\"ph\":\"X\",\"pid\":1,\"tid\":1,\"ts\":0.015,\"dur\":1238.000,\"name\":\"work\"},\n"
        "{\"ph\":\"X\",\"pid\":1,\"tid\":1,\"ts\":1238.017,\"dur\":1.981,\"name\":\"observer (not counted)\"},\n"
        "{\"ph\":\"X\",\"pid\":1,\"tid\":1,\"ts\":1240.000,\"dur\":0.020,\"name\":\"cleanup\"},\n"
        "{\"ph\":\"X\",\"pid\":1,\"tid\":2,\"ts\":0.001,\"dur\":0.008,\"name\":\"init\"},\n"
        "{\"ph\":\"X\",\"pid\":1,\"tid\":2,\"ts\":0.020,\"dur\":1234.567,\"name\":\"sum\",\"args\":{\"task\":0,"
        "\"warm-up\":1}},\n"
        "{\"ph\":\"X\",\"pid\":1,\"tid\":2,\"ts\":1234.589,\"dur\":0.996,\"name\":\"verify\"},\n"
        "{\"ph\":\"X\",\"pid\":1,\"tid\":2,\"ts\":1236.000,\"dur\":0.005,\"name\":\"sum x 99\",\"args\":{\"task\":1,"
        "\"tasks\":99,\"warm-up\":1}},\n"
        "{\"ph\":\"X\",\"pid\":1,\"tid\":2,\"ts\":1239.000,\"dur\":0.010,\"name\":\"cleanup\"},\n"
        "{\"ph\":\"M\",\"pid\":3,\"tid\":3,\"name\":\"process_name\",\"args\":{\"name\":\"parallel_2\"}},\n"
        "{\"ph\":\"M\",\"pid\":3,\"tid\":3,\"name\":\"process_sort_index\",\"args\":{\"sort_index\":1}},\n"
        "{\"ph\":\"M\",\"pid\":3,\"tid\":3,\"name\":\"thread_name\",\"args\":{\"name\":\"passes\"}},\n"
        "{\"ph\":\"M\",\"pid\":3,\"tid\":3,\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":0}},\n"
        "{\"ph\":\"M\",\"pid\":3,\"tid\":4,\"name\":\"thread_name\",\"args\":{\"name\":\"worker 0\"}},\n"
        "{\"ph\":\"M\",\"pid\":3,\"tid\":4,\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":1}},\n"
        "{\"ph\":\"M\",\"pid\":3,\"tid\":5,\"name\":\"thread_name\",\"args\":{\"name\":\"worker 1\"}},\n"
        "{\"ph\":\"M\",\"pid\":3,\"tid\":5,\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":2}},\n"
        "{\"ph\":\"X\",\"pid\":3,\"tid\":3,\"ts\":1999.000,\"dur\":0.702,\"name\":\"pass 3 (disturbed, run again) "
        "(stopped)\"},\n"
        "{\"ph\":\"X\",\"pid\":3,\"tid\":3,\"ts\":1999.000,\"dur\":0.050,\"name\":\"init\"},\n"
        "{\"ph\":\"X\",\"pid\":3,\"tid\":3,\"ts\":1999.060,\"dur\":0.500,\"name\":\"work\"},\n"
        "{\"ph\":\"X\",\"pid\":3,\"tid\":3,\"ts\":1999.600,\"dur\":0.100,\"name\":\"cleanup\"},\n"
        "{\"ph\":\"i\",\"pid\":3,\"tid\":4,\"ts\":1999.100,\"s\":\"t\",\"name\":\"worker lost\",\"args\":{\"task\":7}"
        "},\n"
        "{\"ph\":\"X\",\"pid\":3,\"tid\":4,\"ts\":1999.200,\"dur\":0.010,\"name\":\"sum (failed)\",\"args\":{\"task\":"
        "8,\"pass\":3,\"failed\":true}},\n"
        "{\"ph\":\"X\",\"pid\":3,\"tid\":4,\"ts\":1999.300,\"dur\":0.010,\"name\":\"sum (wrong answer)\",\"args\":{"
        "\"task\":9,\"pass\":3,\"failed\":true}},\n"
        "{\"ph\":\"X\",\"pid\":3,\"tid\":4,\"ts\":1999.400,\"dur\":0.010,\"name\":\"sum (past task_timeout)\","
        "\"args\":{\"task\":10,\"pass\":3,\"failed\":true}},\n"
        "{\"ph\":\"i\",\"pid\":3,\"tid\":5,\"ts\":1999.500,\"s\":\"t\",\"name\":\"worker ended: past task_timeout\","
        "\"args\":{}}\n"
        "]}\n");
}

static void what_is_missing_is_said_at_the_top_and_in_the_facts(void **state) {
    (void)state;
    const struct pp_trace trace = {.start_ns = 5, .every = 8, .left_out = 2, .dropped = 3};
    struct pp_result result = result_of(NULL, 0, &trace);
    result.complete = false;
    char *text = document_of(&result);
    assert_non_null(strstr(text, "\"run\":\"partial\""));
    assert_non_null(strstr(text, "\"sampled_every\":8,\"passes\":0,\"passes_left_out\":2,\"spans_left_out\":3}"));
    assert_non_null(
        strstr(text, "\"sampling\":\"only spans that hold a task whose index is a multiple of 8 are there\""));
    assert_non_null(strstr(
        text, "{\"ph\":\"i\",\"pid\":1,\"tid\":1,\"ts\":0.000,\"s\":\"g\",\"name\":\"only spans that hold a task "));
    assert_non_null(strstr(text, "\"name\":\"2 passes and 3 spans are left out: there was no room for them\"}\n]}\n"));
    free(text);
}

static void text_of_configs_is_escaped(void **state) {
    (void)state;
    const struct pp_trace trace = {.every = 1};
    struct pp_result result = result_of(NULL, 0, &trace);
    result.label = "a\"b\\c\n\x01\xC3\xA4\xFFz</script>";
    char *text = document_of(&result);
    assert_non_null(
        strstr(text, "\"label\":\"a\\u0022b\\u005cc\\u000a\\u0001\xC3\xA4\xEF\xBF\xBDz</script>\",\"started\""));
    free(text);
}

static void text_longer_than_any_buffer_is_whole(void **state) {
    (void)state;
    enum { LENGTH = 100000 };
    const struct pp_trace trace = {.every = 1};
    struct pp_result result = result_of(NULL, 0, &trace);
    char *label = malloc(LENGTH + 1);
    assert_non_null(label);
    memset(label, '"', LENGTH);
    label[LENGTH] = '\0';
    result.label = label;
    char *text = document_of(&result);
    const char *found = strstr(text, "\"label\":\"");
    assert_non_null(found);
    assert_int_equal(strspn(found + 9, "\\u02"), 6 * LENGTH);
    assert_int_equal(strncmp(found + 9 + (size_t)6 * LENGTH, "\",\"started\"", 11), 0);
    free(text);
    free(label);
}

static void a_result_without_a_trace_makes_an_empty_one(void **state) {
    (void)state;
    struct pp_case_result row = {.name = "sequential", .executor = "sequential"};
    const struct pp_result result = result_of(&row, 1, NULL);
    char *text = document_of(&result);
    assert_non_null(strstr(text, "\"traceEvents\":[\n]}\n"));
    free(text);
}

/* ---- how much is kept ---- */

static struct pp_config config_of(int64_t tasks, int64_t iterations, int64_t warmup) {
    return (struct pp_config){.task_count = tasks, .iterations = iterations, .warmup = warmup};
}

static void as_many_tasks_have_spans_as_all_passes_have_room_for(void **state) {
    (void)state;
    struct pp_config config = config_of(100000, 4, 1);
    assert_int_equal(pp_tracing_every(&config, 2), 1); /* 10 passes: a million */
    assert_int_equal(pp_tracing_every(&config, 3), 2); /* 15 passes of 66,666 at most */
    config = config_of(2000000, 1, 0);
    assert_int_equal(pp_tracing_every(&config, 1), 2);
    config = config_of(1, 2000000, 0);
    assert_int_equal(pp_tracing_every(&config, 1), 1);
    config = config_of(INT64_MAX, 1000, 0);
    assert_int_equal(pp_tracing_every(&config, 1), (uint64_t)INT64_MAX / 1000 + 1);
}

static struct pp_tracing open_tracing(const struct pp_config *config, unsigned workers) {
    const struct pp_case cases[] = {{.name = "parallel", .executor = "process", .workers = workers}};
    struct pp_tracing tracing;
    struct pp_error error = {0};
    assert_int_equal(pp_tracing_open(&tracing, config, cases, 1, &error), 0);
    return tracing;
}

/* A pass in which each lane gets so many tasks. Returns whether it was recorded. */
static bool trace_pass(struct pp_tracing *tracing, unsigned workers, uint64_t tasks, uint64_t number, bool complete) {
    struct pp_recorder *recorder = pp_tracing_begin(tracing, workers);
    if (!recorder)
        return false;
    for (unsigned i = 0; i < workers; i++) {
        struct pp_lane lane = pp_recorder_lane(recorder, i);
        for (uint64_t k = 0; k < tasks; k++) {
            const struct pp_trace_span span = {.start_ns = number, .first = k * workers + i, .count = 1};
            pp_lane_add(&lane, &span);
        }
    }
    pp_recorder_pass(recorder, &(struct pp_phases){1, 2, 3, 4, 5, 6});
    pp_tracing_end(tracing, &(struct pp_trace_pass){.number = number, .complete = complete});
    return true;
}

static void passes_are_kept_one_after_the_other(void **state) {
    (void)state;
    const struct pp_config config = config_of(100, 3, 0);
    struct pp_tracing tracing = open_tracing(&config, 2);
    for (uint64_t number = 1; number <= 3; number++)
        assert_true(trace_pass(&tracing, 2, 50, number, true));
    const struct pp_trace *trace = &tracing.trace;
    assert_int_equal(trace->pass_count, 3);
    assert_int_equal(trace->tasks, 300);
    assert_int_equal(trace->left_out, 0);
    for (size_t i = 0; i < 3; i++)
        for (size_t lane = 0; lane < 2; lane++) {
            const struct pp_trace_lane *kept = &trace->lanes[trace->passes[i].lane_first + lane];
            assert_int_equal(kept->count, 50);
            assert_int_equal(trace->spans[kept->first].start_ns, i + 1);
            assert_int_equal(trace->spans[kept->first + 49].first, 98 + lane);
        }
    assert_int_equal(trace->passes[2].work_ns, 4);
    pp_tracing_close(&tracing);
}

static void a_pass_that_was_run_again_is_marked_but_not_by_one_that_was_stopped(void **state) {
    (void)state;
    const struct pp_config config = config_of(10, 3, 0);
    struct pp_tracing tracing = open_tracing(&config, 1);
    trace_pass(&tracing, 1, 10, 1, true);
    trace_pass(&tracing, 1, 10, 1, true);
    trace_pass(&tracing, 1, 10, 2, true);
    trace_pass(&tracing, 1, 3, 2, false);
    const struct pp_trace_pass *passes = tracing.trace.passes;
    assert_true(passes[0].repeated);
    assert_false(passes[1].repeated);
    assert_false(passes[2].repeated);
    assert_false(passes[3].repeated || passes[3].complete);
    pp_tracing_close(&tracing);
}

static void a_trace_that_is_full_leaves_out_and_counts_all_later_passes(void **state) {
    (void)state;
    const struct pp_config config = config_of(400000, 2, 0);
    struct pp_tracing tracing = open_tracing(&config, 1);
    assert_true(trace_pass(&tracing, 1, 400000, 1, true));
    assert_true(trace_pass(&tracing, 1, 400000, 1, true));
    assert_false(trace_pass(&tracing, 1, 400000, 2, true));
    assert_false(trace_pass(&tracing, 1, 1, 3, true));
    assert_int_equal(tracing.trace.tasks, 800000);
    assert_int_equal(tracing.trace.left_out, 2);
    assert_int_equal(tracing.trace.pass_count, 2);
    pp_tracing_close(&tracing);
}

static void a_pass_that_came_to_more_than_there_is_room_for_is_left_out(void **state) {
    (void)state;
    const struct pp_config config = config_of(500000, 2, 0);
    struct pp_tracing tracing = open_tracing(&config, 2);
    assert_true(trace_pass(&tracing, 2, 250000, 1, true));
    assert_true(trace_pass(&tracing, 2, 250050, 2, true)); /* tasks of a lost worker, run again */
    assert_int_equal(tracing.trace.tasks, 500000);
    assert_int_equal(tracing.trace.pass_count, 1);
    assert_int_equal(tracing.trace.left_out, 1);
    pp_tracing_close(&tracing);
}

static void lanes_of_many_short_passes_are_bounded_too(void **state) {
    (void)state;
    const struct pp_config config = config_of(1, 1000, 0);
    struct pp_tracing tracing = open_tracing(&config, 1000);
    uint64_t number = 1;
    while (trace_pass(&tracing, 1000, 0, number, true) && number < 1000)
        number++;
    assert_int_equal(number, 251);
    pp_tracing_close(&tracing);
}

static void mpi_is_refused_with_a_way_out(void **state) {
    (void)state;
    const struct pp_case cases[] = {{.executor = "process", .workers = 2, .runner = -1},
                                    {.executor = "mpi", .workers = 2, .runner = 1}};
    struct pp_error error = {0};
    assert_int_equal(pp_tracing_admit(cases, 1, &error), 0);
    assert_int_equal(pp_tracing_admit(cases, 2, &error), -ENOTSUP);
    assert_string_equal(error.where, "/runners/1/executor");
    assert_non_null(strstr(error.text, "leave trace out of --format"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trace_to_the_last_byte),
        cmocka_unit_test(what_is_missing_is_said_at_the_top_and_in_the_facts),
        cmocka_unit_test(text_of_configs_is_escaped),
        cmocka_unit_test(text_longer_than_any_buffer_is_whole),
        cmocka_unit_test(a_result_without_a_trace_makes_an_empty_one),
        cmocka_unit_test(as_many_tasks_have_spans_as_all_passes_have_room_for),
        cmocka_unit_test(passes_are_kept_one_after_the_other),
        cmocka_unit_test(a_pass_that_was_run_again_is_marked_but_not_by_one_that_was_stopped),
        cmocka_unit_test(a_trace_that_is_full_leaves_out_and_counts_all_later_passes),
        cmocka_unit_test(a_pass_that_came_to_more_than_there_is_room_for_is_left_out),
        cmocka_unit_test(lanes_of_many_short_passes_are_bounded_too),
        cmocka_unit_test(mpi_is_refused_with_a_way_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
