/* Config files: what loads, what is refused in which words, and what happens when the memory ends. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/fields.h"
#include "config/load.h"
#include "schema/config.h"

/* ---- tasks that need no library, shaped like the real ones ---- */

struct sum_args {
    int64_t size;
};
struct password_args {
    int64_t stored, tried;
    struct pp_pair length;
    double ratio;
};
struct img_args {
    struct pp_strings files;
};
struct random_args {
    struct pp_strings tasks;
};
struct mix_args {
    struct pp_members tasks;
};

static const struct pp_field sum_fields[] = {{.name = "size", .type = PP_INT, .min = 1, .max = PP_INT_MAX, .def.i = 7},
                                             {0}};
static const struct pp_field password_fields[] = {
    {.name = "stored", .type = PP_INT, .min = 1, .max = 1e9, .def.i = 100},
    {.name = "tried",
     .type = PP_INT,
     .offset = offsetof(struct password_args, tried),
     .min = 1,
     .max = 1e9,
     .def.i = 1000},
    {.name = "length",
     .type = PP_PAIR,
     .offset = offsetof(struct password_args, length),
     .min = 1,
     .max = 1024,
     .def.pair = {20, 20}},
    {.name = "correct_ratio", .type = PP_REAL, .offset = offsetof(struct password_args, ratio), .max = 1, .def.r = 0.8},
    {0}};
static const struct pp_field img_fields[] = {
    {.name = "files", .type = PP_STRINGS, .flags = PP_FIELD_REQUIRED | PP_FIELD_NONEMPTY, .help = "images"}, {0}};
static const struct pp_field random_fields[] = {{.name = "tasks", .type = PP_STRINGS}, {0}};

static const struct pp_field mix_fields[] = {
    {.name = "tasks", .type = PP_TASKS, .flags = PP_FIELD_REQUIRED | PP_FIELD_REST}, {0}};

static int password_check(const void *args, struct pp_error *error) {
    const struct password_args *a = args;
    if (a->length.low == 13)
        return pp_error_at(error, -EINVAL, "/2/0", "13 brings bad luck; expected any other");
    if (a->length.low == 14)
        return -ERANGE;
    return a->length.low == 15 ? -ENOMEM : 0;
}

static const struct pp_task task_gone = {.name = "gone",
                                         .args = sum_fields,
                                         .args_size = sizeof(struct sum_args),
                                         .unavailable = "built without libgone; install it and build again"};
static const struct pp_task task_img = {.name = "img", .args = img_fields, .args_size = sizeof(struct img_args)};
static const struct pp_task task_mix = {.name = "mix", .args = mix_fields, .args_size = sizeof(struct mix_args)};
static const struct pp_task task_noop = {.name = "noop"};
static const struct pp_task task_password = {
    .name = "password", .args = password_fields, .args_size = sizeof(struct password_args), .check = password_check};
static const struct pp_task task_random = {
    .name = "random", .args = random_fields, .args_size = sizeof(struct random_args)};
static const struct pp_task task_sum = {.name = "sum", .args = sum_fields, .args_size = sizeof(struct sum_args)};
static const struct pp_task *const tasks[] = {&task_gone,     &task_img,    &task_mix, &task_noop,
                                              &task_password, &task_random, &task_sum, NULL};

/* Stands in for the program's own list, which the linker then leaves out. */
const struct pp_task *const *pp_tasks(void) { return tasks; }

/* ---- helpers ---- */

struct loaded {
    struct pp_config *config;
    struct pp_problems problems;
};

static int load_with(struct loaded *loaded, const char *text, const char *const *sets) {
    *loaded = (struct loaded){0};
    int code = pp_config_load_text(text, strlen(text), "dir/a.json", sets, &loaded->config, &loaded->problems);
    assert_true((code == 0) == (loaded->config != NULL));
    assert_true((code == -EINVAL) == (loaded->problems.count > 0));
    return code;
}

static void release(struct loaded *loaded) {
    pp_config_free(loaded->config);
    pp_problems_release(&loaded->problems);
}

static struct loaded good(const char *text) {
    struct loaded loaded;
    int code = load_with(&loaded, text, NULL);
    if (code)
        fail_msg("%s: %s: %s", text, loaded.problems.items[0].place, loaded.problems.items[0].text);
    return loaded;
}

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

