/* What is written of a comparison: the table, for terminals of every kind, and the JSON. */
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
#include <jansson.h>

#include "printed.h"
#include "report/compare.h"
#include "two_results.h"

static char *text_for(const char *format, struct pp_terminal terminal) {
    char *text = NULL;
    size_t size = 0, i = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    while (strcmp(pp_compare_formats[i].name, format) != 0)
        i++;
    assert_int_equal(pp_compare_formats[i].write(&comparison, &terminal, out), 0);
    assert_int_equal(fclose(out), 0);
    return text;
}

static char *text_of(const char *format) { return text_for(format, PP_TERMINAL_NONE); }

static void assert_table(const char *expected) {
    assert_int_equal(compare(), 0);
    char *text = text_of("table");
    assert_string_equal(text, expected);
    free(text);
}

#define HEAD                                                                                                           \
    "made: total times, base and new; what matters is a change of 1 %\n\n"                                             \
    "                  base       new    change               95 %  answer\n"

static void the_table_of_no_regression(void **state) {
    (void)state;
    set(6, (const double[]){1, 1, 0.8}, 0, NULL);
    fresh.cases[1].chunk_size = 3;
    assert_table(HEAD "sequential      4.00 s    4.00 s    +0.0 %     +0.0 to +0.0 %  no regression\n"
                      "parallel_4      1.00 s    800 ms   -20.0 %   -20.0 to -20.0 %  improved\n"
                      "not compared, lacking a counterpart that did all its work: 1 of base, 1 of new\n\n"
                      "recommended workers: 4, then 4\ncannot tell: not all cases of base could be compared\n");
}

static void the_table_of_long_names_and_other_kinds(void **state) {
    (void)state;
    set(6, same, 0, NULL);
    base.cases[0].name = "sequential and more";
    fresh.cases[2].executor = "thread";
    fresh.cases[2].name = "thread_4";
    assert_table("made: total times, base and new; what matters is a change of 1 %\n\n"
                 "                         base       new    change               95 %  answer\n"
                 "sequential and more    4.00 s    4.00 s    +0.0 %     +0.0 to +0.0 %  no regression\n"
                 "parallel_2             2.00 s    2.00 s    +0.0 %     +0.0 to +0.0 %  no regression\n"
                 "not compared, lacking a counterpart that did all its work: 1 of base, 1 of new\n\n"
                 "recommended: parallel_4, then thread_4\ncannot tell: not all cases of base could be compared\n");
}

static void the_table_of_a_regression(void **state) {
    (void)state;
    set(6, (const double[]){1, 1, 3}, 0, NULL);
    assert_table(HEAD "sequential      4.00 s    4.00 s    +0.0 %     +0.0 to +0.0 %  no regression\n"
                      "parallel_2      2.00 s    2.00 s    +0.0 %     +0.0 to +0.0 %  no regression\n"
                      "parallel_4      1.00 s    3.00 s  +200.0 % +200.0 to +200.0 %  regressed\n\n"
                      "recommended workers: 4, then 2: moved\nregressed\n");
}

static void the_table_of_too_few_passes(void **state) {
    (void)state;
    set(3, (const double[]){1, 1, 3}, 0, NULL);
    assert_table(HEAD "sequential      4.00 s    4.00 s    +0.0 %                  -  cannot tell\n"
                      "parallel_2      2.00 s    2.00 s    +0.0 %                  -  cannot tell\n"
                      "parallel_4      1.00 s    3.00 s  +200.0 %                  -  cannot tell\n\n"
                      "recommended workers: 4, then 2: too few passes to tell whether that is chance\n"
                      "cannot tell: too few passes; 5 on each side are the least for 3 cases\n");
}

static void the_table_of_too_much_noise(void **state) {
    (void)state;
    struct pp_rng rng = {2};
    set(6, same, 0.3, &rng);
    assert_int_equal(compare(), 0);
    char *text = text_of("table");
    assert_non_null(strstr(text, "\ncannot tell: the passes differ too much for so small an effect; more of them, or a "
                                 "larger --min-effect, would tell\n"));
    free(text);
}

/* What is seen in a window of so many columns. */
static void assert_seen(size_t columns, const char *expected) {
    char *text = text_for("table", (struct pp_terminal){.columns = columns, .utf8 = true});
    assert_string_equal(text, expected);
    free(text);
}

