/* Configs that are refused: each problem at its place, in its words. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "config_world.h"

static void assert_listed(const struct pp_problems *problems, const char *place, const char *text) {
    for (size_t i = 0; i < problems->count; i++)
        if (strcmp(problems->items[i].place, place) == 0 && strcmp(problems->items[i].text, text) == 0)
            return;
    for (size_t i = 0; i < problems->count; i++)
        print_error("%s: %s\n", problems->items[i].place, problems->items[i].text);
    fail_msg("not listed: %s: %s", place, text);
}

static void assert_refused(const char *json, const char *place, const char *text) {
    struct loaded loaded;
    assert_int_equal(load_with(&loaded, json, NULL), -EINVAL);
    assert_listed(&loaded.problems, place, text);
    assert_int_equal(loaded.problems.count, 1);
    release(&loaded);
}

static void meaning_is_checked(void **state) {
    (void)state;
    const struct {
        const char *json, *place, *text;
    } cases[] = {
        {"{\"task\": \"smu\", " SMALL "}", "/task",
         "found \"smu\", expected one of the tasks that `pptest tasks` lists; did you mean \"sum\"?"},
        {"{\"task\": \"quicksort\", " SMALL "}", "/task",
         "found \"quicksort\", expected one of the tasks that `pptest tasks` lists"},
        {"{\"task\": 3, " SMALL "}", "/task", "found 3, expected a string"},
        {"{\"task\": \"gone\", " SMALL "}", "/task",
         "\"gone\" cannot run in this build: built without libgone; install it and build again"},
        {"{" SMALL "}", "",
         "\"task\" is missing; expected a string: kind of work, one of those that `pptest tasks` lists, or the path of "
         "a plugin: \"./mytask.so\""},
        {"{\"task\": \"own.so\", " SMALL "}", "/task",
         "found \"own.so\", expected one of the tasks that `pptest tasks` lists, or the path of a plugin; write "
         "\"./own.so\""},
        {"{\"task\": \"./nowhere.so\", " SMALL "}", "/task",
         "found \"./nowhere.so\", and there is no such file, neither from the current folder nor from the config's, "
         "dir; "
         "expected a plugin: a shared object that holds a task"},
        {"{\"task\": \"sum\", \"task_count\": 1}", "",
         "\"workers\" is missing; expected an integer from 0 to 100000, list of them or \"auto\": worker counts "
         "to test; 0 runs the tasks in the main process"},
        {"{\"task\": \"sum\", \"task_count\": 0, \"workers\": [1]}", "/task_count",
         "found 0, expected an integer >= 1"},
        {"{\"task\": \"sum\", \"task_count\": 1, \"workers\": [100001]}", "/workers/0",
         "found 100001, expected an integer from 0 to 100000"},
        {"{\"task\": \"sum\", \"task_count\": 1, \"workers\": [4, 2, 4]}", "/workers/2",
         "found 4, which /workers/0 has already; expected each item once"},
        {"{\"task\": \"sum\", \"worker\": 1, " SMALL "}", "/worker", "unknown key; did you mean \"workers\"?"},
        {"{\"task\": \"sum\", \"$schema\": 1, " SMALL "}", "/$schema", "found 1, expected a string"},
        {"{\"task\": \"sum\", \"multiprocessing_start_method\": \"spwan\", " SMALL "}", "/multiprocessing_start_method",
         "found \"spwan\", expected \"fork\", \"spawn\", \"forkserver\" or null; did you mean \"spawn\"?"},
        {"{\"task\": \"sum\", \"output_dir\": \"\", " SMALL "}", "/output_dir",
         "found \"\", expected a non-empty string"},
        {"{\"task\": \"sum\", \"task_args\": 5, " SMALL "}", "/task_args",
         "found 5, expected an array or an object of arguments; \"sum\" takes 1 argument: size"},
        {"{\"task\": \"sum\", \"task_args\": [1, 2, 3], " SMALL "}", "/task_args/1",
         "found 2, one argument too many; \"sum\" takes 1 argument: size"},
        {"{\"task\": \"noop\", \"task_args\": [1], " SMALL "}", "/task_args/0",
         "found 1, one argument too many; \"noop\" takes no arguments"},
        {"{\"task\": \"sum\", \"task_args\": {\"siez\": 1}, " SMALL "}", "/task_args/siez",
         "unknown argument; did you mean \"size\"?"},
        {"{\"task\": \"password\", \"task_args\": {\"a/b~c\": 1}, " SMALL "}", "/task_args/a~1b~0c",
         "unknown argument; \"password\" takes 4 arguments: stored, tried, length, correct_ratio"},
        {"{\"task\": \"img\", " SMALL "}", "/task_args",
         "\"files\" is missing; expected a list of one or more strings: images"},
        {"{\"task\": \"password\", \"task_args\": [1, 2, [13, 20]], " SMALL "}", "/task_args/2/0",
         "13 brings bad luck; expected any other"},
        {"{\"task\": \"password\", \"task_args\": {\"length\": [13, 20]}, " SMALL "}", "/task_args/length/0",
         "13 brings bad luck; expected any other"},
        {"{\"task\": \"password\", \"task_args\": [1, 2, [14, 20]], " SMALL "}", "/task_args", strerror(ERANGE)}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_refused(cases[i].json, cases[i].place, cases[i].text);
}

static void all_problems_are_listed_at_once(void **state) {
    (void)state;
    struct loaded loaded;
    assert_int_equal(load_with(&loaded,
                               "{\"task\": \"password\", \"task_args\": [0, \"x\", [5, 3], 1.5, 1], \"workers\": "
                               "[1, -1, 1, 1.0], \"taskcount\": 1, \"seed\": 1.5, \"label\": null}",
                               NULL),
                     -EINVAL);
    assert_listed(&loaded.problems, "/task_args/0", "found 0, expected an integer from 1 to 1000000000");
    assert_listed(&loaded.problems, "/task_args/4",
                  "found 1, one argument too many; \"password\" takes 4 arguments: stored, tried, length, "
                  "correct_ratio");
    assert_listed(&loaded.problems, "/workers/1", "found -1, expected an integer from 0 to 100000");
    assert_listed(&loaded.problems, "/workers/2", "found 1, which /workers/0 has already; expected each item once");
    assert_listed(&loaded.problems, "/workers/3", "found 1.0, which /workers/0 has already; expected each item once");
    assert_listed(&loaded.problems, "/taskcount", "unknown key; did you mean \"task_count\"?");
    assert_listed(&loaded.problems, "/label", "found null, expected a string");
    assert_int_equal(loaded.problems.count, 12);
    release(&loaded);
}

static void an_unknown_key_without_neighbours_shows_all(void **state) {
    (void)state;
    struct loaded loaded;
    assert_int_equal(load_with(&loaded, "{\"hostname\": \"thread\", \"task\": \"noop\", " SMALL "}", NULL), -EINVAL);
    assert_string_equal(loaded.problems.items[0].place, "/hostname");
    assert_non_null(strstr(loaded.problems.items[0].text, "the known ones are task, task_args, task_count,"));
    release(&loaded);
}

static void syntax_is_located(void **state) {
    (void)state;
    static const struct {
        const char *json, *place, *part;
    } cases[] = {{"{\"task\": \"sum\",\n \"workers\": [1],}", "2:17", "is there a comma before it"},
                 {"{\"workers\": [1,]}", "1:16", "is there a comma before it"},
                 {"{\"task\": 1, \"task\": 2}", "1:18", "duplicate object key"},
                 {"{'task': 1}", "1:2", "strings take double quotes"},
                 {"{\"task\": None}", "1:13", "write null"},
                 {"{\"task\": True}", "1:13", "write true"},
                 {"{\"task\": False}", "1:14", "write false"},
                 {"{\"task\": NaN}", "1:12", "no such number"},
                 {"{\"seed\": 1e999}", "1:14", "about 1.8e308"},
                 {"{\"seed\": 99999999999999999999}", "1:29", "integers go up to 9007199254740991"},
                 {"{\"task\": \"a\\u0000b\"}", "1:19", "found \\u0000 in a string"},
                 {"{} {}", "1:4", "must end where its object ends"},
                 {"{\"task\": \"sum\"", "1:14", "still open"},
                 {"// sum\n{}", "1:1", "JSON has no comments"},
                 {"[1]", "1:1", "found [1], expected an object such as {"},
                 {"7", "1:1", "found 7, expected an object such as {"},
                 {"{\"a\": \"\xff\"}", "1:8", "byte 0xff, which is not UTF-8"},
                 {"{\n\"\xc3\xa9\": \"\xc3(\"}", "2:7", "byte 0xc3, which is not UTF-8"},
                 {"", "", "empty; a config is a JSON object such as {"},
                 {" \n\t ", "", "empty; a config is a JSON object such as {"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct loaded loaded;
        assert_int_equal(load_with(&loaded, cases[i].json, NULL), -EINVAL);
        assert_int_equal(loaded.problems.count, 1);
        assert_string_equal(loaded.problems.items[0].place, cases[i].place);
        if (!strstr(loaded.problems.items[0].text, cases[i].part))
            fail_msg("\"%s\" is not in: %s", cases[i].part, loaded.problems.items[0].text);
        release(&loaded);
    }
}

static void a_nul_byte_is_located(void **state) {
    (void)state;
    struct loaded loaded = {0};
    static const char text[] = "{\n \"\0\": 1}";
    assert_int_equal(pp_config_load_text(text, sizeof text - 1, "a", NULL, &loaded.config, &loaded.problems), -EINVAL);
    assert_string_equal(loaded.problems.items[0].place, "2:3");
    assert_non_null(strstr(loaded.problems.items[0].text, "NUL byte"));
    release(&loaded);
}

static void a_byte_order_mark_is_skipped(void **state) {
    (void)state;
    struct loaded loaded = good("\xef\xbb\xbf{\"task\": \"noop\", " SMALL "}");
    release(&loaded);
}

static void depth_does_not_hurt(void **state) {
    (void)state;
    char *deep = malloc(1000001);
    memset(deep, '[', 1000000);
    deep[1000000] = '\0';
    struct loaded loaded;
    assert_int_equal(load_with(&loaded, deep, NULL), -EINVAL);
    release(&loaded);
    free(deep);
}

static void endless_keys_are_cut(void **state) {
    (void)state;
    char *text = malloc(200100);
    memset(text, 'k', 200000);
    text[0] = '{';
    text[1] = '"';
    strcpy(text + 200000, "\": 1, \"task\": \"noop\", " SMALL "}");
    struct loaded loaded;
    assert_int_equal(load_with(&loaded, text, NULL), -EINVAL);
    assert_int_equal(strlen(loaded.problems.items[0].place), 1 + 60 + 3);
    release(&loaded);
    free(text);
}

/* ---- of settings and files ---- */

