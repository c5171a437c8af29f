/* What is seen of a plugin's descriptor before it is believed. That plugins run is for tests/golden/plugins.bats. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/plugin.h"
#include "pptest/plugin.h"

struct args {
    int64_t number;
    double real;
    const char *word;
    struct pp_ints list;
    int choice;
};

static const char *const words[] = {"one", "two", NULL};

#define NUMBER .name = "number", .help = "a number", .type = PP_INT, .offset = offsetof(struct args, number)
#define CHOICE .name = "choice", .help = "a choice", .type = PP_CHOICE, .offset = offsetof(struct args, choice)

static int run(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
               struct pp_error *error) {
    (void)state, (void)args, (void)error;
    output->digest = item->seed;
    return 0;
}

static void write_input(const void *shared, const void *args, const struct pp_item *item, void *bytes) {
    (void)shared, (void)args, (void)item, (void)bytes;
}

static int conclude(void *whole, const void *args, uint64_t count, uint64_t *digest, struct pp_error *error) {
    (void)whole, (void)args, (void)error;
    *digest = count;
    return 0;
}

static const struct pp_field good_fields[] = {
    {NUMBER, .max = 9, .def.i = 1},
    {.name = "real",
     .help = "another",
     .type = PP_REAL,
     .offset = offsetof(struct args, real),
     .min = 1,
     .max = 2,
     .flags = PP_FIELD_NULL}, /* its default is behind null */
    {.name = "word", .help = "a word", .type = PP_STRING, .offset = offsetof(struct args, word)},
    {.name = "list", .help = "some", .type = PP_INTS, .offset = offsetof(struct args, list), .max = 1},
    {CHOICE, .choices = words, .def.i = 1},
    {0}};

static const struct pp_task good_task = {
    .name = "own-task_2", .summary = "does nothing", .args = good_fields, .args_size = sizeof(struct args), .run = run};
PP_PLUGIN(good_task);

static void assert_refused(int status, const struct pp_error *error, const char *words_of_it) {
    assert_int_equal(status, -EINVAL);
    if (!strstr(error->text, words_of_it))
        fail_msg("\"%s\" says nothing of \"%s\"", error->text, words_of_it);
}

static void good_plugin_is_accepted(void **state) {
    (void)state;
    struct pp_error error = {0};
    assert_int_equal(pp_plugin_check(&pptest_plugin, &error), 0);
    assert_int_equal(error.code, 0);
    assert_int_equal(pp_plugin_check_fields(NULL, 0, &error), 0);
}

static void paths_have_a_slash(void **state) {
    (void)state;
    assert_true(pp_plugin_is_path("./a.so"));
    assert_true(pp_plugin_is_path("/a"));
    assert_false(pp_plugin_is_path("a.so"));
    assert_false(pp_plugin_is_path(""));
}

static void every_size_is_compared(void **state) {
    (void)state;
    static const char *const names[] = {"pp_task", "pp_field", "pp_env", "pp_item", "pp_output", "pp_error"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct pp_plugin plugin = pptest_plugin;
        struct pp_error error = {0};
        (&plugin.task_size)[i] += 8; /* they lie one behind the other */
        assert_refused(pp_plugin_check(&plugin, &error), &error, names[i]);
    }
}

/* A plugin of another version may have anything behind its version. */
static void version_is_looked_at_first(void **state) {
    (void)state;
    struct pp_plugin plugin = {.abi = PP_PLUGIN_ABI + 1};
    struct pp_error error = {0};
    assert_refused(pp_plugin_check(&plugin, &error), &error, "version 2 of the interface, expected version 1");
}

