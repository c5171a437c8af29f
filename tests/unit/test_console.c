/* What is printed at the end, for terminals of every kind: nothing too wide, nothing that a terminal would obey. */
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

#include "printed.h"
#include "report/report.h"
#include "report/text.h"

/* ---- text ---- */

static const struct pp_terminal plain = {.utf8 = true}, ascii = {.utf8 = false};

static void widths_are_those_of_characters(void **state) {
    (void)state;
    const struct {
        const char *text;
        size_t width;
    } rows[] = {{"", 0},     {"abc", 3},  {"±5 %", 4},     {"größer", 6}, {"e\xcc\x81", 1},
                {"日本", 4}, {"🙂", 2}, {"\xff\xfe", 2}, {"…", 1},      {"█▏", 2}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (pp_text_width(rows[i].text) != rows[i].width)
            fail_msg("\"%s\" is %zu columns wide", rows[i].text, pp_text_width(rows[i].text));
}

static void assert_put(const char *text, const struct pp_terminal *terminal, const char *expected) {
    char room[128];
    struct pp_textbuf out = pp_textbuf_in(room, sizeof room);
    pp_text_put(&out, text, terminal);
    assert_string_equal(room, expected);
}

static void text_is_put_as_the_terminal_can_show_it(void **state) {
    (void)state;
    assert_put("±3 – größer…", &plain, "±3 – größer…");
    assert_put("±3 – größer…", &ascii, "+-3 - gr\\xc3\\xb6\\xc3\\x9fer...");
    assert_put("a\033[2Jb\x7f\xc2\x9b\xff", &plain, "a\\x1b[2Jb\\x7f\\xc2\\x9b\\xff");
    assert_put("a\033[2Jb\x7f\xc2\x9b\xff", &ascii, "a\\x1b[2Jb\\x7f\\xc2\\x9b\\xff");
}

static void assert_cut(const char *text, size_t width, const struct pp_terminal *terminal, const char *expected) {
    char room[128];
    struct pp_textbuf out = pp_textbuf_in(room, sizeof room);
    pp_text_cut(&out, text, width, terminal);
    assert_string_equal(room, expected);
}

static void what_is_too_wide_loses_its_middle(void **state) {
    (void)state;
    assert_cut("parallel_2", 10, &plain, "parallel_2");
    assert_cut("parallel_2 pin=none", 11, &plain, "paral…=none");
    assert_cut("parallel_2 pin=none", 10, &ascii, "paral~none");
    assert_cut("größer als", 5, &plain, "gr…ls");
    assert_cut("日本日本", 5, &plain, "日…本");
    assert_cut("日本日本", 4, &plain, "日…");
    assert_cut("abc", 1, &plain, "…");
    assert_cut("abc", 0, &plain, "");
}

static void assert_bar(double share, size_t width, const struct pp_terminal *terminal, const char *expected) {
    char room[128];
    struct pp_textbuf out = pp_textbuf_in(room, sizeof room);
    size_t taken = pp_text_bar(&out, share, width, terminal);
    assert_string_equal(room, expected);
    assert_int_equal(taken, pp_text_width(expected));
}

static void bars_are_as_long_as_their_share(void **state) {
    (void)state;
    assert_bar(1.0, 4, &plain, "████");
    assert_bar(0.5, 4, &plain, "██");
    assert_bar(0.53125, 4, &plain, "██▏");
    assert_bar(0.0, 4, &plain, "");
    assert_bar(1e-9, 4, &plain, "▏");
    assert_bar(2.0, 4, &plain, "████");
    assert_bar(NAN, 4, &plain, "");
    assert_bar(-1.0, 4, &plain, "");
    assert_bar(0.5, 4, &ascii, "##");
    assert_bar(1e-9, 4, &ascii, "#");
    assert_bar(1.0, 0, &plain, "");
}

static char *stream_text; /* of the stream that was written last */

static FILE *stream_open(size_t *size) {
    free(stream_text);
    stream_text = NULL;
    FILE *out = open_memstream(&stream_text, size);
    assert_non_null(out);
    return out;
}

static void assert_wrapped(const char *text, size_t columns, const char *expected) {
    size_t size;
    FILE *out = stream_open(&size);
    const struct pp_terminal terminal = {.columns = columns, .utf8 = true};
    pp_text_wrap(out, text, 2, PP_STYLE_NONE, &terminal);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(stream_text, expected);
}

static void paragraphs_are_wrapped_at_words(void **state) {
    (void)state;
    assert_wrapped("use 2 workers: the fastest", 0, "use 2 workers: the fastest\n");
    assert_wrapped("use 2 workers: the fastest", 26, "use 2 workers: the fastest\n");
    assert_wrapped("use 2 workers: the fastest", 25, "use 2 workers: the\n  fastest\n");
    assert_wrapped("use 2 workers: the fastest", 14, "use 2 workers:\n  the fastest\n");
    assert_wrapped("  a remark", 8, "  a\n  remark\n");
    assert_wrapped("a /long/path/of/no/end b", 10, "a\n  /long/pa\n  th/of/no\n  /end b\n");
    assert_wrapped("", 10, "\n");
    assert_wrapped("abc", 1, "a\nb\nc\n");
    assert_wrapped("größer größer", 7, "größer\n  größe\n  r\n");
}

static void a_style_ends_with_its_line(void **state) {
    (void)state;
    size_t size;
    FILE *out = stream_open(&size);
    const struct pp_terminal terminal = {.columns = 9, .utf8 = true, .color = true};
    pp_text_wrap(out, "use 2 workers", 2, PP_STYLE_BOLD, &terminal);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(stream_text, "\033[1muse 2\033[0m\n  \033[1mworkers\033[0m\n");
}

/* ---- the whole ---- */

enum { CASES = 100 };

struct handmade {
    struct pp_case_result cases[CASES];
    char names[CASES][96];
    struct pp_result result;
};

static struct pp_stats around(double value) {
    return (struct pp_stats){.mean = value, .median = value, .ci95 = {0.98 * value, 1.02 * value}};
}

static struct pp_case_result row(const char *name, unsigned workers, double total, double speedup) {
    return (struct pp_case_result){.name = name,
                                   .executor = workers ? "process" : "sequential",
                                   .workers = workers,
                                   .counted = 7,
                                   .init = around(0.00123),
                                   .work = around(total),
                                   .task_avg = around(0.0123),
                                   .total = around(total),
                                   .tasks_per_second = 1234.5,
                                   .speedup = {speedup, {0.95 * speedup, 1.05 * speedup}, "sequential"},
                                   .efficiency = workers ? speedup / workers : 1.0,
                                   .cost = {0.123, 0.1, 0.02, 123, 45, 6, 789, 0, NAN, NAN, NAN, NAN},
                                   .memory = {12345678},
                                   .breakdown = {.cpu = total, .runnable = 0.1 * total},
                                   .limiter = workers > 2 ? PP_LIMITER_MEMORY : PP_LIMITER_NONE,
                                   .verified = true};
}

static void make(struct handmade *made, size_t count) {
    *made = (struct handmade){.result = {.task = "sum",
                                         .label = "one worker for each CPU, and more than that bring nothing",
                                         .details = "1000000",
                                         .check = "eb0159746191ea32",
                                         .task_count = 1000,
                                         .case_count = count,
                                         .cases = made->cases,
                                         .rule_of_thumb = 2.0,
                                         .complete = true}};
    for (size_t i = 0; i < count; i++) {
        unsigned workers = (unsigned)i;
        snprintf(made->names[i], sizeof made->names[i], i ? "parallel_%zu" : "sequential", i);
        double speedup = workers > 4 ? 4.0 : workers ? workers : 1.0;
        made->cases[i] = row(made->names[i], workers, 1.0 / speedup, speedup);
    }
    struct pp_verdict *verdict = &made->result.verdict;
    verdict->known = true;
    snprintf(verdict->text, sizeof verdict->text,
             "use 4 workers (95 %%: 3–4): within 5 %% of the best (8), 12 %% less CPU; stops at: memory bandwidth");
    snprintf(verdict->reason, sizeof verdict->reason, "4 workers do 5000 tasks/s for 0.3 CPU s a pass");
}

static const char *print(const struct handmade *made, struct pp_terminal terminal) {
    size_t size;
    FILE *out = stream_open(&size);
    pp_console_write(&made->result, &terminal, out);
    assert_int_equal(fclose(out), 0);
    return stream_text;
}

static void nothing_is_wider_than_the_terminal(void **state) {
    (void)state;
    struct handmade made;
    make(&made, 9);
    made.cases[3].disturbed = 7;
    made.cases[4].failed = 3;
    made.cases[5].tasks_per_second = 1.23456e-12;
    made.cases[6].total = made.cases[6].init = around(1e9);
    snprintf(made.names[7], sizeof made.names[7], "async-blocking_65536 library_threads=default input=inherit");
    for (size_t columns = 40; columns <= 220; columns++)
        assert_no_line_is_wider(print(&made, (struct pp_terminal){.columns = columns, .utf8 = true}), columns);
}

static void every_width_has_names_totals_speed_ups_and_bars(void **state) {
    (void)state;
    const size_t widths[] = {40, 60, 80, 200, 0};
    struct handmade made;
    make(&made, 5);
    made.cases[2].disturbed = 1;
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        const char *text = print(&made, (struct pp_terminal){.columns = widths[i], .utf8 = true});
        assert_has(text, " total");
        assert_has(text, "parallel_4 ");
        assert_has(text, " 2.00x *");
        assert_has(text, " 4.00x ");
        assert_has(text, "██████");
        assert_has(text, "efficiency");
        assert_has(text, " 100%");
        assert_has(text, "\nuse 4 workers (95 %: 3–4)");
    }
}

