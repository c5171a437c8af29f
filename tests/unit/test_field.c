/* Field rows and the small parts below them: values in and out of structs, words, and JSON into members. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/fields.h"
#include "base/nearest.h"
#include "base/problems.h"
#include "base/textbuf.h"
#include "base/utf8.h"
#include "config/read_field.h"
#include "pptest/error.h"
#include "schema/describe.h"

static const char *const colours[] = {"red", "green", "blue", NULL};
static const int64_t some_ints[] = {3, 5};
static const char *const some_words[] = {"a", "b", "c"};

struct all {
    int64_t i;
    double r;
    bool b;
    const char *s;
    int choice;
    struct pp_pair pair;
    struct pp_ints ints;
    struct pp_strings strings;
    struct pp_strings limited;
    const char *filled;
    int64_t automatic;
    double maybe;
};

#define AT(member) .offset = offsetof(struct all, member)

static const struct pp_field fields[] = {
    {.name = "i", .type = PP_INT, AT(i), .unit = "MB", .min = 1, .max = PP_INT_MAX, .def.i = 10},
    {.name = "r", .type = PP_REAL, AT(r), .min = -0.5, .max = 1.5, .def.r = 0.8},
    {.name = "b", .type = PP_BOOL, AT(b), .def.i = 1},
    {.name = "s", .type = PP_STRING, AT(s)},
    {.name = "choice", .type = PP_CHOICE, AT(choice), .choices = colours, .def.i = 2, .flags = PP_FIELD_NULL},
    {.name = "pair", .type = PP_PAIR, AT(pair), .min = 0, .max = 30, .def.pair = {20, 21}},
    {.name = "ints", .type = PP_INTS, AT(ints), .min = 0, .max = 9, .def.ints = {2, some_ints}},
    {.name = "strings", .type = PP_STRINGS, AT(strings), .def.strings = {.count = 3, .items = some_words}},
    {.name = "limited",
     .type = PP_STRINGS,
     AT(limited),
     .choices = colours,
     .flags = PP_FIELD_NONEMPTY | PP_FIELD_REQUIRED},
    {.name = "filled", .type = PP_STRING, AT(filled), .flags = PP_FIELD_NONEMPTY, .def.s = "x"},
    {.name = "automatic", .type = PP_INT, AT(automatic), .flags = PP_FIELD_AUTO, .min = 1, .max = 8},
    {.name = "maybe", .type = PP_REAL, AT(maybe), .flags = PP_FIELD_NULL, .min = 0.001, .max = 5},
    {.name = "json", .type = PP_JSON},
    {0}};

/* ---- values ---- */

static void defaults_reach_every_member(void **state) {
    (void)state;
    struct all all;
    memset(&all, 0x55, sizeof all);
    pp_fields_default(fields, &all);
    assert_int_equal(all.i, 10);
    assert_true(all.r == 0.8 && all.b);
    assert_string_equal(all.s, "");
    assert_int_equal(all.choice, 2);
    assert_true(all.pair.low == 20 && all.pair.high == 21);
    assert_true(all.ints.count == 2 && all.ints.items == some_ints);
    assert_true(all.strings.count == 3 && all.strings.items == some_words);
    assert_int_equal(all.limited.count, 0);
    assert_string_equal(all.filled, "x");
    assert_true(all.automatic == 0 && all.maybe == 0);
    pp_fields_default(NULL, NULL);
}

static void values_come_back_as_stored(void **state) {
    (void)state;
    struct all from, to;
    memset(&to, 0, sizeof to);
    pp_fields_default(fields, &from);
    for (const struct pp_field *field = fields; field->name; field++)
        pp_value_store(field, &to, pp_value_load(field, &from));
    assert_true(to.i == 10 && to.r == 0.8 && to.b && to.choice == 2 && to.pair.high == 21);
    assert_true(to.s == from.s && to.ints.items == some_ints && to.strings.count == 3);
}

static void rows_are_found_and_counted(void **state) {
    (void)state;
    assert_ptr_equal(pp_field_find(fields, "b"), &fields[2]);
    assert_null(pp_field_find(fields, "B"));
    assert_null(pp_field_find(NULL, "b"));
    assert_int_equal(pp_field_count(fields), 13);
    assert_int_equal(pp_field_count(NULL), 0);
}

/* ---- words ---- */