static void assert_same_value(const struct pp_field *field, const void *one, const void *other) {
    union pp_value a = pp_value_load(field, one), b = pp_value_load(field, other);
    switch (field->type) {
    case PP_REAL:
        assert_true(a.r == b.r);
        break;
    case PP_STRING:
        assert_string_equal(a.s, b.s);
        break;
    case PP_PAIR:
        assert_true(a.pair.low == b.pair.low && a.pair.high == b.pair.high);
        break;
    case PP_INTS:
        assert_int_equal(a.ints.count, b.ints.count);
        if (a.ints.count)
            assert_memory_equal(a.ints.items, b.ints.items, a.ints.count * sizeof *a.ints.items);
        break;
    case PP_STRINGS:
        assert_int_equal(a.strings.count, b.strings.count);
        assert_int_equal(a.strings.bare, b.strings.bare);
        for (size_t i = 0; i < a.strings.count; i++)
            assert_string_equal(a.strings.items[i], b.strings.items[i]);
        break;
    case PP_JSON:
        break;
    default:
        assert_true(a.i == b.i);
    }
}

static void assert_same(const struct pp_config *one, const struct pp_config *other) {
    assert_string_equal(one->path, other->path);
    assert_string_equal(one->dir, other->dir);
    assert_ptr_equal(one->task, other->task);
    assert_int_equal(one->args_given, other->args_given);
    for (const struct pp_field *field = pp_config_fields; field->name; field++)
        assert_same_value(field, one, other);
    for (const struct pp_field *field = one->task->args; field && field->name; field++)
        assert_same_value(field, one->args, other->args);
}

#define SMALL "\"task_count\": 2, \"workers\": [0, 1]"

/* ---- what loads ---- */

static void the_least_config_takes_all_defaults(void **state) {
    (void)state;
    struct loaded loaded = good("{\"task\": \"sum\", " SMALL "}");
    const struct pp_config *config = loaded.config;
    assert_string_equal(config->path, "dir/a.json");
    assert_string_equal(config->dir, "dir");
    assert_ptr_equal(config->task, &task_sum);
    assert_string_equal(config->task_name, "sum");
    assert_int_equal(((const struct sum_args *)config->args)->size, 7);
    assert_int_equal(config->args_given, 0);
    assert_int_equal(config->task_count, 2);
    assert_true(config->sweep.workers.count == 2 && config->sweep.workers.items[1] == 1);
    assert_true(config->iterations == 1 && config->warmup == 0 && config->seed == 1 &&
                config->sweep.chunk_sizes.count == 0);
    assert_true(config->wait_after_runner_s == 0 && config->wait_after_iteration_s == 0);
    assert_true(config->sweep.library_threads.count == 0 && config->task_timeout_s == 0 && !config->gc_after_iteration);
    assert_int_equal(config->sweep.start_method, PP_START_FORK);
    assert_string_equal(config->tmp_dir, "");
    assert_string_equal(config->output_dir, "results");
    assert_string_equal(config->label, "");
    release(&loaded);
}

static void every_key_is_read(void **state) {
    (void)state;
    struct loaded loaded =
        good("{\"$schema\": \"./schema.json\", \"task\": \"sum\", \"task_args\": {\"size\": 50}, \"task_count\": 3,"
             "\"iterations\": 4, \"workers\": [5, 0], \"wait_time_after_runner\": 0.25,"
             "\"wait_time_after_iteration\": 6, \"gc_after_iteration\": true,"
             "\"multiprocessing_start_method\": \"forkserver\", \"seed\": -7, \"warmup\": 8, \"chunk_size\": 9,"
             "\"library_threads\": 10, \"repeat_disturbed\": 2, \"measure\": \"times\", \"task_timeout\": 11.5, "
             "\"tmp_dir\": \"/t\", \"output_dir\": \"o\","
             "\"label\": \"l\\u00e4bel\"}");
    const struct pp_config *config = loaded.config;
    assert_int_equal(((const struct sum_args *)config->args)->size, 50);
    assert_int_equal(config->args_given, 1);
    assert_true(config->task_count == 3 && config->iterations == 4 && config->sweep.workers.items[0] == 5);
    assert_true(config->wait_after_runner_s == 0.25 && config->wait_after_iteration_s == 6.0);
    assert_true(config->gc_after_iteration && config->sweep.start_method == PP_START_FORKSERVER && config->seed == -7);
    assert_true(config->warmup == 8 && config->sweep.chunk_sizes.items[0] == 9 &&
                config->sweep.library_threads.items[0] == 10);
    assert_true(config->task_timeout_s == 11.5);
    assert_true(config->repeat_disturbed == 2 && config->measure == PP_MEASURE_TIMES);
    assert_string_equal(config->tmp_dir, "/t");
    assert_string_equal(config->output_dir, "o");
    assert_string_equal(config->label, "l\xc3\xa4"
                                       "bel");
    release(&loaded);
}

