/* Command lines: split into words as a shell does it, their numbers filled in, mistakes named. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/command_line.h"

static const uint64_t values[PP_PLACEHOLDERS] = {12, 3, UINT64_MAX};

/* Fills the line in and compares the words, ended by NULL. */
static void words_are(struct pp_strings given, bool shell, const char *const *expected) {
    struct pp_command_line line;
    struct pp_error error = {0};
    if (pp_command_line_read(&line, given, shell, &error) != 0)
        fail_msg("%s", error.text);
    char *text = malloc(line.filled_bytes), **words = calloc(line.word_count + 1, sizeof *words);
    assert_true(text && words);
    pp_command_line_fill(&line, values, text, words);
    size_t count = 0;
    for (; expected[count]; count++) {
        assert_non_null(words[count]);
        assert_string_equal(words[count], expected[count]);
    }
    assert_null(words[count]);
    assert_int_equal(line.word_count, count);
    free(text);
    free(words);
    pp_command_line_release(&line);
}

static struct pp_strings one(const char *const *text) { return (struct pp_strings){1, text, true}; }

#define SPLIT(text, ...) words_are(one((const char *const[]){text}), false, (const char *const[]){__VA_ARGS__, NULL})

static void strings_are_split_as_a_shell_does_it(void **state) {
    (void)state;
    SPLIT("true", "true");
    SPLIT("  a\tb \n c ", "a", "b", "c");
    SPLIT("a 'b c' \"d e\"", "a", "b c", "d e");
    SPLIT("a'b'\"c\"d", "abcd");
    SPLIT("x '' \"\"", "x", "", "");
    SPLIT("a\\ b \\' \\\\", "a b", "'", "\\");
    SPLIT("a '|' \"$b\" \\; 'x?a=1&b=2' 1$ *?", "a", "|", "$b", ";", "x?a=1&b=2", "1$", "*?");
    SPLIT("'a\\b' \"a\\b\" \"\\\"\\\\\\$\"", "a\\b", "a\\b", "\"\\$");
}

static void numbers_are_filled_in(void **state) {
    (void)state;
    SPLIT("{index} {worker} {seed}", "12", "3", "18446744073709551615");
    SPLIT("a{index}b{index}.txt", "a12b12.txt");
    SPLIT("'{index} {worker}'", "12 3");
    SPLIT("{{index}} {{{index}}}", "{index}", "{{index}}");
    SPLIT("{} {A} {a1} { index } {", "{}", "{A}", "{a1}", "{", "index", "}", "{");
    SPLIT("{\\\"a\\\":{\\\"b\\\":1}}", "{\"a\":{\"b\":1}}");
}

static void lists_and_shells_get_their_words_whole(void **state) {
    (void)state;
    static const char *const list[] = {"a b", "'", "{index}", ""};
    words_are((struct pp_strings){4, list, false}, false, (const char *const[]){"a b", "'", "12", "", NULL});
    static const char *const line[] = {"for i in 'a b'; do echo {index}; done"};
    words_are(one(line), true, (const char *const[]){"for i in 'a b'; do echo 12; done", NULL});
}

static void refused(struct pp_strings given, bool shell, const char *where, const char *words) {
    struct pp_command_line line;
    struct pp_error error = {0};
    assert_int_equal(pp_command_line_read(&line, given, shell, &error), -EINVAL);
    assert_string_equal(error.where, where);
    if (!strstr(error.text, words))
        fail_msg("%s", error.text);
    assert_null(line.text);
}

static void mistakes_are_named(void **state) {
    (void)state;
    static const struct {
        const char *text, *words;
    } bad[] = {{"a 'b", "a ' that is not closed"},
               {"a \"b", "a \" that is not closed"},
               {"a \\", "backslash"},
               {" ", "empty"},
               {"", "empty"},
               {"a {indx}", "{indx}"},
               {"'' a", "name is empty"},
               {"a | b", "without a shell | is plain text"},
               {"a|b", "without a shell a|b is"},
               {"a>b c", "a>b is"},
               {"a 2>&1 b", "2>&1 is"},
               {"a; b", "a; is"},
               {"a & b", "& is"},
               {"a && b", "&& is"},
               {"a <b", "<b is"},
               {"a x$HOME", "x$HOME is"},
               {"a \"b\"${c}", "${c} is"},
               {"a $?", "$? is"},
               {"a `b`", "`b` is"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refused(one(&bad[i].text), false, "", bad[i].words);
    static const char *const list[] = {"a", "{x}"}, *const nameless[] = {"", "a"}, *const nothing[] = {""};
    refused((struct pp_strings){2, list, false}, false, "/1", "{x}");
    refused((struct pp_strings){2, nameless, false}, false, "/0", "empty");
    refused((struct pp_strings){2, list, false}, true, "", "one string");
    refused(one(nothing), true, "", "one string");
}

static void the_program_is_known_unless_it_depends_on_the_task(void **state) {
    (void)state;
    static const struct {
        const char *text, *program;
    } lines[] = {{"gzip -c {index}", "gzip"}, {"./x{index} a", NULL}, {"'a b' c", "a b"}, {"{{index}} x", NULL}};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct pp_command_line line;
        assert_int_equal(pp_command_line_read(&line, one(&lines[i].text), false, NULL), 0);
        const char *program = pp_command_line_program(&line);
        assert_int_equal(program == NULL, lines[i].program == NULL);
        if (program)
            assert_string_equal(program, lines[i].program);
        pp_command_line_release(&line);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_are_split_as_a_shell_does_it),
        cmocka_unit_test(numbers_are_filled_in),
        cmocka_unit_test(lists_and_shells_get_their_words_whole),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(the_program_is_known_unless_it_depends_on_the_task),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