static void rows_are_described(void **state) {
    (void)state;
    static const struct {
        const char *name, *words;
    } cases[] = {{"i", "integer >= 1, default 10, in MB"},
                 {"r", "number from -0.5 to 1.5, default 0.8"},
                 {"b", "true or false, default true"},
                 {"s", "string, default \"\""},
                 {"choice", "\"red\", \"green\", \"blue\" or null, default \"blue\""},
                 {"pair", "pair [low, high] of integers from 0 to 30, default [20, 21]"},
                 {"ints", "list of integers from 0 to 9, default [3, 5]"},
                 {"strings", "list of strings, default [\"a\", \"b\", \"c\"]"},
                 {"limited", "list of one or more words out of \"red\", \"green\" or \"blue\", required"},
                 {"filled", "non-empty string, default \"x\""},
                 {"automatic", "integer from 1 to 8 or \"auto\", default \"auto\""},
                 {"maybe", "number from 0.001 to 5 or null, default null"},
                 {"json", "array or object, default []"}};
    char text[256];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t length = pp_field_describe(pp_field_find(fields, cases[i].name), text, sizeof text);
        assert_string_equal(text, cases[i].words);
        assert_int_equal(length, strlen(text));
    }
}

static void descriptions_are_cut_like_snprintf(void **state) {
    (void)state;
    char text[8];
    assert_int_equal(pp_field_describe(&fields[0], text, sizeof text), strlen("integer >= 1, default 10, in MB"));
    assert_string_equal(text, "integer");
    assert_int_equal(pp_field_describe(&fields[0], NULL, 0), strlen("integer >= 1, default 10, in MB"));
}

static void expectations_have_articles(void **state) {
    (void)state;
    char text[256];
    pp_field_expect(&fields[0], text, sizeof text);
    assert_string_equal(text, "an integer >= 1");
    pp_field_expect(&fields[1], text, sizeof text);
    assert_string_equal(text, "a number from -0.5 to 1.5");
    pp_field_expect(&fields[2], text, sizeof text);
    assert_string_equal(text, "true or false");
    pp_field_expect_item(&fields[5], text, sizeof text);
    assert_string_equal(text, "an integer from 0 to 30");
    pp_field_expect_item(&fields[8], text, sizeof text);
    assert_string_equal(text, "\"red\", \"green\" or \"blue\"");
    pp_field_expect_item(&fields[7], text, sizeof text);
    assert_string_equal(text, "a string");
}

static const char *nearest(const char *word, const char *const *known) {
    struct pp_nearest search = {.word = word};
    for (; *known; known++)
        pp_nearest_offer(&search, *known);
    return search.best;
}

static void nearest_words(void **state) {
    (void)state;
    static const char *const known[] = {"iterations", "workers", "task", "task_args", "sum", "io", NULL};
    assert_string_equal(nearest("iteration", known), "iterations");
    assert_string_equal(nearest("itertaions", known), "iterations");
    assert_string_equal(nearest("Workers", known), "workers");
    assert_string_equal(nearest("taskargs", known), "task_args");
    assert_string_equal(nearest("smu", known), "sum");
    assert_string_equal(nearest("i", known), "io");
    assert_null(nearest("x", known));
    assert_null(nearest("", known));
    assert_null(nearest("executor", known));
    char endless[4096];
    memset(endless, 'a', sizeof endless);
    endless[sizeof endless - 1] = '\0';
    assert_null(nearest(endless, known));
}