static void problems_of_sets_name_them(void **state) {
    (void)state;
    const char *sets[] = {"task=\"smu\"", "workers=[1,1]", "iteratons=2", "seed=0.5", NULL};
    struct loaded loaded;
    assert_int_equal(load_with(&loaded, "{" SMALL "}", sets), -EINVAL);
    assert_listed(&loaded.problems, "--set task",
                  "found \"smu\", expected one of the tasks that `pptest tasks` lists; did you mean \"sum\"?");
    assert_listed(&loaded.problems, "--set workers/1",
                  "found 1, which --set workers/0 has already; expected each item once");
    assert_listed(&loaded.problems, "--set iteratons", "unknown key; did you mean \"iterations\"?");
    assert_listed(&loaded.problems, "--set seed", "found 0.5, expected an integer");
    release(&loaded);
}

static void sets_that_are_not_json_show_how(void **state) {
    (void)state;
    const char *sets[] = {"task=sum", "workers=", "nothing", "label=two words", "=1", "\xff=1", NULL};
    struct loaded loaded;
    assert_int_equal(load_with(&loaded, "{broken", sets), -EINVAL);
    assert_int_equal(loaded.problems.count, 7);
    assert_listed(&loaded.problems, "--set task",
                  "sum is not JSON; a string takes double quotes, and the shell single ones around them: "
                  "--set 'task=\"sum\"'");
    assert_listed(&loaded.problems, "--set workers",
                  "nothing stands after the =; expected JSON, such as --set 'task=\"sum\"'");
    assert_listed(&loaded.problems, "--set nothing",
                  "expected KEY=JSON in UTF-8, such as --set 'task=\"sum\"' or --set task_count=100");
    assert_non_null(strstr(loaded.problems.items[4].text, "quote it for the shell"));
    release(&loaded);
}

