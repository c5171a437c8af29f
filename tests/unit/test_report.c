/* What people and spreadsheets read of a result: the CSV to the last byte, durations, the table on the console. */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/number.h"
#include "report/report.h"

/* ---- a result made by hand ---- */

struct handmade {
    struct pp_case_result cases[3];
    struct pp_result result;
};

/* A case with a spread of which nothing but the middle matters here. */
static struct pp_case_result row(const char *name, unsigned workers, const double times[4], double per_second,
                                 double speedup) {
    struct pp_stats stats[4];
    for (size_t i = 0; i < 4; i++)
        stats[i] = (struct pp_stats){.mean = times[i], .median = times[i], .ci95 = PP_INTERVAL_UNKNOWN};
    return (struct pp_case_result){.name = name,
                                   .executor = workers ? "process" : "sequential",
                                   .workers = workers,
                                   .init = stats[0],
                                   .work = stats[1],
                                   .task_avg = stats[2],
                                   .total = stats[3],
                                   .task = {.p50_s = NAN, .p99_s = NAN},
                                   .tasks_per_second = per_second,
                                   .speedup = {speedup, PP_INTERVAL_UNKNOWN},
                                   .efficiency = NAN,
                                   .cost = {.cpu_s = NAN},
                                   .memory = {NAN},
                                   .breakdown = {.cpu = NAN},
                                   .verified = true};
}

static void make(struct handmade *made) {
    *made = (struct handmade){
        .cases = {row("sequential", 0, (const double[]){0.0000015, 2.5, 0.025, 2.5000025}, 40.0, 1.0),
                  row("parallel_2", 2, (const double[]){0.001, 1.25, 0.1, 1.0 / 3.0}, 300.0, 7.5000075),
                  row("parallel_4", 4, (const double[]){1e-9, 1e9, 123456.789, 1e22}, 1e-20, NAN)}};
    for (size_t i = 0; i < 3; i++)
        made->cases[i].counted = i + 1;
    made->result = (struct pp_result){.task = "sum",
                                      .label = "",
                                      .details = "1000000",
                                      .task_count = 100,
                                      .case_count = 3,
                                      .cases = made->cases,
                                      .rule_of_thumb = NAN,
                                      .complete = true};
}

typedef void writer(const struct pp_result *result, FILE *out);

static void write_csv(const struct pp_result *result, FILE *out) {
    assert_int_equal(pp_reporter_csv.write(result, out), 0);
}

/* Not inlined: gcc would see the address of `text` outlive it. */
static __attribute__((noinline)) char *text_of(const struct pp_result *result, writer *write) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    write(result, out);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(strlen(text), size);
    return text;
}

static void write_console(const struct pp_result *result, FILE *out) {
    pp_console_write(result, &PP_TERMINAL_NONE, out);
}

static void assert_csv(const struct pp_result *result, const char *expected) {
    char *text = text_of(result, write_csv);
    assert_string_equal(text, expected);
    free(text);
}

static void assert_says(const struct pp_result *result, const char *words, bool says) {
    char *text = text_of(result, write_console);
    if ((strstr(text, words) != NULL) != says)
        fail_msg("\"%s\" %s in:\n%s", words, says ? "is not" : "is", text);
    free(text);
}

#define HEAD                                                                                                           \
    "Name,Workers,Job details,Job count,Time: init,Time: work,Time: task avg,Time: total,Tasks per second,"            \
    "Speedup (vs sequential),Efficiency,Total: low (95 %),Total: high (95 %),Speedup: low (95 %),"                     \
    "Speedup: high (95 %),Task: p50,Task: p99,CPU seconds,"                                                            \
    "Peak memory,Passes,Failed,Disturbed,Label,Executor,Chunk size,Library threads,Start method,Input,Result,Pin\r\n"

/* ---- CSV ---- */