static void utf8_is_judged_strictly(void **state) {
    (void)state;
    assert_int_equal(pp_utf8_length("a", 1), 1);
    assert_int_equal(pp_utf8_length("\xc3\xa9", 2), 2);
    assert_int_equal(pp_utf8_length("\xe2\x82\xac", 3), 3);
    assert_int_equal(pp_utf8_length("\xf0\x9f\x98\x80", 4), 4);
    static const char *const bad[] = {"\x80",         "\xc0\x80",         "\xc1\xbf", "\xe0\x80\x80",
                                      "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xff",     "\xf4\x90\x80\x80",
                                      "\xc3(",        "\xe2\x82(",        "\xe2\x82", "\xf5\x80\x80\x80"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(pp_utf8_length(bad[i], strlen(bad[i])), 0);
    assert_int_equal(pp_utf8_length("", 0), 0);
    assert_int_equal(pp_utf8_prefix("ab\xc3\xa9\xff", 5), 4);
}

static void text_is_cut_and_made_plain(void **state) {
    (void)state;
    char text[16];
    struct pp_textbuf out = pp_textbuf_in(text, sizeof text);
    pp_textbuf_plain(&out, "a\n\x1b\xff");
    assert_string_equal(text, "a\\x0a\\x1b\\xff");
    pp_textbuf_add(&out, "%s", "12345");
    pp_textbuf_append(&out, "678", 3);
    assert_string_equal(text, "a\\x0a\\x1b\\xff12");
    assert_int_equal(out.length, 21);
    out = pp_textbuf_in(text, sizeof text);
    pp_textbuf_plain(&out, "\xc2\x9b\xc3\xa9");
    assert_string_equal(text, "\\xc2\\x9b\xc3\xa9");
}

/* ---- errors and problems ---- */

static void errors_are_filled_and_cut(void **state) {
    (void)state;
    struct pp_error error;
    assert_int_equal(pp_error_set(&error, -EIO, "%d %s", 7, "sins"), -EIO);
    assert_int_equal(error.code, -EIO);
    assert_string_equal(error.text, "7 sins");
    assert_string_equal(error.where, "");
    assert_int_equal(pp_error_at(&error, -EINVAL, "/0/2", "no"), -EINVAL);
    assert_string_equal(error.where, "/0/2");
    assert_int_equal(pp_error_set(NULL, -EIO, "x"), -EIO);
    assert_int_equal(pp_error_at(NULL, -EIO, "/0", "x"), -EIO);
    pp_error_at(&error, -EIO, NULL, "%600s", "x");
    assert_string_equal(error.where, "");
    assert_int_equal(strlen(error.text), sizeof error.text - 1);
}

static const char *formatted(const char *file, const char *place, const char *text, char *out, size_t size) {
    const struct pp_problem problem = {.file = file, .place = place, .text = text};
    assert_int_equal(pp_problem_format(&problem, NULL, 0), pp_problem_format(&problem, out, size));
    return out;
}

static void problems_are_formatted(void **state) {
    (void)state;
    char out[128];
    assert_string_equal(formatted("a.json", "3:14", "bad", out, sizeof out), "a.json:3:14: bad");
    assert_string_equal(formatted("a.json", "/task_args/0", "bad", out, sizeof out), "a.json: /task_args/0: bad");
    assert_string_equal(formatted("a.json", "--set task", "bad", out, sizeof out), "a.json: --set task: bad");
    assert_string_equal(formatted("a.json", "", "bad", out, sizeof out), "a.json: bad");
    assert_string_equal(formatted("%s\n\xff", "/\x1b", "%n", out, sizeof out), "%s\\x0a\\xff: /\\x1b: %n");
}

static void problems_beyond_the_limit_are_counted(void **state) {
    (void)state;
    struct pp_problems problems = {0};
    for (int i = 0; i < PP_PROBLEMS_MAX + 7; i++)
        assert_int_equal(pp_problems_add(&problems, "f", "", "%d", i), -EINVAL);
    assert_int_equal(problems.count, PP_PROBLEMS_MAX);
    assert_int_equal(problems.unlisted, 7);
    assert_string_equal(problems.items[PP_PROBLEMS_MAX - 1].text, "49");
    pp_problems_release(&problems);
    assert_int_equal(problems.count, 0);
}

static void arena_serves_all_sizes(void **state) {
    (void)state;
    struct pp_arena arena = {0};
    char *zero = pp_arena_alloc(&arena, 0);
    assert_non_null(zero);
    assert_ptr_not_equal(zero, pp_arena_alloc(&arena, 0));
    for (size_t bytes = 1; bytes < 100000; bytes = bytes * 3 + 1) {
        unsigned char *memory = pp_arena_alloc(&arena, bytes);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < bytes; i++)
            assert_int_equal(memory[i], 0);
        memset(memory, 0xff, bytes);
    }
    assert_string_equal(pp_arena_copy(&arena, "abcdef", 3), "abc");
    assert_null(pp_arena_alloc(&arena, SIZE_MAX));
    assert_null(pp_arena_alloc(&arena, SIZE_MAX - 40));
    assert_null(pp_arena_array(&arena, SIZE_MAX / 4, 8));
    assert_null(pp_arena_copy(&arena, "", SIZE_MAX));
    pp_arena_release(&arena);
    assert_null(arena.blocks);
    pp_arena_release(&arena);
}

/* ---- JSON into members ---- */

struct reading {
    struct pp_arena arena;
    struct pp_problems problems;
    struct all all;
};

static int read_json(struct reading *reading, const char *name, const char *text) {
    pp_problems_release(&reading->problems);
    pp_fields_default(fields, &reading->all);
    struct pp_reader reader = {.file = "f", .arena = &reading->arena, .problems = &reading->problems};
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(value);
    int code = pp_field_read(&reader, pp_field_find(fields, name), "/x", value, &reading->all);
    json_decref(value);
    assert_true(code == 0 ? reading->problems.count == 0 : reading->problems.count > 0);
    return code;
}