static void configs_of_the_predecessor_load(void **state) {
    (void)state;
    static const char *const configs[] = {
        "{\"iterations\": 3, \"task\": \"password\", \"task_args\": [100, 1000, [20, 20], 0.8], \"task_count\": 1000,"
        " \"workers\": [0, 1, 2, 4], \"wait_time_after_runner\": 1, \"wait_time_after_iteration\": 0.5,"
        " \"gc_after_iteration\": true, \"multiprocessing_start_method\": null}",
        "{\"task\": \"img\", \"task_args\": [[\"a.jpg\"]], \"wait_time_after_runner\": null, " SMALL "}",
        "{\"task\": \"random\", \"task_args\": [[\"sum\", \"sort\"]], " SMALL "}",
        "{\"task\": \"random\", \"task_args\": [], \"multiprocessing_start_method\": \"spawn\", " SMALL "}",
        "{\"task\": \"sum\", \"task_args\": [1000000], \"wait_time_after_iteration\": null, " SMALL "}"};
    static const size_t given[] = {4, 1, 1, 0, 1};
    for (size_t i = 0; i < sizeof configs / sizeof configs[0]; i++) {
        struct loaded loaded = good(configs[i]);
        assert_int_equal(loaded.config->args_given, given[i]);
        release(&loaded);
    }
}

static void arguments_by_order_and_by_name_mean_the_same(void **state) {
    (void)state;
    struct loaded by_order = good("{\"task\": \"password\", \"task_args\": [100, 5, [1, 2]], " SMALL "}");
    struct loaded by_name =
        good("{\"task\": \"password\", \"task_args\": {\"length\": [1, 2], \"tried\": 5}, " SMALL "}");
    assert_same(by_order.config, by_name.config);
    assert_int_equal(by_name.config->args_given, 3);
    const struct password_args *args = by_name.config->args;
    assert_true(args->stored == 100 && args->tried == 5 && args->length.high == 2 && args->ratio == 0.8);
    release(&by_order);
    release(&by_name);
}

static void a_dump_loads_as_the_same_config(void **state) {
    (void)state;
    static const char *const configs[] = {
        "{\"task\": \"sum\", " SMALL "}",
        "{\"task\": \"noop\", \"workers\": \"auto\", \"task_count\": 9007199254740991, \"chunk_size\": \"auto\"}",
        "{\"task\": \"password\", \"task_args\": {\"correct_ratio\": 0.30000000000000004}, \"label\": \"\\\"\\n\","
        "\"wait_time_after_runner\": 0.1, \"task_timeout\": 1e-3, \"seed\": -9007199254740991, " SMALL "}",
        "{\"task\": \"img\", \"task_args\": [[\"\\u20ac.jpg\", \"b\"]], \"library_threads\": 3, \"chunk_size\": 5,"
        " \"gc_after_iteration\": true, \"multiprocessing_start_method\": \"spawn\", " SMALL "}",
        "{\"task\": \"random\", \"task_args\": [[]], " SMALL "}"};
    for (size_t i = 0; i < sizeof configs / sizeof configs[0]; i++) {
        struct loaded loaded = good(configs[i]);
        char *dump = pp_config_dump(loaded.config);
        assert_non_null(dump);
        assert_null(strchr(dump, '\n'));
        struct loaded again = good(dump);
        assert_same(loaded.config, again.config);
        free(dump);
        release(&loaded);
        release(&again);
    }
}

/* For who minds whether a word is one, or the first of a list. */
static void a_word_without_brackets_is_told_from_a_list_of_one(void **state) {
    (void)state;
    struct loaded bare = good("{\"task\": \"noop\", \"executor\": \"thread\", " SMALL "}");
    struct loaded list = good("{\"task\": \"noop\", \"executor\": [\"thread\"], " SMALL "}");
    struct loaded none = good("{\"task\": \"noop\", " SMALL "}");
    assert_true(bare.config->sweep.executors.bare);
    assert_int_equal(bare.config->sweep.executors.count, 1);
    assert_false(list.config->sweep.executors.bare || none.config->sweep.executors.bare);
    char *bare_dump = pp_config_dump(bare.config), *list_dump = pp_config_dump(list.config);
    assert_non_null(strstr(bare_dump, "\"executor\": \"thread\""));
    assert_non_null(strstr(list_dump, "\"executor\": [\"thread\"]"));
    free(bare_dump);
    free(list_dump);
    release(&bare);
    release(&list);
    release(&none);
}