static void csv_to_the_last_byte(void **state) {
    (void)state;
    struct handmade made;
    make(&made);
    struct pp_case_result *full = &made.cases[1];
    full->failed = 7;
    full->disturbed = 1;
    full->efficiency = 0.9;
    full->total.ci95 = (struct pp_interval){0.25, 0.5};
    full->speedup.ci95 = (struct pp_interval){7.25, 7.75};
    full->task.p50_s = 0.001;
    full->task.p99_s = 0.0025;
    full->cost.cpu_s = 3.25;
    full->memory.peak_pss = 4096;
    assert_csv(
        &made.result,
        HEAD "sequential,0,1000000,100,1.5e-06,2.5,0.025,2.5000025,40,1,,,,,,,,,,1,0,0,,sequential,,default,,,,\r\n"
             "parallel_2,2,1000000,100,0.001,1.25,0.1,0.3333333333333333,300,7.5000075,0.9,0.25,0.5,7.25,7.75,0.001,0."
             "0025,3.25,4096,2,7,1,,process,auto,default,fork,inherit,digest,none\r\n"
             "parallel_4,4,1000000,100,1e-09,1000000000,123456.789,1e+22,1e-20,,,,,,,,,,,3,0,0,,process,auto,default,"
             "fork,inherit,digest,none\r\n");
}

/* Of the second case, whose speed-up is 7.5000075 and lies between 7.25 and 7.75. */
static void assert_row_against(struct handmade *made, const char *base, const char *begin) {
    made->cases[1].speedup.base = base;
    made->cases[1].speedup.ci95 = (struct pp_interval){7.25, 7.75};
    char *text = text_of(&made->result, write_csv);
    assert_non_null(strstr(text, begin));
    free(text);
}

static void csv_has_the_interval_of_a_speedup_against_the_sequential_case_alone(void **state) {
    (void)state;
    struct handmade made;
    make(&made);
    assert_row_against(&made, "sequential",
                       "\r\nparallel_2,2,1000000,100,0.001,1.25,0.1,0.3333333333333333,300,7.5000075,"
                       ",,,7.25,7.75,,,,,2,0,0,,");
    assert_row_against(&made, "parallel_4",
                       "\r\nparallel_2,2,1000000,100,0.001,1.25,0.1,0.3333333333333333,300,,"
                       ",,,,,,,,,2,0,0,,");
}

static void csv_says_what_cases_differ_in(void **state) {
    (void)state;
    struct handmade made;
    make(&made);
    made.result.case_count = 1;
    made.result.cases = &made.cases[2];
    struct pp_case_result *each = &made.cases[2];
    each->chunk_size = 5;
    each->library_threads = 3;
    each->start_method = PP_START_FORKSERVER;
    each->transfer = (struct pp_transfer){PP_INPUT_PIPE, PP_RESULT_SHARED};
    each->pin = PP_PIN_SCATTER;
    const char *row = "parallel_4,4,1000000,100,1e-09,1000000000,123456.789,1e+22,1e-20,,,,,,,,,,,3,0,0,";
    char expected[512];
    snprintf(expected, sizeof expected, "%s%s,process,5,3,forkserver,pipe,shared,scatter\r\n", HEAD, row);
    assert_csv(&made.result, expected);
    each->executor = "thread"; /* which has no way of starting */
    snprintf(expected, sizeof expected, "%s%s,thread,5,3,,pipe,shared,scatter\r\n", HEAD, row);
    assert_csv(&made.result, expected);
    each->executor = "a,b"; /* as a file may hold it, and words that are missing there */
    each->transfer = (struct pp_transfer){-1, -1};
    each->pin = -1;
    snprintf(expected, sizeof expected, "%s%s,\"a,b\",5,3,,,,\r\n", HEAD, row);
    assert_csv(&made.result, expected);
}

static void csv_quotes_what_needs_it(void **state) {
    (void)state;
    const char *const details[][2] = {{"plain", "plain"},
                                      {"", ""},
                                      {"a,b", "\"a,b\""},
                                      {"say \"so\"", "\"say \"\"so\"\"\""},
                                      {"two\nlines", "\"two\nlines\""},
                                      {"cr\r", "\"cr\r\""},
                                      {"[6, 20]x0.8", "\"[6, 20]x0.8\""},
                                      {"=1+1", "\"=1+1\""}, /* or a spreadsheet would calculate them */
                                      {"+1", "\"+1\""},
                                      {"-1", "\"-1\""},
                                      {"@SUM(1)", "\"@SUM(1)\""},
                                      {"1-2", "1-2"}};
    for (size_t i = 0; i < sizeof details / sizeof *details; i++) {
        struct handmade made;
        char expected[512];
        make(&made);
        made.result.case_count = 1;
        snprintf(made.result.details, sizeof made.result.details, "%s", details[i][0]);
        snprintf(expected, sizeof expected,
                 "%ssequential,0,%s,100,1.5e-06,2.5,0.025,2.5000025,40,1,,,,,,,,,,1,0,0,,sequential,,default,,,,\r\n",
                 HEAD, details[i][1]);
        assert_csv(&made.result, expected);
    }
}