static void good_values_are_stored(void **state) {
    (void)state;
    struct reading r = {0};
    assert_int_equal(read_json(&r, "i", "9007199254740991"), 0);
    assert_int_equal(r.all.i, INT64_C(9007199254740991));
    assert_int_equal(read_json(&r, "r", "1"), 0);
    assert_true(r.all.r == 1.0);
    assert_int_equal(read_json(&r, "r", "-0.5"), 0);
    assert_true(r.all.r == -0.5);
    assert_int_equal(read_json(&r, "b", "false"), 0);
    assert_false(r.all.b);
    assert_int_equal(read_json(&r, "s", "\"h\\u00e9\""), 0);
    assert_string_equal(r.all.s, "h\xc3\xa9");
    assert_int_equal(read_json(&r, "choice", "\"green\""), 0);
    assert_int_equal(r.all.choice, 1);
    assert_int_equal(read_json(&r, "choice", "null"), 0);
    assert_int_equal(r.all.choice, 2);
    assert_int_equal(read_json(&r, "pair", "[0, 30]"), 0);
    assert_true(r.all.pair.low == 0 && r.all.pair.high == 30);
    assert_int_equal(read_json(&r, "ints", "[]"), 0);
    assert_int_equal(r.all.ints.count, 0);
    assert_int_equal(read_json(&r, "ints", "[9, 0]"), 0);
    assert_true(r.all.ints.count == 2 && r.all.ints.items[0] == 9);
    assert_int_equal(read_json(&r, "limited", "[\"blue\", \"red\"]"), 0);
    assert_string_equal(r.all.limited.items[1], "red");
    assert_int_equal(read_json(&r, "automatic", "\"auto\""), 0);
    assert_int_equal(r.all.automatic, 0);
    assert_int_equal(read_json(&r, "maybe", "null"), 0);
    assert_int_equal(read_json(&r, "json", "{\"any\": [1]}"), 0);
    pp_arena_release(&r.arena);
}

static void whole_numbers_are_integers_however_they_are_written(void **state) {
    (void)state;
    struct reading r = {0};
    assert_int_equal(read_json(&r, "i", "10.0"), 0);
    assert_int_equal(r.all.i, 10);
    assert_int_equal(read_json(&r, "i", "1.2e3"), 0);
    assert_int_equal(r.all.i, 1200);
    assert_int_equal(read_json(&r, "i", "9007199254740991.0"), 0);
    assert_int_equal(r.all.i, 9007199254740991);
    assert_int_equal(read_json(&r, "pair", "[-0.0, 3e1]"), 0);
    assert_true(r.all.pair.low == 0 && r.all.pair.high == 30);
    assert_int_equal(read_json(&r, "ints", "[9.0, 1]"), 0);
    assert_true(r.all.ints.count == 2 && r.all.ints.items[0] == 9 && r.all.ints.items[1] == 1);
    assert_int_equal(read_json(&r, "automatic", "8.0"), 0);
    assert_int_equal(r.all.automatic, 8);
    pp_arena_release(&r.arena);
}