static void a_dump_is_pleasant_to_read(void **state) {
    (void)state;
    struct loaded loaded = good("{\"task\": \"password\", \"task_args\": [1, 2, [3, 4], 0.8], " SMALL "}");
    char *dump = pp_config_dump(loaded.config);
    assert_string_equal(dump, "{\"task\": \"password\", \"task_args\": [1, 2, [3, 4], 0.8], \"task_count\": 2, "
                              "\"iterations\": 1, \"precision\": null, \"executor\": [\"process\"], \"workers\": [0, "
                              "1], \"wait_time_after_runner\": 0.0, "
                              "\"wait_time_after_iteration\": 0.0, \"gc_after_iteration\": false, "
                              "\"multiprocessing_start_method\": \"fork\", \"seed\": 1, \"warmup\": 0, "
                              "\"repeat_disturbed\": 1, \"measure\": \"all\", "
                              "\"chunk_size\": \"auto\", \"library_threads\": null, \"transfer\": {\"input\": "
                              "\"inherit\", \"result\": \"digest\"}, \"pin\": \"none\", \"task_timeout\": null, "
                              "\"tmp_dir\": \"\", \"output_dir\": \"results\", \"label\": \"\"}");
    free(dump);
    release(&loaded);
}

static void folders_of_paths(void **state) {
    (void)state;
    static const char *const paths[][2] = {{"a.json", "."},   {"./a.json", "."},  {"/a.json", "/"},
                                           {"d/a.json", "d"}, {"d//a.json", "d"}, {"/d/e/a.json", "/d/e"},
                                           {"//a.json", "/"}, {"", "."}};
    const char *text = "{\"task\": \"noop\", " SMALL "}";
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct loaded loaded = {0};
        assert_int_equal(pp_config_load_text(text, strlen(text), paths[i][0], NULL, &loaded.config, &loaded.problems),
                         0);
        assert_string_equal(loaded.config->path, paths[i][0]);
        assert_string_equal(loaded.config->dir, paths[i][1]);
        release(&loaded);
    }
}

/* ---- what is refused ---- */