static void narrow_windows_cut_names_and_leave_columns_out(void **state) {
    (void)state;
    set(3, (const double[]){1, 1, 3}, 0, NULL);
    assert_int_equal(compare(), 0);
    assert_seen(40, "made: total times, base and new; what\n"
                    "    matters is a change of 1 %\n\n"
                    "              new   change  answer\n"
                    "sequential 4.00 s   +0.0 %  cannot tell\n"
                    "parallel_2 2.00 s   +0.0 %  cannot tell\n"
                    "parallel_4 3.00 s +200.0 %  cannot tell\n\n"
                    "recommended workers: 4, then 2: too few\n"
                    "    passes to tell whether that is\n"
                    "    chance\n"
                    "cannot tell: too few passes; 5 on each\n"
                    "  side are the least for 3 cases\n");
    comparison.cases[0].name = "async-blocking_65536 library_threads=default";
    comparison.case_count = 1;
    comparison.answer = comparison.cases[0].change.verdict = PP_CHANGE_NONE;
    assert_seen(40, "made: total times, base and new; what\n"
                    "    matters is a change of 1 %\n\n"
                    "                   change  answer\n"
                    "async-blo…=default +0.0 %  no regression\n\n"
                    "recommended workers: 4, then 2: too few\n"
                    "    passes to tell whether that is\n"
                    "    chance\n"
                    "no regression\n");
}

static void no_comparison_is_wider_than_the_terminal_or_commands_it(void **state) {
    (void)state;
    struct pp_rng rng = {2};
    set(6, (const double[]){1, 1, 300000}, 0.1, &rng);
    base.result.task = fresh.result.task = "\033]0;owned\007";
    base.cases[0].name = "async-blocking_65536 library_threads=default input=inherit";
    base.cases[1].name = "a\033[31m\nb\r";
    fresh.cases[2].executor = "thread";
    fresh.cases[2].name = "thread_4 \033[2J";
    assert_int_equal(compare(), 0);
    for (size_t columns = 40; columns <= 220; columns++) {
        char *text = text_for("table", (struct pp_terminal){.columns = columns, .utf8 = columns % 2 == 0});
        assert_no_line_is_wider(text, columns);
        assert_commands_nothing(text);
        free(text);
    }
    char *text = text_of("table");
    assert_commands_nothing(text);
    assert_has(text, "\\x1b]0;owned\\x07: total times");
    assert_has(text, "\na\\x1b[31m\\x0ab\\x0d ");
    free(text);
}

static void the_json_has_it_all(void **state) {
    (void)state;
    set(6, (const double[]){1, 1, 3}, 0, NULL);
    base.result.label = "old";
    fresh.cases[0].library_threads = 3;
    assert_int_equal(compare(), 0);
    char *text = text_of("json");
    json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, NULL), *row;
    assert_non_null(document);
    assert_string_equal(json_string_value(json_object_get(document, "answer")), "regressed");
    assert_string_equal(json_string_value(json_object_get(document, "base_label")), "old");
    assert_int_equal(json_integer_value(json_object_get(document, "only_new")), 1);
    assert_int_equal(json_integer_value(json_object_get(document, "passes_needed")), 5);
    assert_true(json_is_true(json_object_get(document, "workers_moved")));
    assert_int_equal(json_array_size(json_object_get(document, "cases")), 2);
    row = json_array_get(json_object_get(document, "cases"), 1);
    assert_string_equal(json_string_value(json_object_get(row, "name")), "parallel_4");
    assert_string_equal(json_string_value(json_object_get(row, "answer")), "regressed");
    assert_true(fabs(json_number_value(json_object_get(row, "change")) - 2) < 1e-9);
    assert_int_equal(json_array_size(json_object_get(row, "ci95")), 2);
    json_decref(document);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_table_of_no_regression, tear_down),
        cmocka_unit_test_teardown(the_table_of_long_names_and_other_kinds, tear_down),
        cmocka_unit_test_teardown(the_table_of_a_regression, tear_down),
        cmocka_unit_test_teardown(the_table_of_too_few_passes, tear_down),
        cmocka_unit_test_teardown(the_table_of_too_much_noise, tear_down),
        cmocka_unit_test_teardown(narrow_windows_cut_names_and_leave_columns_out, tear_down),
        cmocka_unit_test_teardown(no_comparison_is_wider_than_the_terminal_or_commands_it, tear_down),
        cmocka_unit_test_teardown(the_json_has_it_all, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