static void unusable_tasks_are_refused(void **state) {
    (void)state;
    const struct {
        struct pp_task task;
        const char *text;
    } rows[] = {{{.summary = "", .run = run}, "has no name"},
                {{.name = "", .summary = "", .run = run}, "has no name"},
                {{.name = "a/b", .summary = "", .run = run}, "not made of"},
                {{.name = "1st", .summary = "", .run = run}, "not made of"},
                {{.name = "a23456789012345678901234567890123", .summary = "", .run = run}, "not made of"},
                {{.name = "noop", .summary = "", .run = run}, "one of this program's own tasks"},
                {{.name = "own", .run = run}, "no summary"},
                {{.name = "own", .summary = ""}, "no run"},
                {{.name = "own", .summary = "", .run = run, .input = write_input}, "only one of input and input_bytes"},
                {{.name = "own", .summary = "", .run = run, .conclude = conclude}, "only some of gather, merge"},
                {{.name = "own", .summary = "", .run = run, .args = good_fields}, "argument number 0"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pp_plugin plugin = pptest_plugin;
        struct pp_error error = {0};
        plugin.task = &rows[i].task;
        assert_refused(pp_plugin_check(&plugin, &error), &error, rows[i].text);
    }
    struct pp_plugin plugin = pptest_plugin;
    struct pp_error error = {0};
    plugin.task = NULL;
    assert_refused(pp_plugin_check(&plugin, &error), &error, "is not there");
}

static void unusable_arguments_are_refused(void **state) {
    (void)state;
    static const struct pp_field empty[] = {{0}};
    const struct {
        struct pp_field field;
        const char *text;
    } rows[] = {{{NUMBER, .max = -1}, "a min above its max"},
                {{NUMBER, .min = 1, .max = 2}, "a default out of its bounds"},
                {{.name = "number", .type = PP_INT}, "no help"},
                {{.name = "a b", .help = "", .type = PP_INT}, "a name that is not made of"},
                {{.name = "", .help = "", .type = PP_INT}, "a name that is not made of"},
                {{.name = "n", .help = "", .type = PP_JSON}, "a type that arguments cannot have"},
                {{.name = "n", .help = "", .type = (enum pp_type)77}, "a type that arguments cannot have"},
                {{.name = "n", .help = "", .type = PP_INT, .offset = 4}, "an offset"},
                {{.name = "n", .help = "", .type = PP_INT, .offset = sizeof(struct args)}, "an offset"},
                {{.name = "n", .help = "", .type = PP_INT, .offset = (size_t)-8}, "an offset"},
                {{.name = "n", .help = "", .type = PP_INTS, .def.ints.count = 1}, "a default list without items"},
                {{.name = "n", .help = "", .type = PP_STRINGS, .def.strings.count = 1}, "a default list without items"},
                {{CHOICE}, "no choices"},
                {{CHOICE, .choices = words, .def.i = 2}, "a default that is none of its choices"},
                {{.name = "n", .help = "", .type = PP_OBJECT}, "no keys of an object"},
                {{.name = "n", .help = "", .type = PP_OBJECT, .of = empty}, "no keys of an object"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct pp_field fields[] = {good_fields[2], rows[i].field, {0}};
        struct pp_error error = {0};
        assert_refused(pp_plugin_check_fields(fields, sizeof(struct args), &error), &error, rows[i].text);
        assert_non_null(strstr(error.text, "argument number 1"));
    }
}

static void names_are_told_apart(void **state) {
    (void)state;
    const struct pp_field fields[] = {good_fields[0], good_fields[0], {0}};
    struct pp_error error = {0};
    assert_refused(pp_plugin_check_fields(fields, sizeof(struct args), &error), &error, "a name that another one has");
}

static void tables_without_an_end_are_refused(void **state) {
    (void)state;
    char names[200][8];
    struct pp_field fields[200];
    for (size_t i = 0; i < 200; i++) {
        snprintf(names[i], sizeof names[i], "n%zu", i);
        fields[i] = (struct pp_field){NUMBER, .max = 1};
        fields[i].name = names[i];
    }
    struct pp_error error = {0};
    assert_refused(pp_plugin_check_fields(fields, sizeof(struct args), &error), &error, "more than 64 arguments");
    memset(&fields[1], 0xa5, sizeof fields[1]); /* what happens to lie behind a table; its name is no address */
    assert_refused(pp_plugin_check_fields(fields, sizeof(struct args), &error), &error, "argument number 1 has a type");
}

static void objects_that_hold_themselves_are_refused(void **state) {
    (void)state;
    struct pp_field fields[] = {{.name = "of", .help = "itself", .type = PP_OBJECT}, {0}};
    fields[0].of = fields;
    struct pp_error error = {0};
    assert_refused(pp_plugin_check_fields(fields, sizeof(struct args), &error), &error, "too deep");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_plugin_is_accepted),
        cmocka_unit_test(paths_have_a_slash),
        cmocka_unit_test(every_size_is_compared),
        cmocka_unit_test(version_is_looked_at_first),
        cmocka_unit_test(unusable_tasks_are_refused),
        cmocka_unit_test(unusable_arguments_are_refused),
        cmocka_unit_test(names_are_told_apart),
        cmocka_unit_test(tables_without_an_end_are_refused),
        cmocka_unit_test(objects_that_hold_themselves_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
