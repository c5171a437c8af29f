/* What people and spreadsheets read of a result: the CSV to the last byte, durations, the table on the console. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/report.h"

/* ---- a result made by hand ---- */

struct handmade {
    struct pp_case plans[3];
    struct pp_case_result cases[3];
    struct pp_result result;
};

static void make(struct handmade *made) {
    *made = (struct handmade){
        .plans = {{.name = "sequential"}, {.name = "parallel_2", .workers = 2}, {.name = "parallel_4", .workers = 4}}};
    const struct pp_case_summary summaries[3] = {
        {.init_s = 0.0000015,
         .work_s = 2.5,
         .task_avg_s = 0.025,
         .total_s = 2.5000025,
         .tasks_per_second = 40.0,
         .speedup = 1.0},
        {.init_s = 0.001,
         .work_s = 1.25,
         .task_avg_s = 0.1,
         .total_s = 1.0 / 3.0,
         .tasks_per_second = 300.0,
         .speedup = 7.5000075},
        {.init_s = 1e-9,
         .work_s = 1e9,
         .task_avg_s = 123456.789,
         .total_s = 1e22,
         .tasks_per_second = 1e-20,
         .speedup = 0.0},
    };
    for (size_t i = 0; i < 3; i++)
        made->cases[i] = (struct pp_case_result){.plan = &made->plans[i], .pass_count = i + 1, .summary = summaries[i]};
    made->result = (struct pp_result){.task = "sum",
                                      .label = "",
                                      .details = "1000000",
                                      .task_count = 100,
                                      .iterations = 3,
                                      .case_count = 3,
                                      .cases = made->cases,
                                      .complete = true};
}

typedef void writer(const struct pp_result *result, FILE *out);

static char *text_of(const struct pp_result *result, writer *write) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    write(result, out);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(strlen(text), size);
    return text;
}

static void assert_csv(const struct pp_result *result, const char *expected) {
    char *text = text_of(result, pp_reporter_csv.write);
    assert_string_equal(text, expected);
    free(text);
}

static void assert_says(const struct pp_result *result, const char *words, bool says) {
    char *text = text_of(result, pp_console_write);
    if ((strstr(text, words) != NULL) != says)
        fail_msg("\"%s\" %s in:\n%s", words, says ? "is not" : "is", text);
    free(text);
}

#define HEAD                                                                                                           \
    "Name,Workers,Job details,Job count,Time: init,Time: work,Time: task avg,Time: total,Tasks per second,"            \
    "Speedup (vs sequential),Passes,Failed,Label\r\n"

/* ---- CSV ---- */

static void csv_to_the_last_byte(void **state) {
    (void)state;
    struct handmade made;
    make(&made);
    made.cases[1].failed = 7;
    assert_csv(&made.result, HEAD "sequential,0,1000000,100,1.5e-06,2.5,0.025,2.5000025,40,1,1,0,\r\n"
                                  "parallel_2,2,1000000,100,0.001,1.25,0.1,0.3333333333333333,300,7.5000075,2,7,\r\n"
                                  "parallel_4,4,1000000,100,1e-09,1000000000,123456.789,1e+22,1e-20,,3,0,\r\n");
}

static void csv_quotes_what_needs_it(void **state) {
    (void)state;
    const char *const details[][2] = {{"plain", "plain"},
                                      {"", ""},
                                      {"a,b", "\"a,b\""},
                                      {"say \"so\"", "\"say \"\"so\"\"\""},
                                      {"two\nlines", "\"two\nlines\""},
                                      {"cr\r", "\"cr\r\""},
                                      {"[6, 20]x0.8", "\"[6, 20]x0.8\""}};
    for (size_t i = 0; i < sizeof details / sizeof *details; i++) {
        struct handmade made;
        char expected[512];
        make(&made);
        made.result.case_count = 1;
        snprintf(made.result.details, sizeof made.result.details, "%s", details[i][0]);
        snprintf(expected, sizeof expected, HEAD "sequential,0,%s,100,1.5e-06,2.5,0.025,2.5000025,40,1,1,0,\r\n",
                 details[i][1]);
        assert_csv(&made.result, expected);
    }
}

static void csv_leaves_out_what_was_not_run(void **state) {
    (void)state;
    struct handmade made;
    make(&made);
    for (size_t i = 0; i < 3; i++)
        made.cases[i].pass_count = 0;
    assert_csv(&made.result, HEAD);
    made.cases[1].pass_count = 1;
    assert_csv(&made.result, HEAD "parallel_2,2,1000000,100,0.001,1.25,0.1,0.3333333333333333,300,7.5000075,1,0,\r\n");
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
        made.cases[0].summary.init_s = hard[i];
        char *text = text_of(&made.result, pp_reporter_csv.write);
        const char *field = strstr(text, ",100,");
        assert_non_null(field);
        double back = strtod(field + 5, NULL);
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
    assert_csv(&made.result, HEAD "sequential,0,1000000,100,1.5e-06,2.5,0.025,2.5000025,40,1,1,0,\r\n");
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
        pp_console_duration(rows[i].seconds, text, sizeof text);
        assert_string_equal(text, rows[i].text);
    }
}

static void a_duration_is_cut_to_fit(void **state) {
    (void)state;
    char text[16];
    pp_console_duration(1e300, text, sizeof text);
    assert_int_equal(strlen(text), sizeof text - 1);
}

/* ---- console ---- */

static void console_shows_every_row_that_ran(void **state) {
    (void)state;
    struct handmade made;
    make(&made);
    made.cases[2].pass_count = 0;
    assert_says(&made.result, "sum 1000000, 100 tasks, means of 3 passes\n", true);
    assert_says(&made.result, "sequential       1.50 us    2.50 s   25.0 ms    2.50 s         40    1.00x\n", true);
    assert_says(&made.result, "parallel_2 ", true);
    assert_says(&made.result, "    7.50x\n", true);
    assert_says(&made.result, "parallel_4", false);
    assert_says(&made.result, "PARTIAL", false);
    assert_says(&made.result, "failed", false);
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
    made.result.iterations = 1;
    made.result.details[0] = '\0';
    assert_says(&made.result, "sum, 100 tasks: night run (PARTIAL", true);
    assert_says(&made.result, "means of", false);
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
    assert_says(&made.result, "sequential: 0 tasks failed", true);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_to_the_last_byte),
        cmocka_unit_test(csv_quotes_what_needs_it),
        cmocka_unit_test(csv_leaves_out_what_was_not_run),
        cmocka_unit_test(csv_numbers_come_back_exactly),
        cmocka_unit_test(csv_is_the_same_in_german),
        cmocka_unit_test(the_table_of_reporters),
        cmocka_unit_test(durations_have_three_digits_and_a_unit),
        cmocka_unit_test(a_duration_is_cut_to_fit),
        cmocka_unit_test(console_shows_every_row_that_ran),
        cmocka_unit_test(console_shows_no_speedup_without_a_baseline),
        cmocka_unit_test(console_names_the_label_and_what_is_missing),
        cmocka_unit_test(console_tells_of_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