static void csv_leaves_out_what_was_not_run(void **state) {
    (void)state;
    struct handmade made;
    make(&made);
    for (size_t i = 0; i < 3; i++)
        made.cases[i].counted = 0;
    assert_csv(&made.result, HEAD);
    made.cases[1].counted = 1;
    assert_csv(&made.result,
               HEAD "parallel_2,2,1000000,100,0.001,1.25,0.1,0.3333333333333333,300,7.5000075,,,,,,,,,,1,0,"
                    "0,,process,auto,default,fork,inherit,digest,none\r\n");
    made.result.case_count = 0;
    assert_csv(&made.result, HEAD);
}

static void csv_numbers_come_back_exactly(void **state) {
    (void)state;
    const double hard[] = {0.1 + 0.2, 5e-324, 1.7976931348623157e308, 2.0 / 3.0, 123456789.123456789, 0.0};
    for (size_t i = 0; i < sizeof hard / sizeof *hard; i++) {
        struct handmade made;
        make(&made);
        made.result.case_count = 1;
        made.cases[0].init.mean = hard[i];
        char *text = text_of(&made.result, write_csv);
        const char *field = strstr(text, ",100,");
        double back = NAN;
        if (field)
            back = strtod(field + 5, NULL);
        assert_memory_equal(&back, &hard[i], sizeof back);
        free(text);
    }
}

/* A person's locale reaches only programs that call setlocale(), and this one does not. */
static void csv_is_the_same_in_german(void **state) {
    (void)state;
    setenv("LC_ALL", "de_DE.UTF-8", 1);
    struct handmade made;
    make(&made);
    made.result.case_count = 1;
    assert_csv(&made.result, HEAD
               "sequential,0,1000000,100,1.5e-06,2.5,0.025,2.5000025,40,1,,,,,,,,,,1,0,0,,sequential,,default,,,,\r\n");
    assert_string_equal(setlocale(LC_ALL, NULL), "C");
    unsetenv("LC_ALL");
}

static void the_table_of_reporters(void **state) {
    (void)state;
    assert_ptr_equal(pp_reporter_find("csv"), &pp_reporter_csv);
    assert_null(pp_reporter_find("CSV"));
    assert_null(pp_reporter_find(""));
    assert_null(pp_reporter_find("cs"));
    for (size_t i = 0; pp_reporters[i]; i++) {
        assert_true(strlen(pp_reporters[i]->name) > 0 && strlen(pp_reporters[i]->summary) > 0);
        assert_ptr_equal(pp_reporter_find(pp_reporters[i]->name), pp_reporters[i]);
    }
}

/* ---- durations ---- */