static void assert_file_refused(const char *path, const char *part) {
    struct loaded loaded = {0};
    assert_int_equal(pp_config_load(path, NULL, &loaded.config, &loaded.problems), -EINVAL);
    assert_int_equal(loaded.problems.count, 1);
    assert_string_equal(loaded.problems.items[0].file, path);
    if (!strstr(loaded.problems.items[0].text, part))
        fail_msg("\"%s\" is not in: %s", part, loaded.problems.items[0].text);
    release(&loaded);
}

static void bad_files_are_explained(void **state) {
    (void)state;
    char path[256];
    assert_file_refused("/nonexistent/a.json", "there is no such file");
    assert_file_refused("", "there is no such file");
    assert_file_refused(folder, "this is a folder");
    assert_file_refused("/dev/null", "empty");
    assert_file_refused("/dev/zero", "larger than 16 MiB");
    assert_file_refused("/dev/null/a.json", "is not a folder");
    char endless[5000];
    memset(endless, 'a', sizeof endless);
    endless[sizeof endless - 1] = '\0';
    assert_file_refused(endless, "too long");
    write_file(path, sizeof path, "secret.json", "{}", 2);
    chmod(path, 0);
    if (geteuid() != 0)
        assert_file_refused(path, "not allowed");
    unlink(path);
    assert_int_equal(symlink(path, path), 0);
    assert_file_refused(path, "circle");
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(meaning_is_checked),
        cmocka_unit_test(all_problems_are_listed_at_once),
        cmocka_unit_test(an_unknown_key_without_neighbours_shows_all),
        cmocka_unit_test(syntax_is_located),
        cmocka_unit_test(a_nul_byte_is_located),
        cmocka_unit_test(a_byte_order_mark_is_skipped),
        cmocka_unit_test(depth_does_not_hurt),
        cmocka_unit_test(endless_keys_are_cut),
        cmocka_unit_test(problems_of_sets_name_them),
        cmocka_unit_test(sets_that_are_not_json_show_how),
        cmocka_unit_test(bad_files_are_explained),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