static void eighty_columns_are_enough_for_everything_of_a_common_run(void **state) {
    (void)state;
    struct handmade made;
    make(&made, 5);
    const char *text = print(&made, (struct pp_terminal){.columns = 80, .utf8 = true});
    const char *const words[] = {"init",  "work",   "task avg", "tasks/s",     "speedup", "3.80–4.20",
                                 "±2.0%", "no cpu", "CPU time", "tasks/CPU s", "peak MB", "memory bandwidth or caches"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        assert_has(text, words[i]);
}

static void bars_grow_with_the_window(void **state) {
    (void)state;
    struct handmade made;
    make(&made, 5);
    const char *wide = "██████████████████████████████████████████████████████████";
    assert_has(print(&made, (struct pp_terminal){.columns = 200, .utf8 = true}), wide);
    assert_null(strstr(print(&made, (struct pp_terminal){.columns = 80, .utf8 = true}), wide));
}

static void without_utf8_all_is_ascii(void **state) {
    (void)state;
    struct handmade made;
    make(&made, 9);
    made.result.label = "größer";
    const size_t widths[] = {40, 80, 200};
    for (size_t i = 0; i < 3; i++) {
        const char *text = print(&made, (struct pp_terminal){.columns = widths[i]});
        for (const char *c = text; *c; c++)
            if ((unsigned char)*c >= 0x80 || ((unsigned char)*c < 0x20 && *c != '\n'))
                fail_msg("byte %02x in:\n%s", (unsigned)(unsigned char)*c, text);
        assert_has(text, "+-2.0%");
        assert_has(text, "######");
    }
}

static void only_colour_brings_escape_sequences(void **state) {
    (void)state;
    struct handmade made;
    make(&made, 5);
    made.cases[2].disturbed = 1;
    assert_null(strchr(print(&made, (struct pp_terminal){.columns = 80, .utf8 = true}), '\033'));
    const char *text = print(&made, (struct pp_terminal){.columns = 80, .utf8 = true, .color = true});
    assert_has(text, "\033[1muse 4 workers (95 %: 3–4)");
    assert_has(text, "\033[33m*\033[0m");
    assert_has(text, "\033[32m█");
}

static void what_configs_say_is_no_command_to_a_terminal(void **state) {
    (void)state;
    struct handmade made;
    make(&made, 3);
    made.result.label = "\033]0;title\007\033[2J";
    snprintf(made.result.details, sizeof made.result.details, "echo \r\n");
    snprintf(made.names[1], sizeof made.names[1], "a\033[31mb");
    const struct pp_terminal terminals[] = {PP_TERMINAL_NONE, {.columns = 80, .utf8 = true}, {.columns = 80}};
    for (size_t i = 0; i < 3; i++) {
        const char *text = print(&made, terminals[i]);
        assert_commands_nothing(text);
    }
    assert_has(stream_text, "\\x1b]0;title\\x07");
}

static void a_long_table_repeats_its_headings(void **state) {
    (void)state;
    struct handmade *made = malloc(sizeof *made);
    assert_non_null(made);
    make(made, CASES);
    size_t heads = 0;
    const char *text = print(made, (struct pp_terminal){.columns = 80, .utf8 = true});
    for (const char *at = text; (at = strstr(at, "\nspeed-up ")); at++)
        heads++;
    assert_int_equal(heads, CASES / 20);
    assert_no_line_is_wider(text, 80);
    heads = 0;
    for (const char *at = print(made, PP_TERMINAL_NONE); (at = strstr(at, "\nspeed-up ")); at++)
        heads++;
    assert_int_equal(heads, 1);
    free(made);
}

static void there_are_no_bars_where_nothing_is_compared(void **state) {
    (void)state;
    struct handmade made;
    make(&made, 1);
    assert_null(strstr(print(&made, PP_TERMINAL_NONE), "efficiency"));
    make(&made, 3);
    made.cases[1].speedup.value = made.cases[2].speedup.value = NAN;
    assert_null(strstr(print(&made, PP_TERMINAL_NONE), "efficiency"));
}

static int end(void **state) {
    (void)state;
    free(stream_text);
    return 0;
}

static void columns_without_anything_in_them_are_left_out(void **state) {
    (void)state;
    const size_t widths[] = {0, 80, 200};
    struct handmade made;
    make(&made, 3);
    for (size_t i = 0; i < 3; i++)
        made.cases[i].total.ci95 = made.cases[i].speedup.ci95 = PP_INTERVAL_UNKNOWN;
    made.result.verdict.text[0] = '\0';
    for (size_t i = 0; i < 3; i++) {
        const char *text = print(&made, (struct pp_terminal){.columns = widths[i], .utf8 = true});
        assert_null(strstr(text, "95 %"));
        assert_null(strstr(text, "limited by"));
    }
    made.cases[2].total.ci95 = (struct pp_interval){0.4, 0.6};
    assert_has(print(&made, PP_TERMINAL_NONE), "   95 %   tasks/s");
}

static void what_stands_in_the_way_of_a_verdict_is_said_once(void **state) {
    (void)state;
    struct handmade made;
    make(&made, 1);
    struct pp_verdict *verdict = &made.result.verdict;
    verdict->known = false;
    snprintf(verdict->text, sizeof verdict->text, "no verdict: one worker count was measured");
    snprintf(verdict->reason, sizeof verdict->reason, "one worker count was measured");
    const char *first = strstr(print(&made, PP_TERMINAL_NONE), verdict->reason);
    assert_non_null(first);
    assert_null(strstr(first + 1, verdict->reason));
}

/* The column and the reason, which stand together, say the same. */
static void large_numbers_have_no_exponent(void **state) {
    (void)state;
    struct handmade made;
    make(&made, 3);
    struct pp_model model = {.name = "roof", .series = "process", .gamma = 9961.2, .roof = 13140.4, .chosen = true};
    made.cases[1].tasks_per_second = 16592.3;
    made.cases[1].cost.tasks_per_cpu_s = 9961.4;
    made.cases[1].cost.switches_voluntary = 1000;
    made.cases[1].cost.faults_minor = 123456789;
    made.result.models = &model;
    made.result.model_count = 1;
    made.result.verdict.series = model.series;
    made.result.rule_of_thumb = 2010;
    const size_t widths[] = {0, 80, 200};
    for (size_t i = 0; i < 3; i++) {
        const char *text = print(&made, (struct pp_terminal){.columns = widths[i], .utf8 = true});
        const char *const words[] = {" 16592 ",     " 9961 ",   " 1000 ",
                                     " 123456789 ", "= 2010\n", "roof: 9961 tasks/s for each worker up to 13140\n"};
        for (size_t k = 0; k < sizeof words / sizeof *words; k++)
            assert_has(text, words[k]);
        assert_null(strstr(text, "e+"));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(widths_are_those_of_characters),
        cmocka_unit_test(text_is_put_as_the_terminal_can_show_it),
        cmocka_unit_test(what_is_too_wide_loses_its_middle),
        cmocka_unit_test(bars_are_as_long_as_their_share),
        cmocka_unit_test(paragraphs_are_wrapped_at_words),
        cmocka_unit_test(a_style_ends_with_its_line),
        cmocka_unit_test(nothing_is_wider_than_the_terminal),
        cmocka_unit_test(every_width_has_names_totals_speed_ups_and_bars),
        cmocka_unit_test(eighty_columns_are_enough_for_everything_of_a_common_run),
        cmocka_unit_test(bars_grow_with_the_window),
        cmocka_unit_test(without_utf8_all_is_ascii),
        cmocka_unit_test(only_colour_brings_escape_sequences),
        cmocka_unit_test(what_configs_say_is_no_command_to_a_terminal),
        cmocka_unit_test(a_long_table_repeats_its_headings),
        cmocka_unit_test(there_are_no_bars_where_nothing_is_compared),
        cmocka_unit_test(columns_without_anything_in_them_are_left_out),
        cmocka_unit_test(what_stands_in_the_way_of_a_verdict_is_said_once),
        cmocka_unit_test(large_numbers_have_no_exponent),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}
