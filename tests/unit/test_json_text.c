/* JSON values as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schema/json_text.h"

static json_t *parse(const char *text) {
    json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert_non_null(value);
    return value;
}

/* Single quotes stand for double ones. */
static void assert_text(const char *quoted, size_t width, const char *expected) {
    char source[2000], wanted[2000];
    for (size_t i = 0; i <= strlen(quoted); i++)
        source[i] = (char)(quoted[i] == '\'' ? '"' : quoted[i]);
    for (size_t i = 0; i <= strlen(expected); i++)
        wanted[i] = (char)(expected[i] == '\'' ? '"' : expected[i]);
    json_t *value = parse(source);
    char *text = pp_json_text(value, width);
    assert_non_null(text);
    assert_string_equal(text, wanted);
    json_t *again = parse(text);
    assert_true(json_equal(value, again));
    json_decref(again);
    json_decref(value);
    free(text);
}

static void one_line_without_a_width(void **state) {
    (void)state;
    assert_text("{'a': [1, 2.5, [], {}], 'b': {'c': null}, 'd': [true, false]}", 0,
                "{'a': [1, 2.5, [], {}], 'b': {'c': null}, 'd': [true, false]}");
    assert_text("'word'", 0, "'word'");
}

static void each_number_has_digits_of_its_own(void **state) {
    (void)state;
    assert_text("[0.1, 0.30000000000000004, 0.3333333333333333, 2.0, 2, -0.0, 1e21, 1e-300, 9223372036854775807]", 0,
                "[0.1, 0.30000000000000004, 0.3333333333333333, 2.0, 2, -0.0, 1e+21, 1e-300, 9223372036854775807]");
}

static void strings_are_escaped(void **state) {
    (void)state;
    assert_text("['\\u0022 \\\\ \\n\\t\\r \\u0001\\u0000\\u001f / \\u00e9 \\ud83d\\ude00']", 0,
                "['\\\" \\\\ \\n\\t\\r \\u0001\\u0000\\u001f / \xc3\xa9 \xf0\x9f\x98\x80']");
    assert_text("{'\\n': 1}", 0, "{'\\n': 1}");
}

static void what_fits_stands_on_one_line(void **state) {
    (void)state;
    assert_text("{'a': 1, 'b': 'word'}", 22, "{'a': 1, 'b': 'word'}");
    assert_text("{'a': 1, 'b': 'word'}", 21, "{\n  'a': 1,\n  'b': 'word'\n}");
    assert_text("{'list': [{'a': 1, 'b': 2}, {'a': [1, 2, 3, 4], 'b': 2}]}", 25,
                "{\n  'list': [\n    {'a': 1, 'b': 2},\n    {\n      'a': [1, 2, 3, 4],\n      'b': 2\n    }\n  ]\n}");
    assert_text("['first sentence', 'second one']", 20, "[\n  'first sentence',\n  'second one'\n]");
    assert_text("'longer than the line'", 5, "'longer than the line'");
}

static void numbers_fill_their_lines(void **state) {
    (void)state;
    assert_text("[100, 200, 300, null, 500]", 16, "[\n  100, 200, 300,\n  null, 500\n]");
    assert_text("{'h': [[1, 20], [2, 30], [3, 40]]}", 21, "{\n  'h': [\n    [1, 20], [2, 30],\n    [3, 40]\n  ]\n}");
    assert_text("[123456789, [1, 2, 3, 4, 5], 6]", 8, "[\n  123456789,\n  [1, 2, 3, 4, 5],\n  6\n]");
}

static void nothing_makes_no_text(void **state) {
    (void)state;
    assert_null(pp_json_text(NULL, 80));
}

static void deep_values_take_no_more_time_than_long_ones(void **state) {
    (void)state;
    char deep[4001];
    memset(deep, '[', 2000);
    memset(deep + 2000, ']', 2000);
    deep[4000] = '\0';
    json_t *value = parse(deep);
    char *text = pp_json_text(value, PP_JSON_WIDTH);
    json_t *again = parse(text);
    assert_true(json_equal(value, again));
    json_decref(value);
    json_decref(again);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_line_without_a_width),
        cmocka_unit_test(each_number_has_digits_of_its_own),
        cmocka_unit_test(strings_are_escaped),
        cmocka_unit_test(what_fits_stands_on_one_line),
        cmocka_unit_test(numbers_fill_their_lines),
        cmocka_unit_test(nothing_makes_no_text),
        cmocka_unit_test(deep_values_take_no_more_time_than_long_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