static void bad_values_are_refused_in_words(void **state) {
    (void)state;
    static const struct {
        const char *name, *json, *place, *text;
    } cases[] = {
        {"i", "0", "/x", "found 0, expected an integer >= 1"},
        {"i", "0.0", "/x", "found 0.0, expected an integer >= 1"},
        {"i", "1.5", "/x", "found 1.5, expected an integer >= 1"},
        {"i", "\"12\"", "/x", "found \"12\", expected an integer >= 1; write it without quotes"},
        {"i", "9007199254740992", "/x",
         "found 9007199254740992, expected an integer >= 1; JSON keeps integers exact up to 9007199254740991"},
        {"i", "9007199254740992.0", "/x",
         "found 9.00719925474099e15, expected an integer >= 1; JSON keeps integers exact up to 9007199254740991"},
        {"i", "1e300", "/x", "found 1e300, expected an integer >= 1; JSON keeps integers exact up to 9007199254740991"},
        {"i", "null", "/x", "found null, expected an integer >= 1"},
        {"i", "\"auto\"", "/x", "found \"auto\", expected an integer >= 1"},
        {"i", "[\"a very long list of text\", \"of which only the start is shown\"]", "/x",
         "found [\"a very long list of text\",\"of which on..., expected an integer >= 1"},
        {"r", "1.6", "/x", "found 1.6, expected a number from -0.5 to 1.5"},
        {"r", "true", "/x", "found true, expected a number from -0.5 to 1.5"},
        {"b", "1", "/x", "found 1, expected true or false, without quotes"},
        {"b", "null", "/x", "found null, expected true or false"},
        {"s", "3", "/x", "found 3, expected a string"},
        {"filled", "\"\"", "/x", "found \"\", expected a non-empty string"},
        {"choice", "\"gren\"", "/x",
         "found \"gren\", expected \"red\", \"green\", \"blue\" or null; did you mean \"green\"?"},
        {"choice", "7", "/x", "found 7, expected \"red\", \"green\", \"blue\" or null"},
        {"pair", "[1]", "/x", "found [1], expected a pair [low, high] of integers from 0 to 30"},
        {"pair", "[1, 31]", "/x/1", "found 31, expected an integer from 0 to 30"},
        {"pair", "[2, 1]", "/x", "found [2,1], whose low end is above its high end; expected [low, high]"},
        {"ints", "4", "/x", "found 4, expected a list of integers from 0 to 9; write [4]"},
        {"ints", "4.0", "/x", "found 4.0, expected a list of integers from 0 to 9; write [4.0]"},
        {"ints", "[1, 10]", "/x/1", "found 10, expected an integer from 0 to 9"},
        {"ints", "\"auto\"", "/x", "found \"auto\", expected a list of integers from 0 to 9"},
        {"strings", "\"a.jpg\"", "/x", "found \"a.jpg\", expected a list of strings; write [\"a.jpg\"]"},
        {"strings", "[\"a\", 2]", "/x/1", "found 2, expected a string"},
        {"limited", "[]", "/x", "found [], expected a list of one or more words out of \"red\", \"green\" or \"blue\""},
        {"limited", "[\"red\", \"bleu\"]", "/x/1",
         "found \"bleu\", expected \"red\", \"green\" or \"blue\"; did you mean \"blue\"?"},
        {"automatic", "9", "/x", "found 9, expected an integer from 1 to 8 or \"auto\""},
        {"automatic", "null", "/x", "found null, expected an integer from 1 to 8 or \"auto\""},
        {"maybe", "0", "/x", "found 0, expected a number from 0.001 to 5 or null"}};
    struct reading r = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(read_json(&r, cases[i].name, cases[i].json), -EINVAL);
        assert_string_equal(r.problems.items[0].place, cases[i].place);
        assert_string_equal(r.problems.items[0].text, cases[i].text);
    }
    pp_problems_release(&r.problems);
    pp_arena_release(&r.arena);
}

static void every_bad_item_is_listed_and_the_member_kept(void **state) {
    (void)state;
    struct reading r = {0};
    assert_int_equal(read_json(&r, "ints", "[1, -1, \"2\", 3.5, 10]"), -EINVAL);
    assert_int_equal(r.problems.count, 4);
    assert_string_equal(r.problems.items[3].place, "/x/4");
    assert_ptr_equal(r.all.ints.items, some_ints);
    assert_int_equal(read_json(&r, "pair", "[-1, 99]"), -EINVAL);
    assert_int_equal(r.problems.count, 2);
    pp_problems_release(&r.problems);
    pp_arena_release(&r.arena);
}

static void lists_have_a_limit(void **state) {
    (void)state;
    struct reading r = {0};
    struct pp_reader reader = {.file = "f", .arena = &r.arena, .problems = &r.problems};
    json_t *list = json_array();
    for (int i = 0; i <= 100000; i++)
        json_array_append_new(list, json_integer(1));
    assert_int_equal(pp_field_read(&reader, pp_field_find(fields, "ints"), "/x", list, &r.all), -EINVAL);
    assert_string_equal(r.problems.items[0].text, "found 100001 items, expected at most 100000");
    json_decref(list);
    pp_problems_release(&r.problems);
    pp_arena_release(&r.arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_reach_every_member),
        cmocka_unit_test(values_come_back_as_stored),
        cmocka_unit_test(rows_are_found_and_counted),
        cmocka_unit_test(rows_are_described),
        cmocka_unit_test(descriptions_are_cut_like_snprintf),
        cmocka_unit_test(expectations_have_articles),
        cmocka_unit_test(nearest_words),
        cmocka_unit_test(utf8_is_judged_strictly),
        cmocka_unit_test(text_is_cut_and_made_plain),
        cmocka_unit_test(errors_are_filled_and_cut),
        cmocka_unit_test(problems_are_formatted),
        cmocka_unit_test(problems_beyond_the_limit_are_counted),
        cmocka_unit_test(arena_serves_all_sizes),
        cmocka_unit_test(good_values_are_stored),
        cmocka_unit_test(whole_numbers_are_integers_however_they_are_written),
        cmocka_unit_test(bad_values_are_refused_in_words),
        cmocka_unit_test(every_bad_item_is_listed_and_the_member_kept),
        cmocka_unit_test(lists_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