static void durations_have_three_digits_and_a_unit(void **state) {
    (void)state;
    const struct {
        double seconds;
        const char *text;
    } rows[] = {
        {0.0, "0.00 ns"},    {1e-9, "1.00 ns"},     {12.34e-9, "12.3 ns"},   {999e-9, "999 ns"},
        {1e-6, "1.00 us"},   {1.254e-3, "1.25 ms"}, {0.0125, "12.5 ms"},     {0.125, "125 ms"},
        {1.0, "1.00 s"},     {59.96, "60.0 s"},     {3600.0, "3600 s"},      {0.9996, "1.00 s"},
        {0.09996, "100 ms"}, {9.996e-3, "10.0 ms"}, {0.99951e-3, "1.00 ms"}, {0.99951e-6, "1.00 us"},
        {99.96, "100 s"},    {1e9, "1000000000 s"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[24];
        pp_duration_text(rows[i].seconds, text, sizeof text);
        assert_string_equal(text, rows[i].text);
    }
}

static void a_duration_is_cut_to_fit(void **state) {
    (void)state;
    char text[16];
    pp_duration_text(1e300, text, sizeof text);
    assert_int_equal(strlen(text), sizeof text - 1);
}

/* ---- console ---- */

static void console_shows_every_row_that_ran(void **state) {
    (void)state;
    struct handmade made;
    make(&made);
    made.cases[2].counted = 0;
    made.cases[0].counted = made.cases[1].counted = 7;
    made.cases[1].total.ci95 = (struct pp_interval){0.32, 0.34};
    assert_says(&made.result, "sum 1000000, 100 tasks, medians of 7 passes\n", true);
    assert_says(&made.result, "sequential     1.50 us    2.50 s   25.0 ms    2.50 s                40    1.00x\n",
                true);
    assert_says(&made.result, "parallel_2     1.00 ms    1.25 s    100 ms    333 ms   ±3.0%       300    7.50x\n",
                true);
    assert_says(&made.result, "parallel_2 ", true);
    assert_says(&made.result, "    7.50x\n", true);
    assert_says(&made.result, "parallel_4", false);
    assert_says(&made.result, "PARTIAL", false);
    assert_says(&made.result, "failed", false);
}

static void the_column_of_names_is_as_wide_as_they_need(void **state) {
    (void)state;
    struct handmade made;
    make(&made);
    made.cases[1].name = "parallel_2 chunk_size=5";
    made.cases[2].counted = 0; /* its times are wider than any column */
    assert_says(&made.result, "sequential                1.50 us ", true);
    assert_says(&made.result, "parallel_2 chunk_size=5   1.00 ms ", true);
    assert_says(&made.result, "                             init      work ", true);
    assert_says(&made.result, "\ncost                     CPU time tasks/CPU s ", true);
}

static void console_shows_no_speedup_without_a_baseline(void **state) {
    (void)state;
    struct handmade made;
    make(&made);
    made.result.cases = &made.cases[2];
    made.result.case_count = 1;
    assert_says(&made.result, "x\n", false);
}

static void console_names_the_label_and_what_is_missing(void **state) {
    (void)state;
    struct handmade made;
    make(&made);
    made.result.label = "night run";
    made.result.complete = false;
    made.result.details[0] = '\0';
    assert_says(&made.result, "sum, 100 tasks: night run (PARTIAL", true);
    assert_says(&made.result, "medians of", false);
}

static void console_names_the_hosts_of_ranks(void **state) {
    (void)state;
    static const char *const hosts[] = {"one", "two"};
    struct handmade made;
    make(&made);
    made.cases[1].hosts = hosts;
    made.cases[1].host_count = 1;
    assert_says(&made.result, "hosts", false);
    made.cases[2].hosts = hosts;
    made.cases[2].host_count = 2;
    assert_says(&made.result, "\n  ranks of parallel_4 on 2 hosts: one, two\n", true);
}

static void console_tells_of_trouble(void **state) {
    (void)state;
    struct handmade made;
    make(&made);
    made.cases[1].failed = 3;
    made.cases[1].wrong = 2;
    made.cases[1].workers_lost = 4;
    made.cases[1].lost = 5;
    assert_says(&made.result,
                "parallel_2: 3 tasks failed (2 of them with a wrong answer), 4 workers were lost, 5 tasks with them\n",
                true);
    make(&made);
    made.cases[0].workers_lost = 1;
    made.cases[0].lost = 1;
    assert_says(&made.result,
                "sequential: 0 tasks failed (0 of them with a wrong answer), 1 worker was lost, 1 task with them\n",
                true);
    made.cases[0].failed = 1;
    assert_says(&made.result, "sequential: 1 task failed", true);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_to_the_last_byte),
        cmocka_unit_test(csv_has_the_interval_of_a_speedup_against_the_sequential_case_alone),
        cmocka_unit_test(csv_says_what_cases_differ_in),
        cmocka_unit_test(csv_quotes_what_needs_it),
        cmocka_unit_test(csv_leaves_out_what_was_not_run),
        cmocka_unit_test(csv_numbers_come_back_exactly),
        cmocka_unit_test(csv_is_the_same_in_german),
        cmocka_unit_test(the_table_of_reporters),
        cmocka_unit_test(durations_have_three_digits_and_a_unit),
        cmocka_unit_test(a_duration_is_cut_to_fit),
        cmocka_unit_test(console_shows_every_row_that_ran),
        cmocka_unit_test(the_column_of_names_is_as_wide_as_they_need),
        cmocka_unit_test(console_shows_no_speedup_without_a_baseline),
        cmocka_unit_test(console_names_the_label_and_what_is_missing),
        cmocka_unit_test(console_names_the_hosts_of_ranks),
        cmocka_unit_test(console_tells_of_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