static void meaning_is_checked(void **state) {
    (void)state;
    static const struct {
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
        {"{\"task\": \"password\", \"task_args\": [1, 2, [14, 20]], " SMALL "}", "/task_args",
         "Numerical result out of range"}};
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

/* ---- --set ---- */

static void sets_replace_keys(void **state) {
    (void)state;
    const char *sets[] = {
        "task=\"sum\"", "iterations=2", "workers=[3]", "iterations=5", "task_args={\"size\": 9}", NULL};
    struct loaded loaded;
    assert_int_equal(load_with(&loaded, "{\"task\": 3, \"iterations\": \"x\", " SMALL "}", sets), 0);
    assert_ptr_equal(loaded.config->task, &task_sum);
    assert_int_equal(loaded.config->iterations, 5);
    assert_int_equal(loaded.config->sweep.workers.items[0], 3);
    assert_int_equal(((const struct sum_args *)loaded.config->args)->size, 9);
    release(&loaded);
}

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

/* ---- files ---- */

static char folder[64];

static int make_folder(void **state) {
    (void)state;
    strcpy(folder, "/tmp/pptest_config_XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    return rmdir(folder);
}

static const char *write_file(char *path, size_t size, const char *name, const char *text, size_t length) {
    snprintf(path, size, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    return path;
}

static void files_load(void **state) {
    (void)state;
    char path[256];
    const char *text = "{\"task\": \"noop\", " SMALL "}";
    write_file(path, sizeof path, "odd \n%s\xff'\".json", text, strlen(text));
    struct loaded loaded = {0};
    assert_int_equal(pp_config_load(path, NULL, &loaded.config, &loaded.problems), 0);
    assert_string_equal(loaded.config->path, path);
    assert_string_equal(loaded.config->dir, folder);
    release(&loaded);
    unlink(path);
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

/* ---- no memory ---- */

/* The C library's own functions stand behind those defined here, which fail on demand; sanitizers bring their own, and
 * then only jansson's allocations are made to fail. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
#define SANITIZED
#endif

static long left = -1; /* allocations that still succeed; negative: all */
static long held;      /* blocks that were not given back */

static bool is_scarce(void) {
    if (left == 0)
        return true;
    left -= left > 0;
    return false;
}

#ifndef SANITIZED
extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *memory, size_t bytes);
extern void __libc_free(void *memory);

static void *counted(void *memory) {
    held += memory != NULL;
    return memory;
}

void *malloc(size_t bytes) { return is_scarce() ? NULL : counted(__libc_malloc(bytes)); }

void *calloc(size_t count, size_t bytes) { return is_scarce() ? NULL : counted(__libc_calloc(count, bytes)); }

void *realloc(void *memory, size_t bytes) {
    if (is_scarce())
        return NULL;
    void *moved = __libc_realloc(memory, bytes);
    return memory ? moved : counted(moved);
}

void free(void *memory) {
    held -= memory != NULL;
    __libc_free(memory);
}
#else
static void *scarce_malloc(size_t bytes) { return is_scarce() ? NULL : malloc(bytes); }
#endif

/* valgrind puts its own functions before some of these; it finds what was not given back itself. */
static bool counts_are_true(void) {
    const char *preloaded = getenv("LD_PRELOAD");
    return !preloaded || !strstr(preloaded, "vgpreload");
}

static void make_scarce(bool scarce) {
#ifdef SANITIZED
    json_set_alloc_funcs(scarce ? scarce_malloc : malloc, free);
#else
    (void)scarce;
#endif
}

/* Loads and dumps with one allocation more each time until both come through; whatever fails must fail cleanly. */
static void sweep(const char *text, const char *const *sets, int expected) {
    make_scarce(true);
    for (long allowed = 0;; allowed++) {
        struct loaded loaded = {0};
        long held_before = held;
        left = allowed;
        int code = pp_config_load_text(text, strlen(text), "a.json", sets, &loaded.config, &loaded.problems);
        char *dump = code == 0 ? pp_config_dump(loaded.config) : NULL;
        bool enough = left != 0;
        left = -1;
        assert_true(code == -ENOMEM || code == expected);
        assert_true((code == 0) == (loaded.config != NULL));
        free(dump);
        release(&loaded);
        assert_true(held == held_before || !counts_are_true());
        assert_true(allowed < 100000);
        if (enough) {
            assert_int_equal(code, expected);
            break;
        }
    }
    make_scarce(false);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    const char *sets[] = {"iterations=2", "label=\"x\"", NULL};
    const char *bad_sets[] = {"iterations=0", "label=x", NULL};
    sweep("{\"task\": \"password\", \"task_args\": [1, 2, [3, 4], 0.8], " SMALL "}", sets, 0);
    sweep("{\"task\": \"img\", \"task_args\": {\"files\": [\"a\", \"b\"]}, " SMALL "}", sets, 0);
    sweep("{\"task\": \"mix\", \"task_args\": [[\"sum\", [1], 2], [\"password\", {\"tried\": 3}]], " SMALL "}", sets,
          0);
    sweep("{\"task\": \"mix\", \"task_args\": [[\"smu\", [1], 0], [\"sum\", 1], 1], " SMALL "}", sets, -EINVAL);
    sweep("{\"task\": \"psaword\", \"task_args\": [1, 2, [3, 4], 0.8], \"wrkers\": 1, \"seed\": 0.5}", sets, -EINVAL);
    sweep("{\"task\": \"sum\", \"task_args\": {\"siez\": 1}, \"workers\": [1, 1], \"task_count\": \"1\"}", sets,
          -EINVAL);
    sweep("{\"task\": \"sum\", \"task\": 1}", bad_sets, -EINVAL);
}

static void a_tasks_check_may_lack_memory(void **state) {
    (void)state;
    struct loaded loaded;
    assert_int_equal(load_with(&loaded, "{\"task\": \"password\", \"task_args\": [1, 2, [15, 20]], " SMALL "}", NULL),
                     -ENOMEM);
    release(&loaded);
    pp_config_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_config_takes_all_defaults),
        cmocka_unit_test(every_key_is_read),
        cmocka_unit_test(configs_of_the_predecessor_load),
        cmocka_unit_test(arguments_by_order_and_by_name_mean_the_same),
        cmocka_unit_test(a_dump_loads_as_the_same_config),
        cmocka_unit_test(a_word_without_brackets_is_told_from_a_list_of_one),
        cmocka_unit_test(a_dump_is_pleasant_to_read),
        cmocka_unit_test(folders_of_paths),
        cmocka_unit_test(meaning_is_checked),
        cmocka_unit_test(all_problems_are_listed_at_once),
        cmocka_unit_test(an_unknown_key_without_neighbours_shows_all),
        cmocka_unit_test(syntax_is_located),
        cmocka_unit_test(a_nul_byte_is_located),
        cmocka_unit_test(a_byte_order_mark_is_skipped),
        cmocka_unit_test(depth_does_not_hurt),
        cmocka_unit_test(endless_keys_are_cut),
        cmocka_unit_test(sets_replace_keys),
        cmocka_unit_test(problems_of_sets_name_them),
        cmocka_unit_test(sets_that_are_not_json_show_how),
        cmocka_unit_test(files_load),
        cmocka_unit_test(bad_files_are_explained),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(a_tasks_check_may_lack_memory),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
