/* Several results in one table: what each row says, what fits into a narrow window, and what holds for most. */
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

#include "report/overview.h"
#include "report/text.h"
#include "synthetic.h"

enum { ROWS = 5 };

static struct pp_overview_row row(const char *path, const char *work, unsigned workers) {
    struct pp_overview_row made = {.path = path,
                                   .end = PP_OVERVIEW_ENDED,
                                   .known = true,
                                   .workers = workers,
                                   .interval = {workers, workers},
                                   .who = "process",
                                   .speedup = 1.789,
                                   .tasks_per_second = 1234.5};
    snprintf(made.work, sizeof made.work, "%s", work);
    return made;
}

/* `columns` 0: into a file. */
static char *text_of(const struct pp_overview_row *rows, size_t count, size_t columns) {
    char *text = NULL;
    size_t length = 0;
    const struct pp_terminal terminal = {.columns = columns, .utf8 = true};
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    assert_int_equal(pp_overview_write(rows, count, &terminal, out), 0);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void assert_table(const struct pp_overview_row *rows, size_t count, size_t columns, const char *expected) {
    char *text = text_of(rows, count, columns);
    assert_string_equal(text, expected);
    free(text);
}

static void assert_shows(const struct pp_overview_row *rows, size_t count, size_t columns, const char *words,
                         bool shows) {
    char *text = text_of(rows, count, columns);
    if ((strstr(text, words) != NULL) != shows)
        fail_msg("\"%s\" is %s in\n%s", words, shows ? "not" : "found", text);
    free(text);
}

static void assert_fits(const char *text, size_t columns) {
    char line[256];
    for (size_t length; *text; text += length + (text[length] == '\n')) {
        length = strcspn(text, "\n");
        snprintf(line, sizeof line, "%.*s", (int)length, text);
        if (pp_text_width(line) > columns)
            fail_msg("wider than %zu: %s", columns, line);
    }
}

/* ---- the table ---- */

static void each_config_is_a_row_and_what_most_share_is_said(void **state) {
    (void)state;
    struct pp_overview_row rows[] = {row("a/sum.json", "sum 1000", 2), row("a/sort.json", "sort 5", 2),
                                     row("a/api.json", "api 20", 64)};
    rows[1].interval = (struct pp_interval){1, 2};
    rows[2].interval = PP_INTERVAL_UNKNOWN;
    rows[2].speedup = NAN;
    snprintf(rows[0].limiter, sizeof rows[0].limiter, "CPUs");
    snprintf(rows[2].who, sizeof rows[2].who, "async");
    assert_table(rows, 3, 0,
                 "best number of workers for each kind of work\n\n"
                 "              work      workers    95 %  who      speedup   tasks/s  limited by\n"
                 "sum           sum 1000        2       2  process    1.79x      1234  CPUs\n"
                 "sort          sort 5          2     1-2  process    1.79x      1234\n"
                 "api           api 20         64       -  async          -      1234\n"
                 "\n2 workers for most of them (2 of 3)\n"
                 "no interval (-): too few passes to say how sure that is\n");
}

static struct pp_overview_row wordy(void) {
    struct pp_overview_row made = row("folder/größenordnung_of_a_name_that_is_far_too_long_to_be_shown.json",
                                      "exec gzip -9 -c a_file_with_quite_a_name.txt, false, 0, and more ümläute", 1000);
    made.interval = (struct pp_interval){128, 1024};
    snprintf(made.who, sizeof made.who, "async-blocking, chunk size 100, library threads 4");
    snprintf(made.limiter, sizeof made.limiter, "memory bandwidth or caches");
    return made;
}

static void a_file_gets_every_word_whole(void **state) {
    (void)state;
    struct pp_overview_row rows[] = {wordy(), row("b.json", "sum", 2)};
    memset(rows[0].work, 'w', sizeof rows[0].work - 200);
    rows[0].work[sizeof rows[0].work - 200] = '\0';
    assert_shows(rows, 2, 0, "\ngrößenordnung_of_a_name_that_is_far_too_long_to_be_shown  w", true);
    assert_shows(rows, 2, 0, rows[0].work, true);
    assert_shows(rows, 2, 0, "  async-blocking, chunk size 100, library threads 4 ", true);
    assert_shows(rows, 2, 0, "  memory bandwidth or caches\n", true);
}

static void words_are_cut_before_columns_are_left_out_and_no_more_than_needed(void **state) {
    (void)state;
    struct pp_overview_row rows[] = {row("mem.json", "memcpy 67108864, 4", 2), row("sum.json", "sum 1000", 2)};
    snprintf(rows[0].limiter, sizeof rows[0].limiter, "memory bandwidth or caches");
    snprintf(rows[1].limiter, sizeof rows[1].limiter, "CPUs");
    const char *rest = "\n2 workers for each of them\n";
    char expected[512];
    snprintf(expected, sizeof expected, "%s%s",
             "best number of workers for each kind of work\n\n"
             "     work              workers 95 %  who     speedup tasks/s  limited by\n"
             "mem  memcpy 6…08864, 4       2    2  process   1.79x    1234  memory ba…r caches\n"
             "sum  sum 1000                2    2  process   1.79x    1234  CPUs\n",
             rest);
    assert_table(rows, 2, 80, expected);
    assert_shows(rows, 2, 120, "memcpy 67108864, 4 ", true);
    assert_shows(rows, 2, 120, "memory bandwidth or caches\n", true);
}

static void one_number_for_all_and_none_for_most_are_said_as_they_are(void **state) {
    (void)state;
    struct pp_overview_row rows[] = {row("a.json", "sum", 1), row("b.json", "sort", 1), row("c.json", "io", 4),
                                     row("d.json", "zip", 8)};
    assert_shows(rows, 2, 0, "\n1 worker for each of them\n", true);
    assert_shows(rows, 4, 0, "\nno number of workers is the best for most of them\n", true); /* half is not most */
    assert_shows(rows, 1, 0, "of them", false);
}

static void a_config_without_a_verdict_says_why(void **state) {
    (void)state;
    struct pp_overview_row rows[] = {row("a.json", "sum", 2), row("b.json", "io", 0), row("c.json", "zip", 0)};
    rows[1].known = false;
    snprintf(rows[1].reason, sizeof rows[1].reason, "tasks failed");
    rows[2] = (struct pp_overview_row){.path = "c.json", .end = PP_OVERVIEW_FAILED};
    rows[1].who[0] = '\0';
    assert_table(rows, 3, 40,
                 "best number of workers for each kind of\n"
                 "    work\n\n"
                 "  workers 95 %  who     speedup tasks/s\n"
                 "a       2    2  process   1.79x    1234\n"
                 "b       -\n"
                 "c       -\n"
                 "\nb: no verdict: tasks failed\n"
                 "c: failed, see above\n");
    assert_shows(rows, 3, 0, "of them", false); /* one verdict is no majority */
}

static void what_did_not_end_is_counted_and_has_no_row(void **state) {
    (void)state;
    struct pp_overview_row rows[] = {row("a.json", "sum", 2),
                                     {.path = "b.json", .end = PP_OVERVIEW_STOPPED},
                                     {.path = "c.json"},
                                     {.path = "d.json"}};
    assert_shows(rows, 4, 0, "\nPARTIAL: of 4 configs 1 stopped before the end, 2 not run\n", true);
    assert_shows(rows, 4, 0, "\nb", false);
    char *nothing = text_of(rows + 1, 3, 0);
    assert_string_equal(nothing, "");
    free(nothing);
}

static void configs_of_one_name_are_told_by_their_paths(void **state) {
    (void)state;
    const struct pp_overview_row rows[] = {row("a/x.json", "sum", 2), row("b/x.json", "sum", 2)};
    assert_shows(rows, 2, 0, "\na/x.json      sum ", true);
    assert_shows(rows, 2, 0, "\nb/x.json      sum ", true);
}

static void no_line_is_wider_than_the_window_and_no_word_of_a_sentence_is_broken(void **state) {
    (void)state;
    struct pp_overview_row rows[ROWS];
    for (size_t i = 0; i < ROWS; i++)
        rows[i] = wordy();
    rows[3].known = false;
    snprintf(rows[3].reason, sizeof rows[3].reason, "one worker could not be compared with any other");
    static const size_t windows[] = {200, 100, 80, 60, 40};
    for (size_t i = 0; i < sizeof windows / sizeof windows[0]; i++) {
        char *text = text_of(rows, ROWS, windows[i]);
        assert_fits(text, windows[i]);
        assert_non_null(strstr(text, " 1000"));
        assert_non_null(strstr(text, " 128-1024"));
        free(text);
    }
    assert_shows(rows, ROWS, 40, "best number of workers for each kind of\n    work\n", true);
    assert_shows(rows, ROWS, 40, "\n    compared with any other\n", true);
    assert_shows(rows, ROWS, 40, "\n1000 workers for each of them\n", true);
}

static void a_name_cannot_write_on_the_terminal(void **state) {
    (void)state;
    const struct pp_overview_row rows[] = {row("a\n\033[31m.json", "sum \t", 2), row("b.json", "sum", 2)};
    assert_shows(rows, 2, 0, "\033", false);
    assert_shows(rows, 2, 0, "a\\x0a\\x1b[31m", true);
}

static void wide_characters_take_two_columns(void **state) {
    (void)state;
    const struct pp_overview_row rows[] = {row("a.json", "\u4e2d\u6587", 2), row("b.json", "sum7", 2)};
    assert_shows(rows, 2, 0, "a             \u4e2d\u6587        2 ", true);
    assert_shows(rows, 2, 0, "b             sum7        2 ", true);
}

/* ---- a row from a result ---- */

static void a_row_tells_the_verdict_of_a_result(void **state) {
    (void)state;
    static struct synthetic made;
    synthetic_set(&made, (const int[]){0, 1, 2, 4, -1});
    synthetic_fill(&made, (const double[]){4.0, 4.0, 2.0, 2.0}, 8, 0.0, NULL);
    synthetic_analyse(&made);
    struct pp_overview_row noted = {.path = "made.json"};
    pp_overview_note(&noted, &made.result);
    assert_int_equal(noted.end, PP_OVERVIEW_ENDED);
    assert_true(noted.known);
    assert_int_equal(noted.workers, 2);
    assert_string_equal(noted.work, "made 7");
    assert_string_equal(noted.who, "process");
    assert_true(fabs(noted.speedup - 2.0) < 1e-9);
    assert_true(fabs(noted.tasks_per_second - SYNTHETIC_TASKS / 2.0) < 1e-9);
    assert_int_equal((int)noted.interval.low, 2);
    synthetic_release(&made);
}

static void a_speedup_against_workers_is_none_against_sequential_work(void **state) {
    (void)state;
    static struct synthetic made;
    synthetic_set(&made, (const int[]){1, 2, -1});
    synthetic_fill(&made, (const double[]){4.0, 2.0}, 8, 0.0, NULL);
    synthetic_analyse(&made);
    struct pp_overview_row noted = {.path = "made.json"};
    pp_overview_note(&noted, &made.result);
    assert_int_equal(noted.workers, 2);
    assert_true(isnan(noted.speedup));
    synthetic_release(&made);
}

static void a_row_names_what_else_the_case_differs_in(void **state) {
    (void)state;
    static struct synthetic made;
    synthetic_set(&made, (const int[]){0, 2, 2, -1});
    snprintf(made.names[2], sizeof made.names[2], "thread_2_chunk");
    made.cases[2].executor = "thread";
    made.cases[2].chunk_size = 5;
    synthetic_fill(&made, (const double[]){4.0, 3.0, 2.0}, 8, 0.0, NULL);
    synthetic_analyse(&made);
    struct pp_overview_row noted = {.path = "made.json"};
    pp_overview_note(&noted, &made.result);
    assert_string_equal(noted.who, "thread, chunk size 5");
    synthetic_release(&made);
}

static void a_result_without_a_verdict_keeps_the_reason(void **state) {
    (void)state;
    static struct synthetic made;
    synthetic_set(&made, (const int[]){0, 2, -1});
    synthetic_analyse(&made);
    struct pp_overview_row noted = {.path = "made.json"};
    pp_overview_note(&noted, &made.result);
    assert_false(noted.known);
    assert_string_not_equal(noted.reason, "");
    synthetic_release(&made);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_config_is_a_row_and_what_most_share_is_said),
        cmocka_unit_test(one_number_for_all_and_none_for_most_are_said_as_they_are),
        cmocka_unit_test(a_config_without_a_verdict_says_why),
        cmocka_unit_test(what_did_not_end_is_counted_and_has_no_row),
        cmocka_unit_test(configs_of_one_name_are_told_by_their_paths),
        cmocka_unit_test(no_line_is_wider_than_the_window_and_no_word_of_a_sentence_is_broken),
        cmocka_unit_test(a_file_gets_every_word_whole),
        cmocka_unit_test(words_are_cut_before_columns_are_left_out_and_no_more_than_needed),
        cmocka_unit_test(wide_characters_take_two_columns),
        cmocka_unit_test(a_name_cannot_write_on_the_terminal),
        cmocka_unit_test(a_row_tells_the_verdict_of_a_result),
        cmocka_unit_test(a_speedup_against_workers_is_none_against_sequential_work),
        cmocka_unit_test(a_row_names_what_else_the_case_differs_in),
        cmocka_unit_test(a_result_without_a_verdict_keeps_the_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
